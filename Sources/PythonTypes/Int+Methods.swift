// int's and bool's slots and methods.
import CGMP
import PythonRuntime

enum IntMethods {
  static func configure() {
    let p = slots(core.pointee.types.int)
    p.pointee.new = NativeFunction(IntText.new)
    p.pointee.repr = UnaryFunction(IntText.decimal)
    p.pointee.hash = MeasureFunction { _, o in intHash(o) }
    p.pointee.compare = CompareFunction(IntArithmetic.compare)
    p.pointee.number.add = BinaryFunction(IntArithmetic.add)
    p.pointee.number.subtract = BinaryFunction(IntArithmetic.subtract)
    p.pointee.number.multiply = BinaryFunction(IntArithmetic.multiply)
    p.pointee.number.floorDivide = BinaryFunction(IntArithmetic.floorDivide)
    p.pointee.number.remainder = BinaryFunction(IntArithmetic.remainder)
    p.pointee.number.divmod = BinaryFunction(IntArithmetic.divmod)
    p.pointee.number.trueDivide = BinaryFunction(IntArithmetic.trueDivide)
    p.pointee.number.power = TernaryFunction(IntArithmetic.power)
    p.pointee.number.leftShift = BinaryFunction(IntArithmetic.leftShift)
    p.pointee.number.rightShift = BinaryFunction(IntArithmetic.rightShift)
    p.pointee.number.and = BinaryFunction(IntArithmetic.and)
    p.pointee.number.or = BinaryFunction(IntArithmetic.or)
    p.pointee.number.xor = BinaryFunction(IntArithmetic.xor)
    p.pointee.number.negative = UnaryFunction(IntArithmetic.negative)
    p.pointee.number.positive = UnaryFunction(IntArithmetic.itself)
    p.pointee.number.absolute = UnaryFunction(IntArithmetic.absolute)
    p.pointee.number.invert = UnaryFunction(IntArithmetic.invert)
    p.pointee.number.int = UnaryFunction(IntArithmetic.itself)
    p.pointee.number.float = UnaryFunction(IntArithmetic.float)
    p.pointee.number.index = UnaryFunction(IntArithmetic.itself)
    p.pointee.number.bool = MeasureFunction(IntArithmetic.bool)
  }

  static func configureBool() {
    let p = slots(core.pointee.types.bool)
    p.pointee.new = NativeFunction(IntText.newBool)
    p.pointee.repr = UnaryFunction { _, o in makeString(o == core.pointee.true ? "True" : "False") }
    func logical(_ bits: @escaping BinaryFunction.Function) -> BinaryFunction { BinaryFunction(bits) }
    p.pointee.number.and = logical { t, a, b in
      guard a.isKind(.bool), b.isKind(.bool) else { return IntArithmetic.and(t, a, b) }
      return makeBool(a.intSize != 0 && b.intSize != 0)
    }
    p.pointee.number.or = logical { t, a, b in
      guard a.isKind(.bool), b.isKind(.bool) else { return IntArithmetic.or(t, a, b) }
      return makeBool(a.intSize != 0 || b.intSize != 0)
    }
    p.pointee.number.xor = logical { t, a, b in
      guard a.isKind(.bool), b.isKind(.bool) else { return IntArithmetic.xor(t, a, b) }
      return makeBool((a.intSize != 0) != (b.intSize != 0))
    }
  }

