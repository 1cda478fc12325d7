// The methods of `re.Pattern`: match, search, findall, finditer, split, sub, and the scanner behind finditer.
import PythonRuntime

struct RegexScannerLayout {
  var header: ObjectHeader
  var pattern: Object?
  var string: Object?
  var pos: Int
  var endpos: Int
  var next: Int
  var mustAdvance: Bool
}

enum RegexSearches {
  private enum Mode { case match, fullMatch, search }

  private static func one(_ t: ThreadState, _ o: Object, _ a: Arguments, _ mode: Mode, _ name: String) -> Object? {
    guard let given = RegexPattern.parse(t, a, name),
      var matcher = RegexPattern.matcher(t, o, given.text, pos: given.pos, endpos: given.endpos)
    else { return nil }
    let pos = matcher.start
    matcher.matchAll = mode == .fullMatch
    guard mode == .search ? matcher.search() : matcher.match() else { return core.pointee.none }
    return RegexMatch.make(o, given.text, matcher, pos: pos, endpos: matcher.end)
  }

  /// Calls `body` with the matcher at each match in turn; false: stopped by an exception.
  private static func forEachMatch(
    _ matcher: inout RegexMatcher, limit: Int, _ body: (RegexMatcher) -> Bool
  ) -> Bool {
    var count = 0
    while limit == 0 || count < limit {
      guard matcher.search() else { return true }
      guard body(matcher) else { return false }
      count += 1
      matcher.mustAdvance = matcher.position == matcher.start
      matcher.start = matcher.position
    }
    return true
  }

  private static func group(_ m: RegexMatcher, _ text: Object, _ g: Int) -> Object? {
    guard 2 * g + 1 <= m.lastMark, m.marks[2 * g] >= 0, m.marks[2 * g + 1] >= m.marks[2 * g] else { return nil }
    return RegexPattern.slice(text, m.marks[2 * g], m.marks[2 * g + 1])
  }

  private static func empty(_ text: Object) -> Object {
    text.isKind(.str) ? core.pointee.emptyString : core.pointee.emptyBytes
  }

  /// Joins pieces of str or bytes.
  static func join(_ t: ThreadState, _ pieces: Object, like text: Object) -> Object? {
    if pieces.listCount == 0 { return empty(text).retained() }
    return callMethod(t, empty(text), "join", pieces)
  }

  private static func findAll(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let given = RegexPattern.parse(t, a, "findall"),
      var matcher = RegexPattern.matcher(t, o, given.text, pos: given.pos, endpos: given.endpos)
    else { return nil }
    let groups = o.regex.pointee.groups
    let result = makeList()
    let text = given.text
    _ = forEachMatch(&matcher, limit: 0) { m in
      switch groups {
      case 0: listAppend(result, stealing: RegexPattern.slice(text, m.start, m.position))
      case 1: listAppend(result, stealing: group(m, text, 0) ?? empty(text).retained())
      default:
        listAppend(result, stealing: makeTuple((0..<groups).map { group(m, text, $0) ?? empty(text).retained() }))
      }
      return true
    }
    return result
  }

