// Statements, parameters and patterns for the symbol table.

import PythonBytecode
import PythonSyntax

extension SymbolTable {
  func visit(_ body: [Statement]) throws(CompileError) {
    for statement in body { try visit(statement) }
  }

  func visit(_ statement: Statement) throws(CompileError) {
    let span = statement.span
    switch statement.kind {
    case .functionDef(let definition): try visit(definition, isAsync: false, at: span)
    case .asyncFunctionDef(let definition): try visit(definition, isAsync: true, at: span)
    case .classDef(let definition): try visit(definition, at: span)
    case .typeAlias(let name, let typeParams, let value):
      try visitTypeAlias(name: name, typeParams: typeParams, value: value, at: span)
    case .return(let value): try visit(optional: value)
    case .delete(let targets): try visit(targets)
    case .assign(let targets, let value):
      try visit(targets)
      try visit(value)
    case .augAssign(let target, _, let value):
      try visit(target)
      try visit(value)
    case .annAssign(let target, let annotation, let value, let simple):
      try visitAnnotatedAssignment(target: target, annotation: annotation, value: value, simple: simple)
    case .for(let target, let iter, let body, let orelse), .asyncFor(let target, let iter, let body, let orelse):
      try visit(target)
      try visit(iter)
      try visit(body)
      try visit(orelse)
    case .while(let test, let body, let orelse), .if(let test, let body, let orelse):
      try visit(test)
      try visit(body)
      try visit(orelse)
    case .with(let items, let body), .asyncWith(let items, let body):
      for item in items {
        try visit(item.contextExpr)
        try visit(optional: item.optionalVars)
      }
      try visit(body)
    case .match(let subject, let cases):
      try visit(subject)
      for matchCase in cases {
        try visit(matchCase.pattern)
        try visit(optional: matchCase.guard)
        try visit(matchCase.body)
      }
    case .raise(let exc, let cause):
      try visit(optional: exc)
      try visit(optional: cause)
    case .try(let body, let handlers, let orelse, let finalbody),
      .tryStar(let body, let handlers, let orelse, let finalbody):
      try visit(body)
      for handler in handlers {
        try visit(optional: handler.type)
        if let name = handler.name { try define(name, .local, at: handler.span) }
        try visit(handler.body)
      }
      try visit(orelse)
      try visit(finalbody)
    case .assert(let test, let msg):
      try visit(test)
      try visit(optional: msg)
    case .import(let names):
      for alias in names { try visit(alias) }
    case .importFrom(_, let names, _):
      for alias in names { try visit(alias) }
    case .global(let names): try declare(names, .global, word: "global", at: span)
    case .nonlocal(let names): try declare(names, .nonlocal, word: "nonlocal", at: span)
    case .expr(let value): try visit(value)
    case .pass, .break, .continue: break
    }
  }

  private func visit(_ alias: Alias) throws(CompileError) {
    if alias.name == "*" {
      if current.kind != .module {
        throw CompileError("import * only allowed at module level", SourcePosition(alias.span))
      }
      return
    }
    let name = alias.asname ?? String(alias.name.prefix { $0 != "." })
    try define(name, .import, at: alias.span)
  }

  private func declare(
    _ names: [String], _ flag: SymbolFlags, word: String, at span: SourceSpan
  ) throws(CompileError) {
    for name in names {
      let existing = flags(of: name)
      if !existing.isDisjoint(with: [.parameter, .local, .use, .annotation]) {
        let message: String
        if existing.contains(.parameter) {
          message = "name '\(name)' is parameter and \(word)"
        } else if existing.contains(.use) {
          message = "name '\(name)' is used prior to \(word) declaration"
        } else if existing.contains(.annotation) {
          message = "annotated name '\(name)' can't be \(word)"
        } else {
          message = "name '\(name)' is assigned to before \(word) declaration"
        }
        throw CompileError(message, SourcePosition(span))
      }
      try define(name, flag, at: span)
      current.directives.append((NameMangling.mangle(name, inClass: className), SourcePosition(span)))
    }
  }

