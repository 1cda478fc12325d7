// `collections.deque`: a double-ended queue in a ring buffer of raw memory.
//
// CPython keeps blocks of 64; the order of everything that a program can see is the same. `state` counts changes: an iterator that finds another
// value raises RuntimeError.
import PythonRuntime
import PythonTypes

struct DequeLayout {
  var header: ObjectHeader
  var items: UnsafeMutablePointer<Object>?
  var capacity: Int
  var head: Int
  var count: Int
  /// -1: unbounded.
  var limit: Int
  var state: Int
  var weakrefs: Object?
  /// Where in its block of 64 the first item would lie in CPython: for `__sizeof__`.
  var left: Int
}

struct DequeIteratorLayout {
  var header: ObjectHeader
  var deque: Object?
  var index: Int
  var state: Int
  /// 1 forwards, -1 backwards.
  var step: Int
}

extension Object {
  @inline(__always) var deque: UnsafeMutablePointer<DequeLayout> { layout() }
}

enum Deque {
  static let type: TypeObject = makeBuiltinType(
    name: "deque", module: "collections", layoutSize: MemoryLayout<DequeLayout>.size,
    flags: [.container, .baseType, .sequence], configure: configure)

  static let iteratorType: TypeObject = makeBuiltinType(
    name: "_deque_iterator", module: "collections", layoutSize: MemoryLayout<DequeIteratorLayout>.size,
    flags: [.container, .disallowInstantiation], configure: configureIterator)

  // MARK: Items

  @inline(__always) static func at(_ o: Object, _ i: Int) -> UnsafeMutablePointer<Object> {
    let p = o.deque
    return p.pointee.items.unsafelyUnwrapped + ((p.pointee.head + i) & (p.pointee.capacity - 1))
  }

  private static func grow(_ o: Object) {
    let p = o.deque
    let capacity = max(8, p.pointee.capacity * 2)
    let fresh = UnsafeMutablePointer<Object>.allocate(capacity: capacity)
    for i in 0..<p.pointee.count { (fresh + i).initialize(to: at(o, i).pointee) }
    p.pointee.items?.deallocate()
    p.pointee.items = fresh
    p.pointee.capacity = capacity
    p.pointee.head = 0
  }

  /// Appends a borrowed item; a full bounded deque drops its other end.
  static func append(_ o: Object, _ item: Object) {
    let p = o.deque
    if p.pointee.count == p.pointee.capacity { grow(o) }
    at(o, p.pointee.count).initialize(to: item.retained())
    p.pointee.count += 1
    p.pointee.state += 1
    storeProbe(o, p.pointee.count - 1, nil, item)
    if p.pointee.limit >= 0, p.pointee.count > p.pointee.limit { popFirst(o).release() }
  }

  static func prepend(_ o: Object, _ item: Object) {
    let p = o.deque
    p.pointee.left = (p.pointee.left - 1) & 63
    if p.pointee.count == p.pointee.capacity { grow(o) }
    p.pointee.head = (p.pointee.head - 1) & (p.pointee.capacity - 1)
    p.pointee.count += 1
    at(o, 0).initialize(to: item.retained())
    p.pointee.state += 1
    if p.pointee.count > 1 { shiftedItems(o, 0, 1) }
    storeProbe(o, 0, nil, item)
    if p.pointee.limit >= 0, p.pointee.count > p.pointee.limit { popLast(o).release() }
  }

  /// The caller checks that there is an item.
  static func popFirst(_ o: Object) -> Object {
    let p = o.deque
    let item = at(o, 0).pointee
    p.pointee.head = (p.pointee.head + 1) & (p.pointee.capacity - 1)
    p.pointee.count -= 1
    p.pointee.left += 1
    if p.pointee.left == 64 { p.pointee.left = p.pointee.count == 0 ? middle : 0 }
    p.pointee.state += 1
    storeProbe(o, 0, item, nil)
    if p.pointee.count > 0 { shiftedItems(o, 1, -1) }
    return item
  }

  static func popLast(_ o: Object) -> Object {
    let p = o.deque
    p.pointee.count -= 1
    if p.pointee.count == 0, p.pointee.left == 0 { p.pointee.left = middle }
    p.pointee.state += 1
    let item = at(o, p.pointee.count).pointee
    storeProbe(o, p.pointee.count, item, nil)
    return item
  }

