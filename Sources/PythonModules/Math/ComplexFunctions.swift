// `cmath`: functions of complex numbers, right at infinities, NaNs and signed zeros (C99, annex G), and near the cuts.
//
// Methods: W. Kahan, "Branch cuts for complex elementary functions"; CPython's Modules/cmathmodule.c for the results at special values.
import Glibc
import PythonRuntime
import PythonTypes

/// A complex number in two words.
struct ComplexNumber {
  var re: Double
  var im: Double
  init(_ re: Double, _ im: Double) {
    self.re = re
    self.im = im
  }
  var isFinite: Bool { re.isFinite && im.isFinite }
}

/// Where a result is not defined, or too large.
enum ComplexMistake { case domain, range }

enum ComplexFunctions {
  typealias Outcome = (value: ComplexNumber, mistake: ComplexMistake?)

  private static let largeDouble = Double.greatestFiniteMagnitude / 4
  private static let sqrtLarge = Glibc.sqrt(Double.greatestFiniteMagnitude / 4)
  private static let logLarge = Glibc.log(Double.greatestFiniteMagnitude / 4)
  private static let sqrtSmallest = Glibc.sqrt(Double.leastNormalMagnitude)
  private static let ln2 = 0.6931471805599453094
  private static let infinity = Double.infinity

  private static func done(_ re: Double, _ im: Double, _ mistake: ComplexMistake? = nil) -> Outcome {
    (ComplexNumber(re, im), mistake)
  }
  private static func copySign(_ x: Double, _ y: Double) -> Double { Double(signOf: y, magnitudeOf: x) }

  // MARK: - Roots and logarithms

