// The instructions of the regular expression machine, and sets of characters as `re._compiler` writes them.

/// ORDER: as `re._constants.OPCODES` of CPython 3.13.
enum RegexOp: UInt32 {
  case failure, success, any, anyAll, assert, assertNot, at, branch, category, charset, bigCharset, groupRef,
    groupRefExists
  case `in`, info, jump, literal, mark, maxUntil, minUntil, notLiteral, negate, range, `repeat`, repeatOne, subpattern
  case minRepeatOne, atomicGroup, possessiveRepeat, possessiveRepeatOne
  case groupRefIgnore, inIgnore, literalIgnore, notLiteralIgnore
  case groupRefLocIgnore, inLocIgnore, literalLocIgnore, notLiteralLocIgnore
  case groupRefUniIgnore, inUniIgnore, literalUniIgnore, notLiteralUniIgnore, rangeUniIgnore

  static let magic = 20_230_612
  /// A repetition without an upper bound.
  static let maxRepeat = UInt32.max
  static let maxGroups = Int(Int32.max) / 2
}

enum RegexSet {
  /// Whether the set that starts at `set` has the character; it ends at FAILURE.
  static func contains(_ set: UnsafePointer<UInt32>, _ c: UInt32) -> Bool {
    var p = set
    var answer = true
    while let op = RegexOp(rawValue: p[0]) {
      switch op {
      case .failure: return !answer
      case .negate:
        answer.toggle()
        p += 1
      case .literal:
        if c == p[1] { return answer }
        p += 2
      case .range:
        if p[1] <= c, c <= p[2] { return answer }
        p += 3
      case .rangeUniIgnore:
        if p[1] <= c, c <= p[2] { return answer }
        let up = upper(c)
        if p[1] <= up, up <= p[2] { return answer }
        p += 3
      case .category:
        if isInCategory(p[1], c) { return answer }
        p += 2
      case .charset:
        if c < 256, p[1 + Int(c >> 5)] >> (c & 31) & 1 == 1 { return answer }
        p += 9
      case .bigCharset:
        // Number of blocks, 256 block numbers of a byte each, blocks of 256 bits.
        let blocks = Int(p[1])
        let numbers = UnsafeRawPointer(p + 2)
        let data = p + 2 + 64
        if c < 0x10000 {
          let block = Int(numbers.load(fromByteOffset: Int(c >> 8), as: UInt8.self))
          let bit = block * 256 + Int(c & 255)
          if data[bit >> 5] >> UInt32(bit & 31) & 1 == 1 { return answer }
        }
        p = data + blocks * 8
      default: return false
      }
    }
    return false
  }

  /// ORDER: as `re._constants.CHCODES`.
  static func isInCategory(_ code: UInt32, _ c: UInt32) -> Bool {
    switch code {
    case 0: isASCIIDigit(c)
    case 1: !isASCIIDigit(c)
    case 2: isASCIISpace(c)
    case 3: !isASCIISpace(c)
    case 4, 8: isASCIIWord(c)
    case 5, 9: !isASCIIWord(c)
    case 6: c == 10
    case 7: c != 10
    case 10: isDigit(c)
    case 11: !isDigit(c)
    case 12: isSpace(c)
    case 13: !isSpace(c)
    case 14: isWord(c)
    case 15: !isWord(c)
    case 16: isLineBreak(c)
    case 17: !isLineBreak(c)
    default: false
    }
  }

  static func isASCIIDigit(_ c: UInt32) -> Bool { c >= 48 && c <= 57 }
  static func isASCIISpace(_ c: UInt32) -> Bool { c == 32 || c >= 9 && c <= 13 }
  static func isASCIIWord(_ c: UInt32) -> Bool {
    c < 128 && (isASCIIDigit(c) || c == 95 || (c | 32) >= 97 && (c | 32) <= 122)
  }

  private static func properties(_ c: UInt32) -> Unicode.Scalar.Properties? { Unicode.Scalar(c)?.properties }

  static func isDigit(_ c: UInt32) -> Bool { c < 128 ? isASCIIDigit(c) : properties(c)?.numericType == .decimal }
  static func isSpace(_ c: UInt32) -> Bool {
    if c < 128 { return isASCIISpace(c) || (28...31).contains(c) }
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (0x2000...0x200A).contains(c) || c == 0x2028 || c == 0x2029
      || c == 0x202F || c == 0x205F || c == 0x3000
  }
  static func isLineBreak(_ c: UInt32) -> Bool {
    (10...13).contains(c) || (28...30).contains(c) || c == 0x85 || c == 0x2028 || c == 0x2029
  }
  static func isWord(_ c: UInt32) -> Bool {
    if c < 128 { return isASCIIWord(c) }
    guard let p = properties(c) else { return false }
    switch p.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
    default: return p.numericType != nil
    }
  }

  static func asciiLower(_ c: UInt32) -> UInt32 { c >= 65 && c <= 90 ? c | 32 : c }
  static func asciiUpper(_ c: UInt32) -> UInt32 { c >= 97 && c <= 122 ? c & ~32 : c }
  /// The simple lower case: one character for one.
  static func lower(_ c: UInt32) -> UInt32 {
    if c < 128 { return asciiLower(c) }
    return simple(c, properties(c)?.lowercaseMapping)
  }
  static func upper(_ c: UInt32) -> UInt32 {
    if c < 128 { return asciiUpper(c) }
    return simple(c, properties(c)?.uppercaseMapping)
  }
  private static func simple(_ c: UInt32, _ mapped: String?) -> UInt32 {
    guard let scalars = mapped?.unicodeScalars, scalars.count == 1, let only = scalars.first else { return c }
    return only.value
  }
}
