// An expression back to text, in CPython's own spelling: annotations under `from __future__ import annotations` are such texts.

import PythonBytecode
import PythonSyntax

/// How tightly an expression binds; it is put in parentheses where a tighter one is needed.
private enum Precedence: Int {
  case tuple, test, or, and, not, comparison, bitOr, bitXor, bitAnd, shift, arithmetic, term, factor, power, await, atom

  var next: Precedence { Precedence(rawValue: rawValue + 1) ?? .atom }
}

enum Unparser {
  static func text(_ expression: Expression) -> String {
    var writer = ExpressionWriter()
    writer.write(expression, .test)
    return writer.text
  }
}

private struct ExpressionWriter {
  var text = ""

  /// `repr`, but for infinity, which has no literal: a number too large for a float stands for it.
  private func representation(of constant: Constant) -> String {
    switch constant {
    case .float(.infinity): "1e309"
    case .complex(_, .infinity): "1e309j"
    default: constant.representation
    }
  }

  mutating func write(_ expression: Expression, _ level: Precedence) {
    switch expression.kind {
    case .boolOp(let op, let values):
      let own: Precedence = op == .and ? .and : .or
      parenthesized(own, level) {
        for (index, value) in values.enumerated() {
          if index > 0 { $0.text += op == .and ? " and " : " or " }
          $0.write(value, own.next)
        }
      }
    case .namedExpr(let target, let value):
      parenthesized(.tuple, level) {
        $0.write(target, .atom)
        $0.text += " := "
        $0.write(value, .atom)
      }
    case .binOp(let left, let op, let right): write(left, op, right, level)
    case .unaryOp(let op, let operand):
      let own: Precedence = op == .not ? .not : .factor
      parenthesized(own, level) {
        $0.text += ["~", "not ", "+", "-"][Int(op.rawValue)]
        $0.write(operand, own)
      }
    case .lambda(let args, let body):
      parenthesized(.test, level) {
        $0.text += "lambda"
        $0.writeParameters(args)
        $0.text += ": "
        $0.write(body, .test)
      }
    case .ifExp(let test, let body, let orelse):
      parenthesized(.test, level) {
        $0.write(body, .test.next)
        $0.text += " if "
        $0.write(test, .test.next)
        $0.text += " else "
        $0.write(orelse, .test)
      }
    case .dict(let keys, let values):
      text += "{"
      for (index, value) in values.enumerated() {
        if index > 0 { text += ", " }
        if let key = keys[index] {
          write(key, .test)
          text += ": "
          write(value, .test)
        } else {
          text += "**"
          write(value, .bitOr)
        }
      }
      text += "}"
    case .set(let elts): list(elts, "{", "}")
    case .listComp(let elt, let generators): comprehension("[", "]", generators) { $0.write(elt, .test) }
    case .setComp(let elt, let generators): comprehension("{", "}", generators) { $0.write(elt, .test) }
    case .generatorExp(let elt, let generators): comprehension("(", ")", generators) { $0.write(elt, .test) }
    case .dictComp(let key, let value, let generators):
      comprehension("{", "}", generators) {
        $0.write(key, .test)
        $0.text += ": "
        $0.write(value, .test)
      }
    case .await(let value):
      parenthesized(.await, level) {
        $0.text += "await "
        $0.write(value, .atom)
      }
    case .yield(let value):
      text += value == nil ? "(yield" : "(yield "
      if let value { write(value, .test) }
      text += ")"
    case .yieldFrom(let value):
      text += "(yield from "
      write(value, .test)
      text += ")"
    case .compare(let left, let ops, let comparators):
      parenthesized(.comparison, level) {
        $0.write(left, .comparison.next)
        for (op, right) in zip(ops, comparators) {
          $0.text +=
            [" == ", " != ", " < ", " <= ", " > ", " >= ", " is ", " is not ", " in ", " not in "][
              Int(op.rawValue)]
          $0.write(right, .comparison.next)
        }
      }
    case .call(let callee, let args, let keywords): writeCall(callee, args, keywords)
    case .formattedValue, .joinedStr:
      text += "f" + Constant.string(FormatWriter.bytes(of: expression)).representation
    case .constant(let value, let isMarked):
      if isMarked { text += "u" }
      text += value == .ellipsis ? "..." : representation(of: Folding.literal(value))
    case .attribute(let value, let attr, _):
      write(value, .atom)
      if case .constant(.int, _) = value.kind { text += " " }
      text += "." + attr
    case .subscript(let value, let slice, _):
      write(value, .atom)
      text += "["
      write(slice, .tuple)
      text += "]"
    case .starred(let value, _):
      text += "*"
      write(value, .bitOr)
    case .name(let id, _): text += id
    case .list(let elts, _): list(elts, "[", "]")
    case .tuple(let elts, _):
      if elts.isEmpty {
        text += "()"
      } else {
        parenthesized(.tuple, level) {
          $0.list(elts, "", elts.count == 1 ? "," : "")
        }
      }
    case .slice(let lower, let upper, let step):
      if let lower { write(lower, .test) }
      text += ":"
      if let upper { write(upper, .test) }
      if let step {
        text += ":"
        write(step, .test)
      }
    }
  }

