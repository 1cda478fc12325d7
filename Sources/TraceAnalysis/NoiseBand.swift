// How much two numbers may differ without being a finding. With one run a side it is a fixed band: counts of a program with one thread are the same in
// every run, with threads some vary. With several runs the band comes from the runs themselves.

/// The numbers of one measure in the runs of one side, sorted.
struct Series {
  let values: [UInt64]
  init(_ values: [UInt64]) { self.values = values.sorted() }

  var median: UInt64 { values.isEmpty ? 0 : values[(values.count - 1) / 2] }
  var low: UInt64 { values.first ?? 0 }
  var high: UInt64 { values.last ?? 0 }
  var spread: UInt64 { high - low }
}

struct NoiseBand {
  let absolute: UInt64
  let relative: Double

  func contains(_ before: UInt64, _ after: UInt64) -> Bool {
    let difference = before > after ? before - after : after - before
    return difference < absolute || Double(difference) < relative * Double(max(before, after))
  }

  /// The band of one run a side.
  static func single(_ measure: Measure, threads: Int) -> NoiseBand {
    let alone = threads <= 1
    switch measure {
    case .live, .allocations, .created, .yields, .resumes, .suspended, .raises, .calls, .examined, .collected:
      return alone ? NoiseBand(absolute: 10, relative: 0.05) : NoiseBand(absolute: 50, relative: 0.15)
    // Where threads take turns decides what lives at once.
    case .peakLive: return alone ? NoiseBand(absolute: 32, relative: 0.25) : NoiseBand(absolute: 200, relative: 0.5)
    case .deathsByCollector:
      // With threads it depends on their switches whether a pass comes before the last reference goes.
      return alone ? NoiseBand(absolute: 10, relative: 0.05) : NoiseBand(absolute: 200, relative: 0.5)
    case .bytes: return alone ? NoiseBand(absolute: 4096, relative: 0.05) : NoiseBand(absolute: 32768, relative: 0.15)
    case .passes, .fullPasses:
      return alone ? NoiseBand(absolute: 2, relative: 0.10) : NoiseBand(absolute: 4, relative: 0.25)
    case .acquisitions: return alone ? NoiseBand(absolute: 10, relative: 0.05) : NoiseBand(absolute: 50, relative: 0.15)
    case .blockedWhileHeld: return NoiseBand(absolute: 5, relative: 0.25)
    case .ranWhileHeld:
      return alone ? NoiseBand(absolute: 1000, relative: 0.05) : NoiseBand(absolute: 1000, relative: 0.25)
    case .waits: return NoiseBand(absolute: 20, relative: 0.5)
    case .started: return NoiseBand(absolute: 1, relative: 0)
    case .pause: return NoiseBand(absolute: 5_000_000, relative: 0.5)
    case .waitTime, .held: return NoiseBand(absolute: 20_000_000, relative: 0.5)
    }
  }

  /// What a difference must be at least to matter, where the runs themselves say how much they vary.
  private static func floor(_ measure: Measure) -> NoiseBand {
    switch measure {
    case .pause, .waitTime, .held: NoiseBand(absolute: 1_000_000, relative: 0.15)
    case .bytes: NoiseBand(absolute: 4096, relative: 0.02)
    case .passes, .fullPasses, .started: NoiseBand(absolute: 1, relative: 0.05)
    default: NoiseBand(absolute: 5, relative: 0.02)
    }
  }

  /// Whether the sides differ beyond what their runs differ among themselves: their ranges lie apart, by more than twice the wider of them
  /// where a side has few runs, by more than its width where both have five.
  static func differ(_ before: Series, _ after: Series, _ measure: Measure) -> Bool {
    guard !floor(measure).contains(before.median, after.median) else { return false }
    let gap = after.low > before.high ? after.low - before.high : before.low > after.high ? before.low - after.high : 0
    let factor: UInt64 = min(before.values.count, after.values.count) >= 5 ? 1 : 2
    return gap > 0 && gap >= factor * max(before.spread, after.spread)
  }
}
