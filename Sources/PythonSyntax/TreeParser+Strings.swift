// Rules: number and string literals, implicit concatenation, f-strings (PEP 701). Escapes are resolved by
// `EscapeDecoder`.

extension TreeParser {
  // MARK: Numbers

  /// The value of a number token, whose form the tokenizer has checked.
  mutating func number(_ token: Token) throws(Failure) -> ConstantValue {
    var text: [UInt8] = []
    text.reserveCapacity(Int(token.end - token.start))
    for byte in source[Int(token.start)..<Int(token.end)] where byte != 0x5F {
      text.append(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
    }
    if text.count > 2 && text[0] == 0x30 && !isDigit(text[1]), text[1] == 0x78 || text[1] == 0x6F || text[1] == 0x62 {
      return .int(String(decoding: text, as: UTF8.self))
    }
    if text.last == 0x6A { return .imaginary(Self.double(text.dropLast())) }
    if text.contains(where: { $0 == 0x2E || $0 == 0x65 }) { return .float(Self.double(text[...])) }
    let digits = text.drop { $0 == 0x30 }
    guard digits.count <= Self.maximumIntegerDigits else {
      throw raise(
        "Exceeds the limit (\(Self.maximumIntegerDigits) digits) for integer string conversion: "
          + "value has \(digits.count) digits; use sys.set_int_max_str_digits() to increase the limit - Consider "
          + "hexadecimal for huge integer literals to avoid decimal conversion limits.", at: token)
    }
    return .int(digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self))
  }

  private static let maximumIntegerDigits = 4300

  private static func double(_ text: ArraySlice<UInt8>) -> Double {
    // Swift refuses `1.` and `.5`, which Python has.
    var padded: [UInt8] = []
    if text.first == 0x2E { padded.append(0x30) }
    for byte in text {
      if byte == 0x65 && padded.last == 0x2E { padded.append(0x30) }
      padded.append(byte)
    }
    if padded.last == 0x2E { padded.append(0x30) }
    return Double(String(decoding: padded, as: UTF8.self)) ?? .infinity
  }

  // MARK: Strings

  /// One literal as it was read, before concatenation.
  private struct Piece {
    var values: [Expression]
    var isFString = false
    var isBytes = false
  }

  /// `strings`: adjacent literals are one. Without f-strings it is a Constant, else a JoinedStr.
  mutating func strings() throws(Failure) -> Expression {
    let start = position
    if kind == .string && followingKind != .string && followingKind != .fstringStart {
      return try stringLiteral()
    }
    var pieces: [Piece] = []
    while true {
      if kind == .string {
        let value = try stringLiteral()
        pieces.append(Piece(values: [value], isBytes: Self.isBytes(value)))
      } else if kind == .fstringStart {
        pieces.append(Piece(values: try fstring(), isFString: true))
      } else {
        break
      }
    }
    guard pieces.allSatisfy({ $0.isBytes == pieces[0].isBytes }) else {
      throw raise("cannot mix bytes and nonbytes literals")
    }
    let isFString = pieces.contains { $0.isFString }
    let values = Self.folded(pieces.flatMap(\.values), dropsEmpty: isFString)
    if !isFString, let value = values.first {
      return Expression(span: span(from: start), kind: value.kind)
    }
    return Expression(span: span(from: start), kind: .joinedStr(values: values))
  }

  private static func isBytes(_ expression: Expression) -> Bool {
    if case .constant(.bytes, _) = expression.kind { return true }
    return false
  }

  /// Neighbouring constants as one, which keeps the first one's mark.
  static func folded(_ values: [Expression], dropsEmpty: Bool) -> [Expression] {
    var result: [Expression] = []
    for value in values {
      guard case .constant(let constant, let isMarked) = value.kind else {
        result.append(value)
        continue
      }
      if let previous = result.last, case .constant(let before, let wasMarked) = previous.kind,
        let joined = joined(before, constant)
      {
        var span = previous.span
        span.endLine = value.span.endLine
        span.endColumn = value.span.endColumn
        result[result.count - 1] = Expression(
          span: span, kind: .constant(value: joined, isUnicodeMarked: wasMarked))
      } else {
        result.append(Expression(span: value.span, kind: .constant(value: constant, isUnicodeMarked: isMarked)))
      }
    }
    if dropsEmpty { result.removeAll(where: isEmptyText) }
    return result
  }

  private static func joined(_ first: ConstantValue, _ second: ConstantValue) -> ConstantValue? {
    switch (first, second) {
    case (.string(let left), .string(let right)): .string(EscapeDecoder.joined(left, right))
    case (.bytes(let left), .bytes(let right)): .bytes(left + right)
    default: nil
    }
  }

  static func isEmptyText(_ expression: Expression) -> Bool {
    if case .constant(.string(let bytes), _) = expression.kind { return bytes.isEmpty }
    return false
  }

  private mutating func stringLiteral() throws(Failure) -> Expression {
    let token = tokens[position]
    guard token.kind == .string else { throw noMatch() }
    let isMarked = source[Int(token.start)] == 0x75
    var index = Int(token.start)
    var isRaw = false
    var isBytes = false
    while source[index] != 0x22 && source[index] != 0x27 {
      if source[index] | 0x20 == 0x72 { isRaw = true }
      if source[index] | 0x20 == 0x62 { isBytes = true }
      index += 1
    }
    let quoteSize =
      Int(token.end) - index >= 6 && source[index + 1] == source[index] && source[index + 2] == source[index] ? 3 : 1
    let content = source[(index + quoteSize)..<(Int(token.end) - quoteSize)]
    if isBytes && content.contains(where: { $0 >= 0x80 }) {
      throw raise("bytes can only contain ASCII literal characters", at: token)
    }
    let decoded = try decode(content, isRaw: isRaw, isBytes: isBytes, token)
    advance()
    return Expression(
      span: token.span,
      kind: .constant(value: isBytes ? .bytes(decoded) : .string(decoded), isUnicodeMarked: isMarked))
  }

