// Names and addresses of hosts: `getaddrinfo` and its smaller relatives.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

enum SocketNames {
  nonisolated(unsafe) static var addressError: Object?

  /// A list of addresses, to be freed; nil: gaierror or another exception is set.
  static func resolve(
    _ t: ThreadState, _ host: String?, _ service: String?, family: Int32 = 0, kind: Int32 = 0, proto: Int32 = 0,
    flags: Int32 = 0
  ) -> UnsafeMutablePointer<addrinfo>? {
    var hints = addrinfo()
    hints.ai_family = family
    hints.ai_socktype = kind
    hints.ai_protocol = proto
    hints.ai_flags = flags
    var found: UnsafeMutablePointer<addrinfo>?
    let failure = withoutGIL(t, .other) { Glibc.getaddrinfo(host, service, &hints, &found) }
    if failure == 0, let found { return found }
    if failure == EAI_SYSTEM {
      t.raiseOSError(errno: exuvia_errno())
    } else {
      raise(t, failure)
    }
    return nil
  }

  private static func raise(_ t: ThreadState, _ failure: Int32) {
    guard let type = addressError else { return }
    let number = makeInt(Int(failure))
    let text = makeString(String(cString: gai_strerror(failure)))
    defer {
      number.release()
      text.release()
    }
    if let exception = call2(t, type, number, text) {
      t.raiseObject(exception)
      exception.release()
    }
  }

  /// `(host, port, family=0, type=0, proto=0, flags=0)`.
  private static func getAddresses(_ t: ThreadState, _ a: Arguments) -> Object? {
    let names = ["host", "port", "family", "type", "proto", "flags"]
    guard let given = parseArguments(t, a, function: "getaddrinfo", names: names, required: 2) else { return nil }
    var numbers: [Int32] = [0, 0, 0, 0]
    for i in 0..<4 {
      guard let object = given[i + 2] else { continue }
      guard let value = intValue(t, object) else { return nil }
      numbers[i] = Int32(truncatingIfNeeded: value)
    }
    guard let host = text(t, given[0], "getaddrinfo() argument 1 must be string or None") else { return nil }
    let service: String?
    if let port = given[1], port.isKind(.int) {
      service = strString(t, port)
    } else {
      guard let text = text(t, given[1], "Int or String expected") else { return nil }
      service = text.value
    }
    guard
      let first = resolve(
        t, host.value, service, family: numbers[0], kind: numbers[1], proto: numbers[2], flags: numbers[3])
    else { return nil }
    defer { freeaddrinfo(first) }
    let list = makeList()
    var next: UnsafeMutablePointer<addrinfo>? = first
    while let one = next {
      let entry = entry(one.pointee)
      listAppend(t, list, entry)
      entry.release()
      next = one.pointee.ai_next
    }
    return list
  }

  private static func entry(_ one: addrinfo) -> Object {
    let (_, address) = SocketAddress.filled { place, count in
      count.pointee = min(one.ai_addrlen, socklen_t(SocketAddress.room))
      if let from = one.ai_addr { memcpy(place, from, Int(count.pointee)) }
    }
    let name = makeString(one.ai_canonname.map { String(cString: $0) } ?? "")
    return makeTuple([
      makeInt(Int(one.ai_family)), makeInt(Int(one.ai_socktype)), makeInt(Int(one.ai_protocol)), name,
      address.object(),
    ])
  }

  /// A str or bytes as text, None as nil; nil: TypeError is set.
  private static func text(_ t: ThreadState, _ o: Object?, _ message: String) -> (value: String?, Void)? {
    guard let o, o != core.pointee.none else { return (nil, ()) }
    if o.isKind(.str) { return (stringValue(o), ()) }
    if o.isKind(.bytes) { return (String(decoding: o.byteView, as: UTF8.self), ()) }
    t.raise(.TypeError, message)
    return nil
  }

  private static func family(_ t: ThreadState, _ o: Object) -> Int32? {
    guard let value = intValue(t, o) else { return nil }
    if value == Int(AF_INET) || value == Int(AF_INET6) { return Int32(value) }
    t.raiseOSError(errno: EAFNOSUPPORT)
    return nil
  }

  /// A number of `bits` bits with its bytes turned round.
  private static func swapped(_ name: String, _ bits: Int) -> NativeMethod {
    let function: NativeFunction =
      bits == 16
      ? NativeFunction { t, _, a in number(t, a[0], UInt64(UInt16.max)).map { makeInt(Int(UInt16($0).byteSwapped)) } }
      : NativeFunction { t, _, a in number(t, a[0], UInt64(UInt32.max)).map { makeInt(Int(UInt32($0).byteSwapped)) } }
    return NativeMethod(name, .oneArgument, function)
  }

