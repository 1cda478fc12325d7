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
    return run(t, source: source, fileName: path, file: path)
  }

  public static func runCode(_ t: ThreadState, _ code: String) -> Int32 {
    prependPath(t, "")
    return run(t, source: Array(code.utf8) + [0x0A], fileName: "<string>", file: nil)
  }

  /// `-m`: finds the module and runs its source as `__main__`.
  public static func runModule(_ t: ThreadState, _ name: String) -> Int32 {
    prependPath(t, "")
    guard let dict = t.interpreter.systemDict, let path = dictGet(t, dict, "path") else { return 1 }
    var folders = ModuleFinder.strings(t, path)
    let parts = name.split(separator: ".")
    for depth in parts.indices {
      let fullName = parts[...depth].joined(separator: ".")
      let isLast = depth == parts.count - 1
      switch ModuleFinder.find(fullName, in: folders) {
      case .source(let path) where isLast: return runFile(t, path)
      case .package(let folder, _):
        if isLast {
          if FileSystem.isFile(folder + "/__main__.py") { return runFile(t, folder + "/__main__.py") }
          return complain(
            "No module named \(name).__main__; '\(name)' is a package and cannot be directly executed", status: 1)
        }
        folders = [folder]
      case .namespace(let found) where !isLast: folders = found
      default: return complain("No module named \(name)", status: 1)
      }
    }
    return 1
  }

  private static func runFile(_ t: ThreadState, _ path: String) -> Int32 {
    guard let source = FileSystem.read(path) else { return complain("can't read '\(path)'", status: 2) }
    return run(t, source: source, fileName: path, file: path)
  }

  private static func run(_ t: ThreadState, source: [UInt8], fileName: String, file: String?) -> Int32 {
    guard let module = make(t, file: file), let globals = moduleDict(module) else { return 1 }
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

  private static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    return "\(String(cString: current))/\(path)"
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
