// `exuvia timeline`: the run along the clock, in the terminal. The drawing stands in TimelineDrawing.swift.

import ArgumentParser
import Glibc
import TraceAnalysis
import TraceExport
import TraceReplay

struct TimelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timeline", abstract: "Draw a run along its time.",
    discussion: """
      Living objects and bytes as curves, a track for each thread with its hold of the GIL, its waits and blocking calls, and the \
      collector's passes by generation. Fits the terminal's width; colours only on a terminal and without NO_COLOR.

      --html writes one page that opens from disk, with the same tracks, living bytes by type and generators: zoom and pan by mouse, wheel \
      and keys, search, details on click; its link keeps the view. Press ? in it for the keys.

      Of several traces each has its drawing, under its path; with --json each has a line. A page is of one trace.

      Examples:
        exuvia timeline run.exv
        exuvia timeline run.exv --width 120 > run.txt
        exuvia timeline run.exv --from 1.2s --to 1.3s
        exuvia timeline run.exv --json
        exuvia timeline run.exv --html run.html
        exuvia timeline worker1.exv worker2.exv
      """)

  @Argument(help: ArgumentHelp("The trace, or several.", valueName: "trace"))
  var traces: [String]

  @Option(name: .long, help: "Width in characters; the terminal's when left out, 100 elsewhere.")
  var width: Int?

  @Option(name: .long, help: ArgumentHelp("Write a page that opens in a browser.", valueName: "file"))
  var html: String?

  @Flag(name: .long, help: "Replace the page's file when it exists.")
  var force = false

  @OptionGroup var window: WindowOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var options: AnalysisOptions

  func validate() throws {
    if let width, width < 40 || width > 1000 { throw ValidationError("--width is from 40 to 1000") }
    if html != nil, options.json || width != nil { throw ValidationError("--html excludes --json and --width") }
    if html == nil, force { throw ValidationError("--force goes with --html") }
    if html != nil, traces.count > 1 { throw ValidationError("--html is of one trace") }
  }

  func run() throws {
    let (from, to) = try window.moments()
    try TraceAnswer.each(traces) { try write($0, from, to) }
  }

  private func write(_ answer: TraceAnswer, _ from: TimePoint, _ to: TimePoint) throws {
    let session = try AnalysisOutput.open(answer.path, stream: options.stream)
    session.limit = memory.limit
    if let html { return try writePage(session, to: html, from, to) }
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let drawing = TimelineDrawing(
      width: width ?? Self.terminalWidth ?? 100,
      hasColours: isTerminal && getenv("NO_COLOR").map { $0.pointee == 0 } ?? true,
      names: session.definitions)
    let (timeline, totals) = try AnalysisOutput.run { () throws(ReplayError) in
      try session.timeline(columns: options.json ? width ?? 100 : drawing.columns, from: from, until: to)
    }
    if options.json {
      answer.write(json(timeline, totals, session.definitions))
    } else {
      answer.write(drawing.text(timeline, totals))
      AnalysisOutput.warn(totals.losses, of: answer.name)
    }
  }

  private func writePage(_ session: TraceSession, to path: String, _ from: TimePoint, _ to: TimePoint) throws {
    let page = try PageFile(path, force: force)
    let losses = try AnalysisOutput.run { () throws(ReplayError) in
      try TimelinePage.write(session, from: from, until: to) { page.append($0) }
    }
    try page.close()
    AnalysisOutput.warn(losses)
  }

  private static var terminalWidth: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else { return nil }
    return Int(min(size.ws_col, 1000))
  }

  private func json(_ timeline: Timeline, _ totals: Totals, _ names: TraceNames) -> JSON {
    func numbers(_ values: [UInt64]) -> JSON { .array(values.map { .unsigned($0) }) }
    let threads = timeline.threads.enumerated().compactMap { id, track -> JSON? in
      guard let track else { return nil }
      return .members([
        "thread": JSON(id), "name": JSON(id < totals.threads.count ? names.string(totals.threads[id].name) : nil),
        "holds_gil_ns": numbers(track.holds), "waits_ns": numbers(track.waits), "blocking_ns": numbers(track.blocks),
      ])
    }
    let generations = (0..<3).map { generation in
      JSON.members([
        "generation": JSON(generation), "passes": numbers(timeline.columns.map { $0.passes[generation] }),
        "pause_ns": numbers(timeline.columns.map { $0.pauseNanoseconds[generation] }),
      ])
    }
    return .members([
      "begin_ns": .unsigned(timeline.begin), "column_ns": .unsigned(timeline.columnNanoseconds),
      "duration_ns": .unsigned(totals.time),
      "events": numbers(timeline.columns.map(\.events)), "live": numbers(timeline.columns.map(\.live)),
      "live_bytes": numbers(timeline.columns.map(\.liveBytes)), "threads": .array(threads),
      "generations": .array(generations),
      "certainty": .string(AnalysisOutput.certainty(totals.isComplete)), "losses": AnalysisOutput.json(totals.losses),
    ])
  }
}
