// References of native code to what it only borrowed, for as long as it calls something that may run Python code.
//
// A pin counts in the object's header, so that the object stays; it is no reference of the program's. So it has no event, and `sys.getrefcount` and
// descriptions of the heap leave it out: they find it on its thread's stack of pins.
import CRuntimeSupport

extension ThreadState {
  /// Keeps an object alive over a call that may run Python code, where it is only borrowed from a field or an item that such code can replace. Always with
  /// `unpin`, last in first out.
  @inlinable @inline(__always) public func pin(_ object: Object) {
    if pointer.pointee.pinCount == pointer.pointee.pinRoom { growPins() }
    pointer.pointee.pins.unsafelyUnwrapped[pointer.pointee.pinCount] = object
    pointer.pointee.pinCount &+= 1
    let count = object.header.pointee.refcount
    if count >= 0 { object.header.pointee.refcount = count &+ 1 }
  }

  /// Ends the last pin.
  @inlinable @inline(__always) public func unpin() {
    pointer.pointee.pinCount &-= 1
    let object = pointer.pointee.pins.unsafelyUnwrapped[pointer.pointee.pinCount]
    let count = object.header.pointee.refcount
    if count >= 0 {
      object.header.pointee.refcount = count &- 1
      // The last reference went meanwhile, and was told then.
      if count == 1 { object.deallocatePinned() }
    }
  }

  @usableFromInline @inline(never) func growPins() {
    let room = max(64, pointer.pointee.pinRoom * 2)
    let grown = UnsafeMutablePointer<Object>.allocate(capacity: room)
    if let old = pointer.pointee.pins {
      grown.moveInitialize(from: old, count: pointer.pointee.pinCount)
      old.deallocate()
    }
    pointer.pointee.pins = grown
    pointer.pointee.pinRoom = room
  }
}

extension Object {
  @usableFromInline @inline(never) func deallocatePinned() { deallocate(self) }

  /// The count without the pins: what the program's own references come to. Under the GIL.
  public var countOfReferences: Int {
    var count = refcount
    Threads.visitAll { t in
      for i in 0..<t.pointer.pointee.pinCount where t.pointer.pointee.pins.unsafelyUnwrapped[i] == self { count -= 1 }
      return true
    }
    return count
  }
}
