// `property`: a data descriptor made of functions. A subclass keeps the docstring among the instance's own attributes, where the class's cannot hide it.

public struct PropertyLayout {
  public var header: ObjectHeader
  public var getter, setter, deleter, doc, name: Object?
  /// The docstring came from the getter, so that a new getter brings a new one.
  var hasGetterDoc: Bool
}

enum PropertyObject {
  static func configure() {
    let p = core.pointee.types.property.pointer
    p.pointee.basicSize = MemoryLayout<PropertyLayout>.stride
    p.pointee.flags.formUnion([.container, .baseType])
    p.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p = layout(o)
      return visit(p.pointee.getter) || visit(p.pointee.setter) || visit(p.pointee.deleter) || visit(p.pointee.doc)
        || visit(p.pointee.name)
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.new = NativeFunction { t, type, _ in
      let o = allocateZeroed(TypeObject(unchecked: type))
      track(o)
      return o
    }
    p.pointee.initialize = InitFunction(initialize)
    p.pointee.descriptorGet = TernaryFunction { t, d, o, _ in
      guard let o, o != core.pointee.none else { return d.retained() }
      guard let getter = layout(d).pointee.getter else {
        raiseMissing(t, d, o, "getter")
        return nil
      }
      return call1(t, getter, o)
    }
    p.pointee.descriptorSet = StoreFunction { t, d, o, value in
      guard let function = value == nil ? layout(d).pointee.deleter : layout(d).pointee.setter else {
        raiseMissing(t, d, o, value == nil ? "deleter" : "setter")
        return false
      }
      let result = value.map { call2(t, function, o, $0) } ?? call1(t, function, o)
      guard let result else { return false }
      result.release()
      return true
    }
  }

  private static func layout(_ o: Object) -> UnsafeMutablePointer<PropertyLayout> { o.layout() }

  private static func clear(_ o: Object) {
    let p = layout(o)
    take(&p.pointee.getter)
    take(&p.pointee.setter)
    take(&p.pointee.deleter)
    take(&p.pointee.doc)
    take(&p.pointee.name)
  }

  /// Replaces a field; `value` is borrowed.
  private static func set(
    _ o: Object, _ place: FieldPlace<PropertyLayout, Object?>, _ field: StaticString, _ value: Object?
  ) {
    let p = layout(o)
    let old = p.field(place).pointee
    p.field(place).pointee = value?.retained()
    storeProbe(o, .internalField(field), old, value)
    old.release()
  }

  // MARK: - Making

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard
      let values = parseArguments(t, a, function: "property", names: ["fget", "fset", "fdel", "doc"], required: 0)
    else { return false }
    let none = core.pointee.none
    func given(_ i: Int) -> Object? { values[i] == none ? nil : values[i] }
    set(o, .init(\.getter), "fget", given(0))
    set(o, .init(\.setter), "fset", given(1))
    set(o, .init(\.deleter), "fdel", given(2))
    set(o, .init(\.doc), "__doc__", nil)
    set(o, .init(\.name), "__name__", nil)
    layout(o).pointee.hasGetterDoc = false
    // 1. The docstring: the one that was given, or the getter's.
    var doc = given(3)?.retained()
    if doc == nil, let getter = given(0) {
      var failed = false
      doc = findAttribute(t, getter, Name.dunderDoc, failed: &failed)
      if failed { return false }
      if let found = doc, found == none {
        found.release()
        doc = nil
      }
      layout(o).pointee.hasGetterDoc = doc != nil
    }
    defer { doc.release() }
    // 2. Where it is kept.
    if o.type == core.pointee.types.property {
      set(o, .init(\.doc), "__doc__", doc)
      return true
    }
    if setAttribute(t, o, Name.dunderDoc, doc ?? none) { return true }
    // A docstring that was given and finds no place is dropped without a word, as ever.
    guard !layout(o).pointee.hasGetterDoc, t.matches(.AttributeError) else { return false }
    t.clearRaised()
    return true
  }

  /// `getter`, `setter`, `deleter` of a property: a copy with one function replaced.
  private static func copy(_ t: ThreadState, _ o: Object, replacing index: Int, _ function: Object) -> Object? {
    let p = layout(o)
    let none = core.pointee.none
    var parts = [p.pointee.getter ?? none, p.pointee.setter ?? none, p.pointee.deleter ?? none]
    if function != none { parts[index] = function }
    // A docstring of the getter's is looked up anew.
    let fromGetter = p.pointee.hasGetterDoc && parts[0] != none
    parts.append(fromGetter ? none : p.pointee.doc ?? none)
    guard let result = callWithObjects(t, o.type.object, parts) else { return nil }
    if result.isKind(.property) { set(result, .init(\.name), "__name__", p.pointee.name) }
    return result
  }

  // MARK: - Names

  /// The name that the property was given, or its getter's. nil: none, or an exception is set.
  private static func name(_ t: ThreadState, _ o: Object) -> Object? {
    let p = layout(o)
    if let name = p.pointee.name { return name.retained() }
    guard let getter = p.pointee.getter else { return nil }
    var failed = false
    return findAttribute(t, getter, Name.dunderName, failed: &failed)
  }

  private static func raiseMissing(_ t: ThreadState, _ d: Object, _ o: Object, _ what: String) {
    let owner = o.type.pointer.pointee.qualifiedName.map(stringValue) ?? o.typeName
    let name = name(t, d)
    defer { name.release() }
    if t.hasRaised { return }
    guard let name else {
      t.raise(.AttributeError, "property of '\(owner)' object has no \(what)")
      return
    }
    guard let shown = reprString(t, name) else { return }
    t.raise(.AttributeError, "property \(shown) of '\(owner)' object has no \(what)")
  }

  static func install(_ t: ThreadState) {
    let property = core.pointee.types.property
    addMember(t, property, "fget", offset: 16, readOnly: true, absentIsNone: true)
    addMember(t, property, "fset", offset: 24, readOnly: true, absentIsNone: true)
    addMember(t, property, "fdel", offset: 32, readOnly: true, absentIsNone: true)
    addMember(t, property, "__doc__", offset: 40, readOnly: false, absentIsNone: true)
    addGetSet(
      t, property, "__name__",
      getter: UnaryFunction { t, o in
        if let name = name(t, o) { return name }
        return t.hasRaised ? nil : t.raise(.AttributeError, "'property' object has no attribute '__name__'")
      },
      setter: StoreFunction { _, o, _, value in
        set(o, .init(\.name), "__name__", value)
        return true
      })
    addMethods(
      t, property,
      [
        NativeMethod("getter", .oneArgument) { t, o, a in copy(t, o, replacing: 0, a[0]) },
        NativeMethod("setter", .oneArgument) { t, o, a in copy(t, o, replacing: 1, a[0]) },
        NativeMethod("deleter", .oneArgument) { t, o, a in copy(t, o, replacing: 2, a[0]) },
        NativeMethod("__set_name__", .positional(0, -1)) { t, o, a in
          guard a.count == 2 else {
            return t.raise(.TypeError, "__set_name__() takes 2 positional arguments but \(a.count) were given")
          }
          set(o, .init(\.name), "__name__", a[1])
          return core.pointee.none
        },
      ])
    addGetSet(
      t, property, "__isabstractmethod__",
      getter: UnaryFunction { t, o in
        for function in [layout(o).pointee.getter, layout(o).pointee.setter, layout(o).pointee.deleter] {
          let answer = abstractFlag(t, function)
          if answer != 0 { return answer < 0 ? nil : core.pointee.true }
        }
        return core.pointee.false
      })
  }
}
