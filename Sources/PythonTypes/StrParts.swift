// str: splitting, joining, stripping.
import PythonRuntime

enum StrParts {
  /// Arguments `(sep=None, maxsplit=-1)`; nil with an exception set.
  static func splitArguments(_ t: ThreadState, _ arguments: Arguments, _ name: String) -> (Object?, Int)? {
    guard let a = parseArguments(t, arguments, function: name, names: ["sep", "maxsplit"], required: 0) else {
      return nil
    }
    var limit = -1
    if let given = a[1] {
      guard let value = intValue(t, given) else { return nil }
      limit = value
    }
    return (a[0] == none ? nil : a[0], limit < 0 ? Int.max : limit)
  }

  private static func separator(_ t: ThreadState, _ o: Object) -> Bool {
    guard o.isKind(.str) else { return t.fail(.TypeError, "must be str or None, not \(o.typeName)") }
    return o.strLength > 0 || t.fail(.ValueError, "empty separator")
  }

  private static func split(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    guard let (sep, limit) = splitArguments(t, arguments, "split") else { return nil }
    let n = o.strLength
    let list = makeList()
    var i = 0
    var done = 0
    guard let sep else {
      while true {
        while i < n, CharacterClass.isSpace(o.codePoint(i)) { i += 1 }
        if i >= n { return list }
        if done >= limit {
          listAppend(list, stealing: substring(o, i, n))
          return list
        }
        let start = i
        while i < n, !CharacterClass.isSpace(o.codePoint(i)) { i += 1 }
        listAppend(list, stealing: substring(o, start, i))
        done += 1
      }
    }
    guard separator(t, sep) else {
      list.release()
      return nil
    }
    while done < limit {
      let hit = StrSearch.find(o, sep, i, n)
      if hit < 0 { break }
      listAppend(list, stealing: substring(o, i, hit))
      i = hit + sep.strLength
      done += 1
    }
    listAppend(list, stealing: substring(o, i, n))
    return list
  }

  private static func rsplit(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    guard let (sep, limit) = splitArguments(t, arguments, "rsplit") else { return nil }
    var parts: [Object] = []
    var end = o.strLength
    var done = 0
    if let sep {
      guard separator(t, sep) else { return nil }
      while done < limit {
        let hit = StrSearch.rfind(o, sep, 0, end)
        if hit < 0 { break }
        parts.append(substring(o, hit + sep.strLength, end))
        end = hit
        done += 1
      }
      parts.append(substring(o, 0, end))
    } else {
      while true {
        while end > 0, CharacterClass.isSpace(o.codePoint(end - 1)) { end -= 1 }
        if end == 0 { break }
        if done >= limit {
          parts.append(substring(o, 0, end))
          break
        }
        let last = end
        while end > 0, !CharacterClass.isSpace(o.codePoint(end - 1)) { end -= 1 }
        parts.append(substring(o, end, last))
        done += 1
      }
    }
    return makeList(parts.reversed())
  }

  private static func splitLines(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    guard let a = parseArguments(t, arguments, function: "splitlines", names: ["keepends"], required: 0) else {
      return nil
    }
    let keep = a[0].map { isTrue(t, $0) } ?? 0
    if keep < 0 { return nil }
    let list = makeList()
    let n = o.strLength
    var i = 0
    while i < n {
      let start = i
      while i < n, !CharacterClass.isLineBreak(o.codePoint(i)) { i += 1 }
      var end = i
      if i < n {
        i += o.codePoint(i) == 13 && i + 1 < n && o.codePoint(i + 1) == 10 ? 2 : 1
        if keep > 0 { end = i }
      }
      listAppend(list, stealing: substring(o, start, end))
    }
    return list
  }

  static func join(_ t: ThreadState, _ separator: Object, _ iterable: Object) -> Object? {
    guard let sequence = fastSequence(t, iterable, "can only join an iterable") else { return nil }
    defer { sequence.release() }
    let count = sequence.fastCount
    if count == 0 { return core.pointee.emptyString }
    if count == 1, sequence.fastItem(0).isExactly(.str) { return sequence.fastItem(0).retained() }
    var length = 0
    var maximum = count > 1 ? strMaximum(separator) : 0
    for i in 0..<count {
      let item = sequence.fastItem(i)
      guard item.isKind(.str) else {
        return t.raise(.TypeError, "sequence item \(i): expected str instance, \(item.typeName) found")
      }
      length += item.strLength
      maximum = max(maximum, strMaximum(item))
    }
    length += (count - 1) * separator.strLength
    if length == 0 { return core.pointee.emptyString }
    if length == 1 {
      for i in 0..<count where sequence.fastItem(i).strLength == 1 {
        return makeString(codePoint: sequence.fastItem(i).codePoint(0))
      }
      return makeString(codePoint: separator.codePoint(0))
    }
    let result = allocateStr(length: length, maximum: maximum)
    var place = 0
    for i in 0..<count {
      if i > 0 {
        copyText(separator, into: result, at: place)
        place += separator.strLength
      }
      copyText(sequence.fastItem(i), into: result, at: place)
      place += sequence.fastItem(i).strLength
    }
    return result
  }

  /// Strips spaces or the characters of `set`.
  private static func strip(_ t: ThreadState, _ o: Object, _ set: Object?, _ name: String, left: Bool, right: Bool)
    -> Object?
  {
    var start = 0
    var end = o.strLength
    let drops: (UInt32) -> Bool
    if let set, set != none {
      guard set.isKind(.str) else { return t.raise(.TypeError, "\(name) arg must be None or str") }
      drops = { c in
        for i in 0..<set.strLength where set.codePoint(i) == c { return true }
        return false
      }
    } else {
      drops = CharacterClass.isSpace
    }
    if left { while start < end, drops(o.codePoint(start)) { start += 1 } }
    if right { while end > start, drops(o.codePoint(end - 1)) { end -= 1 } }
    return substring(o, start, end)
  }

