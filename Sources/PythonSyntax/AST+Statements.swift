// The statements of the syntax tree, in the order of Python 3.13's abstract grammar. See AST.swift.

/// `stmt`
public struct Statement: Sendable {
  public var span: SourceSpan
  public var kind: StatementKind

  @inlinable
  public init(span: SourceSpan, kind: StatementKind) {
    self.span = span
    self.kind = kind
  }
}

public indirect enum StatementKind: Sendable {
  /// The statement's span starts at `def`, not at a decorator.
  case functionDef(FunctionDef)
  case asyncFunctionDef(FunctionDef)
  case classDef(ClassDef)
  case `return`(value: Expression?)
  case delete(targets: [Expression])
  case assign(targets: [Expression], value: Expression)
  /// `name` is always a Name that is stored to.
  case typeAlias(name: Expression, typeParams: [TypeParam], value: Expression)
  case augAssign(target: Expression, op: BinaryOperator, value: Expression)
  /// `simple` says that the target is a bare name without parentheses.
  case annAssign(target: Expression, annotation: Expression, value: Expression?, simple: Bool)
  case `for`(target: Expression, iter: Expression, body: [Statement], orelse: [Statement])
  case asyncFor(target: Expression, iter: Expression, body: [Statement], orelse: [Statement])
  case `while`(test: Expression, body: [Statement], orelse: [Statement])
  /// `elif` is an If that stands alone in `orelse`.
  case `if`(test: Expression, body: [Statement], orelse: [Statement])
  case with(items: [WithItem], body: [Statement])
  case asyncWith(items: [WithItem], body: [Statement])
  case match(subject: Expression, cases: [MatchCase])
  case raise(exc: Expression?, cause: Expression?)
  case `try`(body: [Statement], handlers: [ExceptHandler], orelse: [Statement], finalbody: [Statement])
  /// With `except*`.
  case tryStar(body: [Statement], handlers: [ExceptHandler], orelse: [Statement], finalbody: [Statement])
  case assert(test: Expression, msg: Expression?)
  case `import`(names: [Alias])
  /// `level` is the number of leading dots.
  case importFrom(module: Identifier?, names: [Alias], level: Int)
  case global(names: [Identifier])
  case nonlocal(names: [Identifier])
  case expr(value: Expression)
  case pass
  case `break`
  case `continue`
}

/// What FunctionDef and AsyncFunctionDef have in common.
public struct FunctionDef: Sendable {
  public var name: Identifier
  public var args: Arguments
  public var body: [Statement]
  public var decoratorList: [Expression]
  public var returns: Expression?
  public var typeParams: [TypeParam]

  public init(
    name: Identifier, args: Arguments, body: [Statement], decoratorList: [Expression], returns: Expression?,
    typeParams: [TypeParam]
  ) {
    self.name = name
    self.args = args
    self.body = body
    self.decoratorList = decoratorList
    self.returns = returns
    self.typeParams = typeParams
  }
}

public struct ClassDef: Sendable {
  public var name: Identifier
  public var bases: [Expression]
  public var keywords: [Keyword]
  public var body: [Statement]
  public var decoratorList: [Expression]
  public var typeParams: [TypeParam]

  public init(
    name: Identifier, bases: [Expression], keywords: [Keyword], body: [Statement], decoratorList: [Expression],
    typeParams: [TypeParam]
  ) {
    self.name = name
    self.bases = bases
    self.keywords = keywords
    self.body = body
    self.decoratorList = decoratorList
    self.typeParams = typeParams
  }
}
