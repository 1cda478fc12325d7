// Expression nodes, constants and operators. See TreeReader.
import PythonRuntime
import PythonSyntax
import PythonTypes

extension TreeReader {
  mutating func expressions(_ o: Object, _ name: String, _ context: ExpressionContext = .load) throws(TreeFailure)
    -> [Expression]
  {
    var result: [Expression] = []
    for item in try items(o, name) {
      if item == core.pointee.none { throw fail(.ValueError, "None disallowed in expression list") }
      result.append(try expression(item, context))
    }
    return result
  }

  mutating func expression(_ o: Object, _ name: String, _ context: ExpressionContext = .load) throws(TreeFailure)
    -> Expression
  {
    try expression(try required(o, name), context)
  }

  mutating func optionalExpression(_ o: Object, _ name: String, _ context: ExpressionContext = .load)
    throws(TreeFailure) -> Expression?
  {
    guard let value = try optional(o, name) else { return nil }
    return try expression(value, context)
  }

  private mutating func expression(_ o: Object, _ context: ExpressionContext) throws(TreeFailure) -> Expression {
    guard enterNative(t, " during compilation") else { throw TreeFailure() }
    defer { leaveNative(t) }
    var place = try span(o, "expr")
    let name = try kind(o, "expr")
    switch name {
    case "Lambda", "ListComp", "SetComp", "DictComp", "GeneratorExp": place = scopeSpan(place, name)
    default: break
    }
    switch name {
    case "Attribute", "Subscript", "Starred", "Name", "List", "Tuple": try check(o, context)
    default:
      if context != .load {
        throw fail(
          .ValueError,
          "expression which can't be \(context == .store ? "assigned to in Store" : "deleted in Del") context")
      }
    }
    return Expression(span: place, kind: try expressionKind(o, name, context, place))
  }

  /// The node's own context must be the one of its place.
  private func check(_ o: Object, _ context: ExpressionContext) throws(TreeFailure) {
    func shown(_ context: ExpressionContext) -> String {
      context == .load ? "Load" : context == .store ? "Store" : "Del"
    }
    let given = try required(o, "ctx")
    let name = try kind(given, "expr_context")
    guard ["Load", "Store", "Del"].contains(name) else {
      throw fail(.TypeError, "expected some sort of expr_context, but got \(reprText(t, given))")
    }
    if name != shown(context) {
      throw fail(.ValueError, "expression must have \(shown(context)) context but has \(name) instead")
    }
  }

  private mutating func expressionKind(
    _ o: Object, _ name: String, _ context: ExpressionContext, _ place: SourceSpan
  ) throws(TreeFailure) -> ExpressionKind {
    switch name {
    case "BoolOp":
      let values = try expressions(o, "values")
      if values.count < 2 { throw fail(.ValueError, "BoolOp with less than 2 values") }
      let operation = try operatorName(o, "op", "boolop", ["And", "Or"])
      return .boolOp(op: operation == 0 ? .and : .or, values: values)
    case "NamedExpr":
      let target = try expression(o, "target", .store)
      guard case .name = target.kind else { throw fail(.TypeError, "NamedExpr target must be a Name") }
      return .namedExpr(target: target, value: try expression(o, "value"))
    case "BinOp":
      return .binOp(
        left: try expression(o, "left"), op: try binaryOperator(o, "op"), right: try expression(o, "right"))
    case "UnaryOp":
      let index = try operatorName(o, "op", "unaryop", ["Invert", "Not", "UAdd", "USub"])
      return .unaryOp(op: UnaryOperator(rawValue: UInt8(index)) ?? .not, operand: try expression(o, "operand"))
    case "Lambda": return .lambda(args: try arguments(try required(o, "args")), body: try expression(o, "body"))
    case "IfExp":
      return .ifExp(
        test: try expression(o, "test"), body: try expression(o, "body"), orelse: try expression(o, "orelse"))
    case "Dict":
      var keys: [Expression?] = []
      for item in try items(o, "keys") { keys.append(item == core.pointee.none ? nil : try expression(item, .load)) }
      let values = try expressions(o, "values")
      if keys.count != values.count {
        throw fail(.ValueError, "Dict doesn't have the same number of keys as values")
      }
      return .dict(keys: keys, values: values)
    case "Set": return .set(elts: try expressions(o, "elts"))
    case "ListComp": return .listComp(elt: try expression(o, "elt"), generators: try generators(o))
    case "SetComp": return .setComp(elt: try expression(o, "elt"), generators: try generators(o))
    case "GeneratorExp": return .generatorExp(elt: try expression(o, "elt"), generators: try generators(o))
    case "DictComp":
      return .dictComp(
        key: try expression(o, "key"), value: try expression(o, "value"), generators: try generators(o))
    case "Await": return .await(value: try expression(o, "value"))
    case "Yield": return .yield(value: try optionalExpression(o, "value"))
    case "YieldFrom": return .yieldFrom(value: try expression(o, "value"))
    case "Compare": return try comparison(o)
    case "Call":
      return .call(func: try expression(o, "func"), args: try expressions(o, "args"), keywords: try keywords(o))
    case "FormattedValue":
      let conversion = try integer(try required(o, "conversion"), "conversion")
      guard let known = FormatConversion(rawValue: conversion) else {
        throw fail(.SystemError, "Unrecognized conversion character \(conversion)")
      }
      return .formattedValue(
        value: try expression(o, "value"), conversion: known, formatSpec: try optionalExpression(o, "format_spec"))
    case "JoinedStr": return .joinedStr(values: try expressions(o, "values"))
    case "Constant": return try constant(try attribute(o, "value"), kind: try optional(o, "kind"), place)
    case "Attribute":
      return .attribute(value: try expression(o, "value"), attr: try identifier(o, "attr"), ctx: context)
    case "Subscript":
      return .subscript(value: try expression(o, "value"), slice: try expression(o, "slice"), ctx: context)
    case "Starred": return .starred(value: try expression(o, "value", context), ctx: context)
    case "Name": return .name(id: try identifier(o, "id"), ctx: context)
    case "List": return .list(elts: try expressions(o, "elts", context), ctx: context)
    case "Tuple": return .tuple(elts: try expressions(o, "elts", context), ctx: context)
    case "Slice":
      return .slice(
        lower: try optionalExpression(o, "lower"), upper: try optionalExpression(o, "upper"),
        step: try optionalExpression(o, "step"))
    default: throw fail(.TypeError, "expected some sort of expr, but got \(reprText(t, o))")
    }
  }

