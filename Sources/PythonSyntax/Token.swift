// The tokens between source bytes and parser. Comments (but type comments, on request) and blank lines make none; hard keywords have kinds of their
// own, soft ones (`match`, `case`, `type`, `_`) are names. An f-string is several tokens (PEP 701): start, literal
// parts, the tokens of its expressions, end.

enum TokenKind: UInt8 {
  case endMarker, newline, indent, dedent
  case name, number, string
  case fstringStart, fstringMiddle, fstringEnd
  /// A comment `# type: ...` other than `ignore`; only where type comments are read.
  case typeComment
  /// A comment, and a line end that ends no statement; only where nothing of the text may be lost.
  case comment, blankLine
  /// Nothing more could be read here: the tokenizer's error says why. Always the last token.
  case error
  /// A printable character that no rule knows, such as `$`.
  case unknown
  // ORDER operators
  case leftParen, rightParen, leftBracket, rightBracket, leftBrace, rightBrace
  case colon, comma, semicolon, dot, ellipsis, arrow, at, equal, colonEqual, exclamation
  case plus, minus, star, slash, percent, pipe, ampersand, caret, tilde
  case doubleStar, doubleSlash, leftShift, rightShift
  case less, greater, doubleEqual, notEqual, lessEqual, greaterEqual
  /// `<>`, which the tokenizer knows but no rule accepts.
  case lessGreater
  case plusEqual, minusEqual, starEqual, slashEqual, percentEqual, pipeEqual, ampersandEqual, caretEqual, atEqual
  case doubleStarEqual, doubleSlashEqual, leftShiftEqual, rightShiftEqual
  // ORDER keywords: their raw values are the end of the list.
  case kwFalse, kwNone, kwTrue, kwAnd, kwAs, kwAssert, kwAsync, kwAwait, kwBreak, kwClass, kwContinue, kwDef, kwDel
  case kwElif, kwElse, kwExcept, kwFinally, kwFor, kwFrom, kwGlobal, kwIf, kwImport, kwIn, kwIs, kwLambda, kwNonlocal
  case kwNot, kwOr, kwPass, kwRaise, kwReturn, kwTry, kwWhile, kwWith, kwYield
}

/// A token and where it stands. Offsets are into the decoded source; lines from 1, columns in bytes from 0.
struct Token {
  var kind: TokenKind
  /// How many brackets are open after this token; braces of f-string expressions count.
  var level: UInt8
  /// Whether a name has characters that are not ASCII.
  var isWide = false
  var start: Int32
  var end: Int32
  var line: UInt32
  var column: UInt32
  var endLine: UInt32
  var endColumn: UInt32

  var span: SourceSpan { SourceSpan(line: line, column: column, endLine: endLine, endColumn: endColumn) }
}

/// The hard keywords as a small open-addressed hash table, keyed by their bytes in one word; no keyword is longer than
/// 8 bytes.
struct KeywordTable {
  private static let words: [(String, TokenKind)] = [
    ("False", .kwFalse), ("None", .kwNone), ("True", .kwTrue), ("and", .kwAnd), ("as", .kwAs), ("assert", .kwAssert),
    ("async", .kwAsync), ("await", .kwAwait), ("break", .kwBreak), ("class", .kwClass), ("continue", .kwContinue),
    ("def", .kwDef), ("del", .kwDel), ("elif", .kwElif), ("else", .kwElse), ("except", .kwExcept),
    ("finally", .kwFinally), ("for", .kwFor), ("from", .kwFrom), ("global", .kwGlobal), ("if", .kwIf),
    ("import", .kwImport), ("in", .kwIn), ("is", .kwIs), ("lambda", .kwLambda), ("nonlocal", .kwNonlocal),
    ("not", .kwNot), ("or", .kwOr), ("pass", .kwPass), ("raise", .kwRaise), ("return", .kwReturn), ("try", .kwTry),
    ("while", .kwWhile), ("with", .kwWith), ("yield", .kwYield),
  ]
  private static let slotCount = 128

  private var keys = [UInt64](repeating: 0, count: slotCount)
  private var kinds = [TokenKind](repeating: .name, count: slotCount)

  init() {
    for (word, kind) in Self.words {
      let key = word.utf8.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      var slot = Self.slot(key)
      while keys[slot] != 0 { slot = (slot + 1) % Self.slotCount }
      keys[slot] = key
      kinds[slot] = kind
    }
  }

  private static func slot(_ key: UInt64) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 57) }

  /// The kind of the word whose bytes, first one highest, are `key`; `name` if it is no keyword.
  func kind(of key: UInt64) -> TokenKind {
    var slot = Self.slot(key)
    while keys[slot] != 0 {
      if keys[slot] == key { return kinds[slot] }
      slot = (slot + 1) % Self.slotCount
    }
    return .name
  }
}
