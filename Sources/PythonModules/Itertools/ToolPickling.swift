// `__reduce__` and `__setstate__` of the iterators of `itertools`, in CPython 3.13's forms; each use warns, as there, that 3.14 has them no more.
import PythonRuntime
import PythonTypes

enum ToolPickling {
  static func install(_ t: ThreadState) {
    typealias S = SimpleTools
    typealias L = SelectingTools
    typealias C = CombinatoricTools
    add(t, S.count) { t, o in
      let (start, step) = (parts(o.tool.pointee.a), parts(o.tool.pointee.b))
      let isPlain = step[0].isExactly(.int) && clampedIntValue(step[0]) == 1 && start[0].isSmallInt
      return form(o, isPlain ? start : start + step)
    }
    add(t, S.cycle, reduceCycle, setCycle)
    add(t, S.repeat) { _, o in
      form(o, parts(o.tool.pointee.a) + (o.tool.pointee.x < 0 ? [] : [makeInt(o.tool.pointee.x)]))
    }
    add(
      t, S.chain,
      { _, o in
        guard o.tool.pointee.a != nil else { return form(o, []) }
        return form(
          o, [], state: makeTuple(parts(o.tool.pointee.a) + (o.tool.pointee.b == nil ? [] : parts(o.tool.pointee.b))))
      }, setChain)
    for type in [S.starmap, S.compress, L.filterfalse] {
      add(t, type) { _, o in form(o, parts(o.tool.pointee.a) + parts(o.tool.pointee.b)) }
    }
    for type in [L.takewhile, L.dropwhile] {
      add(
        t, type,
        { _, o in
          form(o, parts(o.tool.pointee.a) + parts(o.tool.pointee.b), state: makeBool(o.tool.pointee.x != 0))
        },
        { t, o, state in
          let truth = isTrue(t, state)
          if truth >= 0 { o.tool.pointee.x = truth }
          return truth >= 0
        })
    }
    add(t, L.islice, reduceSlice) { t, o, state in
      guard let position = indexValue(t, state) else { return false }
      o.tool.pointee.y = position
      return true
    }
    add(t, L.accumulate, reduceAccumulate) { _, o, state in
      Tool.set(o, .c, state.retained())
      return true
    }
    add(t, L.zipLongest, reduceZip) { _, o, state in
      Tool.set(o, .b, state.retained())
      return true
    }
    add(t, L.groupby, reduceGroups, setGroups)
    add(t, L.grouper) { t, o in
      guard let parent = o.tool.pointee.a, parent.tool.pointee.x == o.tool.pointee.x else {
        guard let iter = IteratorPickling.builtin(t, "iter") else { return nil }
        return makeTuple([iter, makeTuple([core.pointee.emptyTuple])])
      }
      return form(o, parts(o.tool.pointee.a) + parts(o.tool.pointee.b))
    }
    add(t, C.product, reduceProduct, setProduct)
    add(t, C.permutations, reducePermutations, setPermutations)
    for type in [C.combinations, C.combinationsWithReplacement] { add(t, type, reduceChooser, setChooser) }
    add(t, L.tee, reduceTee, setTee)
    add(t, L.teeLink) { _, o in
      form(o, parts(o.tool.pointee.c) + parts(o.tool.pointee.a) + parts(o.tool.pointee.b))
    }
    addMethods(
      t, L.tee,
      [
        NativeMethod("__copy__", .noArguments) { _, o, _ in
          Tool.make(o.type.object, b: o.tool.pointee.b?.retained(), x: o.tool.pointee.x)
        }
      ])
  }

  private typealias Reduce = (ThreadState, Object) -> Object?
  private typealias SetState = (ThreadState, Object, Object) -> Bool

  /// The method table takes functions without context; which of ours a type has is looked up by the type.
  nonisolated(unsafe) private static var reducers: [TypeObject: (reduce: Reduce, set: SetState?)] = [:]

