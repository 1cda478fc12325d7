// Expressions without calls, comprehensions and lambdas. A constant expression becomes its value first.

import PythonBytecode
import PythonSyntax

extension Expression {
  var isStarred: Bool {
    if case .starred = kind { return true }
    return false
  }
}

extension CodeGenerator {
  func visit(_ expressions: [Expression]) throws(CompileError) {
    for expression in expressions { try visit(expression) }
  }

  func visit(_ expression: Expression) throws(CompileError) {
    let position = SourcePosition(expression.span)
    if let constant = Folding.constant(expression) { return loadConstant(constant, at: position) }
    let span = expression.span
    switch expression.kind {
    case .namedExpr(let target, let value):
      try visit(value)
      emit(.copy, 1, at: position)
      try visit(target)
    case .boolOp(let op, let values): try visitBoolOp(op, values, at: position)
    case .binOp(let left, let op, let right):
      if op == .mod, let parts = Folding.formatParts(left, right) {
        return try visitJoined(parts, at: position)
      }
      try visit(left)
      try visit(right)
      emit(.binaryOp, op.operation.rawValue, at: position)
    case .unaryOp(let op, let operand): try visitUnary(op, operand, at: span)
    case .lambda(let args, let body): try visitLambda(args, body, at: span)
    case .ifExp(let test, let body, let orelse):
      let end = newLabel()
      let next = newLabel()
      try jump(to: next, if: test, is: false, at: position)
      try visit(body)
      emitJump(.jumpNoInterrupt, to: end, at: .none)
      place(next)
      try visit(orelse)
      place(end)
    case .dict(let keys, let values): try visitDict(keys, values, at: position)
    case .set(let elts): try visitSequence(elts, pushed: 0, .set, at: position)
    case .listComp, .setComp, .dictComp, .generatorExp: try visitComprehension(expression)
    case .await(let value):
      guard unit.scope.kind.isFunctionLike else { throw error("'await' outside function", span) }
      guard unit.kind == .asyncFunction || unit.kind == .comprehension else {
        throw error("'await' outside async function", span)
      }
      try visit(value)
      emitAwait(kind: 0, at: position)
    case .yield(let value):
      guard unit.scope.kind.isFunctionLike else { throw error("'yield' outside function", span) }
      if let value { try visit(value) } else { loadConstant(.none, at: position) }
      emitYield(at: position)
    case .yieldFrom(let value):
      guard unit.scope.kind.isFunctionLike else { throw error("'yield from' outside function", span) }
      if unit.kind == .asyncFunction { throw error("'yield from' inside async function", span) }
      try visit(value)
      emit(.getYieldFromIter, at: position)
      loadConstant(.none, at: position)
      emitYieldFrom(isAwait: false, at: position)
    case .compare(let left, let ops, let comparators): try visitCompare(left, ops, comparators, at: position)
    case .call: try visitCall(expression)
    case .formattedValue(let value, let conversion, let formatSpec):
      try visitFormatted(value, conversion, formatSpec, at: position)
    case .joinedStr(let values): try visitJoined(values, at: position)
    // Folding.constant has taken all constants.
    case .constant: throw error("internal: constant without a value", span)
    case .attribute(let value, let attr, let ctx): try visitAttribute(expression, value, attr, ctx)
    case .subscript(let value, let slice, let ctx): try visitSubscript(value, slice, ctx, at: position)
    case .starred(_, let ctx):
      throw error(
        ctx == .store
          ? "starred assignment target must be in a list or tuple" : "can't use starred expression here", span)
    case .name(let id, let ctx): try name(id, ctx, at: position)
    case .list(let elts, let ctx): try visitElements(elts, ctx, isTuple: false, at: position)
    case .tuple(let elts, let ctx): try visitElements(elts, ctx, isTuple: true, at: position)
    case .slice(let lower, let upper, let step):
      try visitBounds(lower, upper, at: position)
      if let step { try visit(step) }
      emit(.buildSlice, step == nil ? 2 : 3, at: position)
    }
  }

