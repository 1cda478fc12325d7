// Rules: statements with blocks, except `match`, which has its own file.

extension TreeParser {
  /// A compound statement; nil, and nothing consumed, if none begins here.
  mutating func compoundStatement() throws(Failure) -> Statement? {
    let start = position
    let statementKind: StatementKind
    switch kind {
    case .kwIf: return try ifStatement()
    case .kwDef: statementKind = .functionDef(try functionDefinition([], from: start))
    case .kwClass: statementKind = .classDef(try classDefinition([]))
    case .at: return try decorated()
    case .kwWith: statementKind = try withStatement(from: start, isAsync: false)
    case .kwFor: statementKind = try forStatement(from: start, isAsync: false)
    case .kwTry: statementKind = try tryStatement()
    case .kwWhile: statementKind = try whileStatement()
    case .kwAsync: statementKind = try asyncStatement([])
    case .name:
      guard isSoftKeyword("match"), let match = try matchStatement() else { return nil }
      statementKind = match
    default: return nil
    }
    return Statement(span: blockSpan(from: start), kind: statementKind)
  }

  /// From the token `start` to the end of the last statement: a block's dedent and line end are not part of it.
  func blockSpan(from start: Int) -> SourceSpan {
    var last = position - 1
    while last > start && (tokens[last].kind == .dedent || tokens[last].kind == .newline) { last -= 1 }
    let (first, end) = (tokens[start], tokens[last])
    return SourceSpan(line: first.line, column: first.column, endLine: end.endLine, endColumn: end.endColumn)
  }

  private mutating func asyncStatement(_ decorators: [Expression]) throws(Failure) -> StatementKind {
    let start = position
    try expect(.kwAsync)
    switch kind {
    case .kwDef: return .asyncFunctionDef(try functionDefinition(decorators, from: start))
    case .kwWith where decorators.isEmpty: return try withStatement(from: start, isAsync: true)
    case .kwFor where decorators.isEmpty: return try forStatement(from: start, isAsync: true)
    default: throw noMatch()
    }
  }

  // MARK: Blocks

  /// What a message calls the owner of a block that is missing, and the line it began on.
  struct BlockOwner {
    var name: String
    var line: UInt32
  }

  /// The block after a colon: indented lines, or simple statements on the same line.
  mutating func block(of owner: BlockOwner) throws(Failure) -> [Statement] {
    var body: [Statement] = []
    guard skip(.newline) else {
      try simpleStatements(into: &body)
      return body
    }
    guard kind == .indent else {
      if isDiagnosing && kind != .error {
        throw raise("expected an indented block after \(owner.name) on line \(owner.line)", kind: .indentation)
      }
      throw noMatch()
    }
    try enter(5)
    advance()
    repeat { try statement(into: &body) } while kind != .dedent && kind != .endMarker
    try expect(.dedent)
    leave(5)
    return body
  }

  mutating func owner(_ name: String) -> BlockOwner { BlockOwner(name: name, line: tokens[position].line) }

  /// `':'`, where a line end in its place is a known mistake.
  mutating func colonBeforeBlock() throws(Failure) {
    if isDiagnosing && kind == .newline { throw raise("expected ':'") }
    try expect(.colon)
  }

  /// `&&':'`
  mutating func forced(_ expected: TokenKind, _ text: String) throws(Failure) {
    guard kind == expected else {
      if kind == .error { throw noMatch() }
      throw raise("expected '\(text)'", at: tokens[position])
    }
    advance()
  }

  private mutating func elseBlock() throws(Failure) -> [Statement] {
    guard kind == .kwElse else { return [] }
    let owner = owner("'else' statement")
    advance()
    try forced(.colon, ":")
    return try block(of: owner)
  }

  // MARK: if, while, for

  /// `elif` parts are read in a loop and folded from the last one, so that a long chain needs no deep recursion here.
  private mutating func ifStatement() throws(Failure) -> Statement {
    var parts: [(start: Int, test: Expression, body: [Statement])] = []
    let depthBefore = depth
    repeat {
      try enter()
      let start = position
      let owner = owner(parts.isEmpty ? "'if' statement" : "'elif' statement")
      advance()
      let test = try namedExpression()
      try colonBeforeBlock()
      parts.append((start, test, try block(of: owner)))
    } while kind == .kwElif
    var orelse = try elseBlock()
    depth = depthBefore
    for part in parts.dropFirst().reversed() {
      orelse = [
        Statement(
          span: blockSpan(from: part.start), kind: .if(test: part.test, body: part.body, orelse: orelse))
      ]
    }
    return Statement(
      span: blockSpan(from: parts[0].start), kind: .if(test: parts[0].test, body: parts[0].body, orelse: orelse))
  }

