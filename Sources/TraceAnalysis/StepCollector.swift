// The steps of a path as they are met. A list of a million nodes has a path of a million steps: of a long one the first and the last are kept.

/// Steps of a path that are left out.
public struct PathGap: Sendable, Equatable {
  /// Index of the last step before them.
  public let after: Int
  public let count: Int
}

struct StepCollector {
  /// Steps that are kept at each end; a path of so many at both is whole.
  static let keptMax = 16
  /// Steps met so far.
  private(set) var count = 0
  private var first: [(slot: UInt32, field: UInt32)] = []
  /// The latest ones, round about.
  private var last: [(slot: UInt32, field: UInt32)] = []

  mutating func add(_ slot: UInt32, _ field: UInt32) {
    if first.count < Self.keptMax {
      first.append((slot, field))
    } else if last.count < Self.keptMax {
      last.append((slot, field))
    } else {
      last[(count - Self.keptMax) % Self.keptMax] = (slot, field)
    }
    count += 1
  }

  /// In the order in which they were met. The gap, if there is one, is in the middle, whichever way they are read.
  var kept: [(slot: UInt32, field: UInt32)] {
    guard gap != nil else { return first + last }
    let start = (count - Self.keptMax) % Self.keptMax
    return first + last[start...] + last[..<start]
  }

  var gap: PathGap? {
    count > 2 * Self.keptMax ? PathGap(after: Self.keptMax - 1, count: count - 2 * Self.keptMax) : nil
  }
}
