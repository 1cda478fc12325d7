// Known mistakes in expressions, looked for only in the second pass: the counterparts of CPython's `invalid_` rules,
// whose messages are part of the language's behaviour. Each method leaves the position where it was, unless it raises.

extension TreeParser {
  /// What a message calls an expression.
  static func description(_ expression: Expression) -> String {
    switch expression.kind {
    case .attribute: "attribute"
    case .subscript: "subscript"
    case .starred: "starred"
    case .name: "name"
    case .list: "list"
    case .tuple: "tuple"
    case .lambda: "lambda"
    case .call: "function call"
    case .boolOp, .binOp, .unaryOp: "expression"
    case .generatorExp: "generator expression"
    case .yield, .yieldFrom: "yield expression"
    case .await: "await expression"
    case .listComp: "list comprehension"
    case .setComp: "set comprehension"
    case .dictComp: "dict comprehension"
    case .dict: "dict literal"
    case .set: "set display"
    case .joinedStr, .formattedValue: "f-string expression"
    case .compare: "comparison"
    case .ifExp: "conditional expression"
    case .namedExpr: "named expression"
    case .slice: "slice"
    case .constant(let value, _):
      switch value {
      case .none: "None"
      case .bool(let isTrue): isTrue ? "True" : "False"
      case .ellipsis: "ellipsis"
      default: "literal"
      }
    }
  }

  private mutating func attemptExpression() throws(Failure) -> Expression? {
    try attempt { parser throws(Failure) in try parser.expression() }
  }

  private mutating func attemptDisjunction() throws(Failure) -> Expression? {
    try attempt { parser throws(Failure) in try parser.disjunction() }
  }

  private mutating func attemptBitwiseOr() throws(Failure) -> Expression? {
    try attempt { parser throws(Failure) in try parser.bitwiseOr() }
  }

  // MARK: Named expressions

  mutating func diagnoseNamedExpression() throws(Failure) {
    let start = position
    if let target = try attemptExpression(), skip(.colonEqual), try attemptExpression() != nil {
      throw raise("cannot use assignment expressions with \(Self.description(target))", at: target.span)
    }
    position = start
    if kind == .name && followingKind == .equal {
      position += 2
      if let value = try attemptBitwiseOr(), kind != .equal && kind != .colonEqual {
        throw raise(
          "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", from: tokens[start].span, to: value.span)
      }
      position = start
    }
    guard try !startsUnassignableDisplay() else { return }
    if let target = try attemptBitwiseOr(), skip(.equal), try attemptBitwiseOr() != nil,
      kind != .equal && kind != .colonEqual
    {
      throw raise(
        "cannot assign to \(Self.description(target)) here. Maybe you meant '==' instead of '='?", at: target.span)
    }
    position = start
  }

  /// `list | tuple | genexp | 'True' | 'None' | 'False'`, for which other messages are better.
  private mutating func startsUnassignableDisplay() throws(Failure) -> Bool {
    switch kind {
    case .kwTrue, .kwFalse, .kwNone: return true
    case .leftParen, .leftBracket:
      let start = position
      let value = try attempt { parser throws(Failure) in try parser.atom() }
      let isGroup = position > start && value?.span.column != tokens[start].column
      position = start
      guard let value, !isGroup else { return false }
      switch value.kind {
      case .list, .tuple, .generatorExp: return true
      default: return false
      }
    default: return false
    }
  }

  // MARK: Expressions

  mutating func diagnoseExpression() throws(Failure) {
    try diagnoseMissingComma()
    try diagnoseConditional()
    try diagnoseLambdaInFString()
    try diagnoseLegacyStatement()
  }

  private var isSoftKeyword: Bool {
    isSoftKeyword("match") || isSoftKeyword("case") || isSoftKeyword("type") || isSoftKeyword("_")
  }

  /// Two expressions side by side in brackets.
  private mutating func diagnoseMissingComma() throws(Failure) {
    if kind == .name && followingKind == .string || isSoftKeyword { return }
    let start = position
    guard let first = try attemptDisjunction() else { return }
    isDiagnosing = false
    let second = try attempt { parser throws(Failure) in try parser.expressionRule() }
    isDiagnosing = true
    if let second, !Self.isLegacyName(first), tokens[position - 1].level != 0 {
      throw raise("invalid syntax. Perhaps you forgot a comma?", from: first.span, to: second.span)
    }
    position = start
  }

