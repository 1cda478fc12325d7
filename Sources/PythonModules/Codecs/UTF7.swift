// The codec `utf_7` (RFC 2152): ASCII as it is, runs of everything else as UTF-16 in base64 between `+` and `-`.
import PythonRuntime
import PythonTypes

enum UTF7 {
  static let methods = [
    NativeMethod("utf_7_encode", .positional(1, 2)) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "utf_7_encode() argument 1 must be str, not \(argumentTypeName(a[0]))")
      }
      return makeTuple(stealing: makeBytes(encode(a[0])), makeInt(a[0].strLength))
    },
    NativeMethod("utf_7_decode", .positional(1, 3)) { t, _, a in
      guard let bytes = ByteSource.required(t, a[0]), let errors = CodecsModule.errors(t, a) else { return nil }
      let isFinal = a.optional(2).map { isTrue(t, $0) } ?? 0
      guard isFinal >= 0 else { return nil }
      var decoder = Decoder(t: t, bytes: bytes, errors: errors, isFinal: isFinal == 1)
      return decoder.run()
    },
  ]

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static func value(_ c: UInt8) -> UInt32? {
    switch c {
    case 0x41...0x5A: UInt32(c - 0x41)
    case 0x61...0x7A: UInt32(c - 0x61 + 26)
    case 0x30...0x39: UInt32(c - 0x30 + 52)
    case 0x2B: 62
    case 0x2F: 63
    default: nil
    }
  }

  /// Whether a character is written as itself: all of ASCII but controls, `+`, `\`, `~` and DEL.
  private static func isDirect(_ c: UInt32) -> Bool {
    switch c {
    case 9, 10, 13: true
    case 0x2B, 0x5C, 0x7E: false
    default: (0x20..<0x7F).contains(c)
    }
  }

  // MARK: - Encoding

  private static func encode(_ o: Object) -> [UInt8] {
    var out: [UInt8] = []
    // While a run is open: bits that are not written yet.
    var (isOpen, buffer, bits) = (false, UInt32(0), 0)
    func put(_ unit: UInt32) {
      buffer = buffer << 16 | unit
      bits += 16
      while bits >= 6 {
        bits -= 6
        out.append(alphabet[Int(buffer >> UInt32(bits) & 63)])
      }
    }
    func flush() {
      if bits > 0 { out.append(alphabet[Int(buffer << UInt32(6 - bits) & 63)]) }
      (buffer, bits) = (0, 0)
    }
    for i in 0..<o.strLength {
      let c = o.codePoint(i)
      if isDirect(c) {
        if isOpen {
          flush()
          isOpen = false
          // What could be part of the run needs a mark of its end.
          if c == 0x2D || value(UInt8(c)) != nil { out.append(0x2D) }
        }
        out.append(UInt8(c))
      } else if !isOpen, c == 0x2B {
        out += [0x2B, 0x2D]
      } else {
        if !isOpen { out.append(0x2B) }
        isOpen = true
        if c >= 0x10000 {
          put(0xD800 + (c - 0x10000) >> 10)
          put(0xDC00 + (c - 0x10000) & 0x3FF)
        } else {
          put(c)
        }
      }
    }
    flush()
    if isOpen { out.append(0x2D) }
    return out
  }

  // MARK: - Decoding

  private struct Decoder {
    let t: ThreadState
    let bytes: [UInt8]
    let errors: String
    let isFinal: Bool
    var out: [UInt32] = []
    var i = 0
    /// Where the open run or the error begins, and how long the text was then.
    var start = 0
    var textAtStart = 0
    var isOpen = false
    var buffer: UInt32 = 0
    var bits: UInt32 = 0
    /// A high surrogate that waits for its low one; 0: none.
    var surrogate: UInt32 = 0

    init(t: ThreadState, bytes: [UInt8], errors: String, isFinal: Bool) {
      self.t = t
      self.bytes = bytes
      self.errors = errors
      self.isFinal = isFinal
    }

    mutating func run() -> Object? {
      repeat {
        while i < bytes.count {
          if let reason = isOpen ? inside() : outside(), !repair(reason) { return nil }
        }
        guard isOpen, isFinal else { break }
        isOpen = false
        if surrogate != 0 || bits >= 6 || (bits > 0 && buffer != 0), !repair("unterminated shift sequence") {
          return nil
        }
      } while i < bytes.count
      if isOpen {
        // Left for the next call from the run's begin on.
        out.removeLast(out.count - textAtStart)
        i = start
      }
      return makeTuple(stealing: makeString(codePoints: out), makeInt(i))
    }

    private mutating func repair(_ reason: String) -> Bool {
      guard let next = CodecHandlers.repairDecoding(t, errors, codec: "utf7", bytes, start, i, reason, &out) else {
        return false
      }
      i = next
      return true
    }

    /// One byte of a run; what is wrong, or nil.
    private mutating func inside() -> String? {
      let c = bytes[i]
      if let value = value(c) {
        buffer = buffer << 6 | value
        bits += 6
        i += 1
        if bits >= 16 {
          bits -= 16
          put(buffer >> bits)
          buffer &= 1 << bits - 1
        }
        return nil
      }
      isOpen = false
      if bits >= 6 || (bits > 0 && buffer != 0) {
        i += 1
        return bits >= 6 ? "partial character in shift sequence" : "non-zero padding bits in shift sequence"
      }
      if surrogate != 0, c < 0x80, c != 0x2B { out.append(surrogate) }
      surrogate = 0
      if c == 0x2D { i += 1 }
      return nil
    }

    private mutating func put(_ unit: UInt32) {
      if surrogate != 0 {
        if (0xDC00...0xDFFF).contains(unit) {
          out.append(0x10000 + (surrogate - 0xD800) << 10 + (unit - 0xDC00))
          surrogate = 0
          return
        }
        out.append(surrogate)
        surrogate = 0
      }
      if (0xD800...0xDBFF).contains(unit) { surrogate = unit } else { out.append(unit) }
    }

    /// One byte outside of runs; what is wrong, or nil.
    private mutating func outside() -> String? {
      let c = bytes[i]
      if c != 0x2B, c < 0x80 {
        out.append(UInt32(c))
        i += 1
        return nil
      }
      start = i
      i += 1
      guard c == 0x2B else { return "unexpected special character" }
      if i < bytes.count, bytes[i] == 0x2D {
        i += 1
        out.append(0x2B)
      } else if i < bytes.count, value(bytes[i]) == nil {
        i += 1
        return "ill-formed sequence"
      } else {
        (isOpen, surrogate, textAtStart, bits, buffer) = (true, 0, out.count, 0, 0)
      }
      return nil
    }
  }
}