  static func clear(_ o: Object) {
    let p = o.deque
    guard let items = p.pointee.items else { return }
    let (count, head, capacity) = (p.pointee.count, p.pointee.head, p.pointee.capacity)
    if count > 0 { p.pointee.left = middle }
    p.pointee.items = nil
    p.pointee.count = 0
    p.pointee.capacity = 0
    p.pointee.head = 0
    p.pointee.state += 1
    // What a dying deque held goes with it. All is told before the first item goes: its finalizer may fill the deque again.
    if o.refcount > 0 { for i in 0..<count { storeProbe(o, i, items[(head + i) & (capacity - 1)], nil) } }
    for i in 0..<count { items[(head + i) & (capacity - 1)].release() }
    items.deallocate()
  }

  static func make(_ type: TypeObject, limit: Int) -> Object {
    let o = allocateZeroed(type)
    o.deque.pointee.limit = limit
    o.deque.pointee.left = middle
    track(o)
    return o
  }

  /// An empty block is filled from its middle.
  private static let middle = 32
  private static func size(_ o: Object) -> Int {
    232 + 528 * ((o.deque.pointee.left + o.deque.pointee.count + 63) / 64)
  }

  static func extend(_ t: ThreadState, _ o: Object, _ iterable: Object, left: Bool = false) -> Bool {
    // `d.extend(d)` must not chase its own tail.
    if iterable == o {
      guard let copy = makeList(t, from: iterable) else { return false }
      defer { copy.release() }
      return extend(t, o, copy, left: left)
    }
    // What is filled by one call is filled from an end.
    if o.deque.pointee.count == 0, o.deque.pointee.limit != 0 {
      o.deque.pointee.left = left ? 63 : 1
    }
    return forEach(t, iterable) { item in
      if left { prepend(o, item) } else { append(o, item) }
      return true
    }
  }

  static func rotate(_ o: Object, _ steps: Int) {
    let count = o.deque.pointee.count
    guard count > 1 else { return }
    let left = o.deque.pointee.left
    defer {
      let half = count / 2
      var moved = steps
      if moved > half || moved < -half {
        moved %= count
        if moved > half { moved -= count } else if moved < -half { moved += count }
      }
      o.deque.pointee.left = (left - moved) & 63
    }
    var n = steps % count
    if n < 0 { n += count }
    // Moves the shorter way, item by item.
    if n <= count / 2 {
      for _ in 0..<n {
        let item = popLast(o)
        prepend(o, item)
        item.release()
      }
    } else {
      for _ in 0..<(count - n) {
        let item = popFirst(o)
        append(o, item)
        item.release()
      }
    }
  }

  static func copy(_ t: ThreadState, _ o: Object) -> Object? {
    let limit = o.deque.pointee.limit
    // A subclass makes its own copies.
    if o.type != type {
      let bound = makeInt(limit)
      defer { bound.release() }
      guard let made = limit < 0 ? call1(t, o.type.object, o) : call2(t, o.type.object, o, bound) else { return nil }
      if isSubtype(made.type, type) { return made }
      defer { made.release() }
      return t.raise(.TypeError, "\(o.type.nameText)() must return a deque, not \(typeName(made))")
    }
    let result = make(type, limit: limit)
    if o.deque.pointee.count != 1, limit != 0 { result.deque.pointee.left = 1 }
    for i in 0..<o.deque.pointee.count { append(result, at(o, i).pointee) }
    return result
  }

  /// The index of an equal item from `start` on; nil with an exception set, or -1: absent.
  static func find(
    _ t: ThreadState, _ o: Object, _ item: Object, from start: Int = 0, to end: Int = Int.max,
    mutation: (ExceptionKind, String) = (.RuntimeError, "deque mutated during iteration")
  ) -> Int? {
    let state = o.deque.pointee.state
    var i = start
    while i < min(end, o.deque.pointee.count) {
      let candidate = at(o, i).pointee.retained()
      let equal = compareBool(t, candidate, item, .equal)
      candidate.release()
      if equal < 0 { return nil }
      if equal == 1 { return i }
      guard o.deque.pointee.state == state else {
        t.raise(mutation.0, mutation.1)
        return nil
      }
      i += 1
    }
    return -1
  }

  static func remove(at index: Int, _ o: Object) -> Object {
    rotate(o, -index)
    let item = popFirst(o)
    rotate(o, index)
    return item
  }

