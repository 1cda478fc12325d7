// What is known of every object that lives, or lived, in a heap slot, in raw, lazily touched memory. Names, links and generator states stand
// elsewhere.
//
// A number for each slot (SlotNumbers) leads to the cells, which stand densely, in the order of each slot's first birth. For two million objects of 90
// bytes that is 150 MB instead of 550.

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
/// Safe: `cells` is `cellMapping`'s memory, of `cellCapacity` cells; only this table unmaps it. Every number is below `usedCells`, which is at most
/// `cellCapacity`. Cell 0 is never written: it stands for slots in which nothing was ever born.
@safe public struct ObjectTable: ~Copyable {
  @usableFromInline var numbers: SlotNumbers
  @usableFromInline var cells: UnsafeMutablePointer<ObjectCell>
  private var cellCapacity: Int
  private var cellMapping: SpillMapping
  private let limit: MemoryLimit?
  private var usedCells = 1
  /// Cells in use, the empty one included.
  public var cellCount: Int { usedCells }
  /// Cells in use at which large pages are asked for again. A trace of few objects whose slots stand far apart would be all large pages.
  private var nextAdvice = 1 << 15
  /// Slots for each cell for which large pages are asked for; an object covers 6 of them in the mean.
  private static let denseSlots = 16
  /// With room for fewer cells there is no table.
  private static let cellsLeast = 1 << 16

  /// Reserves address space for every slot there can be; where the system refuses, for fewer: the cells move when they need more.
  init?(limit: MemoryLimit? = nil) {
    let stride = MemoryLayout<ObjectCell>.stride
    guard let numbers = SlotNumbers(limit: limit),
      let cells = SpillMapping.largest(HeapSlot.count, least: Self.cellsLeast, stride: stride, limit: limit)
    else { return nil }
    self.limit = limit
    self.numbers = numbers
    (cellMapping, cellCapacity) = cells
    unsafe self.cells = cells.mapping.base.bindMemory(to: ObjectCell.self, capacity: cells.count)
  }

  deinit { cellMapping.unmap() }

  /// Number of the slot's cell, below `cellCount`; 0 where nothing was ever born.
  @inlinable @inline(__always) public func cellNumber(_ slot: UInt32) -> Int { numbers[slot] }

  /// Number of the cell that the slot has after a birth in it.
  public func cellNumber(afterBirthIn slot: UInt32) -> Int {
    let number = cellNumber(slot)
    return number == 0 ? usedCells : number
  }

  /// Whether a limit of memory is kept.
  var isLimited: Bool { limit != nil }

  /// Keeps the limit of memory, if there is one.
  public func relieve() { limit?.relieve() }

  /// The cell of `slot`; all zero where nothing was ever born.
  @inlinable public subscript(slot: UInt32) -> ObjectCell {
    @inline(__always) get { unsafe cells[cellNumber(slot)] }
  }

  /// Whether something lives in `slot`.
  @inlinable public func isAlive(_ slot: UInt32) -> Bool {
    unsafe cells[cellNumber(slot)].flags & ObjectCell.alive != 0
  }

  /// Serial number of what lives, or lived last, in `slot`; 0 when nothing ever did.
  @inlinable public func serial(_ slot: UInt32) -> UInt64 {
    unsafe cells[cellNumber(slot)].serial
  }

  /// The cell for writing; nil where nothing was ever born.
  @inlinable @inline(__always) func pointer(_ slot: UInt32) -> UnsafeMutablePointer<ObjectCell>? {
    let number = cellNumber(slot)
    return unsafe number == 0 ? nil : cells + number
  }

  /// The cell for a birth; grows the table. Nil when the system gives no more address space.
  @inlinable @inline(__always) mutating func birthPointer(_ slot: UInt32) -> UnsafeMutablePointer<ObjectCell>? {
    if let known = unsafe pointer(slot) { return unsafe known }
    return unsafe firstPointer(slot)
  }

  @usableFromInline mutating func firstPointer(_ slot: UInt32) -> UnsafeMutablePointer<ObjectCell>? {
    guard usedCells <= Int(UInt32.max) else { return nil }
    if usedCells >= cellCapacity, !growCells() { return nil }
    if usedCells == nextAdvice { adviseLargePages() }
    numbers.give(slot, usedCells)
    usedCells += 1
    return unsafe cells + (usedCells - 1)
  }

  private mutating func adviseLargePages() {
    nextAdvice *= 2
    numbers.useLargePages(nextAdvice * Self.denseSlots)
    cellMapping.useLargePages(nextAdvice * MemoryLayout<ObjectCell>.stride)
  }

  /// Moves the cells to a mapping that is twice as large. False, and nothing changed, when the system refuses.
  private mutating func growCells() -> Bool {
    let stride = MemoryLayout<ObjectCell>.stride
    guard let mapping = SpillMapping(bytes: cellCapacity * 2 * stride, limit: limit) else { return false }
    unsafe mapping.base.copyMemory(from: cellMapping.base, byteCount: usedCells * stride)
    cellMapping.unmap()
    (cellMapping, cellCapacity) = (mapping, cellCapacity * 2)
    unsafe cells = mapping.base.bindMemory(to: ObjectCell.self, capacity: cellCapacity)
    return true
  }

  /// Calls `body` with every living slot and its cell, in order of slots.
  public func forEachLive(_ body: (UInt32, ObjectCell) -> Void) {
    _ = numbers.first { slot, number in
      if unsafe cells[number].isAlive { unsafe body(slot, cells[number]) }
      return false
    }
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
    numbers.first { _, number in unsafe cells[number].isAlive && cells[number].serial == serial }
  }
}
