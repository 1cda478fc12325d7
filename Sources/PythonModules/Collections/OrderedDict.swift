// `collections.OrderedDict`: a dict whose order a program may change, and which compares it. The dict keeps the order itself; here are the class, its
// slots and its own fields. Methods are OrderedDict+Methods.swift, iterators and views OrderedDictIterator.swift.
import PythonRuntime
import PythonTypes

enum OrderedDict {
  /// Behind the dict's own fields.
  private struct Tail {
    var dict: Object?
    var weakrefs: Object?
    /// Nothing lives before this place while the keys have this version: what `popitem(last=False)` need not look at again.
    var firstPlace: Int
    var firstVersion: UInt32
  }

  private static let tailOffset = (core.pointee.types.dict.pointer.pointee.basicSize + 7) & ~7

  static let type: TypeObject = makeBuiltinType(
    name: "OrderedDict", module: "collections", kind: .dict, base: core.pointee.types.dict,
    layoutSize: tailOffset + MemoryLayout<Tail>.size, flags: [.container, .baseType, .mapping], configure: configure)

  private static func tail(_ o: Object) -> UnsafeMutablePointer<Tail> {
    (o.address + tailOffset).assumingMemoryBound(to: Tail.self)
  }

  @inline(__always) static func isExact(_ o: Object) -> Bool { o.type == type }

  // MARK: - Slots

