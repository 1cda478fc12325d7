// set's and frozenset's slots and methods.
import PythonRuntime

/// Whether the object is a set or frozenset, or of a subclass.
func isAnySet(_ o: Object) -> Bool { o.isKind(.set) || o.isKind(.frozenset) }

/// Operations that change their first operand, a set under construction or the receiver; false with an exception set.
enum SetOperations {
  static func unite(_ t: ThreadState, _ set: Object, _ other: Object) -> Bool {
    if isAnySet(other) {
      if other == set { return true }
      setReserve(set, other.setCount)
      if setCopyTable(set, from: other) { return true }
      var position = 0
      while let entry = setNext(other, &position) {
        guard setAdd(t, set, entry.key, hash: entry.hash) else { return false }
      }
      return true
    }
    if other.isExactly(.dict) {
      setReserve(set, other.dictCount)
      var position = 0
      while let entry = dictNext(other, &position) {
        guard setAdd(t, set, entry.key, hash: entry.hash) else { return false }
      }
      return true
    }
    return forEach(t, other) { setAdd(t, set, $0) }
  }

  static func subtract(_ t: ThreadState, _ set: Object, _ other: Object) -> Bool {
    if set == other {
      setClear(set)
      return true
    }
    if isAnySet(other) {
      var position = 0
      while let entry = setNext(other, &position) {
        entry.key.retain()
        let done = setDiscard(t, set, entry.key, hash: entry.hash)
        entry.key.release()
        if done < 0 { return false }
      }
      return true
    }
    if other.isExactly(.dict) {
      var position = 0
      while let entry = dictNext(other, &position) {
        entry.key.retain()
        let done = setDiscard(t, set, entry.key, hash: entry.hash)
        entry.key.release()
        if done < 0 { return false }
      }
      return true
    }
    return forEach(t, other) { setDiscard(t, set, $0) >= 0 }
  }

  /// The common items as a new set of `type`.
  static func intersection(_ t: ThreadState, _ a: Object, _ b: Object, _ type: TypeObject) -> Object? {
    let result = makeSet(type)
    if intersect(t, a, b, into: result) { return result }
    result.release()
    return nil
  }
  private static func intersect(_ t: ThreadState, _ a: Object, _ b: Object, into result: Object) -> Bool {
    if isAnySet(b) {
      // The smaller one is walked.
      let (walked, asked) = b.setCount > a.setCount ? (a, b) : (b, a)
      var position = 0
      while let entry = setNext(walked, &position) {
        entry.key.retain()
        defer { entry.key.release() }
        let found = setContains(t, asked, entry.key, hash: entry.hash)
        if found < 0 { return false }
        if found > 0, !setAdd(t, result, entry.key, hash: entry.hash) { return false }
      }
      return true
    }
    return forEach(t, b) { item in
      let h = hash(t, item)
      if h == -1 { return false }
      let found = setContains(t, a, item, hash: h)
      if found < 0 { return false }
      return found == 0 || setAdd(t, result, item, hash: h)
    }
  }
  static func intersect(_ t: ThreadState, _ set: Object, _ other: Object) -> Bool {
    guard let common = intersection(t, set, other, core.pointee.types.set) else { return false }
    defer { common.release() }
    setSwap(set, common)
    return true
  }

  static func symmetric(_ t: ThreadState, _ set: Object, _ other: Object) -> Bool {
    if set == other {
      setClear(set)
      return true
    }
    guard let items = isAnySet(other) ? other.retained() : make(t, core.pointee.types.set, other) else { return false }
    defer { items.release() }
    var position = 0
    while let entry = setNext(items, &position) {
      entry.key.retain()
      defer { entry.key.release() }
      let removed = setDiscard(t, set, entry.key, hash: entry.hash)
      if removed < 0 { return false }
      if removed == 0, !setAdd(t, set, entry.key, hash: entry.hash) { return false }
    }
    return true
  }

  /// The items of `a` that are not in `b`, as a new set of `type`.
  static func difference(_ t: ThreadState, _ a: Object, _ b: Object, _ type: TypeObject) -> Object? {
    // Much more items than are taken away: a copy without them, whose order is that of the copy. As CPython decides.
    let isSmall = isAnySet(b) ? a.setCount >> 2 > b.setCount : b.isExactly(.dict) && a.setCount >> 2 > b.dictCount
    guard isAnySet(b) || b.isExactly(.dict), !isSmall else {
      guard let result = make(t, type, a) else { return nil }
      if subtract(t, result, b) { return result }
      result.release()
      return nil
    }
    let result = makeSet(type)
    var position = 0
    while let entry = setNext(a, &position) {
      entry.key.retain()
      defer { entry.key.release() }
      let found: Int
      if isAnySet(b) {
        found = setContains(t, b, entry.key, hash: entry.hash)
      } else {
        found = dictGet(t, b, entry.key, hash: entry.hash) != nil ? 1 : t.hasRaised ? -1 : 0
      }
      if found < 0 || (found == 0 && !setAdd(t, result, entry.key, hash: entry.hash)) {
        result.release()
        return nil
      }
    }
    return result
  }

