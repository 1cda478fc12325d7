// The format mini language: [[fill]align][sign][z][#][0][width][grouping][.precision][type], for str, int, float and complex.
import Glibc
import PythonRuntime

/// "__format__() argument must be str, not int".
func raiseFormatArgument(_ t: ThreadState, _ o: Object) -> Object? {
  t.raise(.TypeError, "__format__() argument must be str, not \(argumentTypeName(o))")
}

struct FormatSpec {
  var fill: UInt32 = 32
  /// < > = ^, or 0: the type's default.
  var align: UInt32 = 0
  var sign: UInt32 = 45
  var noNegativeZero = false
  var alternate = false
  var width = 0
  /// ',' or '_', or 0.
  var grouping: UInt32 = 0
  var precision = -1
  var type: UInt32 = 0
  var fillGiven = false

  /// Parses; nil with ValueError set.
  init?(_ t: ThreadState, _ spec: Object, for o: Object) {
    let n = spec.strLength
    func at(_ i: Int) -> UInt32 { i < n ? spec.codePoint(i) : 0 }
    func isAlign(_ c: UInt32) -> Bool { c == 60 || c == 62 || c == 61 || c == 94 }
    func number(_ i: inout Int) -> Int? {
      var value = 0
      while let digit = i < n ? CharacterClass.decimal(at(i)) : nil {
        value = value * 10 + digit
        if value > 1 << 40 {
          t.raise(.ValueError, "Too many decimal digits in format string")
          return nil
        }
        i += 1
      }
      return value
    }
    var i = 0
    if n >= 2, isAlign(at(1)) {
      fill = at(0)
      fillGiven = true
      align = at(1)
      i = 2
    } else if isAlign(at(0)) {
      align = at(0)
      i = 1
    }
    if at(i) == 43 || at(i) == 45 || at(i) == 32 {
      sign = at(i)
      i += 1
    }
    if at(i) == 122 {
      noNegativeZero = true
      i += 1
    }
    if at(i) == 35 {
      alternate = true
      i += 1
    }
    if !fillGiven && at(i) == 48 {
      fill = 48
      if align == 0 && !o.isKind(.str) { align = 61 }
      i += 1
    }
    guard let parsedWidth = number(&i) else { return nil }
    width = parsedWidth
    while at(i) == 44 || at(i) == 95 {
      if grouping != 0 {
        t.raise(
          .ValueError,
          grouping == at(i)
            ? "Cannot specify '\(Character(Unicode.Scalar(at(i)) ?? " "))' with '\(Character(Unicode.Scalar(at(i)) ?? " "))'."
            : "Cannot specify both ',' and '_'.")
        return nil
      }
      grouping = at(i)
      i += 1
    }
    if at(i) == 46 {
      i += 1
      let before = i
      guard let parsed = number(&i) else { return nil }
      if i == before {
        t.raise(.ValueError, "Format specifier missing precision")
        return nil
      }
      precision = parsed
    }
    if n - i > 1 {
      t.raise(
        .ValueError,
        "Invalid format specifier '\(stringValue(spec))' for object of type '\(o.typeName)'")
      return nil
    }
    if i < n { type = at(i) }
    if grouping != 0, let letter = Unicode.Scalar(type), type != 0 {
      let decimal = "defgEFG%".unicodeScalars.contains(letter)
      let other = grouping == 95 && "boxX".unicodeScalars.contains(letter)
      if !decimal && !other {
        t.raise(.ValueError, "Cannot specify '\(grouping == 44 ? "," : "_")' with '\(Character(letter))'.")
        return nil
      }
    }
  }

  static func format(_ t: ThreadState, _ o: Object, _ text: Object) -> Object? {
    if text.strLength == 0 { return o.isExactly(.str) ? o.retained() : str(t, o) }
    guard let spec = FormatSpec(t, text, for: o) else { return nil }
    if o.isKind(.str) { return spec.formatStr(t, o) }
    if isInt(o) { return spec.formatInt(t, o) }
    if o.isKind(.float) { return spec.formatFloat(t, o.double, typeName: o.typeName) }
    return spec.formatComplex(t, o)
  }

  func raiseUnknown(_ t: ThreadState, _ typeName: String) -> Object? {
    let code =
      type > 32 && type < 128 ? String(Character(Unicode.Scalar(type) ?? "?")) : "\\x" + String(type, radix: 16)
    return t.raise(.ValueError, "Unknown format code '\(code)' for object of type '\(typeName)'")
  }

  // MARK: - str