  // MARK: Slots

  private static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.weakrefOffset = MemoryLayout<DequeLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      for i in 0..<o.deque.pointee.count where visit(at(o, i).pointee) { return true }
      return false
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.new = NativeFunction { _, cls, _ in make(TypeObject(unchecked: cls), limit: -1) }
    p.pointee.initialize = InitFunction(initialize)
    p.pointee.length = MeasureFunction { _, o in o.deque.pointee.count }
    p.pointee.iter = UnaryFunction { _, o in iterator(o, step: 1) }
    p.pointee.hash = MeasureFunction { t, o in
      t.raise(.TypeError, "unhashable type: '\(typeName(o))'")
      return -1
    }
    p.pointee.getItem = BinaryFunction { t, o, key in
      guard let i = position(t, o, key) else { return nil }
      return at(o, i).pointee.retained()
    }
    p.pointee.setItem = StoreFunction { t, o, key, value in
      guard let i = position(t, o, key) else { return false }
      guard let value else {
        remove(at: i, o).release()
        return true
      }
      let old = at(o, i).pointee
      at(o, i).pointee = value.retained()
      storeProbe(o, i, old, value)
      old.release()
      return true
    }
    p.pointee.contains = ContainsFunction { t, o, item in
      guard let i = find(t, o, item) else { return -1 }
      return i >= 0 ? 1 : 0
    }
    p.pointee.concatenate = BinaryFunction { t, a, b in
      guard b.type == type || isSubtype(b.type, type) else {
        t.raise(.TypeError, "can only concatenate deque (not \"\(typeName(b))\") to deque")
        return nil
      }
      guard let result = copy(t, a) else { return nil }
      guard extend(t, result, b) else {
        result.release()
        return nil
      }
      return result
    }
    p.pointee.inPlaceConcatenate = BinaryFunction { t, a, b in extend(t, a, b) ? a.retained() : nil }
    p.pointee.repeated = IndexFunction { t, o, times in
      guard let result = copy(t, o) else { return nil }
      return multiply(t, result, times)
    }
    p.pointee.inPlaceRepeated = IndexFunction { t, o, times in multiply(t, o.retained(), times) }
    p.pointee.repr = UnaryFunction(repr)
    p.pointee.compare = CompareFunction(compare)
  }

  private static func multiply(_ t: ThreadState, _ o: Object, _ times: Int) -> Object? {
    guard times > 0 else {
      clear(o)
      return o
    }
    let (count, limit) = (o.deque.pointee.count, o.deque.pointee.limit)
    var times = times
    // What would fall out at the other end is not put in.
    if limit >= 0, count > 0, times > limit / count { times = (limit + count - 1) / count }
    let items = (0..<count).map { at(o, $0).pointee.retained() }
    for _ in 1..<max(times, 1) { for item in items { append(o, item) } }
    for one in items { one.release() }
    return o
  }

  private static func position(_ t: ThreadState, _ o: Object, _ key: Object) -> Int? {
    guard isIndex(key) else {
      t.raise(.TypeError, "sequence index must be integer, not '\(typeName(key))'")
      return nil
    }
    guard let i = indexValue(t, key) else { return nil }
    let count = o.deque.pointee.count
    let index = i < 0 ? i + count : i
    guard index >= 0, index < count else {
      t.raise(.IndexError, "deque index out of range")
      return nil
    }
    return index
  }

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard
      let values = parseArguments(
        t, a, function: "deque", names: ["iterable", "maxlen"], required: 0, positionalOnly: 0)
    else { return false }
    var limit = -1
    if let bound = values[1], bound != core.pointee.none {
      guard let value = indexValue(t, bound) else { return false }
      guard value >= 0 else {
        t.raise(.ValueError, "maxlen must be non-negative")
        return false
      }
      limit = value
    }
    o.deque.pointee.limit = limit
    clear(o)
    guard let iterable = values[0] else { return true }
    return extend(t, o, iterable)
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    guard ReprGuard.enter(t, o) else { return t.hasRaised ? nil : makeString("[...]") }
    defer { ReprGuard.leave(t, o) }
    guard let list = makeList(t, from: o) else { return nil }
    defer { list.release() }
    guard let text = PythonRuntime.repr(t, list) else { return nil }
    defer { text.release() }
    let limit = o.deque.pointee.limit
    return makeString("\(o.type.nameText)(\(stringValue(text))\(limit < 0 ? "" : ", maxlen=\(limit)"))")
  }

  private static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard isSubtype(b.type, type), isSubtype(a.type, type) else { return core.pointee.notImplemented }
    if op == .equal || op == .notEqual {
      if a == b { return makeBool(op == .equal) }
      if a.deque.pointee.count != b.deque.pointee.count { return makeBool(op == .notEqual) }
    }
    let (first, second) = (iterator(a, step: 1), iterator(b, step: 1))
    defer {
      first.release()
      second.release()
    }
    // Iterators, which notice when a comparison changes a deque.
    while true {
      guard let x = iterNext(t, first) else { break }
      defer { x.release() }
      guard let y = iterNext(t, second) else { break }
      defer { y.release() }
      let equal = compareBool(t, x, y, .equal)
      if equal < 0 { return nil }
      if equal == 0 {
        let answer = compareBool(t, x, y, op)
        return answer < 0 ? nil : makeBool(answer > 0)
      }
    }
    if t.hasRaised { return nil }
    return makeBool(compareWords(a.deque.pointee.count, b.deque.pointee.count, op))
  }

  // MARK: Iterator

  static func iterator(_ o: Object, step: Int) -> Object {
    let it = allocateZeroed(iteratorType)
    let p: UnsafeMutablePointer<DequeIteratorLayout> = it.layout()
    p.pointee.deque = o.retained()
    p.pointee.state = o.deque.pointee.state
    p.pointee.step = step
    p.pointee.index = step > 0 ? 0 : o.deque.pointee.count - 1
    track(it)
    return it
  }

  private static func configureIterator(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(DequeIteratorLayout.self).pointee.deque)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(DequeIteratorLayout.self).pointee.deque) }
    p.pointee.iter = UnaryFunction { _, o in o.retained() }
    p.pointee.next = UnaryFunction { t, o in
      let p: UnsafeMutablePointer<DequeIteratorLayout> = o.layout()
      guard let deque = p.pointee.deque else { return nil }
      guard deque.deque.pointee.state == p.pointee.state else {
        t.raise(.RuntimeError, "deque mutated during iteration")
        return nil
      }
      guard p.pointee.index >= 0, p.pointee.index < deque.deque.pointee.count else { return nil }
      let item = at(deque, p.pointee.index).pointee.retained()
      p.pointee.index += p.pointee.step
      return item
    }
  }

  /// `(type, ((), limit), state, iterator)`, without a limit `(type, (), state, iterator)`.
  private static func reduce(_ t: ThreadState, _ o: Object, _: Arguments) -> Object? {
    guard let method = getAttribute(t, o, "__getstate__") else { return nil }
    defer { method.release() }
    guard let state = call0(t, method) else { return nil }
    guard let items = iterate(t, o) else {
      state.release()
      return nil
    }
    let limit = o.deque.pointee.limit
    let empty = core.pointee.emptyTuple
    return makeTuple([o.type.object.retained(), limit < 0 ? empty : makeTuple([empty, makeInt(limit)]), state, items])
  }

  // MARK: Methods

  static func install(_ t: ThreadState) {
    readyType(t, type)
    readyType(t, iteratorType)
    addMethods(
      t, iteratorType,
      [
        NativeMethod("__length_hint__", .noArguments) { _, o, _ in
          let p: UnsafeMutablePointer<DequeIteratorLayout> = o.layout()
          guard let deque = p.pointee.deque, deque.deque.pointee.state == p.pointee.state else { return makeInt(0) }
          return makeInt(p.pointee.step > 0 ? deque.deque.pointee.count - p.pointee.index : p.pointee.index + 1)
        }
      ])
    addMethods(
      t, type,
      [
        NativeMethod("append", .oneArgument) { _, o, a in
          append(o, a[0])
          return core.pointee.none
        },
        NativeMethod("appendleft", .oneArgument) { _, o, a in
          prepend(o, a[0])
          return core.pointee.none
        },
        NativeMethod("pop", .noArguments) { t, o, _ in
          guard o.deque.pointee.count > 0 else { return t.raise(.IndexError, "pop from an empty deque") }
          return popLast(o)
        },
        NativeMethod("popleft", .noArguments) { t, o, _ in
          guard o.deque.pointee.count > 0 else { return t.raise(.IndexError, "pop from an empty deque") }
          return popFirst(o)
        },
        NativeMethod("clear", .noArguments) { _, o, _ in
          clear(o)
          return core.pointee.none
        },
        NativeMethod("extend", .oneArgument) { t, o, a in extend(t, o, a[0]) ? core.pointee.none : nil },
        NativeMethod("extendleft", .oneArgument) { t, o, a in extend(t, o, a[0], left: true) ? core.pointee.none : nil
        },
        NativeMethod("rotate", .positional(0, 1)) { t, o, a in
          var steps = 1
          if a.count == 1 {
            guard let n = indexValue(t, a[0]) else { return nil }
            steps = n
          }
          rotate(o, steps)
          return core.pointee.none
        },
        NativeMethod("reverse", .noArguments) { _, o, _ in
          let count = o.deque.pointee.count
          for i in 0..<(count / 2) {
            let other = at(o, count - 1 - i)
            let (first, second) = (at(o, i).pointee, other.pointee)
            at(o, i).pointee = second
            other.pointee = first
            storeProbe(o, i, first, second)
            storeProbe(o, count - 1 - i, second, first)
          }
          return core.pointee.none
        },
        NativeMethod("copy", .noArguments) { t, o, _ in copy(t, o) },
        NativeMethod("__copy__", .noArguments) { t, o, _ in copy(t, o) },
        NativeMethod("__reduce__", .noArguments, NativeFunction(reduce)),
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in ReportedSizes.answer(o, size(o)) },
        NativeMethod("__reversed__", .noArguments) { _, o, _ in iterator(o, step: -1) },
        NativeMethod("count", .oneArgument) { t, o, a in
          var found = 0
          var from = 0
          let state = o.deque.pointee.state
          while let i = find(t, o, a[0], from: from) {
            if i < 0 { return makeInt(found) }
            guard o.deque.pointee.state == state else {
              return t.raise(.RuntimeError, "deque mutated during iteration")
            }
            found += 1
            from = i + 1
          }
          return nil
        },
        NativeMethod("index", .positional(1, 3)) { t, o, a in
          let count = o.deque.pointee.count
          var bounds = [0, count]
          for k in 0..<2 where a.count > k + 1 {
            guard let number = index(t, a[k + 1]) else { return nil }
            let value = clampedIntValue(number)
            number.release()
            bounds[k] = max(0, min(count, value < 0 ? value &+ count : value))
          }
          guard let i = find(t, o, a[0], from: bounds[0], to: bounds[1]) else { return nil }
          guard i >= 0 else {
            guard let text = reprString(t, a[0]) else { return nil }
            return t.raise(.ValueError, "\(text) is not in deque")
          }
          return makeInt(i)
        },
        NativeMethod("insert", .positional(2, 2)) { t, o, a in
          guard let given = indexValue(t, a[0]) else { return nil }
          let count = o.deque.pointee.count
          guard o.deque.pointee.limit < 0 || count < o.deque.pointee.limit else {
            return t.raise(.IndexError, "deque already at its maximum size")
          }
          if given >= count {
            append(o, a[1])
          } else if given <= -count || given == 0 {
            prepend(o, a[1])
          } else {
            rotate(o, -given)
            if given < 0 { append(o, a[1]) } else { prepend(o, a[1]) }
            rotate(o, given)
          }
          return core.pointee.none
        },
        NativeMethod("remove", .oneArgument) { t, o, a in
          let state = o.deque.pointee.state
          let found = find(t, o, a[0], mutation: (.IndexError, "deque mutated during iteration"))
          guard let i = found else { return nil }
          // The comparison that said yes may have changed the deque, too.
          guard o.deque.pointee.state == state else { return t.raise(.IndexError, "deque mutated during iteration") }
          guard i >= 0 else {
            guard let text = reprString(t, a[0]) else { return nil }
            return t.raise(.ValueError, "\(text) is not in deque")
          }
          remove(at: i, o).release()
          return core.pointee.none
        },
        GenericAlias.classGetItem,
      ])
    addGetSet(
      t, type, "maxlen",
      getter: UnaryFunction { _, o in o.deque.pointee.limit < 0 ? core.pointee.none : makeInt(o.deque.pointee.limit) })
  }
}
