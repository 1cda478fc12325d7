// Length hints, `__reduce__` and `__setstate__` of enumerate, zip, map, filter and the reversed iterators.
import PythonRuntime

enum LazyPickling {
  static func install(_ t: ThreadState) {
    for type in [LazyIterators.listReverse, LazyIterators.reversed] {
      addMethods(
        t, type,
        [
          NativeMethod("__length_hint__", .noArguments, NativeFunction(hintReversed)),
          NativeMethod("__reduce__", .noArguments, NativeFunction(reduceReversed)),
          NativeMethod("__setstate__", .oneArgument, NativeFunction(setReversed)),
        ])
    }
    for type in [LazyIterators.dictReverseKeys, LazyIterators.dictReverseValues, LazyIterators.dictReverseItems] {
      addMethods(
        t, type,
        [
          NativeMethod("__reduce__", .noArguments, NativeFunction(reduceDictReversed)),
          NativeMethod("__length_hint__", .noArguments, NativeFunction(hintDictReversed)),
        ])
    }
    addMethods(t, LazyIterators.enumerate, [NativeMethod("__reduce__", .noArguments, NativeFunction(reduceEnumerate))])
    addMethods(t, LazyIterators.filter, [NativeMethod("__reduce__", .noArguments, NativeFunction(reduceFilter))])
    addMethods(t, LazyIterators.map, [NativeMethod("__reduce__", .noArguments, NativeFunction(reduceMap))])
    addMethods(
      t, LazyIterators.zip,
      [
        NativeMethod("__reduce__", .noArguments, NativeFunction(reduceZip)),
        NativeMethod("__setstate__", .oneArgument) { t, o, a in
          let strict = isTrue(t, a[0])
          if strict < 0 { return nil }
          LazyIterators.layout(o).pointee.isStrict = strict > 0
          return none
        },
      ])
  }

  // MARK: Reversed walks by index

  /// What is left, unless the sequence has become shorter than that.
  private static func hintReversed(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    guard let source = o.iteratorLayout.pointee.source else { return makeInt(0) }
    let count = length(t, source)
    if count < 0 { return nil }
    let left = o.iteratorLayout.pointee.index + 1
    return makeInt(count < left ? 0 : left)
  }

  private static func reduceReversed(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    let isList = o.type == LazyIterators.listReverse
    // Looked up first: that may run code which exhausts the iterator.
    guard let maker = isList ? IteratorPickling.builtin(t, "reversed") : o.type.object.retained() else { return nil }
    if let source = o.iteratorLayout.pointee.source {
      return makeTuple([maker, makeTuple([source.retained()]), makeInt(o.iteratorLayout.pointee.index)])
    }
    return makeTuple([maker, makeTuple([isList ? makeList() : core.pointee.emptyTuple])])
  }

  private static func setReversed(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let given = indexValue(t, a[0]) else { return nil }
    guard let source = o.iteratorLayout.pointee.source else { return none }
    let count = length(t, source)
    if count < 0 { return nil }
    o.iteratorLayout.pointee.index = min(max(given, -1), count - 1)
    return none
  }

  // MARK: Reversed dicts

  private static func rest(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.iteratorLayout
    guard let source = p.pointee.source else { return makeList() }
    let twin = makeIterator(o.type, source, index: p.pointee.index, extra: p.pointee.extra)
    defer { twin.release() }
    return makeList(t, from: twin)
  }

  private static func reduceDictReversed(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    guard let iter = IteratorPickling.builtin(t, "iter") else { return nil }
    guard let list = rest(t, o) else {
      iter.release()
      return nil
    }
    return makeTuple([iter, makeTuple([list])])
  }

  private static func hintDictReversed(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    let p = o.iteratorLayout
    guard let dict = p.pointee.source, dict.dictCount == p.pointee.extra else { return makeInt(0) }
    var count = 0
    var index = p.pointee.index
    while dictPrevious(dict, &index) != nil { count += 1 }
    return makeInt(count)
  }

  // MARK: Iterators over iterators

  private static func reduceEnumerate(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    let p = LazyIterators.layout(o)
    return makeTuple([
      o.type.object.retained(),
      makeTuple([(p.pointee.source ?? none).retained(), (p.pointee.function ?? none).retained()]),
    ])
  }

  private static func reduceFilter(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    let p = LazyIterators.layout(o)
    return makeTuple([
      o.type.object.retained(),
      makeTuple([(p.pointee.function ?? none).retained(), (p.pointee.source ?? none).retained()]),
    ])
  }

  private static func reduceMap(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    let p = LazyIterators.layout(o)
    let sources = p.pointee.source.map { s in (0..<s.tupleCount).map { s.tupleItems[$0].retained() } } ?? []
    return makeTuple([o.type.object.retained(), makeTuple([(p.pointee.function ?? none).retained()] + sources)])
  }

  private static func reduceZip(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    let p = LazyIterators.layout(o)
    let sources = (p.pointee.source ?? core.pointee.emptyTuple).retained()
    if p.pointee.isStrict { return makeTuple([o.type.object.retained(), sources, makeBool(true)]) }
    return makeTuple([o.type.object.retained(), sources])
  }
}
