// Code objects as text, in the layout of CPython's `dis`: line, label, instruction, operand and its meaning; then the exception table.

/// Writes the instructions of one code object, and of those among its constants.
public struct Disassembler {
  private let code: Code
  private var labels: [Int: String] = [:]
  private var text = ""

  private init(_ code: Code) {
    self.code = code
    for (index, target) in Self.labelled(code).sorted().enumerated() { labels[target] = "L\(index + 1)" }
  }

  public static func text(of code: Code, recursive: Bool = true) -> String {
    var disassembler = Disassembler(code)
    disassembler.write()
    var text = disassembler.text
    guard recursive else { return text }
    for case .code(let inner) in code.constants {
      text += "\nDisassembly of <code object \(inner.name), file \"\(inner.fileName)\", line \(inner.firstLine)>:\n"
      text += Self.text(of: inner)
    }
    return text
  }

  /// Jump targets and borders of the exception table.
  private static func labelled(_ code: Code) -> Set<Int> {
    var targets: Set<Int> = []
    for case (_, let opcode?, let operand) in code.decoded where opcode.spec.isJump { targets.insert(operand) }
    for range in code.exceptionTable { targets.formUnion([Int(range.begin), Int(range.end), Int(range.target)]) }
    return targets
  }

  private mutating func write() {
    var shownLine: Int32?
    for (word, opcode, operand) in code.decoded {
      let line = code.position(at: UInt32(word)).line
      var lineText = ""
      if line != shownLine {
        if shownLine != nil { text += "\n" }
        lineText = line < 0 ? "--" : String(line)
        shownLine = line
      }
      text += Self.padded(lineText, 4, toRight: true) + " "
      text += Self.padded(labels[word].map { $0 + ":" } ?? "", 6, toRight: true) + " "
      guard let opcode else {
        text += "<\(code.instructions[word] & 0xFF)>\n"
        continue
      }
      text += describe(opcode, operand) + "\n"
    }
    guard !code.exceptionTable.isEmpty else { return }
    text += "ExceptionTable:\n"
    for range in code.exceptionTable {
      text += "  \(label(Int(range.begin))) to \(label(Int(range.end))) -> \(label(Int(range.target))) [\(range.depth)]"
      text += range.pushesLastInstruction ? " lasti\n" : "\n"
    }
  }

  private func label(_ word: Int) -> String { labels[word] ?? String(word) }

  private func describe(_ opcode: Opcode, _ operand: Int) -> String {
    guard opcode.spec.operand != .none else { return opcode.name }
    let head = Self.padded(opcode.name, 24) + " " + Self.padded(String(operand), 3, toRight: true)
    let meaning = code.meaning(of: opcode, operand, label: label)
    return meaning.isEmpty ? head : head + " (" + meaning + ")"
  }

  private static func padded(_ text: String, _ width: Int, toRight: Bool = false) -> String {
    let fill = String(repeating: " ", count: max(0, width - text.utf8.count))
    return toRight ? fill + text : text + fill
  }
}

extension Code {
  /// The instructions with their word indices, without the cache words; the opcode is nil where a word has none.
  public var decoded: [(word: Int, opcode: Opcode?, operand: Int)] {
    var result: [(word: Int, opcode: Opcode?, operand: Int)] = []
    var word = 0
    while word < instructions.count {
      let opcode = InstructionWord.opcode(instructions[word])
      result.append((word, opcode, InstructionWord.operand(instructions[word])))
      word += 1 + (opcode?.cacheWords ?? 0)
    }
    return result
  }

  fileprivate func meaning(of opcode: Opcode, _ operand: Int, label: (Int) -> String) -> String {
    func local(_ index: Int) -> String { index < localNames.count ? localNames[index] : "?" }
    func name(_ index: Int) -> String { index < names.count ? names[index] : "?" }
    switch opcode.spec.operand {
    case .none, .count, .resume: return ""
    case .constant: return operand < constants.count ? constants[operand].representation : "?"
    case .local, .cell: return local(operand)
    case .localPair: return local(operand >> 12) + ", " + local(operand & 0xFFF)
    case .name: return name(operand)
    case .globalName: return name(operand >> 1) + (operand & 1 != 0 ? " + NULL" : "")
    case .attributeName: return name(operand >> 1) + (operand & 1 != 0 ? " + NULL|self" : "")
    case .superName: return name(operand >> 2) + (operand & 1 != 0 ? " + NULL|self" : "")
    case .target: return "to " + label(operand)
    case .comparison:
      guard let comparison = ComparisonOperation(rawValue: operand >> 5) else { return "?" }
      let isBool = operand & ComparisonOperation.toBoolBit != 0
      return isBool ? "bool(" + comparison.symbol + ")" : comparison.symbol
    case .binary: return BinaryOperation(rawValue: operand)?.symbol ?? "?"
    case .conversion: return Conversion(rawValue: operand)?.name ?? "?"
    case .intrinsic1: return Intrinsic1(rawValue: operand)?.name ?? "?"
    case .intrinsic2: return Intrinsic2(rawValue: operand)?.name ?? "?"
    case .functionAttribute: return FunctionAttribute(rawValue: operand)?.name ?? "?"
    }
  }
}