  static func make(_ t: ThreadState, _ type: TypeObject, _ source: Object?) -> Object? {
    let set = makeSet(type)
    guard let source else { return set }
    if unite(t, set, source) { return set }
    set.release()
    return nil
  }

  /// Whether all of `a` is in `b`: 1, 0, -1.
  static func isSubset(_ t: ThreadState, _ a: Object, _ b: Object) -> Int {
    if a.setCount > b.setCount { return 0 }
    var position = 0
    while let entry = setNext(a, &position) {
      entry.key.retain()
      let found = setContains(t, b, entry.key, hash: entry.hash)
      entry.key.release()
      if found <= 0 { return found }
    }
    return 1
  }
}

enum SetMethods {
  /// The plain type that results of methods of `o` have.
  static func plainType(_ o: Object) -> TypeObject {
    o.isKind(.frozenset) ? core.pointee.types.frozenset : core.pointee.types.set
  }
  private static func both(_ a: Object, _ b: Object) -> Bool { isAnySet(a) && isAnySet(b) }

  static func configure() {
    for type in [core.pointee.types.set, core.pointee.types.frozenset] {
      let p = slots(type)
      p.pointee.repr = UnaryFunction(repr)
      p.pointee.compare = CompareFunction(compare)
      p.pointee.iter = UnaryFunction { _, o in makeIterator(core.pointee.types.setIterator, o, extra: o.setCount) }
      p.pointee.length = MeasureFunction { _, o in o.setCount }
      p.pointee.contains = ContainsFunction { t, o, item in withHashable(t, item) { setContains(t, o, $0) } }
      p.pointee.number.or = BinaryFunction { t, a, b in
        guard both(a, b) else { return notImplemented }
        return copied(t, a).flatMap { finish($0, SetOperations.unite(t, $0, b)) }
      }
      p.pointee.number.and = BinaryFunction { t, a, b in
        both(a, b) ? SetOperations.intersection(t, a, b, plainType(a)) : notImplemented
      }
      p.pointee.number.subtract = BinaryFunction { t, a, b in
        both(a, b) ? SetOperations.difference(t, a, b, plainType(a)) : notImplemented
      }
      p.pointee.number.xor = BinaryFunction { t, a, b in
        guard both(a, b) else { return notImplemented }
        return SetOperations.make(t, plainType(a), b).flatMap { finish($0, SetOperations.symmetric(t, $0, a)) }
      }
    }
    let set = slots(core.pointee.types.set)
    set.pointee.new = NativeFunction { _, type, _ in makeSet(TypeObject(unchecked: type)) }
    set.pointee.initialize = InitFunction { t, o, a in
      guard
        o.type != core.pointee.types.set && o.type.pointer.pointee.new != core.pointee.types.set.pointer.pointee.new
          || refuseKeywords(t, a, "set")
      else { return false }
      guard a.count <= 1 else { return t.fail(.TypeError, "set expected at most 1 argument, got \(a.count)") }
      if o.setCount > 0 { setClear(o) }
      return a.optional(0).map { SetOperations.unite(t, o, $0) } ?? true
    }
    set.pointee.number.inPlaceOr = BinaryFunction { t, a, b in
      guard isAnySet(b) else { return notImplemented }
      return SetOperations.unite(t, a, b) ? a.retained() : nil
    }
    set.pointee.number.inPlaceAnd = BinaryFunction { t, a, b in
      guard isAnySet(b) else { return notImplemented }
      return SetOperations.intersect(t, a, b) ? a.retained() : nil
    }
    set.pointee.number.inPlaceSubtract = BinaryFunction { t, a, b in
      guard isAnySet(b) else { return notImplemented }
      return SetOperations.subtract(t, a, b) ? a.retained() : nil
    }
    set.pointee.number.inPlaceXor = BinaryFunction { t, a, b in
      guard isAnySet(b) else { return notImplemented }
      return SetOperations.symmetric(t, a, b) ? a.retained() : nil
    }
    let frozen = slots(core.pointee.types.frozenset)
    frozen.pointee.hash = MeasureFunction { _, o in frozenHash(o) }
    frozen.pointee.new = NativeFunction(newFrozen)
  }

