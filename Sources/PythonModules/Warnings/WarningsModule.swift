// `_warnings`: warns through the library's `warnings`, which keeps the filters.
import PythonRuntime

public enum WarningsModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_warnings")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("warn", .keywords) { t, _, a in forward(t, "warn", a) },
        NativeMethod("warn_explicit", .keywords) { t, _, a in forward(t, "warn_explicit", a) },
      ])
    return module
  }

  private static func forward(_ t: ThreadState, _ name: String, _ a: Arguments) -> Object? {
    guard let module = importModule(t, "warnings") else { return nil }
    defer { module.release() }
    guard let function = getAttribute(t, module, name) else { return nil }
    defer { function.release() }
    return call(t, function, a)
  }
}
