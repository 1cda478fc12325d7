// What futures do: results, exceptions, cancellation, callbacks. Tasks use these as well.
import PythonRuntime

extension FutureObject {
  // MARK: - Outcome

  /// The result (new reference); nil: the future's exception, CancelledError or InvalidStateError is set.
  static func result(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.future
    switch p.pointee.state {
    case .pending: return invalidState(t, "Result is not set.")
    case .cancelled: return raiseCancelled(t, o)
    case .finished: break
    }
    p.pointee.logsTraceback = false
    guard let exception = p.pointee.exception else { return (p.pointee.result ?? core.pointee.none).retained() }
    let traceback = p.pointee.exceptionTraceback ?? core.pointee.none
    guard setAttribute(t, exception, internString("__traceback__"), traceback) else { return nil }
    put(o, &p.pointee.exceptionTraceback, steal: nil)
    return t.raiseObject(exception)
  }

  static func exception(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.future
    switch p.pointee.state {
    case .pending: return invalidState(t, "Exception is not set.")
    case .cancelled: return raiseCancelled(t, o)
    case .finished: break
    }
    p.pointee.logsTraceback = false
    return (p.pointee.exception ?? core.pointee.none).retained()
  }

  static func invalidState(_ t: ThreadState, _ message: String) -> Object? {
    guard let type = AsyncioImport.invalidStateError.object(t) else { return nil }
    let text = makeString(message)
    defer { text.release() }
    guard let error = call1(t, type, text) else { return nil }
    defer { error.release() }
    return t.raiseObject(error)
  }

  /// The CancelledError for `result()`: the saved one, once, or a new one with the message.
  static func makeCancelledError(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.future
    if let saved = p.pointee.cancelledError {
      p.pointee.cancelledError = nil
      storedField(o, saved, nil)
      return saved
    }
    guard let type = AsyncioImport.cancelledError.object(t) else { return nil }
    guard let message = p.pointee.cancelMessage, message != core.pointee.none else { return call0(t, type) }
    return call1(t, type, message)
  }

  private static func raiseCancelled(_ t: ThreadState, _ o: Object) -> Object? {
    guard let error = makeCancelledError(t, o) else { return nil }
    defer { error.release() }
    return t.raiseObject(error)
  }

  // MARK: - Completion

  /// Finishes with a result, borrowed. False: an exception is set.
  static func setResult(_ t: ThreadState, _ o: Object, _ result: Object) -> Bool {
    guard checkInitialized(t, o) else { return false }
    guard o.future.pointee.state == .pending else {
      _ = invalidState(t, "invalid state")
      return false
    }
    put(o, &o.future.pointee.result, steal: result.retained())
    o.future.pointee.state = .finished
    return scheduleCallbacks(t, o)
  }

  /// Finishes with an exception (instance or class), borrowed. False: an exception is set.
  static func setException(_ t: ThreadState, _ o: Object, _ given: Object) -> Bool {
    guard checkInitialized(t, o) else { return false }
    func pending() -> Bool {
      if o.future.pointee.state == .pending { return true }
      _ = invalidState(t, "invalid state")
      return false
    }
    guard pending() else { return false }
    var exception = given.retained()
    if given.isExceptionType {
      exception.release()
      guard let made = call0(t, given) else { return false }
      exception = made
      guard pending() else {
        exception.release()
        return false
      }
    }
    guard exception.isException else {
      exception.release()
      t.raise(.TypeError, "invalid exception object")
      return false
    }
    if isSubtype(exception.type, exceptionType(.StopIteration)) {
      guard let replaced = replaceStopIteration(t, exception) else {
        exception.release()
        return false
      }
      exception.release()
      exception = replaced
    }
    let p = o.future
    put(o, &p.pointee.exception, steal: exception)
    put(o, &p.pointee.exceptionTraceback, steal: exception.exception.pointee.traceback?.retained())
    p.pointee.state = .finished
    guard scheduleCallbacks(t, o) else { return false }
    p.pointee.logsTraceback = true
    return true
  }

