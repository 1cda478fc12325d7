// enumerate, zip, map, filter, reversed, and the reversed iterators of list and dict.
import PythonRuntime

/// Iterators over iterators: a callable or counter, and a tuple of sources.
struct LazyLayout {
  var header: ObjectHeader
  /// The function of map and filter; enumerate's counter.
  var function: Object?
  /// The source iterator, or a tuple of them.
  var source: Object?
  /// The reused result tuple of enumerate and zip.
  var result: Object?
  var isStrict: Bool
}

public enum LazyIterators {
  /// Set by `install`.
  nonisolated(unsafe) public internal(set) static var enumerate = core.pointee.types.object
  nonisolated(unsafe) public internal(set) static var zip = core.pointee.types.object
  nonisolated(unsafe) public internal(set) static var map = core.pointee.types.object
  nonisolated(unsafe) public internal(set) static var filter = core.pointee.types.object
  nonisolated(unsafe) public internal(set) static var reversed = core.pointee.types.object
  nonisolated(unsafe) static var listReverse = core.pointee.types.object
  nonisolated(unsafe) static var dictReverseKeys = core.pointee.types.object
  nonisolated(unsafe) static var dictReverseValues = core.pointee.types.object
  nonisolated(unsafe) static var dictReverseItems = core.pointee.types.object

  static func layout(_ o: Object) -> UnsafeMutablePointer<LazyLayout> { o.layout(LazyLayout.self) }

