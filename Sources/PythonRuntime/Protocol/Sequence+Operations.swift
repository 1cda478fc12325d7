// Length, items, membership and iteration: the container protocols and their messages.
import Glibc

/// `len(o)`; -1 with an exception set.
public func length(_ t: ThreadState, _ o: Object) -> Int {
  guard let slot = o.type.pointer.pointee.length else {
    t.raise(.TypeError, "object of type '\(o.typeName)' has no len()")
    return -1
  }
  return slot.call(t, o)
}

/// A guess at the length for allocating room: `len`, then `__length_hint__`, else the default; -1 with an exception set.
public func lengthHint(_ t: ThreadState, _ o: Object, default fallback: Int = 8) -> Int {
  if let slot = o.type.pointer.pointee.length {
    let n = slot.call(t, o)
    if n >= 0 { return n }
    guard t.matches(.TypeError) else { return -1 }
    t.clearRaised()
  }
  guard let method = lookupSpecial(t, o, Special.length_hint) else { return t.hasRaised ? -1 : fallback }
  defer { method.release() }
  guard let result = call0(t, method) else {
    guard t.matches(.TypeError) else { return -1 }
    t.clearRaised()
    return fallback
  }
  defer { result.release() }
  if result == core.pointee.notImplemented { return fallback }
  guard result.isKind(.int) else {
    t.raise(.TypeError, "__length_hint__ must be an integer, not \(result.typeName)")
    return -1
  }
  guard let n = intValue(t, result) else { return -1 }
  if n < 0 {
    t.raise(.ValueError, "__length_hint__() should return >= 0")
    return -1
  }
  return n
}

/// `o[key]`.
public func getItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
  let p = o.type.pointer
  if let slot = p.pointee.getItem { return slot.call(t, o, key) }
  if let slot = p.pointee.item {
    guard isIndex(key) else {
      return t.raise(.TypeError, "sequence index must be integer, not '\(key.typeName)'")
    }
    guard var i = indexValue(t, key) else { return nil }
    if i < 0, let measure = p.pointee.length {
      let n = measure.call(t, o)
      if n < 0 { return nil }
      i += n
    }
    return slot.call(t, o, i)
  }
  if o.isKind(.type) { return classGetItem(t, o, key) }
  return t.raise(.TypeError, "'\(o.typeName)' object is not subscriptable")
}

/// `Class[key]` through `__class_getitem__`.
private func classGetItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
  if o == core.pointee.types.type.object { return GenericAlias.make(t, o, key) }
  var failed = false
  if let method = findAttribute(t, o, Name.dunderClassGetItem, failed: &failed) {
    defer { method.release() }
    if method != core.pointee.none { return call1(t, method, key) }
  }
  if failed { return nil }
  return t.raise(.TypeError, "type '\(TypeObject(unchecked: o).nameText)' is not subscriptable")
}

/// The machine word of an index; IndexError when it does not fit, as subscripts want it.
public func indexValue(_ t: ThreadState, _ key: Object) -> Int? {
  if key.isKind(.int) || key.isKind(.bool), let value = key.wordValue { return value }
  guard let number = index(t, key) else { return nil }
  defer { number.release() }
  if let value = number.wordValue { return value }
  t.raise(.IndexError, "cannot fit '\(key.typeName)' into an index-sized integer")
  return nil
}

/// `o[key] = value`.
public func setItem(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object) -> Bool {
  guard let slot = o.type.pointer.pointee.setItem else {
    return t.fail(.TypeError, "'\(o.typeName)' object does not support item assignment")
  }
  return slot.call(t, o, key, value)
}

