// `contextvars.Context`: a mapping of variables, and which one is current in a thread.
import PythonRuntime

enum Contexts {
  static let type: TypeObject = makeBuiltinType(
    name: "Context", module: "_contextvars", layoutSize: MemoryLayout<ContextLayout>.size,
    flags: [.container, .mapping]
  ) { p in
    p.pointee.weakrefOffset = MemoryLayout<ContextLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      take(&o.layout(ContextLayout.self).pointee.values)
      take(&o.layout(ContextLayout.self).pointee.previous)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<ContextLayout> = o.layout()
      return visit(p.pointee.values) || visit(p.pointee.previous)
    }
    p.pointee.new = NativeFunction { t, _, a in
      a.count == 0 ? make(makeDict()) : t.raise(.TypeError, "Context() does not accept any arguments")
    }
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.length = MeasureFunction { _, o in values(o).dictCount }
    p.pointee.iter = UnaryFunction { t, o in iterate(t, values(o)) }
    p.pointee.contains = ContainsFunction { t, o, key in
      guard check(t, key) else { return -1 }
      return dictContains(t, values(o), key)
    }
    p.pointee.getItem = BinaryFunction { t, o, key in
      guard check(t, key) else { return nil }
      if let found = dictGet(t, values(o), key) { return found.retained() }
      return t.hasRaised ? nil : t.raiseKeyError(key)
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard op == .equal || op == .notEqual, a.type == type, b.type == type else { return core.pointee.notImplemented }
      return richCompare(t, values(a), values(b), op)
    }
    p.pointee.hash = nil
  }

  static func values(_ o: Object) -> Object {
    let p: UnsafeMutablePointer<ContextLayout> = o.layout()
    if let known = p.pointee.values { return known }
    let made = makeDict()
    p.pointee.values = made
    return made
  }

  private static func check(_ t: ThreadState, _ key: Object) -> Bool {
    if key.type == ContextVars.variableType { return true }
    t.raise(.TypeError, "a ContextVar key was expected, got \(reprString(t, key) ?? "?")")
    return false
  }

  /// A tracked context; takes over the dict.
  static func make(_ values: Object) -> Object {
    let o = allocateZeroed(type)
    o.layout(ContextLayout.self).pointee.values = values
    track(o)
    return o
  }

  static func copy(_ context: Object) -> Object { make(values(context).retained()) }

  // MARK: The current context

  static func threadDict(_ t: ThreadState) -> Object {
    if let dict = t.pointer.pointee.dict { return dict }
    let dict = makeDict()
    t.pointer.pointee.dict = dict
    return dict
  }

  /// The thread's context, borrowed; made on first use.
  static func current(_ t: ThreadState) -> Object? {
    let dict = threadDict(t)
    if let known = dictGet(t, dict, "contextvars.context") { return known }
    let made = make(makeDict())
    dictSet(t, dict, "contextvars.context", stealing: made)
    return made
  }

  static func currentValues(_ t: ThreadState) -> Object? {
    guard let dict = t.pointer.pointee.dict, let known = dictGet(t, dict, "contextvars.context") else { return nil }
    return values(known)
  }

  /// Gives the context a copy of its dict with one change; nil removes the variable.
  static func replace(_ t: ThreadState, _ context: Object, _ variable: Object, _ value: Object?) -> Bool {
    let old = values(context)
    let fresh = dictCopy(t, old)
    if let value {
      guard dictSet(t, fresh, variable, value) else { return false }
    } else if dictContains(t, fresh, variable) == 1, !dictDelete(t, fresh, variable) {
      return false
    }
    context.layout(ContextLayout.self).pointee.values = fresh
    storeProbe(context, .internalField("values"), old, fresh)
    old.release()
    return true
  }

  private static func run(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard a.count >= 1 else { return t.raise(.TypeError, "run() missing 1 required positional argument") }
    let p: UnsafeMutablePointer<ContextLayout> = o.layout()
    if p.pointee.isEntered {
      return t.raise(.RuntimeError, "cannot enter context: \(reprString(t, o) ?? "?") is already entered")
    }
    guard let before = current(t)?.retained() else { return nil }
    p.pointee.isEntered = true
    let dict = threadDict(t)
    dictSet(t, dict, "contextvars.context", o)
    let result = call(t, a[0], Arguments(base: a.base + 1, count: a.count - 1, keywordNames: a.keywordNames))
    let raised = t.takeRaised()
    dictSet(t, threadDict(t), "contextvars.context", before)
    before.release()
    p.pointee.isEntered = false
    t.raised = raised
    return result
  }

  static func install(_ t: ThreadState) {
    addMethods(
      t, type,
      [
        NativeMethod("run", .keywords) { t, o, a in run(t, o, a) },
        NativeMethod("copy", .noArguments) { _, o, _ in copy(o) },
        NativeMethod("get", .positional(1, 2)) { t, o, a in
          guard check(t, a[0]) else { return nil }
          if let found = dictGet(t, values(o), a[0]) { return found.retained() }
          return t.hasRaised ? nil : (a.optional(1) ?? core.pointee.none).retained()
        },
        NativeMethod("keys", .noArguments) { t, o, _ in callMethod(t, values(o), "keys") },
        NativeMethod("values", .noArguments) { t, o, _ in callMethod(t, values(o), "values") },
        NativeMethod("items", .noArguments) { t, o, _ in callMethod(t, values(o), "items") },
      ])
  }
}
