// A trace opened for analysis: the file, its definitions, the stream looked at. The entry of every command that replays.

import TraceFormat
import TraceModel

public final class TraceSession {
  public let file: TraceFile
  /// What the ids of the stream stand for.
  public let definitions: Definitions
  /// The stream that is replayed: the one asked for, else the first.
  public let stream: UInt32
  /// Streams that have events, ascending: the first is the root's.
  public let streams: [UInt32]
  /// The stream's index, where a usable index file lies beside the trace.
  public let index: CheckpointIndex?
  /// Why the index file beside the trace is of no use.
  public let indexRefusal: String?
  /// Memory that replays may take; nil is as much as they need.
  public var limit: MemoryLimit?

  /// Opens the trace. A stream is one interpreter's events; nil takes the first.
  public convenience init(path: String, stream: UInt32? = nil) throws(ReplayError) {
    let file: TraceFile
    do { file = try TraceFile(path: path) } catch { throw .trace(error) }
    try self.init(file: file, stream: stream)
  }

  /// Looks at a trace that is open. `usesIndex` false: no index file is looked for.
  public init(file: TraceFile, stream: UInt32? = nil, usesIndex: Bool = true) throws(ReplayError) {
    self.file = file
    let path = file.path
    var seen: [UInt32] = []
    for chunk in file.chunks where chunk.kind == .events && !seen.contains(chunk.stream) { seen.append(chunk.stream) }
    // The root's chunks need not stand before those of its forked children.
    streams = seen.sorted()
    if let stream, !seen.contains(stream) {
      throw .noSuchMoment(
        "\(path): there is no stream \(stream); the trace has \(streams.map { "\($0)" }.joined(separator: ", "))")
    }
    self.stream = stream ?? streams.first ?? 0
    switch usesIndex ? CheckpointFile.find(for: file) : .none {
    case .none: (index, indexRefusal) = (nil, nil)
    case .useless(let text): (index, indexRefusal) = (nil, text)
    case .index(let found): (index, indexRefusal) = (CheckpointIndex(found, stream: self.stream), nil)
    }
    do {
      definitions = try file.definitions(of: self.stream)
    } catch {
      throw .trace(error)
    }
  }

  /// This session and one for each other stream of the trace.
  public func allStreams() throws(ReplayError) -> [TraceSession] {
    var sessions = [self]
    for other in streams where other != stream { sessions.append(try TraceSession(file: file, stream: other)) }
    return sessions
  }

  public var level: RecordingLevel { file.header.level }

  /// What the file says is missing, before any event is read.
  public var fileLosses: LossLedger {
    var ledger = LossLedger()
    for loss in file.losses { ledger.add(loss) }
    return ledger
  }

  public func options(withLinks: Bool = false) -> ReplayOptions {
    ReplayOptions(level: level, withLinks: withLinks)
  }

  /// Replays up to `point`, showing every event to `visitor`, and returns the state then.
  public func replay<V: EventVisitor & ~Copyable>(
    until point: TimePoint = .end, withLinks: Bool = false, visitor: inout V
  ) throws(ReplayError) -> ReplayState {
    try replay(from: .start, until: point, withLinks: withLinks, visitor: &visitor)
  }

  /// The state as of `point`. Begins at the checkpoint before it, where there is an index.
  public func replay(until point: TimePoint, withLinks: Bool = false) throws(ReplayError) -> ReplayState {
    var nobody = NoVisitor()
    return try replay(from: point, until: point, withLinks: withLinks, visitor: &nobody)
  }

