// Operators on constants, with Python's results. nil means: leave it to run time, because it raises, or would be too large, or needs
// more than 128 bits.

import Glibc
import PythonBytecode
import PythonSyntax

enum ConstantArithmetic {
  // CPython's limits of what is computed at compile time.
  private static let integerBits = 128
  private static let collectionItems = 256
  private static let textBytes = 4096
  private static let totalItems = 1024

  static func unary(_ op: UnaryOperator, _ value: Constant) -> Constant? {
    switch (op, value) {
    case (.not, _): return isTrue(value).map { .bool(!$0) }
    // Deprecated, so that the warning comes at run time.
    case (.invert, .bool): return nil
    case (.uSub, .float(let number)): return .float(-number)
    case (.uAdd, .float), (.uAdd, .complex), (.uAdd, .int), (.uAdd, .bigInt): return value
    case (.uSub, .complex(let real, let imaginary)): return .complex(real: -real, imaginary: -imaginary)
    case (.uSub, .bigInt(let negative, let magnitude)): return normalized(negative: !negative, magnitude)
    default:
      guard let number = integer(value) else { return nil }
      switch op {
      case .invert: return constant(~number)
      case .uAdd: return constant(number)
      case .uSub: return number == .min ? nil : constant(-number)
      case .not: return nil
      }
    }
  }

  static func binary(_ left: Constant, _ op: PythonSyntax.BinaryOperator, _ right: Constant) -> Constant? {
    if let a = integer(left), let b = integer(right) {
      if case .bool(let x) = left, case .bool(let y) = right, let result = boolean(x, op, y) { return .bool(result) }
      return integers(a, op, b)
    }
    if let sequence = sequence(left, op, right) { return sequence }
    if let a = real(left), let b = real(right) { return floats(a, op, b) }
    if let a = complex(left), let b = complex(right) { return complexes(a, op, b) }
    return nil
  }

  static func item(of sequence: Constant, at index: Constant) -> Constant? {
    guard let wide = integer(index), var position = Int(exactly: wide) else { return nil }
    func inRange(_ count: Int) -> Bool {
      if position < 0 { position += count }
      return position >= 0 && position < count
    }
    switch sequence {
    case .tuple(let items): return inRange(items.count) ? items[position] : nil
    case .bytes(let bytes): return inRange(bytes.count) ? .int(Int(bytes[position])) : nil
    case .string(let bytes):
      let starts = bytes.indices.filter { bytes[$0] & 0xC0 != 0x80 }
      guard inRange(starts.count) else { return nil }
      let end = position + 1 < starts.count ? starts[position + 1] : bytes.count
      return .string(Array(bytes[starts[position]..<end]))
    default: return nil
    }
  }

  /// Python's `==` as far as constants go.
  static func areEqual(_ left: Constant, _ right: Constant) -> Bool {
    if ConstantKey.isSame(left, right) { return true }
    if let a = integer(left), let b = integer(right) { return a == b }
    if let a = real(left), let b = real(right) { return a == b }
    return false
  }

  static func isTrue(_ value: Constant) -> Bool? {
    switch value {
    case .none: false
    case .ellipsis, .code, .bigInt: true
    case .bool(let value): value
    case .int(let value): value != 0
    case .float(let value): value != 0
    case .complex(let real, let imaginary): real != 0 || imaginary != 0
    case .string(let bytes), .bytes(let bytes): !bytes.isEmpty
    case .tuple(let items), .frozenset(let items): !items.isEmpty
    }
  }
}

// Numbers.
extension ConstantArithmetic {
  static func normalized(negative: Bool, _ limbs: [UInt32]) -> Constant {
    var magnitude = limbs
    while magnitude.last == 0 { magnitude.removeLast() }
    if magnitude.count <= 2 {
      let value = magnitude.reversed().reduce(UInt64(0)) { $0 << 32 | UInt64($1) }
      let wide = negative ? -Int128(value) : Int128(value)
      if let small = Int(exactly: wide) { return .int(small) }
    }
    return .bigInt(negative: negative, magnitude: magnitude)
  }

