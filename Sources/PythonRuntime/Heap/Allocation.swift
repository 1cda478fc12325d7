// Birth and death of objects: the only way from the raw heap to an object and back, with the generation counter and the probes.
//
//     block of an ordinary object     | object ...
//     block of a container            | links (16) | object ...
//     block of a preHeader instance   | dict, weakrefs (16) | links (16) | object ...
//
// `size` is always the object's own size, without what stands before it. A type made by Python is retained here at birth; its instance's `dealloc`
// releases it after the memory is gone.
import CRuntimeSupport
import TraceModel

/// The thread that holds the GIL.
@inlinable @inline(__always) public func currentThread() -> ThreadState {
  ThreadState(exuvia_thread().unsafelyUnwrapped.assumingMemoryBound(to: ThreadStateLayout.self))
}

extension TypeObject {
  /// Bytes before an instance in its block.
  @inlinable @inline(__always) var prefixBytes: Int {
    let flags = pointer.pointee.flags.rawValue
    guard flags & TypeFlags.container.rawValue != 0 else { return 0 }
    return flags & TypeFlags.preHeader.rawValue != 0 ? 32 : 16
  }
}

// MARK: - Birth

/// A new object that is no container: one reference, fields not set.
@inlinable public func allocateObject(_ type: TypeObject, size: Int) -> Object {
  #if VERIFYING_PASSES
    VerifyingPass.beforeAllocation()
  #endif
  let object = Object(Heap.allocate(size))
  object.header.pointee.refcount = 1
  object.header.pointee.type = type
  if type.flags.contains(.heapType) { type.object.retain() }
  if exuvia_level() != 0 { Probes.alloc(object, type, size, 0) }
  return object
}

/// A new container: one reference, not yet tracked, fields not set. Counts for generation 0 and asks for a pass when one is due. `owned`: bytes that
/// it will own beside itself at once; only the event counts them.
@inlinable public func allocateContainer(_ type: TypeObject, size: Int, owned: Int = 0) -> Object {
  #if VERIFYING_PASSES
    VerifyingPass.beforeAllocation()
  #endif
  let prefix = type.prefixBytes
  let block = Heap.allocate(size &+ prefix)
  exuvia_clear_words(block, block + prefix)
  let object = Object(block + prefix)
  object.header.pointee.refcount = 1
  object.header.pointee.type = type
  if type.flags.contains(.heapType) { type.object.retain() }
  if exuvia_count_container() != 0 { Collector.schedule() }
  if exuvia_level() != 0 {
    Probes.alloc(object, type, size &+ prefix &+ owned, AllocationFlags.counted | AllocationFlags.container)
  }
  return object
}

@inlinable public func allocateObject(_ type: TypeObject, _ size: Int) -> Object { allocateObject(type, size: size) }
@inlinable public func allocateContainer(_ type: TypeObject, _ size: Int) -> Object {
  allocateContainer(type, size: size)
}

/// Takes a container of `size` bytes out of its type's free list again: born anew, unseen by generation 0's counter.
@inlinable public func reuseContainer(_ object: Object, size: Int, owned: Int = 0) {
  object.header.pointee.refcount = 1
  if exuvia_level() != 0 {
    Probes.alloc(object, object.type, size &+ 16 &+ owned, AllocationFlags.reused | AllocationFlags.container)
  }
}

/// Takes an object that is no container out of its type's free list again.
@inlinable public func reuseObject(_ object: Object, size: Int) {
  object.header.pointee.refcount = 1
  if exuvia_level() != 0 { Probes.alloc(object, object.type, size, AllocationFlags.reused) }
}

@inlinable @inline(__always) public func reuseContainer(_ object: Object, _ type: TypeObject, size: Int) {
  object.header.pointee.type = type
  reuseContainer(object, size: size)
}

// MARK: - Death

/// Frees the memory of an object that is no container. The type is not released.
@inlinable public func freeObject(_ object: Object, size: Int) {
  if exuvia_level() != 0 { Probes.dealloc(object, fromCollector: false) }
  Heap.free(object.address, size: size)
}

/// Frees the memory of a container, which is untracked first if needed. The type is not released.
@inlinable public func freeContainer(_ object: Object, size: Int) {
  let links = object.links
  if links.pointee.next != 0 { unlink(links) }
  exuvia_uncount_container()
  if exuvia_level() != 0 {
    Probes.dealloc(object, fromCollector: links.pointee.prev & CollectorLinks.collectingBit != 0)
  }
  let prefix = object.type.prefixBytes
  Heap.free(object.address - prefix, size: size &+ prefix)
}

@inlinable public func freeObject(_ object: Object, _ size: Int) { freeObject(object, size: size) }
@inlinable public func freeContainer(_ object: Object, _ size: Int) { freeContainer(object, size: size) }

