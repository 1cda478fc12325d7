// `sys`: what the interpreter says about itself and lets be set. Values: SystemModule+Values; exceptions and hooks: SystemModule+Hooks.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

public enum SystemModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "sys")
    addValues(t, module)
    moduleAddFunctions(t, module, functions + hookFunctions)
    if let dict = moduleDict(module) {
      for name in ["excepthook", "displayhook", "unraisablehook", "breakpointhook"] {
        if let hook = dictGet(t, dict, name) { moduleSet(t, module, "__\(name)__", hook) }
      }
    }
    return module
  }

  private static var functions: [NativeMethod] {
    [
      NativeMethod("getrefcount", .oneArgument) { _, _, a in
        // The caller's value stack holds the argument: that is the one that CPython counts too.
        makeInt(a[0].isImmortal ? 4_294_967_295 : a[0].countOfReferences)
      },
      NativeMethod("getsizeof", .keywords, getSize),
      NativeMethod("intern", .oneArgument) { t, _, a in
        guard a[0].isExactly(.str) else {
          return t.raise(
            .TypeError,
            a[0].isKind(.str)
              ? "can't intern \(typeName(a[0]))" : "intern() argument must be str, not \(argumentTypeName(a[0]))")
        }
        return internString(stealing: a[0].retained()).retained()
      },
      NativeMethod("_getframe", .positional(0, 1), getFrame),
      NativeMethod("_getframemodulename", .positional(0, 1)) { t, _, a in
        guard let depth = depth(t, a) else { return nil }
        guard let frame = frame(t, depth), let name = dictGet(t, frame.pointer.pointee.globals, "__name__") else {
          return core.pointee.none
        }
        return name.retained()
      },
      NativeMethod("_current_frames", .noArguments) { t, _, _ in
        let dict = makeDict()
        for thread in Threads.all {
          guard let frame = thread.frame?.firstComplete else { continue }
          let key = makeInt(unsigned: UInt64(thread.pointer.pointee.ident))
          _ = dictSet(t, dict, key, frameObject(t, frame))
          key.release()
        }
        return dict
      },
      NativeMethod("setrecursionlimit", .oneArgument) { t, _, a in
        guard let limit = intValue(t, a[0]) else { return nil }
        guard limit >= 1 else { return t.raise(.ValueError, "recursion limit must be greater or equal than 1") }
        guard limit > t.pointer.pointee.recursionDepth else {
          return t.raise(
            .RecursionError,
            "cannot set the recursion limit to \(limit) at the recursion depth \(t.pointer.pointee.recursionDepth): the limit is too low"
          )
        }
        RecursionLimit.frames = limit
        return core.pointee.none
      },
      NativeMethod("getrecursionlimit", .noArguments) { _, _, _ in makeInt(RecursionLimit.frames) },
      NativeMethod("setswitchinterval", .oneArgument) { t, _, a in
        guard let seconds = floatValue(t, a[0]) else { return nil }
        guard seconds > 0 else { return t.raise(.ValueError, "switch interval must be strictly positive") }
        GIL.intervalNanoseconds = max(1000, UInt64(min(seconds, 1e9) * 1e9))
        return core.pointee.none
      },
      NativeMethod("getswitchinterval", .noArguments) { _, _, _ in
        makeFloat(Double(GIL.intervalNanoseconds / 1000) * 1e-6)
      },
      // -1: not set by PYTHON_CPU_COUNT.
      NativeMethod("_get_cpu_count_config", .noArguments) { _, _, _ in makeInt(-1) },
      NativeMethod("_is_gil_enabled", .noArguments) { _, _, _ in makeBool(true) },
      NativeMethod("_is_interned", .oneArgument) { t, _, a in
        guard a[0].isKind(.str) else {
          return t.raise(.TypeError, "_is_interned() argument must be str, not \(argumentTypeName(a[0]))")
        }
        return makeBool(a[0].strLayout.pointee.isInterned)
      },
      NativeMethod("getdefaultencoding", .noArguments) { _, _, _ in internString("utf-8") },
      NativeMethod("getfilesystemencoding", .noArguments) { _, _, _ in internString("utf-8") },
      NativeMethod("getfilesystemencodeerrors", .noArguments) { _, _, _ in internString("surrogateescape") },
      NativeMethod("is_finalizing", .noArguments) { _, _, _ in makeBool(Threads.isFinalizing) },
      NativeMethod("getallocatedblocks", .noArguments) { t, _, _ in
        t.raise(.NotImplementedError, "sys.getallocatedblocks() is not supported by this runtime")
      },
      NativeMethod("getunicodeinternedsize", .keywords) { t, _, _ in
        t.raise(.NotImplementedError, "sys.getunicodeinternedsize() is not supported by this runtime")
      },
      NativeMethod("_clear_type_cache", .noArguments) { _, _, _ in core.pointee.none },
      NativeMethod("_clear_internal_caches", .noArguments) { _, _, _ in core.pointee.none },
      NativeMethod("is_stack_trampoline_active", .noArguments) { _, _, _ in makeBool(false) },
      NativeMethod("get_int_max_str_digits", .noArguments) { _, _, _ in makeInt(intDigitLimit()) },
      NativeMethod("set_int_max_str_digits", .oneArgument) { t, _, a in
        guard let digits = intValue(t, a[0]) else { return nil }
        guard digits == 0 || digits >= 640 else {
          return t.raise(.ValueError, "maxdigits must be 0 or larger than 640")
        }
        setIntDigitLimit(digits)
        return core.pointee.none
      },
      NativeMethod("gettrace", .noArguments) { t, _, _ in
        TraceFunctions.trace(t)?.retained() ?? core.pointee.none
      },
      NativeMethod("getprofile", .noArguments) { t, _, _ in
        TraceFunctions.profile(t)?.retained() ?? core.pointee.none
      },
      NativeMethod("settrace", .oneArgument) { t, _, a in
        TraceFunctions.setTrace(t, hook(a[0]))
        return core.pointee.none
      },
      NativeMethod("setprofile", .oneArgument) { t, _, a in
        TraceFunctions.setProfile(t, hook(a[0]))
        return core.pointee.none
      },
      NativeMethod("_settraceallthreads", .oneArgument) { _, _, a in
        TraceFunctions.setTraceEverywhere(hook(a[0]))
        return core.pointee.none
      },
      NativeMethod("_setprofileallthreads", .oneArgument) { _, _, a in
        TraceFunctions.setProfileEverywhere(hook(a[0]))
        return core.pointee.none
      },
    ]
  }

  private static func hook(_ o: Object) -> Object? { o == core.pointee.none ? nil : o }

  private static func getSize(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let given = parseArguments(t, a, function: "getsizeof", names: ["object", "default"], required: 1),
      let object = given[0]
    else { return nil }
    let method = lookupSpecial(t, object, Special.sizeof)
    defer { method.release() }
    if method == nil, !t.hasRaised {
      t.raise(.TypeError, "Type \(typeName(object)) doesn't define __sizeof__")
    }
    let size = method.flatMap { call0(t, $0) }
    guard let size else {
      guard let fallback = given[1], t.matches(.TypeError) else { return nil }
      t.clearRaised()
      return fallback.retained()
    }
    defer { size.release() }
    guard let bytes = intValue(t, size) else { return nil }
    guard bytes >= 0 else { return t.raise(.ValueError, "__sizeof__() should return >= 0") }
    guard object.hasLinks else { return makeInt(bytes) }
    return makeInt(bytes + (object.type.flags.contains(.preHeader) ? 32 : 16))
  }

  // MARK: - Frames

  private static func depth(_ t: ThreadState, _ a: Arguments) -> Int? {
    guard let object = a.optional(0) else { return 0 }
    return intValue(t, object)
  }

  /// The frame `depth` calls up; nil: the stack is not that deep.
  private static func frame(_ t: ThreadState, _ depth: Int) -> Frame? {
    var frame = t.frame?.firstComplete
    var left = depth
    while left > 0, let here = frame {
      frame = here.previous?.firstComplete
      left -= 1
    }
    return frame
  }

  private static func getFrame(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let depth = depth(t, a) else { return nil }
    guard let frame = frame(t, depth) else { return t.raise(.ValueError, "call stack is not deep enough") }
    return frameObject(t, frame).retained()
  }
}
