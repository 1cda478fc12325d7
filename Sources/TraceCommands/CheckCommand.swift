// `exuvia check`: whether a run keeps to its budgets; for continuous integration.

import ArgumentParser
import TraceAnalysis
import TraceReplay

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check a run against budgets.",
    discussion: """
      BUDGETS is a text file with a rule a line that must hold: MEASURE(SUBJECT=NAME) <= VALUE; without a subject the sum over \
      the run. What follows a # is a comment. Measures are those of `exuvia diff`. With --against, rules may be changes: +5%. \
      With --from and --to they are about that part of the run.

      Exit code 0 when all rules hold, 1 when one does not, 2 for a file that is no budgets file, 3 for a trace that cannot \
      be read. --junit writes the result as JUnit XML as well.

      Examples:
        exuvia check budgets.txt run.exv
        exuvia check budgets.txt run.exv --against main.exv --junit report.xml
        exuvia check budgets.txt run.exv --from @warm --json

      budgets.txt:
        live(type=Session) <= 100         # sessions are closed
        allocations(site=parse) < 200000
        pause() < 50ms
        passes() <= 40
      """)

  @Argument(help: "The budgets.")
  var budgets: String

  @Argument(help: "The trace.")
  var trace: String

  @Option(name: .long, help: "The trace that changes are measured against.")
  var against: String?

  @Option(name: .long, help: "Also write the result to this file as JUnit XML.")
  var junit: String?

  @Flag(name: .long, help: "Overwrite the file of --junit.")
  var force = false

  @OptionGroup var part: ProgramPartOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var options: AnalysisOptions

  func run() throws {
    let rules = try read()
    if let relative = rules.first(where: { $0.isRelative }), against == nil {
      AnalysisOutput.note("\(budgets): '\(relative.text)' is a change; name the trace to compare with by --against")
      throw AnalysisOutput.usage
    }
    let limit = memory.limit
    let moments = try part.moments()
    let run = try MeasureRules.measure(trace, options, limit, moments)
    let old = try against.map { try MeasureRules.measure($0, options, limit, moments) }
    let results = rules.map { rule in
      MeasureRules.noteUnknown(rule, [run] + (old.map { [$0] } ?? []))
      let outcome = rule.holds(before: [old ?? run], after: [run])
      return BudgetResult(
        rule: rule, holds: outcome.holds, value: outcome.after, before: old == nil ? nil : outcome.before)
    }
    let isExact = run.isComplete && old?.isComplete != false
    try writeJUnit(results)
    write(results, isExact, run)
    AnalysisOutput.warn(run.losses)
    if let old { AnalysisOutput.warn(old.losses) }
    if results.contains(where: { !$0.holds }) { throw AnalysisOutput.ruleFailed }
  }

  private func read() throws -> [MeasureRule] {
    let bytes = try SourceFile.bytes(of: budgets, hint: "give a file of budgets")
    guard !bytes.contains(0) else {
      AnalysisOutput.note(
        "\(budgets): no text; the budgets, a rule a line, stand before the trace: exuvia check BUDGETS TRACE")
      throw AnalysisOutput.usage
    }
    let text = String(decoding: bytes, as: UTF8.self)
    var rules: [MeasureRule] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let rule = line.prefix { $0 != "#" }
      guard rule.contains(where: { !$0.isWhitespace }) else { continue }
      do {
        rules.append(try MeasureRule(String(rule)))
      } catch {
        AnalysisOutput.note("\(budgets):\(index + 1): \(error.message)")
        throw AnalysisOutput.usage
      }
    }
    guard !rules.isEmpty else {
      AnalysisOutput.note("\(budgets): there is no rule in it; see `exuvia check --help`")
      throw AnalysisOutput.usage
    }
    return rules
  }

  private func write(_ results: [BudgetResult], _ isExact: Bool, _ run: RunMeasures) {
    if options.json {
      let rows: [JSON] = results.map {
        .members([
          "rule": .string($0.rule.text), "holds": .bool($0.holds), "value": .unsigned($0.value),
          "before": $0.before.map { .unsigned($0) } ?? .null,
        ])
      }
      AnalysisOutput.write(
        JSON.members([
          "rules": .array(rows), "failed": JSON(results.filter { !$0.holds }.count),
          "certainty": .string(AnalysisOutput.certainty(isExact)), "losses": AnalysisOutput.json(run.losses),
        ]).text + "\n")
      return
    }
    var table = Table("<rule", "value", "<result")
    for result in results {
      table.add(result.rule.text, result.valueText, result.holds ? "holds" : "FAILS")
    }
    AnalysisOutput.write(table.text())
    let failed = results.filter { !$0.holds }.count
    AnalysisOutput.write(
      "\(results.count) rules, \(failed == 0 ? "all hold" : "\(failed) \(failed == 1 ? "fails" : "fail")")"
        + " (\(AnalysisOutput.certainty(isExact)))\n")
  }

  private func writeJUnit(_ results: [BudgetResult]) throws {
    guard let junit else { return }
    do {
      try JUnitReport.write(results, trace: trace, to: junit, force: force)
    } catch {
      AnalysisOutput.note(error.message)
      throw AnalysisOutput.unreadable
    }
  }
}

/// A rule and what the run says to it.
struct BudgetResult {
  let rule: MeasureRule
  let holds: Bool
  let value: UInt64
  let before: UInt64?

  var valueText: String {
    let now = MeasureRules.text(value, rule.measure)
    return before.map { "\(MeasureRules.text($0, rule.measure)) -> \(now)" } ?? now
  }
}