  private func formatStr(_ t: ThreadState, _ o: Object) -> Object? {
    if type != 0 && type != 115 { return raiseUnknown(t, o.typeName) }
    if sign != 45 {
      return t.raise(
        .ValueError,
        sign == 32 ? "Space not allowed in string format specifier" : "Sign not allowed in string format specifier")
    }
    if noNegativeZero {
      return t.raise(.ValueError, "Negative zero coercion (z) not allowed in string format specifier")
    }
    if alternate { return t.raise(.ValueError, "Alternate form (#) not allowed in string format specifier") }
    if align == 61 { return t.raise(.ValueError, "'=' alignment not allowed in string format specifier") }
    if grouping != 0 { return t.raise(.ValueError, "Cannot specify '\(grouping == 44 ? "," : "_")' with 's'.") }
    let length = precision >= 0 ? min(precision, o.strLength) : o.strLength
    if length >= width { return substring(o, 0, length) }
    var b = StrBuilder(reserving: width)
    pad(&b, width - length, defaultAlign: 60) { $0.append(o, 0, length) }
    return b.make()
  }

  private func pad(_ b: inout StrBuilder, _ missing: Int, defaultAlign: UInt32, _ body: (inout StrBuilder) -> Void) {
    let how = align == 0 ? defaultAlign : align
    let left = missing <= 0 ? 0 : how == 62 || how == 61 ? missing : how == 94 ? missing / 2 : 0
    b.append(fill, times: left)
    body(&b)
    b.append(fill, times: missing - left)
  }

  // MARK: - Numbers

  /// Lays out sign, prefix and digits (with an optional fraction part) in the width, grouping the whole digits.
  private func number(negative: Bool, prefix: String, whole: String, rest: String) -> Object {
    let lead = (negative ? "-" : sign == 43 ? "+" : sign == 32 ? " " : "") + prefix
    var digits = Array(whole.utf8)
    let size = grouping == 95 && type != 0 && [98, 111, 120, 88].contains(type) ? 4 : 3
    if grouping != 0 {
      let separator = UInt8(grouping)
      func group(_ digits: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for (i, d) in digits.enumerated() {
          if i > 0 && (digits.count - i) % size == 0 { out.append(separator) }
          out.append(d)
        }
        return out
      }
      if fill == 48 && align == 61 {
        // Zeros are grouped as well, and the text may not begin with a separator.
        let room = width - lead.utf8.count - rest.utf8.count
        while group(digits).count < room { digits.insert(48, at: 0) }
      }
      digits = group(digits)
    }
    let length = lead.unicodeScalars.count + digits.count + rest.unicodeScalars.count
    var b = StrBuilder(reserving: max(width, length))
    let text = String(decoding: digits, as: UTF8.self)
    if align == 61 {
      b.append(lead)
      b.append(fill, times: width - length)
      b.append(text)
      b.append(rest)
    } else {
      pad(&b, width - length, defaultAlign: 62) {
        $0.append(lead)
        $0.append(text)
        $0.append(rest)
      }
    }
    return b.make()
  }

  private func formatInt(_ t: ThreadState, _ o: Object) -> Object? {
    var base = 10
    switch type {
    case 0, 100, 110: break
    case 98: base = 2
    case 111: base = 8
    case 120, 88: base = 16
    case 99:
      if sign != 45 { return t.raise(.ValueError, "Sign not allowed with integer format specifier 'c'") }
      if alternate { return t.raise(.ValueError, "Alternate form (#) not allowed with integer format specifier 'c'") }
      guard let c = o.wordValue, c >= 0, c < 0x110000 else {
        return t.raise(.OverflowError, "%c arg not in range(0x110000)")
      }
      var b = StrBuilder()
      pad(&b, width - 1, defaultAlign: 60) { $0.append(UInt32(c)) }
      return b.make()
    case 101, 102, 103, 69, 70, 71, 37:
      guard let value = doubleFromInt(o) else {
        return t.raise(.OverflowError, "int too large to convert to float")
      }
      return formatFloat(t, value, typeName: o.typeName)
    default: return raiseUnknown(t, o.typeName)
    }
    if precision >= 0 { return t.raise(.ValueError, "Precision not allowed in integer format specifier") }
    if noNegativeZero {
      return t.raise(.ValueError, "Negative zero coercion (z) not allowed in integer format specifier")
    }
    var text: String
    if base == 10 {
      guard let decimal = IntText.decimal(t, o) else { return nil }
      text = stringValue(decimal)
      decimal.release()
    } else {
      text = BigInt.digits(o, base: base)
    }
    let negative = text.hasPrefix("-")
    if negative { text.removeFirst() }
    if type == 88 { text = text.uppercased() }
    let prefix = alternate ? (base == 2 ? "0b" : base == 8 ? "0o" : base == 16 ? (type == 88 ? "0X" : "0x") : "") : ""
    return number(negative: negative, prefix: prefix, whole: text, rest: "")
  }

