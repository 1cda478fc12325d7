// What `stats gc` tells beside the counts of Statistics: which sites fed each pass, what became of what it looked at, and how many passes containers
// live through, by age and by site. Up to the program's end: what the teardown frees has lived.

import TraceModel
import TraceReplay

public struct CollectorDetails: Sendable {
  /// A site, and its containers that were born since the pass before and lived when the pass began.
  public struct Feeder: Sendable, Equatable {
    public let site: UInt32
    public let objects: UInt32

    public init(site: UInt32, objects: UInt32) { (self.site, self.objects) = (site, objects) }
  }

  /// One pass, in the order of `Statistics.passes`.
  public struct Pass: Sendable {
    /// The sites that fed it most.
    public let feeders: [Feeder]
    /// Members of the unreachable set that a finalizer gave a holder again.
    public let resurrected: UInt32
    /// Objects without references from outside that a root led to all the same; nil where the trace tells no verdicts (levels below all).
    public let rescued: UInt32?
  }

  /// What became of containers of an age.
  public struct Survival: Sendable, Equatable {
    public var byCount: UInt64 = 0
    public var byCollector: UInt64 = 0
    /// They lived when the program ended.
    public var living: UInt64 = 0
    public var objects: UInt64 { byCount + byCollector + living }

    public init(byCount: UInt64 = 0, byCollector: UInt64 = 0, living: UInt64 = 0) {
      (self.byCount, self.byCollector, self.living) = (byCount, byCollector, living)
    }

    mutating func add(_ other: Survival) {
      byCount += other.byCount
      byCollector += other.byCollector
      living += other.living
    }
  }

  public internal(set) var passes: [Pass] = []
  /// By age: passes that a container lived through, in classes of `ageBegins`.
  public internal(set) var ages = [Survival](repeating: Survival(), count: Self.ageBegins.count)
  /// By site and, below, by age.
  public internal(set) var sites: [[Survival]] = []

  /// The first age of each class.
  public static let ageBegins: [UInt32] = [0, 1, 2, 4, 8, 16]
  static let feedersMax = 3

  static func ageClass(_ passes: UInt32) -> Int {
    passes >= 16 ? 5 : passes >= 8 ? 4 : passes >= 4 ? 3 : passes >= 2 ? 2 : Int(passes)
  }
}

/// Gathers them, and the Statistics, in one replay.
struct CollectorDetailsVisitor: EventVisitor, ~Copyable {
  private(set) var statistics: StatisticsVisitor
  private(set) var details = CollectorDetails()
  /// By site: containers born since the last pass that live, and whether the site stands in `fed`.
  private var young: [UInt32]
  private var isFed: [Bool]
  private var fed: [UInt32] = []
  private var feeders: [CollectorDetails.Feeder] = []
  /// By site, 6 classes each.
  private var ages: [CollectorDetails.Survival]
  private let siteCount: Int
  private var lastPass: UInt64 = 0
  private var resurrected: UInt32 = 0
  private var rescued: UInt32 = 0
  private let tellsVerdicts: Bool
  private var isOver = false
  private static let classes = CollectorDetails.ageBegins.count

  init(names: TraceNames, level: RecordingLevel) {
    statistics = StatisticsVisitor(names: names)
    siteCount = max(1, names.sites.count)
    young = .init(repeating: 0, count: siteCount)
    isFed = .init(repeating: false, count: siteCount)
    ages = .init(repeating: CollectorDetails.Survival(), count: siteCount * Self.classes)
    tellsVerdicts = level == .all
  }

  private static let watched: WatchedKinds = {
    var kinds = StatisticsVisitor.watched
    kinds.insert(.collectVerdict)
    return kinds
  }()
  var watched: WatchedKinds { Self.watched }

  mutating func begin(_ state: borrowing ReplayState) {
    statistics.begin(state)
    lastPass = state.eventNumber
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    if !isOver, ReplayState.beginsTeardown(event) { end(state) }
    statistics.visit(event, state)
    switch event.kind {
    case .alloc, .allocLarge:
      guard event.allocFlags & AllocationFlags.container != 0 else { return }
      let site = row(event.allocSite)
      if !isFed[site] {
        isFed[site] = true
        fed.append(UInt32(site))
      }
      young[site] &+= 1
    case .dealloc:
      let cell = state.objects[event.object]
      guard cell.isAlive, cell.has(ObjectCell.container) else { return }
      let site = row(cell.site)
      if cell.birth >= lastPass, young[site] > 0 { young[site] &-= 1 }
      guard !isOver else { return }
      let place = site * Self.classes + CollectorDetails.ageClass(age(cell, state))
      if event.deathCause == .collector { ages[place].byCollector &+= 1 } else { ages[place].byCount &+= 1 }
    case .collectBegin: beginPass(state)
    case .collectVerdict: if event.isRescued { rescued &+= 1 }
    case .resurrect: resurrected &+= 1
    case .collectEnd:
      details.passes.append(
        CollectorDetails.Pass(
          feeders: feeders, resurrected: resurrected, rescued: tellsVerdicts ? rescued : nil))
    default: return
    }
  }

  private func row(_ id: UInt32) -> Int { Int(id) < siteCount ? Int(id) : 0 }

  /// Passes that the object lived through: the one that runs is not over.
  private func age(_ cell: ObjectCell, _ state: borrowing ReplayState) -> UInt32 {
    let passes = state.collector.begunCount &- (state.collector.isInPass ? 1 : 0)
    return passes > cell.trackedPass ? passes &- cell.trackedPass : 0
  }

  private mutating func beginPass(_ state: borrowing ReplayState) {
    let most = fed.sorted { (young[Int($0)], $1) > (young[Int($1)], $0) }.prefix(CollectorDetails.feedersMax)
    feeders = most.filter { young[Int($0)] > 0 }.map { .init(site: $0, objects: young[Int($0)]) }
    for site in fed { (young[Int(site)], isFed[Int(site)]) = (0, false) }
    fed.removeAll(keepingCapacity: true)
    lastPass = state.eventNumber
    (resurrected, rescued) = (0, 0)
  }

  /// What lives has an age as well.
  private mutating func end(_ state: borrowing ReplayState) {
    isOver = true
    var ages = self.ages
    state.objects.forEachLiveCell { cell in
      guard cell.has(ObjectCell.container) else { return }
      ages[row(cell.site) * Self.classes + CollectorDetails.ageClass(age(cell, state))].living &+= 1
    }
    self.ages = ages
  }

  mutating func finish(_ state: borrowing ReplayState) {
    if !isOver { end(state) }
    statistics.finish(state)
    details.sites = (0..<siteCount).map { Array(ages[$0 * Self.classes..<($0 + 1) * Self.classes]) }
    for (place, row) in ages.enumerated() { details.ages[place % Self.classes].add(row) }
  }
}

extension TraceSession {
  /// `report` with what the collector did in detail.
  public func collectorReport(
    from: TimePoint = .start, until point: TimePoint = .end
  ) throws(ReplayError) -> (report: TraceReport, details: CollectorDetails) {
    var visitor = CollectorDetailsVisitor(names: definitions, level: level)
    let state = try replay(from: from, until: point, visitor: &visitor)
    visitor.finish(state)
    return (report(visitor.statistics, state, point), visitor.details)
  }
}
