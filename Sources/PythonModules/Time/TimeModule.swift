// `time`: clocks, sleeping, and calendar time through the C library.
import CRuntimeSupport
import EventRing
import Glibc
import PythonRuntime

func monotonicNanoseconds() -> UInt64 { clockNanoseconds(CLOCK_MONOTONIC) }

public enum TimeModule {
  nonisolated(unsafe) private static var structType: TypeObject?

  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "time")
    let type = StructSequence.makeType(
      t, module: "time", name: "struct_time",
      fields: [
        "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst", "tm_zone",
        "tm_gmtoff",
      ], visible: 9)
    structType = type
    moduleSet(t, module, "struct_time", type.object)
    for (name, clock) in [
      ("CLOCK_REALTIME", CLOCK_REALTIME), ("CLOCK_MONOTONIC", CLOCK_MONOTONIC),
      ("_STRUCT_TM_ITEMS", 11), ("CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW), ("CLOCK_BOOTTIME", CLOCK_BOOTTIME),
      ("CLOCK_TAI", CLOCK_TAI),
      ("CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID), ("CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID),
    ] { moduleSet(t, module, name, stealing: makeInt(Int(clock))) }
    tzset()
    moduleSet(t, module, "timezone", stealing: makeInt(-localOffset(january: true)))
    moduleSet(t, module, "altzone", stealing: makeInt(-localOffset(january: false)))
    moduleSet(
      t, module, "daylight", stealing: makeInt(localOffset(january: true) == localOffset(january: false) ? 0 : 1))
    let zones = makeTuple([makeString(zoneName(january: true)), makeString(zoneName(january: false))])
    moduleSet(t, module, "tzname", stealing: zones)
    moduleAddFunctions(t, module, functions)
    return module
  }

  private static func seconds(_ clock: clockid_t) -> Object { makeFloat(Double(clockNanoseconds(clock)) / 1e9) }
  private static func nanoseconds(_ clock: clockid_t) -> Object { makeInt(unsigned: clockNanoseconds(clock)) }

  private static var functions: [NativeMethod] {
    [
      ClockInfo.method,
      NativeMethod("time", .noArguments) { _, _, _ in seconds(CLOCK_REALTIME) },
      NativeMethod("time_ns", .noArguments) { _, _, _ in nanoseconds(CLOCK_REALTIME) },
      NativeMethod("monotonic", .noArguments) { _, _, _ in seconds(CLOCK_MONOTONIC) },
      NativeMethod("monotonic_ns", .noArguments) { _, _, _ in nanoseconds(CLOCK_MONOTONIC) },
      NativeMethod("perf_counter", .noArguments) { _, _, _ in seconds(CLOCK_MONOTONIC) },
      NativeMethod("perf_counter_ns", .noArguments) { _, _, _ in nanoseconds(CLOCK_MONOTONIC) },
      NativeMethod("process_time", .noArguments) { _, _, _ in seconds(CLOCK_PROCESS_CPUTIME_ID) },
      NativeMethod("process_time_ns", .noArguments) { _, _, _ in nanoseconds(CLOCK_PROCESS_CPUTIME_ID) },
      NativeMethod("thread_time", .noArguments) { _, _, _ in seconds(CLOCK_THREAD_CPUTIME_ID) },
      NativeMethod("thread_time_ns", .noArguments) { _, _, _ in nanoseconds(CLOCK_THREAD_CPUTIME_ID) },
      NativeMethod("clock_gettime", .oneArgument) { t, _, a in
        guard let clock = intValue(t, a[0]) else { return nil }
        return seconds(clockid_t(truncatingIfNeeded: clock))
      },
      NativeMethod("sleep", .oneArgument, sleep),
      NativeMethod("localtime", .positional(0, 1)) { t, _, a in calendar(t, a, isLocal: true) },
      NativeMethod("gmtime", .positional(0, 1)) { t, _, a in calendar(t, a, isLocal: false) },
      NativeMethod("mktime", .oneArgument) { t, _, a in
        guard var parts = parts(t, a[0]) else { return nil }
        return makeFloat(Double(Glibc.mktime(&parts)))
      },
      NativeMethod("strftime", .positional(1, 2), strftime),
      NativeMethod("strptime", .positional(1, 2)) { t, _, a in
        guard let module = importModule(t, "_strptime") else { return nil }
        defer { module.release() }
        return callMethodWithObjects(t, module, internString("_strptime_time"), (0..<a.count).map { a[$0] })
      },
      NativeMethod("clock_gettime_ns", .oneArgument) { t, _, a in
        guard let which = intValue(t, a[0]) else { return nil }
        var time = timespec()
        guard Glibc.clock_gettime(clockid_t(truncatingIfNeeded: which), &time) == 0 else {
          return t.raiseOSError(errno: exuvia_errno())
        }
        return makeInt(Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec))
      },
      NativeMethod("clock_getres", .oneArgument) { t, _, a in
        guard let which = intValue(t, a[0]) else { return nil }
        var time = timespec()
        guard Glibc.clock_getres(clockid_t(truncatingIfNeeded: which), &time) == 0 else {
          return t.raiseOSError(errno: exuvia_errno())
        }
        return makeFloat(Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
      },
      NativeMethod("asctime", .positional(0, 1)) { t, _, a in
        guard let parts = given(t, a, 0) else { return nil }
        return makeString(text(parts, "%a %b %e %H:%M:%S %Y"))
      },
      NativeMethod("ctime", .positional(0, 1)) { t, _, a in
        guard let moment = calendar(t, a, isLocal: true) else { return nil }
        defer { moment.release() }
        guard let parts = parts(t, moment) else { return nil }
        return makeString(text(parts, "%a %b %e %H:%M:%S %Y"))
      },
      NativeMethod("tzset", .noArguments) { _, _, _ in
        Glibc.tzset()
        return core.pointee.none
      },
    ]
  }

  // MARK: - Sleeping

  private static func sleep(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let seconds = floatValue(t, a[0]) else { return nil }
    guard !seconds.isNaN else { return t.raise(.ValueError, "Invalid value NaN (not a number)") }
    guard seconds >= 0 else { return t.raise(.ValueError, "sleep length must be non-negative") }
    guard seconds < 9.2e9 else { return t.raise(.OverflowError, "timestamp too large to convert to C PyTime_t") }
    let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
    while true {
      var limit = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
      let failure = withoutGIL(t, .sleep) { clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &limit, nil) }
      if failure != EINTR { return core.pointee.none }
      guard checkSignals(t) else { return nil }
    }
  }

  // MARK: - Calendar

  private static func localOffset(january: Bool) -> Int { moment(january: january).tm_gmtoff }
  private static func zoneName(january: Bool) -> String {
    moment(january: january).tm_zone.map { String(cString: $0) } ?? "UTC"
  }
  private static func moment(january: Bool) -> tm {
    var parts = tm()
    var time: time_t = january ? 1_704_067_200 : 1_719_792_000
    localtime_r(&time, &parts)
    return parts
  }

  private static func calendar(_ t: ThreadState, _ a: Arguments, isLocal: Bool) -> Object? {
    var time = time_t(clockNanoseconds(CLOCK_REALTIME) / 1_000_000_000)
    if let object = a.optional(0), object != core.pointee.none {
      guard let seconds = floatValue(t, object) else { return nil }
      guard seconds.magnitude < 6.7e16 else {
        return t.raise(.OverflowError, "timestamp out of range for platform time_t")
      }
      time = time_t(seconds.rounded(.down))
    }
    var parts = tm()
    if isLocal { localtime_r(&time, &parts) } else { gmtime_r(&time, &parts) }
    return makeStruct(t, parts)
  }

  private static func makeStruct(_ t: ThreadState, _ parts: tm) -> Object? {
    guard let type = structType else { return nil }
    let numbers = [
      Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_hour), Int(parts.tm_min),
      Int(parts.tm_sec), (Int(parts.tm_wday) + 6) % 7, Int(parts.tm_yday) + 1, Int(parts.tm_isdst),
    ]
    let zone = parts.tm_zone.map { String(cString: $0) } ?? "UTC"
    return StructSequence.make(t, type, numbers.map { makeInt($0) } + [makeString(zone), makeInt(parts.tm_gmtoff)])
  }

  private static func parts(_ t: ThreadState, _ o: Object) -> tm? {
    guard o.isKind(.tuple), o.tupleCount >= 9 else {
      t.raise(.TypeError, "Tuple or struct_time argument required")
      return nil
    }
    var numbers: [Int32] = []
    for i in 0..<9 {
      guard let value = intValue(t, o.tupleItems[i]) else { return nil }
      numbers.append(Int32(truncatingIfNeeded: value))
    }
    var parts = tm()
    parts.tm_year = numbers[0] - 1900
    parts.tm_mon = numbers[1] - 1
    parts.tm_mday = numbers[2]
    parts.tm_hour = numbers[3]
    parts.tm_min = numbers[4]
    parts.tm_sec = numbers[5]
    parts.tm_wday = (numbers[6] + 1) % 7
    parts.tm_yday = numbers[7] - 1
    parts.tm_isdst = numbers[8]
    return parts
  }

  private static func given(_ t: ThreadState, _ a: Arguments, _ index: Int) -> tm? {
    if let object = a.optional(index) { return parts(t, object) }
    guard let now = calendar(t, Arguments(base: a.base, count: 0), isLocal: true) else { return nil }
    defer { now.release() }
    return parts(t, now)
  }

  private static func strftime(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard a[0].isKind(.str) else {
      return t.raise(.TypeError, "strftime() argument 1 must be str, not \(argumentTypeName(a[0]))")
    }
    guard let parts = given(t, a, 1) else { return nil }
    return makeString(text(parts, stringValue(a[0])))
  }

  private static func text(_ parts: tm, _ format: String) -> String {
    guard !format.isEmpty else { return "" }
    var parts = parts
    var buffer = [CChar](repeating: 0, count: 1024 + format.utf8.count * 4)
    let count = Glibc.strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer[0..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
