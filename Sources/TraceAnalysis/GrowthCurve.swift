// Whether a number that was taken at regular steps grows without end, as opposed to filling up, swinging, or having been large from the start.
//
// 1. The floor at a step is the least that any later step has: what was there and stayed. A buffer that is emptied now and then has a low floor
//    until its last filling; a cache that has displaced its content has a flat one.
// 2. Growth is looked at over a window, from the population's first member to the end of what the program did with it, in four quarters.
// 3. It is endless when the last two quarters still add as much as half of what they would if growth were even: a cache that fills adds
//    less and less (of N keys asked for at random, N requests leave 63 % filled, 2 N leave 86 %), a warm-up nothing at all.
// 4. What came in the last quarters alone is none where the population was as good as that large before and shrank again: it swings.

struct GrowthCurve {
  /// Where growth begins and ends, as indices of samples.
  let first: Int
  let last: Int
  /// What was added between them.
  let growth: UInt64
  /// How much of an even share the last quarter added: 1 is even, less is slowing down.
  let lateShare: Double

  /// Members that a growing population has at least.
  static let liveMin: UInt64 = 32
  /// Steps that a window has at least; fewer say nothing about a course.
  static let stepsMin = 8
  /// One in so many of the members at the end that were not there before came by growth.
  static let partMin: UInt64 = 5
  /// Part of an even share that a quarter adds while growth goes on.
  static let shareMin = 0.5

  /// Looks at `values[first...last]`; nil when they do not grow without end. `before`: what lived before the part of the run that is looked at.
  init?(_ values: [UInt64], first: Int, last: Int, before: UInt64 = 0) {
    guard first >= 0, last < values.count, last - first >= Self.stepsMin else { return nil }
    var floor = values[last]
    var floors = [UInt64](repeating: 0, count: last - first + 1)
    for index in stride(from: last, through: first, by: -1) {
      floor = min(floor, values[index])
      floors[index - first] = floor
    }
    let steps = last - first
    let quarters = (0...4).map { floors[steps * $0 / 4] }
    let growth = quarters[4] - quarters[0]
    guard growth >= Self.liveMin, growth * Self.partMin + before >= quarters[4] else { return nil }
    let even = Double(growth) / 4
    let added = (0..<4).map { Double(quarters[$0 + 1] - quarters[$0]) }
    guard added[2] >= even * Self.shareMin, added[3] >= even * Self.shareMin else { return nil }
    if added[0] + added[1] < even * Self.shareMin {
      let peak = values[first...first + steps / 2].max() ?? 0
      guard peak < quarters[0] + growth / 2 else { return nil }
    }
    self.first = first
    self.last = last
    self.growth = growth
    lateShare = added[3] / even
  }
}
