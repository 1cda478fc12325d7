// `struct`: single values to bytes and back.
import PythonRuntime

/// Writes values into the bytes of one struct.
struct StructWriter {
  let t: ThreadState
  var bytes: [UInt8]
  let isBigEndian: Bool

  /// False: an exception is set.
  mutating func write(_ value: Object, _ item: StructItem, at offset: Int) -> Bool {
    switch Character(Unicode.Scalar(item.code)) {
    case "s", "p": return writeText(value, item, at: offset)
    case "c":
      guard value.isKind(.bytes), value.bytesCount == 1 else {
        return fail("char format requires a bytes object of length 1")
      }
      bytes[offset] = value.bytesData[0]
    case "?":
      let truth = isTrue(t, value)
      if truth < 0 { return false }
      bytes[offset] = UInt8(truth)
    case "f", "d", "e": return writeReal(value, item, at: offset)
    case let code: return writeInt(value, code, item.size, at: offset)
    }
    return true
  }

  private func fail(_ message: String) -> Bool {
    _ = StructModule.fail(t, message)
    return false
  }

  private mutating func writeText(_ value: Object, _ item: StructItem, at offset: Int) -> Bool {
    let code = Character(Unicode.Scalar(item.code))
    guard value.isKind(.bytes) || value.isKind(.bytearray) else {
      return fail("argument for '\(code)' must be a bytes object")
    }
    let given = Array(value.byteView)
    if code == "s" {
      for i in 0..<min(item.count, given.count) { bytes[offset + i] = given[i] }
    } else if item.count > 0 {
      // Length byte first.
      let length = min(item.count - 1, given.count)
      bytes[offset] = UInt8(min(length, 255))
      for i in 0..<length { bytes[offset + 1 + i] = given[i] }
    }
    return true
  }

  private mutating func writeReal(_ value: Object, _ item: StructItem, at offset: Int) -> Bool {
    guard let x = floatValue(t, value) else {
      if t.matches(.TypeError) {
        t.clearRaised()
        return fail("required argument is not a float")
      }
      return false
    }
    switch item.size {
    case 8: put(x.bitPattern, 8, at: offset)
    case 4:
      let narrow = Float(x)
      if narrow.isInfinite, x.isFinite {
        t.raise(.OverflowError, "float too large to pack with f format")
        return false
      }
      put(UInt64(narrow.bitPattern), 4, at: offset)
    default:
      guard let bits = HalfFloat.bits(x) else {
        t.raise(.OverflowError, "float too large to pack with e format")
        return false
      }
      put(UInt64(bits), 2, at: offset)
    }
    return true
  }

  private mutating func writeInt(_ value: Object, _ code: Character, _ size: Int, at offset: Int) -> Bool {
    guard isIndex(value) else { return fail("required argument is not an integer") }
    guard let number = index(t, value) else { return false }
    defer { number.release() }
    let isSigned = code.isLowercase
    let bits = UInt64(size * 8)
    if isSigned {
      let high = size == 8 ? Int.max : 1 << (Int(bits) - 1) - 1
      guard let n = number.wordValue, n >= -high - 1, n <= high else {
        return outOfRange(code, "\(-high - 1)", "\(high)")
      }
      put(UInt64(bitPattern: Int64(n)), size, at: offset)
      return true
    }
    let high = size == 8 ? UInt64.max : 1 << bits - 1
    let n: UInt64? = number.intSign < 0 || number.limbCount > 1 ? nil : number.limbCount == 0 ? 0 : number.limbs[0]
    guard let n, n <= high else { return outOfRange(code, "0", "\(high)") }
    put(n, size, at: offset)
    return true
  }

  private func outOfRange(_ code: Character, _ low: String, _ high: String) -> Bool {
    fail("'\(code)' format requires \(low) <= number <= \(high)")
  }

  private mutating func put(_ value: UInt64, _ size: Int, at offset: Int) {
    for i in 0..<size {
      bytes[offset + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (isBigEndian ? size - 1 - i : i)))
    }
  }
}

/// Reads the values of one struct.
struct StructReader {
  let bytes: [UInt8]
  let isBigEndian: Bool

  func read(_ format: StructFormat, at base: Int) -> Object {
    var values: [Object] = []
    for item in format.items where item.code != 0x78 {
      if item.isText {
        values.append(text(item, at: base + item.offset))
      } else {
        for k in 0..<item.count { values.append(value(item, at: base + item.offset + k * item.size)) }
      }
    }
    return makeTuple(values)
  }

  private func text(_ item: StructItem, at offset: Int) -> Object {
    if item.code == 0x73 { return makeBytes(Array(bytes[offset..<offset + item.count])) }
    guard item.count > 0 else { return core.pointee.emptyBytes }
    let length = min(Int(bytes[offset]), item.count - 1)
    return makeBytes(Array(bytes[offset + 1..<offset + 1 + length]))
  }

  private func value(_ item: StructItem, at offset: Int) -> Object {
    var word: UInt64 = 0
    for i in 0..<item.size {
      word |= UInt64(bytes[offset + i]) << UInt64(8 * (isBigEndian ? item.size - 1 - i : i))
    }
    switch Character(Unicode.Scalar(item.code)) {
    case "c": return makeBytes([UInt8(word)])
    case "?": return makeBool(word != 0)
    case "d": return makeFloat(Double(bitPattern: word))
    case "f": return makeFloat(Double(Float(bitPattern: UInt32(word))))
    case "e": return makeFloat(HalfFloat.value(UInt16(word)))
    case let code where code.isLowercase:
      let shift = UInt64(64 - item.size * 8)
      return makeInt(Int(Int64(bitPattern: word << shift) >> Int64(shift)))
    default: return makeInt(unsigned: word)
    }
  }
}

/// IEEE 754 half precision, which Swift lacks on some platforms.
enum HalfFloat {
  /// Rounded to nearest even; nil: too large.
  static func bits(_ x: Double) -> UInt16? {
    let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
    if x.isNaN { return sign | 0x7E00 }
    if x.isInfinite { return sign | 0x7C00 }
    let magnitude = x.magnitude
    if magnitude >= 65520 { return nil }
    // Steps of the format at this magnitude; below 2^-14 they no longer shrink.
    let exponent = max(magnitude == 0 ? -14 : Int(magnitude.exponent), -14)
    let scaled = Double(sign: .plus, exponent: 10 - exponent, significand: magnitude).rounded(.toNearestOrEven)
    let steps = UInt16(scaled)
    return sign | (UInt16(exponent + 14) << 10) &+ steps
  }

  static func value(_ bits: UInt16) -> Double {
    let sign: FloatingPointSign = bits & 0x8000 == 0 ? .plus : .minus
    let exponent = Int(bits >> 10 & 31)
    let fraction = Double(bits & 0x3FF)
    if exponent == 31 { return fraction == 0 ? (sign == .plus ? Double.infinity : -Double.infinity) : Double.nan }
    let magnitude =
      exponent == 0 ? fraction * 0x1p-24 : Double(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
    return sign == .minus ? -magnitude : magnitude
  }
}
