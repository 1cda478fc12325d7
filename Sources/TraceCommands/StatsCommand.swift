// `exuvia stats`: what happened, by subject. The tables stand in StatsTables.swift.

import ArgumentParser
import TraceAnalysis
import TraceReplay

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Count what happened in a run.",
    usage: "exuvia stats [gc|gil|locks|generators|types|sites] TRACE [--top N] [--from T] [--to T] [--json]",
    discussion: """
      Without a subject: an overview. Counts are exact when nothing was lost; otherwise they are lower bounds, and say so. \
      With --from only what happens after that moment counts; what lives already is among the living.

      Examples:
        exuvia stats run.exv
        exuvia stats types run.exv --top 10
        exuvia stats gc run.exv --from gc:10 --to 1.5s
        exuvia stats gil run.exv --json
      """)

  enum Subject: String, CaseIterable { case gc, gil, locks, generators, types, sites }

  @Argument(help: "A subject, and the trace.")
  var arguments: [String]

  @Option(name: .long, help: "Rows of a table.")
  var top = 20

  @OptionGroup var window: WindowOptions

  @OptionGroup var options: AnalysisOptions

  func validate() throws {
    if arguments.count > 2 || arguments.count == 2 && split.subject == nil {
      let names = Subject.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("give one trace, and at most one subject of \(names)")
    }
  }

  private var split: (subject: Subject?, trace: String) {
    guard arguments.count == 2 else { return (nil, arguments.first ?? "") }
    if let subject = Subject(rawValue: arguments[0]) { return (subject, arguments[1]) }
    return (Subject(rawValue: arguments[1]), arguments[0])
  }

  func run() throws {
    let (subject, trace) = split
    let (from, to) = try window.moments()
    let session = try AnalysisOutput.open(trace, stream: options.stream)
    let report = try AnalysisOutput.run { () throws(ReplayError) in try session.report(from: from, until: to) }
    if options.json {
      AnalysisOutput.write(StatsJSON(report: report, top: top).document(subject).text + "\n")
    } else {
      AnalysisOutput.write(StatsTables(report: report, top: top).text(subject))
      AnalysisOutput.warn(report.totals.losses)
    }
  }
}