  private func visitBoolOp(
    _ op: BooleanOperator, _ values: [Expression], at position: SourcePosition
  ) throws(CompileError) {
    let end = newLabel()
    for value in values.dropLast() {
      try visit(value)
      emit(.copy, 1, at: position)
      emit(.toBool, at: position)
      emitJump(op == .and ? .popJumpIfFalse : .popJumpIfTrue, to: end, at: position)
      emit(.popTop, at: position)
    }
    if let last = values.last { try visit(last) }
    place(end)
  }

  private func visitUnary(_ op: UnaryOperator, _ operand: Expression, at span: SourceSpan) throws(CompileError) {
    let position = SourcePosition(span)
    // `not a in b` is `a not in b`.
    if op == .not, let negated = Folding.negatedComparison(operand) {
      return try visit(Expression(span: operand.span, kind: negated))
    }
    try visit(operand)
    switch op {
    case .invert: emit(.unaryInvert, at: position)
    case .not:
      emit(.toBool, at: position)
      emit(.unaryNot, at: position)
    case .uAdd: emit(.callIntrinsic1, Intrinsic1.unaryPositive.rawValue, at: position)
    case .uSub: emit(.unaryNegative, at: position)
    }
  }

  private func visitCompare(
    _ left: Expression, _ ops: [PythonSyntax.ComparisonOperator], _ comparators: [Expression],
    at position: SourcePosition
  ) throws(CompileError) {
    warnAboutIdentity(left, ops, comparators, at: left.span)
    try visit(left)
    guard ops.count > 1 else {
      try visitComparator(comparators[0], ops[0])
      return emitComparison(ops[0], at: position)
    }
    let cleanup = newLabel()
    let end = newLabel()
    for (index, op) in ops.enumerated() {
      try visitComparator(comparators[index], op)
      guard index < ops.count - 1 else {
        emitComparison(op, at: position)
        break
      }
      emit(.swap, 2, at: position)
      emit(.copy, 2, at: position)
      emitComparison(op, at: position)
      emit(.copy, 1, at: position)
      emit(.toBool, at: position)
      emitJump(.popJumpIfFalse, to: cleanup, at: position)
      emit(.popTop, at: position)
    }
    emitJump(.jumpNoInterrupt, to: end, at: .none)
    place(cleanup)
    emit(.swap, 2, at: position)
    emit(.popTop, at: position)
    place(end)
  }

  /// What stands right of an operator; a list or set of constants behind `in` is a constant.
  func visitComparator(_ expression: Expression, _ op: PythonSyntax.ComparisonOperator) throws(CompileError) {
    if op == .in || op == .notIn { return try visitIterable(expression) }
    try visit(expression)
  }

  func emitComparison(_ op: PythonSyntax.ComparisonOperator, at position: SourcePosition) {
    let comparison: ComparisonOperation
    switch op {
    case .is, .isNot: return emit(.isOp, op == .isNot ? 1 : 0, at: position)
    case .in, .notIn: return emit(.containsOp, op == .notIn ? 1 : 0, at: position)
    case .eq: comparison = .equal
    case .notEq: comparison = .notEqual
    case .lt: comparison = .less
    case .ltE: comparison = .lessOrEqual
    case .gt: comparison = .greater
    case .gtE: comparison = .greaterOrEqual
    }
    emit(.compareOp, comparison.operand(toBool: false), at: position)
  }

  private func visitAttribute(
    _ expression: Expression, _ value: Expression, _ attr: String, _ ctx: ExpressionContext
  ) throws(CompileError) {
    let position = SourcePosition(expression.span)
    if ctx == .load, let arguments = superArguments(value, attribute: attr) {
      try loadSuper(value, arguments)
      let twoArguments = arguments.isEmpty ? 0 : 2
      emit(.loadSuperAttr, unit.names.index(of: mangle(attr)) << 2 | twoArguments, at: position)
      return emit(.nop, at: attributePosition(position, expression))
    }
    try visit(value)
    let place = attributePosition(position, expression)
    switch ctx {
    case .load: emit(.loadAttr, unit.names.index(of: mangle(attr)) << 1, at: place)
    case .store:
      if attr == "__debug__" { throw error("cannot assign to __debug__", expression.span) }
      if case .name("self", _) = value.kind { noteStaticAttribute(attr) }
      emitName(.storeAttr, attr, at: place)
    case .del:
      if attr == "__debug__" { throw error("cannot delete __debug__", expression.span) }
      emitName(.deleteAttr, attr, at: place)
    }
  }

