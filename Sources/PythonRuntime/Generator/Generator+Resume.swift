// Resuming generators from native code: next, send, throw and close. The loop resumes them itself in `for` and `yield from`.
import CRuntimeSupport
import TraceModel

/// What a resume gave.
public enum ResumeResult {
  case yielded(Object)
  case returned(Object)
  case raised
}

/// Resumes with a value (borrowed; nil: None) or, when `raising`, with the thread's raised exception.
func resumeGenerator(_ t: ThreadState, _ o: Object, _ value: Object?, raising: Bool, how: ResumeKind) -> ResumeResult {
  let g = o.generatorLayout
  // Only for messages.
  var what: String {
    o.isKind(.coroutine) ? "coroutine" : o.isKind(.asyncGenerator) ? "async generator" : "generator"
  }
  switch g.pointee.state {
  case .created:
    if let value, value != core.pointee.none, !raising {
      t.raise(.TypeError, "can't send non-None value to a just-started \(what)")
      return .raised
    }
  case .running:
    if raising { t.clearRaised() }
    t.raise(.ValueError, "\(what) already executing")
    return .raised
  case .finished:
    if o.isKind(.coroutine), how != .close {
      if raising { t.clearRaised() }
      t.raise(.RuntimeError, "cannot reuse already awaited coroutine")
      return .raised
    }
    if raising { return .raised }
    return .returned(core.pointee.none.retained())
  default: break
  }
  let frame = prepareResume(t, o, value, raising: raising)
  // What the generator itself is handling becomes the context of what is thrown into it.
  if raising, g.pointee.handled.exception != nil, let exception = t.takeRaised() {
    t.raiseObject(exception)
    exception.release()
  }
  if exuvia_level() != 0 { Probes.generatorResume(o, how, frame, how == .throwing ? t.raised : value) }
  frame.pointer.pointee.isEntry = true
  o.retain()
  defer { o.release() }
  guard let result = runFrame(t, frame, raising: raising) else { return .raised }
  return g.pointee.state == .finished ? .returned(result) : .yielded(result)
}

/// `send(None)` into an exact generator or coroutine without a StopIteration for its return value, as `PyIter_Send`.
public func sendNone(_ t: ThreadState, _ o: Object) -> ResumeResult {
  resumeGenerator(t, o, core.pointee.none, raising: false, how: .send)
}

/// Puts the sent value on the generator's stack, marks it running and links its handled exception. The caller runs the frame.
@inline(__always) func prepareResume(_ t: ThreadState, _ o: Object, _ value: Object?, raising: Bool = false) -> Frame {
  let g = o.generatorLayout
  let frame = o.generatorFrame
  let p = frame.pointer
  let sent = value ?? core.pointee.none
  sent.retain()
  p.pointee.stackTop.initialize(to: sent)
  p.pointee.stackTop += 1
  // A suspended frame stands at its YIELD_VALUE, a fresh one at RETURN_GENERATOR; there a thrown exception arises.
  if !raising { p.pointee.instruction += 1 }
  g.pointee.state = .running
  g.pointee.handled.previous = t.pointer.pointee.handling
  t.pointer.pointee.handling = o.handledPlace
  return frame
}

/// Raises StopIteration(value); takes over the value.
func raiseStopIteration(_ t: ThreadState, steal value: Object) {
  defer { value.release() }
  if value == core.pointee.none {
    t.raise(.StopIteration)
  } else {
    t.raise(.StopIteration, value)
  }
}

/// A StopIteration that is raised becomes its value. nil with another exception still raised; None when nothing is raised.
public func fetchStopIterationValue(_ t: ThreadState) -> Object? {
  guard t.hasRaised else { return core.pointee.none.retained() }
  guard t.matches(.StopIteration), let exception = t.takeRaised() else { return nil }
  let value = (exception.exceptionFields[ExceptionField.value] ?? core.pointee.none).retained()
  exception.release()
  return value
}

/// `tp_iternext`: nil without an exception is exhaustion, unless a value other than None is returned.
func generatorNext(_ t: ThreadState, _ o: Object) -> Object? {
  switch resumeGenerator(t, o, nil, raising: false, how: .next) {
  case .yielded(let value): return value
  case .returned(let value):
    if value == core.pointee.none { value.release() } else { raiseStopIteration(t, steal: value) }
    return nil
  case .raised: return nil
  }
}

/// `send`.
func generatorSend(_ t: ThreadState, _ o: Object, _ value: Object, how: ResumeKind = .send) -> Object? {
  switch resumeGenerator(t, o, value, raising: false, how: how) {
  case .yielded(let result): return result
  case .returned(let result):
    if o.isKind(.asyncGenerator) {
      result.release()
      t.raise(.StopAsyncIteration)
    } else {
      raiseStopIteration(t, steal: result)
    }
    return nil
  case .raised: return nil
  }
}

