// Sizes of the live objects of one stream, by heap slot, so that the index can tell live bytes and their peak. Reserved
// address space whose pages come to exist when touched: at most 4 bytes per 16 bytes of the recorded heap.

import Glibc

/// Safe: owns the mapping; a slot is 32 bits and the mapping has an entry for each. Without the mapping nothing is kept
/// (`isExact` is false).
@safe final class LiveTable {
  /// Size + 1 by slot; 0 is "not live"; `largeMark` means "see `large`".
  private let sizes: UnsafeMutablePointer<UInt32>?
  private var large: [UInt32: UInt64] = [:]
  private static let mappedBytes = (1 << 32) * MemoryLayout<UInt32>.size
  private static let largeMark = UInt32.max

  init() {
    let memory = unsafe mmap(
      nil, Self.mappedBytes, PROT_READ | PROT_WRITE, Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE), -1, 0)
    unsafe sizes = unsafe memory == MAP_FAILED ? nil : memory?.assumingMemoryBound(to: UInt32.self)
  }

  deinit {
    if let sizes = unsafe sizes { unsafe munmap(sizes, Self.mappedBytes) }
  }

  /// Whether sizes are kept at all.
  var isExact: Bool { unsafe sizes != nil }

  /// Notes that `object` has `size` bytes from now on; returns its size before, nil when it was not live.
  @inline(__always) func set(_ object: UInt32, size: UInt64) -> UInt64? {
    guard let sizes = unsafe sizes else { return nil }
    let before = take(object)
    if size < UInt64(Self.largeMark - 1) {
      unsafe sizes[Int(object)] = UInt32(truncatingIfNeeded: size) + 1
    } else {
      unsafe sizes[Int(object)] = Self.largeMark
      large[object] = size
    }
    return before
  }

  /// Forgets `object`; returns its size, nil when it was not live.
  @inline(__always) func take(_ object: UInt32) -> UInt64? {
    guard let sizes = unsafe sizes else { return nil }
    let mark = unsafe sizes[Int(object)]
    if mark == 0 { return nil }
    unsafe sizes[Int(object)] = 0
    return mark == Self.largeMark ? large.removeValue(forKey: object) : UInt64(mark - 1)
  }
}
