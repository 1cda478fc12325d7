// What is asked of every trace that a target makes: the laws, then one of the analyses, which the input chooses. An answer may be an error,
// never a crash, and never late.

import Glibc
import TraceAnalysis
import TraceExport
import TraceFormat
import TraceModel
import TraceReplay

@testable import TraceQuery

enum Answers {
  private static let all: [@Sendable (TraceSession) throws -> Void] = [
    statistics, memory, paths, leaks, timeline, spans, callPaths, semantics, moments, differences, thresholds, text,
    tables,
  ]

  static func ask(_ path: String, choice: UInt8) {
    do {
      let file = try TraceFile(path: path)
      _ = try file.sums()
      let first = try TraceSession(file: file)
      _ = try first.verify()
      for stream in first.streams.prefix(2) {
        let session = stream == first.stream ? first : try TraceSession(file: file, stream: stream)
        try all[Int(choice) % all.count](session)
      }
    } catch { return }
  }

  private static func statistics(_ session: TraceSession) throws {
    let report = try session.report()
    let pauses = Pauses(report.statistics.passes)
    _ = pauses.quantile(0.99)
    _ = pauses.minimumUtilisation(window: 1_000_000, end: report.totals.time)
  }

  private static func memory(_ session: TraceSession) throws {
    let state = try session.replay(until: .end, withLinks: session.level.includes(.links))
    for key in CensusKey.allCases { _ = HeapCensus.count(state, by: key) }
    let dominators = HeapDominators(state, names: session.definitions)
    for slot in dominators.largest(4) {
      _ = dominators.retained(slot)
      _ = dominators.dominators(of: slot)
      _ = dominators.retained(byAll: [slot], state)
    }
  }

  private static func paths(_ session: TraceSession) throws {
    let state = try session.replay(until: .end, withLinks: true)
    guard let paths = HeapPaths(state, names: session.definitions) else { return }
    let words = HoldingWords(names: session.definitions)
    var slots: [UInt32] = []
    state.objects.forEachLive { slot, _ in if slots.count < 8 { slots.append(slot) } }
    for slot in slots {
      let path = paths.path(to: slot, state)
      _ = words.namedSteps(path)
      _ = words.shape(path)
      _ = words.reason(path)
      _ = try session.life(ofSerial: state.objects.serial(slot))
    }
  }

  private static func leaks(_ session: TraceSession) throws { _ = try session.leaks() }

  private static func timeline(_ session: TraceSession) throws {
    _ = try session.timeline(columns: 80)
    _ = try TimelinePage.write(session) { _ in }
  }

  private static func spans(_ session: TraceSession) throws {
    _ = try ChromeExport.run([session]) { _ in }
    _ = try PerfettoExport.run([session]) { _ in }
  }

  private static func callPaths(_ session: TraceSession) throws {
    for weight in PathWeight.allCases { _ = try CallPathExport.folded(session, by: weight) { _ in } }
    _ = try CallPathExport.speedscope(session) { _ in }
  }

  private static func semantics(_ session: TraceSession) throws { _ = try SemanticExport.run(session) { _ in } }

  private static func moments(_ session: TraceSession) throws {
    for text in ["live() > 2", "bytes() > 100", "pause() > 1us", "waiting(lock) > 0"] {
      guard let predicate = try? Predicate(text) else { fatalError("the predicate \(text) is not read") }
      for choice in WhenChoice.allCases { _ = try session.when(predicate, choice, kept: 10) }
    }
    _ = try session.replay(until: .event(try session.event(at: .end) / 2))
    _ = try session.replay(until: .programEnd)
  }

  private static func differences(_ session: TraceSession) throws {
    let measures = try RunMeasures(session)
    _ = try Difference.findings([measures], [measures])
  }

  private static func thresholds(_ session: TraceSession) throws {
    _ = try session.whatIf(CollectorThresholds(700, 10, 10))
  }

  /// Text to trace to text is the identity.
  private static func text(_ session: TraceSession) throws {
    let text = try disassembled(session.file)
    let path = Scratch.path("again.exv")
    do {
      try TextReader.assemble(text, textPath: "text", outputPath: path, force: true)
    } catch { fatalError("the text of a trace is refused: \(error)") }
    let again = try disassembled(try TraceFile(path: path, readsRing: false))
    // A trace that has no `@end` line, or chunks that are cut anew, has other `@` lines.
    guard records(text) == records(again) else { fatalError("text to trace to text changes the text") }
  }

  static func disassembled(_ file: TraceFile) throws(TraceError) -> [UInt8] {
    var bytes: [UInt8] = []
    try TextWriter.disassemble(file) { bytes += $0 }
    return bytes
  }

  static func records(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
    text.split(separator: 10).filter { $0.first != UInt8(ascii: "@") }
  }

  private static func tables(_ session: TraceSession) throws {
    var limits = QueryLimits()
    limits.memoryBytes = QueryLimits.memoryBytesMin
    let database = try QueryDatabase([session], limits: limits)
    for table in QuerySchema.tables {
      try AnswerWriter.write(try database.prepare("SELECT * FROM \(table.name)"), as: .json) { _ in }
    }
  }
}
