// Where lines begin in a code object, for `line` events: CPython's rules (Python/instrumentation.c), so that the same programs give the same events.
//
// An instruction may begin a line when its line is not that of the one before it in the code, when it is the target of a jump, or of an exception handler.
// Whether it does shows when it runs: the instruction before it in time has another line, or is RESUME.
import PythonBytecode

enum LineStarts {
  /// One byte for each instruction word: 1 where a line may begin. Belongs to the code object.
  static func of(_ code: Object) -> UnsafeMutablePointer<UInt8> {
    if let known = code.codeLayout.pointee.lineStarts { return known }
    let made = make(code)
    code.codeLayout.pointee.lineStarts = made
    return made
  }

  private static func make(_ code: Object) -> UnsafeMutablePointer<UInt8> {
    let count = max(code.codeLayout.pointee.instructionCount, 1)
    let starts = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    starts.initialize(repeating: 0, count: count)
    let source = code.compiledCode
    let instructions = source.decoded
    // What comes before the first RESUME makes the frame and is seen by nobody.
    guard let begin = instructions.first(where: { $0.opcode == .resume })?.word else { return starts }
    // The ends of loops and delegations belong to the line of the loop, wherever they are come from.
    func isEnd(_ opcode: Opcode?) -> Bool {
      switch opcode {
      case .endAsyncFor, .endFor, .endSend, .resume, nil: true
      default: false
      }
    }
    var current = 0
    for (word, opcode, operand) in instructions where word >= begin {
      guard let opcode else { continue }
      if opcode.spec.isJump, operand < count, code.codeLine(at: operand) > 0,
        !isEnd(InstructionWord.opcode(source.instructions[operand]))
      {
        starts[operand] = 1
      }
      if !isEnd(opcode) {
        let line = code.codeLine(at: word)
        if line != current, line > 0 { starts[word] = 1 }
        current = line
      }
    }
    for range in source.exceptionTable where code.codeLine(at: Int(range.target)) > 0 { starts[Int(range.target)] = 1 }
    return starts
  }
}
