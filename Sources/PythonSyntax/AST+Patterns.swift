// The patterns of `match` statements in the syntax tree. See AST.swift.

/// `match_case`: has no position of its own, as in CPython.
public struct MatchCase: Sendable {
  public var pattern: Pattern
  public var `guard`: Expression?
  public var body: [Statement]

  public init(pattern: Pattern, guard: Expression?, body: [Statement]) {
    self.pattern = pattern
    self.guard = `guard`
    self.body = body
  }
}

/// `pattern`
public struct Pattern: Sendable {
  public var span: SourceSpan
  public var kind: PatternKind

  public init(span: SourceSpan, kind: PatternKind) {
    self.span = span
    self.kind = kind
  }
}

public indirect enum PatternKind: Sendable {
  case matchValue(value: Expression)
  /// `None`, `True` or `False`.
  case matchSingleton(value: ConstantValue)
  case matchSequence(patterns: [Pattern])
  /// `keys` and `patterns` are equally long; `rest` is the name after `**`.
  case matchMapping(keys: [Expression], patterns: [Pattern], rest: Identifier?)
  case matchClass(cls: Expression, patterns: [Pattern], kwdAttrs: [Identifier], kwdPatterns: [Pattern])
  /// `*name`, or `*_` without a name; only inside a sequence.
  case matchStar(name: Identifier?)
  /// `pattern as name`; a bare name has no pattern, and `_` has neither.
  case matchAs(pattern: Pattern?, name: Identifier?)
  case matchOr(patterns: [Pattern])
}
