// The expressions of the syntax tree, in the order of Python 3.13's abstract grammar, with their operators and
// constants. See AST.swift.

/// `expr`
public struct Expression: Sendable {
  public var span: SourceSpan
  public var kind: ExpressionKind

  @inlinable
  public init(span: SourceSpan, kind: ExpressionKind) {
    self.span = span
    self.kind = kind
  }
}

public indirect enum ExpressionKind: Sendable {
  /// Two values or more: `a and b and c` is one node.
  case boolOp(op: BooleanOperator, values: [Expression])
  case namedExpr(target: Expression, value: Expression)
  case binOp(left: Expression, op: BinaryOperator, right: Expression)
  case unaryOp(op: UnaryOperator, operand: Expression)
  case lambda(args: Arguments, body: Expression)
  case ifExp(test: Expression, body: Expression, orelse: Expression)
  /// A key that is nil stands for `**value`.
  case dict(keys: [Expression?], values: [Expression])
  case set(elts: [Expression])
  case listComp(elt: Expression, generators: [Comprehension])
  case setComp(elt: Expression, generators: [Comprehension])
  case dictComp(key: Expression, value: Expression, generators: [Comprehension])
  case generatorExp(elt: Expression, generators: [Comprehension])
  case await(value: Expression)
  case yield(value: Expression?)
  case yieldFrom(value: Expression)
  /// `ops` and `comparators` are equally long.
  case compare(left: Expression, ops: [ComparisonOperator], comparators: [Expression])
  /// `*args` stand among `args` as Starred, `**kwargs` among `keywords` without a name.
  case call(func: Expression, args: [Expression], keywords: [Keyword])
  /// `formatSpec` is a JoinedStr.
  case formattedValue(value: Expression, conversion: FormatConversion, formatSpec: Expression?)
  case joinedStr(values: [Expression])
  /// `isUnicodeMarked` is true for a string whose first literal has the prefix `u` (`kind='u'`).
  case constant(value: ConstantValue, isUnicodeMarked: Bool)
  case attribute(value: Expression, attr: Identifier, ctx: ExpressionContext)
  case `subscript`(value: Expression, slice: Expression, ctx: ExpressionContext)
  case starred(value: Expression, ctx: ExpressionContext)
  case name(id: Identifier, ctx: ExpressionContext)
  case list(elts: [Expression], ctx: ExpressionContext)
  case tuple(elts: [Expression], ctx: ExpressionContext)
  /// Only inside a subscript, directly or in its tuple.
  case slice(lower: Expression?, upper: Expression?, step: Expression?)
}

/// The value of a Constant. Constants are as the source has them: nothing is folded here.
public enum ConstantValue: Equatable, Sendable {
  case none
  case ellipsis
  case bool(Bool)
  /// The literal without underscores: decimal digits without leading zeros, or digits in lower case after `0x`, `0o` or
  /// `0b`. Never negative, and of any length.
  case int(String)
  case float(Double)
  /// The imaginary part of `2j`; the real part of a literal is always 0.
  case imaginary(Double)
  /// Text in UTF-8, except that a lone surrogate (`'\ud800'`) is its three bytes `ED A0 80`...: WTF-8.
  case string([UInt8])
  case bytes([UInt8])
}

/// `conversion` of a FormattedValue; the raw value is CPython's number for it.
public enum FormatConversion: Int, Sendable {
  case none = -1
  case str = 115
  case repr = 114
  case ascii = 97
}

/// `expr_context`
public enum ExpressionContext: UInt8, Sendable {
  case load
  case store
  case del
}

/// `boolop`
public enum BooleanOperator: UInt8, Sendable {
  case and
  case or
}

/// `operator`
public enum BinaryOperator: UInt8, Sendable {
  case add
  case sub
  case mult
  case matMult
  case div
  case mod
  case pow
  case lShift
  case rShift
  case bitOr
  case bitXor
  case bitAnd
  case floorDiv
}

/// `unaryop`
public enum UnaryOperator: UInt8, Sendable {
  case invert
  case not
  case uAdd
  case uSub
}

/// `cmpop`
public enum ComparisonOperator: UInt8, Sendable {
  case eq
  case notEq
  case lt
  case ltE
  case gt
  case gtE
  case `is`
  case isNot
  case `in`
  case notIn
}
