// What lies on the value stack before each instruction, as far as a jump of a debugger has to know (CPython's `frame_setlineno`): which items are
// iterators of loops, exceptions that are handled, places to raise at again, or no objects at all.

/// What an item of the value stack is.
public enum StackKind: Int, Sendable {
  case iterator = 1
  case exception, object, null, lastInstruction
}

/// The kinds of a stack's items, three bits for each, the top lowest; the order of such numbers is CPython's order of preference among targets.
///
///     empty 0    iterator below an object: 0b001_011 = 11
public struct StackKinds: Equatable, Sendable {
  public private(set) var bits: Int
  /// The instruction that made each item, from the bottom.
  public private(set) var origins: [Int] = []
  public static let empty = StackKinds(bits: 0)
  /// The instruction is never reached.
  public static let unreached = StackKinds(bits: -2)
  /// Too many items for the bits.
  public static let tooDeep = StackKinds(bits: -1)
  private static let bitsOfItem = 3
  private static let full = 1 << 60

  public var isKnown: Bool { bits >= 0 }
  public var top: StackKind? { bits < 0 ? nil : StackKind(rawValue: bits & 7) }

  private init(bits: Int, origins: [Int] = []) {
    self.bits = bits
    self.origins = origins
  }

  func pushing(_ kind: StackKind, from origin: Int) -> StackKinds {
    guard bits < Self.full else { return .tooDeep }
    return bits < 0 ? self : StackKinds(bits: bits << Self.bitsOfItem | kind.rawValue, origins: origins + [origin])
  }
  public var popped: StackKinds {
    bits < 0 ? self : StackKinds(bits: bits >> Self.bitsOfItem, origins: Array(origins.dropLast()))
  }

  /// The kind of the item `n` from the top, which is 1.
  private func kind(_ n: Int) -> StackKind {
    bits < 0 ? .object : StackKind(rawValue: bits >> (Self.bitsOfItem * (n - 1)) & 7) ?? .object
  }
  private func replacing(_ n: Int, _ kind: StackKind) -> Int {
    let shift = Self.bitsOfItem * (n - 1)
    return bits & ~(7 << shift) | kind.rawValue << shift
  }
  func copying(_ n: Int) -> StackKinds {
    isKnown && n <= origins.count ? pushing(kind(n), from: origins[origins.count - n]) : self
  }
  func swapping(_ n: Int) -> StackKinds {
    guard isKnown, n <= origins.count else { return self }
    var result = StackKinds(bits: replacing(1, kind(n)), origins: origins)
    result.bits = result.replacing(n, kind(1))
    result.origins.swapAt(origins.count - 1, origins.count - n)
    return result
  }
  func cut(to depth: Int) -> StackKinds {
    var result = self
    while result.isKnown, result.origins.count > depth { result = result.popped }
    return result
  }

  /// Whether a stack like this can be made one like `target` by dropping items.
  public func canBecome(_ target: StackKinds) -> Bool {
    guard isKnown, target.isKnown else { return false }
    var from = self
    while from.bits > target.bits { from = from.popped }
    var to = target
    while from.bits != 0 {
      let fits: Bool =
        switch to.top {
        case nil: false
        case .object: from.top != .null
        case .null: true
        default: from.top == to.top
        }
      guard fits else { return false }
      from = from.popped
      to = to.popped
    }
    return to.bits == 0
  }
}

extension Code {
  /// The stack before each instruction word.
  public var stackKinds: [StackKinds] {
    var kinds = [StackKinds](repeating: .unreached, count: instructions.count + 1)
    guard !instructions.isEmpty else { return kinds }
    kinds[0] = .empty
    var waiting = [0]
    func reach(_ word: Int, _ stack: StackKinds) {
      guard word < instructions.count, kinds[word] == .unreached else { return }
      kinds[word] = stack
      waiting.append(word)
    }
    while let word = waiting.popLast() {
      guard let opcode = InstructionWord.opcode(instructions[word]) else { continue }
      let operand = InstructionWord.operand(instructions[word])
      let stack = kinds[word]
      if let range = exceptionTable.first(where: { Int($0.begin) <= word && word < Int($0.end) }) {
        var handler = stack.cut(to: Int(range.depth))
        if range.pushesLastInstruction { handler = handler.pushing(.lastInstruction, from: word) }
        reach(Int(range.target), handler.pushing(.exception, from: word))
      }
      if opcode.spec.isJump { reach(operand, stack.after(opcode, operand, word, jumping: true)) }
      switch opcode {
      case .jumpForward, .jumpBackward, .jumpBackwardNoInterrupt, .returnValue, .returnConst,
        .raiseVarargs, .reraise,
        .interpreterExit:
        break
      default: reach(word + 1 + opcode.cacheWords, stack.after(opcode, operand, word, jumping: false))
      }
    }
    return kinds
  }
}

extension StackKinds {
  /// The stack behind an instruction.
  fileprivate func after(_ opcode: Opcode, _ operand: Int, _ word: Int, jumping: Bool) -> StackKinds {
    func object(_ stack: StackKinds, withNull: Bool) -> StackKinds {
      let result = stack.pushing(.object, from: word)
      return withNull ? result.pushing(.null, from: word) : result
    }
    switch opcode {
    case .getIter, .getAiter: return popped.pushing(.iterator, from: word)
    case .pushNull, .loadFastAndClear: return pushing(.null, from: word)
    case .pushExcInfo: return pushing(.exception, from: word)
    case .beforeWith, .beforeAsyncWith: return popped.pushing(.object, from: word).pushing(.object, from: word)
    case .loadGlobal: return object(self, withNull: operand & 1 == 1)
    case .loadAttr: return object(popped, withNull: operand & 1 == 1)
    case .loadSuperAttr: return object(popped.popped.popped, withNull: operand & 1 == 1)
    case .copy: return copying(operand)
    case .swap: return swapping(operand)
    default:
      let change = opcode.stackEffect(operand: operand, jumping: jumping)
      var result = self
      for _ in 0..<max(0, -change) { result = result.popped }
      for _ in 0..<max(0, change) { result = result.pushing(.object, from: word) }
      return result
    }
  }
}
