// range: construction, subscripts, membership, comparison, iteration; bounds of any size.
import PythonRuntime

enum RangeMethods {
  private static func parts(_ o: Object) -> UnsafeMutablePointer<RangeLayout> { o.layout(RangeLayout.self) }

  /// Number of items, as an int object.
  private static func length(_ start: Object, _ stop: Object, _ step: Object) -> Object {
    let zero = makeInt(0)
    let one = makeInt(1)
    let ascending = step.intSize > 0
    let (low, high) = ascending ? (start, stop) : (stop, start)
    if BigInt.compare(low, high) >= 0 { return zero }
    let width = IntArithmetic.difference(high, low)
    let last = IntArithmetic.difference(width, one)
    let stride = ascending ? step.retained() : BigInt.negate(step)
    let whole = BigInt.floorDivide(last, stride)
    let result = IntArithmetic.sum(whole, one)
    for o in [width, last, stride, whole] { o.release() }
    return result
  }

  static func make(_ t: ThreadState, _ start: Object, _ stop: Object, _ step: Object) -> Object? {
    guard let a = index(t, start), let b = index(t, stop), let c = index(t, step) else { return nil }
    if c.intSize == 0 {
      for o in [a, b, c] { o.release() }
      return t.raise(.ValueError, "range() arg 3 must not be zero")
    }
    if a.isSmallInt, b.isSmallInt, c.isSmallInt, a.smallInt.magnitude < 1 << 62, b.smallInt.magnitude < 1 << 62 {
      let result = makeRange(a.smallInt, b.smallInt, c.smallInt)
      for o in [a, b, c] { o.release() }
      return result
    }
    return makeRange(stealing: a, b, c, length: length(a, b, c))
  }

  static func configure() {
    let p = slots(core.pointee.types.range)
    p.pointee.new = NativeFunction { t, _, a in
      guard refuseKeywords(t, a, "range") else { return nil }
      switch a.count {
      case 0: return t.raise(.TypeError, "range expected at least 1 argument, got 0")
      case 1: return make(t, makeInt(0), a[0], makeInt(1))
      case 2: return make(t, a[0], a[1], makeInt(1))
      case 3: return make(t, a[0], a[1], a[2])
      default: return t.raise(.TypeError, "range expected at most 3 arguments, got \(a.count)")
      }
    }
    p.pointee.repr = UnaryFunction { t, o in
      let r = parts(o)
      guard let a = reprString(t, r.pointee.start), let b = reprString(t, r.pointee.stop),
        let c = reprString(t, r.pointee.step)
      else { return nil }
      return makeString(c == "1" ? "range(\(a), \(b))" : "range(\(a), \(b), \(c))")
    }
    p.pointee.length = MeasureFunction { t, o in
      if let n = parts(o).pointee.length.wordValue { return n }
      t.raise(.OverflowError, "Python int too large to convert to C ssize_t")
      return -1
    }
    p.pointee.number.bool = MeasureFunction { _, o in parts(o).pointee.length.intSize != 0 ? 1 : 0 }
    p.pointee.item = IndexFunction { t, o, i in
      guard i >= 0, let n = parts(o).pointee.length.wordValue, i < n else {
        return t.raise(.IndexError, "range object index out of range")
      }
      let position = makeInt(i)
      defer { position.release() }
      return item(o, position)
    }
    p.pointee.getItem = BinaryFunction(getItem)
    p.pointee.iter = UnaryFunction { t, o in
      iterator(t, parts(o).pointee.start, parts(o).pointee.step, parts(o).pointee.length)
    }
    p.pointee.contains = ContainsFunction { t, o, item in
      if item.isExactly(.int) || item.isExactly(.bool) { return position(o, item) == nil ? 0 : 1 }
      var answer = 0
      guard let iterator = iterate(t, o) else { return -1 }
      defer { iterator.release() }
      while let candidate = iterNext(t, iterator) {
        answer = compareBool(t, candidate, item, .equal)
        candidate.release()
        if answer != 0 { return answer }
      }
      return t.hasRaised ? -1 : 0
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard b.isKind(.range), op == .equal || op == .notEqual else { return notImplemented }
      return makeBool(equal(parts(a), parts(b)) == (op == .equal))
    }
    p.pointee.hash = MeasureFunction { t, o in
      let r = parts(o)
      let count = r.pointee.length
      let isEmpty = count.intSize == 0
      let isOne = count.wordValue == 1
      let key = makeTuple([
        count.retained(), isEmpty ? none : r.pointee.start.retained(),
        isEmpty || isOne ? none : r.pointee.step.retained(),
      ])
      defer { key.release() }
      return hash(t, key)
    }
  }

  private static func equal(_ a: UnsafeMutablePointer<RangeLayout>, _ b: UnsafeMutablePointer<RangeLayout>) -> Bool {
    guard BigInt.compare(a.pointee.length, b.pointee.length) == 0 else { return false }
    if a.pointee.length.intSize == 0 { return true }
    guard BigInt.compare(a.pointee.start, b.pointee.start) == 0 else { return false }
    return a.pointee.length.wordValue == 1 || BigInt.compare(a.pointee.step, b.pointee.step) == 0
  }

  /// start + i * step.
  private static func item(_ o: Object, _ i: Object) -> Object {
    let offset = IntArithmetic.product(i, parts(o).pointee.step)
    defer { offset.release() }
    return IntArithmetic.sum(parts(o).pointee.start, offset)
  }

