// Known mistakes in statements, calls and targets, looked for only in the second pass; see
// TreeParser+ExpressionMistakes.

extension TreeParser {
  private mutating func attemptExpression() throws(Failure) -> Expression? {
    try attempt { parser throws(Failure) in try parser.expression() }
  }

  private mutating func attemptStarExpressions() throws(Failure) -> Expression? {
    try attempt { parser throws(Failure) in try parser.starExpressions() }
  }

  // MARK: Targets

  enum InvalidTargetUse {
    case assignment, deletion, loop
  }

  /// The innermost part that cannot be assigned to or deleted.
  static func invalidTarget(in expression: Expression, _ use: InvalidTargetUse) -> Expression? {
    switch expression.kind {
    case .name, .subscript, .attribute: return nil
    case .list(let elements, _), .tuple(let elements, _):
      for element in elements {
        if let found = invalidTarget(in: element, use) { return found }
      }
      return nil
    case .starred(let value, _):
      return use == .deletion ? expression : invalidTarget(in: value, use)
    case .compare(let left, let ops, _) where use == .loop:
      return ops.first == .in ? invalidTarget(in: left, use) : nil
    default: return expression
    }
  }

  private mutating func raiseInvalidTarget(_ expression: Expression, _ use: InvalidTargetUse) throws(Failure) {
    guard let found = Self.invalidTarget(in: expression, use) else { return }
    let verb = use == .deletion ? "delete" : "assign to"
    throw raise("cannot \(verb) \(Self.description(found))", at: found.span)
  }

  // MARK: Assignments

  mutating func diagnoseAssignment() throws(Failure) {
    let start = position
    defer { position = start }
    try diagnoseAnnotation()
    position = start
    // Targets that are fine, then one that is not.
    while let value = try attemptStarExpressions(), kind == .equal, target(value, .assignment) != nil { advance() }
    let last = position
    position = start
    try diagnoseTarget(upTo: last)
    position = start
    if let value = try attemptStarExpressions(), Self.augmentedOperator(kind) != nil {
      advance()
      if try attempt({ parser throws(Failure) in try parser.yieldOrStarExpressions() }) != nil {
        throw raise(
          "'\(Self.description(value))' is an illegal expression for augmented assignment", at: value.span)
      }
    }
  }

  private mutating func diagnoseTarget(upTo last: Int) throws(Failure) {
    while true {
      let isYield = kind == .kwYield
      let value =
        isYield
        ? try attempt({ parser throws(Failure) in try parser.yieldExpression() }) : try attemptStarExpressions()
      guard let value, kind == .equal else { return }
      if isYield { throw raise("assignment to yield expression not possible", at: value.span) }
      try raiseInvalidTarget(value, .assignment)
      advance()
    }
  }

  private mutating func diagnoseAnnotation() throws(Failure) {
    let start = position
    let first = try attempt { parser throws(Failure) in try parser.starNamedExpression() }
    if let first, kind == .colon {
      if target(first, .single) != nil { return }
      advance()
      guard try attemptExpression() != nil else { return }
      switch first.kind {
      case .list, .tuple:
        throw raise("only single target (not \(Self.description(first))) can be annotated", at: first.span)
      case .starred: return
      default: throw raise("illegal target for annotation", at: first.span)
      }
    }
    guard let first, kind == .comma else { return }
    advance()
    // N.B. CPython's rule goes on without a comma, and finds mistakes there.
    while try attempt({ parser throws(Failure) in try parser.starNamedExpression() }) != nil { _ = skip(.comma) }
    if skip(.colon), try attemptExpression() != nil {
      throw raise("only single target (not tuple) can be annotated", at: first.span)
    }
    position = start
  }

  mutating func diagnoseDeletion() throws(Failure) {
    let start = position
    defer { position = start }
    advance()
    let isFine = try attempt { parser throws(Failure) -> Bool in
      let value = try parser.starExpressions()
      guard parser.target(value, .deletion) != nil, parser.kind == .newline || parser.kind == .semicolon else {
        throw parser.noMatch()
      }
      return true
    }
    if isFine != nil { return }
    if let value = try attemptStarExpressions() { try raiseInvalidTarget(value, .deletion) }
  }

