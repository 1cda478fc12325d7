// Finding and loading a module: native ones first, then files along the path. No importlib: that package itself loads like any other.
import Glibc
import PythonRuntime

enum ModuleFinder {
  /// What was found for a name.
  enum Found {
    case native(NativeModuleMaker)
    case source(path: String)
    case package(folder: String, initPath: String)
    /// A folder without `__init__.py` (PEP 420).
    case namespace(folders: [String])
  }

  /// `path`: the folders to look through (`sys.path` or a package's `__path__`).
  static func find(_ fullName: String, in path: [String]) -> Found? {
    if let maker = NativeModules.maker(fullName) { return .native(maker) }
    let last = fullName.split(separator: ".").last.map(String.init) ?? fullName
    var namespaceFolders: [String] = []
    for folder in path {
      let base = folder.isEmpty ? "." : folder
      let package = "\(base)/\(last)"
      if FileSystem.isFile(package + "/__init__.py") {
        return .package(folder: package, initPath: package + "/__init__.py")
      }
      if FileSystem.isFile(package + ".py") { return .source(path: package + ".py") }
      if FileSystem.isFolder(package) { namespaceFolders.append(package) }
    }
    return namespaceFolders.isEmpty ? nil : .namespace(folders: namespaceFolders)
  }

  /// The strings of a list object; entries that are no str are skipped, as CPython skips them.
  static func strings(_ t: ThreadState, _ list: Object?) -> [String] {
    guard let list, let iterator = iterate(t, list) else {
      t.clearRaised()
      return []
    }
    defer { iterator.release() }
    var result: [String] = []
    while let item = iterNext(t, iterator) {
      if item.isKind(.str) { result.append(stringValue(item)) }
      item.release()
    }
    t.clearRaised()
    return result
  }

  /// Makes, registers and runs the module. New reference.
  static func load(_ t: ThreadState, _ fullName: String, _ found: Found) -> Object? {
    guard let modules = t.interpreter.modules else { return nil }
    let key = internString(fullName)
    switch found {
    case .native(let maker):
      guard let module = maker(t) else { return nil }
      guard dictSet(t, modules, key, module) else {
        module.release()
        return nil
      }
      return module
    case .namespace(let folders):
      let module = makeModule(t, fullName)
      moduleSet(t, module, "__path__", stealing: makeList(folders.map { makeString($0) }))
      moduleSet(t, module, "__package__", stealing: makeString(fullName))
      guard dictSet(t, modules, key, module) else { return nil }
      return module
    case .source(let path): return loadSource(t, fullName, path, packageFolder: nil)
    case .package(let folder, let initPath): return loadSource(t, fullName, initPath, packageFolder: folder)
    }
  }

  private static func loadSource(_ t: ThreadState, _ fullName: String, _ path: String, packageFolder: String?)
    -> Object?
  {
    guard let modules = t.interpreter.modules else { return nil }
    let key = internString(fullName)
    guard let source = FileSystem.read(path) else {
      let pathObject = makeString(path)
      defer { pathObject.release() }
      t.raiseOSError(errno: errno, path: pathObject)
      return nil
    }
    guard let code = SourceCompiler.compile(t, source, fileName: path, mode: .module) else { return nil }
    defer { code.release() }
    let module = makeModule(t, fullName)
    moduleSet(t, module, "__file__", stealing: makeString(path))
    let package = packageFolder == nil ? fullName.split(separator: ".").dropLast().joined(separator: ".") : fullName
    moduleSet(t, module, "__package__", stealing: makeString(package))
    if let packageFolder { moduleSet(t, module, "__path__", stealing: makeList([makeString(packageFolder)])) }
    if let builtins = t.interpreter.modules.flatMap({ dictGet(t, $0, "builtins") }) {
      moduleSet(t, module, "__builtins__", moduleDict(builtins) ?? builtins)
    }
    guard dictSet(t, modules, key, module), let globals = moduleDict(module) else {
      module.release()
      return nil
    }
    guard let result = evaluate(t, code, globals: globals, locals: globals) else {
      // A module that failed is forgotten.
      let raised = t.takeRaised()
      if !dictDelete(t, modules, key) { t.clearRaised() }
      t.raised = raised
      module.release()
      return nil
    }
    result.release()
    // The module may have replaced itself.
    if let current = dictGet(t, modules, key), current != module {
      current.retain()
      module.release()
      return current
    }
    return module
  }
}
