// The escape sequences of string and bytes literals. Text comes out as UTF-8, with lone surrogates in the same scheme
// (WTF-8).

enum EscapeDecoder {
  struct Problem: Error {
    var message: String
  }

  /// The bytes that a literal's content stands for.
  ///
  /// - Parameters:
  ///   - content: what is between the quotes.
  ///   - doubt: becomes the message about the first escape that is none, if there is one.
  static func decode(
    _ content: ArraySlice<UInt8>, isBytes: Bool, _ doubt: inout String?
  ) throws(Problem) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var index = content.startIndex
    while index < content.endIndex {
      let byte = content[index]
      guard byte == 0x5C, index + 1 < content.endIndex else {
        result.append(byte)
        index += 1
        continue
      }
      index += 2
      try escape(content[index - 1], content, &index, isBytes, &result, &doubt)
    }
    return result
  }

  /// Two texts as one: a high surrogate at the end of the first and a low one at the start of the second stay apart.
  static func joined(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] { first + second }

  /// - Parameter index: after the character that follows the backslash.
  private static func escape(
    _ escaped: UInt8, _ content: ArraySlice<UInt8>, _ index: inout Int, _ isBytes: Bool, _ result: inout [UInt8],
    _ doubt: inout String?
  ) throws(Problem) {
    switch escaped {
    case 0x0A: break
    case 0x5C, 0x27, 0x22: result.append(escaped)
    case 0x61: result.append(0x07)
    case 0x62: result.append(0x08)
    case 0x66: result.append(0x0C)
    case 0x6E: result.append(0x0A)
    case 0x72: result.append(0x0D)
    case 0x74: result.append(0x09)
    case 0x76: result.append(0x0B)
    case 0x30...0x37:
      let start = index - 2
      let value = octal(escaped, content, &index)
      if value > 0xFF && doubt == nil {
        doubt = "invalid octal escape sequence '\(String(decoding: content[start..<index], as: UTF8.self))'"
      }
      if isBytes { result.append(UInt8(truncatingIfNeeded: value)) } else { append(value, &result) }
    case 0x78:
      let value = try hex(2, "\\xXX", content, &index, isBytes)
      if isBytes { result.append(UInt8(truncatingIfNeeded: value)) } else { append(value, &result) }
    case 0x75 where !isBytes: append(try hex(4, "\\uXXXX", content, &index, false), &result)
    case 0x55 where !isBytes:
      let start = index - 2
      let value = try hex(8, "\\UXXXXXXXX", content, &index, false)
      guard value <= 0x10FFFF else {
        throw problem("illegal Unicode character", content, from: start, to: index)
      }
      append(value, &result)
    case 0x4E where !isBytes: append(try named(content, &index), &result)
    default:
      // Unknown escapes stay as they are, backslash included.
      if doubt == nil {
        let rest = String(decoding: content[(index - 1)...], as: UTF8.self).unicodeScalars.prefix(1)
        doubt = "invalid escape sequence '\\\(String(String.UnicodeScalarView(rest)))'"
      }
      result.append(0x5C)
      result.append(escaped)
    }
  }

  private static func octal(_ first: UInt8, _ content: ArraySlice<UInt8>, _ index: inout Int) -> UInt32 {
    var value = UInt32(first - 0x30)
    for _ in 0..<2 {
      guard index < content.endIndex, content[index] >= 0x30, content[index] <= 0x37 else { break }
      value = value << 3 | UInt32(content[index] - 0x30)
      index += 1
    }
    return value
  }

  private static func hex(
    _ digits: Int, _ form: String, _ content: ArraySlice<UInt8>, _ index: inout Int, _ isBytes: Bool
  ) throws(Problem) -> UInt32 {
    let start = index - 2
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard index < content.endIndex, isHexDigit(content[index]) else {
        if isBytes {
          throw Problem(message: "(value error) invalid \\x escape at position \(start - content.startIndex)")
        }
        throw problem("truncated \(form) escape", content, from: start, to: index)
      }
      let byte = content[index]
      value = value << 4 | UInt32(isDigit(byte) ? byte - 0x30 : (byte | 0x20) - 0x61 + 10)
      index += 1
    }
    return value
  }

  /// `\N{name}`; `index` is after the `N`.
  private static func named(_ content: ArraySlice<UInt8>, _ index: inout Int) throws(Problem) -> UInt32 {
    let start = index - 2
    guard index < content.endIndex, content[index] == 0x7B,
      let close = content[index...].firstIndex(of: 0x7D), close > index + 1
    else {
      // An open brace takes the rest of the literal with it.
      let isOpen = index < content.endIndex && content[index] == 0x7B && content[index...].firstIndex(of: 0x7D) == nil
      throw problem("malformed \\N character escape", content, from: start, to: isOpen ? content.endIndex : index)
    }
    let name = String(decoding: content[(index + 1)..<close], as: UTF8.self)
    index = close + 1
    guard let scalar = UnicodeNames.scalar(named: name) else {
      throw problem("unknown Unicode character name", content, from: start, to: index)
    }
    return scalar
  }

  /// Positions are those in CPython's buffer, where a character that is not ASCII has become a ten-byte escape.
  private static func problem(_ what: String, _ content: ArraySlice<UInt8>, from start: Int, to end: Int) -> Problem {
    func bufferPosition(_ offset: Int) -> Int {
      var position = 0
      for byte in content[content.startIndex..<offset] where byte & 0xC0 != 0x80 { position += byte < 0x80 ? 1 : 10 }
      return position
    }
    let (first, last) = (bufferPosition(start), bufferPosition(end) - 1)
    return Problem(
      message: "(unicode error) 'unicodeescape' codec can't decode bytes in position \(first)-\(last): \(what)")
  }

  private static func append(_ value: UInt32, _ result: inout [UInt8]) {
    switch value {
    case 0..<0x80:
      result.append(UInt8(value))
    case 0x80..<0x800:
      result.append(UInt8(0xC0 | value >> 6))
      result.append(UInt8(0x80 | value & 0x3F))
    case 0x800..<0x10000:
      result.append(UInt8(0xE0 | value >> 12))
      result.append(UInt8(0x80 | value >> 6 & 0x3F))
      result.append(UInt8(0x80 | value & 0x3F))
    default:
      result.append(UInt8(truncatingIfNeeded: 0xF0 | value >> 18))
      result.append(UInt8(0x80 | value >> 12 & 0x3F))
      result.append(UInt8(0x80 | value >> 6 & 0x3F))
      result.append(UInt8(0x80 | value & 0x3F))
    }
  }
}
