// `exuvia index`: checkpoints beside a trace, so that questions about a moment start near it.

import ArgumentParser
import Glibc
import TraceAnalysis
import TraceFormat
import TraceReplay

struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index", abstract: "Write checkpoints of the heap beside a trace, for fast answers about moments.",
    discussion: """
      Writes TRACE.index. Then `heap --at`, `when` and every verb with --from and --to begin at the checkpoint before the moment \
      instead of at the start. Nothing else changes: the answers are the same. An index that was made from another state of the trace is \
      not used, and that is said.

      Examples:
        exuvia index run.exv
        exuvia heap run.exv --at 73.2s
        exuvia index run.exv --every 2000000 --force
      """)

  @Argument(help: "The traces.")
  var traces: [String]

  @Option(name: .long, help: "Events from one checkpoint to the next; chosen by how much lives when left out.")
  var every: UInt64?

  @Flag(name: .long, help: "Make the index again where a usable one lies there.")
  var force = false

  @OptionGroup var memory: MemoryOptions

  @Flag(name: .long, help: "Write JSON.")
  var json = false

  func validate() throws {
    if let every, every == 0 { throw ValidationError("--every takes a positive number of events") }
  }

  func run() throws {
    var rows: [JSON] = []
    for trace in traces {
      let file: TraceFile
      do { file = try TraceFile(path: trace) } catch {
        AnalysisOutput.note(error.message)
        throw AnalysisOutput.unreadable
      }
      if !force, case .index = CheckpointFile.find(for: file) {
        AnalysisOutput.note("\(trace)\(CheckpointFile.suffix) is up to date; --force makes it again")
        continue
      }
      let spacing = every.map { CheckpointSpacing(events: $0) } ?? CheckpointSpacing()
      let isTerminal = isatty(STDERR_FILENO) == 1
      let total = file.chunks.filter { $0.kind == .events }.reduce(0) { $0 + UInt64($1.eventCount) }
      var shown: UInt64 = 0
      let summary = try AnalysisOutput.run { () throws(ReplayError) in
        try file.writeIndex(spacing: spacing, limit: memory.limit) { done in
          guard isTerminal, total > 0, done * 100 / total > shown else { return }
          shown = done * 100 / total
          AnalysisOutput.progress("\(trace): \(shown) %")
        }
      }
      if isTerminal { AnalysisOutput.progress(nil) }
      rows.append(document(trace, summary))
      if !json { AnalysisOutput.write(line(trace, summary, of: file.size)) }
    }
    if json { AnalysisOutput.write(JSON.array(rows).text + "\n") }
  }

  private func line(_ trace: String, _ summary: IndexSummary, of size: UInt64) -> String {
    "\(trace)\(CheckpointFile.suffix): \(Numbers.grouped(summary.checkpoints)) checkpoints with \(Numbers.grouped(summary.objects)) objects "
      + "for \(Numbers.grouped(summary.events)) events of \(Numbers.grouped(summary.streams)) \(summary.streams == 1 ? "stream" : "streams"), "
      + "\(Numbers.bytes(summary.bytes)) beside \(Numbers.bytes(size))\n"
  }

  private func document(_ trace: String, _ summary: IndexSummary) -> JSON {
    .members([
      "path": .string(trace + CheckpointFile.suffix), "checkpoints": JSON(summary.checkpoints),
      "objects": .unsigned(summary.objects), "events": .unsigned(summary.events), "streams": JSON(summary.streams),
      "bytes": .unsigned(summary.bytes),
    ])
  }
}
