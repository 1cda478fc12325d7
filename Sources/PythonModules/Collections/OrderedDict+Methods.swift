// The methods of OrderedDict. Where a class overrides `__setitem__` or `__getitem__`, they are what the methods use; removing is the dict's own.
import PythonRuntime

extension OrderedDict {
  static func install(_ t: ThreadState) {
    readyType(t, type)
    OrderedDictIterator.install(t)
    addGetSet(
      t, type, "__dict__", getter: UnaryFunction { t, o in instanceDict(t, o)?.retained() },
      setter: StoreFunction { t, o, _, value in setInstanceDict(t, o, value) })
    addMethods(
      t, type,
      [
        NativeMethod("__reduce__", .noArguments) { t, o, _ in reduce(t, o) },
        NativeMethod("setdefault", .keywords) { t, o, a in setDefault(t, o, a) },
        NativeMethod("pop", .keywords) { t, o, a in pop(t, o, a) },
        NativeMethod("popitem", .keywords) { t, o, a in popItem(t, o, a) },
        NativeMethod("keys", .noArguments) { _, o, _ in makeDictView(OrderedDictIterator.keysType, o) },
        NativeMethod("values", .noArguments) { _, o, _ in makeDictView(OrderedDictIterator.valuesType, o) },
        NativeMethod("items", .noArguments) { _, o, _ in makeDictView(OrderedDictIterator.itemsType, o) },
        NativeMethod("update", .keywords) { t, o, a in
          guard a.count <= 1 else {
            return t.raise(.TypeError, "update() takes at most 1 positional argument (\(a.count) given)")
          }
          return update(t, o, a) ? core.pointee.none : nil
        },
        NativeMethod("clear", .noArguments) { _, o, _ in
          dictClear(o)
          return core.pointee.none
        },
        NativeMethod("copy", .noArguments) { t, o, _ in copy(t, o) },
        NativeMethod("__reversed__", .noArguments) { t, o, _ in OrderedDictIterator.make(t, o, .keys, isReversed: true)
        },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in
          // CPython links the keys by nodes of 32 bytes and a table of pointers.
          let table =
            o.dictKeys.pointee.usable + o.dictKeys.pointee.entryCount == 0 ? 0 : 8 << Int(o.dictKeys.pointee.log2Size)
          return makeInt(64 + dictSizeOf(o) + table + 32 * o.dictCount)
        },
        NativeMethod("move_to_end", .keywords) { t, o, a in moveToEnd(t, o, a) },
        NativeMethod(
          name: "fromkeys", kind: .keywords, function: NativeFunction { t, cls, a in fromKeys(t, cls, a) },
          binding: .classMethod),
      ])
  }

  private static func setInstanceDict(_ t: ThreadState, _ o: Object, _ value: Object?) -> Bool {
    guard let place = o.dictPlace else { return false }
    guard let value, value.isKind(.dict) else {
      return t.fail(
        .TypeError,
        value.map { "__dict__ must be set to a dictionary, not a '\($0.typeName)'" } ?? "cannot delete __dict__")
    }
    let old = place.pointee
    place.pointee = value.retained()
    storeProbe(o, .internalField("__dict__"), old, value)
    old.release()
    return true
  }

  private static func fromKeys(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "fromkeys", names: ["iterable", "value"], required: 1),
      let keys = v[0],
      let result = call0(t, cls)
    else { return nil }
    if forEach(t, keys, { setItem(t, result, $0, v[1] ?? core.pointee.none) }) { return result }
    result.release()
    return nil
  }

  /// `(class, (), state or None, None, iterator of items)`.
  private static func reduce(_ t: ThreadState, _ o: Object) -> Object? {
    guard let state = callMethod(t, o, "__getstate__") else { return nil }
    guard let items = callMethod(t, o, "items") else {
      state.release()
      return nil
    }
    defer { items.release() }
    guard let iterator = iterate(t, items) else {
      state.release()
      return nil
    }
    return makeTuple([o.type.object.retained(), core.pointee.emptyTuple.retained(), state, core.pointee.none, iterator])
  }

  private static func setDefault(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "setdefault", names: ["key", "default"], required: 1), let key = v[0]
    else {
      return nil
    }
    let fallback = v[1] ?? core.pointee.none
    if isExact(o) { return dictSetDefault(t, o, key, fallback)?.retained() }
    let found = sequenceContains(t, o, key)
    if found < 0 { return nil }
    if found == 1 { return getItem(t, o, key) }
    return setItem(t, o, key, fallback) ? fallback.retained() : nil
  }

  private static func pop(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "pop", names: ["key", "default"], required: 1), let key = v[0] else {
      return nil
    }
    if let value = dictPop(t, o, key) { return value }
    if t.hasRaised { return nil }
    if let fallback = v[1] { return fallback.retained() }
    return t.raiseKeyError(key)
  }

  private static func popItem(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "popitem", names: ["last"], required: 0) else { return nil }
    let isLast = v[0].map { isTrue(t, $0) } ?? 1
    if isLast < 0 { return nil }
    guard let place = isLast == 1 ? dictLastEntry(o)?.index : firstPlace(o), let entry = dictEntry(o, at: place) else {
      return t.raise(.KeyError, "dictionary is empty")
    }
    let key = entry.key.retained()
    let value: Object?
    if isLast == 1 {
      value = dictPopEntry(o, place)
    } else {
      value = dictRemoveEntry(o, at: place)
      removedFirst(o, at: place)
    }
    guard let value else {
      key.release()
      return nil
    }
    return makeTuple(stealing: key, value)
  }

  private static func moveToEnd(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "move_to_end", names: ["key", "last"], required: 1), let key = v[0]
    else {
      return nil
    }
    let isLast = v[1].map { isTrue(t, $0) } ?? 1
    if isLast < 0 { return nil }
    let place = dictPlace(t, o, key)
    guard place >= 0 else { return t.hasRaised ? nil : t.raiseKeyError(key) }
    if isLast == 1 { dictMoveToBack(o, from: place) } else { dictMoveToFront(o, from: place) }
    return core.pointee.none
  }

  private static func copy(_ t: ThreadState, _ o: Object) -> Object? {
    guard let result = call0(t, o.type.object) else { return nil }
    var position = 0
    while let entry = dictNext(o, &position) {
      let (key, old) = (entry.key.retained(), entry.value.retained())
      defer {
        key.release()
        old.release()
      }
      // A class of its own decides what it gives for a key, and how it takes it.
      let value = isExact(o) ? old.retained() : getItem(t, o, key)
      let done = value.map { isExact(o) ? dictSet(t, result, key, $0) : setItem(t, result, key, $0) } ?? false
      value.release()
      if !done {
        result.release()
        return nil
      }
    }
    return result
  }
}
