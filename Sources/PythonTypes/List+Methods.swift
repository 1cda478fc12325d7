// list's slots and methods.
import Glibc
import PythonRuntime

enum ListMethods {
  static func configure() {
    let p = slots(core.pointee.types.list)
    p.pointee.new = NativeFunction { _, type, _ in
      // As CPython's: fresh memory, though lists made otherwise come from the free list.
      let o = allocateZeroed(TypeObject(unchecked: type))
      trackFresh(o)
      return o
    }
    p.pointee.initialize = InitFunction { t, o, a in
      guard
        o.type != core.pointee.types.list && o.type.pointer.pointee.new != core.pointee.types.list.pointer.pointee.new
          || refuseKeywords(t, a, "list")
      else { return false }
      guard a.count <= 1 else { return t.fail(.TypeError, "list expected at most 1 argument, got \(a.count)") }
      listClear(o)
      return a.optional(0).map { listExtend(t, o, $0) } ?? true
    }
    p.pointee.repr = UnaryFunction { t, o in
      if o.listCount == 0 { return makeString("[]") }
      return ReprGuard.items(t, o, open: "[", close: "]", recursive: "[...]") { b in
        var i = 0
        while i < o.listCount {
          if i > 0 { b.append(", ") }
          guard ReprGuard.append(t, &b, o.listItems[i]) else { return false }
          i += 1
        }
        return true
      }
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard a.isKind(.list), b.isKind(.list) else { return notImplemented }
      return SequenceCompare.compare(t, a, b, op)
    }
    p.pointee.iter = UnaryFunction { _, o in makeIterator(core.pointee.types.listIterator, o) }
    p.pointee.length = MeasureFunction { _, o in o.listCount }
    p.pointee.contains = ContainsFunction { t, o, item in
      var i = 0
      while i < o.listCount {
        let candidate = o.listItems[i].retained()
        defer { candidate.release() }
        let order = compareBool(t, candidate, item, .equal)
        if order != 0 { return order }
        i += 1
      }
      return 0
    }
    p.pointee.concatenate = BinaryFunction { t, a, b in
      guard b.isKind(.list) else {
        return t.raise(.TypeError, "can only concatenate list (not \"\(b.typeName)\") to list")
      }
      let n = a.listCount
      let m = b.listCount
      let list = makeList(count: n + m)
      for i in 0..<(n + m) {
        let item = i < n ? a.listItems[i] : b.listItems[i - n]
        list.listItems[i] = item.retained()
        storedItem(list, i, nil, item)
      }
      return list
    }
    p.pointee.inPlaceConcatenate = BinaryFunction { t, a, b in extend(t, a, b) ? a.retained() : nil }
    p.pointee.repeated = IndexFunction { t, o, n in
      let count = o.listCount
      let (total, overflow) = count.multipliedReportingOverflow(by: max(n, 0))
      guard !overflow, total < 1 << 40 else { return t.raise(.MemoryError) }
      let list = makeList(count: total)
      for i in 0..<total {
        let item = o.listItems[i % count]
        list.listItems[i] = item.retained()
        storedItem(list, i, nil, item)
      }
      return list
    }
    p.pointee.inPlaceRepeated = IndexFunction { t, o, n in
      let count = o.listCount
      if n <= 0 {
        listClear(o)
        return o.retained()
      }
      let (total, overflow) = count.multipliedReportingOverflow(by: n)
      guard !overflow, total < 1 << 40 else { return t.raise(.MemoryError) }
      for _ in 1..<max(n, 1) {
        for i in 0..<count { listAppend(t, o, o.listItems[i]) }
      }
      return o.retained()
    }
    p.pointee.item = IndexFunction { t, o, i in
      guard i >= 0, i < o.listCount else { return t.raise(.IndexError, "list index out of range") }
      return o.listItems[i].retained()
    }
    p.pointee.getItem = BinaryFunction(getItem)
    p.pointee.setItem = StoreFunction(setItem)
  }

