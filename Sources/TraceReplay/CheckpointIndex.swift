// An index file as the replay uses it: which checkpoint is nearest before a moment, its state, and the rows that searches go through.

import TraceFormat
import TraceModel

/// The index of one stream.
public final class CheckpointIndex {
  private let file: CheckpointFile
  private let stream: UInt32

  /// A checkpoint: its state, and the sections that follow with its locks and objects.
  struct Checkpoint {
    let state: CheckpointSection
    var parts: [CheckpointSection] = []
  }
  /// In order of events.
  let checkpoints: [Checkpoint]

  init(_ file: CheckpointFile, stream: UInt32) {
    self.file = file
    self.stream = stream
    var found: [Checkpoint] = []
    for section in file.sections where section.stream == stream {
      switch section.kind {
      case .state: found.append(Checkpoint(state: section))
      case .cells, .locks:
        if let last = found.indices.last, found[last].state.event == section.event { found[last].parts.append(section) }
      case .chunks, .passes, .markers, .types, nil: continue
      }
    }
    checkpoints = found
  }

  /// Rows of all sections of `kind`; nil when one is damaged.
  private func rows<Row>(_ kind: CheckpointSection.Kind, _ read: (inout PackedReader) -> Row) -> [Row]? {
    var rows: [Row] = []
    for section in file.sections where section.stream == stream && section.kind == kind {
      let more = unsafe file.read(section) { bytes -> [Row]? in
        // A row has at least two bytes: no more are believed than can be there.
        guard Int(section.count) <= bytes.count else { return nil }
        var reader = unsafe PackedReader(bytes)
        var rows: [Row] = []
        rows.reserveCapacity(Int(section.count))
        for _ in 0..<section.count where !reader.hasFailed { rows.append(read(&reader)) }
        return reader.isAtEnd ? rows : nil
      }
      guard let more else { return nil }
      rows += more
    }
    return rows
  }

  /// Bounds of the chunks of events that the index knows, in order; nil when they are damaged.
  public lazy var chunks: [ChunkBounds]? = rows(.chunks) { ChunkBounds.read(&$0) }
  public lazy var passes: [PassRow]? = rows(.passes) { PassRow.read(&$0) }
  public lazy var types: [TypeBounds]? = rows(.types) { TypeBounds.read(&$0) }
  lazy var markers: [MarkerRow]? = rows(.markers) { MarkerRow.read(&$0) }

  /// Numbers of the events before which there are checkpoints, ascending.
  public var checkpointEvents: [UInt64] { checkpoints.map(\.state.event) }

  /// The last checkpoint from which the moment can be reached; nil when that is the start.
  func checkpoint(before point: TimePoint, marker: UInt32?) -> Checkpoint? {
    switch point {
    case .start: nil
    case .end: checkpoints.last
    case .programEnd: event(ofMarker: nil).map { checkpoint(atMost: $0) } ?? checkpoints.last
    case .time(let nanoseconds): checkpoints.last { $0.state.time <= nanoseconds }
    case .event(let number): checkpoint(atMost: number)
    case .pass(let number): checkpoints.last { $0.state.passes < number }
    case .marker: marker.flatMap { event(ofMarker: $0) }.flatMap { checkpoint(atMost: $0) }
    }
  }

  /// The last checkpoint at or before an event.
  func checkpoint(atMost event: UInt64) -> Checkpoint? { checkpoints.last { $0.state.event <= event } }

  private func event(ofMarker name: UInt32?) -> UInt64? { markers?.first { $0.name == name }?.event }

  /// Puts a checkpoint's state into `state`, a new one. False when a section is damaged: `state` is then of no use.
  func restore(_ checkpoint: Checkpoint, into state: inout ReplayState) -> Bool {
    guard unsafe file.read(checkpoint.state, { unsafe CheckpointState.read($0, into: &state) ? true : nil }) != nil
    else { return false }
    var batch = CheckpointCells.Batch()
    for part in checkpoint.parts {
      let count = Int(part.count)
      let isGood = unsafe file.read(part) { bytes -> Bool? in
        part.kind == .cells
          ? unsafe CheckpointCells.read(bytes, count: count, &batch, into: &state)
          : unsafe CheckpointState.readLocks(bytes, count: count, into: &state)
      }
      guard isGood == true else { return false }
      state.objects.relieve()
    }
    return true
  }
}
