// Which objects of a generation nobody outside holds: steps 1-3 of a pass.
//
//     1. updateRefs     gc_refs of each object = its reference count; the flag "collecting" marks the generation's objects
//     2. subtractRefs   each reference from inside the generation is subtracted
//     3. moveUnreachable   walks the list: gc_refs > 0 is held from outside, and rescues all that it reaches; gc_refs 0 goes to `unreachable`,
//                       tentatively, and comes back to the list's end when somebody reaches it later
//
// During 1-3 the list is singly linked: the `prev` words hold gc_refs. In `unreachable` each `next` word carries bit 0.
import CRuntimeSupport

extension Collector {
  private static let unreachableBit: UInt = 1

  /// Moves what is not reachable from outside `base` to `unreachable`, which is initialised. Its `next` words keep bit 0 set. Returns how many
  /// objects were examined.
  static func deduceUnreachable(_ base: Links, _ unreachable: Links, writesVerdicts: Bool) -> Int {
    let examined = updateRefs(base)
    subtractRefs(base)
    initialize(unreachable)
    if writesVerdicts && exuvia_level() >= probeLevelAll {
      moveUnreachable(base, unreachable, writesVerdicts: true)
    } else {
      moveUnreachable(base, unreachable, writesVerdicts: false)
    }
    return examined
  }

  /// Step 1. Immortal objects leave for the permanent generation. Returns how many objects the list had.
  private static func updateRefs(_ list: Links) -> Int {
    var count = 0
    var links = list.next
    while links != list {
      let next = links.next
      let object = object(links)
      if object.isImmortal {
        move(links, to: head(permanent))
      } else {
        links.pointee.prev =
          links.pointee.prev & CollectorLinks.finalizedBit | CollectorLinks.collectingBit
          | UInt(bitPattern: object.refcount) << CollectorLinks.refsShift
      }
      count += 1
      links = next
    }
    return count
  }

  /// Whether the object belongs to the generation of the running pass.
  @inline(__always) static func isCollected(_ object: Object) -> Bool {
    guard object.type.isContainer, object.hasLinks else { return false }
    let links = object.links
    return links.pointee.prev & CollectorLinks.collectingBit != 0 && links.pointee.next != 0
  }

  /// Step 2.
  private static func subtractRefs(_ list: Links) {
    let visitor = Visitor { child, _ in
      if Collector.isCollected(child) {
        let links = child.links
        if links.pointee.prev >> CollectorLinks.refsShift != 0 { links.pointee.prev &-= 1 << CollectorLinks.refsShift }
      }
      return false
    }
    var links = list.next
    while links != list {
      let object = object(links)
      if let traverse = object.type.pointer.pointee.traverse { _ = traverse.call(object, visitor) }
      links = links.next
    }
  }

  /// Step 3.
  private static func moveUnreachable(_ young: Links, _ unreachable: Links, writesVerdicts: Bool) {
    let visitor = Visitor(context: UnsafeMutableRawPointer(young)) { child, context in
      if Collector.isCollected(child), let context {
        Collector.reach(child.links, context.assumingMemoryBound(to: CollectorLinks.self))
      }
      return false
    }
    var previous = young
    var links = young.next
    while links != young {
      let refs = links.pointee.prev >> CollectorLinks.refsShift
      if refs != 0 {
        let object = object(links)
        if writesVerdicts {
          Probes.verdict(object, refs == rescuedMark ? .rescued : .root, gcRefs: refs == rescuedMark ? 0 : Int(refs))
        }
        // N.B. the visits may append behind the last object: `next` is read afterwards.
        if let traverse = object.type.pointer.pointee.traverse { _ = traverse.call(object, visitor) }
        links.pointee.prev = UInt(bitPattern: previous) | (links.pointee.prev & CollectorLinks.finalizedBit)
        previous = links
      } else {
        previous.pointee.next = links.pointee.next
        let last = unreachable.previous
        // The head's own `next` gets the bit too; repaired at the end.
        last.pointee.next = UInt(bitPattern: links) | unreachableBit
        links.pointee.prev = UInt(bitPattern: last) | (links.pointee.prev & CollectorLinks.flagsMask)
        links.pointee.next = UInt(bitPattern: unreachable) | unreachableBit
        unreachable.pointee.prev = UInt(bitPattern: links)
      }
      links = previous.next
    }
    young.pointee.prev = UInt(bitPattern: previous)
    unreachable.pointee.next &= ~unreachableBit
  }

  /// gc_refs of an object that was 0 and turned out to be reachable: any value but 0 does; this one tells it from a root.
  private static let rescuedMark: UInt = (1 << 60)

  /// A reachable object refers to `links`.
  @inline(__always) private static func reach(_ links: Links, _ young: Links) {
    if links.pointee.next & unreachableBit != 0 {
      // Tentatively unreachable: back to the list that is walked.
      let previous = links.previous
      let next = Links(bitPattern: links.pointee.next & ~unreachableBit).unsafelyUnwrapped
      previous.pointee.next = links.pointee.next
      next.previous = previous
      append(links, to: young)
      setRefs(links, rescuedMark)
    } else if links.pointee.prev >> CollectorLinks.refsShift == 0 {
      // Not walked yet.
      setRefs(links, rescuedMark)
    }
  }

  @inline(__always) private static func setRefs(_ links: Links, _ refs: UInt) {
    links.pointee.prev = links.pointee.prev & CollectorLinks.flagsMask | refs << CollectorLinks.refsShift
  }

  /// Clears bit 0 of the `next` words of an unreachable list.
  static func clearUnreachableBits(_ list: Links) {
    list.pointee.next &= ~unreachableBit
    var links = list.next
    while links != list {
      links.pointee.next &= ~unreachableBit
      links = links.next
    }
  }

  /// Clears the collecting flag of all objects of a list.
  static func clearCollecting(_ list: Links) {
    var links = list.next
    while links != list {
      links.pointee.prev &= ~CollectorLinks.collectingBit
      links = links.next
    }
  }
}