  private static func number(_ t: ThreadState, _ o: Object, _ greatest: UInt64) -> UInt64? {
    guard let value = intValue(t, o) else { return nil }
    if value >= 0, UInt64(value) <= greatest { return UInt64(value) }
    let side =
      value < 0
      ? "can't convert negative Python int to C \(greatest > 0xFFFF ? "32" : "16")-bit unsigned integer"
      : "Python int too large to convert to C \(greatest > 0xFFFF ? "32" : "16")-bit unsigned integer"
    t.raise(.OverflowError, side)
    return nil
  }

  static let functions = [
    NativeMethod("getaddrinfo", .keywords) { t, _, a in getAddresses(t, a) },
    NativeMethod("gethostbyname", .oneArgument) { t, _, a in
      guard let bytes = SocketAddress.host(t, AF_INET, a[0]) else { return nil }
      return makeString(SocketAddress.text(AF_INET, bytes) ?? "")
    },
    NativeMethod("gethostname", .noArguments) { t, _, _ in
      var buffer = [CChar](repeating: 0, count: 256)
      return Glibc.gethostname(&buffer, 255) < 0
        ? t.raiseOSError(errno: exuvia_errno()) : makeString(String(cString: buffer))
    },
    NativeMethod("gethostbyaddr", .oneArgument) { t, _, a in
      guard let bytes = SocketAddress.host(t, AF_INET, a[0]), let text = SocketAddress.text(AF_INET, bytes) else {
        return nil
      }
      let pair = makeTuple(stealing: makeString(text), makeInt(0))
      defer { pair.release() }
      guard let address = SocketAddress(t, AF_INET, pair, "gethostbyaddr") else { return nil }
      var name = [CChar](repeating: 0, count: 1025)
      let failure = address.with { place, count in
        withoutGIL(t, .other) { getnameinfo(place, count, &name, 1025, nil, 0, 0) }
      }
      guard failure == 0 else {
        raise(t, failure)
        return nil
      }
      return makeTuple([makeString(String(cString: name)), makeList(), makeList([makeString(text)])])
    },
    NativeMethod("getservbyname", .positional(1, 2)) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "getservbyname() argument 1 must be str, not \(argumentTypeName(a[0]))")
      }
      let proto = a.optional(1).flatMap { $0.isKind(.str) ? stringValue($0) : nil }
      guard let found = Glibc.getservbyname(stringValue(a[0]), proto) else {
        return t.raise(.OSError, "service/proto not found")
      }
      return makeInt(Int(UInt16(truncatingIfNeeded: found.pointee.s_port).byteSwapped))
    },
    NativeMethod("inet_aton", .oneArgument) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "inet_aton() argument 1 must be str, not \(argumentTypeName(a[0]))")
      }
      var address = in_addr()
      guard Glibc.inet_aton(stringValue(a[0]), &address) != 0 else {
        return t.raise(.OSError, "illegal IP address string passed to inet_aton")
      }
      return withUnsafeBytes(of: address.s_addr) { makeBytes(Array($0)) }
    },
    NativeMethod("inet_ntoa", .oneArgument) { t, _, a in
      guard let bytes = ByteSource.required(t, a[0]) else { return nil }
      guard bytes.count == 4 else { return t.raise(.OSError, "packed IP wrong length for inet_ntoa") }
      return makeString(SocketAddress.text(AF_INET, bytes) ?? "")
    },
    NativeMethod("inet_pton", .positional(2, 2)) { t, _, a in
      guard let family = family(t, a[0]), a[1].isKind(.str) else {
        return t.hasRaised
          ? nil : t.raise(.TypeError, "inet_pton() argument 2 must be str, not \(argumentTypeName(a[1]))")
      }
      var bytes = [UInt8](repeating: 0, count: family == AF_INET ? 4 : 16)
      guard Glibc.inet_pton(family, stringValue(a[1]), &bytes) == 1 else {
        return t.raise(.OSError, "illegal IP address string passed to inet_pton")
      }
      return makeBytes(bytes)
    },
    NativeMethod("inet_ntop", .positional(2, 2)) { t, _, a in
      guard let family = family(t, a[0]), let bytes = ByteSource.required(t, a[1]) else { return nil }
      guard bytes.count == (family == AF_INET ? 4 : 16) else {
        return t.raise(.ValueError, "invalid length of packed IP address string")
      }
      return makeString(SocketAddress.text(family, bytes) ?? "")
    },
    swapped("htons", 16), swapped("ntohs", 16), swapped("htonl", 32), swapped("ntohl", 32),
  ]
}