  private mutating func decode(
    _ content: ArraySlice<UInt8>, isRaw: Bool, isBytes: Bool, _ token: Token
  ) throws(Failure) -> [UInt8] {
    if isRaw || !content.contains(0x5C) { return Array(content) }
    do throws(EscapeDecoder.Problem) {
      var doubt: String?
      let decoded = try EscapeDecoder.decode(content, isBytes: isBytes, &doubt)
      // A literal may be read again by a rule that backtracks.
      if let doubt, !isSecondPass, warnings.last != SyntaxWarning(message: doubt, line: token.line) {
        warnings.append(SyntaxWarning(message: doubt, line: token.line))
      }
      return decoded
    } catch {
      // CPython decodes an f-string's text after its last token.
      if token.kind == .fstringMiddle { skipToFStringEnd() }
      throw raise(error.message)
    }
  }

  private mutating func skipToFStringEnd() {
    var depth = 1
    while kind != .error {
      if kind == .fstringStart { depth += 1 }
      if kind == .fstringEnd { depth -= 1 }
      if depth == 0 { return }
      advance()
    }
  }

  // MARK: f-strings

  /// The values of one f-string: constants, fields, and for `{x=}` both.
  private mutating func fstring() throws(Failure) -> [Expression] {
    let start = tokens[position]
    let isRaw = (Int(start.start)..<Int(start.end)).contains { source[$0] | 0x20 == 0x72 }
    try expect(.fstringStart)
    var values: [Expression] = []
    while kind != .fstringEnd {
      switch kind {
      case .fstringMiddle: values.append(try fstringText(isRaw: isRaw))
      case .leftBrace:
        try enter(10)
        try field(into: &values)
        leave(10)
      default: throw noMatch()
      }
    }
    advance()
    return values
  }

  private mutating func fstringText(isRaw: Bool) throws(Failure) -> Expression {
    let token = tokens[position]
    let decoded = try decode(source[Int(token.start)..<Int(token.end)], isRaw: isRaw, isBytes: false, token)
    advance()
    return Expression(span: token.span, kind: .constant(value: .string(decoded), isUnicodeMarked: false))
  }

  /// `'{' annotated_rhs ['='] ['!' NAME] [':' format_spec] '}'`
  mutating func field(into values: inout [Expression]) throws(Failure) {
    let start = position
    if isDiagnosing { try diagnoseField() }
    try expect(.leftBrace)
    let value = try yieldOrStarExpressions()
    let isDebug = skip(.equal)
    let debugEnd = position
    var conversion = FormatConversion.none
    let hasConversion = kind == .exclamation
    if hasConversion { conversion = try self.conversion() }
    var spec: Expression?
    if kind == .colon { spec = try formatSpec() }
    try expect(.rightBrace)
    if isDebug {
      if !hasConversion && spec == nil { conversion = .repr }
      values.append(debugText(from: start, to: debugEnd))
    }
    values.append(
      Expression(
        span: span(from: start), kind: .formattedValue(value: value, conversion: conversion, formatSpec: spec)))
  }

  /// The text between the brace and the token that ends the `=`, without comments.
  private func debugText(from start: Int, to end: Int) -> Expression {
    let (open, terminator) = (tokens[start], tokens[end])
    let bytes = source[Int(open.end)..<Int(terminator.start)]
    let span = SourceSpan(
      line: open.line, column: open.endColumn, endLine: terminator.line, endColumn: terminator.column)
    return Expression(
      span: span, kind: .constant(value: .string(Self.withoutComments(bytes)), isUnicodeMarked: false))
  }

  private static func withoutComments(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard bytes.contains(0x23) else { return Array(bytes) }
    var result: [UInt8] = []
    var quote: UInt8 = 0
    var isInComment = false
    for byte in bytes {
      if isInComment {
        if byte != 0x0A { continue }
        isInComment = false
      } else if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == 0x22 || byte == 0x27 {
        quote = byte
      } else if byte == 0x23 {
        isInComment = true
        continue
      }
      result.append(byte)
    }
    return result
  }

  private mutating func conversion() throws(Failure) -> FormatConversion {
    let mark = tokens[position]
    try expect(.exclamation)
    let token = tokens[position]
    let name = try identifier()
    if mark.endLine != token.line || mark.endColumn != token.column {
      throw raise(
        "f-string: conversion type must come right after the exclamation mark", from: mark.span, to: token.span)
    }
    switch name {
    case "s": return .str
    case "r": return .repr
    case "a": return .ascii
    default:
      throw raise("f-string: invalid conversion character '\(name)': expected 's', 'r', or 'a'", at: token)
    }
  }

  private mutating func formatSpec() throws(Failure) -> Expression {
    let start = position
    try expect(.colon)
    var values: [Expression] = []
    while kind == .fstringMiddle || kind == .leftBrace {
      if kind == .fstringMiddle {
        values.append(try fstringText(isRaw: false))
      } else {
        try field(into: &values)
      }
    }
    return Expression(span: span(from: start), kind: .joinedStr(values: Self.folded(values, dropsEmpty: true)))
  }
}