  private mutating func diagnoseConditional() throws(Failure) {
    let start = position
    if let body = try attemptDisjunction(), skip(.kwIf), let test = try attemptDisjunction(),
      kind != .kwElse && kind != .colon
    {
      throw raise("expected 'else' after 'if' expression", from: body.span, to: test.span)
    }
    position = start
  }

  private mutating func diagnoseLambdaInFString() throws(Failure) {
    guard kind == .kwLambda else { return }
    let start = position
    let colon = try attempt { parser throws(Failure) -> Token in
      parser.advance()
      _ = try parser.parameters(of: .lambda)
      try parser.expect(.colon)
      guard parser.kind == .fstringMiddle else { throw parser.noMatch() }
      return parser.tokens[parser.position - 1]
    }
    if let colon {
      throw raise(
        "f-string: lambda expressions are not allowed without parentheses", from: tokens[start].span, to: colon.span)
    }
  }

  private static func isLegacyName(_ expression: Expression) -> Bool {
    if case .name(let id, _) = expression.kind { return id == "print" || id == "exec" }
    return false
  }

  private mutating func diagnoseLegacyStatement() throws(Failure) {
    guard kind == .name, followingKind != .leftParen, startsExpression(followingKind) else { return }
    let start = position
    let name = text(of: tokens[position])
    advance()
    if let value = try attempt({ parser throws(Failure) in try parser.starExpressions() }),
      name == "print" || name == "exec"
    {
      throw raise(
        "Missing parentheses in call to '\(name)'. Did you mean \(name)(...)?", from: tokens[start].span,
        to: value.span)
    }
    position = start
  }

  mutating func diagnoseStarredExpression() throws(Failure) {
    let start = position
    guard skip(.star) else { return }
    guard try attemptExpression() != nil else { throw raise("Invalid star expression") }
    if skip(.equal), let value = try attemptExpression() {
      throw raise("cannot assign to iterable argument unpacking", from: tokens[start].span, to: value.span)
    }
    position = start
  }

  /// At an operator that `not` may follow.
  mutating func diagnoseNotAfterOperator() throws(Failure) {
    guard followingKind == .kwNot else { return }
    let start = position
    advance()
    let negation = tokens[position].span
    if let value = try attempt({ parser throws(Failure) in try parser.inversion() }) {
      throw raise("'not' after an operator must be parenthesized", from: negation, to: value.span)
    }
    position = start
  }

  // MARK: Displays

  /// At the opening bracket of what may be a comprehension.
  mutating func diagnoseComprehensionElement() throws(Failure) {
    let start = position
    let isParenthesis = kind == .leftParen
    advance()
    if kind == .star {
      let starred = try attempt { parser throws(Failure) -> Expression in
        let value = try parser.starredBitwiseOr()
        _ = try parser.comprehensions()
        return value
      }
      if let starred { throw raise("iterable unpacking cannot be used in comprehension", at: starred.span) }
    }
    if kind == .doubleStar {
      let unpacked = try attempt { parser throws(Failure) -> Token in
        parser.advance()
        _ = try parser.bitwiseOr()
        _ = try parser.comprehensions()
        return parser.tokens[start + 1]
      }
      if let unpacked { throw raise("dict unpacking cannot be used in dict comprehension", at: unpacked) }
    }
    if !isParenthesis { try diagnoseBareTupleElement() }
    position = start
  }

  /// `[a, b for ...]`
  private mutating func diagnoseBareTupleElement() throws(Failure) {
    guard let first = try attempt({ parser throws(Failure) in try parser.starNamedExpression() }), kind == .comma else {
      return
    }
    var last = tokens[position].span
    while skip(.comma) {
      guard startsExpression(kind),
        let next = try attempt({ parser throws(Failure) in try parser.starNamedExpression() })
      else { break }
      last = next.span
    }
    guard startsComprehension, try attempt({ parser throws(Failure) in try parser.comprehensions() }) != nil else {
      return
    }
    throw raise("did you forget parentheses around the comprehension target?", from: first.span, to: last)
  }

