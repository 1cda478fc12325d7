// `time.get_clock_info`: what a clock is and how fine it is.
import Glibc
import PythonRuntime

enum ClockInfo {
  static let method = NativeMethod("get_clock_info", .oneArgument) { t, _, a in
    guard a[0].isKind(.str) else {
      return t.raise(.TypeError, "get_clock_info() argument 1 must be str, not \(argumentTypeName(a[0]))")
    }
    switch stringValue(a[0]) {
    case "time": return make(t, CLOCK_REALTIME, "CLOCK_REALTIME", isMonotonic: false, isAdjustable: true)
    case "monotonic", "perf_counter": return make(t, CLOCK_MONOTONIC, "CLOCK_MONOTONIC", isMonotonic: true)
    case "process_time": return make(t, CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", isMonotonic: true)
    case "thread_time": return make(t, CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID", isMonotonic: true)
    default: return t.raise(.ValueError, "unknown clock")
    }
  }

  private static func make(
    _ t: ThreadState, _ clock: clockid_t, _ name: String, isMonotonic: Bool, isAdjustable: Bool = false
  ) -> Object? {
    var resolution = timespec()
    clock_getres(clock, &resolution)
    let values = [
      ("implementation", makeString("clock_gettime(\(name))")), ("monotonic", makeBool(isMonotonic)),
      ("adjustable", makeBool(isAdjustable)),
      ("resolution", makeFloat(Double(resolution.tv_sec) + Double(resolution.tv_nsec) * 1e-9)),
    ]
    let info = SimpleNamespace.make(t)
    for (key, value) in values { SimpleNamespace.set(t, info, key, value) }
    return info
  }
}
