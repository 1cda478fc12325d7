// What is known of every object that lives, or lived, in a heap slot, in raw, lazily touched memory. Names, links and generator states stand
// elsewhere.
//
// An object covers several slots and is named by its first, so most slots never get a cell: a number of 4 bytes for each slot leads to the cells,
// which stand densely, in the order of each slot's first birth. For two million objects of 90 bytes that is 150 MB instead of 550.

import Glibc
import TraceModel

/// State of one heap slot. All zero: never used.
@frozen public struct ObjectCell {
  /// Birth number over the whole trace, from 1; kept after the death, so that a message can name the dead.
  public var serial: UInt64
  public var size: UInt64
  /// Number of the birth event.
  public var birth: UInt64
  public var type: UInt32
  public var site: UInt32
  /// Rebuilt from incref and decref; meaningful at level `refs`.
  public var refcount: Int32
  public var flags: UInt32
  /// Head of the chain of fields that hold something; 0 is none.
  public var firstLink: UInt32
  /// Number of heap fields that hold the object; meaningful at level `links`.
  public var holders: UInt32
  /// Who had the GIL at the birth: the thread's id plus one; 0 is unknown.
  public var thread: UInt32
  /// Passes begun when the collector began to track the object: at the last `track`, or at the birth where there is none.
  public var trackedPass: UInt32

  public static let alive: UInt32 = 1
  public static let tracked: UInt32 = 2
  public static let container: UInt32 = 4
  /// In the unreachable set of the pass that runs.
  public static let unreachable: UInt32 = 8
  public static let finalized: UInt32 = 16
  public static let hasGenerator: UInt32 = 32
  /// Holds something by fields whose names are unknown.
  public static let hasAnonymousLinks: UInt32 = 64
  @inlinable public var isAlive: Bool { flags & Self.alive != 0 }
  @inlinable public func has(_ flag: UInt32) -> Bool { flags & flag != 0 }

  @inlinable init() {
    (serial, size, birth) = (0, 0, 0)
    (type, site, refcount) = (0, 0, 0)
    (flags, firstLink, holders) = (0, 0, 0)
    (thread, trackedPass) = (0, 0)
  }
}

/// The table of cells by slot. Untouched pages cost nothing.
///
/// Safe: `numbers` is `numberMapping`'s memory, of `capacity` numbers that were zero, `cells` is `cellMapping`'s, of `cellCapacity` cells; only this
/// table unmaps them. Every access checks the slot against `capacity`, which only growth raises; every number is below `usedCells`, which is at most
/// `cellCapacity`. Cell 0 is never written: it stands for slots in which nothing was ever born.
@safe public struct ObjectTable: ~Copyable {
  @usableFromInline var numbers: UnsafeMutablePointer<UInt32>
  @usableFromInline var cells: UnsafeMutablePointer<ObjectCell>
  @usableFromInline var capacity: Int
  private var cellCapacity: Int
  private var numberMapping: SpillMapping
  private var cellMapping: SpillMapping
  private let limit: MemoryLimit?
  private var usedCells = 1
  /// Cells in use, the empty one included.
  public var cellCount: Int { usedCells }
  /// Largest slot ever born in, plus one.
  public private(set) var usedCount = 0
  /// Which stretches of `blockSlots` slots anything was ever born in: slots may stand far apart, and a sweep then passes over what is between.
  private var isBlockUsed: [Bool] = []
  private static let blockSlots = 1 << 12
  /// Cells in use at which large pages are asked for again. A trace of few objects whose slots stand far apart would be all large pages.
  private var nextAdvice = 1 << 15
  /// Slots for each cell for which large pages are asked for; an object covers 6 of them in the mean.
  private static let denseSlots = 32

  /// With room for fewer slots there is no table.
  private static let slotsLeast = 1 << 16

  /// Reserves address space for every slot there can be, so that the table never moves; where the system refuses, for fewer, and grows.
  init?(limit: MemoryLimit? = nil) {
    self.limit = limit
    var count = HeapSlot.count
    while count >= Self.slotsLeast {
      if let numbers = SpillMapping(bytes: count * MemoryLayout<UInt32>.stride, limit: limit) {
        if let cells = SpillMapping(bytes: count * MemoryLayout<ObjectCell>.stride, limit: limit) {
          (numberMapping, cellMapping) = (numbers, cells)
          unsafe self.numbers = numbers.base.bindMemory(to: UInt32.self, capacity: count)
          unsafe self.cells = cells.base.bindMemory(to: ObjectCell.self, capacity: count)
          (capacity, cellCapacity) = (count, count)
          return
        }
        numbers.unmap()
      }
      count /= 4
    }
    return nil
  }

  deinit {
    numberMapping.unmap()
    cellMapping.unmap()
  }

  /// Number of the slot's cell, below `cellCount`; 0 where nothing was ever born.
  @inlinable public func cellNumber(_ slot: UInt32) -> Int {
    unsafe Int(slot) < capacity ? Int(numbers[Int(slot)]) : 0
  }

  /// Whether a limit of memory is kept.
  var isLimited: Bool { limit != nil }

  /// Keeps the limit of memory, if there is one.
  public func relieve() { limit?.relieve() }