  /// At `for` or `async for`.
  mutating func diagnoseForClause(isComprehension: Bool) throws(Failure) {
    let start = position
    defer { position = start }
    _ = skip(.kwAsync)
    advance()
    let isFine = try attempt { parser throws(Failure) -> Bool in
      _ = try parser.forTargets()
      try parser.expect(.kwIn)
      return true
    }
    if isFine != nil { return }
    let targets = position
    if isComprehension {
      let isOther = try attempt { parser throws(Failure) -> Bool in
        repeat { _ = try parser.bitwiseOr() } while parser.skip(.comma) && parser.startsExpression(parser.kind)
        guard parser.kind != .kwIn else { throw parser.noMatch() }
        return true
      }
      if isOther != nil { throw raise("'in' expected after for-loop variables") }
      position = targets
    }
    if let value = try attemptStarExpressions() { try raiseInvalidTarget(value, .loop) }
  }

  /// At `as` of a with item.
  mutating func diagnoseWithTarget() throws(Failure) {
    let start = position
    defer { position = start }
    advance()
    if let value = try attemptExpression(), kind == .comma || kind == .rightParen || kind == .colon {
      try raiseInvalidTarget(value, .assignment)
    }
  }

  /// After the type of an `except` clause.
  mutating func diagnoseHandler(_ type: Expression?, isStar: Bool) throws(Failure) {
    guard let type, kind == .comma else { return }
    let start = position
    defer { position = start }
    advance()
    guard try attempt({ parser throws(Failure) in try parser.expressions() }) != nil else { return }
    if skip(.kwAs), !skip(.name) { return }
    guard skip(.colon) else { return }
    var end = tokens[position - 1].span
    end.endColumn -= 1
    throw raise("multiple exception types must be parenthesized", from: type.span, to: end)
  }

  /// After `as` in a pattern.
  mutating func diagnoseCaptureTarget() throws(Failure) {
    if isSoftKeyword("_") { throw raise("cannot use '_' as a target", at: tokens[position]) }
    guard kind != .name else { return }
    let start = position
    if let value = try attemptExpression() { throw raise("invalid pattern target", at: value.span) }
    position = start
  }

  /// At `import`.
  mutating func diagnoseImport() throws(Failure) {
    let start = position
    defer { position = start }
    advance()
    if kind == .newline {
      throw raise("Expected one or more names after 'import'", startingFrom: tokens[position])
    }
    let isTurned = try attempt { parser throws(Failure) -> Bool in
      repeat { _ = try parser.dottedName() } while parser.skip(.comma)
      try parser.expect(.kwFrom)
      _ = try parser.dottedName()
      return true
    }
    if isTurned != nil {
      throw raise("Did you mean to use 'from ... import ...' instead?", startingFrom: tokens[start])
    }
  }

  // MARK: Calls

  /// What a run of arguments had, for the messages.
  private struct Run {
    var positional: [Expression] = []
    var hasKeywords = false
    var hasUnpackedKeywords = false
  }

  /// After the opening parenthesis.
  mutating func diagnoseArguments() throws(Failure) {
    let start = position
    defer { position = start }
    if try attemptRun() != nil {
      _ = skip(.comma)
      if kind == .rightParen { return }
    }
    position = start
    try diagnoseGenerator(isFirst: true)
    position = start
    if kind == .name && followingKind == .equal {
      position += 2
      if try attemptExpression() != nil, try attemptComprehensions() != nil {
        throw raise(
          "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", from: tokens[start].span,
          to: tokens[start + 1].span)
      }
      position = start
    }
    try diagnoseMissingValue()
    position = start
    guard let run = try attemptRun() else { return }
    let runEnd = position
    if startsComprehension, try attemptComprehensions() != nil, run.positional.count > 1,
      let last = run.positional.last
    {
      throw raise("Generator expression must be parenthesized", from: last.span, to: tokens[position - 1].span)
    }
    position = runEnd
    guard skip(.comma) else { return }
    let afterComma = position
    if run.hasUnpackedKeywords && kind == .star,
      try attempt({ parser throws(Failure) in try parser.starredExpression() }) != nil
    {
      throw raise(
        "iterable argument unpacking follows keyword argument unpacking", startingFrom: tokens[afterComma - 1])
    }
    try diagnoseGenerator(isFirst: false)
    position = afterComma
    guard try attemptRun() != nil else { return }
    throw raise(
      run.hasUnpackedKeywords
        ? "positional argument follows keyword argument unpacking" : "positional argument follows keyword argument")
  }

