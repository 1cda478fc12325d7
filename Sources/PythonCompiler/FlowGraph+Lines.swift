// Gives a source position to the instructions that have none: those that the compiler added, which belong to what came before.

import PythonBytecode

extension FlowGraph {
  mutating func resolveLines() {
    duplicateExitsWithoutLine()
    propagateLines()
  }

  /// An end that several jumps share gets a copy for each, so that it can have the line of the jump.
  private mutating func duplicateExitsWithoutLine() {
    for block in order {
      guard let last = block.last, last.opcode.isFlowJump, let target = nextNonempty(from: last.target) else {
        continue
      }
      guard isExitWithoutLine(blocks[target]), blocks[target].predecessors > 1 else { continue }
      let copy = addBlock(isJumpTarget: true)
      let original = blocks[target]
      for index in original.instructions.indices {
        blocks[copy].append(original.instructions[index], handler: original.handlers[index])
      }
      blocks[copy].instructions[0].position = last.position
      blocks[copy].predecessors = 1
      blocks[copy].next = original.next
      original.next = copy
      original.predecessors -= 1
      block.instructions[block.instructions.count - 1].target = copy
    }
    for block in order where block.fallsThrough {
      guard let next = next(of: block), let last = block.last, isExitWithoutLine(next) else { continue }
      if !next.instructions.isEmpty { next.instructions[0].position = last.position }
    }
  }

  private func isExitWithoutLine(_ block: Block) -> Bool {
    guard block.exitsScope || block.instructions.contains(where: { $0.opcode.checksEvalBreaker }) else { return false }
    return block.hasNoLine
  }

  private func propagateLines() {
    for block in order {
      guard let last = block.last else { continue }
      var position = SourcePosition.none
      for index in block.instructions.indices {
        if block.instructions[index].position.hasLine {
          position = block.instructions[index].position
        } else {
          block.instructions[index].position = position
        }
      }
      if block.fallsThrough, let next = next(of: block), next.predecessors == 1 { inherit(position, next) }
      if last.opcode.isFlowJump, blocks[last.target].predecessors == 1 { inherit(position, blocks[last.target]) }
    }
  }

  private func inherit(_ position: SourcePosition, _ block: Block) {
    guard let first = block.instructions.first, !first.position.hasLine else { return }
    block.instructions[0].position = position
  }
}
