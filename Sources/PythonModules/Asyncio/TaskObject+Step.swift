// A task's steps: send None (or throw an exception) into the coroutine, and see what it awaits next.
//
// 1. `step` marks the task as the loop's current one around `run`.
// 2. `run` resumes the coroutine. It returned: the task's result. It raised: the task's exception, or its cancellation.
// 3. It yielded a future: the task wakes up when that is done. It yielded None: the next turn of the loop. Anything else is a mistake,
//    which is thrown into it at the next turn.
import PythonRuntime

extension TaskObject {
  /// A step at the loop's next turn; `exception` (borrowed) is thrown into the coroutine. False: an exception is set.
  static func scheduleStep(_ t: ThreadState, _ o: Object, _ exception: Object?) -> Bool {
    guard let loop = o.future.pointee.loop, let context = o.task.pointee.context else { return false }
    let stepper = TaskStepper.make(o, exception)
    defer { stepper.release() }
    return FutureObject.callSoon(t, loop, stepper, nil, context: context)
  }

  static func step(_ t: ThreadState, _ o: Object, _ exception: Object?) -> Object? {
    guard let loop = o.future.pointee.loop?.retained() else { return nil }
    defer { loop.release() }
    guard TaskRegistry.enter(t, loop, o) else { return nil }
    let result = run(t, o, exception)
    let raised = t.takeRaised()
    let left = TaskRegistry.leave(t, loop, o)
    if let raised {
      t.clearRaised()
      t.raised = raised
    } else if !left {
      result.release()
      return nil
    }
    return result
  }

  private static func run(_ t: ThreadState, _ o: Object, _ given: Object?) -> Object? {
    let p = o.task
    guard p.pointee.future.state == .pending else {
      let shown = "\(reprString(t, o) ?? "?") \(given.flatMap { reprString(t, $0) } ?? "")"
      return FutureObject.invalidState(t, "__step(): already done: \(shown)")
    }
    var exception = given?.retained()
    defer { exception.release() }
    if p.pointee.mustCancel {
      guard let cancelledError = AsyncioImport.cancelledError.object(t) else { return nil }
      if !(exception.map { exceptionMatches(t, $0, cancelledError) } ?? false) {
        guard let error = FutureObject.makeCancelledError(t, o) else { return nil }
        exception.release()
        exception = error
      }
      p.pointee.mustCancel = false
    }
    FutureObject.put(o, &p.pointee.waiter, steal: nil)
    guard let coroutine = p.pointee.coroutine?.retained() else {
      return t.raise(.RuntimeError, "uninitialized Task object")
    }
    defer { coroutine.release() }
    switch resume(t, coroutine, exception) {
    case .yielded(let value): return waitFor(t, o, value)
    case .returned(let value):
      defer { value.release() }
      if p.pointee.mustCancel {
        p.pointee.mustCancel = false
        let message = p.pointee.future.cancelMessage?.retained()
        defer { message.release() }
        return FutureObject.cancel(t, o, message: message) == nil ? nil : core.pointee.none
      }
      return FutureObject.setResult(t, o, value) ? core.pointee.none : nil
    case .raised: return finish(t, o)
    }
  }

  private static func resume(_ t: ThreadState, _ coroutine: Object, _ exception: Object?) -> ResumeResult {
    if exception == nil, coroutine.isExactly(.coroutine) || coroutine.isExactly(.generator) {
      return sendNone(t, coroutine)
    }
    let answer =
      exception.map { callMethod(t, coroutine, "throw", $0) } ?? callMethod(t, coroutine, "send", core.pointee.none)
    if let answer { return .yielded(answer) }
    guard t.hasRaised, t.matches(.StopIteration) else { return .raised }
    guard let value = fetchStopIterationValue(t) else { return .raised }
    return .returned(value)
  }

