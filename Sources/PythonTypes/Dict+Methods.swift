// dict's slots and methods.
import PythonRuntime

enum DictMethods {
  static func configure() {
    let p = slots(core.pointee.types.dict)
    p.pointee.new = NativeFunction { _, type, _ in
      // As CPython's: fresh memory, though dicts made otherwise come from the free list. One without content is not tracked.
      let o = allocateZeroed(TypeObject(unchecked: type))
      emptyDict(o)
      if type != core.pointee.types.dict.object { trackFresh(o) }
      return o
    }
    p.pointee.initialize = InitFunction { t, o, a in update(t, o, a, "dict") }
    p.pointee.repr = UnaryFunction { t, o in
      if o.dictCount == 0 { return makeString("{}") }
      return ReprGuard.items(t, o, open: "{", close: "}", recursive: "{...}") { b in
        var position = 0
        var isFirst = true
        while let entry = dictNext(o, &position) {
          entry.key.retain()
          entry.value.retain()
          defer {
            entry.key.release()
            entry.value.release()
          }
          if !isFirst { b.append(", ") }
          isFirst = false
          guard ReprGuard.append(t, &b, entry.key) else { return false }
          b.append(": ")
          guard ReprGuard.append(t, &b, entry.value) else { return false }
        }
        return true
      }
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard a.isKind(.dict), b.isKind(.dict), op == .equal || op == .notEqual else { return notImplemented }
      let same = equal(t, a, b)
      return same < 0 ? nil : makeBool((same > 0) == (op == .equal))
    }
    p.pointee.iter = UnaryFunction { _, o in
      makeDictIterator(core.pointee.types.dictKeyIterator, o)
    }
    p.pointee.length = MeasureFunction { _, o in o.dictCount }
    p.pointee.contains = ContainsFunction { t, o, key in dictContains(t, o, key) }
    p.pointee.getItem = BinaryFunction(item)
    p.pointee.setItem = StoreFunction { t, o, key, value in
      if let value { return dictSet(t, o, key, value) }
      return dictDelete(t, o, key)
    }
    p.pointee.number.or = BinaryFunction { t, a, b in
      guard a.isKind(.dict), b.isKind(.dict) else { return notImplemented }
      let result = dictCopy(t, a)
      if updateFrom(t, result, b) { return result }
      result.release()
      return nil
    }
    p.pointee.number.inPlaceOr = BinaryFunction { t, a, b in updateFrom(t, a, b) ? a.retained() : nil }
  }

  /// `d[key]`, with `__missing__` of subclasses.
  static func item(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    if let value = dictGet(t, o, key) { return value.retained() }
    if t.hasRaised { return nil }
    if !o.isExactly(.dict), let missing = lookupSpecial(t, o, Special.missing) {
      defer { missing.release() }
      return call1(t, missing, key)
    }
    if t.hasRaised { return nil }
    t.raiseKeyError(key)
    return nil
  }

  private static func equal(_ t: ThreadState, _ a: Object, _ b: Object) -> Int {
    guard a.dictCount == b.dictCount else { return 0 }
    var position = 0
    while let entry = dictNext(a, &position) {
      entry.key.retain()
      entry.value.retain()
      defer {
        entry.key.release()
        entry.value.release()
      }
      guard let other = dictGet(t, b, entry.key, hash: entry.hash) else { return t.hasRaised ? -1 : 0 }
      other.retain()
      let order = compareBool(t, entry.value, other, .equal)
      other.release()
      if order <= 0 { return order }
    }
    return 1
  }

  /// `update` and `__init__`: one mapping or iterable of pairs, then keywords.
  static func update(_ t: ThreadState, _ o: Object, _ a: Arguments, _ name: String) -> Bool {
    guard a.count <= 1 else {
      return t.fail(.TypeError, "\(name) expected at most 1 argument, got \(a.count)")
    }
    if let source = a.optional(0) {
      guard updateFrom(t, o, source) else { return false }
    }
    guard let names = a.keywordNames else { return true }
    for i in 0..<names.tupleCount {
      guard dictSet(t, o, names.tupleItems[i], a.base[a.count + i]) else { return false }
    }
    return true
  }

