// `_socket`: sockets of the local machine and of the internet. Addresses, options and messages with descriptors are in files of their own.
import CRuntimeSupport
import Glibc
import PythonRuntime

struct SocketLayout {
  var header: ObjectHeader
  var descriptor: Int32
  var family: Int32
  var kind: Int32
  var proto: Int32
  /// Nanoseconds; -1: blocking, 0: not blocking.
  var timeout: Int
}

extension Object {
  @inline(__always) var socket: UnsafeMutablePointer<SocketLayout> { layout() }
}

public enum SocketModule {
  static let type: TypeObject = makeBuiltinType(
    name: "socket", module: "_socket", layoutSize: MemoryLayout<SocketLayout>.size, flags: [.baseType]
  ) { p in
    p.pointee.new = NativeFunction { _, cls, _ in
      let o = allocateZeroed(TypeObject(unchecked: cls))
      o.socket.pointee.descriptor = -1
      o.socket.pointee.timeout = -1
      return o
    }
    p.pointee.initialize = InitFunction(initialize)
    p.pointee.dealloc = ObjectAction { o in
      if o.socket.pointee.descriptor >= 0 { Glibc.close(o.socket.pointee.descriptor) }
      freeInstance(o)
    }
    p.pointee.repr = UnaryFunction { _, o in
      let p = o.socket
      return makeString(
        "<socket object, fd=\(p.pointee.descriptor), family=\(p.pointee.family), type=\(p.pointee.kind), "
          + "proto=\(p.pointee.proto)>"
      )
    }
  }

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard let v = parseArguments(t, a, function: "socket", names: ["family", "type", "proto", "fileno"], required: 0)
    else {
      return false
    }
    func number(_ given: Object?, _ fallback: Int32) -> Int32? {
      guard let given, given != core.pointee.none else { return fallback }
      return intValue(t, given).map { $0 == -1 ? fallback : Int32(truncatingIfNeeded: $0) }
    }
    let p = o.socket
    guard let family = number(v[0], AF_INET), let kind = number(v[1], 1), let proto = number(v[2], 0),
      let descriptor = number(v[3], -1)
    else { return false }
    p.pointee.family = family
    p.pointee.kind = kind
    p.pointee.proto = proto
    p.pointee.descriptor = descriptor >= 0 ? descriptor : Glibc.socket(family, kind | closeOnExec, proto)
    if p.pointee.descriptor < 0 {
      t.raiseOSError(errno: exuvia_errno())
      return false
    }
    return defaultTimeout < 0 || setTimeout(t, o, nanoseconds: defaultTimeout) != nil
  }

  /// MSG_NOSIGNAL: a connection that is gone is an error and no SIGPIPE.
  static let noSignal: Int32 = 0x4000
  /// `setdefaulttimeout`, as a socket's `timeout`.
  nonisolated(unsafe) private static var defaultTimeout = -1
  /// SOCK_CLOEXEC.
  private static let closeOnExec: Int32 = 0o2000000

  private static func open(_ family: Int32, _ kind: Int32, _ proto: Int32, _ descriptor: Int32) -> Object {
    let o = allocateZeroed(type)
    let p = o.socket
    p.pointee.descriptor = descriptor
    p.pointee.family = family
    p.pointee.kind = kind
    p.pointee.proto = proto
    p.pointee.timeout = -1
    return o
  }

  // MARK: Waiting

  /// Waits until the socket is ready, or its timeout is over; false: an exception is set.
  /// `always`: also when there is no timeout.
  static func waitUntil(_ t: ThreadState, _ o: Object, _ events: Int16, always: Bool = false) -> Bool {
    let timeout = o.socket.pointee.timeout
    guard timeout > 0 || always else { return true }
    var entry = pollfd(fd: o.socket.pointee.descriptor, events: events, revents: 0)
    let ready = withoutGIL(t, .wait) { poll(&entry, 1, timeout < 0 ? -1 : Int32(clamping: timeout / 1_000_000)) }
    if ready == 0 {
      t.raise(.TimeoutError, "timed out")
      return false
    }
    return true
  }

  private static func send(_ t: ThreadState, _ o: Object, _ a: Arguments, all: Bool) -> Object? {
    Bytes.read(t, a[0]) { bytes in
      var flags: Int32 = 0
      if let given = a.optional(1) {
        guard let value = intValue(t, given) else { return nil }
        flags = Int32(truncatingIfNeeded: value)
      }
      var done = 0
      repeat {
        guard waitUntil(t, o, Int16(POLLOUT)) else { return nil }
        let descriptor = o.socket.pointee.descriptor
        let count = withoutGIL(t, .write, bytes: bytes.count - done) {
          Glibc.send(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, flags | noSignal)
        }
        if count < 0 {
          let number = exuvia_errno()
          if number == EINTR, checkSignals(t) { continue }
          return t.hasRaised ? nil : t.raiseOSError(errno: number)
        }
        done += count
      } while all && done < bytes.count
      return all ? core.pointee.none : makeInt(done)
    }
  }

  private static func receive(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let size = indexValue(t, a[0]) else { return nil }
    guard size >= 0 else { return t.raise(.ValueError, "negative buffersize in recv") }
    var flags: Int32 = 0
    if let given = a.optional(1) {
      guard let value = intValue(t, given) else { return nil }
      flags = Int32(truncatingIfNeeded: value)
    }
    var buffer = [UInt8](repeating: 0, count: min(size, 1 << 24))
    while true {
      guard waitUntil(t, o, Int16(POLLIN)) else { return nil }
      let descriptor = o.socket.pointee.descriptor
      let count = withoutGIL(t, .read, bytes: buffer.count) { Glibc.recv(descriptor, &buffer, buffer.count, flags) }
      if count >= 0 { return makeBytes(Array(buffer[..<count])) }
      let number = exuvia_errno()
      if number == EINTR, checkSignals(t) { continue }
      return t.hasRaised ? nil : t.raiseOSError(errno: number)
    }
  }

  // MARK: Methods

  private static func setTimeout(_ t: ThreadState, _ o: Object, nanoseconds: Int) -> Object? {
    let descriptor = o.socket.pointee.descriptor
    let flags = fcntl(descriptor, F_GETFL, 0)
    let wanted = nanoseconds >= 0 ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
    guard flags >= 0, fcntl(descriptor, F_SETFL, wanted) >= 0 else { return t.raiseOSError(errno: exuvia_errno()) }
    o.socket.pointee.timeout = nanoseconds
    return core.pointee.none
  }

  private static let methods = [
    NativeMethod("fileno", .noArguments) { _, o, _ in makeInt(Int(o.socket.pointee.descriptor)) },
    NativeMethod("close", .noArguments) { t, o, _ in
      let descriptor = o.socket.pointee.descriptor
      o.socket.pointee.descriptor = -1
      if descriptor >= 0, Glibc.close(descriptor) < 0, exuvia_errno() != ECONNRESET {
        return t.raiseOSError(errno: exuvia_errno())
      }
      return core.pointee.none
    },
    NativeMethod("detach", .noArguments) { _, o, _ in
      let descriptor = o.socket.pointee.descriptor
      o.socket.pointee.descriptor = -1
      return makeInt(Int(descriptor))
    },
    NativeMethod("setblocking", .oneArgument) { t, o, a in
      let truth = isTrue(t, a[0])
      return truth < 0 ? nil : setTimeout(t, o, nanoseconds: truth == 1 ? -1 : 0)
    },
    NativeMethod("getblocking", .noArguments) { _, o, _ in makeBool(o.socket.pointee.timeout != 0) },
    NativeMethod("settimeout", .oneArgument) { t, o, a in
      if a[0] == core.pointee.none { return setTimeout(t, o, nanoseconds: -1) }
      guard let seconds = floatValue(t, a[0]) else { return nil }
      guard seconds >= 0, seconds < 1e9 else { return t.raise(.ValueError, "Timeout value out of range") }
      return setTimeout(t, o, nanoseconds: Int(seconds * 1e9))
    },
    NativeMethod("gettimeout", .noArguments) { _, o, _ in
      o.socket.pointee.timeout < 0 ? core.pointee.none : makeFloat(Double(o.socket.pointee.timeout) / 1e9)
    },
    NativeMethod("send", .positional(1, 2)) { t, o, a in send(t, o, a, all: false) },
    NativeMethod("sendall", .positional(1, 2)) { t, o, a in send(t, o, a, all: true) },
    NativeMethod("recv", .positional(1, 2)) { t, o, a in receive(t, o, a) },
    NativeMethod("shutdown", .oneArgument) { t, o, a in
      guard let how = intValue(t, a[0]) else { return nil }
      return Glibc.shutdown(o.socket.pointee.descriptor, Int32(truncatingIfNeeded: how)) < 0
        ? t.raiseOSError(errno: exuvia_errno()) : core.pointee.none
    },
  ]

  private static func pair(_ t: ThreadState, _ a: Arguments) -> Object? {
    var numbers: [Int32] = [AF_UNIX, 1, 0]
    for i in 0..<min(a.count, 3) where a[i] != core.pointee.none {
      guard let value = intValue(t, a[i]) else { return nil }
      numbers[i] = Int32(truncatingIfNeeded: value)
    }
    var ends: [Int32] = [0, 0]
    guard Glibc.socketpair(numbers[0], numbers[1] | closeOnExec, numbers[2], &ends) == 0 else {
      return t.raiseOSError(errno: exuvia_errno())
    }
    return makeTuple(
      stealing: open(numbers[0], numbers[1], numbers[2], ends[0]), open(numbers[0], numbers[1], numbers[2], ends[1]))
  }

  private static let constants: [(String, Int)] = [
    ("AF_UNSPEC", 0), ("AF_UNIX", 1), ("AF_INET", 2), ("AF_INET6", 10), ("SOCK_STREAM", 1), ("SOCK_DGRAM", 2),
    ("SOCK_CLOEXEC", 0o2000000), ("SOCK_NONBLOCK", 0o4000), ("SOL_SOCKET", 1), ("SO_REUSEADDR", 2), ("SO_TYPE", 3),
    ("SO_ERROR", 4), ("SO_BROADCAST", 6), ("SO_KEEPALIVE", 9), ("SO_REUSEPORT", 15), ("SOMAXCONN", 4096),
    ("IPPROTO_TCP", 6), ("SCM_RIGHTS", 1), ("SO_RCVBUF", 8), ("SO_SNDBUF", 7), ("SO_LINGER", 13), ("SO_ACCEPTCONN", 30),
    ("SO_DOMAIN", 39), ("SO_PROTOCOL", 38), ("SOCK_RAW", 3), ("SOCK_SEQPACKET", 5), ("IPPROTO_IP", 0),
    ("IPPROTO_ICMP", 1),
    ("MSG_OOB", 1), ("MSG_CTRUNC", 8), ("MSG_TRUNC", 32), ("MSG_WAITALL", 256), ("TCP_KEEPIDLE", 4),
    ("TCP_KEEPINTVL", 5),
    ("TCP_KEEPCNT", 6), ("AI_NUMERICSERV", 1024), ("AI_V4MAPPED", 8), ("AI_ALL", 16), ("NI_DGRAM", 16),
    ("NI_NOFQDN", 4),
    ("NI_NAMEREQD", 8), ("EAI_AGAIN", -3), ("EAI_FAIL", -4), ("EAI_SERVICE", -8), ("EAI_SOCKTYPE", -7),
    ("EAI_MEMORY", -10),
    ("EAI_BADFLAGS", -1), ("EAI_SYSTEM", -11), ("INADDR_BROADCAST", 0xFFFF_FFFF), ("INADDR_NONE", 0xFFFF_FFFF),
    ("IPPROTO_UDP", 17), ("IPPROTO_IPV6", 41), ("TCP_NODELAY", 1), ("IPV6_V6ONLY", 26), ("SHUT_RD", 0), ("SHUT_WR", 1),
    ("SHUT_RDWR", 2), ("MSG_PEEK", 2), ("MSG_DONTWAIT", 64), ("MSG_NOSIGNAL", 16384), ("AI_PASSIVE", 1),
    ("AI_CANONNAME", 2),
    ("AI_NUMERICHOST", 4), ("AI_ADDRCONFIG", 32), ("EAI_NONAME", -2), ("EAI_FAMILY", -6), ("NI_NUMERICHOST", 1),
    ("NI_NUMERICSERV", 2), ("INADDR_ANY", 0), ("INADDR_LOOPBACK", 0x7F00_0001),
  ]

  public static func make(_ t: ThreadState) -> Object? {
    readyType(t, type)
    addGetSet(t, type, "family", getter: UnaryFunction { _, o in makeInt(Int(o.socket.pointee.family)) })
    addGetSet(t, type, "type", getter: UnaryFunction { _, o in makeInt(Int(o.socket.pointee.kind)) })
    addGetSet(t, type, "proto", getter: UnaryFunction { _, o in makeInt(Int(o.socket.pointee.proto)) })
    addGetSet(
      t, type, "timeout",
      getter: UnaryFunction { _, o in
        o.socket.pointee.timeout < 0 ? core.pointee.none : makeFloat(Double(o.socket.pointee.timeout) / 1e9)
      })
    addMethods(t, type, methods + SocketConnections.methods + SocketMessages.methods)
    let module = makeModule(t, "_socket")
    moduleSet(t, module, "socket", type.object)
    moduleSet(t, module, "SocketType", type.object)
    moduleSet(t, module, "has_ipv6", core.pointee.true)
    for (name, value) in constants { moduleSet(t, module, name, stealing: makeInt(value)) }
    let system = exceptionType(.OSError).object
    moduleSet(t, module, "error", system)
    moduleSet(t, module, "timeout", exceptionType(.TimeoutError).object)
    for name in ["herror", "gaierror"] {
      guard let made = makeError(t, name, system) else { return nil }
      if name == "gaierror" { SocketNames.addressError = made.retained() }
      moduleSet(t, module, name, stealing: made)
    }
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("socketpair", .positional(0, 3)) { t, _, a in pair(t, a) },
        NativeMethod("close", .oneArgument) { t, _, a in
          guard let descriptor = intValue(t, a[0]) else { return nil }
          return Glibc.close(Int32(truncatingIfNeeded: descriptor)) < 0
            ? t.raiseOSError(errno: exuvia_errno()) : core.pointee.none
        },
        NativeMethod("dup", .oneArgument) { t, _, a in
          guard let descriptor = intValue(t, a[0]) else { return nil }
          let copy = fcntl(Int32(truncatingIfNeeded: descriptor), F_DUPFD_CLOEXEC, 0)
          return copy < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(copy))
        },
        NativeMethod("getdefaulttimeout", .noArguments) { _, _, _ in
          defaultTimeout < 0 ? core.pointee.none : makeFloat(Double(defaultTimeout) / 1e9)
        },
        NativeMethod("setdefaulttimeout", .oneArgument) { t, _, a in
          guard a[0] != core.pointee.none else {
            defaultTimeout = -1
            return core.pointee.none
          }
          guard let seconds = floatValue(t, a[0]) else { return nil }
          guard seconds >= 0, seconds < 1e9 else { return t.raise(.ValueError, "Timeout value out of range") }
          defaultTimeout = Int(seconds * 1e9)
          return core.pointee.none
        },
      ] + SocketNames.functions + SocketMessages.functions)
    return module
  }

  private static func makeError(_ t: ThreadState, _ name: String, _ base: Object) -> Object? {
    let nameObject = makeString(name)
    let bases = makeTuple([base.retained()])
    let dict = makeDict()
    defer {
      nameObject.release()
      bases.release()
      dict.release()
    }
    dictSet(t, dict, "__module__", stealing: makeString("socket"))
    return call3(t, core.pointee.types.type.object, nameObject, bases, dict)
  }
}
