// Source bytes to tokens, the whole text at once: lines, indentation, names and operators here, literals in the extensions.
// It stops at the first thing that is no token; what is wrong there is kept in `error` and matters only when the parser gets that far
// or fails before, which is how CPython's lazy tokenizer behaves too.

struct Tokenizer {
  static let maximumIndentLevels = 100
  static let maximumBracketLevels = 200
  static let maximumFStringLevels = 150
  static let maximumFStringExpressionLevels = 3
  private static let tabSize = 8

  /// An open bracket, for the messages about what does not match.
  struct Bracket {
    var byte: UInt8
    var line: Int
    var column: Int
  }

  /// An f-string that has begun and not ended.
  struct FString {
    var quote: UInt8
    var quoteSize: Int
    var isRaw: Bool
    var start: Int
    var line: Int
    /// Whether the next bytes are text of the literal, not tokens of an expression.
    var isInText = true
    /// Whether the text is what follows a colon in a replacement field.
    var isInFormatSpec = false
    /// Brackets open inside this f-string, the braces of its fields included.
    var bracketDepth = 0
    /// The bracket depth just outside of the innermost field's expression; -1 outside of all fields.
    var fieldDepth = -1
  }

  /// The text, then a line end if it had none, then zero bytes so that a few bytes of look-ahead need no check.
  let source: [UInt8]
  /// Where the text ends, before the zero bytes.
  let end: Int
  var position = 0
  var line = 1
  var lineStart = 0
  var lineStarts: [Int32] = [0]
  var tokens: [Token] = []
  var brackets: [Bracket] = []
  var fstrings: [FString] = []
  var error: SyntaxError?
  /// Whether the error may be shown even if the parser fails earlier.
  var isErrorDecisive = false
  var isErrorUnclosedBracket = false
  var typeIgnores: [TypeIgnore] = []
  var typeComments: [UInt32: String] = [:]
  var warnings: [SyntaxWarning] = []
  private var indents = [0]
  /// The same columns with a tab as one: two lines whose order differs between the two measures mix tabs and spaces.
  private var alternateIndents = [0]
  private var isAtLineStart = true
  private let keywords = KeywordTable()

  /// - Parameter text: UTF-8 with line ends `\n` only, as `SourceText` makes it.
  init(text: [UInt8]) {
    var bytes = text
    if bytes.last != 0x0A { bytes.append(0x0A) }
    end = bytes.count
    bytes.append(contentsOf: [0, 0, 0, 0])
    source = bytes
    tokens.reserveCapacity(end / 4 + 16)
  }

  mutating func run() {
    while error == nil {
      if let fstring = fstrings.last, fstring.isInText {
        scanFStringText()
      } else if !scanToken() {
        return
      }
    }
    addToken(.error, from: min(position, end))
  }

  // MARK: Tokens

  mutating func addToken(_ kind: TokenKind, from start: Int) {
    tokens.append(
      Token(
        kind: kind, level: UInt8(truncatingIfNeeded: brackets.count), start: Int32(truncatingIfNeeded: start),
        end: Int32(truncatingIfNeeded: position), line: UInt32(truncatingIfNeeded: line),
        column: UInt32(truncatingIfNeeded: max(0, start - lineStart)), endLine: UInt32(truncatingIfNeeded: line),
        endColumn: UInt32(truncatingIfNeeded: max(0, position - lineStart))))
  }

  /// For tokens that may have begun on an earlier line.
  mutating func addToken(_ kind: TokenKind, from start: Int, line startLine: Int, lineStart startLineStart: Int) {
    addToken(kind, from: start)
    tokens[tokens.count - 1].line = UInt32(truncatingIfNeeded: startLine)
    tokens[tokens.count - 1].column = UInt32(truncatingIfNeeded: start - startLineStart)
  }

  /// Call with `position` just after a line end.
  @inline(__always)
  mutating func beginLine() {
    line += 1
    lineStart = position
    lineStarts.append(Int32(truncatingIfNeeded: position))
  }

