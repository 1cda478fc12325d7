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
  /// With `--retained`.
  let retained: RetainedAnswer?
}

struct PathText {
  let words: HoldingWords
  private var names: TraceNames { words.names }

  init(names: TraceNames) { words = HoldingWords(names: names) }

  private func object(_ step: HoldingStep) -> String { "<\(words.type(step)) o\(step.serial)>" }

  /// The path on one line.
  func chain(_ path: HoldingPath) -> String {
    var text: String
    var first = 0
    switch path.reason {
    case .root(_, let name):
      text = name
      while first < path.steps.count - 1, words.isNamespace(path, first) {
        first += 1
        let field = FieldName(rawValue: path.steps[first].field)
        if !words.isNamespace(path, first) { text += ".\(names.string(field.payload) ?? "#\(field.payload)")" }
      }
      text += " -> " + object(path.steps[first])
    case .frame: text = "a frame -> " + object(path.steps[0])
    case .cycle: text = "(cycle) " + object(path.steps[0])
    }
    for (index, step) in path.steps.enumerated().dropFirst(first + 1) {
      text += gapText(path, before: index).map { " -> \($0)" } ?? ""
      text += " \(names.fieldText(step.field)) -> \(object(step))"
    }
    return text
  }

  /// What is left out of a long path before this step.
  private func gapText(_ path: HoldingPath, before index: Int) -> String? {
    guard let gap = path.gap, gap.after == index - 1 else { return nil }
    return "(\(Numbers.grouped(gap.count)) more objects)"
  }

  /// One line for each step.
  private func lines(_ path: HoldingPath) -> [String] {
    var lines: [String]
    switch path.reason {
    case .root(.moduleGlobal, let name): lines = ["module \(name)"]
    case .root(let kind, let name): lines = ["\(words.words(kind)) \(name): \(object(path.steps[0]))"]
    case .frame: lines = ["held by a frame, by no field on the heap: \(object(path.steps[0]))"]
    case .cycle: lines = ["kept by a cycle that no root reaches: \(object(path.steps[0]))"]
    }
    for index in path.steps.indices.dropFirst() where !words.isNamespace(path, index) {
      if let gap = gapText(path, before: index) { lines.append("  " + gap) }
      lines.append("  \(words.field(path, index)): \(object(path.steps[index]))")
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
      if let retained = answer.retained { text += retained.text(of: group.path, words) }
    }
    if answer.groups.count > top {
      text += "and \(Numbers.grouped(answer.groups.count - top)) other ways; --top shows them\n"
    }
    if let retained = answer.retained, answer.total > 1 { text += retained.text(ofAll: answer.total, words) }
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
        "count": JSON(group.count), "reason": .string(words.reason(group.path)), "chain": .string(chain(group.path)),
        "fields": JSON(group.holders), "refcount": answer.level.includes(.refs) ? JSON(group.refcount) : .null,
        "omitted": group.path.gap.map {
          .members(["after_step": JSON($0.after), "objects": JSON($0.count)])
        } ?? .null,
        "steps": .array(
          group.path.steps.indices.map { index in
            let step = group.path.steps[index]
            return .members([
              "object": .string("o\(step.serial)"), "type": .string(names.typeName(step.type)),
              "held_by": index == 0 ? .null : .string(words.field(group.path, index)),
            ])
          }),
      ])
    }
    return .members([
      "objects": JSON(answer.total), "looked_at": JSON(answer.looked), "paths": .array(groups), "certainty": "exact",
      "retained": answer.retained.map { $0.json(words) } ?? .null, "losses": losses,
    ])
  }
}
