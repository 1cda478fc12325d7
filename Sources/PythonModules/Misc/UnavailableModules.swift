// Native modules that the library imports at its top but whose work this runtime does not do: they say so when they are
// used.
import PythonRuntime

public enum UnavailableModules {
  /// `marshal`: our code objects have a form of their own, there are no `.pyc` files.
  public static func makeMarshal(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "marshal")
    moduleSet(t, module, "version", stealing: makeInt(4))
    moduleAddFunctions(
      t, module,
      ["dump", "dumps", "load", "loads"].map { name in
        NativeMethod(name, .keywords) { t, _, _ in
          t.raise(.NotImplementedError, "marshal is not supported by this runtime")
        }
      })
    return module
  }

  /// `_tokenize`: `tokenize.open` and `detect_encoding` need nothing of it; `TokenizerIter` is not there.
  public static func makeTokenize(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_tokenize")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("TokenizerIter", .keywords) { t, _, _ in
          t.raise(.NotImplementedError, "tokenize is not supported by this runtime")
        }
      ])
    return module
  }

  /// `_posixsubprocess`: starting other programs.
  public static func makeSubprocess(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_posixsubprocess")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("fork_exec", .keywords) { t, _, _ in
          t.raise(.NotImplementedError, "starting other programs is not supported by this runtime")
        }
      ])
    return module
  }
}
