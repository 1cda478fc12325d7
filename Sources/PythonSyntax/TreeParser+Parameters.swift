// Rules: the parameters of functions and lambdas, and type parameters.

extension TreeParser {
  enum ParameterOwner {
    case function
    case lambda

    var close: TokenKind { self == .function ? .rightParen : .colon }
  }

  /// Everything between the parentheses, or between `lambda` and its colon; the closing token is not consumed.
  mutating func parameters(of owner: ParameterOwner) throws(Failure) -> Arguments {
    var result = Arguments()
    var hasSlash = false
    var hasStar = false
    while kind != owner.close {
      // What a type comment would belong to.
      var last: Argument?
      let isStar = kind == .star
      switch kind {
      case .slash:
        try checkSlash(hasSlash, hasStar, isFirst: result.args.isEmpty)
        hasSlash = true
        advance()
        (result.posonlyargs, result.args) = (result.args, [])
        if kind == .star { throw mistake("expected comma between / and *") }
      case .star:
        if hasStar { throw mistake("* argument may appear only once") }
        hasStar = true
        result.vararg = try variadic(of: owner)
        last = result.vararg
      case .doubleStar:
        result.kwarg = try keywordVariadic(of: owner)
        return result
      case .leftParen:
        if !hasStar && result.defaults.isEmpty { try diagnoseParenthesizedParameters(of: owner) }
        throw noMatch()
      default:
        try namedParameter(of: owner, hasStar, &result)
        last = hasStar ? result.kwonlyargs.last : result.args.last
      }
      if let last, owner == .function, followingKind == .rightParen { skipTypeComment(of: last.span) }
      guard skip(.comma) else { break }
      guard kind == .typeComment else { continue }
      guard let last, owner == .function else {
        throw isStar ? mistake("bare * has associated type comment") : noMatch()
      }
      skipTypeComment(of: last.span)
    }
    guard kind == owner.close else { throw noMatch() }
    return result
  }

  /// A known mistake at the next token; without diagnosing just no match.
  private mutating func mistake(_ message: String) -> Failure {
    isDiagnosing ? raise(message, at: tokens[position]) : noMatch()
  }

  private mutating func checkSlash(_ hasSlash: Bool, _ hasStar: Bool, isFirst: Bool) throws(Failure) {
    if hasSlash { throw mistake("/ may appear only once") }
    if hasStar { throw mistake("/ must be ahead of *") }
    if isFirst {
      if followingKind == .comma { throw mistake("at least one argument must precede /") }
      throw noMatch()
    }
  }

  /// `*name`, or `*` alone before keyword-only parameters.
  private mutating func variadic(of owner: ParameterOwner) throws(Failure) -> Argument? {
    let star = position
    advance()
    if kind == owner.close || kind == .comma && (followingKind == owner.close || followingKind == .doubleStar) {
      guard isDiagnosing else { throw noMatch() }
      // N.B. For a lambda CPython shows the last token it has seen.
      if owner == .lambda { throw raise("named arguments must follow bare *") }
      throw raise("named arguments must follow bare *", at: tokens[star])
    }
    guard kind != .comma else { return nil }
    let parameter = try parameter(of: owner, allowsStarredAnnotation: true)
    if kind == .equal { throw mistake("var-positional argument cannot have default value") }
    return parameter
  }

  private mutating func keywordVariadic(of owner: ParameterOwner) throws(Failure) -> Argument {
    advance()
    let parameter = try parameter(of: owner)
    if kind == .equal { throw mistake("var-keyword argument cannot have default value") }
    if owner == .function, followingKind == .rightParen { skipTypeComment(of: parameter.span) }
    let hasComma = skip(.comma)
    if hasComma, owner == .function { skipTypeComment(of: parameter.span) }
    if hasComma, [.name, .star, .doubleStar, .slash].contains(kind) {
      throw mistake("arguments cannot follow var-keyword argument")
    }
    guard kind == owner.close else { throw noMatch() }
    return parameter
  }

