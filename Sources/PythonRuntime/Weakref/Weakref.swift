// Weak references: objects that know their referent without holding it, in a list per referent that the referent's death goes through.
//
//     referent -> first -> ...    the list's head lies in the referent, at its type's weakrefOffset
//     order: the shared `ref(o)` without callback, the shared proxy without callback, then all others, newest first
//
// References, proxies and callable proxies share this layout. Slots and attributes: WeakrefTypes.swift, WeakProxy.swift. As CPython's weakrefobject.c.
import CRuntimeSupport

public struct WeakrefLayout {
  public var header: ObjectHeader
  /// The referent, not counted; nil: dead.
  public var referent: Object?
  /// Owned. Kept when the collector clears the reference, until the callback was called.
  public var callback: Object?
  /// -1: not computed.
  public var hash: Int
  /// Neighbours in the referent's list, not counted.
  public var previous: Object?
  public var next: Object?
  var unused: Int
}

extension Object {
  @inlinable @inline(__always) public var weakref: UnsafeMutablePointer<WeakrefLayout> { layout(WeakrefLayout.self) }

  /// Where the list of weak references to this object begins; nil: its type does not support them.
  @inlinable @inline(__always) public var weakrefListPlace: UnsafeMutablePointer<Object?>? {
    let offset = type.pointer.pointee.weakrefOffset
    guard offset != 0 else { return nil }
    return (address + offset).assumingMemoryBound(to: Object?.self)
  }
}

/// A weak reference without or with a callback (None counts as none). nil: the type does not support them, or memory.
public func makeWeakref(_ t: ThreadState, _ target: Object, callback: Object?) -> Object? {
  Weakref.make(t, core.pointee.types.weakref, target, callback)
}

/// The living referent of a weak reference or proxy, borrowed; nil: dead.
@inlinable public func weakrefTarget(_ weakref: Object) -> Object? { weakref.weakref.pointee.referent }

/// A dying object's weak references: all are cleared, then the callbacks run, newest first. Called by `dealloc` before fields are dropped.
@inlinable public func clearWeakrefs(_ object: Object) {
  if let place = object.weakrefListPlace, place.pointee != nil { Weakref.clearAll(object, place) }
}

public enum Weakref {
  /// Whether the object has this file's layout.
  static func isReference(_ object: Object) -> Bool {
    object.type.kind == .weakref || object.type == core.pointee.types.weakProxy || object.type == WeakProxy.callableType
  }
  static func isProxyType(_ type: TypeObject) -> Bool {
    type == core.pointee.types.weakProxy || type == WeakProxy.callableType
  }

  // MARK: - Making

  /// A reference of `type`; the shared one when there is no callback and the type is a built-in one.
  static func make(_ t: ThreadState, _ type: TypeObject, _ target: Object, _ callback: Object?) -> Object? {
    guard let place = target.weakrefListPlace else {
      t.raise(.TypeError, "cannot create weak reference to '\(typeName(target))' object")
      return nil
    }
    let callback = callback == core.pointee.none ? nil : callback
    let isProxy = isProxyType(type)
    let isShared = callback == nil && (isProxy || type == core.pointee.types.weakref)
    let (sharedReference, sharedProxy) = shared(place)
    if isShared, let known = isProxy ? sharedProxy : sharedReference, known.refcount > 0 { return known.retained() }

    let o =
      type.flags.contains(.heapType) ? Instance.allocate(type) : allocateContainer(type, size: type.instanceSize())
    let p = o.weakref
    p.pointee.referent = target
    p.pointee.callback = callback?.retained()
    p.pointee.hash = -1
    p.pointee.previous = nil
    p.pointee.next = nil
    p.pointee.unused = 0
    if isShared && !isProxy {
      insertFirst(o, place)
    } else if isShared {
      if let sharedReference { insert(o, after: sharedReference) } else { insertFirst(o, place) }
    } else if let last = sharedProxy ?? sharedReference {
      insert(o, after: last)
    } else {
      insertFirst(o, place)
    }
    track(o)
    Probes.weakrefCreate(o, target)
    return o
  }

