// The built-in iterators and the dict views in memory. One layout serves all simple iterators: what they walk over and where they are.
import CRuntimeSupport

/// Iterators over list, tuple, str, set, dict, sequence, and `iter(callable, sentinel)`; `source` becomes nil at the end.
public struct IteratorLayout {
  public var header: ObjectHeader
  public var source: Object?
  public var index: Int
  /// Expected size (dict, set), step of a reversed walk, or items left.
  public var extra: Int
  /// Sentinel of a call iterator; the reused pair of a dict's item iterator.
  public var second: Object?
}

/// The iterators of a dict, its values and its items, forwards.
public struct DictIteratorLayout {
  public var iterator: IteratorLayout
  /// Entries not yet given: an entry found beyond them came while the walk was under way.
  public var left: Int
}

/// range iterator: a machine word walk, or int objects when a bound does not fit.
public struct RangeIteratorLayout {
  public var header: ObjectHeader
  public var next: Int
  public var step: Int
  public var left: Int
  /// The next value, the step and the number of items left when they are large.
  public var largeNext: Object?
  public var largeStep: Object?
  public var largeLeft: Object?
}

/// dict_keys, dict_values, dict_items.
public struct DictViewLayout {
  public var header: ObjectHeader
  public var dict: Object
}

extension Object {
  @inlinable @inline(__always) public var iteratorLayout: UnsafeMutablePointer<IteratorLayout> {
    layout(IteratorLayout.self)
  }
}

/// A tracked iterator of the type over a borrowed source.
public func makeIterator(_ type: TypeObject, _ source: Object, index: Int = 0, extra: Int = 0, second: Object? = nil)
  -> Object
{
  let size = type.instanceSize()
  let o = type.isContainer ? allocateContainer(type, size: size) : allocateObject(type, size: size)
  let p = o.iteratorLayout
  p.pointee.source = source.retained()
  p.pointee.index = index
  p.pointee.extra = extra
  p.pointee.second = second
  second.retain()
  if type.isContainer { track(o) }
  return o
}

/// An iterator over a borrowed dict from its first entry on; `type` is one of the three forward ones.
public func makeDictIterator(_ type: TypeObject, _ dict: Object, second: Object? = nil) -> Object {
  let o = makeIterator(type, dict, extra: dict.dictCount, second: second)
  o.layout(DictIteratorLayout.self).pointee.left = dict.dictCount
  return o
}

public func makeDictView(_ type: TypeObject, _ dict: Object) -> Object {
  let o = allocateContainer(type, size: MemoryLayout<DictViewLayout>.size)
  o.layout(DictViewLayout.self).pointee.dict = dict.retained()
  track(o)
  return o
}

