// `exuvia heap`: what lives at a moment.

import ArgumentParser
import TraceAnalysis
import TraceReplay

extension CensusKey: ExpressibleByArgument {}

struct HeapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heap", abstract: "Show what lives on the heap at a moment.",
    discussion: """
      Replays the trace up to the moment and counts the living objects. `end` is the last moment of the program, before the \
      interpreter tears itself down; `exit` is after that. With an index (`exuvia index`) the replay begins at the checkpoint before the moment.

      --by thread: the thread that held the GIL at the birth. --by generation: the collector's, exact at levels refs and all, else as if every container \
      had been tracked from its birth on. --by age: how many events ago an object was born.

      Of several traces each has its table, under its path; with --json each has a line.

      Examples:
        exuvia heap run.exv --at end
        exuvia heap run.exv --at gc:7 --by site --top 10
        exuvia heap run.exv --at 1.25s --by age --json
        exuvia heap run.exv --at @warm --by generation
        exuvia heap run.exv --at gc:7 --objects > objects.jsonl
        exuvia heap monday.exv tuesday.exv --top 5
      """)

  @Argument(help: ArgumentHelp("The trace, or several.", valueName: "trace"))
  var traces: [String]

  @Option(name: .long, help: "The moment: \(TimePoint.forms).")
  var at = "end"

  @Option(name: .long, help: "Count by type, site, thread, generation or age.")
  var by = CensusKey.type

  @Option(name: .long, help: "Rows of the table.")
  var top = 20

  @Flag(
    name: .long,
    help: "Write every living object with what its fields hold instead, a line of JSON each, in order of slots.")
  var objects = false

  @OptionGroup var noPart: NoPartOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var options: AnalysisOptions

  func validate() throws {
    try OptionRules.check(top: top)
    if objects, options.json { throw ValidationError("--objects is JSON: leave --json out") }
    if objects, traces.count > 1 { throw ValidationError("--objects is of one trace") }
  }

  func run() throws {
    let moment = try AnalysisOutput.moment(at)
    try TraceAnswer.each(traces) { try write($0, moment) }
  }

  private func write(_ answer: TraceAnswer, _ moment: TimePoint) throws {
    let session = try AnalysisOutput.open(answer.path, stream: options.stream)
    session.limit = memory.limit
    if objects {
      let withLinks = session.level.includes(.links)
      let state = try AnalysisOutput.run { () throws(ReplayError) in
        try session.replay(until: moment, withLinks: withLinks)
      }
      ObjectList.write(state, session.definitions, hasCounts: session.level.includes(.refs), hasLinks: withLinks)
      return AnalysisOutput.warn(state.losses)
    }
    let state = try AnalysisOutput.run { () throws(ReplayError) in try session.replay(until: moment) }
    let rows = HeapCensus.count(state, by: by)
    if options.json {
      answer.write(json(rows, Totals(state), session))
    } else {
      answer.write(text(rows, Totals(state), session))
      AnalysisOutput.warn(state.losses, of: answer.name)
    }
  }

  private func name(_ id: UInt32, _ session: TraceSession, _ threads: [ThreadState]) -> String {
    switch by {
    case .type: session.definitions.typeName(id)
    case .site: session.definitions.place(ofSite: id) ?? "(no Python frame)"
    case .thread: Self.thread(id, session.definitions, threads)
    case .generation: Self.words(CensusGeneration(rawValue: id) ?? .noContainer)
    case .age:
      id == 1
        ? "up to 9 events" : "\(Numbers.grouped(Self.power(id - 1))) to \(Numbers.grouped(Self.power(id) - 1)) events"
    }
  }

  private static func thread(_ id: UInt32, _ names: TraceNames, _ threads: [ThreadState]) -> String {
    switch id {
    case 0: return "(before the GIL was seen)"
    case 1: return "(nobody had the GIL)"
    default:
      let thread = Int(id - 1)
      let name = thread < threads.count ? names.string(threads[thread].name) ?? "" : ""
      return name.isEmpty ? "thread \(thread)" : "\(thread) \(name)"
    }
  }

  private static func words(_ generation: CensusGeneration) -> String {
    switch generation {
    case .generation0, .generation1, .generation2: "generation \(generation.rawValue)"
    case .untracked: "containers that are not tracked"
    case .noContainer: "no containers"
    }
  }

  private static func power(_ digits: UInt32) -> UInt64 {
    var power: UInt64 = 1
    for _ in 0..<min(digits, 19) { power *= 10 }
    return power
  }

  private var title: String {
    switch by {
    case .type: "<type"
    case .site: "<site (file:function:line)"
    case .thread: "<thread at birth"
    case .generation: "<generation"
    case .age: "<age"
    }
  }

  /// Whether the rows follow from what is recorded; the numbers in them do when the trace is complete.
  private func certainty(_ totals: Totals, _ session: TraceSession) -> String {
    by == .generation && !session.level.includes(.refs)
      ? "estimated: level \(session.level) does not say what the collector tracks"
      : AnalysisOutput.certainty(totals.isComplete)
  }

  private func text(_ rows: [CensusRow], _ totals: Totals, _ session: TraceSession) -> String {
    var table = Table(title, "objects", "bytes", "of bytes", "oldest")
    for row in rows.prefix(top) {
      table.add(
        name(row.id, session, totals.threads), Numbers.grouped(row.objects), Numbers.bytes(row.bytes),
        Numbers.percentage(row.bytes, of: totals.liveBytes), "#\(row.oldestBirth)")
    }
    let rest = rows.count > top ? ", of which \(top) are shown" : ""
    return table.text()
      + "\(Numbers.grouped(totals.liveCount)) objects, \(Numbers.bytes(totals.liveBytes)) live after \(Numbers.grouped(totals.events)) events"
      + " (\(certainty(totals, session))); \(Numbers.grouped(rows.count)) \(rows.count == 1 ? "row" : "rows")\(rest)\n"
  }

  private func json(_ rows: [CensusRow], _ totals: Totals, _ session: TraceSession) -> JSON {
    .members([
      "at": .string(at), "by": .string(by.rawValue), "events": .unsigned(totals.events),
      "live": .unsigned(totals.liveCount),
      "live_bytes": .unsigned(totals.liveBytes),
      "rows": .array(
        rows.prefix(top).map {
          .members([
            "name": .string(name($0.id, session, totals.threads)), "objects": .unsigned($0.objects),
            "bytes": .unsigned($0.bytes),
            "oldest_birth": .unsigned($0.oldestBirth),
          ])
        }), "certainty": .string(certainty(totals, session)),
      "losses": AnalysisOutput.json(totals.losses),
    ])
  }
}
