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
      every law holds, 1 when one is broken, 3 when the file cannot be read. Of several traces each has its verdict, under its \
      path; with --json each has a line; the exit code is the highest of theirs.

      Examples:
        exuvia verify run.exv
        exuvia verify *.exv
        exuvia verify --laws
        exuvia verify run.exv --json
      """)

  @Argument(help: ArgumentHelp("The trace, or several.", valueName: "trace"))
  var traces: [String] = []

  @Flag(name: .long, help: "List the laws and end.")
  var laws = false

  @OptionGroup var noPart: NoPartOptions
  @OptionGroup var options: AnalysisOptions

  func validate() throws {
    if traces.isEmpty != laws { throw ValidationError("give a trace, or --laws alone") }
  }

  func run() throws {
    if laws { return listLaws() }
    try TraceAnswer.eachWithWorstCode(traces, judge)
  }

  private func judge(_ answer: TraceAnswer) throws {
    let first = try AnalysisOutput.open(answer.path, stream: options.stream, looksAtAll: options.stream == nil)
    let streams = options.stream == nil ? first.streams : [first.stream]
    var verdicts: [(stream: UInt32, verdict: Verdict)] = []
    for stream in streams.isEmpty ? [first.stream] : streams {
      let verdict = try AnalysisOutput.run { () throws(ReplayError) in
        try (stream == first.stream ? first : TraceSession(file: first.file, stream: stream)).verify()
      }
      verdicts.append((stream, verdict))
    }
    if options.json {
      answer.write(json(verdicts))
    } else {
      answer.write(verdicts.map { text($0.verdict, of: verdicts.count > 1 ? $0.stream : nil) }.joined())
      for (_, verdict) in verdicts { warn(verdict, of: answer) }
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
  private func text(_ verdict: Verdict, of stream: UInt32?) -> String {
    var text = verdict.report.first.map { "#\($0.event)  \($0.law)  \($0.finding)\n" }.joined()
    for (law, count) in verdict.report.countByLaw.sorted(by: { $0.key < $1.key }) {
      let shown = verdict.report.first.count { $0.law == law }
      if count > shown { text += "\(law): \(Numbers.grouped(count - UInt64(shown))) more\n" }
    }
    let judged = verdict.lawCount - verdict.unjudgedLaws.count
    let result =
      verdict.isLawful
      ? "all hold" : "\(Numbers.grouped(verdict.report.total)) violations of \(verdict.report.countByLaw.count)"
    let place = stream.map { "stream \($0): " } ?? ""
    return text + "\(place)\(Numbers.grouped(verdict.eventCount)) events, \(judged) laws judged: \(result)\n"
  }

  private func warn(_ verdict: Verdict, of answer: TraceAnswer) {
    AnalysisOutput.warn(verdict.losses, of: answer.name)
    guard !verdict.unjudgedLaws.isEmpty else { return }
    let subject = answer.name.map { "\($0): " } ?? ""
    AnalysisOutput.note(
      "\(subject)not judged to the end, for lack of events (recording level or losses): \(verdict.unjudgedLaws.joined(separator: ", "))"
    )
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
