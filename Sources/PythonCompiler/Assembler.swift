// Last stage: the optimised flow graph of a unit becomes a code object.
//
//  1. pseudo instructions become real ones, cells get their place among the fast locals, the prologue is put in front;
//  2. the depth of the stack is computed along all paths;
//  3. jumps get their direction; words, exception table and positions are written in one walk.

import PythonBytecode

struct Assembler {
  private let unit: Unit
  private let fileName: String
  private let flags: CodeFlags
  private var graph: FlowGraph

  init(unit: Unit, fileName: String, flags: CodeFlags) {
    self.unit = unit
    self.fileName = fileName
    self.flags = flags
    graph = FlowGraph(unit)
  }

  private var parameterCount: Int {
    unit.argCount + unit.kwOnlyArgCount + (flags.contains(.varArgs) ? 1 : 0) + (flags.contains(.varKeywords) ? 1 : 0)
  }

  consuming func assemble() -> Code {
    let localCount = unit.localNames.keys.count
    graph.optimize(localCount: localCount, parameterCount: parameterCount)
    convertPseudoInstructions()
    let layout = LocalsLayout(unit)
    insertPrologue(layout)
    let stackSize = computeStackDepth()
    normalizeJumps()
    var writer = WordWriter(graph)
    writer.write()
    return Code(
      name: unit.name, qualname: unit.qualname, fileName: fileName, firstLine: unit.firstLine, flags: flags,
      argCount: unit.argCount, posOnlyArgCount: unit.posOnlyArgCount, kwOnlyArgCount: unit.kwOnlyArgCount,
      localNames: layout.names, localKinds: layout.kinds, stackSize: max(stackSize, 1), instructions: writer.words,
      constants: graph.constants.map(\.constant), names: unit.names.keys, exceptionTable: writer.exceptionTable,
      positions: writer.positions)
  }

  private func convertPseudoInstructions() {
    let layout = LocalsLayout(unit)
    for block in graph.order {
      for index in block.instructions.indices {
        let instruction = block.instructions[index]
        if instruction.opcode.spec.operand == .cell {
          block.instructions[index].operand = layout.slots[instruction.operand]
        }
        switch instruction.opcode {
        case .setupFinally, .setupCleanup, .setupWith, .popBlock: break
        case .loadClosure: block.instructions[index].opcode = .loadFast
        case .storeFastMaybeNull: block.instructions[index].opcode = .storeFast
        default: break
        }
      }
    }
  }

  /// In the end: free variables, cells, the generator's creation, then the unit's own instructions.
  private func insertPrologue(_ layout: LocalsLayout) {
    var prologue: [Instruction] = []
    func add(_ opcode: Opcode, _ operand: Int = 0, line: Int32 = -1) {
      let position =
        line < 0 ? SourcePosition.none : SourcePosition(line: line, endLine: line, column: -1, endColumn: -1)
      prologue.append(
        Instruction(opcode: opcode, operand: operand, target: Instruction.noTarget, position: position))
    }
    if layout.freeCount > 0 { add(.copyFreeVars, layout.freeCount) }
    for slot in layout.cellSlots.sorted() { add(.makeCell, slot) }
    if !flags.isDisjoint(with: [.generator, .coroutine, .asyncGenerator]) {
      add(.returnGenerator, line: unit.firstLine)
      add(.popTop, line: unit.firstLine)
    }
    let entry = graph.entry
    entry.instructions.insert(contentsOf: prologue, at: 0)
    entry.handlers.insert(contentsOf: [Int](repeating: Block.noHandler, count: prologue.count), at: 0)
  }

  private func computeStackDepth() -> Int {
    var deepest = 0
    for block in graph.blocks { block.startDepth = -1 }
    var pending: [Int] = []
    func reach(_ index: Int, _ depth: Int) {
      guard graph.blocks[index].startDepth < depth else { return }
      // On correct code every path brings the same depth; the larger one keeps a wrong one from overflowing.
      graph.blocks[index].startDepth = depth
      pending.append(index)
    }
    reach(0, 0)
    while let index = pending.popLast() {
      let block = graph.blocks[index]
      var depth = block.startDepth
      for instruction in block.instructions {
        if instruction.target != Instruction.noTarget {
          let jumped = depth + instruction.opcode.stackEffect(operand: instruction.operand, jumping: true)
          deepest = max(deepest, jumped)
          reach(instruction.target, jumped)
        }
        depth += instruction.opcode.stackEffect(operand: instruction.operand, jumping: false)
        deepest = max(deepest, depth)
      }
      if block.fallsThrough, let next = block.next { reach(next, depth) }
    }
    // The SETUP brackets have told the handlers' depths and are not needed any more.
    for block in graph.order {
      for index in block.instructions.indices where block.instructions[index].opcode.isBlockPush {
        block.replace(index, with: .nop)
      }
    }
    graph.removeRedundantNops()
    return deepest
  }

