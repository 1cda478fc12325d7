// Judges a trace by the laws: one replay, every law sees the kinds it asked for.

import TraceFormat
import TraceModel

/// The visitor that shows events to laws.
public struct Validator: EventVisitor {
  private let laws: [Law]
  private let lawsByKind: [[Law]]
  public var report = ViolationReport()
  /// Laws that could not be judged, or only up to the first loss.
  private var unjudged: Set<String> = []
  /// Records shown, definitions included.
  public private(set) var recordCount: UInt64 = 0

  public init(laws: [Law] = LawRegistry.make()) {
    self.laws = laws
    var byKind = [[Law]](repeating: [], count: 256)
    for law in laws { for kind in law.kinds { byKind[Int(kind.rawValue)].append(law) } }
    lawsByKind = byKind
  }

  public mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    recordCount &+= 1
    for law in lawsByKind[Int(event.kind.rawValue)] where law.canJudge(state) { law.check(event, state, &report) }
  }

  public mutating func finish(_ state: borrowing ReplayState) {
    let last = Self.noEvent
    for law in laws {
      if law.canJudge(state) { law.finish(last, state, &report) } else { unjudged.insert(law.name) }
    }
  }

  /// Names of laws that could not be judged to the end, sorted: the level lacks their events, or events are missing.
  public var unjudgedLaws: [String] { unjudged.sorted() }
  public var lawCount: Int { laws.count + LawRegistry.chunkLaws.count }

  /// Stands in reports that no event causes.
  ///
  /// Safe: two zero words, never freed; `clock` reads no more.
  static var noEvent: Event { unsafe Event(words: noWords.words, kind: .clock) }

  @safe private struct NoWords: @unchecked Sendable { let words: UnsafePointer<UInt64> }
  private static let noWords: NoWords = {
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 2)
    unsafe words.initialize(repeating: 0, count: 2)
    return unsafe NoWords(words: UnsafePointer(words))
  }()
}

/// What came out.
public struct Verdict: Sendable {
  public let report: ViolationReport
  public let unjudgedLaws: [String]
  public let lawCount: Int
  public let eventCount: UInt64
  public let losses: LossLedger
  public var isLawful: Bool { report.total == 0 }
}

extension TraceSession {
  /// Replays the stream under all laws.
  public func verify() throws(ReplayError) -> Verdict {
    var validator = Validator()
    checkChunks(&validator.report)
    let state = try replay(withLinks: level.includes(.links), visitor: &validator)
    validator.finish(state)
    let promised = file.chunks.filter { $0.stream == stream && ($0.kind == .definitions || $0.kind == .events) }
      .reduce(UInt64(0)) { $0 + UInt64($1.eventCount) }
    if promised != validator.recordCount {
      validator.report.add(
        "chunk-count", Validator.noEvent, state.eventNumber,
        "the chunks hold \(validator.recordCount) records; expected the \(promised) of their headers")
    }
    return Verdict(
      report: validator.report, unjudgedLaws: validator.unjudgedLaws, lawCount: validator.lawCount,
      eventCount: state.eventNumber, losses: state.losses)
  }

  /// The laws of chunk headers.
  private func checkChunks(_ report: inout ViolationReport) {
    var expected: UInt64 = 0
    for chunk in file.chunks where chunk.kind == .events && chunk.stream == stream {
      if chunk.firstSequence < expected {
        report.add(
          "chunk-sequence", Validator.noEvent, chunk.firstSequence,
          "chunk \(chunk.sequence) at offset \(chunk.offset) begins with #\(chunk.firstSequence); expected #\(expected) or a later one"
        )
      }
      expected = chunk.firstSequence + UInt64(chunk.eventCount)
    }
  }
}

/// Judges words in memory as one stream (tests, other tools); they must be whole records.
public func verify(words: UnsafeBufferPointer<UInt64>, level: RecordingLevel) -> Verdict? {
  guard let base = words.baseAddress, unsafe RecordShapes.shared.validate(words) != nil,
    var state = ReplayState(ReplayOptions(level: level, withLinks: level.includes(.links)))
  else { return nil }
  var validator = Validator()
  _ = unsafe state.replay(words: base, count: words.count, isDefinitions: false, stop: nil, visitor: &validator)
  validator.finish(state)
  return Verdict(
    report: validator.report, unjudgedLaws: validator.unjudgedLaws, lawCount: validator.lawCount,
    eventCount: state.eventNumber,
    losses: state.losses)
}
