// The events of a frame that runs in the loop's form for tracing (TracingLoop), in CPython's order.
import PythonBytecode

/// What the loop does after the events before an instruction.
enum TraceStep {
  case goOn, raise
  /// The trace function has moved the frame to another line.
  case jump
}

enum TraceEvents {
  /// The base opcode at an instruction word.
  private static func opcode(_ frame: Frame, _ word: Int) -> Opcode? {
    InstructionWord.opcode(frame.code.compiledCode.instructions[word])
  }

  /// Before the instruction at `pc`; `frame.instruction` still is the one that ran before it in this frame. `native`: what the last instruction called.
  @inline(never) static func before(
    _ t: ThreadState, _ p: UnsafeMutablePointer<FrameLayout>, _ pc: UnsafeMutablePointer<UInt32>, native: inout Object?
  ) -> TraceStep {
    if let callee = native {
      native = nil
      defer { callee.release() }
      guard TraceFunctions.tellProfile(t, Frame(p), .nativeReturn, callee) else { return .raise }
    }
    let frame = Frame(p)
    let first = p.pointee.code.codeLayout.pointee.instructions
    let word = pc - first
    let previous = p.pointee.instruction == pc ? word - 1 : p.pointee.instruction - first
    p.pointee.instruction = pc
    let arrived =
      p.pointee.frameObject.map { $0.frameObjectLayout.pointee.jump == .arrived } ?? false
    if arrived { p.pointee.frameObject?.frameObjectLayout.pointee.jump = .none }
    guard t.isTracing, let opcode = opcode(frame, word) else { return .goOn }
    if opcode == .resume {
      p.pointee.isIncomplete = false
      return call(t, frame) ? .goOn : .raise
    }
    guard !p.pointee.isIncomplete else { return .goOn }
    if t.pointer.pointee.traceFunction != nil, let o = p.pointee.frameObject,
      o.frameObjectLayout.pointee.trace != nil
    {
      guard lineAndOpcode(t, frame, o, word, previous, opcode, isTold: arrived) else {
        o.frameObjectLayout.pointee.jump = .none
        return .raise
      }
      if o.frameObjectLayout.pointee.jump == .moved {
        o.frameObjectLayout.pointee.jump = .arrived
        return .jump
      }
    }
    if t.pointer.pointee.profileFunction != nil, let callee = nativeCallee(frame, opcode, pc) {
      guard TraceFunctions.tellProfile(t, frame, .nativeCall, callee) else {
        callee.release()
        return .raise
      }
      native = callee
    }
    return .goOn
  }

  private static func call(_ t: ThreadState, _ frame: Frame) -> Bool {
    TraceFunctions.tell(t, frame, .call, core.pointee.none)
      && TraceFunctions.tellProfile(t, frame, .call, core.pointee.none)
  }

  private static func lineAndOpcode(
    _ t: ThreadState, _ frame: Frame, _ o: Object, _ word: Int, _ previous: Int, _ opcode: Opcode,
    isTold: Bool
  ) -> Bool {
    let code = frame.code
    let line = code.codeLine(at: word)
    let starts = LineStarts.of(code)
    if starts[word] != 0, !isTold, o.frameObjectLayout.pointee.tracesLines {
      let isSame = previous >= 0 && code.codeLine(at: previous) == line
      if !isSame || self.opcode(frame, previous) == .resume {
        guard TraceFunctions.tell(t, frame, .line, core.pointee.none) else { return false }
        if o.frameObjectLayout.pointee.jump == .moved { return true }
      }
    }
    if o.frameObjectLayout.pointee.tracesOpcodes {
      guard TraceFunctions.tell(t, frame, .opcode, core.pointee.none) else { return false }
    }
    // A loop on one line begins it again each time.
    if opcode == .jumpBackward, o.frameObjectLayout.pointee.tracesLines, line > 0 {
      let target = InstructionWord.operand(code.compiledCode.instructions[word])
      if code.codeLine(at: target) == line { return TraceFunctions.tell(t, frame, .line, core.pointee.none) }
    }
    return true
  }

