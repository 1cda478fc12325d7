// `%` formatting of str and bytes.
import PythonRuntime

struct PercentFormat {
  /// Wider texts than this are refused before memory is asked for.
  private static let maximumWidth = 1 << 34

  let t: ThreadState
  let template: [UInt32]
  let values: Object
  let isBytes: Bool
  /// Whether the right operand is a mapping for `%(name)s`.
  let isMapping: Bool
  /// Arguments: a tuple's items, or the one object.
  let isTuple: Bool
  var next = 0
  var usedMapping = false
  var out = StrBuilder()

  static func format(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    if let text = simple(a, b) { return text }
    var f = PercentFormat(t, a.codePoints, b, isBytes: false)
    return f.run() ? f.out.make() : nil
  }
  static func formatBytes(_ t: ThreadState, _ a: Object, _ b: Object) -> Object? {
    var f = PercentFormat(t, a.byteView.map { UInt32($0) }, b, isBytes: true)
    return f.run() ? BytesShared.make(a, f.out.points.map { UInt8(truncatingIfNeeded: $0) }) : nil
  }

  private init(_ t: ThreadState, _ template: [UInt32], _ values: Object, isBytes: Bool) {
    self.t = t
    self.template = template
    self.values = values
    self.isBytes = isBytes
    isTuple = values.isKind(.tuple)
    // No text of the kind that is formatted gives values by name.
    let isText = values.isKind(.str) || isBytes && (values.isKind(.bytes) || values.isKind(.bytearray))
    isMapping = !isTuple && !isText && values.type.pointer.pointee.getItem != nil
    out.points.reserveCapacity(template.count + 16)
  }

  /// The next argument, borrowed; nil with TypeError set.
  private mutating func argument() -> Object? {
    if isTuple {
      guard next < values.tupleCount else {
        t.raise(.TypeError, "not enough arguments for format string")
        return nil
      }
      next += 1
      return values.tupleItems[next - 1]
    }
    guard next == 0 else {
      t.raise(.TypeError, "not enough arguments for format string")
      return nil
    }
    next = 1
    return values
  }

  private mutating func run() -> Bool {
    var i = 0
    let n = template.count
    while i < n {
      if template[i] != 37 {
        out.append(template[i])
        i += 1
        continue
      }
      i += 1
      guard i < n else { return t.fail(.ValueError, "incomplete format") }
      if template[i] == 37 {
        out.append(37)
        i += 1
        continue
      }
      guard conversion(&i) else { return false }
    }
    let count = isTuple ? values.tupleCount : 1
    if next < count && !(isMapping && (usedMapping || !isTuple)) {
      return t.fail(.TypeError, "not all arguments converted during \(isBytes ? "bytes" : "string") formatting")
    }
    return true
  }

  /// One `%...` from behind the percent sign.
  private mutating func conversion(_ i: inout Int) -> Bool {
    let n = template.count
    var fromMapping: Object?
    defer { fromMapping.release() }
    if template[i] == 40 {
      guard isMapping else { return t.fail(.TypeError, "format requires a mapping") }
      var depth = 1
      let start = i + 1
      i += 1
      while i < n {
        if template[i] == 40 { depth += 1 }
        if template[i] == 41 {
          depth -= 1
          if depth == 0 { break }
        }
        i += 1
      }
      guard i < n else { return t.fail(.ValueError, "incomplete format key") }
      let name = Array(template[start..<i])
      let key = isBytes ? makeBytes(name.map { UInt8(truncatingIfNeeded: $0) }) : makeString(codePoints: name)
      i += 1
      fromMapping = getItem(t, values, key)
      key.release()
      guard fromMapping != nil else { return false }
      usedMapping = true
    }
    var left = false
    var plus = false
    var space = false
    var alternate = false
    var zero = false
    flags: while i < n {
      switch template[i] {
      case 45: left = true
      case 43: plus = true
      case 32: space = true
      case 35: alternate = true
      case 48: zero = true
      default: break flags
      }
      i += 1
    }
    guard var width = number(&i, isPrecision: false) else { return false }
    if width < 0 && i > 0 && template[i - 1] == 42 {
      left = true
      width = -width
    }
    var precision = -1
    if i < n, template[i] == 46 {
      i += 1
      guard let value = number(&i, isPrecision: true) else { return false }
      precision = max(value, 0)
    }
    while i < n, template[i] == 104 || template[i] == 108 || template[i] == 76 { i += 1 }
    guard i < n else { return t.fail(.ValueError, "incomplete format") }
    let letter = template[i]
    let place = i
    i += 1
    guard let value = fromMapping ?? argument() else { return false }
    var sign = ""
    var prefix = ""
    var body: [UInt32]
    var numeric = true
    switch letter {
    case 115, 114, 97, 98:
      guard let text = plain(letter, value, place) else { return false }
      body = precision >= 0 ? Array(text.prefix(precision)) : text
      numeric = false
    case 99:
      guard let c = character(value) else { return false }
      body = [c]
      numeric = false
    case 100, 105, 117, 120, 88, 111:
      guard var digits = integer(letter, value) else { return false }
      if digits.hasPrefix("-") {
        sign = "-"
        digits.removeFirst()
      }
      if alternate { prefix = letter == 120 ? "0x" : letter == 88 ? "0X" : letter == 111 ? "0o" : "" }
      if digits.utf8.count < precision {
        digits = String(repeating: "0", count: precision - digits.utf8.count) + digits
      }
      body = digits.unicodeScalars.map(\.value)
    case 101, 69, 102, 70, 103, 71:
      guard let x = real(value) else { return false }
      let p = FormatSpec.parts(x, type: letter, precision: precision, alternate: alternate, addPoint: false)
      if p.negative { sign = "-" }
      body = (p.whole + p.rest).unicodeScalars.map(\.value)
      if !x.isFinite { zero = false }
    default:
      let shown = letter > 31 && letter < 128 ? String(Character(Unicode.Scalar(letter) ?? "?")) : "?"
      return t.fail(
        .ValueError, "unsupported format character '\(shown)' (0x\(String(letter, radix: 16))) at index \(place)")
    }
    if numeric && sign.isEmpty { sign = plus ? "+" : space ? " " : "" }
    let length = sign.utf8.count + prefix.utf8.count + body.count
    let missing = width - length
    if !left && !(zero && numeric) { out.append(32, times: missing) }
    out.append(sign)
    out.append(prefix)
    if !left && zero && numeric { out.append(48, times: missing) }
    out.points += body
    if left { out.append(32, times: missing) }
    return true
  }

