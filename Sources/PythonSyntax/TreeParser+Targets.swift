// What may be assigned to or deleted. Targets are read as expressions and then turned over: checked and given their
// context.

extension TreeParser {
  enum TargetKind {
    /// `=`, `for`, `as` of a with item
    case assignment
    /// Augmented assignments and annotations: a name, attribute or subscript.
    case single
    case deletion
  }

  /// `star_targets` before `in`.
  mutating func forTargets() throws(Failure) -> Expression {
    let start = position
    let first = try forTarget()
    guard kind == .comma else { return first }
    var elements = [first]
    while skip(.comma) {
      guard startsExpression(kind) else { break }
      elements.append(try forTarget())
    }
    return Expression(span: span(from: start), kind: .tuple(elts: elements, ctx: .store))
  }

  private mutating func forTarget() throws(Failure) -> Expression {
    let isStarred = kind == .star
    let start = position
    if isStarred { advance() }
    let value = try primary()
    guard let target = target(value, .assignment) else { throw noMatch() }
    guard isStarred else { return target }
    return Expression(span: span(from: start), kind: .starred(value: target, ctx: .store))
  }

  /// `star_target`
  mutating func starTarget() throws(Failure) -> Expression { try forTarget() }

  /// The expression as a target of the kind; nil if it cannot be one.
  func target(_ expression: Expression, _ kind: TargetKind) -> Expression? {
    let context: ExpressionContext = kind == .deletion ? .del : .store
    let targetKind: ExpressionKind
    switch expression.kind {
    case .name(let id, _): targetKind = .name(id: id, ctx: context)
    case .attribute(let value, let attr, _): targetKind = .attribute(value: value, attr: attr, ctx: context)
    case .subscript(let value, let slice, _): targetKind = .subscript(value: value, slice: slice, ctx: context)
    case .starred(let value, _) where kind == .assignment:
      guard let inner = target(value, kind) else { return nil }
      targetKind = .starred(value: inner, ctx: context)
    case .tuple(let elements, _) where kind != .single:
      guard let inner = targets(elements, kind) else { return nil }
      targetKind = .tuple(elts: inner, ctx: context)
    case .list(let elements, _) where kind != .single:
      guard let inner = targets(elements, kind) else { return nil }
      targetKind = .list(elts: inner, ctx: context)
    default: return nil
    }
    return Expression(span: expression.span, kind: targetKind)
  }

  private func targets(_ expressions: [Expression], _ kind: TargetKind) -> [Expression]? {
    var result: [Expression] = []
    result.reserveCapacity(expressions.count)
    for expression in expressions {
      guard let target = target(expression, kind) else { return nil }
      result.append(target)
    }
    return result
  }
}
