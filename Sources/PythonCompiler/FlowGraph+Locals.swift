// Passes over constants and fast locals: dropping unused constants, checking reads of locals that may be unbound, joining pairs of
// reads and writes.

import PythonBytecode

extension FlowGraph {
  /// The first constant stays whatever it is: it may be the docstring.
  mutating func removeUnusedConstants() {
    guard !constants.isEmpty else { return }
    var isUsed = [Bool](repeating: false, count: constants.count)
    isUsed[0] = true
    let order = order
    for block in order {
      for instruction in block.instructions where instruction.opcode.spec.operand == .constant {
        isUsed[instruction.operand] = true
      }
    }
    var newIndex = [Int](repeating: 0, count: constants.count)
    var kept: [ConstantKey] = []
    for index in constants.indices where isUsed[index] {
      newIndex[index] = kept.count
      kept.append(constants[index])
    }
    constants = kept
    for block in order {
      for index in block.instructions.indices where block.instructions[index].opcode.spec.operand == .constant {
        block.instructions[index].operand = newIndex[block.instructions[index].operand]
      }
    }
  }

  private static let maskedLocals = 64

  /// A read of a local that may be unbound becomes LOAD_FAST_CHECK.
  func addUnboundChecks(localCount: Int, parameterCount: Int) {
    guard localCount > 0 else { return }
    if localCount > Self.maskedLocals { checkManyLocals(localCount) }
    clearVisited()
    var mask: UInt64 = 0
    for local in parameterCount..<max(parameterCount, min(localCount, Self.maskedLocals)) { mask |= 1 << local }
    var pending: [Int] = []
    reach(0, mask, &pending)
    for block in order { scanLocals(block, &pending) }
    while let index = pending.popLast() {
      blocks[index].isVisited = false
      scanLocals(blocks[index], &pending)
    }
  }

  private func reach(_ index: Int, _ mask: UInt64, _ pending: inout [Int]) {
    let block = blocks[index]
    guard block.unboundMask | mask != block.unboundMask else { return }
    block.unboundMask |= mask
    if !block.isVisited {
      block.isVisited = true
      pending.append(index)
    }
  }

  private func scanLocals(_ block: Block, _ pending: inout [Int]) {
    var mask = block.unboundMask
    for index in block.instructions.indices {
      if block.handlers[index] != Block.noHandler { reach(block.handlers[index], mask, &pending) }
      let local = block.instructions[index].operand
      guard local < Self.maskedLocals else { continue }
      let bit: UInt64 = 1 << local
      switch block.instructions[index].opcode {
      case .deleteFast, .loadFastAndClear, .storeFastMaybeNull: mask |= bit
      case .storeFast, .loadFastCheck: mask &= ~bit
      case .loadFast:
        if mask & bit != 0 { block.instructions[index].opcode = .loadFastCheck }
        mask &= ~bit
      default: break
      }
    }
    if block.fallsThrough, let next = block.next { reach(next, mask, &pending) }
    if let last = block.last, last.opcode.isFlowJump { reach(last.target, mask, &pending) }
  }

  /// Locals beyond the mask are looked at one block at a time.
  private func checkManyLocals(_ localCount: Int) {
    for block in order {
      var isBound = [Bool](repeating: false, count: localCount)
      for index in block.instructions.indices {
        let local = block.instructions[index].operand
        guard local >= Self.maskedLocals, local < localCount else { continue }
        switch block.instructions[index].opcode {
        case .deleteFast, .loadFastAndClear, .storeFastMaybeNull: isBound[local] = false
        case .storeFast: isBound[local] = true
        case .loadFast:
          if !isBound[local] { block.instructions[index].opcode = .loadFastCheck }
          isBound[local] = true
        default: break
        }
      }
    }
  }

  /// Only the first 16 locals take part, as in CPython, so that the instructions are the same.
  private static let pairedLocals = 16

  func insertSuperinstructions() {
    for block in order {
      for index in block.instructions.indices.dropLast() {
        let first = block.instructions[index]
        let second = block.instructions[index + 1]
        let joined: Opcode
        switch (first.opcode, second.opcode) {
        case (.loadFast, .loadFast): joined = .loadFastLoadFast
        case (.storeFast, .loadFast): joined = .storeFastLoadFast
        case (.storeFast, .storeFast): joined = .storeFastStoreFast
        default: continue
        }
        if first.position.hasLine, second.position.hasLine, first.position.line != second.position.line { continue }
        guard first.operand < Self.pairedLocals, second.operand < Self.pairedLocals else { continue }
        block.replace(index, with: joined, first.operand << 12 | second.operand)
        block.replace(index + 1, with: .nop)
      }
    }
    removeRedundantNops()
  }
}