  private func noteStaticAttribute(_ attr: String) {
    outerUnits.last { $0.kind == .class }?.staticAttributes.insert(attr)
  }

  /// An attribute on a later line than its object is placed where its name stands.
  func attributePosition(_ position: SourcePosition, _ attribute: Expression) -> SourcePosition {
    guard case .attribute(_, let attr, _) = attribute.kind, position.line != Int32(attribute.span.endLine) else {
      return position
    }
    let endColumn = Int32(attribute.span.endColumn)
    let length = Int32(attr.utf8.count)
    let line = Int32(attribute.span.endLine)
    let endLine = max(position.endLine, line)
    guard length <= endColumn else {
      return SourcePosition(line: line, endLine: endLine, column: -1, endColumn: -1)
    }
    let start = endColumn - length
    let end = line == endLine ? max(start, position.endColumn) : position.endColumn
    return SourcePosition(line: line, endLine: endLine, column: start, endColumn: end)
  }

  private func visitSubscript(
    _ value: Expression, _ slice: Expression, _ ctx: ExpressionContext, at position: SourcePosition
  ) throws(CompileError) {
    if ctx == .load { warnAboutSubscript(value, slice) }
    try visit(value)
    if ctx != .del, case .slice(let lower, let upper, nil) = slice.kind {
      try visitBounds(lower, upper, at: SourcePosition(slice.span))
      return emit(ctx == .load ? .binarySlice : .storeSlice, at: position)
    }
    try visit(slice)
    emit(ctx == .load ? .binarySubscr : ctx == .store ? .storeSubscr : .deleteSubscr, at: position)
  }

  func visitBounds(_ lower: Expression?, _ upper: Expression?, at position: SourcePosition) throws(CompileError) {
    for bound in [lower, upper] {
      if let bound { try visit(bound) } else { loadConstant(.none, at: position) }
    }
  }
}

// Text.
extension CodeGenerator {
  private func visitFormatted(
    _ value: Expression, _ conversion: FormatConversion, _ formatSpec: Expression?, at position: SourcePosition
  ) throws(CompileError) {
    try visit(value)
    switch conversion {
    case .none: break
    case .str: emit(.convertValue, Conversion.str.rawValue, at: position)
    case .repr: emit(.convertValue, Conversion.repr.rawValue, at: position)
    case .ascii: emit(.convertValue, Conversion.ascii.rawValue, at: position)
    }
    if let formatSpec {
      try visit(formatSpec)
      emit(.formatWithSpec, at: position)
    } else {
      emit(.formatSimple, at: position)
    }
  }

  private func visitJoined(_ values: [Expression], at position: SourcePosition) throws(CompileError) {
    if values.count > Self.stackGuideline {
      loadConstant("", at: position)
      emit(.loadAttr, unit.names.index(of: "join") << 1 | 1, at: position)
      emit(.buildList, 0, at: position)
      for value in values {
        try visit(value)
        emit(.listAppend, 1, at: position)
      }
      return emit(.call, 1, at: position)
    }
    try visit(values)
    if values.count > 1 {
      emit(.buildString, values.count, at: position)
    } else if values.isEmpty {
      loadConstant("", at: position)
    }
  }
}

extension PythonSyntax.BinaryOperator {
  var operation: BinaryOperation {
    switch self {
    case .add: .add
    case .sub: .subtract
    case .mult: .multiply
    case .matMult: .matrixMultiply
    case .div: .trueDivide
    case .mod: .remainder
    case .pow: .power
    case .lShift: .leftShift
    case .rShift: .rightShift
    case .bitOr: .or
    case .bitXor: .xor
    case .bitAnd: .and
    case .floorDiv: .floorDivide
    }
  }
}