  static func getItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    if isIndex(key) {
      guard var i = indexValue(t, key) else { return nil }
      if i < 0 { i += o.listCount }
      guard i >= 0, i < o.listCount else { return t.raise(.IndexError, "list index out of range") }
      return o.listItems[i].retained()
    }
    guard key.isKind(.slice) else {
      return t.raise(.TypeError, "list indices must be integers or slices, not \(key.typeName)")
    }
    guard let bounds = sliceBounds(t, key) else { return nil }
    let s = adjustSlice(o.listCount, bounds)
    let list = makeList(count: s.count)
    guard s.count > 0 else { return list }
    let (from, to) = (o.listItems, list.listItems)
    var place = s.start
    for i in 0..<s.count {
      let item = from[place]
      to[i] = item.retained()
      storedItem(list, i, nil, item)
      place &+= s.step
    }
    return list
  }

  static func setItem(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object?) -> Bool {
    if isIndex(key) {
      guard var i = indexValue(t, key) else { return false }
      let n = o.listCount
      if i < 0 { i += n }
      guard i >= 0, i < n else { return t.fail(.IndexError, "list assignment index out of range") }
      guard let value else {
        listReplace(o, i, i + 1, nil, 0)
        return true
      }
      let old = o.listItems[i]
      o.listItems[i] = value.retained()
      storedItem(o, i, old, value)
      old.release()
      return true
    }
    guard key.isKind(.slice) else {
      return t.fail(.TypeError, "list indices must be integers or slices, not \(key.typeName)")
    }
    guard let bounds = sliceBounds(t, key) else { return false }
    return setSlice(t, o, bounds, value)
  }

  private static func setSlice(
    _ t: ThreadState, _ o: Object, _ bounds: (start: Int, stop: Int, step: Int), _ value: Object?
  ) -> Bool {
    if bounds.step == 1 {
      guard let value else {
        let s = adjustSlice(o.listCount, bounds)
        if s.count > 0 { listReplace(o, s.start, s.start + s.count, nil, 0) }
        return true
      }
      // A list assigned to its own slice is copied first.
      let source =
        value == o
        ? makeList(
          borrowing: o.listCount > 0 ? UnsafePointer(o.listItems) : UnsafePointer(bitPattern: 16).unsafelyUnwrapped,
          count: o.listCount)
        : fastSequence(t, value, "must assign iterable to extended slice")
      guard let source else { return false }
      defer { source.release() }
      let s = adjustSlice(o.listCount, bounds)
      let end = max(s.start, s.stop)
      let base: UnsafeMutablePointer<Object>? =
        source.isKind(.list) ? source.listLayout.pointee.items : source.tupleItems
      listReplace(o, s.start, end, base.map { UnsafePointer($0) }, source.fastCount)
      return true
    }
    guard let value else {
      deleteExtended(o, adjustSlice(o.listCount, bounds))
      return true
    }
    let source =
      value == o
      ? makeList(
        borrowing: o.listCount > 0 ? UnsafePointer(o.listItems) : UnsafePointer(bitPattern: 16).unsafelyUnwrapped,
        count: o.listCount)
      : fastSequence(t, value, "must assign iterable to extended slice")
    guard let source else { return false }
    defer { source.release() }
    let s = adjustSlice(o.listCount, bounds)
    guard source.fastCount == s.count else {
      return t.fail(
        .ValueError,
        "attempt to assign sequence of size \(source.fastCount) to extended slice of size \(s.count)")
    }
    var dropped: [Object] = []
    for i in 0..<s.count {
      let place = s.start + i * s.step
      let item = source.fastItem(i)
      dropped.append(o.listItems[place])
      o.listItems[place] = item.retained()
      storedItem(o, place, dropped[i], item)
    }
    for item in dropped { item.release() }
    return true
  }

  private static func deleteExtended(_ o: Object, _ s: (start: Int, stop: Int, step: Int, count: Int)) {
    if s.count == 0 { return }
    let step = s.step.magnitude
    let start = s.step < 0 ? s.start + (s.count - 1) * s.step : s.start
    var dropped: [Object] = []
    let n = o.listCount
    let items = o.listItems
    var to = start
    for from in start..<n {
      if UInt(from - start) % step == 0 && dropped.count < s.count {
        dropped.append(items[from])
        storedItem(o, from, items[from], nil)
      } else {
        items[to] = items[from]
        // N.B. not shifts: there would be one for each item deleted, and each is as much work for the reader as all of these.
        storedItem(o, from, items[to], nil)
        storedItem(o, to, nil, items[to])
        to += 1
      }
    }
    listResize(o, to)
    for item in dropped { item.release() }
  }

  static func extend(_ t: ThreadState, _ o: Object, _ iterable: Object) -> Bool {
    if iterable == o {
      let n = o.listCount
      for i in 0..<n { listAppend(t, o, o.listItems[i]) }
      return true
    }
    return listExtend(t, o, iterable)
  }

  private static func position(_ t: ThreadState, _ o: Object, _ item: Object, _ start: Int, _ stop: Int) -> Int? {
    var i = start
    while i < stop && i < o.listCount {
      let candidate = o.listItems[i].retained()
      defer { candidate.release() }
      let order = compareBool(t, candidate, item, .equal)
      if order < 0 { return nil }
      if order > 0 { return i }
      i += 1
    }
    return -1
  }

  static func install(_ t: ThreadState) {
    addMethods(
      t, core.pointee.types.list,
      [
        NativeMethod("append", .oneArgument) { t, o, a in
          listAppend(t, o, a[0])
          return none
        },
        NativeMethod("extend", .oneArgument) { t, o, a in extend(t, o, a[0]) ? none : nil },
        NativeMethod("insert", .positional(2, 2)) { t, o, a in
          guard let i = intValue(t, a[0]) else { return nil }
          listInsert(o, at: i, a[1])
          return none
        },
        NativeMethod("pop", .positional(0, 1)) { t, o, a in
          var i = -1
          if let given = a.optional(0) {
            guard let value = intValue(t, given) else { return nil }
            i = value
          }
          let n = o.listCount
          if n == 0 { return t.raise(.IndexError, "pop from empty list") }
          if i < 0 { i += n }
          guard i >= 0, i < n else { return t.raise(.IndexError, "pop index out of range") }
          let item = o.listItems[i]
          memmove(o.listItems + i, o.listItems + i + 1, (n - i - 1) * 8)
          listResize(o, n - 1)
          storedItem(o, i, item, nil)
          if i < n - 1 { shiftedItems(o, i + 1, -1) }
          return item
        },
        NativeMethod("remove", .oneArgument) { t, o, a in
          guard let i = position(t, o, a[0], 0, Int.max) else { return nil }
          if i < 0 { return t.raise(.ValueError, "list.remove(x): x not in list") }
          listReplace(o, i, i + 1, nil, 0)
          return none
        },
        NativeMethod("index", .positional(1, 3)) { t, o, a in
          guard let (low, high) = StrSearch.bounds(t, o.listCount, a.optional(1), a.optional(2)),
            let i = position(t, o, a[0], low, high)
          else { return nil }
          if i >= 0 { return makeInt(i) }
          guard let shown = reprString(t, a[0]) else { return nil }
          return t.raise(.ValueError, "\(shown) is not in list")
        },
        NativeMethod("count", .oneArgument) { t, o, a in
          var n = 0
          var i = 0
          while i < o.listCount {
            let candidate = o.listItems[i].retained()
            defer { candidate.release() }
            let order = compareBool(t, candidate, a[0], .equal)
            if order < 0 { return nil }
            n += order
            i += 1
          }
          return makeInt(n)
        },
        NativeMethod("reverse", .noArguments) { _, o, _ in
          let n = o.listCount
          for i in 0..<(n / 2) {
            swap(&o.listItems[i], &o.listItems[n - 1 - i])
            storedItem(o, i, o.listItems[n - 1 - i], o.listItems[i])
            storedItem(o, n - 1 - i, o.listItems[i], o.listItems[n - 1 - i])
          }
          return none
        },
        NativeMethod("copy", .noArguments) { _, o, _ in copy(o) },
        NativeMethod("clear", .noArguments) { _, o, _ in
          listClear(o)
          return none
        },
        NativeMethod("sort", .keywords, function: NativeFunction(sort)),
        NativeMethod("__reversed__", .noArguments) { _, o, _ in
          makeIterator(LazyIterators.listReverse, o, index: o.listCount - 1)
        },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in makeInt(40 + o.listLayout.pointee.capacity * 8) },
        GenericAlias.classGetItem,
      ])
  }

  static func copy(_ o: Object) -> Object {
    o.listCount == 0 ? makeList() : makeList(borrowing: o.listItems, count: o.listCount)
  }

  private static func sort(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    guard arguments.count == 0 else {
      return t.raise(.TypeError, "sort() takes no positional arguments")
    }
    guard let a = parseArguments(t, arguments, function: "sort", names: ["key", "reverse"], required: 0) else {
      return nil
    }
    let reverse = a[1].map { isTrue(t, $0) } ?? 0
    if reverse < 0 { return nil }
    return listSort(t, o, key: a[0] == none ? nil : a[0], reverse: reverse > 0) ? none : nil
  }
}

/// Comparison of lists and of tuples: the first pair that is not equal decides.
enum SequenceCompare {
  static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    if a.fastCount != b.fastCount && a.isKind(.list) {
      if op == .equal { return core.pointee.false }
      if op == .notEqual { return core.pointee.true }
    }
    var i = 0
    while i < a.fastCount && i < b.fastCount {
      let x = a.fastItem(i)
      let y = b.fastItem(i)
      if x != y {
        x.retain()
        y.retain()
        defer {
          x.release()
          y.release()
        }
        let order = compareBool(t, x, y, .equal)
        if order < 0 { return nil }
        if order == 0 {
          // The comparison may have shortened a list: then the lengths decide.
          guard i < a.fastCount, i < b.fastCount else { break }
          if op == .equal { return core.pointee.false }
          if op == .notEqual { return core.pointee.true }
          return richCompare(t, x, y, op)
        }
      }
      i += 1
    }
    return makeBool(compareWords(a.fastCount, b.fastCount, op))
  }
}
