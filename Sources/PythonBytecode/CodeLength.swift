// How long a code object is in CPython 3.13: the same instructions in units of two bytes, with its cache entries and EXTENDED_ARGs.

extension Opcode {
  /// The cache entries that follow the instruction in CPython.
  fileprivate var cacheUnits: Int {
    switch self {
    case .loadAttr: 9
    case .toBool: 3
    case .jumpBackward, .popJumpIfTrue, .popJumpIfFalse, .popJumpIfNone, .popJumpIfNotNone: 1
    default: spec.cacheWords
    }
  }
}

extension Code {
  /// Units of two bytes.
  public var unitCount: Int {
    let parts = decoded
    var index: [Int: Int] = [:]
    for (i, part) in parts.enumerated() { index[part.word] = i }
    var lengths = parts.map { part -> Int in
      let isJump = part.opcode?.spec.isJump ?? false
      return 1 + (part.opcode?.cacheUnits ?? 0)
        + (isJump ? 0 : Self.extensions(operandInUnits(part.opcode, part.operand)))
    }
    // A longer jump moves what it jumps over: until nothing grows.
    while true {
      var starts = [0]
      for length in lengths { starts.append(starts[starts.count - 1] + length) }
      var grows = false
      for (i, part) in parts.enumerated() {
        guard let opcode = part.opcode, opcode.spec.isJump, let target = index[part.operand] else {
          continue
        }
        let length = 1 + opcode.cacheUnits + Self.extensions(abs(starts[target] - starts[i + 1]))
        if length > lengths[i] {
          lengths[i] = length
          grows = true
        }
      }
      if !grows { return starts[parts.count] }
    }
  }

  private static func extensions(_ operand: Int) -> Int {
    operand > 0xFF_FFFF ? 3 : operand > 0xFFFF ? 2 : operand > 0xFF ? 1 : 0
  }

  /// CPython packs two locals into four bits each.
  private func operandInUnits(_ opcode: Opcode?, _ operand: Int) -> Int {
    switch opcode {
    case .loadFastLoadFast, .storeFastLoadFast, .storeFastStoreFast:
      (operand >> 12) << 4 | operand & 15
    default: operand
    }
  }
}
