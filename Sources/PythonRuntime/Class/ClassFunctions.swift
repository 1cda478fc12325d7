// `classmethod` and `staticmethod`.

/// `classmethod` and `staticmethod`: a wrapped callable and the attributes copied from it.
public struct WrappedFunctionLayout {
  public var header: ObjectHeader
  public var function: Object?
}

/// A classmethod object over `function` (borrowed).
public func makeClassMethod(_ function: Object) -> Object {
  ClassFunctions.make(core.pointee.types.classMethod, function)
}
/// A staticmethod object over `function` (borrowed).
public func makeStaticMethod(_ function: Object) -> Object {
  ClassFunctions.make(core.pointee.types.staticMethod, function)
}

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
      guard let function = o.layout(WrappedFunctionLayout.self).pointee.function,
        let text = PythonRuntime.repr(t, function)
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
    PropertyObject.configure()
  }

  static func install(_ t: ThreadState) {
    PropertyObject.install(t)
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
  guard let flag = findAttribute(t, function, Name.dunderIsAbstractMethod, failed: &failed) else {
    return failed ? -1 : 0
  }
  defer { flag.release() }
  return isTrue(t, flag)
}
