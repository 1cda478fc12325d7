// The functions of `sys` about exceptions, exit, hooks and audit.
import Glibc
import PythonRuntime

extension SystemModule {
  /// Functions of `sys.addaudithook`, owned.
  nonisolated(unsafe) private static var auditHooks: [Object] = []
  nonisolated(unsafe) private static var hooksType: TypeObject?

  static func addHookTypes(_ t: ThreadState, _ module: Object) {
    let arguments = StructSequence.makeType(
      t, module: "sys", name: "UnraisableHookArgs",
      fields: ["exc_type", "exc_value", "exc_traceback", "err_msg", "object"])
    moduleSet(t, module, "UnraisableHookArgs", arguments.object)
    hooksType = StructSequence.makeType(t, module: "sys", name: "asyncgen_hooks", fields: ["firstiter", "finalizer"])
  }

  static var hookFunctions: [NativeMethod] {
    [
      NativeMethod("exc_info", .noArguments) { t, _, _ in
        let none = core.pointee.none
        guard let exception = t.handledException else {
          return makeTuple([none.retained(), none.retained(), none.retained()])
        }
        let traceback = getAttribute(t, exception, "__traceback__") ?? none
        return makeTuple([exception.type.object.retained(), exception.retained(), traceback])
      },
      NativeMethod("exception", .noArguments) { t, _, _ in (t.handledException ?? core.pointee.none).retained() },
      NativeMethod("exit", .positional(0, 1)) { t, _, a in
        guard let code = a.optional(0) else { return t.raise(.SystemExit) }
        if code.isKind(.tuple), let exception = callWithTuple(t, exceptionType(.SystemExit).object, code) {
          t.raiseObject(exception)
          exception.release()
          return nil
        }
        return t.hasRaised ? nil : t.raise(.SystemExit, code)
      },
      NativeMethod("excepthook", .positional(3, 3)) { t, _, a in
        if a[1].isException {
          printException(t, a[1])
        } else {
          writeStandardError(t, "TypeError: print_exception(): Exception expected for value, \(typeName(a[1])) found\n")
        }
        return core.pointee.none
      },
      NativeMethod("unraisablehook", .oneArgument, unraisableHook),
      NativeMethod("displayhook", .oneArgument, displayHook),
      NativeMethod("breakpointhook", .keywords) { t, _, a in breakpointHook(t, a) },
      NativeMethod("audit", .positional(1, -1), audit),
      NativeMethod("addaudithook", .oneArgument) { _, _, a in
        auditHooks.append(a[0].retained())
        return core.pointee.none
      },
      NativeMethod("call_tracing", .positional(2, 2)) { t, _, a in
        guard a[1].isKind(.tuple) else {
          return t.raise(.TypeError, "call_tracing() argument 2 must be tuple, not \(argumentTypeName(a[1]))")
        }
        return callWithTuple(t, a[0], a[1])
      },
      NativeMethod("set_asyncgen_hooks", .keywords, setAsyncHooks),
      NativeMethod("get_asyncgen_hooks", .noArguments) { t, _, _ in
        guard let hooksType, let dict = t.interpreter.systemDict else { return core.pointee.none }
        let none = core.pointee.none
        return StructSequence.make(
          t, hooksType,
          [
            (dictGet(t, dict, "__asyncgen_firstiter__") ?? none).retained(),
            (dictGet(t, dict, "__asyncgen_finalizer__") ?? none).retained(),
          ])
      },
      NativeMethod("get_coroutine_origin_tracking_depth", .noArguments) { _, _, _ in makeInt(0) },
      NativeMethod("set_coroutine_origin_tracking_depth", .keywords) { _, _, _ in core.pointee.none },
    ]
  }

  // MARK: - Hooks

  private static func unraisableHook(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard a[0].isKind(.tuple), a[0].tupleCount == 5 else {
      return t.raise(.TypeError, "sys.unraisablehook argument type must be UnraisableHookArgs")
    }
    let items = a[0].tupleItems
    let message = items[3].isKind(.str) ? stringValue(items[3]) : nil
    if items[1].isException { writeUnraisableText(t, items[1], items[4], message: message) }
    return core.pointee.none
  }

  /// Shows a value at the prompt and keeps it as `builtins._`.
  private static func displayHook(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    if a[0] == core.pointee.none { return core.pointee.none }
    guard let builtins = t.interpreter.builtinsDict else { return t.raise(.RuntimeError, "lost builtins module") }
    let name = internString("_")
    // None first: repr shall not see the old value, which dies here.
    guard dictSet(t, builtins, name, core.pointee.none) else { return nil }
    guard let system = t.interpreter.systemDict, let stream = dictGet(t, system, "stdout"), stream != core.pointee.none
    else { return t.raise(.RuntimeError, "lost sys.stdout") }
    stream.retain()
    defer { stream.release() }
    guard let text = repr(t, a[0]) else { return nil }
    let line = makeString("\n")
    let written = writeText(t, stream, text) && writeText(t, stream, line)
    text.release()
    line.release()
    guard written, dictSet(t, builtins, name, a[0]) else { return nil }
    return core.pointee.none
  }

  private static func audit(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard a[0].isKind(.str) else {
      return t.raise(.TypeError, "expected str for argument 'event', not \(typeName(a[0]))")
    }
    guard !auditHooks.isEmpty else { return core.pointee.none }
    let rest = makeTuple(borrowing: a.base + 1, count: a.count - 1)
    defer { rest.release() }
    for hook in auditHooks {
      guard let result = call2(t, hook, a[0], rest) else { return nil }
      result.release()
    }
    return core.pointee.none
  }

  private static func setAsyncHooks(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(
        t, a, function: "set_asyncgen_hooks", names: ["firstiter", "finalizer"], required: 0),
      let dict = t.interpreter.systemDict
    else { return nil }
    for (value, name) in [(given[0], "firstiter"), (given[1], "finalizer")] {
      guard let value else { continue }
      guard value == core.pointee.none || value.type.pointer.pointee.call != nil else {
        return t.raise(.TypeError, "callable \(name) expected, got \(typeName(value))")
      }
      dictSet(t, dict, "__asyncgen_\(name)__", value)
    }
    return core.pointee.none
  }

  /// Calls what PYTHONBREAKPOINT names (`0`: nothing), else `pdb.set_trace`.
  private static func breakpointHook(_ t: ThreadState, _ a: Arguments) -> Object? {
    let given = getenv("PYTHONBREAKPOINT").map { String(cString: $0) } ?? ""
    if given == "0" { return core.pointee.none }
    let name = given.isEmpty ? "pdb.set_trace" : given
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let moduleName = parts.count > 1 ? parts.dropLast().joined(separator: ".") : "builtins"
    let module = importModule(t, moduleName)
    defer { module.release() }
    guard let module, let hook = getAttribute(t, module, parts[parts.count - 1]) else {
      t.clearRaised()
      let text = "Ignoring unimportable $PYTHONBREAKPOINT: \"\(name)\""
      return warn(t, .RuntimeWarning, text, level: 1) ? core.pointee.none : nil
    }
    defer { hook.release() }
    return call(t, hook, a)
  }
}
