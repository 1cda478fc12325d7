// `__import__`: names to modules (PEP 328 relative imports, packages, `from` lists).
import PythonRuntime

public enum Importer {
  public static func install(_ t: ThreadState) {
    t.interpreter.importHook = { t, name, globals, locals, fromList, level in
      importName(t, name, globals, fromList, level)
    }
  }

  /// What `import name` (fromList None), `from name import ...` mean. New reference.
  static func importName(_ t: ThreadState, _ name: Object, _ globals: Object?, _ fromList: Object, _ level: Int)
    -> Object?
  {
    guard name.isKind(.str) else {
      t.raise(.TypeError, "module name must be a string")
      return nil
    }
    guard level >= 0 else {
      t.raise(.ValueError, "level must be >= 0")
      return nil
    }
    let text = stringValue(name)
    if text.isEmpty, level == 0 {
      t.raise(.ValueError, "Empty module name")
      return nil
    }
    var fullName = text
    if level > 0 {
      guard let resolved = resolve(t, text, globals, level) else { return nil }
      fullName = resolved
    }
    guard let module = importChain(t, fullName) else { return nil }
    let hasList = fromList != core.pointee.none && isTrue(t, fromList) == 1
    if !hasList {
      // `import a.b.c` binds `a`.
      guard let dot = text.firstIndex(of: ".") else { return module }
      defer { module.release() }
      if level == 0 { return importChain(t, String(text[..<dot])) }
      let cut = fullName.dropLast(text.count - text.distance(from: text.startIndex, to: dot))
      return importChain(t, String(cut))
    }
    guard importSubmodules(t, module, fromList) else {
      module.release()
      return nil
    }
    return module
  }

  private static func resolve(_ t: ThreadState, _ name: String, _ globals: Object?, _ level: Int) -> String? {
    guard let globals else {
      t.raise(.KeyError, "'__name__' not in globals")
      return nil
    }
    var package = ""
    if let given = dictGet(t, globals, Name.dunderPackage), given.isKind(.str) {
      package = stringValue(given)
    } else if let own = dictGet(t, globals, Name.dunderName), own.isKind(.str) {
      package = stringValue(own)
      if dictGet(t, globals, Name.dunderPath) == nil {
        package = package.split(separator: ".").dropLast().joined(separator: ".")
      }
    }
    guard !package.isEmpty else {
      t.raise(.ImportError, "attempted relative import with no known parent package")
      return nil
    }
    var parts = package.split(separator: ".").map(String.init)
    guard level - 1 < parts.count else {
      t.raise(.ImportError, "attempted relative import beyond top-level package")
      return nil
    }
    parts.removeLast(level - 1)
    let base = parts.joined(separator: ".")
    return name.isEmpty ? base : "\(base).\(name)"
  }

  /// Imports `a`, `a.b`, `a.b.c` and returns the last. New reference.
  public static func importChain(_ t: ThreadState, _ fullName: String) -> Object? {
    guard let modules = t.interpreter.modules else {
      t.raise(.RuntimeError, "unable to get sys.modules")
      return nil
    }
    let key = internString(fullName)
    if let known = dictGet(t, modules, key) {
      if known == core.pointee.none {
        t.raiseImportError(.ModuleNotFoundError, "import of \(fullName) halted; None in sys.modules", name: key)
        return nil
      }
      return known.retained()
    }
    if t.hasRaised { return nil }
    var path = searchPath(t)
    var parent: Object?
    defer { parent.release() }
    if let dot = fullName.lastIndex(of: ".") {
      let parentName = String(fullName[..<dot])
      guard let module = importChain(t, parentName) else { return nil }
      parent = module
      // Importing the parent may have imported the child.
      if let known = dictGet(t, modules, key), known != core.pointee.none { return known.retained() }
      guard let dict = module.isKind(.module) ? moduleDict(module) : nil,
        let folders = dictGet(t, dict, Name.dunderPath)
      else {
        t.raiseImportError(
          .ModuleNotFoundError, "No module named '\(fullName)'; '\(parentName)' is not a package", name: key)
        return nil
      }
      path = ModuleFinder.strings(t, folders)
    }
    guard let found = ModuleFinder.find(fullName, in: path) else {
      if ImportlibModules.isInstalled { return ImportlibModules.find(t, fullName) }
      raiseNotFound(t, fullName, key)
      return nil
    }
    let isEarly = StartupModules.names.contains(fullName)
    if isEarly { Collector.beginUncounted() }
    let loaded = ModuleFinder.load(t, fullName, found)
    if isEarly { Collector.endUncounted() }
    guard let module = loaded else { return nil }
    ImportlibModules.describe(t, module, fullName)
    if let parent, let dot = fullName.lastIndex(of: ".") {
      let child = internString(String(fullName[fullName.index(after: dot)...]))
      if !setAttribute(t, parent, child, module) { t.clearRaised() }
    }
    return module
  }

  private static func raiseNotFound(_ t: ThreadState, _ fullName: String, _ key: Object) {
    var text = "No module named '\(fullName)'"
    if LibraryState.folder == nil {
      text += " (no CPython 3.13 library was found: install Python 3.13 or set EXUVIA_LIBRARY to its lib/python3.13)"
    }
    t.raiseImportError(.ModuleNotFoundError, text, name: key)
  }

  private static func searchPath(_ t: ThreadState) -> [String] {
    guard let system = t.interpreter.systemDict, let path = dictGet(t, system, "path") else { return [] }
    return ModuleFinder.strings(t, path)
  }

  /// `from package import submodule`: what is no attribute yet may be a module.
  private static func importSubmodules(_ t: ThreadState, _ module: Object, _ fromList: Object) -> Bool {
    guard module.isKind(.module), let dict = moduleDict(module), dictGet(t, dict, Name.dunderPath) != nil,
      let nameObject = dictGet(t, dict, Name.dunderName), nameObject.isKind(.str)
    else { return !t.hasRaised }
    let base = stringValue(nameObject)
    var wanted = ModuleFinder.strings(t, fromList)
    if wanted.contains("*") {
      wanted.removeAll { $0 == "*" }
      if let all = dictGet(t, dict, internString("__all__")) { wanted += ModuleFinder.strings(t, all) }
    }
    for name in wanted {
      let key = internString(name)
      if dictGet(t, dict, key) != nil { continue }
      let fullName = "\(base).\(name)"
      let path = dictGet(t, dict, Name.dunderPath).map { ModuleFinder.strings(t, $0) } ?? []
      guard
        t.interpreter.modules.flatMap({ dictGet(t, $0, internString(fullName)) }) != nil
          || ModuleFinder.find(fullName, in: path) != nil
      else { continue }
      guard let child = importChain(t, fullName) else { return false }
      child.release()
    }
    return true
  }
}

/// What CPython has loaded before a program begins. Here they load when somebody needs them, which the collector's counts must not show.
enum StartupModules {
  static let names: Set<String> = [
    "_abc", "_codecs", "_collections_abc", "_io", "_signal", "_sitebuiltins", "_stat", "_thread", "_warnings",
    "_weakref", "abc",
    "codecs", "encodings", "encodings.aliases", "encodings.utf_8", "genericpath", "io", "marshal", "os", "os.path",
    "posix",
    "posixpath", "site", "stat", "time", "zipimport",
  ]
}

/// Where the installed library lies; set once at start-up.
enum LibraryState {
  nonisolated(unsafe) static var folder: String?
}
