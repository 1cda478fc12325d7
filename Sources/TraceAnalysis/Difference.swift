// What changed between two runs, by meaning: types, functions that allocate, generators, locks, the collector, the GIL. Names match
// across versions of a program: lines, files of the program and the order of definitions do not count. Two equal runs differ in nothing.

import TraceModel
import TraceReplay

public enum FindingSubject: String, Sendable {
  case type, site, function, generator, task, lock, gil, collector, thread
}

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
  public let measure: String
  public let before: UInt64
  public let after: UInt64
  /// `file:function:line` in the later run, or the earlier where it is gone.
  public let place: String?
  public let certainty: Certainty
  public let explanation: String
  /// Larger is more important.
  public let weight: Double
}

/// How much two numbers may differ without being a finding.
struct NoiseBand {
  let absolute: UInt64
  let relative: Double

  func contains(_ before: UInt64, _ after: UInt64) -> Bool {
    let difference = before > after ? before - after : after - before
    return difference < absolute || Double(difference) < relative * Double(max(before, after))
  }

  /// Counts of a run with one thread are the same in every run; with threads, waits and switches make them vary.
  static func counts(threads: Int) -> NoiseBand {
    threads > 1 ? NoiseBand(absolute: 50, relative: 0.15) : NoiseBand(absolute: 10, relative: 0.05)
  }
  static func passes(threads: Int) -> NoiseBand {
    threads > 1 ? NoiseBand(absolute: 4, relative: 0.25) : NoiseBand(absolute: 2, relative: 0.10)
  }
  static let lockWait = NoiseBand(absolute: 20_000_000, relative: 0.5)
  static let gilWait = NoiseBand(absolute: 250_000_000, relative: 0.6)
}

/// Compares two reports.
public struct Difference {
  private let before: MeaningTable
  private let after: MeaningTable
  private let threads: Int
  private let certainty: Certainty
  private var findings: [Finding] = []

  /// The findings, most important first.
  public static func findings(_ before: TraceReport, _ after: TraceReport) -> [Finding] {
    var difference = Difference(before, after)
    difference.compareTypes()
    difference.compareFunctions()
    difference.compareGenerators()
    difference.compareCollector()
    difference.compareLocks()
    return difference.findings.sorted { ($0.weight, $1.name) > ($1.weight, $0.name) }
  }

  private init(_ before: TraceReport, _ after: TraceReport) {
    self.before = MeaningTable(before)
    self.after = MeaningTable(after)
    threads = max(before.statistics.threadCount, after.statistics.threadCount)
    certainty = before.totals.isComplete && after.totals.isComplete ? .exact : .bounded
  }

  /// Adds a finding unless the band contains the change.
  private mutating func compare(
    _ subject: FindingSubject, _ name: String, _ measure: String, _ old: UInt64, _ new: UInt64, band: NoiseBand,
    factor: Double,
    place: String?, certainty: Certainty? = nil, _ explanation: @autoclosure () -> String
  ) {
    guard !band.contains(old, new) else { return }
    let difference = old > new ? old - new : new - old
    let share = Double(difference) / Double(max(old, new))
    let weight = share * Self.logarithm(Double(difference) + 1) * factor
    findings.append(
      Finding(
        subject: subject, name: name, measure: measure, before: old, after: new, place: place,
        certainty: certainty ?? self.certainty, explanation: explanation(), weight: weight))
  }

  /// Base 10, by halving: findings are ranked, not measured, so no library is needed.
  private static func logarithm(_ value: Double) -> Double {
    Double(value.exponent) * 0.30103 + (value.significand - 1) * 0.30103
  }

  private mutating func compareTypes() {
    let band = NoiseBand.counts(threads: threads)
    for name in before.types.keys.union(after.types.keys) {
      let old = before.types[name] ?? MeaningRow()
      let new = after.types[name] ?? MeaningRow()
      let factor = old.isProgram || new.isProgram ? 1.3 : 0.9
      let site = new.place ?? old.place
      compare(
        .type, name, "live", old.counts.endLive, new.counts.endLive, band: band, factor: factor * 2, place: site,
        "objects of \(name) that live at the program's end")
      compare(
        .type, name, "births", old.counts.births, new.counts.births, band: band, factor: factor, place: site,
        "objects of \(name) that are born")
      // A cause changes only for objects that are there in both runs.
      if min(old.counts.births, new.counts.births) > 0 {
        compare(
          .type, name, "cause-of-death: collector", old.counts.deathsByCollector, new.counts.deathsByCollector,
          band: causes(of: max(old.counts.births, new.counts.births)), factor: factor * 1.6, place: site,
          "objects of \(name) that die by the collector instead of by reference count, or the other way round")
      }
    }
  }

