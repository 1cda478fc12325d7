// Checks a code object before it runs: the interpreter trusts every operand and every stack depth of verified code.
//
//  1. Every word is a known, real instruction or one of its cache words, and every operand is in range.
//  2. Jumps and handlers hit the start of an instruction.
//  3. Along all paths the stack has one depth at each instruction, never below what the instruction takes nor above `stackSize`.

/// What is wrong with a code object, and at which word.
public struct VerificationError: Error, Equatable, Sendable, CustomStringConvertible {
  public let message: String
  public let word: Int
  public let codeName: String

  public var description: String { "\(codeName), word \(word): \(message)" }
}

public struct Verifier {
  private let code: Code
  private var opcodes: [Int: (opcode: Opcode, operand: Int)] = [:]
  private var depths: [Int: Int] = [:]
  private var pending: [Int] = []

  private init(_ code: Code) { self.code = code }

  /// Verifies a code object and all that are among its constants.
  public static func verify(_ code: Code) throws(VerificationError) {
    var verifier = Verifier(code)
    try verifier.checkInstructions()
    try verifier.checkTargets()
    try verifier.checkDepths()
    for case .code(let inner) in code.constants { try verify(inner) }
  }

  private func failure(_ message: String, at word: Int) -> VerificationError {
    VerificationError(message: message, word: word, codeName: code.qualname)
  }

  private mutating func checkInstructions() throws(VerificationError) {
    guard code.localNames.count == code.localKinds.count else {
      throw failure("names and kinds of locals differ in number", at: 0)
    }
    for (word, opcode, operand) in code.decoded {
      guard let opcode, !opcode.isPseudo else {
        throw failure("unknown opcode \(code.instructions[word] & 0xFF)", at: word)
      }
      guard word + opcode.cacheWords < code.instructions.count else {
        throw failure("\(opcode.name) has its cache words cut off", at: word)
      }
      guard isInRange(opcode, operand) else {
        throw failure("\(opcode.name) has the operand \(operand), out of range", at: word)
      }
      opcodes[word] = (opcode, operand)
    }
  }

  private func isInRange(_ opcode: Opcode, _ operand: Int) -> Bool {
    let locals = code.localNames.count
    switch opcode.spec.operand {
    case .none: return operand == 0
    case .count, .resume: return true
    case .constant: return operand < code.constants.count
    case .local: return operand < locals
    case .cell: return operand < locals && !code.localKinds[operand].isDisjoint(with: [.cell, .free])
    case .localPair: return operand >> 12 < locals && operand & 0xFFF < locals
    case .name: return operand < code.names.count
    case .globalName, .attributeName: return operand >> 1 < code.names.count
    case .superName: return operand >> 2 < code.names.count
    case .target: return operand < code.instructions.count
    case .comparison: return ComparisonOperation(rawValue: operand >> 5) != nil
    case .binary: return BinaryOperation(rawValue: operand) != nil
    case .conversion: return Conversion(rawValue: operand) != nil
    case .intrinsic1: return operand > 0 && Intrinsic1(rawValue: operand) != nil
    case .intrinsic2: return operand > 0 && Intrinsic2(rawValue: operand) != nil
    case .functionAttribute: return FunctionAttribute(rawValue: operand) != nil
    }
  }

  private func checkTargets() throws(VerificationError) {
    for (word, instruction) in opcodes where instruction.opcode.spec.isJump {
      guard let target = opcodes[instruction.operand] else {
        throw failure("\(instruction.opcode.name) jumps into an instruction", at: word)
      }
      if instruction.opcode == .forIter {
        guard target.opcode == .endFor, opcodes[instruction.operand + 1]?.opcode == .popTop else {
          throw failure("FOR_ITER's target is not END_FOR and POP_TOP", at: word)
        }
      }
    }
    var end: UInt32 = 0
    for range in code.exceptionTable {
      guard range.begin >= end, range.begin < range.end, Int(range.end) <= code.instructions.count else {
        throw failure("exception table is not sorted", at: Int(range.begin))
      }
      guard opcodes[Int(range.begin)] != nil, opcodes[Int(range.target)] != nil else {
        throw failure("exception table points into an instruction", at: Int(range.begin))
      }
      end = range.end
    }
  }

  private mutating func checkDepths() throws(VerificationError) {
    try reach(0, depth: 0, from: 0)
    while let word = pending.popLast() {
      guard let (opcode, operand) = opcodes[word], let depth = depths[word] else { continue }
      if let range = code.exceptionRange(at: UInt32(word)) {
        guard Int(range.depth) <= depth else { throw failure("handler expects a deeper stack", at: word) }
        try reach(
          Int(range.target), depth: Int(range.depth) + (range.pushesLastInstruction ? 2 : 1), from: word)
      }
      if opcode.spec.isJump {
        try reach(operand, depth: depth + opcode.stackEffect(operand: operand, jumping: true), from: word)
        // At exhaustion both the iterator and its END_FOR are skipped.
        if opcode == .forIter { try reach(operand + 2, depth: depth - 1, from: word) }
      }
      guard !opcode.endsFlow else { continue }
      let next = word + 1 + opcode.cacheWords
      guard opcodes[next] != nil else { throw failure("control runs off the end", at: word) }
      try reach(next, depth: depth + opcode.stackEffect(operand: operand, jumping: false), from: word)
    }
  }

  private mutating func reach(_ word: Int, depth: Int, from origin: Int) throws(VerificationError) {
    guard depth >= 0, depth <= code.stackSize else {
      throw failure("stack depth \(depth) is outside 0...\(code.stackSize)", at: origin)
    }
    guard let known = depths[word] else {
      depths[word] = depth
      pending.append(word)
      return
    }
    if known != depth { throw failure("stack depth is \(known) on one path and \(depth) on another", at: word) }
  }
}
