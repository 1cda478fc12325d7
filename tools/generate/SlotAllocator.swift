// Slots as a heap of size classes with last-in-first-out free lists gives them, so that names of objects repeat as in a
// real trace.

/// A name of 16-byte steps per object. Freed slots of a size class are used again, the latest first.
struct SlotAllocator {
  private var free: [[UInt32]] = Array(repeating: [], count: 64)
  private var pools: [UInt32] = Array(repeating: 0, count: 64)
  private var poolEnds: [UInt32] = Array(repeating: 0, count: 64)
  private var top: UInt32 = 1024
  private static let poolSteps: UInt32 = 1024

  mutating func take(steps: UInt32) -> UInt32 {
    let sizeClass = Int(steps)
    if let slot = free[sizeClass].popLast() { return slot }
    if pools[sizeClass] + steps > poolEnds[sizeClass] {
      pools[sizeClass] = top
      poolEnds[sizeClass] = top + Self.poolSteps
      top += Self.poolSteps
    }
    defer { pools[sizeClass] += steps }
    return pools[sizeClass]
  }

  mutating func give(_ slot: UInt32, steps: UInt32) { free[Int(steps)].append(slot) }
}

/// splitmix64: small, fast, the same everywhere.
struct Random {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func below(_ count: Int) -> Int { Int(next() >> 33) % count }
}
