// Binary, in-place and unary operators: which operand's slot is asked first, and the texts when nobody knows the answer.
//
// CPython's rule (Objects/abstract.c): the left operand's slot first, unless the right operand's type is a subclass with a slot of its own.
import PythonBytecode

public enum UnaryOperation: Sendable { case negative, positive, invert }

extension NumberSlots {
  /// The slot of a binary operator; power has its own type.
  @inline(__always) func slot(_ op: BinaryOperation) -> BinaryFunction? {
    switch op {
    case .add: add
    case .and: and
    case .floorDivide: floorDivide
    case .leftShift: leftShift
    case .matrixMultiply: matrixMultiply
    case .multiply: multiply
    case .remainder: remainder
    case .or: or
    case .rightShift: rightShift
    case .subtract: subtract
    case .trueDivide: trueDivide
    case .xor: xor
    case .inplaceAdd: inPlaceAdd
    case .inplaceAnd: inPlaceAnd
    case .inplaceFloorDivide: inPlaceFloorDivide
    case .inplaceLeftShift: inPlaceLeftShift
    case .inplaceMatrixMultiply: inPlaceMatrixMultiply
    case .inplaceMultiply: inPlaceMultiply
    case .inplaceRemainder: inPlaceRemainder
    case .inplaceOr: inPlaceOr
    case .inplaceRightShift: inPlaceRightShift
    case .inplaceSubtract: inPlaceSubtract
    case .inplaceTrueDivide: inPlaceTrueDivide
    case .inplaceXor: inPlaceXor
    case .power, .inplacePower: nil
    }
  }
}

/// Asks both operands' slots; NotImplemented when neither answers.
@inline(__always)
func askBoth(
  _ t: ThreadState, _ a: Object, _ b: Object, _ left: BinaryFunction?, _ right: BinaryFunction?
) -> Object? {
  let notImplemented = core.pointee.notImplemented
  var right = a.type == b.type ? nil : right
  if let first = left, let second = right, first == second { right = nil }
  if let first = left {
    if let second = right, isSubtype(b.type, a.type) {
      let result = second.call(t, a, b)
      if result != notImplemented { return result }
      right = nil
    }
    let result = first.call(t, a, b)
    if result != notImplemented { return result }
  }
  return right.map { $0.call(t, a, b) } ?? notImplemented
}

/// `a op b`; `op` may be in-place. New reference, or nil with an exception set. The operands need not be held by the caller.
public func binaryOperation(_ t: ThreadState, _ op: BinaryOperation, _ a: Object, _ b: Object) -> Object? {
  if op.rawValue >= BinaryOperation.inplaceOffset { return inPlaceOperation(t, op, a, b) }
  if op == .power { return power(t, a, b, nil) }
  t.pin(a)
  t.pin(b)
  defer {
    t.unpin()
    t.unpin()
  }
  let result = askBoth(
    t, a, b, a.type.pointer.pointee.number.slot(op), b.type.pointer.pointee.number.slot(op))
  if result != core.pointee.notImplemented { return result }
  return sequenceOperation(t, op, a, b, symbol: op.symbol)
}

/// `a op= b`, where `op` is the in-place operator.
public func inPlaceOperation(_ t: ThreadState, _ op: BinaryOperation, _ a: Object, _ b: Object) -> Object? {
  let notImplemented = core.pointee.notImplemented
  if op == .inplacePower {
    if let slot = a.type.pointer.pointee.number.inPlacePower {
      let result = slot.call(t, a, b, core.pointee.none)
      if result != notImplemented { return result }
    }
    return power(t, a, b, nil, symbol: "**=")
  }
  guard let plain = BinaryOperation(rawValue: op.rawValue - BinaryOperation.inplaceOffset) else {
    return notImplemented
  }
  if let slot = a.type.pointer.pointee.number.slot(op) {
    let result = slot.call(t, a, b)
    if result != notImplemented { return result }
  }
  let result = askBoth(
    t, a, b, a.type.pointer.pointee.number.slot(plain), b.type.pointer.pointee.number.slot(plain))
  if result != notImplemented { return result }
  if plain == .add, let slot = a.type.pointer.pointee.inPlaceConcatenate { return slot.call(t, a, b) }
  if plain == .multiply, let slot = a.type.pointer.pointee.inPlaceRepeated { return repeated(t, slot, a, b) }
  return sequenceOperation(t, plain, a, b, symbol: op.symbol)
}

/// What is left of `+` and `*` when no number slot answered: sequences.
private func sequenceOperation(
  _ t: ThreadState, _ op: BinaryOperation, _ a: Object, _ b: Object, symbol: String
) -> Object? {
  if op == .add, let slot = a.type.pointer.pointee.concatenate { return slot.call(t, a, b) }
  if op == .multiply {
    if let slot = a.type.pointer.pointee.repeated { return repeated(t, slot, a, b) }
    if let slot = b.type.pointer.pointee.repeated { return repeated(t, slot, b, a) }
  }
  return raiseUnsupported(t, a, b, symbol)
}

