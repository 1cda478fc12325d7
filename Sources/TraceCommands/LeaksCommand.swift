// `exuvia leaks`: what grew and never stopped growing.

import ArgumentParser
import TraceAnalysis
import TraceReplay

struct LeaksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leaks", abstract: "Show what grows without end.",
    discussion: """
      Looks for populations (objects of one type, allocated in one function) that still grow when the program ends as they grew \
      before: what fills up (a cache, a pool), is built at the start, or is emptied now and then is none. What grows along \
      as a part of something else is named with it. The path that keeps it needs a trace of level links or refs; without one \
      the answer is estimated. Says so, and nothing else, when nothing grows. Exit code 0, whatever grows. With --from and --to only that part of the run is judged: \
      what lived at its begin is there, what grows up to its end counts. Of several traces each has its answer, under \
      its path; with --json each has a line.

      Examples:
        exuvia leaks run.exv
        exuvia leaks run.exv --json
        exuvia leaks server.exv --from @warm --to 90s
        exuvia leaks worker1.exv worker2.exv
      """)

  @Argument(help: ArgumentHelp("The trace, or several.", valueName: "trace"))
  var traces: [String]

  @Option(name: .long, help: "How many leaks to show in the text; --json writes all.")
  var top = 5

  @OptionGroup var part: ProgramPartOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var options: AnalysisOptions

  func validate() throws { try OptionRules.check(top: top) }

  func run() throws {
    let (from, to) = try part.moments()
    try TraceAnswer.each(traces) { try write($0, from, to) }
  }

  private func write(_ answer: TraceAnswer, _ from: TimePoint, _ to: TimePoint) throws {
    let session = try AnalysisOutput.open(answer.path, stream: options.stream)
    session.limit = memory.limit
    let report = try AnalysisOutput.run { () throws(ReplayError) in try session.leaks(from: from, until: to) }
    if options.json {
      return answer.write(
        .members([
          "leaks": .array(report.leaks.map { json($0) }), "losses": AnalysisOutput.json(report.losses),
        ]))
    }
    let rest = report.leaks.count - top
    answer.write(
      report.leaks.isEmpty
        ? "nothing grows without end\n"
        : report.leaks.prefix(top).map(text).joined()
          + (rest > 0 ? "and \(Numbers.grouped(rest)) more; --top shows them\n" : ""))
    AnalysisOutput.warn(report.losses, of: answer.name)
    if !report.leaks.isEmpty && !session.level.includes(.links) {
      AnalysisOutput.note(
        "note: \(answer.name ?? "the trace") has level \(session.level), no stores: what keeps these objects is unknown; record with --detail links"
      )
    }
  }

  private func json(_ leak: Leak) -> JSON {
    .members([
      "type": .string(leak.type), "allocated_in": .string(leak.allocatedIn), "where": JSON(leak.place),
      "live": .unsigned(leak.live), "growth": .unsigned(leak.growth),
      "growth_per_pass": leak.growthPerPass.map { .double(($0 * 10).rounded() / 10) } ?? .null,
      "bytes": .unsigned(leak.liveBytes), "bytes_with_parts": .unsigned(leak.bytesWithParts),
      "retained_by": .array(leak.retainedBy.map { .string($0) }),
      "grows_with": .array(
        leak.growsWith.map { .members(["type": .string($0.type), "live": .unsigned($0.live)]) }),
      "gone_at_end": .bool(leak.isGoneAtEnd), "certainty": .string(leak.certainty.rawValue),
    ])
  }

  private func text(_ leak: Leak) -> String {
    var text = "\(leak.type), allocated in \(leak.allocatedIn)"
    if let place = leak.place { text += " (\(place))" }
    text +=
      "\n  \(Numbers.grouped(leak.live)) live, \(Numbers.bytes(leak.liveBytes)); grew by \(Numbers.grouped(leak.growth))"
    if let rate = leak.growthPerPass {
      text += ", \(Numbers.fixed(rate, 1)) a pass"
    } else {
      text += ", without a pass"
    }
    text += " (\(leak.certainty.rawValue))\n"
    if leak.isGoneAtEnd {
      let reason = leak.retainedBy.first == "a frame" ? ": they hung on a frame" : ""
      text += "  gone when the program ended\(reason); the numbers are of the end of their growth\n"
    }
    if !leak.retainedBy.isEmpty { text += "  kept by: \(leak.retainedBy.joined(separator: " > "))\n" }
    if !leak.growsWith.isEmpty {
      let parts = leak.growsWith.prefix(5).map { "\($0.type) \(Numbers.grouped($0.live))" }.joined(separator: ", ")
      text += "  grows with it: \(parts); \(Numbers.bytes(leak.bytesWithParts)) in all\n"
    }
    return text
  }
}