  static func install(_ t: ThreadState) {
    let type = core.pointee.types.int
    addMethods(
      t, type,
      [
        NativeMethod("bit_length", .noArguments) { _, o, _ in makeInt(BigInt.bitLength(o)) },
        NativeMethod("bit_count", .noArguments) { _, o, _ in
          makeInt((0..<o.limbCount).reduce(0) { $0 + o.limbs[$1].nonzeroBitCount })
        },
        NativeMethod("conjugate", .noArguments) { t, o, _ in IntArithmetic.itself(t, o) },
        NativeMethod("is_integer", .noArguments) { _, _, _ in core.pointee.true },
        NativeMethod("as_integer_ratio", .noArguments) { t, o, _ in
          IntArithmetic.itself(t, o).map { makeTuple(stealing: $0, makeInt(1)) }
        },
        NativeMethod("to_bytes", .keywords, function: toBytes),
        NativeMethod("from_bytes", .keywords, function: fromBytes, binding: .classMethod),
        NativeMethod("__round__", .positional(0, 1), function: round),
        NativeMethod("__trunc__", .noArguments) { t, o, _ in IntArithmetic.itself(t, o) },
        NativeMethod("__floor__", .noArguments) { t, o, _ in IntArithmetic.itself(t, o) },
        NativeMethod("__ceil__", .noArguments) { t, o, _ in IntArithmetic.itself(t, o) },
        NativeMethod("__getnewargs__", .noArguments) { t, o, _ in
          IntArithmetic.itself(t, o).map { makeTuple([$0]) }
        },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in
          makeInt(24 + 4 * max(1, (BigInt.bitLength(o) + 29) / 30))
        },
        NativeMethod("__format__", .oneArgument) { t, o, a in
          guard a[0].isKind(.str) else { return raiseFormatArgument(t, a[0]) }
          return FormatSpec.format(t, o, a[0])
        },
      ])
    addGetSet(t, type, "real", getter: UnaryFunction(IntArithmetic.itself))
    addGetSet(t, type, "numerator", getter: UnaryFunction(IntArithmetic.itself))
    addGetSet(t, type, "imag", getter: UnaryFunction { _, _ in makeInt(0) })
    addGetSet(t, type, "denominator", getter: UnaryFunction { _, _ in makeInt(1) })
  }

  /// "big" or "little" as whether it is little; nil with an exception set.
  private static func littleEndian(_ t: ThreadState, _ o: Object?, _ function: String) -> Bool? {
    guard let o else { return false }
    guard o.isKind(.str) else {
      t.raise(.TypeError, "\(function)() argument 'byteorder' must be str, not \(argumentTypeName(o))")
      return nil
    }
    if strEqual(o, ascii: "little") { return true }
    if strEqual(o, ascii: "big") { return false }
    t.raise(.ValueError, "byteorder must be either 'little' or 'big'")
    return nil
  }

  private static let toBytes = NativeFunction { t, o, arguments in
    guard
      let a = parseArguments(
        t, arguments, function: "to_bytes", names: ["length", "byteorder", "signed"], required: 0, maxPositional: 2)
    else { return nil }
    var length = 1
    if let given = a[0] {
      guard let value = intValue(t, given) else { return nil }
      length = value
    }
    guard let little = littleEndian(t, a[1], "to_bytes") else { return nil }
    var signed = false
    if let given = a[2] {
      let truth = isTrue(t, given)
      if truth < 0 { return nil }
      signed = truth > 0
    }
    if length < 0 { return t.raise(.ValueError, "length argument must be non-negative") }
    if o.intSize < 0 && !signed { return t.raise(.OverflowError, "can't convert negative int to unsigned") }
    // Two's complement needs a bit for the sign; the most negative number of a width has one bit less.
    var bits = BigInt.bitLength(o)
    if signed {
      let inverted = o.intSize < 0 ? BigInt.invert(o) : o.retained()
      bits = BigInt.bitLength(inverted) + 1
      inverted.release()
    }
    if bits > length * 8 && !(o.intSize == 0) { return t.raise(.OverflowError, "int too big to convert") }
    var bytes = [UInt8](repeating: 0, count: length)
    var carry: UInt16 = 1
    for i in 0..<length {
      let limb = i / 8 < o.limbCount ? o.limbs[i / 8] : 0
      var byte = UInt8(truncatingIfNeeded: limb >> UInt64(i % 8 * 8))
      if o.intSize < 0 {
        let sum = UInt16(~byte) + carry
        byte = UInt8(truncatingIfNeeded: sum)
        carry = sum >> 8
      }
      bytes[little ? i : length - 1 - i] = byte
    }
    return makeBytes(bytes)
  }

  private static let fromBytes = NativeFunction { t, type, arguments in
    guard
      let a = parseArguments(
        t, arguments, function: "from_bytes", names: ["bytes", "byteorder", "signed"], required: 1, maxPositional: 2)
    else { return nil }
    guard let source = a[0], let little = littleEndian(t, a[1], "from_bytes") else { return nil }
    var signed = false
    if let given = a[2] {
      let truth = isTrue(t, given)
      if truth < 0 { return nil }
      signed = truth > 0
    }
    guard var bytes = ByteSource.bytes(t, from: source) else { return nil }
    if !little { bytes.reverse() }
    var limbs = [UInt64](repeating: 0, count: bytes.count / 8 + 1)
    for (i, byte) in bytes.enumerated() { limbs[i / 8] |= UInt64(byte) << UInt64(i % 8 * 8) }
    var value = limbs.withUnsafeBufferPointer { b in
      b.baseAddress.map { makeInt(limbs: $0, count: b.count, negative: false) } ?? makeInt(0)
    }
    if signed, let top = bytes.last, top & 0x80 != 0 {
      let modulus = BigInt.shiftLeft(makeInt(1), bytes.count * 8)
      let shifted = BigInt.subtract(value, modulus)
      modulus.release()
      value.release()
      value = shifted
    }
    if type == core.pointee.types.int.object { return value }
    defer { value.release() }
    return call1(t, type, value)
  }

  private static let round = NativeFunction { t, o, a in
    guard let digits = a.optional(0) else { return IntArithmetic.itself(t, o) }
    guard let number = index(t, digits) else { return nil }
    defer { number.release() }
    if number.intSize >= 0 { return IntArithmetic.itself(t, o) }
    guard let n = number.wordValue, n > -100_000 else { return makeInt(0) }
    // Half to even: q, r = divmod(o + half, unit); a tie with odd q goes down.
    let unit = BigInt.power(makeInt(10), -n)
    let half = BigInt.shiftRight(unit, 1)
    let shifted = IntArithmetic.sum(o, half)
    var q = BigInt.floorDivide(shifted, unit)
    let r = BigInt.modulo(shifted, unit)
    if r.intSize == 0 && q.limbs[0] & 1 == 1 {
      let lower = IntArithmetic.difference(q, makeInt(1))
      q.release()
      q = lower
    }
    let result = IntArithmetic.product(q, unit)
    for temporary in [unit, half, shifted, q, r] { temporary.release() }
    return result
  }
}

/// The hash of an int or of a subclass's instance.
func intHash(_ o: Object) -> Int {
  if o.isSmallInt {
    let value = o.smallInt
    if value.magnitude < (1 << 61) - 1 { return value == -1 ? -2 : value }
  }
  return bigIntHash(o)
}
