// Instances of classes made by Python code: allocation, deallocation, traversal, clearing.
//
// A class's layout is its solid base's (object, list, Exception ...), then its `__slots__`, then inline values where the base has no size of
// its own. `__dict__` and the weak reference list stand before the collector links (TypeFlags.preHeader).

/// One `__slots__` entry or pre-laid place: offsets of owned references that dealloc, traverse and clear handle.
struct SlotOffsets {
  /// Offsets from the object's address, in bytes, in the order of definition; owned memory.
  var offsets: UnsafeMutablePointer<Int>
  var count: Int
}

/// Native data of a heap type, in `extra`.
struct HeapTypeExtra {
  /// The nearest base that is not a heap type: its slots do the base's part of dealloc, traverse and clear.
  var solidBase: TypeObject
  /// All slots of the type and its heap bases.
  var slots: SlotOffsets
  /// What a native metaclass knows of the class, owned; dies with the class.
  var native: Unmanaged<AnyObject>?
}

extension TypeObject {
  @inline(__always) var heapExtra: UnsafeMutablePointer<HeapTypeExtra> {
    pointer.pointee.extra.unsafelyUnwrapped.assumingMemoryBound(to: HeapTypeExtra.self)
  }

  /// What a native metaclass keeps for a class that Python code made; nil for built-in types.
  public var nativeState: AnyObject? {
    get { flags.contains(.heapType) ? heapExtra.pointee.native?.takeUnretainedValue() : nil }
    nonmutating set {
      guard flags.contains(.heapType) else { return }
      let old = heapExtra.pointee.native
      heapExtra.pointee.native = newValue.map { Unmanaged.passRetained($0) }
      old?.release()
    }
  }
}

enum Instance {
  /// `tp_alloc` for heap types of fixed size: zeroed fields, tracked, the type retained.
  static func allocate(_ type: TypeObject) -> Object {
    allocate(type, extraBytes: 0)
  }

  /// `extraBytes`: the variable part of the solid base (items of a tuple, limbs of an int), which lies before nothing else of the instance.
  static func allocate(_ type: TypeObject, extraBytes: Int) -> Object {
    let basic = type.pointer.pointee.basicSize
    let keys = type.sharedKeys
    // CPython takes the memory first and then the value less: the first instance has room for 30.
    let room = keys?.pointee.capacity ?? 0
    if let keys, room - keys.pointee.count > 1 { keys.pointee.capacity = room - 1 }
    let inline = keys == nil ? 0 : inlineValuesSize(room)
    let size = basic + extraBytes + inline
    guard type.isContainer else {
      let o = allocateObject(type, size: size)
      zeroFields(o, upTo: basic + extraBytes)
      return o
    }
    let o = allocateContainer(type, size: size)
    zeroFields(o, upTo: basic + extraBytes)
    if let keys { initializeInlineValues(o, capacity: keys.pointee.capacity, room: room) }
    track(o)
    return o
  }

  @inline(__always) private static func zeroFields(_ o: Object, upTo size: Int) {
    if size > 16 { (o.address + 16).initializeMemory(as: UInt8.self, repeating: 0, count: size - 16) }
  }

  static func size(_ o: Object) -> Int {
    let type = o.type
    var size = type.pointer.pointee.basicSize
    if type.flags.contains(.inlineValues) { size += inlineValuesSize(Int(o.inlineHead.pointee.room)) }
    return size
  }

