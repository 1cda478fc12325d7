// What changed between two runs, or two groups of runs, by meaning. Names match across versions of a program: lines, files of the program and the order of
// definitions do not count.
//
// 1. Every measure of every row is compared; what lies inside its noise band is no finding (NoiseBand).
// 2. With one run a side a time is a finding only where its cause can be counted: what ran while a lock was held, how often threads waited,
//    what the collector examined (TimeCauses).
// 3. What is only done in another function than before is none (MovedWork).
// 4. What grew as a part of something else that grew is put behind it (LiveOwners).
// 5. Findings are ranked by how much they explain: the part of all change in their domain, times how much the domain as a whole changed, times how
//    much the row itself did.

import TraceModel
import TraceReplay

public enum Certainty: String, Sendable {
  /// Counted from complete traces.
  case exact
  /// Counted, but events are missing: a bound.
  case bounded
  /// Measured time, which varies from run to run.
  case estimated
}

/// One change.
public struct Finding: Sendable, Equatable {
  public let subject: FindingSubject
  public let name: String
  public let measure: Measure
  /// Medians where a side has several runs.
  public let before: UInt64
  public let after: UInt64
  /// Smallest and largest of the runs, where a side has several.
  public let beforeRange: ClosedRange<UInt64>?
  public let afterRange: ClosedRange<UInt64>?
  /// `file:function:line` in the later run, or the earlier where it is gone.
  public let place: String?
  public let certainty: Certainty
  public internal(set) var explanation: String
  /// Larger explains more.
  public internal(set) var weight: Double
}

/// Compares two groups of runs.
public struct Difference {
  let before: [RunMeasures]
  let after: [RunMeasures]
  private let threads: Int
  private let isComplete: Bool
  private var hasGroups: Bool { before.count > 1 || after.count > 1 }

  /// The findings, most explanatory first. Each side has at least one run.
  public static func findings(_ before: [RunMeasures], _ after: [RunMeasures]) throws(ReplayError) -> [Finding] {
    guard let first = before.first, let second = after.first else { return [] }
    let difference = Difference(before, after)
    var found = difference.compare()
    difference.dropMoved(&found)
    guard !found.isEmpty else { return [] }
    difference.rank(&found, try LiveOwners(first, second, threads: difference.threads))
    difference.dropRepetitions(&found)
    return found.sorted { ($0.weight, $1.name, $1.measure.rawValue) > ($1.weight, $0.name, $0.measure.rawValue) }
  }

  private init(_ before: [RunMeasures], _ after: [RunMeasures]) {
    self.before = before
    self.after = after
    threads = (before + after).map(\.threads).max() ?? 1
    isComplete = (before + after).allSatisfy(\.isComplete)
  }

  private func series(_ runs: [RunMeasures], _ key: MeasureKey, _ measure: Measure) -> Series {
    Series(runs.map { $0[key][measure] })
  }

  private func compare() -> [Finding] {
    var keys = Set<MeasureKey>()
    for run in before + after { keys.formUnion(run.rows.keys) }
    var found: [Finding] = []
    for key in keys.sorted() {
      for measure in Measure.allCases {
        if let finding = finding(key, measure) { found.append(finding) }
      }
    }
    return found
  }

  /// A function that only one version has was called in that one only, which says nothing; nor does a trace that tells no calls.
  private func comparesCalls(of function: String) -> Bool {
    (before + after).allSatisfy { $0.level.includes(.calls) && $0.chains.has(function) }
  }

  private func finding(_ key: MeasureKey, _ measure: Measure) -> Finding? {
    let (old, new) = (series(before, key, measure), series(after, key, measure))
    guard old.high > 0 || new.high > 0 else { return nil }
    if measure == .calls, !comparesCalls(of: key.name) { return nil }
    var why = ""
    if hasGroups {
      guard NoiseBand.differ(old, new, measure) else { return nil }
    } else {
      guard !NoiseBand.single(measure, threads: threads).contains(old.median, new.median) else { return nil }
      if measure.isTime || measure == .waits {
        guard let cause = TimeCauses.cause(of: measure, key, before[0], after[0], threads: threads) else { return nil }
        why = cause
      }
    }
    let row = after[0].rows[key] ?? before[0][key]
    let certainty: Certainty = measure.isTime ? .estimated : isComplete ? .exact : .bounded
    return Finding(
      subject: key.subject, name: key.name, measure: measure, before: old.median, after: new.median,
      beforeRange: before.count > 1 ? old.low...old.high : nil, afterRange: after.count > 1 ? new.low...new.high : nil,
      place: row.place(measure) ?? before[0][key].place(measure), certainty: certainty,
      explanation: DifferenceWords.explanation(key, measure, row, before[0][key]) + why, weight: 0)
  }

