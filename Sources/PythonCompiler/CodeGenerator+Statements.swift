// Statements: the dispatch, and the simple ones.

import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  func visit(_ body: [Statement]) throws(CompileError) {
    for statement in body { try visit(statement) }
  }

  /// The statements of a module or class: annotations and docstring first.
  func visitBody(_ body: [Statement], at position: SourcePosition) throws(CompileError) {
    guard let first = body.first else { return }
    var position = position
    if unit.kind == .module { position = SourcePosition(first.span) }
    if Annotations.areIn(body) { emit(.setupAnnotations, at: position) }
    var rest = body[...]
    if !isInteractive || unit.kind != .module, let docstring = Docstring.of(body) {
      rest = rest.dropFirst()
      if case .expr(let value) = first.kind { position = SourcePosition(value.span) }
      loadConstant(.string(docstring), at: position)
      try name("__doc__", .store, at: .none)
    }
    for statement in rest { try visit(statement) }
  }

  func visit(_ statement: Statement) throws(CompileError) {
    let position = SourcePosition(statement.span)
    switch statement.kind {
    case .functionDef(let definition): try visit(definition, isAsync: false, at: statement.span)
    case .asyncFunctionDef(let definition): try visit(definition, isAsync: true, at: statement.span)
    case .classDef(let definition): try visit(definition, at: statement.span)
    case .typeAlias(let name, let typeParams, let value):
      try visitTypeAlias(name: name, typeParams: typeParams, value: value, at: statement.span)
    case .return(let value): try visitReturn(value, at: statement.span)
    case .delete(let targets): try visit(targets)
    case .assign(let targets, let value):
      try visit(value)
      for (index, target) in targets.enumerated() {
        if index < targets.count - 1 { emit(.copy, 1, at: position) }
        try visit(target)
      }
    case .augAssign(let target, let op, let value):
      try visitAugmentedAssignment(target, op, value, at: position)
    case .annAssign(let target, let annotation, let value, let simple):
      try visitAnnotatedAssignment(target, annotation, value, simple: simple, at: position)
    case .for(let target, let iter, let body, let orelse):
      try visitFor(target, iter, body, orelse)
    case .asyncFor(let target, let iter, let body, let orelse):
      try visitAsyncFor(target, iter, body, orelse, at: statement.span)
    case .while(let test, let body, let orelse): try visitWhile(test, body, orelse, at: position)
    case .if(let test, let body, let orelse): try visitIf(test, body, orelse, at: position)
    case .with(let items, let body): try visitWith(items[...], body)
    case .asyncWith(let items, let body):
      guard unit.kind == .asyncFunction else { throw error("'async with' outside async function", statement.span) }
      try visitAsyncWith(items[...], body)
    case .match(let subject, let cases): try visitMatch(subject, cases)
    case .raise(let exc, let cause):
      var count = 0
      for part in [exc, cause] {
        guard let part else { continue }
        try visit(part)
        count += 1
      }
      emit(.raiseVarargs, count, at: position)
    case .try(let body, let handlers, let orelse, let finalbody):
      if finalbody.isEmpty {
        try visitTryExcept(body, handlers, orelse, at: position)
      } else {
        try visitFinally(finalbody, at: position) { () throws(CompileError) in
          if handlers.isEmpty {
            try self.visit(body)
          } else {
            try self.visitTryExcept(body, handlers, orelse, at: position)
          }
        }
      }
    case .tryStar(let body, let handlers, let orelse, let finalbody):
      if finalbody.isEmpty {
        try visitTryStar(body, handlers, orelse, at: position)
      } else {
        try visitFinally(finalbody, at: position) { () throws(CompileError) in
          try self.visitTryStar(body, handlers, orelse, at: position)
        }
      }
    case .assert(let test, let msg):
      warnAboutAssertion(test, at: statement.span)
      try visitAssert(test, msg, at: position)
    case .import(let names): try visitImport(names, at: position)
    case .importFrom(let module, let names, let level):
      try visitImportFrom(module, names, level, at: statement.span)
    case .global, .nonlocal: break
    case .expr(let value): try visitExpressionStatement(value, at: position)
    case .pass: emit(.nop, at: position)
    case .break: try visitBreak(at: statement.span)
    case .continue: try visitContinue(at: statement.span)
    }
  }

  private func visitExpressionStatement(_ value: Expression, at position: SourcePosition) throws(CompileError) {
    if isInteractive, unit.kind == .module {
      try visit(value)
      emit(.callIntrinsic1, Intrinsic1.print.rawValue, at: position)
      emit(.popTop, at: .none)
    } else if Folding.constant(value) != nil {
      emit(.nop, at: position)
    } else {
      try visit(value)
      emit(.popTop, at: .none)
    }
  }

  private func visitReturn(_ value: Expression?, at span: SourceSpan) throws(CompileError) {
    var position = SourcePosition(span)
    guard unit.scope.kind.isFunctionLike else { throw error("'return' outside function", span) }
    if value != nil, unit.scope.isCoroutine, unit.scope.isGenerator {
      throw error("'return' with value in async generator", span)
    }
    let constant = value.flatMap { Folding.constant($0) }
    let keepsTop = value != nil && constant == nil
    if let value {
      if keepsTop {
        try visit(value)
      } else {
        position = SourcePosition(value.span)
        emit(.nop, at: position)
      }
    }
    if value == nil || value?.span.line != span.line {
      position = SourcePosition(span)
      emit(.nop, at: position)
    }
    _ = try unwind(all: true, keepsTop: keepsTop, position: &position)
    if !keepsTop { loadConstant(constant ?? .none, at: position) }
    emit(.returnValue, at: position)
  }

  private func visitAssert(_ test: Expression, _ message: Expression?, at position: SourcePosition) throws(CompileError)
  {
    let end = newLabel()
    try jump(to: end, if: test, is: true, at: position)
    emit(.loadAssertionError, at: position)
    if let message {
      try visit(message)
      emit(.call, 0, at: position)
    }
    emit(.raiseVarargs, 1, at: SourcePosition(test.span))
    place(end)
  }
}

