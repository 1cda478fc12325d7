// Docstrings, with their common indentation removed as 3.13 does, and whether a block has annotations of its own.

import PythonBytecode
import PythonSyntax

enum Docstring {
  /// The text of the docstring that `body` starts with.
  static func of(_ body: [Statement]) -> [UInt8]? {
    guard let first = body.first, case .expr(let value) = first.kind,
      case .constant(.string(let bytes), _) = value.kind
    else { return nil }
    return clean(bytes)
  }

  /// Expands tabs, takes the smallest indentation of all lines but the first from these, and the whole one from the first.
  static func clean(_ bytes: [UInt8]) -> [UInt8] {
    let expanded = expandTabs(bytes)
    let lines = expanded.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let space = UInt8(ascii: " ")
    var margin = Int.max
    for line in lines.dropFirst() {
      let indent = line.prefix { $0 == space }.count
      if indent < line.count { margin = min(margin, indent) }
    }
    if margin == Int.max { margin = 0 }
    var result: [UInt8] = []
    for (index, line) in lines.enumerated() {
      if index == 0 {
        result += line.drop { $0 == space }
      } else {
        result.append(UInt8(ascii: "\n"))
        let indent = line.prefix { $0 == space }.count
        result += line.dropFirst(min(indent, margin))
      }
    }
    return result
  }

  private static func expandTabs(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(UInt8(ascii: "\t")) else { return bytes }
    var result: [UInt8] = []
    var column = 0
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\t"):
        let width = 8 - column % 8
        result += [UInt8](repeating: UInt8(ascii: " "), count: width)
        column += width
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        result.append(byte)
        column = 0
      default:
        result.append(byte)
        // A continuation byte of UTF-8 takes no column.
        if byte & 0xC0 != 0x80 { column += 1 }
      }
    }
    return result
  }
}

enum Annotations {
  /// Whether a module or class body annotates a name itself, at any depth of its control statements.
  static func areIn(_ body: [Statement]) -> Bool { body.contains { isIn($0) } }

  private static func isIn(_ statement: Statement) -> Bool {
    switch statement.kind {
    case .annAssign: true
    case .for(_, _, let body, let orelse), .asyncFor(_, _, let body, let orelse), .while(_, let body, let orelse),
      .if(_, let body, let orelse):
      areIn(body) || areIn(orelse)
    case .with(_, let body), .asyncWith(_, let body): areIn(body)
    case .match(_, let cases): cases.contains { areIn($0.body) }
    case .try(let body, let handlers, let orelse, let finalbody),
      .tryStar(let body, let handlers, let orelse, let finalbody):
      areIn(body) || areIn(orelse) || areIn(finalbody) || handlers.contains { areIn($0.body) }
    default: false
    }
  }
}
