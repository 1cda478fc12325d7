// Expressions for the symbol table: uses and bindings of names, lambdas, comprehensions, assignment expressions.

import PythonBytecode
import PythonSyntax

extension SymbolTable {
  func visit(optional expression: Expression?) throws(CompileError) {
    if let expression { try visit(expression) }
  }

  func visit(_ expressions: [Expression]) throws(CompileError) {
    for expression in expressions { try visit(expression) }
  }

  func visit(_ expression: Expression) throws(CompileError) {
    let span = expression.span
    switch expression.kind {
    case .namedExpr(let target, let value):
      try visitAssignmentExpression(target: target, value: value, at: span)
    case .boolOp(_, let values), .joinedStr(let values): try visit(values)
    case .binOp(let left, _, let right):
      try visit(left)
      try visit(right)
    case .unaryOp(_, let operand): try visit(operand)
    case .lambda(let args, let body):
      try visitDefaults(args)
      enter(.function, name: "lambda", role: .lambda, at: span)
      try visitParameters(args)
      try visit(body)
      exit()
    case .ifExp(let test, let body, let orelse):
      try visit(test)
      try visit(body)
      try visit(orelse)
    case .dict(let keys, let values):
      for key in keys { try visit(optional: key) }
      try visit(values)
    case .set(let elts), .list(let elts, _), .tuple(let elts, _): try visit(elts)
    case .listComp(let elt, let generators):
      try visitComprehension(.list, .listComprehension, "listcomp", generators, elt, nil, at: span)
    case .setComp(let elt, let generators):
      try visitComprehension(.set, .setComprehension, "setcomp", generators, elt, nil, at: span)
    case .dictComp(let key, let value, let generators):
      try visitComprehension(.dict, .dictComprehension, "dictcomp", generators, key, value, at: span)
    case .generatorExp(let elt, let generators):
      try visitComprehension(.generator, .generatorExpression, "genexpr", generators, elt, nil, at: span)
    case .yield(let value):
      try refuseInAnnotation("yield expression", at: span)
      try visit(optional: value)
      try markGenerator(at: span)
    case .yieldFrom(let value):
      try refuseInAnnotation("yield expression", at: span)
      try visit(value)
      try markGenerator(at: span)
    case .await(let value):
      try refuseInAnnotation("await expression", at: span)
      try visit(value)
      current.isCoroutine = true
    case .compare(let left, _, let comparators):
      try visit(left)
      try visit(comparators)
    case .call(let func_, let args, let keywords):
      try visit(func_)
      try visit(args)
      for keyword in keywords { try visit(keyword.value) }
    case .formattedValue(let value, _, let formatSpec):
      try visit(value)
      try visit(optional: formatSpec)
    case .constant: break
    case .attribute(let value, _, _), .starred(let value, _): try visit(value)
    case .subscript(let value, let slice, _):
      try visit(value)
      try visit(slice)
    case .slice(let lower, let upper, let step):
      try visit(optional: lower)
      try visit(optional: upper)
      try visit(optional: step)
    case .name("__debug__", .del): throw CompileError("cannot delete __debug__", SourcePosition(span))
    case .name(let id, let ctx):
      try define(id, ctx == .load ? .use : .local, at: span)
      // `super()` finds the class through the cell `__class__`.
      if ctx == .load, current.kind.isFunctionLike, id == "super" { try define("__class__", .use, at: span) }
    }
  }

  private func markGenerator(at span: SourceSpan) throws(CompileError) {
    current.isGenerator = true
    if let comprehension = current.comprehension {
      throw CompileError("'yield' inside \(comprehension.description)", SourcePosition(span))
    }
  }

  private func visitComprehension(
    _ kind: ComprehensionKind, _ role: ScopeKey.Role, _ name: String, _ generators: [Comprehension],
    _ element: Expression, _ value: Expression?, at span: SourceSpan
  ) throws(CompileError) {
    guard let outermost = generators.first else { return }
    // The outermost iterable is evaluated outside.
    current.iterableDepth += 1
    try visit(outermost.iter)
    current.iterableDepth -= 1
    let scope = enter(.function, name: name, role: role, at: span)
    scope.comprehension = kind
    scope.isCoroutine = outermost.isAsync
    try define(".0", .parameter, at: span)
    scope.isInComprehensionTarget = true
    try visit(outermost.target)
    scope.isInComprehensionTarget = false
    try visit(outermost.ifs)
    for generator in generators.dropFirst() {
      scope.isInComprehensionTarget = true
      try visit(generator.target)
      scope.isInComprehensionTarget = false
      scope.iterableDepth += 1
      try visit(generator.iter)
      scope.iterableDepth -= 1
      try visit(generator.ifs)
      if generator.isAsync { scope.isCoroutine = true }
    }
    try visit(optional: value)
    try visit(element)
    scope.isGenerator = kind == .generator
    exit()
    if scope.isCoroutine, kind != .generator { current.isCoroutine = true }
  }

  private func visitAssignmentExpression(
    target: Expression, value: Expression, at span: SourceSpan
  ) throws(CompileError) {
    try refuseInAnnotation("named expression", at: span)
    if current.iterableDepth > 0 {
      throw CompileError(
        "assignment expression cannot be used in a comprehension iterable expression", SourcePosition(span))
    }
    if current.comprehension != nil, case .name(let id, _) = target.kind {
      try bindInEnclosingBlock(id, at: target.span)
    }
    try visit(value)
    try visit(target)
  }

  /// In a comprehension `:=` binds in the block around it.
  private func bindInEnclosingBlock(_ name: String, at span: SourceSpan) throws(CompileError) {
    let mangled = NameMangling.mangle(name, inClass: className)
    for scope in stack.reversed() {
      if scope.comprehension != nil {
        // Names that a target only reads are free to be bound.
        if let flags = scope.symbols[mangled]?.flags, flags.contains(.comprehensionTarget),
          !flags.isDisjoint(with: [.local, .global])
        {
          throw CompileError(
            "assignment expression cannot rebind comprehension iteration variable '\(name)'", SourcePosition(span))
        }
        continue
      }
      switch scope.kind {
      case .function:
        let isGlobal = scope.symbols[mangled]?.flags.contains(.global) == true
        try define(name, isGlobal ? .global : .nonlocal, at: span)
        current.directives.append((mangled, SourcePosition(span)))
        return try define(name, .local, in: scope, at: span)
      case .module:
        try define(name, .global, at: span)
        current.directives.append((mangled, SourcePosition(span)))
        return try define(name, .global, in: scope, at: span)
      case .class:
        throw CompileError(
          "assignment expression within a comprehension cannot be used in a class body", SourcePosition(span))
      case .typeParameters:
        throw CompileError(
          "assignment expression within a comprehension cannot be used within the definition of a generic",
          SourcePosition(span))
      case .typeAlias:
        throw CompileError(
          "assignment expression within a comprehension cannot be used in a type alias", SourcePosition(span))
      case .typeVariable:
        throw CompileError(
          "assignment expression within a comprehension cannot be used in a TypeVar bound", SourcePosition(span))
      case .annotation: return
      }
    }
  }
}