  private mutating func whileStatement() throws(Failure) -> StatementKind {
    let owner = owner("'while' statement")
    try expect(.kwWhile)
    let test = try namedExpression()
    try colonBeforeBlock()
    let body = try block(of: owner)
    return .while(test: test, body: body, orelse: try elseBlock())
  }

  private mutating func forStatement(from start: Int, isAsync: Bool) throws(Failure) -> StatementKind {
    let owner = owner("'for' statement")
    if isDiagnosing { try diagnoseForClause(isComprehension: false) }
    try expect(.kwFor)
    let target = try forTargets()
    try expect(.kwIn)
    let iter = try starExpressions()
    try colonBeforeBlock()
    skipTypeComment(of: tokens[start].span)
    let body = try block(of: owner)
    let orelse = try elseBlock()
    return isAsync
      ? .asyncFor(target: target, iter: iter, body: body, orelse: orelse)
      : .for(target: target, iter: iter, body: body, orelse: orelse)
  }

  // MARK: with

  private mutating func withStatement(from start: Int, isAsync: Bool) throws(Failure) -> StatementKind {
    let owner = owner("'with' statement")
    try expect(.kwWith)
    let items = try withItems()
    try colonBeforeBlock()
    skipTypeComment(of: tokens[start].span)
    let body = try block(of: owner)
    return isAsync ? .asyncWith(items: items, body: body) : .with(items: items, body: body)
  }

  /// Items in parentheses if the whole header can be read so, else the parentheses belong to the first expression.
  private mutating func withItems() throws(Failure) -> [WithItem] {
    if kind == .leftParen, isHeaderEndAfterBracket {
      let inParentheses = try attempt { parser throws(Failure) -> [WithItem] in
        parser.advance()
        var items: [WithItem] = []
        repeat {
          if parser.kind == .rightParen && !items.isEmpty { break }
          items.append(try parser.withItem())
        } while parser.skip(.comma)
        try parser.expect(.rightParen)
        guard parser.kind == .colon || parser.isDiagnosing && parser.kind == .newline else { throw parser.noMatch() }
        return items
      }
      if let inParentheses { return inParentheses }
    }
    var items = [try withItem()]
    while skip(.comma) {
      if isDiagnosing && kind == .colon {
        throw raise("the last 'with' item has a trailing comma", at: tokens[position - 1])
      }
      items.append(try withItem())
    }
    return items
  }

  private mutating func withItem() throws(Failure) -> WithItem {
    let context = try expression()
    guard kind == .kwAs else { return WithItem(contextExpr: context, optionalVars: nil) }
    let target = try attempt { parser throws(Failure) -> Expression in
      parser.advance()
      let target = try parser.starTarget()
      guard [.comma, .rightParen, .colon].contains(parser.kind) || parser.isDiagnosing && parser.kind == .newline else {
        throw parser.noMatch()
      }
      return target
    }
    if let target { return WithItem(contextExpr: context, optionalVars: target) }
    if isDiagnosing { try diagnoseWithTarget() }
    throw noMatch()
  }

  /// Whether a colon follows the bracket that closes the one at the next token; or, diagnosing, a line end.
  private var isHeaderEndAfterBracket: Bool {
    let level = tokens[position].level
    var index = position + 1
    while index < tokens.count - 1 {
      if tokens[index].level < level {
        let next = tokens[index + 1].kind
        return next == .colon || isDiagnosing && next == .newline
      }
      index += 1
    }
    return false
  }

  // MARK: try

  private mutating func tryStatement() throws(Failure) -> StatementKind {
    let owner = owner("'try' statement")
    try expect(.kwTry)
    try forced(.colon, ":")
    let body = try block(of: owner)
    guard kind == .kwExcept || kind == .kwFinally else {
      if isDiagnosing && kind != .error { throw raise("expected 'except' or 'finally' block") }
      throw noMatch()
    }
    let isStar = kind == .kwExcept && followingKind == .star
    var handlers: [ExceptHandler] = []
    while kind == .kwExcept {
      guard isStar == (followingKind == .star) else { throw mixedHandlers(isStar) }
      handlers.append(try handler(isStar: isStar))
    }
    let orelse = handlers.isEmpty ? [] : try elseBlock()
    let finalbody = try finallyBlock()
    return isStar
      ? .tryStar(body: body, handlers: handlers, orelse: orelse, finalbody: finalbody)
      : .try(body: body, handlers: handlers, orelse: orelse, finalbody: finalbody)
  }