  /// The coroutine ended by the exception that is set.
  private static func finish(_ t: ThreadState, _ o: Object) -> Object? {
    guard let error = t.takeRaised() else { return nil }
    guard let cancelledError = AsyncioImport.cancelledError.object(t) else {
      error.release()
      return nil
    }
    if exceptionMatches(t, error, cancelledError) {
      // `result()` raises this very one.
      FutureObject.put(o, &o.future.pointee.cancelledError, steal: error)
      return FutureObject.cancel(t, o, message: nil) == nil ? nil : core.pointee.none
    }
    defer { error.release() }
    guard FutureObject.setException(t, o, error) else { return nil }
    let endsProgram =
      isSubtype(error.type, exceptionType(.KeyboardInterrupt)) || isSubtype(error.type, exceptionType(.SystemExit))
    guard endsProgram else { return core.pointee.none }
    t.raised = error.retained()
    return nil
  }

  // MARK: - What it awaits

  /// The coroutine yielded `value`, taken over.
  private static func waitFor(_ t: ThreadState, _ o: Object, _ value: Object) -> Object? {
    defer { value.release() }
    if value == core.pointee.none { return scheduleStep(t, o, nil) ? core.pointee.none : nil }
    guard let isBlocking = blocking(t, value) else {
      if t.hasRaised { return nil }
      return value.isExactly(.generator)
        ? mistake(t, o, "yield was used instead of yield from for generator in task", o, "with", value)
        : mistake(t, o, "Task got bad yield:", value)
    }
    if value == o { return mistake(t, o, "Task cannot await on itself:", o) }
    guard let loop = loop(t, value) else { return nil }
    defer { loop.release() }
    if loop != o.future.pointee.loop {
      return mistake(t, o, "Task", o, "got Future", value, tail: " attached to a different loop")
    }
    guard isBlocking else { return mistake(t, o, "yield was used instead of yield from in task", o, "with", value) }
    return wait(t, o, value)
  }

  /// `_asyncio_future_blocking`; nil without an exception: not a future.
  private static func blocking(_ t: ThreadState, _ value: Object) -> Bool? {
    if value.type == FutureObject.type || value.type == type { return value.future.pointee.isBlocking }
    var failed = false
    guard let flag = findAttribute(t, value, internString("_asyncio_future_blocking"), failed: &failed) else {
      return nil
    }
    defer { flag.release() }
    if flag == core.pointee.none { return nil }
    let truth = isTrue(t, flag)
    return truth < 0 ? nil : truth == 1
  }

  private static func loop(_ t: ThreadState, _ value: Object) -> Object? {
    if value.type == FutureObject.type || value.type == type { return value.future.pointee.loop?.retained() }
    var failed = false
    if let method = findAttribute(t, value, internString("get_loop"), failed: &failed) {
      defer { method.release() }
      return call0(t, method)
    }
    return failed ? nil : getAttribute(t, value, "_loop")
  }

  private static func wait(_ t: ThreadState, _ o: Object, _ future: Object) -> Object? {
    let p = o.task
    guard let context = p.pointee.context else { return nil }
    let wakeUp = makeNativeFunction(t, wakeUpMethod, self: o, module: nil)
    defer { wakeUp.release() }
    if future.type == FutureObject.type || future.type == type {
      future.future.pointee.isBlocking = false
      guard FutureObject.addDoneCallback(t, future, wakeUp, context: context) else { return nil }
    } else {
      guard setAttribute(t, future, internString("_asyncio_future_blocking"), core.pointee.false),
        let method = getAttribute(t, future, "add_done_callback")
      else { return nil }
      defer { method.release() }
      guard let added = call(t, method, [wakeUp], keywords: [("context", context)]) else { return nil }
      added.release()
    }
    FutureObject.put(o, &p.pointee.waiter, steal: future.retained())
    if p.pointee.mustCancel {
      let message = p.pointee.future.cancelMessage?.retained()
      defer { message.release() }
      guard let wasCancelled = cancelOther(t, future, message) else { return nil }
      if wasCancelled { p.pointee.mustCancel = false }
    }
    return core.pointee.none
  }

