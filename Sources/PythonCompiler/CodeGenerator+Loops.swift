// Loops, conditions, and the jumps out of them: `if`, `while`, `for`, `async for`, `break`, `continue`.

import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  func visitIf(
    _ test: Expression, _ body: [Statement], _ orelse: [Statement], at position: SourcePosition
  ) throws(CompileError) {
    let end = newLabel()
    let next = orelse.isEmpty ? end : newLabel()
    try jump(to: next, if: test, is: false, at: position)
    try visit(body)
    if !orelse.isEmpty {
      emitJump(.jumpNoInterrupt, to: end, at: .none)
      place(next)
      try visit(orelse)
    }
    place(end)
  }

  func visitWhile(
    _ test: Expression, _ body: [Statement], _ orelse: [Statement], at position: SourcePosition
  ) throws(CompileError) {
    let loop = newLabel()
    let bodyLabel = newLabel()
    let anchor = newLabel()
    let end = newLabel()
    place(loop)
    push(.whileLoop, start: loop, exit: end)
    try jump(to: anchor, if: test, is: false, at: position)
    place(bodyLabel)
    try visit(body)
    try jump(to: bodyLabel, if: test, is: true, at: position)
    popFrameBlock()
    place(anchor)
    try visit(orelse)
    place(end)
  }

  func visitFor(
    _ target: Expression, _ iter: Expression, _ body: [Statement], _ orelse: [Statement]
  ) throws(CompileError) {
    let start = newLabel()
    let cleanup = newLabel()
    let end = newLabel()
    push(.forLoop, start: start, exit: end)
    try visitIterable(iter)
    let position = SourcePosition(iter.span)
    emit(.getIter, at: position)
    place(start)
    emitJump(.forIter, to: cleanup, at: position)
    // So that a loop header of several lines is traced right; goes when it is not needed.
    emit(.nop, at: SourcePosition(target.span))
    try visit(target)
    try visit(body)
    emitJump(.jump, to: start, at: .none)
    place(cleanup)
    emit(.endFor, at: .none)
    emit(.popTop, at: .none)
    popFrameBlock()
    try visit(orelse)
    place(end)
  }

  /// A list or set of constants that is only iterated is a constant itself.
  func visitIterable(_ iter: Expression) throws(CompileError) {
    if let constant = Folding.iterableConstant(iter) {
      loadConstant(constant, at: SourcePosition(iter.span))
    } else if case .list(let elts, let ctx) = iter.kind, !elts.contains(where: \.isStarred) {
      try visit(Expression(span: iter.span, kind: .tuple(elts: elts, ctx: ctx)))
    } else {
      try visit(iter)
    }
  }

  func visitAsyncFor(
    _ target: Expression, _ iter: Expression, _ body: [Statement], _ orelse: [Statement], at span: SourceSpan
  ) throws(CompileError) {
    guard unit.kind == .asyncFunction else { throw error("'async for' outside async function", span) }
    let start = newLabel()
    let except = newLabel()
    let end = newLabel()
    try visitIterable(iter)
    let position = SourcePosition(iter.span)
    emit(.getAiter, at: position)
    place(start)
    push(.forLoop, start: start, exit: end)
    emitNextAsync(except: except, at: SourcePosition(span))
    try visit(target)
    try visit(body)
    emitJump(.jump, to: start, at: .none)
    popFrameBlock()
    place(except)
    emit(.endAsyncFor, at: position)
    try visit(orelse)
    place(end)
  }

  /// Awaits the next item; StopAsyncIteration goes to `except`.
  func emitNextAsync(except: Label, at position: SourcePosition) {
    emitJump(.setupFinally, to: except, at: position)
    emit(.getAnext, at: position)
    loadConstant(.none, at: position)
    emitYieldFrom(isAwait: true, at: position)
    emit(.popBlock, at: position)
  }

  func visitBreak(at span: SourceSpan) throws(CompileError) {
    var position = SourcePosition(span)
    emit(.nop, at: position)
    guard let loop = try unwind(all: false, keepsTop: false, position: &position) else {
      throw error("'break' outside loop", span)
    }
    try unwind(loop, keepsTop: false, position: &position)
    if let exit = loop.exit { emitJump(.jump, to: exit, at: position) }
  }

  func visitContinue(at span: SourceSpan) throws(CompileError) {
    var position = SourcePosition(span)
    emit(.nop, at: position)
    guard let loop = try unwind(all: false, keepsTop: false, position: &position) else {
      throw error("'continue' not properly in loop", span)
    }
    if let start = loop.start { emitJump(.jump, to: start, at: position) }
  }
}

// Leaving blocks.
extension CodeGenerator {
  /// Undoes the blocks from the innermost outwards; stops at a loop, which it returns, unless `all`.
  func unwind(all: Bool, keepsTop: Bool, position: inout SourcePosition) throws(CompileError) -> FrameBlock? {
    guard let top = unit.frameBlocks.last else { return nil }
    if case .exceptionGroupHandler = top.kind {
      throw CompileError(
        "'break', 'continue' and 'return' cannot appear in an except* block", position)
    }
    if !all, top.isLoop { return top }
    unit.frameBlocks.removeLast()
    defer { unit.frameBlocks.append(top) }
    try unwind(top, keepsTop: keepsTop, position: &position)
    return try unwind(all: all, keepsTop: keepsTop, position: &position)
  }

