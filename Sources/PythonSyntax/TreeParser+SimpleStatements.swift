// Rules: statements of one line.

extension TreeParser {
  /// One compound statement, or a line of simple ones.
  mutating func statement(into body: inout [Statement]) throws(Failure) {
    // No rule goes back beyond the start of a statement.
    if memos.count > Self.maximumMemos { memos.removeAll(keepingCapacity: true) }
    if let compound = try compoundStatement() {
      body.append(compound)
      return
    }
    try simpleStatements(into: &body)
  }

  /// `simple_stmt (';' simple_stmt)* [';'] NEWLINE`
  mutating func simpleStatements(into body: inout [Statement]) throws(Failure) {
    repeat {
      let start = position
      let statementKind = try simpleStatement()
      body.append(Statement(span: span(from: start), kind: statementKind))
    } while skip(.semicolon) && kind != .newline
    try expect(.newline)
  }

  private mutating func simpleStatement() throws(Failure) -> StatementKind {
    switch kind {
    case .kwPass:
      advance()
      return .pass
    case .kwBreak:
      advance()
      return .break
    case .kwContinue:
      advance()
      return .continue
    case .kwReturn:
      advance()
      return .return(value: startsExpression(kind) ? try starExpressions() : nil)
    case .kwImport: return try importStatement()
    case .kwFrom: return try importFromStatement()
    case .kwRaise: return try raiseStatement()
    case .kwGlobal:
      advance()
      return .global(names: try names())
    case .kwNonlocal:
      advance()
      return .nonlocal(names: try names())
    case .kwDel: return try delStatement()
    case .kwAssert: return try assertStatement()
    default:
      if let alias = try typeAlias() { return alias }
      return try expressionStatement()
    }
  }

  private mutating func names() throws(Failure) -> [Identifier] {
    var result = [try identifier()]
    while skip(.comma) { result.append(try identifier()) }
    return result
  }

  // MARK: Assignments and expressions

  private mutating func expressionStatement() throws(Failure) -> StatementKind {
    guard isDiagnosing else { return try assignmentOrExpression() }
    let start = position
    let statement = try attempt { parser throws(Failure) in try parser.assignmentOrExpression() }
    if let statement {
      if case .expr = statement {
        let end = position
        position = start
        try diagnoseAssignment()
        position = end
      }
      return statement
    }
    try diagnoseAssignment()
    return .expr(value: try starExpressions())
  }

  private mutating func assignmentOrExpression() throws(Failure) -> StatementKind {
    let start = position
    let first = try yieldOrStarExpressions()
    switch kind {
    case .equal: return try assignment(to: first, from: start)
    case .colon:
      guard let target = target(first, .single) else { throw noMatch() }
      return try annotatedAssignment(to: target, isSimple: tokens[start].kind == .name)
    default: break
    }
    guard let op = Self.augmentedOperator(kind) else { return .expr(value: first) }
    guard let target = target(first, .single) else { throw noMatch() }
    advance()
    return .augAssign(target: target, op: op, value: try yieldOrStarExpressions())
  }

  private mutating func assignment(to first: Expression, from start: Int) throws(Failure) -> StatementKind {
    guard let firstTarget = target(first, .assignment) else { throw noMatch() }
    var targets = [firstTarget]
    while true {
      try expect(.equal)
      let value = try yieldOrStarExpressions()
      guard kind == .equal else {
        skipTypeComment(of: tokens[start].span)
        return .assign(targets: targets, value: value)
      }
      guard let target = target(value, .assignment) else { throw noMatch() }
      targets.append(target)
    }
  }

  private mutating func annotatedAssignment(to target: Expression, isSimple: Bool) throws(Failure) -> StatementKind {
    try expect(.colon)
    let annotation = try expression()
    let value = skip(.equal) ? try yieldOrStarExpressions() : nil
    var simple = false
    if case .name = target.kind { simple = isSimple }
    return .annAssign(target: target, annotation: annotation, value: value, simple: simple)
  }

