// The objects that live at one point of a scan, by slot, in memory that can leave for a file: however many live, one pass over the trace suffices.
//
//     one cell of 56 bytes: serial, birth, birthTime, size (8 bytes each), slot, type, site, thread (4 each), flags

import Glibc
import TraceModel
import TraceReplay

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

/// Safe: `cells` has `capacity` elements that were zero, which is a free cell; every place that is given out is below `used`, which is at most
/// `capacity`, and every place is checked against it. Place 0 is no object's.
@safe struct ObjectLives: ~Copyable {
  private var numbers: SlotNumbers
  private let cells: UnsafeMutablePointer<ObjectLife>
  private let mapping: SpillMapping
  private let capacity: Int
  private let memory: MemoryLimit
  private var used = 1

  private static let cellsLeast = 1 << 10
  /// Cells between two looks at memory, less one.
  private static let sweep = 0x3FFF

  /// Keeps within `memory` by a file; where none can be made, in memory.
  init(_ memory: MemoryLimit) throws(QueryError) {
    func cells(_ limit: MemoryLimit?) -> (mapping: SpillMapping, count: Int)? {
      SpillMapping.largest(
        HeapSlot.count, least: Self.cellsLeast, stride: MemoryLayout<ObjectLife>.stride, limit: limit)
    }
    guard let numbers = SlotNumbers(limit: memory) ?? SlotNumbers(), let made = cells(memory) ?? cells(nil) else {
      throw .limit("the system gives no memory for the table of objects; raise the limit (ulimit -v) or free some")
    }
    self.memory = memory
    self.numbers = numbers
    (mapping, capacity) = made
    unsafe self.cells = made.mapping.base.bindMemory(to: ObjectLife.self, capacity: made.count)
  }

  deinit { mapping.unmap() }

  /// Whether one more may come.
  var hasRoom: Bool { used < capacity }
  /// Whether anything was ever put in.
  var isUsed: Bool { used > 1 }

  /// Place of the object in `slot`, or nil.
  func find(_ slot: UInt32) -> Int? {
    let place = numbers[slot]
    return unsafe place != 0 && cells[place].slot != 0 ? place : nil
  }

  private func check(_ place: Int) { precondition(place >= 0 && place < used) }

  subscript(place: Int) -> ObjectLife {
    check(place)
    return unsafe cells[place]
  }

  func setSize(_ place: Int, _ size: UInt64) {
    check(place)
    unsafe cells[place].size = size
  }

  /// Puts `life` in, in place of what its slot had. Needs room.
  mutating func insert(_ life: ObjectLife) {
    guard life.slot != 0 else { return }
    var place = numbers[life.slot]
    if place == 0 {
      guard hasRoom else { return }
      place = used
      used += 1
      numbers.give(life.slot, place)
    }
    unsafe cells[place] = life
  }

  /// Takes the object at `place` out.
  func remove(_ place: Int) {
    check(place)
    unsafe cells[place].slot = 0
  }

  private func forEach(_ body: (Int) -> Void) {
    for place in 1..<used {
      if unsafe cells[place].slot != 0 { body(place) }
      if place & Self.sweep == 0 { memory.relieve() }
    }
  }
}

// The living in order of their serial numbers, some at a time.
extension ObjectLives {
  /// Objects that are sorted at once, more or less.
  private static let partMax = 1 << 19
  private static let bucketCount = 1 << 12

  /// Ranges of serial numbers, ascending, each with no more objects than are sorted at once, unless numbers stand as close as they can. `births`: the
  /// largest serial number.
  func parts(births: UInt64) -> [ClosedRange<UInt64>] {
    let width = births / UInt64(Self.bucketCount) + 1
    var counts = [Int](repeating: 0, count: Self.bucketCount)
    forEach { unsafe counts[min(Int(cells[$0].serial / width), Self.bucketCount - 1)] += 1 }
    var parts: [ClosedRange<UInt64>] = []
    var (first, sum) = (0, 0)
    for (bucket, count) in counts.enumerated() {
      if sum > 0, sum + count > Self.partMax {
        parts.append(UInt64(first) * width...UInt64(bucket) * width - 1)
        (first, sum) = (bucket, 0)
      }
      sum += count
    }
    if sum > 0 { parts.append(UInt64(first) * width...UInt64.max) }
    return parts
  }

  /// Places of those of a part, by serial number.
  func places(_ part: ClosedRange<UInt64>) -> [Int] {
    var found: [(serial: UInt64, place: UInt32)] = []
    forEach { place in
      let serial = unsafe cells[place].serial
      if part.contains(serial) { found.append((serial, UInt32(truncatingIfNeeded: place))) }
    }
    found.sort { $0.serial < $1.serial }
    return found.map { Int($0.place) }
  }
}
