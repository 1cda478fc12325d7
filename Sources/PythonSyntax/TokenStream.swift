// All of a text as tokens, comments and blank lines included, in the numbers and shapes of the library's module `tokenize`.

/// One token as `tokenize` shows it. Lines from 1, columns in characters from 0.
public struct SourceToken: Sendable {
  public var type: Int
  public var string: [UInt8]
  public var line: Int
  public var column: Int
  public var endLine: Int
  public var endColumn: Int
  /// The line or lines that the token stands in, with their ends as they were.
  public var text: [UInt8]
}

public struct TokenStream {
  /// What is wrong behind the last token, if anything is.
  public var error: SyntaxError? { tokenizer.error.map(adapted) }

  /// Numbers of the module `token`.
  private enum Number {
    static let (end, name, number, string, newline, indent, dedent) = (0, 1, 2, 3, 4, 5, 6)
    static let (op, fstringStart, fstringMiddle, fstringEnd, comment, blank) = (55, 59, 60, 61, 62, 63)
  }

  /// Each with its end; the last one may have none.
  private var lines: [[UInt8]] = []
  private var tokenizer = Tokenizer(keepsEverything: true)
  /// How many tokens have been given.
  private var given = 0
  private var isFinal = false

  public init() {}

  /// The next token; nil: at the end, at an error, or (`needsLine`) before the next line is there.
  public mutating func next() -> SourceToken? {
    guard given < tokenizer.tokens.count else { return nil }
    given += 1
    return shown(tokenizer.tokens[given - 1])
  }

  /// Whether another line is wanted before there is another token.
  public var needsLine: Bool { !isFinal && tokenizer.error == nil && given == tokenizer.tokens.count }

  /// - Parameter line: UTF-8 with its end; empty at the text's end.
  public mutating func append(line: [UInt8]) {
    if line.isEmpty {
      isFinal = true
    } else {
      lines.append(line)
      // The tokenizer knows one kind of line end.
      var plain = line
      if plain.last == 0x0A { plain.removeLast() }
      if plain.last == 0x0D { plain.removeLast() }
      tokenizer.append(line: plain + [0x0A])
    }
    tokenizer.runAvailable(isFinal: isFinal)
  }

  /// A text without a line end at its end is read as if it had one.
  private var hasImplicitEnd: Bool { lines.last?.last != 0x0A }

  // MARK: - One token

  private func shown(_ token: Token) -> SourceToken {
    let isDedentAtEnd = token.kind == .dedent && isFinal && Int(token.start) >= tokenizer.end
    if token.kind == .endMarker || isDedentAtEnd {
      let line = lines.count + 1
      return SourceToken(
        type: number(token.kind), string: [], line: line, column: 0, endLine: line, endColumn: 0, text: [])
    }
    let line = Int(token.line)
    var start = Int(token.start)
    if token.kind == .indent { start = Int(tokenizer.lineStarts[line - 1]) }
    let end = token.kind == .indent || token.kind == .dedent ? Int(token.start) : Int(token.end)
    var result = SourceToken(
      type: number(token.kind), string: Array(tokenizer.source[start..<end]), line: line, column: column(start, line),
      endLine: Int(token.endLine), endColumn: column(end, Int(token.endLine)),
      text: Array(lines[(line - 1)..<min(Int(token.endLine), lines.count)].joined()))
    if token.kind == .newline || token.kind == .blankLine { setLineEnd(&result) }
    return result
  }

  private func setLineEnd(_ token: inout SourceToken) {
    let isLast = token.line == lines.count
    let isCRLF = lines[token.line - 1].suffix(2) == [0x0D, 0x0A]
    token.string = isLast && hasImplicitEnd ? [] : isCRLF ? [0x0D, 0x0A] : [0x0A]
    token.endLine = token.line
    token.endColumn = token.column + max(token.string.count, 1)
  }

  /// Characters between a line's start and a byte of it.
  private func column(_ offset: Int, _ line: Int) -> Int {
    let start = Int(tokenizer.lineStarts[line - 1])
    guard offset > start else { return 0 }
    return tokenizer.source[start..<offset].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
  }

  private func number(_ kind: TokenKind) -> Int {
    switch kind {
    case .endMarker: Number.end
    case .newline: Number.newline
    case .indent: Number.indent
    case .dedent: Number.dedent
    case .number: Number.number
    case .string: Number.string
    case .fstringStart: Number.fstringStart
    case .fstringMiddle: Number.fstringMiddle
    case .fstringEnd: Number.fstringEnd
    case .comment: Number.comment
    case .blankLine: Number.blank
    case .name: Number.name
    default: kind.rawValue >= TokenKind.kwFalse.rawValue ? Number.name : Number.op
    }
  }

  // MARK: - Errors

  /// A text that ends in the middle of a line has a message of its own here.
  private func adapted(_ error: SyntaxError) -> SyntaxError {
    guard tokenizer.isErrorUnclosedBracket || error.message == "unexpected EOF while parsing" else {
      var adapted = error
      if adapted.lineText?.hasSuffix("\n") == true { adapted.lineText?.removeLast() }
      return adapted
    }
    return SyntaxError(
      message: "unexpected EOF in multi-line statement", line: lines.count, column: 0, endLine: lines.count)
  }
}
