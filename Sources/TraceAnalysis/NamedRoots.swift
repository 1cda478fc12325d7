// The roots that a path can begin at: modules, under the names by which `sys.modules` holds them, and what `root` events name.

import TraceModel
import TraceReplay

enum NamedRoots {
  /// Slots with what makes them roots; the program's own module first, so that paths through it win ties.
  static func find(_ state: borrowing ReplayState, names: TraceNames) -> [(UInt32, HoldingReason)] {
    var roots: [(UInt32, HoldingReason)] = []
    for root in state.roots where state.objects.isAlive(root.object) {
      roots.append((root.object, .root(kind: root.kind, name: names.string(root.name) ?? "#\(root.name)")))
    }
    roots += modules(state, names: names)
    return roots.sorted { rank($0.1) < rank($1.1) }
  }

  /// A dict that holds a module as `__main__` counts for more than any that does not.
  private static let mainWeight = 1 << 20

  private static func rank(_ reason: HoldingReason) -> Int {
    guard case .root(let kind, let name) = reason else { return 4 }
    if name == "__main__" { return 0 }
    switch kind {
    case .moduleGlobal: return 1
    case .interpreter: return 3
    default: return 2
    }
  }

  /// Living modules. The dict that holds one as `__main__`, else the one that holds most by string keys, is `sys.modules`: its keys are the
  /// names.
  private static func modules(_ state: borrowing ReplayState, names: TraceNames) -> [(UInt32, HoldingReason)] {
    let moduleTypes = Set(names.types.indices.map { UInt32($0) }.filter { names.typeName($0) == "module" })
    guard !moduleTypes.isEmpty else { return [] }
    var held: [(holder: UInt32, module: UInt32, name: UInt32)] = []
    var countByHolder: [UInt32: Int] = [:]
    state.links.forEachLink { link in
      guard moduleTypes.contains(state.objects[link.target].type), !link.isAnonymous,
        FieldName(rawValue: link.field).kind == .key
      else { return }
      held.append((link.holder, link.target, FieldName(rawValue: link.field).payload))
      let isMain = names.string(FieldName(rawValue: link.field).payload) == "__main__"
      countByHolder[link.holder, default: 0] += isMain ? mainWeight : 1
    }
    guard let table = countByHolder.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return [] }
    return held.filter { $0.holder == table }.map {
      ($0.module, .root(kind: .moduleGlobal, name: names.string($0.name) ?? "#\($0.name)"))
    }
  }
}
