// Methods of sockets that have to do with addresses and options: bind, listen, accept, connect, sendto.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

enum SocketConnections {
  /// A system call's result: None, or OSError.
  private static func done(_ t: ThreadState, _ result: Int32) -> Object? {
    result < 0 ? t.raiseOSError(errno: exuvia_errno()) : core.pointee.none
  }

  private static func accept(_ t: ThreadState, _ o: Object) -> Object? {
    while true {
      guard SocketModule.waitUntil(t, o, Int16(POLLIN)) else { return nil }
      let descriptor = o.socket.pointee.descriptor
      let (result, address) = SocketAddress.filled { place, count in
        withoutGIL(t, .wait) { exuvia_accept(descriptor, place, count) }
      }
      if result >= 0 { return makeTuple(stealing: makeInt(Int(result)), address.object()) }
      let number = exuvia_errno()
      if number == EINTR, checkSignals(t) { continue }
      return t.hasRaised ? nil : t.raiseOSError(errno: number)
    }
  }

  /// 0, or an errno; nil: an exception is set. A connection that takes long is waited for.
  private static func connect(_ t: ThreadState, _ o: Object, _ target: Object, _ function: String) -> Int32? {
    guard let address = SocketAddress(t, o.socket.pointee.family, target, function) else { return nil }
    let descriptor = o.socket.pointee.descriptor
    let result = address.with { place, count in
      withoutGIL(t, .wait) { Glibc.connect(descriptor, place, count) }
    }
    if result == 0 { return 0 }
    let number = exuvia_errno()
    guard number == EINTR || number == EINPROGRESS, o.socket.pointee.timeout != 0 else { return number }
    if number == EINTR, !checkSignals(t) { return nil }
    guard SocketModule.waitUntil(t, o, Int16(POLLOUT), always: true) else { return nil }
    var failure: Int32 = 0
    var size = socklen_t(4)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
    return failure
  }

  private static func sendTo(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    Bytes.read(t, a[0]) { bytes -> Object? in
      var flags: Int32 = 0
      if a.count == 3 {
        guard let value = intValue(t, a[1]) else { return nil }
        flags = Int32(truncatingIfNeeded: value)
      }
      guard let address = SocketAddress(t, o.socket.pointee.family, a[a.count - 1], "sendto"),
        SocketModule.waitUntil(t, o, Int16(POLLOUT))
      else { return nil }
      let descriptor = o.socket.pointee.descriptor
      let sent = address.with { place, count in
        withoutGIL(t, .write, bytes: bytes.count) {
          Glibc.sendto(descriptor, bytes.baseAddress, bytes.count, flags | SocketModule.noSignal, place, count)
        }
      }
      return sent < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(sent)
    }
  }

  private static func receiveFrom(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let size = intValue(t, a[0]) else { return nil }
    guard size >= 0 else { return t.raise(.ValueError, "negative buffersize in recvfrom") }
    guard SocketModule.waitUntil(t, o, Int16(POLLIN)) else { return nil }
    var buffer = [UInt8](repeating: 0, count: min(size, 1 << 24))
    let descriptor = o.socket.pointee.descriptor
    let (count, address) = SocketAddress.filled { place, length in
      withoutGIL(t, .read, bytes: buffer.count) {
        Glibc.recvfrom(descriptor, &buffer, buffer.count, 0, place, length)
      }
    }
    guard count >= 0 else { return t.raiseOSError(errno: exuvia_errno()) }
    return makeTuple(stealing: makeBytes(Array(buffer[..<count])), address.object())
  }

  private static func receiveInto(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    ByteSource.withMemory(t, a[0], writable: true) { memory -> Object? in
      guard let memory, !memory.readOnly else {
        return t.raise(
          .TypeError, "recv_into() argument 1 must be read-write bytes-like object, not \(argumentTypeName(a[0]))")
      }
      var size = memory.bytes.count
      if let given = a.optional(1) {
        guard let value = intValue(t, given) else { return nil }
        guard value >= 0 else { return t.raise(.ValueError, "negative buffersize in recv_into") }
        guard value <= size else { return t.raise(.ValueError, "buffer too small for requested bytes") }
        if value > 0 { size = value }
      }
      guard SocketModule.waitUntil(t, o, Int16(POLLIN)) else { return nil }
      let descriptor = o.socket.pointee.descriptor
      let count = withoutGIL(t, .read, bytes: size) { Glibc.recv(descriptor, memory.bytes.baseAddress, size, 0) }
      return count < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(count)
    }
  }