  private static func finish(_ o: Object, _ done: Bool) -> Object? {
    if done { return o }
    o.release()
    return nil
  }
  private static func copied(_ t: ThreadState, _ o: Object) -> Object? { SetOperations.make(t, plainType(o), o) }

  /// A set asked for is hashed as a frozenset would be.
  private static func withHashable(_ t: ThreadState, _ item: Object, _ body: (Object) -> Int) -> Int {
    let answer = body(item)
    guard answer < 0, item.isKind(.set), t.matches(.TypeError) else { return answer }
    t.clearRaised()
    guard let frozen = SetOperations.make(t, core.pointee.types.frozenset, item) else { return -1 }
    defer { frozen.release() }
    return body(frozen)
  }

  private static func newFrozen(_ t: ThreadState, _ type: Object, _ a: Arguments) -> Object? {
    let exact = type == core.pointee.types.frozenset.object
    guard
      keepsInitializer(type, core.pointee.types.frozenset) == false || refuseKeywords(t, a, "frozenset")
    else { return nil }
    guard a.count <= 1 else { return t.raise(.TypeError, "frozenset expected at most 1 argument, got \(a.count)") }
    if exact, let source = a.optional(0), source.isExactly(.frozenset) { return source.retained() }
    return SetOperations.make(t, TypeObject(unchecked: type), a.optional(0))
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    let name = o.typeName
    if o.setCount == 0 { return makeString("\(name)()") }
    guard ReprGuard.enter(t, o) else { return makeString("\(name)(...)") }
    defer { ReprGuard.leave(t, o) }
    guard let list = makeList(t, from: o) else { return nil }
    defer { list.release() }
    var b = StrBuilder()
    let plain = o.isExactly(.set)
    b.append(plain ? "{" : "\(name)({")
    for i in 0..<list.listCount {
      if i > 0 { b.append(", ") }
      guard ReprGuard.append(t, &b, list.listItems[i]) else { return nil }
    }
    b.append(plain ? "}" : "})")
    return b.make()
  }

