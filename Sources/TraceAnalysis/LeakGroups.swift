// Groups growing populations by what keeps them, see Leaks.

import TraceModel
import TraceReplay

struct LeakGroups {
  let candidates: [LeakCandidate]
  let history: PopulationHistory
  let names: TraceNames
  let places: ProgramPlaces
  let isComplete: Bool

  /// Members of a population whose paths are walked.
  private static let sampleMax = 64

  /// What lives of a candidate at the moment looked at.
  private struct Members {
    var live: UInt64 = 0
    var bytes: UInt64 = 0
    /// Every nth, so that old and young ones are among them.
    var sample: [UInt32] = []
    var step: UInt64 = 1
    var liveBySite: [UInt32: UInt64] = [:]
    /// Code of the generators among the members, by the first looked at; 0 for others.
    var body: UInt32 = 0

    mutating func add(_ slot: UInt32, _ cell: ObjectCell) {
      if live % step == 0 {
        sample.append(slot)
        if sample.count >= LeakGroups.sampleMax * 2 {
          sample = sample.indices.filter { $0 % 2 == 0 }.map { sample[$0] }
          step *= 2
        }
      }
      live += 1
      bytes += cell.size
      liveBySite[cell.site, default: 0] += 1
    }
  }

  /// Where the members of a candidate hang: the candidate that accumulates above them, and an example of a path.
  private struct Hold {
    /// Index of the candidate met first on the way from the root; its own for one that accumulates.
    var owner: Int
    var path: HoldingPath
    /// Shape of the path down to what accumulates.
    var place: String
    /// Candidates on the path after the owner, in order.
    var inner: [Int]
  }

  func find(_ state: borrowing ReplayState, withLinks: Bool) throws(ReplayError) -> [Leak] {
    let members = count(state)
    guard withLinks else { return plain(members) }
    guard let paths = HeapPaths(state, names: names) else { throw .outOfMemory }
    let words = HoldingWords(names: names)
    var holds: [Hold?] = []
    let candidateOf = indexOfCandidates()
    for index in candidates.indices {
      holds.append(hold(index, members[index], paths, words, candidateOf, state))
    }
    return groups(members, holds, words, state)
  }

  /// Without stores every population stands for itself; those of the program's types come first.
  private func plain(_ members: [Members]) -> [Leak] {
    let order = candidates.indices.sorted {
      let (a, b) = (isTelling(candidates[$0].key), isTelling(candidates[$1].key))
      return a != b ? a : members[$0].bytes > members[$1].bytes
    }
    return order.prefix(1).map { first in
      leak(first, members, path: nil, parts: order.filter { $0 != first }, certainty: .estimated)
    }
  }

  private func indexOfCandidates() -> [PopulationKey: Int] {
    var result: [PopulationKey: Int] = [:]
    for (index, candidate) in candidates.enumerated() { result[candidate.key] = index }
    return result
  }

  private func count(_ state: borrowing ReplayState) -> [Members] {
    var members = [Members](repeating: Members(), count: candidates.count)
    let wanted = indexOfCandidates()
    var codes: [UInt32: UInt32] = [:]
    state.objects.forEachLive { slot, cell in
      let code: UInt32
      if let known = codes[cell.site] {
        code = known
      } else {
        code = places.code(ofSite: cell.site)
        codes[cell.site] = code
      }
      if let index = wanted[PopulationKey(type: cell.type, code: code)] { members[index].add(slot, cell) }
    }
    for index in members.indices where Self.isSuspendable(names.typeName(candidates[index].key.type)) {
      members[index].body = members[index].sample.first.flatMap { state.generators[$0]?.code } ?? 0
    }
    return members
  }

  /// The way by which most of the members looked at are held.
  private func hold(
    _ index: Int, _ members: Members, _ paths: borrowing HeapPaths, _ words: HoldingWords,
    _ candidateOf: [PopulationKey: Int], _ state: borrowing ReplayState
  ) -> Hold? {
    var found: [String: (count: Int, hold: Hold)] = [:]
    for slot in members.sample {
      let path = paths.path(to: slot, state)
      let onPath = path.steps.map { step in
        candidateOf[PopulationKey(type: step.type, code: places.code(ofSite: state.objects[step.slot].site))]
      }
      guard let first = onPath.firstIndex(where: { $0 != nil }), let owner = onPath[first] else { continue }
      let place = words.shape(path, count: first)
      let inner = onPath.dropFirst(first + 1).compactMap { $0 }
      let key = "\(owner) \(place) \(inner)"
      found[key, default: (0, Hold(owner: owner, path: path, place: place, inner: inner))].count += 1
    }
    return found.values.max { ($0.count, $1.hold.place) < ($1.count, $0.hold.place) }?.hold
  }

