// `itertools`: count, cycle, repeat, chain, starmap, compress, pairwise, batched.
import PythonRuntime

enum SimpleTools {
  /// a: next value, b: step.
  static let count = Tool.makeType(
    "count",
    next: { t, o in
      guard let value = o.tool.pointee.a, let step = o.tool.pointee.b else { return nil }
      guard let after = binaryOperation(t, .add, value, step) else { return nil }
      // N.B. the addition may have asked this very counter: what stands there now is given.
      return Tool.exchange(o, .a, after)
    },
    new: NativeFunction { t, cls, a in
      guard
        let values = parseArguments(t, a, function: "count", names: ["start", "step"], required: 0, positionalOnly: 0)
      else { return nil }
      for value in values {
        if let value, value.type.pointer.pointee.number.add == nil {
          return t.raise(.TypeError, "a number is required")
        }
      }
      return Tool.make(cls, a: values[0]?.retained() ?? makeInt(0), b: values[1]?.retained() ?? makeInt(1))
    })

  /// a: iterator, b: list of what was seen, x: position once the iterator is done, y: 1 when the list is complete already.
  static let cycle = Tool.makeType(
    "cycle",
    next: { t, o in
      if let iterator = o.tool.pointee.a?.retained() {
        defer { iterator.release() }
        if let item = iterNext(t, iterator) {
          if o.tool.pointee.y == 0, let saved = o.tool.pointee.b { listAppend(t, saved, item) }
          return item
        }
        if t.hasRaised { return nil }
        Tool.set(o, .a, nil)
      }
      guard let saved = o.tool.pointee.b, saved.listCount > o.tool.pointee.x else { return nil }
      let item = saved.listItems[o.tool.pointee.x].retained()
      o.tool.pointee.x = (o.tool.pointee.x + 1) % saved.listCount
      return item
    },
    new: NativeFunction { t, cls, a in
      guard let iterator = Tool.iterator(t, a, 0, "cycle", count: 1...1) else { return nil }
      return Tool.make(cls, a: iterator, b: makeList())
    })

  /// a: the object, x: how often still; -1: for ever.
  static let `repeat` = Tool.makeType(
    "repeat",
    next: { _, o in
      guard o.tool.pointee.x != 0 else { return nil }
      if o.tool.pointee.x > 0 { o.tool.pointee.x -= 1 }
      return o.tool.pointee.a?.retained()
    },
    new: NativeFunction { t, cls, a in
      guard
        let values = parseArguments(
          t, a, function: "repeat", names: ["object", "times"], required: 1, positionalOnly: 0)
      else { return nil }
      var times = -1
      if let given = values[1] {
        guard let n = indexValue(t, given) else { return nil }
        times = max(0, n)
      }
      return Tool.make(cls, a: values[0]?.retained(), x: times)
    })

  /// a: iterator of iterables, b: the current iterator.
  static let chain = Tool.makeType(
    "chain",
    next: { t, o in
      while let outer = o.tool.pointee.a?.retained() {
        defer { outer.release() }
        if o.tool.pointee.b == nil {
          guard let iterable = iterNext(t, outer) else {
            if !t.hasRaised { Tool.set(o, .a, nil) }
            return nil
          }
          let iterator = iterate(t, iterable)
          iterable.release()
          guard let iterator else {
            Tool.set(o, .a, nil)
            return nil
          }
          Tool.set(o, .b, iterator)
        }
        guard let inner = o.tool.pointee.b?.retained() else { return nil }
        defer { inner.release() }
        if let item = iterNext(t, inner) { return item }
        if t.hasRaised { return nil }
        Tool.set(o, .b, nil)
      }
      return nil
    },
    new: NativeFunction { t, cls, a in
      guard (a.keywordNames?.tupleCount ?? 0) == 0 else {
        return t.raise(.TypeError, "chain() takes no keyword arguments")
      }
      // The iterator of the call's own tuple.
      let tuple = makeTuple((0..<a.count).map { a[$0].retained() })
      defer { tuple.release() }
      guard let iterator = iterate(t, tuple) else { return nil }
      return Tool.make(cls, a: iterator)
    }, flags: .vectorcall)