  private static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard isAnySet(b) else { return notImplemented }
    let answer: Int
    switch op {
    case .equal, .notEqual:
      var same = a.setCount == b.setCount ? 1 : 0
      let p = a.setLayout.pointee.hash
      let q = b.setLayout.pointee.hash
      if same > 0, p != -1, q != -1, p != q { same = 0 }
      if same > 0 { same = SetOperations.isSubset(t, a, b) }
      if same < 0 { return nil }
      return makeBool((same > 0) == (op == .equal))
    case .lessEqual: answer = SetOperations.isSubset(t, a, b)
    case .greaterEqual: answer = SetOperations.isSubset(t, b, a)
    case .less: answer = a.setCount < b.setCount ? SetOperations.isSubset(t, a, b) : 0
    case .greater: answer = a.setCount > b.setCount ? SetOperations.isSubset(t, b, a) : 0
    }
    return answer < 0 ? nil : makeBool(answer > 0)
  }

  /// Order-independent, as CPython's.
  private static func frozenHash(_ o: Object) -> Int {
    let p = o.setLayout
    if p.pointee.hash != -1 { return p.pointee.hash }
    func shuffle(_ h: UInt) -> UInt { ((h ^ 89_869_747) ^ (h << 16)) &* 3_644_798_167 }
    var h: UInt = 0
    // Every table place counts: free ones and deleted ones cancel by parity.
    for i in 0...p.pointee.mask { h ^= shuffle(UInt(bitPattern: p.pointee.table[i].hash)) }
    if (p.pointee.mask + 1 - p.pointee.fill) & 1 == 1 { h ^= shuffle(0) }
    if (p.pointee.fill - p.pointee.used) & 1 == 1 { h ^= shuffle(UInt(bitPattern: -1)) }
    h ^= (UInt(p.pointee.used) &+ 1) &* 1_927_868_237
    h ^= (h >> 11) ^ (h >> 25)
    h = h &* 69069 &+ 907_133_923
    let value = h == UInt.max ? 590_923_713 : Int(bitPattern: h)
    p.pointee.hash = value
    return value
  }

  // MARK: - Methods

  private static let shared: [NativeMethod] = [
    NativeMethod("copy", .noArguments) { t, o, _ in
      o.isExactly(.frozenset) ? o.retained() : SetOperations.make(t, o.isExactly(.set) ? o.type : plainType(o), o)
    },
    NativeMethod("union", .positional(0, -1)) { t, o, a in
      guard let result = copied(t, o) else { return nil }
      for i in 0..<a.count where !SetOperations.unite(t, result, a[i]) { return finish(result, false) }
      return result
    },
    NativeMethod("intersection", .positional(0, -1)) { t, o, a in
      if a.count == 0 { return copied(t, o) }
      var result = o.retained()
      for i in 0..<a.count {
        let next = SetOperations.intersection(t, result, a[i], plainType(o))
        result.release()
        guard let next else { return nil }
        result = next
      }
      return result
    },
    NativeMethod("difference", .positional(0, -1)) { t, o, a in
      if a.count == 0 { return copied(t, o) }
      guard let result = SetOperations.difference(t, o, a[0], plainType(o)) else { return nil }
      for i in 1..<max(a.count, 1) where !SetOperations.subtract(t, result, a[i]) { return finish(result, false) }
      return result
    },
    NativeMethod("symmetric_difference", .oneArgument) { t, o, a in
      SetOperations.make(t, plainType(o), a[0]).flatMap { finish($0, SetOperations.symmetric(t, $0, o)) }
    },
    NativeMethod("isdisjoint", .oneArgument) { t, o, a in
      var common = false
      let done = forEach(t, a[0]) { item in
        let found = setContains(t, o, item)
        if found > 0 { common = true }
        return found == 0
      }
      return !done && t.hasRaised ? nil : makeBool(!common)
    },
    NativeMethod("issubset", .oneArgument) { t, o, a in
      guard let other = isAnySet(a[0]) ? a[0].retained() : SetOperations.make(t, core.pointee.types.set, a[0]) else {
        return nil
      }
      defer { other.release() }
      let answer = SetOperations.isSubset(t, o, other)
      return answer < 0 ? nil : makeBool(answer > 0)
    },
    NativeMethod("issuperset", .oneArgument) { t, o, a in
      if isAnySet(a[0]) {
        let answer = SetOperations.isSubset(t, a[0], o)
        return answer < 0 ? nil : makeBool(answer > 0)
      }
      var all = true
      let done = forEach(t, a[0]) { item in
        let found = setContains(t, o, item)
        if found == 0 { all = false }
        return found > 0
      }
      return !done && t.hasRaised ? nil : makeBool(all)
    },
    NativeMethod("__contains__", .oneArgument) { t, o, a in
      let found = withHashable(t, a[0]) { setContains(t, o, $0) }
      return found < 0 ? nil : makeBool(found > 0)
    },
    NativeMethod("__reduce__", .noArguments) { t, o, _ in
      guard let items = makeList(t, from: o) else { return nil }
      guard let state = callMethod(t, o, "__getstate__") else {
        items.release()
        return nil
      }
      return makeTuple([o.type.object.retained(), makeTuple([items]), state])
    },
    NativeMethod("__sizeof__", .noArguments) { _, o, _ in
      makeInt(200 + (o.setLayout.pointee.mask > 7 ? (o.setLayout.pointee.mask + 1) * 16 : 0))
    },
    GenericAlias.classGetItem,
  ]

  private static let mutating: [NativeMethod] = [
    NativeMethod("add", .oneArgument) { t, o, a in setAdd(t, o, a[0]) ? none : nil },
    NativeMethod("discard", .oneArgument) { t, o, a in
      withHashable(t, a[0]) { setDiscard(t, o, $0) } < 0 ? nil : none
    },
    NativeMethod("remove", .oneArgument) { t, o, a in
      let removed = withHashable(t, a[0]) { setDiscard(t, o, $0) }
      if removed > 0 { return none }
      if removed == 0 { t.raiseKeyError(a[0]) }
      return nil
    },
    NativeMethod("pop", .noArguments) { t, o, _ in setPop(o) ?? t.raise(.KeyError, "pop from an empty set") },
    NativeMethod("clear", .noArguments) { _, o, _ in
      setClear(o)
      return none
    },
    NativeMethod("update", .positional(0, -1)) { t, o, a in
      for i in 0..<a.count where !SetOperations.unite(t, o, a[i]) { return nil }
      return none
    },
    NativeMethod("difference_update", .positional(0, -1)) { t, o, a in
      for i in 0..<a.count where !SetOperations.subtract(t, o, a[i]) { return nil }
      return none
    },
    NativeMethod("intersection_update", .positional(0, -1)) { t, o, a in
      for i in 0..<a.count where !SetOperations.intersect(t, o, a[i]) { return nil }
      return none
    },
    NativeMethod("symmetric_difference_update", .oneArgument) { t, o, a in
      SetOperations.symmetric(t, o, a[0]) ? none : nil
    },
  ]

  static func install(_ t: ThreadState) {
    addMethods(t, core.pointee.types.set, shared + mutating)
    addMethods(t, core.pointee.types.frozenset, shared)
  }
}