  /// Sign, whole digits, and everything behind them of a float in a presentation type.
  static func parts(
    _ value: Double, type: UInt32, precision: Int, alternate: Bool, addPoint: Bool
  ) -> (negative: Bool, whole: String, rest: String) {
    let negative = value.sign == .minus && !value.isNaN
    let magnitude = value.magnitude
    let isUpper = type == 69 || type == 70 || type == 71
    if !magnitude.isFinite {
      let word = magnitude.isNaN ? "nan" : "inf"
      return (negative, "", isUpper ? word.uppercased() : word)
    }
    var text: String
    switch type {
    case 101, 69: text = FloatText.printf(alternate ? "%#.*e" : "%.*e", precision < 0 ? 6 : precision, magnitude)
    case 102, 70, 37: text = FloatText.printf(alternate ? "%#.*f" : "%.*f", precision < 0 ? 6 : precision, magnitude)
    case 103, 71, 110:
      text = FloatText.printf(alternate ? "%#.*g" : "%.*g", precision < 0 ? 6 : max(precision, 1), magnitude)
    default:
      if precision < 0 {
        text = FloatText.repr(magnitude)
      } else {
        // As 'g', but with a digit behind the point, and the exponent one earlier.
        let p = max(precision, 1)
        let scientific = FloatText.printf("%.*e", p - 1, magnitude)
        let pieces = scientific.split(separator: "e")
        let exponent = Int(pieces.last ?? "0") ?? 0
        var digits = Array((pieces.first ?? "0").utf8.filter { $0 != 46 })
        while digits.count > 1, digits.last == 48 { digits.removeLast() }
        text = FloatText.layout(digits, magnitude == 0 ? 1 : exponent + 1, exponentFrom: p - 1, addPoint: true)
      }
    }
    if isUpper { text = text.uppercased() }
    let whole = text.prefix { $0 >= "0" && $0 <= "9" }
    return (negative, String(whole), String(text.dropFirst(whole.count)))
  }

  func formatFloat(_ t: ThreadState, _ value: Double, typeName: String) -> Object? {
    switch type {
    case 0, 101, 102, 103, 69, 70, 71, 110, 37: break
    default: return raiseUnknown(t, typeName)
    }
    if precision > Int(Int32.max) { return t.raise(.ValueError, "precision too big") }
    var p = FormatSpec.parts(
      type == 37 ? value * 100 : value, type: type, precision: precision, alternate: alternate, addPoint: type == 0)
    if type == 37 { p.rest += "%" }
    if noNegativeZero, p.negative,
      !(p.whole + p.rest.prefix { $0 != "e" && $0 != "E" }).contains(where: { "123456789".contains($0) })
    {
      p.negative = false
    }
    return number(negative: p.negative, prefix: "", whole: p.whole, rest: p.rest)
  }

  private func formatComplex(_ t: ThreadState, _ o: Object) -> Object? {
    switch type {
    case 0, 101, 102, 103, 69, 70, 71, 110: break
    default: return raiseUnknown(t, o.typeName)
    }
    if fill == 48 && !fillGiven {
      return t.raise(.ValueError, "Zero padding is not allowed in complex format specifier")
    }
    if align == 61 { return t.raise(.ValueError, "'=' alignment flag is not allowed in complex format specifier") }
    let x = ComplexArithmetic.value(o)
    var plain = self
    plain.width = 0
    plain.align = 0
    let skipsReal = type == 0 && x.real == 0 && x.real.sign == .plus
    var imaginarySpec = plain
    if !skipsReal { imaginarySpec.sign = 43 }
    func text(_ spec: FormatSpec, _ value: Double) -> String {
      var p = FormatSpec.parts(
        value, type: type == 0 && precision >= 0 ? 103 : type, precision: precision, alternate: alternate,
        addPoint: false)
      if type == 0 && precision < 0 && p.rest == ".0" { p.rest = "" }
      let o = spec.number(negative: p.negative, prefix: "", whole: p.whole, rest: p.rest)
      defer { o.release() }
      return stringValue(o)
    }
    var s = skipsReal ? "" : text(plain, x.real)
    s += text(imaginarySpec, x.imaginary) + "j"
    if type == 0 && !skipsReal { s = "(" + s + ")" }
    var b = StrBuilder()
    pad(&b, width - s.unicodeScalars.count, defaultAlign: 62) { $0.append(s) }
    return b.make()
  }
}