  static func constant(_ value: Int128) -> Constant {
    if let small = Int(exactly: value) { return .int(small) }
    var rest = value.magnitude
    var limbs: [UInt32] = []
    while rest > 0 {
      limbs.append(UInt32(truncatingIfNeeded: rest))
      rest >>= 32
    }
    return .bigInt(negative: value < 0, magnitude: limbs)
  }

  private static func integer(_ value: Constant) -> Int128? {
    switch value {
    case .bool(let value): return value ? 1 : 0
    case .int(let value): return Int128(value)
    case .bigInt(let negative, let magnitude):
      guard magnitude.count <= 4 else { return nil }
      let wide = magnitude.reversed().reduce(UInt128(0)) { $0 << 32 | UInt128($1) }
      guard let signed = Int128(exactly: wide) else { return nil }
      return negative ? -signed : signed
    default: return nil
    }
  }

  private static func real(_ value: Constant) -> Double? {
    if case .float(let number) = value { return number }
    return integer(value).map { Double($0) }
  }

  private static func complex(_ value: Constant) -> (real: Double, imaginary: Double)? {
    if case .complex(let real, let imaginary) = value { return (real, imaginary) }
    return real(value).map { ($0, 0) }
  }

  private static func boolean(_ a: Bool, _ op: PythonSyntax.BinaryOperator, _ b: Bool) -> Bool? {
    switch op {
    case .bitAnd: a && b
    case .bitOr: a || b
    case .bitXor: a != b
    default: nil
    }
  }

  private static func bitCount(_ value: Int128) -> Int { Int128.bitWidth - value.magnitude.leadingZeroBitCount }

  private static func checked(_ result: (partialValue: Int128, overflow: Bool)) -> Constant? {
    result.overflow ? nil : constant(result.partialValue)
  }

  private static func integers(_ a: Int128, _ op: PythonSyntax.BinaryOperator, _ b: Int128) -> Constant? {
    switch op {
    case .add: return checked(a.addingReportingOverflow(b))
    case .sub: return checked(a.subtractingReportingOverflow(b))
    case .mult:
      guard bitCount(a) + bitCount(b) <= integerBits else { return nil }
      return checked(a.multipliedReportingOverflow(by: b))
    case .floorDiv:
      guard b != 0, a != .min else { return nil }
      return constant(floorDivision(a, b).quotient)
    case .mod:
      guard b != 0, a != .min else { return nil }
      return constant(floorDivision(a, b).remainder)
    case .div:
      // Beyond 53 bits the quotient of the rounded operands need not be the rounded quotient.
      guard b != 0, bitCount(a) <= 53, bitCount(b) <= 53 else { return nil }
      return .float(Double(a) / Double(b))
    case .pow: return power(a, b)
    case .lShift:
      guard b >= 0, b <= 127, bitCount(a) + Int(b) <= 127 else { return a == 0 && b >= 0 ? .int(0) : nil }
      return constant(a << b)
    case .rShift: return b < 0 ? nil : constant(a >> min(b, 127))
    case .bitAnd: return constant(a & b)
    case .bitOr: return constant(a | b)
    case .bitXor: return constant(a ^ b)
    case .matMult: return nil
    }
  }

  private static func floorDivision(_ a: Int128, _ b: Int128) -> (quotient: Int128, remainder: Int128) {
    let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
    return remainder != 0 && (remainder < 0) != (b < 0) ? (quotient - 1, remainder + b) : (quotient, remainder)
  }

  private static func power(_ base: Int128, _ exponent: Int128) -> Constant? {
    if exponent < 0 { return base == 0 ? nil : floats(Double(base), .pow, Double(exponent)) }
    if base != 0, exponent > 0 {
      guard exponent <= 128, bitCount(base) * Int(exponent) <= integerBits else { return nil }
    }
    if exponent == 0 { return .int(1) }
    if base == 0 { return .int(0) }
    var result: Int128 = 1
    for _ in 0..<Int(exponent) {
      let (value, overflow) = result.multipliedReportingOverflow(by: base)
      if overflow { return nil }
      result = value
    }
    return constant(result)
  }