  private func visitAnnotatedAssignment(
    target: Expression, annotation: Expression, value: Expression?, simple: Bool
  ) throws(CompileError) {
    if case .name(let id, _) = target.kind {
      let existing = flags(of: id)
      if simple, !existing.isDisjoint(with: [.global, .nonlocal]), current !== top {
        let word = existing.contains(.global) ? "global" : "nonlocal"
        throw CompileError("annotated name '\(id)' can't be \(word)", SourcePosition(target.span))
      }
      if simple {
        try define(id, [.annotation, .local], at: target.span)
      } else if value != nil {
        try define(id, .local, at: target.span)
      }
    } else {
      try visit(target)
    }
    try visitAnnotation(annotation)
    try visit(optional: value)
  }

  /// With `from __future__ import annotations` an annotation is text: its names are looked at for errors only.
  func visitAnnotation(_ annotation: Expression) throws(CompileError) {
    guard hasFutureAnnotations else { return try visit(annotation) }
    enter(.annotation, name: "_annotation", role: nil, at: annotation.span)
    try visit(annotation)
    exit()
  }
}

// Functions, classes and type parameters.
extension SymbolTable {
  private func visit(_ definition: FunctionDef, isAsync: Bool, at span: SourceSpan) throws(CompileError) {
    try define(definition.name, .local, at: span)
    try visitDefaults(definition.args)
    try visit(definition.decoratorList)
    let isGeneric = !definition.typeParams.isEmpty
    if isGeneric {
      try enterTypeParameters(
        name: definition.name, isClass: false, hasDefaults: true,
        hasKwDefaults: definition.args.kwDefaults.contains { $0 != nil }, at: span)
      try visit(definition.typeParams)
    }
    try visitAnnotations(definition.args, returns: definition.returns)
    let scope = enter(.function, name: definition.name, role: .function, at: span)
    scope.isCoroutine = isAsync
    try visitParameters(definition.args)
    try visit(definition.body)
    exit()
    if isGeneric { exit() }
  }

  private func visit(_ definition: ClassDef, at span: SourceSpan) throws(CompileError) {
    try define(definition.name, .local, at: span)
    try visit(definition.decoratorList)
    let outerClass = className
    let isGeneric = !definition.typeParams.isEmpty
    if isGeneric {
      try enterTypeParameters(
        name: definition.name, isClass: true, hasDefaults: false, hasKwDefaults: false, at: span)
      className = definition.name
      try visit(definition.typeParams)
    }
    try visit(definition.bases)
    for keyword in definition.keywords { try visit(keyword.value) }
    enter(.class, name: definition.name, role: .class, at: span)
    className = definition.name
    if isGeneric {
      try define("__type_params__", .local, at: span)
      try define(".type_params", .use, at: span)
    }
    try visit(definition.body)
    exit()
    if isGeneric { exit() }
    className = outerClass
  }

  private func visitTypeAlias(
    name: Expression, typeParams: [TypeParam], value: Expression, at span: SourceSpan
  ) throws(CompileError) {
    try visit(name)
    guard case .name(let id, _) = name.kind else { return }
    let isInClass = current.kind == .class
    if !typeParams.isEmpty {
      try enterTypeParameters(name: id, isClass: false, hasDefaults: false, hasKwDefaults: false, at: span)
      try visit(typeParams)
    }
    let scope = enter(.typeAlias, name: id, role: .typeAlias, at: span)
    scope.canSeeClassScope = isInClass
    if isInClass { try define("__classdict__", .use, at: value.span) }
    try visit(value)
    exit()
    if !typeParams.isEmpty { exit() }
  }

  private func enterTypeParameters(
    name: String, isClass: Bool, hasDefaults: Bool, hasKwDefaults: Bool, at span: SourceSpan
  ) throws(CompileError) {
    let isInClass = current.kind == .class
    let scope = enter(.typeParameters, name: name, role: .typeParameters, at: span)
    if isInClass {
      scope.canSeeClassScope = true
      try define("__classdict__", .use, at: span)
    }
    if isClass {
      try define(".type_params", .local, at: span)
      try define(".type_params", .use, at: span)
      try define(".generic_base", .local, at: span)
      try define(".generic_base", .use, at: span)
    }
    // A function's block always has this parameter, used or not, as in CPython.
    if hasDefaults { try define(".defaults", .parameter, at: span) }
    if hasKwDefaults { try define(".kwdefaults", .parameter, at: span) }
  }

