// dict_keys, dict_values and dict_items: iteration, membership, set operations.
import PythonRuntime

enum DictViewMethods {
  private static func dict(_ o: Object) -> Object { o.layout(DictViewLayout.self).pointee.dict }

  static func configure() {
    let types = core.pointee.types
    for (type, iterator) in [
      (types.dictKeys, types.dictKeyIterator), (types.dictValues, types.dictValueIterator),
      (types.dictItems, types.dictItemIterator),
    ] {
      let p = slots(type)
      p.pointee.length = MeasureFunction { _, o in dict(o).dictCount }
      p.pointee.repr = UnaryFunction { t, o in
        guard ReprGuard.enter(t, o) else { return makeString("...") }
        defer { ReprGuard.leave(t, o) }
        guard let list = makeList(t, from: o) else { return nil }
        defer { list.release() }
        guard let text = reprString(t, list) else { return nil }
        return makeString("\(o.typeName)(\(text))")
      }
      _ = iterator
    }
    slots(types.dictKeys).pointee.iter = UnaryFunction { _, o in
      makeDictIterator(core.pointee.types.dictKeyIterator, dict(o))
    }
    slots(types.dictValues).pointee.iter = UnaryFunction { _, o in
      makeDictIterator(core.pointee.types.dictValueIterator, dict(o))
    }
    slots(types.dictItems).pointee.iter = UnaryFunction { _, o in
      // The pair that each step fills again is made at once, as CPython makes it.
      let pair = makeTuple(stealing: none, none)
      defer { pair.release() }
      return makeDictIterator(core.pointee.types.dictItemIterator, dict(o), second: pair)
    }
    slots(types.dictKeys).pointee.contains = ContainsFunction { t, o, key in dictContains(t, dict(o), key) }
    slots(types.dictItems).pointee.contains = ContainsFunction { t, o, pair in
      guard pair.isKind(.tuple), pair.tupleCount == 2 else { return 0 }
      guard let value = dictGet(t, dict(o), pair.tupleItems[0]) else { return t.hasRaised ? -1 : 0 }
      value.retain()
      defer { value.release() }
      return compareBool(t, value, pair.tupleItems[1], .equal)
    }
    for type in [types.dictKeys, types.dictItems] {
      let p = slots(type)
      p.pointee.compare = CompareFunction(compare)
      p.pointee.number.and = BinaryFunction(intersection)
      p.pointee.number.or = BinaryFunction { t, a, b in operation(t, a, b, SetOperations.unite) }
      p.pointee.number.subtract = BinaryFunction { t, a, b in operation(t, a, b, SetOperations.subtract) }
      p.pointee.number.xor = BinaryFunction { t, a, b in operation(t, a, b, SetOperations.symmetric) }
    }
  }

  /// The common items: what the smaller one gives is looked for in the other, as CPython does.
  private static func intersection(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    func isView(_ o: Object) -> Bool { o.type == core.pointee.types.dictKeys || o.type == core.pointee.types.dictItems }
    var (view, other) = isView(a) ? (a, b) : (b, a)
    if other.isExactly(.set), dict(view).dictCount <= other.setCount {
      return callMethod(t, other, "intersection", view)
    }
    if isView(other), dict(other).dictCount > dict(view).dictCount { swap(&view, &other) }
    let common = makeSet()
    let done = forEach(t, other) { item in
      let found = sequenceContains(t, view, item)
      return found == 0 || (found > 0 && setAdd(t, common, item))
    }
    if done { return common }
    common.release()
    return nil
  }

  /// A set of the left operand, changed in place by the right one.
  private static func operation(
    _ t: ThreadState, _ a: Object, _ b: Object, _ body: (ThreadState, Object, Object) -> Bool
  ) -> Object? {
    let set = makeSet()
    if SetOperations.unite(t, set, a), body(t, set, b) { return set }
    set.release()
    return nil
  }

  private static func isSetLike(_ o: Object) -> Bool {
    o.isKind(.set) || o.isKind(.frozenset) || isSubtype(o.type, core.pointee.types.dictKeys)
      || isSubtype(o.type, core.pointee.types.dictItems)
  }

  private static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard isSetLike(b) else { return notImplemented }
    let n = length(t, a)
    let m = length(t, b)
    if n < 0 || m < 0 { return nil }
    func all(_ x: Object, in y: Object) -> Int {
      var answer = 1
      let done = forEach(t, x) { item in
        let found = sequenceContains(t, y, item)
        if found <= 0 { answer = found }
        return found > 0
      }
      return done || !t.hasRaised ? answer : -1
    }
    let result: Int
    switch op {
    case .equal: result = n == m ? all(a, in: b) : 0
    case .notEqual:
      let same = n == m ? all(a, in: b) : 0
      result = same < 0 ? -1 : 1 - same
    case .less: result = n < m ? all(a, in: b) : 0
    case .lessEqual: result = n <= m ? all(a, in: b) : 0
    case .greater: result = n > m ? all(b, in: a) : 0
    case .greaterEqual: result = n >= m ? all(b, in: a) : 0
    }
    return result < 0 ? nil : makeBool(result > 0)
  }

  static func install(_ t: ThreadState) {
    let types = core.pointee.types
    for (type, reverse) in [
      (types.dictKeys, LazyIterators.dictReverseKeys), (types.dictValues, LazyIterators.dictReverseValues),
      (types.dictItems, LazyIterators.dictReverseItems),
    ] {
      _ = reverse
      addGetSet(
        t, type, "mapping", getter: UnaryFunction { _, o in makeDictView(core.pointee.types.mappingProxy, dict(o)) })
    }
    func reversed(_ type: TypeObject, _ f: @escaping NativeFunction.Function) {
      addMethods(t, type, [NativeMethod("__reversed__", .noArguments, NativeFunction(f))])
    }
    reversed(types.dictKeys) { _, o, _ in
      makeIterator(LazyIterators.dictReverseKeys, dict(o), index: dictEntryCount(dict(o)), extra: dict(o).dictCount)
    }
    reversed(types.dictValues) { _, o, _ in
      makeIterator(LazyIterators.dictReverseValues, dict(o), index: dictEntryCount(dict(o)), extra: dict(o).dictCount)
    }
    reversed(types.dictItems) { _, o, _ in
      makeIterator(LazyIterators.dictReverseItems, dict(o), index: dictEntryCount(dict(o)), extra: dict(o).dictCount)
    }
    for type in [types.dictKeys, types.dictItems] {
      addMethods(
        t, type,
        [
          NativeMethod("isdisjoint", .oneArgument) { t, o, a in
            var common = false
            let done = forEach(t, a[0]) { item in
              let found = sequenceContains(t, o, item)
              if found > 0 { common = true }
              return found == 0
            }
            return !done && t.hasRaised ? nil : makeBool(!common)
          }
        ])
    }
  }
}