  private static func split(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "split", names: ["string", "maxsplit"], required: 1), let text = v[0]
    else { return nil }
    var limit = 0
    if let given = v[1] {
      guard let value = indexValue(t, given) else { return nil }
      limit = value
    }
    guard var matcher = RegexPattern.matcher(t, o, text) else { return nil }
    let result = makeList()
    var last = 0
    if limit >= 0 {
      _ = forEachMatch(&matcher, limit: limit) { m in
        listAppend(result, stealing: RegexPattern.slice(text, last, m.start))
        for g in 0..<o.regex.pointee.groups { listAppend(result, stealing: group(m, text, g) ?? core.pointee.none) }
        last = m.position
        return true
      }
    }
    listAppend(result, stealing: RegexPattern.slice(text, last, matcher.text.count))
    return result
  }

  private static func substitute(_ t: ThreadState, _ o: Object, _ a: Arguments, counting: Bool) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: counting ? "subn" : "sub", names: ["repl", "string", "count"], required: 2),
      let replacement = v[0], let text = v[1]
    else { return nil }
    var limit = 0
    if let given = v[2] {
      guard let value = indexValue(t, given) else { return nil }
      limit = value
    }
    return RegexPattern.holding(t, text) { substitute(t, o, replacement, text, limit, counting: counting) }
  }

  private static func substitute(
    _ t: ThreadState, _ o: Object, _ replacement: Object, _ text: Object, _ limit: Int, counting: Bool
  ) -> Object? {
    guard var matcher = RegexPattern.matcher(t, o, text) else { return nil }
    // A callable, a text without backslashes, or a template.
    var literal: Object?
    var template: Object?
    defer {
      literal.release()
      template.release()
    }
    if !isCallable(replacement) {
      if isLiteral(replacement) {
        literal = replacement.retained()
      } else {
        guard let compiled = RegexTemplate.compile(t, o, replacement) else { return nil }
        template = compiled
      }
    }
    let pieces = makeList()
    defer { pieces.release() }
    var (last, count) = (0, 0)
    let done =
      limit < 0
      || forEachMatch(&matcher, limit: limit) { m in
        if m.start > last { listAppend(pieces, stealing: RegexPattern.slice(text, last, m.start)) }
        last = m.position
        count += 1
        if let literal {
          listAppend(t, pieces, literal)
          return true
        }
        let match = RegexMatch.make(o, text, m, pos: 0, endpos: m.end)
        defer { match.release() }
        guard let piece = template.map({ RegexTemplate.expand(t, $0, match) }) ?? call1(t, replacement, match) else {
          return false
        }
        if piece == core.pointee.none { return true }
        listAppend(pieces, stealing: piece)
        return true
      }
    guard done else { return nil }
    if last < matcher.text.count || count == 0 {
      listAppend(pieces, stealing: RegexPattern.slice(text, last, matcher.text.count))
    }
    guard let result = join(t, pieces, like: text) else { return nil }
    return counting ? makeTuple(stealing: result, makeInt(count)) : result
  }

  private static func isLiteral(_ o: Object) -> Bool {
    if o.isKind(.str) { return !(0..<o.strLength).contains { o.codePoint($0) == 92 } }
    if o.isKind(.bytes) { return !(0..<o.bytesCount).contains { o.bytesData[$0] == 92 } }
    return false
  }

  // MARK: Scanner

  static let scannerType: TypeObject = makeBuiltinType(
    name: "SRE_Scanner", module: "_sre", layoutSize: MemoryLayout<RegexScannerLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(RegexScannerLayout.self).pointee.pattern)
      take(&o.layout(RegexScannerLayout.self).pointee.string)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<RegexScannerLayout> = o.layout()
      return visit(p.pointee.pattern) || visit(p.pointee.string)
    }
  }

  private static func scanner(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let given = RegexPattern.parse(t, a, "scanner"),
      let matcher = RegexPattern.matcher(t, o, given.text, pos: given.pos, endpos: given.endpos)
    else { return nil }
    let s = allocateZeroed(scannerType)
    let p: UnsafeMutablePointer<RegexScannerLayout> = s.layout()
    p.pointee.pattern = o.retained()
    p.pointee.string = given.text.retained()
    p.pointee.pos = matcher.start
    p.pointee.endpos = matcher.end
    p.pointee.next = matcher.start
    track(s)
    return s
  }

  private static func advance(_ t: ThreadState, _ s: Object, searching: Bool) -> Object? {
    let p: UnsafeMutablePointer<RegexScannerLayout> = s.layout()
    guard p.pointee.next >= 0, let pattern = p.pointee.pattern, let text = p.pointee.string else {
      return core.pointee.none
    }
    guard var matcher = RegexPattern.matcher(t, pattern, text, pos: p.pointee.next, endpos: p.pointee.endpos) else {
      return nil
    }
    matcher.mustAdvance = p.pointee.mustAdvance
    guard searching ? matcher.search() : matcher.match() else {
      p.pointee.next = -1
      return core.pointee.none
    }
    p.pointee.mustAdvance = matcher.position == matcher.start
    p.pointee.next = matcher.position
    return RegexMatch.make(pattern, text, matcher, pos: p.pointee.pos, endpos: matcher.end)
  }

  private static func findIterator(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let s = scanner(t, o, a) else { return nil }
    defer { s.release() }
    guard let search = getAttribute(t, s, "search") else { return nil }
    defer { search.release() }
    return makeIterator(core.pointee.types.callIterator, search, second: core.pointee.none)
  }

  // MARK: Readiness

  static func install(_ t: ThreadState) {
    for type in [RegexPattern.type, RegexTemplate.type, scannerType] { readyType(t, type) }
    RegexMatch.install(t)
    addMember(t, scannerType, "pattern", offset: 16, readOnly: true)
    addMethods(
      t, scannerType,
      [
        NativeMethod("match", .noArguments) { t, o, _ in advance(t, o, searching: false) },
        NativeMethod("search", .noArguments) { t, o, _ in advance(t, o, searching: true) },
      ])
    let type = RegexPattern.type
    addMember(t, type, "pattern", offset: 16, readOnly: true)
    addGetSet(t, type, "flags", getter: UnaryFunction { _, o in makeInt(o.regex.pointee.flags) })
    addGetSet(t, type, "groups", getter: UnaryFunction { _, o in makeInt(o.regex.pointee.groups) })
    addGetSet(
      t, type, "groupindex",
      getter: UnaryFunction { t, o in
        o.regex.pointee.groupIndex.flatMap { call1(t, core.pointee.types.mappingProxy.object, $0) }
      })
    addMethods(
      t, type,
      [
        NativeMethod("match", .keywords) { t, o, a in one(t, o, a, .match, "match") },
        NativeMethod("fullmatch", .keywords) { t, o, a in one(t, o, a, .fullMatch, "fullmatch") },
        NativeMethod("search", .keywords) { t, o, a in one(t, o, a, .search, "search") },
        NativeMethod("findall", .keywords) { t, o, a in findAll(t, o, a) },
        NativeMethod("finditer", .keywords) { t, o, a in findIterator(t, o, a) },
        NativeMethod("scanner", .keywords) { t, o, a in scanner(t, o, a) },
        NativeMethod("split", .keywords) { t, o, a in split(t, o, a) },
        NativeMethod("sub", .keywords) { t, o, a in substitute(t, o, a, counting: false) },
        NativeMethod("subn", .keywords) { t, o, a in substitute(t, o, a, counting: true) },
        NativeMethod("__copy__", .noArguments) { _, o, _ in o.retained() },
        NativeMethod("__deepcopy__", .oneArgument) { _, o, _ in o.retained() },
        GenericAlias.classGetItem,
      ])
  }
}
