// Which fields each node shows, in the order of the abstract grammar. See ASTDump.

/// Nodes to what is shown of them.
struct NodeMaker {
  var typeComments: [SourcePlace: String] = [:]

  private func list(_ values: [DumpValue]) -> DumpValue? { ASTDump.list(values) }

  private func repr(_ name: Identifier) -> String { ASTDump.repr(name) }

  private func repr(_ value: ConstantValue) -> String { ASTDump.repr(value) }

  private func typeComment(_ span: SourceSpan) -> DumpValue? {
    typeComments.isEmpty ? nil : typeComments[SourcePlace(span)].map { .plain(repr($0)) }
  }

  private func make(_ name: String, _ fields: [(String, DumpValue?)], _ span: SourceSpan? = nil) -> DumpValue {
    .node(DumpNode(name, fields, span))
  }

  private func list(_ statements: [Statement]) -> DumpValue? { list(statements.map(node)) }

  private func list(_ expressions: [Expression]) -> DumpValue? { list(expressions.map(node)) }

  private func list(_ patterns: [Pattern]) -> DumpValue? { list(patterns.map(node)) }

  private func names(_ names: [Identifier]) -> DumpValue? { list(names.map { .plain(repr($0)) }) }

  private func plain(_ name: Identifier?) -> DumpValue? { name.map { .plain(repr($0)) } }

  private func optional(_ expression: Expression?) -> DumpValue? { expression.map(node) }

  // MARK: Statements

  func node(_ statement: Statement) -> DumpValue {
    var (name, fields) = parts(statement.kind)
    if !typeComments.isEmpty { addTypeComment(of: statement, &fields) }
    return make(name, fields, statement.span)
  }

  private func addTypeComment(of statement: Statement, _ fields: inout [(String, DumpValue?)]) {
    let field = ("type_comment", typeComment(statement.span))
    switch statement.kind {
    case .functionDef, .asyncFunctionDef: fields.insert(field, at: fields.count - 1)
    case .assign, .for, .asyncFor, .with, .asyncWith: fields.append(field)
    default: break
    }
  }

  private func parts(_ kind: StatementKind) -> (String, [(String, DumpValue?)]) {
    switch kind {
    case .functionDef(let function): ("FunctionDef", parts(function))
    case .asyncFunctionDef(let function): ("AsyncFunctionDef", parts(function))
    case .classDef(let definition):
      (
        "ClassDef",
        [
          ("name", plain(definition.name)), ("bases", list(definition.bases)),
          ("keywords", list(definition.keywords.map(node))), ("body", list(definition.body)),
          ("decorator_list", list(definition.decoratorList)), ("type_params", list(definition.typeParams.map(node))),
        ]
      )
    case .return(let value): ("Return", [("value", optional(value))])
    case .delete(let targets): ("Delete", [("targets", list(targets))])
    case .assign(let targets, let value): ("Assign", [("targets", list(targets)), ("value", node(value))])
    case .typeAlias(let name, let typeParams, let value):
      ("TypeAlias", [("name", node(name)), ("type_params", list(typeParams.map(node))), ("value", node(value))])
    case .augAssign(let target, let op, let value):
      ("AugAssign", [("target", node(target)), ("op", node(op)), ("value", node(value))])
    case .annAssign(let target, let annotation, let value, let simple):
      (
        "AnnAssign",
        [
          ("target", node(target)), ("annotation", node(annotation)), ("value", optional(value)),
          ("simple", .plain(simple ? "1" : "0")),
        ]
      )
    case .for(let target, let iter, let body, let orelse): ("For", parts(target, iter, body, orelse))
    case .asyncFor(let target, let iter, let body, let orelse): ("AsyncFor", parts(target, iter, body, orelse))
    case .while(let test, let body, let orelse):
      ("While", [("test", node(test)), ("body", list(body)), ("orelse", list(orelse))])
    case .if(let test, let body, let orelse):
      ("If", [("test", node(test)), ("body", list(body)), ("orelse", list(orelse))])
    case .with(let items, let body): ("With", [("items", list(items.map(node))), ("body", list(body))])
    case .asyncWith(let items, let body): ("AsyncWith", [("items", list(items.map(node))), ("body", list(body))])
    case .match(let subject, let cases): ("Match", [("subject", node(subject)), ("cases", list(cases.map(node)))])
    case .raise(let exc, let cause): ("Raise", [("exc", optional(exc)), ("cause", optional(cause))])
    case .try(let body, let handlers, let orelse, let finalbody): ("Try", parts(body, handlers, orelse, finalbody))
    case .tryStar(let body, let handlers, let orelse, let finalbody):
      ("TryStar", parts(body, handlers, orelse, finalbody))
    case .assert(let test, let msg): ("Assert", [("test", node(test)), ("msg", optional(msg))])
    case .import(let names): ("Import", [("names", list(names.map(node)))])
    case .importFrom(let module, let names, let level):
      (
        "ImportFrom",
        [("module", plain(module)), ("names", list(names.map(node))), ("level", .plain(String(level)))]
      )
    case .global(let names): ("Global", [("names", self.names(names))])
    case .nonlocal(let names): ("Nonlocal", [("names", self.names(names))])
    case .expr(let value): ("Expr", [("value", node(value))])
    case .pass: ("Pass", [])
    case .break: ("Break", [])
    case .continue: ("Continue", [])
    }
  }

