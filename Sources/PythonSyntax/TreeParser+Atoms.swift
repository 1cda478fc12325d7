// Rules: atoms, the trailers that follow them (`.name`, `[...]`, `(...)`), displays and comprehensions.

extension TreeParser {
  // MARK: Trailers

  mutating func primary() throws(Failure) -> Expression {
    if isSecondPass {
      return try remembering(.primary) { parser throws(Failure) in try parser.primaryRule() }
    }
    return try primaryRule()
  }

  private mutating func primaryRule() throws(Failure) -> Expression {
    let start = position
    var value = try atom()
    var length = 0
    while true {
      length += 1
      if length > Self.maximumChainLength { throw chainOverflow() }
      guard kind == .dot || kind == .leftParen || kind == .leftBracket else {
        // What comes after is looked at by every rule, so a token that cannot be read is an error right here.
        if kind == .error { throw noMatch() }
        return value
      }
      let whole = try optional { parser throws(Failure) in try parser.trailer(of: value, from: start) }
      guard let whole else { return value }
      value = whole
    }
  }

  private mutating func trailer(of value: Expression, from start: Int) throws(Failure) -> Expression {
    if skip(.dot) {
      let name = try identifier()
      return Expression(span: span(from: start), kind: .attribute(value: value, attr: name, ctx: .load))
    }
    try enter(10)
    let whole: Expression
    if kind == .leftParen {
      whole = try call(value, from: start)
    } else {
      advance()
      let index = try slices()
      try expect(.rightBracket)
      whole = Expression(span: span(from: start), kind: .subscript(value: value, slice: index, ctx: .load))
    }
    leave(10)
    return whole
  }

  /// What is between the brackets of a subscript: one slice, or a tuple of slices and starred expressions.
  private mutating func slices() throws(Failure) -> Expression {
    let start = position
    let isStarred = kind == .star
    let first = isStarred ? try starredExpression() : try slice()
    guard isStarred || kind == .comma else { return first }
    var elements = [first]
    while skip(.comma) {
      guard kind != .rightBracket else { break }
      elements.append(kind == .star ? try starredExpression() : try slice())
    }
    return Expression(span: span(from: start), kind: .tuple(elts: elements, ctx: .load))
  }

  private mutating func slice() throws(Failure) -> Expression {
    let start = position
    var lower: Expression?
    if kind != .colon {
      let value = try namedExpression()
      guard kind == .colon, tokens[start + 1].kind != .colonEqual else { return value }
      lower = value
    }
    try expect(.colon)
    let upper = startsExpression(kind) && kind != .star ? try expression() : nil
    var step: Expression?
    if skip(.colon) {
      step = startsExpression(kind) && kind != .star ? try expression() : nil
    }
    return Expression(span: span(from: start), kind: .slice(lower: lower, upper: upper, step: step))
  }

  /// `'*' expression`, where a call or subscript allows it.
  mutating func starredExpression() throws(Failure) -> Expression {
    let start = position
    if isDiagnosing { try diagnoseStarredExpression() }
    try expect(.star)
    let value = try expression()
    return Expression(span: span(from: start), kind: .starred(value: value, ctx: .load))
  }

  // MARK: Atoms

  mutating func atom() throws(Failure) -> Expression {
    let token = tokens[position]
    switch token.kind {
    case .name:
      advance()
      return Expression(span: token.span, kind: .name(id: name(of: token), ctx: .load))
    case .number:
      advance()
      return Expression(span: token.span, kind: .constant(value: try number(token), isUnicodeMarked: false))
    case .string, .fstringStart:
      return try strings()
    case .leftParen, .leftBracket, .leftBrace:
      try enter(10)
      let value =
        switch token.kind {
        case .leftParen: try parenthesized()
        case .leftBracket: try bracketed()
        default: try braced()
        }
      leave(10)
      return value
    case .kwNone: return constant(.none)
    case .kwTrue: return constant(.bool(true))
    case .kwFalse: return constant(.bool(false))
    case .ellipsis: return constant(.ellipsis)
    default:
      throw noMatch()
    }
  }

  private mutating func constant(_ value: ConstantValue) -> Expression {
    let token = tokens[position]
    advance()
    return Expression(span: token.span, kind: .constant(value: value, isUnicodeMarked: false))
  }