  static func sqrt(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      if z.im.isInfinite { return done(infinity, z.im) }
      if z.re.isInfinite {
        if z.re > 0 { return done(infinity, z.im.isNaN ? .nan : copySign(0, z.im)) }
        return z.im.isNaN ? done(.nan, infinity) : done(0, copySign(infinity, z.im))
      }
      return done(.nan, .nan)
    }
    if z.re == 0, z.im == 0 { return done(0, z.im) }
    var ax = z.re.magnitude
    let ay = z.im.magnitude
    let s: Double
    if ax < .leastNormalMagnitude, ay < .leastNormalMagnitude, ax > 0 || ay > 0 {
      // Small numbers are made larger, so that hypot keeps its digits.
      ax = scalbn(ax, 53)
      s = scalbn(Glibc.sqrt(ax + hypot(ax, scalbn(ay, 53))), -27)
    } else {
      ax /= 8
      s = 2 * Glibc.sqrt(ax + hypot(ax, ay / 8))
    }
    let d = ay / (2 * s)
    return z.re >= 0 ? done(s, copySign(d, z.im)) : done(d, copySign(s, z.im))
  }

  static func log(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      let im = z.re.isNaN || z.im.isNaN ? Double.nan : atan2(z.im, z.re)
      return z.re.isInfinite || z.im.isInfinite ? done(infinity, im) : done(.nan, .nan)
    }
    let (ax, ay) = (z.re.magnitude, z.im.magnitude)
    let im = atan2(z.im, z.re)
    if ax > largeDouble || ay > largeDouble { return done(Glibc.log(hypot(ax / 2, ay / 2)) + ln2, im) }
    if ax < .leastNormalMagnitude, ay < .leastNormalMagnitude {
      if ax > 0 || ay > 0 { return done(Glibc.log(hypot(scalbn(ax, 53), scalbn(ay, 53))) - 53 * ln2, im) }
      return done(-infinity, im, .domain)
    }
    let h = hypot(ax, ay)
    if 0.71 <= h, h <= 1.73 {
      let (greater, smaller) = (max(ax, ay), min(ax, ay))
      return done(log1p((greater - 1) * (greater + 1) + smaller * smaller) / 2, im)
    }
    return done(Glibc.log(h), im)
  }

  static func log10(_ z: ComplexNumber) -> Outcome {
    let (value, mistake) = log(z)
    return done(value.re / M_LN10, value.im / M_LN10, mistake)
  }

  // MARK: - Exponential and hyperbolic functions

  static func exp(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      if z.re.isInfinite, z.im.isFinite, z.im != 0 {
        let size = z.re > 0 ? infinity : 0
        return done(copySign(size, cos(z.im)), copySign(size, sin(z.im)))
      }
      let value: ComplexNumber
      if z.re.isInfinite {
        if z.im.isFinite {
          value = ComplexNumber(z.re > 0 ? infinity : 0, z.im)
        } else {
          value = z.re > 0 ? ComplexNumber(infinity, .nan) : ComplexNumber(0, 0)
        }
      } else if z.re.isNaN {
        value = ComplexNumber(.nan, z.im == 0 ? z.im : .nan)
      } else {
        value = ComplexNumber(.nan, .nan)
      }
      let isUndefined = z.im.isInfinite && (z.re.isFinite || z.re == infinity)
      return (value, isUndefined ? .domain : nil)
    }
    let result: ComplexNumber
    if z.re > logLarge {
      let l = Glibc.exp(z.re - 1)
      result = ComplexNumber(l * cos(z.im) * M_E, l * sin(z.im) * M_E)
    } else {
      let l = Glibc.exp(z.re)
      result = ComplexNumber(l * cos(z.im), l * sin(z.im))
    }
    return (result, result.re.isInfinite || result.im.isInfinite ? .range : nil)
  }

  static func cosh(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      if z.re.isInfinite, z.im.isFinite, z.im != 0 {
        let im = copySign(infinity, sin(z.im))
        return done(copySign(infinity, cos(z.im)), z.re > 0 ? im : -im)
      }
      let value: ComplexNumber
      if z.re.isInfinite {
        value = ComplexNumber(infinity, z.im.isFinite ? (z.re > 0 ? z.im : -z.im) : .nan)
      } else if z.re == 0 {
        value = ComplexNumber(.nan, 0)
      } else if z.re.isNaN {
        value = ComplexNumber(.nan, z.im == 0 ? 0 : .nan)
      } else {
        value = ComplexNumber(.nan, .nan)
      }
      return (value, z.im.isInfinite && !z.re.isNaN ? .domain : nil)
    }
    let result: ComplexNumber
    if z.re.magnitude > logLarge {
      let nearer = z.re - copySign(1, z.re)
      result = ComplexNumber(
        cos(z.im) * Glibc.cosh(nearer) * M_E, sin(z.im) * Glibc.sinh(nearer) * M_E)
    } else {
      result = ComplexNumber(cos(z.im) * Glibc.cosh(z.re), sin(z.im) * Glibc.sinh(z.re))
    }
    return (result, result.re.isInfinite || result.im.isInfinite ? .range : nil)
  }

  static func sinh(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      if z.re.isInfinite, z.im.isFinite, z.im != 0 {
        let re = copySign(infinity, cos(z.im))
        return done(z.re > 0 ? re : -re, copySign(infinity, sin(z.im)))
      }
      let value: ComplexNumber
      if z.re.isInfinite {
        value = ComplexNumber(z.im.isFinite ? z.re : infinity, z.im.isFinite ? z.im : .nan)
      } else if z.re == 0 {
        value = ComplexNumber(0, .nan)
      } else if z.re.isNaN {
        value = ComplexNumber(.nan, z.im == 0 ? z.im : .nan)
      } else {
        value = ComplexNumber(.nan, .nan)
      }
      return (value, z.im.isInfinite && !z.re.isNaN ? .domain : nil)
    }
    let result: ComplexNumber
    if z.re.magnitude > logLarge {
      let nearer = z.re - copySign(1, z.re)
      result = ComplexNumber(
        cos(z.im) * Glibc.sinh(nearer) * M_E, sin(z.im) * Glibc.cosh(nearer) * M_E)
    } else {
      result = ComplexNumber(cos(z.im) * Glibc.sinh(z.re), sin(z.im) * Glibc.cosh(z.re))
    }
    return (result, result.re.isInfinite || result.im.isInfinite ? .range : nil)
  }

  static func tanh(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      if z.re.isInfinite, z.im.isFinite, z.im != 0 {
        return done(z.re > 0 ? 1 : -1, copySign(0, 2 * sin(z.im) * cos(z.im)))
      }
      let value: ComplexNumber
      if z.re.isInfinite {
        value = ComplexNumber(z.re > 0 ? 1 : -1, z.im.isFinite ? z.im : 0)
      } else if z.re.isNaN {
        value = ComplexNumber(.nan, z.im == 0 ? z.im : .nan)
      } else {
        value = ComplexNumber(.nan, .nan)
      }
      return (value, z.im.isInfinite && z.re.isFinite ? .domain : nil)
    }
    if z.re.magnitude > logLarge {
      return done(copySign(1, z.re), 4 * sin(z.im) * cos(z.im) * Glibc.exp(-2 * z.re.magnitude))
    }
    let tx = Glibc.tanh(z.re)
    let ty = Glibc.tan(z.im)
    let cx = 1 / Glibc.cosh(z.re)
    let product = tx * ty
    let denominator = 1 + product * product
    return done(tx * (1 + ty * ty) / denominator, ((ty / denominator) * cx) * cx)
  }

  // MARK: - Inverse functions

  static func acos(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      if z.re.isInfinite || z.im.isInfinite {
        if z.re.isNaN { return done(.nan, z.im > 0 ? -infinity : infinity) }
        if z.im.isNaN { return done(.nan, infinity) }
        let re =
          z.re.isInfinite
          ? (z.im.isInfinite ? (z.re > 0 ? Double.pi / 4 : 3 * Double.pi / 4) : z.re > 0 ? 0 : Double.pi)
          : Double.pi / 2
        return done(re, z.im.sign == .minus ? infinity : -infinity)
      }
      return z.re == 0 && z.im.isNaN ? done(.pi / 2, .nan) : done(.nan, .nan)
    }
    if z.re.magnitude > largeDouble || z.im.magnitude > largeDouble {
      let size = Glibc.log(hypot(z.re / 2, z.im / 2)) + 2 * ln2
      let re = atan2(z.im.magnitude, z.re)
      return done(re, z.re < 0 ? -copySign(size, z.im) : copySign(size, -z.im))
    }
    let s1 = sqrt(ComplexNumber(1 - z.re, -z.im)).value
    let s2 = sqrt(ComplexNumber(1 + z.re, z.im)).value
    return done(2 * atan2(s1.re, s2.re), Glibc.asinh(s2.re * s1.im - s2.im * s1.re))
  }

  static func acosh(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      if z.re.isInfinite || z.im.isInfinite {
        if z.re.isNaN || z.im.isNaN { return done(infinity, .nan) }
        let angle =
          z.re.isInfinite
          ? (z.im.isInfinite ? (z.re > 0 ? Double.pi / 4 : 3 * Double.pi / 4) : z.re > 0 ? 0 : Double.pi)
          : Double.pi / 2
        return done(infinity, copySign(angle, z.im))
      }
      return done(.nan, .nan)
    }
    if z.re.magnitude > largeDouble || z.im.magnitude > largeDouble {
      return done(Glibc.log(hypot(z.re / 2, z.im / 2)) + 2 * ln2, atan2(z.im, z.re))
    }
    let s1 = sqrt(ComplexNumber(z.re - 1, z.im)).value
    let s2 = sqrt(ComplexNumber(z.re + 1, z.im)).value
    return done(Glibc.asinh(s1.re * s2.re + s1.im * s2.im), 2 * atan2(s1.im, s2.re))
  }

  static func asinh(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      if z.re.isInfinite {
        if z.im.isNaN { return done(z.re, .nan) }
        return done(z.re, copySign(z.im.isInfinite ? .pi / 4 : 0, z.im))
      }
      if z.im.isInfinite {
        return z.re.isNaN ? done(infinity, .nan) : done(copySign(infinity, z.re), copySign(.pi / 2, z.im))
      }
      return z.re.isNaN && z.im == 0 ? done(.nan, z.im) : done(.nan, .nan)
    }
    if z.re.magnitude > largeDouble || z.im.magnitude > largeDouble {
      let size = Glibc.log(hypot(z.re / 2, z.im / 2)) + 2 * ln2
      return done(z.im.sign == .minus ? -copySign(size, -z.re) : copySign(size, z.re), atan2(z.im, z.re.magnitude))
    }
    let s1 = sqrt(ComplexNumber(1 + z.im, -z.re)).value
    let s2 = sqrt(ComplexNumber(1 - z.im, z.re)).value
    return done(Glibc.asinh(s1.re * s2.im - s2.re * s1.im), atan2(z.im, s1.re * s2.re - s1.im * s2.im))
  }

  static func atanh(_ z: ComplexNumber) -> Outcome {
    if !z.isFinite {
      if z.im.isInfinite { return done(z.re.isNaN ? 0 : copySign(0, z.re), copySign(.pi / 2, z.im)) }
      if z.re.isInfinite { return done(copySign(0, z.re), z.im.isNaN ? .nan : copySign(.pi / 2, z.im)) }
      return z.re == 0 && z.im.isNaN ? done(z.re, .nan) : done(.nan, .nan)
    }
    if z.re < 0 || z.re == 0 && z.re.sign == .minus {
      let (value, mistake) = atanh(ComplexNumber(-z.re, -z.im))
      return done(-value.re, -value.im, mistake)
    }
    let ay = z.im.magnitude
    if z.re > sqrtLarge || ay > sqrtLarge {
      let h = hypot(z.re / 2, z.im / 2)
      return done(z.re / 4 / h / h, -copySign(.pi / 2, -z.im))
    }
    if z.re == 1, ay < sqrtSmallest {
      if ay == 0 { return done(infinity, z.im, .domain) }
      return done(-Glibc.log(Glibc.sqrt(ay) / Glibc.sqrt(hypot(ay, 2))), copySign(atan2(2, -ay) / 2, z.im))
    }
    return done(
      log1p(4 * z.re / ((1 - z.re) * (1 - z.re) + ay * ay)) / 4,
      -atan2(-2 * z.im, (1 - z.re) * (1 + z.re) - ay * ay) / 2)
  }

  // MARK: - Polar form

  static func rectangular(_ r: Double, _ phi: Double) -> Outcome {
    if !r.isFinite || !phi.isFinite {
      if r.isInfinite, phi.isFinite, phi != 0 {
        let re = copySign(infinity, cos(phi))
        let im = copySign(infinity, sin(phi))
        return r > 0 ? done(re, im) : done(-re, -im)
      }
      let value: ComplexNumber
      if r.isInfinite {
        value = phi.isFinite ? ComplexNumber(r, r > 0 ? phi : -phi) : ComplexNumber(infinity, .nan)
      } else if r.isNaN {
        value = ComplexNumber(.nan, phi == 0 ? 0 : .nan)
      } else {
        value = r == 0 ? ComplexNumber(0, 0) : ComplexNumber(.nan, .nan)
      }
      return (value, r != 0 && !r.isNaN && phi.isInfinite ? .domain : nil)
    }
    if phi == 0 { return done(r, r * phi) }
    return done(r * cos(phi), r * sin(phi))
  }

  // MARK: - By rotation

  /// `f(i z) / i`: sin, tan, asin, atan from their hyperbolic sisters.
  private static func turned(_ z: ComplexNumber, _ f: (ComplexNumber) -> Outcome) -> Outcome {
    let (value, mistake) = f(ComplexNumber(-z.im, z.re))
    return done(value.im, -value.re, mistake)
  }
  static func sin(_ z: ComplexNumber) -> Outcome { turned(z, sinh) }
  static func tan(_ z: ComplexNumber) -> Outcome { turned(z, tanh) }
  static func asin(_ z: ComplexNumber) -> Outcome { turned(z, asinh) }
  static func atan(_ z: ComplexNumber) -> Outcome { turned(z, atanh) }
  static func cos(_ z: ComplexNumber) -> Outcome { cosh(ComplexNumber(-z.im, z.re)) }

  private static func sin(_ x: Double) -> Double { Glibc.sin(x) }
  private static func cos(_ x: Double) -> Double { Glibc.cos(x) }
}
