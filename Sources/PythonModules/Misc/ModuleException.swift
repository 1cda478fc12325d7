// The exception classes that native modules bring, as `struct.error` and `csv.Error`.
import PythonRuntime

/// An exception class of a native module. Made when the module is first; a module that is made again has the same one, which programs name in their
/// `except` clauses.
struct ModuleException {
  private let name: String
  private let module: String
  private let base: ExceptionKind
  private var made: Object?

  /// - Parameter module: what `__module__` of the class says.
  init(_ name: String, module: String, base: ExceptionKind = .Exception) {
    self.name = name
    self.module = module
    self.base = base
  }

  /// Puts the class into `module` under its name. False: an exception is set.
  mutating func add(_ t: ThreadState, to module: Object) -> Bool {
    if made == nil { made = make(t) }
    guard let made else { return false }
    moduleSet(t, module, name, made)
    return true
  }

  private func make(_ t: ThreadState) -> Object? {
    let name = makeString(self.name)
    let bases = makeTuple([exceptionType(base).object.retained()])
    let dict = makeDict()
    defer {
      name.release()
      bases.release()
      dict.release()
    }
    dictSet(t, dict, "__module__", stealing: makeString(module))
    return call3(t, core.pointee.types.type.object, name, bases, dict)
  }

  /// Sets an exception of the class, of its base while the module has not been made.
  @discardableResult func raise(_ t: ThreadState, _ message: String) -> Object? {
    guard let made else { return t.raise(base, message) }
    let text = makeString(message)
    defer { text.release() }
    guard let exception = call1(t, made, text) else { return nil }
    defer { exception.release() }
    return t.raiseObject(exception)
  }
}
