// `_string`: how `string.Formatter` takes a format string apart.
import PythonRuntime

public enum StringModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_string")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("formatter_parser", .oneArgument) { t, _, a in
          guard a[0].isKind(.str) else { return t.raise(.TypeError, "expected str, got \(typeName(a[0]))") }
          return parse(t, a[0])
        },
        NativeMethod("formatter_field_name_split", .oneArgument) { t, _, a in
          guard a[0].isKind(.str) else { return t.raise(.TypeError, "expected str, got \(typeName(a[0]))") }
          return splitField(t, a[0])
        },
      ])
    return module
  }

  private static func iterator(_ t: ThreadState, _ items: [Object]) -> Object? {
    let list = makeList(items)
    defer { list.release() }
    return iterate(t, list)
  }

  /// An iterator of `(literal, field name or None, format spec or None, conversion or None)`.
  private static func parse(_ t: ThreadState, _ text: Object) -> Object? {
    var parts: [Object] = []
    var i = 0
    let n = text.strLength
    let none = core.pointee.none
    while i < n {
      var literal: [UInt32] = []
      var hasField = false
      while i < n {
        let c = text.codePoint(i)
        i += 1
        guard c == 0x7B || c == 0x7D else {
          literal.append(c)
          continue
        }
        if i < n, text.codePoint(i) == c {
          literal.append(c)
          i += 1
          // A doubled brace ends the part, as CPython does it.
          break
        }
        if c == 0x7D { return t.raise(.ValueError, "Single '}' encountered in format string") }
        if i >= n { return t.raise(.ValueError, "Single '{' encountered in format string") }
        hasField = true
        break
      }
      let literalObject = makeString(codePoints: literal)
      guard hasField else {
        parts.append(makeTuple([literalObject, none, none, none]))
        continue
      }
      guard let field = field(t, text, &i) else { return nil }
      parts.append(makeTuple([literalObject] + field))
    }
    return iterator(t, parts)
  }

  /// A field behind its `{`, up to and with its `}`: name, spec, conversion.
  private static func field(_ t: ThreadState, _ text: Object, _ i: inout Int) -> [Object]? {
    let n = text.strLength
    let start = i
    var depth = 1
    var inBrackets = false
    var nameEnd: Int?
    scan: while i < n {
      let c = text.codePoint(i)
      switch c {
      case 0x7B:
        if nameEnd == nil, !inBrackets {
          t.raise(.ValueError, "unexpected '{' in field name")
          return nil
        }
        depth += 1
      case 0x7D where !(inBrackets && nameEnd == nil):
        depth -= 1
        if depth == 0 { break scan }
      case 0x5B where nameEnd == nil: inBrackets = true
      case 0x5D where nameEnd == nil: inBrackets = false
      case 0x3A, 0x21: if nameEnd == nil, !inBrackets { nameEnd = i }
      default: break
      }
      i += 1
    }
    guard i < n else {
      t.raise(.ValueError, "expected '}' before end of string")
      return nil
    }
    let end = i
    i += 1
    let name = substring(text, start, nameEnd ?? end)
    guard let mark = nameEnd else { return [name, core.pointee.emptyString, core.pointee.none] }
    guard text.codePoint(mark) == 0x21 else { return [name, substring(text, mark + 1, end), core.pointee.none] }
    guard mark + 1 < end else {
      t.raise(.ValueError, "unmatched '{' in format spec")
      return nil
    }
    let conversion = substring(text, mark + 1, mark + 2)
    if mark + 2 == end { return [name, core.pointee.emptyString, conversion] }
    guard text.codePoint(mark + 2) == 0x3A else {
      t.raise(.ValueError, "expected ':' after conversion specifier")
      return nil
    }
    return [name, substring(text, mark + 3, end), conversion]
  }

  /// `(first, iterator of (is attribute, name or index))`.
  private static func splitField(_ t: ThreadState, _ text: Object) -> Object? {
    let n = text.strLength
    var i = 0
    while i < n, text.codePoint(i) != 0x2E, text.codePoint(i) != 0x5B { i += 1 }
    let first = number(substring(text, 0, i))
    var rest: [Object] = []
    while i < n {
      let mark = text.codePoint(i)
      i += 1
      let start = i
      if mark == 0x2E {
        while i < n, text.codePoint(i) != 0x2E, text.codePoint(i) != 0x5B { i += 1 }
        guard i > start else { return t.raise(.ValueError, "Empty attribute in format string") }
        rest.append(makeTuple(stealing: core.pointee.true, substring(text, start, i)))
      } else if mark == 0x5B {
        while i < n, text.codePoint(i) != 0x5D { i += 1 }
        guard i < n else { return t.raise(.ValueError, "Missing ']' in format string") }
        guard i > start else { return t.raise(.ValueError, "Empty attribute in format string") }
        rest.append(makeTuple(stealing: core.pointee.false, number(substring(text, start, i))))
        i += 1
      } else {
        return t.raise(.ValueError, "Only '.' or '[' may follow ']' in format field specifier")
      }
    }
    guard let iterator = iterator(t, rest) else { return nil }
    return makeTuple(stealing: first, iterator)
  }

  /// The int of a text of digits, or the text itself. Takes over the reference.
  private static func number(_ text: Object) -> Object {
    let value = stringValue(text)
    guard !value.isEmpty, value.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let n = Int(value) else { return text }
    text.release()
    return makeInt(n)
  }
}
