// Passes over whole blocks: copying short ends to where they are jumped to, dropping what is never reached, redundant jumps and no-ops,
// and moving the handlers out of the way to the end.

import PythonBytecode

extension FlowGraph {
  /// Blocks of at most this size that leave the function are copied.
  private static let copyLimit = 4

  func inlineSmallBlocks() {
    let order = order
    var changed = true
    while changed {
      changed = false
      for block in order where inlineTarget(of: block) { changed = true }
    }
  }

  private func inlineTarget(of block: Block) -> Bool {
    guard let last = block.last, last.opcode.isUnconditionalJump else { return false }
    let target = blocks[last.target]
    guard target !== block else { return false }
    let isSmallExit = target.exitsScope && target.instructions.count <= Self.copyLimit
    guard isSmallExit || (target.hasNoLine && !target.fallsThrough) else { return false }
    block.replace(block.instructions.count - 1, with: .nop)
    defer {
      // A jump that looks at the eval breaker stays one that does.
      if !isSmallExit, last.opcode == .jump, block.last?.opcode == .jumpNoInterrupt {
        block.instructions[block.instructions.count - 1].opcode = .jump
      }
    }
    for index in target.instructions.indices {
      block.append(target.instructions[index], handler: target.handlers[index])
    }
    target.predecessors -= 1
    return true
  }

  /// Also counts the predecessors of each block.
  func removeUnreachable() {
    for block in blocks {
      block.isVisited = false
      block.predecessors = 0
    }
    var pending = [0]
    entry.isVisited = true
    entry.predecessors = 1
    func reach(_ index: Int) {
      blocks[index].predecessors += 1
      guard !blocks[index].isVisited else { return }
      blocks[index].isVisited = true
      pending.append(index)
    }
    while let index = pending.popLast() {
      let block = blocks[index]
      if block.fallsThrough, let next = block.next { reach(next) }
      for instruction in block.instructions where instruction.target != Instruction.noTarget {
        reach(instruction.target)
      }
    }
    for block in blocks where block.predecessors == 0 {
      block.instructions = []
      block.handlers = []
      block.isExceptHandler = false
    }
  }

  func removeRedundantNopsAndJumps() {
    repeat { removeRedundantNops() } while removeRedundantJumps()
  }

  /// A jump to what comes next anyway.
  private func removeRedundantJumps() -> Bool {
    var changed = false
    for block in order {
      guard let last = block.last, last.opcode.isUnconditionalJump else { continue }
      if nextNonempty(from: last.target) == nextNonempty(from: block.next) {
        block.replace(block.instructions.count - 1, with: .nop)
        changed = true
      }
    }
    return changed
  }

  func removeRedundantNops() {
    for block in order { removeRedundantNops(block) }
  }

  /// A no-op stays only when it is the only instruction of its line.
  func removeRedundantNops(_ block: Block) {
    guard block.instructions.contains(where: { $0.opcode == .nop }) else { return }
    var previousLine: Int32 = -1
    let count = block.instructions.count
    block.keep { index in
      let position = block.instructions[index].position
      if block.instructions[index].opcode == .nop {
        if !position.hasLine || position.line == previousLine { return false }
        if index < count - 1 {
          let next = block.instructions[index + 1].position
          if next.line == position.line { return false }
          if !next.hasLine {
            block.instructions[index + 1].position = position
            return false
          }
        } else if let next = nextNonempty(from: block.next) {
          let first = blocks[next].instructions.first { $0.opcode != .nop || $0.position.hasLine }
          if first?.position.line == position.line { return false }
        }
      }
      previousLine = position.line
      return true
    }
  }

  /// A constant or a copy that is dropped at once.
  func removeRedundantNopsAndPairs() {
    var done = false
    while !done {
      done = true
      var previous: (block: Block, index: Int)?
      for block in order {
        removeRedundantNops(block)
        if block.isJumpTarget { previous = nil }
        for index in block.instructions.indices {
          if block.instructions[index].opcode == .popTop, let previous {
            let instruction = previous.block.instructions[previous.index]
            if instruction.opcode == .loadConst || (instruction.opcode == .copy && instruction.operand == 1) {
              previous.block.replace(previous.index, with: .nop)
              block.replace(index, with: .nop)
              done = false
            }
          }
          previous = (block, index)
        }
        if block.last?.opcode.isFlowJump == true || !block.fallsThrough { previous = nil }
      }
    }
  }
}

// Cold blocks.
extension FlowGraph {
  mutating func pushColdBlocksToEnd() {
    guard entry.next != nil else { return }
    markWarm()
    markCold()
    // A cold block that runs into a warm one must jump there instead.
    for block in order where block.isCold && block.fallsThrough {
      guard let next = block.next, blocks[next].isWarm else { continue }
      let bridge = addBlock(isJumpTarget: false)
      blocks[bridge].append(
        Instruction(opcode: .jumpNoInterrupt, operand: 0, target: next, position: .none))
      blocks[bridge].isCold = true
      blocks[bridge].predecessors = 1
      blocks[bridge].next = next
      block.next = bridge
    }
    var warm: [Int] = []
    var cold: [Int] = []
    var index: Int? = 0
    while let current = index {
      if blocks[current].isCold { cold.append(current) } else { warm.append(current) }
      index = blocks[current].next
    }
    guard !cold.isEmpty else { return }
    relink(warm + cold)
    removeRedundantNopsAndJumps()
  }

  func relink(_ order: [Int]) {
    for (position, index) in order.enumerated() {
      blocks[index].next = position + 1 < order.count ? order[position + 1] : nil
    }
  }

  /// Warm is what is reached without an exception.
  private func markWarm() {
    clearVisited()
    var pending = [0]
    entry.isVisited = true
    while let index = pending.popLast() {
      let block = blocks[index]
      block.isWarm = true
      spread(from: block, into: &pending) { !$0.isVisited }
    }
  }

  private func markCold() {
    clearVisited()
    var pending: [Int] = []
    for (index, block) in blocks.enumerated() where block.isExceptHandler && !block.isWarm {
      block.isVisited = true
      pending.append(index)
    }
    while let index = pending.popLast() {
      let block = blocks[index]
      block.isCold = true
      spread(from: block, into: &pending) { !$0.isVisited && !$0.isWarm }
    }
  }

  private func spread(from block: Block, into pending: inout [Int], where include: (Block) -> Bool) {
    var successors = block.instructions.filter { $0.opcode.isFlowJump }.map(\.target)
    if block.fallsThrough, let next = block.next { successors.append(next) }
    for successor in successors where include(blocks[successor]) {
      blocks[successor].isVisited = true
      pending.append(successor)
    }
  }
}
