// What is known of every object that lives, or lived, in a heap slot: one cell per slot in raw, lazily touched memory. Names, links and
// generator states stand elsewhere.

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
  }
}

/// The dense table of cells. Untouched pages cost nothing.
///
/// Safe: `cells` is one private mapping of `capacity` zero-filled cells that only this table unmaps; every access checks the slot against
/// `capacity`, which the only growth raises.
@safe public struct ObjectTable: ~Copyable {
  @usableFromInline var cells: UnsafeMutablePointer<ObjectCell>
  @usableFromInline var capacity: Int
  /// Largest slot ever born in, plus one.
  public private(set) var usedCount = 0

  /// Reserves address space for every slot there can be, so that the table never moves; where the system refuses, for fewer, and grows.
  init?() {
    var count = 1 << 32
    while count >= 1 << 16 {
      if let mapping = unsafe Self.map(count) {
        unsafe cells = mapping
        capacity = count
        return
      }
      count /= 4
    }
    return nil
  }

  private static func map(_ count: Int) -> UnsafeMutablePointer<ObjectCell>? {
    let bytes = count * MemoryLayout<ObjectCell>.stride
    let anywhere = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapping = unsafe anywhere, unsafe mapping != MAP_FAILED else { return nil }
    // Living objects stand close together, so large pages save most of the faults; a refusal does no harm.
    _ = unsafe madvise(mapping, bytes, MADV_HUGEPAGE)
    return unsafe mapping.bindMemory(to: ObjectCell.self, capacity: count)
  }

  deinit { unsafe munmap(cells, capacity * MemoryLayout<ObjectCell>.stride) }

  /// The cell of `slot`; all zero where nothing was ever born.
  @inlinable public subscript(slot: UInt32) -> ObjectCell {
    unsafe Int(slot) < capacity ? cells[Int(slot)] : ObjectCell()
  }

  /// Whether something lives in `slot`.
  @inlinable public func isAlive(_ slot: UInt32) -> Bool {
    unsafe Int(slot) < capacity && cells[Int(slot)].flags & ObjectCell.alive != 0
  }

  /// Serial number of what lives, or lived last, in `slot`; 0 when nothing ever did.
  @inlinable public func serial(_ slot: UInt32) -> UInt64 {
    unsafe Int(slot) < capacity ? cells[Int(slot)].serial : 0
  }

  /// The cell for writing; nil beyond the table.
  @inlinable func pointer(_ slot: UInt32) -> UnsafeMutablePointer<ObjectCell>? {
    unsafe Int(slot) < capacity ? cells + Int(slot) : nil
  }

  /// The cell for a birth; grows the table. Nil when the system gives no more address space.
  @inlinable mutating func birthPointer(_ slot: UInt32) -> UnsafeMutablePointer<ObjectCell>? {
    if Int(slot) >= usedCount && !noteUse(slot) { return nil }
    return unsafe cells + Int(slot)
  }

  @usableFromInline mutating func noteUse(_ slot: UInt32) -> Bool {
    if Int(slot) >= capacity && !grow(to: Int(slot) + 1) { return false }
    usedCount = Int(slot) + 1
    return true
  }

  private mutating func grow(to count: Int) -> Bool {
    var wanted = capacity
    while wanted < count { wanted *= 2 }
    guard let mapping = unsafe Self.map(wanted) else { return false }
    let stride = MemoryLayout<ObjectCell>.stride
    unsafe UnsafeMutableRawPointer(mapping).copyMemory(from: cells, byteCount: usedCount * stride)
    unsafe munmap(cells, capacity * stride)
    unsafe cells = mapping
    capacity = wanted
    return true
  }

  /// Calls `body` with every living slot and its cell, in order of slots.
  public func forEachLive(_ body: (UInt32, ObjectCell) -> Void) {
    for index in 0..<usedCount where unsafe cells[index].isAlive { unsafe body(UInt32(index), cells[index]) }
  }

  /// The living slot whose object has this serial number.
  public func slot(ofSerial serial: UInt64) -> UInt32? {
    for index in 0..<usedCount where unsafe cells[index].serial == serial && cells[index].isAlive {
      return UInt32(index)
    }
    return nil
  }
}
