// str.format and format_map: fields with attribute and item access, conversions, nested specs, automatic numbering.
import PythonRuntime

struct StrFormat {
  let t: ThreadState
  let positional: Arguments?
  /// For `format_map`; else keywords come from the arguments.
  let mapping: Object?
  /// The next automatic number; -1 once fields were numbered by hand.
  var automatic = 0
  var sawAutomatic = false

  static func format(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    var f = StrFormat(t: t, positional: a, mapping: nil)
    return f.run(o.codePoints, depth: 2).map { makeString(codePoints: $0) }
  }
  static func formatMap(_ t: ThreadState, _ o: Object, _ mapping: Object) -> Object? {
    var f = StrFormat(t: t, positional: nil, mapping: mapping)
    return f.run(o.codePoints, depth: 2).map { makeString(codePoints: $0) }
  }

  private func fail(_ kind: ExceptionKind, _ message: String) -> [UInt32]? {
    t.raise(kind, message)
    return nil
  }

  private mutating func run(_ text: [UInt32], depth: Int) -> [UInt32]? {
    if depth < 0 { return fail(.ValueError, "Max string recursion exceeded") }
    var out: [UInt32] = []
    var i = 0
    let n = text.count
    while i < n {
      let c = text[i]
      if c == 125 {
        guard i + 1 < n, text[i + 1] == 125 else { return fail(.ValueError, "Single '}' encountered in format string") }
        out.append(125)
        i += 2
        continue
      }
      if c != 123 {
        out.append(c)
        i += 1
        continue
      }
      if i + 1 < n, text[i + 1] == 123 {
        out.append(123)
        i += 2
        continue
      }
      i += 1
      guard i < n else { return fail(.ValueError, "Single '{' encountered in format string") }
      // 1. The field's end: braces nest, brackets hide braces.
      let start = i
      var level = 1
      var inBrackets = false
      while i < n {
        let d = text[i]
        if inBrackets {
          if d == 93 { inBrackets = false }
        } else if d == 91 && !text[start..<i].contains(58) {
          inBrackets = true
        } else if d == 123 {
          level += 1
        } else if d == 125 {
          level -= 1
          if level == 0 { break }
        }
        i += 1
      }
      guard i < n else { return fail(.ValueError, "expected '}' before end of string") }
      guard let part = field(Array(text[start..<i]), depth: depth) else { return nil }
      out += part
      i += 1
    }
    return out
  }

  /// One replacement field, without its braces.
  private mutating func field(_ text: [UInt32], depth: Int) -> [UInt32]? {
    // 2. Name, conversion, spec.
    var end = 0
    var inBrackets = false
    while end < text.count {
      if text[end] == 91 { inBrackets = true }
      if text[end] == 93 { inBrackets = false }
      if !inBrackets && (text[end] == 58 || text[end] == 33) { break }
      if !inBrackets && text[end] == 123 { return fail(.ValueError, "unexpected '{' in field name") }
      end += 1
    }
    let name = Array(text[..<end])
    var conversion: UInt32 = 0
    var spec: [UInt32] = []
    if end < text.count, text[end] == 33 {
      guard end + 1 < text.count else {
        return fail(.ValueError, "end of string while looking for conversion specifier")
      }
      conversion = text[end + 1]
      end += 2
      if end < text.count, text[end] != 58 { return fail(.ValueError, "expected ':' after conversion specifier") }
    }
    if end < text.count, text[end] == 58 { spec = Array(text[(end + 1)...]) }
    guard var value = resolve(name) else { return nil }
    defer { value.release() }
    // 3. Conversion.
    if conversion != 0 {
      let converted: Object?
      switch conversion {
      case 114: converted = repr(t, value)
      case 115: converted = str(t, value)
      case 97: converted = ascii(t, value)
      default:
        let shown = Unicode.Scalar(conversion).map { String(Character($0)) } ?? "?"
        return fail(.ValueError, "Unknown conversion specifier \(shown)")
      }
      guard let converted else { return nil }
      value.release()
      value = converted
    }
    // 4. The spec may have fields of its own.
    if spec.contains(123) || spec.contains(125) {
      guard let expanded = run(spec, depth: depth - 1) else { return nil }
      spec = expanded
    }
    let specObject = makeString(codePoints: spec)
    defer { specObject.release() }
    guard let result = PythonRuntime.format(t, value, specObject) else { return nil }
    defer { result.release() }
    return result.codePoints
  }

  /// The object that a field name like `0.name[key]` says.
  private mutating func resolve(_ name: [UInt32]) -> Object? {
    var end = 0
    while end < name.count, name[end] != 46, name[end] != 91 { end += 1 }
    guard var value = first(Array(name[..<end])) else { return nil }
    var i = end
    while i < name.count {
      let isAttribute = name[i] == 46
      i += 1
      let start = i
      if isAttribute {
        while i < name.count, name[i] != 46, name[i] != 91 { i += 1 }
      } else {
        while i < name.count, name[i] != 93 { i += 1 }
        guard i < name.count else {
          value.release()
          return t.raise(.ValueError, "Missing ']' in format string")
        }
      }
      let part = Array(name[start..<i])
      guard !part.isEmpty else {
        value.release()
        return t.raise(.ValueError, "Empty attribute in format string")
      }
      let next: Object?
      if isAttribute {
        next = getAttribute(t, value, internString(stealing: StrMethods.exact(makeString(codePoints: part))))
      } else {
        i += 1
        if i < name.count, name[i] != 46, name[i] != 91 {
          value.release()
          return t.raise(.ValueError, "Only '.' or '[' may follow ']' in format field specifier")
        }
        let key = number(part).map { makeInt($0) } ?? makeString(codePoints: part)
        next = getItem(t, value, key)
        key.release()
      }
      value.release()
      guard let next else { return nil }
      value = next
    }
    return value
  }

  private func number(_ text: [UInt32]) -> Int? {
    guard !text.isEmpty, text.count < 18 else { return nil }
    var value = 0
    for c in text {
      guard let digit = CharacterClass.decimal(c) else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  private mutating func first(_ name: [UInt32]) -> Object? {
    var position = number(name)
    if name.isEmpty {
      if automatic < 0 {
        return t.raise(.ValueError, "cannot switch from manual field specification to automatic field numbering")
      }
      position = automatic
      automatic += 1
      sawAutomatic = true
    } else if position != nil {
      if sawAutomatic {
        return t.raise(.ValueError, "cannot switch from automatic field numbering to manual field specification")
      }
      automatic = -1
    }
    if let position {
      guard let positional else { return t.raise(.ValueError, "Format string contains positional fields") }
      guard position < positional.count else {
        return t.raise(.IndexError, "Replacement index \(position) out of range for positional args tuple")
      }
      return positional[position].retained()
    }
    let key = makeString(codePoints: name)
    defer { key.release() }
    if let mapping { return getItem(t, mapping, key) }
    if let positional, let names = positional.keywordNames {
      for i in 0..<names.tupleCount where strEqual(names.tupleItems[i], key) {
        return positional.base[positional.count + i].retained()
      }
    }
    t.raiseKeyError(key)
    return nil
  }
}
