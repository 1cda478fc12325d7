// `super`: attribute lookup that starts behind a class on the MRO of an object's class.

public struct SuperLayout {
  var header: ObjectHeader
  /// The class behind which the lookup starts.
  var start: Object?
  /// The object, and the class on whose MRO the lookup runs.
  var instance: Object?
  var instanceType: Object?
}

enum Super {
  /// The attribute behind `start` on the MRO of `type(instance)` (of `instance` itself when it is a class); new reference; nil: absent.
  static func find(_ t: ThreadState, start: TypeObject, instance: Object, _ name: Object) -> Object? {
    guard let type = checkedType(t, start: start, instance: instance) else { return nil }
    return find(t, start: start, instance: instance, type: type, name)
  }

  private static func find(
    _ t: ThreadState, start: TypeObject, instance: Object, type: TypeObject, _ name: Object
  ) -> Object? {
    guard let mro = type.pointer.pointee.mro else { return nil }
    var i = 0
    while i < mro.tupleCount, mro.tupleItems[i] != start.object { i += 1 }
    i += 1
    while i < mro.tupleCount {
      let entry = TypeObject(unchecked: mro.tupleItems[i])
      i += 1
      guard let dict = entry.pointer.pointee.dict, let found = dictGet(t, dict, name) else {
        if t.hasRaised { return nil }
        continue
      }
      found.retain()
      guard let get = found.type.pointer.pointee.descriptorGet else { return found }
      defer { found.release() }
      // A class as instance: static methods and functions come unbound, class methods bound to it.
      return get.call(t, found, instance == type.object ? nil : instance, type.object)
    }
    return nil
  }

  /// `type(instance)`, or `instance` itself when it is a subclass of `start`, or its `__class__`; nil: an exception is set.
  static func checkedType(_ t: ThreadState, start: TypeObject, instance: Object) -> TypeObject? {
    if instance.isKind(.type), isSubtype(TypeObject(unchecked: instance), start) {
      return TypeObject(unchecked: instance)
    }
    if isSubtype(instance.type, start) { return instance.type }
    if let claimed = getAttribute(t, instance, Name.dunderClass) {
      defer { claimed.release() }
      if claimed.isKind(.type), isSubtype(TypeObject(unchecked: claimed), start) {
        return TypeObject(unchecked: claimed)
      }
    } else {
      t.clearRaised()
    }
    t.raise(
      .TypeError,
      "super(type, obj): obj (\(instance.isKind(.type) ? "type \(TypeObject(unchecked: instance).nameText)" : "instance of \(typeName(instance))")) is not an instance or subtype of type (\(start.nameText))."
    )
    return nil
  }

  /// `super().name` without a super object: what the loop's LOAD_SUPER_ATTR does. New reference.
  static func attribute(_ t: ThreadState, start: Object, instance: Object, _ name: Object) -> Object? {
    guard start.isKind(.type) else {
      t.raise(.TypeError, "super() argument 1 must be a type, not \(typeName(start))")
      return nil
    }
    if name != Name.dunderClass, let found = find(t, start: TypeObject(unchecked: start), instance: instance, name) {
      return found
    }
    if t.hasRaised { return nil }
    guard let proxy = make(t, TypeObject(unchecked: start), instance) else { return nil }
    defer { proxy.release() }
    return PythonRuntime.getAttribute(t, proxy, name)
  }

  static func make(_ t: ThreadState, _ start: TypeObject, _ instance: Object) -> Object? {
    guard let type = checkedType(t, start: start, instance: instance) else { return nil }
    let o = allocateContainer(core.pointee.types.superObject, size: MemoryLayout<SuperLayout>.size)
    let p: UnsafeMutablePointer<SuperLayout> = o.layout()
    p.pointee.start = start.object.retained()
    p.pointee.instance = instance.retained()
    p.pointee.instanceType = type.object.retained()
    track(o)
    return o
  }

  static func configure() {
    let p = core.pointee.types.superObject.pointer
    p.pointee.basicSize = MemoryLayout<SuperLayout>.size
    p.pointee.flags.formUnion([.container, .baseType])
    p.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      let p: UnsafeMutablePointer<SuperLayout> = o.layout()
      p.pointee.start.release()
      p.pointee.instance.release()
      p.pointee.instanceType.release()
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<SuperLayout> = o.layout()
      return visit(p.pointee.start) || visit(p.pointee.instance) || visit(p.pointee.instanceType)
    }
    p.pointee.new = NativeFunction { t, type, _ in
      let o = allocateZeroed(TypeObject(unchecked: type))
      track(o)
      return o
    }
    p.pointee.initialize = InitFunction { t, o, a in initialize(t, o, a) }
    p.pointee.getAttribute = BinaryFunction { t, o, name in
      let p: UnsafeMutablePointer<SuperLayout> = o.layout()
      if let start = p.pointee.start, let instance = p.pointee.instance, let type = p.pointee.instanceType,
        name != Name.dunderClass
      {
        if let found = find(
          t, start: TypeObject(unchecked: start), instance: instance, type: TypeObject(unchecked: type), name)
        {
          return found
        }
        if t.hasRaised { return nil }
      }
      return Generic.getAttribute(t, o, name)
    }
    p.pointee.descriptorGet = TernaryFunction { t, o, instance, _ in
      let p: UnsafeMutablePointer<SuperLayout> = o.layout()
      guard let instance, instance != core.pointee.none, p.pointee.instance == nil, let start = p.pointee.start else {
        return o.retained()
      }
      // A subclass makes its own.
      if o.type != core.pointee.types.superObject { return call2(t, o.type.object, start, instance) }
      return make(t, TypeObject(unchecked: start), instance)
    }
    p.pointee.repr = UnaryFunction { t, o in
      let p: UnsafeMutablePointer<SuperLayout> = o.layout()
      let start = p.pointee.start.map { TypeObject(unchecked: $0).nameText } ?? "NULL"
      guard let type = p.pointee.instanceType else { return makeString("<super: <class '\(start)'>, NULL>") }
      return makeString("<super: <class '\(start)'>, <\(TypeObject(unchecked: type).nameText) object>>")
    }
  }

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    if let names = a.keywordNames, names.tupleCount > 0 {
      t.raise(.TypeError, "super() takes no keyword arguments")
      return false
    }
    guard a.count <= 2 else {
      t.raise(.TypeError, "super() expected at most 2 arguments, got \(a.count)")
      return false
    }
    var start = a.optional(0)
    var instance = a.optional(1)
    if instance == core.pointee.none { instance = nil }
    if start == nil {
      guard let (cell, first) = superContext(t) else { return false }
      start = cell
      instance = first
    }
    guard let start, start.isKind(.type) else {
      t.raise(.TypeError, "super() argument 1 must be a type, not \(start.map(typeName) ?? "NoneType")")
      return false
    }
    let p: UnsafeMutablePointer<SuperLayout> = o.layout()
    var type: TypeObject?
    if let instance {
      guard let checked = checkedType(t, start: TypeObject(unchecked: start), instance: instance) else { return false }
      type = checked
    }
    start.retain()
    instance.retain()
    type?.object.retain()
    p.pointee.start.release()
    p.pointee.instance.release()
    p.pointee.instanceType.release()
    p.pointee.start = start
    p.pointee.instance = instance
    p.pointee.instanceType = type?.object
    return true
  }
}