  /// A number or `*`; 0 when there is none.
  private mutating func number(_ i: inout Int, isPrecision: Bool) -> Int? {
    if i < template.count, template[i] == 42 {
      guard let o = argument() else { return nil }
      guard isInt(o) else {
        t.raise(.TypeError, "* wants int")
        return nil
      }
      i += 1
      return isPrecision ? precision(o) : width(o)
    }
    var value = 0
    while i < template.count, (48...57).contains(template[i]) {
      value = value * 10 + Int(template[i]) - 48
      guard value < Self.maximumWidth else {
        t.raise(.ValueError, "\(isPrecision ? "precision" : "width") too big")
        return nil
      }
      i += 1
    }
    return value
  }

  private func width(_ o: Object) -> Int? {
    guard let value = intValue(t, o) else { return nil }
    if value == Int.min { return 0 }
    guard value.magnitude < UInt(Self.maximumWidth) else {
      t.raise(.MemoryError)
      return nil
    }
    return value
  }

  private func precision(_ o: Object) -> Int? {
    let value = clampedIntValue(o)
    guard Int(Int32.min) <= value, value <= Int(Int32.max) else {
      t.raise(.OverflowError, "Python int too large to convert to C int")
      return nil
    }
    return value
  }

  private func plain(_ letter: UInt32, _ value: Object, _ place: Int) -> [UInt32]? {
    if isBytes && (letter == 115 || letter == 98) {
      if let bytes = ByteSource.view(value) { return bytes.map { UInt32($0) } }
      guard typeLookup(t, value.type, Special.bytes) != nil else {
        t.raise(
          .TypeError,
          "%b requires a bytes-like object, or an object that implements __bytes__, not '\(value.typeName)'")
        return nil
      }
      return ByteSource.bytes(t, from: value)?.map { UInt32($0) }
    }
    if letter == 98 {
      t.raise(.ValueError, "unsupported format character 'b' (0x62) at index \(place)")
      return nil
    }
    let text = letter == 115 ? str(t, value) : letter == 114 && !isBytes ? repr(t, value) : ascii(t, value)
    guard let text else { return nil }
    defer { text.release() }
    return text.codePoints
  }

  private func character(_ value: Object) -> UInt32? {
    if isBytes {
      if let bytes = ByteSource.view(value), bytes.count == 1 { return UInt32(bytes[0]) }
      guard isInt(value), let c = value.wordValue else {
        t.raise(.TypeError, "%c requires an integer in range(256) or a single byte, not \(value.typeName)")
        return nil
      }
      guard (0..<256).contains(c) else {
        t.raise(.OverflowError, "%c arg not in range(256)")
        return nil
      }
      return UInt32(c)
    }
    if value.isKind(.str), value.strLength == 1 { return value.codePoint(0) }
    guard isIndex(value) else {
      t.raise(.TypeError, "%c requires int or char")
      return nil
    }
    guard let number = index(t, value) else { return nil }
    defer { number.release() }
    guard let c = number.wordValue, (0..<0x110000).contains(c) else {
      t.raise(.OverflowError, "%c arg not in range(0x110000)")
      return nil
    }
    return UInt32(c)
  }

  private func integer(_ letter: UInt32, _ value: Object) -> String? {
    let shown = String(Character(Unicode.Scalar(letter) ?? "d"))
    let whole = letter == 100 || letter == 105 || letter == 117
    let number: Object?
    if isInt(value) {
      number = value.retained()
    } else if value.type.pointer.pointee.number.index != nil {
      number = index(t, value)
    } else if whole, value.type.pointer.pointee.number.int != nil, !value.isKind(.str) {
      number = IntText.fromObject(t, value)
    } else {
      t.raise(
        .TypeError,
        whole
          ? "%\(shown) format: a real number is required, not \(value.typeName)"
          : "%\(shown) format: an integer is required, not \(value.typeName)")
      return nil
    }
    guard let number else { return nil }
    defer { number.release() }
    if whole {
      guard let text = IntText.decimal(t, number) else { return nil }
      defer { text.release() }
      return stringValue(text)
    }
    let text = BigInt.digits(number, base: letter == 111 ? 8 : 16)
    return letter == 88 ? text.uppercased() : text
  }

  private func real(_ value: Object) -> Double? {
    if value.isKind(.float) { return value.double }
    guard value.type.pointer.pointee.number.float != nil || isIndex(value) else {
      t.raise(.TypeError, "must be real number, not \(value.typeName)")
      return nil
    }
    return floatValue(t, value)
  }
}
