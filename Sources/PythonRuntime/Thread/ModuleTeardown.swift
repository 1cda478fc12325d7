// What happens to modules at the end, in CPython's order (finalize_modules in pylifecycle.c).
//
//     1. sys attributes that keep values alive become None (last_exc, ps1, path hooks ...); the standard streams get their originals back
//     2. `sys.modules`: each value becomes None, in order; weak references are kept
//     3. `sys.modules` is cleared; a pass
//     4. modules that still live lose the content of their dicts, the last imported first; sys and builtins last
//     5. `sys` and `builtins` are cleared
//
//     a dict's clearing: names with one leading underscore first, then all but `__builtins__`, each set to None
import CRuntimeSupport
import TraceModel

enum ModuleTeardown {
  static func run(_ t: ThreadState, _ interpreter: Interpreter) {
    guard let modules = interpreter.modules else { return }
    restoreStreams(t, interpreter)
    clearBuiltinsUnderscore(t, interpreter)

    // 2. Weak references tell later which modules outlived it.
    var kept: [(name: Object, reference: Object)] = []
    var names: [Object] = []
    var position = 0
    while let (key, value, _) = dictNext(modules, &position) {
      names.append(key.retained())
      guard value.isKind(.module) else { continue }
      if let reference = makeWeakref(t, value, callback: nil) {
        kept.append((key.retained(), reference))
      } else {
        t.clearRaised()
      }
    }
    for name in names {
      _ = dictSet(t, modules, name, core.pointee.none)
      name.release()
    }
    // 3.
    dictClear(modules)
    Collector.collect(t, generation: 2, reason: .shutdown)

    // 4.
    for (name, reference) in kept.reversed() {
      defer {
        name.release()
        reference.release()
      }
      guard let module = weakrefTarget(reference), let dict = moduleDict(module) else { continue }
      if dict == interpreter.systemDict || dict == interpreter.builtinsDict { continue }
      module.retain()
      clearDict(t, dict)
      module.release()
    }
    // 5. and the last pass, as _PyGC_CollectNoFail.
    if let dict = interpreter.systemDict { clearDict(t, dict) }
    if let dict = interpreter.builtinsDict { clearDict(t, dict) }
    Threads.clear(t)
    Collector.collect(t, generation: 2, reason: .shutdown)
  }

  private static func restoreStreams(_ t: ThreadState, _ interpreter: Interpreter) {
    guard let dict = interpreter.systemDict else { return }
    let none = core.pointee.none
    for name in [
      "path", "argv", "ps1", "ps2", "last_exc", "last_type", "last_value", "last_traceback", "path_importer_cache",
      "meta_path", "path_hooks",
    ] where dictGet(t, dict, internString(name)) != nil {
      _ = dictSet(t, dict, internString(name), none)
    }
    for name in ["stdin", "stdout", "stderr"] {
      let original = (dictGet(t, dict, internString("__\(name)__")) ?? none).retained()
      _ = dictSet(t, dict, internString(name), original)
      original.release()
    }
  }

  /// `builtins._` holds the last value that a prompt echoed.
  private static func clearBuiltinsUnderscore(_ t: ThreadState, _ interpreter: Interpreter) {
    guard let dict = interpreter.builtinsDict else { return }
    _ = dictSet(t, dict, internString("_"), core.pointee.none)
  }

  /// Sets a module's names to None, in the order that CPython uses.
  static func clearDict(_ t: ThreadState, _ dict: Object) {
    for pass in 0..<2 {
      var names: [Object] = []
      var position = 0
      while let (key, value, _) = dictNext(dict, &position) {
        guard value != core.pointee.none, key.isKind(.str) else { continue }
        let length = key.strLength
        let first = length > 0 ? key.codePoint(0) : 0
        let second = length > 1 ? key.codePoint(1) : 0
        if pass == 0 {
          guard first == 0x5F, second != 0x5F else { continue }
        } else {
          guard first != 0x5F || !strEqual(key, ascii: "__builtins__") else { continue }
        }
        names.append(key.retained())
      }
      // N.B. CPython goes on in the living dict: what a finalizer adds is met too; here it stays for the last pass.
      for name in names {
        if let value = dictGet(t, dict, name), value != core.pointee.none {
          if !dictSet(t, dict, name, core.pointee.none) { t.clearRaised() }
        }
        name.release()
      }
    }
  }
}