/// `del o[key]`.
public func delItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Bool {
  guard let slot = o.type.pointer.pointee.setItem else {
    // The words of CPython's sequences and of all others.
    let slots = o.type.pointer
    let isSequence =
      o.type.flags.contains(.heapType) || slots.pointee.contains != nil || slots.pointee.concatenate != nil
      || slots.pointee.repeated != nil
    let isIndex = key.type.pointer.pointee.number.index != nil
    return t.fail(
      .TypeError, "'\(o.typeName)' object \(isSequence && isIndex ? "doesn't" : "does not") support item deletion")
  }
  return slot.call(t, o, key, nil)
}

/// `iter(o)`.
public func iterate(_ t: ThreadState, _ o: Object) -> Object? {
  let p = o.type.pointer
  if let slot = p.pointee.iter {
    guard let result = slot.call(t, o) else { return nil }
    if result.type.pointer.pointee.next != nil { return result }
    let name = result.typeName
    result.release()
    return t.raise(.TypeError, "iter() returned non-iterator of type '\(name)'")
  }
  if isSequence(t, o) { return makeIterator(core.pointee.types.sequenceIterator, o) }
  return t.raise(.TypeError, "'\(o.typeName)' object is not iterable")
}

/// Whether the old protocol, `__getitem__` from 0 on, serves.
public func isSequence(_ t: ThreadState, _ o: Object) -> Bool {
  let p = o.type.pointer
  if p.pointee.kind == .dict { return false }
  if p.pointee.item != nil { return true }
  return p.pointee.flags.contains(.heapType) && typeLookup(t, o.type, Special.getitem) != nil
}

/// The next item; nil at the end without an exception, or with one set.
@inline(__always) public func iterNext(_ t: ThreadState, _ iterator: Object) -> Object? {
  guard let slot = iterator.type.pointer.pointee.next else {
    return t.raise(.TypeError, "'\(iterator.typeName)' object is not an iterator")
  }
  // Iterators may stand one behind the other, or in a ring.
  guard enterNative(t, "") else { return nil }
  // Python code may drop an iterator that is being asked.
  t.pin(iterator)
  let result = slot.call(t, iterator)
  t.unpin()
  if result == nil && t.hasRaised && t.matches(.StopIteration) { t.clearRaised() }
  return result
}

/// `item in o`: 1, 0, or -1 with an exception set.
public func sequenceContains(_ t: ThreadState, _ o: Object, _ item: Object) -> Int {
  if let slot = o.type.pointer.pointee.contains { return slot.call(t, o, item) }
  guard o.type.pointer.pointee.iter != nil || isSequence(t, o) else {
    t.raise(.TypeError, "argument of type '\(o.typeName)' is not iterable")
    return -1
  }
  guard let iterator = iterate(t, o) else { return -1 }
  defer { iterator.release() }
  while let candidate = iterNext(t, iterator) {
    let order = compareBool(t, candidate, item, .equal)
    candidate.release()
    if order != 0 { return order }
  }
  return t.hasRaised ? -1 : 0
}

/// Calls `body` with each item, borrowed; stops when it returns false. False when it did, or with an exception set. With `asksLength` a length is asked
/// for first, as where CPython makes room: the program sees that.
public func forEach(_ t: ThreadState, _ iterable: Object, asksLength: Bool = false, _ body: (Object) -> Bool) -> Bool {
  if iterable.isExactly(.tuple) {
    for i in 0..<iterable.tupleCount where !body(iterable.tupleItems[i]) { return false }
    return true
  }
  if iterable.isExactly(.list) {
    var i = 0
    while i < iterable.listCount {
      let item = iterable.listItems[i].retained()
      defer { item.release() }
      if !body(item) { return false }
      i += 1
    }
    return true
  }
  guard let iterator = iterate(t, iterable) else { return false }
  defer { iterator.release() }
  if asksLength, lengthHint(t, iterable) < 0 { return false }
  while let item = iterNext(t, iterator) {
    defer { item.release() }
    if !body(item) { return false }
  }
  return !t.hasRaised
}

/// A new list of an iterable's items.
public func makeList(_ t: ThreadState, from iterable: Object) -> Object? {
  let list = makeList()
  if listExtend(t, list, iterable) { return list }
  list.release()
  return nil
}

/// Appends the items of an iterable.
public func listExtend(_ t: ThreadState, _ list: Object, _ iterable: Object) -> Bool {
  if iterable.isExactly(.list) || iterable.isExactly(.tuple) {
    let isList = iterable.isExactly(.list)
    let n = isList ? iterable.listCount : iterable.tupleCount
    if n == 0 { return true }
    let old = list.listCount
    if list.listLayout.pointee.items == nil {
      // A fresh list takes exactly the room it needs, as CPython's.
      let room = (n + 1) & ~1
      list.listLayout.pointee.items = ListObject.allocateItems(room)
      list.listLayout.pointee.capacity = room
      list.listLayout.pointee.count = n
      Probes.resized(list)
    } else {
      listResize(list, old + n)
    }
    let source = isList ? iterable.listItems : iterable.tupleItems
    let items = list.listItems
    for i in 0..<n {
      items[old + i] = source[i].retained()
      storedItem(list, old + i, nil, source[i])
    }
    return true
  }
  guard let iterator = iterate(t, iterable) else { return false }
  defer { iterator.release() }
  let hint = lengthHint(t, iterable)
  if hint < 0 { return false }
  let p = list.listLayout
  if p.pointee.items == nil && hint > 0 {
    guard hint < ListObject.maximumRoom else {
      t.raise(.MemoryError)
      return false
    }
    // Room for the guess at once.
    let room = (hint + 1) & ~1
    p.pointee.items = ListObject.allocateItems(room)
    p.pointee.capacity = room
    Probes.resized(list)
  } else if hint < Int.max - p.pointee.count && p.pointee.count + hint > p.pointee.capacity {
    guard hint < ListObject.maximumRoom else {
      t.raise(.MemoryError)
      return false
    }
    let old = p.pointee.count
    listResize(list, old + hint)
    p.pointee.count = old
  }
  while let item = iterNext(t, iterator) { listAppend(list, stealing: item) }
  if t.hasRaised { return false }
  if p.pointee.count < p.pointee.capacity { listResize(list, p.pointee.count) }
  return true
}

/// A tuple of an iterable's items; an exact tuple is returned itself.
public func makeTuple(_ t: ThreadState, from iterable: Object) -> Object? {
  if iterable.isExactly(.tuple) { return iterable.retained() }
  if iterable.isExactly(.list) { return listToTuple(iterable) }
  guard let iterator = iterate(t, iterable) else { return nil }
  defer { iterator.release() }
  // The guess makes no room here, but a program sees that it was asked for.
  guard lengthHint(t, iterable) >= 0 else { return nil }
  return withUnsafeTemporaryAllocation(of: Object.self, capacity: 16) { few -> Object? in
    guard var items = few.baseAddress else { return nil }
    var (room, count) = (few.count, 0)
    // Few items stay on the C stack.
    var isOutside = false
    defer { if isOutside { items.deallocate() } }
    while let item = iterNext(t, iterator) {
      if count == room {
        let more = UnsafeMutablePointer<Object>.allocate(capacity: room * 2)
        memcpy(more, items, count * 8)
        if isOutside { items.deallocate() }
        (items, room, isOutside) = (more, room * 2, true)
      }
      (items + count).initialize(to: item)
      count += 1
    }
    if t.hasRaised {
      for i in 0..<count { items[i].release() }
      return nil
    }
    return count == 0 ? core.pointee.emptyTuple : makeTuple(stealing: items, count: count)
  }
}

/// A list or tuple with an iterable's items, for fast reading (`PySequence_Fast`); the message is for what is not iterable.
public func fastSequence(_ t: ThreadState, _ o: Object, _ message: String) -> Object? {
  if o.isKind(.list) || o.isKind(.tuple) { return o.retained() }
  guard let iterator = iterate(t, o) else {
    if t.matches(.TypeError) {
      t.clearRaised()
      return t.raise(.TypeError, message)
    }
    return nil
  }
  defer { iterator.release() }
  return makeList(t, from: iterator)
}

extension Object {
  /// Count and items of a list or tuple.
  public var fastCount: Int { isKind(.list) ? listCount : tupleCount }
  public func fastItem(_ i: Int) -> Object { isKind(.list) ? listItems[i] : tupleItems[i] }
}
