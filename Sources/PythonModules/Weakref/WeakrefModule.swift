// `_weakref`: what `weakref.py` builds on.
import PythonRuntime

public enum WeakrefModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_weakref")
    let reference = core.pointee.types.weakref.object
    moduleSet(t, module, "ref", reference)
    moduleSet(t, module, "ReferenceType", reference)
    moduleSet(t, module, "ProxyType", core.pointee.types.weakProxy.object)
    if let callable = WeakProxy.callableType { moduleSet(t, module, "CallableProxyType", callable.object) }
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("getweakrefcount", .oneArgument) { _, _, a in
          let found = Weakref.references(to: a[0])
          for reference in found { reference.release() }
          return makeInt(found.count)
        },
        NativeMethod("getweakrefs", .oneArgument) { _, _, a in makeList(Weakref.references(to: a[0])) },
        NativeMethod("proxy", .positional(1, 2)) { t, _, a in WeakProxy.make(t, a[0], a.optional(1)) },
        NativeMethod("_remove_dead_weakref", .positional(2, 2), removeDead),
      ])
    return module
  }

  /// Deletes a key whose value is a dead weak reference; a living one stays.
  private static func removeDead(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard a[0].isKind(.dict) else {
      return t.raise(.TypeError, "_remove_dead_weakref() argument 1 must be dict, not \(argumentTypeName(a[0]))")
    }
    guard let value = dictGet(t, a[0], a[1]) else { return t.hasRaised ? nil : core.pointee.none }
    guard value.isKind(.weakref) else { return t.raise(.TypeError, "not a weakref") }
    if weakrefTarget(value) == nil, !dictDelete(t, a[0], a[1]) {
      guard t.matches(.KeyError) else { return nil }
      t.clearRaised()
    }
    return core.pointee.none
  }
}
