// `_imp`: what the library's importlib asks of the interpreter. There are no extension modules and no frozen ones.
import PythonRuntime

public enum ImpModule {
  nonisolated(unsafe) private static var lockDepth = 0

  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_imp")
    moduleSet(t, module, "check_hash_based_pycs", stealing: makeString("default"))
    moduleAddFunctions(t, module, locking + builtinModules + frozenModules)
    return module
  }

  private static let locking = [
    NativeMethod("acquire_lock", .noArguments) { _, _, _ in
      lockDepth += 1
      return core.pointee.none
    },
    NativeMethod("release_lock", .noArguments) { t, _, _ in
      guard lockDepth > 0 else { return t.raise(.RuntimeError, "not holding the import lock") }
      lockDepth -= 1
      return core.pointee.none
    },
    NativeMethod("lock_held", .noArguments) { _, _, _ in makeBool(lockDepth > 0) },
    NativeMethod("extension_suffixes", .noArguments) { _, _, _ in makeList() },
    NativeMethod("_fix_co_filename", .positional(2, 2)) { _, _, _ in core.pointee.none },
  ]

  private static let builtinModules = [
    NativeMethod("is_builtin", .oneArgument) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "is_builtin() argument must be str, not \(argumentTypeName(a[0]))")
      }
      return makeInt(NativeModules.maker(stringValue(a[0])) == nil ? 0 : 1)
    },
    NativeMethod("create_builtin", .oneArgument) { t, _, a in
      guard let name = getAttribute(t, a[0], "name") else { return nil }
      defer { name.release() }
      guard name.isKind(.str) else { return t.raise(.TypeError, "spec.name must be a str") }
      if let modules = t.interpreter.modules, let known = dictGet(t, modules, name) { return known.retained() }
      guard let maker = NativeModules.maker(stringValue(name)) else { return core.pointee.none }
      return ModuleFinder.load(t, stringValue(name), .native(maker))
    },
    NativeMethod("exec_builtin", .oneArgument) { _, _, _ in makeInt(0) },
  ]

  private static let frozenModules = [
    NativeMethod("is_frozen", .oneArgument) { _, _, _ in core.pointee.false },
    NativeMethod("is_frozen_package", .oneArgument) { t, _, a in noFrozen(t, a[0]) },
    NativeMethod("get_frozen_object", .positional(1, 2)) { t, _, a in noFrozen(t, a[0]) },
    NativeMethod("init_frozen", .oneArgument) { _, _, _ in core.pointee.none },
    NativeMethod("find_frozen", .keywords) { _, _, _ in core.pointee.none },
    NativeMethod("_frozen_module_names", .noArguments) { _, _, _ in makeList() },
  ]

  private static func noFrozen(_ t: ThreadState, _ name: Object) -> Object? {
    t.raiseImportError(.ImportError, "No such frozen object named \(strString(t, name) ?? "?")", name: name)
  }
}