  private mutating func diagnoseParenthesizedParameters(of owner: ParameterOwner) throws(Failure) {
    guard isDiagnosing else { return }
    let open = tokens[position]
    let close = try attempt { parser throws(Failure) -> Token in
      parser.advance()
      repeat {
        if parser.kind == .rightParen { break }
        _ = try parser.parameter(of: owner)
      } while parser.skip(.comma)
      try parser.expect(.rightParen)
      return parser.tokens[parser.position - 1]
    }
    guard let close else { return }
    let who = owner == .function ? "Function" : "Lambda expression"
    throw raise("\(who) parameters cannot be parenthesized", from: open.span, to: close.span)
  }

  private mutating func namedParameter(
    of owner: ParameterOwner, _ isKeywordOnly: Bool, _ result: inout Arguments
  ) throws(Failure) {
    let start = position
    let parameter = try parameter(of: owner)
    let defaultValue = skip(.equal) ? try self.defaultValue(of: owner) : nil
    if isKeywordOnly {
      result.kwonlyargs.append(parameter)
      result.kwDefaults.append(defaultValue)
      return
    }
    result.args.append(parameter)
    if let defaultValue {
      result.defaults.append(defaultValue)
    } else if !result.defaults.isEmpty {
      guard isDiagnosing else { throw noMatch() }
      _ = skip(.comma)
      throw raise("parameter without a default follows parameter with a default", at: tokens[start].span)
    }
  }

  private mutating func defaultValue(of owner: ParameterOwner) throws(Failure) -> Expression {
    if isDiagnosing && (kind == .comma || kind == .rightParen) {
      throw raise("expected default value expression", at: tokens[position - 1])
    }
    return try expression()
  }

  private mutating func parameter(
    of owner: ParameterOwner, allowsStarredAnnotation: Bool = false
  ) throws(Failure) -> Argument {
    let start = position
    let name = try identifier()
    var annotation: Expression?
    if owner == .function && skip(.colon) {
      annotation = allowsStarredAnnotation ? try starExpression() : try expression()
    }
    return Argument(span: span(from: start), arg: name, annotation: annotation)
  }

  // MARK: Type parameters

  /// `[ '[' type_params ']' ]`; what is no parameter list is left for the next rule to complain about.
  mutating func optionalTypeParameters() throws(Failure) -> [TypeParam] {
    guard kind == .leftBracket else { return [] }
    return try attempt { parser throws(Failure) in try parser.typeParameters() } ?? []
  }

  private mutating func typeParameters() throws(Failure) -> [TypeParam] {
    try expect(.leftBracket)
    if isDiagnosing && kind == .rightBracket {
      throw raise("Type parameter list cannot be empty", startingFrom: tokens[position])
    }
    var result: [TypeParam] = []
    repeat {
      if kind == .rightBracket { break }
      result.append(try typeParameter())
    } while skip(.comma)
    guard !result.isEmpty else { throw noMatch() }
    try expect(.rightBracket)
    return result
  }

  private mutating func typeParameter() throws(Failure) -> TypeParam {
    let start = position
    let isStar = kind == .star
    let isDoubleStar = kind == .doubleStar
    if isStar || isDoubleStar { advance() }
    let name = try identifier()
    var paramKind: TypeParam.Kind = isStar ? .typeVarTuple : .paramSpec
    if isStar || isDoubleStar {
      if isDiagnosing && kind == .colon { try diagnoseBound(ofTypeVarTuple: isStar) }
    } else {
      paramKind = .typeVar(bound: skip(.colon) ? try expression() : nil)
    }
    var defaultValue: Expression?
    if skip(.equal) { defaultValue = isStar ? try starExpression() : try expression() }
    return TypeParam(span: span(from: start), kind: paramKind, name: name, defaultValue: defaultValue)
  }

  private mutating func diagnoseBound(ofTypeVarTuple isTuple: Bool) throws(Failure) {
    let colon = tokens[position]
    let bound = try attempt { parser throws(Failure) in
      parser.advance()
      return try parser.expression()
    }
    guard let bound else { return }
    let owner = isTuple ? "TypeVarTuple" : "ParamSpec"
    if case .tuple = bound.kind { throw raise("cannot use constraints with \(owner)", startingFrom: colon) }
    throw raise("cannot use bound with \(owner)", startingFrom: colon)
  }
}
