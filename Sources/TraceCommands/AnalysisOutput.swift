// What the analysis commands share: opening a trace with the right exit codes, warnings about what is missing, writing data to standard
// output and everything else to standard error.

import ArgumentParser
import Glibc
import TraceAnalysis
import TraceFormat
import TraceReplay

/// Options of every analysis command.
struct AnalysisOptions: ParsableArguments {
  @Flag(name: .long, help: "Write JSON instead of tables.")
  var json = false

  @Option(name: .long, help: "Look at this stream (one interpreter); the first when left out.")
  var stream: UInt32?
}

/// How much memory a command may take.
struct MemoryOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "Memory to stay within, as 64M: what does not fit goes to a file in TMPDIR (/var/tmp when that is not set).")
  var memory: ByteSize?

  func validate() throws {
    if let memory, memory.bytes < UInt64(MemoryLimit.least) || memory.bytes > UInt64(Int.max) {
      throw ValidationError("--memory takes at least \(MemoryLimit.least >> 20)M")
    }
  }

  var limit: MemoryLimit? { memory.map { MemoryLimit(bytes: Int($0.bytes)) } }
}

/// The two ends of the part of a trace that a command looks at.
protocol PartOptions: ParsableArguments {
  var from: String { get }
  var to: String { get }
  /// The option of `to`.
  static var end: String { get }
}

extension PartOptions {
  static var end: String { "--to" }

  /// The moments, or exit code 2.
  func moments() throws -> (from: TimePoint, to: TimePoint) {
    let (begin, end) = (try AnalysisOutput.moment(from), try AnalysisOutput.moment(to))
    guard !begin.isAlwaysAfter(end) else {
      throw ValidationError(
        "\(Self.end) \(to) comes before --from \(from); --from takes the earlier moment, \(Self.end) the later")
    }
    return (begin, end)
  }
}

/// A part of everything, the teardown included.
struct WindowOptions: PartOptions {
  @Option(name: .long, help: "Begin at this moment: \(TimePoint.forms).")
  var from = "start"

  @Option(name: .long, help: "End at this moment, its event included.")
  var to = "exit"

  /// Whether it is all of the trace.
  var isWhole: Bool { from == "start" && to == "exit" }
}

/// A part of what the program itself does, for answers that the teardown would spoil.
struct ProgramPartOptions: PartOptions {
  @Option(name: .long, help: "Begin at this moment: \(TimePoint.forms).")
  var from = "start"

  @Option(name: .long, help: "End at this moment, its event included.")
  var to = "end"
}

/// A part of everything, where `--to` is something else.
struct ExportPartOptions: PartOptions {
  @Option(name: .long, help: "Begin at this moment: \(TimePoint.forms).")
  var from = "start"

  @Option(name: .customLong("until"), help: "End at this moment, its event included.")
  var to = "exit"

  static var end: String { "--until" }
  var isWhole: Bool { from == "start" && to == "exit" }
}

/// For commands that look at one moment, or at the whole: says which others look at a part.
struct NoPartOptions: ParsableArguments {
  @Option(name: .long, help: .hidden) var from: String?
  @Option(name: .long, help: .hidden) var to: String?

  func validate() throws {
    guard from == nil, to == nil else {
      throw ValidationError(
        "--from and --to are of stats, timeline, events, when, leaks, query, diff and check (--from and --until of export); "
          + "heap and why look at one moment (--at), info and verify at the whole trace")
    }
  }
}

/// Checks for what several commands take.
enum OptionRules {
  /// A number of rows.
  static func check(top: Int?) throws {
    if let top, top < 0 { throw ValidationError("--top takes a number of rows, from 0 on; found \(top)") }
  }

  /// Three numbers, as thresholds and counts of the collector are given.
  static func check(three value: String, of option: String) throws {
    let numbers = value.split(separator: ",", omittingEmptySubsequences: false)
    guard numbers.count == 3, numbers.allSatisfy({ Int($0) != nil }) else {
      throw ValidationError("\(option) takes three numbers, as 700,10,10; found '\(value)'")
    }
  }
}

enum AnalysisOutput {
  static let unreadable = ExitCode(3)
  static let usage = ExitCode(2)
  static let ruleFailed = ExitCode(1)

  static func write(_ text: String) { put(Array(text.utf8), STDOUT_FILENO) }
  static func write(_ bytes: borrowing [UInt8]) { put(bytes, STDOUT_FILENO) }
  /// A usage error's text, as the argument parser words it.
  static func complain(_ text: String) { put(Array((text + "\n").utf8), STDERR_FILENO) }
  static func note(_ text: String) { put(Array("exuvia: \(text)\n".utf8), STDERR_FILENO) }

