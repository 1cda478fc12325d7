// What Unicode says of a code point, in CPython's terms. Swift's standard library has the tables.

enum CharacterClass {
  /// nil: unassigned in Unicode 15.1, which CPython 3.13 has; Swift's tables may be newer.
  static func properties(_ c: UInt32) -> Unicode.Scalar.Properties? {
    guard let properties = Unicode.Scalar(c)?.properties, properties.age?.major ?? 0 <= 15 else { return nil }
    return properties
  }

  static func isSpace(_ c: UInt32) -> Bool {
    if c < 128 { return c == 32 || (9...13).contains(c) || (28...31).contains(c) }
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (0x2000...0x200A).contains(c) || c == 0x2028 || c == 0x2029
      || c == 0x202F || c == 0x205F || c == 0x3000
  }
  static func isLineBreak(_ c: UInt32) -> Bool {
    (10...13).contains(c) || (28...30).contains(c) || c == 0x85 || c == 0x2028 || c == 0x2029
  }
  /// The value of a decimal digit.
  static func decimal(_ c: UInt32) -> Int? {
    if c < 128 { return (48...57).contains(c) ? Int(c) - 48 : nil }
    guard let p = properties(c), p.numericType == .decimal, let value = p.numericValue else { return nil }
    return Int(value)
  }
  static func isDigit(_ c: UInt32) -> Bool {
    if c < 128 { return (48...57).contains(c) }
    guard let type = properties(c)?.numericType else { return false }
    return type == .decimal || type == .digit
  }
  static func isNumeric(_ c: UInt32) -> Bool { c < 128 ? (48...57).contains(c) : properties(c)?.numericType != nil }
  static func isAlpha(_ c: UInt32) -> Bool {
    if c < 128 { return (65...90).contains(c & ~32) }
    switch properties(c)?.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
    default: return false
    }
  }
  static func isAlnum(_ c: UInt32) -> Bool { isAlpha(c) || isDigit(c) || isNumeric(c) }
  static func isUpper(_ c: UInt32) -> Bool { c < 128 ? (65...90).contains(c) : properties(c)?.isUppercase ?? false }
  static func isLower(_ c: UInt32) -> Bool { c < 128 ? (97...122).contains(c) : properties(c)?.isLowercase ?? false }
  static func isTitle(_ c: UInt32) -> Bool { c < 128 ? false : properties(c)?.generalCategory == .titlecaseLetter }
  static func isCased(_ c: UInt32) -> Bool { isUpper(c) || isLower(c) || isTitle(c) }
  static func isPrintable(_ c: UInt32) -> Bool {
    if c < 128 { return c >= 32 && c < 127 }
    switch properties(c)?.generalCategory {
    case nil, .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
      .spaceSeparator:
      return false
    default: return true
    }
  }
  static func isIdentifierStart(_ c: UInt32) -> Bool {
    c < 128 ? (65...90).contains(c & ~32) || c == 95 : properties(c)?.isXIDStart ?? false
  }
  static func isIdentifierPart(_ c: UInt32) -> Bool {
    c < 128 ? isIdentifierStart(c) || (48...57).contains(c) : properties(c)?.isXIDContinue ?? false
  }

  static func lower(_ c: UInt32, _ emit: (UInt32) -> Void) {
    if c < 128 {
      emit((65...90).contains(c) ? c | 32 : c)
    } else {
      map(c, properties(c)?.lowercaseMapping, emit)
    }
  }
  static func upper(_ c: UInt32, _ emit: (UInt32) -> Void) {
    if c < 128 {
      emit((97...122).contains(c) ? c & ~32 : c)
    } else {
      map(c, properties(c)?.uppercaseMapping, emit)
    }
  }
  static func title(_ c: UInt32, _ emit: (UInt32) -> Void) {
    if c < 128 { upper(c, emit) } else { map(c, properties(c)?.titlecaseMapping, emit) }
  }
  /// Case folding: the lower case of the upper case, which also makes one of letters that only differ in form. Two letters keep theirs.
  static func fold(_ c: UInt32, _ emit: (UInt32) -> Void) {
    switch c {
    case 0x131: emit(c)
    case 0x1E9E:
      emit(115)
      emit(115)
    // Cherokee folds to its capitals.
    case 0x13A0...0x13F5: emit(c)
    case 0x13F8...0x13FD, 0xAB70...0xABBF: upper(c, emit)
    default: upper(c) { lower($0, emit) }
    }
  }
  private static func map(_ c: UInt32, _ text: String?, _ emit: (UInt32) -> Void) {
    // A partner that is newer than Unicode 15.1 is none.
    guard let text, text.unicodeScalars.first?.properties.age?.major ?? 0 <= 15 else {
      emit(c)
      return
    }
    for scalar in text.unicodeScalars { emit(scalar.value) }
  }
}