  /// With threads it depends on when they are switched whether a pass comes before the last reference goes: a part of the births may die either way.
  private func causes(of births: UInt64) -> NoiseBand {
    let counts = NoiseBand.counts(threads: threads)
    guard threads > 1 else { return counts }
    return NoiseBand(absolute: max(counts.absolute, births / 6), relative: counts.relative)
  }

  private mutating func compareFunctions() {
    let band = NoiseBand.counts(threads: threads)
    for name in before.functions.keys.union(after.functions.keys) {
      let old = before.functions[name] ?? MeaningRow()
      let new = after.functions[name] ?? MeaningRow()
      let factor = old.isProgram || new.isProgram ? 1.2 : 0.7
      let site = new.place ?? old.place
      compare(
        .site, name, "allocations", old.counts.births, new.counts.births, band: band, factor: factor, place: site,
        "objects that \(name) allocates")
      compare(
        .site, name, "live", old.counts.endLive, new.counts.endLive, band: band, factor: factor * 1.5, place: site,
        "objects allocated by \(name) that live at the program's end")
    }
  }

  private mutating func compareGenerators() {
    let band = NoiseBand.counts(threads: threads)
    for name in before.generators.keys.union(after.generators.keys) {
      let old = before.generators[name] ?? GeneratorCounts()
      let new = after.generators[name] ?? GeneratorCounts()
      let subject: FindingSubject = new.kind == .coroutine || old.kind == .coroutine ? .task : .generator
      compare(
        subject, name, "yields", old.yields, new.yields, band: band, factor: 1.5, place: nil,
        "values that generators of \(name) yield")
      compare(
        subject, name, "created", old.created, new.created, band: band, factor: 1.1, place: nil,
        "generators of \(name) that are created")
      compare(
        subject, name, "raises", old.raises, new.raises, band: band, factor: 1.1, place: nil,
        "generators of \(name) that end by an exception")
    }
  }

  private mutating func compareCollector() {
    let band = NoiseBand.passes(threads: threads)
    compare(
      .collector, "collector", "passes", before.passes, after.passes, band: band, factor: 2, place: nil,
      "passes of the collector, all generations")
    for generation in 0..<3 {
      let old = before.generations[generation].passes
      let new = after.generations[generation].passes
      compare(
        .collector, "generation \(generation)", "passes", old, new, band: band, factor: 1.5, place: nil,
        "passes of generation \(generation)")
    }
    compare(
      .collector, "collector", "collected", before.collected, after.collected, band: .counts(threads: threads),
      factor: 1,
      place: nil, "objects that the collector found unreachable")
  }

  private mutating func compareLocks() {
    for name in before.locks.keys.union(after.locks.keys) {
      let old = before.locks[name] ?? LockCounts()
      let new = after.locks[name] ?? LockCounts()
      compare(
        .lock, name, "wait time", old.waitNanoseconds, new.waitNanoseconds, band: .lockWait, factor: 1, place: nil,
        certainty: .estimated, "nanoseconds that threads wait for locks created in \(name)")
      compare(
        .lock, name, "acquisitions", old.acquisitions, new.acquisitions, band: .counts(threads: threads), factor: 0.8,
        place: nil, "acquisitions of locks created in \(name)")
    }
    compare(
      .gil, "GIL", "wait time", before.gil.waitNanoseconds, after.gil.waitNanoseconds, band: .gilWait, factor: 0.5,
      place: nil, certainty: .estimated, "nanoseconds that threads wait for the GIL")
    compare(
      .thread, "threads", "started", UInt64(before.threadCount), UInt64(after.threadCount),
      band: NoiseBand(absolute: 1, relative: 0), factor: 2, place: nil, "threads that are started")
  }
}
