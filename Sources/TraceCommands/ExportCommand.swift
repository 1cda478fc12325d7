// `exuvia export`: a trace in another tool's format.

import ArgumentParser
import TraceExport
import TraceReplay

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trace in another format.",
    discussion: """
      semantic   JSON lines of what the program did, whatever runtime ran it: lifetimes of its objects, finalizers, weakref
                 callbacks, collector passes, generator events, raises and output, in order.

      Examples:
        exuvia export --to semantic run.exv
        exuvia export --to semantic run.exv > run.jsonl
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case semantic }

  @Option(name: .long, help: "The format.")
  var to: Format

  @Argument(help: "The trace.")
  var trace: String

  @Option(name: .long, help: "Look at this stream (one interpreter); the first when left out.")
  var stream: UInt32?

  func run() throws {
    let session = try AnalysisOutput.open(trace, stream: stream)
    let losses = try AnalysisOutput.run { () throws(ReplayError) in
      switch to {
      case .semantic: try SemanticExport.run(session) { AnalysisOutput.write($0) }
      }
    }
    AnalysisOutput.warn(losses)
  }
}
