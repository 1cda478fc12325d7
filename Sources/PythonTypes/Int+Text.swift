// int from text and to text, with 3.11's limit on decimal digits; and int's and bool's constructors.
import PythonRuntime

enum IntText {
  /// `sys.set_int_max_str_digits`; 0: no limit.
  nonisolated(unsafe) public static var digitLimit = 4300

  /// Characters of a machine word in decimal, with its sign.
  static func decimalLength(_ value: Int) -> Int {
    var (rest, length) = (value.magnitude, value < 0 ? 2 : 1)
    while rest >= 10 {
      rest /= 10
      length += 1
    }
    return length
  }
  /// Gives each character of a machine word with its place, from the last to the first.
  @inline(__always) static func writeDecimal(_ value: Int, length: Int, _ put: (Int, UInt8) -> Void) {
    var (rest, i) = (value.magnitude, length)
    repeat {
      i -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      put(i, UInt8(truncatingIfNeeded: 48 + digit))
      rest = quotient
    } while rest > 0
    if value < 0 { put(0, 45) }
  }

  static func decimal(_ t: ThreadState, _ o: Object) -> Object? {
    if o.isSmallInt {
      let value = o.smallInt
      guard (0...9).contains(value) else {
        let length = decimalLength(value)
        let text = allocateStr(length: length, maximum: 0x7F)
        let bytes = text.strData.assumingMemoryBound(to: UInt8.self)
        writeDecimal(value, length: length) { bytes[$0] = $1 }
        return text
      }
      // One digit is a text of its own too, not the shared character.
      let digit = allocateStr(length: 1, maximum: 0x7F)
      digit.setCodePoint(0, UInt32(48 + value))
      return digit
    }
    if digitLimit > 0 && BigInt.bitLength(o) > digitLimit * 3 {
      let digits = BigInt.digits(o, base: 10)
      if digits.utf8.count - (o.intSize < 0 ? 1 : 0) > digitLimit {
        return t.raise(
          .ValueError,
          "Exceeds the limit (\(digitLimit) digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
        )
      }
      return makeString(digits)
    }
    return makeString(BigInt.digits(o, base: 10))
  }

  /// Text of a str with each decimal digit as ASCII and every space as ' '; others stay.
  static func ascii(_ o: Object) -> [UInt32] {
    var out: [UInt32] = []
    for i in 0..<o.strLength {
      let c = o.codePoint(i)
      if c < 128 {
        out.append(c)
      } else if CharacterClass.isSpace(c) {
        out.append(32)
      } else if let digit = CharacterClass.decimal(c) {
        out.append(48 + UInt32(digit))
      } else {
        out.append(c)
      }
    }
    return out
  }

  /// Parses a literal: nil when it is none, without an exception; or with one when the digits are too many.
  static func parse(_ t: ThreadState, _ text: [UInt32], base requested: Int) -> Object? {
    var base = requested
    var i = 0
    var end = text.count
    while i < end, CharacterClass.isSpace(text[i]) { i += 1 }
    while end > i, CharacterClass.isSpace(text[end - 1]) { end -= 1 }
    var negative = false
    if i < end, text[i] == 43 || text[i] == 45 {
      negative = text[i] == 45
      i += 1
    }
    var mayUnderscore = false
    if i + 1 < end, text[i] == 48 {
      let letter = text[i + 1] | 32
      let prefixBase = letter == 120 ? 16 : letter == 111 ? 8 : letter == 98 ? 2 : 0
      if prefixBase != 0 && (base == 0 || base == prefixBase) {
        base = prefixBase
        i += 2
        mayUnderscore = true
      }
    }
    var mustBeZero = false
    if base == 0 {
      // "0" and "00" are numbers, "01" is none.
      mustBeZero = i < end && text[i] == 48
      base = 10
    }
    var digits: [UInt8] = []
    var lastUnderscore = !mayUnderscore
    while i < end {
      if text[i] == 95 {
        if lastUnderscore { return nil }
        lastUnderscore = true
      } else {
        guard digitValue(text[i]) < base else { return nil }
        digits.append(UInt8(text[i]))
        lastUnderscore = false
      }
      i += 1
    }
    if digits.isEmpty || lastUnderscore { return nil }
    if mustBeZero && digits.contains(where: { $0 != 48 }) { return nil }
    if base & (base - 1) != 0, digitLimit > 0, digits.count > digitLimit {
      return t.raise(
        .ValueError,
        "Exceeds the limit (\(digitLimit) digits) for integer string conversion: value has \(digits.count) digits; use sys.set_int_max_str_digits() to increase the limit"
      )
    }
    return BigInt.parse(digits, base: base, negative: negative)
  }

  /// The value of a text of at most 18 decimal digits with a sign; nil: anything else, for the long way.
  private static func plainDecimal(_ o: Object) -> Int? {
    guard o.isKind(.str), o.isASCIIStr, o.strLength > 0, o.strLength <= 19 else { return nil }
    let text = o.strData.assumingMemoryBound(to: UInt8.self)
    let count = o.strLength
    var i = text[0] == 43 || text[0] == 45 ? 1 : 0
    guard i < count, count - i <= 18 else { return nil }
    var value = 0
    while i < count {
      let digit = text[i] &- 48
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int(digit)
      i += 1
    }
    return text[0] == 45 ? -value : value
  }

