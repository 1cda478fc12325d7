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
/// Safe: `numbers` is a private mapping of `capacity` zero-filled numbers, `cells` one of `cellCapacity` zero-filled cells; only this table unmaps
/// them. Every access checks the slot against `capacity`, which only growth raises; every number is below `usedCells`, which is at most
/// `cellCapacity`. Cell 0 is never written: it stands for slots in which nothing was ever born.
@safe public struct ObjectTable: ~Copyable {
  @usableFromInline var numbers: UnsafeMutablePointer<UInt32>
  @usableFromInline var cells: UnsafeMutablePointer<ObjectCell>
  @usableFromInline var capacity: Int
  private var cellCapacity: Int
  private var usedCells = 1
  /// Cells in use, the empty one included.
  public var cellCount: Int { usedCells }
  /// Largest slot ever born in, plus one.
  public private(set) var usedCount = 0

  /// Reserves address space for every slot there can be, so that the table never moves; where the system refuses, for fewer, and grows.
  init?() {
    var count = 1 << 32
    while count >= 1 << 16 {
      if let numbers = unsafe Self.map(count, of: UInt32.self) {
        if let cells = unsafe Self.map(count, of: ObjectCell.self) {
          unsafe (self.numbers, self.cells) = (numbers, cells)
          (capacity, cellCapacity) = (count, count)
          return
        }
        unsafe munmap(numbers, count * MemoryLayout<UInt32>.stride)
      }
      count /= 4
    }
    return nil
  }

  private static func map<Element: BitwiseCopyable>(
    _ count: Int, of element: Element.Type
  ) -> UnsafeMutablePointer<Element>? {
    let bytes = count * MemoryLayout<Element>.stride
    let anywhere = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapping = unsafe anywhere, unsafe mapping != MAP_FAILED else { return nil }
    // Living objects stand close together, so large pages save most of the faults; a refusal does no harm.
    _ = unsafe madvise(mapping, bytes, MADV_HUGEPAGE)
    return unsafe mapping.bindMemory(to: Element.self, capacity: count)
  }

  deinit {
    unsafe munmap(numbers, capacity * MemoryLayout<UInt32>.stride)
    unsafe munmap(cells, cellCapacity * MemoryLayout<ObjectCell>.stride)
  }

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
      guard let moved = unsafe Self.grow(numbers, capacity, to: Int(slot) + 1, used: usedCount) else { return nil }
      unsafe (numbers, capacity) = moved
    }
    guard usedCells <= Int(UInt32.max) else { return nil }
    if usedCells >= cellCapacity {
      guard let moved = unsafe Self.grow(cells, cellCapacity, to: usedCells + 1, used: usedCells) else { return nil }
      unsafe (cells, cellCapacity) = moved
    }
    usedCount = max(usedCount, Int(slot) + 1)
    unsafe numbers[Int(slot)] = UInt32(truncatingIfNeeded: usedCells)
    usedCells += 1
    return unsafe cells + (usedCells - 1)
  }

  /// A larger mapping with the same first `used` elements; the old one is gone. Nil, and nothing changed, when the system refuses.
  private static func grow<Element: BitwiseCopyable>(
    _ old: UnsafeMutablePointer<Element>, _ capacity: Int, to count: Int, used: Int
  ) -> (UnsafeMutablePointer<Element>, Int)? {
    var wanted = capacity
    while wanted < count { wanted *= 2 }
    guard let mapping = unsafe map(wanted, of: Element.self) else { return nil }
    let stride = MemoryLayout<Element>.stride
    unsafe UnsafeMutableRawPointer(mapping).copyMemory(from: old, byteCount: used * stride)
    unsafe munmap(old, capacity * stride)
    return unsafe (mapping, wanted)
  }

  /// Whether a limit of memory is kept.
  var isLimited: Bool { false }
  /// Keeps the limit of memory, if there is one.
  public func relieve() {}

  /// Calls `body` with every living slot and its cell, in order of slots.
  public func forEachLive(_ body: (UInt32, ObjectCell) -> Void) {
    for slot in 0..<UInt32(clamping: usedCount) where isAlive(slot) { body(slot, self[slot]) }
  }

  /// Calls `body` with every living cell, in order of the slots' first births: faster than by slots.
  @inlinable public func forEachLiveCell(_ body: (ObjectCell) -> Void) {
    for index in 0..<cellCount where unsafe cells[index].isAlive {
      unsafe body(cells[index])
      if index & 0xFFFF == 0 { relieve() }
    }
  }

  /// The living slot whose object has this serial number.
  public func slot(ofSerial serial: UInt64) -> UInt32? {
    (0..<UInt32(clamping: usedCount)).first { isAlive($0) && self.serial($0) == serial }
  }
}