// Assignments that are not plain.
extension CodeGenerator {
  private func visitAugmentedAssignment(
    _ target: Expression, _ op: PythonSyntax.BinaryOperator, _ value: Expression, at position: SourcePosition
  ) throws(CompileError) {
    let targetPosition = SourcePosition(target.span)
    let operation = op.operation.rawValue + BinaryOperation.inplaceOffset
    switch target.kind {
    case .attribute(let object, let attr, _):
      try visit(object)
      emit(.copy, 1, at: targetPosition)
      let place = attributePosition(targetPosition, target)
      emit(.loadAttr, unit.names.index(of: mangle(attr)) << 1, at: place)
      try visit(value)
      emit(.binaryOp, operation, at: position)
      emit(.swap, 2, at: place)
      emitName(.storeAttr, attr, at: place)
    case .subscript(let object, let slice, _):
      try visit(object)
      if case .slice(let lower, let upper, nil) = slice.kind {
        try visitBounds(lower, upper, at: SourcePosition(slice.span))
        for _ in 0..<3 { emit(.copy, 3, at: targetPosition) }
        emit(.binarySlice, at: targetPosition)
        try visit(value)
        emit(.binaryOp, operation, at: position)
        for depth in [4, 3, 2] { emit(.swap, depth, at: targetPosition) }
        emit(.storeSlice, at: targetPosition)
      } else {
        try visit(slice)
        for _ in 0..<2 { emit(.copy, 2, at: targetPosition) }
        emit(.binarySubscr, at: targetPosition)
        try visit(value)
        emit(.binaryOp, operation, at: position)
        emit(.swap, 3, at: targetPosition)
        emit(.swap, 2, at: targetPosition)
        emit(.storeSubscr, at: targetPosition)
      }
    case .name(let id, _):
      try name(id, .load, at: targetPosition)
      try visit(value)
      emit(.binaryOp, operation, at: position)
      try name(id, .store, at: targetPosition)
    default: throw error("illegal expression for augmented assignment", target.span)
    }
  }

  private func visitAnnotatedAssignment(
    _ target: Expression, _ annotation: Expression, _ value: Expression?, simple: Bool, at position: SourcePosition
  ) throws(CompileError) {
    if let value {
      try visit(value)
      try visit(target)
    }
    let storesAnnotation = unit.kind == .module || unit.kind == .class
    switch target.kind {
    case .name(let id, _):
      if simple, storesAnnotation {
        if future.annotations {
          loadConstant(Unparser.text(annotation), at: SourcePosition(annotation.span))
        } else {
          try visit(annotation)
        }
        try name("__annotations__", .load, at: position)
        loadConstant(mangle(id), at: position)
        emit(.storeSubscr, at: position)
      }
    case .attribute(let object, _, _):
      if value == nil { try evaluateAndDrop(object) }
    case .subscript(let object, let slice, _):
      if value == nil {
        try evaluateAndDrop(object)
        try evaluateIndexAndDrop(slice)
      }
    default: throw error("invalid node type for annotated assignment", target.span)
    }
    if !simple, storesAnnotation, !future.annotations { try evaluateAndDrop(annotation) }
  }

  private func evaluateAndDrop(_ expression: Expression) throws(CompileError) {
    try visit(expression)
    emit(.popTop, at: SourcePosition(expression.span))
  }

  private func evaluateIndexAndDrop(_ slice: Expression) throws(CompileError) {
    switch slice.kind {
    case .slice(let lower, let upper, let step):
      for part in [lower, upper, step] {
        if let part { try evaluateAndDrop(part) }
      }
    case .tuple(let elts, _):
      for element in elts { try evaluateIndexAndDrop(element) }
    default: try evaluateAndDrop(slice)
    }
  }
}
