// What a profiler has counted: an entry for each function, with those that it called, and the calls that run.
import CRuntimeSupport
import Glibc
import PythonRuntime

/// Counts and times of a function, or of a function as called by another. Times in the timer's units, nanoseconds without one.
struct ProfileCounts {
  var calls = 0
  /// Those made while another call of the same function ran.
  var recursiveCalls = 0
  /// With what it called, and without.
  var total = 0.0
  var own = 0.0
  /// How many of its calls run now.
  var level = 0
}

/// One function that was called.
final class ProfileEntry {
  /// A code object, or the str that stands for a native function; owned.
  let function: Object
  var counts = ProfileCounts()
  /// By the callee's number, in the order of first calls.
  var callees: [Int: ProfileCounts] = [:]
  var calleeOrder: [Int] = []

  init(function: Object) { self.function = function }
  deinit { function.release() }
}

final class ProfilerState {
  /// One call that runs.
  private struct Running {
    var entry: Int
    var start: Double
    /// What the calls that it made took.
    var below = 0.0
  }

  /// Owned; nil: the clock.
  let timer: Object?
  /// Seconds of a unit of the timer; 0: it counts seconds.
  let unit: Double
  var recordsCallees = true
  var recordsNative = true
  private(set) var entries: [ProfileEntry] = []
  private var numbers: [UnsafeMutableRawPointer: Int] = [:]
  private var running: [Running] = []

  init(timer: Object?, unit: Double) {
    self.timer = timer?.retained()
    self.unit = unit
  }
  deinit { timer.release() }

  /// Seconds of one unit of the times.
  var secondsPerUnit: Double { timer == nil ? 1e-9 : unit > 0 ? unit : 1 }

  /// The time now; a timer that raises counts as 0, and is told of.
  private func now(_ t: ThreadState) -> Double {
    guard let timer else {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
    guard let value = call0(t, timer) else {
      writeUnraisable(t, timer)
      return 0
    }
    defer { value.release() }
    if let number = floatValue(t, value) { return number }
    writeUnraisable(t, timer)
    return 0
  }

  /// A call begins. `key` stands for the function as long as the profiler lives; `function` makes what it is shown as, owned.
  func enter(_ t: ThreadState, key: UnsafeMutableRawPointer, function: () -> Object) {
    let number: Int
    if let known = numbers[key] {
      number = known
    } else {
      number = entries.count
      numbers[key] = number
      entries.append(ProfileEntry(function: function()))
    }
    entries[number].counts.level += 1
    if recordsCallees, let caller = running.last {
      let entry = entries[caller.entry]
      if entry.callees[number] == nil { entry.calleeOrder.append(number) }
      entry.callees[number, default: ProfileCounts()].level += 1
    }
    running.append(Running(entry: number, start: now(t)))
  }

  /// The call that began last ends. One that began before the profiler did has no entry, and says nothing.
  func leave(_ t: ThreadState) {
    guard !running.isEmpty else { return }
    let time = now(t)
    let call = running.removeLast()
    let total = time - call.start
    let own = total - call.below
    if !running.isEmpty { running[running.count - 1].below += total }
    Self.end(&entries[call.entry].counts, total, own)
    if recordsCallees, let caller = running.last, var counts = entries[caller.entry].callees[call.entry] {
      Self.end(&counts, total, own)
      entries[caller.entry].callees[call.entry] = counts
    }
  }

  private static func end(_ counts: inout ProfileCounts, _ total: Double, _ own: Double) {
    counts.level -= 1
    if counts.level == 0 { counts.total += total } else { counts.recursiveCalls += 1 }
    counts.own += own
    counts.calls += 1
  }

  /// Ends all calls that run.
  func leaveAll(_ t: ThreadState) { while !running.isEmpty { leave(t) } }

  func clear() {
    entries = []
    numbers = [:]
    running = []
  }
}
