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

  /// Opens the trace. A stream is one interpreter's events; nil takes the first.
  public init(path: String, stream: UInt32? = nil) throws(ReplayError) {
    do {
      file = try TraceFile(path: path)
    } catch {
      throw .trace(error)
    }
    var seen: [UInt32] = []
    for chunk in file.chunks where chunk.kind == .events && !seen.contains(chunk.stream) { seen.append(chunk.stream) }
    // The root's chunks need not stand before those of its forked children.
    streams = seen.sorted()
    if let stream, !seen.contains(stream) {
      throw .noSuchMoment(
        "\(path): there is no stream \(stream); the trace has \(streams.map { "\($0)" }.joined(separator: ", "))")
    }
    self.stream = stream ?? streams.first ?? 0
    do {
      definitions = try file.definitions(of: self.stream)
    } catch {
      throw .trace(error)
    }
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
    guard var state = ReplayState(options(withLinks: withLinks)) else { throw .outOfMemory }
    state.losses = fileLosses
    if point == .start { return state }
    let stop = try stopCondition(point)
    let reader = ChunkReader(file, stream: stream)
    var hasCome = false
    do {
      while !hasCome, let block = try reader.next() {
        if !block.isDefinitions && block.firstSequence > state.eventNumber { state.noteGap(to: block.firstSequence) }
        hasCome = unsafe state.replay(
          words: block.words, count: block.wordCount, isDefinitions: block.isDefinitions, stop: stop, visitor: &visitor)
      }
    } catch {
      throw .trace(error)
    }
    reader.stop()
    if state.isOutOfMemory { throw .outOfMemory }
    try checkMoment(point, hasCome: hasCome, state)
    return state
  }

  /// The state as of `point`.
  public func replay(until point: TimePoint, withLinks: Bool = false) throws(ReplayError) -> ReplayState {
    var nobody = NoVisitor()
    return try replay(until: point, withLinks: withLinks, visitor: &nobody)
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
