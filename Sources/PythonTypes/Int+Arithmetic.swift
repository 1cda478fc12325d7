// The number slots of int: machine words where they suffice, BigInt beyond.
import CGMP
import PythonRuntime

/// An int operand; a subclass's too.
@inline(__always) func isInt(_ o: Object) -> Bool { o.isKind(.int) || o.isKind(.bool) }

enum IntArithmetic {
  @inline(__always) static func bothSmall(_ a: Object, _ b: Object) -> Bool { a.isSmallInt && b.isSmallInt }

  static func add(_: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    return sum(a, b)
  }
  @inline(__always) static func sum(_ a: Object, _ b: Object) -> Object {
    if bothSmall(a, b) {
      let (value, overflow) = a.smallInt.addingReportingOverflow(b.smallInt)
      if !overflow { return makeInt(value) }
    }
    return BigInt.add(a, b)
  }
  static func subtract(_: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    return difference(a, b)
  }
  static func difference(_ a: Object, _ b: Object) -> Object {
    if bothSmall(a, b) {
      let (value, overflow) = a.smallInt.subtractingReportingOverflow(b.smallInt)
      if !overflow { return makeInt(value) }
    }
    return BigInt.subtract(a, b)
  }
  static func multiply(_: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    return product(a, b)
  }
  static func product(_ a: Object, _ b: Object) -> Object {
    if bothSmall(a, b) {
      let (value, overflow) = a.smallInt.multipliedReportingOverflow(by: b.smallInt)
      if !overflow { return makeInt(value) }
    }
    return BigInt.multiply(a, b)
  }

  /// Floor quotient and remainder of words; the divisor is not zero.
  @inline(__always) static func floorDivision(_ x: Int, _ y: Int) -> (quotient: Int, remainder: Int) {
    if y == -1 { return (0 &- x, 0) }
    var (q, r) = x.quotientAndRemainder(dividingBy: y)
    if r != 0 && (r < 0) != (y < 0) {
      q -= 1
      r += y
    }
    return (q, r)
  }

  static func floorDivide(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    if b.intSize == 0 { return t.raise(.ZeroDivisionError, "integer division or modulo by zero") }
    if bothSmall(a, b) { return makeInt(floorDivision(a.smallInt, b.smallInt).quotient) }
    return BigInt.floorDivide(a, b)
  }
  static func remainder(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    if b.intSize == 0 { return t.raise(.ZeroDivisionError, "integer modulo by zero") }
    if bothSmall(a, b) { return makeInt(floorDivision(a.smallInt, b.smallInt).remainder) }
    return BigInt.modulo(a, b)
  }
  static func divmod(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    if b.intSize == 0 { return t.raise(.ZeroDivisionError, "integer division or modulo by zero") }
    if bothSmall(a, b) {
      let (q, r) = floorDivision(a.smallInt, b.smallInt)
      return makeTuple(stealing: makeInt(q), makeInt(r))
    }
    return makeTuple(stealing: BigInt.floorDivide(a, b), BigInt.modulo(a, b))
  }

  static func trueDivide(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    if b.intSize == 0 { return t.raise(.ZeroDivisionError, "division by zero") }
    if bothSmall(a, b), a.smallInt.magnitude <= 1 << 53, b.smallInt.magnitude <= 1 << 53 {
      return makeFloat(Double(a.smallInt) / Double(b.smallInt))
    }
    guard let value = quotient(a, b) else {
      return t.raise(.OverflowError, "integer division result too large for a float")
    }
    return makeFloat(value)
  }

  /// The correctly rounded quotient; nil: too large.
  static func quotient(_ a: Object, _ b: Object) -> Double? {
    if a.intSize == 0 { return 0 }
    // 1. Scale so that the quotient has 65 or 66 bits. 2. A set bit stands for a remainder. 3. The conversion rounds once.
    let shift = BigInt.bitLength(b) - BigInt.bitLength(a) + 65
    let scaled = shift >= 0 ? BigInt.shiftLeft(a, shift) : a.retained()
    let divisor = shift < 0 ? BigInt.shiftLeft(b, -shift) : b.retained()
    let top = magnitude(scaled)
    let bottom = magnitude(divisor)
    let q = BigInt.floorDivide(top, bottom)
    let r = BigInt.modulo(top, bottom)
    let sticky = r.intSize == 0 ? q.retained() : BigInt.or(q, makeInt(1))
    defer { for o in [scaled, divisor, top, bottom, q, r, sticky] { o.release() } }
    guard let significand = doubleFromInt(sticky) else { return nil }
    let value = Double(sign: .plus, exponent: -shift, significand: significand)
    if value.isInfinite { return nil }
    return (a.intSize < 0) != (b.intSize < 0) ? -value : value
  }
  private static func magnitude(_ o: Object) -> Object { o.intSize < 0 ? BigInt.negate(o) : o.retained() }