  /// `(*a)` and `(**a)`
  mutating func diagnoseGroup() throws(Failure) {
    let start = position
    advance()
    guard kind == .star || kind == .doubleStar else {
      position = start
      return
    }
    let isDouble = kind == .doubleStar
    let token = tokens[position]
    advance()
    if let value = try attemptExpression(), kind == .rightParen {
      if isDouble { throw raise("cannot use double starred expression here", at: token) }
      throw raise("cannot use starred expression here", from: token.span, to: value.span)
    }
    position = start
  }

  /// - Parameter start: the first token after the brace.
  mutating func diagnoseDict(from start: Int) throws(Failure) {
    let end = position
    position = start
    repeat {
      if kind == .doubleStar {
        advance()
        guard try attemptBitwiseOr() != nil else { break }
        continue
      }
      let isFirst = position == start
      guard let key = try attemptExpression() else { break }
      guard kind == .colon else {
        if isFirst { break }
        throw raiseMissingColon(after: key)
      }
      let colon = tokens[position]
      advance()
      if kind == .star {
        let star = tokens[position]
        advance()
        if try attemptBitwiseOr() != nil {
          throw raise("cannot use a starred expression in a dictionary value", startingFrom: star)
        }
        break
      }
      if kind == .rightBrace || kind == .comma {
        throw raise("expression expected after dictionary key and ':'", at: colon)
      }
      guard try attemptExpression() != nil else { break }
    } while skip(.comma)
    position = end
  }

  /// At the last column of the key, with no end column, as in CPython.
  private mutating func raiseMissingColon(after key: Expression) -> Failure {
    raised = SyntaxError(
      message: "':' expected after dictionary key", line: Int(key.span.line), column: Int(key.span.endColumn),
      endLine: Int(key.span.endLine), endColumn: 0)
    return Failure()
  }

  // MARK: f-string fields

  /// At the opening brace.
  mutating func diagnoseField() throws(Failure) {
    let start = position
    advance()
    switch kind {
    case .equal: throw raise("f-string: valid expression required before '='", at: tokens[position])
    case .exclamation: throw raise("f-string: valid expression required before '!'", at: tokens[position])
    case .colon: throw raise("f-string: valid expression required before ':'", at: tokens[position])
    case .rightBrace: throw raise("f-string: valid expression required before '}'", at: tokens[position])
    default: break
    }
    guard try attempt({ parser throws(Failure) in try parser.yieldOrStarExpressions() }) != nil else {
      throw raise("f-string: expecting a valid expression after '{'", at: tokens[position])
    }
    let hasEqual = kind == .equal
    guard hasEqual || kind == .exclamation || kind == .colon || kind == .rightBrace else {
      throw raiseUnlessTokenizer("f-string: expecting '=', or '!', or ':', or '}'")
    }
    if skip(.equal), kind != .exclamation && kind != .colon && kind != .rightBrace {
      throw raiseUnlessTokenizer("f-string: expecting '!', or ':', or '}'")
    }
    if skip(.exclamation) {
      if kind == .colon || kind == .rightBrace {
        throw raise("f-string: missing conversion character", at: tokens[position])
      }
      guard skip(.name) else { throw raiseUnlessTokenizer("f-string: invalid conversion character") }
      guard kind == .colon || kind == .rightBrace else { throw raiseUnlessTokenizer("f-string: expecting ':' or '}'") }
    }
    if kind == .colon {
      advance()
      while kind == .fstringMiddle || kind == .leftBrace {
        if skip(.fstringMiddle) { continue }
        var ignored: [Expression] = []
        guard
          try attempt({ parser throws(Failure) -> Bool in
            try parser.field(into: &ignored)
            return true
          }) != nil
        else { break }
      }
      guard kind == .rightBrace else { throw raiseUnlessTokenizer("f-string: expecting '}', or format specs") }
    }
    position = start
  }

  private mutating func raiseUnlessTokenizer(_ message: String) -> Failure {
    kind == .error ? noMatch() : raise(message, at: tokens[position])
  }
}
