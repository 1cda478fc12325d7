// A path of holders in words: a chain on one line, `__main__.cache -> <dict o5> ['a'] -> <__main__.Foo o123>`, and a line for each step.

import TraceAnalysis
import TraceModel
import TraceReplay

/// Paths of the same shape, by one example.
struct PathGroup {
  let shape: String
  let path: HoldingPath
  var count: Int
  let holders: Int
  let refcount: Int
}

struct PathAnswer {
  let groups: [PathGroup]
  let total: Int
  let looked: Int
  let level: RecordingLevel
}

struct PathText {
  let names: TraceNames

  /// The path without serial numbers, indices and keys that differ from object to object.
  func shape(_ path: HoldingPath) -> String {
    var text = reason(path)
    for (index, step) in path.steps.enumerated() {
      if index > 0 && names.isAnonymous(step.field) {
        text += " (old)"
      } else if index > 0 {
        text += isNamed(step, after: path, index) ? names.fieldText(step.field) : "[]"
      }
      text += " <\(names.typeName(step.type))>"
    }
    return text
  }

  /// Whether the field's name says something: an attribute, a slot, a global.
  private func isNamed(_ step: HoldingStep, after path: HoldingPath, _ index: Int) -> Bool {
    switch FieldName(rawValue: step.field).kind {
    case .attribute, .slot, .cell, .internalField: true
    case .key: isNamespace(path, index - 1)
    default: false
    }
  }

  private func reason(_ path: HoldingPath) -> String {
    switch path.reason {
    case .root(.moduleGlobal, let name): "module \(name)"
    case .root(let kind, let name): "\(words(kind)) \(name)"
    case .frame: "a frame"
    case .cycle: "cycle"
    }
  }

  private func words(_ kind: RootKind) -> String {
    switch kind {
    case .moduleGlobal: "module"
    case .frameLocal: "local variable"
    case .thread: "thread"
    case .generatorFrame: "suspended generator's local"
    case .traceback: "traceback"
    case .interpreter: "interpreter's"
    }
  }

  /// Whether the step is a module's namespace: the module itself, or the dict that it holds (or that a root names as one).
  private func isNamespace(_ path: HoldingPath, _ index: Int) -> Bool {
    guard index >= 0, case .root(.moduleGlobal, _) = path.reason else { return false }
    let type = names.typeName(path.steps[index].type)
    if index == 0 { return type == "module" || type == "dict" }
    return index == 1 && type == "dict" && names.typeName(path.steps[0].type) == "module"
  }

  /// Whether the step is the dict in which an instance keeps its attributes.
  private func isInstanceDict(_ path: HoldingPath, _ index: Int) -> Bool {
    guard index > 0, names.typeName(path.steps[index].type) == "dict" else { return false }
    let field = FieldName(rawValue: path.steps[index].field)
    return (field.kind == .internalField || field.kind == .slot) && names.string(field.payload) == "__dict__"
  }

  /// `global x`, `attribute x`, `key 'x'`, `item 3`.
  private func fieldWords(_ path: HoldingPath, _ index: Int) -> String {
    if names.isAnonymous(path.steps[index].field) { return names.fieldText(path.steps[index].field) }
    let field = FieldName(rawValue: path.steps[index].field)
    let text = names.string(field.payload) ?? "#\(field.payload)"
    switch field.kind {
    case .item: return "item \(field.payload)"
    case .attribute, .slot:
      return isNamespace(path, index - 1) ? "global \(text)" : "attribute \(text)"
    case .key:
      if isNamespace(path, index - 1) { return "global \(text)" }
      return isInstanceDict(path, index - 1) ? "attribute \(text)" : "key '\(text)'"
    case .otherKey: return "key in slot \(field.payload)"
    case .cell: return "closure variable's cell content"
    case .internalField:
      return text == "__defaults__" || text == "__kwdefaults__" ? "default values \(text)" : "internal \(text)"
    case nil: return "field \(path.steps[index].field)"
    }
  }

  private func object(_ step: HoldingStep) -> String { "<\(names.typeName(step.type)) o\(step.serial)>" }

  /// The path on one line.
  func chain(_ path: HoldingPath) -> String {
    var text: String
    var first = 0
    switch path.reason {
    case .root(_, let name):
      text = name
      while first < path.steps.count - 1, isNamespace(path, first) {
        first += 1
        let field = FieldName(rawValue: path.steps[first].field)
        if !isNamespace(path, first) { text += ".\(names.string(field.payload) ?? "#\(field.payload)")" }
      }
      text += " -> " + object(path.steps[first])
    case .frame: text = "a frame -> " + object(path.steps[0])
    case .cycle: text = "(cycle) " + object(path.steps[0])
    }
    for step in path.steps.dropFirst(first + 1) { text += " \(names.fieldText(step.field)) -> \(object(step))" }
    return text
  }

  /// One line for each step.
  private func lines(_ path: HoldingPath) -> [String] {
    var lines: [String]
    switch path.reason {
    case .root(.moduleGlobal, let name): lines = ["module \(name)"]
    case .root(let kind, let name): lines = ["\(words(kind)) \(name): \(object(path.steps[0]))"]
    case .frame: lines = ["held by a frame, by no field on the heap: \(object(path.steps[0]))"]
    case .cycle: lines = ["kept by a cycle that no root reaches: \(object(path.steps[0]))"]
    }
    for index in path.steps.indices.dropFirst() where !isNamespace(path, index) {
      lines.append("  \(fieldWords(path, index)): \(object(path.steps[index]))")
    }
    return lines
  }

  func text(_ answer: PathAnswer, top: Int) -> String {
    var text = ""
    for group in answer.groups.prefix(top) {
      if answer.total > 1 {
        let part = answer.looked == answer.total ? "" : " looked at (one in \(answer.total / answer.looked))"
        text += "\(Numbers.grouped(group.count)) of \(Numbers.grouped(answer.looked))\(part), for example:\n"
      }
      text += chain(group.path) + "\n"
      for line in lines(group.path) { text += "  \(line)\n" }
      text += "  " + references(group, answer.level) + "\n"
    }
    if answer.groups.count > top {
      text += "and \(Numbers.grouped(answer.groups.count - top)) other ways; --top shows them\n"
    }
    return text
  }

  private func references(_ group: PathGroup, _ level: RecordingLevel) -> String {
    let fields = "\(Numbers.grouped(group.holders)) \(group.holders == 1 ? "field holds" : "fields hold") it (exact)"
    guard level.includes(.refs) else { return fields }
    let others = max(0, group.refcount - group.holders)
    return
      "\(fields); reference count \(Numbers.grouped(group.refcount)), so \(Numbers.grouped(others)) from frames or the runtime"
  }

  func json(_ answer: PathAnswer, top: Int, losses: JSON) -> JSON {
    let groups = answer.groups.prefix(top).map { group in
      JSON.members([
        "count": JSON(group.count), "reason": .string(reason(group.path)), "chain": .string(chain(group.path)),
        "fields": JSON(group.holders), "refcount": answer.level.includes(.refs) ? JSON(group.refcount) : .null,
        "steps": .array(
          group.path.steps.indices.map { index in
            let step = group.path.steps[index]
            return .members([
              "object": .string("o\(step.serial)"), "type": .string(names.typeName(step.type)),
              "held_by": index == 0 ? .null : .string(fieldWords(group.path, index)),
            ])
          }),
      ])
    }
    return .members([
      "objects": JSON(answer.total), "looked_at": JSON(answer.looked), "paths": .array(groups), "certainty": "exact",
      "losses": losses,
    ])
  }
}
