// `exuvia verify`: judges a trace by the laws that every honest trace obeys.

import ArgumentParser
import TraceAnalysis
import TraceReplay

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a trace against the laws of events.",
    discussion: """
      Replays the whole trace and checks that what it says can have happened: one death for each birth, no event of a dead \
      object, rebuilt reference counts that are zero at death, one owner of the GIL, nested passes, and so on. Exit code 0 when \
      every law holds, 1 when one is broken, 3 when the file cannot be read.

      Examples:
        exuvia verify run.exv
        exuvia verify --laws
        exuvia verify run.exv --json
      """)

  @Argument(help: "The trace.")
  var trace: String?

  @Flag(name: .long, help: "List the laws and end.")
  var laws = false

  @OptionGroup var options: AnalysisOptions

  func validate() throws {
    if trace == nil && !laws { throw ValidationError("give a trace, or --laws") }
  }

  func run() throws {
    guard !laws, let trace else { return listLaws() }
    let session = try AnalysisOutput.open(trace, stream: options.stream)
    let verdict = try AnalysisOutput.run { () throws(ReplayError) in try session.verify() }
    if options.json {
      AnalysisOutput.write(json(verdict).text + "\n")
    } else {
      write(verdict)
    }
    if !verdict.isLawful { throw AnalysisOutput.ruleFailed }
  }

  private func listLaws() {
    let laws = LawRegistry.make().map { ($0.name, $0.sentence) } + LawRegistry.chunkLaws.map { ($0.name, $0.sentence) }
    if options.json {
      let list = JSON.array(laws.map { .members(["law": .string($0.0), "sentence": .string($0.1)]) })
      return AnalysisOutput.write(list.text + "\n")
    }
    var table = Table("<law", "<says")
    for (name, sentence) in laws { table.add(name, sentence) }
    AnalysisOutput.write(table.text())
  }

  private func write(_ verdict: Verdict) {
    for violation in verdict.report.first {
      AnalysisOutput.write("#\(violation.event)  \(violation.law)  \(violation.finding)\n")
    }
    for (law, count) in verdict.report.countByLaw.sorted(by: { $0.key < $1.key }) {
      let shown = verdict.report.first.count { $0.law == law }
      if count > shown { AnalysisOutput.write("\(law): \(Numbers.grouped(count - UInt64(shown))) more\n") }
    }
    AnalysisOutput.warn(verdict.losses)
    if !verdict.unjudgedLaws.isEmpty {
      AnalysisOutput.note(
        "not judged to the end, for lack of events (recording level or losses): \(verdict.unjudgedLaws.joined(separator: ", "))"
      )
    }
    let judged = verdict.lawCount - verdict.unjudgedLaws.count
    let result =
      verdict.isLawful
      ? "all hold" : "\(Numbers.grouped(verdict.report.total)) violations of \(verdict.report.countByLaw.count)"
    AnalysisOutput.write("\(Numbers.grouped(verdict.eventCount)) events, \(judged) laws judged: \(result)\n")
  }

  private func json(_ verdict: Verdict) -> JSON {
    .members([
      "lawful": .bool(verdict.isLawful), "events": .unsigned(verdict.eventCount),
      "violations": .array(
        verdict.report.first.map {
          .members([
            "law": .string($0.law), "event": .unsigned($0.event), "kind": .string("\($0.kind)"),
            "finding": .string($0.finding),
          ])
        }),
      "counts": .object(
        verdict.report.countByLaw.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .unsigned($0.value)) }),
      "unjudged": .array(verdict.unjudgedLaws.map { .string($0) }), "losses": AnalysisOutput.json(verdict.losses),
    ])
  }
}
