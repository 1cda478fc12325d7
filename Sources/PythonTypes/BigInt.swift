// Arithmetic on ints beyond one limb, by GMP. Our limbs are GMP's, so an operand is a view of the object's own memory.
import CGMP
import Glibc
import PythonRuntime

typealias MPZ = __mpz_struct

/// A read-only view of an int object; valid while the object lives.
@inline(__always) func view(_ o: Object) -> MPZ {
  MPZ(
    _mp_alloc: 0, _mp_size: Int32(truncatingIfNeeded: o.intSize),
    _mp_d: UnsafeMutableRawPointer(o.limbs).assumingMemoryBound(to: mp_limb_t.self))
}

/// An int object of a number; the number is not changed.
func makeInt(_ z: MPZ) -> Object {
  let count = Int(z._mp_size.magnitude)
  guard count > 0, let limbs = z._mp_d else { return makeInt(0) }
  return makeInt(
    limbs: UnsafeRawPointer(limbs).assumingMemoryBound(to: UInt64.self), count: count, negative: z._mp_size < 0)
}

enum BigInt {
  /// Runs `body` with an empty result and makes an int of it.
  @inline(__always) static func compute(_ body: (inout MPZ) -> Void) -> Object {
    var result = MPZ()
    __gmpz_init(&result)
    body(&result)
    let o = makeInt(result)
    __gmpz_clear(&result)
    return o
  }

  static func binary(
    _ a: Object, _ b: Object,
    _ function: (UnsafeMutablePointer<MPZ>, UnsafePointer<MPZ>, UnsafePointer<MPZ>) -> Void
  ) -> Object {
    var x = view(a)
    var y = view(b)
    return compute { function(&$0, &x, &y) }
  }

  static func add(_ a: Object, _ b: Object) -> Object { binary(a, b) { __gmpz_add($0, $1, $2) } }
  static func subtract(_ a: Object, _ b: Object) -> Object { binary(a, b) { __gmpz_sub($0, $1, $2) } }
  static func multiply(_ a: Object, _ b: Object) -> Object { binary(a, b) { __gmpz_mul($0, $1, $2) } }
  static func floorDivide(_ a: Object, _ b: Object) -> Object { binary(a, b) { __gmpz_fdiv_q($0, $1, $2) } }
  static func modulo(_ a: Object, _ b: Object) -> Object { binary(a, b) { __gmpz_fdiv_r($0, $1, $2) } }
  static func and(_ a: Object, _ b: Object) -> Object { binary(a, b) { __gmpz_and($0, $1, $2) } }
  static func or(_ a: Object, _ b: Object) -> Object { binary(a, b) { __gmpz_ior($0, $1, $2) } }
  static func xor(_ a: Object, _ b: Object) -> Object { binary(a, b) { __gmpz_xor($0, $1, $2) } }
  static func negate(_ a: Object) -> Object {
    var x = view(a)
    return compute { __gmpz_neg(&$0, &x) }
  }
  static func invert(_ a: Object) -> Object {
    var x = view(a)
    return compute { __gmpz_com(&$0, &x) }
  }
  static func shiftLeft(_ a: Object, _ n: Int) -> Object {
    var x = view(a)
    return compute { __gmpz_mul_2exp(&$0, &x, UInt(n)) }
  }
  static func shiftRight(_ a: Object, _ n: Int) -> Object {
    var x = view(a)
    return compute { __gmpz_fdiv_q_2exp(&$0, &x, UInt(n)) }
  }
  static func power(_ a: Object, _ n: Int) -> Object {
    var x = view(a)
    return compute { __gmpz_pow_ui(&$0, &x, UInt(n)) }
  }
  static func compare(_ a: Object, _ b: Object) -> Int {
    var x = view(a)
    var y = view(b)
    return Int(__gmpz_cmp(&x, &y)).signum()
  }
  static func bitLength(_ a: Object) -> Int {
    let n = a.limbCount
    return n == 0 ? 0 : 64 * n - a.limbs[n - 1].leadingZeroBitCount
  }

  /// Digits in a base up to 36, lower case, with a minus sign.
  static func digits(_ a: Object, base: Int) -> String {
    if a.isSmallInt { return String(a.smallInt, radix: base) }
    var x = view(a)
    guard let text = __gmpz_get_str(nil, Int32(base), &x) else { return "" }
    defer { Glibc.free(text) }
    return String(cString: text)
  }

  /// The int of digits in a base up to 36; the caller has checked them.
  static func parse(_ digits: [UInt8], base: Int, negative: Bool) -> Object {
    if digits.count <= 12 {
      var value = 0
      for d in digits { value = value * base + digitValue(UInt32(d)) }
      return makeInt(negative ? -value : value)
    }
    let text = digits.map { CChar(bitPattern: $0) } + [0]
    return compute { z in
      _ = __gmpz_set_str(&z, text, Int32(base))
      if negative { z._mp_size = -z._mp_size }
    }
  }

  /// The int of a finite Double, truncated.
  static func fromDouble(_ value: Double) -> Object {
    if value.magnitude < 9.2e18 { return makeInt(Int(value)) }
    return compute { __gmpz_set_d(&$0, value) }
  }
}

/// 0...35 for a digit or a letter; 99 otherwise.
@inline(__always) func digitValue(_ c: UInt32) -> Int {
  switch c {
  case 48...57: Int(c) - 48
  case 97...122: Int(c) - 87
  case 65...90: Int(c) - 55
  default: 99
  }
}
