// `binascii`: bytes as text and back, by hexadecimal digits, base64 and uuencode; check sums.
import PythonRuntime
import PythonTypes

enum BinasciiModule {
  nonisolated(unsafe) private static var error = ModuleException("Error", module: "binascii", base: .ValueError)
  nonisolated(unsafe) private static var incomplete = ModuleException("Incomplete", module: "binascii")

  static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "binascii")
    guard error.add(t, to: module), incomplete.add(t, to: module) else { return nil }
    moduleAddFunctions(t, module, hexadecimal + base64 + uuencode + checkSums + QuotedPrintable.methods)
    return module
  }

  private static func fail(_ t: ThreadState, _ message: String) -> Object? { error.raise(t, message) }

  /// The bytes of an argument that may also be ASCII text.
  static func asciiBytes(_ t: ThreadState, _ o: Object) -> [UInt8]? {
    guard o.isKind(.str) else {
      if let bytes = ByteSource.view(o) { return bytes }
      t.raise(.TypeError, "argument should be bytes, buffer or ASCII string, not '\(typeName(o))'")
      return nil
    }
    guard strMaximum(o) < 128 else {
      t.raise(.ValueError, "string argument should contain only ASCII characters")
      return nil
    }
    return Array(stringValue(o).utf8)
  }

  // MARK: - Hexadecimal digits

  private static func digit(_ c: UInt8) -> UInt8? {
    switch c {
    case 48...57: c - 48
    case 65...70: c - 55
    case 97...102: c - 87
    default: nil
    }
  }

  private static func hexlify(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(
        t, a, function: "hexlify", names: ["data", "sep", "bytes_per_sep"], required: 1), let data = given[0],
      let bytes = ByteSource.required(t, data)
    else { return nil }
    let copy = makeBytes(bytes)
    defer { copy.release() }
    guard let method = getAttribute(t, copy, "hex") else { return nil }
    defer { method.release() }
    var arguments: [Object] = []
    var keywords: [(String, Object)] = []
    if let separator = given[1] { arguments.append(separator) }
    if let group = given[2] { keywords.append(("bytes_per_sep", group)) }
    guard let text = call(t, method, arguments, keywords: keywords) else { return nil }
    defer { text.release() }
    return makeBytes(Array(stringValue(text).utf8))
  }

  private static func unhexlify(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard let given = parseArguments(t, a, function: "unhexlify", names: ["hexstr"], required: 1, positionalOnly: 1),
      let text = given[0], let digits = asciiBytes(t, text)
    else { return nil }
    guard digits.count % 2 == 0 else { return fail(t, "Odd-length string") }
    var out: [UInt8] = []
    out.reserveCapacity(digits.count / 2)
    for i in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digit(digits[i]), let low = digit(digits[i + 1]) else {
        return fail(t, "Non-hexadecimal digit found")
      }
      out.append(high << 4 | low)
    }
    return makeBytes(out)
  }

  private static var hexadecimal: [NativeMethod] {
    [
      NativeMethod("hexlify", .keywords) { t, _, a in hexlify(t, a) },
      NativeMethod("b2a_hex", .keywords) { t, _, a in hexlify(t, a) },
      NativeMethod("unhexlify", .keywords) { t, _, a in unhexlify(t, a) },
      NativeMethod("a2b_hex", .keywords) { t, _, a in unhexlify(t, a) },
    ]
  }

  // MARK: - Base64

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (i, c) in alphabet.enumerated() { table[Int(c)] = UInt8(i) }
    return table
  }()

  private static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4 + 1)
    for i in stride(from: 0, to: bytes.count, by: 3) {
      let rest = bytes.count - i
      let word =
        UInt32(bytes[i]) << 16 | (rest > 1 ? UInt32(bytes[i + 1]) << 8 : 0) | (rest > 2 ? UInt32(bytes[i + 2]) : 0)
      out.append(alphabet[Int(word >> 18)])
      out.append(alphabet[Int(word >> 12 & 63)])
      out.append(rest > 1 ? alphabet[Int(word >> 6 & 63)] : 61)
      out.append(rest > 2 ? alphabet[Int(word & 63)] : 61)
    }
    return out
  }

  /// Text to bytes; what is no digit is skipped, unless `strict`. nil: an exception is set.
  private static func decode(_ t: ThreadState, _ text: [UInt8], strict: Bool) -> Object? {
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 4 * 3)
    if strict, text.first == 61 { return fail(t, "Leading padding not allowed") }
    var position = 0
    var padding = 0
    var carry: UInt8 = 0
    var sawPadding = false
    for (i, c) in text.enumerated() {
      if c == 61 {
        sawPadding = true
        if position >= 2 {
          padding += 1
          if position + padding >= 4 {
            // A complete group: what follows is excess data.
            if strict, i + 1 < text.count { return fail(t, "Excess data after padding") }
            return makeBytes(out)
          }
        }
        continue
      }
      let value = values[Int(c)]
      if value == 255 {
        if strict { return fail(t, "Only base64 data is allowed") }
        continue
      }
      if strict, sawPadding { return fail(t, "Discontinuous padding not allowed") }
      padding = 0
      switch position {
      case 0: carry = value
      case 1:
        out.append(carry << 2 | value >> 4)
        carry = value & 15
      case 2:
        out.append(carry << 4 | value >> 2)
        carry = value & 3
      default: out.append(carry << 6 | value)
      }
      position = (position + 1) & 3
    }
    guard position != 0 else { return makeBytes(out) }
    if position == 1 {
      // One digit holds six bits: no byte.
      return fail(
        t,
        "Invalid base64-encoded string: number of data characters (\(out.count / 3 * 4 + 1)) cannot be 1 more than a multiple of 4"
      )
    }
    return fail(t, "Incorrect padding")
  }

  private static func flag(_ t: ThreadState, _ o: Object?, _ fallback: Bool) -> Bool? {
    guard let o else { return fallback }
    let truth = isTrue(t, o)
    return truth < 0 ? nil : truth == 1
  }

  private static var base64: [NativeMethod] {
    [
      NativeMethod("b2a_base64", .keywords) { t, _, a in
        guard
          let given = parseArguments(
            t, a, function: "b2a_base64", names: ["data", "newline"], required: 1, positionalOnly: 1, maxPositional: 1),
          let data = given[0], let bytes = ByteSource.required(t, data), let newline = flag(t, given[1], true)
        else { return nil }
        return makeBytes(encode(bytes) + (newline ? [10] : []))
      },
      NativeMethod("a2b_base64", .keywords) { t, _, a in
        guard
          let given = parseArguments(
            t, a, function: "a2b_base64", names: ["data", "strict_mode"], required: 1, positionalOnly: 1,
            maxPositional: 1), let data = given[0], let text = asciiBytes(t, data),
          let strict = flag(t, given[1], false)
        else { return nil }
        return decode(t, text, strict: strict)
      },
    ]
  }

  // MARK: - uuencode

  private static var uuencode: [NativeMethod] {
    [
      NativeMethod("b2a_uu", .keywords) { t, _, a in
        guard
          let given = parseArguments(
            t, a, function: "b2a_uu", names: ["data", "backtick"], required: 1, positionalOnly: 1, maxPositional: 1),
          let data = given[0], let bytes = ByteSource.required(t, data), let backtick = flag(t, given[1], false)
        else { return nil }
        guard bytes.count <= 45 else { return fail(t, "At most 45 bytes at once") }
        func letter(_ value: Int) -> UInt8 { value == 0 && backtick ? 96 : UInt8(value + 32) }
        var out = [letter(bytes.count)]
        for i in stride(from: 0, to: bytes.count, by: 3) {
          let at = { (k: Int) -> Int in i + k < bytes.count ? Int(bytes[i + k]) : 0 }
          let word = at(0) << 16 | at(1) << 8 | at(2)
          for shift in [18, 12, 6, 0] { out.append(letter(word >> shift & 63)) }
        }
        return makeBytes(out + [10])
      },
      NativeMethod("a2b_uu", .oneArgument) { t, _, a in
        guard let text = asciiBytes(t, a[0]) else { return nil }
        guard let first = text.first else { return makeBytes([]) }
        let count = Int(first &- 32) & 63
        var out: [UInt8] = []
        var word = 0
        var bits = 0
        var i = 1
        while out.count < count {
          let c = i < text.count ? text[i] : 0
          i += 1
          // A line that was cut short reads as blanks.
          var value = 0
          if c != 10, c != 13, c != 0 || i <= text.count {
            guard c >= 32, c <= 96 else { return fail(t, "Illegal char") }
            value = Int(c - 32) & 63
          }
          word = (word << 6 | value) & 0xFFFF
          bits += 6
          if bits >= 8 {
            bits -= 8
            out.append(UInt8(word >> bits & 255))
          }
        }
        while i < text.count {
          let c = text[i]
          i += 1
          guard c == 32 || c == 96 || c == 10 || c == 13 else { return fail(t, "Trailing garbage") }
        }
        return makeBytes(out)
      },
    ]
  }

  // MARK: - Check sums

  /// The table of CRC-32 (polynomial EDB88320, reflected).
  private static let crcTable: [UInt32] = (0..<256).map { n in
    (0..<8).reduce(UInt32(n)) { c, _ in c & 1 == 1 ? 0xEDB8_8320 ^ c >> 1 : c >> 1 }
  }

  static func crc32(_ bytes: [UInt8], _ start: UInt32) -> UInt32 {
    crcTable.withUnsafeBufferPointer { table in
      ~bytes.reduce(~start) { c, byte in table[Int((c ^ UInt32(byte)) & 255)] ^ c >> 8 }
    }
  }

  private static var checkSums: [NativeMethod] {
    [
      NativeMethod("crc32", .positional(1, 2)) { t, _, a in
        guard let bytes = ByteSource.required(t, a[0]), let start = word(t, a.optional(1)) else { return nil }
        return makeInt(Int(crc32(bytes, UInt32(truncatingIfNeeded: start))))
      },
      NativeMethod("crc_hqx", .positional(2, 2)) { t, _, a in
        guard let bytes = ByteSource.required(t, a[0]), let start = word(t, a[1]) else { return nil }
        var crc = UInt16(truncatingIfNeeded: start)
        for byte in bytes {
          crc ^= UInt16(byte) << 8
          for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return makeInt(Int(crc))
      },
    ]
  }

  /// An int's lowest 64 bits.
  private static func word(_ t: ThreadState, _ o: Object?) -> UInt64? {
    guard let o else { return 0 }
    guard let number = index(t, o) else { return nil }
    defer { number.release() }
    let magnitude = number.limbCount == 0 ? 0 : number.limbs[0]
    return number.intSize < 0 ? 0 &- magnitude : magnitude
  }
}
