// `functools._lru_cache_wrapper`: a callable that remembers its results.
//
// The results lie in one dict, in the order in which they were used last: a hit moves its entry to the end, the first one goes when there are too many.
import PythonRuntime

struct CacheWrapperLayout {
  var header: ObjectHeader
  var function: Object?
  var cache: Object?
  /// What `cache_info()` calls with the four numbers.
  var infoType: Object?
  var dict: Object?
  var weakrefs: Object?
  /// -1: without bound.
  var limit: Int
  var hits: Int
  var misses: Int
  /// No entry lives before this place, as long as the entries lie where they did.
  var firstPlace: Int
  var isTyped: Bool
}

enum CacheWrapper {
  static let type: TypeObject = makeBuiltinType(
    name: "_lru_cache_wrapper", module: "functools",
    layoutSize: MemoryLayout<CacheWrapperLayout>.size,
    flags: [.container, .baseType, .methodDescriptor]
  ) { p in
    p.pointee.dictOffset = MemoryLayout<CacheWrapperLayout>.offset(of: \.dict) ?? 0
    p.pointee.weakrefOffset = MemoryLayout<CacheWrapperLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p = layout(o)
      return visit(p.pointee.function) || visit(p.pointee.cache) || visit(p.pointee.infoType)
        || visit(p.pointee.dict)
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.new = NativeFunction(new)
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.call = NativeFunction(call)
    p.pointee.descriptorGet = TernaryFunction { _, o, receiver, _ in
      guard let receiver, receiver != core.pointee.none else { return o.retained() }
      return makeMethod(o, receiver)
    }
  }

  private static func layout(_ o: Object) -> UnsafeMutablePointer<CacheWrapperLayout> { o.layout() }

  private static func clear(_ o: Object) {
    let p = layout(o)
    take(&p.pointee.function)
    take(&p.pointee.cache)
    take(&p.pointee.infoType)
    take(&p.pointee.dict)
  }

  private static func new(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(
        t, a, function: "lru_cache",
        names: ["user_function", "maxsize", "typed", "cache_info_type"], required: 4),
      let function = given[0], let size = given[1], let typed = given[2], let infoType = given[3]
    else { return nil }
    guard isCallable(function) else {
      return t.raise(.TypeError, "the first argument must be callable")
    }
    var limit = -1
    if size != core.pointee.none {
      guard isIndex(size) else { return t.raise(.TypeError, "maxsize should be integer or None") }
      guard let value = indexValue(t, size) else { return nil }
      limit = max(value, 0)
    }
    let isTyped = isTrue(t, typed)
    guard isTyped >= 0 else { return nil }
    let o = allocateZeroed(TypeObject(unchecked: cls))
    let p = layout(o)
    p.pointee.function = function.retained()
    p.pointee.cache = makeDict()
    p.pointee.infoType = infoType.retained()
    p.pointee.limit = limit
    p.pointee.isTyped = isTyped == 1
    track(o)
    return o
  }

  // MARK: - Calls

  /// Stands in a key between positional and named arguments.
  private static let mark: Object = allocateZeroed(core.pointee.types.object)

  /// New reference.
  private static func key(_ a: Arguments, isTyped: Bool) -> Object {
    let named = a.keywordNames?.tupleCount ?? 0
    // A plain str or int is its own key.
    if !isTyped, named == 0, a.count == 1, a[0].isExactly(.str) || a[0].isExactly(.int) {
      return a[0].retained()
    }
    var parts = (0..<a.count).map { a[$0].retained() }
    if let names = a.keywordNames, named > 0 {
      parts.append(mark.retained())
      for i in 0..<named {
        parts += [names.tupleItems[i].retained(), a.base[a.count + i].retained()]
      }
    }
    if isTyped { for i in 0..<a.count + named { parts.append(a.base[i].type.object.retained()) } }
    return makeTuple(parts)
  }