  static func updateFrom(_ t: ThreadState, _ o: Object, _ source: Object) -> Bool {
    if source.isKind(.dict) { return dictMerge(t, o, source) }
    var failed = false
    if let keysMethod = findAttribute(t, source, internString("keys"), failed: &failed) {
      keysMethod.release()
      return dictMerge(t, o, source)
    }
    if failed { return false }
    var i = 0
    return forEach(t, source) { pair in
      guard let items = fastSequence(t, pair, "cannot convert dictionary update sequence element #\(i) to a sequence")
      else { return false }
      defer { items.release() }
      guard items.fastCount == 2 else {
        return t.fail(
          .ValueError, "dictionary update sequence element #\(i) has length \(items.fastCount); 2 is required")
      }
      i += 1
      // Hashing the key may change the pair.
      let (key, value) = (items.fastItem(0).retained(), items.fastItem(1).retained())
      defer {
        key.release()
        value.release()
      }
      return dictSet(t, o, key, value)
    }
  }

  static func install(_ t: ThreadState) {
    addMethods(
      t, core.pointee.types.dict,
      [
        NativeMethod("get", .positional(1, 2)) { t, o, a in
          if let value = dictGet(t, o, a[0]) { return value.retained() }
          return t.hasRaised ? nil : (a.optional(1) ?? none).retained()
        },
        NativeMethod("setdefault", .positional(1, 2)) { t, o, a in
          dictSetDefault(t, o, a[0], a.optional(1) ?? none)?.retained()
        },
        NativeMethod("pop", .positional(1, 2)) { t, o, a in
          if let value = dictPop(t, o, a[0]) { return value }
          if t.hasRaised { return nil }
          if let fallback = a.optional(1) { return fallback.retained() }
          t.raiseKeyError(a[0])
          return nil
        },
        NativeMethod("popitem", .noArguments) { t, o, _ in popItem(t, o) },
        NativeMethod("keys", .noArguments) { _, o, _ in makeDictView(core.pointee.types.dictKeys, o) },
        NativeMethod("values", .noArguments) { _, o, _ in makeDictView(core.pointee.types.dictValues, o) },
        NativeMethod("items", .noArguments) { _, o, _ in makeDictView(core.pointee.types.dictItems, o) },
        NativeMethod("update", .keywords) { t, o, a in
          let held = ArgumentTuple(t, a)
          defer { held.release() }
          return update(t, o, a, "update") ? none : nil
        },
        NativeMethod("copy", .noArguments) { t, o, _ in dictCopy(t, o) },
        NativeMethod("clear", .noArguments) { _, o, _ in
          dictClear(o)
          return none
        },
        NativeMethod("__contains__", .oneArgument) { t, o, a in
          let found = dictContains(t, o, a[0])
          return found < 0 ? nil : makeBool(found > 0)
        },
        NativeMethod("__getitem__", .oneArgument) { t, o, a in item(t, o, a[0]) },
        NativeMethod("__reversed__", .noArguments) { _, o, _ in
          makeIterator(LazyIterators.dictReverseKeys, o, index: dictEntryCount(o), extra: o.dictCount)
        },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in
          // What a subclass adds, as defaultdict's factory, is part of it.
          makeInt(
            dictSizeOf(o) + o.type.pointer.pointee.basicSize
              - core.pointee.types.dict.pointer.pointee.basicSize)
        },
        NativeMethod(
          name: "fromkeys", kind: .positional(1, 2),
          function: NativeFunction { t, type, a in fromKeys(t, type, a[0], a.optional(1) ?? none) },
          binding: .classMethod),
        GenericAlias.classGetItem,
      ])
  }

  private static func popItem(_ t: ThreadState, _ o: Object) -> Object? {
    guard let last = dictLastEntry(o) else { return t.raise(.KeyError, "popitem(): dictionary is empty") }
    let key = last.key.retained()
    guard let value = dictPopEntry(o, last.index) else { return nil }
    return makeTuple(stealing: key, value)
  }

  private static func fromKeys(_ t: ThreadState, _ type: Object, _ keys: Object, _ value: Object) -> Object? {
    guard let result = call0(t, type) else { return nil }
    let exact = result.isExactly(.dict)
    let done = forEach(t, keys) { exact ? dictSet(t, result, $0, value) : PythonRuntime.setItem(t, result, $0, value) }
    if done { return result }
    result.release()
    return nil
  }
}
