// Rules: `match` statements and their patterns. `match`, `case` and `_` are names anywhere else.

extension TreeParser {
  /// nil, and nothing consumed, if `match` is a name here.
  mutating func matchStatement() throws(Failure) -> StatementKind? {
    guard startsExpression(followingKind) else { return nil }
    let owner = owner("'match' statement")
    let subject = try attempt { parser throws(Failure) -> Expression in
      parser.advance()
      let subject = try parser.subject()
      if parser.isDiagnosing && parser.kind == .newline { throw parser.raise("expected ':'") }
      try parser.expect(.colon)
      try parser.expect(.newline)
      return subject
    }
    guard let subject else { return nil }
    guard kind == .indent else {
      if isDiagnosing && kind != .error {
        throw raise("expected an indented block after \(owner.name) on line \(owner.line)", kind: .indentation)
      }
      throw noMatch()
    }
    try enter(5)
    advance()
    var cases: [MatchCase] = []
    repeat { cases.append(try matchCase()) } while kind != .dedent && kind != .endMarker
    try expect(.dedent)
    leave(5)
    return .match(subject: subject, cases: cases)
  }

  private mutating func subject() throws(Failure) -> Expression {
    let start = position
    let isStarred = kind == .star
    let first = try starNamedExpression()
    guard kind == .comma || isStarred else { return first }
    var elements = [first]
    while skip(.comma) {
      guard startsExpression(kind) else { break }
      elements.append(try starNamedExpression())
    }
    guard tokens[position - 1].kind == .comma || elements.count > 1 else { throw noMatch() }
    return Expression(span: span(from: start), kind: .tuple(elts: elements, ctx: .load))
  }

  private mutating func matchCase() throws(Failure) -> MatchCase {
    guard isSoftKeyword("case") else { throw noMatch() }
    let owner = owner("'case' statement")
    advance()
    let pattern = try patterns()
    let condition = skip(.kwIf) ? try namedExpression() : nil
    try colonBeforeBlock()
    return MatchCase(pattern: pattern, guard: condition, body: try block(of: owner))
  }

  // MARK: Sequences

  /// What stands after `case`: a pattern, or a sequence without brackets.
  private mutating func patterns() throws(Failure) -> Pattern {
    let start = position
    let isStarred = kind == .star
    let first = try starPattern()
    guard isStarred || kind == .comma else { return first }
    guard kind == .comma else { throw noMatch() }
    let rest = try patternList(after: first) { $0 == .colon || $0 == .kwIf }
    return Pattern(span: span(from: start), kind: .matchSequence(patterns: rest))
  }

  private mutating func patternList(
    after first: Pattern, until isEnd: (TokenKind) -> Bool
  ) throws(Failure) -> [Pattern] {
    var result = [first]
    while skip(.comma) {
      if isEnd(kind) { break }
      result.append(try starPattern())
    }
    return result
  }

  private mutating func starPattern() throws(Failure) -> Pattern {
    guard kind == .star else { return try pattern() }
    let start = position
    advance()
    let name = try captureName()
    return Pattern(span: span(from: start), kind: .matchStar(name: name == "_" ? nil : name))
  }

  /// A name that is bound: not part of a dotted name, a call or a keyword.
  private mutating func captureName() throws(Failure) -> Identifier {
    let name = try identifier()
    guard kind != .dot && kind != .leftParen && kind != .equal else { throw noMatch() }
    return name
  }

  // MARK: Patterns

  private mutating func pattern() throws(Failure) -> Pattern {
    let start = position
    try enter(5)
    let alternatives = try orPattern()
    leave(5)
    guard kind == .kwAs else { return alternatives }
    advance()
    if isDiagnosing { try diagnoseCaptureTarget() }
    guard !isSoftKeyword("_") else { throw noMatch() }
    let name = try captureName()
    return Pattern(span: span(from: start), kind: .matchAs(pattern: alternatives, name: name))
  }

  private mutating func orPattern() throws(Failure) -> Pattern {
    let start = position
    let first = try closedPattern()
    guard kind == .pipe else { return first }
    var alternatives = [first]
    while skip(.pipe) { alternatives.append(try closedPattern()) }
    return Pattern(span: span(from: start), kind: .matchOr(patterns: alternatives))
  }

  private mutating func closedPattern() throws(Failure) -> Pattern {
    let start = position
    switch kind {
    case .kwNone, .kwTrue, .kwFalse:
      let value = try singleton()
      return Pattern(span: span(from: start), kind: .matchSingleton(value: value))
    case .number, .minus, .plus, .string, .fstringStart:
      let value = try literal()
      return Pattern(span: span(from: start), kind: .matchValue(value: value))
    case .name: return try namePattern()
    case .leftParen, .leftBracket: return try sequencePattern()
    case .leftBrace: return try mappingPattern()
    default: throw noMatch()
    }
  }

  private mutating func singleton() throws(Failure) -> ConstantValue {
    let value: ConstantValue
    switch kind {
    case .kwNone: value = .none
    case .kwTrue: value = .bool(true)
    case .kwFalse: value = .bool(false)
    default: throw noMatch()
    }
    advance()
    return value
  }

  /// Capture, wildcard, dotted value or class.
  private mutating func namePattern() throws(Failure) -> Pattern {
    let start = position
    var value = try name()
    while kind == .dot { value = try attribute(of: value, from: start) }
    if kind == .leftParen { return try classPattern(value, from: start) }
    guard kind != .equal else { throw noMatch() }
    if case .name(let id, _) = value.kind {
      return Pattern(span: span(from: start), kind: .matchAs(pattern: nil, name: id == "_" ? nil : id))
    }
    return Pattern(span: span(from: start), kind: .matchValue(value: value))
  }

