// `math`: the functions of one real argument, and the table of all others.
import Glibc
import PythonRuntime

public enum MathModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "math")
    moduleSet(t, module, "pi", stealing: makeFloat(Double.pi))
    moduleSet(t, module, "e", stealing: makeFloat(M_E))
    moduleSet(t, module, "tau", stealing: makeFloat(2 * Double.pi))
    moduleSet(t, module, "inf", stealing: makeFloat(Double.infinity))
    moduleSet(t, module, "nan", stealing: makeFloat(Double.nan))
    moduleAddFunctions(t, module, trigonometry + exponentials + questions + rounding)
    moduleAddFunctions(t, module, MathPairs.methods)
    moduleAddFunctions(t, module, MathSums.methods)
    moduleAddFunctions(t, module, MathIntegers.methods)
    return module
  }

  /// Applies a function; a NaN or an infinity that the argument does not explain is an error.
  static func apply(_ t: ThreadState, _ o: Object, overflows: Bool = false, _ f: (Double) -> Double) -> Object? {
    guard let x = floatValue(t, o) else { return nil }
    let y = f(x)
    if y.isNaN, !x.isNaN { return t.raise(.ValueError, "math domain error") }
    if y.isInfinite, x.isFinite {
      return overflows ? t.raise(.OverflowError, "math range error") : t.raise(.ValueError, "math domain error")
    }
    return makeFloat(y)
  }

  private static let trigonometry = [
    NativeMethod("sin", .oneArgument) { t, _, a in apply(t, a[0]) { sin($0) } },
    NativeMethod("cos", .oneArgument) { t, _, a in apply(t, a[0]) { cos($0) } },
    NativeMethod("tan", .oneArgument) { t, _, a in apply(t, a[0]) { tan($0) } },
    NativeMethod("asin", .oneArgument) { t, _, a in apply(t, a[0]) { asin($0) } },
    NativeMethod("acos", .oneArgument) { t, _, a in apply(t, a[0]) { acos($0) } },
    NativeMethod("atan", .oneArgument) { t, _, a in apply(t, a[0]) { atan($0) } },
    NativeMethod("sinh", .oneArgument) { t, _, a in apply(t, a[0], overflows: true) { sinh($0) } },
    NativeMethod("cosh", .oneArgument) { t, _, a in apply(t, a[0], overflows: true) { cosh($0) } },
    NativeMethod("tanh", .oneArgument) { t, _, a in apply(t, a[0]) { tanh($0) } },
    NativeMethod("asinh", .oneArgument) { t, _, a in apply(t, a[0]) { asinh($0) } },
    NativeMethod("acosh", .oneArgument) { t, _, a in apply(t, a[0]) { acosh($0) } },
    NativeMethod("atanh", .oneArgument) { t, _, a in apply(t, a[0]) { atanh($0) } },
    NativeMethod("degrees", .oneArgument) { t, _, a in floatValue(t, a[0]).map { makeFloat($0 * (180 / Double.pi)) } },
    NativeMethod("radians", .oneArgument) { t, _, a in floatValue(t, a[0]).map { makeFloat($0 * (Double.pi / 180)) } },
  ]

  private static let exponentials = [
    NativeMethod("exp", .oneArgument) { t, _, a in apply(t, a[0], overflows: true) { exp($0) } },
    NativeMethod("exp2", .oneArgument) { t, _, a in apply(t, a[0], overflows: true) { exp2($0) } },
    NativeMethod("expm1", .oneArgument) { t, _, a in apply(t, a[0], overflows: true) { expm1($0) } },
    NativeMethod("log1p", .oneArgument) { t, _, a in apply(t, a[0]) { log1p($0) } },
    NativeMethod("sqrt", .oneArgument) { t, _, a in apply(t, a[0]) { $0.squareRoot() } },
    NativeMethod("cbrt", .oneArgument) { t, _, a in apply(t, a[0]) { cbrt($0) } },
    NativeMethod("fabs", .oneArgument) { t, _, a in apply(t, a[0]) { $0.magnitude } },
    NativeMethod("erf", .oneArgument) { t, _, a in apply(t, a[0]) { erf($0) } },
    NativeMethod("erfc", .oneArgument) { t, _, a in apply(t, a[0]) { erfc($0) } },
    NativeMethod("gamma", .oneArgument) { t, _, a in gamma(t, a[0]) },
    NativeMethod("lgamma", .oneArgument) { t, _, a in
      guard let x = floatValue(t, a[0]) else { return nil }
      if x.isFinite, x <= 0, x == x.rounded(.down) { return t.raise(.ValueError, "math domain error") }
      return apply(t, a[0], overflows: true) { Glibc.lgamma($0) }
    },
    NativeMethod("log", .positional(1, 2)) { t, _, a in
      guard let x = MathIntegers.logarithm(t, a[0], { log($0) }) else { return nil }
      guard let base = a.optional(1) else { return makeFloat(x) }
      guard let y = MathIntegers.logarithm(t, base, { log($0) }) else { return nil }
      if y == 0 { return t.raise(.ZeroDivisionError, "float division by zero") }
      return makeFloat(x / y)
    },
    NativeMethod("log2", .oneArgument) { t, _, a in MathIntegers.logarithm(t, a[0]) { log2($0) }.map { makeFloat($0) }
    },
    NativeMethod("log10", .oneArgument) { t, _, a in MathIntegers.logarithm(t, a[0]) { log10($0) }.map { makeFloat($0) }
    },
  ]

  private static func gamma(_ t: ThreadState, _ o: Object) -> Object? {
    guard let x = floatValue(t, o) else { return nil }
    if x == -Double.infinity || x == 0 || x.isFinite && x < 0 && x == x.rounded(.down) {
      return t.raise(.ValueError, "math domain error")
    }
    // The values that are exact: factorials.
    if x >= 1, x <= 23, x == x.rounded(.down) { return makeFloat((1..<Int(x)).reduce(1.0) { $0 * Double($1) }) }
    return apply(t, o, overflows: true) { tgamma($0) }
  }

  private static let questions = [
    NativeMethod("isnan", .oneArgument) { t, _, a in floatValue(t, a[0]).map { makeBool($0.isNaN) } },
    NativeMethod("isinf", .oneArgument) { t, _, a in floatValue(t, a[0]).map { makeBool($0.isInfinite) } },
    NativeMethod("isfinite", .oneArgument) { t, _, a in floatValue(t, a[0]).map { makeBool($0.isFinite) } },
    NativeMethod("isclose", .keywords) { t, _, a in MathPairs.isClose(t, a) },
  ]

  // MARK: Rounding

  private static let rounding = [
    NativeMethod("floor", .oneArgument) { t, _, a in round(t, a[0], "__floor__", .down) },
    NativeMethod("ceil", .oneArgument) { t, _, a in round(t, a[0], "__ceil__", .up) },
    NativeMethod("trunc", .oneArgument) { t, _, a in
      if a[0].isExactly(.float) { return toInt(t, a[0].double) }
      guard let method = lookupSpecial(t, a[0], internString("__trunc__")) else {
        return t.hasRaised ? nil : t.raise(.TypeError, "type \(typeName(a[0])) doesn't define __trunc__ method")
      }
      defer { method.release() }
      return call0(t, method)
    },
    NativeMethod("frexp", .oneArgument) { t, _, a in
      guard let x = floatValue(t, a[0]) else { return nil }
      if !x.isFinite || x == 0 { return makeTuple(stealing: makeFloat(x), makeInt(0)) }
      var exponent: Int32 = 0
      let mantissa = Glibc.frexp(x, &exponent)
      return makeTuple(stealing: makeFloat(mantissa), makeInt(Int(exponent)))
    },
    NativeMethod("modf", .oneArgument) { t, _, a in
      guard let x = floatValue(t, a[0]) else { return nil }
      if x.isInfinite { return makeTuple(stealing: makeFloat(x < 0 ? -0.0 : 0.0), makeFloat(x)) }
      if x.isNaN { return makeTuple(stealing: makeFloat(x), makeFloat(x)) }
      let whole = x.rounded(.towardZero)
      let rest = Double(signOf: x, magnitudeOf: x - whole)
      return makeTuple(stealing: makeFloat(rest), makeFloat(Double(signOf: x, magnitudeOf: whole)))
    },
    NativeMethod("ulp", .oneArgument) { t, _, a in
      guard let x = floatValue(t, a[0]) else { return nil }
      if x.isNaN { return makeFloat(x) }
      return makeFloat(x.isInfinite ? Double.infinity : x.magnitude.ulp)
    },
  ]

  /// A whole double as an int object, as `int(x)` gives it.
  static func toInt(_ t: ThreadState, _ x: Double) -> Object? {
    let boxed = makeFloat(x)
    defer { boxed.release() }
    return core.pointee.types.float.pointer.pointee.number.int?.call(t, boxed)
  }

  private static func round(_ t: ThreadState, _ o: Object, _ special: String, _ rule: FloatingPointRoundingRule)
    -> Object?
  {
    if o.isExactly(.float) { return toInt(t, o.double.rounded(rule)) }
    if let method = lookupSpecial(t, o, internString(special)) {
      defer { method.release() }
      return call0(t, method)
    }
    if t.hasRaised { return nil }
    guard let x = floatValue(t, o) else { return nil }
    return toInt(t, x.rounded(rule))
  }
}
