// A hash table from 64-bit keys to ids in raw memory, for the probes: no Swift collection may be touched on their path.

/// Open addressing, linear probing; grows to `entriesMax` entries and then refuses, so that its memory is bounded.
struct IDTable {
  private var slots: UnsafeMutablePointer<(key: UInt64, id: UInt32)>?
  private var mask = 0
  private(set) var count = 0
  let entriesMax: Int

  init(entriesMax: Int) { self.entriesMax = entriesMax }

  /// The id of `key`, which is not 0; 0 when it is not in the table.
  @inline(__always) func find(_ key: UInt64) -> UInt32 {
    guard let slots else { return 0 }
    var i = place(key)
    while true {
      let slot = slots[i]
      if slot.key == key { return slot.id }
      if slot.key == 0 { return 0 }
      i = (i &+ 1) & mask
    }
  }

  /// Adds `key`, which is not yet there. False: the table is full.
  mutating func insert(_ key: UInt64, _ id: UInt32) -> Bool {
    guard count < entriesMax else { return false }
    if count * 2 >= mask { grow() }
    guard let slots else { return false }
    var i = place(key)
    while slots[i].key != 0 { i = (i &+ 1) & mask }
    slots[i] = (key, id)
    count += 1
    return true
  }

  /// Changes the id of a key that is in the table.
  mutating func replace(_ key: UInt64, _ id: UInt32) {
    guard let slots else { return }
    var i = place(key)
    while slots[i].key != 0 {
      if slots[i].key == key {
        slots[i].id = id
        return
      }
      i = (i &+ 1) & mask
    }
  }

  @inline(__always) private func place(_ key: UInt64) -> Int {
    // The product's high bits: every bit of the key reaches them. There are 24 of them, more than the largest table needs.
    return Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 40) & mask
  }

  private mutating func grow() {
    let old = slots
    let oldMask = mask
    let capacity = max(1024, (mask + 1) * 4)
    let fresh = UnsafeMutablePointer<(key: UInt64, id: UInt32)>.allocate(capacity: capacity)
    fresh.initialize(repeating: (0, 0), count: capacity)
    slots = fresh
    mask = capacity - 1
    guard let old else { return }
    for i in 0...oldMask where old[i].key != 0 {
      var to = place(old[i].key)
      while fresh[to].key != 0 { to = (to &+ 1) & mask }
      fresh[to] = old[i]
    }
    old.deallocate()
  }
}