  private func parts(_ function: FunctionDef) -> [(String, DumpValue?)] {
    [
      ("name", plain(function.name)), ("args", node(function.args)), ("body", list(function.body)),
      ("decorator_list", list(function.decoratorList)), ("returns", optional(function.returns)),
      ("type_params", list(function.typeParams.map(node))),
    ]
  }

  private func parts(
    _ target: Expression, _ iter: Expression, _ body: [Statement], _ orelse: [Statement]
  ) -> [(String, DumpValue?)] {
    [("target", node(target)), ("iter", node(iter)), ("body", list(body)), ("orelse", list(orelse))]
  }

  private func parts(
    _ body: [Statement], _ handlers: [ExceptHandler], _ orelse: [Statement], _ finalbody: [Statement]
  ) -> [(String, DumpValue?)] {
    [
      ("body", list(body)), ("handlers", list(handlers.map(node))), ("orelse", list(orelse)),
      ("finalbody", list(finalbody)),
    ]
  }

  // MARK: Expressions

  func node(_ expression: Expression) -> DumpValue {
    let (name, fields) = parts(expression.kind)
    return make(name, fields, expression.span)
  }

  private func parts(_ kind: ExpressionKind) -> (String, [(String, DumpValue?)]) {
    switch kind {
    case .boolOp(let op, let values):
      ("BoolOp", [("op", make(op == .and ? "And" : "Or", [])), ("values", list(values))])
    case .namedExpr(let target, let value): ("NamedExpr", [("target", node(target)), ("value", node(value))])
    case .binOp(let left, let op, let right):
      ("BinOp", [("left", node(left)), ("op", node(op)), ("right", node(right))])
    case .unaryOp(let op, let operand): ("UnaryOp", [("op", node(op)), ("operand", node(operand))])
    case .lambda(let args, let body): ("Lambda", [("args", node(args)), ("body", node(body))])
    case .ifExp(let test, let body, let orelse):
      ("IfExp", [("test", node(test)), ("body", node(body)), ("orelse", node(orelse))])
    case .dict(let keys, let values):
      ("Dict", [("keys", list(keys.map { $0.map(node) ?? .plain("None") })), ("values", list(values))])
    case .set(let elts): ("Set", [("elts", list(elts))])
    case .listComp(let elt, let generators): ("ListComp", parts(elt, generators))
    case .setComp(let elt, let generators): ("SetComp", parts(elt, generators))
    case .dictComp(let key, let value, let generators):
      ("DictComp", [("key", node(key)), ("value", node(value)), ("generators", list(generators.map(node)))])
    case .generatorExp(let elt, let generators): ("GeneratorExp", parts(elt, generators))
    case .await(let value): ("Await", [("value", node(value))])
    case .yield(let value): ("Yield", [("value", optional(value))])
    case .yieldFrom(let value): ("YieldFrom", [("value", node(value))])
    case .compare(let left, let ops, let comparators):
      ("Compare", [("left", node(left)), ("ops", list(ops.map(node))), ("comparators", list(comparators))])
    case .call(let func_, let args, let keywords):
      ("Call", [("func", node(func_)), ("args", list(args)), ("keywords", list(keywords.map(node)))])
    case .formattedValue(let value, let conversion, let formatSpec):
      (
        "FormattedValue",
        [
          ("value", node(value)), ("conversion", .plain(String(conversion.rawValue))),
          ("format_spec", optional(formatSpec)),
        ]
      )
    case .joinedStr(let values): ("JoinedStr", [("values", list(values))])
    case .constant(let value, let isUnicodeMarked):
      ("Constant", [("value", .plain(repr(value))), ("kind", isUnicodeMarked ? .plain("'u'") : nil)])
    case .attribute(let value, let attr, let ctx):
      ("Attribute", [("value", node(value)), ("attr", plain(attr)), ("ctx", node(ctx))])
    case .subscript(let value, let slice, let ctx):
      ("Subscript", [("value", node(value)), ("slice", node(slice)), ("ctx", node(ctx))])
    case .starred(let value, let ctx): ("Starred", [("value", node(value)), ("ctx", node(ctx))])
    case .name(let id, let ctx): ("Name", [("id", plain(id)), ("ctx", node(ctx))])
    case .list(let elts, let ctx): ("List", [("elts", list(elts)), ("ctx", node(ctx))])
    case .tuple(let elts, let ctx): ("Tuple", [("elts", list(elts)), ("ctx", node(ctx))])
    case .slice(let lower, let upper, let step):
      ("Slice", [("lower", optional(lower)), ("upper", optional(upper)), ("step", optional(step))])
    }
  }

  private func parts(_ elt: Expression, _ generators: [Comprehension]) -> [(String, DumpValue?)] {
    [("elt", node(elt)), ("generators", list(generators.map(node)))]
  }

