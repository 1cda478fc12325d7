// What `why --retained` adds: what would go if the objects went, and without which others they would not live.

import TraceAnalysis
import TraceReplay

struct RetainedAnswer {
  typealias Retained = HeapDominators.Retained

  /// By slot of a group's example: what it retains, and its dominators, nearest first.
  private var examples: [UInt32: (retained: Retained, dominators: [(serial: UInt64, type: UInt32)])] = [:]
  private let sum: Retained
  private let types: [(type: UInt32, retained: Retained)]
  private static let dominatorsShown = 5
  private static let typesShown = 6

  init(_ state: borrowing ReplayState, _ slots: [UInt32], _ groups: [PathGroup], _ names: TraceNames) {
    let dominators = HeapDominators(state, names: names)
    for group in groups {
      guard let slot = group.path.steps.last?.slot else { continue }
      let above = dominators.dominators(of: slot).map { slot in
        (serial: state.objects.serial(slot), type: state.objects[slot].type)
      }
      examples[slot] = (dominators.retained(slot), above)
    }
    let all = dominators.retained(byAll: slots, state)
    sum = all.sum
    types = all.types.map { ($0.key, $0.value) }.sorted { ($0.retained.bytes, $1.type) > ($1.retained.bytes, $0.type) }
  }

  func text(of path: HoldingPath, _ words: HoldingWords) -> String {
    guard let slot = path.steps.last?.slot, let example = examples[slot] else { return "" }
    var text =
      "  retains \(Numbers.bytes(example.retained.bytes)) in \(Numbers.grouped(example.retained.objects)) objects, itself included\n"
    if example.dominators.isEmpty {
      text += "  no single object keeps it alive\n"
    } else {
      let chain = example.dominators.prefix(Self.dominatorsShown).map {
        "<\(words.names.typeName($0.type)) o\($0.serial)>"
      }
      let more = example.dominators.count - chain.count
      text +=
        "  would not live without \(chain.joined(separator: ", nor without "))\(more > 0 ? ", and \(more) more" : "")\n"
    }
    return text
  }

  func text(ofAll count: Int, _ words: HoldingWords) -> String {
    var text =
      "all \(Numbers.grouped(count)) retain \(Numbers.bytes(sum.bytes)) in \(Numbers.grouped(sum.objects)) objects:\n"
    var table = Table("<type", "objects", "bytes")
    for row in types.prefix(Self.typesShown) {
      table.add(
        words.names.typeName(row.type), Numbers.grouped(row.retained.objects), Numbers.bytes(row.retained.bytes))
    }
    text += table.text(indentation: 2)
    return text
  }

  func json(_ words: HoldingWords) -> JSON {
    .members([
      "bytes": .unsigned(sum.bytes), "objects": .unsigned(sum.objects),
      "types": .array(
        types.map {
          .members([
            "type": .string(words.names.typeName($0.type)), "objects": .unsigned($0.retained.objects),
            "bytes": .unsigned($0.retained.bytes),
          ])
        }),
      "examples": .array(
        examples.sorted { $0.key < $1.key }.map { slot, example in
          .members([
            "slot": .unsigned(UInt64(slot)), "bytes": .unsigned(example.retained.bytes),
            "objects": .unsigned(example.retained.objects),
            "dominators": .array(example.dominators.prefix(100).map { .string("o\($0.serial)") }),
          ])
        }),
    ])
  }
}