  /// The native function or method that a call instruction is about to call, as profilers see it: new reference.
  private static func nativeCallee(_ frame: Frame, _ opcode: Opcode, _ pc: UnsafeMutablePointer<UInt32>) -> Object? {
    let sp = frame.pointer.pointee.stackTop
    let operand = Int(pc.pointee >> 8)
    let bottom: UnsafeMutablePointer<Object?>
    switch opcode {
    case .call: bottom = sp - operand - 2
    case .callKw: bottom = sp - operand - 3
    case .callFunctionEx: bottom = sp - (operand & 1 == 1 ? 4 : 3)
    default: return nil
    }
    guard let callable = bottom.pointee else { return nil }
    if callable.type == core.pointee.types.nativeFunction { return callable.retained() }
    guard callable.type == core.pointee.types.methodDescriptor, opcode != .callFunctionEx else { return nil }
    guard let receiver = bottom[1] ?? (operand > 0 ? bottom[2] : nil) else { return nil }
    let bound = callable.type.pointer.pointee.descriptorGet?.call(
      currentThread(), callable, receiver, receiver.type.object)
    if bound == nil { currentThread().clearRaised() }
    return bound
  }

  // MARK: - Ends

  /// The frame returns or yields a value (borrowed). False: an exception is set.
  @inline(never) static func returning(_ t: ThreadState, _ frame: Frame, _ value: Object) -> Bool {
    guard t.isTracing else { return true }
    return TraceFunctions.tell(t, frame, .return, value) && TraceFunctions.tellProfile(t, frame, .return, value)
  }

  /// An exception leaves the frame; one that the functions raise takes its place.
  @inline(never) static func unwinding(_ t: ThreadState, _ frame: Frame) {
    guard t.isTracing, !frame.pointer.pointee.isIncomplete else { return }
    _ =
      TraceFunctions.tell(t, frame, .return, core.pointee.none)
      && TraceFunctions.tellProfile(t, frame, .return, core.pointee.none)
  }

  // MARK: - Exceptions

  /// An exception was raised in the frame, or came out of a call there. `native`: the native function that it came from.
  @inline(never) static func raised(_ t: ThreadState, _ frame: Frame, native: inout Object?) {
    if let callee = native {
      native = nil
      _ = TraceFunctions.tellProfile(t, frame, .nativeException, callee)
      callee.release()
    }
    guard t.isTracing, !frame.pointer.pointee.isIncomplete else { return }
    if let exception = t.raised { _ = tell(t, frame, exception) }
  }

  /// A generator was thrown an exception into: it goes on, which is a call.
  @inline(never) static func thrown(_ t: ThreadState, _ frame: Frame) {
    guard t.isTracing, !frame.pointer.pointee.isIncomplete else { return }
    _ = call(t, frame)
  }

  /// An iterator's end that is raised, or would be. False: the trace function raised.
  @inline(never) static func stopped(_ t: ThreadState, _ frame: Frame) -> Bool {
    guard t.isTracing, let exception = t.raised, t.matches(.StopIteration) else { return true }
    return tell(t, frame, exception)
  }

  /// A generator or coroutine that was delegated to has ended with `value`. False: an exception is set.
  @inline(never) static func delegateEnded(_ t: ThreadState, _ frame: Frame, _ receiver: Object, _ value: Object)
    -> Bool
  {
    guard t.isTracing, receiver.isKind(.generator) || receiver.isKind(.coroutine) else { return true }
    raiseStopIteration(t, steal: value.retained())
    guard let exception = t.takeRaised() else { return true }
    defer { exception.release() }
    return tell(t, frame, exception)
  }

  private static func tell(_ t: ThreadState, _ frame: Frame, _ exception: Object) -> Bool {
    guard t.pointer.pointee.traceFunction != nil,
      frame.pointer.pointee.frameObject?.frameObjectLayout.pointee.trace != nil
    else { return true }
    let traceback = exception.exception.pointee.traceback ?? core.pointee.none
    let argument = makeTuple([exception.type.object.retained(), exception.retained(), traceback.retained()])
    defer { argument.release() }
    return TraceFunctions.tell(t, frame, .exception, argument)
  }

  // MARK: - Changing the form of the loop

  /// Puts a frame that was stopped at a check of the breaker where another form of the loop goes on.
  @inline(never) static func leaveLoop(_ frame: UnsafeMutablePointer<FrameLayout>) {
    let word = frame.pointee.instruction - frame.pointee.code.codeLayout.pointee.instructions
    guard let opcode = opcode(Frame(frame), word), opcode != .resume, opcode != .jumpBackward else { return }
    // A call: it is done, its result is on the stack.
    frame.pointee.instruction += 1 + opcode.cacheWords
  }
}
