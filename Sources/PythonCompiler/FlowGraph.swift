// The blocks of one unit and how control runs between them. Made from the instructions of CodeGenerator, improved by the extensions
// (one for each pass, in the order of `optimize`), turned into words by Assembler.

import PythonBytecode

/// Instructions without a jump into or out of their middle, except to exception handlers.
final class Block {
  var instructions: [Instruction] = []
  /// For each instruction the handler in force, parallel to `instructions` from `labelExceptionTargets` on.
  var handlers: [Int] = []
  /// The block behind this one in the order of the code.
  var next: Int?
  let isJumpTarget: Bool
  var isExceptHandler = false
  var preservesLastInstruction = false
  var isCold = false
  var isWarm = false
  var isVisited = false
  var predecessors = 0
  var startDepth = -1
  var exceptionStack: [Int] = []
  /// Bits of the locals that may be unbound at the start.
  var unboundMask: UInt64 = 0

  static let noHandler = -1

  init(isJumpTarget: Bool) { self.isJumpTarget = isJumpTarget }

  var last: Instruction? { instructions.last }

  func append(_ instruction: Instruction, handler: Int = noHandler) {
    instructions.append(instruction)
    handlers.append(handler)
  }

  /// Whether control can run into the block behind.
  var fallsThrough: Bool {
    guard let last else { return true }
    return !last.opcode.isUnconditionalJump && !last.opcode.exitsScope
  }
  var exitsScope: Bool { last?.opcode.exitsScope ?? false }
  var hasNoLine: Bool { instructions.allSatisfy { !$0.position.hasLine } }

  func replace(_ index: Int, with opcode: Opcode, _ operand: Int = 0) {
    instructions[index].opcode = opcode
    instructions[index].operand = operand
    instructions[index].target = Instruction.noTarget
  }

  func keep(where include: (Int) -> Bool) {
    var kept = 0
    for index in instructions.indices where include(index) {
      if kept != index {
        instructions[kept] = instructions[index]
        handlers[kept] = handlers[index]
      }
      kept += 1
    }
    instructions.removeSubrange(kept...)
    handlers.removeSubrange(kept...)
  }
}

extension Opcode {
  var isUnconditionalJump: Bool {
    switch self {
    case .jump, .jumpNoInterrupt, .jumpForward, .jumpBackward, .jumpBackwardNoInterrupt: true
    default: false
    }
  }
  var exitsScope: Bool {
    switch self {
    case .returnValue, .returnConst, .raiseVarargs, .reraise, .interpreterExit: true
    default: false
    }
  }
  var isBlockPush: Bool {
    switch self {
    case .setupFinally, .setupCleanup, .setupWith: true
    default: false
    }
  }
  /// A jump in the flow, which a SETUP is not.
  var isFlowJump: Bool {
    switch self {
    case .jump, .jumpNoInterrupt, .jumpForward, .jumpBackward, .jumpBackwardNoInterrupt, .popJumpIfTrue,
      .popJumpIfFalse, .popJumpIfNone, .popJumpIfNotNone, .forIter, .send:
      true
    default: false
    }
  }
  /// Whether the eval breaker is looked at: such an instruction needs a line of its own.
  var checksEvalBreaker: Bool {
    switch self {
    case .jump, .jumpBackward, .resume, .call, .callFunctionEx, .callKw: true
    default: false
    }
  }
}

struct FlowGraph {
  var blocks: [Block] = []
  var constants: [ConstantKey]

  init(_ unit: Unit) {
    constants = unit.constants.keys
    build(unit)
  }

  var entry: Block { blocks[0] }

  /// The blocks in the order of the code.
  var order: [Block] {
    var result: [Block] = []
    result.reserveCapacity(blocks.count)
    var index: Int? = 0
    while let current = index {
      result.append(blocks[current])
      index = blocks[current].next
    }
    return result
  }

  func next(of block: Block) -> Block? { block.next.map { blocks[$0] } }

  func nextNonempty(from index: Int?) -> Int? {
    var index = index
    while let current = index, blocks[current].instructions.isEmpty { index = blocks[current].next }
    return index
  }