  /// Conditional jumps only go forward: a backward one jumps over a jump.
  private mutating func normalizeJumps() {
    graph.clearVisited()
    var index: Int? = 0
    while let current = index {
      let block = graph.blocks[current]
      block.isVisited = true
      index = block.next
      guard let last = block.last, last.opcode.isFlowJump else { continue }
      let end = block.instructions.count - 1
      let isForward = !graph.blocks[last.target].isVisited
      switch last.opcode {
      case .jump: block.instructions[end].opcode = isForward ? .jumpForward : .jumpBackward
      case .jumpNoInterrupt: block.instructions[end].opcode = isForward ? .jumpForward : .jumpBackwardNoInterrupt
      case .popJumpIfTrue, .popJumpIfFalse, .popJumpIfNone, .popJumpIfNotNone:
        guard !isForward, let next = block.next else { continue }
        let backward = graph.addBlock(isJumpTarget: false)
        graph.blocks[backward].append(
          Instruction(opcode: .jump, operand: 0, target: last.target, position: last.position))
        graph.blocks[backward].startDepth = graph.blocks[last.target].startDepth
        graph.blocks[backward].next = next
        block.next = backward
        block.instructions[end].opcode = last.opcode.inverted
        block.instructions[end].target = next
        index = backward
      default: break
      }
    }
  }
}

extension Opcode {
  fileprivate var inverted: Opcode {
    switch self {
    case .popJumpIfTrue: .popJumpIfFalse
    case .popJumpIfFalse: .popJumpIfTrue
    case .popJumpIfNone: .popJumpIfNotNone
    case .popJumpIfNotNone: .popJumpIfNone
    default: self
    }
  }
}

/// The order of the fast locals: names, then cells that are not among them, then free variables.
private struct LocalsLayout {
  private(set) var names: [String]
  private(set) var kinds: [LocalKind]
  /// Slot of each cell and free variable, in the numbering of CodeGenerator.
  private(set) var slots: [Int] = []
  private(set) var cellSlots: [Int] = []
  let freeCount: Int

  init(_ unit: Unit) {
    names = unit.localNames.keys
    kinds = names.map { unit.fastHidden[$0] != nil ? [.local, .hidden] : .local }
    freeCount = unit.freeNames.keys.count
    for name in unit.cellNames.keys {
      if let slot = unit.localNames.existingIndex(of: name) {
        kinds[slot].insert(.cell)
        slots.append(slot)
      } else {
        slots.append(names.count)
        names.append(name)
        kinds.append(.cell)
      }
    }
    cellSlots = slots
    for name in unit.freeNames.keys {
      slots.append(names.count)
      names.append(name)
      kinds.append(.free)
    }
  }
}

/// Writes the words of the blocks in their order.
private struct WordWriter {
  private let graph: FlowGraph
  private(set) var words: [UInt32] = []
  private(set) var exceptionTable: [ExceptionRange] = []
  private(set) var positions: [PositionRun] = []
  private var starts: [Int]
  private var handler = Block.noHandler
  private var rangeBegin = 0

  init(_ graph: FlowGraph) {
    self.graph = graph
    starts = [Int](repeating: 0, count: graph.blocks.count)
  }

  mutating func write() {
    var size = 0
    var index: Int? = 0
    while let current = index {
      starts[current] = size
      for instruction in graph.blocks[current].instructions { size += 1 + instruction.opcode.cacheWords }
      index = graph.blocks[current].next
    }
    words.reserveCapacity(size)
    for block in graph.order {
      for index in block.instructions.indices { write(block.instructions[index], handler: block.handlers[index]) }
    }
    endRange()
  }

  private mutating func write(_ instruction: Instruction, handler newHandler: Int) {
    if newHandler != handler {
      endRange()
      handler = newHandler
      rangeBegin = words.count
    }
    if positions.last?.position != instruction.position {
      positions.append(PositionRun(begin: UInt32(words.count), position: instruction.position))
    }
    let operand = instruction.target == Instruction.noTarget ? instruction.operand : starts[instruction.target]
    words.append(InstructionWord.write(instruction.opcode, operand))
    for _ in 0..<instruction.opcode.cacheWords { words.append(0) }
  }

  private mutating func endRange() {
    guard handler != Block.noHandler, words.count > rangeBegin else { return }
    let block = graph.blocks[handler]
    let pushed = block.preservesLastInstruction ? 2 : 1
    exceptionTable.append(
      ExceptionRange(
        begin: UInt32(rangeBegin), end: UInt32(words.count), target: UInt32(starts[handler]),
        depth: UInt32(max(block.startDepth - pushed, 0)), pushesLastInstruction: block.preservesLastInstruction))
  }
}
