// `re.Pattern`: compiled code, and the searches with it.
import PythonRuntime
import PythonTypes

struct RegexPatternLayout {
  var header: ObjectHeader
  var pattern: Object?
  /// dict of name to number, tuple of number to name.
  var groupIndex: Object?
  var indexGroup: Object?
  var weakrefs: Object?
  var code: UnsafeMutablePointer<UInt32>?
  var codeCount: Int
  var flags: Int
  var groups: Int
}

extension Object {
  @inline(__always) var regex: UnsafeMutablePointer<RegexPatternLayout> { layout() }
}

enum RegexPattern {
  static let type: TypeObject = makeBuiltinType(
    name: "Pattern", module: "re", layoutSize: MemoryLayout<RegexPatternLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.weakrefOffset = MemoryLayout<RegexPatternLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clearWeakrefs(o)
      clear(o)
      o.regex.pointee.code?.deallocate()
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      visit(o.regex.pointee.pattern) || visit(o.regex.pointee.groupIndex) || visit(o.regex.pointee.indexGroup)
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.repr = UnaryFunction(repr)
    p.pointee.hash = MeasureFunction { t, o in
      let inner = o.regex.pointee.pattern.map { hash(t, $0) } ?? 0
      if inner == -1 { return -1 }
      let value = inner ^ o.regex.pointee.flags ^ (o.regex.pointee.codeCount << 8)
      return value == -1 ? -2 : value
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard op == .equal || op == .notEqual, a.type == type, b.type == type else { return core.pointee.notImplemented }
      var same = a == b
      if !same, a.regex.pointee.flags == b.regex.pointee.flags, isBytes(a) == isBytes(b),
        let x = a.regex.pointee.pattern,
        let y = b.regex.pointee.pattern
      {
        let answer = compareBool(t, x, y, .equal)
        if answer < 0 { return nil }
        same = answer == 1
      }
      return makeBool(same == (op == .equal))
    }
  }

  private static func clear(_ o: Object) {
    take(&o.regex.pointee.pattern)
    take(&o.regex.pointee.groupIndex)
    take(&o.regex.pointee.indexGroup)
  }

  static func isBytes(_ o: Object) -> Bool { o.regex.pointee.pattern.map { $0.isKind(.bytes) } ?? false }