private func repeated(_ t: ThreadState, _ slot: IndexFunction, _ sequence: Object, _ count: Object) -> Object? {
  guard count.type.pointer.pointee.number.index != nil else {
    return t.raise(.TypeError, "can't multiply sequence by non-int of type '\(count.typeName)'")
  }
  guard let n = intValue(t, count) else { return nil }
  return slot.call(t, sequence, n)
}

@inline(never)
func raiseUnsupported(_ t: ThreadState, _ a: Object, _ b: Object, _ symbol: String) -> Object? {
  let hint =
    symbol == ">>" && a.isKind(.nativeFunction) && functionName(a) == "print"
    ? ". Did you mean \"print(<message>, file=<output_stream>)\"?" : ""
  let name = symbol == "**" ? "** or pow()" : symbol
  return t.raise(
    .TypeError, "unsupported operand type(s) for \(name): '\(a.typeName)' and '\(b.typeName)'\(hint)")
}

/// The name of a native function, for the hint on Python 2's print.
private func functionName(_ o: Object) -> String {
  stringValue(o.layout(NativeFunctionLayout.self).pointee.entry.pointee.name)
}

/// `divmod(a, b)`.
public func divideModulo(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
  let result = askBoth(t, a, b, a.type.pointer.pointee.number.divmod, b.type.pointer.pointee.number.divmod)
  return result != core.pointee.notImplemented ? result : raiseUnsupported(t, a, b, "divmod()")
}

/// `pow(a, b, modulus)`; nil or None: without modulus.
public func power(
  _ t: ThreadState, _ a: Object, _ b: Object, _ modulus: Object?, symbol: String = "**"
) -> Object? {
  let notImplemented = core.pointee.notImplemented
  let third = modulus ?? core.pointee.none
  let left = a.type.pointer.pointee.number.power
  var right = a.type == b.type ? nil : b.type.pointer.pointee.number.power
  if let first = left, let second = right, first == second { right = nil }
  if let first = left {
    if let second = right, isSubtype(b.type, a.type) {
      let result = second.call(t, a, b, third)
      if result != notImplemented { return result }
      right = nil
    }
    let result = first.call(t, a, b, third)
    if result != notImplemented { return result }
  }
  if let second = right {
    let result = second.call(t, a, b, third)
    if result != notImplemented { return result }
  }
  if third != core.pointee.none {
    if let slot = third.type.pointer.pointee.number.power, slot != left, slot != right {
      let result = slot.call(t, a, b, third)
      if result != notImplemented { return result }
    }
    return t.raise(
      .TypeError,
      "unsupported operand type(s) for ** or pow(): '\(a.typeName)', '\(b.typeName)', '\(third.typeName)'")
  }
  return raiseUnsupported(t, a, b, symbol)
}

extension TernaryFunction {
  static func != (a: Self, b: Self?) -> Bool { b.map { !(a == $0) } ?? true }
}

/// `-a`, `+a`, `~a`.
public func unaryOperation(_ t: ThreadState, _ op: UnaryOperation, _ a: Object) -> Object? {
  let slots = a.type.pointer
  let (slot, symbol) =
    switch op {
    case .negative: (slots.pointee.number.negative, "-")
    case .positive: (slots.pointee.number.positive, "+")
    case .invert: (slots.pointee.number.invert, "~")
    }
  guard let slot else { return t.raise(.TypeError, "bad operand type for unary \(symbol): '\(a.typeName)'") }
  return slot.call(t, a)
}

public func absolute(_ t: ThreadState, _ a: Object) -> Object? {
  guard let slot = a.type.pointer.pointee.number.absolute else {
    return t.raise(.TypeError, "bad operand type for abs(): '\(a.typeName)'")
  }
  return slot.call(t, a)
}

/// The int that an object stands for as an index (`operator.index`); new reference.
public func index(_ t: ThreadState, _ o: Object) -> Object? {
  if o.isKind(.int) || o.isKind(.bool) { return o.retained() }
  guard let slot = o.type.pointer.pointee.number.index else {
    return t.raise(.TypeError, "'\(o.typeName)' object cannot be interpreted as an integer")
  }
  guard let result = slot.call(t, o) else { return nil }
  if result.isExactly(.int) { return result }
  let name = result.typeName
  if result.isKind(.int) || result.isKind(.bool) {
    let text =
      "__index__ returned non-int (type \(name)).  The ability to return an instance of a strict subclass of int is "
      + "deprecated, and may not be supported in a future version of Python."
    if warn(t, .DeprecationWarning, text, level: 1) { return result }
    result.release()
    return nil
  }
  result.release()
  return t.raise(.TypeError, "__index__ returned non-int (type \(name))")
}

/// Whether the object has `__index__`.
public func isIndex(_ o: Object) -> Bool {
  o.isKind(.int) || o.isKind(.bool) || o.type.pointer.pointee.number.index != nil
}