  private static func dealloc(_ o: Object) {
    untrack(o)
    layout(o).pointee.function.release()
    layout(o).pointee.source.release()
    layout(o).pointee.result.release()
    freeInstance(o)
  }
  private static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    visit(layout(o).pointee.function) || visit(layout(o).pointee.source) || visit(layout(o).pointee.result)
  }

  private static func makeLazy(
    _ name: String, _ new: @escaping NativeFunction.Function, _ next: @escaping UnaryFunction.Function
  ) -> TypeObject {
    makeBuiltinType(
      name: name, kind: .iterator, layoutSize: MemoryLayout<LazyLayout>.size, flags: [.container, .baseType]
    ) { p in
      p.pointee.dealloc = ObjectAction(dealloc)
      p.pointee.traverse = TraverseFunction(traverse)
      p.pointee.new = NativeFunction(new)
      p.pointee.iter = UnaryFunction { _, o in o.retained() }
      p.pointee.next = UnaryFunction(next)
    }
  }
  private static func makeReverse(_ name: String, _ next: @escaping UnaryFunction.Function) -> TypeObject {
    makeBuiltinType(name: name, kind: .iterator, layoutSize: MemoryLayout<IteratorLayout>.size, flags: .container) {
      p in
      p.pointee.dealloc = ObjectAction(iteratorDealloc)
      p.pointee.traverse = TraverseFunction(iteratorTraverse)
      p.pointee.iter = UnaryFunction { _, o in o.retained() }
      p.pointee.next = UnaryFunction(next)
    }
  }
  private static func iteratorDealloc(_ o: Object) {
    untrack(o)
    o.iteratorLayout.pointee.source.release()
    o.iteratorLayout.pointee.second.release()
    freeInstance(o)
  }
  private static func iteratorTraverse(_ o: Object, _ visit: Visitor) -> Bool {
    visit(o.iteratorLayout.pointee.source) || visit(o.iteratorLayout.pointee.second)
  }

  /// The types must exist before methods of list and dict are installed.
  static func create() {
    enumerate = makeLazy("enumerate", newEnumerate, nextEnumerate)
    zip = makeLazy("zip", newZip, nextZip)
    map = makeLazy("map", newMap, nextMap)
    filter = makeLazy("filter", newFilter, nextFilter)
    reversed = makeReverse("reversed", nextReversed)
    reversed.pointer.pointee.flags.insert(.baseType)
    reversed.pointer.pointee.new = NativeFunction(newReversed)
    for type in [enumerate, map, filter, reversed] { type.pointer.pointee.flags.insert(.vectorcall) }
    listReverse = makeReverse("list_reverseiterator", nextListReverse)
    dictReverseKeys = makeReverse("dict_reversekeyiterator") { t, o in dictStep(t, o)?.key.retained() }
    dictReverseValues = makeReverse("dict_reversevalueiterator") { t, o in dictStep(t, o)?.value.retained() }
    dictReverseItems = makeReverse("dict_reverseitemiterator") { t, o in
      dictStep(t, o).map { makeTuple(stealing: $0.key.retained(), $0.value.retained()) }
    }
  }

  static func install(_ t: ThreadState) {
    for type in [
      enumerate, zip, map, filter, reversed, listReverse, dictReverseKeys, dictReverseValues, dictReverseItems,
    ] {
      readyType(t, type)
    }
    LazyPickling.install(t)
    addMethods(
      t, enumerate,
      [
        GenericAlias.classGetItem
      ])
  }

  private static func make(_ type: Object, function: Object?, source: Object?) -> Object {
    let o = allocateZeroed(TypeObject(unchecked: type))
    layout(o).pointee.function = function
    layout(o).pointee.source = source
    trackFresh(o)
    return o
  }

  // MARK: - enumerate

  private static func enumerateArguments(_ t: ThreadState, _ arguments: Arguments) -> (
    iterable: Object, start: Object?
  )? {
    if arguments.count == 1, arguments.keywordNames == nil { return (arguments[0], nil) }
    let keywords = arguments.keywordNames.map { names in (0..<names.tupleCount).map { names.tupleItems[$0] } } ?? []
    if arguments.count + keywords.count == 0 {
      t.raise(.TypeError, "enumerate() missing required argument 'iterable'")
      return nil
    }
    // `start` alone is no argument either: there is nothing to enumerate.
    if arguments.count + keywords.count <= 2 {
      for keyword in keywords {
        let name = stringValue(keyword)
        let isStart = name == "start" && arguments.count + keywords.count == 2
        if isStart || name == "iterable" && arguments.count == 0 { continue }
        t.raise(.TypeError, "'\(name)' is an invalid keyword argument for enumerate()")
        return nil
      }
    }
    guard let a = parseArguments(t, arguments, function: "enumerate", names: ["iterable", "start"], required: 1),
      let iterable = a[0]
    else { return nil }
    return (iterable, a[1])
  }

  private static func newEnumerate(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    guard let (iterable, given) = enumerateArguments(t, arguments) else { return nil }
    var start = makeInt(0)
    if let given {
      guard let number = index(t, given) else { return nil }
      start = number
    }
    guard let source = iterate(t, iterable) else {
      start.release()
      return nil
    }
    let o = make(type, function: start, source: source)
    let result = makeTuple(stealing: none, none)
    layout(o).pointee.result = result
    storedField(o, nil, result)
    return o
  }

  private static func nextEnumerate(_ t: ThreadState, _ o: Object) -> Object? {
    let p = layout(o)
    guard let source = p.pointee.source, let item = iterNext(t, source) else { return nil }
    // Only now: the source may have asked this very enumerate.
    guard let counter = p.pointee.function else { return nil }
    p.pointee.function = IntArithmetic.sum(counter, makeInt(1))
    storedField(o, counter, p.pointee.function)
    return reuse(p, counter, item)
  }

  /// The result tuple of the step before is filled again when nobody else holds it.
  private static func reuse(_ p: UnsafeMutablePointer<LazyLayout>, _ a: Object, _ b: Object) -> Object {
    if let result = p.pointee.result, result.refcount == 1 {
      let old = (result.tupleItems[0], result.tupleItems[1])
      result.tupleItems[0] = a
      result.tupleItems[1] = b
      storedItem(result, 0, old.0, a)
      storedItem(result, 1, old.1, b)
      result.retain()
      old.0.release()
      old.1.release()
      trackFresh(result)
      return result
    }
    return makeTuple(stealing: a, b)
  }

  // MARK: - zip

  private static func newZip(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    var strict = false
    if let names = arguments.keywordNames {
      for i in 0..<names.tupleCount {
        guard strEqual(names.tupleItems[i], ascii: "strict") else {
          return t.raise(
            .TypeError, "zip() got an unexpected keyword argument '\(stringValue(names.tupleItems[i]))'")
        }
        let truth = isTrue(t, arguments.base[arguments.count + i])
        if truth < 0 { return nil }
        strict = truth > 0
      }
    }
    let sources = makeTuple(count: arguments.count)
    for i in 0..<arguments.count { sources.tupleItems[i] = none }
    for i in 0..<arguments.count {
      guard let iterator = iterate(t, arguments[i]) else {
        sources.release()
        if t.matches(.TypeError) {
          t.clearRaised()
          return t.raise(.TypeError, "'\(arguments[i].typeName)' object is not iterable")
        }
        return nil
      }
      sources.tupleItems[i] = iterator
    }
    filledTuple(sources)
    let o = make(type, function: nil, source: sources)
    layout(o).pointee.isStrict = strict
    let result = makeTuple(count: arguments.count)
    for i in 0..<arguments.count { result.tupleItems[i] = none }
    filledTuple(result)
    layout(o).pointee.result = result
    storedField(o, nil, result)
    return o
  }

  private static func nextZip(_ t: ThreadState, _ o: Object) -> Object? {
    let p = layout(o)
    guard let sources = p.pointee.source, sources.tupleCount > 0 else { return nil }
    let n = sources.tupleCount
    if let result = p.pointee.result, result.refcount == 1 {
      result.retain()
      for i in 0..<n {
        guard let item = iterNext(t, sources.tupleItems[i]) else {
          result.release()
          return p.pointee.isStrict && !t.hasRaised ? strictEnd(t, sources, i) : nil
        }
        let old = result.tupleItems[i]
        result.tupleItems[i] = item
        storedItem(result, i, old, item)
        old.release()
      }
      trackFresh(result)
      return result
    }
    var items: [Object] = []
    for i in 0..<n {
      guard let item = iterNext(t, sources.tupleItems[i]) else {
        for item in items { item.release() }
        return p.pointee.isStrict && !t.hasRaised ? strictEnd(t, sources, i) : nil
      }
      items.append(item)
    }
    return makeTuple(items)
  }

  /// Argument `i` ended first: with `strict` all must have ended.
  private static func strictEnd(_ t: ThreadState, _ sources: Object, _ i: Int) -> Object? {
    func plural(_ n: Int) -> String { n == 1 ? " " : "s 1-" }
    if i > 0 {
      return t.raise(.ValueError, "zip() argument \(i + 1) is shorter than argument\(plural(i))\(i)")
    }
    for k in 1..<max(sources.tupleCount, 1) {
      if let extra = iterNext(t, sources.tupleItems[k]) {
        extra.release()
        return t.raise(.ValueError, "zip() argument \(k + 1) is longer than argument\(plural(k))\(k)")
      }
      if t.hasRaised { return nil }
    }
    return nil
  }

  // MARK: - map, filter

  private static func newMap(_ t: ThreadState, _ type: Object, _ a: Arguments) -> Object? {
    guard refuseKeywords(t, a, "map") else { return nil }
    guard a.count >= 2 else { return t.raise(.TypeError, "map() must have at least two arguments.") }
    var sources: [Object] = []
    for i in 1..<a.count {
      guard let iterator = iterate(t, a[i]) else {
        for s in sources { s.release() }
        return nil
      }
      sources.append(iterator)
    }
    return make(type, function: a[0].retained(), source: makeTuple(sources))
  }
  private static func nextMap(_ t: ThreadState, _ o: Object) -> Object? {
    guard let function = layout(o).pointee.function, let sources = layout(o).pointee.source else { return nil }
    let n = sources.tupleCount
    if n == 1 {
      guard let item = iterNext(t, sources.tupleItems[0]) else { return nil }
      defer { item.release() }
      return call1(t, function, item)
    }
    return withUnsafeTemporaryAllocation(of: Object.self, capacity: n) { items in
      guard let base = items.baseAddress else { return nil }
      var made = 0
      defer { for i in 0..<made { base[i].release() } }
      while made < n {
        guard let item = iterNext(t, sources.tupleItems[made]) else { return nil }
        base[made] = item
        made += 1
      }
      return call(t, function, Arguments(base: base, count: n))
    }
  }

  private static func newFilter(_ t: ThreadState, _ type: Object, _ a: Arguments) -> Object? {
    guard refuseKeywords(t, a, "filter") else { return nil }
    guard a.count == 2 else { return t.raise(.TypeError, "filter expected 2 arguments, got \(a.count)") }
    guard let source = iterate(t, a[1]) else { return nil }
    return make(type, function: a[0].retained(), source: source)
  }
  private static func nextFilter(_ t: ThreadState, _ o: Object) -> Object? {
    guard let function = layout(o).pointee.function, let source = layout(o).pointee.source else { return nil }
    let plain = function == none || function == core.pointee.types.bool.object
    while let item = iterNext(t, source) {
      var truth: Int
      if plain {
        truth = isTrue(t, item)
      } else {
        guard let answer = call1(t, function, item) else {
          item.release()
          return nil
        }
        truth = isTrue(t, answer)
        answer.release()
      }
      if truth > 0 { return item }
      item.release()
      if truth < 0 { return nil }
    }
    return nil
  }

  // MARK: - reversed

  private static func newReversed(_ t: ThreadState, _ type: Object, _ a: Arguments) -> Object? {
    guard refuseKeywords(t, a, "reversed") else { return nil }
    guard a.count == 1 else { return t.raise(.TypeError, "reversed expected 1 argument, got \(a.count)") }
    let o = a[0]
    if let method = lookupSpecial(t, o, Special.reversed) {
      defer { method.release() }
      if method == none { return t.raise(.TypeError, "'\(o.typeName)' object is not reversible") }
      return call0(t, method)
    }
    if t.hasRaised { return nil }
    guard isSequence(t, o) else { return t.raise(.TypeError, "'\(o.typeName)' object is not reversible") }
    let n = length(t, o)
    if n < 0 { return nil }
    if type == reversed.object { return makeIterator(reversed, o, index: n - 1) }
    let made = allocateZeroed(TypeObject(unchecked: type))
    made.iteratorLayout.pointee.source = o.retained()
    made.iteratorLayout.pointee.index = n - 1
    storedField(made, nil, o)
    trackFresh(made)
    return made
  }
  private static func nextReversed(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.iteratorLayout
    guard let source = p.pointee.source else { return nil }
    if p.pointee.index >= 0 {
      let i = p.pointee.index
      p.pointee.index = i - 1
      let position = makeInt(i)
      let item = source.type.pointer.pointee.item.map { $0.call(t, source, i) } ?? getItem(t, source, position)
      position.release()
      if let item { return item }
      guard t.matches(.IndexError) || t.matches(.StopIteration) else { return nil }
      t.clearRaised()
    }
    storedField(o, p.pointee.source, nil)
    p.pointee.source = nil
    source.release()
    return nil
  }
  private static func nextListReverse(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.iteratorLayout
    guard let source = p.pointee.source else { return nil }
    let i = p.pointee.index
    if i >= 0 && i < source.listCount {
      p.pointee.index = i - 1
      return source.listItems[i].retained()
    }
    storedField(o, p.pointee.source, nil)
    p.pointee.source = nil
    source.release()
    return nil
  }
  private static func dictStep(_ t: ThreadState, _ o: Object) -> (key: Object, value: Object)? {
    let p = o.iteratorLayout
    guard let dict = p.pointee.source else { return nil }
    if dict.dictCount != p.pointee.extra {
      p.pointee.extra = -1
      t.raise(.RuntimeError, "dictionary changed size during iteration")
      return nil
    }
    if let entry = dictPrevious(dict, &p.pointee.index) { return entry }
    storedField(o, p.pointee.source, nil)
    p.pointee.source = nil
    dict.release()
    return nil
  }
}
