// What `diff` and `check` share: measuring a trace, reading rules, writing numbers with their units.

import ArgumentParser
import TraceAnalysis
import TraceReplay

enum MeasureRules {
  /// Reads a rule or ends with code 2.
  static func parse(_ text: String) throws -> MeasureRule {
    do {
      return try MeasureRule(text)
    } catch {
      AnalysisOutput.note(error.message)
      throw AnalysisOutput.usage
    }
  }

  static func measure(
    _ path: String, _ options: AnalysisOptions, _ limit: MemoryLimit?, _ part: (from: TimePoint, to: TimePoint)
  ) throws -> RunMeasures {
    let session = try AnalysisOutput.open(path, stream: options.stream)
    session.limit = limit
    return try AnalysisOutput.run { () throws(ReplayError) in try RunMeasures(session, from: part.from, until: part.to)
    }
  }

  /// A rule about something that no run has is more often a slip of the pen than a fact.
  static func noteUnknown(_ rule: MeasureRule, _ runs: [RunMeasures]) {
    guard let subject = rule.subject, !runs.contains(where: { rule.value(in: $0).isKnown }) else { return }
    AnalysisOutput.note(
      "note: \(rule.text): there is no \(subject.rawValue) '\(rule.name)' in the trace; it counts as 0")
  }

  static func text(_ value: UInt64, _ measure: Measure) -> String {
    if measure.isTime { return Numbers.duration(value) }
    return measure == .bytes ? Numbers.bytes(value) : Numbers.grouped(value)
  }
}
