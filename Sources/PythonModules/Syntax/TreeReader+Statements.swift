// Statement nodes and their parts. See TreeReader.
import PythonRuntime
import PythonSyntax

extension TreeReader {
  mutating func statements(_ o: Object, _ name: String) throws(TreeFailure) -> [Statement] {
    var result: [Statement] = []
    for item in try items(o, name) {
      if item == core.pointee.none { throw fail(.ValueError, "None disallowed in statement list") }
      guard enterNative(t, " during compilation") else { throw TreeFailure() }
      defer { leaveNative(t) }
      result.append(try statement(item))
    }
    return result
  }

  /// A block, which may not be empty.
  private mutating func body(_ o: Object, _ name: String = "body") throws(TreeFailure) -> [Statement] {
    let result = try statements(o, name)
    if result.isEmpty { throw fail(.ValueError, "empty \(name) on \(typeName(o))") }
    return result
  }

  private mutating func statement(_ o: Object) throws(TreeFailure) -> Statement {
    var place = try span(o, "stmt")
    let name = try kind(o, "stmt")
    switch name {
    case "FunctionDef", "AsyncFunctionDef", "ClassDef", "TypeAlias": place = scopeSpan(place, name)
    default: break
    }
    return Statement(span: place, kind: try statementKind(o, name))
  }

  private mutating func statementKind(_ o: Object, _ name: String) throws(TreeFailure) -> StatementKind {
    switch name {
    case "FunctionDef": return .functionDef(try function(o))
    case "AsyncFunctionDef": return .asyncFunctionDef(try function(o))
    case "ClassDef":
      return .classDef(
        ClassDef(
          name: try identifier(o, "name"), bases: try expressions(o, "bases"), keywords: try keywords(o),
          body: try body(o), decoratorList: try expressions(o, "decorator_list"), typeParams: try typeParameters(o)))
    case "Return": return .return(value: try optionalExpression(o, "value"))
    case "Delete": return .delete(targets: try filled(o, "targets", .del))
    case "Assign":
      return .assign(targets: try filled(o, "targets", .store), value: try expression(o, "value"))
    case "TypeAlias":
      return .typeAlias(
        name: try expression(o, "name", .store), typeParams: try typeParameters(o), value: try expression(o, "value"))
    case "AugAssign":
      return .augAssign(
        target: try expression(o, "target", .store), op: try binaryOperator(o, "op"), value: try expression(o, "value"))
    case "AnnAssign":
      let target = try expression(o, "target", .store)
      let isSimple = try integer(try required(o, "simple"), "simple") != 0
      if isSimple, case .name = target.kind {
      } else if isSimple {
        throw fail(.TypeError, "AnnAssign with simple non-Name target")
      }
      return .annAssign(
        target: target, annotation: try expression(o, "annotation"), value: try optionalExpression(o, "value"),
        simple: isSimple)
    case "For", "AsyncFor":
      let target = try expression(o, "target", .store)
      let iterable = try expression(o, "iter")
      let (body, orelse) = (try body(o), try statements(o, "orelse"))
      return name == "For"
        ? .for(target: target, iter: iterable, body: body, orelse: orelse)
        : .asyncFor(target: target, iter: iterable, body: body, orelse: orelse)
    case "While":
      return .while(test: try expression(o, "test"), body: try body(o), orelse: try statements(o, "orelse"))
    case "If": return .if(test: try expression(o, "test"), body: try body(o), orelse: try statements(o, "orelse"))
    case "With": return .with(items: try withItems(o), body: try body(o))
    case "AsyncWith": return .asyncWith(items: try withItems(o), body: try body(o))
    case "Match":
      let subject = try expression(o, "subject")
      var cases: [MatchCase] = []
      for item in try items(o, "cases") {
        cases.append(
          MatchCase(
            pattern: try pattern(try required(item, "pattern")), guard: try optionalExpression(item, "guard"),
            body: try body(item)))
      }
      if cases.isEmpty { throw fail(.ValueError, "empty cases on Match") }
      return .match(subject: subject, cases: cases)
    case "Raise":
      let exception = try optionalExpression(o, "exc")
      let cause = try optionalExpression(o, "cause")
      if exception == nil, cause != nil { throw fail(.ValueError, "Raise with cause but no exception") }
      return .raise(exc: exception, cause: cause)
    case "Try", "TryStar": return try tryStatement(o, name)
    case "Assert": return .assert(test: try expression(o, "test"), msg: try optionalExpression(o, "msg"))
    case "Import": return .import(names: try aliases(o))
    case "ImportFrom":
      let level = try optional(o, "level").map { o throws(TreeFailure) in try integer(o, "level") } ?? 0
      if level < 0 { throw fail(.ValueError, "Negative ImportFrom level") }
      return .importFrom(module: try optionalIdentifier(o, "module"), names: try aliases(o), level: level)
    case "Global": return .global(names: try filledNames(o))
    case "Nonlocal": return .nonlocal(names: try filledNames(o))
    case "Expr": return .expr(value: try expression(o, "value"))
    case "Pass": return .pass
    case "Break": return .break
    case "Continue": return .continue
    default: throw fail(.TypeError, "expected some sort of stmt, but got \(reprText(t, o))")
    }
  }