/// What the generator delegates to, borrowed: only while it is suspended in `yield from` or `await`.
func yieldFromTarget(_ o: Object) -> Object? {
  guard o.generatorLayout.pointee.state == .suspendedYieldFrom else { return nil }
  let p = o.generatorFrame.pointer
  guard p.pointee.stackTop > o.generatorFrame.stackBase else { return nil }
  return (p.pointee.stackTop - 1).pointee
}

/// Closes what a generator delegates to. False: an exception is set.
private func closeDelegate(_ t: ThreadState, _ target: Object) -> Bool {
  if target.isExactly(.generator) || target.isExactly(.coroutine) {
    guard let result = closeGenerator(t, target) else { return false }
    result.release()
    return true
  }
  var failed = false
  guard let close = findAttribute(t, target, LoopName.close, failed: &failed) else {
    if failed { writeUnraisable(t, target) }
    return true
  }
  defer { close.release() }
  guard let result = call0(t, close) else { return false }
  result.release()
  return true
}

/// `close`: the value that the generator returned, None, or nil with an exception.
func closeGenerator(_ t: ThreadState, _ o: Object) -> Object? {
  let g = o.generatorLayout
  if g.pointee.state == .created {
    g.pointee.state = .finished
    o.retain()
    clearGeneratorFrame(t, o)
    o.release()
    return core.pointee.none.retained()
  }
  if g.pointee.state == .finished { return core.pointee.none.retained() }
  // No handler of the program's surrounds the yield: nothing can see GeneratorExit, so the frame is dropped without running. CPython 3.13 says so
  // by a bit of the RESUME behind the yield.
  if g.pointee.state == .suspended, standsOutsideHandlers(o) {
    g.pointee.state = .finished
    o.retain()
    clearGeneratorFrame(t, o)
    o.release()
    return core.pointee.none.retained()
  }
  o.retain()
  defer { o.release() }
  var closed = true
  if let target = yieldFromTarget(o) {
    target.retain()
    g.pointee.state = .running
    closed = closeDelegate(t, target)
    if g.pointee.state == .running { g.pointee.state = .suspendedYieldFrom }
    target.release()
  }
  if closed { t.raise(.GeneratorExit) }
  switch resumeGenerator(t, o, core.pointee.none, raising: true, how: .close) {
  case .yielded(let value):
    value.release()
    let what = o.isKind(.coroutine) ? "coroutine" : o.isKind(.asyncGenerator) ? "async generator" : "generator"
    return t.raise(.RuntimeError, "\(what) ignored GeneratorExit")
  case .returned(let value): return value
  case .raised:
    if t.matches(.StopIteration) || t.matches(.GeneratorExit) {
      t.clearRaised()
      return core.pointee.none.retained()
    }
    return nil
  }
}

/// For `frame.clear()`: closes, and reports an exception as unraisable.
/// Whether the RESUME behind the yield that a suspended generator stands at has only the generator's own handler around it.
private func standsOutsideHandlers(_ o: Object) -> Bool {
  let next = o.generatorFrame.pointer.pointee.instruction[1]
  return Instruction(rawValue: UInt8(truncatingIfNeeded: next)) == .resume && (next &>> 8) & 4 != 0
}

func closeGeneratorQuietly(_ t: ThreadState, _ o: Object) {
  if let result = closeGenerator(t, o) { result.release() } else { writeUnraisable(t, o) }
}

/// `throw(type[, value[, traceback]])`: arguments borrowed.
func throwIntoGenerator(
  _ t: ThreadState, _ o: Object, _ type: Object, _ value: Object?, _ traceback: Object?,
  closesOnGeneratorExit: Bool = true
) -> Object? {
  let g = o.generatorLayout
  if let target = yieldFromTarget(o) {
    target.retain()
    o.retain()
    defer { o.release() }
    // N.B. the delegate is given up before the exception arises in the generator, which drops the last reference to it on its way.
    // 1. GeneratorExit closes the delegate; the exception then goes into the generator itself.
    let isExit =
      type.isExceptionType
      ? isSubtype(TypeObject(unchecked: type), exceptionType(.GeneratorExit))
      : type.isException && isSubtype(type.type, exceptionType(.GeneratorExit))
    if isExit, closesOnGeneratorExit {
      g.pointee.state = .running
      let closed = closeDelegate(t, target)
      g.pointee.state = .suspendedYieldFrom
      target.release()
      if !closed { return finishThrow(t, o) }
      return throwHere(t, o, type, value, traceback)
    }
    // 2. Everything else goes to the delegate, if it takes exceptions.
    var result: Object?
    if target.isExactly(.generator) || target.isExactly(.coroutine) {
      g.pointee.state = .running
      let previous = linkForThrow(t, o)
      result = throwIntoGenerator(t, target, type, value, traceback, closesOnGeneratorExit: closesOnGeneratorExit)
      unlinkAfterThrow(t, o, previous)
      g.pointee.state = .suspendedYieldFrom
    } else {
      var failed = false
      guard let method = findAttribute(t, target, LoopName.throwing, failed: &failed) else {
        target.release()
        if failed { return nil }
        return throwHere(t, o, type, value, traceback)
      }
      g.pointee.state = .running
      let previous = linkForThrow(t, o)
      var arguments = [type]
      if let value { arguments.append(value) }
      if let traceback { arguments.append(traceback) }
      result = callWithObjects(t, method, arguments)
      unlinkAfterThrow(t, o, previous)
      g.pointee.state = .suspendedYieldFrom
      method.release()
    }
    target.release()
    if let result { return result }
    // 3. The delegate ended: its StopIteration value, or its exception, arises at the `yield from`.
    return finishThrow(t, o)
  }
  return throwHere(t, o, type, value, traceback)
}

