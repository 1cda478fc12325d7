// A path of holders in words: what each step is called, which steps only lead to a name, and the shape that paths of many objects share.

import TraceModel
import TraceReplay

public struct HoldingWords: Sendable {
  public let names: TraceNames
  public init(names: TraceNames) { self.names = names }

  /// Whether the step is a module's namespace: the module itself, or the dict that it holds (or that a root names as one).
  public func isNamespace(_ path: HoldingPath, _ index: Int) -> Bool {
    guard index >= 0, case .root(.moduleGlobal, _) = path.reason else { return false }
    let type = names.typeName(path.steps[index].type)
    if index == 0 { return type == "module" || type == "dict" }
    return index == 1 && type == "dict" && names.typeName(path.steps[0].type) == "module"
  }

  /// Whether the step is the dict in which an instance or a class keeps its attributes.
  public func isAttributeDict(_ path: HoldingPath, _ index: Int) -> Bool {
    guard index > 0, names.typeName(path.steps[index].type) == "dict" else { return false }
    let field = FieldName(rawValue: path.steps[index].field)
    return (field.kind == .internalField || field.kind == .slot) && names.string(field.payload) == "__dict__"
  }

  /// By what the step before holds this one: `global x`, `attribute x`, `default x`, `closure variable x`, `key 'x'`, `item 3`.
  public func field(_ path: HoldingPath, _ index: Int) -> String {
    let step = path.steps[index]
    if names.isAnonymous(step.field) { return names.fieldText(step.field) }
    let field = FieldName(rawValue: step.field)
    switch step.role {
    case .defaultValue(let id): return "default \(text(id))"
    case .freeVariable(let id): return "closure variable \(text(id))"
    case .plain: break
    }
    switch field.kind {
    case .item: return "item \(field.payload)"
    case .attribute, .slot:
      return "\(isNamespace(path, index - 1) ? "global" : "attribute") \(text(field.payload))"
    case .key:
      if isNamespace(path, index - 1) { return "global \(text(field.payload))" }
      return isAttributeDict(path, index - 1) ? "attribute \(text(field.payload))" : "key '\(text(field.payload))'"
    case .otherKey: return "key in slot \(field.payload)"
    case .cell: return "the cell's content"
    case .local: return "local \(text(field.payload))"
    case .internalField: return internalWords(text(field.payload))
    case nil: return "field \(step.field)"
    }
  }

  private func internalWords(_ name: String) -> String {
    switch name {
    case "__defaults__", "__kwdefaults__": "default values \(name)"
    case "__closure__": "closure \(name)"
    default: "internal \(name)"
    }
  }

  private func text(_ id: UInt32) -> String { names.string(id) ?? "#\(id)" }

  /// Whether the field's name is the same for many objects, so that it says something: not an index or a key of a container.
  public func isTelling(_ path: HoldingPath, _ index: Int) -> Bool {
    let step = path.steps[index]
    if names.isAnonymous(step.field) { return false }
    if step.role != .plain { return true }
    switch FieldName(rawValue: step.field).kind {
    case .attribute, .slot, .cell, .internalField, .local: return true
    case .key: return isNamespace(path, index - 1) || isAttributeDict(path, index - 1)
    default: return false
    }
  }

  /// An object's type, with the name of the function that it runs.
  public func type(_ step: HoldingStep) -> String {
    let type = names.typeName(step.type)
    return step.code == 0 ? type : "\(type) \(names.codeName(step.code))"
  }

  /// Steps that repeat themselves are looked for up to this length: a list's node, its dict, the next node.
  private static let roundMax = 4

  /// The path without serial numbers, indices and keys that differ from object to object; of the first `count` steps. What repeats itself is told once, so that
  /// all nodes of a list have one shape.
  public func shape(_ path: HoldingPath, count: Int? = nil) -> String {
    var parts: [String] = []
    for (index, step) in path.steps.prefix(count ?? path.steps.count).enumerated() {
      var text = ""
      if index > 0 && names.isAnonymous(step.field) {
        text = " (old)"
      } else if index > 0 {
        text = isTelling(path, index) ? names.fieldText(step.field) : "[]"
      }
      parts.append(text + " <\(names.typeName(step.type))>")
      for length in 1...Self.roundMax where parts.count >= 2 * length {
        if parts.suffix(length) == parts.dropLast(length).suffix(length) {
          parts.removeLast(length)
          break
        }
      }
    }
    return reason(path) + parts.joined()
  }

  /// Where the path begins.
  public func reason(_ path: HoldingPath) -> String {
    switch path.reason {
    case .root(.moduleGlobal, let name): "module \(name)"
    case .root(let kind, let name): "\(words(kind)) \(name)"
    case .frame: "a frame"
    case .cycle: "cycle"
    }
  }

  public func words(_ kind: RootKind) -> String {
    switch kind {
    case .moduleGlobal: "module"
    case .frameLocal: "local variable"
    case .thread: "thread"
    case .generatorFrame: "suspended generator's local"
    case .traceback: "traceback"
    case .interpreter: "interpreter's"
    }
  }

  /// The path as named steps, root first: `module __main__`, `global _cache`, `dict`, `Order`. Steps that differ from object to object
  /// (items, keys) are left out, types stay.
  public func namedSteps(_ path: HoldingPath) -> [String] {
    var steps = [reason(path)]
    for index in path.steps.indices {
      if isNamespace(path, index) { continue }
      if index > 0, isTelling(path, index) || isConstantKey(path, index) { steps.append(field(path, index)) }
      steps.append(type(path.steps[index]))
      // A ring or a row of equals is told once.
      if index >= 2, Array(steps.suffix(2)) == Array(steps.dropLast(2).suffix(2)) {
        steps.removeLast(2)
      }
      if let gap = path.gap, gap.after == index { steps.append("\(gap.count) more objects") }
    }
    return steps
  }

  /// A key of a container that holds containers: `handlers['price']`, as opposed to a key by which objects are filed.
  private func isConstantKey(_ path: HoldingPath, _ index: Int) -> Bool {
    FieldName(rawValue: path.steps[index].field).kind == .key && index < path.steps.count - 1
      && !names.isAnonymous(path.steps[index].field)
  }
}