  private static func find(_ o: Object) -> (reduce: Reduce, set: SetState?)? {
    var type = o.type
    while true {
      if let found = reducers[type] { return found }
      guard let base = type.pointer.pointee.base else { return nil }
      type = TypeObject(unchecked: base)
    }
  }

  private static func add(
    _ t: ThreadState, _ type: TypeObject, _ reduce: @escaping Reduce, _ set: SetState? = nil
  ) {
    reducers[type] = (reduce, set)
    addMethods(
      t, type,
      [NativeMethod("__reduce__", .noArguments) { t, o, _ in warned(t) ? find(o)?.reduce(t, o) : nil }])
    guard set != nil else { return }
    addMethods(
      t, type,
      [
        NativeMethod("__setstate__", .oneArgument) { t, o, a in
          guard warned(t), let set = find(o)?.set, set(t, o, a[0]) else { return nil }
          return core.pointee.none
        }
      ])
  }

  private static func warned(_ t: ThreadState) -> Bool {
    warn(
      t, .DeprecationWarning,
      "Pickle, copy, and deepcopy support will be removed from itertools in Python 3.14.", level: 1)
  }

  /// A field as one item; None for an absent one.
  private static func parts(_ field: Object?) -> [Object] { [(field ?? core.pointee.none).retained()] }

  /// `(type, arguments)` or `(type, arguments, state)`; takes over the references.
  private static func form(_ o: Object, _ arguments: [Object], state: Object? = nil) -> Object {
    makeTuple([o.type.object.retained(), makeTuple(arguments)] + (state.map { [$0] } ?? []))
  }

  private static func pair(_ t: ThreadState, _ state: Object) -> Bool {
    guard state.isKind(.tuple) else { return t.fail(.TypeError, "state is not a tuple") }
    guard state.tupleCount == 2 else {
      return t.fail(.TypeError, "function takes exactly 2 arguments (\(state.tupleCount) given)")
    }
    return true
  }

  // MARK: cycle, chain

  private static func reduceCycle(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.tool
    if p.pointee.a != nil {
      return form(o, parts(p.pointee.a), state: makeTuple(parts(p.pointee.b) + [makeBool(p.pointee.y != 0)]))
    }
    guard let saved = p.pointee.b, let rest = iterate(t, saved) else { return nil }
    if p.pointee.x != 0 {
      let place = makeInt(p.pointee.x)
      defer { place.release() }
      guard let result = callMethod(t, rest, "__setstate__", place) else { return nil }
      result.release()
    }
    return form(o, [rest], state: makeTuple([saved.retained(), makeBool(true)]))
  }

  private static func setCycle(_ t: ThreadState, _ o: Object, _ state: Object) -> Bool {
    guard pair(t, state) else { return false }
    guard state.tupleItems[0].isKind(.list) else {
      return t.fail(.TypeError, "argument 1 must be list, not \(typeName(state.tupleItems[0]))")
    }
    guard let isComplete = intValue(t, state.tupleItems[1]) else { return false }
    Tool.set(o, .b, state.tupleItems[0].retained())
    o.tool.pointee.y = isComplete != 0 ? 1 : 0
    o.tool.pointee.x = 0
    return true
  }

  private static func setChain(_ t: ThreadState, _ o: Object, _ state: Object) -> Bool {
    guard state.isKind(.tuple) else { return t.fail(.TypeError, "state is not a tuple") }
    guard (1...2).contains(state.tupleCount) else {
      return t.fail(
        .TypeError,
        "function takes at \(state.tupleCount == 0 ? "least 1 argument" : "most 2 arguments") (\(state.tupleCount) given)"
      )
    }
    for i in 0..<state.tupleCount where state.tupleItems[i].type.pointer.pointee.next == nil {
      return t.fail(.TypeError, "Arguments must be iterators.")
    }
    Tool.set(o, .a, state.tupleItems[0].retained())
    Tool.set(o, .b, state.tupleCount == 2 ? state.tupleItems[1].retained() : nil)
    return true
  }

