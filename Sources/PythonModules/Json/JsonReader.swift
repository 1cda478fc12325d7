// JSON text to objects: one recursive pass over the code units of a str.
//
// Recognised as CPython's `_json` does: what is no value at all is "nothing here" (StopIteration with the place), everything else
// that is wrong is a JSONDecodeError with a message and a place.
import Glibc
import PythonRuntime
import PythonTypes

/// What a scanner was made with; borrowed from it.
struct JsonHooks {
  var isStrict: Bool
  /// nil: the built-in way.
  var object: Object?
  var pairs: Object?
  var float: Object?
  var int: Object?
  var constant: Object
}

struct JsonReader<Unit: FixedWidthInteger & UnsignedInteger> {
  let t: ThreadState
  let text: Object
  let base: UnsafePointer<Unit>
  let end: Int
  let hooks: JsonHooks
  /// Each key once: a dict of str to itself, owned by the caller.
  let keys: Object

  // MARK: - Values

  /// The value at `i`, which is moved behind it; nil: an exception is set.
  func value(_ i: inout Int) -> Object? {
    guard i < end else { return nothing(at: i) }
    switch base[i] {
    case 0x22:
      i += 1
      return string(&i)
    case 0x7B:
      guard enterNative(t, " while decoding a JSON object from a unicode string") else { return nil }
      defer { leaveNative(t) }
      i += 1
      return object(&i)
    case 0x5B:
      guard enterNative(t, " while decoding a JSON array from a unicode string") else { return nil }
      defer { leaveNative(t) }
      i += 1
      return array(&i)
    case 0x6E where skip("null", &i): return core.pointee.none
    case 0x74 where skip("true", &i): return core.pointee.true
    case 0x66 where skip("false", &i): return core.pointee.false
    case 0x4E where skip("NaN", &i): return constant("NaN")
    case 0x49 where skip("Infinity", &i): return constant("Infinity")
    case 0x2D where skip("-Infinity", &i): return constant("-Infinity")
    default: return number(&i)
    }
  }

  private func skip(_ word: StaticString, _ i: inout Int) -> Bool {
    let count = word.utf8CodeUnitCount
    guard i + count <= end else { return false }
    for k in 0..<count where base[i + k] != Unit(word.utf8Start[k]) { return false }
    i += count
    return true
  }

  private func constant(_ name: String) -> Object? {
    let text = makeString(name)
    defer { text.release() }
    return call1(t, hooks.constant, text)
  }

  private func skipSpace(_ i: inout Int) {
    while i < end, base[i] == 0x20 || base[i] == 0x0A || base[i] == 0x0D || base[i] == 0x09 { i += 1 }
  }

  // MARK: - Containers

  /// Behind `[`.
  private func array(_ i: inout Int) -> Object? {
    let list = makeList()
    skipSpace(&i)
    if i < end, base[i] == 0x5D {
      i += 1
      return list
    }
    while true {
      guard let item = value(&i) else { break }
      listAppend(t, list, item)
      item.release()
      skipSpace(&i)
      if i < end, base[i] == 0x5D {
        i += 1
        return list
      }
      guard i < end, base[i] == 0x2C else {
        fail("Expecting ',' delimiter", at: i)
        break
      }
      let comma = i
      i += 1
      skipSpace(&i)
      if i < end, base[i] == 0x5D {
        fail("Illegal trailing comma before end of array", at: comma)
        break
      }
    }
    list.release()
    return nil
  }

  /// Behind `{`.
  private func object(_ i: inout Int) -> Object? {
    // With `object_pairs_hook` a list of pairs, else a dict.
    let result = hooks.pairs == nil ? makeDict() : makeList()
    skipSpace(&i)
    if i < end, base[i] == 0x7D {
      i += 1
    } else if !members(&i, into: result) {
      result.release()
      return nil
    }
    guard let hook = hooks.pairs ?? hooks.object else { return result }
    defer { result.release() }
    return call1(t, hook, result)
  }

  private func members(_ i: inout Int, into result: Object) -> Bool {
    while true {
      guard i < end, base[i] == 0x22 else { return fail("Expecting property name enclosed in double quotes", at: i) }
      i += 1
      guard let key = key(&i) else { return false }
      defer { key.release() }
      skipSpace(&i)
      guard i < end, base[i] == 0x3A else { return fail("Expecting ':' delimiter", at: i) }
      i += 1
      skipSpace(&i)
      guard let item = value(&i) else { return false }
      defer { item.release() }
      if hooks.pairs == nil {
        guard dictSet(t, result, key, item) else { return false }
      } else {
        let pair = makeTuple(stealing: key.retained(), item.retained())
        listAppend(t, result, pair)
        pair.release()
      }
      skipSpace(&i)
      if i < end, base[i] == 0x7D {
        i += 1
        return true
      }
      guard i < end, base[i] == 0x2C else { return fail("Expecting ',' delimiter", at: i) }
      let comma = i
      i += 1
      skipSpace(&i)
      if i < end, base[i] == 0x7D { return fail("Illegal trailing comma before end of object", at: comma) }
    }
  }

  private func key(_ i: inout Int) -> Object? {
    guard let text = string(&i) else { return nil }
    defer { text.release() }
    return dictSetDefault(t, keys, text, text).map { $0.retained() }
  }

  // MARK: - Numbers

  private func isDigit(_ i: Int) -> Bool { i < end && base[i] >= 0x30 && base[i] <= 0x39 }

