// Laws that every honest trace obeys, and the registry of them. A law looks at events one by one, beside the state before each, and
// reports what breaks it. Laws stand in Laws+*.swift; each is proven by a planted violation under traces/violations.

import TraceModel

/// One broken law.
public struct Violation: Sendable, Equatable {
  public let law: String
  /// Number of the event that breaks it.
  public let event: UInt64
  public let kind: EventKind
  /// What was found and what was expected.
  public let finding: String
}

/// Collects violations: the first ones with their text, the rest as a count by law.
public struct ViolationReport: Sendable {
  public private(set) var first: [Violation] = []
  public private(set) var countByLaw: [String: UInt64] = [:]
  public private(set) var total: UInt64 = 0
  let keptPerLaw: UInt64

  public init(keptPerLaw: UInt64 = 5) { self.keptPerLaw = keptPerLaw }

  mutating func add(_ law: String, _ event: Event, _ number: UInt64, _ finding: @autoclosure () -> String) {
    total += 1
    let count = countByLaw[law, default: 0] + 1
    countByLaw[law] = count
    if count <= keptPerLaw { first.append(Violation(law: law, event: number, kind: event.kind, finding: finding())) }
  }
}

/// When a law can be judged.
public enum LawRequirement: Sendable {
  case always
  /// Only while no event is known to be missing and the heap is known from its first object on.
  case completeEvents
  /// As `completeEvents`, and the trace has every incref and decref.
  case refs
  /// As `completeEvents`, and the trace has every store.
  case links
}

/// A law. Subclasses keep what they must remember in stored properties; one object judges one replay.
open class Law {
  /// Name, in kebab-case: it is printed, and names the planted violation.
  public let name: String
  /// The law in one sentence.
  public let sentence: String
  let requirement: LawRequirement
  /// The kinds that `check` wants to see.
  let kinds: [EventKind]

  init(_ name: String, _ sentence: String, needs requirement: LawRequirement = .completeEvents, on kinds: [EventKind]) {
    self.name = name
    self.sentence = sentence
    self.requirement = requirement
    self.kinds = kinds
  }

  func check(_ event: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {}

  /// Called once, after the last event.
  func finish(_ last: Event, _ state: borrowing ReplayState, _ report: inout ViolationReport) {}

  func canJudge(_ state: borrowing ReplayState) -> Bool {
    switch requirement {
    case .always: true
    case .completeEvents: state.isComplete
    case .refs: state.isComplete && state.options.level.includes(.refs)
    case .links: state.isComplete && state.options.level.includes(.links)
    }
  }

  /// `o123`, the dead with a note.
  func name(_ slot: UInt32, _ state: borrowing ReplayState) -> String {
    let cell = state.objects[slot]
    if cell.serial == 0 { return "the object in slot \(slot), which was never born" }
    return cell.isAlive ? "o\(cell.serial)" : "o\(cell.serial), which is dead"
  }
}

public enum LawRegistry {
  /// New laws, in the order in which they judge.
  public static func make() -> [Law] {
    [
      OneBirthPerLife(), OneDeathPerBirth(), DeadAreSilent(), LiveCount(),
      RefcountZeroAtDeath(), RefcountNotNegative(), TrackAlternates(), StoreOldMatches(),
      ShiftOntoEmpty(),
      OneGILOwner(), GILAlternates(), LockAlternates(), ActsWithGIL(), BlockingAlternates(), ThreadLifecycle(),
      GeneratorAlternates(), GeneratorEnds(), FinalizersNest(), FinalizedOnce(), CallbacksNest(), CallsNest(),
      PassesNest(), CollectedCount(), UnreachableDie(), UnreachableInPass(), WeakrefClearOfDying(), WeakrefKnown(),
      DefinedBeforeUse(), DefinedOnce(), TimeMonotone(), NothingAfterExit(), ChoicesKnown(),
    ]
  }

  /// Judged by the validator itself, from chunk headers: a text trace cannot break them.
  public static let chunkLaws: [(name: String, sentence: String)] = [
    ("chunk-count", "a chunk holds as many records as its header says"),
    (
      "chunk-sequence", "a chunk's first event has the number that follows the chunk before, or the gap is a known loss"
    ),
  ]
}