  // MARK: islice, accumulate, zip_longest

  private static func reduceSlice(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.tool
    guard p.pointee.a != nil else {
      let empty = makeList()
      defer { empty.release() }
      guard let iterator = iterate(t, empty) else { return nil }
      return form(o, [iterator, makeInt(0)], state: makeInt(0))
    }
    return form(
      o, parts(p.pointee.a) + [makeInt(p.pointee.x)] + parts(p.pointee.c) + parts(p.pointee.d),
      state: makeInt(p.pointee.y))
  }

  private static func reduceAccumulate(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.tool
    let none = core.pointee.none
    // A first value that was not given yet, or a total of None, which means "no total", goes in front of the rest.
    if let first = p.pointee.d ?? (p.pointee.c == none ? none : nil) {
      let head = makeTuple([first.retained()])
      defer { head.release() }
      guard let source = p.pointee.a, let chained = call2(t, SimpleTools.chain.object, head, source) else { return nil }
      if p.pointee.d != nil { return form(o, [chained] + parts(p.pointee.b), state: none.retained()) }
      defer { chained.release() }
      guard let total = call2(t, o.type.object, chained, p.pointee.b ?? none) else { return nil }
      return makeTuple([SelectingTools.islice.object.retained(), makeTuple([total, makeInt(1), none.retained()])])
    }
    return form(o, parts(p.pointee.a) + parts(p.pointee.b), state: (p.pointee.c ?? none).retained())
  }

  private static func reduceZip(_ t: ThreadState, _ o: Object) -> Object? {
    guard let iterators = o.tool.pointee.a else { return nil }
    let none = core.pointee.none
    let items = (0..<iterators.tupleCount).map { i in
      iterators.tupleItems[i] == none ? core.pointee.emptyTuple : iterators.tupleItems[i].retained()
    }
    return form(o, items, state: (o.tool.pointee.b ?? none).retained())
  }

  // MARK: groupby

  private static func reduceGroups(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.tool
    let arguments = parts(p.pointee.a) + parts(p.pointee.b)
    guard p.pointee.c != nil, p.pointee.d != nil, p.pointee.e != nil else { return form(o, arguments) }
    return form(
      o, arguments, state: makeTuple(parts(p.pointee.d) + parts(p.pointee.e) + parts(p.pointee.c)))
  }

  /// `(value, key of the group, key of the value)`.
  private static func setGroups(_ t: ThreadState, _ o: Object, _ state: Object) -> Bool {
    guard state.isKind(.tuple) else { return t.fail(.TypeError, "state is not a tuple") }
    guard state.tupleCount == 3 else {
      return t.fail(.TypeError, "function takes exactly 3 arguments (\(state.tupleCount) given)")
    }
    Tool.set(o, .d, state.tupleItems[0].retained())
    Tool.set(o, .e, state.tupleItems[1].retained())
    Tool.set(o, .c, state.tupleItems[2].retained())
    return true
  }

  // MARK: Combinatorics

  private static func tuple(_ list: Object?) -> Object { list.map { listToTuple($0) } ?? core.pointee.emptyTuple }

  /// Indices out of a state, each between 0 and what `limit` says; nil: an exception is set.
  private static func indices(_ t: ThreadState, _ state: Object, count: Int, _ limit: (Int) -> Int) -> [Int]? {
    guard state.isKind(.tuple), state.tupleCount == count else {
      t.raise(.ValueError, "invalid arguments")
      return nil
    }
    var found: [Int] = []
    for i in 0..<count {
      guard let value = indexValue(t, state.tupleItems[i]) else { return nil }
      found.append(max(0, min(value, limit(i))))
    }
    return found
  }

  private static func store(_ o: Object, _ field: ToolField, _ values: [Int]) {
    Tool.set(o, field, makeList(values.map { makeInt($0) }))
  }

