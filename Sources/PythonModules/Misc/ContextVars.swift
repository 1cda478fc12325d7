// `_contextvars`: ContextVar, Context, Token. A context's variables are a dict that is copied when it changes, so that
// copying a context is cheap.
import PythonRuntime

struct ContextVarLayout {
  var header: ObjectHeader
  var name: Object?
  var fallback: Object?
}

struct ContextLayout {
  var header: ObjectHeader
  /// dict of variable to value; never changed once another context shares it.
  var values: Object?
  /// The context that was current before this one was entered.
  var previous: Object?
  var weakrefs: Object?
  var isEntered: Bool
}

struct ContextTokenLayout {
  var header: ObjectHeader
  var context: Object?
  var variable: Object?
  /// nil: the variable had no value.
  var old: Object?
  var isUsed: Bool
}

public enum ContextVars {
  static let variableType: TypeObject = makeBuiltinType(
    name: "ContextVar", module: "_contextvars", layoutSize: MemoryLayout<ContextVarLayout>.size, flags: [.container]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(ContextVarLayout.self).pointee.name)
      take(&o.layout(ContextVarLayout.self).pointee.fallback)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(ContextVarLayout.self).pointee.fallback) }
    p.pointee.new = NativeFunction { t, _, a in
      guard
        let v = parseArguments(
          t, a, function: "ContextVar", names: ["name", "default"], required: 1, maxPositional: 1),
        let name = v[0]
      else { return nil }
      guard name.isKind(.str) else { return t.raise(.TypeError, "context variable name must be a str") }
      let o = allocateZeroed(variableType)
      o.layout(ContextVarLayout.self).pointee.name = name.retained()
      o.layout(ContextVarLayout.self).pointee.fallback = v[1]?.retained()
      track(o)
      return o
    }
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.hash = MeasureFunction { _, o in identityHash(o) }
    p.pointee.repr = UnaryFunction { t, o in
      let p: UnsafeMutablePointer<ContextVarLayout> = o.layout()
      guard let name = p.pointee.name, let shown = reprString(t, name) else { return nil }
      var text = "<ContextVar name=\(shown)"
      if let fallback = p.pointee.fallback {
        guard let value = reprString(t, fallback) else { return nil }
        text += " default=\(value)"
      }
      return makeString(text + " at \(addressText(o))>")
    }
  }

  static let tokenType: TypeObject = makeBuiltinType(
    name: "Token", module: "_contextvars", layoutSize: MemoryLayout<ContextTokenLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(ContextTokenLayout.self).pointee.context)
      take(&o.layout(ContextTokenLayout.self).pointee.variable)
      take(&o.layout(ContextTokenLayout.self).pointee.old)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<ContextTokenLayout> = o.layout()
      return visit(p.pointee.context) || visit(p.pointee.variable) || visit(p.pointee.old)
    }
    p.pointee.repr = UnaryFunction { t, o in
      let p: UnsafeMutablePointer<ContextTokenLayout> = o.layout()
      guard let variable = p.pointee.variable, let shown = reprString(t, variable) else { return nil }
      return makeString("<Token\(p.pointee.isUsed ? " used" : "") var=\(shown) at \(addressText(o))>")
    }
  }

  /// `Token.MISSING`.
  private static let missingType: TypeObject = makeBuiltinType(name: "MISSING", module: "Token", layoutSize: 16) { p in
    p.pointee.repr = UnaryFunction { _, _ in makeString("<Token.MISSING>") }
  }
  private static let missing: Object = {
    let o = allocateZeroed(missingType)
    o.makeImmortal()
    return o
  }()

  // MARK: Variables

  private static func get(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    if let values = Contexts.currentValues(t), let found = dictGet(t, values, o) { return found.retained() }
    if t.hasRaised { return nil }
    if let given = a.optional(0) { return given.retained() }
    if let fallback = o.layout(ContextVarLayout.self).pointee.fallback { return fallback.retained() }
    return t.raise(.LookupError, o)
  }

  private static func set(_ t: ThreadState, _ o: Object, _ value: Object) -> Object? {
    guard let context = Contexts.current(t) else { return nil }
    let place: UnsafeMutablePointer<ContextLayout> = context.layout()
    guard let before = place.pointee.values else { return nil }
    let old = dictGet(t, before, o)
    if t.hasRaised { return nil }
    let token = allocateZeroed(tokenType)
    let p: UnsafeMutablePointer<ContextTokenLayout> = token.layout()
    p.pointee.context = context.retained()
    p.pointee.variable = o.retained()
    p.pointee.old = old?.retained()
    track(token)
    guard Contexts.replace(t, context, o, value) else {
      token.release()
      return nil
    }
    return token
  }

  private static func reset(_ t: ThreadState, _ o: Object, _ token: Object) -> Object? {
    guard token.type == tokenType else {
      return t.raise(.TypeError, "expected an instance of Token, got \(reprString(t, token) ?? "?")")
    }
    let p: UnsafeMutablePointer<ContextTokenLayout> = token.layout()
    if p.pointee.isUsed {
      return t.raise(.RuntimeError, "\(reprString(t, token) ?? "?") has already been used once")
    }
    guard p.pointee.variable == o else {
      return t.raise(.ValueError, "\(reprString(t, token) ?? "?") was created by a different ContextVar")
    }
    guard let context = Contexts.current(t), p.pointee.context == context else {
      return t.raise(.ValueError, "\(reprString(t, token) ?? "?") was created in a different Context")
    }
    p.pointee.isUsed = true
    return Contexts.replace(t, context, o, p.pointee.old) ? core.pointee.none : nil
  }

  // MARK: Module

  public static func make(_ t: ThreadState) -> Object? {
    for type in [variableType, tokenType, missingType, Contexts.type] { readyType(t, type) }
    addMember(t, variableType, "name", offset: 16, readOnly: true)
    addMethods(
      t, variableType,
      [
        NativeMethod("get", .positional(0, 1)) { t, o, a in get(t, o, a) },
        NativeMethod("set", .oneArgument) { t, o, a in set(t, o, a[0]) },
        NativeMethod("reset", .oneArgument) { t, o, a in reset(t, o, a[0]) },
        GenericAlias.classGetItem,
      ])
    addMember(t, tokenType, "var", offset: 24, readOnly: true)
    addGetSet(
      t, tokenType, "old_value",
      getter: UnaryFunction { _, o in o.layout(ContextTokenLayout.self).pointee.old?.retained() ?? missing })
    addAttribute(t, tokenType, "MISSING", missing)
    addMethods(t, tokenType, [GenericAlias.classGetItem])
    Contexts.install(t)
    let module = makeModule(t, "_contextvars")
    moduleSet(t, module, "ContextVar", variableType.object)
    moduleSet(t, module, "Context", Contexts.type.object)
    moduleSet(t, module, "Token", tokenType.object)
    moduleAddFunctions(
      t, module,
      [NativeMethod("copy_context", .noArguments) { t, _, _ in Contexts.current(t).map { Contexts.copy($0) } }])
    return module
  }
}
