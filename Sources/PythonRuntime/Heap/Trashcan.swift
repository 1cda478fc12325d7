// Deep deallocation without deep C recursion: beyond a depth, dying containers wait in a chain that the outermost levels take apart.
//
// The chain goes through the links of the waiting objects, which are untracked and have a count of zero. Done in `deallocate`, for all types.
// As CPython's trashcan, which gives up one level of nesting later than ours: only the order of finalizers below the limit differs.
import CRuntimeSupport

enum Trashcan {
  /// Levels of nested deallocation before objects wait. A level takes a few hundred bytes of the C stack.
  static let depthMax = 400

  /// Keeps a dying container for later.
  @inline(never) static func deposit(_ t: ThreadState, _ object: Object) {
    untrack(object)
    let links = object.links
    let flags = links.pointee.prev & CollectorLinks.flagsMask
    links.pointee.prev = (t.pointer.pointee.delayedDeallocations.map { UInt(bitPattern: $0.address) } ?? 0) | flags
    t.pointer.pointee.delayedDeallocations = object
  }

  /// Deallocates what waits, and what comes to wait meanwhile.
  @inline(never) static func empty(_ t: ThreadState) {
    let state = t.pointer
    // One level is held, so that nested ends do not come here.
    state.pointee.deallocationDepth += 1
    while let object = state.pointee.delayedDeallocations {
      let links = object.links
      let next = links.pointee.prev & ~CollectorLinks.flagsMask
      links.pointee.prev &= CollectorLinks.flagsMask
      state.pointee.delayedDeallocations = UnsafeMutableRawPointer(bitPattern: next).map { Object($0) }
      object.type.pointer.pointee.dealloc.call(object)
    }
    state.pointee.deallocationDepth -= 1
  }
}

/// The last reference is gone: calls the type's `dealloc` slot. Outlined, so that `release` stays small.
@inline(never) public func deallocate(_ object: Object) {
  let type = object.type
  guard type.isContainer else {
    // Numbers die most often.
    if type == core.pointee.types.float { return freeNumber(object, size: floatBytes) }
    if type == core.pointee.types.int, object.limbCount <= 1 { return freeNumber(object, size: intBytes) }
    type.pointer.pointee.dealloc.call(object)
    return
  }
  let t = currentThread()
  if t.pointer.pointee.deallocationDepth >= Trashcan.depthMax, object.hasLinks {
    Trashcan.deposit(t, object)
    return
  }
  t.pointer.pointee.deallocationDepth += 1
  type.pointer.pointee.dealloc.call(object)
  t.pointer.pointee.deallocationDepth -= 1
  if t.pointer.pointee.delayedDeallocations != nil, t.pointer.pointee.deallocationDepth == 0 { Trashcan.empty(t) }
}

/// Marks the body of a container's `dealloc`. `deallocate` has already limited the depth, so this always lets it proceed.
@inlinable @inline(__always) public func beginDeallocation(_ object: Object) -> Bool { true }
@inlinable @inline(__always) public func endDeallocation() {}
@inlinable @inline(__always) public func beginTrashcan(_ object: Object, _ body: (Object) -> Void) { body(object) }
@inlinable @inline(__always) public func beginTrashcan(_ object: Object) -> Bool { true }
@inlinable @inline(__always) public func endTrashcan() {}
@inlinable @inline(__always) public func withTrashcan(_ object: Object, _ body: (Object) -> Void) { body(object) }
