// Findings that only say that work is done in another function: a part of a function that became one of its own, a function that was renamed or written out
// where it was called. The functions that only one version has are counted for their callers, see CallChains; what is equal then has only moved.

struct MovedWork {
  private let threads: Int
  private var before = Side()
  private var after = Side()

  private struct Side {
    var values: [String: [Measure: UInt64]] = [:]
    var targets: [String: Set<String>] = [:]
  }

  /// Of the first run of each side. Nil where both sides have the same functions.
  init?(_ found: [Finding], _ subject: FindingSubject, _ before: RunMeasures, _ after: RunMeasures, threads: Int) {
    self.threads = threads
    let isShared: (String) -> Bool = { before.chains.has($0) && after.chains.has($0) }
    guard found.contains(where: { $0.subject == subject && !isShared($0.name) }) else { return nil }
    (self.before.values, self.before.targets) = before.chains.folded(subject, isShared)
    (self.after.values, self.after.targets) = after.chains.folded(subject, isShared)
    targets = Set(self.before.targets.values.flatMap { $0 } + self.after.targets.values.flatMap { $0 })
  }

  /// Functions that others' numbers went to.
  private let targets: Set<String>

  /// What is counted by callers and follows the same course.
  private static func counted(_ measure: Measure) -> Measure {
    switch measure {
    case .resumes: .yields
    case .raises: .created
    case .held: .ranWhileHeld
    default: measure
    }
  }

  /// Whether nothing of the finding is left.
  func explains(_ finding: Finding) -> Bool {
    let moved = finding.before > finding.after ? finding.before - finding.after : finding.after - finding.before
    var homes = (before.targets[finding.name] ?? []).union(after.targets[finding.name] ?? [])
    if homes.isEmpty {
      guard targets.contains(finding.name) else { return false }
      homes = [finding.name]
    }
    let measure = Self.counted(finding.measure)
    let band = NoiseBand.single(finding.measure, threads: threads)
    return homes.allSatisfy { home in
      let (old, new) = (before.values[home]?[measure] ?? 0, after.values[home]?[measure] ?? 0)
      let left = old > new ? old - new : new - old
      return left < band.absolute || Double(left) < band.relative * Double(moved)
    }
  }
}
