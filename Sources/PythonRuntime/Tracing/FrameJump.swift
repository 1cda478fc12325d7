// Setting `f_lineno`: a debugger's jump. The trace function of a `line` event may send its frame to the first instruction of another line, when the
// value stack there can be made from the one here by dropping items; what is dropped and where the frame goes on follows CPython.
//
//  1. The line is the first with code that is not before the wanted one.
//  2. Of the instructions that begin it, the one whose stack fits and has the most items; the first of equals.
//  3. Locals without a value get None, with a warning: the code there may count on them.
//  4. Items above the target's stack are dropped; with a handled exception goes its handling.
import PythonBytecode

/// Where a frame stands with a jump.
enum JumpState: UInt8 {
  case none
  /// The trace function has moved the frame: the loop takes it up.
  case moved
  /// The line that was jumped to is not told of.
  case arrived
}

enum FrameJump {
  /// False: an exception is set.
  static func setLine(_ t: ThreadState, _ o: Object, _ value: Object?) -> Bool {
    guard let value else { return t.fail(.AttributeError, "cannot delete attribute") }
    guard value.isExactly(.int) else { return t.fail(.ValueError, "lineno must be an integer") }
    switch o.frameObjectLayout.pointee.event {
    case nil: return t.fail(.ValueError, "f_lineno can only be set in a trace function")
    case .line: break
    case .call: return t.fail(.ValueError, "can't jump from the 'call' trace event of a new frame")
    case .nativeCall, .nativeReturn, .nativeException:
      return t.fail(.ValueError, "can't jump during a call")
    case .return, .exception, .opcode:
      return t.fail(.ValueError, "can only jump from a 'line' trace event")
    }
    guard let wanted = value.wordValue, let line = Int32(exactly: wanted) else {
      return t.fail(.OverflowError, "Python int too large to convert to C int")
    }
    let frame = o.shownFrame
    guard let (word, stack) = target(t, frame, Int(line)) else { return false }
    guard fillLocals(t, frame) else { return false }
    dropItems(t, frame, to: stack)
    frame.pointer.pointee.instruction = frame.code.codeLayout.pointee.instructions + word
    o.frameObjectLayout.pointee.jump = .moved
    return true
  }

  // MARK: - The target

  /// nil: ValueError is set.
  private static func target(_ t: ThreadState, _ frame: Frame, _ wanted: Int) -> (
    word: Int, dropped: [StackKinds]
  )? {
    let code = frame.code
    let source = code.compiledCode
    guard wanted >= source.firstLine else {
      t.raise(.ValueError, "line \(wanted) comes before the current code block")
      return nil
    }
    let begins = lineBegins(code)
    guard let line = begins.lazy.map(\.line).filter({ $0 >= wanted }).min() else {
      t.raise(.ValueError, "line \(wanted) comes after the current code block")
      return nil
    }
    let kinds = source.stackKinds
    let here = kinds[frame.instructionIndex]
    var best: (word: Int, stack: StackKinds)?
    var problem: String?
    for (word, _) in begins.filter({ $0.line == line }) {
      let stack = kinds[word]
      if here.canBecome(stack), areAlike(source, here, stack) {
        if best.map({ stack.bits > $0.stack.bits }) ?? true { best = (word, stack) }
      } else if problem == nil {
        problem = explain(from: here, to: stack)
      }
    }
    guard let best else {
      t.raise(.ValueError, problem ?? "cannot find bytecode for specified line")
      return nil
    }
    var stack = here
    var dropped: [StackKinds] = []
    while stack.bits > best.stack.bits {
      dropped.append(stack)
      stack = stack.popped
    }
    return (best.word, dropped)
  }

  /// Whether the items that stay are what the code at the target takes them for. CPython looks at the kinds alone, and so lets a program take one
  /// object for another, of which it dies; here an item that is no iterator has to come from the same instruction, or be the exit of a `with`.
  private static func areAlike(_ code: Code, _ here: StackKinds, _ target: StackKinds) -> Bool {
    var rest = target
    while let kind = rest.top {
      let place = rest.origins.count - 1
      let (mine, its) = (here.origins[place], rest.origins[place])
      if mine != its, kind == .object {
        let opcode = InstructionWord.opcode(code.instructions[its])
        let isExit = opcode == .beforeWith || opcode == .beforeAsyncWith
        guard isExit, InstructionWord.opcode(code.instructions[mine]) == opcode else { return false }
      }
      rest = rest.popped
    }
    return true
  }

  /// The instructions at which another line begins, in the order of the code. What comes before the first RESUME makes the frame and is not run again.
  private static func lineBegins(_ code: Object) -> [(word: Int, line: Int)] {
    let source = code.compiledCode
    var result: [(word: Int, line: Int)] = []
    var last = -1
    for (word, _, _) in source.decoded.drop(while: { $0.opcode != .resume }) {
      let line = Int(source.position(at: UInt32(word)).line)
      guard line >= 0, line != last else { continue }
      result.append((word, line))
      last = line
    }
    return result
  }

  private static func explain(from here: StackKinds, to target: StackKinds) -> String {
    if here == .tooDeep { return "stack to deep to analyze" }
    if here == .unreached { return "can't jump from unreachable code" }
    if target == .tooDeep { return "stack is too deep to analyze" }
    if target == .unreached {
      return "can't jump into an exception handler, or code may be unreachable"
    }
    return switch target.top {
    case .exception: "can't jump into an 'except' block as there's no exception"
    case .lastInstruction: "can't jump into a re-raising block as there's no location"
    case .iterator: "can't jump into the body of a for loop"
    case .object, .null, nil: "incompatible stacks"
    }
  }

  // MARK: - The frame

  /// False: the warning is an exception.
  private static func fillLocals(_ t: ThreadState, _ frame: Frame) -> Bool {
    let places = 0..<frame.code.codeLayout.pointee.localCount
    let unbound = places.filter { frame.fastLocals[$0] == nil }
    guard !unbound.isEmpty else { return true }
    let message = "assigning None to \(unbound.count) unbound local\(unbound.count == 1 ? "" : "s")"
    guard warn(t, .RuntimeWarning, message, level: 1) else { return false }
    for i in unbound where frame.fastLocals[i] == nil {
      frame.fastLocals[i] = core.pointee.none.retained()
    }
    return true
  }

  private static func dropItems(_ t: ThreadState, _ frame: Frame, to dropped: [StackKinds]) {
    let p = frame.pointer
    for stack in dropped {
      p.pointee.stackTop -= 1
      let item = p.pointee.stackTop.pointee
      guard stack.top == .exception else {
        item.release()
        continue
      }
      let entry = t.pointer.pointee.handling
      let old = entry.pointee.exception
      entry.pointee.exception = item == core.pointee.none ? nil : item
      old.release()
    }
  }
}
