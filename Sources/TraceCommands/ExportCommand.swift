// `exuvia export`: a trace in another tool's format.

import ArgumentParser
import Glibc
import TraceExport
import TraceQuery
import TraceReplay

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trace in another format.",
    discussion: """
      perfetto    slices and counters for ui.perfetto.dev and trace_processor: GIL, waits, blocking calls, passes, calls, markers.
      chrome      the same as JSON, for chrome://tracing and viewers that read it.
      speedscope  allocations by call path: bytes, objects, bytes that survive.
      folded      lines `main;load;parse 4096` for flame graph tools; --weight says of what.
      csv, arrow  a table of `exuvia query`: events, or the one that --table names.
      semantic    JSON lines of what the program did, whatever runtime ran it: lifetimes of its objects, finalizers, weakref
                  callbacks, collector passes, generator events, raises and output, in order.

      With --from and --until only that part is written; semantic is of the whole run.

      Examples:
        exuvia export --to perfetto run.exv > run.pftrace
        exuvia export --to chrome run.exv > run.json
        exuvia export --to folded --weight survived run.exv > run.folded
        exuvia export --to perfetto run.exv --from 1.2s --until 1.3s > part.pftrace
        exuvia export --to csv --table passes run.exv > passes.csv
        exuvia export --to semantic run.exv > run.jsonl
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case perfetto, chrome, speedscope, folded, csv, arrow, semantic
  }

  @Option(name: .long, help: "The format: \(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
  var to: Format

  @Argument(help: "The trace.")
  var trace: String

  @Option(name: .long, help: "What folded lines count: bytes, objects, or bytes that survived.")
  var weight: PathWeight?

  @Option(name: .long, help: "The table that csv and arrow write.")
  var table: String?

  @Option(
    name: .long,
    help:
      "Look at this stream (one interpreter); when left out all of them (perfetto, chrome, csv, arrow) or the first.")
  var stream: UInt32?

  @OptionGroup var part: ExportPartOptions

  func validate() throws {
    if to == .semantic, !part.isWhole {
      throw ValidationError("--to semantic is of the whole run: leave --from and --until out")
    }
    if weight != nil, to != .folded { throw ValidationError("--weight goes with --to folded") }
    if let table {
      guard to == .csv || to == .arrow else { throw ValidationError("--table goes with --to csv and --to arrow") }
      guard QuerySchema.tableNames.contains(table) else {
        throw ValidationError(
          "there is no table '\(table)'; the tables are \(QuerySchema.tableNames.joined(separator: ", "))")
      }
    }
  }

  func run() throws {
    if isatty(STDOUT_FILENO) == 1, to == .perfetto || to == .arrow {
      AnalysisOutput.note(
        "this format is no text; send it to a file: exuvia export --to \(to.rawValue) \(trace) > FILE")
      throw AnalysisOutput.usage
    }
    let (from, until) = try part.moments()
    let session = try AnalysisOutput.open(trace, stream: stream, looksAtAll: takesAllStreams)
    let losses = try AnalysisOutput.run { () throws(ReplayError) in try write(session, TracePart(from: from, to: until))
    }
    AnalysisOutput.warn(losses)
  }

  private var takesAllStreams: Bool {
    switch to {
    case .perfetto, .chrome, .csv, .arrow: stream == nil
    case .speedscope, .folded, .semantic: false
    }
  }

  private func write(_ session: TraceSession, _ part: TracePart) throws(ReplayError) -> LossLedger {
    switch to {
    case .perfetto: return try PerfettoExport.run(sessions(session), part) { AnalysisOutput.write($0) }
    case .chrome: return try ChromeExport.run(sessions(session), part) { AnalysisOutput.write($0) }
    case .speedscope: return try CallPathExport.speedscope(session, part) { AnalysisOutput.write($0) }
    case .folded: return try CallPathExport.folded(session, by: weight ?? .bytes, part) { AnalysisOutput.write($0) }
    case .csv, .arrow: return try writeTable(sessions(session), part)
    case .semantic: return try SemanticExport.run(session) { AnalysisOutput.write($0) }
    }
  }

  private func sessions(_ first: TraceSession) throws(ReplayError) -> [TraceSession] {
    stream == nil ? try first.allStreams() : [first]
  }

  private func writeTable(_ sessions: [TraceSession], _ part: TracePart) throws(ReplayError) -> LossLedger {
    do throws(QueryError) {
      let statement = try QueryDatabase(sessions, window: part).prepare("SELECT * FROM \(table ?? "events")")
      try AnswerWriter.write(statement, as: to == .csv ? .csv : .arrow) { AnalysisOutput.write($0) }
    } catch {
      if case .replay(let failure) = error { throw failure }
      throw .noSuchMoment(error.message)
    }
    var losses = LossLedger()
    for session in sessions { session.addLostEvents(to: &losses) }
    return losses
  }
}

extension PathWeight: ExpressibleByArgument {}