  private func dropMoved(_ found: inout [Finding]) {
    for subject in [FindingSubject.site, .lock, .generator, .task] {
      guard let moved = MovedWork(found, subject, before[0], after[0], threads: threads) else { continue }
      found.removeAll { $0.subject == subject && moved.explains($0) }
    }
  }

  /// What a number must be to matter at all.
  private static func smallest(_ measure: Measure) -> Double {
    switch (measure.domain, measure) {
    // A few passes over what the first threshold lets come together.
    case (_, .examined): 40_000
    case (_, .pause): 20_000_000
    case (.life, _), (.control, _): 100
    case (.churn, _): 2000
    case (.garbage, _): 500
    case (.passes, _): 20
    case (.locking, _): 100
    case (.waiting, _): 50_000_000
    case (.threads, _): 2
    }
  }

  /// Totals of a domain for one kind of row, to which parts are compared.
  private struct Pool: Hashable {
    let subject: FindingSubject
    let measure: Measure
    /// Types of the program are compared among themselves: a few of their objects explain the many texts and numbers that come with them.
    let isProgramType: Bool
  }

  private func pool(_ finding: Finding) -> Pool {
    Pool(
      subject: finding.subject, measure: finding.measure,
      isProgramType: finding.subject == .type && isProgram(MeasureKey(finding.subject, finding.name)))
  }

  /// A part of something else that changed explains that much less.
  private static let partWeight = 0.05

  private func rank(_ found: inout [Finding], _ owners: LiveOwners) {
    let pools = found.map { pool($0) }
    var moved: [Pool: Double] = [:]
    for (finding, pool) in zip(found, pools) { moved[pool, default: 0] += Self.change(finding) }
    for (index, pool) in pools.enumerated() {
      let finding = found[index]
      var part = Self.change(finding) / max(1, moved[pool] ?? 1)
      if let share = owners.share(finding) { part = max(share, part * Self.partWeight) }
      if waitsForPass(finding, owners) { part *= Self.partWeight }
      found[index].explanation += owners.words(finding)
      let own = Self.change(finding) / Double(max(finding.before, finding.after, 1))
      found[index].weight = part * own * domainChange(pool) * factor(finding)
    }
  }

  /// Whether it is only a matter of when passes come: there is more (or less) garbage that none has met yet, or what was collected before now waits. That
  /// there is more of it, or that passes are fewer, is told for itself.
  private func waitsForPass(_ finding: Finding, _ owners: LiveOwners) -> Bool {
    let key = MeasureKey(finding.subject, finding.name)
    switch finding.measure {
    case .live: return collected(key) > 0 && owners.isGarbage(finding) || isLeftOver(key, owners)
    case .peakLive: return collected(key) >= Self.change(finding)
    case .deathsByCollector: return isLeftOver(key, owners)
    case .collected: return isExchanged(before[0].totals, after[0].totals) && arePassesOther
    default: return false
    }
  }

  private func collected(_ key: MeasureKey) -> Double {
    Double((before + after).map { $0[key][.deathsByCollector] }.max() ?? 0)
  }

  /// Whether passes left what they collected before, or the other way round: not because something keeps it, as far as the trace tells.
  private func isLeftOver(_ key: MeasureKey, _ owners: LiveOwners) -> Bool {
    guard isExchanged(before[0][key], after[0][key]) else { return false }
    return owners.isEmpty ? arePassesOther : owners.isGarbage(key.name)
  }

  /// Whether what died less by the collector lives instead, or the other way round. In a pass many die by their count, when a cycle is taken apart.
  private func isExchanged(_ old: MeasureRow, _ new: MeasureRow) -> Bool {
    let live = Double(new[.live]) - Double(old[.live])
    let died = Double(new[.deathsByCollector]) - Double(old[.deathsByCollector])
    return live * died < 0 && abs(live) * 2 >= abs(died)
  }

