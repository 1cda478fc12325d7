// Functions, lambdas and classes: what is evaluated where they are defined, and their bodies.

import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  func visit(_ definition: FunctionDef, isAsync: Bool, at span: SourceSpan) throws(CompileError) {
    let position = SourcePosition(span)
    let firstLine = Int32(definition.decoratorList.first?.span.line ?? span.line)
    try visit(definition.decoratorList)
    var attributes = try visitDefaults(definition.args, at: position)
    if definition.typeParams.isEmpty {
      if try visitAnnotations(definition.args, returns: definition.returns, at: position) {
        attributes.append(.annotations)
      }
      try makeFunction(definition, isAsync: isAsync, attributes: attributes, firstLine: firstLine, at: span)
    } else {
      try makeGenericFunction(definition, isAsync: isAsync, defaults: attributes, firstLine: firstLine, at: span)
    }
    try applyDecorators(definition.decoratorList)
    try name(definition.name, .store, at: position)
  }

  /// The function inside the block of its type parameters, which is called at once with the defaults.
  private func makeGenericFunction(
    _ definition: FunctionDef, isAsync: Bool, defaults: [FunctionAttribute], firstLine: Int32, at span: SourceSpan
  ) throws(CompileError) {
    let position = SourcePosition(span)
    if defaults.count == 2 { emit(.swap, 2, at: position) }
    try enter(
      .typeParameters, table.scope(.typeParameters, at: span), name: "<generic parameters of \(definition.name)>",
      firstLine: firstLine, className: unit.className, at: span)
    try visitTypeParameters(definition.typeParams)
    for index in defaults.indices { emit(.loadFast, index, at: position) }
    var attributes = defaults
    if try visitAnnotations(definition.args, returns: definition.returns, at: position) {
      attributes.append(.annotations)
    }
    try makeFunction(definition, isAsync: isAsync, attributes: attributes, firstLine: firstLine, at: span)
    emit(.swap, 2, at: position)
    emit(.callIntrinsic2, Intrinsic2.setFunctionTypeParams.rawValue, at: position)
    unit.argCount = defaults.count
    let code = try exit(addsNone: false)
    makeClosure(code, at: position)
    if defaults.isEmpty {
      emit(.pushNull, at: position)
      emit(.call, 0, at: position)
    } else {
      emit(.swap, defaults.count + 1, at: position)
      emit(.call, defaults.count - 1, at: position)
    }
  }

  private func makeFunction(
    _ definition: FunctionDef, isAsync: Bool, attributes: [FunctionAttribute], firstLine: Int32, at span: SourceSpan
  ) throws(CompileError) {
    try enter(
      isAsync ? .asyncFunction : .function, table.scope(.function, at: span), name: definition.name,
      firstLine: firstLine, className: unit.className, at: span)
    let docstring = Docstring.of(definition.body)
    _ = unit.constantIndex(docstring.map { .string($0) } ?? .none)
    setArgumentCounts(definition.args)
    for statement in docstring == nil ? definition.body[...] : definition.body.dropFirst() { try visit(statement) }
    if unit.scope.isCoroutine || unit.scope.isGenerator { wrapInStopIterationHandler() }
    let code = try exit(addsNone: true)
    makeClosure(code, attributes: attributes, at: SourcePosition(span))
  }

  func visitLambda(_ args: Arguments, _ body: Expression, at span: SourceSpan) throws(CompileError) {
    let position = SourcePosition(span)
    let attributes = try visitDefaults(args, at: position)
    try enter(
      .lambda, table.scope(.lambda, at: span), name: "<lambda>", firstLine: position.line, className: unit.className,
      at: span)
    // A lambda has no docstring: its first constant must not be a text.
    _ = unit.constantIndex(.none)
    setArgumentCounts(args)
    try visit(body)
    let code: Code
    if unit.scope.isGenerator {
      code = try exit(addsNone: false)
    } else {
      emit(.returnValue, at: SourcePosition(body.span))
      code = try exit(addsNone: true)
    }
    makeClosure(code, attributes: attributes, at: position)
  }

  private func setArgumentCounts(_ args: Arguments) {
    unit.argCount = args.posonlyargs.count + args.args.count
    unit.posOnlyArgCount = args.posonlyargs.count
    unit.kwOnlyArgCount = args.kwonlyargs.count
  }

  private func visitDefaults(
    _ args: Arguments, at position: SourcePosition
  ) throws(CompileError) -> [FunctionAttribute] {
    var attributes: [FunctionAttribute] = []
    if !args.defaults.isEmpty {
      try visit(args.defaults)
      emit(.buildTuple, args.defaults.count, at: position)
      attributes.append(.defaults)
    }
    var names: [Constant] = []
    for (argument, value) in zip(args.kwonlyargs, args.kwDefaults) {
      guard let value else { continue }
      names.append(.string(Array(mangle(argument.arg).utf8)))
      try visit(value)
    }
    if !names.isEmpty {
      loadConstant(.tuple(names), at: position)
      emit(.buildConstKeyMap, names.count, at: position)
      attributes.append(.kwdefaults)
    }
    return attributes
  }

  /// Pushes a tuple of names and annotations, if there are any.
  private func visitAnnotations(
    _ args: Arguments, returns: Expression?, at position: SourcePosition
  ) throws(CompileError) -> Bool {
    var count = 0
    var all = args.args + args.posonlyargs
    if let vararg = args.vararg { all.append(vararg) }
    all += args.kwonlyargs
    if let kwarg = args.kwarg { all.append(kwarg) }
    for argument in all {
      guard let annotation = argument.annotation else { continue }
      try visitAnnotation(mangle(argument.arg), annotation, isVararg: argument.span == args.vararg?.span, at: position)
      count += 1
    }
    if let returns {
      try visitAnnotation("return", returns, isVararg: false, at: position)
      count += 1
    }
    if count > 0 { emit(.buildTuple, count * 2, at: position) }
    return count > 0
  }

  private func visitAnnotation(
    _ name: String, _ annotation: Expression, isVararg: Bool, at position: SourcePosition
  ) throws(CompileError) {
    loadConstant(name, at: position)
    if future.annotations {
      loadConstant(Unparser.text(annotation), at: SourcePosition(annotation.span))
    } else if isVararg, case .starred(let value, _) = annotation.kind {
      // `*args: *Ts` is what the star makes of the only item.
      try visit(value)
      emit(.unpackSequence, 1, at: position)
    } else {
      try visit(annotation)
    }
  }

  func applyDecorators(_ decorators: [Expression]) throws(CompileError) {
    for decorator in decorators.reversed() { emit(.call, 0, at: SourcePosition(decorator.span)) }
  }
}