  /// A RuntimeError, thrown into the coroutine at the loop's next turn. Each word is followed by the object's repr.
  private static func mistake(
    _ t: ThreadState, _ o: Object, _ first: String, _ a: Object, _ second: String = "", _ b: Object? = nil,
    tail: String = ""
  ) -> Object? {
    guard let shown = reprString(t, a) else { return nil }
    var text = "\(first) \(shown)"
    if let b {
      guard let shown = reprString(t, b) else { return nil }
      text += " \(second) \(shown)"
    }
    let message = makeString(text + tail)
    defer { message.release() }
    guard let error = call1(t, exceptionType(.RuntimeError).object, message) else { return nil }
    defer { error.release() }
    return scheduleStep(t, o, error) ? core.pointee.none : nil
  }

  // MARK: - Waking up

  private static let wakeUpMethod = NativeMethod("task_wakeup", .oneArgument) { t, o, a in
    let future = a[0]
    let result =
      future.type == FutureObject.type || future.type == type
      ? FutureObject.result(t, future) : callMethod(t, future, "result")
    if let result {
      result.release()
      return step(t, o, nil)
    }
    guard let error = t.takeRaised() else { return nil }
    defer { error.release() }
    return step(t, o, error)
  }

  // MARK: - Starting at once

  /// Runs the first step in the creator's turn (`eager_start`).
  static func startEagerly(_ t: ThreadState, _ o: Object) -> Bool {
    guard let loop = o.future.pointee.loop?.retained(), let context = o.task.pointee.context?.retained() else {
      return false
    }
    defer {
      loop.release()
      context.release()
    }
    guard let before = TaskRegistry.swap(t, loop, o) else { return false }
    defer { before.release() }
    guard TaskRegistry.registerEager(t, o) else { return false }
    let runner = makeNativeFunction(t, firstStepMethod, self: o, module: nil)
    defer { runner.release() }
    let result = callMethod(t, context, "run", runner)
    let raised = t.takeRaised()
    result.release()
    _ = TaskRegistry.unregisterEager(t, o)
    t.clearRaised()
    guard let current = TaskRegistry.swap(t, loop, before) else {
      raised.release()
      return false
    }
    current.release()
    if let raised {
      t.raised = raised
      return false
    }
    if o.future.pointee.state == .pending { return TaskRegistry.register(t, o) }
    FutureObject.put(o, &o.task.pointee.coroutine, steal: nil)
    return true
  }

  private static let firstStepMethod = NativeMethod("task_eager_step", .noArguments) { t, o, _ in run(t, o, nil) }
}

/// What the loop calls for a step: a callable without a name of its own, as CPython's.
enum TaskStepper {
  struct Layout {
    var header: ObjectHeader
    var task: Object?
    var argument: Object?
  }

  static let type: TypeObject = makeBuiltinType(
    name: "TaskStepMethWrapper", module: "builtins", layoutSize: MemoryLayout<Layout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(Layout.self).pointee.task)
      take(&o.layout(Layout.self).pointee.argument)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<Layout> = o.layout()
      return visit(p.pointee.task) || visit(p.pointee.argument)
    }
    p.pointee.clear = ObjectAction { o in
      take(&o.layout(Layout.self).pointee.task)
      take(&o.layout(Layout.self).pointee.argument)
    }
    p.pointee.call = NativeFunction { t, o, a in
      guard a.count == 0 else { return t.raise(.TypeError, "function takes no positional arguments") }
      guard a.keywordNames == nil else { return t.raise(.TypeError, "function takes no keyword arguments") }
      let p: UnsafeMutablePointer<Layout> = o.layout()
      guard let task = p.pointee.task?.retained() else { return core.pointee.none }
      defer { task.release() }
      return TaskObject.step(t, task, p.pointee.argument)
    }
  }

  static func make(_ task: Object, _ argument: Object?) -> Object {
    let o = allocateZeroed(type)
    let p: UnsafeMutablePointer<Layout> = o.layout()
    p.pointee.task = task.retained()
    storedField(o, nil, task)
    p.pointee.argument = argument?.retained()
    if let argument { storedField(o, nil, argument) }
    track(o)
    return o
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMember(t, type, "__self__", offset: 16, readOnly: true)
  }
}
