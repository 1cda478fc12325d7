// `exuvia diff`: what changed between two runs, or two groups of runs, by meaning.

import ArgumentParser
import TraceAnalysis
import TraceReplay

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what changed between two runs.",
    discussion: """
      Compares two traces by types, allocating functions, generators, tasks, locks, passes and threads, the change that explains \
      most first. Names match across edits: renamed variables, moved lines, reordered functions and a function that was taken \
      out of another are no change. A site is a function with all that it allocates, itself or through the library. Counts \
      are exact when nothing was lost. With one run a side a time is told only where something counted explains it; with \
      several (after --, or with --group) their own noise decides, and nothing inside it is told.

      With --from and --to that part of each run is compared, for example from one marker to another.

      Exit code 0, whatever changed; 1 when a rule of --fail-on holds. A rule is MEASURE(SUBJECT=NAME) > VALUE, where a value \
      with a sign is a change: +5%, -100, +2MB. SUBJECT is type, site, generator, task, lock, gil, \
      collector or thread. docs/diff.md lists the measures of each, and so does the message about one that is none.

      Examples:
        exuvia diff before.exv after.exv
        exuvia diff before.exv after.exv --top 5 --json
        exuvia diff before1.exv before2.exv before3.exv -- after1.exv after2.exv after3.exv
        exuvia diff before.exv after.exv --from @warm --to @done
        exuvia diff before*.exv --group after*.exv --json
        exuvia diff main.exv branch.exv --fail-on 'live(type=Session) > +5%' --fail-on 'passes() > +10%'
      """)

  @Argument(help: "The earlier and the later trace, or all earlier ones.")
  var traces: [String]

  @Argument(parsing: .postTerminator, help: "After --, the later traces.")
  var later: [String] = []

  @Option(name: .long, parsing: .upToNextOption, help: "The later traces.")
  var group: [String] = []

  @Option(name: .long, help: "End with code 1 when this holds; may be given several times.")
  var failOn: [String] = []

  @Option(name: .long, help: "Rows of the table; all when left out for --json, else 20.")
  var top: Int?

  @OptionGroup var part: ProgramPartOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var options: AnalysisOptions

  func validate() throws { try OptionRules.check(top: top) }

  func run() throws {
    let (old, new) = try sides()
    let limit = memory.limit
    let moments = try part.moments()
    let rules = try failOn.map { try MeasureRules.parse($0) }
    let before = try old.map { try MeasureRules.measure($0, options, limit, moments) }
    let after = try new.map { try MeasureRules.measure($0, options, limit, moments) }
    let findings = try AnalysisOutput.run { () throws(ReplayError) in try Difference.findings(before, after) }
    let failures = rules.compactMap { failure($0, before, after) }
    if options.json {
      writeJSON(findings, Array(zip(old + new, before + after)), failures)
    } else {
      write(findings)
    }
    warn(before + after)
    for text in failures { AnalysisOutput.note(text) }
    if !failures.isEmpty { throw AnalysisOutput.ruleFailed }
  }

  private func sides() throws -> (before: [String], after: [String]) {
    let after = later + group
    if !after.isEmpty { return (traces, after) }
    guard traces.count == 2 else {
      AnalysisOutput.note(
        "diff takes two traces, or two groups: exuvia diff A1.exv A2.exv -- B1.exv B2.exv; found \(traces.count)")
      throw AnalysisOutput.usage
    }
    return ([traces[0]], [traces[1]])
  }

  private func failure(_ rule: MeasureRule, _ before: [RunMeasures], _ after: [RunMeasures]) -> String? {
    MeasureRules.noteUnknown(rule, before + after)
    let (holds, old, new) = rule.holds(before: before, after: after)
    return holds
      ? "fails on \(rule.text): \(MeasureRules.text(old, rule.measure)) before, \(MeasureRules.text(new, rule.measure)) after"
      : nil
  }

  private func warn(_ runs: [RunMeasures]) {
    let levels = Set(runs.map { "\($0.level)" }).sorted()
    if levels.count > 1 {
      AnalysisOutput.note(
        "warning: recorded at different levels (\(levels.joined(separator: ", "))); work while a lock was held is counted in events and does not compare"
      )
    }
    for run in runs { AnalysisOutput.warn(run.losses) }
  }

  private func writeJSON(_ findings: [Finding], _ runs: [(String, RunMeasures)], _ failures: [String]) {
    let losses: [JSON] = runs.filter { !$0.1.losses.isEmpty }.map {
      .members(["trace": .string($0.0), "losses": AnalysisOutput.json($0.1.losses)])
    }
    AnalysisOutput.write(
      JSON.members([
        "findings": .array(findings.prefix(top ?? findings.count).map { json($0) }), "losses": .array(losses),
        "failed_rules": .array(failures.map { .string($0) }),
      ]).text + "\n")
  }

  private func json(_ finding: Finding) -> JSON {
    func range(_ range: ClosedRange<UInt64>?) -> JSON {
      range.map { .array([.unsigned($0.lowerBound), .unsigned($0.upperBound)]) } ?? .null
    }
    return .members([
      "subject": .string(finding.subject.rawValue), "name": .string(finding.name),
      "measure": .string(finding.measure.rawValue),
      "before": .unsigned(finding.before), "after": .unsigned(finding.after), "where": JSON(finding.place),
      "certainty": .string(finding.certainty.rawValue), "explanation": .string(finding.explanation),
      "before_range": range(finding.beforeRange), "after_range": range(finding.afterRange),
    ])
  }

  private func write(_ findings: [Finding]) {
    guard !findings.isEmpty else { return AnalysisOutput.write("nothing changed\n") }
    var table = Table("<subject", "<name", "<measure", "before", "after", "change", "<certainty", "<where")
    let limit = top ?? 20
    for finding in findings.prefix(limit) {
      table.add(
        finding.subject.rawValue, finding.name, finding.measure.rawValue,
        MeasureRules.text(finding.before, finding.measure), MeasureRules.text(finding.after, finding.measure),
        change(finding), finding.certainty.rawValue, finding.place ?? "")
    }
    AnalysisOutput.write(table.text())
    if findings.count > limit {
      AnalysisOutput.write("and \(Numbers.grouped(findings.count - limit)) more; --top shows them\n")
    }
    AnalysisOutput.write("\nmost explains: \(findings[0].name), \(findings[0].explanation)\n")
  }

  private func change(_ finding: Finding) -> String {
    if finding.before == 0 { return "new" }
    if finding.after == 0 { return "gone" }
    let factor = Double(finding.after) / Double(finding.before)
    return factor >= 2
      ? "x \(Numbers.fixed(factor, 1))" : "\(factor >= 1 ? "+" : "")\(Numbers.fixed((factor - 1) * 100, 1)) %"
  }
}
