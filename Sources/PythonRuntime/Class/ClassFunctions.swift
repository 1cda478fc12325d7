// `classmethod`, `staticmethod` and `property`.

/// `classmethod` and `staticmethod`: a wrapped callable and the attributes copied from it.
public struct WrappedFunctionLayout {
  public var header: ObjectHeader
  public var function: Object?
}

public struct PropertyLayout {
  public var header: ObjectHeader
  public var getter, setter, deleter, doc, name: Object?
}

/// A classmethod object over `function` (borrowed).
public func makeClassMethod(_ function: Object) -> Object { ClassFunctions.make(core.pointee.types.classMethod, function) }
/// A staticmethod object over `function` (borrowed).
public func makeStaticMethod(_ function: Object) -> Object { ClassFunctions.make(core.pointee.types.staticMethod, function) }

enum ClassFunctions {
  static func make(_ type: TypeObject, _ function: Object) -> Object {
    let o = allocateZeroed(type)
    o.layout(WrappedFunctionLayout.self).pointee.function = function.retained()
    track(o)
    return o
  }

  private static func configureWrapper(_ type: TypeObject) {
    let p = type.pointer
    p.pointee.basicSize = MemoryLayout<WrappedFunctionLayout>.size + 8
    p.pointee.dictOffset = MemoryLayout<WrappedFunctionLayout>.size
    p.pointee.flags.formUnion([.container, .baseType])
    p.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      take(&o.layout(WrappedFunctionLayout.self).pointee.function)
      if let place = o.dictPlace { take(&place.pointee) }
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      visit(o.layout(WrappedFunctionLayout.self).pointee.function) || visit(o.dictPlace?.pointee)
    }
    p.pointee.clear = ObjectAction { o in
      take(&o.layout(WrappedFunctionLayout.self).pointee.function)
      if let place = o.dictPlace { take(&place.pointee) }
    }
    p.pointee.new = NativeFunction { t, type, a in
      let o = allocateZeroed(TypeObject(unchecked: type))
      track(o)
      return o
    }
    p.pointee.initialize = InitFunction { t, o, a in
      guard a.count == 1, (a.keywordNames?.tupleCount ?? 0) == 0 else {
        t.raise(.TypeError, "\(typeName(o)) expected 1 argument, got \(a.count)")
        return false
      }
      let place = o.layout(WrappedFunctionLayout.self)
      let old = place.pointee.function
      place.pointee.function = a[0].retained()
      storeProbe(o, .internalField("__func__"), old, a[0])
      old.release()
      return copyAttributes(t, from: a[0], to: o)
    }
    p.pointee.repr = UnaryFunction { t, o in
      guard let function = o.layout(WrappedFunctionLayout.self).pointee.function, let text = PythonRuntime.repr(t, function)
      else { return nil }
      defer { text.release() }
      return makeString("<\(o.isKind(.classMethod) ? "classmethod" : "staticmethod")(\(stringValue(text)))>")
    }
  }

  /// What `functools.wraps` copies, without `__wrapped__`, which is a member.
  private static func copyAttributes(_ t: ThreadState, from function: Object, to o: Object) -> Bool {
    for name in [Name.dunderModule, Name.dunderName, Name.dunderQualname, Name.dunderDoc, Name.dunderAnnotations] {
      var failed = false
      guard let value = findAttribute(t, function, name, failed: &failed) else {
        if failed { return false }
        continue
      }
      defer { value.release() }
      if !setAttribute(t, o, name, value) { return false }
    }
    return true
  }

  static func configure() {
    let types = core.pointee.types
    configureWrapper(types.classMethod)
    configureWrapper(types.staticMethod)
    types.classMethod.pointer.pointee.descriptorGet = TernaryFunction { t, d, o, owner in
      guard let function = d.layout(WrappedFunctionLayout.self).pointee.function else {
        t.raise(.RuntimeError, "uninitialized classmethod object")
        return nil
      }
      guard let cls = owner ?? o?.type.object else { return nil }
      return makeMethod(function, cls)
    }
    types.staticMethod.pointer.pointee.descriptorGet = TernaryFunction { t, d, _, _ in
      guard let function = d.layout(WrappedFunctionLayout.self).pointee.function else {
        t.raise(.RuntimeError, "uninitialized staticmethod object")
        return nil
      }
      return function.retained()
    }
    types.staticMethod.pointer.pointee.call = NativeFunction { t, d, a in
      guard let function = d.layout(WrappedFunctionLayout.self).pointee.function else { return nil }
      return call(t, function, a)
    }
    configureProperty()
  }

  private static func configureProperty() {
    let p = core.pointee.types.property.pointer
    p.pointee.basicSize = MemoryLayout<PropertyLayout>.size
    p.pointee.flags.formUnion([.container, .baseType])
    p.pointee.dealloc = ObjectAction { o in
      if o.isTracked { untrack(o) }
      clearProperty(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<PropertyLayout> = o.layout()
      return visit(p.pointee.getter) || visit(p.pointee.setter) || visit(p.pointee.deleter) || visit(p.pointee.doc)
    }
    p.pointee.clear = ObjectAction(clearProperty)
    p.pointee.new = NativeFunction { t, type, _ in
      let o = allocateZeroed(TypeObject(unchecked: type))
      track(o)
      return o
    }
    p.pointee.initialize = InitFunction { t, o, a in
      guard
        let values = parseArguments(
          t, a, function: "property", names: ["fget", "fset", "fdel", "doc"], required: 0, positionalOnly: 0)
      else { return false }
      let none = core.pointee.none
      func given(_ i: Int) -> Object? { values[i].flatMap { $0 == none ? nil : $0.retained() } }
      let p: UnsafeMutablePointer<PropertyLayout> = o.layout()
      for old in [p.pointee.getter, p.pointee.setter, p.pointee.deleter, p.pointee.doc] { storedField(o, old, nil) }
      clearProperty(o)
      p.pointee.getter = given(0)
      p.pointee.setter = given(1)
      p.pointee.deleter = given(2)
      p.pointee.doc = given(3)
      if p.pointee.doc == nil, let getter = p.pointee.getter {
        if let doc = getAttribute(t, getter, Name.dunderDoc) {
          if doc == none { doc.release() } else { p.pointee.doc = doc }
        } else {
          t.clearRaised()
        }
      }
      for new in [p.pointee.getter, p.pointee.setter, p.pointee.deleter, p.pointee.doc] { storedField(o, nil, new) }
      return true
    }
    p.pointee.descriptorGet = TernaryFunction { t, d, o, _ in
      guard let o, o != core.pointee.none else { return d.retained() }
      let p: UnsafeMutablePointer<PropertyLayout> = d.layout()
      guard let getter = p.pointee.getter else {
        t.raise(.AttributeError, "property \(describe(t, d)) of '\(typeName(o))' object has no getter")
        return nil
      }
      return call1(t, getter, o)
    }
    p.pointee.descriptorSet = StoreFunction { t, d, o, value in
      let p: UnsafeMutablePointer<PropertyLayout> = d.layout()
      guard let function = value == nil ? p.pointee.deleter : p.pointee.setter else {
        t.raise(
          .AttributeError,
          "property \(describe(t, d)) of '\(typeName(o))' object has no \(value == nil ? "deleter" : "setter")")
        return false
      }
      let result = value.map { call2(t, function, o, $0) } ?? call1(t, function, o)
      guard let result else { return false }
      result.release()
      return true
    }
  }

  private static func describe(_ t: ThreadState, _ d: Object) -> String {
    d.layout(PropertyLayout.self).pointee.name.map { "'\(stringValue($0))'" } ?? "''"
  }

  private static func clearProperty(_ o: Object) {
    let p: UnsafeMutablePointer<PropertyLayout> = o.layout()
    take(&p.pointee.getter)
    take(&p.pointee.setter)
    take(&p.pointee.deleter)
    take(&p.pointee.doc)
    take(&p.pointee.name)
  }

  /// `getter`, `setter`, `deleter` of a property: a copy with one function replaced.
  private static func copy(_ t: ThreadState, _ o: Object, replacing index: Int, _ function: Object) -> Object? {
    let p: UnsafeMutablePointer<PropertyLayout> = o.layout()
    let none = core.pointee.none
    var parts = (p.pointee.getter ?? none, p.pointee.setter ?? none, p.pointee.deleter ?? none, none)
    let result = withUnsafeMutablePointer(to: &parts) { raw -> Object? in
      let base = UnsafeMutableRawPointer(raw).assumingMemoryBound(to: Object.self)
      base[index] = function
      return call(t, o.type.object, Arguments(base: base, count: 4))
    }
    guard let result else { return nil }
    if result.isKind(.property) { result.layout(PropertyLayout.self).pointee.name = p.pointee.name?.retained() }
    return result
  }

  static func install(_ t: ThreadState) {
    let property = core.pointee.types.property
    addMember(t, property, "fget", offset: 16, readOnly: true, absentIsNone: true)
    addMember(t, property, "fset", offset: 24, readOnly: true, absentIsNone: true)
    addMember(t, property, "fdel", offset: 32, readOnly: true, absentIsNone: true)
    addMember(t, property, "__doc__", offset: 40, readOnly: false, absentIsNone: true)
    addMember(t, property, "__name__", offset: 48, readOnly: false)
    addMethods(
      t, property,
      [
        NativeMethod("getter", .oneArgument) { t, o, a in copy(t, o, replacing: 0, a[0]) },
        NativeMethod("setter", .oneArgument) { t, o, a in copy(t, o, replacing: 1, a[0]) },
        NativeMethod("deleter", .oneArgument) { t, o, a in copy(t, o, replacing: 2, a[0]) },
        NativeMethod("__set_name__", .positional(2, 2)) { _, o, a in
          let p: UnsafeMutablePointer<PropertyLayout> = o.layout()
          take(&p.pointee.name)
          p.pointee.name = a[1].retained()
          return core.pointee.none
        },
      ])
    addGetSet(
      t, property, "__isabstractmethod__",
      getter: UnaryFunction { t, o in
        let p: UnsafeMutablePointer<PropertyLayout> = o.layout()
        for function in [p.pointee.getter, p.pointee.setter, p.pointee.deleter] {
          let answer = abstractFlag(t, function)
          if answer != 0 { return answer < 0 ? nil : core.pointee.true }
        }
        return core.pointee.false
      })
    for type in [core.pointee.types.classMethod, core.pointee.types.staticMethod] {
      addMember(t, type, "__func__", offset: 16, readOnly: true)
      addMember(t, type, "__wrapped__", offset: 16, readOnly: true)
      addGetSet(
        t, type, "__isabstractmethod__",
        getter: UnaryFunction { t, o in
          let answer = abstractFlag(t, o.layout(WrappedFunctionLayout.self).pointee.function)
          return answer < 0 ? nil : makeBool(answer != 0)
        })
      addGetSet(t, type, "__dict__", getter: UnaryFunction(ObjectType.getDict))
    }
  }
}

/// `function.__isabstractmethod__`: 1, 0, or -1 with an exception set.
func abstractFlag(_ t: ThreadState, _ function: Object?) -> Int {
  guard let function else { return 0 }
  var failed = false
  guard let flag = findAttribute(t, function, Name.dunderIsAbstractMethod, failed: &failed) else { return failed ? -1 : 0 }
  defer { flag.release() }
  return isTrue(t, flag)
}