  /// Goes to `from`, by a checkpoint where there is one, then shows every event up to `point` to `visitor`, after its `begin`. Returns the state
  /// at `point`. A replay with links goes through everything before. Peaks are those since `from`.
  public func replay<V: EventVisitor & ~Copyable>(
    from: TimePoint, until point: TimePoint, withLinks: Bool = false, visitor: inout V
  ) throws(ReplayError) -> ReplayState {
    let start = try stopCondition(from)
    let stop = try stopCondition(point)
    var run = try position(before: from, marker: start?.marker, withLinks: withLinks)
    if from != .start {
      var nobody = NoVisitor()
      let hasCome = try run.advance(to: start, &nobody)
      try checkMoment(from, hasCome: hasCome, run.state)
      if point != from, try hasPassed(point, marker: stop?.marker, run.state) { throw partEndsFirst(from, point) }
      run.restartPeaks()
    }
    visitor.begin(run.state)
    if point != .start, point != from {
      let hasCome = try run.advance(to: stop, &visitor)
      try checkMoment(point, hasCome: hasCome, run.state)
    }
    if run.state.isOutOfMemory { throw .outOfMemory }
    return run.finish()
  }

  /// A replay that stands at the last checkpoint at or before an event, or at the start.
  public func run(before event: UInt64) throws(ReplayError) -> ReplayRun {
    try position(before: event == 0 ? .start : .event(event), marker: nil, withLinks: false)
  }

  /// Number of the event that comes next at a moment.
  public func event(at point: TimePoint) throws(ReplayError) -> UInt64 {
    switch point {
    case .start: 0
    case .end:
      file.chunks.last { $0.kind == .events && $0.stream == stream }.map {
        $0.firstSequence + UInt64($0.eventCount)
      } ?? 0
    case .event, .programEnd, .time, .pass, .marker: try replay(until: point).eventNumber
    }
  }

  /// The state of the last checkpoint at or before `point`, or an empty one, and the run that goes on from there.
  func position(
    before point: TimePoint, marker: UInt32?, withLinks: Bool
  ) throws(ReplayError) -> ReplayRun {
    if !withLinks, let index, let checkpoint = index.checkpoint(before: point, marker: marker) {
      guard var state = ReplayState(options(), limit: limit) else { throw .outOfMemory }
      // A damaged section of the index costs time, not the answer.
      if index.restore(checkpoint, into: &state) {
        return ReplayRun(state, ChunkReader(file, stream: stream, from: checkpoint.state.chunk))
      }
    }
    guard var state = ReplayState(options(withLinks: withLinks), limit: limit) else { throw .outOfMemory }
    state.losses = fileLosses
    return ReplayRun(state, ChunkReader(file, stream: stream))
  }

  private func stopCondition(_ point: TimePoint) throws(ReplayError) -> StopCondition? {
    switch point {
    case .end: return nil
    case .marker(let name):
      guard let id = definitions.strings.firstIndex(of: name) else {
        throw .noSuchMoment("\(file.path): there is no marker named '\(name)'")
      }
      return StopCondition(point: point, marker: UInt32(id))
    default: return StopCondition(point: point, marker: nil)
    }
  }

  /// A pass or marker that never came is a mistake; a time beyond the end is the end.
  private func checkMoment(_ point: TimePoint, hasCome: Bool, _ state: borrowing ReplayState) throws(ReplayError) {
    guard !hasCome else { return }
    switch point {
    case .pass(let number):
      throw .noSuchMoment("\(file.path): there is no pass \(number); the trace has \(state.collector.passCount)")
    case .marker(let name): throw .noSuchMoment("\(file.path): there is no marker named '\(name)'")
    case .event(let number) where state.eventNumber <= number:
      throw .noSuchMoment("\(file.path): there is no event #\(number); the trace has \(state.eventNumber)")
    default: return
    }
  }
}

extension ReplayState {
  /// Events before `sequence` are missing (a mode that keeps only the latest, or a damaged chunk).
  mutating func noteGap(to sequence: UInt64) {
    losses.add(
      LossEntry(
        cause: "missingEvents", events: sequence - eventNumber, unit: "events", at: eventNumber,
        explanation: "events #\(eventNumber) to #\(sequence - 1) are not in the file"))
    isComplete = false
    eventNumber = sequence
  }
}
