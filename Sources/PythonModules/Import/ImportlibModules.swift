// `_frozen_importlib` and `_frozen_importlib_external`: the library's own importlib, which a program gets when it asks for it. `import` statements
// do without it (ModuleFinder); from here on the modules that they load have specs, and finders that the program adds are asked.
import PythonRuntime

enum ImportlibModules {
  /// Whether `sys.meta_path` has importlib's finders.
  nonisolated(unsafe) private(set) static var isInstalled = false

  /// `importlib/_bootstrap.py` under the name that it has in CPython, with its finders of built-in modules installed.
  static func makeBootstrap(_ t: ThreadState) -> Object? {
    guard let module = load(t, "_frozen_importlib", "_bootstrap.py"), let system = importModule(t, "sys") else {
      return nil
    }
    defer { system.release() }
    guard let imp = importModule(t, "_imp") else { return nil }
    defer { imp.release() }
    guard let done = callMethod(t, module, "_install", system, imp) else { return nil }
    done.release()
    return module
  }

  /// `importlib/_bootstrap_external.py`, with its finder of files installed.
  static func makeExternal(_ t: ThreadState) -> Object? {
    guard let bootstrap = importModule(t, "_frozen_importlib"),
      let module = load(t, "_frozen_importlib_external", "_bootstrap_external.py")
    else { return nil }
    defer { bootstrap.release() }
    guard setAttribute(t, bootstrap, internString("_bootstrap_external"), module),
      let done = callMethod(t, module, "_install", bootstrap)
    else { return nil }
    done.release()
    isInstalled = true
    guard let modules = t.interpreter.modules else { return module }
    let loaded = dictCopy(t, modules)
    defer { loaded.release() }
    var position = 0
    while let entry = dictNext(loaded, &position) {
      if entry.value.isKind(.module), entry.key.isKind(.str) {
        describe(t, entry.value, stringValue(entry.key), external: module)
      }
    }
    return module
  }

  private static func load(_ t: ThreadState, _ name: String, _ file: String) -> Object? {
    guard let folder = LibraryState.folder else {
      t.raise(
        .ModuleNotFoundError,
        "No module named 'importlib' (no CPython 3.13 library was found: install Python 3.13 or set EXUVIA_LIBRARY to its "
          + "lib/python3.13)")
      return nil
    }
    return ModuleFinder.load(t, name, .source(path: "\(folder)/importlib/\(file)"))
  }

  /// Gives a module that came from a file its `__spec__` and `__loader__`.
  static func describe(_ t: ThreadState, _ module: Object, _ name: String) {
    guard isInstalled, module.isKind(.module), let modules = t.interpreter.modules,
      let external = dictGet(t, modules, "_frozen_importlib_external")
    else { return }
    describe(t, module, name, external: external)
  }

  private static func describe(_ t: ThreadState, _ module: Object, _ name: String, external: Object) {
    let none = core.pointee.none
    // N.B. multiprocessing gives the main module a second name.
    guard let dict = moduleDict(module),
      dictGet(t, dict, Name.dunderName).map({ strEqual($0, ascii: "__main__") }) != true,
      dictGet(t, dict, Name.dunderSpec) ?? none == none,
      let file = dictGet(t, dict, "__file__"), file.isKind(.str),
      let function = getAttribute(t, external, "spec_from_file_location")
    else { return t.clearRaised() }
    defer { function.release() }
    let nameObject = makeString(name)
    defer { nameObject.release() }
    let folders = dictGet(t, dict, Name.dunderPath)
    let keywords = folders.map { [("submodule_search_locations", $0)] } ?? []
    guard let spec = call(t, function, [nameObject, file], keywords: keywords) else { return t.clearRaised() }
    defer { spec.release() }
    guard spec != none, dictSet(t, dict, Name.dunderSpec, spec), let loader = getAttribute(t, spec, "loader") else {
      return t.clearRaised()
    }
    _ = dictSet(t, dict, Name.dunderLoader, loader)
    loader.release()
  }

  /// Asks the finders of `sys.meta_path` for a module that no folder has. nil: an exception is set.
  static func find(_ t: ThreadState, _ fullName: String) -> Object? {
    guard let bootstrap = importModule(t, "_frozen_importlib") else { return nil }
    defer { bootstrap.release() }
    guard let function = getAttribute(t, bootstrap, "_gcd_import") else { return nil }
    defer { function.release() }
    let name = makeString(fullName)
    defer { name.release() }
    return call1(t, function, name)
  }
}