  static func augmentedOperator(_ kind: TokenKind) -> BinaryOperator? {
    switch kind {
    case .plusEqual: .add
    case .minusEqual: .sub
    case .starEqual: .mult
    case .atEqual: .matMult
    case .slashEqual: .div
    case .percentEqual: .mod
    case .ampersandEqual: .bitAnd
    case .pipeEqual: .bitOr
    case .caretEqual: .bitXor
    case .leftShiftEqual: .lShift
    case .rightShiftEqual: .rShift
    case .doubleStarEqual: .pow
    case .doubleSlashEqual: .floorDiv
    default: nil
    }
  }

  /// `type NAME [type_params] = expression`; nil, and nothing consumed, if `type` is a name here.
  private mutating func typeAlias() throws(Failure) -> StatementKind? {
    guard isSoftKeyword("type"), followingKind == .name else { return nil }
    advance()
    let start = position
    let id = try identifier()
    let name = Expression(span: span(from: start), kind: .name(id: id, ctx: .store))
    let typeParams = try optionalTypeParameters()
    try expect(.equal)
    return .typeAlias(name: name, typeParams: typeParams, value: try expression())
  }

  // MARK: del, assert, raise

  private mutating func delStatement() throws(Failure) -> StatementKind {
    if isDiagnosing { try diagnoseDeletion() }
    try expect(.kwDel)
    var targets: [Expression] = []
    repeat {
      guard startsExpression(kind) || targets.isEmpty else { break }
      let value = try primary()
      guard let target = target(value, .deletion) else { throw noMatch() }
      targets.append(target)
    } while skip(.comma)
    guard kind == .semicolon || kind == .newline else { throw noMatch() }
    return .delete(targets: targets)
  }

  private mutating func assertStatement() throws(Failure) -> StatementKind {
    try expect(.kwAssert)
    let test = try expression()
    let message = skip(.comma) ? try expression() : nil
    return .assert(test: test, msg: message)
  }

  private mutating func raiseStatement() throws(Failure) -> StatementKind {
    try expect(.kwRaise)
    guard startsExpression(kind) && kind != .star else { return .raise(exc: nil, cause: nil) }
    let exception = try expression()
    let cause = skip(.kwFrom) ? try expression() : nil
    return .raise(exc: exception, cause: cause)
  }

  // MARK: Imports

  private mutating func importStatement() throws(Failure) -> StatementKind {
    if isDiagnosing { try diagnoseImport() }
    try expect(.kwImport)
    var names: [Alias] = []
    repeat {
      let start = position
      let name = try dottedName()
      let asname = skip(.kwAs) ? try identifier() : nil
      names.append(Alias(span: span(from: start), name: name, asname: asname))
    } while skip(.comma)
    return .import(names: names)
  }

  mutating func dottedName() throws(Failure) -> Identifier {
    var name = try identifier()
    while skip(.dot) {
      name += "."
      name += try identifier()
    }
    return name
  }

  private mutating func importFromStatement() throws(Failure) -> StatementKind {
    try expect(.kwFrom)
    var level = 0
    while kind == .dot || kind == .ellipsis {
      level += kind == .dot ? 1 : 3
      advance()
    }
    let module = level == 0 || kind == .name ? try dottedName() : nil
    try expect(.kwImport)
    return .importFrom(module: module, names: try importedNames(), level: level)
  }

  private mutating func importedNames() throws(Failure) -> [Alias] {
    let start = position
    if skip(.star) { return [Alias(span: span(from: start), name: "*", asname: nil)] }
    if isDiagnosing && kind == .newline {
      throw raise("Expected one or more names after 'import'", startingFrom: tokens[position])
    }
    let isParenthesized = skip(.leftParen)
    var names: [Alias] = []
    repeat {
      if isParenthesized && kind == .rightParen && !names.isEmpty { break }
      let start = position
      if isDiagnosing && kind == .newline && !names.isEmpty {
        throw raise("trailing comma not allowed without surrounding parentheses")
      }
      let name = try identifier()
      let asname = skip(.kwAs) ? try identifier() : nil
      names.append(Alias(span: span(from: start), name: name, asname: asname))
    } while skip(.comma)
    if isParenthesized { try expect(.rightParen) }
    return names
  }
}