  private func groups(
    _ members: [Members], _ holds: [Hold?], _ words: HoldingWords, _ state: borrowing ReplayState
  ) -> [Leak] {
    // 1. Where each accumulating candidate hangs; parts follow their owner, through owners that are parts themselves.
    func root(_ index: Int) -> Int {
      var current = index
      for _ in candidates.indices {
        guard let owner = holds[current]?.owner, owner != current else { return current }
        current = owner
      }
      return current
    }
    var byPlace: [String: [Int]] = [:]
    var order: [String] = []
    for index in candidates.indices where members[index].live >= GrowthCurve.liveMin {
      guard let place = holds[root(index)]?.place else { continue }
      if byPlace[place] == nil { order.append(place) }
      byPlace[place, default: []].append(index)
    }
    // 2. One leak for each place.
    var leaks: [Leak] = []
    for place in order {
      let all = byPlace[place] ?? []
      let roots = all.filter { root($0) == $0 }
      guard let first = representative(roots, all, members, holds) else { continue }
      let parts = all.filter { $0 != first }.sorted { members[$0].bytes > members[$1].bytes }
      leaks.append(
        leak(
          first, members, path: holds[first].map { words.namedSteps($0.path) }, parts: parts,
          certainty: isComplete ? .exact : .bounded))
    }
    return leaks.sorted { ($0.bytesWithParts, $1.type) > ($1.bytesWithParts, $0.type) }
  }

  /// The candidate that names the leak, see Leaks, step 3.
  private func representative(_ roots: [Int], _ all: [Int], _ members: [Members], _ holds: [Hold?]) -> Int? {
    func most(_ list: [Int]) -> Int? { list.max { (members[$0].bytes, $1) < (members[$1].bytes, $0) } }
    if let telling = most(roots.filter { isTelling(candidates[$0].key) }) { return telling }
    guard let root = most(roots) else { return nil }
    // Wrapped one by one: as many, give or take, and near.
    let wrapped = all.filter { index in
      guard let hold = holds[index], hold.owner == root, isTelling(candidates[index].key) else { return false }
      return members[index].live * 2 >= members[root].live && members[index].live <= members[root].live * 2
    }
    let near = wrapped.min { (holds[$0]?.path.steps.count ?? 0, $0) < (holds[$1]?.path.steps.count ?? 0, $1) }
    return near ?? root
  }

  /// Whether a type's name says what the program does: its own classes, and the bodies of its generators.
  private func isTelling(_ key: PopulationKey) -> Bool {
    names.isProgramType(key.type) || Self.isSuspendable(names.typeName(key.type))
  }

  private static func isSuspendable(_ type: String) -> Bool {
    type == "generator" || type == "coroutine" || type == "async_generator"
  }

  private func leak(_ index: Int, _ members: [Members], path: [String]?, parts: [Int], certainty: Certainty) -> Leak {
    let candidate = candidates[index]
    let (begin, end) = (history.samples[candidate.curve.first], history.samples[candidate.curve.last])
    let passes = end.passes - begin.passes
    let code = members[index].body != 0 ? members[index].body : candidate.key.code
    let site = members[index].liveBySite.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? candidate.site
    return Leak(
      type: names.typeName(candidate.key.type),
      allocatedIn: MeaningTable.functionName(code, names), place: places.place(ofSite: site),
      live: members[index].live, liveBytes: members[index].bytes, growth: candidate.curve.growth,
      growthPerPass: passes == 0 ? nil : Double(candidate.curve.growth) / Double(passes), retainedBy: path ?? [],
      growsWith: parts.map { (names.typeName(candidates[$0].key.type), members[$0].live) },
      bytesWithParts: parts.reduce(members[index].bytes) { $0 + members[$1].bytes },
      isGoneAtEnd: candidate.isGoneAtEnd, certainty: certainty)
  }
}
