// Finds, in the text of a failed expression, the operator, the subscript or the argument list that carets mark and tildes surround.
//
// A scan of brackets, strings and operators, no parser: what it cannot read has no anchors, and the whole range gets carets.

struct CaretAnchors {
  var leftLine: Int
  var leftColumn: Int
  var rightLine: Int
  var rightColumn: Int
  var isCall: Bool

  /// Binding strength of the binary operators; larger binds tighter.
  private static let strengths: [String: Int] = [
    "|": 1, "^": 2, "&": 3, "<<": 4, ">>": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "@": 6, "**": 8,
  ]
  private static let words: Set<String> = [
    "if", "else", "and", "or", "not", "in", "is", "lambda", "await", "yield", "for", "from",
  ]

  private struct Token {
    var text: String
    var line: Int
    var column: Int
    var depth: Int
    /// A name, number, string or closing bracket: what may stand left of an operator.
    var isOperand: Bool
  }

  static func find(_ lines: [[Character]], _ from: Int, _ to: Int) -> CaretAnchors? {
    guard let tokens = scan(lines, from, to), !tokens.isEmpty else { return nil }
    // 1. Operators at the top level.
    var best: (index: Int, strength: Int)?
    for (i, token) in tokens.enumerated() where token.depth == 0 {
      if words.contains(token.text) || ["<", ">", "==", "!=", "<=", ">=", ":=", ",", ":", "="].contains(token.text) {
        return nil
      }
      guard let strength = strengths[token.text], i > 0, tokens[i - 1].isOperand else { continue }
      // The loosest operator is the root; of equals the last one, for ** the first.
      if let known = best {
        if strength < known.strength || (strength == known.strength && token.text != "**") { best = (i, strength) }
      } else {
        best = (i, strength)
      }
    }
    if let best {
      // A unary operator before the root of a power is looser than it.
      if best.strength == 8, ["-", "+", "~"].contains(tokens[0].text) { return nil }
      let token = tokens[best.index]
      return CaretAnchors(
        leftLine: token.line, leftColumn: token.column, rightLine: token.line,
        rightColumn: token.column + token.text.count, isCall: false)
    }
    if ["-", "+", "~"].contains(tokens[0].text) { return nil }
    // 2. A call or a subscript: the last bracket pair of the top level, with an operand before it.
    guard let last = tokens.last, last.depth == 0, last.text == ")" || last.text == "]" else { return nil }
    let opening = last.text == ")" ? "(" : "["
    guard let open = tokens.lastIndex(where: { $0.depth == 0 && ($0.text == "(" || $0.text == "[" || $0.text == "{") }),
      tokens[open].text == opening, open > 0, tokens[open - 1].isOperand
    else { return nil }
    return CaretAnchors(
      leftLine: tokens[open].line, leftColumn: tokens[open].column, rightLine: last.line, rightColumn: last.column + 1,
      isCall: opening == "(")
  }

  /// Tokens of the range; brackets have the depth of what surrounds them. nil: unbalanced or unreadable.
  private static func scan(_ lines: [[Character]], _ from: Int, _ to: Int) -> [Token]? {
    var tokens: [Token] = []
    var depth = 0
    var line = 0
    var quote: (mark: Character, isTriple: Bool)?
    while line < lines.count {
      let text = lines[line]
      let end = line == lines.count - 1 ? min(to, text.count) : text.count
      var i = line == 0 ? min(from, end) : 0
      while i < end {
        let c = text[i]
        if let open = quote {
          if c == "\\" {
            i += 2
            continue
          }
          if c == open.mark {
            if !open.isTriple {
              quote = nil
            } else if i + 2 < end, text[i + 1] == c, text[i + 2] == c {
              i += 2
              quote = nil
            } else if i + 2 == end - 0, text[i + 1] == c {
              quote = nil
            }
          }
          i += 1
          continue
        }
        if c.isWhitespace || c == "\\" {
          i += 1
        } else if c == "#" {
          i = end
        } else if c == "'" || c == "\"" {
          let isTriple = i + 2 < end && text[i + 1] == c && text[i + 2] == c
          tokens.append(Token(text: "''", line: line, column: i, depth: depth, isOperand: true))
          quote = (c, isTriple)
          i += isTriple ? 3 : 1
        } else if c.isLetter || c == "_" || c.isNumber {
          let begin = i
          while i < end, text[i].isLetter || text[i].isNumber || text[i] == "_" || (text[i] == "." && c.isNumber) {
            i += 1
          }
          let word = String(text[begin..<i])
          if i < end, text[i] == "'" || text[i] == "\"", word.count <= 2 { continue }
          tokens.append(Token(text: word, line: line, column: begin, depth: depth, isOperand: !words.contains(word)))
        } else if "([{".contains(c) {
          tokens.append(Token(text: String(c), line: line, column: i, depth: depth, isOperand: false))
          depth += 1
          i += 1
        } else if ")]}".contains(c) {
          depth -= 1
          if depth < 0 { return nil }
          tokens.append(Token(text: String(c), line: line, column: i, depth: depth, isOperand: true))
          i += 1
        } else {
          var symbol = String(c)
          if i + 1 < end,
            ["**", "//", "<<", ">>", "==", "!=", "<=", ">=", ":=", "->"].contains(symbol + String(text[i + 1]))
          {
            symbol += String(text[i + 1])
          }
          tokens.append(Token(text: symbol, line: line, column: i, depth: depth, isOperand: false))
          i += symbol.count
        }
      }
      if quote.map({ !$0.isTriple }) ?? false { return nil }
      line += 1
    }
    return depth == 0 && quote == nil ? tokens : nil
  }

  /// Nothing but blanks and a comment.
  static func isOnlyComment(_ text: ArraySlice<Character>) -> Bool {
    for c in text {
      if c == "#" { return true }
      if !c.isWhitespace { return false }
    }
    return true
  }

  /// `x = `, `a.b = `, `x = y = `, `a, b = `: a plain assignment up to the value.
  static func isAssignmentTarget(_ text: String) -> Bool {
    var trimmed = text
    while let last = trimmed.last, last.isWhitespace { trimmed.removeLast() }
    guard trimmed.hasSuffix("="), trimmed.count > 1 else { return false }
    trimmed.removeLast()
    guard let before = trimmed.last else { return false }
    return !"=!<>+-*/%&|^@:".contains(before) && !trimmed.contains("(") && !trimmed.hasPrefix("return")
      && !trimmed.contains(":")
  }
}
