// `__main__`: running a script, a module, a piece of code, and the end of the process.
import Glibc
import PythonRuntime

public enum MainModule {
  /// Makes the module `__main__`. Borrowed: `sys.modules` keeps it.
  static func make(_ t: ThreadState, file: String?) -> Object? {
    guard let modules = t.interpreter.modules else { return nil }
    let module = makeModule(t, "__main__")
    if let builtins = dictGet(t, modules, "builtins") { moduleSet(t, module, "__builtins__", builtins) }
    moduleSet(t, module, "__annotations__", stealing: makeDict())
    if let file { moduleSet(t, module, "__file__", stealing: makeString(file)) }
    _ = dictSet(t, modules, internString("__main__"), module)
    module.release()
    return module
  }

  /// Runs a script file and returns the process's exit status.
  public static func runScript(_ t: ThreadState, path: String) -> Int32 {
    guard !FileSystem.isFolder(path) else {
      return complain("can't open '\(path)': it is a directory; give a .py file", status: 1)
    }
    guard let source = FileSystem.read(path) else {
      let code = errno
      return complain(
        "can't open file '\(absolute(path))': [Errno \(code)] \(String(cString: strerror(code)))", status: 2)
    }
    prependPath(t, folder(of: path))
    // As CPython: the program's name in messages and `__file__` says where it lies, whatever the folder later is.
    let place = absolute(path)
    return run(t, source: source, fileName: place, file: place)
  }

  public static func runCode(_ t: ThreadState, _ code: String) -> Int32 {
    prependPath(t, "")
    return run(t, source: Array(code.utf8) + [0x0A], fileName: "<string>", file: nil)
  }

  /// `-m`: imports the packages around the module, and runs its source as `__main__`.
  public static func runModule(_ t: ThreadState, _ name: String) -> Int32 {
    prependPath(t, currentFolder() ?? "")
    guard let dict = t.interpreter.systemDict, let path = dictGet(t, dict, "path") else { return 1 }
    var folders = ModuleFinder.strings(t, path)
    let parts = name.split(separator: ".").map(String.init)
    guard !parts.isEmpty else { return complain("No module named \(name)", status: 1) }
    if parts.count > 1 {
      guard let inner = packageFolders(t, parts.dropLast().joined(separator: ".")) else { return report(t) }
      folders = inner
    }
    switch ModuleFinder.find(name, in: folders) {
    case .source(let path):
      return runFile(t, path, package: parts.dropLast().joined(separator: "."))
    case .package:
      guard let inner = packageFolders(t, name) else { return report(t) }
      guard case .source(let path)? = ModuleFinder.find(name + ".__main__", in: inner) else {
        return complain(
          "No module named \(name).__main__; '\(name)' is a package and cannot be directly executed", status: 1)
      }
      return runFile(t, path, package: name)
    case .native, .namespace, nil: return complain("No module named \(name)", status: 1)
    }
  }

  /// Imports a package; its `__path__`. nil: an exception is set.
  private static func packageFolders(_ t: ThreadState, _ name: String) -> [String]? {
    guard let package = Importer.importChain(t, name) else { return nil }
    defer { package.release() }
    guard let folders = getAttribute(t, package, "__path__") else { return nil }
    defer { folders.release() }
    return ModuleFinder.strings(t, folders)
  }

  private static func runFile(_ t: ThreadState, _ path: String, package: String) -> Int32 {
    guard let source = FileSystem.read(path) else { return complain("can't read '\(path)'", status: 2) }
    if let system = t.interpreter.systemDict, let arguments = dictGet(t, system, "argv"), arguments.isKind(.list),
      arguments.listCount > 0
    {
      let place = makeString(path)
      listReplace(arguments, 0, 1, [place], 1)
      place.release()
    }
    return run(t, source: source, fileName: path, file: path, package: package)
  }

  private static func run(
    _ t: ThreadState, source: [UInt8], fileName: String, file: String?, package: String? = nil
  ) -> Int32 {
    guard let module = make(t, file: file), let globals = moduleDict(module) else { return 1 }
    if let package { moduleSet(t, module, "__package__", stealing: makeString(package)) }
    Interpreter.prepareForMain(t)
    guard let code = SourceCompiler.compile(t, source, fileName: fileName, mode: .module) else {
      Probes.withdraw()
      return report(t)
    }
    // Compiling allocates; the program's first instruction finds CPython's counters.
    Collector.enterMain()
    let result = evaluate(t, code, globals: globals, locals: globals)
    code.release()
    guard let result else { return report(t) }
    result.release()
    return 0
  }

  /// Prints the exception that is set, and says which exit status it means (`sys.exit`'s argument, or 1).
  public static func report(_ t: ThreadState) -> Int32 {
    guard let raised = t.takeRaised() else { return 1 }
    if isSubtype(raised.type, exceptionType(.SystemExit)) {
      defer { raised.release() }
      return exitStatus(t, raised)
    }
    let interrupted = isSubtype(raised.type, exceptionType(.KeyboardInterrupt))
    callExceptHook(t, raised)
    raised.release()
    if interrupted { MainModule.wasInterrupted = true }
    return 1
  }

  /// The program ended by an unhandled KeyboardInterrupt: the process shall end by SIGINT.
  nonisolated(unsafe) public static var wasInterrupted = false

  private static func exitStatus(_ t: ThreadState, _ exit: Object) -> Int32 {
    guard let code = getAttribute(t, exit, "code") else {
      t.clearRaised()
      return 1
    }
    defer { code.release() }
    if code == core.pointee.none { return 0 }
    if code.isKind(.int) || code.isKind(.bool) {
      guard let value = intValue(t, code) else {
        t.clearRaised()
        return -1
      }
      return Int32(truncatingIfNeeded: value)
    }
    if let text = strString(t, code) { writeError(text + "\n") } else { t.clearRaised() }
    return 1
  }

  private static func callExceptHook(_ t: ThreadState, _ raised: Object) {
    guard let system = t.interpreter.systemDict, let hook = dictGet(t, system, "excepthook"),
      hook.type != core.pointee.types.nativeFunction
    else {
      printException(t, raised)
      return
    }
    let traceback = getAttribute(t, raised, "__traceback__") ?? core.pointee.none
    defer { traceback.release() }
    if let result = call3(t, hook, raised.type.object, raised, traceback) {
      result.release()
      return
    }
    guard let second = t.takeRaised() else { return }
    writeError("Error in sys.excepthook:\n")
    printException(t, second)
    second.release()
    writeError("\nOriginal exception was:\n")
    printException(t, raised)
  }

  private static func prependPath(_ t: ThreadState, _ folder: String) {
    guard let system = t.interpreter.systemDict, let path = dictGet(t, system, "path"), path.isKind(.list) else {
      return
    }
    let text = makeString(folder)
    listInsert(path, at: 0, text)
    text.release()
  }

  private static func folder(of path: String) -> String {
    guard let resolved = realpath(path, nil) else { return "." }
    defer { free(resolved) }
    let text = String(cString: resolved)
    return text.lastIndex(of: "/").map { String(text[..<$0]) } ?? "."
  }

  private static func currentFolder() -> String? {
    guard let current = getcwd(nil, 0) else { return nil }
    defer { free(current) }
    return String(cString: current)
  }

  private static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") || path.isEmpty { return path }
    return currentFolder().map { "\($0)/\(path)" } ?? path
  }

  private static func complain(_ message: String, status: Int32) -> Int32 {
    writeError("exuvia: \(message)\n")
    return status
  }

  static func writeError(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }
}
