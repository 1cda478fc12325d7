// Rules: the arguments of calls and class definitions.

extension TreeParser {
  struct CallArguments {
    var args: [Expression] = []
    var keywords: [Keyword] = []
  }

  /// The call of `function`, from the opening parenthesis on.
  mutating func call(_ function: Expression, from start: Int) throws(Failure) -> Expression {
    let arguments = try parenthesizedArguments()
    return Expression(
      span: span(from: start), kind: .call(func: function, args: arguments.args, keywords: arguments.keywords))
  }

  /// `'(' [arguments] ')'`; a generator expression may stand there alone, and then its span has the parentheses in it,
  /// but not in a class definition.
  mutating func parenthesizedArguments(allowsGenerator: Bool = true) throws(Failure) -> CallArguments {
    let open = position
    try expect(.leftParen)
    var result = CallArguments()
    if isDiagnosing && kind != .rightParen { try diagnoseArguments() }
    var hasUnpackedKeywords = false
    while kind != .rightParen {
      let start = position
      switch kind {
      case .star:
        // After `**kwargs` no more positional arguments, starred or not.
        if hasUnpackedKeywords { throw noMatch() }
        result.args.append(try starredExpression())
      case .doubleStar:
        hasUnpackedKeywords = true
        advance()
        let value = try expression()
        result.keywords.append(Keyword(span: span(from: start), arg: nil, value: value))
      case .name where followingKind == .equal:
        let name = try identifier()
        advance()
        let value = try expression()
        result.keywords.append(Keyword(span: span(from: start), arg: name, value: value))
      default:
        guard result.keywords.isEmpty else { throw noMatch() }
        let value = try positionalArgument()
        if allowsGenerator && startsComprehension && start == open + 1 {
          let generators = try comprehensions()
          try expect(.rightParen)
          let generator = Expression(span: span(from: open), kind: .generatorExp(elt: value, generators: generators))
          result.args.append(generator)
          return result
        }
        guard kind != .equal else { throw noMatch() }
        result.args.append(value)
      }
      guard skip(.comma) else { break }
    }
    try expect(.rightParen)
    return result
  }

  /// `assignment_expression | expression !':='`
  private mutating func positionalArgument() throws(Failure) -> Expression {
    if kind == .name && followingKind == .colonEqual { return try assignmentExpression() }
    let value = try expression()
    guard kind != .colonEqual else { throw noMatch() }
    return value
  }
}