  private mutating func name() throws(Failure) -> Expression {
    let start = position
    let id = try identifier()
    return Expression(span: span(from: start), kind: .name(id: id, ctx: .load))
  }

  private mutating func attribute(of value: Expression, from start: Int) throws(Failure) -> Expression {
    try expect(.dot)
    let attr = try identifier()
    return Expression(span: span(from: start), kind: .attribute(value: value, attr: attr, ctx: .load))
  }

  /// A sequence in brackets, or a group, which is a sequence only if it has a comma or a star.
  private mutating func sequencePattern() throws(Failure) -> Pattern {
    let start = position
    let isGroupPossible = kind == .leftParen
    let close: TokenKind = isGroupPossible ? .rightParen : .rightBracket
    advance()
    if skip(close) { return Pattern(span: span(from: start), kind: .matchSequence(patterns: [])) }
    let isStarred = kind == .star
    let first = try starPattern()
    if isGroupPossible && kind == close && !isStarred {
      advance()
      return first
    }
    if isGroupPossible && kind != .comma { throw noMatch() }
    let elements = try patternList(after: first) { $0 == close }
    try expect(close)
    return Pattern(span: span(from: start), kind: .matchSequence(patterns: elements))
  }

  private mutating func mappingPattern() throws(Failure) -> Pattern {
    let start = position
    try expect(.leftBrace)
    var keys: [Expression] = []
    var patterns: [Pattern] = []
    var rest: Identifier?
    while kind != .rightBrace {
      if kind == .doubleStar {
        advance()
        guard !isSoftKeyword("_") else { throw noMatch() }
        rest = try captureName()
        _ = skip(.comma)
        break
      }
      keys.append(try mappingKey())
      try expect(.colon)
      patterns.append(try pattern())
      guard skip(.comma) else { break }
    }
    try expect(.rightBrace)
    return Pattern(span: span(from: start), kind: .matchMapping(keys: keys, patterns: patterns, rest: rest))
  }

  /// A literal or a dotted name.
  private mutating func mappingKey() throws(Failure) -> Expression {
    let start = position
    switch kind {
    case .kwNone, .kwTrue, .kwFalse:
      let value = try singleton()
      return Expression(span: span(from: start), kind: .constant(value: value, isUnicodeMarked: false))
    case .name:
      var value = try name()
      guard kind == .dot else { throw noMatch() }
      while kind == .dot { value = try attribute(of: value, from: start) }
      return value
    default:
      return try literal()
    }
  }

  private mutating func classPattern(_ cls: Expression, from start: Int) throws(Failure) -> Pattern {
    try expect(.leftParen)
    var patterns: [Pattern] = []
    var names: [Identifier] = []
    var namedPatterns: [Pattern] = []
    while kind != .rightParen {
      if kind == .name && followingKind == .equal {
        names.append(try identifier())
        advance()
        namedPatterns.append(try pattern())
      } else {
        let value = try pattern()
        if !names.isEmpty {
          throw try misplaced(value)
        }
        patterns.append(value)
      }
      guard skip(.comma) else { break }
    }
    try expect(.rightParen)
    return Pattern(
      span: span(from: start),
      kind: .matchClass(cls: cls, patterns: patterns, kwdAttrs: names, kwdPatterns: namedPatterns))
  }

  /// For a positional pattern after keyword patterns.
  private mutating func misplaced(_ first: Pattern) throws(Failure) -> Failure {
    guard isDiagnosing else { return noMatch() }
    var last = first
    while skip(.comma) {
      guard let next = try attempt({ parser throws(Failure) in try parser.pattern() }) else { break }
      last = next
    }
    return raise("positional patterns follow keyword patterns", from: first.span, to: last.span)
  }

  // MARK: Literals

  /// A string, a signed number, or a sum of a real and an imaginary one.
  private mutating func literal() throws(Failure) -> Expression {
    let start = position
    if kind == .string || kind == .fstringStart { return try strings() }
    let first = try signedNumber()
    guard kind == .plus || kind == .minus else { return first }
    let op: BinaryOperator = kind == .plus ? .add : .sub
    if Self.isImaginary(first) { throw raise("real number required in complex literal", at: first.span) }
    advance()
    let imaginaryStart = position
    guard kind == .number else { throw noMatch() }
    let second = try unsignedNumber()
    guard Self.isImaginary(second) else {
      throw raise("imaginary number required in complex literal", at: tokens[imaginaryStart])
    }
    return Expression(span: span(from: start), kind: .binOp(left: first, op: op, right: second))
  }

  private mutating func signedNumber() throws(Failure) -> Expression {
    let start = position
    guard skip(.minus) else { return try unsignedNumber() }
    let number = try unsignedNumber()
    return Expression(span: span(from: start), kind: .unaryOp(op: .uSub, operand: number))
  }

  private mutating func unsignedNumber() throws(Failure) -> Expression {
    let token = tokens[position]
    guard token.kind == .number else { throw noMatch() }
    advance()
    return Expression(span: token.span, kind: .constant(value: try number(token), isUnicodeMarked: false))
  }

  private static func isImaginary(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .constant(.imaginary, _): true
    case .unaryOp(_, let operand): isImaginary(operand)
    default: false
    }
  }
}