  private mutating func parenthesized(
    _ own: Precedence, _ level: Precedence, _ body: (inout ExpressionWriter) -> Void
  ) {
    let needs = level.rawValue > own.rawValue
    if needs { text += "(" }
    body(&self)
    if needs { text += ")" }
  }

  private mutating func list(_ elements: [Expression], _ open: String, _ close: String) {
    text += open
    for (index, element) in elements.enumerated() {
      if index > 0 { text += ", " }
      write(element, .test)
    }
    text += close
  }

  private mutating func write(
    _ left: Expression, _ op: PythonSyntax.BinaryOperator, _ right: Expression, _ level: Precedence
  ) {
    let own: Precedence
    switch op {
    case .add, .sub: own = .arithmetic
    case .mult, .matMult, .div, .mod, .floorDiv: own = .term
    case .pow: own = .power
    case .lShift, .rShift: own = .shift
    case .bitOr: own = .bitOr
    case .bitXor: own = .bitXor
    case .bitAnd: own = .bitAnd
    }
    let isRightAssociative = op == .pow
    parenthesized(own, level) {
      $0.write(left, isRightAssociative ? own.next : own)
      $0.text += " " + op.operation.symbol + " "
      $0.write(right, isRightAssociative ? own : own.next)
    }
  }

  private mutating func comprehension(
    _ open: String, _ close: String, _ generators: [Comprehension], _ element: (inout ExpressionWriter) -> Void
  ) {
    text += open
    element(&self)
    for generator in generators {
      text += generator.isAsync ? " async for " : " for "
      write(generator.target, .tuple)
      text += " in "
      write(generator.iter, .test.next)
      for condition in generator.ifs {
        text += " if "
        write(condition, .test.next)
      }
    }
    text += close
  }

  private mutating func writeCall(_ callee: Expression, _ args: [Expression], _ keywords: [Keyword]) {
    write(callee, .atom)
    if args.count == 1, keywords.isEmpty, case .generatorExp = args[0].kind { return write(args[0], .test) }
    text += "("
    var isFirst = true
    for argument in args {
      if !isFirst { text += ", " }
      isFirst = false
      write(argument, .test)
    }
    for keyword in keywords {
      if !isFirst { text += ", " }
      isFirst = false
      text += keyword.arg.map { $0 + "=" } ?? "**"
      write(keyword.value, .test)
    }
    text += ")"
  }

  private mutating func writeParameters(_ args: Arguments) {
    var isFirst = true
    func separate(_ writer: inout ExpressionWriter) {
      writer.text += isFirst ? " " : ", "
      isFirst = false
    }
    let positional = args.posonlyargs + args.args
    let firstDefault = positional.count - args.defaults.count
    for (index, argument) in positional.enumerated() {
      separate(&self)
      text += argument.arg
      if index >= firstDefault {
        text += "="
        write(args.defaults[index - firstDefault], .test)
      }
      if !args.posonlyargs.isEmpty, index + 1 == args.posonlyargs.count { text += ", /" }
    }
    if args.vararg != nil || !args.kwonlyargs.isEmpty {
      separate(&self)
      text += "*" + (args.vararg?.arg ?? "")
    }
    for (argument, value) in zip(args.kwonlyargs, args.kwDefaults) {
      separate(&self)
      text += argument.arg
      if let value {
        text += "="
        write(value, .test)
      }
    }
    if let kwarg = args.kwarg {
      separate(&self)
      text += "**" + kwarg.arg
    }
  }
}

/// The inside of an f-string, before it is quoted.
private enum FormatWriter {
  static func bytes(of expression: Expression, inSpec: Bool = false) -> [UInt8] {
    switch expression.kind {
    case .joinedStr(let values): return values.flatMap { bytes(of: $0, inSpec: inSpec) }
    case .constant(.string(let text), _):
      return text.flatMap { byte -> [UInt8] in
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") ? [byte, byte] : [byte]
      }
    case .formattedValue(let value, let conversion, let formatSpec):
      var writer = ExpressionWriter()
      writer.write(value, .test.next)
      var text = writer.text
      text = (text.hasPrefix("{") ? "{ " : "{") + text
      switch conversion {
      case .none: break
      case .str: text += "!s"
      case .repr: text += "!r"
      case .ascii: text += "!a"
      }
      var result = Array(text.utf8)
      if let formatSpec {
        result.append(UInt8(ascii: ":"))
        result += bytes(of: formatSpec, inSpec: true)
      }
      result.append(UInt8(ascii: "}"))
      return result
    default: return []
    }
  }
}