  /// The next token outside of an f-string's text.
  ///
  /// - Returns: false after the end marker.
  private mutating func scanToken() -> Bool {
    if isAtLineStart {
      isAtLineStart = false
      guard scanIndentation() else { return true }
    }
    while true {
      var byte = source[position]
      while byte == 0x20 || byte == 0x09 || byte == 0x0C {
        position += 1
        byte = source[position]
      }
      if byte == 0x23 {  // #
        skipComment()
        byte = 0x0A
      }
      if byte == 0x0A {
        let start = position
        position += 1
        if brackets.isEmpty {
          addToken(.newline, from: start)
          isAtLineStart = true
          beginLine()
          return true
        }
        beginLine()
        continue
      }
      if byte == 0x5C {  // backslash
        guard scanContinuation() else { return true }
        continue
      }
      if position >= end { return scanEnd() }
      scanVisible(byte)
      return true
    }
  }

  /// Goes to the end of the line; a type comment is noted.
  private mutating func skipComment() {
    let start = position
    while source[position] != 0x0A { position += 1 }
    let comment = source[(start + 1)..<position].drop { $0 == 0x20 || $0 == 0x09 }
    guard comment.first == 0x74, comment.starts(with: Self.typePrefix) else { return }
    let text = comment.dropFirst(Self.typePrefix.count).drop { $0 == 0x20 || $0 == 0x09 }
    let lineNumber = UInt32(truncatingIfNeeded: line)
    let tag = text.dropFirst(Self.ignoreWord.count)
    if text.starts(with: Self.ignoreWord), tag.first.map({ $0 >= 0x80 || Self.continuesName($0) && $0 != 0x5F }) != true {
      typeIgnores.append(TypeIgnore(line: lineNumber, tag: String(decoding: tag, as: UTF8.self)))
    } else {
      typeComments[lineNumber] = String(decoding: text, as: UTF8.self)
    }
  }

  private static let typePrefix = Array("type:".utf8)
  private static let ignoreWord = Array("ignore".utf8)

  private mutating func scanVisible(_ byte: UInt8) {
    switch byte {
    case 0x61...0x7A, 0x41...0x5A, 0x5F, 0x80...0xFF:
      scanName()
    case 0x30...0x39:
      scanNumber()
    case 0x22, 0x27:
      scanString(prefixStart: position)
    case 0x2E where source[position + 1] >= 0x30 && source[position + 1] <= 0x39:
      scanNumber()
    default:
      scanOperator(byte)
    }
  }

  private mutating func scanEnd() -> Bool {
    guard brackets.isEmpty else {
      failUnclosedBracket()
      return true
    }
    // A text that ends inside a block has its dedents before the end marker.
    while indents.count > 1 {
      indents.removeLast()
      addToken(.dedent, from: position)
    }
    addToken(.endMarker, from: position)
    return false
  }

  /// After a backslash at `position`: goes to the start of the next line.
  private mutating func scanContinuation() -> Bool {
    guard source[position + 1] == 0x0A else {
      position += 1
      failLate("unexpected character after line continuation character", column: position - lineStart + 1)
      return false
    }
    position += 2
    beginLine()
    guard position < end else {
      if brackets.isEmpty {
        // The position is that of the backslash's line.
        position = Int(lineStarts[lineStarts.count - 2])
        line -= 1
        lineStart = position
        while source[position] != 0x0A { position += 1 }
        failLate("unexpected EOF while parsing", column: position - lineStart + 1, endColumn: -1, isIncomplete: true)
      } else {
        failUnclosedBracket()
      }
      return false
    }
    return true
  }

  // MARK: Indentation