  /// a: function, b: iterator of argument tuples.
  static let starmap = Tool.makeType(
    "starmap",
    next: { t, o in
      guard let function = o.tool.pointee.a, let iterator = o.tool.pointee.b, let item = iterNext(t, iterator) else {
        return nil
      }
      defer { item.release() }
      guard let tuple = makeTuple(t, from: item) else { return nil }
      defer { tuple.release() }
      return callWithTuple(t, function, tuple)
    },
    new: NativeFunction { t, cls, a in
      guard let iterator = Tool.iterator(t, a, min(1, max(0, a.count - 1)), "starmap", count: 2...2) else { return nil }
      return Tool.make(cls, a: a[0].retained(), b: iterator)
    })

  /// a: data, b: selectors.
  static let compress = Tool.makeType(
    "compress",
    next: { t, o in
      guard let data = o.tool.pointee.a, let selectors = o.tool.pointee.b else { return nil }
      while let item = iterNext(t, data) {
        guard let selector = iterNext(t, selectors) else {
          item.release()
          return nil
        }
        let truth = isTrue(t, selector)
        selector.release()
        if truth == 1 { return item }
        item.release()
        if truth < 0 { return nil }
      }
      return nil
    },
    new: NativeFunction { t, cls, a in
      guard
        let values = parseArguments(
          t, a, function: "compress", names: ["data", "selectors"], required: 2, positionalOnly: 0),
        let data = values[0], let selectors = values[1], let first = iterate(t, data)
      else { return nil }
      guard let second = iterate(t, selectors) else {
        first.release()
        return nil
      }
      return Tool.make(cls, a: first, b: second)
    })

  /// a: iterator, b: the item before.
  static let pairwise = Tool.makeType(
    "pairwise",
    next: { t, o in
      // The iterator may run code that asks this very pairwise: its fields are looked at again after each call.
      guard let first = o.tool.pointee.a?.retained() else { return nil }
      defer { first.release() }
      if o.tool.pointee.b == nil {
        guard let item = iterNext(t, first) else {
          Tool.set(o, .a, nil)
          return nil
        }
        Tool.set(o, .b, item)
        guard o.tool.pointee.a != nil else {
          Tool.set(o, .b, nil)
          return nil
        }
      }
      guard let before = o.tool.pointee.b?.retained() else { return nil }
      guard let item = iterNext(t, first) else {
        before.release()
        Tool.clear(o)
        return nil
      }
      Tool.set(o, .b, item.retained())
      return makeTuple(stealing: before, item)
    },
    new: NativeFunction { t, cls, a in
      guard let iterator = Tool.iterator(t, a, 0, "pairwise", count: 1...1) else { return nil }
      return Tool.make(cls, a: iterator)
    })

  /// a: iterator, x: size, y: strict.
  static let batched = Tool.makeType(
    "batched",
    next: { t, o in
      guard let iterator = o.tool.pointee.a else { return nil }
      var items: [Object] = []
      while items.count < o.tool.pointee.x, let item = iterNext(t, iterator) { items.append(item) }
      if t.hasRaised || items.isEmpty {
        for one in items { one.release() }
        return nil
      }
      if items.count < o.tool.pointee.x, o.tool.pointee.y != 0 {
        for one in items { one.release() }
        return t.raise(.ValueError, "batched(): incomplete batch")
      }
      return makeTuple(items)
    },
    new: NativeFunction { t, cls, a in
      guard
        let values = parseArguments(
          t, a, function: "batched", names: ["iterable", "n", "strict"], required: 2, positionalOnly: 0),
        let iterable = values[0], let size = values[1], let n = indexValue(t, size)
      else { return nil }
      guard n >= 1 else { return t.raise(.ValueError, "n must be at least one") }
      var strict = 0
      if let flag = values[2] {
        strict = isTrue(t, flag)
        if strict < 0 { return nil }
      }
      guard let iterator = iterate(t, iterable) else { return nil }
      return Tool.make(cls, a: iterator, x: n, y: strict)
    })
}