  mutating func addBlock(isJumpTarget: Bool) -> Int {
    blocks.append(Block(isJumpTarget: isJumpTarget))
    return blocks.count - 1
  }

  func clearVisited() { for block in blocks { block.isVisited = false } }

  mutating func optimize(localCount: Int, parameterCount: Int) {
    markExceptHandlers()
    labelExceptionTargets()
    inlineSmallBlocks()
    removeUnreachable()
    resolveLines()
    for block in order { foldConstantLoads(block) }
    for block in order { optimizeBlock(block) }
    removeRedundantNopsAndPairs()
    removeUnreachable()
    removeRedundantNopsAndJumps()
    removeUnusedConstants()
    addUnboundChecks(localCount: localCount, parameterCount: parameterCount)
    insertSuperinstructions()
    pushColdBlocksToEnd()
    resolveLines()
  }

  mutating func constantIndex(_ constant: Constant) -> Int {
    let key = ConstantKey(constant: constant)
    if let index = constants.firstIndex(of: key) { return index }
    constants.append(key)
    return constants.count - 1
  }
}

// Building.
extension FlowGraph {
  private mutating func build(_ unit: Unit) {
    var isTarget = [Bool](repeating: false, count: unit.instructions.count + 1)
    for instruction in unit.instructions where instruction.target != Instruction.noTarget {
      isTarget[unit.labelPlaces[instruction.target]] = true
    }
    var blockAt = [Int](repeating: 0, count: unit.instructions.count + 1)
    var current = addBlock(isJumpTarget: isTarget[0])
    for (index, instruction) in unit.instructions.enumerated() {
      let last = blocks[current].last?.opcode
      let isEnded = last.map { $0.isFlowJump || $0.exitsScope } ?? false
      if isEnded || (isTarget[index] && index > 0) {
        let new = addBlock(isJumpTarget: isTarget[index])
        blocks[current].next = new
        current = new
      }
      blockAt[index] = current
      blocks[current].append(instruction)
    }
    for block in blocks {
      for index in block.instructions.indices where block.instructions[index].target != Instruction.noTarget {
        block.instructions[index].target = blockAt[unit.labelPlaces[block.instructions[index].target]]
      }
    }
  }

  private func markExceptHandlers() {
    for block in blocks {
      for instruction in block.instructions where instruction.opcode.isBlockPush {
        blocks[instruction.target].isExceptHandler = true
      }
    }
  }

  /// Finds for every instruction the handler that is in force, by running the SETUP and POP_BLOCK brackets along the flow.
  private func labelExceptionTargets() {
    clearVisited()
    var pending = [0]
    entry.isVisited = true
    func reach(_ target: Int, _ stack: [Int]) {
      guard !blocks[target].isVisited else { return }
      blocks[target].isVisited = true
      blocks[target].exceptionStack = stack
      pending.append(target)
    }
    while let index = pending.popLast() {
      let block = blocks[index]
      var stack = block.exceptionStack
      var yieldDepth = -1
      for position in block.instructions.indices {
        let instruction = block.instructions[position]
        switch instruction.opcode {
        case .setupFinally, .setupCleanup, .setupWith:
          reach(instruction.target, stack)
          stack.append(instruction.target)
          if instruction.opcode != .setupFinally { blocks[instruction.target].preservesLastInstruction = true }
          continue
        case .popBlock:
          stack.removeLast()
          block.replace(position, with: .nop)
          continue
        case .resume where instruction.operand != ResumeKind.start:
          if yieldDepth == 1 { block.instructions[position].operand |= ResumeKind.exceptDepth1Bit }
          yieldDepth = -1
        case .yieldValue: yieldDepth = stack.count
        default: break
        }
        block.handlers[position] = stack.last ?? Block.noHandler
        if instruction.opcode.isFlowJump { reach(instruction.target, stack) }
      }
      if block.fallsThrough, let next = block.next { reach(next, stack) }
    }
    for block in blocks { block.exceptionStack = [] }
  }
}
