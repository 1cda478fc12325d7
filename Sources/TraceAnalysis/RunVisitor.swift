// Gathers in one replay what `diff` and `check` compare: the counts of Statistics, and what these leave out.

import TraceModel
import TraceReplay

struct RunVisitor: EventVisitor, ~Copyable {
  private(set) var statistics: StatisticsVisitor
  private(set) var held = HeldWork()
  private let siteCodes: [UInt32]

  init(names: TraceNames, places: ProgramPlaces) {
    statistics = StatisticsVisitor(names: names)
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
    switch event.kind {
    case .lockAcquire: held.acquire(event, state)
    case .lockRelease: held.release(event, state)
    default:
      guard held.isAnythingHeld, HeldWork.isWork(event.kind) else { return }
      var code: UInt32?
      if event.kind == .alloc || event.kind == .allocLarge {
        code = Int(event.allocSite) < siteCodes.count ? siteCodes[Int(event.allocSite)] : 0
      }
      held.count(event, by: state.gilOwner, code: code)
    }
  }

  mutating func finish(_ state: borrowing ReplayState) { statistics.finish(state) }
}
