// Which populations grow without end, by their history alone. What a population's window is:
//
// - It begins with the population's first member, or with the first birth in a function of the program where that is later.
// - It ends with the run, or with the last birth that the outermost function on the way to the population made: after a loop over requests a
//   program may still write a report, and what hung on the loop's variables is gone by then. Such an early end counts only where the window
//   covers most of the run: before that, filling a table at the start looks the same.

import TraceModel
import TraceReplay

struct LeakCandidate {
  let population: Int
  let key: PopulationKey
  let curve: GrowthCurve
  /// Whether the members were gone when the program ended.
  let isGoneAtEnd: Bool
  /// The site with most births.
  let site: UInt32
}

struct LeakCandidates {
  private let history: PopulationHistory
  private let names: TraceNames
  private let places: ProgramPlaces
  /// Births before any function of the program ran: imports, class bodies.
  private let start: UInt64
  private let sitesByCode: [UInt32: [UInt32]]
  /// Parts of the run, from its start, that a window covers at least: one that goes to the end, one that ends before.
  private static let partMin = 0.25
  private static let earlyPartMin = 0.6

  init(_ history: PopulationHistory, names: TraceNames, places: ProgramPlaces) {
    self.history = history
    self.names = names
    self.places = places
    var start = UInt64.max
    for (index, key) in history.keys.enumerated() where history.births[index] > 0 {
      guard names.isProgramCode(key.code), names.codeName(key.code) != "<module>" else { continue }
      start = min(start, history.firstBirth[index])
    }
    self.start = start == .max ? 0 : start
    var sites: [UInt32: [UInt32]] = [:]
    for site in history.siteBirths.indices where history.siteBirths[site] > 0 {
      let code = places.code(ofSite: UInt32(site))
      sites[code, default: []].append(UInt32(site))
    }
    sitesByCode = sites
  }

  /// Largest growth first.
  func find() -> [LeakCandidate] {
    guard !history.samples.isEmpty else { return [] }
    var found: [LeakCandidate] = []
    for index in history.keys.indices.dropFirst() where history.births[index] >= GrowthCurve.liveMin {
      if let candidate = candidate(index) { found.append(candidate) }
    }
    return found.sorted { ($0.curve.growth, $1.population) > ($1.curve.growth, $0.population) }
  }

  private func candidate(_ population: Int) -> LeakCandidate? {
    let values = history.series(population)
    let begin = max(start, history.firstBirth[population])
    let last = values.count - 1
    let before = history.livedBefore(population)
    guard let first = history.samples.firstIndex(where: { $0.births >= begin }),
      values.contains(where: { $0 >= GrowthCurve.liveMin })
    else { return nil }
    let key = history.keys[population]
    let site = mainSite(key)
    if covers(begin, history.totalBirths, Self.partMin),
      let curve = GrowthCurve(values, first: first, last: last, before: before)
    {
      return LeakCandidate(population: population, key: key, curve: curve, isGoneAtEnd: false, site: site)
    }
    let end = lastActivity(site)
    guard covers(begin, end, Self.earlyPartMin), let early = history.samples.lastIndex(where: { $0.births <= end }),
      early < last || values[last] == 0,
      let curve = GrowthCurve(values, first: first, last: min(early, last - 1), before: before)
    else { return nil }
    return LeakCandidate(
      population: population, key: key, curve: curve, isGoneAtEnd: values[last] * 2 < values[early], site: site)
  }

  /// Whether the window is a part of the run that says something.
  private func covers(_ begin: UInt64, _ end: UInt64, _ part: Double) -> Bool {
    let run = history.totalBirths - min(start, history.totalBirths)
    return end > begin && Double(end - begin) >= part * Double(run)
  }

  private func mainSite(_ key: PopulationKey) -> UInt32 {
    (sitesByCode[key.code] ?? []).max { history.siteBirths[Int($0)] < history.siteBirths[Int($1)] } ?? 0
  }

  /// When the outermost function of the program on the way to the site allocated last, itself or through others.
  private func lastActivity(_ site: UInt32) -> UInt64 {
    guard let outermost = places.callers(ofSite: site).last else { return history.totalBirths }
    var last: UInt64 = 0
    for other in history.siteLastBirth.indices where history.siteLastBirth[other] > last {
      if places.callers(ofSite: UInt32(other)).contains(outermost) { last = history.siteLastBirth[other] }
    }
    return last
  }
}
