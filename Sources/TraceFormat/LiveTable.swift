// Sizes of the live objects of one stream, by heap slot, so that the index can tell live bytes and their peak. Reserved
// address space whose pages come to exist when touched: at most 4 bytes per 16 bytes of the recorded heap. Slots may stand
// far apart in a trace that means harm: a page is touched only where the births so far pay for it, and what is born elsewhere
// stands in a dictionary.

import Glibc
import TraceModel

/// Safe: owns the mapping; a slot is 32 bits and the mapping has an entry for each. Without the mapping nothing is kept
/// (`isExact` is false) and all slots share an entry, which stays `unknown`.
@safe final class LiveTable {
  /// Whether sizes are kept at all.
  let isExact: Bool
  /// By slot: size + 1, or one of the marks below.
  private let marks: UnsafeMutablePointer<UInt32>
  private let slotMask: UInt32
  /// Sizes that do not stand in `marks`: large ones, and those of far slots.
  private var apart: [UInt32: UInt64] = [:]
  /// Which pages of `marks` are written to; those behind the last one are not in it.
  private var isPageTaken: [Bool] = []
  private var takenPages = 0
  private var firstBirths = 0
  private static let mappedBytes = HeapSlot.count * MemoryLayout<UInt32>.size
  /// Marks of a page; pages that are taken without a question; births in new slots that pay for one more.
  private static let pageSlots = 1 << 10
  private static let freePages = 1 << 12
  private static let birthsPerPage = 32

  /// Nothing lived here yet, or what does is a far slot's: see `apart`.
  static let unknown: UInt32 = 0
  /// See `apart`.
  static let large = UInt32.max
  /// Something lived here.
  static let dead = UInt32.max - 1
  /// Largest size + 1 that stands in a mark.
  static let sizeMarkMax = UInt32.max - 2

  init() {
    let memory = unsafe mmap(
      nil, Self.mappedBytes, PROT_READ | PROT_WRITE, Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), -1, 0)
    if let memory = unsafe memory, unsafe memory != MAP_FAILED {
      isExact = true
      // One page for each far slot shall be a small one.
      _ = unsafe madvise(memory, Self.mappedBytes, MADV_NOHUGEPAGE)
      unsafe marks = memory.assumingMemoryBound(to: UInt32.self)
      slotMask = .max
    } else {
      isExact = false
      unsafe marks = .allocate(capacity: 1)
      unsafe marks.initialize(to: Self.unknown)
      slotMask = 0
    }
  }

  deinit { if isExact { unsafe munmap(marks, Self.mappedBytes) } else { unsafe marks.deallocate() } }

  /// The mark of `object`, for the hot walk, which may write where it is neither `unknown` nor `large`.
  @inline(__always) func mark(_ object: UInt32) -> UnsafeMutablePointer<UInt32> {
    unsafe marks + Int(object & slotMask)
  }

  /// Notes that `object` has `size` bytes from now on; returns its size before, 0 when it was not live.
  func set(_ object: UInt32, size: UInt64) -> UInt64 {
    guard isExact else { return 0 }
    let before = take(object) ?? 0
    let mark = unsafe mark(object)
    if unsafe mark.pointee == Self.unknown, !takesPage(Int(object) / Self.pageSlots) {
      apart[object] = size
    } else if size < UInt64(Self.sizeMarkMax) {
      unsafe mark.pointee = UInt32(truncatingIfNeeded: size) + 1
    } else {
      unsafe mark.pointee = Self.large
      apart[object] = size
    }
    return before
  }

  /// Forgets `object`; returns its size, nil when it was not live.
  func take(_ object: UInt32) -> UInt64? {
    let mark = unsafe mark(object)
    switch unsafe mark.pointee {
    case Self.unknown: return apart.isEmpty ? nil : apart.removeValue(forKey: object)
    case Self.dead: return nil
    case Self.large:
      unsafe mark.pointee = Self.dead
      return apart.removeValue(forKey: object)
    case let size:
      unsafe mark.pointee = Self.dead
      return UInt64(size - 1)
    }
  }

  /// Whether marks may be written to the page, for a slot in which nothing lived yet.
  private func takesPage(_ page: Int) -> Bool {
    firstBirths += 1
    if page < isPageTaken.count, isPageTaken[page] { return true }
    guard takenPages < Self.freePages + firstBirths / Self.birthsPerPage else { return false }
    if page >= isPageTaken.count {
      isPageTaken.append(contentsOf: repeatElement(false, count: page + 1 - isPageTaken.count))
    }
    isPageTaken[page] = true
    takenPages += 1
    return true
  }
}