  private static func replaceStopIteration(_ t: ThreadState, _ stop: Object) -> Object? {
    let text = makeString("StopIteration interacts badly with generators and cannot be raised into a Future")
    defer { text.release() }
    guard let error = call1(t, exceptionType(.RuntimeError).object, text) else { return nil }
    for name in ["__cause__", "__context__"] where !setAttribute(t, error, internString(name), stop) {
      error.release()
      return nil
    }
    return error
  }

  /// Cancels with a message (borrowed; nil: none). nil: an exception is set; false: the future was done.
  static func cancel(_ t: ThreadState, _ o: Object, message: Object?) -> Bool? {
    let p = o.future
    p.pointee.logsTraceback = false
    guard p.pointee.state == .pending else { return false }
    p.pointee.state = .cancelled
    put(o, &p.pointee.cancelMessage, steal: message?.retained())
    return scheduleCallbacks(t, o) ? true : nil
  }

  // MARK: - Callbacks

  /// `loop.call_soon(callback[, argument], context=context)`; all borrowed. False: an exception is set.
  static func callSoon(_ t: ThreadState, _ loop: Object, _ callback: Object, _ argument: Object?, context: Object)
    -> Bool
  {
    guard let method = getAttribute(t, loop, "call_soon") else { return false }
    defer { method.release() }
    guard
      let handle = call(
        t, method, argument.map { [callback, $0] } ?? [callback], keywords: [("context", context)])
    else { return false }
    handle.release()
    return true
  }

  /// `context` nil: a copy of the current one.
  static func addDoneCallback(_ t: ThreadState, _ o: Object, _ callback: Object, context given: Object?) -> Bool {
    guard checkInitialized(t, o), let loop = o.future.pointee.loop else { return false }
    let context: Object
    if let given, given != core.pointee.none {
      context = given.retained()
    } else {
      guard let current = Contexts.current(t) else { return false }
      context = Contexts.copy(current)
    }
    let p = o.future
    if p.pointee.state != .pending {
      defer { context.release() }
      return callSoon(t, loop, callback, o, context: context)
    }
    if p.pointee.callbacks == nil { put(o, &p.pointee.callbacks, steal: makeList()) }
    guard let list = p.pointee.callbacks else { return false }
    listAppend(list, stealing: makeTuple([callback.retained(), context]))
    return true
  }

  private static func scheduleCallbacks(_ t: ThreadState, _ o: Object) -> Bool {
    guard let list = o.future.pointee.callbacks, let loop = o.future.pointee.loop else { return true }
    o.future.pointee.callbacks = nil
    storedField(o, list, nil)
    defer { list.release() }
    var i = 0
    while i < list.listCount {
      let pair = list.listItems[i].retained()
      defer { pair.release() }
      guard callSoon(t, loop, pair.tupleItems[0], o, context: pair.tupleItems[1]) else { return false }
      i += 1
    }
    return true
  }

  /// How many were removed; nil: an exception is set.
  static func removeDoneCallback(_ t: ThreadState, _ o: Object, _ callback: Object) -> Int? {
    guard let list = o.future.pointee.callbacks?.retained() else { return 0 }
    defer { list.release() }
    let kept = makeList()
    var removed = 0
    var i = 0
    while i < list.listCount {
      let pair = list.listItems[i].retained()
      defer { pair.release() }
      let same = compareBool(t, pair.tupleItems[0], callback, .equal)
      if same < 0 {
        kept.release()
        return nil
      }
      if same == 1 { removed += 1 } else { listAppend(t, kept, pair) }
      i += 1
    }
    if removed > 0, o.future.pointee.state == .pending {
      put(o, &o.future.pointee.callbacks, steal: kept.listCount > 0 ? kept.retained() : nil)
    }
    kept.release()
    return removed
  }
}
