// `_asyncio.Task`'s memory, birth and death: a future that runs a coroutine, one step per turn of the loop.
import PythonRuntime

/// Begins as `FutureLayout`.
struct TaskLayout {
  var future: FutureLayout
  /// What the task awaits; nil: nothing, a step is due.
  var waiter: Object?
  /// nil: a task that was started eagerly and is done.
  var coroutine: Object?
  /// A str, or the int of a name that nobody has asked for.
  var name: Object?
  var context: Object?
  var cancelRequests: Int
  var mustCancel: Bool
  var logsDestroyPending: Bool
}

extension Object {
  var task: UnsafeMutablePointer<TaskLayout> { layout(TaskLayout.self) }
}

enum TaskObject {
  static let type: TypeObject = makeBuiltinType(
    name: "Task", module: "_asyncio", base: FutureObject.type, layoutSize: MemoryLayout<TaskLayout>.size,
    flags: [.container, .baseType]
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
    p.pointee.traverse = TraverseFunction { o, visit in
      let p = o.task
      return visit(p.pointee.waiter) || visit(p.pointee.coroutine) || visit(p.pointee.name)
        || visit(p.pointee.context) || FutureObject.traverse(o, visit)
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.finalize = ObjectAction { o in
      if o.future.pointee.state == .pending, o.task.pointee.logsDestroyPending {
        FutureObject.report(o, "Task was destroyed but it is pending!", [("task", o)])
      }
      FutureObject.finalize(o)
    }
    p.pointee.initialize = InitFunction(initialize)
    p.pointee.repr = UnaryFunction { t, o in AsyncioImport.taskRepr.call(t, o) }
  }

  private static func clear(_ o: Object) {
    take(&o.task.pointee.waiter)
    take(&o.task.pointee.coroutine)
    take(&o.task.pointee.name)
    take(&o.task.pointee.context)
    FutureObject.clear(o)
  }

  nonisolated(unsafe) private static var lastNumber = 0

  /// `(coro, *, loop=None, name=None, context=None, eager_start=False)`.
  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    let none = core.pointee.none
    guard
      let given = parseArguments(
        t, a, function: "Task", names: ["coro", "loop", "name", "context", "eager_start"], required: 1,
        maxPositional: 1), let coroutine = given[0]
    else { return false }
    guard FutureObject.initialize(t, o, loop: given[1]) else { return false }
    guard let isCoroutine = checkCoroutine(t, coroutine) else { return false }
    let p = o.task
    guard isCoroutine else {
      p.pointee.logsDestroyPending = false
      if let shown = reprString(t, coroutine) { t.raise(.TypeError, "a coroutine was expected, got \(shown)") }
      return false
    }
    let context: Object
    if let own = given[3], own != none {
      context = own.retained()
    } else {
      guard let current = Contexts.current(t) else { return false }
      context = Contexts.copy(current)
    }
    FutureObject.put(o, &p.pointee.context, steal: context)
    FutureObject.put(o, &p.pointee.waiter, steal: nil)
    p.pointee.mustCancel = false
    p.pointee.logsDestroyPending = true
    p.pointee.cancelRequests = 0
    FutureObject.put(o, &p.pointee.coroutine, steal: coroutine.retained())
    guard setName(t, o, given[2] ?? none) else { return false }
    return start(t, o, isEager: given[4])
  }

  private static func start(_ t: ThreadState, _ o: Object, isEager: Object?) -> Bool {
    if let isEager {
      let wanted = isTrue(t, isEager)
      if wanted < 0 { return false }
      if wanted == 1, let loop = o.future.pointee.loop {
        guard let answer = callMethod(t, loop, "is_running") else { return false }
        let isRunning = isTrue(t, answer)
        answer.release()
        if isRunning < 0 { return false }
        if isRunning == 1 { return startEagerly(t, o) }
      }
    }
    return scheduleStep(t, o, nil) && TaskRegistry.register(t, o)
  }

  private static func checkCoroutine(_ t: ThreadState, _ o: Object) -> Bool? {
    if o.isExactly(.coroutine) { return true }
    guard let answer = AsyncioImport.isCoroutine.call(t, o) else { return nil }
    defer { answer.release() }
    let truth = isTrue(t, answer)
    return truth < 0 ? nil : truth == 1
  }

  // MARK: - The name

  static func setName(_ t: ThreadState, _ o: Object, _ given: Object) -> Bool {
    let name: Object
    if given == core.pointee.none {
      lastNumber += 1
      name = makeInt(lastNumber)
    } else if given.isExactly(.str) {
      name = given.retained()
    } else {
      guard let text = str(t, given) else { return false }
      name = text
    }
    FutureObject.put(o, &o.task.pointee.name, steal: name)
    return true
  }

  static func name(_ o: Object) -> Object {
    guard let name = o.task.pointee.name else { return core.pointee.none }
    guard name.isExactly(.int) else { return name.retained() }
    let text = makeString("Task-\(clampedIntValue(name))")
    FutureObject.put(o, &o.task.pointee.name, steal: text)
    return text.retained()
  }

  // MARK: - Cancelling

  /// Asks the task to cancel itself. nil: an exception is set; false: it was done.
  static func cancel(_ t: ThreadState, _ o: Object, message: Object?) -> Bool? {
    o.future.pointee.logsTraceback = false
    guard o.future.pointee.state == .pending else { return false }
    let p = o.task
    p.pointee.cancelRequests += 1
    if let waiter = p.pointee.waiter?.retained() {
      defer { waiter.release() }
      guard let wasCancelled = cancelOther(t, waiter, message) else { return nil }
      // The waiter stays: it may be a task that swallows the cancellation, and be cancelled again.
      if wasCancelled { return true }
    }
    p.pointee.mustCancel = true
    FutureObject.put(o, &p.pointee.future.cancelMessage, steal: message?.retained())
    return true
  }

  /// `future.cancel(msg=message)` of any future-like object.
  static func cancelOther(_ t: ThreadState, _ future: Object, _ message: Object?) -> Bool? {
    if future.type == type { return cancel(t, future, message: message) }
    if future.type == FutureObject.type { return FutureObject.cancel(t, future, message: message) }
    guard let method = getAttribute(t, future, "cancel") else { return nil }
    defer { method.release() }
    guard let answer = call(t, method, [], keywords: [("msg", message ?? core.pointee.none)]) else { return nil }
    defer { answer.release() }
    let truth = isTrue(t, answer)
    return truth < 0 ? nil : truth == 1
  }
}