  // MARK: - Operators

  private func operatorName(_ o: Object, _ field: String, _ sum: String, _ names: [String]) throws(TreeFailure) -> Int {
    let given = try required(o, field)
    let name = try kind(given, sum)
    if let index = names.firstIndex(of: name) { return index }
    throw fail(.TypeError, "expected some sort of \(sum), but got \(reprText(t, given))")
  }

  // ORDER of BinaryOperator and ComparisonOperator.
  private static let binaryNames = [
    "Add", "Sub", "Mult", "MatMult", "Div", "Mod", "Pow", "LShift", "RShift", "BitOr", "BitXor", "BitAnd", "FloorDiv",
  ]
  private static let comparisonNames = ["Eq", "NotEq", "Lt", "LtE", "Gt", "GtE", "Is", "IsNot", "In", "NotIn"]

  func binaryOperator(_ o: Object, _ field: String) throws(TreeFailure) -> BinaryOperator {
    let index = try operatorName(o, field, "operator", Self.binaryNames)
    return BinaryOperator(rawValue: UInt8(index)) ?? .add
  }

  private mutating func comparison(_ o: Object) throws(TreeFailure) -> ExpressionKind {
    var operators: [ComparisonOperator] = []
    for item in try items(o, "ops") {
      let name = try kind(item, "cmpop")
      guard let index = Self.comparisonNames.firstIndex(of: name),
        let found = ComparisonOperator(rawValue: UInt8(index))
      else { throw fail(.TypeError, "expected some sort of cmpop, but got \(reprText(t, item))") }
      operators.append(found)
    }
    let comparators = try expressions(o, "comparators")
    if comparators.isEmpty { throw fail(.ValueError, "Compare with no comparators") }
    if comparators.count != operators.count {
      throw fail(.ValueError, "Compare has a different number of comparators and operands")
    }
    return .compare(left: try expression(o, "left"), ops: operators, comparators: comparators)
  }

  // MARK: - Parts

  private mutating func generators(_ o: Object) throws(TreeFailure) -> [Comprehension] {
    var result: [Comprehension] = []
    for item in try items(o, "generators") {
      result.append(
        Comprehension(
          target: try expression(item, "target", .store), iter: try expression(item, "iter"),
          ifs: try expressions(item, "ifs"), isAsync: try integer(try required(item, "is_async"), "is_async") != 0))
    }
    if result.isEmpty { throw fail(.ValueError, "comprehension with no generators") }
    return result
  }

  mutating func keywords(_ o: Object) throws(TreeFailure) -> [Keyword] {
    var result: [Keyword] = []
    for item in try items(o, "keywords") {
      result.append(
        Keyword(
          span: try span(item, "keyword"), arg: try optionalIdentifier(item, "arg"),
          value: try expression(item, "value")))
    }
    return result
  }