  private mutating func tryStatement(_ o: Object, _ name: String) throws(TreeFailure) -> StatementKind {
    let block = try body(o)
    var handlers: [ExceptHandler] = []
    for item in try items(o, "handlers") {
      guard try kind(item, "excepthandler") == "ExceptHandler" else {
        throw fail(.TypeError, "expected some sort of excepthandler, but got \(reprText(t, item))")
      }
      handlers.append(
        ExceptHandler(
          span: try span(item, "excepthandler"), type: try optionalExpression(item, "type"),
          name: try optionalIdentifier(item, "name"), body: try body(item)))
    }
    let (orelse, finalbody) = (try statements(o, "orelse"), try statements(o, "finalbody"))
    if handlers.isEmpty, finalbody.isEmpty {
      throw fail(.ValueError, "\(name) has neither except handlers nor finalbody")
    }
    if handlers.isEmpty, !orelse.isEmpty { throw fail(.ValueError, "\(name) has orelse but no except handlers") }
    return name == "Try"
      ? .try(body: block, handlers: handlers, orelse: orelse, finalbody: finalbody)
      : .tryStar(body: block, handlers: handlers, orelse: orelse, finalbody: finalbody)
  }

  // MARK: - Parts

  private mutating func filled(_ o: Object, _ name: String, _ context: ExpressionContext) throws(TreeFailure)
    -> [Expression]
  {
    let result = try expressions(o, name, context)
    if result.isEmpty { throw fail(.ValueError, "empty \(name) on \(typeName(o))") }
    return result
  }

  private func filledNames(_ o: Object) throws(TreeFailure) -> [Identifier] {
    let names = try identifiers(o, "names")
    if names.isEmpty { throw fail(.ValueError, "empty names on \(typeName(o))") }
    return names
  }

  private mutating func function(_ o: Object) throws(TreeFailure) -> FunctionDef {
    FunctionDef(
      name: try identifier(o, "name"), args: try arguments(try required(o, "args")), body: try body(o),
      decoratorList: try expressions(o, "decorator_list"), returns: try optionalExpression(o, "returns"),
      typeParams: try typeParameters(o))
  }

  private func aliases(_ o: Object) throws(TreeFailure) -> [Alias] {
    var result: [Alias] = []
    for item in try items(o, "names") {
      result.append(
        Alias(
          span: try span(item, "alias"), name: try string(try required(item, "name")),
          asname: try optionalIdentifier(item, "asname")))
    }
    if result.isEmpty { throw fail(.ValueError, "empty names on \(typeName(o))") }
    return result
  }

