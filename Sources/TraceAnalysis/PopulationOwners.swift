// Which of several populations are there of themselves, and which live as parts of others: by the paths of a sample of their members. The first member of
// any of the populations on the way from the root is the owner of what comes after it. An `Order` in a list takes its numbers and texts with it.

import TraceModel
import TraceReplay

/// Populations that hang in the same place: keys and values of one dict, with all that they keep.
struct PopulationGroup {
  /// Indices of populations. The one that says most; those that hang there themselves; all, parts included.
  let representative: Int
  let roots: [Int]
  let all: [Int]
  /// To a member of the representative; nil for a trace without stores.
  let path: HoldingPath?
}

/// What lives of a population at the moment looked at.
struct PopulationMembers {
  private(set) var live: UInt64 = 0
  private(set) var bytes: UInt64 = 0
  /// Every nth, so that old and young ones are among them.
  private(set) var sample: [UInt32] = []
  private(set) var liveBySite: [UInt32: UInt64] = [:]
  /// Code of the generators among the members, by the first looked at; 0 for others.
  fileprivate(set) var body: UInt32 = 0
  private var step: UInt64 = 1

  /// Members whose paths are walked, at most twice as many.
  private static let sampleMax = 64

  mutating func add(_ slot: UInt32, _ cell: ObjectCell) {
    if live % step == 0 {
      sample.append(slot)
      if sample.count >= Self.sampleMax * 2 {
        sample = sample.indices.filter { $0 % 2 == 0 }.map { sample[$0] }
        step *= 2
      }
    }
    live += 1
    bytes &+= cell.size
    liveBySite[cell.site, default: 0] += 1
  }
}

struct PopulationOwners {
  private let names: TraceNames
  private let places: ProgramPlaces
  private let indexOf: [PopulationKey: Int]
  /// By population: the type of its members.
  private var types: [UInt32]
  private(set) var members: [PopulationMembers]
  private var holds: [Hold?]

  /// Where the members of a population hang: the population met first on the way from the root (its own for an owner), an example of a path, and the
  /// shape of that down to the owner.
  private struct Hold {
    let owner: Int
    let path: HoldingPath
    let place: String
  }

  /// `indexOf` numbers the populations from 0 to `count` - 1; one may have several keys. `state` as of the moment, with links where `withLinks`.
  init(
    _ indexOf: [PopulationKey: Int], count: Int, names: TraceNames, places: ProgramPlaces,
    _ state: borrowing ReplayState, withLinks: Bool
  ) throws(ReplayError) {
    self.names = names
    self.places = places
    self.indexOf = indexOf
    types = .init(repeating: 0, count: count)
    members = .init(repeating: PopulationMembers(), count: count)
    holds = .init(repeating: nil, count: count)
    for (key, index) in indexOf { types[index] = max(types[index], key.type) }
    countMembers(state)
    guard withLinks else { return }
    guard let paths = HeapPaths(state, names: names) else { throw .outOfMemory }
    let words = HoldingWords(names: names)
    var budget = PathBudget()
    for index in members.indices { holds[index] = hold(members[index], paths, words, &budget, state) }
  }

  private mutating func countMembers(_ state: borrowing ReplayState) {
    var members = self.members
    state.objects.forEachLive { slot, cell in
      let key = PopulationKey(type: cell.type, code: places.code(ofSite: cell.site))
      if let index = indexOf[key] { members[index].add(slot, cell) }
    }
    for index in members.indices where Self.isSuspendable(names.typeName(types[index])) {
      members[index].body = members[index].sample.first.flatMap { state.generators[$0]?.code } ?? 0
    }
    self.members = members
  }

  /// The way by which most of the members looked at are held.
  private func hold(
    _ members: PopulationMembers, _ paths: borrowing HeapPaths, _ words: HoldingWords, _ budget: inout PathBudget,
    _ state: borrowing ReplayState
  ) -> Hold? {
    var found: [String: (count: Int, hold: Hold)] = [:]
    for slot in members.sample where !budget.isSpent {
      let path = paths.path(to: slot, state)
      budget.spend(path)
      let onPath = path.steps.map { step in
        indexOf[PopulationKey(type: step.type, code: places.code(ofSite: state.objects[step.slot].site))]
      }
      guard let first = onPath.firstIndex(where: { $0 != nil }), let owner = onPath[first] else { continue }
      let place = words.shape(path, count: first)
      let key = "\(owner) \(place) \(path.steps.count)"
      found[key, default: (0, Hold(owner: owner, path: path, place: place))].count += 1
    }
    return found.values.max { ($0.count, $1.hold.place) < ($1.count, $0.hold.place) }?.hold
  }

  /// The owner of the owner, and so on. Populations may own each other in turn: then the last one met.
  func root(of index: Int) -> Int {
    var current = index
    for _ in types.indices {
      guard let owner = holds[current]?.owner, owner != current else { return current }
      current = owner
    }
    return current
  }

  /// Groups of the populations `indices`, in this order of their first members.
  func groups(of indices: [Int]) -> [PopulationGroup] {
    var byPlace: [String: [Int]] = [:]
    var order: [String] = []
    for index in indices {
      guard let place = holds[root(of: index)]?.place else { continue }
      if byPlace[place] == nil { order.append(place) }
      byPlace[place, default: []].append(index)
    }
    return order.compactMap { place in
      let all = byPlace[place] ?? []
      let roots = all.filter { root(of: $0) == $0 }
      guard let first = representative(roots, all) else { return nil }
      return PopulationGroup(representative: first, roots: roots, all: all, path: holds[first]?.path)
    }
  }

  /// The population that names a group: one of the program's types or of its generators; else the nearest such that each member of a
  /// wrapper (a bound method, a tuple, the key of a cache) holds; else the most bytes.
  private func representative(_ roots: [Int], _ all: [Int]) -> Int? {
    func most(_ list: [Int]) -> Int? { list.max { (members[$0].bytes, $1) < (members[$1].bytes, $0) } }
    if let telling = most(roots.filter { isTelling($0) }) { return telling }
    guard let root = most(roots) else { return nil }
    // Wrapped one by one: as many, give or take, and near. Keys wrap as values do.
    let wrapped = all.filter { index in
      guard let owner = holds[index]?.owner, roots.contains(owner), isTelling(index) else { return false }
      return [root, owner].allSatisfy {
        members[index].live * 2 >= members[$0].live && members[index].live <= members[$0].live * 2
      }
    }
    let near = wrapped.min { (holds[$0]?.path.steps.count ?? 0, $0) < (holds[$1]?.path.steps.count ?? 0, $1) }
    return near ?? root
  }

  /// Whether a type's name says what the program does: its own classes, and the bodies of its generators.
  func isTelling(_ index: Int) -> Bool {
    names.isProgramType(types[index]) || Self.isSuspendable(names.typeName(types[index]))
  }

  private static func isSuspendable(_ type: String) -> Bool {
    type == "generator" || type == "coroutine" || type == "async_generator"
  }
}