  private func number(_ i: inout Int) -> Object? {
    let start = i
    var j = i
    if base[j] == 0x2D { j += 1 }
    guard isDigit(j) else { return nothing(at: start) }
    let first = j
    j += 1
    if base[first] != 0x30 { while isDigit(j) { j += 1 } }
    let integerEnd = j
    if j < end, base[j] == 0x2E, isDigit(j + 1) {
      j += 2
      while isDigit(j) { j += 1 }
    }
    if j < end, base[j] | 0x20 == 0x65 {
      var k = j + 1
      if k < end, base[k] == 0x2B || base[k] == 0x2D { k += 1 }
      if isDigit(k) {
        while isDigit(k) { k += 1 }
        j = k
      }
    }
    i = j
    let isFloat = j > integerEnd
    if isFloat, hooks.float == nil { return makeFloat(double(start, j)) }
    if !isFloat, hooks.int == nil, j - start <= 18 { return makeInt(integer(start, j)) }
    let digits = substring(text, start, j)
    defer { digits.release() }
    return call1(t, (isFloat ? hooks.float : hooks.int) ?? core.pointee.types.int.object, digits)
  }

  /// At most 18 digits with a sign.
  private func integer(_ start: Int, _ end: Int) -> Int {
    var value = 0
    for k in (base[start] == 0x2D ? start + 1 : start)..<end { value = value &* 10 &+ Int(base[k] - 0x30) }
    return base[start] == 0x2D ? -value : value
  }

  private func double(_ start: Int, _ end: Int) -> Double {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: end - start + 1) { buffer in
      for k in start..<end { buffer[k - start] = CChar(truncatingIfNeeded: base[k]) }
      buffer[end - start] = 0
      return buffer.baseAddress.map { strtod($0, nil) } ?? 0
    }
  }

  // MARK: - Strings

  /// The text behind a `"` at `i - 1`; `i` is moved behind the closing one.
  func string(_ i: inout Int) -> Object? {
    let begin = i - 1
    var j = i
    while j < end, base[j] != 0x22, base[j] != 0x5C {
      if hooks.isStrict, base[j] < 0x20 { return failed("Invalid control character at", at: j) }
      j += 1
    }
    guard j < end else { return failed("Unterminated string starting at", at: begin) }
    if base[j] == 0x22 {
      let result = substring(text, i, j)
      i = j + 1
      return result
    }
    return escapedString(&i, from: j, begin)
  }

  /// The same for a text whose first backslash is at `j`.
  private func escapedString(_ i: inout Int, from first: Int, _ begin: Int) -> Object? {
    var points = (i..<first).map { UInt32(base[$0]) }
    var j = first
    while true {
      guard j < end else { return failed("Unterminated string starting at", at: begin) }
      let c = base[j]
      if c == 0x22 { break }
      if c != 0x5C {
        if hooks.isStrict, c < 0x20 { return failed("Invalid control character at", at: j) }
        points.append(UInt32(c))
        j += 1
        continue
      }
      j += 1
      guard j < end else { return failed("Unterminated string starting at", at: begin) }
      if base[j] != 0x75 {
        guard let plain = Self.escape(base[j]) else { return failed("Invalid \\escape", at: j - 1) }
        points.append(plain)
        j += 1
        continue
      }
      j += 1
      guard let unit = hexadecimal(j) else { return nil }
      j += 4
      points.append(unit)
      // A low surrogate right behind makes one code point of both.
      guard unit >= 0xD800, unit < 0xDC00, j + 6 < end, base[j] == 0x5C, base[j + 1] == 0x75 else { continue }
      guard let low = hexadecimal(j + 2) else { return nil }
      guard low >= 0xDC00, low < 0xE000 else { continue }
      points[points.count - 1] = 0x10000 + ((unit - 0xD800) << 10 | (low - 0xDC00))
      j += 6
    }
    i = j + 1
    return makeString(codePoints: points)
  }

  private static func escape(_ c: Unit) -> UInt32? {
    switch c {
    case 0x22, 0x5C, 0x2F: UInt32(c)
    case 0x62: 8
    case 0x66: 12
    case 0x6E: 10
    case 0x72: 13
    case 0x74: 9
    default: nil
    }
  }

  /// Four hexadecimal digits at `i`, behind `\u`.
  private func hexadecimal(_ i: Int) -> UInt32? {
    var value: UInt32 = 0
    guard i + 4 < end else {
      fail("Invalid \\uXXXX escape", at: i - 1)
      return nil
    }
    for k in i..<i + 4 {
      guard base[k] < 0x80, let digit = Character(Unicode.Scalar(UInt8(base[k]))).hexDigitValue else {
        fail("Invalid \\uXXXX escape", at: i - 1)
        return nil
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  // MARK: - Errors

  private func nothing(at i: Int) -> Object? {
    let place = makeInt(i)
    defer { place.release() }
    guard let exception = call1(t, exceptionType(.StopIteration).object, place) else { return nil }
    defer { exception.release() }
    return t.raiseObject(exception)
  }

  private func failed(_ message: String, at i: Int) -> Object? {
    fail(message, at: i)
    return nil
  }

  /// `json.decoder.JSONDecodeError(message, text, i)`.
  @discardableResult private func fail(_ message: String, at i: Int) -> Bool {
    guard let module = importModule(t, "json.decoder") else { return false }
    defer { module.release() }
    guard let type = getAttribute(t, module, "JSONDecodeError") else { return false }
    let message = makeString(message)
    let place = makeInt(i)
    defer {
      type.release()
      message.release()
      place.release()
    }
    guard let exception = call3(t, type, message, text, place) else { return false }
    defer { exception.release() }
    _ = t.raiseObject(exception)
    return false
  }
}