  /// Skips blank lines and comment lines, then compares the next line's indentation with the open blocks.
  private mutating func scanIndentation() -> Bool {
    var column = 0
    var alternate = 0
    // The column before the first of several lines joined by backslashes counts.
    var continued: (Int, Int)?
    measuring: while true {
      switch source[position] {
      case 0x20:
        column += 1
        alternate += 1
      case 0x09:
        column = (column / Self.tabSize + 1) * Self.tabSize
        alternate += 1
      case 0x0C:
        column = 0
        alternate = 0
      case 0x5C:
        if continued == nil { continued = (column, alternate) }
        guard scanContinuation() else { return false }
        continue measuring
      case 0x23:
        skipComment()
        continue measuring
      case 0x0A:
        position += 1
        beginLine()
        column = 0
        alternate = 0
        continued = nil
        continue measuring
      default:
        break measuring
      }
      position += 1
    }
    if position >= end { return true }
    if let (first, firstAlternate) = continued { (column, alternate) = (first, firstAlternate) }
    return placeIndent(column, alternate)
  }

  private mutating func placeIndent(_ column: Int, _ alternate: Int) -> Bool {
    var top = indents[indents.count - 1]
    if column == top { return checkAlternate(alternate) }
    if column > top {
      guard indents.count < Self.maximumIndentLevels else {
        failLate("too many levels of indentation", kind: .indentation, column: 1)
        return false
      }
      guard alternate > alternateIndents[alternateIndents.count - 1] else { return failMixedIndent() }
      indents.append(column)
      alternateIndents.append(alternate)
      addToken(.indent, from: position)
      return true
    }
    while column < top {
      indents.removeLast()
      alternateIndents.removeLast()
      top = indents[indents.count - 1]
      addToken(.dedent, from: position)
    }
    guard column == top else {
      while source[position] != 0x0A { position += 1 }
      failLate(
        "unindent does not match any outer indentation level", kind: .indentation, column: position - lineStart + 1,
        endColumn: -1)
      return false
    }
    return checkAlternate(alternate)
  }

  private mutating func checkAlternate(_ alternate: Int) -> Bool {
    alternate == alternateIndents[alternateIndents.count - 1] ? true : failMixedIndent()
  }

  private mutating func failMixedIndent() -> Bool {
    failLate("inconsistent use of tabs and spaces in indentation", kind: .tab, column: 1)
    return false
  }

  // MARK: Names

