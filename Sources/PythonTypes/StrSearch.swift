// str: finding, counting, replacing.
import Glibc
import PythonRuntime

enum StrSearch {
  /// The first place of `needle` in `start..<end` of `hay`, or -1.
  static func find(_ hay: Object, _ needle: Object, _ start: Int, _ end: Int) -> Int {
    let m = needle.strLength
    if end - start < m { return -1 }
    if m == 0 { return start }
    // Both in the kind of the one that is searched; a needle with wider characters is nowhere in it.
    let kind = hay.strKind
    if needle.strKind > kind { return -1 }
    let base = UnsafeRawPointer(hay.strData).assumingMemoryBound(to: UInt8.self) + start * kind
    if needle.strKind == kind {
      let pattern = UnsafeRawPointer(needle.strData).assumingMemoryBound(to: UInt8.self)
      let place = ByteSearch.find(base, (end - start) * kind, pattern, m * kind, aligned: kind)
      return place < 0 ? -1 : start + place / kind
    }
    var wide: [UInt8] = []
    wide.reserveCapacity(m * kind)
    for k in 0..<m { withUnsafeBytes(of: needle.codePoint(k).littleEndian) { wide += $0.prefix(kind) } }
    let place = wide.withUnsafeBufferPointer {
      $0.baseAddress.map { ByteSearch.find(base, (end - start) * kind, $0, m * kind, aligned: kind) } ?? -1
    }
    return place < 0 ? -1 : start + place / kind
  }
  static func rfind(_ hay: Object, _ needle: Object, _ start: Int, _ end: Int) -> Int {
    var i = end - needle.strLength
    while i >= start {
      if matches(hay, needle, at: i) { return i }
      i -= 1
    }
    return -1
  }
  @inline(__always) static func matches(_ hay: Object, _ needle: Object, at place: Int) -> Bool {
    let m = needle.strLength
    if hay.strKind == needle.strKind {
      let kind = hay.strKind
      return memcmp(hay.strData + place * kind, needle.strData, m * kind) == 0
    }
    for k in 0..<m where hay.codePoint(place + k) != needle.codePoint(k) { return false }
    return true
  }
  static func count(_ hay: Object, _ needle: Object, _ start: Int, _ end: Int) -> Int {
    if start > end { return 0 }
    if needle.strLength == 0 { return end - start + 1 }
    var n = 0
    var i = start
    while true {
      i = find(hay, needle, i, end)
      if i < 0 { return n }
      n += 1
      i += needle.strLength
    }
  }

  /// The bounds that optional `start` and `end` arguments give; nil with an exception set.
  static func bounds(_ t: ThreadState, _ length: Int, _ start: Object?, _ end: Object?) -> (Int, Int)? {
    func word(_ o: Object?, _ fallback: Int) -> Int? {
      guard let o, o != none else { return fallback }
      guard isIndex(o) else {
        t.raise(.TypeError, "slice indices must be integers or None or have an __index__ method")
        return nil
      }
      guard let number = index(t, o) else { return nil }
      defer { number.release() }
      return clampedIntValue(number)
    }
    guard var low = word(start, 0), var high = word(end, Int.max) else { return nil }
    if high > length { high = length } else if high < 0 { high = max(high + length, 0) }
    if low < 0 { low = max(low + length, 0) }
    return (low, high)
  }

  /// Runs a search with `(sub[, start[, end]])`.
  private static func search(
    _ t: ThreadState, _ o: Object, _ a: Arguments, _ name: String, _ body: (Object, Int, Int) -> Object?
  ) -> Object? {
    guard a[0].isKind(.str) else {
      return t.raise(.TypeError, "\(name)() argument 1 must be str, not \(argumentTypeName(a[0]))")
    }
    guard let (low, high) = bounds(t, o.strLength, a.optional(1), a.optional(2)) else { return nil }
    return body(a[0], low, high)
  }