  private static func call(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    let p = layout(o)
    guard let function = p.pointee.function?.retained(), let cache = p.pointee.cache?.retained()
    else { return nil }
    defer {
      function.release()
      cache.release()
    }
    if p.pointee.limit == 0 {
      p.pointee.misses += 1
      return PythonRuntime.call(t, function, a)
    }
    let key = key(a, isTyped: p.pointee.isTyped)
    defer { key.release() }
    let hash = PythonRuntime.hash(t, key)
    guard hash != -1 else { return nil }
    let place = dictPlace(t, cache, key, hash: hash)
    guard place != -2 else { return nil }
    if place >= 0, let entry = dictEntry(cache, at: place) {
      let result = entry.value.retained()
      p.pointee.hits += 1
      if p.pointee.limit > 0, dictLastEntry(cache)?.index != place {
        let count = dictEntryCount(cache)
        dictMoveToBack(cache, from: place)
        added(o, cache, to: count)
      }
      return result
    }
    p.pointee.misses += 1
    guard let result = PythonRuntime.call(t, function, a) else { return nil }
    guard keep(t, o, cache, key, hash, result) else {
      result.release()
      return nil
    }
    return result
  }

  /// Remembers a result, in the place of the one that was not used for longest. False: an exception is set.
  private static func keep(
    _ t: ThreadState, _ o: Object, _ cache: Object, _ key: Object, _ hash: Int, _ result: Object
  ) -> Bool {
    let p = layout(o)
    guard p.pointee.limit > 0 else { return dictSet(t, cache, key, result, hash: hash) }
    // The call may have kept the same key.
    let place = dictPlace(t, cache, key, hash: hash)
    guard place == -1 else { return place >= 0 }
    var old: (key: Object, value: Object)?
    if cache.dictCount >= p.pointee.limit,
      let first = dictFirstPlace(cache, from: p.pointee.firstPlace),
      let entry = dictEntry(cache, at: first)
    {
      let key = entry.key.retained()
      old = dictRemoveEntry(cache, at: first).map { (key, $0) }
      p.pointee.firstPlace = first + 1
    }
    // What goes may run code of the program: last.
    defer {
      old?.key.release()
      old?.value.release()
    }
    let count = dictEntryCount(cache)
    guard dictSet(t, cache, key, result, hash: hash) else { return false }
    added(o, cache, to: count)
    return true
  }

  /// An entry was put behind `count` others, holes included. When there are not as many now, the dict has made room and all lie elsewhere.
  private static func added(_ o: Object, _ cache: Object, to count: Int) {
    if dictEntryCount(cache) != count + 1 { layout(o).pointee.firstPlace = 0 }
  }

  // MARK: - Methods

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addGetSet(t, type, "__dict__", getter: UnaryFunction { t, o in instanceDict(t, o)?.retained() })
    addMethods(
      t, type,
      [
        NativeMethod("cache_info", .noArguments) { t, o, _ in
          let p = layout(o)
          guard let infoType = p.pointee.infoType else { return nil }
          let limit = p.pointee.limit < 0 ? core.pointee.none : makeInt(p.pointee.limit)
          let numbers = makeTuple([
            makeInt(p.pointee.hits), makeInt(p.pointee.misses), limit,
            makeInt(p.pointee.cache?.dictCount ?? 0),
          ])
          defer { numbers.release() }
          return callWithTuple(t, infoType, numbers)
        },
        NativeMethod("cache_clear", .noArguments) { _, o, _ in
          let p = layout(o)
          p.pointee.hits = 0
          p.pointee.misses = 0
          p.pointee.firstPlace = 0
          if let cache = p.pointee.cache { dictClear(cache) }
          return core.pointee.none
        },
        NativeMethod("__copy__", .noArguments) { _, o, _ in o.retained() },
        NativeMethod("__deepcopy__", .oneArgument) { _, o, _ in o.retained() },
        NativeMethod("__reduce__", .noArguments) { t, o, _ in getAttribute(t, o, "__qualname__") },
      ])
  }
}