  private static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    let base = core.pointee.types.dict.pointer
    p.pointee.dictOffset = tailOffset
    p.pointee.weakrefOffset = tailOffset + (MemoryLayout<Tail>.offset(of: \.weakrefs) ?? 0)
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      take(&tail(o).pointee.dict)
      core.pointee.types.dict.pointer.pointee.dealloc.call(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      visit(tail(o).pointee.dict) || (core.pointee.types.dict.pointer.pointee.traverse?.call(o, visit) ?? false)
    }
    p.pointee.clear = ObjectAction { o in
      take(&tail(o).pointee.dict)
      core.pointee.types.dict.pointer.pointee.clear?.call(o)
    }
    p.pointee.new = base.pointee.new
    p.pointee.initialize = InitFunction { t, o, a in
      guard a.count <= 1 else { return t.fail(.TypeError, "expected at most 1 arguments, got \(a.count)") }
      return update(t, o, a)
    }
    p.pointee.repr = UnaryFunction(repr)
    p.pointee.iter = UnaryFunction { t, o in OrderedDictIterator.make(t, o, .keys) }
    p.pointee.compare = CompareFunction(compare)
    p.pointee.number.or = BinaryFunction(unite)
    p.pointee.number.inPlaceOr = BinaryFunction { t, a, b in updateFrom(t, a, b) ? a.retained() : nil }
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    if o.dictCount == 0 { return makeString("\(o.type.nameText)()") }
    guard ReprGuard.enter(t, o) else { return makeString("...") }
    defer { ReprGuard.leave(t, o) }
    let plain = isExact(o) ? dictCopy(t, o) : makeDict()
    defer { plain.release() }
    if !isExact(o), !dictMerge(t, plain, o) { return nil }
    guard let text = reprString(t, plain) else { return nil }
    return makeString("\(o.type.nameText)(\(text))")
  }

  /// Equal as dicts and, with another OrderedDict, in the same order.
  private static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard b.isKind(.dict), op == .equal || op == .notEqual,
      let slot = core.pointee.types.dict.pointer.pointee.compare, let same = slot.call(t, a, b, .equal)
    else { return t.hasRaised ? nil : core.pointee.notImplemented.retained() }
    if same == core.pointee.notImplemented { return same }
    let truth = isTrue(t, same)
    same.release()
    if truth < 0 { return nil }
    var isSame = truth == 1
    if isSame, isSubtype(b.type, type) {
      let order = hasSameOrder(t, a, b)
      if order < 0 { return nil }
      isSame = order == 1
    }
    return makeBool(isSame == (op == .equal))
  }

  private static func hasSameOrder(_ t: ThreadState, _ a: Object, _ b: Object) -> Int {
    var (i, j) = (0, 0)
    while let x = dictNext(a, &i) {
      guard let y = dictNext(b, &j) else { return 0 }
      let (one, other) = (x.key.retained(), y.key.retained())
      defer {
        one.release()
        other.release()
      }
      let versions = (dictKeysVersion(a), dictKeysVersion(b))
      let order = compareBool(t, one, other, .equal)
      if order <= 0 { return order }
      guard versions == (dictKeysVersion(a), dictKeysVersion(b)) else {
        t.raise(.RuntimeError, "OrderedDict mutated during iteration")
        return -1
      }
    }
    return 1
  }

  /// `a | b`: of the class of the operand that is an OrderedDict, the left one's first.
  private static func unite(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard a.isKind(.dict), b.isKind(.dict) else { return core.pointee.notImplemented.retained() }
    let cls = isSubtype(a.type, type) ? a.type : b.type
    guard let result = call1(t, cls.object, a) else { return nil }
    if updateFrom(t, result, b) { return result }
    result.release()
    return nil
  }

  // MARK: - Update, as `MutableMapping.update`: through the object's own `__setitem__`

  static func update(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    if let source = a.optional(0), !updateFrom(t, o, source) { return false }
    guard let names = a.keywordNames else { return true }
    for i in 0..<names.tupleCount where !setItem(t, o, names.tupleItems[i], a.base[a.count + i]) { return false }
    return true
  }

  static func updateFrom(_ t: ThreadState, _ o: Object, _ source: Object) -> Bool {
    if source.isExactly(.dict) {
      guard let items = callMethod(t, source, "items") else { return false }
      defer { items.release() }
      guard let list = makeList(t, from: items) else { return false }
      defer { list.release() }
      return addPairs(t, o, list)
    }
    var failed = false
    if let method = findAttribute(t, source, internString("keys"), failed: &failed) {
      defer { method.release() }
      guard let keys = call0(t, method) else { return false }
      defer { keys.release() }
      return forEach(t, keys) { key in
        guard let value = getItem(t, source, key) else { return false }
        defer { value.release() }
        return setItem(t, o, key, value)
      }
    }
    if failed { return false }
    if let method = findAttribute(t, source, internString("items"), failed: &failed) {
      defer { method.release() }
      guard let items = call0(t, method) else { return false }
      defer { items.release() }
      return addPairs(t, o, items)
    }
    return !failed && addPairs(t, o, source)
  }

  private static func addPairs(_ t: ThreadState, _ o: Object, _ pairs: Object) -> Bool {
    forEach(t, pairs) { pair in
      guard let iterator = iterate(t, pair) else { return false }
      defer { iterator.release() }
      guard let key = iterNext(t, iterator) else {
        return !t.hasRaised && t.fail(.ValueError, "need more than 0 values to unpack")
      }
      defer { key.release() }
      guard let value = iterNext(t, iterator) else {
        return !t.hasRaised && t.fail(.ValueError, "need more than 1 value to unpack")
      }
      defer { value.release() }
      if let third = iterNext(t, iterator) {
        third.release()
        return t.fail(.ValueError, "too many values to unpack (expected 2)")
      }
      return !t.hasRaised && setItem(t, o, key, value)
    }
  }

  // MARK: - The first entry

  static func firstPlace(_ o: Object) -> Int? {
    let known = tail(o).pointee
    let isValid = known.firstVersion != 0 && known.firstVersion == o.dictKeys.pointee.version
    return dictFirstPlace(o, from: isValid ? known.firstPlace : 0)
  }

  /// The entry at `place` was the first and is gone.
  static func removedFirst(_ o: Object, at place: Int) {
    tail(o).pointee.firstPlace = place + 1
    tail(o).pointee.firstVersion = dictKeysVersion(o)
  }
}
