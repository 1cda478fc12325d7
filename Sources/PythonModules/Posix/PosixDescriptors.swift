// Descriptors: reading, writing, pipes.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

enum PosixDescriptors {
  static var functions: [NativeMethod] {
    [
      NativeMethod("write", .positional(2, 2)) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        return Bytes.read(t, a[1]) { bytes in
          let written = writeBytes(t, descriptor, UnsafeRawBufferPointer(bytes), recordsOutput: true)
          return written < 0 ? nil : makeInt(written)
        }
      },
      NativeMethod("read", .positional(2, 2)) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]), let count = intValue(t, a[1]) else { return nil }
        guard count >= 0 else { return t.raiseOSError(errno: EINVAL) }
        guard let bytes = readBytes(t, descriptor, count) else { return nil }
        return makeBytes(bytes)
      },
      NativeMethod("pread", .positional(3, 3)) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]), let count = intValue(t, a[1]),
          let offset = intValue(t, a[2])
        else { return nil }
        var buffer = [UInt8](repeating: 0, count: max(count, 0))
        let got = Glibc.pread(descriptor, &buffer, buffer.count, off_t(offset))
        return got < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeBytes(Array(buffer[0..<got]))
      },
      NativeMethod("pwrite", .positional(3, 3)) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        return Bytes.read(t, a[1]) { bytes in
          guard let offset = intValue(t, a[2]) else { return nil }
          let written = Glibc.pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
          return written < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(written)
        }
      },
      NativeMethod("open", .keywords, open),
      NativeMethod("close", .oneArgument) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        return PosixModule.check(t, Glibc.close(descriptor))
      },
      NativeMethod("closerange", .positional(2, 2)) { t, _, a in
        guard let low = intValue(t, a[0]), let high = intValue(t, a[1]) else { return nil }
        for descriptor in low..<max(low, high) { _ = Glibc.close(Int32(clamping: descriptor)) }
        return core.pointee.none
      },
      NativeMethod("pipe", .noArguments) { t, _, _ in
        var ends: [Int32] = [0, 0]
        guard exuvia_pipe(&ends) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
        return makeTuple([makeInt(Int(ends[0])), makeInt(Int(ends[1]))])
      },
      NativeMethod("dup", .oneArgument) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        return copy < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(copy))
      },
      NativeMethod("dup2", .positional(2, 3)) { t, _, a in
        guard let from = PosixModule.descriptor(t, a[0]), let to = PosixModule.descriptor(t, a[1]) else { return nil }
        let copy = Glibc.dup2(from, to)
        return copy < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(copy))
      },
      NativeMethod("isatty", .oneArgument) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        return makeBool(Glibc.isatty(descriptor) == 1)
      },
      NativeMethod("lseek", .positional(3, 3)) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]), let offset = intValue(t, a[1]),
          let how = intValue(t, a[2])
        else { return nil }
        let place = Glibc.lseek(descriptor, off_t(offset), Int32(how))
        return place < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(place))
      },
      NativeMethod("ftruncate", .positional(2, 2)) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]), let length = intValue(t, a[1]) else { return nil }
        return PosixModule.check(t, Glibc.ftruncate(descriptor, off_t(length)))
      },
      NativeMethod("fsync", .oneArgument) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        return PosixModule.check(t, withoutGIL(t, .other) { Glibc.fsync(descriptor) })
      },
      NativeMethod("set_inheritable", .positional(2, 2)) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        let flags = fcntl(descriptor, F_GETFD)
        let inherits = isTrue(t, a[1]) == 1
        return PosixModule.check(
          t, fcntl(descriptor, F_SETFD, inherits ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC))
      },
      NativeMethod("get_inheritable", .oneArgument) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        return makeBool(fcntl(descriptor, F_GETFD) & FD_CLOEXEC == 0)
      },
      NativeMethod("set_blocking", .positional(2, 2)) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        let flags = fcntl(descriptor, F_GETFL)
        return PosixModule.check(
          t, fcntl(descriptor, F_SETFL, isTrue(t, a[1]) == 1 ? flags & ~O_NONBLOCK : flags | O_NONBLOCK))
      },
      NativeMethod("get_blocking", .oneArgument) { t, _, a in
        guard let descriptor = PosixModule.descriptor(t, a[0]) else { return nil }
        return makeBool(fcntl(descriptor, F_GETFL) & O_NONBLOCK == 0)
      },
    ]
  }

  private static func open(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(t, a, function: "open", names: ["path", "flags", "mode", "dir_fd"], required: 2),
      let pathObject = given[0], let path = PosixModule.path(t, pathObject, "open"), let flagsObject = given[1],
      let flags = intValue(t, flagsObject)
    else { return nil }
    var mode = 0o777
    if let object = given[2] {
      guard let value = intValue(t, object) else { return nil }
      mode = value
    }
    while true {
      let descriptor = withoutGIL(t, .other) { exuvia_open(path, Int32(truncatingIfNeeded: flags), Int32(mode)) }
      if descriptor >= 0 { return makeInt(Int(descriptor)) }
      guard exuvia_errno() == EINTR else { return t.raiseOSError(errno: exuvia_errno(), path: pathObject) }
      guard checkSignals(t) else { return nil }
    }
  }

  // MARK: - For streams too

  /// Writes once; returns the bytes written, -1 when an exception is set, -2 when the descriptor would block.
  static func writeBytes(
    _ t: ThreadState, _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, recordsOutput: Bool,
    blockingIsError: Bool = true
  ) -> Int {
    if recordsOutput, descriptor == 1 || descriptor == 2 { Probes.output(descriptor: descriptor, bytes) }
    while true {
      let written = withoutGIL(t, .write, bytes: bytes.count) {
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if written >= 0 { return written }
      let failure = exuvia_errno()
      if failure == EINTR {
        guard checkSignals(t) else { return -1 }
        continue
      }
      if failure == EAGAIN, !blockingIsError { return -2 }
      t.raiseOSError(errno: failure)
      return -1
    }
  }

  /// Reads once; empty at the end. nil: an exception is set.
  static func readBytes(_ t: ThreadState, _ descriptor: Int32, _ count: Int) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    while true {
      let got = withoutGIL(t, .read, bytes: count) { Glibc.read(descriptor, &buffer, count) }
      if got >= 0 {
        buffer.removeLast(count - got)
        return buffer
      }
      guard exuvia_errno() == EINTR else {
        t.raiseOSError(errno: exuvia_errno())
        return nil
      }
      guard checkSignals(t) else { return nil }
    }
  }
}

/// Bytes-like arguments.
enum Bytes {
  /// Calls `body` with the bytes of a bytes-like object, which stay where they are meanwhile. nil: `body` gave nil, or an exception is set.
  static func read<Result>(_ t: ThreadState, _ o: Object, _ body: (UnsafeBufferPointer<UInt8>) -> Result?) -> Result? {
    ByteSource.withMemory(t, o) { memory in
      guard let memory else {
        t.raise(.TypeError, "a bytes-like object is required, not '\(typeName(o))'")
        return nil
      }
      return body(UnsafeRawBufferPointer(memory.bytes).bindMemory(to: UInt8.self))
    }
  }
}
