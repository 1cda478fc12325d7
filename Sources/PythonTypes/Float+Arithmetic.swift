// The number slots of float.
import Glibc
import PythonRuntime

enum FloatArithmetic {
  /// The Double of a float or int operand; nil without an exception for other types, or with OverflowError.
  @inline(__always) static func operand(_ t: ThreadState, _ o: Object) -> Double? {
    if o.isKind(.float) { return o.double }
    return intOperand(t, o)
  }
  @inline(never) private static func intOperand(_ t: ThreadState, _ o: Object) -> Double? {
    guard isInt(o) else { return nil }
    if let value = doubleFromInt(o) { return value }
    t.raise(.OverflowError, "int too large to convert to float")
    return nil
  }

  @inline(__always)
  static func apply(_ t: ThreadState, _ a: Object, _ b: Object, _ body: (Double, Double) -> Object?) -> Object? {
    guard let x = operand(t, a), let y = operand(t, b) else { return t.hasRaised ? nil : notImplemented }
    return body(x, y)
  }

  static func add(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? { apply(t, a, b) { makeFloat($0 + $1) } }
  static func subtract(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? { apply(t, a, b) { makeFloat($0 - $1) } }
  static func multiply(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? { apply(t, a, b) { makeFloat($0 * $1) } }
  static func trueDivide(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    apply(t, a, b) { $1 == 0 ? t.raise(.ZeroDivisionError, "float division by zero") : makeFloat($0 / $1) }
  }

  /// Floor quotient and the remainder with the divisor's sign.
  static func floorDivision(_ x: Double, _ y: Double) -> (Double, Double) {
    var remainder = fmod(x, y)
    var quotient = (x - remainder) / y
    if remainder != 0 {
      if (y < 0) != (remainder < 0) {
        remainder += y
        quotient -= 1
      }
    } else {
      remainder = copysign(0, y)
    }
    if quotient != 0 {
      var floored = floor(quotient)
      if quotient - floored > 0.5 { floored += 1 }
      return (floored, remainder)
    }
    return (copysign(0, x / y), remainder)
  }
  static func floorDivide(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    apply(t, a, b) {
      $1 == 0 ? t.raise(.ZeroDivisionError, "float floor division by zero") : makeFloat(floorDivision($0, $1).0)
    }
  }
  static func remainder(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    apply(t, a, b) {
      $1 == 0 ? t.raise(.ZeroDivisionError, "float modulo by zero") : makeFloat(floorDivision($0, $1).1)
    }
  }
  static func divmod(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    apply(t, a, b) {
      if $1 == 0 { return t.raise(.ZeroDivisionError, "float divmod()") }
      let (q, r) = floorDivision($0, $1)
      return makeTuple(stealing: makeFloat(q), makeFloat(r))
    }
  }

  static func power(_ t: ThreadState, _ a: Object, _ b: Object?, _ modulus: Object?) -> Object? {
    guard let b else { return notImplemented }
    if let modulus, modulus != none {
      return t.raise(
        .TypeError, "pow() 3rd argument not allowed unless all arguments are integers")
    }
    return apply(t, a, b) { power(t, $0, $1) }
  }
  static func power(_ t: ThreadState, _ x: Double, _ y: Double) -> Object? {
    if x == 0 && y < 0 && !y.isNaN {
      return t.raise(.ZeroDivisionError, "0.0 cannot be raised to a negative power")
    }
    if x < 0 && x.isFinite && y.isFinite && y != floor(y) {
      return ComplexArithmetic.power(t, (x, 0), (y, 0))
    }
    let result = pow(x, y)
    if result.isInfinite && x.isFinite && y.isFinite {
      return raiseRange(t)
    }
    return makeFloat(result)
  }
  static func raiseRange(_ t: ThreadState) -> Object? {
    let value = makeTuple(stealing: makeInt(34), makeString("Numerical result out of range"))
    defer { value.release() }
    guard let exception = call2(t, exceptionType(.OverflowError).object, value.tupleItems[0], value.tupleItems[1])
    else {
      return nil
    }
    t.raiseObject(exception)
    exception.release()
    return nil
  }

  static func negative(_: ThreadState, _ a: Object) -> Object? { makeFloat(-a.double) }
  static func absolute(_: ThreadState, _ a: Object) -> Object? { makeFloat(a.double.magnitude) }
  static func itself(_: ThreadState, _ a: Object) -> Object? {
    a.isExactly(.float) ? a.retained() : makeFloat(a.double)
  }
  static func int(_ t: ThreadState, _ a: Object) -> Object? { integer(t, a.double) }
  /// The int of a Double, truncated.
  static func integer(_ t: ThreadState, _ x: Double) -> Object? {
    if x.isNaN { return t.raise(.ValueError, "cannot convert float NaN to integer") }
    if x.isInfinite { return t.raise(.OverflowError, "cannot convert float infinity to integer") }
    return BigInt.fromDouble(x)
  }

  /// Comparison of a Double with an int, exactly.
  static func order(_ x: Double, _ o: Object, _ op: Comparison) -> Bool {
    if x.isNaN { return op == .notEqual }
    if x.isInfinite { return compareWords(x > 0 ? 1 : -1, 0, op) }
    if o.isSmallInt && o.smallInt.magnitude <= 1 << 53 { return compareWords(x, Double(o.smallInt), op) }
    let truncated = BigInt.fromDouble(x)
    defer { truncated.release() }
    var order = BigInt.compare(truncated, o)
    if order == 0 {
      let fraction = x - x.rounded(.towardZero)
      order = fraction > 0 ? 1 : fraction < 0 ? -1 : 0
    }
    return compareWords(order, 0, op)
  }
  static func compare(_: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    if b.isKind(.float) { return makeBool(compareWords(a.double, b.double, op)) }
    if isInt(b) { return makeBool(order(a.double, b, op)) }
    return notImplemented
  }
}
