// `math` on integers of any size: factorial, gcd, lcm, comb, perm, isqrt, and logarithms of what no double can hold.
import CGMP
import Glibc
import PythonRuntime

enum MathIntegers {
  static let methods = [
    NativeMethod("factorial", .oneArgument) { t, _, a in factorial(t, a[0]) },
    NativeMethod("gcd", .positional(0, -1)) { t, _, a in fold(t, a, start: 0) { __gmpz_gcd($0, $1, $2) } },
    NativeMethod("lcm", .positional(0, -1)) { t, _, a in fold(t, a, start: 1) { __gmpz_lcm($0, $1, $2) } },
    NativeMethod("comb", .positional(2, 2)) { t, _, a in combinations(t, a) },
    NativeMethod("perm", .positional(1, 2)) { t, _, a in permutations(t, a) },
    NativeMethod("isqrt", .oneArgument) { t, _, a in squareRoot(t, a[0]) },
  ]

  /// A view of an int object's number; valid while the object lives.
  private static func view(_ o: Object) -> __mpz_struct {
    __mpz_struct(
      _mp_alloc: 0, _mp_size: Int32(truncatingIfNeeded: o.intSize),
      _mp_d: UnsafeMutableRawPointer(o.limbs).assumingMemoryBound(to: mp_limb_t.self))
  }

  /// An int object of what `body` computes.
  private static func compute(_ body: (UnsafeMutablePointer<__mpz_struct>) -> Void) -> Object {
    var z = __mpz_struct()
    __gmpz_init(&z)
    defer { __gmpz_clear(&z) }
    body(&z)
    let count = Int(z._mp_size.magnitude)
    guard count > 0, let limbs = z._mp_d else { return makeInt(0) }
    return makeInt(
      limbs: UnsafeRawPointer(limbs).assumingMemoryBound(to: UInt64.self), count: count, negative: z._mp_size < 0)
  }

  private static func factorial(_ t: ThreadState, _ o: Object) -> Object? {
    guard let n = index(t, o) else { return nil }
    defer { n.release() }
    if n.intSign < 0 { return t.raise(.ValueError, "factorial() not defined for negative values") }
    guard let value = n.wordValue, value <= 100_000_000 else {
      return t.raise(.OverflowError, "factorial() argument should not exceed \(Int.max)")
    }
    return compute { __gmpz_fac_ui($0, UInt(value)) }
  }

  private static func fold(
    _ t: ThreadState, _ a: Arguments, start: Int,
    _ step: (UnsafeMutablePointer<__mpz_struct>, UnsafePointer<__mpz_struct>, UnsafePointer<__mpz_struct>) -> Void
  ) -> Object? {
    var result = makeInt(start)
    for i in 0..<a.count {
      guard let n = index(t, a[i]) else {
        result.release()
        return nil
      }
      var x = view(result)
      var y = view(n)
      let next = compute { step($0, &x, &y) }
      result.release()
      n.release()
      result = next
    }
    return result
  }

  /// Two non-negative ints, new references.
  private static func counts(_ t: ThreadState, _ a: Arguments) -> (n: Object, k: Object)? {
    guard let n = index(t, a[0]) else { return nil }
    guard let k = index(t, a[1]) else {
      n.release()
      return nil
    }
    if n.intSign < 0 || k.intSign < 0 {
      t.raise(.ValueError, "\(n.intSign < 0 ? "n" : "k") must be a non-negative integer")
      n.release()
      k.release()
      return nil
    }
    return (n, k)
  }

  private static func combinations(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard let (n, k) = counts(t, a) else { return nil }
    defer {
      n.release()
      k.release()
    }
    var x = view(n)
    var y = view(k)
    if __gmpz_cmp(&x, &y) < 0 { return makeInt(0) }
    // The smaller of k and n - k.
    let other = compute { __gmpz_sub($0, &x, &y) }
    defer { other.release() }
    var z = view(other)
    guard let least = (__gmpz_cmp(&y, &z) < 0 ? k : other).wordValue else {
      return t.raise(.OverflowError, "min(n - k, k) must not exceed \(Int.max)")
    }
    return compute { __gmpz_bin_ui($0, &x, UInt(least)) }
  }

  private static func permutations(_ t: ThreadState, _ a: Arguments) -> Object? {
    if a.count == 1 || a[1] == core.pointee.none { return factorial(t, a[0]) }
    guard let (n, k) = counts(t, a) else { return nil }
    defer {
      n.release()
      k.release()
    }
    var x = view(n)
    var y = view(k)
    if __gmpz_cmp(&x, &y) < 0 { return makeInt(0) }
    guard let count = k.wordValue else { return t.raise(.OverflowError, "k must not exceed \(Int.max)") }
    return compute { result in
      __gmpz_set_ui(result, 1)
      var factor = __mpz_struct()
      __gmpz_init_set(&factor, &x)
      defer { __gmpz_clear(&factor) }
      for _ in 0..<count {
        __gmpz_mul(result, result, &factor)
        withUnsafeMutablePointer(to: &factor) { __gmpz_sub_ui($0, $0, 1) }
      }
    }
  }

  private static func squareRoot(_ t: ThreadState, _ o: Object) -> Object? {
    guard let n = index(t, o) else { return nil }
    defer { n.release() }
    if n.intSign < 0 { return t.raise(.ValueError, "isqrt() argument must be nonnegative") }
    var x = view(n)
    return compute { __gmpz_sqrt($0, &x) }
  }

  /// A logarithm of a real number or an int of any size; nil: an exception is set.
  static func logarithm(_ t: ThreadState, _ o: Object, _ function: (Double) -> Double) -> Double? {
    if o.isKind(.int) || o.isKind(.bool) {
      guard o.intSign > 0 else {
        t.raise(.ValueError, "math domain error")
        return nil
      }
      if let x = doubleFromInt(o), x.isFinite { return function(x) }
      t.clearRaised()
      var exponent = 0
      var z = view(o)
      let mantissa = __gmpz_get_d_2exp(&exponent, &z)
      return function(mantissa) + function(2) * Double(exponent)
    }
    guard let x = floatValue(t, o) else { return nil }
    if x == Double.infinity || x.isNaN { return x }
    guard x > 0 else {
      t.raise(.ValueError, "math domain error")
      return nil
    }
    return function(x)
  }
}
