// `math`: functions of two and three reals.
import Glibc
import PythonRuntime

enum MathPairs {
  static let methods = [
    NativeMethod("atan2", .positional(2, 2)) { t, _, a in pair(t, a) { atan2($0, $1) } },
    NativeMethod("copysign", .positional(2, 2)) { t, _, a in pair(t, a) { Double(signOf: $1, magnitudeOf: $0) } },
    NativeMethod("fmod", .positional(2, 2)) { t, _, a in
      guard let x = floatValue(t, a[0]), let y = floatValue(t, a[1]) else { return nil }
      if y.isInfinite, x.isFinite { return makeFloat(x) }
      return checked(t, Glibc.fmod(x, y), x, y)
    },
    NativeMethod("remainder", .positional(2, 2)) { t, _, a in
      guard let x = floatValue(t, a[0]), let y = floatValue(t, a[1]) else { return nil }
      if x.isFinite, y.isInfinite { return makeFloat(x) }
      return checked(t, Glibc.remainder(x, y), x, y)
    },
    NativeMethod("pow", .positional(2, 2)) { t, _, a in
      guard let x = floatValue(t, a[0]), let y = floatValue(t, a[1]) else { return nil }
      let result = Glibc.pow(x, y)
      if x.isFinite, y.isFinite {
        if result.isNaN { return t.raise(.ValueError, "math domain error") }
        if result.isInfinite {
          return x == 0 ? t.raise(.ValueError, "math domain error") : t.raise(.OverflowError, "math range error")
        }
      }
      return makeFloat(result)
    },
    NativeMethod("ldexp", .positional(2, 2)) { t, _, a in
      guard let x = floatValue(t, a[0]) else { return nil }
      guard a[1].isKind(.int) || a[1].isKind(.bool) else {
        return t.raise(.TypeError, "Expected an int as second argument to ldexp.")
      }
      if x == 0 || !x.isFinite { return makeFloat(x) }
      let exponent = Int32(clamping: clampedIntValue(a[1]))
      let result = scalbn(x, Int(exponent))
      return result.isInfinite ? t.raise(.OverflowError, "math range error") : makeFloat(result)
    },
    NativeMethod("nextafter", .keywords) { t, _, a in nextAfter(t, a) },
    NativeMethod("fma", .positional(3, 3)) { t, _, a in
      guard let x = floatValue(t, a[0]), let y = floatValue(t, a[1]), let z = floatValue(t, a[2]) else { return nil }
      let result = z.addingProduct(x, y)
      if result.isFinite { return makeFloat(result) }
      if result.isNaN, !x.isNaN, !y.isNaN, !z.isNaN { return t.raise(.ValueError, "invalid operation in fma") }
      if result.isInfinite, x.isFinite, y.isFinite, z.isFinite { return t.raise(.OverflowError, "overflow in fma") }
      return makeFloat(result)
    },
  ]

  private static func pair(_ t: ThreadState, _ a: Arguments, _ f: (Double, Double) -> Double) -> Object? {
    guard let x = floatValue(t, a[0]), let y = floatValue(t, a[1]) else { return nil }
    return makeFloat(f(x, y))
  }

  private static func checked(_ t: ThreadState, _ result: Double, _ x: Double, _ y: Double) -> Object? {
    result.isNaN && !x.isNaN && !y.isNaN ? t.raise(.ValueError, "math domain error") : makeFloat(result)
  }

  private static func nextAfter(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "nextafter", names: ["x", "y", "steps"], required: 2, positionalOnly: 2, maxPositional: 2),
      let first = v[0], let second = v[1], let x = floatValue(t, first), let y = floatValue(t, second)
    else { return nil }
    var steps = 1
    if let given = v[2], given != core.pointee.none {
      guard let number = index(t, given) else { return nil }
      defer { number.release() }
      let value = clampedIntValue(number)
      guard value >= 0 else { return t.raise(.ValueError, "steps must be a non-negative integer") }
      steps = value
    }
    if steps == 0 || x == y { return makeFloat(steps == 0 ? x : y) }
    if x.isNaN || y.isNaN { return makeFloat(x.isNaN ? x : y) }
    // Doubles in order are integers in order, once negative ones are mirrored.
    func order(_ d: Double) -> Int { d.sign == .minus ? -Int(d.magnitude.bitPattern) : Int(d.bitPattern) }
    let (from, to) = (order(x), order(y))
    let distance = UInt(bitPattern: from > to ? from &- to : to &- from)
    if UInt(steps) >= distance { return makeFloat(y) }
    let place = from < to ? from + steps : from - steps
    if place == 0 { return makeFloat(from < 0 ? -0.0 : 0.0) }
    return makeFloat(Double(signOf: place < 0 ? -1 : 1, magnitudeOf: Double(bitPattern: UInt64(place.magnitude))))
  }

  static func isClose(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "isclose", names: ["a", "b", "rel_tol", "abs_tol"], required: 2, maxPositional: 2),
      let first = v[0], let second = v[1], let x = floatValue(t, first), let y = floatValue(t, second)
    else { return nil }
    var relative = 1e-09
    var absolute = 0.0
    if let given = v[2] {
      guard let value = floatValue(t, given) else { return nil }
      relative = value
    }
    if let given = v[3] {
      guard let value = floatValue(t, given) else { return nil }
      absolute = value
    }
    if relative < 0 || absolute < 0 { return t.raise(.ValueError, "tolerances must be non-negative") }
    if x == y { return core.pointee.true }
    if x.isInfinite || y.isInfinite { return core.pointee.false }
    let difference = (x - y).magnitude
    return makeBool(
      difference <= (relative * y).magnitude || difference <= (relative * x).magnitude || difference <= absolute)
  }
}
