// One of several traces that a command was given, and how its answer is told apart: under the trace's path, or, with --json, on a line of its own whose
// first member is the path.

import TraceAnalysis

struct TraceAnswer {
  let path: String
  /// Place among the traces, from 0, and how many there are.
  private let place: Int
  private let count: Int

  /// Answers for each trace, in order.
  static func each(_ paths: [String], _ body: (TraceAnswer) throws -> Void) throws {
    for (place, path) in paths.enumerated() { try body(TraceAnswer(path: path, place: place, count: paths.count)) }
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