  /// `startswith` and `endswith`.
  private static func edge(_ t: ThreadState, _ o: Object, _ a: Arguments, _ name: String, atEnd: Bool) -> Object? {
    guard let (low, high) = bounds(t, o.strLength, a.optional(1), a.optional(2)) else { return nil }
    func test(_ part: Object) -> Bool {
      let m = part.strLength
      guard high - low >= m else { return false }
      return matches(o, part, at: atEnd ? high - m : low)
    }
    if a[0].isKind(.str) { return makeBool(low <= high && test(a[0])) }
    guard a[0].isKind(.tuple) else {
      return t.raise(
        .TypeError, "\(name) first arg must be str or a tuple of str, not \(a[0].typeName)")
    }
    for i in 0..<a[0].tupleCount {
      let part = a[0].tupleItems[i]
      guard part.isKind(.str) else {
        return t.raise(.TypeError, "tuple for \(name) must only contain str, not \(part.typeName)")
      }
      if low <= high && test(part) { return core.pointee.true }
    }
    return core.pointee.false
  }

  static func replace(_ o: Object, _ old: Object, _ new: Object, _ limit: Int) -> Object {
    let limit = limit < 0 ? Int.max : limit
    let n = o.strLength
    let m = old.strLength
    if limit == 0 || (m > 0 && find(o, old, 0, n) < 0) || (m == 0 && new.strLength == 0) { return StrMethods.exact(o) }
    var b = StrBuilder(reserving: n)
    var done = 0
    var i = 0
    if m == 0 {
      while done < limit {
        b.append(new)
        done += 1
        if i >= n { break }
        b.append(o.codePoint(i))
        i += 1
      }
    } else {
      while done < limit {
        let hit = find(o, old, i, n)
        if hit < 0 { break }
        b.append(o, i, hit)
        b.append(new)
        i = hit + m
        done += 1
      }
    }
    b.append(o, min(i, n), n)
    return b.make()
  }

  static let methods: [NativeMethod] = [
    NativeMethod("find", .positional(1, 3)) { t, o, a in
      search(t, o, a, "find") { makeInt(find(o, $0, $1, $2)) }
    },
    NativeMethod("rfind", .positional(1, 3)) { t, o, a in
      search(t, o, a, "rfind") { makeInt(rfind(o, $0, $1, $2)) }
    },
    NativeMethod("index", .positional(1, 3)) { t, o, a in
      search(t, o, a, "index") {
        let i = find(o, $0, $1, $2)
        return i < 0 ? t.raise(.ValueError, "substring not found") : makeInt(i)
      }
    },
    NativeMethod("rindex", .positional(1, 3)) { t, o, a in
      search(t, o, a, "rindex") {
        let i = rfind(o, $0, $1, $2)
        return i < 0 ? t.raise(.ValueError, "substring not found") : makeInt(i)
      }
    },
    NativeMethod("count", .positional(1, 3)) { t, o, a in
      search(t, o, a, "count") { makeInt(count(o, $0, $1, $2)) }
    },
    NativeMethod("startswith", .positional(1, 3)) { t, o, a in edge(t, o, a, "startswith", atEnd: false) },
    NativeMethod("endswith", .positional(1, 3)) { t, o, a in edge(t, o, a, "endswith", atEnd: true) },
    NativeMethod("replace", .keywords) { t, o, arguments in
      guard
        let a = parseArguments(
          t, arguments, function: "replace", names: ["", "", "count"], required: 2, positionalOnly: 2)
      else { return nil }
      guard let old = a[0], let new = a[1] else { return nil }
      for (i, part) in [old, new].enumerated() where !part.isKind(.str) {
        return t.raise(.TypeError, "replace() argument \(i + 1) must be str, not \(argumentTypeName(part))")
      }
      var limit = -1
      if let given = a[2] {
        guard let value = intValue(t, given) else { return nil }
        limit = value
      }
      return replace(o, old, new, limit)
    },
  ]
}