  func unwind(_ block: FrameBlock, keepsTop: Bool, position: inout SourcePosition) throws(CompileError) {
    func swapIfKept() { if keepsTop { emit(.swap, 2, at: position) } }
    switch block.kind {
    case .whileLoop, .exceptionHandler, .exceptionGroupHandler, .asyncComprehension: break
    case .forLoop, .popValue:
      swapIfKept()
      emit(.popTop, at: position)
    case .tryExcept: emit(.popBlock, at: position)
    case .finallyTry(let body):
      emit(.popBlock, at: position)
      if keepsTop { push(.popValue) }
      try visit(body)
      if keepsTop { popFrameBlock() }
      // What follows runs after the finally block, not where the statement stands.
      position = .none
    case .finallyEnd:
      swapIfKept()
      emit(.popTop, at: position)
      swapIfKept()
      emit(.popBlock, at: position)
      emit(.popExcept, at: position)
    case .with(let isAsync):
      position = block.position
      emit(.popBlock, at: position)
      swapIfKept()
      emitExitCall(at: position)
      if isAsync { emitAwait(kind: 2, at: position) }
      emit(.popTop, at: position)
      position = .none
    case .handlerCleanup(let handlerName):
      if handlerName != nil { emit(.popBlock, at: position) }
      swapIfKept()
      emit(.popBlock, at: position)
      emit(.popExcept, at: position)
      if let handlerName { try clearHandlerName(handlerName, at: position) }
    }
  }

  /// The name in `except ... as name` is unbound at the handler's end.
  func clearHandlerName(_ handlerName: String, at position: SourcePosition) throws(CompileError) {
    loadConstant(.none, at: position)
    try name(handlerName, .store, at: position)
    try name(handlerName, .del, at: position)
  }

  /// Calls the `__exit__` on the stack with three Nones.
  func emitExitCall(at position: SourcePosition) {
    for _ in 0..<3 { loadConstant(.none, at: position) }
    emit(.call, 2, at: position)
  }
}

// Conditions.
extension CodeGenerator {
  /// Jumps when the truth of `test` is `wanted`, else falls through.
  func jump(
    to label: Label, if test: Expression, is wanted: Bool, at position: SourcePosition
  ) throws(CompileError) {
    // An expression that folds to a constant is tested as that constant.
    if Folding.constant(test) == nil {
      switch test.kind {
      case .unaryOp(.not, let operand):
        if let negated = Folding.negatedComparison(operand) {
          let comparison = Expression(span: operand.span, kind: negated)
          return try jump(to: label, if: comparison, is: wanted, at: position)
        }
        return try jump(to: label, if: operand, is: !wanted, at: position)
      case .boolOp(let op, let values): return try jump(to: label, ifAll: values, op, is: wanted, at: position)
      case .ifExp(let inner, let body, let orelse):
        let end = newLabel()
        let next = newLabel()
        try jump(to: next, if: inner, is: false, at: position)
        try jump(to: label, if: body, is: wanted, at: position)
        emitJump(.jumpNoInterrupt, to: end, at: .none)
        place(next)
        try jump(to: label, if: orelse, is: wanted, at: position)
        place(end)
        return
      case .compare(let left, let ops, let comparators) where ops.count > 1:
        return try jumpChained(to: label, left, ops, comparators, is: wanted, at: SourcePosition(test.span))
      default: break
      }
    }
    try visit(test)
    let testPosition = SourcePosition(test.span)
    emit(.toBool, at: testPosition)
    emitJump(wanted ? .popJumpIfTrue : .popJumpIfFalse, to: label, at: testPosition)
  }

  private func jump(
    to label: Label, ifAll values: [Expression], _ op: BooleanOperator, is wanted: Bool, at position: SourcePosition
  ) throws(CompileError) {
    let decides = op == .or
    let early = decides == wanted ? label : newLabel()
    for value in values.dropLast() { try jump(to: early, if: value, is: decides, at: position) }
    if let last = values.last { try jump(to: label, if: last, is: wanted, at: position) }
    if early != label { place(early) }
  }

  private func jumpChained(
    to label: Label, _ left: Expression, _ ops: [PythonSyntax.ComparisonOperator], _ comparators: [Expression],
    is wanted: Bool, at position: SourcePosition
  ) throws(CompileError) {
    let cleanup = newLabel()
    let end = newLabel()
    try visit(left)
    for (index, op) in ops.enumerated() {
      try visitComparator(comparators[index], op)
      guard index < ops.count - 1 else { break }
      emit(.swap, 2, at: position)
      emit(.copy, 2, at: position)
      emitComparison(op, at: position)
      emit(.toBool, at: position)
      emitJump(.popJumpIfFalse, to: cleanup, at: position)
    }
    if let op = ops.last { emitComparison(op, at: position) }
    emit(.toBool, at: position)
    emitJump(wanted ? .popJumpIfTrue : .popJumpIfFalse, to: label, at: position)
    emitJump(.jumpNoInterrupt, to: end, at: .none)
    place(cleanup)
    emit(.popTop, at: position)
    if !wanted { emitJump(.jumpNoInterrupt, to: label, at: .none) }
    place(end)
  }
}