  // MARK: - Options

  private static func setOption(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let level = intValue(t, a[0]), let name = intValue(t, a[1]) else { return nil }
    let descriptor = o.socket.pointee.descriptor
    let (level32, name32) = (Int32(truncatingIfNeeded: level), Int32(truncatingIfNeeded: name))
    if a[2].isKind(.int) || a[2].isKind(.bool) {
      guard let value = intValue(t, a[2]) else { return nil }
      var number = Int32(truncatingIfNeeded: value)
      return done(t, setsockopt(descriptor, level32, name32, &number, 4))
    }
    return Bytes.read(t, a[2]) { bytes in
      done(t, setsockopt(descriptor, level32, name32, bytes.baseAddress, socklen_t(bytes.count)))
    }
  }

  private static func option(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let level = intValue(t, a[0]), let name = intValue(t, a[1]) else { return nil }
    let descriptor = o.socket.pointee.descriptor
    let (level32, name32) = (Int32(truncatingIfNeeded: level), Int32(truncatingIfNeeded: name))
    guard let given = a.optional(2) else {
      var number: Int32 = 0
      var size = socklen_t(4)
      let result = getsockopt(descriptor, level32, name32, &number, &size)
      return result < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(number))
    }
    guard let count = intValue(t, given) else { return nil }
    guard count > 0, count <= 1024 else { return t.raise(.OSError, "getsockopt buflen out of range") }
    var buffer = [UInt8](repeating: 0, count: count)
    var size = socklen_t(count)
    let result = getsockopt(descriptor, level32, name32, &buffer, &size)
    return result < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeBytes(Array(buffer.prefix(Int(size))))
  }

  static let methods = [
    NativeMethod("bind", .oneArgument) { t, o, a in
      guard let address = SocketAddress(t, o.socket.pointee.family, a[0], "bind") else { return nil }
      return done(t, address.with { Glibc.bind(o.socket.pointee.descriptor, $0, $1) })
    },
    NativeMethod("listen", .positional(0, 1)) { t, o, a in
      var backlog = 128
      if let given = a.optional(0) {
        guard let value = intValue(t, given) else { return nil }
        backlog = max(value, 0)
      }
      return done(t, Glibc.listen(o.socket.pointee.descriptor, Int32(clamping: backlog)))
    },
    NativeMethod("_accept", .noArguments) { t, o, _ in accept(t, o) },
    NativeMethod("connect", .oneArgument) { t, o, a in
      guard let failure = connect(t, o, a[0], "connect") else { return nil }
      return failure == 0 ? core.pointee.none : t.raiseOSError(errno: failure)
    },
    NativeMethod("connect_ex", .oneArgument) { t, o, a in connect(t, o, a[0], "connect_ex").map { makeInt(Int($0)) } },
    NativeMethod("getsockname", .noArguments) { t, o, _ in
      let (result, address) = SocketAddress.filled { Glibc.getsockname(o.socket.pointee.descriptor, $0, $1) }
      return result < 0 ? t.raiseOSError(errno: exuvia_errno()) : address.object()
    },
    NativeMethod("getpeername", .noArguments) { t, o, _ in
      let (result, address) = SocketAddress.filled { Glibc.getpeername(o.socket.pointee.descriptor, $0, $1) }
      return result < 0 ? t.raiseOSError(errno: exuvia_errno()) : address.object()
    },
    NativeMethod("setsockopt", .positional(3, 3)) { t, o, a in setOption(t, o, a) },
    NativeMethod("getsockopt", .positional(2, 3)) { t, o, a in option(t, o, a) },
    NativeMethod("sendto", .positional(2, 3)) { t, o, a in sendTo(t, o, a) },
    NativeMethod("recvfrom", .positional(1, 2)) { t, o, a in receiveFrom(t, o, a) },
    NativeMethod("recv_into", .positional(1, 3)) { t, o, a in receiveInto(t, o, a) },
  ]
}
