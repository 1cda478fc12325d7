// tuple's slots and methods.
import PythonRuntime

enum TupleMethods {
  static func configure() {
    let p = slots(core.pointee.types.tuple)
    p.pointee.new = NativeFunction(new)
    p.pointee.repr = UnaryFunction { t, o in
      let n = o.tupleCount
      if n == 0 { return makeString("()") }
      return ReprGuard.items(t, o, open: "(", close: n == 1 ? ",)" : ")", recursive: "(...)") { b in
        for i in 0..<n {
          if i > 0 { b.append(", ") }
          guard ReprGuard.append(t, &b, o.tupleItems[i]) else { return false }
        }
        return true
      }
    }
    p.pointee.hash = MeasureFunction { t, o in tupleHash(t, o) }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard a.isKind(.tuple), b.isKind(.tuple) else { return notImplemented }
      return SequenceCompare.compare(t, a, b, op)
    }
    p.pointee.iter = UnaryFunction { _, o in makeIterator(core.pointee.types.tupleIterator, o) }
    p.pointee.length = MeasureFunction { _, o in o.tupleCount }
    p.pointee.contains = ContainsFunction { t, o, item in
      for i in 0..<o.tupleCount {
        let order = compareBool(t, o.tupleItems[i], item, .equal)
        if order != 0 { return order }
      }
      return 0
    }
    p.pointee.concatenate = BinaryFunction { t, a, b in
      guard b.isKind(.tuple) else {
        return t.raise(.TypeError, "can only concatenate tuple (not \"\(b.typeName)\") to tuple")
      }
      if a.tupleCount == 0 && b.isExactly(.tuple) { return b.retained() }
      if b.tupleCount == 0 && a.isExactly(.tuple) { return a.retained() }
      let n = a.tupleCount
      let m = b.tupleCount
      let o = makeTuple(count: n + m)
      for i in 0..<n { o.tupleItems[i] = a.tupleItems[i].retained() }
      for i in 0..<m { o.tupleItems[n + i] = b.tupleItems[i].retained() }
      filledTuple(o)
      return o
    }
    p.pointee.repeated = IndexFunction { t, o, n in
      let count = o.tupleCount
      if (count == 0 || n == 1) && o.isExactly(.tuple) { return o.retained() }
      let (total, overflow) = count.multipliedReportingOverflow(by: max(n, 0))
      guard !overflow, total < 1 << 40 else { return t.raise(.MemoryError) }
      let result = makeTuple(count: total)
      for i in 0..<total { result.tupleItems[i] = o.tupleItems[i % count].retained() }
      filledTuple(result)
      return result
    }
    p.pointee.item = IndexFunction { t, o, i in
      guard i >= 0, i < o.tupleCount else { return t.raise(.IndexError, "tuple index out of range") }
      return o.tupleItems[i].retained()
    }
    p.pointee.getItem = BinaryFunction { t, o, key in
      if isIndex(key) {
        guard var i = indexValue(t, key) else { return nil }
        if i < 0 { i += o.tupleCount }
        guard i >= 0, i < o.tupleCount else { return t.raise(.IndexError, "tuple index out of range") }
        return o.tupleItems[i].retained()
      }
      guard key.isKind(.slice) else {
        return t.raise(.TypeError, "tuple indices must be integers or slices, not \(key.typeName)")
      }
      guard let bounds = sliceBounds(t, key) else { return nil }
      let s = adjustSlice(o.tupleCount, bounds)
      if s.start == 0 && s.step == 1 && s.count == o.tupleCount && o.isExactly(.tuple) { return o.retained() }
      let result = makeTuple(count: s.count)
      for i in 0..<s.count { result.tupleItems[i] = o.tupleItems[s.start + i * s.step].retained() }
      filledTuple(result)
      return result
    }
  }

  private static func new(_ t: ThreadState, _ type: Object, _ a: Arguments) -> Object? {
    guard !keepsInitializer(type, core.pointee.types.tuple) || refuseKeywords(t, a, "tuple") else { return nil }
    guard a.count <= 1 else { return t.raise(.TypeError, "tuple expected at most 1 argument, got \(a.count)") }
    guard let items = a.optional(0).map({ makeTuple(t, from: $0) }) ?? core.pointee.emptyTuple else { return nil }
    if type == core.pointee.types.tuple.object { return items }
    defer { items.release() }
    let n = items.tupleCount
    let o = allocateZeroed(TypeObject(unchecked: type), items: n)
    for i in 0..<n { o.tupleItems[i] = items.tupleItems[i].retained() }
    o.layout(TupleLayout.self).pointee.count = n
    filledTuple(o)
    trackFresh(o)
    return o
  }

  static func install(_ t: ThreadState) {
    addMethods(
      t, core.pointee.types.tuple,
      [
        NativeMethod("count", .oneArgument) { t, o, a in
          var n = 0
          for i in 0..<o.tupleCount {
            let order = compareBool(t, o.tupleItems[i], a[0], .equal)
            if order < 0 { return nil }
            n += order
          }
          return makeInt(n)
        },
        NativeMethod("index", .positional(1, 3)) { t, o, a in
          guard let (low, high) = StrSearch.bounds(t, o.tupleCount, a.optional(1), a.optional(2)) else { return nil }
          for i in low..<max(low, high) {
            let order = compareBool(t, o.tupleItems[i], a[0], .equal)
            if order < 0 { return nil }
            if order > 0 { return makeInt(i) }
          }
          return t.raise(.ValueError, "tuple.index(x): x not in tuple")
        },
        NativeMethod("__getnewargs__", .noArguments) { _, o, _ in
          makeTuple([makeTuple(borrowing: o.tupleItems, count: o.tupleCount)])
        },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in makeInt(24 + 8 * o.tupleCount) },
        GenericAlias.classGetItem,
      ])
  }
}