  /// The index of a value, or nil.
  private static func position(_ o: Object, _ value: Object) -> Object? {
    let r = parts(o)
    if r.pointee.length.intSize == 0 { return nil }
    let distance = IntArithmetic.difference(value, r.pointee.start)
    defer { distance.release() }
    let rest = BigInt.modulo(distance, r.pointee.step)
    defer { rest.release() }
    guard rest.intSize == 0 else { return nil }
    let i = BigInt.floorDivide(distance, r.pointee.step)
    if i.intSize >= 0 && BigInt.compare(i, r.pointee.length) < 0 { return i }
    i.release()
    return nil
  }

  private static func getItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    let r = parts(o)
    if isIndex(key) {
      guard let given = index(t, key) else { return nil }
      var i = given
      if i.intSize < 0 {
        i = IntArithmetic.sum(given, r.pointee.length)
        given.release()
      }
      defer { i.release() }
      guard i.intSize >= 0, BigInt.compare(i, r.pointee.length) < 0 else {
        return t.raise(.IndexError, "range object index out of range")
      }
      return item(o, i)
    }
    guard key.isKind(.slice) else {
      return t.raise(.TypeError, "range indices must be integers or slices, not \(key.typeName)")
    }
    guard let n = r.pointee.length.wordValue else {
      return t.raise(.OverflowError, "slices of ranges of more than a machine word of items are not supported")
    }
    guard let bounds = sliceBounds(t, key) else { return nil }
    let s = adjustSlice(n, bounds)
    let first = makeInt(s.start)
    let last = makeInt(s.stop)
    let stride = makeInt(s.step)
    let result = makeRange(
      stealing: item(o, first), item(o, last), IntArithmetic.product(r.pointee.step, stride), length: makeInt(s.count))
    for o in [first, last, stride] { o.release() }
    return result
  }

  static func iterator(_ t: ThreadState, _ start: Object, _ step: Object, _ count: Object) -> Object {
    let o = allocateZeroed(core.pointee.types.rangeIterator)
    let p = o.layout(RangeIteratorLayout.self)
    let last = IntArithmetic.product(step, count)
    let end = IntArithmetic.sum(start, last)
    if start.isSmallInt, step.isSmallInt, count.isSmallInt, end.isSmallInt {
      p.pointee.next = start.smallInt
      p.pointee.step = step.smallInt
      p.pointee.left = count.smallInt
    } else {
      p.pointee.largeNext = start.retained()
      p.pointee.largeStep = step.retained()
      p.pointee.largeLeft = count.retained()
    }
    last.release()
    end.release()
    return o
  }

  static func install(_ t: ThreadState) {
    let type = core.pointee.types.range
    addGetSet(t, type, "start", getter: UnaryFunction { _, o in parts(o).pointee.start.retained() })
    addGetSet(t, type, "stop", getter: UnaryFunction { _, o in parts(o).pointee.stop.retained() })
    addGetSet(t, type, "step", getter: UnaryFunction { _, o in parts(o).pointee.step.retained() })
    addMethods(
      t, type,
      [
        NativeMethod("index", .oneArgument) { t, o, a in
          if isInt(a[0]) {
            if let i = position(o, a[0]) { return i }
          } else {
            guard let iterator = iterate(t, o) else { return nil }
            defer { iterator.release() }
            var i = 0
            while let candidate = iterNext(t, iterator) {
              let order = compareBool(t, candidate, a[0], .equal)
              candidate.release()
              if order < 0 { return nil }
              if order > 0 { return makeInt(i) }
              i += 1
            }
            if t.hasRaised { return nil }
          }
          guard let shown = reprString(t, a[0]) else { return nil }
          return t.raise(.ValueError, "\(shown) is not in range")
        },
        NativeMethod("count", .oneArgument) { t, o, a in
          if isInt(a[0]) {
            guard let i = position(o, a[0]) else { return makeInt(0) }
            i.release()
            return makeInt(1)
          }
          guard let iterator = iterate(t, o) else { return nil }
          defer { iterator.release() }
          var n = 0
          while let candidate = iterNext(t, iterator) {
            let order = compareBool(t, candidate, a[0], .equal)
            candidate.release()
            if order < 0 { return nil }
            n += order
          }
          return t.hasRaised ? nil : makeInt(n)
        },
        NativeMethod("__reversed__", .noArguments) { t, o, _ in
          let r = parts(o)
          let one = makeInt(1)
          let lastIndex = IntArithmetic.difference(r.pointee.length, one)
          let last = item(o, lastIndex)
          let back = BigInt.negate(r.pointee.step)
          let result = iterator(t, last, back, r.pointee.length)
          for o in [lastIndex, last, back] { o.release() }
          return result
        },
        NativeMethod("__reduce__", .noArguments) { _, o, _ in
          let r = parts(o)
          return makeTuple(
            stealing: o.type.object.retained(),
            makeTuple([r.pointee.start.retained(), r.pointee.stop.retained(), r.pointee.step.retained()]))
        },
      ])
    addMethods(
      t, core.pointee.types.rangeIterator,
      [
        NativeMethod("__length_hint__", .noArguments) { _, o, _ in
          let p = o.layout(RangeIteratorLayout.self)
          return p.pointee.largeLeft?.retained() ?? makeInt(p.pointee.left)
        }
      ])
  }
}
