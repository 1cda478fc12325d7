// A number or two for each slot of a heap, beside what ReplayState knows of it.

import Glibc
import TraceModel

/// A value for each slot of a heap, 0 at first.
///
/// Safe: a private mapping with an element for each slot, which only this table unmaps.
@safe struct SlotValues<Value: BitwiseCopyable>: ~Copyable {
  private let base: UnsafeMutablePointer<Value>
  private static var bytes: Int { HeapSlot.count * MemoryLayout<Value>.stride }

  init?() {
    let flags = Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
    guard let found = unsafe mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe found != MAP_FAILED
    else { return nil }
    unsafe base = found.bindMemory(to: Value.self, capacity: HeapSlot.count)
  }

  deinit { unsafe munmap(base, Self.bytes) }

  subscript(slot: UInt32) -> Value {
    get { unsafe base[Int(slot)] }
    nonmutating set { unsafe base[Int(slot)] = newValue }
  }
}
