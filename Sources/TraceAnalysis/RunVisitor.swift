// Gathers in one replay what `diff` and `check` compare: the counts of Statistics, and what these leave out.

import TraceModel
import TraceReplay

struct RunVisitor: EventVisitor, ~Copyable {
  private(set) var statistics: StatisticsVisitor
  private(set) var held = HeldWork()
  /// By code: how often it was called, in traces that tell calls.
  private(set) var calls: [UInt64]
  private let siteCodes: [UInt32]
  private let nodeCodes: [UInt32]

  init(names: TraceNames, places: ProgramPlaces) {
    statistics = StatisticsVisitor(names: names)
    calls = .init(repeating: 0, count: max(1, names.codes.count))
    nodeCodes = names.nodes.indices.map { names.codeOfNode(UInt32($0)) }
    siteCodes = (0..<UInt32(max(1, names.sites.count))).map { places.code(ofSite: $0) }
  }

  private static let watched: WatchedKinds = {
    let idle = EventKind.allCases.filter { !HeldWork.isWork($0) && !StatisticsVisitor.watched.contains($0) }
    return .allBut(idle)
  }()
  var watched: WatchedKinds { Self.watched }

  /// Hears of the state from which on it sees events.
  mutating func begin(_ state: borrowing ReplayState) { statistics.begin(state) }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    statistics.visit(event, state)
    if event.kind == .callBegin { countCall(event.node) }
    switch event.kind {
    case .lockAcquire: held.acquire(event, state)
    case .lockRelease: held.release(event, state)
    default:
      guard held.isAnythingHeld, HeldWork.isWork(event.kind), !HeldWork.isChance(state) else { return }
      var code: UInt32?
      if event.kind == .alloc || event.kind == .allocLarge {
        code = Int(event.allocSite) < siteCodes.count ? siteCodes[Int(event.allocSite)] : 0
      }
      held.count(event, by: state.gilOwner, code: code)
    }
  }

  private mutating func countCall(_ node: UInt32) {
    guard Int(node) < nodeCodes.count, Int(nodeCodes[Int(node)]) < calls.count else { return }
    calls[Int(nodeCodes[Int(node)])] &+= 1
  }

  mutating func finish(_ state: borrowing ReplayState) { statistics.finish(state) }
}
