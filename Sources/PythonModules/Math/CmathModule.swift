// The module `cmath`: complex arguments in, ComplexFunctions' results out.
import Glibc
import PythonRuntime
import PythonTypes

enum CmathModule {
  static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "cmath")
    moduleSet(t, module, "pi", stealing: makeFloat(Double.pi))
    moduleSet(t, module, "e", stealing: makeFloat(M_E))
    moduleSet(t, module, "tau", stealing: makeFloat(2 * Double.pi))
    moduleSet(t, module, "inf", stealing: makeFloat(Double.infinity))
    moduleSet(t, module, "nan", stealing: makeFloat(Double.nan))
    moduleSet(t, module, "infj", stealing: makeComplex(0, .infinity))
    moduleSet(t, module, "nanj", stealing: makeComplex(0, .nan))
    moduleAddFunctions(t, module, functions + questions + polarForm)
    return module
  }

  static func number(_ t: ThreadState, _ o: Object) -> ComplexNumber? {
    complexValue(t, o).map { ComplexNumber($0.real, $0.imaginary) }
  }

  private static func apply(
    _ t: ThreadState, _ o: Object, _ f: (ComplexNumber) -> ComplexFunctions.Outcome
  ) -> Object? {
    guard let z = number(t, o) else { return nil }
    return finish(t, f(z))
  }

  private static func finish(_ t: ThreadState, _ outcome: ComplexFunctions.Outcome) -> Object? {
    switch outcome.mistake {
    case .domain?: t.raise(.ValueError, "math domain error")
    case .range?: t.raise(.OverflowError, "math range error")
    case nil: makeComplex(outcome.value.re, outcome.value.im)
    }
  }

  private static var functions: [NativeMethod] {
    [
      NativeMethod("sqrt", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.sqrt) },
      NativeMethod("exp", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.exp) },
      NativeMethod("log10", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.log10) },
      NativeMethod("sin", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.sin) },
      NativeMethod("cos", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.cos) },
      NativeMethod("tan", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.tan) },
      NativeMethod("asin", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.asin) },
      NativeMethod("acos", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.acos) },
      NativeMethod("atan", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.atan) },
      NativeMethod("sinh", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.sinh) },
      NativeMethod("cosh", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.cosh) },
      NativeMethod("tanh", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.tanh) },
      NativeMethod("asinh", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.asinh) },
      NativeMethod("acosh", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.acosh) },
      NativeMethod("atanh", .oneArgument) { t, _, a in apply(t, a[0], ComplexFunctions.atanh) },
      NativeMethod("log", .positional(1, 2)) { t, _, a in
        guard let z = number(t, a[0]) else { return nil }
        var outcome = ComplexFunctions.log(z)
        if let base = a.optional(1) {
          guard let b = number(t, base) else { return nil }
          let divisor = ComplexFunctions.log(b)
          outcome.mistake = outcome.mistake ?? divisor.mistake
          if outcome.mistake == nil, divisor.value.re == 0, divisor.value.im == 0 { outcome.mistake = .domain }
          if outcome.mistake == nil {
            guard let x = finish(t, outcome), let y = finish(t, divisor) else { return nil }
            defer {
              x.release()
              y.release()
            }
            return binaryOperation(t, .trueDivide, x, y)
          }
        }
        return finish(t, outcome)
      },
    ]
  }

  private static var questions: [NativeMethod] {
    [
      NativeMethod("isfinite", .oneArgument) { t, _, a in number(t, a[0]).map { makeBool($0.isFinite) } },
      NativeMethod("isnan", .oneArgument) { t, _, a in number(t, a[0]).map { makeBool($0.re.isNaN || $0.im.isNaN) } },
      NativeMethod("isinf", .oneArgument) { t, _, a in
        number(t, a[0]).map { makeBool($0.re.isInfinite || $0.im.isInfinite) }
      },
      NativeMethod("isclose", .keywords) { t, _, a in isClose(t, a) },
    ]
  }

  private static func isClose(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "isclose", names: ["a", "b", "rel_tol", "abs_tol"], required: 2, maxPositional: 2),
      let first = v[0], let second = v[1], let x = number(t, first), let y = number(t, second)
    else { return nil }
    var limits = [1e-09, 0.0]
    for k in 0..<2 {
      guard let given = v[k + 2] else { continue }
      guard let value = floatValue(t, given) else { return nil }
      limits[k] = value
    }
    if limits[0] < 0 || limits[1] < 0 { return t.raise(.ValueError, "tolerances must be non-negative") }
    if x.re == y.re, x.im == y.im { return core.pointee.true }
    if x.re.isInfinite || x.im.isInfinite || y.re.isInfinite || y.im.isInfinite { return core.pointee.false }
    let difference = hypot(x.re - y.re, x.im - y.im)
    return makeBool(
      difference <= limits[0] * hypot(y.re, y.im) || difference <= limits[0] * hypot(x.re, x.im)
        || difference <= limits[1])
  }

  private static var polarForm: [NativeMethod] {
    [
      NativeMethod("phase", .oneArgument) { t, _, a in number(t, a[0]).map { makeFloat(atan2($0.im, $0.re)) } },
      NativeMethod("polar", .oneArgument) { t, _, a in
        guard let z = number(t, a[0]) else { return nil }
        let size = hypot(z.re, z.im)
        if size.isInfinite, z.isFinite { return t.raise(.OverflowError, "math range error") }
        return makeTuple(stealing: makeFloat(size), makeFloat(atan2(z.im, z.re)))
      },
      NativeMethod("rect", .positional(2, 2)) { t, _, a in
        guard let r = floatValue(t, a[0]), let phi = floatValue(t, a[1]) else { return nil }
        return finish(t, ComplexFunctions.rectangular(r, phi))
      },
    ]
  }
}
