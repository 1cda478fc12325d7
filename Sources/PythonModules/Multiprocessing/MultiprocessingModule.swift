// `_multiprocessing` and `_posixshmem`: what `multiprocessing` needs of the system beside pipes and fork.
import CRuntimeSupport
import Glibc
import PythonRuntime

enum MultiprocessingModule {
  static func make(_ t: ThreadState) -> Object? {
    SemaphoreLock.start(t)
    let module = makeModule(t, "_multiprocessing")
    moduleSet(t, module, "SemLock", SemaphoreLock.type.object)
    let flags = makeDict()
    for name in ["HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT"] { dictSet(t, flags, name, stealing: makeInt(1)) }
    moduleSet(t, module, "flags", stealing: flags)
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("sem_unlink", .oneArgument) { t, _, a in
          guard let name = SemaphoreLock.text(t, a[0], "sem_unlink() argument") else { return nil }
          return sem_unlink(name) == 0 ? core.pointee.none : t.raiseOSError(errno: exuvia_errno())
        }
      ])
    return module
  }

  static func makeSharedMemory(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_posixshmem")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("shm_open", .keywords) { t, _, a in open(t, a) },
        NativeMethod("shm_unlink", .keywords) { t, _, a in
          guard let given = parseArguments(t, a, function: "shm_unlink", names: ["path"], required: 1),
            let name = SemaphoreLock.text(t, given[0], "shm_unlink() argument 'path'")
          else { return nil }
          return shm_unlink(name) == 0 ? core.pointee.none : t.raiseOSError(errno: exuvia_errno(), path: name)
        },
      ])
    return module
  }

  /// `(path, flags, mode=0o777)`: a descriptor that no program which is executed inherits.
  private static func open(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard let given = parseArguments(t, a, function: "shm_open", names: ["path", "flags", "mode"], required: 2),
      let name = SemaphoreLock.text(t, given[0], "shm_open() argument 'path'"),
      let flags = given[1].flatMap({ intValue(t, $0) })
    else { return nil }
    var mode = 0o777
    if let object = given[2] {
      guard let value = intValue(t, object) else { return nil }
      mode = value
    }
    let descriptor = shm_open(name, Int32(truncatingIfNeeded: flags), mode_t(truncatingIfNeeded: mode))
    return descriptor < 0 ? t.raiseOSError(errno: exuvia_errno(), path: name) : makeInt(Int(descriptor))
  }
}
