// What a pass does to the trash: weak references, finalizers, clearing; and finalizers outside of passes.
import CRuntimeSupport
import TraceModel

extension Collector {
  // MARK: - Weak references (step 4)

  /// Clears all weak references to the trash and calls the callbacks of those that are no trash themselves. Returns how many of these
  /// references died by it.
  static func handleWeakrefs(_ t: ThreadState, _ unreachable: Links, _ old: Links) -> Int {
    let toCall = Links.allocate(capacity: 1)
    defer { toCall.deallocate() }
    initialize(toCall)
    var links = unreachable.next
    while links != unreachable {
      let object = object(links)
      // Nothing below moves `links` itself out of the list: only weak references outside of the trash are moved.
      links = links.next
      if object.type.kind == .weakref { Weakref.clearReference(object) }
      guard let place = object.weakrefListPlace else { continue }
      while let weakref = place.pointee {
        Weakref.clearReference(weakref)
        let layout = weakref.weakref
        guard layout.pointee.callback != nil else { continue }
        if weakref.links.pointee.prev & CollectorLinks.collectingBit != 0 { continue }
        weakref.retain()
        move(weakref.links, to: toCall)
      }
    }
    var freed = 0
    while !isEmpty(toCall) {
      let first = toCall.next
      let weakref = object(first)
      Weakref.callCallback(t, weakref)
      weakref.release()
      if toCall.next == first { move(first, to: old) } else { freed += 1 }
    }
    return freed
  }

  // MARK: - Finalizers (step 5)

  static func finalize(_ trash: Links) {
    let seen = Links.allocate(capacity: 1)
    defer { seen.deallocate() }
    initialize(seen)
    while !isEmpty(trash) {
      let links = trash.next
      let object = object(links)
      move(links, to: seen)
      guard links.pointee.prev & CollectorLinks.finalizedBit == 0, object.type.pointer.pointee.finalize != nil else {
        continue
      }
      object.retain()
      callFinalizer(object)
      object.release()
    }
    merge(seen, into: trash)
  }

  // MARK: - Clearing (step 7)

  static func clear(_ t: ThreadState, _ trash: Links, _ old: Links) {
    isClearing = true
    defer { isClearing = false }
    while !isEmpty(trash) {
      let links = trash.next
      let object = object(links)
      if debugFlags & Debug.saveAll != 0 {
        if garbage == nil { garbage = makeList() }
        if let garbage { listAppend(t, garbage, object) }
      } else if let clear = object.type.pointer.pointee.clear {
        object.retain()
        clear.call(object)
        if t.hasRaised { writeUnraisable(t, object) }
        object.release()
      }
      if !isEmpty(trash), trash.next == links {
        // Still alive: something else holds it; it may die later.
        links.pointee.prev &= ~CollectorLinks.collectingBit
        move(links, to: old)
      }
    }
  }
}

// MARK: - Finalizers everywhere

/// Calls the finalizer once: for containers the finalized flag says whether it was called already.
public func callFinalizer(_ object: Object) {
  guard let finalize = object.type.pointer.pointee.finalize else { return }
  let isContainer = object.hasLinks
  if isContainer {
    if object.links.pointee.prev & CollectorLinks.finalizedBit != 0 { return }
    object.links.pointee.prev |= CollectorLinks.finalizedBit
  }
  let isDel = object.type.flags.contains(.hasFinalizer)
  if isDel { Probes.finalizerBegin(object, inPass: Collector.isCollecting) }
  finalize.call(object)
  if isDel { Probes.finalizerEnd(object) }
}

/// A dying object's finalizer, called from its `dealloc` before anything is dropped. True: it was resurrected, `dealloc` must stop. The object may be
/// tracked or not; when it stays dead it is untracked.
public func callFinalizerFromDealloc(_ object: Object) -> Bool {
  let type = object.type
  guard type.pointer.pointee.finalize != nil else { return false }
  let isContainer = object.hasLinks
  if isContainer {
    if object.links.pointee.prev & CollectorLinks.finalizedBit != 0 {
      untrack(object)
      return false
    }
    // As CPython's subtype_dealloc: untracked and tracked again, so that a resurrected object is the youngest.
    if object.links.pointee.next != 0 { unlink(object.links) }
    trackSilently(object)
  }
  // Alive again while its finalizer runs; these counts are no events.
  object.refcount = 1
  callFinalizer(object)
  let count = object.refcount
  object.refcount = count - 1
  if count == 1 {
    if isContainer { unlink(object.links) }
    return false
  }
  Probes.resurrect(object)
  return true
}

/// `track` without the event.
private func trackSilently(_ object: Object) {
  let links = object.links
  let head = Collector.head(0)
  links.pointee.prev &= CollectorLinks.finalizedBit
  Collector.append(links, to: head)
}
