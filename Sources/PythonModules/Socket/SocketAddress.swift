// Addresses of sockets: what Python passes and gets, and the bytes that the kernel takes.
//
//     AF_UNIX  family u16 | path, behind a zero byte for abstract names        'path' or b'\0name'
//     AF_INET  family u16 | port big-endian | 4 bytes | 8 zeros                 (host, port)
//     AF_INET6 family u16 | port | flow | 16 bytes | scope                      (host, port, flow, scope)
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

struct SocketAddress {
  var bytes: [UInt8]

  /// Room for any address, which a system call fills.
  static let room = 128

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Calls `body` with the address as system calls take it.
  func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var padded = bytes + [UInt8](repeating: 0, count: max(0, 2 - bytes.count))
    let count = socklen_t(bytes.count)
    return padded.withUnsafeMutableBytes { raw in
      body(UnsafeRawPointer(raw.baseAddress.unsafelyUnwrapped).assumingMemoryBound(to: sockaddr.self), count)
    }
  }

  /// The address that a system call gives; `result` is what it returned.
  static func filled<Result>(
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
  ) -> (result: Result, address: SocketAddress) {
    var bytes = [UInt8](repeating: 0, count: room)
    var count = socklen_t(room)
    let result = bytes.withUnsafeMutableBytes { raw in
      body(raw.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr.self), &count)
    }
    return (result, SocketAddress(Array(bytes.prefix(Int(min(count, socklen_t(room)))))))
  }

  // MARK: - From Python

  /// The address of `family` that `o` says; nil: an exception is set. `function` is named in messages.
  init?(_ t: ThreadState, _ family: Int32, _ o: Object, _ function: String) {
    let head = withUnsafeBytes(of: UInt16(truncatingIfNeeded: family)) { Array($0) }
    switch family {
    case AF_UNIX:
      guard let path = Self.path(t, o) else { return nil }
      guard path.count < 108 || (path.first == 0 && path.count == 108) else {
        t.raise(.OSError, "AF_UNIX path too long")
        return nil
      }
      bytes = head + path + (path.first == 0 || path.isEmpty ? [] : [0])
    case AF_INET, AF_INET6:
      let name = family == AF_INET ? "AF_INET" : "AF_INET6"
      guard o.isKind(.tuple) else {
        t.raise(.TypeError, "\(function)(): \(name) address must be tuple, not \(typeName(o))")
        return nil
      }
      let most = family == AF_INET ? 2 : 4
      guard o.tupleCount >= 2, o.tupleCount <= most else {
        t.raise(
          .TypeError,
          family == AF_INET
            ? "AF_INET address must be a pair (host, port)"
            : "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
        return nil
      }
      guard let port = intValue(t, o.tupleItems[1]) else { return nil }
      guard (0...0xFFFF).contains(port) else {
        t.raise(.OverflowError, "\(function)(): port must be 0-65535.")
        return nil
      }
      guard let host = Self.host(t, family, o.tupleItems[0]) else { return nil }
      let ends = [UInt8(port >> 8), UInt8(port & 255)]
      if family == AF_INET {
        bytes = head + ends + host + [UInt8](repeating: 0, count: 8)
        return
      }
      var (flow, scope) = (0, 0)
      if o.tupleCount > 2 {
        guard let value = intValue(t, o.tupleItems[2]) else { return nil }
        flow = value
      }
      if o.tupleCount > 3 {
        guard let value = intValue(t, o.tupleItems[3]) else { return nil }
        scope = value
      }
      let flowBytes = withUnsafeBytes(of: UInt32(truncatingIfNeeded: flow).bigEndian) { Array($0) }
      let scopeBytes = withUnsafeBytes(of: UInt32(truncatingIfNeeded: scope)) { Array($0) }
      bytes = head + ends + flowBytes + host + scopeBytes
    default:
      t.raise(.OSError, "\(function)(): bad family")
      return nil
    }
  }

  private static func path(_ t: ThreadState, _ o: Object) -> [UInt8]? {
    if o.isKind(.str) { return fileSystemBytes(o) }
    return ByteSource.required(t, o)
  }

  /// The bytes of a host's address, which may be a name; nil: an exception is set.
  static func host(_ t: ThreadState, _ family: Int32, _ o: Object) -> [UInt8]? {
    let count = family == AF_INET ? 4 : 16
    guard o.isKind(.str) || o.isKind(.bytes) || o.isKind(.bytearray) else {
      t.raise(.TypeError, "str, bytes or bytearray expected, not \(typeName(o))")
      return nil
    }
    let name = o.isKind(.str) ? stringValue(o) : String(decoding: o.byteView, as: UTF8.self)
    if name.isEmpty { return [UInt8](repeating: 0, count: count) }
    if name == "<broadcast>", family == AF_INET { return [255, 255, 255, 255] }
    var bytes = [UInt8](repeating: 0, count: count)
    if inet_pton(family, name, &bytes) == 1 { return bytes }
    guard let found = SocketNames.resolve(t, name, nil, family: family) else { return nil }
    defer { freeaddrinfo(found) }
    guard let address = found.pointee.ai_addr else { return nil }
    let start = UnsafeRawPointer(address) + (family == AF_INET ? 4 : 8)
    return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }

  // MARK: - To Python

  /// New reference; None where the kernel gave none.
  func object() -> Object {
    guard bytes.count >= 2 else { return core.pointee.none }
    let family = Int32(UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
    switch family {
    case AF_UNIX:
      let path = Array(bytes.dropFirst(2))
      if path.first == 0 { return makeBytes(path) }
      return makeString(fileSystem: Array(path.prefix { $0 != 0 }))
    case AF_INET where bytes.count >= 8, AF_INET6 where bytes.count >= 28:
      let first = family == AF_INET ? 4 : 8
      let host = makeString(Self.text(family, Array(bytes[first...])) ?? "")
      let port = makeInt(Int(bytes[2]) << 8 | Int(bytes[3]))
      if family == AF_INET { return makeTuple(stealing: host, port) }
      let flow = bytes[4..<8].reduce(0) { $0 << 8 | Int($1) }
      let scope = bytes[24..<28].reversed().reduce(0) { $0 << 8 | Int($1) }
      return makeTuple([host, port, makeInt(flow), makeInt(scope)])
    default: return makeTuple(stealing: makeInt(Int(family)), makeBytes(Array(bytes.dropFirst(2))))
    }
  }

  /// A host's address as text; nil with errno.
  static func text(_ family: Int32, _ bytes: [UInt8]) -> String? {
    var buffer = [CChar](repeating: 0, count: 64)
    return inet_ntop(family, bytes, &buffer, 64) == nil ? nil : String(cString: buffer)
  }
}
