// `faulthandler.dump_traceback_later`: a native thread without the GIL that waits, and then writes what all threads do.
import CRuntimeSupport
import EventRing
import Glibc
import PythonRuntime

enum FaultWatch {
  /// What the thread needs; it alone frees it, after it was told to stop.
  private struct Watch {
    var mutex = pthread_mutex_t()
    var changed = pthread_cond_t()
    var isCancelled = false
    var nanoseconds: UInt64
    var repeats: Bool
    var exits: Bool
    var descriptor: Int32
    /// The line before the tracebacks.
    var header: UnsafeMutablePointer<CChar>
  }
  nonisolated(unsafe) private static var current: UnsafeMutablePointer<Watch>?
  nonisolated(unsafe) private static var thread = pthread_t()
  nonisolated(unsafe) private static var file: Object?
  /// A forked child has no such thread.
  nonisolated(unsafe) private static var process = getpid()

  static func start(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "dump_traceback_later", names: ["timeout", "repeat", "file", "exit"], required: 1),
      let given = v[0], let seconds = seconds(t, given)
    else { return nil }
    let microseconds = (seconds * 1e6).rounded(.up)
    guard microseconds >= 1 else { return t.raise(.ValueError, "timeout must be greater than 0") }
    guard microseconds < 9.2e15 else { return t.raise(.OverflowError, "timeout value is too large") }
    guard let repeats = FaulthandlerModule.truth(t, v[1], false), let exits = FaulthandlerModule.truth(t, v[3], false),
      let (descriptor, file) = FaulthandlerModule.descriptor(t, v[2])
    else { return nil }
    cancel()
    let watch = UnsafeMutablePointer<Watch>.allocate(capacity: 1)
    watch.initialize(
      to: Watch(
        nanoseconds: UInt64(microseconds) * 1000, repeats: repeats, exits: exits, descriptor: descriptor,
        header: strdup(header(UInt64(microseconds)))))
    pthread_mutex_init(&watch.pointee.mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(&watch.pointee.changed, &attributes)
    // It handles no signals.
    var (everything, before) = (sigset_t(), sigset_t())
    sigfillset(&everything)
    pthread_sigmask(SIG_SETMASK, &everything, &before)
    let failure = pthread_create(
      &thread, nil,
      { raw in
        if let raw { FaultWatch.run(raw.assumingMemoryBound(to: Watch.self)) }
        return nil
      }, watch)
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard failure == 0 else {
      file.release()
      free(watch)
      return t.raise(.RuntimeError, "unable to start watchdog thread")
    }
    current = watch
    self.file = file
    process = getpid()
    return core.pointee.none
  }

  /// Stops the thread, if there is one, and waits for its end.
  static func cancel() {
    guard let watch = current else { return }
    current = nil
    let held = file
    file = nil
    defer { held.release() }
    guard process == getpid() else { return }
    pthread_mutex_lock(&watch.pointee.mutex)
    watch.pointee.isCancelled = true
    pthread_cond_signal(&watch.pointee.changed)
    pthread_mutex_unlock(&watch.pointee.mutex)
    pthread_join(thread, nil)
    free(watch)
  }

  private static func run(_ watch: UnsafeMutablePointer<Watch>) {
    repeat {
      let end = clockNanoseconds(CLOCK_MONOTONIC) &+ watch.pointee.nanoseconds
      var limit = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
      pthread_mutex_lock(&watch.pointee.mutex)
      var waited: Int32 = 0
      while !watch.pointee.isCancelled, waited != ETIMEDOUT {
        waited = pthread_cond_timedwait(&watch.pointee.changed, &watch.pointee.mutex, &limit)
      }
      let isCancelled = watch.pointee.isCancelled
      pthread_mutex_unlock(&watch.pointee.mutex)
      if isCancelled { return }
      _ = write(watch.pointee.descriptor, watch.pointee.header, strlen(watch.pointee.header))
      FaultDump.writeAll(watch.pointee.descriptor, marksCurrent: false)
      if watch.pointee.exits { _exit(1) }
    } while watch.pointee.repeats
  }

  private static func free(_ watch: UnsafeMutablePointer<Watch>) {
    pthread_cond_destroy(&watch.pointee.changed)
    pthread_mutex_destroy(&watch.pointee.mutex)
    Glibc.free(watch.pointee.header)
    watch.deallocate()
  }

  // MARK: - The time

  private static func seconds(_ t: ThreadState, _ o: Object) -> Double? {
    if o.isKind(.float) { return floatValue(t, o) }
    guard let number = index(t, o) else { return nil }
    defer { number.release() }
    return floatValue(t, number)
  }

  /// `Timeout (0:00:01.500000)!`
  private static func header(_ microseconds: UInt64) -> String {
    func two(_ n: UInt64) -> String { n < 10 ? "0\(n)" : "\(n)" }
    let (seconds, rest) = (microseconds / 1_000_000, microseconds % 1_000_000)
    let text = "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    let digits = String(rest)
    let fraction = rest == 0 ? "" : "." + String(repeating: "0", count: 6 - digits.count) + digits
    return "Timeout (\(text)\(fraction))!\n"
  }
}