  /// The reference and the proxy without callbacks at the list's begin.
  private static func shared(_ place: UnsafeMutablePointer<Object?>) -> (reference: Object?, proxy: Object?) {
    guard let first = place.pointee, first.weakref.pointee.callback == nil else { return (nil, nil) }
    if isProxyType(first.type) { return (nil, first) }
    guard first.type == core.pointee.types.weakref else { return (nil, nil) }
    guard let second = first.weakref.pointee.next, second.weakref.pointee.callback == nil, isProxyType(second.type)
    else {
      return (first, nil)
    }
    return (first, second)
  }

  private static func insertFirst(_ o: Object, _ place: UnsafeMutablePointer<Object?>) {
    let next = place.pointee
    o.weakref.pointee.next = next
    next?.weakref.pointee.previous = o
    place.pointee = o
  }

  private static func insert(_ o: Object, after previous: Object) {
    let next = previous.weakref.pointee.next
    o.weakref.pointee.previous = previous
    o.weakref.pointee.next = next
    next?.weakref.pointee.previous = o
    previous.weakref.pointee.next = o
  }

  // MARK: - Clearing

  /// Takes a reference out of its referent's list; the callback stays. Nothing happens to a dead one.
  static func clearReference(_ o: Object) {
    let p = o.weakref
    guard let target = p.pointee.referent else { return }
    if let place = target.weakrefListPlace, place.pointee == o { place.pointee = p.pointee.next }
    p.pointee.previous?.weakref.pointee.next = p.pointee.next
    p.pointee.next?.weakref.pointee.previous = p.pointee.previous
    p.pointee.previous = nil
    p.pointee.next = nil
    p.pointee.referent = nil
    if o.refcount != 0 { Probes.weakrefClear(o, target) }
  }

  /// The referent dies.
  @usableFromInline static func clearAll(_ object: Object, _ place: UnsafeMutablePointer<Object?>) {
    while let first = place.pointee, first.weakref.pointee.callback == nil, isShared(first) { clearReference(first) }
    guard place.pointee != nil else { return }
    let t = currentThread()
    let savedRaised = t.takeRaised()
    var count = 0
    var current = place.pointee
    while let o = current {
      count += 1
      current = o.weakref.pointee.next
    }
    // As CPython: references and callbacks wait in a tuple, so that nothing is lost when a callback changes the list.
    let pairs = makeTuple(count: count * 2)
    let none = core.pointee.none
    for i in 0..<count * 2 { pairs.tupleItems[i] = none }
    var filled = 0
    while let o = place.pointee {
      clearReference(o)
      let callback = o.weakref.pointee.callback
      o.weakref.pointee.callback = nil
      // One that is being deallocated itself has no count any more.
      guard o.refcount > 0, filled < count else {
        callback.release()
        continue
      }
      storedField(o, callback, nil)
      pairs.tupleItems[2 * filled] = o.retained()
      if let callback { pairs.tupleItems[2 * filled + 1] = callback }
      filled += 1
    }
    filledTuple(pairs)
    for i in 0..<filled where pairs.tupleItems[2 * i + 1] != none {
      call(t, pairs.tupleItems[2 * i + 1], pairs.tupleItems[2 * i])
    }
    pairs.release()
    t.setRaised(steal: savedRaised)
  }

  private static func isShared(_ o: Object) -> Bool { o.type == core.pointee.types.weakref || isProxyType(o.type) }

  /// Calls a cleared reference's callback, which stays in it. For the collector.
  static func callCallback(_ t: ThreadState, _ o: Object) {
    guard let callback = o.weakref.pointee.callback else { return }
    call(t, callback, o)
  }

  private static func call(_ t: ThreadState, _ callback: Object, _ o: Object) {
    Probes.weakrefCallbackBegin(o, callback)
    if let result = call1(t, callback, o) { result.release() } else { writeUnraisable(t, callback) }
    Probes.weakrefCallbackEnd(o)
  }

  // MARK: - Counting

  /// Living references to an object, in list order, as new references.
  public static func references(to object: Object) -> [Object] {
    guard let place = object.weakrefListPlace else { return [] }
    var found: [Object] = []
    var current = place.pointee
    while let o = current {
      if o.refcount > 0 { found.append(o.retained()) }
      current = o.weakref.pointee.next
    }
    return found
  }
}