  /// A group, tuple or generator expression.
  private mutating func parenthesized() throws(Failure) -> Expression {
    let start = position
    if isDiagnosing {
      try diagnoseComprehensionElement()
      try diagnoseGroup()
    }
    try expect(.leftParen)
    if skip(.rightParen) { return Expression(span: span(from: start), kind: .tuple(elts: [], ctx: .load)) }
    if kind == .kwYield {
      let value = try yieldExpression()
      try expect(.rightParen)
      return value
    }
    let isStarred = kind == .star
    let first = try starNamedExpression()
    if startsComprehension && !isStarred {
      let generators = try comprehensions()
      try expect(.rightParen)
      return Expression(span: span(from: start), kind: .generatorExp(elt: first, generators: generators))
    }
    if kind == .rightParen && !isStarred {
      advance()
      return first
    }
    guard kind == .comma else { throw noMatch() }
    let elements = try elements(first, until: .rightParen)
    return Expression(span: span(from: start), kind: .tuple(elts: elements, ctx: .load))
  }

  /// The rest of a display whose first element is read, with its closing bracket.
  private mutating func elements(_ first: Expression, until close: TokenKind) throws(Failure) -> [Expression] {
    var elements = [first]
    while skip(.comma) {
      if kind == close { break }
      elements.append(try starNamedExpression())
    }
    try expect(close)
    return elements
  }

  private mutating func bracketed() throws(Failure) -> Expression {
    let start = position
    if isDiagnosing { try diagnoseComprehensionElement() }
    try expect(.leftBracket)
    if skip(.rightBracket) { return Expression(span: span(from: start), kind: .list(elts: [], ctx: .load)) }
    let isStarred = kind == .star
    let first = try starNamedExpression()
    if startsComprehension && !isStarred {
      let generators = try comprehensions()
      try expect(.rightBracket)
      return Expression(span: span(from: start), kind: .listComp(elt: first, generators: generators))
    }
    let elements = try elements(first, until: .rightBracket)
    return Expression(span: span(from: start), kind: .list(elts: elements, ctx: .load))
  }

  private mutating func braced() throws(Failure) -> Expression {
    let start = position
    if isDiagnosing { try diagnoseComprehensionElement() }
    try expect(.leftBrace)
    if skip(.rightBrace) { return Expression(span: span(from: start), kind: .dict(keys: [], values: [])) }
    if kind == .doubleStar { return try dict(from: start, firstKey: nil) }
    if kind == .star { return try set(from: start, try starNamedExpression()) }
    let isNamed = kind == .name && followingKind == .colonEqual
    let first = try namedExpression()
    guard kind == .colon && !isNamed else { return try set(from: start, first) }
    return try dict(from: start, firstKey: first)
  }

  private mutating func set(from start: Int, _ first: Expression) throws(Failure) -> Expression {
    if startsComprehension && tokens[start + 1].kind != .star {
      let generators = try comprehensions()
      try expect(.rightBrace)
      return Expression(span: span(from: start), kind: .setComp(elt: first, generators: generators))
    }
    let elements = try elements(first, until: .rightBrace)
    return Expression(span: span(from: start), kind: .set(elts: elements))
  }

  /// - Parameter firstKey: read already, to tell a dict from a set; nil if a `**` is next.
  private mutating func dict(from start: Int, firstKey: Expression?) throws(Failure) -> Expression {
    if isDiagnosing { try diagnoseDict(from: start + 1) }
    var keys: [Expression?] = []
    var values: [Expression] = []
    repeat {
      if kind == .rightBrace { break }
      if skip(.doubleStar) {
        keys.append(nil)
        values.append(try bitwiseOr())
        continue
      }
      let key: Expression
      if let firstKey, keys.isEmpty { key = firstKey } else { key = try expression() }
      try expect(.colon)
      let value = try expression()
      if keys.isEmpty && startsComprehension {
        let generators = try comprehensions()
        try expect(.rightBrace)
        return Expression(
          span: span(from: start), kind: .dictComp(key: key, value: value, generators: generators))
      }
      keys.append(key)
      values.append(value)
    } while skip(.comma)
    try expect(.rightBrace)
    return Expression(span: span(from: start), kind: .dict(keys: keys, values: values))
  }

  // MARK: Comprehensions

  var startsComprehension: Bool { kind == .kwFor || (kind == .kwAsync && followingKind == .kwFor) }

  /// `for_if_clauses`
  mutating func comprehensions() throws(Failure) -> [Comprehension] {
    var result: [Comprehension] = []
    guard startsComprehension else { throw noMatch() }
    repeat {
      if isDiagnosing { try diagnoseForClause(isComprehension: true) }
      let isAsync = skip(.kwAsync)
      try expect(.kwFor)
      let target = try forTargets()
      try expect(.kwIn)
      let iter = try disjunction()
      var conditions: [Expression] = []
      while skip(.kwIf) { conditions.append(try disjunction()) }
      result.append(Comprehension(target: target, iter: iter, ifs: conditions, isAsync: isAsync))
    } while startsComprehension
    return result
  }
}
