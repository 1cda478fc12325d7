// Names and keywords as tokens, with Unicode's rules for what may be in a name.

extension Tokenizer {
  static func continuesName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x5F, 0x80...0xFF: true
    default: false
    }
  }

  mutating func scanName() {
    let start = position
    var key: UInt64 = 0
    var isASCII = true
    var byte = source[position]
    repeat {
      key = key << 8 | UInt64(byte)
      if byte >= 0x80 { isASCII = false }
      position += 1
      byte = source[position]
    } while Self.continuesName(byte)
    let count = position - start
    if (byte == 0x22 || byte == 0x27) && count <= 2 && isStringPrefix(key) {
      return scanString(prefixStart: start)
    }
    if !isASCII && !checkName(from: start) { return }
    addToken(count <= 8 ? keywords.kind(of: key) : .name, from: start)
    if !isASCII { tokens[tokens.count - 1].isWide = true }
  }

  private func isStringPrefix(_ key: UInt64) -> Bool {
    switch key | 0x2020 {
    case 0x2072, 0x2062, 0x2075, 0x2066: key < 0x100  // r b u f
    case 0x6272, 0x7262, 0x6672, 0x7266: true  // br rb fr rf
    default: false
    }
  }

  /// Whether the bytes of a name that is not ASCII are a name by Unicode's rules; fails at the first character that is
  /// not.
  private mutating func checkName(from start: Int) -> Bool {
    let name = String(decoding: source[start..<position], as: UTF8.self)
    var offset = start
    for scalar in name.unicodeScalars {
      let properties = scalar.properties
      let isFirst = offset == start
      let isValid = isFirst ? properties.isXIDStart || scalar == "_" : properties.isXIDContinue
      offset += String(scalar).utf8.count
      if isValid { continue }
      position = offset
      let hex = String(scalar.value, radix: 16, uppercase: true)
      let code = String(repeating: "0", count: max(0, 4 - hex.utf8.count)) + hex
      if isPrintable(scalar) {
        fail("invalid character '\(scalar)' (U+\(code))")
      } else {
        fail("invalid non-printable character U+\(code)")
      }
      return false
    }
    return true
  }
}

/// Whether Python shows a character as itself in a string's `repr`.
func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.value < 0x7F { return scalar.value >= 0x20 }
  // Python 3.13 has Unicode 15.1; what came later is unassigned for it.
  if let age = scalar.properties.age, age.major > 15 { return false }
  switch scalar.properties.generalCategory {
  case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
    return false
  default:
    return true
  }
}
