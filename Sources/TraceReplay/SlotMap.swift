// A hash map from slots to indices for things that are few beside objects: locks, generators, objects that stand far apart. Never shrinks; a slot that
// is reused overwrites its index. Open addressing in raw memory, so that generator events stay cheap. The hash is another one in each map: no
// trace can be made whose slots all fall on one place.

/// Safe: `keys` and `values` have `capacity` elements, a power of two, of which less than three quarters are used; only this map frees them.
@safe struct SlotMap: ~Copyable {
  private var keys: UnsafeMutablePointer<UInt64>
  private var values: UnsafeMutablePointer<UInt32>
  private var capacity = 64
  private var count = 0
  /// Odd, at random.
  private let multiplier = UInt64.random(in: .min ... .max) | 1

  init() {
    unsafe keys = .allocate(capacity: capacity)
    unsafe keys.initialize(repeating: 0, count: capacity)
    unsafe values = .allocate(capacity: capacity)
    unsafe values.initialize(repeating: 0, count: capacity)
  }

  deinit {
    unsafe keys.deallocate()
    unsafe values.deallocate()
  }

  private func place(_ key: UInt64) -> Int {
    // Multiply-shift: the upper bits depend on all of the key's.
    var index = Int(truncatingIfNeeded: (key &* multiplier) >> UInt64(capacity.leadingZeroBitCount + 1))
    while unsafe keys[index] != 0, unsafe keys[index] != key { index = (index + 1) & (capacity - 1) }
    return index
  }

  /// The index set for `slot`, or nil.
  func find(_ slot: UInt32) -> Int? {
    let index = place(UInt64(slot) + 1)
    return unsafe keys[index] == 0 ? nil : Int(values[index])
  }

  mutating func set(_ slot: UInt32, _ value: Int) {
    if count * 4 >= capacity * 3 { grow() }
    let index = place(UInt64(slot) + 1)
    if unsafe keys[index] == 0 { count += 1 }
    unsafe keys[index] = UInt64(slot) + 1
    unsafe values[index] = UInt32(value)
  }

  private mutating func grow() {
    let oldKeys = unsafe keys
    let oldValues = unsafe values
    let oldCapacity = capacity
    capacity *= 2
    unsafe keys = .allocate(capacity: capacity)
    unsafe keys.initialize(repeating: 0, count: capacity)
    unsafe values = .allocate(capacity: capacity)
    unsafe values.initialize(repeating: 0, count: capacity)
    for index in 0..<oldCapacity where unsafe oldKeys[index] != 0 {
      let new = unsafe place(oldKeys[index])
      unsafe keys[new] = oldKeys[index]
      unsafe values[new] = oldValues[index]
    }
    unsafe oldKeys.deallocate()
    unsafe oldValues.deallocate()
  }
}