  static func power(_ t: ThreadState, _ a: Object, _ b: Object?, _ modulus: Object?) -> Object? {
    guard let b, isInt(a), isInt(b) else { return notImplemented }
    if let modulus, modulus != none {
      guard isInt(modulus) else { return notImplemented }
      return modularPower(t, a, b, modulus)
    }
    if b.intSize < 0 {
      guard let x = floatValue(t, a), let y = floatValue(t, b) else { return nil }
      return FloatArithmetic.power(t, x, y)
    }
    if a.isSmallInt && (-1...1).contains(a.smallInt) {
      let base = a.smallInt
      let odd = b.limbs[0] & 1 == 1
      return makeInt(b.intSize == 0 ? 1 : base == -1 ? (odd ? -1 : 1) : base)
    }
    guard let n = b.wordValue, n < 1 << 40 else { return t.raise(.MemoryError) }
    if a.isSmallInt {
      // Words as long as nothing overflows.
      var result = 1
      var base = a.smallInt
      var left = n
      while true {
        if left & 1 == 1 {
          let (value, overflow) = result.multipliedReportingOverflow(by: base)
          if overflow { break }
          result = value
        }
        left >>= 1
        if left == 0 { return makeInt(result) }
        let (square, overflow) = base.multipliedReportingOverflow(by: base)
        if overflow { break }
        base = square
      }
    }
    return BigInt.power(a, n)
  }

  private static func modularPower(_ t: ThreadState, _ a: Object, _ b: Object, _ modulus: Object) -> Object? {
    if modulus.intSize == 0 { return t.raise(.ValueError, "pow() 3rd argument cannot be 0") }
    var x = view(a)
    var y = view(b)
    var m = view(modulus)
    var invertible = true
    let result = BigInt.compute { z in
      if b.intSize < 0 {
        invertible = __gmpz_invert(&z, &x, &m) != 0
        guard invertible else { return }
        var positive = y
        positive._mp_size = -y._mp_size
        var base = z
        __gmpz_init_set(&base, &z)
        __gmpz_powm(&z, &base, &positive, &m)
        __gmpz_clear(&base)
      } else {
        __gmpz_powm(&z, &x, &y, &m)
      }
      // The result has the modulus's sign.
      if modulus.intSize < 0 && z._mp_size > 0 { withUnsafeMutablePointer(to: &z) { __gmpz_add($0, $0, &m) } }
    }
    if invertible { return result }
    result.release()
    return t.raise(.ValueError, "base is not invertible for the given modulus")
  }

  static func leftShift(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    if b.intSize < 0 { return t.raise(.ValueError, "negative shift count") }
    if a.intSize == 0 { return makeInt(0) }
    guard let n = b.wordValue, n < 1 << 40 else { return t.raise(.OverflowError, "too many digits in integer") }
    if a.isSmallInt && n < 63 && a.smallInt.magnitude.leadingZeroBitCount > n + 1 { return makeInt(a.smallInt << n) }
    return BigInt.shiftLeft(a, n)
  }
  static func rightShift(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    if b.intSize < 0 { return t.raise(.ValueError, "negative shift count") }
    guard let n = b.wordValue else { return makeInt(a.intSize < 0 ? -1 : 0) }
    if a.isSmallInt { return makeInt(n > 63 ? (a.intSize < 0 ? -1 : 0) : a.smallInt >> n) }
    return BigInt.shiftRight(a, n)
  }
  static func and(_: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    return bothSmall(a, b) ? makeInt(a.smallInt & b.smallInt) : BigInt.and(a, b)
  }
  static func or(_: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    return bothSmall(a, b) ? makeInt(a.smallInt | b.smallInt) : BigInt.or(a, b)
  }
  static func xor(_: ThreadState, _ a: Object, _ b: Object) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    return bothSmall(a, b) ? makeInt(a.smallInt ^ b.smallInt) : BigInt.xor(a, b)
  }
  static func negative(_: ThreadState, _ a: Object) -> Object? {
    a.isSmallInt ? makeInt(-a.smallInt) : BigInt.negate(a)
  }
  /// The exact int itself; an instance of a subclass gives an exact int.
  static func itself(_: ThreadState, _ a: Object) -> Object? {
    if a.isExactly(.int) { return a.retained() }
    if a.isSmallInt { return makeInt(a.smallInt) }
    return makeInt(limbs: a.limbs, count: a.limbCount, negative: a.intSize < 0)
  }
  static func absolute(_ t: ThreadState, _ a: Object) -> Object? {
    a.intSize < 0 ? negative(t, a) : itself(t, a)
  }
  static func invert(_: ThreadState, _ a: Object) -> Object? {
    a.isSmallInt ? makeInt(~a.smallInt) : BigInt.invert(a)
  }
  static func float(_ t: ThreadState, _ a: Object) -> Object? {
    guard let value = doubleFromInt(a) else {
      return t.raise(.OverflowError, "int too large to convert to float")
    }
    return makeFloat(value)
  }
  static func bool(_: ThreadState, _ a: Object) -> Int { a.intSize != 0 ? 1 : 0 }

  static func compare(_: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard isInt(a), isInt(b) else { return notImplemented }
    if bothSmall(a, b) { return makeBool(compareWords(a.smallInt, b.smallInt, op)) }
    return makeBool(compareWords(BigInt.compare(a, b), 0, op))
  }
}
