// The codec `raw_unicode_escape`, which pickle's first protocol uses: Latin-1 with `\uXXXX` and `\UXXXXXXXX`.
import PythonRuntime
import PythonTypes

enum RawUnicodeEscape {
  static let methods = [
    NativeMethod("raw_unicode_escape_encode", .positional(1, 2)) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "raw_unicode_escape_encode() argument 1 must be str, not \(argumentTypeName(a[0]))")
      }
      let bytes = (0..<a[0].strLength).flatMap { encoded(a[0].codePoint($0)) }
      return makeTuple([makeBytes(bytes), makeInt(a[0].strLength)])
    },
    NativeMethod("raw_unicode_escape_decode", .positional(1, 3)) { t, _, a in
      let errors = a.optional(1).flatMap { $0.isKind(.str) ? stringValue($0) : nil } ?? "strict"
      let bytes: [UInt8]
      if a[0].isKind(.str) {
        bytes = Array(stringValue(a[0]).utf8)
      } else if a[0].isKind(.bytes) || a[0].isKind(.bytearray) {
        bytes = Array(a[0].byteView)
      } else {
        return t.raise(.TypeError, "a bytes-like object is required, not '\(typeName(a[0]))'")
      }
      var isFinal = 1
      if let given = a.optional(2) { isFinal = isTrue(t, given) }
      guard isFinal >= 0 else { return nil }
      return decode(t, bytes, errors, isFinal: isFinal == 1)
    },
  ]

  private static func encoded(_ c: UInt32) -> [UInt8] {
    if c < 256 { return [UInt8(c)] }
    let digits = String(c, radix: 16)
    let width = c < 0x10000 ? 4 : 8
    return Array(((width == 4 ? "\\u" : "\\U") + String(repeating: "0", count: width - digits.count) + digits).utf8)
  }

  /// `(text, bytes used)`. Without `isFinal` an escape that is cut short at the end is left for the next call.
  private static func decode(_ t: ThreadState, _ bytes: [UInt8], _ errors: String, isFinal: Bool) -> Object? {
    var out: [UInt32] = []
    var i = 0
    while i < bytes.count {
      guard bytes[i] == 0x5C, i + 1 < bytes.count || !isFinal else {
        out.append(UInt32(bytes[i]))
        i += 1
        continue
      }
      guard i + 1 < bytes.count else { break }
      let letter = bytes[i + 1]
      guard letter == 0x75 || letter == 0x55 else {
        // A pair: the second backslash of two begins no escape.
        out += [0x5C, UInt32(letter)]
        i += 2
        continue
      }
      let width = letter == 0x75 ? 4 : 8
      var end = i + 2
      var value: UInt32 = 0
      while end < min(bytes.count, i + 2 + width), let digit = Character(Unicode.Scalar(bytes[end])).hexDigitValue {
        value = value << 4 | UInt32(digit)
        end += 1
      }
      if end == i + 2 + width, value <= 0x10FFFF {
        out.append(value)
        i = end
        continue
      }
      if !isFinal, end == bytes.count { break }
      let reason =
        end < i + 2 + width
        ? (width == 4 ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape") : "\\Uxxxxxxxx out of range"
      guard
        let next = CodecHandlers.repairDecoding(t, errors, codec: "rawunicodeescape", bytes, i, end, reason, &out)
      else { return nil }
      i = next
    }
    return makeTuple([makeString(codePoints: out), makeInt(i)])
  }
}
