// The two words before every container object: its place in a generation's list, and the collector's working state.
//
//     word 0  next: address of the next links | bit 0: being visited as tentatively unreachable (only during a pass)
//     word 1  prev: bits 2...: address of the previous links, or gc_refs << 2 during a pass
//                   bit 0: finalized (its finalizer ran), bit 1: collecting (in the list of the running pass)
//
// next == 0: untracked. As CPython's PyGC_Head (Include/internal/pycore_gc.h).

/// The links before a container object.
public struct CollectorLinks {
  public var next: UInt
  public var prev: UInt
  public static let size = 16

  public static let finalizedBit: UInt = 1
  public static let collectingBit: UInt = 2
  public static let flagsMask: UInt = 3
  public static let refsShift: UInt = 2
}

extension Object {
  /// The links before the object; only for instances of container types.
  @inlinable @inline(__always) public var links: UnsafeMutablePointer<CollectorLinks> {
    (address - 16).assumingMemoryBound(to: CollectorLinks.self)
  }
  @inlinable @inline(__always) public var isTracked: Bool { type.isContainer && links.pointee.next != 0 }
}