enum IteratorObject {
  static func dealloc(_ o: Object) {
    if o.type.isContainer { untrack(o) }
    let p = o.iteratorLayout
    p.pointee.source.release()
    p.pointee.second.release()
    freeInstance(o)
  }
  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let p = o.iteratorLayout
    return visit(p.pointee.source) || visit(p.pointee.second)
  }
  static func deallocRange(_ o: Object) {
    let p = o.layout(RangeIteratorLayout.self)
    p.pointee.largeNext.release()
    p.pointee.largeStep.release()
    p.pointee.largeLeft.release()
    freeInstance(o)
  }
  static func deallocView(_ o: Object) {
    untrack(o)
    o.layout(DictViewLayout.self).pointee.dict.release()
    freeInstance(o)
  }
  static func traverseView(_ o: Object, _ visit: Visitor) -> Bool { visit(o.layout(DictViewLayout.self).pointee.dict) }

  static func listNext(_: ThreadState, _ o: Object) -> Object? {
    let p = o.iteratorLayout
    guard let source = p.pointee.source else { return nil }
    let i = p.pointee.index
    if i < source.listCount {
      p.pointee.index = i &+ 1
      return source.listItems[i].retained()
    }
    p.pointee.source = nil
    storedField(o, source, nil)
    source.release()
    return nil
  }
  static func tupleNext(_: ThreadState, _ o: Object) -> Object? {
    let p = o.iteratorLayout
    guard let source = p.pointee.source else { return nil }
    let i = p.pointee.index
    if i < source.tupleCount {
      p.pointee.index = i &+ 1
      return source.tupleItems[i].retained()
    }
    p.pointee.source = nil
    storedField(o, source, nil)
    source.release()
    return nil
  }
  static func strNext(_: ThreadState, _ o: Object) -> Object? {
    let p = o.iteratorLayout
    guard let source = p.pointee.source else { return nil }
    let i = p.pointee.index
    if i < source.strLength {
      p.pointee.index = i &+ 1
      return makeString(codePoint: source.codePoint(i))
    }
    p.pointee.source = nil
    storedField(o, source, nil)
    source.release()
    return nil
  }
  static func rangeNext(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.layout(RangeIteratorLayout.self)
    if p.pointee.left > 0 {
      let value = p.pointee.next
      p.pointee.next = value &+ p.pointee.step
      p.pointee.left &-= 1
      return makeInt(value)
    }
    guard let left = p.pointee.largeLeft, let next = p.pointee.largeNext, let step = p.pointee.largeStep,
      left.intSize > 0
    else { return nil }
    guard let after = binaryOperation(t, .add, next, step), let fewer = binaryOperation(t, .subtract, left, makeInt(1))
    else { return nil }
    p.pointee.largeNext = after
    p.pointee.largeLeft = fewer
    left.release()
    return next
  }

  /// Exhausts a set or dict iterator whose container changed its size.
  static func changed(_ t: ThreadState, _ o: Object, _ message: String) -> Object? {
    o.iteratorLayout.pointee.extra = -1
    return t.raise(.RuntimeError, message)
  }
  static func finish(_ o: Object) -> Object? {
    let source = o.iteratorLayout.pointee.source
    o.iteratorLayout.pointee.source = nil
    storedField(o, source, nil)
    source.release()
    return nil
  }
  /// The next entry of a dict iterator, borrowed.
  @inline(__always)
  static func dictStep(_ t: ThreadState, _ o: Object) -> (key: Object, value: Object, hash: Int)? {
    let p = o.iteratorLayout
    guard let dict = p.pointee.source else { return nil }
    if dict.dictCount != p.pointee.extra {
      _ = changed(t, o, "dictionary changed size during iteration")
      return nil
    }
    if let entry = dictNext(dict, &p.pointee.index) {
      let left = o.layout(DictIteratorLayout.self)
      if left.pointee.left > 0 {
        left.pointee.left &-= 1
        return entry
      }
      t.raise(.RuntimeError, "dictionary keys changed during iteration")
    }
    _ = finish(o)
    return nil
  }
  static func keyNext(_ t: ThreadState, _ o: Object) -> Object? { dictStep(t, o)?.key.retained() }
  static func valueNext(_ t: ThreadState, _ o: Object) -> Object? { dictStep(t, o)?.value.retained() }
  static func itemNext(_ t: ThreadState, _ o: Object) -> Object? {
    guard let entry = dictStep(t, o) else { return nil }
    // The pair of the step before is used again when nobody else holds it, as CPython does.
    if let pair = o.iteratorLayout.pointee.second, pair.refcount == 1 {
      let items = pair.tupleItems
      let old = (items[0], items[1])
      items[0] = entry.key.retained()
      items[1] = entry.value.retained()
      storedItem(pair, 0, old.0, items[0])
      storedItem(pair, 1, old.1, items[1])
      pair.retain()
      old.0.release()
      old.1.release()
      if !pair.isTracked { track(pair) }
      return pair
    }
    return makeTuple(stealing: entry.key.retained(), entry.value.retained())
  }
  static func setNext(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.iteratorLayout
    guard let set = p.pointee.source else { return nil }
    if set.setCount != p.pointee.extra { return changed(t, o, "Set changed size during iteration") }
    if let entry = PythonRuntime.setNext(set, &p.pointee.index) { return entry.key.retained() }
    return finish(o)
  }
  static func sequenceNext(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.iteratorLayout
    guard let source = p.pointee.source else { return nil }
    let i = p.pointee.index
    guard i < Int.max else { return t.raise(.OverflowError, "iter index too large") }
    let position = makeInt(i)
    source.retain()
    defer { source.release() }
    let item = source.type.pointer.pointee.item.map { $0.call(t, source, i) } ?? getItem(t, source, position)
    position.release()
    if let item {
      p.pointee.index &+= 1
      return item
    }
    if t.matches(.IndexError) || t.matches(.StopIteration) {
      t.clearRaised()
      return finish(o)
    }
    return nil
  }
  static func callNext(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.iteratorLayout
    guard let callable = p.pointee.source else { return nil }
    callable.retain()
    defer { callable.release() }
    if let value = call0(t, callable) {
      guard let sentinel = p.pointee.second, p.pointee.source != nil else {
        value.release()
        return nil
      }
      sentinel.retain()
      let order = compareBool(t, sentinel, value, .equal)
      sentinel.release()
      if order == 0 { return value }
      value.release()
      if order < 0 { return nil }
    } else if t.matches(.StopIteration) {
      t.clearRaised()
    } else {
      return nil
    }
    let second = p.pointee.second
    p.pointee.second = nil
    storedField(o, second, nil)
    second.release()
    return finish(o)
  }

  /// An iterator is its own iterator.
  static func itself(_: ThreadState, _ o: Object) -> Object? { o.retained() }
}
