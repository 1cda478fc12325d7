// `_abc`: registries and caches of abstract base classes (PEP 3119); `abc.py` builds ABCMeta on it.
//
// Each class with ABCMeta has in its dict an `_abc_impl` object: the registry and two caches, sets of weak references that are made on demand.
import PythonRuntime

struct ABCDataLayout {
  var header: ObjectHeader
  var registry: Object?
  var cache: Object?
  var negativeCache: Object?
  /// The invalidation counter for which the negative cache holds.
  var negativeVersion: Int
}

public enum ABCModule {
  nonisolated(unsafe) private static var counter = 0
  private static let implName = internString("_abc_impl")
  private static let hookName = internString("__subclasshook__")
  private static let tpflagsName = internString("__abc_tpflags__")

  private static let dataType: TypeObject = makeBuiltinType(
    name: "_abc_data", module: "_abc", layoutSize: MemoryLayout<ABCDataLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<ABCDataLayout> = o.layout()
      return visit(p.pointee.registry) || visit(p.pointee.cache) || visit(p.pointee.negativeCache)
    }
    p.pointee.clear = ObjectAction(clear)
  }

  private static func clear(_ o: Object) {
    let p: UnsafeMutablePointer<ABCDataLayout> = o.layout()
    take(&p.pointee.registry)
    take(&p.pointee.cache)
    take(&p.pointee.negativeCache)
  }

  public static func make(_ t: ThreadState) -> Object? {
    readyType(t, dataType)
    let module = makeModule(t, "_abc")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("get_cache_token", .noArguments) { _, _, _ in makeInt(counter) },
        NativeMethod("_abc_init", .oneArgument) { t, _, a in initialize(t, a[0]) ? core.pointee.none : nil },
        NativeMethod("_abc_register", .positional(2, 2)) { t, _, a in register(t, a[0], a[1]) },
        NativeMethod("_abc_instancecheck", .positional(2, 2)) { t, _, a in instanceCheck(t, a[0], a[1]) },
        NativeMethod("_abc_subclasscheck", .positional(2, 2)) { t, _, a in
          let answer = subclassCheck(t, a[0], a[1])
          return answer < 0 ? nil : makeBool(answer == 1)
        },
        NativeMethod("_get_dump", .oneArgument) { t, _, a in dump(t, a[0]) },
        NativeMethod("_reset_registry", .oneArgument) { t, _, a in
          guard let data = data(t, a[0]) else { return nil }
          drop(data, .init(\.registry))
          return core.pointee.none
        },
        NativeMethod("_reset_caches", .oneArgument) { t, _, a in
          guard let data = data(t, a[0]) else { return nil }
          drop(data, .init(\.cache))
          drop(data, .init(\.negativeCache))
          return core.pointee.none
        },
      ])
    return module
  }

  private static func data(_ t: ThreadState, _ cls: Object) -> UnsafeMutablePointer<ABCDataLayout>? {
    guard let found = getAttribute(t, cls, implName) else { return nil }
    // The class keeps it.
    found.release()
    guard found.type == dataType else {
      t.raise(.TypeError, "_abc_impl is set to a wrong type")
      return nil
    }
    return found.layout()
  }

  // MARK: Abstract methods

  private static func initialize(_ t: ThreadState, _ cls: Object) -> Bool {
    guard computeAbstract(t, cls) else { return false }
    let o = allocateContainer(dataType, size: MemoryLayout<ABCDataLayout>.size)
    let p: UnsafeMutablePointer<ABCDataLayout> = o.layout()
    p.pointee.registry = nil
    p.pointee.cache = nil
    p.pointee.negativeCache = nil
    p.pointee.negativeVersion = counter
    track(o)
    defer { o.release() }
    guard setAttribute(t, cls, implName, o) else { return false }
    // Sequence and Mapping mark their subclasses for `match`.
    if cls.isKind(.type), let dict = TypeObject(unchecked: cls).pointer.pointee.dict,
      let flags = dictGet(t, dict, tpflagsName), flags.isKind(.int), let value = intValue(t, flags)
    {
      if value & (1 << 5) != 0 { TypeObject(unchecked: cls).pointer.pointee.flags.insert(.sequence) }
      if value & (1 << 6) != 0 { TypeObject(unchecked: cls).pointer.pointee.flags.insert(.mapping) }
      guard setAttribute(t, cls, tpflagsName, nil) else { return false }
    }
    return true
  }

  private static func isAbstract(_ t: ThreadState, _ value: Object) -> Int {
    var failed = false
    guard let flag = findAttribute(t, value, Name.dunderIsAbstractMethod, failed: &failed) else {
      return failed ? -1 : 0
    }
    defer { flag.release() }
    return isTrue(t, flag)
  }

  private static func computeAbstract(_ t: ThreadState, _ cls: Object) -> Bool {
    let abstract = makeSet()
    defer { abstract.release() }
    guard cls.isKind(.type), let dict = TypeObject(unchecked: cls).pointer.pointee.dict else {
      t.raise(.TypeError, "_abc_init() argument must be a class")
      return false
    }
    // 1. Abstract methods of the class itself.
    let own = dictCopy(t, dict)
    defer { own.release() }
    var position = 0
    while let entry = dictNext(own, &position) {
      let answer = isAbstract(t, entry.value)
      guard answer >= 0 else { return false }
      if answer == 1, !setAdd(t, abstract, entry.key) { return false }
    }
    // 2. Those of the bases that are still abstract here.
    if let bases = TypeObject(unchecked: cls).pointer.pointee.bases {
      for i in 0..<bases.tupleCount {
        var failed = false
        guard let inherited = findAttribute(t, bases.tupleItems[i], Name.dunderAbstractMethods, failed: &failed) else {
          if failed { return false }
          continue
        }
        defer { inherited.release() }
        guard let iterator = iterate(t, inherited) else { return false }
        defer { iterator.release() }
        while let name = iterNext(t, iterator) {
          defer { name.release() }
          var failed = false
          guard let value = findAttribute(t, cls, name, failed: &failed) else {
            if failed { return false }
            continue
          }
          defer { value.release() }
          let answer = isAbstract(t, value)
          guard answer >= 0 else { return false }
          if answer == 1, !setAdd(t, abstract, name) { return false }
        }
        if t.hasRaised { return false }
      }
    }
    let frozen = makeSet(core.pointee.types.frozenset)
    defer { frozen.release() }
    var place = 0
    while let entry = setNext(abstract, &place) {
      guard setAdd(t, frozen, entry.key) else { return false }
    }
    return setAttribute(t, cls, Name.dunderAbstractMethods, frozen)
  }

  // MARK: Weak sets

  private static func contains(_ t: ThreadState, _ set: Object?, _ o: Object) -> Int {
    guard let set else { return 0 }
    guard let reference = makeWeakref(t, o, callback: nil) else {
      // What takes no weak references is in no set.
      if t.matches(.TypeError) {
        t.clearRaised()
        return 0
      }
      return -1
    }
    defer { reference.release() }
    return setContains(t, set, reference)
  }

  private typealias Data = UnsafeMutablePointer<ABCDataLayout>
  private typealias Field = FieldPlace<ABCDataLayout, Object?>

  private static func drop(_ data: Data, _ field: Field) {
    storedField(Object(UnsafeMutableRawPointer(data)), data.field(field).pointee, nil)
    take(&data.field(field).pointee)
  }

  private static func add(_ t: ThreadState, _ data: Data, _ field: Field, _ o: Object) -> Bool {
    let target: Object
    if let known = data.field(field).pointee {
      target = known
    } else {
      target = makeSet()
      data.field(field).pointee = target
      storedField(Object(UnsafeMutableRawPointer(data)), nil, target)
    }
    // The reference leaves the set when its object dies.
    let setReference = makeWeakref(t, target, callback: nil)
    defer { setReference.release() }
    let remover = setReference.map {
      makeNativeFunction(
        t,
        NativeMethod("_destroy", .oneArgument) { t, holder, a in
          if let set = weakrefTarget(holder) {
            set.retain()
            let done = setDiscard(t, set, a[0])
            set.release()
            if done < 0 { return nil }
          }
          return core.pointee.none
        }, self: $0, module: nil)
    }
    defer { remover.release() }
    guard let reference = makeWeakref(t, o, callback: remover) else { return false }
    defer { reference.release() }
    return setAdd(t, target, reference)
  }

  // MARK: Checks

  private static func register(_ t: ThreadState, _ cls: Object, _ subclass: Object) -> Object? {
    guard subclass.isKind(.type) else {
      t.raise(.TypeError, "Can only register classes")
      return nil
    }
    let already = isSubclass(t, subclass, cls)
    if already != 0 { return already < 0 ? nil : subclass.retained() }
    let cycle = isSubclass(t, cls, subclass)
    if cycle != 0 {
      if cycle > 0 { t.raise(.RuntimeError, "Refusing to create an inheritance cycle") }
      return nil
    }
    guard let data = data(t, cls), add(t, data, .init(\.registry), subclass) else { return nil }
    counter += 1
    if cls.isKind(.type) {
      let flags = TypeObject(unchecked: cls).flags.intersection([.sequence, .mapping])
      if !flags.isEmpty { markCollection(TypeObject(unchecked: subclass), flags) }
    }
    return subclass.retained()
  }

  private static func markCollection(_ type: TypeObject, _ flags: TypeFlags) {
    // Built-in types say for themselves what they are: `str` is a Sequence that sequence patterns do not match.
    guard !type.flags.contains(.immutable), type.flags.intersection([.sequence, .mapping]) != flags else { return }
    type.pointer.pointee.flags.subtract([.sequence, .mapping])
    type.pointer.pointee.flags.formUnion(flags)
    forEachSubclassOf(type) { markCollection($0, flags) }
  }

  private static func instanceCheck(_ t: ThreadState, _ cls: Object, _ instance: Object) -> Object? {
    guard let data = data(t, cls) else { return nil }
    guard let subclass = getAttribute(t, instance, Name.dunderClass) else { return nil }
    defer { subclass.release() }
    let cached = contains(t, data.pointee.cache, subclass)
    if cached != 0 { return cached < 0 ? nil : core.pointee.true }
    let own = instance.type.object
    if own == subclass, data.pointee.negativeVersion == counter {
      let negative = contains(t, data.pointee.negativeCache, subclass)
      if negative != 0 { return negative < 0 ? nil : core.pointee.false }
    }
    guard let first = callMethod(t, cls, Name.dunderSubclassCheck, subclass) else { return nil }
    if own == subclass || isTrue(t, first) == 1 { return first }
    first.release()
    return callMethod(t, cls, Name.dunderSubclassCheck, own)
  }

  /// 1 yes, 0 no, -1 an exception is set.
  private static func subclassCheck(_ t: ThreadState, _ cls: Object, _ subclass: Object) -> Int {
    guard subclass.isKind(.type) else {
      t.raise(.TypeError, "issubclass() arg 1 must be a class")
      return -1
    }
    guard let data = data(t, cls) else { return -1 }
    // 1. Caches.
    let cached = contains(t, data.pointee.cache, subclass)
    if cached != 0 { return cached }
    if data.pointee.negativeVersion < counter {
      drop(data, .init(\.negativeCache))
      data.pointee.negativeVersion = counter
    } else {
      let negative = contains(t, data.pointee.negativeCache, subclass)
      if negative != 0 { return negative < 0 ? -1 : 0 }
    }
    func remember(_ answer: Bool) -> Int {
      let done = answer ? add(t, data, .init(\.cache), subclass) : add(t, data, .init(\.negativeCache), subclass)
      return done ? (answer ? 1 : 0) : -1
    }
    // 2. The class's own word.
    guard let word = callMethod(t, cls, hookName, subclass) else { return -1 }
    word.release()
    if word == core.pointee.true { return remember(true) }
    if word == core.pointee.false { return remember(false) }
    guard word == core.pointee.notImplemented else {
      t.raise(.AssertionError, "__subclasshook__ must return either False, True, or NotImplemented")
      return -1
    }
    // 3. A real subclass.
    if cls.isKind(.type), isSubtype(TypeObject(unchecked: subclass), TypeObject(unchecked: cls)) {
      return remember(true)
    }
    // 4. A subclass of something registered.
    if let registry = data.pointee.registry {
      // The registry may change while it is asked: a copy of its living classes is walked.
      var place = 0
      var classes: [Object] = []
      while let entry = setNext(registry, &place) {
        if let target = weakrefTarget(entry.key) { classes.append(target.retained()) }
      }
      defer { for one in classes { one.release() } }
      for target in classes {
        let answer = isSubclass(t, subclass, target)
        if answer != 0 { return answer < 0 ? -1 : remember(true) }
      }
    }
    // 5. A subclass of a subclass.
    guard let list = callMethod(t, cls, "__subclasses__") else { return -1 }
    defer { list.release() }
    guard list.isKind(.list) else {
      t.raise(.TypeError, "__subclasses__() must return a list")
      return -1
    }
    var i = 0
    while i < list.listCount {
      let candidate = list.listItems[i].retained()
      defer { candidate.release() }
      i += 1
      let answer = isSubclass(t, subclass, candidate)
      if answer != 0 { return answer < 0 ? -1 : remember(true) }
    }
    return remember(false)
  }

  private static func dump(_ t: ThreadState, _ cls: Object) -> Object? {
    guard let data = data(t, cls) else { return nil }
    func copy(_ set: Object?) -> Object {
      let result = makeSet()
      var place = 0
      while let set, let entry = setNext(set, &place) { _ = setAdd(t, result, entry.key) }
      return result
    }
    return makeTuple([
      copy(data.pointee.registry), copy(data.pointee.cache), copy(data.pointee.negativeCache),
      makeInt(data.pointee.negativeVersion),
    ])
  }
}
