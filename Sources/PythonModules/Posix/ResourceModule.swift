// `resource`: what the process has used, and its limits.
import CRuntimeSupport
import Glibc
import PythonRuntime

enum ResourceModule {
  nonisolated(unsafe) private static var usageType: TypeObject?

  private static let constants: [(String, Int)] = [
    ("RLIMIT_CPU", 0), ("RLIMIT_FSIZE", 1), ("RLIMIT_DATA", 2), ("RLIMIT_STACK", 3), ("RLIMIT_CORE", 4),
    ("RLIMIT_RSS", 5), ("RLIMIT_NPROC", 6), ("RLIMIT_NOFILE", 7), ("RLIMIT_OFILE", 7), ("RLIMIT_MEMLOCK", 8),
    ("RLIMIT_AS", 9), ("RLIMIT_SIGPENDING", 11), ("RLIMIT_MSGQUEUE", 12), ("RLIMIT_NICE", 13), ("RLIMIT_RTPRIO", 14),
    ("RLIMIT_RTTIME", 15), ("RUSAGE_SELF", 0), ("RUSAGE_CHILDREN", -1), ("RUSAGE_THREAD", 1), ("RLIM_INFINITY", -1),
  ]

  static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "resource")
    for (name, value) in constants { moduleSet(t, module, name, stealing: makeInt(value)) }
    moduleSet(t, module, "error", exceptionType(.OSError).object)
    let type = StructSequence.makeType(
      t, module: "resource", name: "struct_rusage",
      fields: [
        "ru_utime", "ru_stime", "ru_maxrss", "ru_ixrss", "ru_idrss", "ru_isrss", "ru_minflt", "ru_majflt", "ru_nswap",
        "ru_inblock", "ru_oublock", "ru_msgsnd", "ru_msgrcv", "ru_nsignals", "ru_nvcsw", "ru_nivcsw",
      ])
    usageType = type
    moduleSet(t, module, "struct_rusage", type.object)
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("getpagesize", .noArguments) { _, _, _ in makeInt(sysconf(Int32(_SC_PAGESIZE))) },
        NativeMethod("getrusage", .oneArgument) { t, _, a in
          guard let who = intValue(t, a[0]) else { return nil }
          var found = rusage()
          guard Glibc.getrusage(__rusage_who_t(Int32(clamping: who)), &found) == 0 else {
            return exuvia_errno() == EINVAL
              ? t.raise(.ValueError, "invalid who parameter") : t.raiseOSError(errno: exuvia_errno())
          }
          return usage(t, found)
        },
        NativeMethod("getrlimit", .oneArgument) { t, _, a in
          guard let which = kind(t, a[0]) else { return nil }
          var limit = rlimit()
          guard Glibc.getrlimit(__rlimit_resource_t(UInt32(which)), &limit) == 0 else {
            return t.raiseOSError(errno: exuvia_errno())
          }
          return pair(limit)
        },
        NativeMethod("setrlimit", .positional(2, 2)) { t, _, a in
          guard let which = kind(t, a[0]), let limits = makeTuple(t, from: a[1]) else { return nil }
          defer { limits.release() }
          guard limits.tupleCount == 2 else { return t.raise(.ValueError, "expected a tuple of 2 integers") }
          guard let soft = intValue(t, limits.tupleItems[0]), let hard = intValue(t, limits.tupleItems[1]) else {
            return nil
          }
          var limit = rlimit(rlim_cur: rlim_t(bitPattern: soft), rlim_max: rlim_t(bitPattern: hard))
          guard Glibc.setrlimit(__rlimit_resource_t(UInt32(which)), &limit) == 0 else {
            switch exuvia_errno() {
            case EINVAL: return t.raise(.ValueError, "current limit exceeds maximum limit")
            case EPERM: return t.raise(.ValueError, "not allowed to raise maximum limit")
            default: return t.raiseOSError(errno: exuvia_errno())
            }
          }
          return core.pointee.none
        },
      ])
    return module
  }

  private static func kind(_ t: ThreadState, _ o: Object) -> Int32? {
    guard let value = intValue(t, o) else { return nil }
    guard (0..<16).contains(value) else {
      t.raise(.ValueError, "invalid resource specified")
      return nil
    }
    return Int32(value)
  }

  /// Without a limit: -1.
  private static func pair(_ limit: rlimit) -> Object {
    func number(_ value: rlim_t) -> Object { makeInt(Int(bitPattern: value)) }
    return makeTuple(stealing: number(limit.rlim_cur), number(limit.rlim_max))
  }

  private static func usage(_ t: ThreadState, _ found: rusage) -> Object? {
    func seconds(_ time: timeval) -> Object { makeFloat(Double(time.tv_sec) + Double(time.tv_usec) / 1e6) }
    let counts = [
      found.ru_maxrss, found.ru_ixrss, found.ru_idrss, found.ru_isrss, found.ru_minflt, found.ru_majflt, found.ru_nswap,
      found.ru_inblock, found.ru_oublock, found.ru_msgsnd, found.ru_msgrcv, found.ru_nsignals, found.ru_nvcsw,
      found.ru_nivcsw,
    ]
    return usageType.map {
      StructSequence.make(t, $0, [seconds(found.ru_utime), seconds(found.ru_stime)] + counts.map { makeInt(Int($0)) })
    }
  }
}
