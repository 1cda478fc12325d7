// `re.Match`: where a pattern matched.
import PythonRuntime

struct RegexMatchLayout {
  var header: ObjectHeader
  var string: Object?
  var pattern: Object?
  var spans: UnsafeMutablePointer<Int>?
  var groups: Int
  var pos: Int
  var endpos: Int
  var lastIndex: Int
}

extension Object {
  @inline(__always) var match: UnsafeMutablePointer<RegexMatchLayout> { layout() }
}

enum RegexMatch {
  static let type: TypeObject = makeBuiltinType(
    name: "Match", module: "re", layoutSize: MemoryLayout<RegexMatchLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.match.pointee.string)
      take(&o.match.pointee.pattern)
      o.match.pointee.spans?.deallocate()
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.match.pointee.string) || visit(o.match.pointee.pattern)
    }
    p.pointee.clear = ObjectAction { o in
      take(&o.match.pointee.string)
      take(&o.match.pointee.pattern)
    }
    p.pointee.repr = UnaryFunction { t, o in
      guard let whole = slice(o, 0, core.pointee.none) else { return nil }
      defer { whole.release() }
      guard let text = reprString(t, whole), let (start, end) = span(o, 0) else { return nil }
      return makeString("<re.Match object; span=(\(start), \(end)), match=\(text)>")
    }
    p.pointee.getItem = BinaryFunction { t, o, key in
      number(t, o, key).flatMap { slice(o, $0, core.pointee.none) }
    }
  }

  /// The match of a matcher that succeeded.
  static func make(_ pattern: Object, _ text: Object, _ m: RegexMatcher, pos: Int, endpos: Int) -> Object {
    let o = allocateZeroed(type)
    let groups = pattern.regex.pointee.groups
    let spans = UnsafeMutablePointer<Int>.allocate(capacity: 2 * groups + 2)
    spans[0] = m.start
    spans[1] = m.position
    for g in 0..<groups {
      let isSet = 2 * g + 1 <= m.lastMark && m.marks[2 * g] >= 0 && m.marks[2 * g + 1] >= m.marks[2 * g]
      spans[2 * g + 2] = isSet ? m.marks[2 * g] : -1
      spans[2 * g + 3] = isSet ? m.marks[2 * g + 1] : -1
    }
    let p = o.match
    p.pointee.string = text.retained()
    p.pointee.pattern = pattern.retained()
    p.pointee.spans = spans
    p.pointee.groups = groups
    p.pointee.pos = pos
    p.pointee.endpos = endpos
    p.pointee.lastIndex = m.lastIndex
    track(o)
    return o
  }

  static func span(_ o: Object, _ group: Int) -> (start: Int, end: Int)? {
    guard let spans = o.match.pointee.spans, spans[2 * group] >= 0 else { return nil }
    return (spans[2 * group], spans[2 * group + 1])
  }

  /// The text of a group; a group that did not take part gives `fallback`.
  static func slice(_ o: Object, _ group: Int, _ fallback: Object) -> Object? {
    guard let (start, end) = span(o, group), let text = o.match.pointee.string else { return fallback.retained() }
    return RegexPattern.slice(text, start, end)
  }

  /// The number of a group given by number or name; nil: an exception is set.
  static func number(_ t: ThreadState, _ o: Object, _ key: Object) -> Int? {
    if isIndex(key) {
      guard let value = index(t, key) else { return nil }
      defer { value.release() }
      let n = clampedIntValue(value)
      if n >= 0, n <= o.match.pointee.groups { return n }
    } else if let names = o.match.pointee.pattern?.regex.pointee.groupIndex {
      if let found = dictGet(t, names, key) { return clampedIntValue(found) }
      t.clearRaised()
    }
    t.raise(.IndexError, "no such group")
    return nil
  }

  private static func group(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    if a.count == 0 { return slice(o, 0, core.pointee.none) }
    if a.count == 1 { return number(t, o, a[0]).flatMap { slice(o, $0, core.pointee.none) } }
    var parts: [Object] = []
    for i in 0..<a.count {
      guard let n = number(t, o, a[i]), let part = slice(o, n, core.pointee.none) else {
        for one in parts { one.release() }
        return nil
      }
      parts.append(part)
    }
    return makeTuple(parts)
  }

  private static func bound(_ t: ThreadState, _ o: Object, _ a: Arguments, _ pick: (Int, Int) -> Object) -> Object? {
    var n = 0
    if let given = a.optional(0) {
      guard let value = number(t, o, given) else { return nil }
      n = value
    }
    let (start, end) = span(o, n) ?? (-1, -1)
    return pick(start, end)
  }

  private static func pair(_ a: Int, _ b: Int) -> Object { makeTuple(stealing: makeInt(a), makeInt(b)) }

  private static func fallback(_ t: ThreadState, _ a: Arguments, _ name: String) -> Object? {
    guard let v = parseArguments(t, a, function: name, names: ["default"], required: 0) else { return nil }
    return v[0] ?? core.pointee.none
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMember(t, type, "string", offset: 16, readOnly: true)
    addMember(t, type, "re", offset: 24, readOnly: true)
    addGetSet(t, type, "pos", getter: UnaryFunction { _, o in makeInt(o.match.pointee.pos) })
    addGetSet(t, type, "endpos", getter: UnaryFunction { _, o in makeInt(o.match.pointee.endpos) })
    addGetSet(
      t, type, "lastindex",
      getter: UnaryFunction { _, o in
        o.match.pointee.lastIndex >= 0 ? makeInt(o.match.pointee.lastIndex) : core.pointee.none
      })
    addGetSet(
      t, type, "lastgroup",
      getter: UnaryFunction { _, o in
        let i = o.match.pointee.lastIndex
        guard i >= 0, let names = o.match.pointee.pattern?.regex.pointee.indexGroup, i < names.tupleCount else {
          return core.pointee.none
        }
        return names.tupleItems[i].retained()
      })
    addGetSet(
      t, type, "regs",
      getter: UnaryFunction { _, o in
        makeTuple(
          (0...o.match.pointee.groups).map { g in
            let (start, end) = span(o, g) ?? (-1, -1)
            return pair(start, end)
          })
      })
    addMethods(
      t, type,
      [
        NativeMethod("group", .positional(0, -1)) { t, o, a in group(t, o, a) },
        NativeMethod("start", .positional(0, 1)) { t, o, a in bound(t, o, a) { start, _ in makeInt(start) } },
        NativeMethod("end", .positional(0, 1)) { t, o, a in bound(t, o, a) { _, end in makeInt(end) } },
        NativeMethod("span", .positional(0, 1)) { t, o, a in bound(t, o, a) { pair($0, $1) } },
        NativeMethod("groups", .keywords) { t, o, a in
          guard let other = fallback(t, a, "groups") else { return nil }
          return makeTuple((0..<o.match.pointee.groups).compactMap { slice(o, $0 + 1, other) })
        },
        NativeMethod("groupdict", .keywords) { t, o, a in
          guard let other = fallback(t, a, "groupdict") else { return nil }
          let result = makeDict()
          var position = 0
          while let names = o.match.pointee.pattern?.regex.pointee.groupIndex, let entry = dictNext(names, &position) {
            guard let value = slice(o, clampedIntValue(entry.value), other) else { return nil }
            defer { value.release() }
            guard dictSet(t, result, entry.key, value) else { return nil }
          }
          return result
        },
        NativeMethod("expand", .oneArgument) { t, o, a in
          guard let pattern = o.match.pointee.pattern, let template = RegexTemplate.compile(t, pattern, a[0]) else {
            return nil
          }
          defer { template.release() }
          return RegexTemplate.expand(t, template, o)
        },
        NativeMethod("__copy__", .noArguments) { _, o, _ in o.retained() },
        NativeMethod("__deepcopy__", .oneArgument) { _, o, _ in o.retained() },
        GenericAlias.classGetItem,
      ])
  }
}
