// Entering and leaving frames: the ends that returns, exceptions and failed calls share; running code objects.
import CRuntimeSupport
import PythonBytecode
import TraceModel

/// The frame is over: it is unlinked, then everything it owns is released, in the caller's name. `returning`: borrowed; nil: an exception is raised.
@inline(__always)
func leaveFrame<P: LoopPolicy>(
  _ policy: P.Type, _ t: ThreadState, _ frame: UnsafeMutablePointer<FrameLayout>, returning value: Object?
) {
  if frame.pointee.owner == .generator {
    leaveGeneratorFrame(t, frame, value)
    return
  }
  if P.records, Probes.recordsCalls { Probes.callEnd(Frame(frame)) }
  t.setFrame(frame.pointee.previous)
  clearFrame(policy, t, Frame(frame))
  drop(policy, frame.pointee.code)
  freeFrame(t, frame)
}

/// An exception leaves a generator at `word`: the instruction that raised it or, behind handlers, the one that raises it again. The generator's own
/// handler has no line.
@inline(never) func probeUnwind(_ t: ThreadState, _ frame: UnsafeMutablePointer<FrameLayout>, at word: UInt32) {
  guard Probes.isOn else { return }
  let f = Frame(frame)
  Probes.generatorRaise(f.generator, line: Int(f.code.compiledCode.line(at: word)), t.raised)
}

@inline(never)
private func leaveGeneratorFrame(_ t: ThreadState, _ frame: UnsafeMutablePointer<FrameLayout>, _ value: Object?) {
  let f = Frame(frame)
  let generator = f.generator
  if let value, Probes.isOn { Probes.generatorReturn(generator, line: f.line, value) }
  t.setFrame(frame.pointee.previous)
  let raised = value == nil ? t.takeRaised() : nil
  finishGeneratorFrame(t, f)
  if value == nil { t.setRaised(steal: raised) }
}

/// A frame that never ran: its content goes, with an exception raised.
@inline(never) func abandonFrame(_ t: ThreadState, _ frame: Frame) {
  let p = frame.pointer
  if p.pointee.owner == .generator {
    // The resume did not happen.
    let o = frame.generator
    let g = o.generatorLayout
    p.pointee.stackTop -= 1
    p.pointee.stackTop.pointee.release()
    if t.pointer.pointee.handling == o.handledPlace, let previous = g.pointee.handled.previous {
      t.pointer.pointee.handling = previous
    }
    g.pointee.handled.previous = nil
    g.pointee.state = .suspended
    p.pointee.instruction -= 1
    return
  }
  let raised = t.takeRaised()
  let instance = p.pointee.instance
  clearFrame(AnyLevel.self, t, frame)
  p.pointee.code.release()
  freeFrame(t, p)
  instance.release()
  t.setRaised(steal: raised)
}

@inline(never) func raiseRecursion(_ t: ThreadState) {
  // Making the exception must not hit the limit again.
  RecursionLimit.frames += 50
  t.raise(.RecursionError, "maximum recursion depth exceeded")
  RecursionLimit.frames -= 50
}

/// Calls a Python function from native code; arguments borrowed.
func callFunction(_ t: ThreadState, _ function: Object, _ arguments: Arguments) -> Object? {
  let frame = pushBareFrame(AnyLevel.self, t, steal: function.retained(), steal: nil)
  let total = arguments.count + (arguments.keywordNames?.tupleCount ?? 0)
  for i in 0..<total { arguments.base[i].retain() }
  let c = frame.pointer.pointee.code.codeLayout
  if arguments.keywordNames == nil, c.pointee.isSimple, Int(c.pointee.argumentCount) == arguments.count {
    exuvia_copy_words(frame.fastLocals, arguments.base, arguments.count)
    frame.clearLocals(from: arguments.count)
  } else {
    frame.clearLocals(from: 0)
    guard bindArguments(t, frame, arguments.base, arguments.count, keywords: arguments.keywordNames) else {
      abandonFrame(t, frame)
      return nil
    }
  }
  return runFrame(t, frame, raising: false)
}

/// Runs a code object at module, class or `exec` level: `locals` is the namespace (nil: the globals). `closure`: cells for its free variables.
public func evaluate(
  _ t: ThreadState, _ code: Object, globals: Object, locals: Object?, closure: Object? = nil
) -> Object? {
  let function = makeFunction(t, code: code, globals: globals)
  if let closure {
    function.functionLayout.pointee.closure = closure.retained()
    storeProbe(function, .internalField("__closure__"), nil, closure)
  }
  return evaluateFunction(t, steal: function, locals: locals ?? globals)
}

public func evaluate(_ t: ThreadState, _ code: Object, _ globals: Object, _ locals: Object?) -> Object? {
  evaluate(t, code, globals: globals, locals: locals)
}

/// Runs the code of a function with no arguments in a namespace: class bodies and modules. Takes over the function.
func evaluateFunction(_ t: ThreadState, steal function: Object, locals: Object) -> Object? {
  let optimized = function.functionLayout.pointee.code.codeLayout.pointee.flags & CodeFlags.optimized.rawValue != 0
  guard optimized else {
    let frame = pushFrame(AnyLevel.self, t, steal: function, steal: locals.retained())
    return runFrame(t, frame, raising: false)
  }
  // The code of a function: a parameter without an argument must be missed.
  defer { function.release() }
  return withUnsafeTemporaryAllocation(of: Object.self, capacity: 1) { nothing in
    nothing.baseAddress.flatMap { callFunction(t, function, Arguments(base: $0, count: 0)) }
  }
}

/// Runs the body of a class statement in its namespace; what it returns: the `__class__` cell, or None.
public func runClassBody(_ t: ThreadState, _ function: Object, _ namespace: Object) -> Object? {
  guard function.isKind(.function) else { return t.raise(.TypeError, "__build_class__: func must be a function") }
  return evaluateFunction(t, steal: function.retained(), locals: namespace)
}
