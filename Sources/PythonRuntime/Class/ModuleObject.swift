// Module objects: a dict with attribute access.

public struct ModuleLayout {
  public var header: ObjectHeader
  public var dict: Object?
  public var weakrefs: UnsafeMutableRawPointer?
}

/// A new module with `__name__`, `__doc__`, `__loader__`, `__package__`, `__spec__`.
public func makeModule(_ t: ThreadState, _ name: String) -> Object {
  let o = allocateZeroed(core.pointee.types.module)
  let dict = makeDict()
  o.layout(ModuleLayout.self).pointee.dict = dict
  track(o)
  let nameObject = makeString(name)
  defer { nameObject.release() }
  ModuleObject.initialize(t, o, nameObject, core.pointee.none)
  return o
}

/// The module's dict, borrowed.
public func moduleDict(_ module: Object) -> Object? { module.layout(ModuleLayout.self).pointee.dict }

/// Sets an attribute of a module. `value` is borrowed.
@discardableResult public func moduleSet(_ t: ThreadState, _ module: Object, _ name: String, _ value: Object) -> Bool {
  guard let dict = moduleDict(module) else { return false }
  return dictSet(t, dict, internString(name), value)
}

/// Sets an attribute of a module to a fresh object, whose reference it takes.
@discardableResult
public func moduleSet(_ t: ThreadState, _ module: Object, _ name: String, stealing value: Object) -> Bool {
  defer { value.release() }
  return moduleSet(t, module, name, value)
}

/// Adds native functions to a module.
public func moduleAddFunctions(_ t: ThreadState, _ module: Object, _ methods: [NativeMethod]) {
  let name = moduleDict(module).flatMap { dictGet(t, $0, Name.dunderName) }
  for method in methods {
    moduleSet(t, module, method.name, stealing: makeNativeFunction(t, method, self: module, module: name))
  }
}

enum ModuleObject {
  static func initialize(_ t: ThreadState, _ module: Object, _ name: Object, _ doc: Object) {
    guard let dict = moduleDict(module) else { return }
    _ = dictSet(t, dict, Name.dunderName, name)
    _ = dictSet(t, dict, Name.dunderDoc, doc)
    for key in [Name.dunderPackage, Name.dunderLoader, Name.dunderSpec] { _ = dictSet(t, dict, key, core.pointee.none) }
  }

  static func configure() {
    let p = core.pointee.types.module.pointer
    p.pointee.basicSize = MemoryLayout<ModuleLayout>.size
    p.pointee.dictOffset = 16
    p.pointee.weakrefOffset = 24
    p.pointee.flags.formUnion([.container, .baseType])
    p.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      if o.layout(ModuleLayout.self).pointee.weakrefs != nil { clearWeakrefs(o) }
      take(&o.layout(ModuleLayout.self).pointee.dict)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(ModuleLayout.self).pointee.dict) }
    p.pointee.clear = ObjectAction { o in take(&o.layout(ModuleLayout.self).pointee.dict) }
    p.pointee.new = NativeFunction { _, type, _ in
      let o = allocateZeroed(TypeObject(unchecked: type))
      o.layout(ModuleLayout.self).pointee.dict = makeDict()
      track(o)
      return o
    }
    p.pointee.initialize = InitFunction { t, o, a in
      guard
        let values = parseArguments(
          t, a, function: "module", names: ["name", "doc"], required: 1, positionalOnly: 0)
      else { return false }
      guard let name = values[0], name.isKind(.str) else {
        t.raise(.TypeError, "module() argument 'name' must be str, not \(values[0].map(argumentTypeName) ?? "None")")
        return false
      }
      initialize(t, o, name, values[1] ?? core.pointee.none)
      return true
    }
    p.pointee.getAttribute = BinaryFunction(getAttribute)
    p.pointee.repr = UnaryFunction(repr)
  }

  static func getAttribute(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
    if let found = Generic.find(t, o, name) { return found }
    if t.hasRaised { return nil }
    guard let dict = moduleDict(o) else { return nil }
    // PEP 562.
    if let hook = dictGet(t, dict, Name.dunderGetattr) { return call1(t, hook, name) }
    let module = dictGet(t, dict, Name.dunderName).map { $0.isKind(.str) ? stringValue($0) : "?" } ?? "?"
    t.raiseAttributeError("module '\(module)' has no attribute '\(stringValue(name))'", object: o, name: name)
    return nil
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    guard let dict = moduleDict(o), let name = dictGet(t, dict, Name.dunderName), name.isKind(.str) else {
      return makeString("<module '?'>")
    }
    if let file = dictGet(t, dict, Name.dunderFile), file.isKind(.str) {
      return makeString("<module '\(stringValue(name))' from '\(stringValue(file))'>")
    }
    if let spec = dictGet(t, dict, Name.dunderSpec), spec != core.pointee.none {
      return makeString("<module '\(stringValue(name))' (built-in)>")
    }
    return makeString("<module '\(stringValue(name))'>")
  }

  static func install(_ t: ThreadState) {
    addGetSet(t, core.pointee.types.module, "__dict__", getter: UnaryFunction(ObjectType.getDict))
    addMethods(
      t, core.pointee.types.module,
      [
        NativeMethod("__dir__", .noArguments) { t, o, _ in
          guard let shown = getAttribute(t, o, Name.dunderDict) else { return nil }
          defer { shown.release() }
          guard shown.isKind(.dict) else {
            return t.raise(.TypeError, "\(typeName(o)).__dict__ is not a dictionary")
          }
          guard let dict = moduleDict(o) else { return makeList() }
          if let hook = dictGet(t, dict, internString("__dir__")) { return call0(t, hook) }
          return dictKeyList(t, dict)
        }
      ])
  }
}

/// The object model's own types.
public enum ClassTypes {
  /// Slots; before any type is ready.
  public static func configure() {
    ObjectType.configure()
    TypeType.configure()
    DescriptorObjects.configure()
    SlotWrapper.configure()
    ClassFunctions.configure()
    Super.configure()
    ModuleObject.configure()
  }
  /// Methods and attributes; after all types are ready.
  public static func install(_ t: ThreadState) {
    ObjectType.install(t)
    TypeType.install(t)
    ClassFunctions.install(t)
    ModuleObject.install(t)
    SlotWrapper.install(t)
    for (type, names) in [
      (core.pointee.types.getSetDescriptor, ["__objclass__", "__name__"]),
      (core.pointee.types.memberDescriptor, ["__objclass__", "__name__"]),
    ] {
      addMember(t, type, names[0], offset: 16, readOnly: true)
      addMember(t, type, names[1], offset: 24, readOnly: true)
      addGetSet(
        t, type, "__doc__",
        getter: UnaryFunction { _, o in
          guard o.type == core.pointee.types.getSetDescriptor else { return core.pointee.none }
          return (o.layout(GetSetLayout.self).pointee.doc ?? core.pointee.none).retained()
        })
    }
  }
}