  // MARK: Operators and contexts

  private func node(_ context: ExpressionContext) -> DumpValue {
    switch context {
    case .load: make("Load", [])
    case .store: make("Store", [])
    case .del: make("Del", [])
    }
  }

  private static let binaryOperators = [
    "Add", "Sub", "Mult", "MatMult", "Div", "Mod", "Pow", "LShift", "RShift", "BitOr", "BitXor", "BitAnd", "FloorDiv",
  ]
  private static let unaryOperators = ["Invert", "Not", "UAdd", "USub"]
  private static let comparisonOperators = ["Eq", "NotEq", "Lt", "LtE", "Gt", "GtE", "Is", "IsNot", "In", "NotIn"]

  private func node(_ op: BinaryOperator) -> DumpValue { make(Self.binaryOperators[Int(op.rawValue)], []) }

  private func node(_ op: UnaryOperator) -> DumpValue { make(Self.unaryOperators[Int(op.rawValue)], []) }

  private func node(_ op: ComparisonOperator) -> DumpValue { make(Self.comparisonOperators[Int(op.rawValue)], []) }

  // MARK: Parts

  private func node(_ arguments: Arguments) -> DumpValue {
    make(
      "arguments",
      [
        ("posonlyargs", list(arguments.posonlyargs.map(node))), ("args", list(arguments.args.map(node))),
        ("vararg", arguments.vararg.map(node)), ("kwonlyargs", list(arguments.kwonlyargs.map(node))),
        ("kw_defaults", list(arguments.kwDefaults.map { $0.map(node) ?? .plain("None") })),
        ("kwarg", arguments.kwarg.map(node)), ("defaults", list(arguments.defaults)),
      ])
  }

  private func node(_ argument: Argument) -> DumpValue {
    make(
      "arg",
      [
        ("arg", plain(argument.arg)), ("annotation", optional(argument.annotation)),
        ("type_comment", typeComment(argument.span)),
      ], argument.span)
  }

  private func node(_ keyword: Keyword) -> DumpValue {
    make("keyword", [("arg", plain(keyword.arg)), ("value", node(keyword.value))], keyword.span)
  }

  private func node(_ alias: Alias) -> DumpValue {
    make("alias", [("name", plain(alias.name)), ("asname", plain(alias.asname))], alias.span)
  }

  private func node(_ item: WithItem) -> DumpValue {
    make("withitem", [("context_expr", node(item.contextExpr)), ("optional_vars", optional(item.optionalVars))])
  }

  private func node(_ handler: ExceptHandler) -> DumpValue {
    make(
      "ExceptHandler",
      [("type", optional(handler.type)), ("name", plain(handler.name)), ("body", list(handler.body))], handler.span)
  }

  private func node(_ comprehension: Comprehension) -> DumpValue {
    make(
      "comprehension",
      [
        ("target", node(comprehension.target)), ("iter", node(comprehension.iter)), ("ifs", list(comprehension.ifs)),
        ("is_async", .plain(comprehension.isAsync ? "1" : "0")),
      ])
  }

  private func node(_ param: TypeParam) -> DumpValue {
    let name = ("name", plain(param.name))
    let defaultValue = ("default_value", optional(param.defaultValue))
    switch param.kind {
    case .typeVar(let bound): return make("TypeVar", [name, ("bound", optional(bound)), defaultValue], param.span)
    case .paramSpec: return make("ParamSpec", [name, defaultValue], param.span)
    case .typeVarTuple: return make("TypeVarTuple", [name, defaultValue], param.span)
    }
  }

  // MARK: Patterns

  private func node(_ matchCase: MatchCase) -> DumpValue {
    make(
      "match_case",
      [
        ("pattern", node(matchCase.pattern)), ("guard", optional(matchCase.guard)), ("body", list(matchCase.body)),
      ])
  }

  private func node(_ pattern: Pattern) -> DumpValue {
    let (name, fields): (String, [(String, DumpValue?)]) =
      switch pattern.kind {
      case .matchValue(let value): ("MatchValue", [("value", node(value))])
      case .matchSingleton(let value): ("MatchSingleton", [("value", .plain(repr(value)))])
      case .matchSequence(let patterns): ("MatchSequence", [("patterns", list(patterns))])
      case .matchMapping(let keys, let patterns, let rest):
        ("MatchMapping", [("keys", list(keys)), ("patterns", list(patterns)), ("rest", plain(rest))])
      case .matchClass(let cls, let patterns, let kwdAttrs, let kwdPatterns):
        (
          "MatchClass",
          [
            ("cls", node(cls)), ("patterns", list(patterns)), ("kwd_attrs", names(kwdAttrs)),
            ("kwd_patterns", list(kwdPatterns)),
          ]
        )
      case .matchStar(let name): ("MatchStar", [("name", plain(name))])
      case .matchAs(let pattern, let name): ("MatchAs", [("pattern", pattern.map(node)), ("name", plain(name))])
      case .matchOr(let patterns): ("MatchOr", [("patterns", list(patterns))])
      }
    return make(name, fields, pattern.span)
  }
}
