// `itertools`: product, permutations, combinations, combinations_with_replacement.
//
// State: a: tuple of pools (or one pool), b: list of indices as int objects, c: cycles (permutations); x: 0 before the first, 1 running, 2 over.
import PythonRuntime

enum CombinatoricTools {
  private static func indices(_ list: Object?) -> [Int] {
    guard let list else { return [] }
    return (0..<list.listCount).map { clampedIntValue(list.listItems[$0]) }
  }
  private static func list(_ values: [Int]) -> Object { makeList(values.map { makeInt($0) }) }

  private static func pick(_ pool: Object, _ indices: [Int]) -> Object {
    makeTuple(indices.map { pool.tupleItems[$0].retained() })
  }

  static let product = Tool.makeType(
    "product",
    next: { t, o in
      guard let pools = o.tool.pointee.a, o.tool.pointee.x != 2 else { return nil }
      var current = indices(o.tool.pointee.b)
      if o.tool.pointee.x == 0 {
        o.tool.pointee.x = 1
        for i in 0..<pools.tupleCount where pools.tupleItems[i].tupleCount == 0 {
          o.tool.pointee.x = 2
          return nil
        }
      } else {
        var i = current.count - 1
        while i >= 0 {
          current[i] += 1
          if current[i] < pools.tupleItems[i].tupleCount { break }
          current[i] = 0
          i -= 1
        }
        if i < 0 {
          o.tool.pointee.x = 2
          return nil
        }
      }
      Tool.set(o, .b, list(current))
      return makeTuple(current.enumerated().map { pools.tupleItems[$0.offset].tupleItems[$0.element].retained() })
    },
    new: NativeFunction { t, cls, a in
      var times = 1
      if let names = a.keywordNames {
        for i in 0..<names.tupleCount {
          guard stringValue(names.tupleItems[i]) == "repeat" else {
            return t.raise(
              .TypeError, "product() got an unexpected keyword argument '\(stringValue(names.tupleItems[i]))'")
          }
          guard let n = indexValue(t, a.base[a.count + i]) else { return nil }
          guard n >= 0 else { return t.raise(.ValueError, "repeat argument cannot be negative") }
          times = n
        }
      }
      var pools: [Object] = []
      for i in 0..<a.count {
        guard let pool = makeTuple(t, from: a[i]) else {
          for one in pools { one.release() }
          return nil
        }
        pools.append(pool)
      }
      var all: [Object] = []
      for _ in 0..<times { all += pools.map { $0.retained() } }
      for one in pools { one.release() }
      return Tool.make(cls, a: makeTuple(all), b: list([Int](repeating: 0, count: all.count)))
    })

  static let permutations = Tool.makeType(
    "permutations",
    next: { t, o in
      guard let pool = o.tool.pointee.a, o.tool.pointee.x != 2 else { return nil }
      let n = pool.tupleCount
      let r = o.tool.pointee.y
      var order = indices(o.tool.pointee.b)
      var cycles = indices(o.tool.pointee.c)
      if o.tool.pointee.x == 0 {
        o.tool.pointee.x = r > n ? 2 : 1
        return r > n ? nil : pick(pool, Array(order.prefix(r)))
      }
      var i = r - 1
      while i >= 0 {
        cycles[i] -= 1
        if cycles[i] == 0 {
          let moved = order.remove(at: i)
          order.append(moved)
          cycles[i] = n - i
        } else {
          order.swapAt(i, n - cycles[i])
          break
        }
        i -= 1
      }
      if i < 0 {
        o.tool.pointee.x = 2
        return nil
      }
      Tool.set(o, .b, list(order))
      Tool.set(o, .c, list(cycles))
      return pick(pool, Array(order.prefix(r)))
    },
    new: NativeFunction { t, cls, a in
      guard
        let values = parseArguments(
          t, a, function: "permutations", names: ["iterable", "r"], required: 1, positionalOnly: 0),
        let iterable = values[0], let pool = makeTuple(t, from: iterable)
      else { return nil }
      let n = pool.tupleCount
      var r = n
      if let given = values[1], given != core.pointee.none {
        guard let value = indexValue(t, given) else { return nil }
        guard value >= 0 else { return t.raise(.ValueError, "r must be non-negative") }
        r = value
      }
      return Tool.make(
        cls, a: pool, b: list(Array(0..<n)), c: list(r > n ? [] : (0..<r).map { n - $0 }), y: r)
    })

  private static func advance(_ t: ThreadState, _ o: Object, replacing: Bool) -> Object? {
    guard let pool = o.tool.pointee.a, o.tool.pointee.x != 2 else { return nil }
    let n = pool.tupleCount
    let r = o.tool.pointee.y
    var current = indices(o.tool.pointee.b)
    if o.tool.pointee.x == 0 {
      let empty = replacing ? n == 0 && r > 0 : r > n
      o.tool.pointee.x = empty ? 2 : 1
      return empty ? nil : pick(pool, current)
    }
    var i = r - 1
    while i >= 0, current[i] == (replacing ? n - 1 : i + n - r) { i -= 1 }
    if i < 0 {
      o.tool.pointee.x = 2
      return nil
    }
    current[i] += 1
    if i + 1 < r { for j in (i + 1)..<r { current[j] = replacing ? current[i] : current[j - 1] + 1 } }
    Tool.set(o, .b, list(current))
    return pick(pool, current)
  }

  private static func makeChooser(_ t: ThreadState, _ cls: Object, _ a: Arguments, _ name: String, replacing: Bool)
    -> Object?
  {
    guard let values = parseArguments(t, a, function: name, names: ["iterable", "r"], required: 2, positionalOnly: 0),
      let iterable = values[0], let size = values[1], let r = indexValue(t, size)
    else { return nil }
    guard r >= 0 else { return t.raise(.ValueError, "r must be non-negative") }
    guard let pool = makeTuple(t, from: iterable) else { return nil }
    let first = replacing ? [Int](repeating: 0, count: r) : Array(0..<r)
    return Tool.make(cls, a: pool, b: list(first), y: r)
  }

  static let combinations = Tool.makeType(
    "combinations", next: { t, o in advance(t, o, replacing: false) },
    new: NativeFunction { t, cls, a in makeChooser(t, cls, a, "combinations", replacing: false) })

  static let combinationsWithReplacement = Tool.makeType(
    "combinations_with_replacement", next: { t, o in advance(t, o, replacing: true) },
    new: NativeFunction { t, cls, a in makeChooser(t, cls, a, "combinations_with_replacement", replacing: true) })
}
