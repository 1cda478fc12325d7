// The interpreter: what all threads share and nothing on a hot path reads. One per process today.

/// Owns the modules, the builtins, the collector's state and the hooks through which the layers above (compile, import) come in.
public final class Interpreter: @unchecked Sendable {
  /// `sys.modules`, the `sys` and `builtins` modules' dicts; set by start-up, owned.
  public var modules: Object?
  public var systemDict: Object?
  public var builtinsDict: Object?
  public var mainThread: ThreadState?
  /// `sys.setrecursionlimit`.
  public var recursionLimit: Int {
    get { RecursionLimit.frames }
    set { RecursionLimit.frames = newValue }
  }
  public var hashSeed: UInt64 = 0

  /// Compiles source text to a code object: `(thread, source bytes, file name, mode, flags) -> code object`. Set by PythonModules.
  public var compileHook: ((ThreadState, [UInt8], String, CompileMode, Int) -> Object?)?
  /// `__import__` as the import opcode calls it: `(thread, name, globals, locals, fromlist, level) -> module`. Set by PythonModules.
  public var importHook: ((ThreadState, Object, Object?, Object?, Object, Int) -> Object?)?

  public init() {}
}

/// What `compile` is asked for.
public enum CompileMode: Sendable { case module, expression, interactive }
