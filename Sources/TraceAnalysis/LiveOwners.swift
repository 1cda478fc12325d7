// Which of the objects that live more (or less) at the end are the reason, and which are their parts: of the run that has more of them the paths from
// the roots are walked. So that `FeedError` explains the tracebacks, frames and locals that came with it, and stands before them.

import TraceModel
import TraceReplay

struct LiveOwners {
  /// By name: the part of all change of living objects that goes back to the type or the function.
  private(set) var types: [String: Double] = [:]
  private(set) var functions: [String: Double] = [:]
  /// By name of an owner's type: what it keeps and what keeps it, in words.
  private var ownerWords: [String: String] = [:]
  private var partWords: [String: String] = [:]
  /// By name of a type or function: how much more or less of it there is, and how much of that no root reaches.
  private var changed: [String: (all: UInt64, unreachable: UInt64)] = [:]

  private struct Change {
    let population: LivePopulation
    let count: UInt64
  }

  /// Looks only where living objects changed at all. Nothing is known without stores.
  init(_ before: RunMeasures, _ after: RunMeasures, threads: Int) throws(ReplayError) {
    let band = NoiseBand.single(.live, threads: threads)
    var (more, less): ([Change], [Change]) = ([], [])
    for population in Set(before.populations.keys).union(after.populations.keys) {
      let (old, new) = (before.populations[population] ?? 0, after.populations[population] ?? 0)
      guard !band.contains(old, new) else { continue }
      if new > old { more.append(Change(population: population, count: new - old)) }
      if old > new { less.append(Change(population: population, count: old - new)) }
    }
    func sum(_ list: [Change]) -> UInt64 { list.reduce(0) { $0 + $1.count } }
    let grown = sum(more) >= sum(less)
    let changes = (grown ? more : less).sorted {
      ($0.count, $1.population.type, $1.population.function) > ($1.count, $0.population.type, $0.population.function)
    }
    let run = grown ? after : before
    guard !changes.isEmpty, run.level.includes(.links) else { return }
    try look(changes, run, total: Double(sum(more) + sum(less)))
  }

  private mutating func look(_ changes: [Change], _ run: RunMeasures, total: Double) throws(ReplayError) {
    let names = run.session.definitions
    var numbers: [LivePopulation: Int] = [:]
    for (index, change) in changes.enumerated() { numbers[change.population] = index }
    let state = try run.session.replay(until: run.end, withLinks: true)
    var indexOf: [PopulationKey: Int] = [:]
    state.objects.forEachLive { _, cell in
      let key = PopulationKey(type: cell.type, code: run.places.code(ofSite: cell.site))
      guard indexOf[key] == nil else { return }
      let population = LivePopulation(
        type: names.typeName(key.type), function: RunMeasures.functionName(key.code, names))
      indexOf[key] = numbers[population] ?? -1
    }
    let owners = try PopulationOwners(
      indexOf.filter { $0.value >= 0 }, count: changes.count, names: names, places: run.places, state, withLinks: true)
    let words = HoldingWords(names: names)
    for group in owners.groups(of: Array(changes.indices)) {
      let own = group.roots.reduce(0) { $0 + changes[$1].count }
      let count = group.all.reduce(0) { $0 + changes[$1].count }
      let first = changes[group.representative].population
      note(group, changes, share: Double(count) / total)
      for index in group.all {
        for name in [changes[index].population.type, changes[index].population.function] {
          changed[name, default: (0, 0)].all += changes[index].count
          if group.path?.reason == .cycle { changed[name]?.unreachable += changes[index].count }
        }
      }
      let others = count - min(count, changes[group.representative].count)
      var text = others > 0 && own < count ? "; \(others) objects more came or went with them" : ""
      if let path = group.path { text += "; kept by " + words.namedSteps(path).dropLast().joined(separator: " > ") }
      ownerWords[first.type] = text
      for index in group.all where changes[index].population.type != first.type {
        partWords[changes[index].population.type] = "; most are parts of \(first.type)"
      }
    }
  }

  private mutating func note(_ group: PopulationGroup, _ changes: [Change], share: Double) {
    for index in Set(group.roots + [group.representative]) {
      types[changes[index].population.type, default: 0] += share
      functions[changes[index].population.function, default: 0] += share
    }
    for index in group.all {
      types[changes[index].population.type, default: 0] += 0
      functions[changes[index].population.function, default: 0] += 0
    }
  }

  /// The part of the change that a finding about living objects explains; nil where the paths tell nothing about it.
  func share(_ finding: Finding) -> Double? {
    guard finding.measure == .live else { return nil }
    return finding.subject == .type ? types[finding.name] : finding.subject == .site ? functions[finding.name] : nil
  }

  /// Whether the paths tell nothing.
  var isEmpty: Bool { changed.isEmpty }

  /// Whether most of what is more or less of it is kept by cycles that no root reaches.
  func isGarbage(_ finding: Finding) -> Bool { finding.measure == .live && isGarbage(finding.name) }
  func isGarbage(_ name: String) -> Bool {
    guard let found = changed[name] else { return false }
    return found.unreachable * 2 > found.all
  }

  func words(_ finding: Finding) -> String {
    guard finding.measure == .live, finding.subject == .type else { return "" }
    return ownerWords[finding.name] ?? partWords[finding.name] ?? ""
  }
}
