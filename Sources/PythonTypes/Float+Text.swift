// float to text, shortest and by precision; text to float.
import CRuntimeSupport
import Glibc
import PythonRuntime

enum FloatText {
  /// The shortest digits that read back as the value, and the decimal exponent: 0.digits × 10^point.
  static func shortest(_ value: Double) -> (digits: [UInt8], point: Int) {
    // Swift's description has the shortest digits; its layout is not Python's.
    var digits: [UInt8] = []
    var point = 0
    var exponent = 0
    var sawPoint = false
    var inExponent = false
    var exponentNegative = false
    for byte in value.magnitude.description.utf8 {
      switch byte {
      case 46: sawPoint = true
      case 101: inExponent = true
      case 43: break
      case 45: exponentNegative = true
      default:
        if inExponent {
          exponent = exponent * 10 + Int(byte) - 48
        } else {
          digits.append(byte)
          if !sawPoint { point += 1 }
        }
      }
    }
    point += exponentNegative ? -exponent : exponent
    while digits.count > 1, digits.first == 48 {
      digits.removeFirst()
      point -= 1
    }
    while digits.count > 1, digits.last == 48 { digits.removeLast() }
    if digits == [48] { point = 1 }
    return (digits, point)
  }

  /// `repr`: with an exponent below 1e-4 and from 1e16 on.
  static func repr(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    let (digits, point) = shortest(value)
    return (value.sign == .minus ? "-" : "") + layout(digits, point, exponentFrom: 16, addPoint: true)
  }

  /// Lays digits out: plain where -4 < point <= exponentFrom, else with an exponent.
  static func layout(_ digits: [UInt8], _ point: Int, exponentFrom: Int, addPoint: Bool) -> String {
    let text = String(decoding: digits, as: UTF8.self)
    if point > exponentFrom || point < -3 {
      let exponent = point - 1
      let head = String(decoding: digits.prefix(1), as: UTF8.self)
      let tail = String(decoding: digits.dropFirst(), as: UTF8.self)
      let number = String(exponent.magnitude)
      return head + (tail.isEmpty ? "" : "." + tail) + "e" + (exponent < 0 ? "-" : "+")
        + (number.utf8.count < 2 ? "0" : "") + number
    }
    if point <= 0 { return "0." + String(repeating: "0", count: -point) + text }
    if point >= digits.count {
      return text + String(repeating: "0", count: point - digits.count) + (addPoint ? ".0" : "")
    }
    return String(decoding: digits.prefix(point), as: UTF8.self) + "."
      + String(decoding: digits.dropFirst(point), as: UTF8.self)
  }

  /// `%.*e`, `%.*f`, `%.*g` of the C library, which rounds correctly.
  static func printf(_ format: String, _ precision: Int, _ value: Double) -> String {
    // The most digits before the point, the precision, and what stands between and around.
    String(unsafeUninitializedCapacity: 400 + precision) { buffer in
      buffer.withMemoryRebound(to: CChar.self) {
        Int(exuvia_print_double($0.baseAddress, $0.count, format, Int32(clamping: precision), value))
      }
    }
  }

