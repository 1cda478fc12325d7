// float and complex in memory, and the conversions from numbers to Double.
import CRuntimeSupport

public struct FloatLayout {
  public var header: ObjectHeader
  public var value: Double
}

public struct ComplexLayout {
  public var header: ObjectHeader
  public var real: Double
  public var imaginary: Double
}

extension Object {
  /// The value of a float.
  @inlinable @inline(__always) public var double: Double { layout(FloatLayout.self).pointee.value }
}

@inline(never) public func makeFloat(_ value: Double) -> Object { newFloat(value, probed: true) }

@inline(__always) func newFloat(_ value: Double, probed: Bool) -> Object {
  let object = allocateNumber(core.pointee.types.float, size: floatBytes, probed: probed)
  object.layout(FloatLayout.self).pointee.value = value
  return object
}

public func makeComplex(_ real: Double, _ imaginary: Double) -> Object {
  let object = allocateObject(core.pointee.types.complex, size: 32)
  let p = object.layout(ComplexLayout.self)
  p.pointee.real = real
  p.pointee.imaginary = imaginary
  return object
}

/// The Double nearest to an int; nil when it is too large.
public func doubleFromInt(_ o: Object) -> Double? {
  if o.isSmallInt { return Double(o.smallInt) }
  let n = o.limbCount
  if n > 17 { return nil }
  // 1. Take the top 64 bits and a sticky bit for the rest. 2. The conversion of a 64-bit word rounds once, to even; the sticky bit makes that
  // rounding right.
  let top = o.limbs[n - 1]
  let shift = top.leadingZeroBitCount
  var mantissa = top << UInt64(shift)
  var sticky = false
  if n > 1 {
    if shift > 0 { mantissa |= o.limbs[n - 2] >> UInt64(64 - shift) }
    if shift < 64 && (o.limbs[n - 2] << UInt64(shift)) != 0 { sticky = true }
    for i in 0..<(n - 2) where o.limbs[i] != 0 { sticky = true }
  }
  if sticky { mantissa |= 1 }
  let exponent = 64 * (n - 1) - shift
  let result = Double(sign: .plus, exponent: exponent, significand: Double(mantissa))
  if result.isInfinite { return nil }
  return o.intSize < 0 ? -result : result
}

/// The Double of a float, an int, or an object with `__float__` or `__index__`; nil with an exception set.
public func floatValue(_ t: ThreadState, _ o: Object) -> Double? {
  if o.isKind(.float) { return o.double }
  if o.isKind(.int) || o.isKind(.bool) {
    if let value = doubleFromInt(o) { return value }
    t.raise(.OverflowError, "int too large to convert to float")
    return nil
  }
  if let convert = o.type.pointer.pointee.number.float {
    guard let result = convert.call(t, o) else { return nil }
    defer { result.release() }
    if result.isKind(.float) { return result.double }
    t.raise(.TypeError, "\(o.typeName).__float__ returned non-float (type \(result.typeName))")
    return nil
  }
  if o.type.pointer.pointee.number.index != nil {
    guard let number = index(t, o) else { return nil }
    defer { number.release() }
    if let value = doubleFromInt(number) { return value }
    t.raise(.OverflowError, "int too large to convert to float")
    return nil
  }
  t.raise(.TypeError, "must be real number, not \(o.typeName)")
  return nil
}

enum FloatObject {
  static func dealloc(_ o: Object) {
    if o.type == core.pointee.types.float { freeObject(o, size: 24) } else { freeInstance(o) }
  }
  static func deallocComplex(_ o: Object) { freeInstance(o) }

  /// CPython's hash of a Double: equal to the hash of an equal int.
  static func hash(_ value: Double, identity: Object) -> Int {
    if value.isInfinite { return value > 0 ? 314159 : -314159 }
    if value.isNaN {
      return Int(bitPattern: UInt(bitPattern: identity.address) >> 4 | UInt(bitPattern: identity.address) << 60)
    }
    if value == 0 { return 0 }
    var exponent = Int(value.exponent) + 1
    var mantissa = value.magnitude.significand / 2
    var x: UInt64 = 0
    let modulus: UInt64 = (1 << 61) - 1
    while mantissa != 0 {
      x = ((x << 28) & modulus) | x >> 33
      mantissa *= 268435456.0
      exponent -= 28
      let digit = UInt64(mantissa)
      mantissa -= Double(digit)
      x += digit
      if x >= modulus { x -= modulus }
    }
    exponent = exponent >= 0 ? exponent % 61 : 61 - 1 - ((-1 - exponent) % 61)
    x = ((x << UInt64(exponent)) & modulus) | x >> UInt64(61 - exponent)
    let result = value < 0 ? -Int(x) : Int(x)
    return result == -1 ? -2 : result
  }
  static func hash(_: ThreadState, _ o: Object) -> Int { hash(o.double, identity: o) }
  static func hashComplex(_: ThreadState, _ o: Object) -> Int {
    let p = o.layout(ComplexLayout.self)
    let real = UInt(bitPattern: hash(p.pointee.real, identity: o))
    let imaginary = UInt(bitPattern: hash(p.pointee.imaginary, identity: o))
    let result = Int(bitPattern: real &+ 1_000_003 &* imaginary)
    return result == -1 ? -2 : result
  }
}

/// The hash of a Double; a NaN hashes by the identity of its object.
public func floatHash(_ value: Double, identity: Object) -> Int { FloatObject.hash(value, identity: identity) }
public func complexHash(_ o: Object) -> Int { FloatObject.hashComplex(currentThread(), o) }
