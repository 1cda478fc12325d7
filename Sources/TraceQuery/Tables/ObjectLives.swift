// The objects that live at one point of a scan, in a hash table by slot of bounded size.
//
//     one cell of 56 bytes: serial, birth, birthTime, size (8 bytes each), slot, type, site, thread (4 each), flags
//
// Linear probing; a removal moves later cells of the same run back, so that there are no tombstones.

import Glibc
import TraceModel

struct ObjectLife {
  var serial: UInt64 = 0
  var birth: UInt64 = 0
  var birthTime: UInt64 = 0
  var size: UInt64 = 0
  /// 0: the cell is free. No object has slot 0.
  var slot: UInt32 = 0
  var type: UInt32 = 0
  var site: UInt32 = 0
  var thread: UInt32 = 0
  /// Has collector links.
  var isContainer = false
}

/// Safe: `cells` has `capacity` initialized elements, a power of two of which at least a quarter is free; every place is masked to it.
@safe struct ObjectLives: ~Copyable {
  private var cells: UnsafeMutablePointer<ObjectLife>
  private(set) var capacity: Int
  private(set) var count = 0
  private let capacityMax: Int

  private static let capacityMin = 1 << 10

  /// At most `bytes`, at least a small table.
  init(bytes: Int) {
    var most = Self.capacityMin
    while most * 2 * MemoryLayout<ObjectLife>.stride <= bytes { most *= 2 }
    capacityMax = most
    capacity = Self.capacityMin
    unsafe cells = .allocate(capacity: capacity)
    unsafe cells.initialize(repeating: ObjectLife(), count: capacity)
  }

  deinit { unsafe cells.deallocate() }

  /// Whether one more may come.
  var hasRoom: Bool { count * 4 < capacityMax * 3 }

  private func home(_ slot: UInt32) -> Int {
    Int(truncatingIfNeeded: (UInt64(slot) &* 0x9E37_79B9_7F4A_7C15) >> 24) & (capacity - 1)
  }

  /// Place of the object in `slot`, or nil.
  func find(_ slot: UInt32) -> Int? {
    guard slot != 0 else { return nil }
    var place = home(slot)
    while true {
      let found = unsafe cells[place].slot
      if found == slot { return place }
      if found == 0 { return nil }
      place = (place + 1) & (capacity - 1)
    }
  }

  subscript(place: Int) -> ObjectLife {
    get { unsafe cells[place & (capacity - 1)] }
    set { unsafe cells[place & (capacity - 1)] = newValue }
  }

  mutating func setSize(_ place: Int, _ size: UInt64) { unsafe cells[place & (capacity - 1)].size = size }

  /// Puts `life` in, in place of what its slot had. Needs room.
  mutating func insert(_ life: ObjectLife) {
    guard life.slot != 0 else { return }
    if count * 4 >= capacity * 3 { grow() }
    var place = home(life.slot)
    while unsafe cells[place].slot != 0, unsafe cells[place].slot != life.slot { place = (place + 1) & (capacity - 1) }
    if unsafe cells[place].slot == 0 { count += 1 }
    unsafe cells[place] = life
  }

  /// Takes the object at `place` out.
  mutating func remove(_ place: Int) {
    var free = place
    var next = (place + 1) & (capacity - 1)
    while unsafe cells[next].slot != 0 {
      let home = unsafe home(cells[next].slot)
      // It may stand in `free` when its home is not between the two, in the ring's order.
      if (next &- home) & (capacity - 1) >= (next &- free) & (capacity - 1) {
        unsafe cells[free] = cells[next]
        free = next
      }
      next = (next + 1) & (capacity - 1)
    }
    unsafe cells[free].slot = 0
    count -= 1
  }

  private mutating func grow() {
    let old = unsafe cells
    let oldCapacity = capacity
    capacity *= 2
    unsafe cells = .allocate(capacity: capacity)
    unsafe cells.initialize(repeating: ObjectLife(), count: capacity)
    count = 0
    for place in 0..<oldCapacity where unsafe old[place].slot != 0 { unsafe insert(old[place]) }
    unsafe old.deallocate()
  }

  /// Places of all that live, by serial number.
  func placesInOrder() -> [UInt32] {
    var places: [UInt32] = []
    places.reserveCapacity(count)
    for place in 0..<capacity where unsafe cells[place].slot != 0 { places.append(UInt32(place)) }
    let cells = unsafe self.cells
    places.sort { unsafe cells[Int($0)].serial < cells[Int($1)].serial }
    return places
  }
}