  private func visit(_ parameters: [TypeParam]) throws(CompileError) {
    var seenDefault = false
    for parameter in parameters {
      try define(parameter.name, [.typeParameter, .local], at: parameter.span)
      var bound: Expression?
      let word: String
      switch parameter.kind {
      case .typeVar(let expression):
        bound = expression
        word = "TypeVar"
      case .paramSpec: word = "ParamSpec"
      case .typeVarTuple: word = "TypeVarTuple"
      }
      if let bound {
        let what: String
        if case .tuple = bound.kind { what = "a \(word) constraint" } else { what = "a \(word) bound" }
        try visitTypeVariable(bound, name: parameter.name, what: what, role: .typeBound, at: parameter.span)
      }
      if let value = parameter.defaultValue {
        seenDefault = true
        try visitTypeVariable(
          value, name: parameter.name, what: "a \(word) default", role: .typeDefault, at: parameter.span)
      } else if seenDefault {
        throw CompileError(
          "non-default type parameter '\(parameter.name)' follows default type parameter",
          SourcePosition(parameter.span))
      }
    }
  }

  private func visitTypeVariable(
    _ expression: Expression, name: String, what: String, role: ScopeKey.Role, at span: SourceSpan
  ) throws(CompileError) {
    let isInClass = current.canSeeClassScope
    let scope = enter(.typeVariable, name: what, role: role, at: span)
    scope.canSeeClassScope = isInClass
    if isInClass { try define("__classdict__", .use, at: expression.span) }
    try visit(expression)
    exit()
  }

  func visitDefaults(_ arguments: Arguments) throws(CompileError) {
    try visit(arguments.defaults)
    for value in arguments.kwDefaults { try visit(optional: value) }
  }

  private func visitAnnotations(_ arguments: Arguments, returns: Expression?) throws(CompileError) {
    let all =
      arguments.posonlyargs + arguments.args + [arguments.vararg].compactMap { $0 } + arguments.kwonlyargs
      + [arguments.kwarg].compactMap { $0 }
    for argument in all {
      if let annotation = argument.annotation { try visitAnnotation(annotation) }
    }
    if let returns { try visitAnnotation(returns) }
  }

  func visitParameters(_ arguments: Arguments) throws(CompileError) {
    for argument in arguments.posonlyargs + arguments.args + arguments.kwonlyargs {
      try define(argument.arg, .parameter, at: argument.span)
    }
    if let vararg = arguments.vararg {
      try define(vararg.arg, .parameter, at: vararg.span)
      current.hasVarArgs = true
    }
    if let kwarg = arguments.kwarg {
      try define(kwarg.arg, .parameter, at: kwarg.span)
      current.hasVarKeywords = true
    }
  }
}

// Patterns.
extension SymbolTable {
  private func visit(_ pattern: Pattern) throws(CompileError) {
    switch pattern.kind {
    case .matchValue(let value): try visit(value)
    case .matchSingleton: break
    case .matchSequence(let patterns), .matchOr(let patterns):
      for part in patterns { try visit(part) }
    case .matchMapping(let keys, let patterns, let rest):
      try visit(keys)
      for part in patterns { try visit(part) }
      if let rest { try define(rest, .local, at: pattern.span) }
    case .matchClass(let cls, let patterns, _, let kwdPatterns):
      try visit(cls)
      for part in patterns + kwdPatterns { try visit(part) }
    case .matchStar(let name):
      if let name { try define(name, .local, at: pattern.span) }
    case .matchAs(let part, let name):
      if let part { try visit(part) }
      if let name { try define(name, .local, at: pattern.span) }
    }
  }
}
