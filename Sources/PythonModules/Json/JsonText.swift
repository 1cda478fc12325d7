// Collects JSON text: one byte a character while all of it is ASCII, code points from the first other character on.
import PythonRuntime
import PythonTypes

struct JsonText {
  private var bytes: [UInt8] = []
  private var points: [UInt32]?

  mutating func append(_ c: UInt8) {
    if points == nil { bytes.append(c) } else { points?.append(UInt32(c)) }
  }

  mutating func append(_ s: StaticString) {
    for i in 0..<s.utf8CodeUnitCount { append(s.utf8Start[i]) }
  }

  /// The whole text of a str.
  mutating func append(_ o: Object) {
    if o.isASCIIStr, points == nil {
      bytes.append(contentsOf: UnsafeRawBufferPointer(start: o.strData, count: o.strLength))
    } else {
      widen()
      for i in 0..<o.strLength { points?.append(o.codePoint(i)) }
    }
  }

  mutating func append(decimal value: Int) {
    if value < 0 { append(0x2D) }
    var rest = value.magnitude
    var scale: UInt = 1
    while rest / scale >= 10 { scale *= 10 }
    while scale > 0 {
      append(UInt8(truncatingIfNeeded: 0x30 + rest / scale))
      rest %= scale
      scale /= 10
    }
  }

  private mutating func widen() {
    if points == nil { points = bytes.map { UInt32($0) } }
  }

  func make() -> Object {
    if let points { return makeString(codePoints: points) }
    return bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { makeString(ascii: $0, count: buffer.count) } ?? core.pointee.emptyString
    }
  }

  // MARK: - Strings in quotes

  /// A str in quotes, escaped; without `isASCII` only what must be.
  mutating func append(quoted o: Object, isASCII: Bool) {
    if o.strKind == 1 {
      let text = o.strData.assumingMemoryBound(to: UInt8.self)
      let count = o.strLength
      var plain = true
      for i in 0..<count where text[i] < 0x20 || text[i] == 0x22 || text[i] == 0x5C || text[i] >= 0x7F { plain = false }
      if plain {
        append(0x22)
        append(o)
        append(0x22)
        return
      }
    }
    append(0x22)
    for i in 0..<o.strLength { append(escaped: o.codePoint(i), isASCII) }
    append(0x22)
  }

  private mutating func append(escaped c: UInt32, _ isASCII: Bool) {
    switch c {
    case 0x22: append("\\\"")
    case 0x5C: append("\\\\")
    case 8: append("\\b")
    case 9: append("\\t")
    case 10: append("\\n")
    case 12: append("\\f")
    case 13: append("\\r")
    case 0..<0x20: append(unit: c)
    case 0x20..<0x7F: append(UInt8(c))
    default:
      if !isASCII {
        if c >= 0x80 { widen() }
        if points == nil { bytes.append(UInt8(c)) } else { points?.append(c) }
      } else if c >= 0x10000 {
        append(unit: 0xD800 + (c - 0x10000) >> 10)
        append(unit: 0xDC00 + (c - 0x10000) & 0x3FF)
      } else {
        append(unit: c)
      }
    }
  }

  /// `\uXXXX`.
  private mutating func append(unit: UInt32) {
    append("\\u")
    for shift in stride(from: UInt32(12), through: 0, by: -4) {
      let digit = UInt8(unit >> shift & 15)
      append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
  }
}