  /// Parses a float literal as `float(str)` reads it, without spaces around; nil when it is none.
  static func parse(_ text: [UInt8]) -> Double? {
    var clean: [UInt8] = []
    var sawDigit = false
    var sawPoint = false
    var sawExponent = false
    var previousDigit = false
    var i = 0
    if i < text.count, text[i] == 43 || text[i] == 45 {
      clean.append(text[i])
      i += 1
    }
    let word = String(decoding: text[i...].map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 }, as: UTF8.self)
    let negative = clean == [45]
    if word == "inf" || word == "infinity" { return negative ? -Double.infinity : Double.infinity }
    if word == "nan" { return negative ? -Double.nan : Double.nan }
    while i < text.count {
      let c = text[i]
      switch c {
      case 48...57:
        clean.append(c)
        sawDigit = true
        previousDigit = true
      case 95:
        guard previousDigit, i + 1 < text.count, (48...57).contains(text[i + 1]) else { return nil }
        previousDigit = false
      case 46:
        guard !sawPoint, !sawExponent, i == 0 || text[i - 1] != 95 else { return nil }
        sawPoint = true
        previousDigit = false
        clean.append(c)
      case 69, 101:
        guard sawDigit, !sawExponent else { return nil }
        sawExponent = true
        previousDigit = false
        clean.append(101)
        if i + 1 < text.count, text[i + 1] == 43 || text[i + 1] == 45 {
          clean.append(text[i + 1])
          i += 1
        }
        guard i + 1 < text.count, (48...57).contains(text[i + 1]) else { return nil }
      default: return nil
      }
      i += 1
    }
    guard sawDigit else { return nil }
    return clean.withUnsafeBufferPointer { b in
      var z = b.map { CChar(bitPattern: $0) }
      z.append(0)
      return strtod(z, nil)
    }
  }

  /// `float(text)`. `given`: what a message shows, where the text is a copy.
  static func fromText(_ t: ThreadState, _ o: Object, given: Object? = nil) -> Object? {
    var text: [UInt32] = o.isKind(.str) ? IntText.ascii(o) : o.byteView.map { UInt32($0) }
    while let c = text.first, CharacterClass.isSpace(c) { text.removeFirst() }
    while let c = text.last, CharacterClass.isSpace(c) { text.removeLast() }
    if text.allSatisfy({ $0 < 128 }), let value = parse(text.map { UInt8($0) }) { return makeFloat(value) }
    guard let shown = reprString(t, given ?? o) else { return nil }
    return t.raise(.ValueError, "could not convert string to float: \(shown)")
  }

  static func fromObject(_ t: ThreadState, _ o: Object) -> Object? {
    if o.isExactly(.float) { return o.retained() }
    if o.isKind(.str) || o.isKind(.bytes) || o.isKind(.bytearray) { return fromText(t, o) }
    if o.type.pointer.pointee.number.float == nil && !isIndex(o) {
      if let bytes = ByteSource.view(o) {
        let copy = makeBytes(bytes)
        defer { copy.release() }
        return fromText(t, copy, given: o)
      }
      return t.raise(.TypeError, "float() argument must be a string or a real number, not '\(o.typeName)'")
    }
    guard let value = convert(t, o) else { return nil }
    return makeFloat(value)
  }
  /// Like `floatValue`, but asks a subclass's own `__float__`.
  private static func convert(_ t: ThreadState, _ o: Object) -> Double? {
    guard o.isKind(.float), let slot = o.type.pointer.pointee.number.float else { return floatValue(t, o) }
    guard let result = slot.call(t, o) else { return nil }
    defer { result.release() }
    if result.isExactly(.float) { return result.double }
    if result.isKind(.float) {
      let mayPass = warn(
        t, .DeprecationWarning,
        "\(o.typeName).__float__ returned non-float (type \(result.typeName)).  "
          + "The ability to return an instance of a strict subclass of float is deprecated, and may be removed in a "
          + "future version of Python.", level: 1)
      return mayPass ? result.double : nil
    }
    t.raise(.TypeError, "\(o.typeName).__float__ returned non-float (type \(result.typeName))")
    return nil
  }

  static func new(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    guard !keepsInitializer(type, core.pointee.types.float) || refuseKeywords(t, arguments, "float") else { return nil }
    guard arguments.count <= 1 else {
      return t.raise(.TypeError, "float expected at most 1 argument, got \(arguments.count)")
    }
    guard let value = arguments.optional(0).map({ fromObject(t, $0) }) ?? makeFloat(0) else { return nil }
    if type == core.pointee.types.float.object { return value }
    defer { value.release() }
    let o = allocateZeroed(TypeObject(unchecked: type))
    o.layout(FloatLayout.self).pointee.value = value.double
    return o
  }

  /// `float.hex`.
  static func hex(_ x: Double) -> String {
    if !x.isFinite { return repr(x) }
    let sign = x.sign == .minus ? "-" : ""
    if x == 0 { return sign + "0x0.0p+0" }
    let bits = x.bitPattern & 0xF_FFFF_FFFF_FFFF
    let biased = Int((x.bitPattern >> 52) & 0x7FF)
    let digits = String(bits, radix: 16)
    let exponent = biased == 0 ? -1022 : biased - 1023
    return sign + (biased == 0 ? "0x0." : "0x1.") + String(repeating: "0", count: 13 - digits.utf8.count) + digits
      + "p" + (exponent < 0 ? "-" : "+") + String(exponent.magnitude)
  }
}
