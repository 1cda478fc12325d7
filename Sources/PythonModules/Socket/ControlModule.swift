// `fcntl`: control of descriptors with integer arguments.
import CRuntimeSupport
import Glibc
import PythonRuntime

public enum ControlModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "fcntl")
    for (name, value) in [
      ("F_DUPFD", F_DUPFD), ("F_GETFD", F_GETFD), ("F_SETFD", F_SETFD), ("F_GETFL", F_GETFL), ("F_SETFL", F_SETFL),
      ("FD_CLOEXEC", FD_CLOEXEC), ("F_DUPFD_CLOEXEC", F_DUPFD_CLOEXEC),
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
        }
      ])
    return module
  }
}