  private static func floats(_ a: Double, _ op: PythonSyntax.BinaryOperator, _ b: Double) -> Constant? {
    switch op {
    case .add: return .float(a + b)
    case .sub: return .float(a - b)
    case .mult: return .float(a * b)
    case .div: return b == 0 ? nil : .float(a / b)
    case .floorDiv, .mod:
      guard b != 0 else { return nil }
      var remainder = fmod(a, b)
      var quotient = (a - remainder) / b
      if remainder != 0 {
        if (b < 0) != (remainder < 0) {
          remainder += b
          quotient -= 1
        }
      } else {
        remainder = copysign(0, b)
      }
      if op == .mod { return .float(remainder) }
      guard quotient != 0 else { return .float(copysign(0, a / b)) }
      let floored = floor(quotient)
      return .float(quotient - floored > 0.5 ? floored + 1 : floored)
    case .pow:
      // A complex result, an error or a special value is for run time.
      guard a.isFinite, b.isFinite, a > 0 || (a != 0 && b == b.rounded()) || b > 0 && a == 0 else { return nil }
      let result = pow(a, b)
      return result.isFinite ? .float(result) : nil
    default: return nil
    }
  }

  private static func complexes(
    _ a: (real: Double, imaginary: Double), _ op: PythonSyntax.BinaryOperator, _ b: (real: Double, imaginary: Double)
  ) -> Constant? {
    switch op {
    case .add: .complex(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
    case .sub: .complex(real: a.real - b.real, imaginary: a.imaginary - b.imaginary)
    case .mult:
      .complex(
        real: a.real * b.real - a.imaginary * b.imaginary, imaginary: a.real * b.imaginary + a.imaginary * b.real)
    default: nil
    }
  }
}

// Sequences.
extension ConstantArithmetic {
  private static func sequence(_ left: Constant, _ op: PythonSyntax.BinaryOperator, _ right: Constant) -> Constant? {
    switch (op, left, right) {
    case (.add, .string(let a), .string(let b)): return .string(a + b)
    case (.add, .bytes(let a), .bytes(let b)): return .bytes(a + b)
    case (.add, .tuple(let a), .tuple(let b)): return .tuple(a + b)
    case (.mult, _, .int(let count)): return repeated(left, count)
    case (.mult, .int(let count), _): return repeated(right, count)
    case (.mult, _, .bool(let once)): return repeated(left, once ? 1 : 0)
    case (.mult, .bool(let once), _): return repeated(right, once ? 1 : 0)
    default: return nil
    }
  }

  private static func repeated(_ value: Constant, _ count: Int) -> Constant? {
    switch value {
    case .string(let bytes):
      let characters = bytes.reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
      guard let all = repeated(bytes, size: characters, count, limit: textBytes) else { return nil }
      return .string(all)
    case .bytes(let bytes):
      guard let all = repeated(bytes, size: bytes.count, count, limit: textBytes) else { return nil }
      return .bytes(all)
    case .tuple(let items):
      guard itemCount(value) * max(count, 1) <= totalItems,
        let all = repeated(items, size: items.count, count, limit: collectionItems)
      else { return nil }
      return .tuple(all)
    default: return nil
    }
  }

  private static func repeated<Item>(_ items: [Item], size: Int, _ count: Int, limit: Int) -> [Item]? {
    if size == 0 || count == 0 { return [] }
    // A negative count is left to run time, as in CPython.
    guard count > 0, count <= limit / size else { return nil }
    return Array([[Item]](repeating: items, count: count).joined())
  }

  private static func itemCount(_ value: Constant) -> Int {
    guard case .tuple(let items) = value else { return 0 }
    return items.count + items.reduce(0) { $0 + itemCount($1) }
  }
}