  /// `tp_dealloc` of heap types.
  static func dealloc(_ o: Object) {
    // 1. Finalizer first; it may resurrect the object, or assign its class.
    if o.type.flags.contains(.hasFinalizer) || o.type.pointer.pointee.finalize != nil {
      if callFinalizerFromDealloc(o) { return }
    }
    let type = o.type
    let base = type.heapExtra.pointee.solidBase
    if type.isContainer {
      if o.isTracked { untrack(o) }
    }
    // 2. Weak references die before the attributes do.
    if type.pointer.pointee.weakrefOffset != 0 { clearWeakrefs(o) }
    // 3. Slots, then inline values or the dict, in order of insertion.
    clearSlots(o, type)
    clearAttributes(o, type, dropDict: true)
    // 4. The solid base frees its part and the memory; plain instances are freed here.
    if base == core.pointee.types.object {
      let size = size(o)
      if type.isContainer { freeContainer(o, size: size) } else { freeObject(o, size: size) }
      type.object.release()
    } else {
      // The solid base's dealloc untracks if tracked, releases its own fields and frees by the object's real size.
      base.pointer.pointee.dealloc.call(o)
      type.object.release()
    }
  }

  static func clearSlots(_ o: Object, _ type: TypeObject) {
    let slots = type.heapExtra.pointee.slots
    for i in 0..<slots.count {
      let place = (o.address + slots.offsets[i]).assumingMemoryBound(to: Object?.self)
      let old = place.pointee
      place.pointee = nil
      old.release()
    }
  }

  static func clearAttributes(_ o: Object, _ type: TypeObject, dropDict: Bool) {
    if o.hasInlineValues {
      let order = o.inlineOrder
      let count = Int(o.inlineHead.pointee.count)
      o.inlineHead.pointee.count = 0
      for i in 0..<count {
        let index = Int(order[i])
        let old = o.inlineValues[index]
        o.inlineValues[index] = nil
        old.release()
      }
    }
    guard dropDict, let place = o.dictPlace, let dict = place.pointee else { return }
    place.pointee = nil
    // Somebody else still holds the dict: from now on the collector must see it by itself.
    if dict.refcount > 1, !dict.isTracked { track(dict) }
    dict.release()
  }

  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let type = o.type
    // Since 3.9 an instance visits its type.
    if visit(type.object) { return true }
    let extra = type.heapExtra
    for i in 0..<extra.pointee.slots.count {
      let place = (o.address + extra.pointee.slots.offsets[i]).assumingMemoryBound(to: Object?.self)
      if visit(place.pointee) { return true }
    }
    if o.hasInlineValues {
      let order = o.inlineOrder
      for i in 0..<Int(o.inlineHead.pointee.count) where visit(o.inlineValues[Int(order[i])]) { return true }
    }
    if let place = o.dictPlace, let dict = place.pointee {
      if dict.isTracked {
        // A native base with a dict of its own visits it itself, below. Twice would make the collector think that nobody else holds it.
        if extra.pointee.solidBase.pointer.pointee.dictOffset == 0, visit(dict) { return true }
      } else {
        // An untracked dict is the instance's alone: its content is visited through the instance.
        if let traverse = dict.type.pointer.pointee.traverse, traverse.call(dict, visit) { return true }
      }
    }
    if let traverse = extra.pointee.solidBase.pointer.pointee.traverse { return traverse.call(o, visit) }
    return false
  }

  /// `tp_clear`.
  static func clear(_ o: Object) {
    let type = o.type
    if let clear = type.heapExtra.pointee.solidBase.pointer.pointee.clear { clear.call(o) }
    clearSlots(o, type)
    clearAttributes(o, type, dropDict: true)
  }

  /// `tp_finalize` of types with `__del__`.
  static func finalize(_ o: Object) {
    let t = currentThread()
    let saved = t.takeRaised()
    var isAbsent = false
    // No bound method: one that waited to be freed would hold the object, and it would seem to be resurrected.
    let result = withUnsafeTemporaryAllocation(of: Object.self, capacity: 1) { none -> Object? in
      guard let base = none.baseAddress else { return nil }
      return Dispatch.callMethod(
        t, o, Name.dunderDel, Arguments(base: base, count: 0), isAbsent: &isAbsent)
    }
    if let result {
      result.release()
    } else if t.hasRaised {
      // The report names the function, as CPython's does.
      let function = isAbsent ? nil : typeLookup(t, o.type, Name.dunderDel)
      writeUnraisable(t, function ?? o)
    }
    t.raised = saved
  }
}
