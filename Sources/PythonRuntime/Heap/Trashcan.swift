// Deep deallocation without endless C recursion: beyond a depth, dying containers wait in a chain that outer levels take apart.
//
// The chain goes through the links of the waiting objects, which are untracked and have a count of zero. Done in `deallocate`, for all containers.
// The depths are those of CPython 3.13 (Py_TRASHCAN_BEGIN in Include/cpython/object.h), because the order of finalizers shows them. A thread whose stack
// is too small for them waits earlier.
import CRuntimeSupport

enum Trashcan {
  /// A level of nested deallocation, in the thread's `deallocationDepth`: all levels in the lower half, in the upper one those of types that
  /// CPython's trashcan counts.
  private static let level = 1
  private static let countedLevel = 1 << 32 | 1
  /// Counted levels before objects wait: CPython's 10,000 levels of C recursion, less a headroom of 50 and the two of the loop.
  private static let depthMax = 9_948 << 32
  /// Below it those that wait are taken apart: twice the headroom is free again.
  private static let emptyingDepthMax = 9_898 << 32
  /// Levels up to which no stack can be too small; a level takes a few hundred bytes of it.
  private static let safeDepth = 300
  /// Bytes of the stack that are kept for finalizers, above where native recursion ends.
  private static let finalizerRoom: UInt = 64 * 1024

  /// Calls the `dealloc` slot of a container, or lets it wait.
  @inline(__always) static func deallocate(_ object: Object, _ type: TypeObject) {
    let t = currentThread()
    let isCounted = !type.flags.contains(.nestsDeeply)
    if t.pointer.pointee.deallocationDepth & 0xFFFF_FFFF > safeDepth, object.hasLinks, isFull(t, isCounted: isCounted) {
      deposit(t, object)
      return
    }
    let added = isCounted ? countedLevel : level
    t.pointer.pointee.deallocationDepth += added
    type.pointer.pointee.dealloc.call(object)
    t.pointer.pointee.deallocationDepth -= added
    if t.pointer.pointee.delayedDeallocations != nil, t.pointer.pointee.deallocationDepth < emptyingDepthMax {
      empty(t)
    }
  }

  /// Whether a container at a depth over `safeDepth` has to wait.
  @inline(never) private static func isFull(_ t: ThreadState, isCounted: Bool) -> Bool {
    if isCounted, t.pointer.pointee.deallocationDepth >= depthMax { return true }
    var marker: UInt8 = 0
    let here = withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) }
    return here < t.pointer.pointee.nativeStackLimit + finalizerRoom
  }

  /// Keeps a dying container for later.
  @inline(never) private static func deposit(_ t: ThreadState, _ object: Object) {
    untrack(object)
    let links = object.links
    let flags = links.pointee.prev & CollectorLinks.flagsMask
    links.pointee.prev = (t.pointer.pointee.delayedDeallocations.map { UInt(bitPattern: $0.address) } ?? 0) | flags
    t.pointer.pointee.delayedDeallocations = object
  }

  /// Deallocates what waits, and what comes to wait meanwhile.
  @inline(never) private static func empty(_ t: ThreadState) {
    let state = t.pointer
    // One level is held meanwhile, as in CPython.
    state.pointee.deallocationDepth += countedLevel
    while let object = state.pointee.delayedDeallocations {
      let links = object.links
      let next = links.pointee.prev & ~CollectorLinks.flagsMask
      links.pointee.prev &= CollectorLinks.flagsMask
      state.pointee.delayedDeallocations = UnsafeMutableRawPointer(bitPattern: next).map { Object($0) }
      state.pointee.deallocationDepth += countedLevel
      object.type.pointer.pointee.dealloc.call(object)
      state.pointee.deallocationDepth -= countedLevel
    }
    state.pointee.deallocationDepth -= countedLevel
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
  Trashcan.deallocate(object, type)
}
