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

  private static let timedKinds = KindSet(EventKind.allCases.filter { TimedKinds.shared.contains($0) })
}
