// Sizes of the live objects of one stream, by heap slot, so that the index can tell live bytes and their peak. Reserved
// address space whose pages come to exist when touched: at most 4 bytes per 16 bytes of the recorded heap.

import Glibc
import TraceModel

/// Safe: owns the mapping; a slot is 32 bits and the mapping has an entry for each. Without the mapping nothing is kept
/// (`isExact` is false) and all slots share an entry.
@safe final class LiveTable {
  /// Whether sizes are kept at all.
  let isExact: Bool
  /// Size + 1 by slot; 0 is "not live"; `largeMark` means "see `large`".
  private let marks: UnsafeMutablePointer<UInt32>
  private let slotMask: UInt32
  private var large: [UInt32: UInt64] = [:]
  private static let mappedBytes = HeapSlot.count * MemoryLayout<UInt32>.size
  static let largeMark = UInt32.max

  init() {
    let memory = unsafe mmap(
      nil, Self.mappedBytes, PROT_READ | PROT_WRITE, Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), -1, 0)
    if let memory = unsafe memory, unsafe memory != MAP_FAILED {
      isExact = true
      unsafe marks = memory.assumingMemoryBound(to: UInt32.self)
      slotMask = .max
    } else {
      isExact = false
      unsafe marks = .allocate(capacity: 1)
      unsafe marks.initialize(to: 0)
      slotMask = 0
    }
  }

  deinit { if isExact { unsafe munmap(marks, Self.mappedBytes) } else { unsafe marks.deallocate() } }

  /// The mark of `object`, for the hot walk.
  @inline(__always) func mark(_ object: UInt32) -> UnsafeMutablePointer<UInt32> {
    unsafe marks + Int(object & slotMask)
  }

  /// The size that a mark other than 0 stands for; forgets it.
  func size(_ mark: UInt32, _ object: UInt32) -> UInt64 {
    mark == Self.largeMark ? large.removeValue(forKey: object) ?? 0 : UInt64(mark - 1)
  }

  /// Notes that `object` has `size` bytes from now on; returns its size before, 0 when it was not live.
  func set(_ object: UInt32, size: UInt64) -> UInt64 {
    let before = take(object) ?? 0
    if size < UInt64(Self.largeMark - 1) {
      unsafe mark(object).pointee = UInt32(truncatingIfNeeded: size) + 1
    } else {
      unsafe mark(object).pointee = Self.largeMark
      large[object] = size
    }
    return before
  }

  /// Forgets `object`; returns its size, nil when it was not live.
  func take(_ object: UInt32) -> UInt64? {
    let before = unsafe mark(object).pointee
    if before == 0 { return nil }
    unsafe mark(object).pointee = 0
    return size(before, object)
  }
}
