// Moments as numbers of events, so that a part of a stream can be read without what is before. Moments that are told by an event's number or by time are
// found in the chunks' headers and in one chunk; passes, markers and the program's end by a replay, from a checkpoint where there is an index.

import TraceModel

extension TraceSession {
  /// Number of the event that comes next at a moment: the first of a part that begins there, the first after a part that ends there.
  public func number(after point: TimePoint) throws(ReplayError) -> UInt64 {
    switch point {
    case .event(let number):
      let count = try event(at: .end)
      guard number < count else {
        throw .noSuchMoment("\(file.path): there is no event #\(number); the trace has \(count)")
      }
      return number + 1
    case .time(let nanoseconds):
      var range = EventRange()
      range.times = (nanoseconds == .max ? nanoseconds : nanoseconds + 1)...UInt64.max
      let later = try EventStream(self, kinds: Self.timedKinds, range: range)
      return try later.next() == nil ? event(at: .end) : later.number
    case .start, .end, .programEnd, .pass, .marker: return try event(at: point)
    }
  }

  /// What to answer where the end of a part comes before its begin.
  public func partEndsFirst(_ from: TimePoint, _ to: TimePoint) -> ReplayError {
    .noSuchMoment(
      "\(file.path): \(to) comes before \(from); --from takes the earlier moment, --to the later")
  }

  /// Whether a moment comes before the last event of `state`, which is as of another moment. `marker`: its id, for markers.
  func hasPassed(
    _ point: TimePoint, marker: UInt32?, _ state: borrowing ReplayState
  ) throws(ReplayError) -> Bool {
    // Number of the last event; nothing has passed before the first.
    guard state.eventNumber > 0 else { return false }
    let last = state.eventNumber - 1
    switch point {
    case .end: return false
    case .start: return true
    case .event(let number): return last > number
    case .time(let nanoseconds): return state.time > nanoseconds
    case .pass(let number):
      return state.collector.passCount > number
        || state.collector.passCount == number && state.collector.lastEndEvent != last
    case .programEnd: return state.hasBegunTeardown
    case .marker:
      var range = EventRange()
      range.numbers = 0...last
      let markers = try EventStream(self, kinds: KindSet([.marker]), range: range)
      while let event = try markers.next() { if event.markerName == marker { return markers.number < last } }
      return false
    }
  }

  private static let timedKinds = KindSet(EventKind.allCases.filter { TimedKinds.shared.contains($0) })
}