/// A container dies into its type's free list: its memory stays, generation 0's counter does not see it. Exact types only.
@inlinable public func parkContainer(_ object: Object) {
  let links = object.links
  if links.pointee.next != 0 { unlink(links) }
  if exuvia_level() != 0 {
    Probes.dealloc(object, fromCollector: links.pointee.prev & CollectorLinks.collectingBit != 0)
  }
  links.pointee.prev = 0
}

@inlinable @inline(__always) public func recycleContainer(_ object: Object, size: Int) { parkContainer(object) }

/// An object that is no container dies into its type's free list.
@inlinable public func parkObject(_ object: Object) {
  if exuvia_level() != 0 { Probes.dealloc(object, fromCollector: false) }
}

/// Gives back the memory of a parked container, when a full pass empties the free lists: this is what the counter sees.
public func freeParkedContainer(_ object: Object, size: Int) {
  exuvia_uncount_container()
  Heap.free(object.address - 16, size: size + 16)
}

/// Gives back the memory of a parked object.
public func freeParkedObject(_ object: Object, size: Int) { Heap.free(object.address, size: size) }

// MARK: - Numbers

/// Sizes in bytes of what dies most often.
@inlinable @inline(__always) public var floatBytes: Int { 24 }
@inlinable @inline(__always) public var intBytes: Int { 32 }

/// `allocateObject` for a built-in type and a size that are known to the compiler. `probed` is false in the loop that runs while nothing is recorded.
@inlinable @inline(__always) public func allocateNumber(_ type: TypeObject, size: Int, probed: Bool = true) -> Object {
  #if VERIFYING_PASSES
    VerifyingPass.beforeAllocation()
  #endif
  let object = Object(Heap.allocate(size))
  object.header.pointee.refcount = 1
  object.header.pointee.type = type
  if probed, exuvia_level() != 0 { Probes.alloc(object, type, size, 0) }
  return object
}

/// `freeObject` for a size that is known to the compiler.
@inlinable @inline(__always) public func freeNumber(_ object: Object, size: Int, probed: Bool = true) {
  if probed, exuvia_level() != 0 { Probes.deallocNumber(object) }
  Heap.free(object.address, size: size)
}

// MARK: - The generations' lists

/// Puts a container at the end of the youngest generation. Its fields must be set. Nothing happens to one that is in a generation already:
/// instances of classes are tracked by their allocation. Either way the events say what it holds.
@inlinable public func track(_ object: Object) {
  let links = object.links
  guard links.pointee.next == 0 else {
    if exuvia_level() >= probeLevelLinks { Probes.holding(object) }
    return
  }
  let head = exuvia_generation(0).unsafelyUnwrapped.assumingMemoryBound(to: CollectorLinks.self)
  let last = head.pointee.prev
  links.pointee.prev = last | (links.pointee.prev & CollectorLinks.finalizedBit)
  UnsafeMutablePointer<CollectorLinks>(bitPattern: last).unsafelyUnwrapped.pointee.next = UInt(bitPattern: links)
  links.pointee.next = UInt(bitPattern: head)
  head.pointee.prev = UInt(bitPattern: links)
  if exuvia_level() >= probeLevelLinks { Probes.tracked(object) }
}

/// Takes a container out of its generation; nothing happens to one that is in none.
@inlinable public func untrack(_ object: Object) {
  let links = object.links
  guard links.pointee.next != 0 else { return }
  unlink(links)
  if exuvia_level() >= probeLevelRefs { Probes.untracked(object) }
}

/// The list surgery of untracking. While the collector clears its trash, the collecting bit stays as the mark "was in the final unreachable set".
@inlinable @inline(__always) func unlink(_ links: UnsafeMutablePointer<CollectorLinks>) {
  let flags = links.pointee.prev & CollectorLinks.flagsMask
  let previous = links.pointee.prev & ~CollectorLinks.flagsMask
  let next = links.pointee.next & ~CollectorLinks.finalizedBit
  UnsafeMutablePointer<CollectorLinks>(bitPattern: previous).unsafelyUnwrapped.pointee.next = next
  let after = UnsafeMutablePointer<CollectorLinks>(bitPattern: next).unsafelyUnwrapped
  after.pointee.prev = previous | (after.pointee.prev & CollectorLinks.flagsMask)
  links.pointee.next = 0
  links.pointee.prev = flags
}

extension Object {
  /// Whether the object has collector links: containers, except the built-in types themselves.
  @inlinable @inline(__always) public var hasLinks: Bool {
    let type = self.type
    guard type.isContainer else { return false }
    return type.kind != .type || TypeObject(unchecked: self).flags.contains(.heapType)
  }
}
