// Source bytes to tokens, the whole text at once: lines and comments here, the rest in the extensions. It stops at the
// first thing that is no token; what is wrong there is kept in `error` and matters only when the parser gets that far
// or fails before, which is how CPython's lazy tokenizer behaves too.

struct Tokenizer {
  static let maximumIndentLevels = 100
  static let maximumBracketLevels = 200
  static let maximumFStringLevels = 150
  static let maximumFStringExpressionLevels = 3
  static let tabSize = 8

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
  private(set) var source: [UInt8]
  /// Where the text ends, before the zero bytes.
  private(set) var end: Int
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
  var warnings: [SyntaxWarning] = []
  var indents = [0]
  /// The same columns with a tab as one: two lines whose order differs between the two measures mix tabs and spaces.
  var alternateIndents = [0]
  private var isAtLineStart = true
  let keywords = KeywordTable()
  let readsTypeComments: Bool
  /// For programs that want all of the text: comments and blank lines are tokens, and what only the grammar refuses is no error.
  let keepsEverything: Bool
  /// Whether no more text will come.
  private var isTextComplete = true

  /// - Parameter text: UTF-8 with line ends `\n` only, as `SourceText` makes it.
  init(text: [UInt8], readsTypeComments: Bool, keepsEverything: Bool = false) {
    self.readsTypeComments = readsTypeComments
    self.keepsEverything = keepsEverything
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

  // MARK: Line by line

  /// For a text that comes line by line: `append` each, then `runAvailable`.
  init(keepsEverything: Bool) {
    readsTypeComments = false
    self.keepsEverything = keepsEverything
    source = [0, 0, 0, 0]
    end = 0
  }

  /// - Parameter line: ends in `\n`.
  mutating func append(line: [UInt8]) {
    source.removeLast(source.count - end)
    source += line
    end = source.count
    source += [0, 0, 0, 0]
  }

  /// Goes on as far as the lines tell for certain; what needs more of them is begun again when they are there.
  ///
  /// - Parameter isFinal: no more lines will come.
  mutating func runAvailable(isFinal: Bool) {
    isTextComplete = isFinal
    while error == nil, isFinal || position < end {
      let before = (position, line, lineStart, lineStarts.count, tokens.count, isAtLineStart, fstrings)
      if let fstring = fstrings.last, fstring.isInText {
        scanFStringText()
      } else if !scanToken() {
        return
      }
      if !isFinal, error?.isIncompleteInput == true {
        (position, line, lineStart) = (before.0, before.1, before.2)
        lineStarts.removeLast(lineStarts.count - before.3)
        tokens.removeLast(tokens.count - before.4)
        (isAtLineStart, fstrings) = (before.5, before.6)
        (error, isErrorDecisive, isErrorUnclosedBracket) = (nil, false, false)
        return
      }
    }
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
    let startsLine = isAtLineStart
    if isAtLineStart {
      isAtLineStart = false
      let count = tokens.count
      guard scanIndentation() else { return true }
      if keepsEverything, tokens.count > count, position < end { return true }
    }
    while true {
      var byte = source[position]
      while byte == 0x20 || byte == 0x09 || byte == 0x0C {
        position += 1
        byte = source[position]
      }
      let start = position
      if byte == 0x23 {  // #
        if skipComment() { return true }
        byte = 0x0A
        if keepsEverything {
          addToken(.comment, from: start)
          continue
        }
      }
      if byte == 0x0A {
        // A comment at the end of a line is part of the line end's token.
        position += 1
        if brackets.isEmpty {
          addToken(.newline, from: start)
          isAtLineStart = true
          beginLine()
          return true
        }
        beginLine()
        guard keepsEverything else { continue }
        addToken(.blankLine, from: start, line: line - 1, lineStart: Int(lineStarts[lineStarts.count - 2]))
        tokens[tokens.count - 1].endLine = UInt32(truncatingIfNeeded: line - 1)
        return true
      }
      if byte == 0x5C {  // backslash
        guard scanContinuation() else { return true }
        continue
      }
      if position >= end {
        if isTextComplete { return scanEnd() }
        isAtLineStart = startsLine
        return true
      }
      scanVisible(byte)
      return true
    }
  }

  /// Goes to the end of the line.
  ///
  /// - Returns: whether the comment has become a token.
  mutating func skipComment() -> Bool {
    let start = position
    while source[position] != 0x0A { position += 1 }
    return readsTypeComments && readTypeComment(from: start)
  }

  private mutating func readTypeComment(from start: Int) -> Bool {
    let comment = source[(start + 1)..<position].drop(while: Self.isBlank)
    guard comment.starts(with: Self.typePrefix) else { return false }
    let text = comment.dropFirst(Self.typePrefix.count).drop(while: Self.isBlank)
    let tag = text.dropFirst(Self.ignoreWord.count)
    guard text.starts(with: Self.ignoreWord),
      tag.first.map({ $0 >= 0x80 || Self.continuesName($0) && $0 != 0x5F }) != true
    else {
      addToken(.typeComment, from: text.startIndex)
      return true
    }
    // N.B. A comment that has its line for itself takes the line end with it.
    let isAlone = source[lineStart..<start].allSatisfy(Self.isBlank)
    typeIgnores.append(
      TypeIgnore(
        line: UInt32(truncatingIfNeeded: line), tag: String(decoding: tag, as: UTF8.self) + (isAlone ? "\n" : "")))
    return false
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

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
  mutating func scanContinuation() -> Bool {
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
