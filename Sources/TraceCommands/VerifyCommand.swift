// `exuvia verify`: judges a trace by the laws that every honest trace obeys.

import ArgumentParser
import TraceAnalysis
import TraceReplay

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a trace against the laws of events.",
    discussion: """
      Replays the whole trace, each of its streams, and checks that what it says can have happened: one death for each birth, no event of a dead \
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
    let first = try AnalysisOutput.open(trace, stream: options.stream, looksAtAll: options.stream == nil)
    let streams = options.stream == nil ? first.streams : [first.stream]
    var verdicts: [(stream: UInt32, verdict: Verdict)] = []
    for stream in streams.isEmpty ? [first.stream] : streams {
      let verdict = try AnalysisOutput.run { () throws(ReplayError) in
        try (stream == first.stream ? first : TraceSession(path: trace, stream: stream)).verify()
      }
      verdicts.append((stream, verdict))
    }
    if options.json {
      AnalysisOutput.write(json(verdicts).text + "\n")
    } else {
      for (stream, verdict) in verdicts { write(verdict, of: verdicts.count > 1 ? stream : nil) }
    }
    if !verdicts.allSatisfy(\.verdict.isLawful) { throw AnalysisOutput.ruleFailed }
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

  /// `stream` is named where the trace has several.
  private func write(_ verdict: Verdict, of stream: UInt32?) {
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
    let place = stream.map { "stream \($0): " } ?? ""
    AnalysisOutput.write("\(place)\(Numbers.grouped(verdict.eventCount)) events, \(judged) laws judged: \(result)\n")
  }

  /// The sum over the streams; a violation says in which it was found.
  private func json(_ verdicts: [(stream: UInt32, verdict: Verdict)]) -> JSON {
    var counts: [String: UInt64] = [:]
    var losses = LossLedger()
    for (_, verdict) in verdicts {
      counts.merge(verdict.report.countByLaw, uniquingKeysWith: +)
      // What the file as a whole lacks stands in each stream's ledger.
      for entry in verdict.losses.entries where !losses.entries.contains(entry) { losses.add(entry) }
    }
    return .members([
      "lawful": .bool(verdicts.allSatisfy(\.verdict.isLawful)),
      "events": .unsigned(verdicts.reduce(0) { $0 + $1.verdict.eventCount }),
      "violations": .array(
        verdicts.flatMap { stream, verdict in
          verdict.report.first.map {
            .members([
              "stream": .unsigned(UInt64(stream)), "law": .string($0.law), "event": .unsigned($0.event),
              "kind": .string("\($0.kind)"), "finding": .string($0.finding),
            ])
          }
        }),
      "counts": .object(counts.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .unsigned($0.value)) }),
      "unjudged": .array(Set(verdicts.flatMap(\.verdict.unjudgedLaws)).sorted().map { .string($0) }),
      "losses": AnalysisOutput.json(losses),
    ])
  }
}
