// What compiles but is likely a mistake: the SyntaxWarnings that CPython's compiler gives (Python/compile.c, `check_is_arg` and its sisters).
import PythonSyntax

extension CodeGenerator {
  private func warn(_ message: String, at span: SourceSpan) {
    warnings.append(SyntaxWarning(message: message, line: span.line))
  }

  /// `x is 5`: identity of a number or text is an accident.
  func warnAboutIdentity(
    _ left: Expression, _ ops: [PythonSyntax.ComparisonOperator], _ comparators: [Expression], at span: SourceSpan
  ) {
    var before = left
    for (op, next) in zip(ops, comparators) {
      if op == .is || op == .isNot {
        let literal = [before, next].first { isValueLiteral($0) }
        if let literal, let type = inferredType(literal) {
          let (word, better) = op == .is ? ("is", "==") : ("is not", "!=")
          return warn("\"\(word)\" with '\(type)' literal. Did you mean \"\(better)\"?", at: span)
        }
      }
      before = next
    }
  }

  /// A constant or tuple whose identity says nothing.
  private func isValueLiteral(_ e: Expression) -> Bool {
    switch e.kind {
    case .constant(let value, _):
      switch value {
      case .none, .bool, .ellipsis: false
      default: true
      }
    case .tuple(let elements, _): elements.allSatisfy { isConstant($0) }
    default: false
    }
  }

  private func isConstant(_ e: Expression) -> Bool {
    switch e.kind {
    case .constant: true
    case .tuple(let elements, _): elements.allSatisfy { isConstant($0) }
    default: false
    }
  }

  func warnAboutCall(of callee: Expression) {
    switch callee.kind {
    case .constant, .tuple, .list, .listComp, .dict, .dictComp, .set, .setComp, .generatorExp, .joinedStr,
      .formattedValue:
      guard let type = inferredType(callee) else { return }
      warn("'\(type)' object is not callable; perhaps you missed a comma?", at: callee.span)
    default: break
    }
  }

  func warnAboutSubscript(_ value: Expression, _ slice: Expression) {
    switch value.kind {
    case .constant(.none, _), .constant(.ellipsis, _), .constant(.int, _), .constant(.float, _),
      .constant(.imaginary, _), .constant(.bool, _), .set, .setComp, .generatorExp, .lambda:
      guard let type = inferredType(value) else { return }
      warn("'\(type)' object is not subscriptable; perhaps you missed a comma?", at: value.span)
    case .constant(.string, _), .constant(.bytes, _), .tuple, .list, .listComp, .joinedStr, .formattedValue:
      guard let index = inferredType(slice), index != "int", index != "bool", index != "slice",
        let type = inferredType(value)
      else { return }
      warn(
        "\(type) indices must be integers or slices, not \(index); perhaps you missed a comma?", at: value.span)
    default: break
    }
  }

  func warnAboutAssertion(_ test: Expression, at span: SourceSpan) {
    if case .tuple(let elements, _) = test.kind, !elements.isEmpty {
      warn("assertion is always true, perhaps remove parentheses?", at: span)
    }
  }

  /// The type that the expression's value is sure to have.
  private func inferredType(_ e: Expression) -> String? {
    switch e.kind {
    case .tuple: "tuple"
    case .list, .listComp: "list"
    case .dict, .dictComp: "dict"
    case .set, .setComp: "set"
    case .generatorExp: "generator"
    case .lambda: "function"
    case .joinedStr, .formattedValue: "str"
    case .constant(let value, _):
      switch value {
      case .none: "NoneType"
      case .ellipsis: "ellipsis"
      case .bool: "bool"
      case .int: "int"
      case .float: "float"
      case .imaginary: "complex"
      case .string: "str"
      case .bytes: "bytes"
      }
    default: nil
    }
  }
}
