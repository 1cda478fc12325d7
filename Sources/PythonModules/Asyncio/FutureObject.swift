// `_asyncio.Future`'s memory, life and death. A task is a future with more fields behind: `TaskLayout` begins as `FutureLayout` does.
//
// Facts: CPython's Modules/_asynciomodule.c; PEP 3156.
import PythonRuntime

enum FutureState: UInt8 {
  case pending, cancelled, finished

  var name: String {
    switch self {
    case .pending: "PENDING"
    case .cancelled: "CANCELLED"
    case .finished: "FINISHED"
    }
  }
}

struct FutureLayout {
  var header: ObjectHeader
  /// nil: `__init__` was not called.
  var loop: Object?
  /// A list of tuples (callback, context); nil: none.
  var callbacks: Object?
  var exception: Object?
  /// The exception's traceback when it was set.
  var exceptionTraceback: Object?
  var result: Object?
  var sourceTraceback: Object?
  var cancelMessage: Object?
  /// The CancelledError that ended a task, raised once by `result()`.
  var cancelledError: Object?
  var dict: Object?
  var weakrefs: Object?
  var state: FutureState
  /// An exception was set and nobody has asked for it.
  var logsTraceback: Bool
  /// Set by `await`, so that a task can tell it from a bare `yield`.
  var isBlocking: Bool
}

extension Object {
  var future: UnsafeMutablePointer<FutureLayout> { layout(FutureLayout.self) }
}

enum FutureObject {
  static let type: TypeObject = makeBuiltinType(
    name: "Future", module: "_asyncio", layoutSize: MemoryLayout<FutureLayout>.size, flags: [.container, .baseType]
  ) { p in
    p.pointee.dictOffset = MemoryLayout<FutureLayout>.offset(of: \.dict) ?? 0
    p.pointee.weakrefOffset = MemoryLayout<FutureLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      if callFinalizerFromDealloc(o) { return }
      untrack(o)
      clearWeakrefs(o)
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction(traverse)
    p.pointee.clear = ObjectAction(clear)
    p.pointee.finalize = ObjectAction(finalize)
    p.pointee.new = NativeFunction { _, type, _ in
      let o = allocateZeroed(TypeObject(unchecked: type))
      track(o)
      return o
    }
    p.pointee.initialize = InitFunction { t, o, a in
      guard
        let given = parseArguments(
          t, a, function: "Future", names: ["loop"], required: 0, maxPositional: 0)
      else { return false }
      return initialize(t, o, loop: given[0])
    }
    p.pointee.repr = UnaryFunction { t, o in AsyncioImport.futureRepr.call(t, o) }
    p.pointee.iter = UnaryFunction { t, o in FutureIterator.make(t, o) }
    p.pointee.await = UnaryFunction { t, o in FutureIterator.make(t, o) }
  }

  /// The fields that hold references.
  private static let fields: [FieldPlace<FutureLayout, Object?>] = [
    .init(\.loop), .init(\.callbacks), .init(\.exception), .init(\.exceptionTraceback), .init(\.result),
    .init(\.sourceTraceback), .init(\.cancelMessage), .init(\.cancelledError), .init(\.dict),
  ]

  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let p = o.future
    return visit(p.pointee.loop) || visit(p.pointee.callbacks) || visit(p.pointee.exception)
      || visit(p.pointee.exceptionTraceback) || visit(p.pointee.result) || visit(p.pointee.sourceTraceback)
      || visit(p.pointee.cancelMessage) || visit(p.pointee.cancelledError) || visit(p.pointee.dict)
  }

  static func clear(_ o: Object) {
    for field in fields { take(&o.future.field(field).pointee) }
  }

  /// Stores into a field of a future or task; takes over the new reference.
  static func put(_ o: Object, _ place: UnsafeMutablePointer<Object?>, steal new: Object?) {
    let old = place.pointee
    place.pointee = new
    storedField(o, old, new)
    old.release()
  }

  // MARK: - Birth

  /// False: an exception is set.
  static func initialize(_ t: ThreadState, _ o: Object, loop given: Object?) -> Bool {
    for field in fields where field != .init(\.dict) {
      let old = o.future.field(field).pointee
      o.future.field(field).pointee = nil
      storedField(o, old, nil)
      old.release()
    }
    let p = o.future
    p.pointee.state = .pending
    p.pointee.logsTraceback = false
    p.pointee.isBlocking = false
    let loop: Object
    if let given, given != core.pointee.none {
      loop = given.retained()
    } else {
      guard let found = RunningLoop.eventLoop(t) else { return false }
      loop = found
    }
    put(o, &p.pointee.loop, steal: loop)
    guard let debug = callMethod(t, loop, "get_debug") else { return false }
    let isDebugging = isTrue(t, debug)
    debug.release()
    if isDebugging < 0 { return false }
    // At the process's end the library is half gone: no traceback then, as CPython.
    if isDebugging == 1, !Threads.isFinalizing {
      guard let stack = AsyncioImport.extractStack.call(t) else { return false }
      put(o, &p.pointee.sourceTraceback, steal: stack)
    }
    return true
  }

  static func checkInitialized(_ t: ThreadState, _ o: Object) -> Bool {
    if o.future.pointee.loop != nil { return true }
    t.raise(.RuntimeError, "Future object is not initialized.")
    return false
  }

  // MARK: - Death

  /// Tells the loop about an exception that nobody asked for.
  static func finalize(_ o: Object) {
    let p = o.future
    guard p.pointee.logsTraceback, let exception = p.pointee.exception else { return }
    p.pointee.logsTraceback = false
    report(
      o, "\(o.type.nameText) exception was never retrieved", [("exception", exception), ("future", o)])
  }

  /// Calls the loop's exception handler with a description; an exception that is raised meanwhile stays.
  static func report(_ o: Object, _ message: String, _ more: [(String, Object)]) {
    let t = currentThread()
    let raised = t.takeRaised()
    defer { t.raised = raised }
    guard let loop = o.future.pointee.loop else { return }
    let context = makeDict()
    defer { context.release() }
    dictSet(t, context, "message", stealing: makeString(message))
    for (name, value) in more { dictSet(t, context, name, value) }
    if let stack = o.future.pointee.sourceTraceback { dictSet(t, context, "source_traceback", stack) }
    if let result = callMethod(t, loop, "call_exception_handler", context) {
      result.release()
    } else {
      writeUnraisable(t, loop)
    }
  }
}
