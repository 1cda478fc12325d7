// The syntax tree that the parser makes and the compiler reads: the node types of Python 3.13's abstract grammar, by
// its names and fields (`decorator_list` is `decoratorList`, and so on). Roots and shared parts are here; statements,
// expressions and patterns have their own files. Trees are plain values: a node is a span and a kind, and nobody
// changes one after the parser has handed it over.

/// Where a node stands in its source: from the first byte of its first token to the byte after its last.
/// Lines count from 1, columns count UTF-8 bytes from 0, as in CPython's `ast` module.
public struct SourceSpan: Equatable, Sendable {
  public var line: UInt32
  public var column: UInt32
  public var endLine: UInt32
  public var endColumn: UInt32

  @inlinable
  public init(line: UInt32, column: UInt32, endLine: UInt32, endColumn: UInt32) {
    self.line = line
    self.column = column
    self.endLine = endLine
    self.endColumn = endColumn
  }
}

/// A name in Unicode's form NFKC.
public typealias Identifier = String

/// A whole file, `Module(body, type_ignores)`.
public struct Module: Sendable {
  public var body: [Statement]
  /// `# type: ignore` comments.
  public var typeIgnores: [TypeIgnore] = []
  /// Other `# type: ...` comments by where their statement or parameter begins.
  public var typeComments: [SourcePlace: String] = [:]
  /// What is correct but doubtful, in the order of the text.
  public var warnings: [SyntaxWarning] = []

  public init(body: [Statement]) { self.body = body }
}

/// Where a node begins: line from 1, column in bytes from 0.
public struct SourcePlace: Hashable, Sendable {
  public var line: UInt32
  public var column: UInt32

  public init(_ span: SourceSpan) {
    line = span.line
    column = span.column
  }
}

/// `TypeIgnore`: the tag is what follows `ignore`.
public struct TypeIgnore: Sendable {
  public var line: UInt32
  public var tag: String

  public init(line: UInt32, tag: String) {
    self.line = line
    self.tag = tag
  }
}

/// What Python shows as a SyntaxWarning when it compiles the text.
public struct SyntaxWarning: Equatable, Sendable {
  public var message: String
  public var line: UInt32

  public init(message: String, line: UInt32) {
    self.message = message
    self.line = line
  }
}

/// What an interactive prompt runs at once, `Interactive(body)`.
public struct Interactive: Sendable {
  public var body: [Statement]
  public var warnings: [SyntaxWarning] = []

  public init(body: [Statement]) { self.body = body }
}

/// What `eval` evaluates, `Expression(body)` in the abstract grammar, where that name also says what is inside.
public struct ExpressionRoot: Sendable {
  public var body: Expression
  public var warnings: [SyntaxWarning] = []

  public init(body: Expression) { self.body = body }
}

/// `arguments`: the parameters of a function or lambda.
public struct Arguments: Sendable {
  public var posonlyargs: [Argument]
  public var args: [Argument]
  public var vararg: Argument?
  public var kwonlyargs: [Argument]
  /// One for each of `kwonlyargs`; nil where that one has no default.
  public var kwDefaults: [Expression?]
  public var kwarg: Argument?
  /// Belong to the last ones of `posonlyargs + args`.
  public var defaults: [Expression]

  public init(
    posonlyargs: [Argument] = [], args: [Argument] = [], vararg: Argument? = nil, kwonlyargs: [Argument] = [],
    kwDefaults: [Expression?] = [], kwarg: Argument? = nil, defaults: [Expression] = []
  ) {
    self.posonlyargs = posonlyargs
    self.args = args
    self.vararg = vararg
    self.kwonlyargs = kwonlyargs
    self.kwDefaults = kwDefaults
    self.kwarg = kwarg
    self.defaults = defaults
  }
}

/// `arg`: one parameter.
public struct Argument: Sendable {
  public var span: SourceSpan
  public var arg: Identifier
  public var annotation: Expression?

  public init(span: SourceSpan, arg: Identifier, annotation: Expression?) {
    self.span = span
    self.arg = arg
    self.annotation = annotation
  }
}

/// `keyword`: one keyword argument of a call or class; without a name it is `**value`.
public struct Keyword: Sendable {
  public var span: SourceSpan
  public var arg: Identifier?
  public var value: Expression

  public init(span: SourceSpan, arg: Identifier?, value: Expression) {
    self.span = span
    self.arg = arg
    self.value = value
  }
}

/// `alias`: one name of an import; `name` is dotted in `import a.b`, and `*` in `from a import *`.
public struct Alias: Sendable {
  public var span: SourceSpan
  public var name: Identifier
  public var asname: Identifier?

  public init(span: SourceSpan, name: Identifier, asname: Identifier?) {
    self.span = span
    self.name = name
    self.asname = asname
  }
}

/// `withitem`: has no position of its own, as in CPython.
public struct WithItem: Sendable {
  public var contextExpr: Expression
  public var optionalVars: Expression?

  public init(contextExpr: Expression, optionalVars: Expression?) {
    self.contextExpr = contextExpr
    self.optionalVars = optionalVars
  }
}

/// `ExceptHandler`, of `except` and `except*` alike.
public struct ExceptHandler: Sendable {
  public var span: SourceSpan
  public var type: Expression?
  public var name: Identifier?
  public var body: [Statement]

  public init(span: SourceSpan, type: Expression?, name: Identifier?, body: [Statement]) {
    self.span = span
    self.type = type
    self.name = name
    self.body = body
  }
}

/// `comprehension`: one `for ... in ... if ...`; has no position of its own.
public struct Comprehension: Sendable {
  public var target: Expression
  public var iter: Expression
  public var ifs: [Expression]
  public var isAsync: Bool

  public init(target: Expression, iter: Expression, ifs: [Expression], isAsync: Bool) {
    self.target = target
    self.iter = iter
    self.ifs = ifs
    self.isAsync = isAsync
  }
}

/// `type_param`: one parameter in the brackets after a function's, class's or type alias's name.
public struct TypeParam: Sendable {
  public enum Kind: Sendable {
    /// `T: bound = default`
    case typeVar(bound: Expression?)
    /// `**P = default`
    case paramSpec
    /// `*Ts = default`
    case typeVarTuple
  }

  public var span: SourceSpan
  public var kind: Kind
  public var name: Identifier
  public var defaultValue: Expression?

  public init(span: SourceSpan, kind: Kind, name: Identifier, defaultValue: Expression?) {
    self.span = span
    self.kind = kind
    self.name = name
    self.defaultValue = defaultValue
  }
}
