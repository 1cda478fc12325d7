// Constant expressions: what CPython's optimiser computes at compile time is computed here, so that the same constants appear in the
// code, with the same identity. A value is asked for where it is needed; the tree is not rewritten. Limits are CPython's.

import PythonBytecode
import PythonSyntax

enum Folding {
  /// The value of an expression that needs no execution, or nil.
  static func constant(_ expression: Expression) -> Constant? {
    switch expression.kind {
    case .constant(let value, _): return literal(value)
    case .name("__debug__", .load): return .bool(true)
    case .unaryOp(let op, let operand):
      guard let value = constant(operand) else { return nil }
      return ConstantArithmetic.unary(op, value)
    case .binOp(let left, let op, let right):
      guard let rightValue = constant(right), let leftValue = constant(left) else { return nil }
      return ConstantArithmetic.binary(leftValue, op, rightValue)
    case .tuple(let elts, .load):
      return constants(elts).map { .tuple($0) }
    case .subscript(let value, let slice, .load):
      guard let index = constant(slice), let sequence = constant(value) else { return nil }
      return ConstantArithmetic.item(of: sequence, at: index)
    default: return nil
    }
  }

  static func constants(_ expressions: [Expression]) -> [Constant]? {
    var result: [Constant] = []
    result.reserveCapacity(expressions.count)
    for expression in expressions {
      guard let value = constant(expression) else { return nil }
      result.append(value)
    }
    return result
  }

  /// What is only iterated or searched: a list display of constants is a tuple, a set display a frozenset.
  static func iterableConstant(_ expression: Expression) -> Constant? {
    switch expression.kind {
    case .list(let elts, .load): constants(elts).map { .tuple($0) }
    case .set(let elts): constants(elts).map(frozenset)
    default: constant(expression)
    }
  }

  static func frozenset(_ items: [Constant]) -> Constant {
    var unique: [Constant] = []
    for item in items where !unique.contains(where: { ConstantArithmetic.areEqual($0, item) }) { unique.append(item) }
    return .frozenset(unique)
  }

  /// The comparison that says the opposite: of `is` and `in` only, whose result is always a bool.
  static func negatedComparison(_ expression: Expression) -> ExpressionKind? {
    guard case .compare(let left, let ops, let comparators) = expression.kind, ops.count == 1 else { return nil }
    let negated: PythonSyntax.ComparisonOperator
    switch ops[0] {
    case .is: negated = .isNot
    case .isNot: negated = .is
    case .in: negated = .notIn
    case .notIn: negated = .in
    default: return nil
    }
    return .compare(left: left, ops: [negated], comparators: comparators)
  }

  static func literal(_ value: ConstantValue) -> Constant {
    switch value {
    case .none: .none
    case .ellipsis: .ellipsis
    case .bool(let value): .bool(value)
    case .int(let digits): integer(digits)
    case .float(let value): .float(value)
    case .imaginary(let value): .complex(real: 0, imaginary: value)
    case .string(let bytes): .string(bytes)
    case .bytes(let bytes): .bytes(bytes)
    }
  }

  /// Reads a literal of any length: `0x`, `0o`, `0b` and decimal.
  private static func integer(_ text: String) -> Constant {
    let utf8 = Array(text.utf8)
    var radix = 10
    var digits = utf8[...]
    if utf8.count > 2, utf8[0] == UInt8(ascii: "0") {
      switch utf8[1] {
      case UInt8(ascii: "x"), UInt8(ascii: "X"): radix = 16
      case UInt8(ascii: "o"), UInt8(ascii: "O"): radix = 8
      case UInt8(ascii: "b"), UInt8(ascii: "B"): radix = 2
      default: break
      }
      if radix != 10 { digits = utf8[2...] }
    }
    var limbs: [UInt32] = []
    for byte in digits {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { continue }
      var carry = UInt64(digit)
      for index in limbs.indices {
        carry += UInt64(limbs[index]) * UInt64(radix)
        limbs[index] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      if carry > 0 { limbs.append(UInt32(truncatingIfNeeded: carry)) }
    }
    return ConstantArithmetic.normalized(negative: false, limbs)
  }
}

// `'...' % (a, b)` with simple conversions is an f-string.
extension Folding {
  /// The parts of the equivalent f-string, or nil when the text has more than `%s`, `%r`, `%a` with width and precision.
  static func formatParts(_ left: Expression, _ right: Expression) -> [Expression]? {
    guard case .tuple(let elts, _) = right.kind, case .string(let format)? = constant(left),
      !elts.contains(where: \.isStarred), constants(elts) == nil
    else { return nil }
    var parts: [Expression] = []
    var literal: [UInt8] = []
    var index = 0
    var used = 0
    func flush() {
      guard !literal.isEmpty else { return }
      parts.append(
        Expression(span: .nowhere, kind: .constant(value: .string(literal), isUnicodeMarked: false)))
      literal = []
    }
    while index < format.count {
      guard format[index] == UInt8(ascii: "%") else {
        literal.append(format[index])
        index += 1
        continue
      }
      index += 1
      if index < format.count, format[index] == UInt8(ascii: "%") {
        literal.append(UInt8(ascii: "%"))
        index += 1
        continue
      }
      guard used < elts.count, let field = FormatField(format, &index) else { return nil }
      flush()
      parts.append(field.expression(elts[used]))
      used += 1
    }
    flush()
    return used == elts.count ? parts : nil
  }

  private struct FormatField {
    private var isLeftAligned = false
    private var width: Int?
    private var precision: Int?
    private let conversion: FormatConversion

    init?(_ format: [UInt8], _ index: inout Int) {
      flags: while index < format.count {
        switch format[index] {
        case UInt8(ascii: "-"): isLeftAligned = true
        case UInt8(ascii: "+"), UInt8(ascii: " "), UInt8(ascii: "#"), UInt8(ascii: "0"): break
        default: break flags
        }
        index += 1
      }
      width = Self.number(format, &index)
      if index < format.count, format[index] == UInt8(ascii: ".") {
        index += 1
        precision = Self.number(format, &index) ?? 0
      }
      guard index < format.count, width ?? 0 < 100, precision ?? 0 < 100 else { return nil }
      switch format[index] {
      case UInt8(ascii: "s"): conversion = .str
      case UInt8(ascii: "r"): conversion = .repr
      case UInt8(ascii: "a"): conversion = .ascii
      default: return nil
      }
      index += 1
    }

    /// At most two digits; a longer number makes the field unusable.
    private static func number(_ format: [UInt8], _ index: inout Int) -> Int? {
      var value: Int?
      while index < format.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(format[index]) {
        value = min((value ?? 0) * 10 + Int(format[index] - UInt8(ascii: "0")), 1000)
        index += 1
      }
      return value
    }

    func expression(_ value: Expression) -> Expression {
      var text = ""
      if !isLeftAligned, let width, width > 0 { text += ">" }
      if let width { text += String(width) }
      if let precision { text += "." + String(precision) }
      var spec: Expression?
      if !text.isEmpty {
        let constant = Expression(
          span: .nowhere, kind: .constant(value: .string(Array(text.utf8)), isUnicodeMarked: false))
        spec = Expression(span: value.span, kind: .joinedStr(values: [constant]))
      }
      return Expression(
        span: value.span, kind: .formattedValue(value: value, conversion: conversion, formatSpec: spec))
    }
  }
}
