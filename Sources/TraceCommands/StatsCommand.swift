// `exuvia stats`: what happened, by subject. The tables stand in StatsTables.swift.

import ArgumentParser
import TraceAnalysis
import TraceReplay

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Count what happened in a run.",
    usage:
      "exuvia stats [gc|gil|locks|generators|types|sites] TRACE ... [--top N] [--what-if A,B,C] [--from T] [--to T] [--memory SIZE] [--stream N] [--json]",
    discussion: """
      Without a subject: an overview. Counts are exact when nothing was lost; otherwise they are lower bounds, and say so. \
      With --from only what happens after that moment counts; what lives already is among the living. Of several traces each has its tables, under its \
      path; with --json each has a line.

      Examples:
        exuvia stats run.exv
        exuvia stats types run.exv --top 10
        exuvia stats gc run.exv --from gc:10 --to 1.5s
        exuvia stats gc run.exv --what-if 700,10,10
        exuvia stats gil run.exv --json
        exuvia stats locks worker1.exv worker2.exv
      """)

  enum Subject: String, CaseIterable { case gc, gil, locks, generators, types, sites }

  @Argument(help: "A subject, and the trace, or several.")
  var arguments: [String]

  @Option(name: .long, help: "Rows of a table.")
  var top = 20

  @Option(
    name: .long,
    help:
      "With gc: passes and examined objects as they would be with these thresholds, as 700,10,10. Of the whole trace.")
  var whatIf: String?

  @OptionGroup var window: WindowOptions

  @OptionGroup var memory: MemoryOptions
  @OptionGroup var options: AnalysisOptions

  func validate() throws {
    try OptionRules.check(top: top)
    if let whatIf { _ = try thresholds(whatIf) }
    let (subject, traces) = split
    // A plain word before a trace can only be meant for a subject.
    if traces.isEmpty || subject == nil && traces.count > 1 && traces.contains(where: { $0.allSatisfy(\.isLetter) }) {
      let names = Subject.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("give a trace, and at most one subject of \(names)")
    }
  }

  private func thresholds(_ text: String) throws -> CollectorThresholds {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, let first = parts[0], let second = parts[1], let third = parts[2],
      [first, second, third].allSatisfy({ (0...Int(Int32.max)).contains($0) })
    else { throw ValidationError("--what-if takes three numbers, as 700,10,10; found '\(text)'") }
    guard split.subject == .gc else { throw ValidationError("--what-if is of `exuvia stats gc`") }
    guard window.from == "start", window.to == "exit" else {
      throw ValidationError("--what-if is of the whole trace: leave --from and --to out")
    }
    return CollectorThresholds(first, second, third)
  }

  /// The subject stands before the traces or behind them; what stands alone is a trace.
  private var split: (subject: Subject?, traces: [String]) {
    guard arguments.count > 1 else { return (nil, arguments) }
    if let subject = Subject(rawValue: arguments[0]) { return (subject, Array(arguments.dropFirst())) }
    if let subject = arguments.last.flatMap({ Subject(rawValue: $0) }) { return (subject, arguments.dropLast()) }
    return (nil, arguments)
  }

  func run() throws {
    let (subject, traces) = split
    let (from, to) = try window.moments()
    try TraceAnswer.each(traces) { try write($0, subject, from, to) }
  }

  private func write(_ answer: TraceAnswer, _ subject: Subject?, _ from: TimePoint, _ to: TimePoint) throws {
    let session = try AnalysisOutput.open(answer.path, stream: options.stream)
    session.limit = memory.limit
    if let whatIf {
      let asked = try thresholds(whatIf)
      let found = try AnalysisOutput.run { () throws(ReplayError) in
        guard let found = try session.whatIf(asked) else { throw .outOfMemory }
        return found
      }
      let words = WhatIfWords(report: found)
      return options.json ? answer.write(words.json) : answer.write(words.text)
    }
    let (report, details) = try AnalysisOutput.run {
      () throws(ReplayError) -> (TraceReport, CollectorDetails?) in
      if subject == .gc { return try session.collectorReport(from: from, until: to) }
      return (try session.report(from: from, until: to), nil)
    }
    if options.json {
      answer.write(StatsJSON(report: report, details: details, top: top).document(subject))
    } else {
      answer.write(StatsTables(report: report, details: details, top: top).text(subject))
      AnalysisOutput.warn(report.totals.losses, of: answer.name)
    }
  }
}