  /// `_sre.compile(pattern, flags, code, groups, groupindex, indexgroup)`.
  static func compile(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "compile", names: ["pattern", "flags", "code", "groups", "groupindex", "indexgroup"],
        required: 6),
      let pattern = v[0], let flagsObject = v[1], let list = v[2], let groupsObject = v[3], let groupIndex = v[4],
      let indexGroup = v[5], let flags = intValue(t, flagsObject), let groups = intValue(t, groupsObject)
    else { return nil }
    guard list.isKind(.list), groupIndex.isKind(.dict), indexGroup.isKind(.tuple) else {
      return t.raise(.TypeError, "compile() needs a list, a dict and a tuple")
    }
    // As a tuple: a number's `__index__` may change the list.
    let words = listToTuple(list)
    defer { words.release() }
    let count = words.tupleCount
    let code = UnsafeMutablePointer<UInt32>.allocate(capacity: count + 4)
    code.initialize(repeating: 0, count: count + 4)
    for i in 0..<count {
      guard let value = intValue(t, words.tupleItems[i]), let word = UInt32(exactly: value) else {
        code.deallocate()
        return t.hasRaised ? nil : t.raise(.OverflowError, "regular expression code size limit exceeded")
      }
      code[i] = word
    }
    guard groups >= 0, groups <= RegexOp.maxGroups, RegexCheck.isValid(code, count, groups) else {
      code.deallocate()
      return t.raise(.RuntimeError, "invalid SRE code")
    }
    let o = allocateZeroed(type)
    o.regex.pointee.pattern = pattern.retained()
    o.regex.pointee.groupIndex = groupIndex.retained()
    o.regex.pointee.indexGroup = indexGroup.retained()
    o.regex.pointee.code = code
    o.regex.pointee.codeCount = count
    o.regex.pointee.flags = flags
    o.regex.pointee.groups = groups
    track(o)
    return o
  }

  // MARK: Subjects

  /// The characters of a string argument; nil: an exception is set. Valid while the object lives unchanged.
  static func subject(_ t: ThreadState, _ o: Object, _ text: Object) -> RegexSubject? {
    let subject: RegexSubject
    if text.isKind(.str) {
      subject = RegexSubject(
        base: UnsafeRawPointer(text.strData), kind: text.strKind, count: text.strLength, isBytes: false)
    } else if text.isKind(.bytes) {
      subject = RegexSubject(base: UnsafeRawPointer(text.bytesData), kind: 1, count: text.bytesCount, isBytes: true)
    } else if text.isKind(.bytearray) {
      let layout = text.byteArrayLayout
      let base = layout.pointee.data.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(text.address)
      subject = RegexSubject(base: base, kind: 1, count: layout.pointee.count, isBytes: true)
    } else if let memory = ByteSource.memory(t, text) {
      let base = memory.bytes.baseAddress.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(text.address)
      subject = RegexSubject(base: base, kind: 1, count: memory.bytes.count, isBytes: true)
    } else {
      if !t.hasRaised { t.raise(.TypeError, "expected string or bytes-like object, got '\(typeName(text))'") }
      return nil
    }
    if let pattern = o.regex.pointee.pattern, pattern != core.pointee.none, isBytes(o) != subject.isBytes {
      t.raise(
        .TypeError,
        subject.isBytes
          ? "cannot use a string pattern on a bytes-like object" : "cannot use a bytes pattern on a string-like object")
      return nil
    }
    return subject
  }

  static func slice(_ text: Object, _ start: Int, _ end: Int) -> Object {
    if text.isKind(.str) { return substring(text, start, end) }
    if text.isKind(.bytes) {
      return start == 0 && end == text.bytesCount ? text.retained() : makeBytes(text.bytesData + start, end - start)
    }
    // A match may outlive what it was found in: a bytearray that is shorter by now, a view that was released.
    let view = view(text)
    let (low, high) = (min(start, view.count), min(end, view.count))
    return makeBytes(view.baseAddress.map { $0 + low }, high - low)
  }

  /// The bytes of what was searched, empty when it shows none any more.
  private static func view(_ text: Object) -> UnsafeBufferPointer<UInt8> {
    if text.isKind(.bytearray) { return text.byteView }
    let t = currentThread()
    guard let memory = ByteSource.memory(t, text) else {
      t.clearRaised()
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(memory.bytes).bindMemory(to: UInt8.self)
  }

  /// Calls `body` while memory that is searched can be neither resized nor released.
  static func holding<Result>(_ t: ThreadState, _ text: Object, _ body: () -> Result) -> Result {
    guard !text.isKind(.str), !text.isKind(.bytes),
      let source = text.isKind(.memoryview) ? text.viewLayout.pointee.source : text, bufferView(t, source) != nil
    else {
      // Who searches says what is wrong.
      t.clearRaised()
      return body()
    }
    source.retain()
    _ = bufferView(t, source, change: 1)
    defer {
      _ = bufferView(t, source, change: -1)
      source.release()
    }
    return body()
  }

  /// A matcher over `text`; `pos` and `endpos` are clamped.
  static func matcher(_ t: ThreadState, _ o: Object, _ text: Object, pos: Int = 0, endpos: Int = Int.max)
    -> RegexMatcher?
  {
    guard let subject = subject(t, o, text), let code = o.regex.pointee.code else { return nil }
    let end = min(max(endpos, 0), subject.count)
    var matcher = RegexMatcher(code: code, groups: o.regex.pointee.groups, text: subject, end: end)
    matcher.start = min(max(pos, 0), end)
    return matcher
  }

  /// The arguments `string, pos, endpos` of the searching methods.
  static func parse(_ t: ThreadState, _ a: Arguments, _ name: String) -> (text: Object, pos: Int, endpos: Int)? {
    guard let v = parseArguments(t, a, function: name, names: ["string", "pos", "endpos"], required: 1), let text = v[0]
    else {
      return nil
    }
    var bounds = (0, Int.max)
    if let given = v[1] {
      guard isIndex(given), let value = index(t, given) else {
        if !t.hasRaised { t.raise(.TypeError, "'\(typeName(given))' object cannot be interpreted as an integer") }
        return nil
      }
      bounds.0 = clampedIntValue(value)
      value.release()
    }
    if let given = v[2] {
      guard isIndex(given), let value = index(t, given) else {
        if !t.hasRaised { t.raise(.TypeError, "'\(typeName(given))' object cannot be interpreted as an integer") }
        return nil
      }
      bounds.1 = clampedIntValue(value)
      value.release()
    }
    return (text, bounds.0, bounds.1)
  }

  // MARK: Text

  private static let flagNames: [(Int, String)] = [
    (2, "re.IGNORECASE"), (4, "re.LOCALE"), (8, "re.MULTILINE"), (16, "re.DOTALL"), (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
  ]

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    guard let pattern = o.regex.pointee.pattern, var text = reprString(t, pattern) else { return nil }
    if text.unicodeScalars.count > 200 { text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(200))) }
    var flags = o.regex.pointee.flags
    // UNICODE is the default for str patterns.
    if pattern.isKind(.str), flags & (4 | 256 | 32) == 32 { flags &= ~32 }
    var names: [String] = []
    for (bit, name) in flagNames where flags & bit != 0 {
      names.append(name)
      flags &= ~bit
    }
    if flags != 0 { names.append("0x" + String(flags, radix: 16)) }
    return makeString("re.compile(\(text)\(names.isEmpty ? "" : ", " + names.joined(separator: "|")))")
  }
}
