// How many objects of each kind lived in the course of a run: populations of one type, born in one function, counted at regular steps. A step
// is a number of births, so that traces of every level and machines of every speed give the same answer.

import TraceModel
import TraceReplay

/// Objects of one type that one function allocates.
struct PopulationKey: Hashable, Sendable {
  let type: UInt32
  /// Code of the function, by `ProgramPlaces`.
  let code: UInt32
}

/// The populations and how they grew.
struct PopulationHistory: Sendable {
  /// Population 0 takes what is beyond `populationsMax`.
  fileprivate(set) var keys: [PopulationKey] = [PopulationKey(type: 0, code: 0)]
  /// Living members, by population, as of the last event.
  fileprivate(set) var live: [UInt32] = [0]
  fileprivate(set) var births: [UInt64] = [0]
  /// Members that lived before the part of the run that is looked at; populations that came later have none.
  fileprivate(set) var before: [UInt32] = []
  /// Births that had happened when the population got its first member.
  fileprivate(set) var firstBirth: [UInt64] = [0]
  fileprivate(set) var samples: [Sample] = []
  fileprivate(set) var totalBirths: UInt64 = 0
  /// By site: births, and how many births there had been when the last of them came.
  fileprivate(set) var siteBirths: [UInt64] = []
  fileprivate(set) var siteLastBirth: [UInt64] = []

  struct Sample: Sendable {
    let births: UInt64
    /// Number of the event before which it was taken.
    let event: UInt64
    /// Passes of the collector until then.
    let passes: UInt64
    /// By population; those that came later had none.
    let live: [UInt32]
  }

  func livedBefore(_ population: Int) -> UInt64 { population < before.count ? UInt64(before[population]) : 0 }

  static let populationsMax = 1 << 18
  /// Counts kept at most; beyond, every second sample goes.
  static let countsMax = 1 << 21
  static let samplesMax = 256

  /// Living members at each sample.
  func series(_ population: Int) -> [UInt64] {
    samples.map { population < $0.live.count ? UInt64($0.live[population]) : 0 }
  }
}

/// Gathers the history in one replay.
struct PopulationVisitor: EventVisitor, ~Copyable {
  private(set) var history = PopulationHistory()
  private let places: ProgramPlaces
  private var indices: [PopulationKey: Int] = [:]
  /// By site: the type that was allocated there first, and its population, which most births of the site belong to.
  private var siteTypes: [UInt32]
  private var sitePopulations: [Int32]
  private var siteCodes: [UInt32]
  private var interval: UInt64 = 64
  private var untilSample: UInt64 = 64

  init(names: TraceNames, places: ProgramPlaces) {
    self.places = places
    let count = max(1, names.sites.count)
    siteTypes = .init(repeating: 0, count: count)
    sitePopulations = .init(repeating: -1, count: count)
    history.siteBirths = .init(repeating: 0, count: count)
    history.siteLastBirth = .init(repeating: 0, count: count)
    siteCodes = (0..<UInt32(count)).map { places.code(ofSite: $0) }
  }

  var watched: WatchedKinds { WatchedKinds([.alloc, .allocLarge, .dealloc]) }

  /// What lives already is among the living; a part of a run counts its own births only.
  mutating func begin(_ state: borrowing ReplayState) {
    guard state.eventNumber > 0 else { return }
    state.objects.forEachLiveCell { cell in history.live[population(cell.type, cell.site)] &+= 1 }
    history.before = history.live
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .alloc, .allocLarge:
      let population = population(event.type, event.allocSite)
      if history.births[population] == 0 { history.firstBirth[population] = history.totalBirths }
      history.births[population] &+= 1
      history.live[population] &+= 1
      history.totalBirths &+= 1
      let row = Int(event.allocSite) < siteTypes.count ? Int(event.allocSite) : 0
      history.siteBirths[row] &+= 1
      history.siteLastBirth[row] = history.totalBirths
      untilSample &-= 1
      if untilSample == 0 { sample(state) }
    case .dealloc:
      let cell = state.objects[event.object]
      guard cell.isAlive else { return }
      let population = population(cell.type, cell.site)
      if history.live[population] > 0 { history.live[population] &-= 1 }
    default: return
    }
  }

  private mutating func population(_ type: UInt32, _ site: UInt32) -> Int {
    let row = Int(site) < siteTypes.count ? Int(site) : 0
    if siteTypes[row] == type, sitePopulations[row] >= 0 { return Int(sitePopulations[row]) }
    let population = find(PopulationKey(type: type, code: siteCodes[row]))
    if sitePopulations[row] < 0 { (siteTypes[row], sitePopulations[row]) = (type, Int32(population)) }
    return population
  }

  private mutating func find(_ key: PopulationKey) -> Int {
    if let known = indices[key] { return known }
    guard history.keys.count < PopulationHistory.populationsMax else { return 0 }
    indices[key] = history.keys.count
    history.keys.append(key)
    history.live.append(0)
    history.births.append(0)
    history.firstBirth.append(0)
    return history.keys.count - 1
  }

  private mutating func sample(_ state: borrowing ReplayState) {
    history.samples.append(
      .init(
        births: history.totalBirths, event: state.eventNumber, passes: state.collector.passCount, live: history.live))
    let most = max(32, min(PopulationHistory.samplesMax, PopulationHistory.countsMax / history.keys.count))
    if history.samples.count >= most {
      // The odd ones stay: they are those that the doubled interval would have taken.
      history.samples = history.samples.indices.filter { $0 % 2 == 1 }.map { history.samples[$0] }
      interval *= 2
    }
    untilSample = interval
  }

  /// To be called after the last event, so that the end is a sample as well.
  mutating func finish(_ state: borrowing ReplayState) {
    guard history.samples.last?.births != history.totalBirths else { return }
    history.samples.append(
      .init(
        births: history.totalBirths, event: state.eventNumber, passes: state.collector.passCount, live: history.live))
  }
}
