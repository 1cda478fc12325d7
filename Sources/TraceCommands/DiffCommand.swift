// `exuvia diff`: what changed between two runs, by meaning.

import ArgumentParser
import TraceAnalysis
import TraceReplay

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what changed between two runs.",
    discussion: """
      Compares two traces by types, allocating functions, generators, passes, locks and waits, most important change first. \
      Names match across edits: moved lines and reordered functions are no change. Counts are exact when nothing was lost; \
      times vary from run to run and are reported only beyond a wide band. Exit code 0, whatever changed.

      Examples:
        exuvia diff before.exv after.exv
        exuvia diff before.exv after.exv --top 5
        exuvia diff before.exv after.exv --json
      """)

  @Argument(help: "The earlier trace.")
  var before: String

  @Argument(help: "The later trace.")
  var after: String

  @Option(name: .long, help: "Rows of the table; all when left out for --json, else 20.")
  var top: Int?

  @OptionGroup var options: AnalysisOptions

  func run() throws {
    let old = try report(before)
    let new = try report(after)
    let findings = Difference.findings(old, new)
    if options.json {
      let losses: [JSON] = [(before, old), (after, new)].map {
        .members(["trace": .string($0.0), "losses": AnalysisOutput.json($0.1.totals.losses)])
      }
      let shown = findings.prefix(top ?? findings.count)
      AnalysisOutput.write(
        JSON.members(["findings": .array(shown.map { json($0) }), "losses": .array(hasLosses(old, new) ? losses : [])])
          .text + "\n")
      return
    }
    write(findings)
    if old.level != new.level {
      AnalysisOutput.note(
        "warning: recorded at different levels (\(old.level), \(new.level)); what only one has is not compared")
    }
    for one in [old, new] { AnalysisOutput.warn(one.totals.losses) }
  }

  private func hasLosses(_ old: TraceReport, _ new: TraceReport) -> Bool {
    !old.totals.losses.isEmpty || !new.totals.losses.isEmpty
  }

  private func report(_ path: String) throws -> TraceReport {
    let session = try AnalysisOutput.open(path, stream: options.stream)
    return try AnalysisOutput.run { () throws(ReplayError) in try session.report() }
  }

  private func json(_ finding: Finding) -> JSON {
    .members([
      "subject": .string(finding.subject.rawValue), "name": .string(finding.name), "measure": .string(finding.measure),
      "before": .unsigned(finding.before), "after": .unsigned(finding.after), "where": JSON(finding.place),
      "certainty": .string(finding.certainty.rawValue), "explanation": .string(finding.explanation),
    ])
  }

  private func write(_ findings: [Finding]) {
    guard !findings.isEmpty else { return AnalysisOutput.write("nothing changed\n") }
    var table = Table("<subject", "<name", "<measure", "before", "after", "change", "<certainty", "<where")
    let limit = top ?? 20
    for finding in findings.prefix(limit) {
      let isTime = finding.measure.hasSuffix("time")
      table.add(
        finding.subject.rawValue, finding.name, finding.measure,
        isTime ? Numbers.duration(finding.before) : Numbers.grouped(finding.before),
        isTime ? Numbers.duration(finding.after) : Numbers.grouped(finding.after), change(finding),
        finding.certainty.rawValue, finding.place ?? "")
    }
    AnalysisOutput.write(table.text())
    if findings.count > limit {
      AnalysisOutput.write("and \(Numbers.grouped(findings.count - limit)) more; --top shows them\n")
    }
  }

  private func change(_ finding: Finding) -> String {
    if finding.before == 0 { return "new" }
    if finding.after == 0 { return "gone" }
    let factor = Double(finding.after) / Double(finding.before)
    return factor >= 2
      ? "x \(Numbers.fixed(factor, 1))" : "\(factor >= 1 ? "+" : "")\(Numbers.fixed((factor - 1) * 100, 1)) %"
  }
}
