// Groups by their keys: a hash table with linear probing over keys of one or more values of 8 bytes.

struct RowGroup {
  var rows: UInt64 = 0
  /// Places of the chain's first and last block, 0 is none; values in the last.
  var first = 0
  var last = 0
  var used = 0
}

/// Safe: `slots` has `capacity` elements, a power of two of which at least a quarter is 0 (free); others are a group's number plus one. `keys` has room for
/// `room` + 1 keys, the last of them for the one that is looked up; `groups` for `room` groups.
@safe struct GroupTable: ~Copyable {
  private let keyCount: Int
  private var slots: UnsafeMutablePointer<UInt32>
  private var capacity = 1 << 8
  private var keys: UnsafeMutablePointer<Int64>
  private var groups: UnsafeMutablePointer<RowGroup>
  private var room = 1 << 6
  private(set) var count = 0

  init(keyCount: Int) {
    self.keyCount = keyCount
    unsafe slots = .allocate(capacity: capacity)
    unsafe slots.initialize(repeating: 0, count: capacity)
    unsafe keys = .allocate(capacity: (room + 1) * keyCount)
    unsafe keys.initialize(repeating: 0, count: (room + 1) * keyCount)
    unsafe groups = .allocate(capacity: room)
  }

  deinit {
    unsafe slots.deallocate()
    unsafe keys.deallocate()
    unsafe groups.deallocate()
  }

  subscript(group: Int) -> RowGroup {
    get {
      precondition(group < count)
      return unsafe groups[group]
    }
    set {
      precondition(group < count)
      unsafe groups[group] = newValue
    }
  }

  /// What it takes.
  var bytes: Int {
    let groupBytes = MemoryLayout<RowGroup>.stride + keyCount * MemoryLayout<Int64>.stride
    return capacity * MemoryLayout<UInt32>.stride + room * groupBytes
  }

  mutating func addRow(_ group: Int) { self[group].rows += 1 }

  /// A value of a group's key.
  func key(_ group: Int, _ place: Int) -> Int64 {
    precondition(group < count && place < keyCount)
    return unsafe keys[group * keyCount + place]
  }

  /// Where a value of the key goes that `find` looks for.
  func wanted(_ place: Int) -> RowOutput { unsafe RowOutput(keys + room * keyCount + place) }

  /// The group of the wanted key, a new one where there is none.
  mutating func find() -> Int {
    let wanted = unsafe keys + room * keyCount
    var place = unsafe hash(wanted)
    while unsafe slots[place] != 0 {
      let group = unsafe Int(slots[place]) - 1
      if unsafe isEqual(group, wanted) { return group }
      place = (place + 1) & (capacity - 1)
    }
    return add()
  }

  private func isEqual(_ group: Int, _ wanted: UnsafeMutablePointer<Int64>) -> Bool {
    for place in 0..<keyCount where unsafe keys[group * keyCount + place] != wanted[place] { return false }
    return true
  }

  private func hash(_ key: UnsafeMutablePointer<Int64>) -> Int {
    var mixed: UInt64 = 0
    for place in 0..<keyCount {
      unsafe mixed = (mixed ^ UInt64(bitPattern: key[place])) &* 0x9E37_79B9_7F4A_7C15
      mixed ^= mixed >> 29
    }
    return Int(truncatingIfNeeded: mixed >> 20) & (capacity - 1)
  }

  private mutating func add() -> Int {
    if count == room { grow() }
    let group = count
    count += 1
    unsafe (keys + group * keyCount).update(from: keys + room * keyCount, count: keyCount)
    unsafe (groups + group).initialize(to: RowGroup())
    if count * 4 > capacity * 3 { rehash() } else { enter(group) }
    return group
  }

  private mutating func enter(_ group: Int) {
    var place = unsafe hash(keys + group * keyCount)
    while unsafe slots[place] != 0 { place = (place + 1) & (capacity - 1) }
    unsafe slots[place] = UInt32(group + 1)
  }

  private mutating func rehash() {
    unsafe slots.deallocate()
    capacity *= 2
    unsafe slots = .allocate(capacity: capacity)
    unsafe slots.initialize(repeating: 0, count: capacity)
    for group in 0..<count { enter(group) }
  }

  private mutating func grow() {
    let (oldKeys, oldGroups) = unsafe (keys, groups)
    let larger = room * 2
    unsafe keys = .allocate(capacity: (larger + 1) * keyCount)
    unsafe keys.initialize(repeating: 0, count: (larger + 1) * keyCount)
    unsafe keys.update(from: oldKeys, count: count * keyCount)
    unsafe (keys + larger * keyCount).update(from: oldKeys + room * keyCount, count: keyCount)
    unsafe groups = .allocate(capacity: larger)
    unsafe groups.moveInitialize(from: oldGroups, count: count)
    room = larger
    unsafe oldKeys.deallocate()
    unsafe oldGroups.deallocate()
  }

  /// The groups' numbers in the order of their keys, as SQLite orders values: NULL, then numbers, or texts by their bytes.
  func sorted(areTexts: [Bool], areDescending: [Bool]) -> [Int] {
    // N.B. NULL's word is less than all numbers.
    let (keys, keyCount) = unsafe (self.keys, self.keyCount)
    return (0..<count).sorted { one, other in
      for place in 0..<keyCount {
        let (a, b) = unsafe (keys[one * keyCount + place], keys[other * keyCount + place])
        guard a != b else { continue }
        let (first, second) = areDescending[place] ? (b, a) : (a, b)
        guard areTexts[place], a != RowOutput.nullWord, b != RowOutput.nullWord else { return first < second }
        return KeptText(word: first).precedes(KeptText(word: second))
      }
      return false
    }
  }
}
