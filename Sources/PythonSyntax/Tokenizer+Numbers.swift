// Number literals as tokens: their form is checked here, their value is made by `LiteralDecoder`.

extension Tokenizer {
  /// `position` is at a digit, or at a dot before a digit.
  mutating func scanNumber() {
    let start = position
    let isFine: Bool
    if source[position] == 0x30 {
      switch source[position + 1] | 0x20 {
      case 0x78: isFine = scanBased("hexadecimal") { isHexDigit($0) }
      case 0x6F: isFine = scanBased("octal") { $0 >= 0x30 && $0 < 0x38 }
      case 0x62: isFine = scanBased("binary") { $0 == 0x30 || $0 == 0x31 }
      default: isFine = scanAfterZero(start)
      }
    } else {
      isFine = (source[position] == 0x2E || scanDigits()) && scanFraction()
    }
    if isFine { addToken(.number, from: start) }
  }

  /// `0x`, `0o` and `0b` literals.
  private mutating func scanBased(_ kind: String, _ isDigitOfBase: (UInt8) -> Bool) -> Bool {
    position += 2
    repeat {
      if source[position] == 0x5F { position += 1 }
      guard isDigitOfBase(source[position]) else { return failDigit(kind) }
      while isDigitOfBase(source[position]) { position += 1 }
    } while source[position] == 0x5F
    if isDigit(source[position]) { return failDigit(kind) }
    return checkEnd(kind)
  }

  private mutating func failDigit(_ kind: String) -> Bool {
    let byte = source[position]
    if isDigit(byte) {
      position += 1
      fail("invalid digit '\(Character(Unicode.Scalar(byte)))' in \(kind) literal")
    } else {
      fail("invalid \(kind) literal")
    }
    return false
  }

  /// Zeros may be followed by zeros, and by other digits if a float or complex comes of it.
  private mutating func scanAfterZero(_ start: Int) -> Bool {
    position += 1
    while true {
      if source[position] == 0x5F {
        position += 1
        guard isDigit(source[position]) else { return failDecimal() }
      }
      guard source[position] == 0x30 else { break }
      position += 1
    }
    let zerosEnd = position
    let hasOtherDigits = isDigit(source[position])
    if hasOtherDigits && !scanDigits() { return false }
    let next = source[position]
    if hasOtherDigits && next != 0x2E && next | 0x20 != 0x65 && next | 0x20 != 0x6A {
      if keepsEverything { return checkEnd("decimal") }
      fail(
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        column: start + 1 - lineStart, endColumn: zerosEnd + 1 - lineStart)
      return false
    }
    return scanFraction()
  }

  /// Digits with single underscores between them.
  private mutating func scanDigits() -> Bool {
    while true {
      while isDigit(source[position]) { position += 1 }
      guard source[position] == 0x5F else { return true }
      position += 1
      guard isDigit(source[position]) else { return failDecimal() }
    }
  }

  /// What may follow the whole part: fraction, exponent, `j`.
  private mutating func scanFraction() -> Bool {
    if source[position] == 0x2E {
      position += 1
      if isDigit(source[position]) && !scanDigits() { return false }
    }
    if source[position] | 0x20 == 0x65 {
      let exponent = position
      position += 1
      let hasSign = source[position] == 0x2B || source[position] == 0x2D
      if hasSign { position += 1 }
      if isDigit(source[position]) {
        if !scanDigits() { return false }
      } else if hasSign {
        return failDecimal()
      } else {
        // Not an exponent: `1else` is a number and a keyword.
        position = exponent
        return checkEnd("decimal")
      }
    }
    if source[position] | 0x20 == 0x6A {
      position += 1
      return checkEnd("imaginary")
    }
    return checkEnd("decimal")
  }

  private mutating func failDecimal() -> Bool {
    fail("invalid decimal literal")
    return false
  }

  /// A number must not run into a name, except into a keyword that may follow a number in correct code.
  private mutating func checkEnd(_ kind: String) -> Bool {
    let byte = source[position]
    guard byte < 0x80, Self.continuesName(byte), !keepsEverything else { return true }
    let (second, third, fourth) = (source[position + 1], source[position + 2], source[position + 3])
    let startsKeyword =
      switch byte {
      case 0x61: second == 0x6E && third == 0x64  // and
      case 0x65: second == 0x6C && third == 0x73 && fourth == 0x65  // else
      case 0x66: second == 0x6F && third == 0x72  // for
      case 0x69: second == 0x66 || second == 0x6E || second == 0x73  // if in is
      case 0x6F: second == 0x72  // or
      case 0x6E: second == 0x6F && third == 0x74  // not
      default: false
      }
    if startsKeyword {
      warnings.append(
        SyntaxWarning(message: "invalid \(kind) literal", line: UInt32(truncatingIfNeeded: line)))
      return true
    }
    // The message stands at the last byte of the number.
    fail("invalid \(kind) literal")
    return false
  }
}

func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

func isHexDigit(_ byte: UInt8) -> Bool {
  isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
}
