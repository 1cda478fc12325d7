// Constants as Python's `repr` writes them. See ASTDump.

extension ASTDump {
  static func repr(_ value: ConstantValue) -> String {
    switch value {
    case .none: "None"
    case .ellipsis: "Ellipsis"
    case .bool(let isTrue): isTrue ? "True" : "False"
    case .int(let literal): decimal(literal)
    case .float(let value): repr(value)
    case .imaginary(let value): repr(imaginary: value)
    case .string(let bytes): repr(text: bytes)
    case .bytes(let bytes): repr(bytes: bytes)
    }
  }

  static func repr(_ name: Identifier) -> String { repr(text: Array(name.utf8)) }

  // MARK: Text

  private static func quote(for bytes: [UInt8]) -> UInt8 { bytes.contains(0x27) && !bytes.contains(0x22) ? 0x22 : 0x27 }

  /// - Parameter bytes: UTF-8, with lone surrogates in three bytes.
  private static func repr(text bytes: [UInt8]) -> String {
    let quote = quote(for: bytes)
    var result = String(Unicode.Scalar(quote))
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x80 {
        result += escaped(byte, quote)
        index += 1
        continue
      }
      let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      var value = UInt32(byte) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
      for offset in 1..<length where index + offset < bytes.count {
        value = value << 6 | UInt32(bytes[index + offset] & 0x3F)
      }
      index += length
      if let scalar = Unicode.Scalar(value), isPrintable(scalar) {
        result.unicodeScalars.append(scalar)
      } else if value < 0x100 {
        result += "\\x" + hex(value, 2)
      } else {
        result += value < 0x10000 ? "\\u" + hex(value, 4) : "\\U" + hex(value, 8)
      }
    }
    result.unicodeScalars.append(Unicode.Scalar(quote))
    return result
  }

  private static func repr(bytes: [UInt8]) -> String {
    let quote = quote(for: bytes)
    var result = "b" + String(Unicode.Scalar(quote))
    for byte in bytes { result += byte < 0x80 ? escaped(byte, quote) : "\\x" + hex(UInt32(byte), 2) }
    result.unicodeScalars.append(Unicode.Scalar(quote))
    return result
  }

  private static func escaped(_ byte: UInt8, _ quote: UInt8) -> String {
    switch byte {
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    case 0x09: "\\t"
    case 0x5C: "\\\\"
    case quote: "\\" + String(Unicode.Scalar(byte))
    case 0x20..<0x7F: String(Unicode.Scalar(byte))
    default: "\\x" + hex(UInt32(byte), 2)
    }
  }

  private static func hex(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  // MARK: Numbers

  /// The decimal digits of an integer literal of any base.
  private static func decimal(_ literal: String) -> String {
    let bytes = Array(literal.utf8)
    guard bytes.count > 2, bytes[0] == 0x30, !isDigit(bytes[1]) else { return literal }
    let bits: UInt64 = bytes[1] == 0x78 ? 4 : bytes[1] == 0x6F ? 3 : 1
    // Base 10**9, lowest first.
    let base: UInt64 = 1_000_000_000
    var limbs: [UInt64] = [0]
    for byte in bytes[2...] {
      var carry = UInt64(isDigit(byte) ? byte - 0x30 : byte - 0x61 + 10)
      for index in limbs.indices {
        let value = limbs[index] << bits + carry
        limbs[index] = value % base
        carry = value / base
      }
      if carry > 0 { limbs.append(carry) }
    }
    var result = String(limbs[limbs.count - 1])
    for limb in limbs.dropLast().reversed() {
      let digits = String(limb)
      result += String(repeating: "0", count: 9 - digits.utf8.count) + digits
    }
    return result
  }

  private static func repr(imaginary value: Double) -> String {
    var text = repr(value)
    if text.hasSuffix(".0") { text.removeLast(2) }
    return text + "j"
  }

  /// The shortest digits that read back as the same number, with an exponent only below 1e-4 and from 1e16 on.
  private static func repr(_ value: Double) -> String {
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value.isNaN { return "nan" }
    let (digits, pointPosition) = shortestDigits(value)
    if value == 0 { return "0.0" }
    let exponent = pointPosition - 1
    if exponent < -4 || exponent >= 16 {
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      let size = String(exponent.magnitude)
      return String(digits.prefix(1)) + fraction + "e" + (exponent < 0 ? "-" : "+") + (size.utf8.count < 2 ? "0" : "")
        + size
    }
    if pointPosition <= 0 { return "0." + String(repeating: "0", count: -pointPosition) + digits }
    if pointPosition >= digits.count {
      return digits + String(repeating: "0", count: pointPosition - digits.count) + ".0"
    }
    return String(digits.prefix(pointPosition)) + "." + digits.dropFirst(pointPosition)
  }

  /// The significant digits of a number that is not negative, and where the point stands among them.
  private static func shortestDigits(_ value: Double) -> (digits: String, pointPosition: Int) {
    let parts = value.description.split(separator: "e")
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = String(mantissa[0])
    let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
    var digits = Array((whole + fraction).utf8)
    var pointPosition = whole.utf8.count + exponent
    while digits.count > 1, digits.first == 0x30 {
      digits.removeFirst()
      pointPosition -= 1
    }
    while digits.count > 1, digits.last == 0x30 { digits.removeLast() }
    return (String(decoding: digits, as: UTF8.self), pointPosition)
  }
}