  /// The cell of `slot`; all zero where nothing was ever born.
  @inlinable public subscript(slot: UInt32) -> ObjectCell {
    unsafe Int(slot) < capacity ? cells[Int(numbers[Int(slot)])] : ObjectCell()
  }

  /// Whether something lives in `slot`.
  @inlinable public func isAlive(_ slot: UInt32) -> Bool {
    unsafe Int(slot) < capacity && cells[Int(numbers[Int(slot)])].flags & ObjectCell.alive != 0
  }

  /// Serial number of what lives, or lived last, in `slot`; 0 when nothing ever did.
  @inlinable public func serial(_ slot: UInt32) -> UInt64 {
    unsafe Int(slot) < capacity ? cells[Int(numbers[Int(slot)])].serial : 0
  }

  /// The cell for writing; nil where nothing was ever born.
  @inlinable func pointer(_ slot: UInt32) -> UnsafeMutablePointer<ObjectCell>? {
    guard Int(slot) < capacity else { return nil }
    let number = unsafe numbers[Int(slot)]
    return unsafe number == 0 ? nil : cells + Int(number)
  }

  /// The cell for a birth; grows the table. Nil when the system gives no more address space.
  @inlinable mutating func birthPointer(_ slot: UInt32) -> UnsafeMutablePointer<ObjectCell>? {
    if let known = unsafe pointer(slot) { return unsafe known }
    return unsafe firstPointer(slot)
  }

  @usableFromInline mutating func firstPointer(_ slot: UInt32) -> UnsafeMutablePointer<ObjectCell>? {
    if Int(slot) >= capacity {
      guard
        let moved = grow(
          numberMapping, (capacity, Int(slot) + 1), of: MemoryLayout<UInt32>.stride, used: usedCount)
      else { return nil }
      (numberMapping, capacity) = moved
      unsafe numbers = numberMapping.base.bindMemory(to: UInt32.self, capacity: capacity)
    }
    guard usedCells <= Int(UInt32.max) else { return nil }
    if usedCells >= cellCapacity {
      guard
        let moved = grow(
          cellMapping, (cellCapacity, usedCells + 1), of: MemoryLayout<ObjectCell>.stride, used: usedCells)
      else { return nil }
      (cellMapping, cellCapacity) = moved
      unsafe cells = cellMapping.base.bindMemory(to: ObjectCell.self, capacity: cellCapacity)
    }
    usedCount = max(usedCount, Int(slot) + 1)
    noteBlock(Int(slot) / Self.blockSlots)
    if usedCells == nextAdvice { adviseLargePages() }
    unsafe numbers[Int(slot)] = UInt32(truncatingIfNeeded: usedCells)
    usedCells += 1
    return unsafe cells + (usedCells - 1)
  }

  private mutating func noteBlock(_ block: Int) {
    while isBlockUsed.count <= block { isBlockUsed.append(false) }
    isBlockUsed[block] = true
  }

  private mutating func adviseLargePages() {
    nextAdvice *= 2
    numberMapping.useLargePages(nextAdvice * Self.denseSlots * MemoryLayout<UInt32>.stride)
    cellMapping.useLargePages(nextAdvice * MemoryLayout<ObjectCell>.stride)
  }

  /// A larger mapping with the same first `used` elements of `stride` bytes; the old one is gone. Nil, and nothing changed, when the system refuses.
  private func grow(
    _ old: SpillMapping, _ count: (now: Int, least: Int), of stride: Int, used: Int
  ) -> (SpillMapping, Int)? {
    var wanted = count.now
    while wanted < count.least { wanted *= 2 }
    guard let mapping = SpillMapping(bytes: wanted * stride, limit: limit) else { return nil }
    unsafe mapping.base.copyMemory(from: old.base, byteCount: used * stride)
    old.unmap()
    return (mapping, wanted)
  }

  /// Calls `body` with every living slot and its cell, in order of slots.
  public func forEachLive(_ body: (UInt32, ObjectCell) -> Void) {
    _ = firstLive { slot in
      body(slot, self[slot])
      return false
    }
  }

  /// The first living slot, in order of slots, of which `isWanted` says so.
  private func firstLive(_ isWanted: (UInt32) -> Bool) -> UInt32? {
    var passed = 0
    for block in isBlockUsed.indices where isBlockUsed[block] {
      for slot in block * Self.blockSlots..<min((block + 1) * Self.blockSlots, usedCount) {
        if isAlive(UInt32(slot)), isWanted(UInt32(slot)) { return UInt32(slot) }
      }
      passed += Self.blockSlots
      if passed & Self.sweep == 0 { relieve() }
    }
    return nil
  }

  /// Calls `body` with every living cell, in order of the slots' first births: faster than by slots.
  @inlinable public func forEachLiveCell(_ body: (ObjectCell) -> Void) {
    for index in 0..<cellCount {
      if unsafe cells[index].isAlive { unsafe body(cells[index]) }
      if index & Self.sweep == 0 { relieve() }
    }
  }

  /// What is looked at between two looks at memory, less one.
  @usableFromInline static var sweep: Int { 0xFFFF }

  /// The living slot whose object has this serial number.
  public func slot(ofSerial serial: UInt64) -> UInt32? {
    firstLive { self.serial($0) == serial }
  }
}
