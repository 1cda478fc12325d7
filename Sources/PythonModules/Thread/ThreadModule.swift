// `_thread`: native threads and locks, as 3.13's `threading.py` needs them.
import CRuntimeSupport
import Glibc
import PythonRuntime

public enum ThreadModule {
  nonisolated(unsafe) private static var hookArgumentsType: TypeObject?

  public static func make(_ t: ThreadState) -> Object? {
    LockObjects.start(t)
    ThreadLocal.start(t)
    ThreadHandle.start(t)
    let hookArguments = StructSequence.makeType(
      t, module: "_thread", name: "_ExceptHookArgs", fields: ["exc_type", "exc_value", "exc_traceback", "thread"])
    hookArgumentsType = hookArguments
    let module = makeModule(t, "_thread")
    for (name, type) in [
      ("lock", LockObjects.lockType), ("LockType", LockObjects.lockType), ("RLock", LockObjects.reentrantType),
      ("_local", ThreadLocal.type), ("_ThreadHandle", ThreadHandle.type), ("_ExceptHookArgs", hookArguments),
      ("error", exceptionType(.RuntimeError)),
    ] { moduleSet(t, module, name, type.object) }
    moduleSet(t, module, "TIMEOUT_MAX", stealing: makeFloat(LockObjects.timeoutMax))
    moduleAddFunctions(t, module, functions)
    return module
  }

  private static var functions: [NativeMethod] {
    let allocate = NativeFunction { _, _, _ in LockObjects.make(LockObjects.lockType) }
    let startNew = NativeFunction(startNewThread)
    let exit = NativeFunction { t, _, _ in t.raise(.SystemExit) }
    return [
      NativeMethod("allocate_lock", .noArguments, allocate), NativeMethod("allocate", .noArguments, allocate),
      NativeMethod("start_new_thread", .positional(2, 3), startNew),
      NativeMethod("start_new", .positional(2, 3), startNew),
      NativeMethod("start_joinable_thread", .keywords, startJoinable),
      NativeMethod("daemon_threads_allowed", .noArguments) { _, _, _ in makeBool(true) },
      NativeMethod("exit", .noArguments, exit), NativeMethod("exit_thread", .noArguments, exit),
      NativeMethod("interrupt_main", .positional(0, 1), interruptMain),
      NativeMethod("get_ident", .noArguments) { t, _, _ in makeInt(unsigned: UInt64(t.pointer.pointee.ident)) },
      NativeMethod("get_native_id", .noArguments) { t, _, _ in makeInt(Int(t.pointer.pointee.kernelThread)) },
      NativeMethod("_count", .noArguments) { _, _, _ in makeInt(Threads.count - 1) },
      NativeMethod("stack_size", .positional(0, 1), stackSize),
      NativeMethod("_excepthook", .oneArgument, exceptHook),
      NativeMethod("_make_thread_handle", .oneArgument) { t, _, a in
        guard let ident = intValue(t, a[0]) else { return nil }
        let handle = ThreadHandle.make()
        ThreadHandle.state(handle).pointee.ident = UInt(bitPattern: ident)
        ThreadHandle.state(handle).pointee.phase = .running
        return handle
      },
      NativeMethod("_get_main_thread_ident", .noArguments) { t, _, _ in
        makeInt(unsigned: UInt64(t.interpreter.mainThread?.pointer.pointee.ident ?? 0))
      },
      NativeMethod("_shutdown", .noArguments) { t, _, _ in ThreadShutdown.joinAll(t) ? core.pointee.none : nil },
      NativeMethod("_is_main_interpreter", .noArguments) { _, _, _ in makeBool(true) },
    ]
  }

  // MARK: - Starting

  private static func startNewThread(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard a[0].type.pointer.pointee.call != nil else { return t.raise(.TypeError, "first arg must be callable") }
    guard a[1].isKind(.tuple) else { return t.raise(.TypeError, "2nd arg must be a tuple") }
    if let keywords = a.optional(2), !keywords.isKind(.dict) {
      return t.raise(.TypeError, "optional 3rd arg must be a dictionary")
    }
    guard !Threads.isFinalizing else {
      return t.raise(.PythonFinalizationError, "can't create new thread at interpreter shutdown")
    }
    guard let ident = Threads.start(t, a[0], a[1], a.optional(2), handle: nil) else {
      return t.raise(.RuntimeError, "can't start new thread")
    }
    return makeInt(unsigned: UInt64(ident))
  }

  private static func startJoinable(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(
        t, a, function: "start_joinable_thread", names: ["function", "handle", "daemon"], required: 1)
    else { return nil }
    guard let function = given[0], function.type.pointer.pointee.call != nil else {
      return t.raise(.TypeError, "thread function must be callable")
    }
    var isDaemon = true
    if let object = given[2] {
      let truth = isTrue(t, object)
      if truth < 0 { return nil }
      isDaemon = truth == 1
    }
    let handle: Object
    if let object = given[1], object != core.pointee.none {
      guard object.type == ThreadHandle.type else { return t.raise(.TypeError, "'handle' must be a _ThreadHandle") }
      handle = object.retained()
    } else {
      handle = ThreadHandle.make()
    }
    let state = ThreadHandle.state(handle)
    guard state.pointee.phase == .notStarted else {
      handle.release()
      return t.raise(.RuntimeError, "thread already started")
    }
    guard !Threads.isFinalizing else {
      handle.release()
      return t.raise(.PythonFinalizationError, "can't create new thread at interpreter shutdown")
    }
    state.pointee.phase = .running
    guard let ident = Threads.start(t, function, core.pointee.emptyTuple, nil, handle: state) else {
      state.pointee.phase = .notStarted
      handle.release()
      return t.raise(.RuntimeError, "can't start new thread")
    }
    state.pointee.ident = ident
    if !isDaemon { ThreadShutdown.add(state) }
    return handle
  }

  // MARK: - Odds and ends

  private static func interruptMain(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    var signal = Int(SIGINT)
    if let object = a.optional(0) {
      guard let value = intValue(t, object) else { return nil }
      signal = value
    }
    guard signal > 0, signal < 65 else { return t.raise(.ValueError, "signal number out of range") }
    let state = exuvia_signal_state(Int32(signal))
    if state == 2 { exuvia_signal_note(Int32(signal)) }
    return core.pointee.none
  }

  private static func stackSize(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    let old = Threads.stackBytesRequested
    if let object = a.optional(0) {
      guard let size = intValue(t, object) else { return nil }
      guard size >= 0 else { return t.raise(.ValueError, "size must be 0 or a positive value") }
      guard size == 0 || size >= 32768 else { return t.raise(.ValueError, "size not valid: \(size) bytes") }
      Threads.stackBytesRequested = size
    }
    return makeInt(old)
  }

  /// Reports an exception that ended a thread.
  private static func exceptHook(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard a[0].type == hookArgumentsType else {
      return t.raise(.TypeError, "_thread._excepthook argument type must be ExceptHookArgs")
    }
    let items = a[0].tupleItems
    if items[0] == exceptionType(.SystemExit).object { return core.pointee.none }
    var name = "\(t.pointer.pointee.ident)"
    if items[3] != core.pointee.none {
      if let attribute = getAttribute(t, items[3], internString("_name")) {
        if let text = strString(t, attribute) { name = text }
        attribute.release()
      }
      if t.hasRaised { t.clearRaised() }
    }
    writeStandardError(t, "Exception in thread \(name):\n")
    printException(t, items[1])
    return core.pointee.none
  }
}
