// Checks the code that `_sre.compile` is given before the machine runs it: every jump stays inside, every group exists,
// every set ends.

struct RegexCheck {
  let code: UnsafePointer<UInt32>
  let count: Int
  let groups: Int

  static func isValid(_ code: UnsafePointer<UInt32>, _ count: Int, _ groups: Int) -> Bool {
    guard count > 0, code[count - 1] == RegexOp.success.rawValue else { return false }
    return RegexCheck(code: code, count: count, groups: groups).isBlock(0, count, depth: 0)
  }

  /// Whether `from ..< to` is a sequence of whole instructions.
  private func isBlock(_ from: Int, _ to: Int, depth: Int) -> Bool {
    guard from <= to, to <= count, depth < 1000 else { return false }
    var pc = from
    while pc < to {
      guard let next = instructionEnd(pc, to, depth), next <= to else { return false }
      pc = next
    }
    return pc == to
  }

  /// The place behind the instruction; nil: it is not valid.
  private func instructionEnd(_ pc: Int, _ to: Int, _ depth: Int) -> Int? {
    guard let op = RegexOp(rawValue: code[pc]) else { return nil }
    func word(_ i: Int) -> Int? { pc + i < to ? Int(code[pc + i]) : nil }
    switch op {
    case .success, .failure, .any, .anyAll, .maxUntil, .minUntil: return pc + 1
    case .literal, .notLiteral, .literalIgnore, .notLiteralIgnore, .literalLocIgnore, .notLiteralLocIgnore,
      .literalUniIgnore,
      .notLiteralUniIgnore, .category, .at:
      return word(1).map { _ in pc + 2 }
    case .mark: return word(1).flatMap { $0 < 2 * groups ? pc + 2 : nil }
    case .groupRef, .groupRefIgnore, .groupRefLocIgnore, .groupRefUniIgnore:
      return word(1).flatMap { $0 < groups ? pc + 2 : nil }
    case .groupRefExists:
      guard let group = word(1), let skip = word(2), group < groups, pc + 1 + skip <= count else { return nil }
      return pc + 3
    case .in, .inIgnore, .inLocIgnore, .inUniIgnore:
      guard let skip = word(1), skip >= 2, pc + 1 + skip <= to, isSet(pc + 2, pc + 1 + skip) else { return nil }
      return pc + 1 + skip
    case .info:
      guard let skip = word(1), skip >= 4, pc + 1 + skip <= to else { return nil }
      let flags = code[pc + 2]
      if flags & 1 != 0 { return skip >= 7 ? pc + 1 + skip : nil }
      if flags & 4 != 0 { return isSet(pc + 5, pc + 1 + skip) ? pc + 1 + skip : nil }
      return pc + 1 + skip
    case .jump:
      guard let skip = word(1), skip > 0, pc + 1 + skip < count else { return nil }
      return pc + 2
    case .branch: return branchEnd(pc + 1, to, depth)
    case .repeatOne, .minRepeatOne, .possessiveRepeatOne, .assert, .assertNot, .atomicGroup:
      let head = op == .atomicGroup ? 2 : op == .assert || op == .assertNot ? 3 : 4
      guard let skip = word(1), isBlock(pc + head, pc + 1 + skip, depth: depth + 1), pc + 1 + skip < count,
        code[pc + skip] == RegexOp.success.rawValue
      else { return nil }
      return pc + 1 + skip
    case .repeat, .possessiveRepeat:
      guard let skip = word(1), isBlock(pc + 4, pc + 1 + skip, depth: depth + 1), pc + 1 + skip < to else { return nil }
      let last = code[pc + 1 + skip]
      let fits =
        op == .possessiveRepeat
        ? last == RegexOp.success.rawValue : last == RegexOp.maxUntil.rawValue || last == RegexOp.minUntil.rawValue
      return fits ? pc + 2 + skip : nil
    case .charset, .bigCharset, .negate, .range, .rangeUniIgnore, .subpattern: return nil
    }
  }

  private func branchEnd(_ first: Int, _ to: Int, _ depth: Int) -> Int? {
    var skip = first
    while skip < to, code[skip] != 0 {
      let next = skip + Int(code[skip])
      guard next < to, isBlock(skip + 1, next, depth: depth + 1) else { return nil }
      skip = next
    }
    return skip < to ? skip + 1 : nil
  }

  private func isSet(_ from: Int, _ to: Int) -> Bool {
    var p = from
    while p < to, let op = RegexOp(rawValue: code[p]) {
      switch op {
      case .failure: return p + 1 == to
      case .negate: p += 1
      case .literal, .category: p += 2
      case .range, .rangeUniIgnore: p += 3
      case .charset: p += 9
      case .bigCharset:
        guard p + 66 <= to else { return false }
        let blocks = Int(code[p + 1])
        let numbers = UnsafeRawPointer(code + p + 2)
        for i in 0..<256 where Int(numbers.load(fromByteOffset: i, as: UInt8.self)) >= blocks { return false }
        p += 66 + blocks * 8
      default: return false
      }
    }
    return false
  }
}