  private mutating func withItems(_ o: Object) throws(TreeFailure) -> [WithItem] {
    var result: [WithItem] = []
    for item in try items(o, "items") {
      let context = try expression(item, "context_expr")
      result.append(WithItem(contextExpr: context, optionalVars: try optionalExpression(item, "optional_vars", .store)))
    }
    if result.isEmpty { throw fail(.ValueError, "empty items on \(typeName(o))") }
    return result
  }

  mutating func typeParameters(_ o: Object) throws(TreeFailure) -> [TypeParam] {
    var result: [TypeParam] = []
    for item in try items(o, "type_params") {
      let name = try kind(item, "type_param")
      let kind: TypeParam.Kind
      switch name {
      case "TypeVar": kind = .typeVar(bound: try optionalExpression(item, "bound"))
      case "ParamSpec": kind = .paramSpec
      case "TypeVarTuple": kind = .typeVarTuple
      default: throw fail(.TypeError, "expected some sort of type_param, but got \(reprText(t, item))")
      }
      result.append(
        TypeParam(
          span: scopeSpan(try span(item, "type_param"), "type_param"), kind: kind, name: try identifier(item, "name"),
          defaultValue: try optionalExpression(item, "default_value")))
    }
    return result
  }

  // MARK: - Patterns

  private mutating func patterns(_ o: Object, _ name: String) throws(TreeFailure) -> [Pattern] {
    var result: [Pattern] = []
    for item in try items(o, name) { result.append(try pattern(item)) }
    return result
  }

  private mutating func pattern(_ o: Object) throws(TreeFailure) -> Pattern {
    guard enterNative(t, " during compilation") else { throw TreeFailure() }
    defer { leaveNative(t) }
    let name = try kind(o, "pattern")
    let place = try span(o, "pattern")
    return Pattern(span: place, kind: try patternKind(o, name))
  }

  private mutating func patternKind(_ o: Object, _ name: String) throws(TreeFailure) -> PatternKind {
    switch name {
    case "MatchValue": return .matchValue(value: try expression(o, "value"))
    case "MatchSingleton":
      let value = try attribute(o, "value")
      if value == core.pointee.none { return .matchSingleton(value: .none) }
      guard value.isKind(.bool) else {
        throw fail(.ValueError, "MatchSingleton can only contain True, False and None")
      }
      return .matchSingleton(value: .bool(value == core.pointee.true))
    case "MatchSequence": return .matchSequence(patterns: try patterns(o, "patterns"))
    case "MatchMapping":
      let (keys, values) = (try expressions(o, "keys"), try patterns(o, "patterns"))
      if keys.count != values.count {
        throw fail(.ValueError, "MatchMapping doesn't have the same number of keys as patterns")
      }
      return .matchMapping(keys: keys, patterns: values, rest: try optionalIdentifier(o, "rest"))
    case "MatchClass":
      let names = try identifiers(o, "kwd_attrs")
      let named = try patterns(o, "kwd_patterns")
      if names.count != named.count {
        throw fail(.ValueError, "MatchClass doesn't have the same number of keyword attributes as patterns")
      }
      return .matchClass(
        cls: try expression(o, "cls"), patterns: try patterns(o, "patterns"), kwdAttrs: names, kwdPatterns: named)
    case "MatchStar": return .matchStar(name: try optionalIdentifier(o, "name"))
    case "MatchAs":
      let inner: Pattern?
      if let given = try optional(o, "pattern") { inner = try pattern(given) } else { inner = nil }
      let target = try optionalIdentifier(o, "name")
      if inner != nil, target == nil {
        throw fail(.ValueError, "MatchAs must specify a target name if a pattern is given")
      }
      return .matchAs(pattern: inner, name: target)
    case "MatchOr":
      let choices = try patterns(o, "patterns")
      if choices.count < 2 { throw fail(.ValueError, "MatchOr requires at least 2 patterns") }
      return .matchOr(patterns: choices)
    default: throw fail(.TypeError, "expected some sort of pattern, but got \(reprText(t, o))")
    }
  }
}
