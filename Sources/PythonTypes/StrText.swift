// str: repr, subscripts, repetition, translation.
import Glibc
import PythonRuntime

enum StrText {
  /// The code points of `repr(o)`: single quotes unless the text has some and no double ones.
  static func repr(_ o: Object) -> [UInt32] {
    let n = o.strLength
    var out: [UInt32] = []
    out.reserveCapacity(n + 2)
    var singles = false
    var doubles = false
    for i in 0..<n {
      let c = o.codePoint(i)
      if c == 39 { singles = true } else if c == 34 { doubles = true }
    }
    let quote: UInt32 = singles && !doubles ? 34 : 39
    out.append(quote)
    for i in 0..<n {
      let c = o.codePoint(i)
      switch c {
      case quote, 92:
        out.append(92)
        out.append(c)
      case 9: out += [92, 116]
      case 10: out += [92, 110]
      case 13: out += [92, 114]
      default:
        if CharacterClass.isPrintable(c) { out.append(c) } else { out += escaped(c).unicodeScalars.map(\.value) }
      }
    }
    out.append(quote)
    return out
  }

  static func repeated(_ t: ThreadState, _ o: Object, _ n: Int) -> Object? {
    if n <= 0 || o.strLength == 0 { return core.pointee.emptyString }
    if n == 1 && o.isExactly(.str) { return o.retained() }
    let (length, overflow) = o.strLength.multipliedReportingOverflow(by: n)
    guard !overflow, length < 1 << 34 else { return t.raise(.MemoryError) }
    if length == 1 { return makeString(codePoint: o.codePoint(0)) }
    let result = allocateStr(length: length, maximum: strMaximum(o))
    let bytes = o.strLength * o.strKind
    if bytes == 1 {
      memset(result.strData, Int32(o.codePoint(0)), length)
    } else {
      for i in 0..<n { memcpy(result.strData + i * bytes, o.strData, bytes) }
    }
    return result
  }

  static func getItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    let n = o.strLength
    if isIndex(key) {
      guard var i = indexValue(t, key) else { return nil }
      if i < 0 { i += n }
      guard i >= 0, i < n else { return t.raise(.IndexError, "string index out of range") }
      return makeString(codePoint: o.codePoint(i))
    }
    guard key.isKind(.slice) else {
      return t.raise(.TypeError, "string indices must be integers, not '\(key.typeName)'")
    }
    guard let bounds = sliceBounds(t, key) else { return nil }
    let s = adjustSlice(n, bounds)
    if s.step == 1 { return substring(o, s.start, s.start + s.count) }
    return makeString(codePoints: (0..<s.count).map { o.codePoint(s.start + $0 * s.step) })
  }

  static func translate(_ t: ThreadState, _ o: Object, _ table: Object) -> Object? {
    var b = StrBuilder(reserving: o.strLength)
    for i in 0..<o.strLength {
      let c = o.codePoint(i)
      let key = makeInt(Int(c))
      let found = PythonRuntime.getItem(t, table, key)
      key.release()
      guard let found else {
        guard t.matches(.LookupError) else { return nil }
        t.clearRaised()
        b.append(c)
        continue
      }
      defer { found.release() }
      if found == none { continue }
      if found.isKind(.str) {
        b.append(found)
      } else if isInt(found) {
        guard let value = found.wordValue, value >= 0, value < 0x110000 else {
          return t.raise(.ValueError, "character mapping must be in range(0x110000)")
        }
        b.append(UInt32(value))
      } else {
        return t.raise(.TypeError, "character mapping must return integer, None or str")
      }
    }
    return b.make()
  }

  static func makeTrans(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    let result = makeDict()
    func fail(_ kind: ExceptionKind, _ message: String) -> Object? {
      result.release()
      return t.raise(kind, message)
    }
    func store(_ c: UInt32, _ value: Object) -> Bool {
      let key = makeInt(Int(c))
      defer { key.release() }
      return dictSet(t, result, key, value)
    }
    if a.count == 1 {
      guard a[0].isKind(.dict) else {
        return fail(.TypeError, "if you give only one argument to maketrans it must be a dict")
      }
      var position = 0
      while let entry = dictNext(a[0], &position) {
        if entry.key.isKind(.str) {
          guard entry.key.strLength == 1 else {
            return fail(.ValueError, "string keys in translate table must be of length 1")
          }
          guard store(entry.key.codePoint(0), entry.value) else { return nil }
        } else if isInt(entry.key) {
          guard dictSet(t, result, entry.key, entry.value) else { return nil }
        } else {
          return fail(.TypeError, "keys in translate table must be strings or integers")
        }
      }
      return result
    }
    for i in 0..<a.count where !a[i].isKind(.str) {
      return fail(
        .TypeError,
        i == 0
          ? "first maketrans argument must be a string if there is a second argument"
          : "maketrans() argument \(i + 1) must be str, not \(a[i].typeName)")
    }
    guard a[0].strLength == a[1].strLength else {
      return fail(.ValueError, "the first two maketrans arguments must have equal length")
    }
    for i in 0..<a[0].strLength {
      let value = makeInt(Int(a[1].codePoint(i)))
      let done = store(a[0].codePoint(i), value)
      value.release()
      guard done else { return nil }
    }
    if a.count == 3 {
      for i in 0..<a[2].strLength where !store(a[2].codePoint(i), none) { return nil }
    }
    return result
  }
}
