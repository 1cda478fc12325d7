// What changed between two runs, or two groups of runs, by meaning. Names match across versions of a program: lines, files of the program and the order of
// definitions do not count.
//
// 1. Every measure of every row is compared; what lies inside its noise band is no finding (NoiseBand).
// 2. With one run a side a time is a finding only where its cause can be counted: what ran while a lock was held, how often threads waited,
//    what the collector examined (TimeCauses).
// 3. What grew as a part of something else that grew is put behind it (LiveOwners).
// 4. Findings are ranked by how much they explain: the part of all change in their domain, times how much the domain as a whole changed, times how
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

  private func finding(_ key: MeasureKey, _ measure: Measure) -> Finding? {
    let (old, new) = (series(before, key, measure), series(after, key, measure))
    guard old.high > 0 || new.high > 0 else { return nil }
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
      place: row.place ?? before[0][key].place, certainty: certainty,
      explanation: DifferenceWords.explanation(key, measure, row, before[0][key]) + why, weight: 0)
  }

  /// What one domain is about and what a number in it must be to matter at all.
  private static func smallest(_ domain: Measure.Domain) -> Double {
    switch domain {
    case .life, .control: 100
    case .churn: 2000
    case .garbage: 500
    case .passes: 5
    case .locking: 100
    case .waiting: 50_000_000
    case .threads: 2
    }
  }

  /// Totals of a domain for one kind of row, to which parts are compared.
  private struct Pool: Hashable {
    let subject: FindingSubject
    let measure: Measure
  }

  /// A part of something else that changed explains that much less.
  private static let partWeight = 0.05

  private func rank(_ found: inout [Finding], _ owners: LiveOwners) {
    var moved: [Pool: Double] = [:]
    for finding in found {
      moved[Pool(subject: finding.subject, measure: finding.measure), default: 0] += Self.change(finding)
    }
    for index in found.indices {
      let finding = found[index]
      let pool = Pool(subject: finding.subject, measure: finding.measure)
      var part = Self.change(finding) / max(1, moved[pool] ?? 1)
      if let share = owners.share(finding) { part = max(share, part * Self.partWeight) }
      found[index].explanation += owners.words(finding)
      let own = Self.change(finding) / Double(max(finding.before, finding.after, 1))
      found[index].weight = part * own * domainChange(pool) * Self.factor(finding, isProgram: isProgram(finding))
    }
  }

  private static func change(_ finding: Finding) -> Double {
    finding.before > finding.after ? Double(finding.before - finding.after) : Double(finding.after - finding.before)
  }

  private func isProgram(_ finding: Finding) -> Bool {
    let key = MeasureKey(finding.subject, finding.name)
    return (before + after).contains { $0[key].isProgram }
  }

  /// How much all rows of a kind changed together: the binary logarithm of their ratio, at most 4 (sixteen times as much).
  private func domainChange(_ pool: Pool) -> Double {
    func sum(_ runs: [RunMeasures]) -> Double {
      var sum: UInt64 = 0
      for (key, row) in runs[0].rows where key.subject == pool.subject { sum &+= row[pool.measure] }
      return Double(sum)
    }
    let base = Self.smallest(pool.measure.domain)
    let (old, new) = (sum(before) + base, sum(after) + base)
    return min(4, Self.binaryLogarithm(max(old, new) / min(old, new)))
  }

  /// By halving: findings are ranked, not measured, so no library is needed.
  private static func binaryLogarithm(_ value: Double) -> Double { Double(value.exponent) + (value.significand - 1) }

  /// What says where to look comes before what only follows: the program's own types and functions before built-in types.
  private static func factor(_ finding: Finding, isProgram: Bool) -> Double {
    let own = isProgram ? 1.3 : 0.8
    switch (finding.subject, finding.measure) {
    case (.type, .allocations), (.type, .bytes): return own * 0.8
    case (.generator, .yields), (.task, .resumes), (.generator, .suspended): return own * 1.2
    case (.collector, .passes): return finding.name == "collector" ? 1.5 : 1.2
    case (.collector, .collected), (.collector, .examined): return 0.5
    case (.lock, .waitTime), (.lock, .blockedWhileHeld): return 1.3
    case (.lock, .held): return 0.9
    case (.gil, _): return 0.5
    default: return own
    }
  }

  /// Bytes that changed as the number of objects did, resumes that changed as yields did: said once.
  private func dropRepetitions(_ found: inout [Finding]) {
    func ratio(_ finding: Finding) -> Double { Double(finding.after + 1) / Double(finding.before + 1) }
    func twin(_ measure: Measure) -> Measure? {
      switch measure {
      case .bytes: .allocations
      case .resumes: .yields
      case .created: .yields
      case .fullPasses: .passes
      default: nil
      }
    }
    var ratios: [MeasureKey: [Measure: Double]] = [:]
    for finding in found {
      ratios[MeasureKey(finding.subject, finding.name), default: [:]][finding.measure] = ratio(finding)
    }
    found.removeAll { finding in
      if finding.subject == .collector, finding.name == "generation 2" { return true }  // The same as full passes.
      guard let other = twin(finding.measure), let said = ratios[MeasureKey(finding.subject, finding.name)]?[other]
      else { return false }
      let own = ratio(finding)
      return own / said < 1.25 && said / own < 1.25
    }
  }
}