  private mutating func attemptComprehensions() throws(Failure) -> [Comprehension]? {
    guard startsComprehension else { return nil }
    return try attempt { parser throws(Failure) in try parser.comprehensions() }
  }

  private mutating func diagnoseGenerator(isFirst: Bool) throws(Failure) {
    guard let element = try attemptExpression(), try attemptComprehensions() != nil else { return }
    let end = tokens[position - 1].span
    if isFirst {
      guard skip(.comma) else { return }
      _ = try attemptRun()
    }
    throw raise("Generator expression must be parenthesized", from: element.span, to: end)
  }

  /// `f(a=)`
  private mutating func diagnoseMissingValue() throws(Failure) {
    let start = position
    func isValueMissing(_ parser: TreeParser) -> Bool {
      guard parser.kind == .name, parser.followingKind == .equal, parser.position + 2 < parser.tokens.count else {
        return false
      }
      let after = parser.tokens[parser.position + 2].kind
      return after == .comma || after == .rightParen
    }
    if !isValueMissing(self) {
      guard try attemptRun() != nil, skip(.comma), isValueMissing(self) else {
        position = start
        return
      }
    }
    throw raise(
      "expected argument value expression", from: tokens[position].span, to: tokens[position + 1].span)
  }

  /// `args`: positional arguments, then keywords and starred ones, then keywords and unpacked mappings; no comma at the
  /// end.
  private mutating func attemptRun() throws(Failure) -> Run? {
    var run = Run()
    var end = position
    var isEmpty = true
    while true {
      guard try attemptRunElement(&run) else { break }
      isEmpty = false
      end = position
      guard skip(.comma) else { break }
    }
    position = end
    return isEmpty ? nil : run
  }

  private mutating func attemptRunElement(_ run: inout Run) throws(Failure) -> Bool {
    if kind == .star {
      if run.hasUnpackedKeywords { return false }
      guard let value = try attempt({ parser throws(Failure) in try parser.starredExpression() }) else { return false }
      if !run.hasKeywords { run.positional.append(value) }
      return true
    }
    let start = position
    if !run.hasKeywords && kind != .doubleStar {
      if kind == .name && followingKind == .colonEqual {
        guard let value = try attempt({ parser throws(Failure) in try parser.assignmentExpression() }) else {
          return false
        }
        run.positional.append(value)
        return true
      }
      if let value = try attemptExpression(), kind != .colonEqual && kind != .equal {
        run.positional.append(value)
        return true
      }
      position = start
    }
    return try attemptKeyword(&run)
  }

  private mutating func attemptKeyword(_ run: inout Run) throws(Failure) -> Bool {
    let start = position
    try diagnoseKeyword()
    position = start
    if kind == .doubleStar {
      advance()
      guard try attemptExpression() != nil else { return false }
      run.hasUnpackedKeywords = true
      run.hasKeywords = true
      return true
    }
    guard kind == .name && followingKind == .equal else { return false }
    position += 2
    guard try attemptExpression() != nil else {
      position = start
      return false
    }
    run.hasKeywords = true
    return true
  }

  private mutating func diagnoseKeyword() throws(Failure) {
    let start = position
    let token = tokens[position]
    if [.kwTrue, .kwFalse, .kwNone].contains(kind) && followingKind == .equal {
      throw raise("cannot assign to \(text(of: token))", from: token.span, to: tokens[position + 1].span)
    }
    if kind == .name && followingKind == .equal {
      position += 2
      if try attemptExpression() != nil, try attemptComprehensions() != nil {
        throw raise(
          "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", from: token.span,
          to: tokens[start + 1].span)
      }
      return
    }
    if kind == .doubleStar {
      advance()
      if try attemptExpression() != nil, skip(.equal), let value = try attemptExpression() {
        throw raise("cannot assign to keyword argument unpacking", from: token.span, to: value.span)
      }
      return
    }
    if let value = try attemptExpression(), kind == .equal {
      throw raise(
        "expression cannot contain assignment, perhaps you meant \"==\"?", from: value.span,
        to: tokens[position].span)
    }
  }
}
