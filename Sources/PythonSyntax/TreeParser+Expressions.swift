// Rules: expressions from the loosest binding (tuples, starred lists) down to unary operators and powers. Binary
// operators are climbed by precedence; the rest is one method per level. Atoms and trailers are in TreeParser+Atoms.

extension TreeParser {
  // MARK: Lists

  /// `star_expressions`: what stands alone in a statement, after `=`, `return`, `in`.
  mutating func starExpressions() throws(Failure) -> Expression {
    let start = position
    let first = try starExpression()
    guard kind == .comma else { return first }
    return try tuple(from: start, first) { parser throws(Failure) in try parser.starExpression() }
  }

  /// `expressions`: the same without stars.
  mutating func expressions() throws(Failure) -> Expression {
    let start = position
    let first = try expression()
    guard kind == .comma else { return first }
    return try tuple(from: start, first) { parser throws(Failure) in try parser.expression() }
  }

  /// The rest of a tuple without parentheses whose first element is read.
  private mutating func tuple(
    from start: Int, _ first: Expression, _ element: (inout TreeParser) throws(Failure) -> Expression
  ) throws(Failure) -> Expression {
    var elements = [first]
    while skip(.comma) {
      guard startsExpression(kind), let next = try optional(element) else { break }
      elements.append(next)
    }
    return Expression(span: span(from: start), kind: .tuple(elts: elements, ctx: .load))
  }

  mutating func starExpression() throws(Failure) -> Expression {
    guard kind == .star else { return try expression() }
    return try starredBitwiseOr()
  }

  /// `'*' bitwise_or`
  mutating func starredBitwiseOr() throws(Failure) -> Expression {
    let start = position
    try expect(.star)
    let value = try bitwiseOr()
    return Expression(span: span(from: start), kind: .starred(value: value, ctx: .load))
  }

  mutating func starNamedExpression() throws(Failure) -> Expression {
    guard kind == .star else { return try namedExpression() }
    return try starredBitwiseOr()
  }

  /// `yield_expr | star_expressions`
  mutating func yieldOrStarExpressions() throws(Failure) -> Expression {
    kind == .kwYield ? try yieldExpression() : try starExpressions()
  }

  mutating func yieldExpression() throws(Failure) -> Expression {
    let start = position
    try expect(.kwYield)
    if skip(.kwFrom) {
      let value = try expression()
      return Expression(span: span(from: start), kind: .yieldFrom(value: value))
    }
    let value =
      startsExpression(kind) ? try optional { parser throws(Failure) in try parser.starExpressions() } : nil
    return Expression(span: span(from: start), kind: .yield(value: value))
  }

  /// Whether an expression, or a starred one, may begin with this token.
  func startsExpression(_ kind: TokenKind) -> Bool {
    switch kind {
    case .name, .number, .string, .fstringStart, .leftParen, .leftBracket, .leftBrace, .minus, .plus, .tilde, .star,
      .ellipsis, .kwNone, .kwTrue, .kwFalse, .kwLambda, .kwNot, .kwAwait, .error:
      true
    default: false
    }
  }

  // MARK: Named, conditional, lambda

  mutating func namedExpression() throws(Failure) -> Expression {
    if isSecondPass {
      return try remembering(.namedExpression) { parser throws(Failure) in try parser.namedExpressionRule() }
    }
    return try namedExpressionRule()
  }

  private mutating func namedExpressionRule() throws(Failure) -> Expression {
    if kind == .name && followingKind == .colonEqual { return try assignmentExpression() }
    if isDiagnosing { try diagnoseNamedExpression() }
    let value = try expression()
    guard kind != .colonEqual else { throw noMatch() }
    return value
  }

  /// `NAME ':=' expression`
  mutating func assignmentExpression() throws(Failure) -> Expression {
    let start = position
    let name = try identifier()
    let target = Expression(span: span(from: start), kind: .name(id: name, ctx: .store))
    try expect(.colonEqual)
    let value = try expression()
    return Expression(span: span(from: start), kind: .namedExpr(target: target, value: value))
  }

  mutating func expression() throws(Failure) -> Expression {
    if isSecondPass {
      return try remembering(.expression) { parser throws(Failure) in
        if parser.isDiagnosing { try parser.diagnoseExpression() }
        return try parser.expressionRule()
      }
    }
    return try expressionRule()
  }

  mutating func expressionRule() throws(Failure) -> Expression {
    if kind == .kwLambda { return try lambda() }
    let start = position
    let body = try disjunction()
    guard kind == .kwIf else { return body }
    try enter(3)
    let conditional = try optional { parser throws(Failure) -> Expression in
      parser.advance()
      let test = try parser.disjunction()
      try parser.expect(.kwElse)
      let orelse = try parser.expression()
      return Expression(span: parser.span(from: start), kind: .ifExp(test: test, body: body, orelse: orelse))
    }
    leave(3)
    return conditional ?? body
  }

  private mutating func lambda() throws(Failure) -> Expression {
    let start = position
    try enter(3)
    try expect(.kwLambda)
    let parameters = try parameters(of: .lambda)
    try expect(.colon)
    let body = try expression()
    leave(3)
    return Expression(span: span(from: start), kind: .lambda(args: parameters, body: body))
  }

  // MARK: Boolean operators and comparisons

  mutating func disjunction() throws(Failure) -> Expression {
    if isSecondPass {
      return try remembering(.disjunction) { parser throws(Failure) in try parser.disjunctionRule() }
    }
    return try disjunctionRule()
  }

