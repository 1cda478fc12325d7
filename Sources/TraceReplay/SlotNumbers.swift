// Numbers by slot. An object covers several slots and is named by its first, so most slots never get a number: 4 bytes for each slot, in lazily touched
// memory, lead to whatever is kept of an object, which can then stand densely.
//
// Slots may stand far apart (large objects; a trace that means harm): then a page would be touched for each. Pages are taken only as far as the numbers
// given out pay for them; those of other slots stand in a hash map, so that memory follows from how many there are, not from where.

import Glibc
import TraceModel

/// Safe: `base` is the mapping's memory, of `capacity` numbers that were zero; only this table unmaps it. Every access checks the slot against `capacity`.
@safe public struct SlotNumbers: ~Copyable {
  @usableFromInline let base: UnsafeMutablePointer<UInt32>
  @usableFromInline let capacity: Int
  private let mapping: SpillMapping
  private let limit: MemoryLimit?
  /// Slots that have a number.
  private var count = 0
  /// Which pages are written to; those behind the last one are not in it.
  private var isPageTaken: [Bool] = []
  private var takenPages = 0
  /// Numbers of the slots whose page was not taken when they got them.
  private var farNumbers = SlotMap()
  private var farSlots: [UInt32] = []
  @usableFromInline var hasFar = false

  /// Slots of a page.
  private static let pageSlots = 1 << 10
  /// Pages that are taken without a question, and numbers that pay for one more. An honest heap has 170 objects a page.
  private static let freePages = 1 << 12
  private static let numbersPerPage = 32
  /// Slots between two looks at memory, less one.
  private static let sweep = 0xFFFF
  /// With room for fewer slots there is no table.
  private static let slotsLeast = 1 << 16

  /// Reserves address space for every slot there can be; where the system refuses, for fewer: the slots beyond are far ones.
  public init?(limit: MemoryLimit? = nil) {
    let stride = MemoryLayout<UInt32>.stride
    guard let made = SpillMapping.largest(HeapSlot.count, least: Self.slotsLeast, stride: stride, limit: limit) else {
      return nil
    }
    self.limit = limit
    (mapping, capacity) = made
    unsafe base = made.mapping.base.bindMemory(to: UInt32.self, capacity: made.count)
    // One page for each far slot shall be a small one.
    mapping.useSmallPages()
  }

  deinit { mapping.unmap() }

  /// Number of the slot; 0 is none.
  @inlinable public subscript(slot: UInt32) -> Int {
    @inline(__always) get {
      let number = unsafe Int(slot) < capacity ? Int(base[Int(slot)]) : 0
      return number == 0 && hasFar ? farNumber(slot) : number
    }
  }

  @usableFromInline @inline(never) func farNumber(_ slot: UInt32) -> Int { farNumbers.find(slot) ?? 0 }

  /// Gives a number of 32 bits to a slot that has none.
  public mutating func give(_ slot: UInt32, _ number: Int) {
    count += 1
    if Int(slot) < capacity, takesPage(Int(slot) / Self.pageSlots) {
      unsafe base[Int(slot)] = UInt32(truncatingIfNeeded: number)
    } else {
      farNumbers.set(slot, number)
      farSlots.append(slot)
      hasFar = true
    }
  }

  /// Whether numbers may be written to the page.
  private mutating func takesPage(_ page: Int) -> Bool {
    if page < isPageTaken.count, isPageTaken[page] { return true }
    guard takenPages < Self.freePages + count / Self.numbersPerPage else { return false }
    if page >= isPageTaken.count {
      isPageTaken.append(contentsOf: repeatElement(false, count: page + 1 - isPageTaken.count))
    }
    isPageTaken[page] = true
    takenPages += 1
    return true
  }

  /// Asks for large pages for the first `slots` slots.
  func useLargePages(_ slots: Int) { mapping.useLargePages(slots * MemoryLayout<UInt32>.stride) }

  /// The first slot with a number, in order of slots, of which `isWanted` says so.
  func first(_ isWanted: (UInt32, Int) -> Bool) -> UInt32? {
    let far = farSlots.sorted()
    var (passed, nextFar) = (0, 0)
    for page in isPageTaken.indices where isPageTaken[page] {
      for slot in page * Self.pageSlots..<(page + 1) * Self.pageSlots {
        while nextFar < far.count, far[nextFar] < slot {
          if isWanted(far[nextFar], farNumber(far[nextFar])) { return far[nextFar] }
          nextFar += 1
        }
        let number = unsafe Int(base[slot])
        if number != 0, isWanted(UInt32(slot), number) { return UInt32(slot) }
      }
      passed += Self.pageSlots
      if passed & Self.sweep == 0 { limit?.relieve() }
    }
    return far[nextFar...].first { isWanted($0, farNumber($0)) }
  }
}
