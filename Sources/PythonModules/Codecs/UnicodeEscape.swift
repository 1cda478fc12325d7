// The codecs `unicode_escape` (text with Python's escapes) and `escape` (the same for bytes, as pickle's first protocol has them).
import PythonRuntime
import PythonTypes

enum UnicodeEscape {
  static let methods = [
    NativeMethod("unicode_escape_encode", .positional(1, 2)) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "unicode_escape_encode() argument 1 must be str, not \(argumentTypeName(a[0]))")
      }
      var out: [UInt8] = []
      for i in 0..<a[0].strLength { append(a[0].codePoint(i), to: &out) }
      return makeTuple(stealing: makeBytes(out), makeInt(a[0].strLength))
    },
    NativeMethod("unicode_escape_decode", .positional(1, 3)) { t, _, a in
      guard let bytes = CodecsModule.textBytes(t, a[0]), let errors = CodecsModule.errors(t, a) else { return nil }
      let isFinal = a.optional(2).map { isTrue(t, $0) } ?? 1
      return isFinal < 0 ? nil : decode(t, bytes, errors, isFinal: isFinal == 1)
    },
    NativeMethod("escape_encode", .positional(1, 2)) { t, _, a in
      guard a[0].isKind(.bytes) else {
        return t.raise(.TypeError, "escape_encode() argument 1 must be bytes, not \(argumentTypeName(a[0]))")
      }
      var out: [UInt8] = []
      for byte in a[0].byteView {
        if byte == 0x27 { out += [0x5C, 0x27] } else { append(UInt32(byte), to: &out) }
      }
      return makeTuple(stealing: makeBytes(out), makeInt(a[0].bytesCount))
    },
    NativeMethod("escape_decode", .positional(1, 2)) { t, _, a in
      guard let bytes = CodecsModule.textBytes(t, a[0]), let errors = CodecsModule.errors(t, a) else { return nil }
      return decodeBytes(t, bytes, errors)
    },
  ]

  private static let digits = Array("0123456789abcdef".utf8)

  private static func append(_ c: UInt32, to out: inout [UInt8]) {
    switch c {
    case 0x5C: out += [0x5C, 0x5C]
    case 9: out += [0x5C, 0x74]
    case 10: out += [0x5C, 0x6E]
    case 13: out += [0x5C, 0x72]
    case 0x20..<0x7F: out.append(UInt8(c))
    default:
      let (letter, width): (UInt8, Int) = c < 0x100 ? (0x78, 2) : c < 0x10000 ? (0x75, 4) : (0x55, 8)
      out += [0x5C, letter]
      for k in (0..<width).reversed() { out.append(digits[Int(c >> UInt32(4 * k) & 15)]) }
    }
  }

  /// What a letter behind a backslash stands for.
  static func plain(_ letter: UInt8) -> UInt8? {
    switch letter {
    case 0x5C, 0x27, 0x22: letter
    case 0x61: 7
    case 0x62: 8
    case 0x74: 9
    case 0x6E: 10
    case 0x76: 11
    case 0x66: 12
    case 0x72: 13
    default: nil
    }
  }

  private static func hexDigit(_ c: UInt8) -> UInt32? {
    switch c {
    case 0x30...0x39: UInt32(c - 0x30)
    case 0x41...0x46: UInt32(c - 0x37)
    case 0x61...0x66: UInt32(c - 0x57)
    default: nil
    }
  }

  /// An octal number of at most three digits whose first one is at `i`.
  private static func octal(_ bytes: [UInt8], _ i: inout Int) -> UInt32 {
    var value: UInt32 = 0
    let limit = min(i + 3, bytes.count)
    while i < limit, (0x30...0x37).contains(bytes[i]) {
      value = value << 3 | UInt32(bytes[i] - 0x30)
      i += 1
    }
    return value
  }

  private static func warnInvalid(_ t: ThreadState, _ what: String) -> Bool {
    warn(t, .DeprecationWarning, "invalid \(what)", level: 1)
  }

  /// `(text, bytes used)`. Without `isFinal` an escape that is cut short at the end is left for the next call.
  private static func decode(_ t: ThreadState, _ bytes: [UInt8], _ errors: String, isFinal: Bool) -> Object? {
    var out: [UInt32] = []
    var doubt: String?
    var i = 0
    while i < bytes.count {
      guard bytes[i] == 0x5C else {
        out.append(UInt32(bytes[i]))
        i += 1
        continue
      }
      let start = i
      let problem = escape(t, bytes, &i, &out, &doubt)
      guard let problem else { continue }
      if t.hasRaised { return nil }
      if problem.isCutShort, !isFinal {
        i = start
        break
      }
      guard
        let next = CodecHandlers.repairDecoding(
          t, errors, codec: "unicodeescape", bytes, start, i, problem.reason, &out)
      else { return nil }
      i = next
    }
    if let doubt, !warnInvalid(t, doubt) { return nil }
    return makeTuple(stealing: makeString(codePoints: out), makeInt(i))
  }

  private struct Problem {
    let reason: String
    var isCutShort = false
  }

  /// The escape at `i`, which is moved behind it.
  private static func escape(
    _ t: ThreadState, _ bytes: [UInt8], _ i: inout Int, _ out: inout [UInt32], _ doubt: inout String?
  ) -> Problem? {
    i += 1
    guard i < bytes.count else { return Problem(reason: "\\ at end of string", isCutShort: true) }
    let letter = bytes[i]
    switch letter {
    case 0x0A: i += 1
    case 0x30...0x37:
      let start = i
      let value = octal(bytes, &i)
      if value > 0o377, doubt == nil {
        doubt = "octal escape sequence '\\\(String(decoding: bytes[start..<i], as: UTF8.self))'"
      }
      out.append(value)
    case 0x78: return hexadecimal(bytes, &i, 2, "truncated \\xXX escape", &out)
    case 0x75: return hexadecimal(bytes, &i, 4, "truncated \\uXXXX escape", &out)
    case 0x55: return hexadecimal(bytes, &i, 8, "truncated \\UXXXXXXXX escape", &out)
    case 0x4E: return named(t, bytes, &i, &out)
    default:
      i += 1
      if let value = plain(letter) {
        out.append(UInt32(value))
      } else {
        if doubt == nil { doubt = "escape sequence '\\\(Character(Unicode.Scalar(letter)))'" }
        out += [0x5C, UInt32(letter)]
      }
    }
    return nil
  }

  private static func hexadecimal(
    _ bytes: [UInt8], _ i: inout Int, _ width: Int, _ reason: String, _ out: inout [UInt32]
  ) -> Problem? {
    i += 1
    var value: UInt32 = 0
    for _ in 0..<width {
      guard i < bytes.count else { return Problem(reason: reason, isCutShort: true) }
      guard let digit = hexDigit(bytes[i]) else { return Problem(reason: reason) }
      value = value << 4 | digit
      i += 1
    }
    guard value <= 0x10FFFF else { return Problem(reason: "illegal Unicode character") }
    out.append(value)
    return nil
  }

  /// `\N{NAME}`.
  private static func named(_ t: ThreadState, _ bytes: [UInt8], _ i: inout Int, _ out: inout [UInt32]) -> Problem? {
    let reason = "malformed \\N character escape"
    i += 1
    guard i < bytes.count else { return Problem(reason: reason, isCutShort: true) }
    guard bytes[i] == 0x7B else { return Problem(reason: reason) }
    let start = i + 1
    i = start
    while i < bytes.count, bytes[i] != 0x7D { i += 1 }
    guard i < bytes.count else { return Problem(reason: reason, isCutShort: true) }
    guard i > start else { return Problem(reason: reason) }
    let name = makeString(String(decoding: bytes[start..<i], as: UTF8.self))
    i += 1
    defer { name.release() }
    guard let module = importModule(t, "unicodedata") else { return Problem(reason: reason) }
    defer { module.release() }
    guard let found = callMethod(t, module, "lookup", name) else {
      if t.matches(.KeyError) { t.clearRaised() }
      return Problem(reason: "unknown Unicode character name")
    }
    for k in 0..<found.strLength { out.append(found.codePoint(k)) }
    found.release()
    return nil
  }

  // MARK: - Bytes

  private static func decodeBytes(_ t: ThreadState, _ bytes: [UInt8], _ errors: String) -> Object? {
    var out: [UInt8] = []
    var doubt: String?
    var i = 0
    while i < bytes.count {
      guard bytes[i] == 0x5C else {
        out.append(bytes[i])
        i += 1
        continue
      }
      let start = i
      i += 1
      guard i < bytes.count else { return t.raise(.ValueError, "Trailing \\ in string") }
      let letter = bytes[i]
      switch letter {
      case 0x0A: i += 1
      case 0x30...0x37:
        let value = octal(bytes, &i)
        if value > 0o377, doubt == nil {
          doubt = "octal escape sequence '\\\(String(decoding: bytes[start + 1..<i], as: UTF8.self))'"
        }
        out.append(UInt8(truncatingIfNeeded: value))
      case 0x78:
        i += 1
        if i + 1 < bytes.count, let high = hexDigit(bytes[i]), let low = hexDigit(bytes[i + 1]) {
          out.append(UInt8(high << 4 | low))
          i += 2
          continue
        }
        // One digit is skipped with the rest.
        if i < bytes.count, hexDigit(bytes[i]) != nil { i += 1 }
        switch errors {
        case "strict": return t.raise(.ValueError, "invalid \\x escape at position \(start)")
        case "replace": out.append(0x3F)
        case "ignore": break
        default: return t.raise(.ValueError, "decoding error; unknown error handling code: \(errors)")
        }
      default:
        i += 1
        if let value = plain(letter) {
          out.append(value)
        } else {
          if doubt == nil { doubt = "escape sequence '\\\(Character(Unicode.Scalar(letter)))'" }
          out += [0x5C, letter]
        }
      }
    }
    if let doubt, !warnInvalid(t, doubt) { return nil }
    return makeTuple(stealing: makeBytes(out), makeInt(bytes.count))
  }
}
