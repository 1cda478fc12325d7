// `sendmsg` and `recvmsg`: several pieces at once, with descriptors beside them.
//
// Ancillary data is a row of items, each on an 8-byte boundary: length u64 (this head included) | level i32 | type i32 | data.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

enum SocketMessages {
  private static let headBytes = 16
  private static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

  /// `(buffers[, ancdata[, flags[, address]]])`.
  private static func send(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    var data: [UInt8] = []
    let gathered = forEach(t, a[0]) { piece in
      guard let bytes = ByteSource.required(t, piece) else { return false }
      data += bytes
      return true
    }
    guard gathered, var control = ancillary(t, a.optional(1)) else { return nil }
    var flags: Int32 = 0
    if let given = a.optional(2) {
      guard let value = intValue(t, given) else { return nil }
      flags = Int32(truncatingIfNeeded: value)
    }
    var target: SocketAddress?
    if let given = a.optional(3), given != core.pointee.none {
      guard let address = SocketAddress(t, o.socket.pointee.family, given, "sendmsg") else { return nil }
      target = address
    }
    guard SocketModule.waitUntil(t, o, Int16(POLLOUT)) else { return nil }
    let descriptor = o.socket.pointee.descriptor
    var name = target?.bytes ?? []
    let sent = name.withUnsafeMutableBytes { name in
      message(data: &data, control: &control, name: name.baseAddress, nameLength: socklen_t(name.count)) { header in
        withoutGIL(t, .write) { Glibc.sendmsg(descriptor, header, flags | SocketModule.noSignal) }
      }
    }
    return sent < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(sent)
  }

  /// The bytes of `(level, type, data)` items; nil: an exception is set.
  private static func ancillary(_ t: ThreadState, _ items: Object?) -> [UInt8]? {
    var control: [UInt8] = []
    guard let items else { return control }
    let done = forEach(t, items) { item in
      guard let parts = makeTuple(t, from: item) else { return false }
      defer { parts.release() }
      guard parts.tupleCount == 3 else {
        return t.fail(
          .TypeError,
          "[sendmsg() ancillary data items]() argument must be sequence of length 3, not \(parts.tupleCount)")
      }
      guard let level = intValue(t, parts.tupleItems[0]), let kind = intValue(t, parts.tupleItems[1]),
        let data = ByteSource.required(t, parts.tupleItems[2])
      else { return false }
      control += withUnsafeBytes(of: UInt64(headBytes + data.count)) { Array($0) }
      control += withUnsafeBytes(of: Int32(truncatingIfNeeded: level)) { Array($0) }
      control += withUnsafeBytes(of: Int32(truncatingIfNeeded: kind)) { Array($0) }
      control += data + [UInt8](repeating: 0, count: padded(data.count) - data.count)
      return true
    }
    return done ? control : nil
  }

  /// Calls `body` with a header over the data, the ancillary data and the address.
  private static func message(
    data: inout [UInt8], control: inout [UInt8], name: UnsafeMutableRawPointer?, nameLength: socklen_t,
    _ body: (UnsafeMutablePointer<msghdr>) -> Int
  ) -> Int {
    data.withUnsafeMutableBytes { data in
      control.withUnsafeMutableBytes { control in
        var piece = iovec(iov_base: data.baseAddress, iov_len: data.count)
        return withUnsafeMutablePointer(to: &piece) { piece in
          var header = msghdr()
          header.msg_iov = piece
          header.msg_iovlen = 1
          header.msg_control = control.isEmpty ? nil : control.baseAddress
          header.msg_controllen = control.count
          header.msg_name = nameLength == 0 ? nil : name
          header.msg_namelen = nameLength
          return body(&header)
        }
      }
    }
  }

  /// `(bufsize[, ancbufsize[, flags]])`: `(data, ancdata, flags, address)`.
  private static func receive(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    var numbers = [0, 0, 0]
    for i in 0..<a.count {
      guard let value = intValue(t, a[i]) else { return nil }
      numbers[i] = value
    }
    guard numbers[0] >= 0 else { return t.raise(.ValueError, "negative buffer size in recvmsg()") }
    guard numbers[1] >= 0, numbers[1] < 1 << 30 else {
      return t.raise(.ValueError, "invalid ancillary data buffer length")
    }
    guard SocketModule.waitUntil(t, o, Int16(POLLIN)) else { return nil }
    let descriptor = o.socket.pointee.descriptor
    var data = [UInt8](repeating: 0, count: min(numbers[0], 1 << 24))
    var control = [UInt8](repeating: 0, count: numbers[1])
    var flags: Int32 = 0
    var used = 0
    let (count, address) = SocketAddress.filled { place, length in
      let bytes = data.count
      return message(data: &data, control: &control, name: UnsafeMutableRawPointer(place), nameLength: length.pointee) {
        header in
        // Descriptors that come along are closed by exec.
        let count = withoutGIL(t, .read, bytes: bytes) {
          Glibc.recvmsg(descriptor, header, Int32(truncatingIfNeeded: numbers[2]) | closeOnExec)
        }
        length.pointee = header.pointee.msg_namelen
        flags = header.pointee.msg_flags & ~closeOnExec
        used = header.pointee.msg_controllen
        return count
      }
    }
    guard count >= 0 else { return t.raiseOSError(errno: exuvia_errno()) }
    return makeTuple([
      makeBytes(Array(data[..<count])), items(t, Array(control.prefix(used))), makeInt(Int(flags)), address.object(),
    ])
  }

  /// MSG_CMSG_CLOEXEC.
  private static let closeOnExec: Int32 = 0x4000_0000

  private static func items(_ t: ThreadState, _ control: [UInt8]) -> Object {
    let list = makeList()
    var place = 0
    control.withUnsafeBytes { bytes in
      while place + headBytes <= bytes.count {
        let length = Int(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        guard length >= headBytes else { return }
        let level = bytes.loadUnaligned(fromByteOffset: place + 8, as: Int32.self)
        let kind = bytes.loadUnaligned(fromByteOffset: place + 12, as: Int32.self)
        let data = Array(bytes[(place + headBytes)..<min(place + length, bytes.count)])
        let item = makeTuple([makeInt(Int(level)), makeInt(Int(kind)), makeBytes(data)])
        listAppend(t, list, item)
        item.release()
        place += padded(length)
      }
    }
    return list
  }

  static let methods = [
    NativeMethod("sendmsg", .positional(1, 4)) { t, o, a in send(t, o, a) },
    NativeMethod("recvmsg", .positional(1, 3)) { t, o, a in receive(t, o, a) },
  ]

  private static func size(_ t: ThreadState, _ o: Object, _ name: String) -> Int? {
    guard let count = intValue(t, o) else { return nil }
    if count >= 0, count < 1 << 31 { return count }
    t.raise(.OverflowError, "\(name)() argument out of range")
    return nil
  }

  static let functions = [
    NativeMethod("CMSG_LEN", .oneArgument) { t, _, a in size(t, a[0], "CMSG_LEN").map { makeInt(headBytes + $0) } },
    NativeMethod("CMSG_SPACE", .oneArgument) { t, _, a in
      size(t, a[0], "CMSG_SPACE").map { makeInt(headBytes + padded($0)) }
    },
  ]
}
