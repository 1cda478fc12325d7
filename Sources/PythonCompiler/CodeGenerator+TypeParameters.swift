// Type parameters and `type` statements (PEP 695, 696): bounds, defaults and alias values are evaluated lazily, each by a block of
// its own.

import PythonBytecode
import PythonSyntax

extension CodeGenerator {
  /// Makes the parameters, binds their names, and leaves a tuple of them.
  func visitTypeParameters(_ parameters: [TypeParam]) throws(CompileError) {
    for parameter in parameters {
      let position = SourcePosition(parameter.span)
      loadConstant(parameter.name, at: position)
      switch parameter.kind {
      case .typeVar(let bound?):
        try makeEvaluator(bound, parameter, role: .typeBound, allowsStar: false)
        var hasConstraints = false
        if case .tuple = bound.kind { hasConstraints = true }
        let intrinsic: Intrinsic2 = hasConstraints ? .typeVarWithConstraints : .typeVarWithBound
        emit(.callIntrinsic2, intrinsic.rawValue, at: position)
      case .typeVar(nil): emit(.callIntrinsic1, Intrinsic1.typeVar.rawValue, at: position)
      case .paramSpec: emit(.callIntrinsic1, Intrinsic1.paramSpec.rawValue, at: position)
      case .typeVarTuple: emit(.callIntrinsic1, Intrinsic1.typeVarTuple.rawValue, at: position)
      }
      if let value = parameter.defaultValue {
        var allowsStar = false
        if case .typeVarTuple = parameter.kind { allowsStar = true }
        try makeEvaluator(value, parameter, role: .typeDefault, allowsStar: allowsStar)
        emit(.callIntrinsic2, Intrinsic2.setTypeParamDefault.rawValue, at: position)
      }
      emit(.copy, 1, at: position)
      try name(parameter.name, .store, at: position)
    }
    if let first = parameters.first { emit(.buildTuple, parameters.count, at: SourcePosition(first.span)) }
  }

  private func makeEvaluator(
    _ expression: Expression, _ parameter: TypeParam, role: ScopeKey.Role, allowsStar: Bool
  ) throws(CompileError) {
    let position = SourcePosition(expression.span)
    try enter(
      .typeParameters, table.scope(role, at: parameter.span), name: parameter.name,
      firstLine: Int32(expression.span.line), className: unit.className, at: expression.span)
    if allowsStar, case .starred(let value, _) = expression.kind {
      try visit(value)
      emit(.unpackSequence, 1, at: position)
    } else {
      try visit(expression)
    }
    emit(.returnValue, at: position)
    let code = try exit(addsNone: true)
    makeClosure(code, at: position)
  }

  func visitTypeAlias(
    name target: Expression, typeParams: [TypeParam], value: Expression, at span: SourceSpan
  ) throws(CompileError) {
    guard case .name(let aliasName, _) = target.kind else { return }
    let position = SourcePosition(span)
    let firstLine = Int32(span.line)
    let isGeneric = !typeParams.isEmpty
    if isGeneric {
      try enter(
        .typeParameters, table.scope(.typeParameters, at: span), name: "<generic parameters of \(aliasName)>",
        firstLine: firstLine, className: unit.className, at: span)
      loadConstant(aliasName, at: position)
      try visitTypeParameters(typeParams)
    } else {
      loadConstant(aliasName, at: position)
      loadConstant(.none, at: position)
    }
    try enter(
      .typeParameters, table.scope(.typeAlias, at: span), name: aliasName, firstLine: firstLine,
      className: unit.className, at: span)
    // The evaluator has no docstring: its first constant must not be a text.
    _ = unit.constantIndex(.none)
    try visit(value)
    emit(.returnValue, at: position)
    let code = try exit(addsNone: false)
    makeClosure(code, at: position)
    emit(.buildTuple, 3, at: position)
    emit(.callIntrinsic1, Intrinsic1.typeAlias.rawValue, at: position)
    if isGeneric {
      let code = try exit(addsNone: false)
      makeClosure(code, at: position)
      emit(.pushNull, at: position)
      emit(.call, 0, at: position)
    }
    try name(aliasName, .store, at: position)
  }
}