  static func fromText(_ t: ThreadState, _ o: Object, base: Int) -> Object? {
    if base == 10, let value = plainDecimal(o) { return makeInt(value) }
    let text: [UInt32] = o.isKind(.str) ? ascii(o) : o.byteView.map { UInt32($0) }
    if let result = parse(t, text, base: base) { return result }
    if t.hasRaised { return nil }
    guard o.isKind(.str) else {
      return t.raise(.ValueError, "invalid literal for int() with base \(base): \(bytesRepr(o.byteView))")
    }
    guard let shown = reprString(t, o) else { return nil }
    return t.raise(.ValueError, "invalid literal for int() with base \(base): \(shown)")
  }

  /// `int(o)` with one argument.
  static func fromObject(_ t: ThreadState, _ o: Object) -> Object? {
    if isInt(o), o.isExactly(.int) || o.isExactly(.bool) { return IntArithmetic.itself(t, o) }
    if let convert = o.type.pointer.pointee.number.int {
      guard let result = convert.call(t, o) else { return nil }
      if result.isExactly(.int) { return result }
      defer { result.release() }
      if isInt(result) {
        let mayPass = warn(
          t, .DeprecationWarning,
          "__int__ returned non-int (type \(result.typeName)).  The ability to return an instance of a strict subclass of int "
            + "is deprecated, and may be removed in a future version of Python.", level: 1)
        return mayPass ? IntArithmetic.itself(t, result) : nil
      }
      return t.raise(.TypeError, "__int__ returned non-int (type \(result.typeName))")
    }
    if o.type.pointer.pointee.number.index != nil {
      guard let number = index(t, o) else { return nil }
      defer { number.release() }
      return IntArithmetic.itself(t, number)
    }
    if let method = lookupSpecial(t, o, Special.trunc) {
      defer { method.release() }
      guard warn(t, .DeprecationWarning, "The delegation of int() to __trunc__ is deprecated.", level: 1) else {
        return nil
      }
      guard let result = call0(t, method) else { return nil }
      if result.isExactly(.int) { return result }
      defer { result.release() }
      if isIndex(result), let number = index(t, result) {
        defer { number.release() }
        return IntArithmetic.itself(t, number)
      }
      return t.raise(.TypeError, "__trunc__ returned non-Integral (type \(result.typeName))")
    }
    if t.hasRaised { return nil }
    if o.isKind(.str) || o.isKind(.bytes) || o.isKind(.bytearray) { return fromText(t, o, base: 10) }
    if let bytes = ByteSource.view(o) {
      let copy = makeBytes(bytes)
      defer { copy.release() }
      return fromText(t, copy, base: 10)
    }
    return t.raise(
      .TypeError, "int() argument must be a string, a bytes-like object or a real number, not '\(o.typeName)'")
  }

  static func new(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    if arguments.count == 1, arguments.keywordNames == nil, type == core.pointee.types.int.object {
      return fromObject(t, arguments[0])
    }
    guard
      let a = parseArguments(t, arguments, function: "int", names: ["", "base"], required: 0, positionalOnly: 1)
    else { return nil }
    let value: Object?
    if let text = a[0] {
      if let baseObject = a[1] {
        guard let number = index(t, baseObject) else { return nil }
        let base = clampedIntValue(number)
        number.release()
        guard base == 0 || (2...36).contains(base) else {
          return t.raise(.ValueError, "int() base must be >= 2 and <= 36, or 0")
        }
        guard text.isKind(.str) || text.isKind(.bytes) || text.isKind(.bytearray) else {
          return t.raise(.TypeError, "int() can't convert non-string with explicit base")
        }
        value = fromText(t, text, base: base)
      } else {
        value = fromObject(t, text)
      }
    } else if a[1] != nil {
      return t.raise(.TypeError, "int() missing string argument")
    } else {
      value = makeInt(0)
    }
    guard let value else { return nil }
    if type == core.pointee.types.int.object { return value }
    defer { value.release() }
    return makeInt(copying: value, type: TypeObject(unchecked: type))
  }

  static func newBool(_ t: ThreadState, _: Object, _ arguments: Arguments) -> Object? {
    guard refuseKeywords(t, arguments, "bool") else { return nil }
    guard arguments.count <= 1 else {
      return t.raise(.TypeError, "bool expected at most 1 argument, got \(arguments.count)")
    }
    guard let o = arguments.optional(0) else { return core.pointee.false }
    let truth = isTrue(t, o)
    return truth < 0 ? nil : makeBool(truth > 0)
  }
}

/// The limit on decimal digits, for `sys`.
public func intDigitLimit() -> Int { IntText.digitLimit }
public func setIntDigitLimit(_ limit: Int) { IntText.digitLimit = limit }
