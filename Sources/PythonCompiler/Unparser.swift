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

  /// `repr` of a constant.
  static func representation(_ constant: Constant) -> String {
    switch constant {
    case .none: "None"
    case .ellipsis: "..."
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .bigInt(let negative, let magnitude): (negative ? "-" : "") + decimal(magnitude)
    case .float(let value): number(value)
    case .complex(let real, let imaginary):
      real == 0 ? number(imaginary, keepsPoint: false) + "j" : "(\(number(real))+\(number(imaginary))j)"
    case .string(let bytes): quoted(bytes)
    case .bytes(let bytes): "b" + quoted(bytes, isText: false)
    case .tuple(let items):
      items.count == 1
        ? "(" + representation(items[0]) + ",)" : "(" + items.map(representation).joined(separator: ", ") + ")"
    case .frozenset(let items): "frozenset({" + items.map(representation).joined(separator: ", ") + "})"
    case .code(let code): "<code object \(code.name)>"
    }
  }

  private static func decimal(_ magnitude: [UInt32]) -> String {
    var limbs = magnitude
    var groups: [String] = []
    while !limbs.isEmpty {
      var remainder: UInt64 = 0
      for index in limbs.indices.reversed() {
        let value = remainder << 32 | UInt64(limbs[index])
        limbs[index] = UInt32(truncatingIfNeeded: value / 1_000_000_000)
        remainder = value % 1_000_000_000
      }
      while limbs.last == 0 { limbs.removeLast() }
      let digits = String(remainder)
      groups.append(limbs.isEmpty ? digits : String(repeating: "0", count: 9 - digits.count) + digits)
    }
    return groups.reversed().joined()
  }

  fileprivate static func number(_ value: Double, keepsPoint: Bool = true) -> String {
    if value.isInfinite { return value < 0 ? "-1e309" : "1e309" }
    var text = value.description
    // Python writes 1e16 and beyond with an exponent.
    if value.magnitude >= 1e16, !text.contains("e") {
      let digits = text.dropLast(2).drop { $0 == "-" }
      var mantissa = String(digits)
      while mantissa.last == "0" { mantissa.removeLast() }
      let point = mantissa.count > 1 ? mantissa.prefix(1) + "." + mantissa.dropFirst() : mantissa[...]
      text = (value < 0 ? "-" : "") + point + "e+" + String(digits.count - 1)
    }
    if !keepsPoint, text.hasSuffix(".0") { text.removeLast(2) }
    return text
  }

  static func quoted(_ bytes: [UInt8], isText: Bool = true) -> String {
    let hasSingle = bytes.contains(UInt8(ascii: "'"))
    let quote: Character = hasSingle && !bytes.contains(UInt8(ascii: "\"")) ? "\"" : "'"
    var result = String(quote)
    let scalars = isText ? decodeWTF8(bytes) : bytes.map(UInt32.init)
    for scalar in scalars {
      switch scalar {
      case 0x5C: result += "\\\\"
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x09: result += "\\t"
      case 0x27 where quote == "'": result += "\\'"
      case 0x20..<0x7F: result.unicodeScalars.append(UnicodeScalar(UInt8(scalar)))
      case 0..<0x100 where !isText || scalar < 0xA1 || scalar == 0xAD: result += "\\x" + hex(scalar, 2)
      default:
        if let unicode = UnicodeScalar(scalar), unicode.properties.isPrintable {
          result.unicodeScalars.append(unicode)
        } else {
          result += scalar < 0x10000 ? "\\u" + hex(scalar, 4) : "\\U" + hex(scalar, 8)
        }
      }
    }
    result.append(quote)
    return result
  }

  private static func hex(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Code points of well-formed UTF-8 in which surrogates may occur.
  static func decodeWTF8(_ bytes: [UInt8]) -> [UInt32] {
    var result: [UInt32] = []
    for byte in bytes {
      switch byte {
      case 0..<0x80: result.append(UInt32(byte))
      case 0x80..<0xC0:
        if let last = result.popLast() { result.append(last << 6 | UInt32(byte & 0x3F)) }
      case 0xC0..<0xE0: result.append(UInt32(byte & 0x1F))
      case 0xE0..<0xF0: result.append(UInt32(byte & 0x0F))
      default: result.append(UInt32(byte & 0x07))
      }
    }
    return result
  }
}

extension Unicode.Scalar.Properties {
  /// As `str.isprintable` sees it.
  fileprivate var isPrintable: Bool {
    switch generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
      false
    default: true
    }
  }
}

private struct ExpressionWriter {
  var text = ""

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
      text += "f" + Unparser.quoted(FormatWriter.bytes(of: expression))
    case .constant(let value, let isMarked):
      if isMarked { text += "u" }
      text += value == .ellipsis ? "..." : Unparser.representation(Folding.literal(value))
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
