// `fcntl`: control of descriptors with integer arguments, and locks on files.
import CRuntimeSupport
import Glibc
import PythonRuntime

public enum ControlModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "fcntl")
    for (name, value) in [
      ("F_DUPFD", F_DUPFD), ("F_GETFD", F_GETFD), ("F_SETFD", F_SETFD), ("F_GETFL", F_GETFL), ("F_SETFL", F_SETFL),
      ("FD_CLOEXEC", FD_CLOEXEC), ("F_DUPFD_CLOEXEC", F_DUPFD_CLOEXEC), ("F_GETLK", F_GETLK),
      ("F_SETLK", F_SETLK), ("F_SETLKW", F_SETLKW), ("F_RDLCK", 0), ("F_WRLCK", 1), ("F_UNLCK", 2),
      ("F_GETOWN", F_GETOWN),
      ("F_SETOWN", F_SETOWN), ("F_GETPIPE_SZ", 1032), ("F_SETPIPE_SZ", 1031), ("LOCK_SH", LOCK_SH),
      ("LOCK_EX", LOCK_EX),
      ("LOCK_NB", LOCK_NB), ("LOCK_UN", LOCK_UN),
    ] {
      moduleSet(t, module, name, stealing: makeInt(Int(value)))
    }
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("fcntl", .positional(2, 3)) { t, _, a in
          guard let descriptor = PosixModule.descriptor(t, a[0]), let command = intValue(t, a[1]) else { return nil }
          var argument = 0
          if let given = a.optional(2) {
            guard given.isKind(.int) else {
              return t.raise(.NotImplementedError, "fcntl() with a buffer is not supported by this runtime")
            }
            guard let value = intValue(t, given) else { return nil }
            argument = value
          }
          let result = Glibc.fcntl(descriptor, Int32(truncatingIfNeeded: command), Int32(truncatingIfNeeded: argument))
          return result < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(result))
        },
        NativeMethod("flock", .positional(2, 2)) { t, _, a in
          guard let descriptor = PosixModule.descriptor(t, a[0]), let how = intValue(t, a[1]) else { return nil }
          return wait(t) { exuvia_flock(descriptor, Int32(truncatingIfNeeded: how)) }
        },
        NativeMethod("lockf", .positional(2, 5)) { t, _, a in lock(t, a) },
      ])
    return module
  }

  /// None after a call that may block; a signal's handler runs in between.
  private static func wait(_ t: ThreadState, _ body: () -> Int32) -> Object? {
    while withoutGIL(t, .wait, body) < 0 {
      let number = exuvia_errno()
      guard number == EINTR, checkSignals(t) else { return t.hasRaised ? nil : t.raiseOSError(errno: number) }
    }
    return core.pointee.none
  }

  /// `(fd, cmd, len=0, start=0, whence=0)`.
  private static func lock(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard let descriptor = PosixModule.descriptor(t, a[0]), let how = intValue(t, a[1]) else { return nil }
    var numbers = [0, 0, 0]
    for i in 2..<max(a.count, 2) {
      guard let value = intValue(t, a[i]) else { return nil }
      numbers[i - 2] = value
    }
    var range = flock()
    switch how & ~Int(LOCK_NB) {
    case Int(LOCK_UN): range.l_type = 2
    case Int(LOCK_SH): range.l_type = 0
    case Int(LOCK_EX): range.l_type = 1
    default: return t.raise(.ValueError, "unrecognized lockf argument")
    }
    range.l_len = numbers[0]
    range.l_start = numbers[1]
    range.l_whence = Int16(truncatingIfNeeded: numbers[2])
    return wait(t) { exuvia_lock_file(descriptor, how & Int(LOCK_NB) == 0 ? 1 : 0, &range) }
  }
}
