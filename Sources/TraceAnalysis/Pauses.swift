// What the collector's pauses meant for the program: their distribution, and the minimum mutator utilisation (Cheng and Blelloch, "A Parallel, Real-Time
// Garbage Collector", 2001): the least share of any stretch of a given length that the program had for itself.

import TraceReplay

public struct Pauses: Sendable {
  /// Begin and end, in order of time, without overlaps.
  private let spans: [(begin: UInt64, end: UInt64)]
  /// Lengths, ascending.
  private let lengths: [UInt64]

  public init(_ passes: [PassRecord]) {
    var spans: [(begin: UInt64, end: UInt64)] = []
    for pass in passes where pass.reason != .shutdown && pass.endTime > pass.startTime {
      guard pass.startTime >= spans.last?.end ?? 0 else { continue }
      spans.append((pass.startTime, pass.endTime))
    }
    self.spans = spans
    lengths = spans.map { $0.end - $0.begin }.sorted()
  }

  public var count: Int { lengths.count }

  /// The length that `share` (0 to 1) of the pauses do not exceed; 0 without pauses.
  public func quantile(_ share: Double) -> UInt64 {
    guard !lengths.isEmpty else { return 0 }
    return lengths[min(lengths.count - 1, max(0, Int((share * Double(lengths.count)).rounded(.up)) - 1))]
  }

  /// The least share of the program in any stretch of `window` nanoseconds between 0 and `end`; nil where the run is shorter.
  public func minimumUtilisation(window: UInt64, end: UInt64) -> Double? {
    guard window > 0, end >= window else { return nil }
    // The worst stretch begins with a pause or ends with one. Sums of pauses before each make a stretch's sum a difference.
    var sums: [UInt64] = [0]
    for span in spans { sums.append(sums[sums.count - 1] + span.end - span.begin) }
    var worst: UInt64 = 0
    for span in spans {
      for begin in [span.begin, span.end >= window ? span.end - window : 0] where begin + window <= end {
        let paused = pausedBefore(begin + window, sums) - pausedBefore(begin, sums)
        worst = max(worst, paused)
      }
    }
    return Double(window - min(worst, window)) / Double(window)
  }

  /// Paused nanoseconds before a time.
  private func pausedBefore(_ time: UInt64, _ sums: [UInt64]) -> UInt64 {
    var (low, high) = (0, spans.count)
    while low < high {
      let middle = (low + high) / 2
      if spans[middle].begin < time { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    let last = spans[low - 1]
    return sums[low - 1] + min(time, last.end) - last.begin
  }
}
