// `_sre.template`: a parsed replacement, literals and group numbers in turn.
import PythonRuntime

struct RegexTemplateLayout {
  var header: ObjectHeader
  /// tuple: literal, group, literal, group, ... literal.
  var parts: Object?
}

enum RegexTemplate {
  static let type: TypeObject = makeBuiltinType(
    name: "SRE_Template", module: "_sre", layoutSize: MemoryLayout<RegexTemplateLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(RegexTemplateLayout.self).pointee.parts)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(RegexTemplateLayout.self).pointee.parts) }
  }

  /// `_sre.template(pattern, list)`.
  static func make(_ t: ThreadState, _ pattern: Object, _ list: Object) -> Object? {
    guard pattern.type == RegexPattern.type, list.isKind(.list), list.listCount & 1 == 1 else {
      return t.raise(.TypeError, "invalid template")
    }
    // As a tuple: a number's `__index__` may change the list.
    let parts = listToTuple(list)
    var isDone = false
    defer { if !isDone { parts.release() } }
    for i in stride(from: 1, to: parts.tupleCount, by: 2) {
      guard let group = intValue(t, parts.tupleItems[i]) else { return nil }
      guard group >= 0, group <= pattern.regex.pointee.groups else {
        return t.raise(.IndexError, "invalid group reference \(group)")
      }
    }
    isDone = true
    let o = allocateZeroed(type)
    o.layout(RegexTemplateLayout.self).pointee.parts = parts
    track(o)
    return o
  }

  /// The template of a replacement text, through `re._compile_template`.
  static func compile(_ t: ThreadState, _ pattern: Object, _ text: Object) -> Object? {
    guard let module = importModule(t, "re") else { return nil }
    defer { module.release() }
    guard let function = getAttribute(t, module, "_compile_template") else { return nil }
    defer { function.release() }
    guard let template = call2(t, function, pattern, text) else { return nil }
    guard template.type == type else {
      template.release()
      return t.raise(.TypeError, "invalid template")
    }
    return template
  }

  /// The replacement for one match.
  static func expand(_ t: ThreadState, _ template: Object, _ match: Object) -> Object? {
    guard let parts = template.layout(RegexTemplateLayout.self).pointee.parts else { return nil }
    if parts.tupleCount == 1 { return parts.tupleItems[0].retained() }
    let pieces = makeList()
    defer { pieces.release() }
    for i in 0..<parts.tupleCount {
      if i & 1 == 0 {
        listAppend(t, pieces, parts.tupleItems[i])
      } else if RegexMatch.span(match, clampedIntValue(parts.tupleItems[i])) != nil,
        let text = RegexMatch.slice(match, clampedIntValue(parts.tupleItems[i]), core.pointee.none)
      {
        listAppend(pieces, stealing: text)
      }
    }
    return RegexSearches.join(t, pieces, like: parts.tupleItems[0])
  }
}