  private mutating func mixedHandlers(_ isStar: Bool) -> Failure {
    guard isDiagnosing else { return noMatch() }
    let mark = position
    _ = try? attempt { parser throws(Failure) in try parser.handler(isStar: !isStar) }
    position = mark
    let message = "cannot have both 'except' and 'except*' on the same 'try'"
    if isStar { return raise(message, at: tokens[position]) }
    return raise(message, from: tokens[position].span, to: tokens[position + 1].span)
  }

  private mutating func finallyBlock() throws(Failure) -> [Statement] {
    guard kind == .kwFinally else { return [] }
    let owner = owner("'finally' statement")
    advance()
    try forced(.colon, ":")
    return try block(of: owner)
  }

  private mutating func handler(isStar: Bool) throws(Failure) -> ExceptHandler {
    let start = position
    let owner = owner(isStar ? "'except*' statement" : "'except' statement")
    try expect(.kwExcept)
    if isStar {
      try expect(.star)
      if isDiagnosing && (kind == .newline || kind == .colon) { throw raise("expected one or more exception types") }
    }
    var type: Expression?
    var name: Identifier?
    if isStar || (kind != .colon && kind != .newline) {
      type = try expression()
      if isDiagnosing { try diagnoseHandler(type, isStar: isStar) }
      if skip(.kwAs) { name = try identifier() }
    }
    try colonBeforeBlock()
    let body = try block(of: owner)
    return ExceptHandler(span: blockSpan(from: start), type: type, name: name, body: body)
  }

  // MARK: Definitions

  private mutating func decorated() throws(Failure) -> Statement {
    var decorators: [Expression] = []
    while skip(.at) {
      decorators.append(try namedExpression())
      try expect(.newline)
    }
    let start = position
    let statementKind: StatementKind
    switch kind {
    case .kwDef: statementKind = .functionDef(try functionDefinition(decorators, from: start))
    case .kwClass: statementKind = .classDef(try classDefinition(decorators))
    case .kwAsync: statementKind = try asyncStatement(decorators)
    default: throw noMatch()
    }
    return Statement(span: blockSpan(from: start), kind: statementKind)
  }

  private mutating func functionDefinition(
    _ decorators: [Expression], from start: Int
  ) throws(Failure) -> FunctionDef {
    let owner = owner("function definition")
    try expect(.kwDef)
    let name = try identifier()
    let typeParams = try optionalTypeParameters()
    if isDiagnosing { try forced(.leftParen, "(") } else { try expect(.leftParen) }
    let parameters = try parameters(of: .function)
    try expect(.rightParen)
    var returns: Expression?
    if kind == .arrow {
      returns = try optional { parser throws(Failure) in
        parser.advance()
        return try parser.expression()
      }
    }
    try forced(.colon, ":")
    try skipTypeCommentOfFunction(start)
    let body = try block(of: owner)
    return FunctionDef(
      name: name, args: parameters, body: body, decoratorList: decorators, returns: returns, typeParams: typeParams)
  }

  /// Behind the colon, or alone on the next line.
  private mutating func skipTypeCommentOfFunction(_ start: Int) throws(Failure) {
    func isNext(_ kinds: TokenKind...) -> Bool { tokens[position...].prefix(kinds.count).map(\.kind) == kinds }
    if kind == .newline, isNext(.newline, .typeComment, .newline, .indent) { advance() }
    if kind == .typeComment, isDiagnosing, isNext(.typeComment, .newline, .typeComment, .newline, .indent) {
      throw raise("Cannot have two type comments on def")
    }
    skipTypeComment(of: tokens[start].span)
  }

  private mutating func classDefinition(_ decorators: [Expression]) throws(Failure) -> ClassDef {
    let owner = owner("class definition")
    try expect(.kwClass)
    let name = try identifier()
    let typeParams = try optionalTypeParameters()
    let arguments = kind == .leftParen ? try parenthesizedArguments(allowsGenerator: false) : CallArguments()
    try colonBeforeBlock()
    let body = try block(of: owner)
    return ClassDef(
      name: name, bases: arguments.args, keywords: arguments.keywords, body: body, decoratorList: decorators,
      typeParams: typeParams)
  }
}
