// complex: arithmetic, text, construction.
import Glibc
import PythonRuntime

typealias ComplexValue = (real: Double, imaginary: Double)

enum ComplexArithmetic {
  static func value(_ o: Object) -> ComplexValue {
    let p = o.layout(ComplexLayout.self)
    return (p.pointee.real, p.pointee.imaginary)
  }
  /// The value of a complex, float or int; nil for other types, or with OverflowError.
  static func operand(_ t: ThreadState, _ o: Object) -> ComplexValue? {
    if o.isKind(.complex) { return value(o) }
    return FloatArithmetic.operand(t, o).map { ($0, 0) }
  }
  static func apply(
    _ t: ThreadState, _ a: Object, _ b: Object, _ body: (ComplexValue, ComplexValue) -> Object?
  ) -> Object? {
    guard let x = operand(t, a), let y = operand(t, b) else { return t.hasRaised ? nil : notImplemented }
    return body(x, y)
  }
  static func product(_ x: ComplexValue, _ y: ComplexValue) -> ComplexValue {
    (x.real * y.real - x.imaginary * y.imaginary, x.real * y.imaginary + x.imaginary * y.real)
  }
  /// Smith's method, as CPython divides.
  static func quotient(_ a: ComplexValue, _ b: ComplexValue) -> ComplexValue? {
    let absReal = b.real.magnitude
    let absImaginary = b.imaginary.magnitude
    if absReal >= absImaginary {
      if absReal == 0 { return nil }
      let ratio = b.imaginary / b.real
      let denominator = b.real + b.imaginary * ratio
      return ((a.real + a.imaginary * ratio) / denominator, (a.imaginary - a.real * ratio) / denominator)
    }
    if absImaginary >= absReal {
      let ratio = b.real / b.imaginary
      let denominator = b.real * ratio + b.imaginary
      return ((a.real * ratio + a.imaginary) / denominator, (a.imaginary * ratio - a.real) / denominator)
    }
    return (.nan, .nan)
  }

  static func power(_ t: ThreadState, _ a: ComplexValue, _ b: ComplexValue) -> Object? {
    if b.real == 0 && b.imaginary == 0 { return makeComplex(1, 0) }
    if a.real == 0 && a.imaginary == 0 {
      if b.imaginary != 0 || b.real < 0 { return t.raise(.ZeroDivisionError, "0.0 to a negative or complex power") }
      return makeComplex(0, 0)
    }
    // Small whole exponents by multiplication.
    if b.imaginary == 0 && b.real == floor(b.real) && b.real.magnitude <= 100 {
      var n = Int(b.real.magnitude)
      var result: ComplexValue = (1, 0)
      var base = a
      while n > 0 {
        if n & 1 == 1 { result = product(result, base) }
        base = product(base, base)
        n >>= 1
      }
      if b.real < 0 {
        guard let inverse = quotient((1, 0), result) else {
          return t.raise(.ZeroDivisionError, "0.0 to a negative or complex power")
        }
        result = inverse
      }
      return finished(t, result)
    }
    let magnitude = hypot(a.real, a.imaginary)
    var length = pow(magnitude, b.real)
    let angle = atan2(a.imaginary, a.real)
    var phase = angle * b.real
    if b.imaginary != 0 {
      length *= exp(-angle * b.imaginary)
      phase += b.imaginary * log(magnitude)
    }
    return finished(t, (length * cos(phase), length * sin(phase)))
  }
  private static func finished(_ t: ThreadState, _ x: ComplexValue) -> Object? {
    if x.real.isInfinite || x.imaginary.isInfinite { return t.raise(.OverflowError, "complex exponentiation") }
    return makeComplex(x.real, x.imaginary)
  }

  static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard op == .equal || op == .notEqual else { return notImplemented }
    let x = value(a)
    var equal = false
    if isInt(b) {
      equal = x.imaginary == 0 && FloatArithmetic.order(x.real, b, .equal)
    } else if b.isKind(.float) {
      equal = x.imaginary == 0 && x.real == b.double
    } else if b.isKind(.complex) {
      let y = value(b)
      equal = x.real == y.real && x.imaginary == y.imaginary
    } else {
      return notImplemented
    }
    return makeBool(equal == (op == .equal))
  }

  static func repr(_ x: ComplexValue) -> String {
    func text(_ v: Double) -> String {
      var s = FloatText.repr(v)
      if s.hasSuffix(".0") { s.removeLast(2) }
      return s
    }
    if x.real == 0 && x.real.sign == .plus { return text(x.imaginary) + "j" }
    let imaginary = text(x.imaginary)
    let sign = imaginary.hasPrefix("-") ? "" : "+"
    return "(" + text(x.real) + sign + imaginary + "j)"
  }
}

