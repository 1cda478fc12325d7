// What bytes and bytearray have in common. Results have the receiver's plain type.
import Glibc
import PythonRuntime

enum BytesShared {
  /// More bytes than this are nothing that memory could hold.
  static let maximumCount = 1 << 34

  static func make(_ like: Object, _ bytes: [UInt8]) -> Object {
    like.isKind(.bytearray) ? makeByteArray(bytes) : makeBytes(bytes)
  }
  private static func itself(_ o: Object) -> Object { o.isExactly(.bytes) ? o.retained() : make(o, Array(o.byteView)) }

  static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.compare = CompareFunction { _, a, b, op in
      // Bytes are compared with bytes alone: a bytearray answers for both, a memoryview knows no order.
      guard a.isKind(.bytearray) || b.isKind(.bytes), let x = ByteSource.view(a), let y = ByteSource.view(b) else {
        return notImplemented
      }
      if op == .equal || op == .notEqual { return makeBool((x == y) == (op == .equal)) }
      let n = min(x.count, y.count)
      var order = n == 0 ? 0 : Int(memcmp(x, y, n))
      if order == 0 { order = x.count - y.count }
      return makeBool(compareWords(order, 0, op))
    }
    p.pointee.iter = UnaryFunction { _, o in
      let types = core.pointee.types
      return makeIterator(o.isKind(.bytes) ? types.bytesIterator : types.byteArrayIterator, o)
    }
    p.pointee.length = MeasureFunction { _, o in o.byteView.count }
    p.pointee.concatenate = BinaryFunction { t, a, b in
      guard let other = ByteSource.view(b) else {
        return t.raise(.TypeError, "can't concat \(b.typeName) to \(a.typeName)")
      }
      return make(a, Array(a.byteView) + other)
    }
    p.pointee.repeated = IndexFunction { t, o, n in
      let bytes = o.byteView
      let (total, overflow) = bytes.count.multipliedReportingOverflow(by: max(n, 0))
      guard !overflow, total < maximumCount else { return t.raise(.MemoryError) }
      if n == 1 && o.isExactly(.bytes) { return o.retained() }
      var out: [UInt8] = []
      out.reserveCapacity(total)
      for _ in 0..<max(n, 0) { out.append(contentsOf: bytes) }
      return make(o, out)
    }
    p.pointee.item = IndexFunction { t, o, i in
      guard i >= 0, i < o.byteView.count else {
        return t.raise(.IndexError, o.isKind(.bytes) ? "index out of range" : "bytearray index out of range")
      }
      return makeInt(Int(o.byteView[i]))
    }
    p.pointee.getItem = BinaryFunction { t, o, key in
      if isIndex(key) {
        guard var i = indexValue(t, key) else { return nil }
        // Only now: the key's `__index__` may have changed a bytearray.
        let bytes = o.byteView
        if i < 0 { i += bytes.count }
        guard i >= 0, i < bytes.count else {
          return t.raise(.IndexError, o.isKind(.bytes) ? "index out of range" : "bytearray index out of range")
        }
        return makeInt(Int(bytes[i]))
      }
      guard key.isKind(.slice) else {
        return t.raise(
          .TypeError,
          o.isKind(.bytes)
            ? "byte indices must be integers or slices, not \(key.typeName)"
            : "bytearray indices must be integers or slices, not \(key.typeName)")
      }
      guard let bounds = sliceBounds(t, key) else { return nil }
      let bytes = o.byteView
      let s = adjustSlice(bytes.count, bounds)
      if s.step == 1 {
        if s.count == bytes.count { return itself(o) }
        return make(o, Array(bytes[s.start..<(s.start + s.count)]))
      }
      return make(o, (0..<s.count).map { bytes[s.start + $0 * s.step] })
    }
    p.pointee.contains = ContainsFunction { t, o, item in
      if isIndex(item) && ByteSource.view(item) == nil {
        guard let byte = ByteSource.byte(t, item, "byte") else { return -1 }
        return o.byteView.contains(byte) ? 1 : 0
      }
      guard let part = ByteSource.required(t, item) else { return -1 }
      return find(o.byteView, part, 0, o.byteView.count) >= 0 ? 1 : 0
    }
    p.pointee.number.remainder = BinaryFunction { t, a, b in
      guard a.isKind(.bytes) || a.isKind(.bytearray) else { return notImplemented }
      return PercentFormat.formatBytes(t, a, b)
    }
  }

  // MARK: - Searching

  static func find(_ hay: ByteView, _ needle: [UInt8], _ start: Int, _ end: Int) -> Int {
    let m = needle.count
    guard end - start >= m, start >= 0 else { return -1 }
    if m == 0 { return start }
    guard let base = hay.baseAddress else { return -1 }
    return needle.withUnsafeBufferPointer { pattern in
      pattern.baseAddress.map { ByteSearch.find(base + start, end - start, $0, m) }.map { $0 < 0 ? -1 : start + $0 }
        ?? -1
    }
  }
  static func rfind(_ hay: ByteView, _ needle: [UInt8], _ start: Int, _ end: Int) -> Int {
    var i = end - needle.count
    while i >= start {
      if hay[i..<(i + needle.count)].elementsEqual(needle) { return i }
      i -= 1
    }
    return -1
  }

  private static func pattern(_ t: ThreadState, _ o: Object) -> [UInt8]? {
    if let bytes = ByteSource.view(o) { return bytes }
    if isIndex(o) { return ByteSource.byte(t, o, "byte").map { [$0] } }
    t.raise(.TypeError, "argument should be integer or bytes-like object, not '\(o.typeName)'")
    return nil
  }
  private static func search(
    _ t: ThreadState, _ o: Object, _ a: Arguments, _ body: (ByteView, [UInt8], Int, Int) -> Object?
  ) -> Object? {
    guard let part = pattern(t, a[0]),
      let (low, high) = StrSearch.bounds(t, o.byteView.count, a.optional(1), a.optional(2))
    else { return nil }
    return body(o.byteView, part, low, high)
  }
  private static func edge(_ t: ThreadState, _ o: Object, _ a: Arguments, _ name: String, atEnd: Bool) -> Object? {
    guard let (low, high) = StrSearch.bounds(t, o.byteView.count, a.optional(1), a.optional(2)) else { return nil }
    let bytes = o.byteView
    func test(_ part: [UInt8]) -> Bool {
      guard high - low >= part.count else { return false }
      let place = atEnd ? high - part.count : low
      return bytes[place..<(place + part.count)].elementsEqual(part)
    }
    if let part = ByteSource.view(a[0]) { return makeBool(low <= high && test(part)) }
    guard a[0].isKind(.tuple) else {
      return t.raise(.TypeError, "\(name) first arg must be bytes or a tuple of bytes, not \(a[0].typeName)")
    }
    for i in 0..<a[0].tupleCount {
      guard let part = ByteSource.required(t, a[0].tupleItems[i]) else { return nil }
      if low <= high && test(part) { return core.pointee.true }
    }
    return core.pointee.false
  }

  // MARK: - Parts

  private static func isSpace(_ b: UInt8) -> Bool { b == 32 || (9...13).contains(b) }

  private static func split(_ t: ThreadState, _ o: Object, _ arguments: Arguments, fromRight: Bool) -> Object? {
    guard let (sep, limit) = StrParts.splitArguments(t, arguments, fromRight ? "rsplit" : "split") else { return nil }
    var bytes = Array(o.byteView)
    var part: [UInt8]?
    if let sep {
      guard var given = ByteSource.required(t, sep) else { return nil }
      if given.isEmpty { return t.raise(.ValueError, "empty separator") }
      if fromRight { given.reverse() }
      part = given
    }
    // A split from the right is one of the reversed bytes.
    if fromRight { bytes.reverse() }
    var pieces: [[UInt8]] = []
    var i = 0
    let n = bytes.count
    bytes.withUnsafeBufferPointer { view in
      if let part {
        while pieces.count < limit {
          let hit = find(view, part, i, n)
          if hit < 0 { break }
          pieces.append(Array(view[i..<hit]))
          i = hit + part.count
        }
        pieces.append(Array(view[i..<n]))
      } else {
        while true {
          while i < n, isSpace(view[i]) { i += 1 }
          if i >= n { break }
          if pieces.count >= limit {
            pieces.append(Array(view[i..<n]))
            break
          }
          let start = i
          while i < n, !isSpace(view[i]) { i += 1 }
          pieces.append(Array(view[start..<i]))
        }
      }
    }
    if fromRight { pieces = pieces.reversed().map { $0.reversed() } }
    return makeList(pieces.map { make(o, $0) })
  }

  private static func strip(_ t: ThreadState, _ o: Object, _ set: Object?, left: Bool, right: Bool) -> Object? {
    let bytes = o.byteView
    var drops: [UInt8] = [9, 10, 11, 12, 13, 32]
    if let set, set != none {
      guard let given = ByteSource.required(t, set) else { return nil }
      drops = given
    }
    var start = 0
    var end = bytes.count
    if left { while start < end, drops.contains(bytes[start]) { start += 1 } }
    if right { while end > start, drops.contains(bytes[end - 1]) { end -= 1 } }
    return start == 0 && end == bytes.count ? itself(o) : make(o, Array(bytes[start..<end]))
  }

  private static func mapped(_ o: Object, _ body: (UInt8) -> UInt8) -> Object { make(o, o.byteView.map(body)) }
  private static func isUpper(_ b: UInt8) -> Bool { (65...90).contains(b) }
  private static func isLower(_ b: UInt8) -> Bool { (97...122).contains(b) }
  private static func isAlpha(_ b: UInt8) -> Bool { isUpper(b & ~32) }
  private static func lower(_ b: UInt8) -> UInt8 { isUpper(b) ? b | 32 : b }
  private static func upper(_ b: UInt8) -> UInt8 { isLower(b) ? b & ~32 : b }
  private static func all(_ o: Object, _ test: (UInt8) -> Bool) -> Object {
    makeBool(!o.byteView.isEmpty && o.byteView.allSatisfy(test))
  }

  private static func padded(_ t: ThreadState, _ o: Object, _ a: Arguments, _ left: (Int, Int) -> Int) -> Object? {
    guard let width = intValue(t, a[0]) else { return nil }
    var fill: UInt8 = 32
    if let given = a.optional(1) {
      guard let bytes = ByteSource.view(given), bytes.count == 1 else {
        return t.raise(.TypeError, "The fill character must be a byte string of length 1, not \(given.typeName)")
      }
      fill = bytes[0]
    }
    let missing = width - o.byteView.count
    if missing <= 0 { return itself(o) }
    let before = left(missing, width)
    return make(
      o, [UInt8](repeating: fill, count: before) + o.byteView + [UInt8](repeating: fill, count: missing - before))
  }

  private static func replace(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let old = ByteSource.required(t, a[0]), let new = ByteSource.required(t, a[1]) else { return nil }
    var limit = Int.max
    if let given = a.optional(2) {
      guard let value = intValue(t, given) else { return nil }
      limit = value < 0 ? Int.max : value
    }
    let bytes = o.byteView
    var out: [UInt8] = []
    var i = 0
    var done = 0
    if old.isEmpty {
      while done < limit {
        out += new
        done += 1
        if i >= bytes.count { break }
        out.append(bytes[i])
        i += 1
      }
    } else {
      while done < limit {
        let hit = find(bytes, old, i, bytes.count)
        if hit < 0 { break }
        out += bytes[i..<hit]
        out += new
        i = hit + old.count
        done += 1
      }
    }
    if i < bytes.count { out += bytes[i...] }
    return make(o, out)
  }

  private static func partition(_ t: ThreadState, _ o: Object, _ sepObject: Object, fromRight: Bool) -> Object? {
    guard let sep = ByteSource.required(t, sepObject) else { return nil }
    if sep.isEmpty { return t.raise(.ValueError, "empty separator") }
    let bytes = o.byteView
    let hit = fromRight ? rfind(bytes, sep, 0, bytes.count) : find(bytes, sep, 0, bytes.count)
    if hit < 0 {
      let whole = itself(o)
      return makeTuple(fromRight ? [make(o, []), make(o, []), whole] : [whole, make(o, []), make(o, [])])
    }
    return makeTuple([make(o, Array(bytes[..<hit])), make(o, sep), make(o, Array(bytes[(hit + sep.count)...]))])
  }

  private static func join(_ t: ThreadState, _ o: Object, _ iterable: Object) -> Object? {
    guard let sequence = fastSequence(t, iterable, "can only join an iterable") else { return nil }
    defer { sequence.release() }
    if sequence.fastCount == 1, sequence.fastItem(0).isExactly(.bytes), o.isKind(.bytes) {
      return sequence.fastItem(0).retained()
    }
    var out: [UInt8] = []
    for i in 0..<sequence.fastCount {
      guard let part = ByteSource.view(sequence.fastItem(i)) else {
        return t.raise(
          .TypeError,
          "sequence item \(i): expected a bytes-like object, \(sequence.fastItem(i).typeName) found")
      }
      if i > 0 { out.append(contentsOf: o.byteView) }
      out += part
    }
    return make(o, out)
  }

  private static func title(_ o: Object) -> Object {
    var inWord = false
    return mapped(o) { b in
      defer { inWord = isAlpha(b) }
      return inWord ? lower(b) : upper(b)
    }
  }

  private static func hex(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    guard
      let a = parseArguments(t, arguments, function: "hex", names: ["sep", "bytes_per_sep"], required: 0)
    else { return nil }
    var separator: UInt8?
    if let given = a[0] {
      let letters: [UInt32]
      if given.isKind(.str) {
        letters = given.codePoints
      } else if given.isKind(.bytes) {
        letters = given.byteView.map { UInt32($0) }
      } else {
        guard length(t, given) >= 0 else { return nil }
        return t.raise(.TypeError, "sep must be str or bytes.")
      }
      guard letters.count == 1 else { return t.raise(.ValueError, "sep must be length 1.") }
      guard letters[0] < 128 else { return t.raise(.ValueError, "sep must be ASCII.") }
      separator = UInt8(letters[0])
    }
    var group = 1
    if let given = a[1] {
      guard let value = intValue(t, given) else { return nil }
      group = value
    }
    return makeString(hexText(o.byteView, separator, group))
  }
  static func hexText(_ bytes: ByteView, _ separator: UInt8?, _ group: Int) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    let n = bytes.count
    for (i, byte) in bytes.enumerated() {
      if let separator, group != 0, i > 0 {
        let place = group > 0 ? n - i : i
        if UInt(place) % group.magnitude == 0 { out.append(separator) }
      }
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }

  static let fromHex = NativeMethod("fromhex", .oneArgument, binding: .classMethod) { t, type, a in
    guard a[0].isKind(.str) else {
      return t.raise(.TypeError, "fromhex() argument must be str, not \(argumentTypeName(a[0]))")
    }
    var out: [UInt8] = []
    var i = 0
    let n = a[0].strLength
    while i < n {
      let c = a[0].codePoint(i)
      if c == 32 || (9...13).contains(c) {
        i += 1
        continue
      }
      let high = digitValue(a[0].codePoint(i))
      let low = i + 1 < n ? digitValue(a[0].codePoint(i + 1)) : 99
      guard high < 16, low < 16 else {
        return t.raise(
          .ValueError,
          "non-hexadecimal number found in fromhex() arg at position \(high < 16 ? i + 1 : i)")
      }
      out.append(UInt8(high * 16 + low))
      i += 2
    }
    let isArray = TypeObject(unchecked: type).kind == .bytearray
    let result = isArray ? makeByteArray(out) : makeBytes(out)
    if type == core.pointee.types.bytes.object || type == core.pointee.types.bytearray.object { return result }
    defer { result.release() }
    return call1(t, type, result)
  }

  static let makeTrans = NativeMethod("maketrans", .positional(2, 2), binding: .staticMethod) { t, _, a in
    guard let from = ByteSource.required(t, a[0]), let to = ByteSource.required(t, a[1]) else { return nil }
    guard from.count == to.count else { return t.raise(.ValueError, "maketrans arguments must have same length") }
    var table = (0...255).map { UInt8($0) }
    for (x, y) in zip(from, to) { table[Int(x)] = y }
    return makeBytes(table)
  }

  private static func translate(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    guard
      let a = parseArguments(
        t, arguments, function: "translate", names: ["table", "delete"], required: 1, positionalOnly: 1)
    else { return nil }
    var table: [UInt8]?
    if let given = a[0], given != none {
      guard let bytes = ByteSource.required(t, given) else { return nil }
      guard bytes.count == 256 else { return t.raise(.ValueError, "translation table must be 256 characters long") }
      table = bytes
    }
    var deleted: [UInt8] = []
    if let given = a[1] {
      guard let bytes = ByteSource.required(t, given) else { return nil }
      deleted = bytes
    }
    return make(o, o.byteView.filter { !deleted.contains($0) }.map { table?[Int($0)] ?? $0 })
  }

  static let methods: [NativeMethod] = searching + dividing + casing

  private static let searching: [NativeMethod] = [
    NativeMethod("find", .positional(1, 3)) { t, o, a in search(t, o, a) { makeInt(find($0, $1, $2, $3)) } },
    NativeMethod("rfind", .positional(1, 3)) { t, o, a in search(t, o, a) { makeInt(rfind($0, $1, $2, $3)) } },
    NativeMethod("index", .positional(1, 3)) { t, o, a in
      search(t, o, a) {
        let i = find($0, $1, $2, $3)
        return i < 0 ? t.raise(.ValueError, "subsection not found") : makeInt(i)
      }
    },
    NativeMethod("rindex", .positional(1, 3)) { t, o, a in
      search(t, o, a) {
        let i = rfind($0, $1, $2, $3)
        return i < 0 ? t.raise(.ValueError, "subsection not found") : makeInt(i)
      }
    },
    NativeMethod("count", .positional(1, 3)) { t, o, a in
      search(t, o, a) { view, part, low, high in
        if low > high { return makeInt(0) }
        if part.isEmpty { return makeInt(high - low + 1) }
        var n = 0
        var i = low
        while true {
          i = find(view, part, i, high)
          if i < 0 { return makeInt(n) }
          n += 1
          i += part.count
        }
      }
    },
    NativeMethod("startswith", .positional(1, 3)) { t, o, a in edge(t, o, a, "startswith", atEnd: false) },
    NativeMethod("endswith", .positional(1, 3)) { t, o, a in edge(t, o, a, "endswith", atEnd: true) },
    NativeMethod("replace", .positional(2, 3), function: NativeFunction(replace)),
    NativeMethod("translate", .keywords, function: NativeFunction(translate)),
  ]

  private static let dividing: [NativeMethod] = [
    NativeMethod("split", .keywords) { t, o, a in split(t, o, a, fromRight: false) },
    NativeMethod("rsplit", .keywords) { t, o, a in split(t, o, a, fromRight: true) },
    NativeMethod("splitlines", .keywords) { t, o, arguments in
      guard let a = parseArguments(t, arguments, function: "splitlines", names: ["keepends"], required: 0) else {
        return nil
      }
      let keep = a[0].map { isTrue(t, $0) } ?? 0
      if keep < 0 { return nil }
      let bytes = Array(o.byteView)
      var parts: [Object] = []
      var i = 0
      while i < bytes.count {
        let start = i
        while i < bytes.count, bytes[i] != 10, bytes[i] != 13 { i += 1 }
        var end = i
        if i < bytes.count {
          i += bytes[i] == 13 && i + 1 < bytes.count && bytes[i + 1] == 10 ? 2 : 1
          if keep > 0 { end = i }
        }
        parts.append(make(o, Array(bytes[start..<end])))
      }
      return makeList(parts)
    },
    NativeMethod("join", .oneArgument) { t, o, a in join(t, o, a[0]) },
    NativeMethod("strip", .positional(0, 1)) { t, o, a in strip(t, o, a.optional(0), left: true, right: true) },
    NativeMethod("lstrip", .positional(0, 1)) { t, o, a in strip(t, o, a.optional(0), left: true, right: false) },
    NativeMethod("rstrip", .positional(0, 1)) { t, o, a in strip(t, o, a.optional(0), left: false, right: true) },
    NativeMethod("partition", .oneArgument) { t, o, a in partition(t, o, a[0], fromRight: false) },
    NativeMethod("rpartition", .oneArgument) { t, o, a in partition(t, o, a[0], fromRight: true) },
    NativeMethod("removeprefix", .oneArgument) { t, o, a in
      guard let part = ByteSource.required(t, a[0]) else { return nil }
      return o.byteView.starts(with: part) ? make(o, Array(o.byteView.dropFirst(part.count))) : itself(o)
    },
    NativeMethod("removesuffix", .oneArgument) { t, o, a in
      guard let part = ByteSource.required(t, a[0]) else { return nil }
      let bytes = o.byteView
      let ends = bytes.count >= part.count && bytes.suffix(part.count).elementsEqual(part)
      return ends && !part.isEmpty ? make(o, Array(bytes.dropLast(part.count))) : itself(o)
    },
    NativeMethod("ljust", .positional(1, 2)) { t, o, a in padded(t, o, a) { _, _ in 0 } },
    NativeMethod("rjust", .positional(1, 2)) { t, o, a in padded(t, o, a) { missing, _ in missing } },
    NativeMethod("center", .positional(1, 2)) { t, o, a in
      padded(t, o, a) { missing, width in missing / 2 + (missing & width & 1) }
    },
    NativeMethod("zfill", .oneArgument) { t, o, a in
      guard let width = intValue(t, a[0]) else { return nil }
      var bytes = Array(o.byteView)
      let missing = width - bytes.count
      if missing > 0 {
        let signed = bytes.first == 43 || bytes.first == 45
        bytes.insert(contentsOf: [UInt8](repeating: 48, count: missing), at: signed ? 1 : 0)
      }
      return make(o, bytes)
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
      var out: [UInt8] = []
      var column = 0
      for b in o.byteView {
        if b == 9 {
          let n = size > 0 ? size - column % size : 0
          out += [UInt8](repeating: 32, count: n)
          column += n
        } else {
          out.append(b)
          column = b == 10 || b == 13 ? 0 : column + 1
        }
      }
      return make(o, out)
    },
    NativeMethod("hex", .keywords, function: NativeFunction(hex)),
    NativeMethod("decode", .keywords) { t, o, arguments in
      guard let a = parseArguments(t, arguments, function: "decode", names: ["encoding", "errors"], required: 0) else {
        return nil
      }
      return Codec.decodeObject(t, o, encoding: a[0], errors: a[1])
    },
  ]

  private static let casing: [NativeMethod] = [
    NativeMethod("lower", .noArguments) { _, o, _ in mapped(o, lower) },
    NativeMethod("upper", .noArguments) { _, o, _ in mapped(o, upper) },
    NativeMethod("swapcase", .noArguments) { _, o, _ in mapped(o) { isUpper($0) ? lower($0) : upper($0) } },
    NativeMethod("title", .noArguments) { _, o, _ in title(o) },
    NativeMethod("capitalize", .noArguments) { _, o, _ in
      var isFirst = true
      return mapped(o) { b in
        defer { isFirst = false }
        return isFirst ? upper(b) : lower(b)
      }
    },
    NativeMethod("isalpha", .noArguments) { _, o, _ in all(o, isAlpha) },
    NativeMethod("isalnum", .noArguments) { _, o, _ in all(o) { isAlpha($0) || (48...57).contains($0) } },
    NativeMethod("isdigit", .noArguments) { _, o, _ in all(o) { (48...57).contains($0) } },
    NativeMethod("isspace", .noArguments) { _, o, _ in all(o, isSpace) },
    NativeMethod("isascii", .noArguments) { _, o, _ in makeBool(o.byteView.allSatisfy { $0 < 128 }) },
    NativeMethod("islower", .noArguments) { _, o, _ in
      makeBool(o.byteView.contains(where: isLower) && !o.byteView.contains(where: isUpper))
    },
    NativeMethod("isupper", .noArguments) { _, o, _ in
      makeBool(o.byteView.contains(where: isUpper) && !o.byteView.contains(where: isLower))
    },
    NativeMethod("istitle", .noArguments) { _, o, _ in
      var inWord = false
      var found = false
      for b in o.byteView {
        if isUpper(b) {
          if inWord { return core.pointee.false }
          inWord = true
          found = true
        } else if isLower(b) {
          if !inWord { return core.pointee.false }
          found = true
        } else {
          inWord = false
        }
      }
      return makeBool(found)
    },
  ]
}
