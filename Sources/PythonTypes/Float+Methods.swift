// float's slots and methods.
import Glibc
import PythonRuntime

enum FloatMethods {
  static func configure() {
    let p = slots(core.pointee.types.float)
    p.pointee.new = NativeFunction(FloatText.new)
    p.pointee.repr = UnaryFunction { _, o in makeString(FloatText.repr(o.double)) }
    p.pointee.hash = MeasureFunction { _, o in floatHash(o.double, identity: o) }
    p.pointee.compare = CompareFunction(FloatArithmetic.compare)
    p.pointee.number.add = BinaryFunction(FloatArithmetic.add)
    p.pointee.number.subtract = BinaryFunction(FloatArithmetic.subtract)
    p.pointee.number.multiply = BinaryFunction(FloatArithmetic.multiply)
    p.pointee.number.trueDivide = BinaryFunction(FloatArithmetic.trueDivide)
    p.pointee.number.floorDivide = BinaryFunction(FloatArithmetic.floorDivide)
    p.pointee.number.remainder = BinaryFunction(FloatArithmetic.remainder)
    p.pointee.number.divmod = BinaryFunction(FloatArithmetic.divmod)
    p.pointee.number.power = TernaryFunction(FloatArithmetic.power)
    p.pointee.number.negative = UnaryFunction(FloatArithmetic.negative)
    p.pointee.number.positive = UnaryFunction(FloatArithmetic.itself)
    p.pointee.number.absolute = UnaryFunction(FloatArithmetic.absolute)
    p.pointee.number.int = UnaryFunction(FloatArithmetic.int)
    p.pointee.number.float = UnaryFunction(FloatArithmetic.itself)
    p.pointee.number.bool = MeasureFunction { _, o in o.double != 0 ? 1 : 0 }
  }

  static func install(_ t: ThreadState) {
    let type = core.pointee.types.float
    addMethods(
      t, type,
      [
        NativeMethod("conjugate", .noArguments) { t, o, _ in FloatArithmetic.itself(t, o) },
        NativeMethod("is_integer", .noArguments) { _, o, _ in
          makeBool(o.double.isFinite && o.double == floor(o.double))
        },
        NativeMethod("as_integer_ratio", .noArguments) { t, o, _ in ratio(t, o.double) },
        NativeMethod("hex", .noArguments) { _, o, _ in makeString(FloatText.hex(o.double)) },
        NativeMethod("fromhex", .oneArgument, binding: .classMethod) { t, type, a in fromHex(t, type, a[0]) },
        NativeMethod("__trunc__", .noArguments) { t, o, _ in FloatArithmetic.int(t, o) },
        NativeMethod("__floor__", .noArguments) { t, o, _ in FloatArithmetic.integer(t, floor(o.double)) },
        NativeMethod("__ceil__", .noArguments) { t, o, _ in FloatArithmetic.integer(t, ceil(o.double)) },
        NativeMethod("__round__", .positional(0, 1)) { t, o, a in round(t, o.double, a.optional(0)) },
        NativeMethod("__getnewargs__", .noArguments) { _, o, _ in makeTuple([makeFloat(o.double)]) },
        NativeMethod("__format__", .oneArgument) { t, o, a in
          guard a[0].isKind(.str) else { return raiseFormatArgument(t, a[0]) }
          return FormatSpec.format(t, o, a[0])
        },
        NativeMethod("__getformat__", .oneArgument, binding: .classMethod) { _, _, _ in
          makeString("IEEE, little-endian")
        },
      ])
    addGetSet(t, type, "real", getter: UnaryFunction(FloatArithmetic.itself))
    addGetSet(t, type, "imag", getter: UnaryFunction { _, _ in makeFloat(0) })
  }

  private static func ratio(_ t: ThreadState, _ x: Double) -> Object? {
    if x.isNaN { return t.raise(.ValueError, "cannot convert NaN to integer ratio") }
    if x.isInfinite { return t.raise(.OverflowError, "cannot convert Infinity to integer ratio") }
    if x == 0 { return makeTuple(stealing: makeInt(0), makeInt(1)) }
    var exponent = Int(x.exponent)
    var significand = x.magnitude.significand
    while significand != floor(significand) {
      significand *= 2
      exponent -= 1
    }
    let whole = makeInt(x < 0 ? -Int(significand) : Int(significand))
    if exponent >= 0 {
      defer { whole.release() }
      return makeTuple(stealing: BigInt.shiftLeft(whole, exponent), makeInt(1))
    }
    return makeTuple(stealing: whole, BigInt.shiftLeft(makeInt(1), -exponent))
  }

  private static func fromHex(_ t: ThreadState, _ type: Object, _ text: Object) -> Object? {
    guard text.isKind(.str) else { return t.raise(.TypeError, "fromhex() argument must be a str") }
    let s = stringValue(text)
    let bytes = s.utf8.filter { $0 != 32 && $0 != 9 && $0 != 10 }
    let body = bytes.drop { $0 == 43 || $0 == 45 }
    let isHex = body.starts(with: [48, 120]) || body.starts(with: [48, 88])
    // A bare hexadecimal number gets the prefix that the C library wants.
    var z: [CChar] = []
    if bytes.first == 45 { z.append(45) }
    let word = String(decoding: body, as: UTF8.self).lowercased()
    if !isHex && !["inf", "infinity", "nan"].contains(word) { z += [48, 120] }
    z += body.map { CChar(bitPattern: $0) }
    z.append(0)
    var end: UnsafeMutablePointer<CChar>?
    let (value, used) = z.withUnsafeMutableBufferPointer { b -> (Double, Int) in
      guard let base = b.baseAddress else { return (0, 0) }
      let value = strtod(base, &end)
      return (value, end.map { $0 - base } ?? 0)
    }
    guard !body.isEmpty, used == z.count - 1 else {
      return t.raise(.ValueError, "invalid hexadecimal floating-point string")
    }
    if value.isInfinite && !word.hasPrefix("inf") {
      return t.raise(.OverflowError, "hexadecimal value too large to represent as a float")
    }
    let result = makeFloat(value)
    if type == core.pointee.types.float.object { return result }
    defer { result.release() }
    return call1(t, type, result)
  }

  private static func round(_ t: ThreadState, _ x: Double, _ digits: Object?) -> Object? {
    guard let digits, digits != none else {
      if x.isNaN { return t.raise(.ValueError, "cannot convert float NaN to integer") }
      if x.isInfinite { return t.raise(.OverflowError, "cannot convert float infinity to integer") }
      return BigInt.fromDouble(x.rounded(.toNearestOrEven))
    }
    guard let n = intValue(t, digits) else { return nil }
    if !x.isFinite || n > 323 { return makeFloat(x) }
    if n < -308 { return makeFloat(copysign(0, x)) }
    if n >= 0 {
      let text = FloatText.printf("%.*f", n, x)
      let value = strtod(text, nil)
      if value.isInfinite { return t.raise(.OverflowError, "rounded value too large to represent") }
      return makeFloat(value)
    }
    // Digits before the point: the exact decimal is cut and rounded half to even.
    let exact = BigInt.fromDouble(x.rounded(.towardZero))
    defer { exact.release() }
    let unit = pow(10, Double(-n))
    let scaled = x / unit
    var rounded = scaled.rounded(.toNearestOrEven)
    if (scaled - scaled.rounded(.towardZero)).magnitude == 0.5 { rounded = 2 * (scaled / 2).rounded(.toNearestOrEven) }
    let value = rounded * unit
    if value.isInfinite { return t.raise(.OverflowError, "rounded value too large to represent") }
    return makeFloat(value)
  }
}
