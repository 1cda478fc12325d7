// `atexit`: functions that run when the program ends.
import PythonRuntime

public enum AtExitModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "atexit")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("register", .keywords, register),
        NativeMethod("unregister", .oneArgument) { t, _, a in AtExit.unregister(t, a[0]) ? core.pointee.none : nil },
        NativeMethod("_clear", .noArguments) { _, _, _ in
          AtExit.clear()
          return core.pointee.none
        },
        NativeMethod("_run_exitfuncs", .noArguments) { t, _, _ in
          AtExit.run(t)
          return core.pointee.none
        },
        NativeMethod("_ncallbacks", .noArguments) { _, _, _ in makeInt(AtExit.count) },
      ])
    return module
  }

  private static func register(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard a.count >= 1 else { return t.raise(.TypeError, "register() takes at least 1 argument (0 given)") }
    guard a[0].type.pointer.pointee.call != nil else {
      return t.raise(.TypeError, "the first argument must be callable")
    }
    let rest = makeTuple(borrowing: a.base + 1, count: a.count - 1)
    var keywords: Object?
    if let names = a.keywordNames {
      let dict = makeDict()
      for i in 0..<names.tupleCount { _ = dictSet(t, dict, names.tupleItems[i], a.base[a.count + i]) }
      keywords = dict
    }
    AtExit.register(a[0], rest, keywords)
    rest.release()
    keywords.release()
    return a[0].retained()
  }
}
