// `__reduce__` and `__setstate__` of the built-in iterators: each is pickled as `iter(what is left)`.
//
// `iter` is looked up first: a program may have replaced it by something that exhausts the iterator.
import PythonRuntime

public enum IteratorPickling {
  static func install(_ t: ThreadState) {
    let types = core.pointee.types
    for type in [
      types.listIterator, types.tupleIterator, types.strIterator, types.strASCIIIterator, types.sequenceIterator,
      types.bytesIterator, types.byteArrayIterator,
    ] {
      addMethods(
        t, type,
        [
          NativeMethod("__reduce__", .noArguments, NativeFunction(reduceIndexed)),
          NativeMethod("__setstate__", .oneArgument, NativeFunction(setIndex)),
        ])
    }
    addMethods(
      t, types.rangeIterator,
      [
        NativeMethod("__reduce__", .noArguments, NativeFunction(reduceRange)),
        NativeMethod("__setstate__", .oneArgument, NativeFunction(setRange)),
      ])
    addMethods(t, types.callIterator, [NativeMethod("__reduce__", .noArguments, NativeFunction(reduceCall))])
    for type in [types.dictKeyIterator, types.dictValueIterator, types.dictItemIterator, types.setIterator] {
      addMethods(t, type, [NativeMethod("__reduce__", .noArguments, NativeFunction(reduceRest))])
    }
  }

  public static func builtin(_ t: ThreadState, _ name: String) -> Object? {
    guard let builtins = importModule(t, "builtins") else { return nil }
    defer { builtins.release() }
    return getAttribute(t, builtins, name)
  }

  // MARK: Walks by index

  /// `(iter, (source,), index)`, or `(iter, (nothing,))` at the end.
  private static func reduceIndexed(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    guard let iter = builtin(t, "iter") else { return nil }
    if let source = o.iteratorLayout.pointee.source {
      return makeTuple([iter, makeTuple([source.retained()]), makeInt(o.iteratorLayout.pointee.index)])
    }
    let nothing =
      o.type == core.pointee.types.listIterator
      ? makeList() : isOfStr(o) ? core.pointee.emptyString : core.pointee.emptyTuple
    return makeTuple([iter, makeTuple([nothing])])
  }

  private static func isOfStr(_ o: Object) -> Bool {
    o.type == core.pointee.types.strIterator || o.type == core.pointee.types.strASCIIIterator
  }

  private static func setIndex(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let given = indexValue(t, a[0]) else { return nil }
    guard let source = o.iteratorLayout.pointee.source else { return none }
    let types = core.pointee.types
    // A list's iterator ends behind either end.
    if o.type == types.listIterator, given < 0 {
      storedField(o, source, nil)
      o.iteratorLayout.pointee.source = nil
      source.release()
      return none
    }
    let end =
      o.type == types.listIterator
      ? source.listCount
      : o.type == types.tupleIterator
        ? source.tupleCount : isOfStr(o) ? source.strLength : Int.max
    o.iteratorLayout.pointee.index = min(max(given, 0), end)
    return none
  }

  // MARK: Ranges

  private static func reduceRange(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    guard let iter = builtin(t, "iter") else { return nil }
    let p = o.layout(RangeIteratorLayout.self)
    let start = p.pointee.largeNext?.retained() ?? makeInt(p.pointee.next)
    let step = p.pointee.largeStep?.retained() ?? makeInt(p.pointee.step)
    let left = p.pointee.largeLeft?.retained() ?? makeInt(p.pointee.left)
    let span = IntArithmetic.product(step, left)
    let stop = IntArithmetic.sum(start, span)
    left.release()
    span.release()
    guard let range = call3(t, core.pointee.types.range.object, start, stop, step) else {
      for one in [iter, start, stop, step] { one.release() }
      return nil
    }
    for one in [start, stop, step] { one.release() }
    return makeTuple([iter, makeTuple([range]), none])
  }

  /// Goes on by so many items, not beyond the end.
  private static func setRange(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard a[0].isKind(.int) || a[0].isKind(.bool) else {
      return t.raise(.TypeError, "'\(a[0].typeName)' object cannot be interpreted as an integer")
    }
    let p = o.layout(RangeIteratorLayout.self)
    if let left = p.pointee.largeLeft, let next = p.pointee.largeNext, let step = p.pointee.largeStep {
      let zero = makeInt(0)
      let count = a[0].intSize < 0 ? zero : BigInt.compare(a[0], left) > 0 ? left : a[0]
      let span = IntArithmetic.product(step, count)
      p.pointee.largeNext = IntArithmetic.sum(next, span)
      p.pointee.largeLeft = IntArithmetic.difference(left, count)
      span.release()
      next.release()
      left.release()
      return none
    }
    let count = min(max(clampedIntValue(a[0]), 0), p.pointee.left)
    p.pointee.next &+= p.pointee.step &* count
    p.pointee.left -= count
    return none
  }

  // MARK: Others

  /// `(iter, (callable, sentinel))`, or `(iter, ((),))` at the end.
  private static func reduceCall(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    guard let iter = builtin(t, "iter") else { return nil }
    guard let callable = o.iteratorLayout.pointee.source, let sentinel = o.iteratorLayout.pointee.second else {
      return makeTuple([iter, makeTuple([core.pointee.emptyTuple])])
    }
    return makeTuple([iter, makeTuple([callable.retained(), sentinel.retained()])])
  }

  /// The rest of a dict's or set's walk as a list; the iterator itself does not move.
  private static func reduceRest(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    guard let iter = builtin(t, "iter") else { return nil }
    let p = o.iteratorLayout
    guard let source = p.pointee.source else { return makeTuple([iter, makeTuple([makeList()])]) }
    let twin = makeIterator(o.type, source, index: p.pointee.index, extra: p.pointee.extra)
    if o.type != core.pointee.types.setIterator {
      twin.layout(DictIteratorLayout.self).pointee.left = o.layout(DictIteratorLayout.self).pointee.left
    }
    defer { twin.release() }
    guard let list = makeList(t, from: twin) else {
      iter.release()
      return nil
    }
    return makeTuple([iter, makeTuple([list])])
  }
}
