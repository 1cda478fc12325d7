// From nothing to an interpreter that can run `__main__`: the well-known objects, the types, the native modules, `sys` and `builtins`.
import Glibc
import PythonRuntime
import PythonTypes

public enum Startup {
  nonisolated(unsafe) private static var interpreter: Interpreter?

  /// The order matters: memory, objects, slots, readiness, methods, modules.
  public static func start(arguments: [String]) -> ThreadState {
    // 1. Memory and the main thread, which holds the GIL from here on.
    let interpreter = Interpreter()
    Self.interpreter = interpreter
    let t = interpreter.startMainThread()
    Core.start()
    // 2. Slots of all types, then their readiness, then methods, which live in the types' dicts.
    ClassTypes.configure()
    RuntimeTypes.configure()
    PythonTypes.configure()
    for type in CoreTypes.all { readyType(t, type) }
    ExceptionTypes.create(t)
    ClassTypes.install(t)
    RuntimeTypes.install(t)
    PythonTypes.install(t)
    GenericAlias.install(t)
    // 3. Modules.
    interpreter.modules = makeDict()
    registerModules()
    Importer.install(t)
    interpreter.compileHook = { t, source, file, mode, flags in
      SourceCompiler.compile(t, source, fileName: file, mode: mode, flags: flags)
    }
    SourceExcerpt.reading = TracebackReading.reading
    LibraryState.folder = LibraryLocation.find()
    Probes.libraryPath = LibraryState.folder.map { $0 + "/" } ?? ""
    installFirstModules(t, interpreter, arguments)
    return t
  }

  private static func registerModules() {
    NativeModuleTable.registerAll()
  }

  private static func installFirstModules(_ t: ThreadState, _ interpreter: Interpreter, _ arguments: [String]) {
    guard let builtins = load(t, "builtins") else { failStart(t) }
    interpreter.builtinsDict = moduleDict(builtins)
    SiteBuiltins.install(t, builtins)
    guard let system = load(t, "sys"), let dict = moduleDict(system) else { failStart(t) }
    interpreter.systemDict = dict
    moduleSet(t, system, "argv", stealing: makeList(arguments.map { makeString($0) }))
    // As CPython: the folders of PYTHONPATH, then the library, then what is installed beside it.
    let given = getenv("PYTHONPATH").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
    let beside = LibraryState.folder.map { $0 + "/site-packages" } ?? ""
    let installed = access(beside, R_OK) == 0 ? beside : nil
    let folders = given + [LibraryState.folder, installed].compactMap { $0 }
    moduleSet(t, system, "path", stealing: makeList(folders.map { makeString($0) }))
    if let modules = interpreter.modules { moduleSet(t, system, "modules", modules) }
    moduleSet(
      t, system, "builtin_module_names", stealing: makeTuple(NativeModules.names.map { makeString($0) }))
    SystemStreams.install(t, system)
    if !StartOptions.apply(t, system) { failStart(t) }
  }

  private static func load(_ t: ThreadState, _ name: String) -> Object? {
    guard let maker = NativeModules.maker(name) else { return nil }
    return ModuleFinder.load(t, name, .native(maker))
  }

  private static func failStart(_ t: ThreadState) -> Never {
    if let raised = t.takeRaised() { printException(t, raised) }
    fatal("start-up failed")
  }
}