  static func continuesName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x5F, 0x80...0xFF: true
    default: false
    }
  }

  private mutating func scanName() {
    let start = position
    var key: UInt64 = 0
    var isASCII = true
    var byte = source[position]
    repeat {
      key = key << 8 | UInt64(byte)
      if byte >= 0x80 { isASCII = false }
      position += 1
      byte = source[position]
    } while Self.continuesName(byte)
    let count = position - start
    if (byte == 0x22 || byte == 0x27) && count <= 2 && isStringPrefix(key) {
      return scanString(prefixStart: start)
    }
    if !isASCII && !checkName(from: start) { return }
    addToken(count <= 8 ? keywords.kind(of: key) : .name, from: start)
  }

  private func isStringPrefix(_ key: UInt64) -> Bool {
    switch key | 0x2020 {
    case 0x2072, 0x2062, 0x2075, 0x2066: key < 0x100  // r b u f
    case 0x6272, 0x7262, 0x6672, 0x7266: true  // br rb fr rf
    default: false
    }
  }

  /// Whether the bytes of a name that is not ASCII are a name by Unicode's rules; fails at the first character that is not.
  private mutating func checkName(from start: Int) -> Bool {
    let name = String(decoding: source[start..<position], as: UTF8.self)
    var offset = start
    for scalar in name.unicodeScalars {
      let properties = scalar.properties
      let isFirst = offset == start
      let isValid = isFirst ? properties.isXIDStart || scalar == "_" : properties.isXIDContinue
      offset += String(scalar).utf8.count
      if isValid { continue }
      position = offset
      let hex = String(scalar.value, radix: 16, uppercase: true)
      let code = String(repeating: "0", count: max(0, 4 - hex.utf8.count)) + hex
      if isPrintable(scalar) {
        fail("invalid character '\(scalar)' (U+\(code))")
      } else {
        fail("invalid non-printable character U+\(code)")
      }
      return false
    }
    return true
  }

  // MARK: Operators

  private mutating func scanOperator(_ byte: UInt8) {
    let start = position
    let (kind, length) = operatorKind(byte, source[position + 1], source[position + 2])
    position += length
    switch kind {
    case .leftParen, .leftBracket, .leftBrace:
      guard openBracket(byte) else { return }
    case .rightParen, .rightBracket, .rightBrace:
      guard closeBracket(byte) else { return }
    case .colon, .colonEqual:
      // `f'{x:=5}'` is a format spec, not a named expression.
      if let fstring = fstrings.last, fstring.bracketDepth - 1 == fstring.fieldDepth {
        position = start + 1
        addToken(.colon, from: start)
        fstrings[fstrings.count - 1].isInText = true
        fstrings[fstrings.count - 1].isInFormatSpec = true
        return
      }
    case .unknown where byte < 0x20 || byte == 0x7F:
      let hex = String(byte, radix: 16, uppercase: true)
      return fail("invalid non-printable character U+" + String(repeating: "0", count: 4 - hex.utf8.count) + hex)
    default:
      break
    }
    addToken(kind, from: start)
  }

  private mutating func openBracket(_ byte: UInt8) -> Bool {
    guard brackets.count < Self.maximumBracketLevels else {
      fail("too many nested parentheses")
      return false
    }
    brackets.append(Bracket(byte: byte, line: line, column: position - 1 - lineStart))
    if !fstrings.isEmpty { fstrings[fstrings.count - 1].bracketDepth += 1 }
    return true
  }

  private mutating func closeBracket(_ byte: UInt8) -> Bool {
    let found = Character(Unicode.Scalar(byte))
    if let fstring = fstrings.last, fstring.bracketDepth == 0, byte == 0x7D {
      fail("f-string: single '}' is not allowed")
      return false
    }
    guard let open = brackets.popLast() else {
      fail("unmatched '\(found)'")
      return false
    }
    let matches =
      (open.byte == 0x28 && byte == 0x29) || (open.byte == 0x5B && byte == 0x5D) || (open.byte == 0x7B && byte == 0x7D)
    guard matches else {
      failMismatch(open, byte)
      return false
    }
    guard let fstring = fstrings.last else { return true }
    let last = fstrings.count - 1
    fstrings[last].bracketDepth -= 1
    if byte == 0x7D && fstring.bracketDepth - 1 == fstring.fieldDepth {
      // The field is over: back to the text. N.B. CPython forgets here that an outer field's format spec may go on.
      fstrings[last].fieldDepth -= 1
      fstrings[last].isInText = true
      fstrings[last].isInFormatSpec = false
    }
    return true
  }

  private mutating func failMismatch(_ open: Bracket, _ byte: UInt8) {
    let found = Character(Unicode.Scalar(byte))
    let opening = Character(Unicode.Scalar(open.byte))
    if let fstring = fstrings.last, open.byte == 0x7B, fstring.bracketDepth - 1 == fstring.fieldDepth {
      fail("f-string: unmatched '\(found)'")
    } else if open.line != line {
      fail("closing parenthesis '\(found)' does not match opening parenthesis '\(opening)' on line \(open.line)")
    } else {
      fail("closing parenthesis '\(found)' does not match opening parenthesis '\(opening)'")
    }
  }

  // MARK: Errors

  mutating func failUnclosedBracket() {
    guard let open = brackets.last else { return }
    isErrorUnclosedBracket = true
    error = SyntaxError(
      message: "'\(Character(Unicode.Scalar(open.byte)))' was never closed", line: open.line, column: open.column + 1,
      endLine: open.line, isIncompleteInput: true)
  }

  /// An error of the kind that CPython's tokenizer raises by itself.
  ///
  /// - Parameter column: in bytes from 1; without it, the last byte read.
  mutating func fail(_ message: String, column: Int? = nil, endColumn: Int? = nil, isIncomplete: Bool = false) {
    let column = column ?? (position - lineStart)
    isErrorDecisive = true
    error = SyntaxError(
      message: message, line: line, column: column, endLine: line, endColumn: endColumn ?? column,
      lineText: lineText(), isIncompleteInput: isIncomplete)
  }

  /// An error that CPython's parser raises only when it gets there.
  mutating func failLate(
    _ message: String, kind: SyntaxError.Kind = .syntax, column: Int, endColumn: Int = 0, isIncomplete: Bool = false
  ) {
    error = SyntaxError(
      kind: kind, message: message, line: line, column: column, endLine: line, endColumn: endColumn,
      lineText: lineText() + "\n", isIncompleteInput: isIncomplete)
  }

  private func lineText() -> String {
    let lineEnd = source[lineStart...].firstIndex { $0 == 0x0A || $0 == 0 } ?? lineStart
    return String(decoding: source[lineStart..<lineEnd], as: UTF8.self)
  }
}