  private static func reduceProduct(_ t: ThreadState, _ o: Object) -> Object? {
    guard let pools = o.tool.pointee.a, o.tool.pointee.x != 2 else { return form(o, [core.pointee.emptyTuple]) }
    let arguments = (0..<pools.tupleCount).map { pools.tupleItems[$0].retained() }
    return o.tool.pointee.x == 0 ? form(o, arguments) : form(o, arguments, state: tuple(o.tool.pointee.b))
  }

  private static func setProduct(_ t: ThreadState, _ o: Object, _ state: Object) -> Bool {
    guard let pools = o.tool.pointee.a else { return false }
    for i in 0..<pools.tupleCount where pools.tupleItems[i].tupleCount == 0 {
      o.tool.pointee.x = 2
      return true
    }
    guard let found = indices(t, state, count: pools.tupleCount, { pools.tupleItems[$0].tupleCount - 1 }) else {
      return false
    }
    store(o, .b, found)
    o.tool.pointee.x = 1
    return true
  }

  /// Of combinations and permutations: over, not begun, or running.
  private static func reduceSelection(_ o: Object, _ state: () -> Object) -> Object {
    let p = o.tool
    if p.pointee.x == 2 { return form(o, [core.pointee.emptyTuple, makeInt(p.pointee.y)]) }
    let arguments = parts(p.pointee.a) + [makeInt(p.pointee.y)]
    return p.pointee.x == 0 ? form(o, arguments) : form(o, arguments, state: state())
  }

  private static func reduceChooser(_ t: ThreadState, _ o: Object) -> Object? {
    reduceSelection(o) { tuple(o.tool.pointee.b) }
  }

  private static func setChooser(_ t: ThreadState, _ o: Object, _ state: Object) -> Bool {
    guard let pool = o.tool.pointee.a else { return false }
    let (n, r) = (pool.tupleCount, o.tool.pointee.y)
    let isReplacing = isSubtype(o.type, CombinatoricTools.combinationsWithReplacement)
    guard let found = indices(t, state, count: r, { isReplacing ? n - 1 : $0 + n - r }) else { return false }
    store(o, .b, found)
    o.tool.pointee.x = 1
    return true
  }

  private static func reducePermutations(_ t: ThreadState, _ o: Object) -> Object? {
    reduceSelection(o) { makeTuple([tuple(o.tool.pointee.b), tuple(o.tool.pointee.c)]) }
  }

  private static func setPermutations(_ t: ThreadState, _ o: Object, _ state: Object) -> Bool {
    guard let pool = o.tool.pointee.a else { return false }
    let n = pool.tupleCount
    guard state.isKind(.tuple), state.tupleCount == 2 else { return t.fail(.ValueError, "invalid arguments") }
    guard let order = indices(t, state.tupleItems[0], count: n, { _ in n - 1 }),
      let cycles = indices(t, state.tupleItems[1], count: o.tool.pointee.y, { n - $0 })
    else { return false }
    store(o, .b, order)
    store(o, .c, cycles.map { max($0, 1) })
    o.tool.pointee.x = 1
    return true
  }

  // MARK: tee

  private static func reduceTee(_ t: ThreadState, _ o: Object) -> Object? {
    form(o, [core.pointee.emptyTuple], state: makeTuple(parts(o.tool.pointee.b) + [makeInt(o.tool.pointee.x)]))
  }

  private static func setTee(_ t: ThreadState, _ o: Object, _ state: Object) -> Bool {
    guard pair(t, state) else { return false }
    let link = state.tupleItems[0]
    guard link.type == SelectingTools.teeLink else {
      return t.fail(.TypeError, "argument 1 must be itertools._tee_dataobject, not \(typeName(link))")
    }
    guard let place = indexValue(t, state.tupleItems[1]) else { return false }
    guard (0...SelectingTools.linkSize).contains(place) else { return t.fail(.ValueError, "Index out of range") }
    Tool.set(o, .b, link.retained())
    o.tool.pointee.x = place
    return true
  }
}
