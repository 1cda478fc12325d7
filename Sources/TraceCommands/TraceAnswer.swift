// One of several traces that a command was given, and how its answer is told apart: under the trace's path, or, with --json, on a line of its own whose
// first member is the path.

import ArgumentParser
import TraceAnalysis
import TraceReplay

struct TraceAnswer {
  let path: String
  /// Place among the traces, from 0, and how many there are.
  private let place: Int
  private let count: Int

  /// Answers for each trace, in order.
  static func each(_ paths: [String], _ body: (TraceAnswer) throws -> Void) throws {
    for (place, path) in paths.enumerated() { try body(TraceAnswer(path: path, place: place, count: paths.count)) }
  }

  /// Answers for each trace that is open already.
  static func each(
    _ paths: [String], _ sessions: [TraceSession], _ body: (TraceAnswer, TraceSession) throws -> Void
  ) throws {
    try each(paths) { try body($0, sessions[$0.place]) }
  }

  /// The same, and goes on behind a trace that ends with an exit code: the highest of them is the end.
  static func eachWithWorstCode(_ paths: [String], _ body: (TraceAnswer) throws -> Void) throws {
    var worst: ExitCode?
    try each(paths) { answer in
      do { try body(answer) } catch let code as ExitCode {
        worst = ExitCode(max(worst?.rawValue ?? 0, code.rawValue))
      }
    }
    if let worst { throw worst }
  }

  /// The path, where there are others.
  var name: String? { count > 1 ? path : nil }

  func write(_ text: String) {
    if count > 1 { AnalysisOutput.write((place > 0 ? "\n" : "") + path + ":\n") }
    AnalysisOutput.write(text)
  }

  func write(_ json: JSON) {
    guard count > 1, case .object(let members) = json else { return AnalysisOutput.write(json.text + "\n") }
    AnalysisOutput.write(JSON.object([JSON.Member(name: "trace", value: .string(path))] + members).line + "\n")
  }
}