enum ComplexMethods {
  static func configure() {
    let p = slots(core.pointee.types.complex)
    p.pointee.new = NativeFunction(new)
    p.pointee.repr = UnaryFunction { _, o in makeString(ComplexArithmetic.repr(ComplexArithmetic.value(o))) }
    p.pointee.hash = MeasureFunction { _, o in complexHash(o) }
    p.pointee.compare = CompareFunction(ComplexArithmetic.compare)
    p.pointee.number.add = BinaryFunction { t, a, b in
      ComplexArithmetic.apply(t, a, b) { makeComplex($0.real + $1.real, $0.imaginary + $1.imaginary) }
    }
    p.pointee.number.subtract = BinaryFunction { t, a, b in
      ComplexArithmetic.apply(t, a, b) { makeComplex($0.real - $1.real, $0.imaginary - $1.imaginary) }
    }
    p.pointee.number.multiply = BinaryFunction { t, a, b in
      ComplexArithmetic.apply(t, a, b) {
        let x = ComplexArithmetic.product($0, $1)
        return makeComplex(x.real, x.imaginary)
      }
    }
    p.pointee.number.trueDivide = BinaryFunction { t, a, b in
      ComplexArithmetic.apply(t, a, b) {
        guard let x = ComplexArithmetic.quotient($0, $1) else {
          return t.raise(.ZeroDivisionError, "complex division by zero")
        }
        return makeComplex(x.real, x.imaginary)
      }
    }
    p.pointee.number.power = TernaryFunction { t, a, b, modulus in
      guard let b else { return notImplemented }
      return ComplexArithmetic.apply(t, a, b) {
        if let modulus, modulus != none { return t.raise(.ValueError, "complex modulo") }
        return ComplexArithmetic.power(t, $0, $1)
      }
    }
    p.pointee.number.negative = UnaryFunction { _, o in
      let x = ComplexArithmetic.value(o)
      return makeComplex(-x.real, -x.imaginary)
    }
    p.pointee.number.positive = UnaryFunction { _, o in
      let x = ComplexArithmetic.value(o)
      return o.isExactly(.complex) ? o.retained() : makeComplex(x.real, x.imaginary)
    }
    p.pointee.number.absolute = UnaryFunction { t, o in
      let x = ComplexArithmetic.value(o)
      let length = hypot(x.real, x.imaginary)
      if length.isInfinite && x.real.isFinite && x.imaginary.isFinite {
        return t.raise(.OverflowError, "absolute value too large")
      }
      return makeFloat(length)
    }
    p.pointee.number.bool = MeasureFunction { _, o in
      let x = ComplexArithmetic.value(o)
      return x.real != 0 || x.imaginary != 0 ? 1 : 0
    }
  }

  static func install(_ t: ThreadState) {
    let type = core.pointee.types.complex
    addMethods(
      t, type,
      [
        NativeMethod("conjugate", .noArguments) { _, o, _ in
          let x = ComplexArithmetic.value(o)
          return makeComplex(x.real, -x.imaginary)
        },
        NativeMethod("__complex__", .noArguments) { _, o, _ in
          let x = ComplexArithmetic.value(o)
          return makeComplex(x.real, x.imaginary)
        },
        NativeMethod("__getnewargs__", .noArguments) { _, o, _ in
          let x = ComplexArithmetic.value(o)
          return makeTuple(stealing: makeFloat(x.real), makeFloat(x.imaginary))
        },
        NativeMethod("__format__", .oneArgument) { t, o, a in
          guard a[0].isKind(.str) else { return raiseFormatArgument(t, a[0]) }
          return FormatSpec.format(t, o, a[0])
        },
      ])
    addGetSet(t, type, "real", getter: UnaryFunction { _, o in makeFloat(ComplexArithmetic.value(o).real) })
    addGetSet(t, type, "imag", getter: UnaryFunction { _, o in makeFloat(ComplexArithmetic.value(o).imaginary) })
  }