  /// Writes all bytes. When the reader of standard output is gone it has seen what it wanted, and the command is done; an answer that cannot
  /// be written is an error.
  private static func put(_ bytes: borrowing [UInt8], _ descriptor: Int32) {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return giveUp(descriptor, errno) }
        rest = rest.dropFirst(count)
      }
    }
  }

  private static func giveUp(_ descriptor: Int32, _ code: Int32) {
    guard descriptor == STDOUT_FILENO else { return }
    if code == EPIPE { Glibc.exit(0) }
    note("the answer cannot be written: \(String(cString: strerror(code))); send it elsewhere or free some space")
    Glibc.exit(unreadable.rawValue)
  }

  /// Shows how far something is, in place, on a terminal's standard error; nil takes it away.
  static func progress(_ text: String?) { put(Array("\r\u{1B}[K\(text ?? "")".utf8), STDERR_FILENO) }

  /// Opens the trace; says why it cannot be read and ends with code 3. `looksAtAll`: the caller goes through the other streams as well.
  static func open(_ path: String, stream: UInt32?, looksAtAll: Bool = false) throws -> TraceSession {
    let session = try run { () throws(ReplayError) in try TraceSession(path: path, stream: stream) }
    warn(session, namesOthers: !looksAtAll)
    return session
  }

  /// Opens several, for a question that has to know all of them before it is asked of one.
  static func open(_ paths: [String], stream: UInt32?) throws -> [TraceSession] {
    try paths.map { try open($0, stream: stream) }
  }

  /// Says that no trace has a type: a slip of the pen, more likely than an answer.
  static func missing(type: String, in sessions: [TraceSession]) -> ExitCode {
    let (place, example) = sessions.count == 1 ? ("the trace", sessions[0].file.path) : ("any of the traces", "TRACE")
    note("there is no type '\(type)' in \(place); `exuvia stats types \(example)` lists them")
    return usage
  }

  /// Runs a replay; its failure becomes a message and an exit code.
  static func run<Result: ~Copyable>(_ body: () throws(ReplayError) -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      note(error.message)
      if case .noSuchMoment = error { throw usage }
      throw unreadable
    }
  }

  /// Reads a moment or ends with code 2.
  static func moment(_ text: String) throws -> TimePoint {
    guard let point = TimePoint(text) else {
      note("'\(text)' is no moment; write \(TimePoint.forms)")
      throw usage
    }
    return point
  }

  private static func warn(_ session: TraceSession, namesOthers: Bool) {
    if case .unclosed(let reason) = session.file.state {
      note("warning: \(session.file.path): the trace was not closed (\(reason)); what follows is as of its last event")
    }
    if let refusal = session.indexRefusal {
      note("warning: \(refusal); it is not used: `exuvia index \(session.file.path)` makes it again")
    }
    let others = session.streams.filter { $0 != session.stream }
    if namesOthers && !others.isEmpty {
      let list = others.map { "\($0)" }.joined(separator: ", ")
      note("note: this is stream \(session.stream); --stream shows another one (\(list))")
    }
  }

  /// Most losses that are told one by one.
  private static let lossesShown = 5

  /// Says on standard error what is missing, so that nobody takes the numbers for whole. `trace`: its path, where several are looked at.
  static func warn(_ losses: LossLedger, of trace: String? = nil) {
    let subject = trace.map { "\($0): " } ?? ""
    for entry in losses.entries.prefix(lossesShown) where entry.cause != "unclosed" {
      let place = entry.at.map { " at #\($0)" } ?? ""
      note("warning: \(subject)the numbers are lower bounds: \(entry.explanation)\(place)")
    }
    if losses.entries.count > lossesShown {
      note("warning: \(subject)and \(losses.entries.count - lossesShown + losses.foldedCount) more losses")
    }
  }

  static func json(_ losses: LossLedger) -> JSON {
    .array(
      losses.entries.map {
        .members([
          "cause": .string($0.cause), "count": $0.events.map { .unsigned($0) } ?? .null, "unit": .string($0.unit),
          "event": $0.at.map { .unsigned($0) } ?? .null, "explanation": .string($0.explanation),
        ])
      })
  }

  /// Whether numbers are exact, as a word.
  static func certainty(_ isComplete: Bool) -> String { isComplete ? "exact" : "bounded" }
}

extension Sequence {
  /// The largest `count` elements by `key`, ties by `name`.
  func top(_ count: Int, by key: (Element) -> UInt64, name: (Element) -> String) -> [Element] {
    let sorted = self.sorted { key($0) != key($1) ? key($0) > key($1) : name($0) < name($1) }
    return Array(sorted.prefix(count))
  }
}