  private var arePassesOther: Bool {
    let band = NoiseBand.single(.passes, threads: threads)
    return !band.contains(before[0].totals[.passes], after[0].totals[.passes])
  }

  private static func change(_ finding: Finding) -> Double {
    finding.before > finding.after ? Double(finding.before - finding.after) : Double(finding.after - finding.before)
  }

  private func isProgram(_ key: MeasureKey) -> Bool { (before + after).contains { $0[key].isProgram } }

  /// How much all rows of a kind changed together: the binary logarithm of their ratio, at most 4 (sixteen times as much).
  private func domainChange(_ pool: Pool) -> Double {
    func sum(_ runs: [RunMeasures]) -> Double {
      var sum: UInt64 = 0
      for (key, row) in runs[0].rows where key.subject == pool.subject {
        if pool.subject != .type || row.isProgram == pool.isProgramType { sum &+= row[pool.measure] }
      }
      return Double(sum)
    }
    let base = Self.smallest(pool.measure)
    let (old, new) = (sum(before) + base, sum(after) + base)
    return min(4, Self.binaryLogarithm(max(old, new) / min(old, new)))
  }

  /// By halving: findings are ranked, not measured, so no library is needed.
  private static func binaryLogarithm(_ value: Double) -> Double { Double(value.exponent) + (value.significand - 1) }

  /// What says where to look comes before what only follows: the program's own types and functions before built-in types, and these before what the
  /// library does with them.
  private func factor(_ finding: Finding) -> Double {
    let key = MeasureKey(finding.subject, finding.name)
    let own = isProgram(key) ? 1.3 : [.site, .generator, .task].contains(finding.subject) ? 0.4 : 0.8
    switch (finding.subject, finding.measure) {
    case (.type, .allocations), (.type, .bytes): return own * 0.8
    case (.type, .peakLive): return own * 0.6
    case (.type, .deathsByCollector): return isProgram(key) ? own * 1.2 : own
    case (.function, .calls): return own * 0.8
    case (.generator, .yields), (.task, .resumes), (.generator, .suspended): return own * 1.2
    case (.collector, .passes): return finding.name == "collector" ? 1.5 : 1.2
    case (.collector, .collected), (.collector, .examined), (.collector, .pause): return 0.5
    case (.lock, .waitTime), (.lock, .blockedWhileHeld): return 1.3
    case (.lock, .held): return 0.9
    case (.gil, _): return 0.5
    default: return own
    }
  }

  private static func isNear(_ a: Double, _ b: Double) -> Bool { a / b < 1.25 && a / b > 0.8 }

  /// Bytes that changed as the number of objects did, resumes that changed as yields did: said once, and as much as the one that says more.
  private func dropRepetitions(_ found: inout [Finding]) {
    func ratio(_ finding: Finding) -> Double { Double(finding.after + 1) / Double(finding.before + 1) }
    func twin(_ measure: Measure) -> Measure? {
      switch measure {
      case .bytes: .allocations
      case .peakLive: .live
      case .resumes: .yields
      case .created: .yields
      case .fullPasses: .passes
      default: nil
      }
    }
    /// All that lived at once lives at the end.
    func isSamePeak(_ finding: Finding, _ other: Finding) -> Bool {
      func most(_ finding: Finding) -> Double { Double(max(finding.before, finding.after)) }
      return finding.measure == .peakLive && Self.isNear(most(finding), most(other))
    }
    var said: [MeasureKey: [Measure: Int]] = [:]
    for (index, finding) in found.enumerated() {
      said[MeasureKey(finding.subject, finding.name), default: [:]][finding.measure] = index
    }
    var isRepetition = [Bool](repeating: false, count: found.count)
    for (index, finding) in found.enumerated() {
      guard let other = twin(finding.measure),
        let first = said[MeasureKey(finding.subject, finding.name)]?[other]
      else { continue }
      guard Self.isNear(ratio(finding), ratio(found[first])) || isSamePeak(finding, found[first]) else { continue }
      isRepetition[index] = true
      // Of what lives it is known what is a part of what.
      if finding.measure != .peakLive { found[first].weight = max(found[first].weight, finding.weight) }
    }
    // Passes of generation 2 are the full passes.
    found = found.indices.filter {
      !isRepetition[$0] && !(found[$0].subject == .collector && found[$0].name == "generation 2")
    }.map { found[$0] }
  }
}