  mutating func arguments(_ o: Object) throws(TreeFailure) -> PythonSyntax.Arguments {
    guard try kind(o, "arguments") == "arguments" else {
      throw fail(.TypeError, "expected some sort of arguments, but got \(reprText(t, o))")
    }
    var result = PythonSyntax.Arguments()
    result.posonlyargs = try parameters(o, "posonlyargs")
    result.args = try parameters(o, "args")
    result.kwonlyargs = try parameters(o, "kwonlyargs")
    if let given = try optional(o, "vararg") { result.vararg = try parameter(given) }
    if let given = try optional(o, "kwarg") { result.kwarg = try parameter(given) }
    result.defaults = try expressions(o, "defaults")
    if result.defaults.count > result.posonlyargs.count + result.args.count {
      throw fail(.ValueError, "more positional defaults than args on arguments")
    }
    for item in try items(o, "kw_defaults") {
      result.kwDefaults.append(item == core.pointee.none ? nil : try expression(item, .load))
    }
    if result.kwDefaults.count != result.kwonlyargs.count {
      throw fail(.ValueError, "length of kwonlyargs is not the same as kw_defaults on arguments")
    }
    return result
  }

  private mutating func parameters(_ o: Object, _ name: String) throws(TreeFailure) -> [Argument] {
    var result: [Argument] = []
    for item in try items(o, name) { result.append(try parameter(item)) }
    return result
  }

  private mutating func parameter(_ o: Object) throws(TreeFailure) -> Argument {
    Argument(
      span: try span(o, "arg"), arg: try identifier(o, "arg"), annotation: try optionalExpression(o, "annotation"))
  }

  // MARK: - Constants

  /// A field that may be None.
  func attribute(_ o: Object, _ name: String) throws(TreeFailure) -> Object {
    var failed = false
    guard let value = findAttribute(t, o, internString(name), failed: &failed) else {
      if failed { throw TreeFailure() }
      throw fail(.TypeError, "required field \"\(name)\" missing from \(typeName(o))")
    }
    value.release()
    return value
  }

  /// What the tree has no constant for becomes the expression that the compiler folds into it.
  private func constant(_ o: Object, kind: Object?, _ place: SourceSpan) throws(TreeFailure) -> ExpressionKind {
    func plain(_ value: ConstantValue) -> ExpressionKind {
      .constant(value: value, isUnicodeMarked: kind?.isKind(.str) == true)
    }
    func nested(_ kind: ExpressionKind) -> Expression { Expression(span: place, kind: kind) }
    if o == core.pointee.none { return plain(.none) }
    if o == core.pointee.ellipsis { return plain(.ellipsis) }
    if o.isExactly(.bool) { return plain(.bool(o == core.pointee.true)) }
    if o.isExactly(.str) {
      var bytes: [UInt8] = []
      for i in 0..<o.strLength { appendUTF8(o.codePoint(i), to: &bytes) }
      return plain(.string(bytes))
    }
    if o.isExactly(.bytes) { return plain(.bytes(Array(o.byteView))) }
    if o.isExactly(.int) {
      guard let hexadecimal = callMethod(t, o, "__format__", internString("x")) else { throw TreeFailure() }
      defer { hexadecimal.release() }
      let digits = stringValue(hexadecimal)
      guard digits.hasPrefix("-") else { return plain(.int("0x" + digits)) }
      return .unaryOp(op: .uSub, operand: nested(plain(.int("0x" + digits.dropFirst()))))
    }
    if o.isExactly(.float) { return number(o.double, nested) { plain(.float($0)) } }
    if o.isExactly(.complex), let value = complexValue(t, o) {
      let imaginary = number(value.imaginary, nested) { plain(.imaginary($0)) }
      if value.real == 0, value.real.sign == .plus { return imaginary }
      return .binOp(left: nested(number(value.real, nested) { plain(.float($0)) }), op: .add, right: nested(imaginary))
    }
    if o.isExactly(.tuple) {
      var items: [Expression] = []
      for i in 0..<o.tupleCount { items.append(nested(try constant(o.tupleItems[i], kind: nil, place))) }
      return .tuple(elts: items, ctx: .load)
    }
    throw fail(.TypeError, "got an invalid type in Constant: \(typeName(o))")
  }

  private func number(_ value: Double, _ nested: (ExpressionKind) -> Expression, _ plain: (Double) -> ExpressionKind)
    -> ExpressionKind
  {
    value.sign == .plus ? plain(value) : .unaryOp(op: .uSub, operand: nested(plain(-value)))
  }
}
