// The node classes of `_ast` as CPython 3.13's abstract grammar names them: sums with their constructors, and products.

enum NodeGrammar {
  struct Sum {
    let name: String
    /// Whether nodes have `lineno`, `col_offset`, `end_lineno`, `end_col_offset`, and whether the last two may be
    /// absent.
    let hasPosition: Bool
    let endIsOptional: Bool
    let constructors: [String]

    init(_ name: String, position: Bool = false, endIsOptional: Bool = false, _ constructors: [String]) {
      self.name = name
      self.hasPosition = position
      self.endIsOptional = endIsOptional
      self.constructors = constructors
    }
  }

  /// A field: its type, `?` optional, `*` a list.
  struct Field {
    let name: String
    let type: String
    let isOptional: Bool
    let isList: Bool
  }

  private static let decorated = "expr* decorator_list, type_param* type_params"
  private static let functionFields =
    "arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params"

  static let sums: [Sum] = [
    Sum(
      "mod",
      [
        "Module(stmt* body, type_ignore* type_ignores)", "Interactive(stmt* body)", "Expression(expr body)",
        "FunctionType(expr* argtypes, expr returns)",
      ]),
    Sum(
      "stmt", position: true, endIsOptional: true,
      [
        "FunctionDef(identifier name, \(functionFields))", "AsyncFunctionDef(identifier name, \(functionFields))",
        "ClassDef(identifier name, expr* bases, keyword* keywords, stmt* body, \(decorated))",
        "Return(expr? value)", "Delete(expr* targets)", "Assign(expr* targets, expr value, string? type_comment)",
        "TypeAlias(expr name, type_param* type_params, expr value)", "AugAssign(expr target, operator op, expr value)",
        "AnnAssign(expr target, expr annotation, expr? value, int simple)",
        "For(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)",
        "AsyncFor(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)",
        "While(expr test, stmt* body, stmt* orelse)", "If(expr test, stmt* body, stmt* orelse)",
        "With(withitem* items, stmt* body, string? type_comment)",
        "AsyncWith(withitem* items, stmt* body, string? type_comment)", "Match(expr subject, match_case* cases)",
        "Raise(expr? exc, expr? cause)", "Try(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)",
        "TryStar(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)", "Assert(expr test, expr? msg)",
        "Import(alias* names)", "ImportFrom(identifier? module, alias* names, int? level)", "Global(identifier* names)",
        "Nonlocal(identifier* names)", "Expr(expr value)", "Pass", "Break", "Continue",
      ]),
    Sum(
      "expr", position: true, endIsOptional: true,
      [
        "BoolOp(boolop op, expr* values)", "NamedExpr(expr target, expr value)",
        "BinOp(expr left, operator op, expr right)",
        "UnaryOp(unaryop op, expr operand)", "Lambda(arguments args, expr body)",
        "IfExp(expr test, expr body, expr orelse)",
        "Dict(expr* keys, expr* values)", "Set(expr* elts)", "ListComp(expr elt, comprehension* generators)",
        "SetComp(expr elt, comprehension* generators)", "DictComp(expr key, expr value, comprehension* generators)",
        "GeneratorExp(expr elt, comprehension* generators)", "Await(expr value)", "Yield(expr? value)",
        "YieldFrom(expr value)",
        "Compare(expr left, cmpop* ops, expr* comparators)", "Call(expr func, expr* args, keyword* keywords)",
        "FormattedValue(expr value, int conversion, expr? format_spec)", "JoinedStr(expr* values)",
        "Constant(constant value, string? kind)", "Attribute(expr value, identifier attr, expr_context ctx)",
        "Subscript(expr value, expr slice, expr_context ctx)", "Starred(expr value, expr_context ctx)",
        "Name(identifier id, expr_context ctx)", "List(expr* elts, expr_context ctx)",
        "Tuple(expr* elts, expr_context ctx)",
        "Slice(expr? lower, expr? upper, expr? step)",
      ]),
    Sum("expr_context", ["Load", "Store", "Del"]),
    Sum("boolop", ["And", "Or"]),
    Sum(
      "operator",
      [
        "Add", "Sub", "Mult", "MatMult", "Div", "Mod", "Pow", "LShift", "RShift", "BitOr", "BitXor", "BitAnd",
        "FloorDiv",
      ]),
    Sum("unaryop", ["Invert", "Not", "UAdd", "USub"]),
    Sum("cmpop", ["Eq", "NotEq", "Lt", "LtE", "Gt", "GtE", "Is", "IsNot", "In", "NotIn"]),
    Sum("comprehension", ["comprehension(expr target, expr iter, expr* ifs, int is_async)"]),
    Sum(
      "excepthandler", position: true, endIsOptional: true,
      ["ExceptHandler(expr? type, identifier? name, stmt* body)"]),
    Sum(
      "arguments",
      [
        "arguments(arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, "
          + "expr* kw_defaults, arg? kwarg, expr* defaults)"
      ]),
    Sum("arg", position: true, endIsOptional: true, ["arg(identifier arg, expr? annotation, string? type_comment)"]),
    Sum("keyword", position: true, endIsOptional: true, ["keyword(identifier? arg, expr value)"]),
    Sum("alias", position: true, endIsOptional: true, ["alias(identifier name, identifier? asname)"]),
    Sum("withitem", ["withitem(expr context_expr, expr? optional_vars)"]),
    Sum("match_case", ["match_case(pattern pattern, expr? guard, stmt* body)"]),
    Sum(
      "pattern", position: true,
      [
        "MatchValue(expr value)", "MatchSingleton(constant value)", "MatchSequence(pattern* patterns)",
        "MatchMapping(expr* keys, pattern* patterns, identifier? rest)",
        "MatchClass(expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns)",
        "MatchStar(identifier? name)",
        "MatchAs(pattern? pattern, identifier? name)", "MatchOr(pattern* patterns)",
      ]),
    Sum("type_ignore", ["TypeIgnore(int lineno, string tag)"]),
    Sum(
      "type_param", position: true,
      [
        "TypeVar(identifier name, expr? bound, expr? default_value)", "ParamSpec(identifier name, expr? default_value)",
        "TypeVarTuple(identifier name, expr? default_value)",
      ]),
  ]

  /// Name and fields of a constructor's text.
  static func parse(_ text: String) -> (name: String, fields: [Field]) {
    guard let open = text.firstIndex(of: "(") else { return (text, []) }
    let fields = text[text.index(after: open)...].dropLast().split(separator: ",").map { part in
      let words = part.split(separator: " ")
      let type = String(words.first ?? "")
      return Field(
        name: String(words.last ?? ""), type: type.trimmingSuffix, isOptional: type.hasSuffix("?"),
        isList: type.hasSuffix("*"))
    }
    return (String(text[..<open]), fields)
  }
}

extension String {
  /// Without a trailing `?` or `*`.
  fileprivate var trimmingSuffix: String { hasSuffix("?") || hasSuffix("*") ? String(dropLast()) : self }
}
