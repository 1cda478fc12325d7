// `exuvia query`: SQL over a trace. The tables stand in TraceQuery; docs/query.md has worked questions.

import ArgumentParser
import Glibc
import TraceModel
import TraceQuery
import TraceReplay

struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Ask a trace in SQL.",
    usage:
      "exuvia query \"SELECT ...\" TRACE ... [--from T] [--to T] [--format table|csv|json|arrow] [--stream N] [--timeout SECONDS] [--memory SIZE]",
    discussion: """
      One SELECT over the tables events, objects, types, sites, functions, threads, processes, passes, locks, lock_waits, gil_slices, generators, \
      stores, roots, markers and losses, in SQLite's dialect. Read-only. `-` in place of the statement reads it from standard input. Times are \
      nanoseconds since the recording's start; `--schema` prints what each column says, and docs/query.md has worked questions.

      With --from and --to the tables have what happens after the one moment and up to the other, and what is outside is not read where nothing depends on \
      it. Several traces are one set of tables: the column trace tells them apart.

      Examples:
        exuvia query --schema
        exuvia query "SELECT type, count(*), sum(size) FROM objects GROUP BY type ORDER BY 3 DESC LIMIT 20" run.exv
        exuvia query "SELECT pass, generation, pause FROM passes WHERE pause > 5000000" run.exv --format csv
        exuvia query "SELECT * FROM events WHERE kind IN ('raise', 'output')" run.exv --json
        exuvia query "SELECT type, size FROM objects" run.exv --format arrow > objects.arrow
        exuvia query "SELECT kind, count(*) FROM events GROUP BY kind" run.exv --from 1.2s --to 1.3s
        exuvia query "SELECT trace, sum(pause) FROM passes GROUP BY trace" monday.exv tuesday.exv
      """)

  @Argument(help: "The statement (or - for standard input), and the trace, or several.")
  var arguments: [String] = []

  @Option(
    name: .long, help: "How the answer is written: \(AnswerFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format: AnswerFormat?

  @Flag(name: .long, help: "The same as --format json.")
  var json = false

  @Option(name: .long, help: "Look at this stream (one interpreter) only; all of them when left out.")
  var stream: UInt32?

  @OptionGroup var window: WindowOptions

  @Option(name: .long, help: "Seconds after which the query is given up.")
  var timeout = 600.0

  @Option(
    name: .long,
    help:
      "Memory that it may use, for example 64M or 1G (default: 256M). What must be sorted beyond it goes to a temporary file."
  )
  var memory: ByteSize?

  @Flag(name: .long, help: "Print the tables and their columns.")
  var schema = false

  func validate() throws {
    if schema {
      guard arguments.isEmpty, format == nil, !json, stream == nil, memory == nil, window.isWhole else {
        throw ValidationError("--schema takes no trace and no other option")
      }
      return
    }
    guard arguments.count >= 2 else { throw ValidationError("give a statement in quotes, and a trace") }
    guard Set(arguments.dropFirst()).count == arguments.count - 1 else {
      throw ValidationError("the same trace is given twice")
    }
    guard timeout > 0, timeout < 1e9 else { throw ValidationError("--timeout is a positive number of seconds") }
    guard memory?.bytes ?? .max >= QueryLimits.memoryBytesMin else { throw ValidationError("--memory is at least 16M") }
    if json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) exclude each other")
    }
  }

  func run() throws {
    if schema { return AnalysisOutput.write(QuerySchema.text) }
    let text = arguments[0] == "-" ? try standardInput() : arguments[0]
    var part = TracePart()
    (part.from, part.to) = try window.moments()
    if isatty(STDOUT_FILENO) == 1, format == .arrow {
      AnalysisOutput.note(
        "an Arrow stream is no text; send it to a file: exuvia query ... --format arrow > answer.arrow")
      throw AnalysisOutput.usage
    }
    let traces = try arguments.dropFirst().map { path in
      try AnalysisOutput.open(path, stream: stream, looksAtAll: stream == nil)
    }
    let sessions = try AnalysisOutput.run { () throws(ReplayError) in
      var sessions: [TraceSession] = []
      for trace in traces { sessions += stream == nil ? try trace.allStreams() : [trace] }
      return sessions
    }
    var limits = QueryLimits()
    limits.timeoutNanoseconds = UInt64(timeout * 1e9)
    if let memory { limits.memoryBytes = memory.bytes }
    do throws(QueryError) {
      let statement = try QueryDatabase(sessions, window: part, limits: limits).prepare(text)
      try AnswerWriter.write(statement, as: json ? .json : format ?? .table) { AnalysisOutput.write($0) }
    } catch {
      AnalysisOutput.note(error.message)
      switch error {
      case .statement: throw AnalysisOutput.usage
      case .limit: throw AnalysisOutput.ruleFailed
      case .replay(.noSuchMoment): throw AnalysisOutput.usage
      case .replay: throw AnalysisOutput.unreadable
      }
    }
    for trace in traces {
      var losses = trace.fileLosses
      for session in sessions where session.file === trace.file { session.addLostEvents(to: &losses) }
      AnalysisOutput.warn(losses, of: traces.count > 1 ? trace.file.path : nil)
    }
  }

  /// Most bytes of a statement.
  private static let statementBytesMax = 1 << 20

  private func standardInput() throws -> String {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(STDIN_FILENO, &part, part.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += part[..<count]
      guard bytes.count <= Self.statementBytesMax else {
        AnalysisOutput.note("the statement is longer than \(Self.statementBytesMax) bytes")
        throw AnalysisOutput.usage
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension AnswerFormat: ExpressibleByArgument {}