/// The operator that begins with `first`, and its length; the longest one wins.
private func operatorKind(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> (TokenKind, Int) {
  let isAssign = second == 0x3D
  switch first {
  case 0x28: return (.leftParen, 1)
  case 0x29: return (.rightParen, 1)
  case 0x5B: return (.leftBracket, 1)
  case 0x5D: return (.rightBracket, 1)
  case 0x7B: return (.leftBrace, 1)
  case 0x7D: return (.rightBrace, 1)
  case 0x2C: return (.comma, 1)
  case 0x3B: return (.semicolon, 1)
  case 0x7E: return (.tilde, 1)
  case 0x3A: return isAssign ? (.colonEqual, 2) : (.colon, 1)
  case 0x2E: return second == 0x2E && third == 0x2E ? (.ellipsis, 3) : (.dot, 1)
  case 0x3D: return isAssign ? (.doubleEqual, 2) : (.equal, 1)
  case 0x21: return isAssign ? (.notEqual, 2) : (.exclamation, 1)
  case 0x2B: return isAssign ? (.plusEqual, 2) : (.plus, 1)
  case 0x25: return isAssign ? (.percentEqual, 2) : (.percent, 1)
  case 0x7C: return isAssign ? (.pipeEqual, 2) : (.pipe, 1)
  case 0x26: return isAssign ? (.ampersandEqual, 2) : (.ampersand, 1)
  case 0x5E: return isAssign ? (.caretEqual, 2) : (.caret, 1)
  case 0x40: return isAssign ? (.atEqual, 2) : (.at, 1)
  case 0x2D:
    if second == 0x3E { return (.arrow, 2) }
    return isAssign ? (.minusEqual, 2) : (.minus, 1)
  case 0x2A:
    if second == 0x2A { return third == 0x3D ? (.doubleStarEqual, 3) : (.doubleStar, 2) }
    return isAssign ? (.starEqual, 2) : (.star, 1)
  case 0x2F:
    if second == 0x2F { return third == 0x3D ? (.doubleSlashEqual, 3) : (.doubleSlash, 2) }
    return isAssign ? (.slashEqual, 2) : (.slash, 1)
  case 0x3C:
    if second == 0x3C { return third == 0x3D ? (.leftShiftEqual, 3) : (.leftShift, 2) }
    if second == 0x3E { return (.lessGreater, 2) }
    return isAssign ? (.lessEqual, 2) : (.less, 1)
  case 0x3E:
    if second == 0x3E { return third == 0x3D ? (.rightShiftEqual, 3) : (.rightShift, 2) }
    return isAssign ? (.greaterEqual, 2) : (.greater, 1)
  default: return (.unknown, 1)
  }
}

/// Whether Python shows a character as itself in a string's `repr`.
func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.value < 0x7F { return scalar.value >= 0x20 }
  // Python 3.13 has Unicode 15.1; what came later is unassigned for it.
  if let age = scalar.properties.age, age.major > 15 { return false }
  switch scalar.properties.generalCategory {
  case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
    return false
  default:
    return true
  }
}