  /// Parses `1+2j` with optional parentheses; nil when it is none.
  static func parse(_ source: String) -> ComplexValue? {
    var text = Array(source.utf8)
    while let c = text.first, CharacterClass.isSpace(UInt32(c)) { text.removeFirst() }
    while let c = text.last, CharacterClass.isSpace(UInt32(c)) { text.removeLast() }
    if text.first == 40 {
      guard text.last == 41 else { return nil }
      return parse(String(decoding: text.dropFirst().dropLast(), as: UTF8.self))
    }
    guard let last = text.last else { return nil }
    if last != 106 && last != 74 { return FloatText.parse(text).map { ($0, 0) } }
    text.removeLast()
    // The imaginary part begins at the last sign that is not an exponent's.
    var split = 0
    for i in text.indices.reversed() where (text[i] == 43 || text[i] == 45) && (i == 0 || text[i - 1] | 32 != 101) {
      split = i
      break
    }
    func unit(_ part: [UInt8]) -> Double? {
      part.isEmpty || part == [43] ? 1 : part == [45] ? -1 : FloatText.parse(part)
    }
    guard let imaginary = unit(Array(text[split...])) else { return nil }
    if split == 0 { return (0, imaginary) }
    guard let real = FloatText.parse(Array(text[..<split])) else { return nil }
    return (real, imaginary)
  }

  /// Any number as a complex one. nil: an exception is set.
  static func part(_ t: ThreadState, _ o: Object) -> ComplexValue? {
    if o.isKind(.complex) { return ComplexArithmetic.value(o) }
    if let method = lookupSpecial(t, o, Special.complex) {
      defer { method.release() }
      guard let result = call0(t, method) else { return nil }
      defer { result.release() }
      if result.isKind(.complex) { return ComplexArithmetic.value(result) }
      t.raise(.TypeError, "\(o.typeName).__complex__() must return a complex, not \(result.typeName)")
      return nil
    }
    if t.hasRaised { return nil }
    return floatValue(t, o).map { ($0, 0) }
  }

  static func new(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    guard let a = parseArguments(t, arguments, function: "complex", names: ["real", "imag"], required: 0) else {
      return nil
    }
    var result: ComplexValue = (0, 0)
    if let real = a[0] {
      if real.isKind(.str) {
        if a[1] != nil { return t.raise(.TypeError, "complex() can't take second arg if first is a string") }
        guard let value = parse(stringValue(real)) else {
          return t.raise(.ValueError, "complex() arg is a malformed string")
        }
        result = value
      } else {
        if real.isExactly(.complex) && a[1] == nil && type == core.pointee.types.complex.object {
          return real.retained()
        }
        guard
          real.isKind(.complex) || real.type.pointer.pointee.number.float != nil || isIndex(real)
            || typeLookup(t, real.type, Special.complex) != nil
        else {
          return t.raise(
            .TypeError, "complex() first argument must be a string or a number, not '\(real.typeName)'")
        }
        guard let value = part(t, real) else { return nil }
        result = value
      }
    }
    if let imaginary = a[1] {
      if imaginary.isKind(.str) { return t.raise(.TypeError, "complex() second arg can't be a string") }
      guard imaginary.isKind(.complex) || imaginary.type.pointer.pointee.number.float != nil || isIndex(imaginary)
      else {
        return t.raise(.TypeError, "complex() second argument must be a number, not '\(imaginary.typeName)'")
      }
      guard let value = part(t, imaginary) else { return nil }
      // Plain parts are taken as they are, so that a negative zero stays one.
      let real = imaginary.isKind(.complex) ? result.real - value.imaginary : result.real
      result = (real, a[0]?.isKind(.complex) ?? false ? result.imaginary + value.real : value.real)
    }
    if type == core.pointee.types.complex.object { return makeComplex(result.real, result.imaginary) }
    let o = allocateZeroed(TypeObject(unchecked: type))
    o.layout(ComplexLayout.self).pointee.real = result.real
    o.layout(ComplexLayout.self).pointee.imaginary = result.imaginary
    return o
  }
}

/// The value of any number as real and imaginary part (`PyComplex_AsCComplex`). nil: an exception is set.
public func complexValue(_ t: ThreadState, _ o: Object) -> (real: Double, imaginary: Double)? {
  guard let value = ComplexMethods.part(t, o) else { return nil }
  return (value.real, value.imaginary)
}
