// `itertools`: islice, takewhile, dropwhile, filterfalse, accumulate, zip_longest, groupby, tee.
import PythonRuntime

enum SelectingTools {
  /// a: iterator, b: step as int object is not needed; x: next wanted index, y: position; c: stop (int or None), d: step (int).
  static let islice = Tool.makeType(
    "islice",
    next: { t, o in
      guard let stopObject = o.tool.pointee.c, let stepObject = o.tool.pointee.d,
        let iterator = o.tool.pointee.a?.retained()
      else { return nil }
      defer { iterator.release() }
      let stop = stopObject == core.pointee.none ? Int.max : clampedIntValue(stopObject)
      while o.tool.pointee.y < o.tool.pointee.x, o.tool.pointee.y < stop {
        guard let skipped = iterNext(t, iterator) else {
          if !t.hasRaised { Tool.set(o, .a, nil) }
          return nil
        }
        skipped.release()
        o.tool.pointee.y += 1
      }
      guard o.tool.pointee.y < stop else {
        Tool.set(o, .a, nil)
        return nil
      }
      guard let item = iterNext(t, iterator) else {
        if !t.hasRaised { Tool.set(o, .a, nil) }
        return nil
      }
      o.tool.pointee.y += 1
      let (sum, overflow) = o.tool.pointee.x.addingReportingOverflow(clampedIntValue(stepObject))
      // The skip after the last item stops at the end of the slice.
      o.tool.pointee.x = overflow ? Int.max : min(sum, stop)
      return item
    },
    new: NativeFunction { t, cls, a in
      guard let iterator = Tool.iterator(t, a, 0, "islice", count: 2...4) else { return nil }
      func fail(_ text: String) -> Object? {
        iterator.release()
        t.clearRaised()
        return t.raise(.ValueError, text)
      }
      let none = core.pointee.none
      func bound(_ o: Object) -> Int? {
        guard isIndex(o), let n = indexValue(t, o), n >= 0 else { return nil }
        return n
      }
      let stop = a.count == 2 ? a[1] : a[2]
      if stop != none, bound(stop) == nil {
        return fail(
          a.count == 2
            ? "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."
            : "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
      }
      var start = 0
      if a.count > 2, a[1] != none {
        guard let n = bound(a[1]) else {
          return fail("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
        }
        start = n
      }
      var step = 1
      if a.count == 4, a[3] != none {
        guard let n = bound(a[3]), n >= 1 else { return fail("Step for islice() must be a positive integer or None.") }
        step = n
      }
      return Tool.make(cls, a: iterator, c: stop.retained(), d: makeInt(step), x: start)
    })

  /// a: predicate, b: iterator, x: 1 once over.
  static let takewhile = Tool.makeType(
    "takewhile",
    next: { t, o in
      guard o.tool.pointee.x == 0, let predicate = o.tool.pointee.a, let iterator = o.tool.pointee.b,
        let item = iterNext(t, iterator)
      else { return nil }
      let truth = test(t, predicate, item)
      if truth == 1 { return item }
      item.release()
      if truth == 0 { o.tool.pointee.x = 1 }
      return nil
    }, new: NativeFunction { t, cls, a in makePredicated(t, cls, a, "takewhile") })

  /// a: predicate, b: iterator, x: 1 once dropping is over.
  static let dropwhile = Tool.makeType(
    "dropwhile",
    next: { t, o in
      guard let predicate = o.tool.pointee.a, let iterator = o.tool.pointee.b else { return nil }
      while let item = iterNext(t, iterator) {
        if o.tool.pointee.x == 1 { return item }
        let truth = test(t, predicate, item)
        if truth == 0 {
          o.tool.pointee.x = 1
          return item
        }
        item.release()
        if truth < 0 { return nil }
      }
      return nil
    }, new: NativeFunction { t, cls, a in makePredicated(t, cls, a, "dropwhile") })

  /// a: predicate (None: truth), b: iterator.
  static let filterfalse = Tool.makeType(
    "filterfalse",
    next: { t, o in
      guard let predicate = o.tool.pointee.a, let iterator = o.tool.pointee.b else { return nil }
      while let item = iterNext(t, iterator) {
        let truth = predicate == core.pointee.none ? isTrue(t, item) : test(t, predicate, item)
        if truth == 0 { return item }
        item.release()
        if truth < 0 { return nil }
      }
      return nil
    }, new: NativeFunction { t, cls, a in makePredicated(t, cls, a, "filterfalse") })

  private static func test(_ t: ThreadState, _ predicate: Object, _ item: Object) -> Int {
    guard let answer = call1(t, predicate, item) else { return -1 }
    defer { answer.release() }
    return isTrue(t, answer)
  }

  private static func makePredicated(_ t: ThreadState, _ cls: Object, _ a: Arguments, _ name: String) -> Object? {
    guard let iterator = Tool.iterator(t, a, min(1, max(0, a.count - 1)), name, count: 2...2) else { return nil }
    return Tool.make(cls, a: a[0].retained(), b: iterator)
  }

  /// a: iterator, b: function or nil, c: total so far, d: initial value not yet given.
  static let accumulate: TypeObject = Tool.makeType(
    "accumulate",
    next: { t, o in
      if let initial = Tool.exchange(o, .d, nil) {
        Tool.set(o, .c, initial.retained())
        return initial
      }
      guard let iterator = o.tool.pointee.a, let item = iterNext(t, iterator) else { return nil }
      guard let total = o.tool.pointee.c?.retained() else {
        Tool.set(o, .c, item.retained())
        return item
      }
      defer { total.release() }
      let sum = o.tool.pointee.b.map { call2(t, $0, total, item) } ?? binaryOperation(t, .add, total, item)
      item.release()
      guard let sum else { return nil }
      Tool.set(o, .c, sum.retained())
      return sum
    },
    new: NativeFunction { t, cls, a in
      guard
        let values = parseArguments(
          t, a, function: "accumulate", names: ["iterable", "func", "initial"], required: 1, positionalOnly: 0),
        let iterable = values[0], let iterator = iterate(t, iterable)
      else { return nil }
      let none = core.pointee.none
      return Tool.make(
        cls, a: iterator, b: values[1] == none ? nil : values[1]?.retained(),
        d: values[2] == none ? nil : values[2]?.retained())
    })

  /// a: tuple of iterators and Nones, b: fill value, x: how many are alive.
  static let zipLongest = Tool.makeType(
    "zip_longest",
    next: { t, o in
      guard let iterators = o.tool.pointee.a, let fill = o.tool.pointee.b, o.tool.pointee.x > 0 else { return nil }
      var items: [Object] = []
      for i in 0..<iterators.tupleCount {
        let iterator = iterators.tupleItems[i].retained()
        defer { iterator.release() }
        if iterator == core.pointee.none {
          items.append(fill.retained())
          continue
        }
        if let item = iterNext(t, iterator) {
          items.append(item)
          continue
        }
        o.tool.pointee.x -= 1
        if t.hasRaised || o.tool.pointee.x == 0 {
          o.tool.pointee.x = 0
          for one in items { one.release() }
          return nil
        }
        if iterators.tupleItems[i] == iterator {
          iterators.tupleItems[i] = core.pointee.none
          iterator.release()
        }
        items.append(fill.retained())
      }
      return makeTuple(items)
    },
    new: NativeFunction { t, cls, a in
      var fill = core.pointee.none
      if let names = a.keywordNames {
        for i in 0..<names.tupleCount {
          guard stringValue(names.tupleItems[i]) == "fillvalue" else {
            return t.raise(.TypeError, "zip_longest() got an unexpected keyword argument")
          }
          fill = a.base[a.count + i]
        }
      }
      var iterators: [Object] = []
      for i in 0..<a.count {
        guard let iterator = iterate(t, a[i]) else {
          for one in iterators { one.release() }
          return nil
        }
        iterators.append(iterator)
      }
      return Tool.make(cls, a: makeTuple(iterators), b: fill.retained(), x: a.count)
    })

  /// a: iterator, b: key function or nil; c, d: key and value at hand, not yet given out; e: key of the group given out last, whose number is x.
  static let groupby: TypeObject = Tool.makeType(
    "groupby",
    next: { t, o in
      // The group before ends here, whoever still has it.
      o.tool.pointee.x += 1
      while true {
        if let current = o.tool.pointee.c {
          guard let last = o.tool.pointee.e else { break }
          let same = isSame(t, last, current)
          if same < 0 { return nil }
          if same == 0 { break }
        }
        guard step(t, o) else { return nil }
      }
      guard let key = o.tool.pointee.c else { return nil }
      Tool.set(o, .e, key.retained())
      let group = Tool.make(grouper.object, a: o.retained(), b: key.retained(), x: o.tool.pointee.x)
      return makeTuple(stealing: key.retained(), group)
    },
    new: NativeFunction { t, cls, a in
      guard
        let values = parseArguments(
          t, a, function: "groupby", names: ["iterable", "key"], required: 1, positionalOnly: 0),
        let iterable = values[0], let iterator = iterate(t, iterable)
      else { return nil }
      return Tool.make(cls, a: iterator, b: values[1] == core.pointee.none ? nil : values[1]?.retained())
    })

  /// Fetches the next value and its key. False: the end, or an exception is set.
  private static func step(_ t: ThreadState, _ o: Object) -> Bool {
    guard let iterator = o.tool.pointee.a, let value = iterNext(t, iterator) else { return false }
    guard let key = o.tool.pointee.b.map({ call1(t, $0, value) }) ?? value.retained() else {
      value.release()
      return false
    }
    Tool.set(o, .c, key)
    Tool.set(o, .d, value)
    return true
  }

  /// Whether two keys are equal, which are kept alive over the comparison; -1: an exception is set.
  private static func isSame(_ t: ThreadState, _ first: Object, _ second: Object) -> Int {
    first.retain()
    second.retain()
    defer {
      first.release()
      second.release()
    }
    return compareBool(t, first, second, .equal)
  }

  /// A group: a: the groupby, b: its key, x: its number.
  static let grouper: TypeObject = Tool.makeType(
    "_grouper",
    next: { t, o in
      guard let parent = o.tool.pointee.a, let key = o.tool.pointee.b, parent.tool.pointee.x == o.tool.pointee.x else {
        return nil
      }
      if parent.tool.pointee.d == nil {
        guard step(t, parent) else { return nil }
      }
      guard let current = parent.tool.pointee.c, isSame(t, key, current) == 1 else { return nil }
      let value = Tool.exchange(parent, .d, nil)
      Tool.set(parent, .c, nil)
      return value
    },
    new: NativeFunction { t, cls, a in
      guard
        let v = parseArguments(
          t, a, function: "_grouper", names: ["parent", "tgtkey"], required: 2, positionalOnly: 2), let parent = v[0],
        let key = v[1]
      else { return nil }
      guard parent.type == groupby else {
        return t.raise(.TypeError, "_grouper() argument 1 must be itertools.groupby, not \(argumentTypeName(parent))")
      }
      parent.tool.pointee.x += 1
      return Tool.make(cls, a: parent.retained(), b: key.retained(), x: parent.tool.pointee.x)
    })

  /// Items that one link of a tee's chain holds, as CPython's.
  static let linkSize = 57

  /// One of the iterators of `tee`: b: the link that it stands in, x: its place there.
  static let tee: TypeObject = Tool.makeType(
    "_tee",
    next: { t, o in
      guard var link = o.tool.pointee.b?.retained() else { return nil }
      defer { link.release() }
      if o.tool.pointee.x == linkSize {
        if link.tool.pointee.b == nil, let source = link.tool.pointee.c {
          Tool.set(link, .b, Tool.make(teeLink.object, a: makeList(), c: source.retained()))
        }
        guard let next = link.tool.pointee.b?.retained() else { return nil }
        Tool.set(o, .b, next.retained())
        o.tool.pointee.x = 0
        link.release()
        link = next
      }
      guard let items = link.tool.pointee.a else { return nil }
      if o.tool.pointee.x == items.listCount {
        guard link.tool.pointee.y == 0 else { return t.raise(.RuntimeError, "cannot re-enter the tee iterator") }
        guard let source = link.tool.pointee.c?.retained() else { return nil }
        link.tool.pointee.y = 1
        let fetched = iterNext(t, source)
        link.tool.pointee.y = 0
        source.release()
        guard let value = fetched else { return nil }
        listAppend(items, stealing: value)
      }
      let item = items.listItems[o.tool.pointee.x].retained()
      o.tool.pointee.x += 1
      return item
    },
    new: NativeFunction { t, cls, a in
      guard let iterator = Tool.iterator(t, a, 0, "_tee", count: 1...1) else { return nil }
      if iterator.type == tee, let link = iterator.tool.pointee.b {
        defer { iterator.release() }
        return Tool.make(cls, b: link.retained(), x: iterator.tool.pointee.x)
      }
      return Tool.make(cls, b: Tool.make(teeLink.object, a: makeList(), c: iterator))
    })

  /// A link: a: list of items, b: the next link, c: the source; y: 1 while an item is being fetched.
  static let teeLink: TypeObject = {
    let type = Tool.makeType(
      "_tee_dataobject", next: { _, _ in nil },
      new: NativeFunction { t, cls, a in
        guard
          let v = parseArguments(
            t, a, function: "teedataobject", names: ["iterable", "values", "next"], required: 3, positionalOnly: 3),
          let source = v[0], let values = v[1], let following = v[2]
        else { return nil }
        guard values.isKind(.list) else {
          return t.raise(.TypeError, "teedataobject() argument 2 must be list, not \(argumentTypeName(values))")
        }
        guard values.listCount <= linkSize else { return t.raise(.ValueError, "Invalid arguments") }
        guard following == core.pointee.none || (values.listCount == linkSize && following.type == teeLink) else {
          return t.raise(.ValueError, "Invalid arguments")
        }
        guard let copy = makeList(t, from: values) else { return nil }
        return Tool.make(
          cls, a: copy, b: following == core.pointee.none ? nil : following.retained(), c: source.retained())
      })
    // A long chain dies link by link, not one inside the other.
    type.pointer.pointee.dealloc = ObjectAction { o in
      untrack(o)
      var next = Tool.exchange(o, .b, nil)
      Tool.clear(o)
      freeInstance(o)
      while let link = next, link.refcount == 1 {
        next = Tool.exchange(link, .b, nil)
        link.release()
      }
      next.release()
    }
    return type
  }()

  static func makeTees(_ t: ThreadState, _ a: Arguments) -> Object? {
    var n = 2
    if a.count == 2 {
      guard let given = indexValue(t, a[1]) else { return nil }
      guard given >= 0 else { return t.raise(.ValueError, "n must be >= 0") }
      n = given
    }
    guard let iterator = iterate(t, a[0]) else { return nil }
    let link: Object
    var place = 0
    if iterator.type == tee, let current = iterator.tool.pointee.b {
      link = current.retained()
      place = iterator.tool.pointee.x
      iterator.release()
    } else {
      link = Tool.make(teeLink.object, a: makeList(), c: iterator)
    }
    defer { link.release() }
    return makeTuple((0..<n).map { _ in Tool.make(tee.object, b: link.retained(), x: place) })
  }
}
