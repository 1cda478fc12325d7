// Improvements inside a block: constant conditions, returns of constants, tests that are already bools, jumps to jumps, stack swaps
// that stores can do in another order.

import PythonBytecode

extension FlowGraph {
  /// Constants that are tested, compared with None, or returned.
  mutating func foldConstantLoads(_ block: Block) {
    var loaded: Int?
    var index = -1
    while index + 1 < block.instructions.count {
      index += 1
      let instruction = block.instructions[index]
      let isCopyOfConstant = loaded != nil && instruction.opcode == .copy && instruction.operand == 1
      if !isCopyOfConstant { loaded = instruction.opcode == .loadConst ? instruction.operand : nil }
      guard let constantIndex = loaded, index + 1 < block.instructions.count else { continue }
      let constant = constants[constantIndex].constant
      switch block.instructions[index + 1].opcode {
      case .popJumpIfFalse, .popJumpIfTrue:
        guard let isTrue = ConstantArithmetic.isTrue(constant) else { continue }
        block.replace(index, with: .nop)
        if isTrue == (block.instructions[index + 1].opcode == .popJumpIfTrue) {
          block.instructions[index + 1].opcode = .jump
        } else {
          block.replace(index + 1, with: .nop)
        }
      case .isOp:
        if case .none = constant { foldNoneTest(block, index) }
      case .returnValue:
        block.replace(index, with: .nop)
        index += 1
        block.replace(index, with: .returnConst, constantIndex)
      case .toBool:
        guard let isTrue = ConstantArithmetic.isTrue(constant) else { continue }
        block.replace(index, with: .nop)
        block.replace(index + 1, with: .loadConst, self.constantIndex(.bool(isTrue)))
      default: break
      }
    }
  }

  /// `x is None` before a jump is one instruction with the jump.
  private func foldNoneTest(_ block: Block, _ index: Int) {
    let test = index + 1
    var jump = index + 2
    guard jump < block.instructions.count else { return }
    if block.instructions[jump].opcode == .toBool {
      block.replace(jump, with: .nop)
      jump += 1
      guard jump < block.instructions.count else { return }
    }
    var jumpsIfNone = block.instructions[test].operand == 0
    switch block.instructions[jump].opcode {
    case .popJumpIfTrue: break
    case .popJumpIfFalse: jumpsIfNone.toggle()
    default: return
    }
    block.replace(index, with: .nop)
    block.replace(test, with: .nop)
    block.instructions[jump].opcode = jumpsIfNone ? .popJumpIfNone : .popJumpIfNotNone
  }

  mutating func optimizeBlock(_ block: Block) {
    var index = 0
    while index < block.instructions.count {
      let instruction = block.instructions[index]
      let next = index + 1 < block.instructions.count ? block.instructions[index + 1] : nil
      switch instruction.opcode {
      case .buildTuple: optimizeTuple(block, index, next)
      case .popJumpIfFalse, .popJumpIfTrue, .popJumpIfNone, .popJumpIfNotNone:
        if let target = threadTarget(instruction), target.opcode == .jump {
          if thread(block, index, target, instruction.opcode) { continue }
        }
      case .jump, .jumpNoInterrupt:
        if let target = threadTarget(instruction) {
          if target.opcode == .jump, thread(block, index, target, .jump) { continue }
          if target.opcode == .jumpNoInterrupt, thread(block, index, target, instruction.opcode) { continue }
        }
      case .compareOp:
        if next?.opcode == .toBool {
          block.replace(index, with: .nop)
          block.replace(index + 1, with: .compareOp, instruction.operand | ComparisonOperation.toBoolBit)
        }
      case .containsOp, .isOp:
        if next?.opcode == .toBool {
          block.replace(index, with: .nop)
          block.replace(index + 1, with: instruction.opcode, instruction.operand)
        }
      case .unaryNot:
        if next?.opcode == .toBool {
          block.replace(index, with: .nop)
          block.replace(index + 1, with: .unaryNot)
        }
      case .toBool:
        if next?.opcode == .toBool { block.replace(index, with: .nop) }
      case .loadGlobal:
        if next?.opcode == .pushNull, instruction.operand & 1 == 0 {
          block.instructions[index].operand |= 1
          block.replace(index + 1, with: .nop)
        }
      case .storeFast:
        if let next, next.opcode == .storeFast, next.operand == instruction.operand,
          next.position.line == instruction.position.line
        {
          block.replace(index, with: .popTop)
        }
      case .swap:
        if instruction.operand == 1 { block.replace(index, with: .nop) }
      default: break
      }
      index += 1
    }
    optimizeSwaps(block)
  }