/// While a delegate handles a throw, the frame of the delegating generator stands on the thread's stack, for tracebacks.
private func linkForThrow(_ t: ThreadState, _ o: Object) -> UnsafeMutableRawPointer? {
  let frame = o.generatorFrame
  let previous = t.pointer.pointee.frame
  frame.pointer.pointee.previous = t.frame?.pointer
  t.setFrame(frame.pointer)
  return previous
}

private func unlinkAfterThrow(_ t: ThreadState, _ o: Object, _ previous: UnsafeMutableRawPointer?) {
  t.pointer.pointee.frame = previous
  o.generatorFrame.pointer.pointee.previous = nil
}

/// The delegate raised: the exception that is set arises in the generator, whose CLEANUP_THROW turns a StopIteration into a value.
private func finishThrow(_ t: ThreadState, _ o: Object) -> Object? {
  resultOfThrow(t, o, resumeGenerator(t, o, core.pointee.none, raising: true, how: .throwing))
}

private func throwHere(_ t: ThreadState, _ o: Object, _ type: Object, _ value: Object?, _ traceback: Object?) -> Object?
{
  let traceback = traceback == core.pointee.none ? nil : traceback
  if let traceback, !traceback.isKind(.traceback) {
    return t.raise(.TypeError, "throw() third argument must be a traceback object")
  }
  let exception: Object
  if type.isExceptionType {
    // What making it raises arises in its place.
    guard let made = normalizeException(t, type, value) ?? t.takeRaised() else { return nil }
    exception = made
  } else if type.isException {
    if let value, value != core.pointee.none {
      return t.raise(.TypeError, "instance exception may not have a separate value")
    }
    exception = type.retained()
  } else {
    return t.raise(
      .TypeError, "exceptions must be classes or instances deriving from BaseException, not \(type.typeName)")
  }
  if let traceback { setExceptionTraceback(exception, steal: traceback.retained()) }
  t.setRaised(steal: exception)
  if o.generatorLayout.pointee.state == .finished {
    if o.isKind(.coroutine) {
      t.clearRaised()
      return t.raise(.RuntimeError, "cannot reuse already awaited coroutine")
    }
    return nil
  }
  return resultOfThrow(t, o, resumeGenerator(t, o, core.pointee.none, raising: true, how: .throwing))
}

private func resultOfThrow(_ t: ThreadState, _ o: Object, _ result: ResumeResult) -> Object? {
  switch result {
  case .yielded(let value): return value
  case .returned(let value):
    if o.isKind(.asyncGenerator) {
      value.release()
      t.raise(.StopAsyncIteration)
    } else {
      raiseStopIteration(t, steal: value)
    }
    return nil
  case .raised: return nil
  }
}

/// An instance of `type` made from `value` as `raise type, value` would: an instance passes, a tuple gives the arguments.
func normalizeException(_ t: ThreadState, _ type: Object, _ value: Object?) -> Object? {
  guard let value, value != core.pointee.none else { return checkedException(t, type, call0(t, type)) }
  if value.isException, isSubtype(value.type, TypeObject(unchecked: type)) { return value.retained() }
  if value.isKind(.tuple) { return checkedException(t, type, callWithTuple(t, type, value)) }
  return checkedException(t, type, call1(t, type, value))
}

private func checkedException(_ t: ThreadState, _ type: Object, _ made: Object?) -> Object? {
  guard let made else { return nil }
  if made.isException { return made }
  defer { made.release() }
  return t.raise(
    .TypeError,
    "calling \(reprText(t, type)) should have returned an instance of BaseException, not \(made.typeName)")
}