// Classes.
extension CodeGenerator {
  func visit(_ definition: ClassDef, at span: SourceSpan) throws(CompileError) {
    let position = SourcePosition(span)
    let firstLine = Int32(definition.decoratorList.first?.span.line ?? span.line)
    try visit(definition.decoratorList)
    let isGeneric = !definition.typeParams.isEmpty
    if isGeneric {
      try enter(
        .typeParameters, table.scope(.typeParameters, at: span), name: "<generic parameters of \(definition.name)>",
        firstLine: firstLine, className: definition.name, at: span)
      try visitTypeParameters(definition.typeParams)
      try name(".type_params", .store, at: position)
    }
    let body = try classBody(definition, firstLine: firstLine, at: span)
    emit(.loadBuildClass, at: position)
    emit(.pushNull, at: position)
    makeClosure(body, at: position)
    loadConstant(definition.name, at: position)
    if isGeneric {
      try name(".type_params", .load, at: position)
      emit(.callIntrinsic1, Intrinsic1.subscriptGeneric.rawValue, at: position)
      try name(".generic_base", .store, at: position)
      let genericBase = Expression(span: span, kind: .name(id: ".generic_base", ctx: .load))
      try visitArguments(
        pushed: 2, definition.bases + [genericBase], definition.keywords, at: position)
      let code = try exit(addsNone: false)
      makeClosure(code, at: position)
      emit(.pushNull, at: position)
      emit(.call, 0, at: position)
    } else {
      try visitArguments(pushed: 2, definition.bases, definition.keywords, at: position)
    }
    try applyDecorators(definition.decoratorList)
    try name(definition.name, .store, at: position)
  }

  private func classBody(
    _ definition: ClassDef, firstLine: Int32, at span: SourceSpan
  ) throws(CompileError) -> Code {
    try enter(
      .class, table.scope(.class, at: span), name: definition.name, firstLine: firstLine, className: definition.name,
      at: span)
    let position = SourcePosition(line: firstLine)
    try name("__name__", .load, at: position)
    try name("__module__", .store, at: position)
    loadConstant(unit.qualname, at: position)
    try name("__qualname__", .store, at: position)
    loadConstant(.int(Int(firstLine)), at: position)
    try name("__firstlineno__", .store, at: position)
    if !definition.typeParams.isEmpty {
      try name(".type_params", .load, at: position)
      try name("__type_params__", .store, at: position)
    }
    if unit.scope.needsClassDict {
      emit(.loadLocals, at: position)
      emit(.storeDeref, closureIndex("__classdict__", isFree: false), at: position)
    }
    try visitBody(definition.body, at: position)
    let attributes = unit.staticAttributes.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    loadConstant(.tuple(attributes.map { .string(Array($0.utf8)) }), at: .none)
    try name("__static_attributes__", .store, at: .none)
    if unit.scope.needsClassDict {
      emit(.loadClosure, closureIndex("__classdict__", isFree: false), at: .none)
      try name("__classdictcell__", .store, at: .none)
    }
    if unit.scope.needsClassClosure {
      emit(.loadClosure, closureIndex("__class__", isFree: false), at: .none)
      emit(.copy, 1, at: .none)
      try name("__classcell__", .store, at: .none)
    } else {
      loadConstant(.none, at: .none)
    }
    emit(.returnValue, at: .none)
    return try exit(addsNone: true)
  }
}
