// `exuvia record`: runs a program under the runtime in a process of its own and writes its trace. The work is TraceRecorder's; here are the command line, the
// messages, and ending as the program ended.

import ArgumentParser
import Glibc
import TraceModel
import TraceRecorder

struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record", abstract: "Run a Python program and record what happens in it.",
    usage: "exuvia record [options] SCRIPT | -m MODULE | -c CODE | -i [ARGS]",
    discussion: """
      Options of record stand before SCRIPT, -m or -c; everything behind belongs to the program. It ends with the program's own exit status, \
      and waits for forked children, which are recorded too.

      Examples:
        exuvia record script.py one two
        exuvia record -o run.exv --detail heap -m package.module
        exuvia record --mode ring --limit 256M server.py
        exuvia record -o session.exv -i < session.txt
      """)

  enum Detail: String, CaseIterable, ExpressibleByArgument {
    case heap, calls, links, refs, all
    var level: RecordingLevel {
      switch self {
      case .heap: .heap
      case .calls: .calls
      case .links: .links
      case .refs: .refs
      case .all: .all
      }
    }
  }

  enum Mode: String, CaseIterable, ExpressibleByArgument {
    case block, drop, ring
    var ringMode: RingMode {
      switch self {
      case .block: .block
      case .drop: .drop
      case .ring: .ring
      }
    }
  }

  @Option(
    name: .shortAndLong, help: "The trace to write; SCRIPT's name with .exv, in the working directory, when left out.")
  var output: String?

  @Flag(name: .long, help: "Overwrite an existing trace.")
  var force = false

  @Option(
    name: .long,
    help: """
      How much is recorded: heap (allocations, collector, locks, generators), links (and stores of references), refs (and every reference count), \
      calls (heap and every call), all.
      """)
  var detail = Detail.refs

  @Option(
    name: .long,
    help:
      "When the recorder cannot keep up: block (the program waits), drop (events are counted), ring (only the last part is kept)."
  )
  var mode = Mode.block

  @Option(name: .long, help: "Most bytes of the trace, as 500M; with --mode ring the bytes of events that are kept.")
  var limit: ByteSize?

  @Option(
    name: .long, help: "Directory of the ring file that program and recorder share; beside the trace when left out.")
  var ring: String?

  @Option(name: .long, help: "Thresholds of the collector, as 700,10,10.")
  var gcThreshold: String?

  @Option(
    name: .long,
    help: "Counts of the collector when the program begins; 7,3,0, CPython's own for a script, when left out.")
  var gcCounts: String?

  @Option(
    name: .long,
    help:
      "Containers that live when the program begins: the heap is filled up to so many, as in a process that does more.")
  var gcObjects: Int?

  @Flag(
    name: .long,
    help:
      "Put a callable into gc.callbacks, as a tool does that watches from within; `export --to semantic` shows the passes that it saw."
  )
  var gcObserver = false

  @Flag(name: .customShort("u"), help: "Do not buffer the program's standard output and error.")
  var unbuffered = false

  @Option(name: .long, help: .hidden) var schedule: String?
  @Option(name: .long, help: .hidden) var python: String?

  @Argument(parsing: .captureForPassthrough, help: "The program and its arguments.")
  var program: [String] = []

  func validate() throws {
    if schedule != nil { throw ValidationError("--schedule comes later: this version records in real time only") }
    if python != nil { throw ValidationError("--python comes later: this version records under its own runtime only") }
    for (option, value) in [("--gc-threshold", gcThreshold), ("--gc-counts", gcCounts)] {
      if let value { try OptionRules.check(three: value, of: option) }
    }
    _ = try traced()
  }

  /// What runs, and what its trace is called when no name is given.
  private func traced() throws -> (name: String, arguments: [String], trace: String) {
    guard let first = program.first else {
      throw ValidationError("give a script, -m MODULE, -c CODE, or -i for a prompt")
    }
    for (option, what) in [("-m", "a module's name"), ("-c", "the code")] where first.hasPrefix(option) {
      let isJoined = first.utf8.count > 2
      guard isJoined || program.count > 1 else { throw ValidationError("\(option) needs \(what)") }
      let value = isJoined ? String(first.dropFirst(2)) : program[1]
      let name = option == "-m" ? value : option
      return (name, Array(program.dropFirst(isJoined ? 1 : 2)), option == "-m" ? value + ".exv" : "command.exv")
    }
    if first == "--help" || first == "-h" { throw CleanExit.helpRequest(self) }
    // The prompt: statements from standard input, as `exuvia run -i`.
    if first == "-i" || first == "-" { return (first, Array(program.dropFirst()), "session.exv") }
    if first.hasPrefix("-") { throw ValidationError("record has no option '\(first)'") }
    let base = first.split(separator: "/").last.map(String.init) ?? first
    let stem = base.hasSuffix(".py") && base.utf8.count > 3 ? String(base.dropLast(3)) : base
    return (first, Array(program.dropFirst()), stem + ".exv")
  }

  func run() throws {
    let traced = try traced()
    var arguments = ["exuvia", "run"]
    if let gcThreshold { arguments += ["--gc-threshold", gcThreshold] }
    if let gcCounts { arguments += ["--gc-counts", gcCounts] }
    if let gcObjects { arguments += ["--gc-objects", String(gcObjects)] }
    if gcObserver { arguments += ["--gc-observer"] }
    if unbuffered { arguments += ["-u"] }
    arguments += program
    var options = RecorderOptions(
      output: output ?? traced.trace, executable: "/proc/self/exe", arguments: arguments)
    options.force = force
    options.ringDirectory = ring
    options.detail = detail.level
    options.mode = mode.ringMode
    options.limit = limit?.bytes
    options.programName = traced.name
    options.programArguments = traced.arguments
    options.runtimeName = "exuvia 3.13"
    let recorder: Recorder
    do throws(RecorderError) {
      recorder = try Recorder(options)
    } catch {
      AnalysisOutput.note(error.description)
      throw AnalysisOutput.usage
    }
    let end = recorder.run()
    for line in recorder.lossMessages { AnalysisOutput.note(line) }
    if recorder.hasBegun, isatty(STDERR_FILENO) == 1 {
      AnalysisOutput.note(
        "\(Numbers.grouped(recorder.recordCount)) events, \(Numbers.bytes(recorder.bytesWritten)) in \(options.output)")
    }
    end.endLikewise()
  }
}

/// A number of bytes as people write it: 500, 64K, 100M, 2G; steps of 1024.
struct ByteSize: ExpressibleByArgument {
  let bytes: UInt64

  init?(argument: String) {
    var digits = argument.uppercased()
    if digits.hasSuffix("B") { digits.removeLast() }
    var shift: UInt64 = 0
    if let unit = digits.last, let place = ["K", "M", "G", "T"].firstIndex(of: unit) {
      shift = UInt64(place + 1) * 10
      digits.removeLast()
    }
    guard let count = UInt64(digits), count <= UInt64.max >> shift else { return nil }
    bytes = count << shift
  }
}
