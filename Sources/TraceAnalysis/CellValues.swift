// A number or two for each object table's cell, beside what ReplayState knows of it. By cells, not by slots: cells stand close together wherever the slots
// are, so that memory follows from births.

import Glibc
import TraceModel

/// A value for each cell of an `ObjectTable`, by its number, 0 at first.
///
/// Safe: a private mapping with an element for each number of 32 bits, which is what cells have; only this table unmaps it.
@safe struct CellValues<Value: BitwiseCopyable>: ~Copyable {
  private let base: UnsafeMutablePointer<Value>
  private static var bytes: Int { HeapSlot.count * MemoryLayout<Value>.stride }

  init?() {
    let flags = Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
    guard let found = unsafe mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe found != MAP_FAILED
    else { return nil }
    unsafe base = found.bindMemory(to: Value.self, capacity: HeapSlot.count)
  }

  deinit { unsafe munmap(base, Self.bytes) }

  subscript(number: Int) -> Value {
    get { unsafe base[Int(UInt32(truncatingIfNeeded: number))] }
    nonmutating set { unsafe base[Int(UInt32(truncatingIfNeeded: number))] = newValue }
  }
}
