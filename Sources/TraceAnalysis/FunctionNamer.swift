// Gives the steps of a path that lead through a function their names: `__defaults__` and `__closure__` hold tuples, whose places stand for
// arguments and for variables of enclosing functions.

import TraceModel
import TraceReplay

struct FunctionNamer: Sendable {
  private let names: TraceNames
  private let functionTypes: Set<UInt32>
  private let frameTypes: Set<UInt32>

  init(names: TraceNames) {
    self.names = names
    functionTypes = Set(names.types.indices.map { UInt32($0) }.filter { names.typeName($0) == "function" })
    frameTypes = Set(names.types.indices.map { UInt32($0) }.filter { names.typeName($0) == "frame" })
  }

  /// The steps with the code of functions, frames and generators, and the roles of what their tuples hold.
  func annotate(_ steps: [HoldingStep], _ state: borrowing ReplayState) -> [HoldingStep] {
    var steps = steps
    for index in steps.indices {
      let cell = state.objects[steps[index].slot]
      if functionTypes.contains(cell.type) || frameTypes.contains(cell.type) {
        steps[index].code = state.functionCode(steps[index].slot)
      } else if cell.has(ObjectCell.hasGenerator) {
        steps[index].code = state.generators[steps[index].slot]?.code ?? 0
      }
      guard index >= 2, let code = names.code(steps[index - 2].code), functionTypes.contains(steps[index - 2].type)
      else { continue }
      steps[index].role = role(of: steps[index], in: steps[index - 1], code, state)
    }
    return steps
  }

  /// The last positional arguments are those that have default values.
  private func role(
    of step: HoldingStep, in tuple: HoldingStep, _ code: TraceNames.CodeEntry, _ state: borrowing ReplayState
  ) -> HoldingRole {
    let holder = FieldName(rawValue: tuple.field)
    let field = FieldName(rawValue: step.field)
    guard holder.kind == .internalField, !names.isAnonymous(step.field) else { return .plain }
    let place = Int(field.payload)
    switch (names.string(holder.payload), field.kind) {
    case ("__kwdefaults__", .key): return .defaultValue(field.payload)
    case ("__closure__", .item): return place < code.free.count ? .freeVariable(code.free[place]) : .plain
    case ("__defaults__", .item):
      var count = 0
      state.links.forEachLink(from: state.objects[tuple.slot].firstLink) { _ in count += 1 }
      let argument = code.positional.count - count + place
      return code.positional.indices.contains(argument) ? .defaultValue(code.positional[argument]) : .plain
    default: return .plain
    }
  }
}
