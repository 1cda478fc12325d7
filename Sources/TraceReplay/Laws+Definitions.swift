// Laws of names, values and time: ids are defined once and before their use, choices are known, time does not run backwards.

import TraceModel

/// Ids of the classes that definitions define, as they come. Ids count up from 1, so a table by id; hostile ones go to a set.
struct DefinedIDs {
  private var tables = [[Bool]](repeating: [], count: 5)
  private var large: [Set<UInt32>] = .init(repeating: [], count: 5)
  private static let tableMax: UInt32 = 1 << 26

  private static func row(_ kind: FieldKind) -> Int {
    switch kind {
    case .string: 0
    case .type: 1
    case .code: 2
    case .node: 3
    default: 4
    }
  }

  func contains(_ kind: FieldKind, _ id: UInt32) -> Bool {
    let row = Self.row(kind)
    return Int(id) < tables[row].count ? tables[row][Int(id)] : !large[row].isEmpty && large[row].contains(id)
  }

  /// False when it was there already.
  mutating func insert(_ kind: FieldKind, _ id: UInt32) -> Bool {
    let row = Self.row(kind)
    guard id < Self.tableMax else { return large[row].insert(id).inserted }
    while tables[row].count <= Int(id) { tables[row].append(false) }
    defer { tables[row][Int(id)] = true }
    return !tables[row][Int(id)]
  }

  /// The class and id that a definition defines.
  static func defined(_ event: Event) -> (FieldKind, UInt32)? {
    switch event.kind {
    case .defineString: (.string, event.definedID)
    case .defineType: (.type, event.type)
    case .defineCode: (.code, event.definedID)
    case .defineNode: (.node, event.definedID)
    case .defineSite: (.site, event.definedID)
    default: nil
    }
  }

  static let definingKinds: [EventKind] = [.defineString, .defineType, .defineCode, .defineNode, .defineSite]
}

final class DefinedBeforeUse: Law {
  private var ids = DefinedIDs()
  /// Fields that name a definition, by kind; the frequent kinds have few.
  private let fields: [[EventField]]

  init() {
    var fields = [[EventField]](repeating: [], count: 256)
    var kinds: [EventKind] = []
    for kind in EventKind.allCases {
      let own = EventSpec.spec(kind).fields.filter {
        [.string, .type, .code, .node, .site].contains($0.kind) && $0.name != "id"
      }
      fields[Int(kind.rawValue)] = own
      if !own.isEmpty || DefinedIDs.definingKinds.contains(kind) { kinds.append(kind) }
    }
    self.fields = fields
    super.init("defined-before-use", "every id is defined before it is used", on: kinds)
  }

  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    if let (kind, id) = DefinedIDs.defined(event) { _ = ids.insert(kind, id) }
    for field in fields[Int(event.kind.rawValue)] {
      let id = UInt32(truncatingIfNeeded: event.value(field))
      guard id != 0, !ids.contains(field.kind, id) else { continue }
      report.add(
        name, event, state.eventNumber, "\(event.kind) has \(field.name) \(id), a \(field.kind) that is not defined yet"
      )
    }
  }
}

final class DefinedOnce: Law {
  private var ids = DefinedIDs()
  init() {
    super.init("defined-once", "an id is defined once", needs: .always, on: DefinedIDs.definingKinds)
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    guard let (kind, id) = DefinedIDs.defined(event), !ids.insert(kind, id) else { return }
    report.add(name, event, state.eventNumber, "\(kind) \(id) is defined a second time")
  }
}

final class TimeMonotone: Law {
  init() {
    super.init(
      "time-monotone", "exact times of a stream never fall", needs: .always,
      on: EventKind.allCases.filter { EventSpec.spec($0).hasTime })
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    guard event.time < state.time else { return }
    report.add(name, event, state.eventNumber, "\(event.kind) at \(event.time) ns, after one at \(state.time) ns")
  }
}

final class NothingAfterExit: Law {
  init() {
    super.init(
      "nothing-after-exit", "the process's exit is its stream's last event", needs: .always,
      on: EventKind.allCases.filter { !EventSpec.spec($0).isDefinition && $0 != .clock && $0 != .loss })
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    guard state.hasExited else { return }
    report.add(name, event, state.eventNumber, "\(event.kind) after the process's exit")
  }
}

final class ChoicesKnown: Law {
  private let fields: [[EventField]]
  init() {
    var fields = [[EventField]](repeating: [], count: 256)
    var kinds: [EventKind] = []
    for kind in EventKind.allCases {
      fields[Int(kind.rawValue)] = EventSpec.spec(kind).fields.filter { $0.kind == .choice }
      if !fields[Int(kind.rawValue)].isEmpty { kinds.append(kind) }
    }
    self.fields = fields
    super.init("choices-known", "a field of a named few holds one of them", needs: .always, on: kinds)
  }
  override func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {
    for field in fields[Int(event.kind.rawValue)] {
      let value = event.value(field)
      guard value >= UInt64(field.choices.count) else { continue }
      report.add(
        name, event, state.eventNumber,
        "\(event.kind) has \(field.name) \(value); the largest known is \(field.choices.count - 1)")
    }
  }
}