  private static func partition(_ t: ThreadState, _ o: Object, _ sep: Object, fromRight: Bool) -> Object? {
    guard sep.isKind(.str) else { return t.raise(.TypeError, "must be str, not \(sep.typeName)") }
    guard sep.strLength > 0 else { return t.raise(.ValueError, "empty separator") }
    let n = o.strLength
    let hit = fromRight ? StrSearch.rfind(o, sep, 0, n) : StrSearch.find(o, sep, 0, n)
    let empty = core.pointee.emptyString
    if hit < 0 {
      let whole = StrMethods.exact(o)
      return makeTuple(fromRight ? [empty, empty, whole] : [whole, empty, empty])
    }
    return makeTuple([substring(o, 0, hit), sep.retained(), substring(o, hit + sep.strLength, n)])
  }

  private static func removed(_ t: ThreadState, _ o: Object, _ part: Object, _ name: String, atEnd: Bool) -> Object? {
    guard part.isKind(.str) else {
      return t.raise(.TypeError, "\(name)() argument must be str, not \(argumentTypeName(part))")
    }
    let n = o.strLength
    let m = part.strLength
    if m > 0, n >= m, StrSearch.matches(o, part, at: atEnd ? n - m : 0) {
      return atEnd ? substring(o, 0, n - m) : substring(o, m, n)
    }
    return StrMethods.exact(o)
  }

  static let methods: [NativeMethod] = [
    NativeMethod("split", .keywords, function: NativeFunction(split)),
    NativeMethod("rsplit", .keywords, function: NativeFunction(rsplit)),
    NativeMethod("splitlines", .keywords, function: NativeFunction(splitLines)),
    NativeMethod("join", .oneArgument) { t, o, a in join(t, o, a[0]) },
    NativeMethod("strip", .positional(0, 1)) { t, o, a in strip(t, o, a.optional(0), "strip", left: true, right: true)
    },
    NativeMethod("lstrip", .positional(0, 1)) { t, o, a in
      strip(t, o, a.optional(0), "lstrip", left: true, right: false)
    },
    NativeMethod("rstrip", .positional(0, 1)) { t, o, a in
      strip(t, o, a.optional(0), "rstrip", left: false, right: true)
    },
    NativeMethod("partition", .oneArgument) { t, o, a in partition(t, o, a[0], fromRight: false) },
    NativeMethod("rpartition", .oneArgument) { t, o, a in partition(t, o, a[0], fromRight: true) },
    NativeMethod("removeprefix", .oneArgument) { t, o, a in removed(t, o, a[0], "removeprefix", atEnd: false) },
    NativeMethod("removesuffix", .oneArgument) { t, o, a in removed(t, o, a[0], "removesuffix", atEnd: true) },
  ]
}

/// Padding to a width.
enum StrLayoutMethods {
  private static func padded(
    _ t: ThreadState, _ o: Object, _ a: Arguments, _ name: String, _ left: (Int) -> Int
  ) -> Object? {
    guard let width = intValue(t, a[0]) else { return nil }
    var fill: UInt32 = 32
    if let given = a.optional(1) {
      guard given.isKind(.str), given.strLength == 1 else {
        return t.raise(
          .TypeError,
          given.isKind(.str)
            ? "The fill character must be exactly one character long"
            : "The fill character must be a unicode character, not \(given.typeName)")
      }
      fill = given.codePoint(0)
    }
    let missing = width - o.strLength
    if missing <= 0 { return StrMethods.exact(o) }
    var b = StrBuilder(reserving: width)
    b.append(fill, times: left(missing))
    b.append(o)
    b.append(fill, times: missing - left(missing))
    return b.make()
  }

  static let methods: [NativeMethod] = [
    NativeMethod("ljust", .positional(1, 2)) { t, o, a in padded(t, o, a, "ljust") { _ in 0 } },
    NativeMethod("rjust", .positional(1, 2)) { t, o, a in padded(t, o, a, "rjust") { $0 } },
    NativeMethod("center", .positional(1, 2)) { t, o, a in
      guard let width = intValue(t, a[0]) else { return nil }
      return padded(t, o, a, "center") { $0 / 2 + ($0 & width & 1) }
    },
    NativeMethod("zfill", .oneArgument) { t, o, a in
      guard let width = intValue(t, a[0]) else { return nil }
      let missing = width - o.strLength
      if missing <= 0 { return StrMethods.exact(o) }
      var b = StrBuilder(reserving: width)
      let signed = o.strLength > 0 && (o.codePoint(0) == 43 || o.codePoint(0) == 45)
      if signed { b.append(o.codePoint(0)) }
      b.append(48, times: missing)
      b.append(o, signed ? 1 : 0, o.strLength)
      return b.make()
    },
    NativeMethod("expandtabs", .keywords) { t, o, arguments in
      guard let a = parseArguments(t, arguments, function: "expandtabs", names: ["tabsize"], required: 0) else {
        return nil
      }
      var size = 8
      if let given = a[0] {
        guard let value = intValue(t, given) else { return nil }
        size = value
      }
      var b = StrBuilder(reserving: o.strLength)
      var column = 0
      for i in 0..<o.strLength {
        let c = o.codePoint(i)
        if c == 9 {
          let n = size > 0 ? size - column % size : 0
          b.append(32, times: n)
          column += n
        } else {
          b.append(c)
          column = c == 10 || c == 13 ? 0 : column + 1
        }
      }
      return b.make()
    },
  ]
}