  private mutating func disjunctionRule() throws(Failure) -> Expression {
    let start = position
    let first = try conjunction()
    guard kind == .kwOr else { return first }
    var values = [first]
    while kind == .kwOr, let next = try operand({ parser throws(Failure) in try parser.conjunction() }) {
      values.append(next)
    }
    if values.count == 1 { return first }
    return Expression(span: span(from: start), kind: .boolOp(op: .or, values: values))
  }

  private mutating func conjunction() throws(Failure) -> Expression {
    let start = position
    let first = try inversion()
    guard kind == .kwAnd else { return first }
    var values = [first]
    while kind == .kwAnd, let next = try operand({ parser throws(Failure) in try parser.inversion() }) {
      values.append(next)
    }
    if values.count == 1 { return first }
    return Expression(span: span(from: start), kind: .boolOp(op: .and, values: values))
  }

  mutating func inversion() throws(Failure) -> Expression {
    guard kind == .kwNot else { return try comparison() }
    let start = position
    try enter()
    advance()
    let operand = try inversion()
    leave()
    return Expression(span: span(from: start), kind: .unaryOp(op: .not, operand: operand))
  }

  private mutating func comparison() throws(Failure) -> Expression {
    let start = position
    let left = try bitwiseOr()
    var ops: [ComparisonOperator] = []
    var comparators: [Expression] = []
    var end = position
    while let op = comparisonOperator() {
      guard let right = try optional({ parser throws(Failure) in try parser.bitwiseOr() }) else { break }
      ops.append(op)
      comparators.append(right)
      end = position
    }
    position = end
    if ops.isEmpty { return left }
    return Expression(span: span(from: start), kind: .compare(left: left, ops: ops, comparators: comparators))
  }

  /// Consumes the operator, if there is one.
  private mutating func comparisonOperator() -> ComparisonOperator? {
    let op: ComparisonOperator
    switch kind {
    case .doubleEqual: op = .eq
    case .notEqual: op = .notEq
    case .less: op = .lt
    case .lessEqual: op = .ltE
    case .greater: op = .gt
    case .greaterEqual: op = .gtE
    case .kwIn: op = .in
    case .kwNot:
      guard followingKind == .kwIn else {
        furthest = max(furthest, position + 1)
        return nil
      }
      advance()
      op = .notIn
    case .kwIs:
      advance()
      if kind == .kwNot {
        advance()
        return .isNot
      }
      return .is
    default: return nil
    }
    advance()
    return op
  }

  // MARK: Arithmetic

  mutating func bitwiseOr() throws(Failure) -> Expression {
    if isSecondPass {
      return try remembering(.bitwiseOr) { parser throws(Failure) in try parser.binary(above: 0) }
    }
    return try binary(above: 0)
  }

  /// Operators that bind tighter than `precedence`; those of one precedence group to the left.
  private mutating func binary(above precedence: Int) throws(Failure) -> Expression {
    let start = position
    var left = try factor()
    var length = 0
    while let (op, opPrecedence) = Self.binaryOperator(kind), opPrecedence > precedence {
      if isDiagnosing && opPrecedence >= Self.arithmeticPrecedence { try diagnoseNotAfterOperator() }
      guard let right = try operand({ parser throws(Failure) in try parser.binary(above: opPrecedence) }) else { break }
      left = Expression(span: span(from: start), kind: .binOp(left: left, op: op, right: right))
      length += 1
      if length > Self.maximumChainLength { throw chainOverflow() }
    }
    return left
  }

  /// From this precedence on `not` after an operator is a known mistake.
  private static let arithmeticPrecedence = 5

  /// What follows the operator at the next token. In the second pass nil, with the operator not consumed, if nothing
  /// does: a shorter expression may fit then, as in CPython's grammar.
  @inline(__always)
  private mutating func operand(_ rule: (inout TreeParser) throws(Failure) -> Expression) throws(Failure) -> Expression?
  {
    guard isSecondPass else {
      advance()
      return try rule(&self)
    }
    return try attempt { parser throws(Failure) in
      parser.advance()
      return try rule(&parser)
    }
  }

  @inline(__always)
  private static func binaryOperator(_ kind: TokenKind) -> (BinaryOperator, Int)? {
    switch kind {
    case .pipe: (.bitOr, 1)
    case .caret: (.bitXor, 2)
    case .ampersand: (.bitAnd, 3)
    case .leftShift: (.lShift, 4)
    case .rightShift: (.rShift, 4)
    case .plus: (.add, 5)
    case .minus: (.sub, 5)
    case .star: (.mult, 6)
    case .slash: (.div, 6)
    case .doubleSlash: (.floorDiv, 6)
    case .percent: (.mod, 6)
    case .at: (.matMult, 6)
    default: nil
    }
  }

  private mutating func factor() throws(Failure) -> Expression {
    let op: UnaryOperator
    switch kind {
    case .minus: op = .uSub
    case .plus: op = .uAdd
    case .tilde: op = .invert
    default: return try power()
    }
    let start = position
    try enter()
    if isDiagnosing { try diagnoseNotAfterOperator() }
    advance()
    let operand = try factor()
    leave()
    return Expression(span: span(from: start), kind: .unaryOp(op: op, operand: operand))
  }

  private mutating func power() throws(Failure) -> Expression {
    let start = position
    let base: Expression
    if skip(.kwAwait) {
      let value = try primary()
      base = Expression(span: span(from: start), kind: .await(value: value))
    } else {
      base = try primary()
    }
    guard kind == .doubleStar else { return base }
    try enter(2)
    let exponent = try operand { parser throws(Failure) in try parser.factor() }
    leave(2)
    guard let exponent else { return base }
    return Expression(span: span(from: start), kind: .binOp(left: base, op: .pow, right: exponent))
  }
}
