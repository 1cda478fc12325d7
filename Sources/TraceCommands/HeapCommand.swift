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
      interpreter tears itself down; `exit` is after that.

      Examples:
        exuvia heap run.exv --at end
        exuvia heap run.exv --at gc:7 --by site --top 10
        exuvia heap run.exv --at 1.25s --json
        exuvia heap run.exv --at gc:7 --objects > objects.jsonl
      """)

  @Argument(help: "The trace.")
  var trace: String

  @Option(name: .long, help: "The moment: \(TimePoint.forms).")
  var at = "end"

  @Option(name: .long, help: "Count by type or by site.")
  var by = CensusKey.type

  @Option(name: .long, help: "Rows of the table.")
  var top = 20

  @Flag(
    name: .long,
    help: "Write every living object with what its fields hold instead, a line of JSON each, in order of slots.")
  var objects = false

  @OptionGroup var options: AnalysisOptions

  func run() throws {
    let moment = try AnalysisOutput.moment(at)
    let session = try AnalysisOutput.open(trace, stream: options.stream)
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
      AnalysisOutput.write(json(rows, Totals(state), session.definitions).text + "\n")
    } else {
      write(rows, Totals(state), session.definitions)
    }
  }

  private func name(_ id: UInt32, _ names: TraceNames) -> String {
    by == .type ? names.typeName(id) : names.place(ofSite: id) ?? "(no Python frame)"
  }

  private func write(_ rows: [CensusRow], _ totals: Totals, _ names: TraceNames) {
    var table = Table(by == .type ? "<type" : "<site (file:function:line)", "objects", "bytes", "of bytes", "oldest")
    for row in rows.prefix(top) {
      table.add(
        name(row.id, names), Numbers.grouped(row.objects), Numbers.bytes(row.bytes),
        Numbers.percentage(row.bytes, of: totals.liveBytes), "#\(row.oldestBirth)")
    }
    AnalysisOutput.write(table.text())
    let rest = rows.count > top ? ", of which \(top) are shown" : ""
    AnalysisOutput.write(
      "\(Numbers.grouped(totals.liveCount)) objects, \(Numbers.bytes(totals.liveBytes)) live after \(Numbers.grouped(totals.events)) events"
        + " (\(AnalysisOutput.certainty(totals.isComplete))); \(Numbers.grouped(rows.count)) \(by.rawValue)s\(rest)\n")
    AnalysisOutput.warn(totals.losses)
  }

  private func json(_ rows: [CensusRow], _ totals: Totals, _ names: TraceNames) -> JSON {
    .members([
      "at": .string(at), "events": .unsigned(totals.events), "live": .unsigned(totals.liveCount),
      "live_bytes": .unsigned(totals.liveBytes),
      "rows": .array(
        rows.prefix(top).map {
          .members([
            "name": .string(name($0.id, names)), "objects": .unsigned($0.objects), "bytes": .unsigned($0.bytes),
            "oldest_birth": .unsigned($0.oldestBirth),
          ])
        }), "certainty": .string(AnalysisOutput.certainty(totals.isComplete)),
      "losses": AnalysisOutput.json(totals.losses),
    ])
  }
}