  private mutating func optimizeTuple(_ block: Block, _ index: Int, _ next: Instruction?) {
    let count = block.instructions[index].operand
    if let next, next.opcode == .unpackSequence, next.operand == count, (1...3).contains(count) {
      block.replace(index, with: .nop)
      if count == 1 { block.replace(index + 1, with: .nop) } else { block.replace(index + 1, with: .swap, count) }
      return
    }
    guard index >= count else { return }
    var items: [Constant] = []
    for position in (index - count)..<index {
      guard block.instructions[position].opcode == .loadConst else { return }
      items.append(constants[block.instructions[position].operand].constant)
    }
    for position in (index - count)..<index { block.replace(position, with: .nop) }
    block.replace(index, with: .loadConst, constantIndex(.tuple(items)))
  }

  private func threadTarget(_ jump: Instruction) -> Instruction? {
    nextNonempty(from: jump.target).flatMap { blocks[$0].instructions.first }
  }

  /// Jumps to where the jump at the target goes. The old place stays as a no-op until it is known whether its line needs it.
  private func thread(_ block: Block, _ index: Int, _ target: Instruction, _ opcode: Opcode) -> Bool {
    guard block.instructions[index].target != target.target else { return false }
    block.replace(index, with: .nop)
    // N.B. Without a handler, as in CPython: a signal that arrives at this jump passes by the handlers around.
    block.append(Instruction(opcode: opcode, operand: 0, target: target.target, position: target.position))
    return true
  }
}

// Swaps.
extension FlowGraph {
  private func optimizeSwaps(_ block: Block) {
    var index = 0
    while index < block.instructions.count {
      if block.instructions[index].opcode == .swap {
        shortenSwaps(block, &index)
        applySwaps(block, upTo: index)
      }
      index += 1
    }
  }

  /// Replaces a run of swaps by the shortest one with the same effect; every cycle of the permutation is turned through the top.
  private func shortenSwaps(_ block: Block, _ start: inout Int) {
    var depth = block.instructions[start].operand
    var length = 1
    var hasMore = false
    while start + length < block.instructions.count {
      let instruction = block.instructions[start + length]
      if instruction.opcode == .swap {
        depth = max(depth, instruction.operand)
        hasMore = true
      } else if instruction.opcode != .nop {
        break
      }
      length += 1
    }
    guard hasMore else { return }
    var stack = Array(0..<depth)
    for index in start..<(start + length) where block.instructions[index].opcode == .swap {
      stack.swapAt(0, block.instructions[index].operand - 1)
    }
    let visited = -1
    var current = start + length - 1
    for first in 0..<depth where stack[first] != visited && stack[first] != first {
      var item = first
      while true {
        if item != 0 {
          block.replace(current, with: .swap, item + 1)
          current -= 1
        }
        if stack[item] == visited { break }
        let next = stack[item]
        stack[item] = visited
        item = next
      }
    }
    while current >= start {
      block.replace(current, with: .nop)
      current -= 1
    }
    start += length - 1
  }

  /// A swap before stores is saved by exchanging the stores.
  private func applySwaps(_ block: Block, upTo end: Int) {
    var index = end
    while index >= 0 {
      defer { index -= 1 }
      let swap = block.instructions[index]
      if swap.opcode != .swap {
        if swap.opcode == .nop || swap.opcode.canBeReordered { continue }
        return
      }
      guard let first = nextReorderable(block, after: index, line: -1) else { return }
      let line = block.instructions[first].position.line
      var second = first
      for _ in 1..<swap.operand {
        guard let next = nextReorderable(block, after: second, line: line) else { return }
        second = next
      }
      let firstStore = block.instructions[first].storedLocal
      let secondStore = block.instructions[second].storedLocal
      if firstStore != nil || secondStore != nil {
        if firstStore == secondStore { return }
        for between in (first + 1)..<second {
          if let store = block.instructions[between].storedLocal, store == firstStore || store == secondStore { return }
        }
      }
      block.replace(index, with: .nop)
      block.instructions.swapAt(first, second)
    }
  }

  private func nextReorderable(_ block: Block, after start: Int, line: Int32) -> Int? {
    for index in (start + 1)..<max(start + 1, block.instructions.count) {
      let instruction = block.instructions[index]
      if line >= 0, instruction.position.line != line { return nil }
      if instruction.opcode == .nop { continue }
      return instruction.opcode.canBeReordered ? index : nil
    }
    return nil
  }
}

extension Opcode {
  fileprivate var canBeReordered: Bool { self == .storeFast || self == .storeFastMaybeNull || self == .popTop }
}

extension Instruction {
  fileprivate var storedLocal: Int? {
    opcode == .storeFast || opcode == .storeFastMaybeNull ? operand : nil
  }
}
