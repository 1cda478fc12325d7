// Makes leaks of growing populations: one for each group that hangs in the same place, see PopulationOwners.

import TraceModel
import TraceReplay

struct LeakGroups {
  let candidates: [LeakCandidate]
  let history: PopulationHistory
  let names: TraceNames
  let places: ProgramPlaces
  let isComplete: Bool

  /// Most bytes first.
  func find(_ state: borrowing ReplayState, withLinks: Bool) throws(ReplayError) -> [Leak] {
    var indexOf: [PopulationKey: Int] = [:]
    for (index, candidate) in candidates.enumerated() { indexOf[candidate.key] = index }
    let owners = try PopulationOwners(
      indexOf, count: candidates.count, names: names, places: places, state, withLinks: withLinks)
    guard withLinks else { return plain(owners) }
    let words = HoldingWords(names: names)
    let living = candidates.indices.filter { owners.members[$0].live >= GrowthCurve.liveMin }
    let leaks = owners.groups(of: living).map { group in
      leak(
        group.representative, owners, path: group.path.map { words.namedSteps($0) }, all: group.all,
        certainty: isComplete ? .exact : .bounded)
    }
    return leaks.sorted { ($0.bytesWithParts, $1.type) > ($1.bytesWithParts, $0.type) }
  }

  /// Without stores nobody knows what is a part of what: one leak, named by the program's own type with most bytes if there is one.
  private func plain(_ owners: PopulationOwners) -> [Leak] {
    let order = candidates.indices.sorted {
      let (a, b) = (owners.isTelling($0), owners.isTelling($1))
      return a != b ? a : owners.members[$0].bytes > owners.members[$1].bytes
    }
    return order.prefix(1).map { leak($0, owners, path: nil, all: order, certainty: .estimated) }
  }

  private func leak(
    _ index: Int, _ owners: PopulationOwners, path: [String]?, all: [Int], certainty: Certainty
  ) -> Leak {
    let candidate = candidates[index]
    let members = owners.members
    let (begin, end) = (history.samples[candidate.curve.first], history.samples[candidate.curve.last])
    let passes = end.passes - begin.passes
    let code = members[index].body != 0 ? members[index].body : candidate.key.code
    let site = members[index].liveBySite.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? candidate.site
    let parts = all.filter { $0 != index }.sorted { members[$0].bytes > members[$1].bytes }
    return Leak(
      type: names.typeName(candidate.key.type), allocatedIn: RunMeasures.functionName(code, names),
      place: places.place(ofSite: site), live: members[index].live, liveBytes: members[index].bytes,
      growth: candidate.curve.growth,
      growthPerPass: passes == 0 ? nil : Double(candidate.curve.growth) / Double(passes), retainedBy: path ?? [],
      growsWith: parts.map { (names.typeName(candidates[$0].key.type), members[$0].live) },
      bytesWithParts: parts.reduce(members[index].bytes) { $0 &+ members[$1].bytes },
      isGoneAtEnd: candidate.isGoneAtEnd, certainty: certainty)
  }
}
