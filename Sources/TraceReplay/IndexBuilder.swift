// Makes the index file of a trace: one replay of each stream, which sums up chunk by chunk and puts checkpoints down.

import TraceFormat
import TraceModel

/// What `exuvia index` did.
public struct IndexSummary: Sendable {
  public var streams = 0
  public var events: UInt64 = 0
  public var checkpoints = 0
  public var objects: UInt64 = 0
  public var bytes: UInt64 = 0
}

/// When checkpoints are made.
public struct CheckpointSpacing: Sendable {
  /// Fewest events from one to the next.
  public var events: UInt64 = 8_000_000
  /// Fewest events for each object that lives, so that the index does not outgrow the trace where much lives.
  public var eventsPerObject: UInt64 = 5
  public init() {}
  public init(events: UInt64) { (self.events, eventsPerObject) = (max(1, events), 0) }

  func isDue(_ state: borrowing ReplayState, since last: UInt64) -> Bool {
    state.eventNumber &- last >= max(events, state.liveCount &* eventsPerObject)
  }
}

extension TraceFile {
  /// Writes the index file of the trace beside it, or at `path`. `progress` hears how many events are done.
  public func writeIndex(
    to path: String? = nil, spacing: CheckpointSpacing = CheckpointSpacing(), limit: MemoryLimit? = nil,
    progress: (UInt64) -> Void = { _ in }
  ) throws(ReplayError) -> IndexSummary {
    var summary = IndexSummary()
    let writer: CheckpointFileWriter
    do { writer = try CheckpointFileWriter(for: self, path: path) } catch { throw .trace(error) }
    do throws(ReplayError) {
      for stream in Set(chunks.filter { $0.kind == .events && $0.ringTail == nil }.map(\.stream)).sorted() {
        let session = try TraceSession(file: self, stream: stream, usesIndex: false)
        session.limit = limit
        try session.index(writer, spacing, &summary, progress)
      }
      do { try writer.finish() } catch { throw ReplayError.trace(error) }
    } catch {
      writer.abandon()
      throw error
    }
    summary.bytes = writer.bytes
    return summary
  }
}

extension TraceSession {
  /// Sums one stream up.
  fileprivate func index(
    _ writer: CheckpointFileWriter, _ spacing: CheckpointSpacing, _ summary: inout IndexSummary,
    _ progress: (UInt64) -> Void
  ) throws(ReplayError) {
    guard var state = ReplayState(options(), limit: limit) else { throw .outOfMemory }
    state.losses = fileLosses
    var visitor = IndexVisitor(typeCount: definitions.types.count)
    var sections = SectionPen(writer: writer, stream: stream)
    var lastCheckpoint: UInt64 = 0
    let before = summary.events
    do throws(TraceError) {
      let reader = ChunkReader(file, stream: stream)
      while let block = try reader.next() {
        guard let chunk = block.chunk, chunk.ringTail == nil else { continue }
        if !block.isDefinitions && block.firstSequence > state.eventNumber { state.noteGap(to: block.firstSequence) }
        if spacing.isDue(state, since: lastCheckpoint), !state.collector.isInPass {
          try sections.checkpoint(state, before: chunk.sequence, &summary)
          lastCheckpoint = state.eventNumber
        }
        if block.isDefinitions { continue }
        visitor.begin(chunk: chunk.sequence, state)
        var offset = 0
        while offset < block.wordCount {
          let count = block.piece(from: offset, isLimited: limit != nil)
          _ = unsafe state.replay(
            words: block.words + offset, count: count, isDefinitions: false, stop: nil, visitor: &visitor)
          offset += count
          state.objects.relieve()
        }
        visitor.end(state)
        try sections.take(&visitor)
        progress(before + state.eventNumber)
      }
      try sections.finish(&visitor)
    } catch {
      throw .trace(error)
    }
    if state.isOutOfMemory { throw .outOfMemory }
    summary.streams += 1
    summary.events += state.eventNumber
  }
}

/// Turns rows into sections.
private struct SectionPen: ~Copyable {
  let writer: CheckpointFileWriter
  let stream: UInt32
  private var packed = PackedWriter(capacity: 1 << 20)
  private var chunks: [ChunkBounds] = []
  private var passes: [PassRow] = []
  private var types: [TypeBounds] = []

  /// Rows in a section of chunks or passes, and of types.
  private static let rowsPerSection = 1 << 16

  init(writer: CheckpointFileWriter, stream: UInt32) {
    self.writer = writer
    self.stream = stream
  }

  private func section(_ kind: CheckpointSection.Kind, _ count: Int) -> CheckpointSection {
    CheckpointSection(kind, stream: stream, event: 0, time: 0, passes: 0, chunk: 0, count: count)
  }

  mutating func checkpoint(
    _ state: borrowing ReplayState, before chunk: UInt32, _ summary: inout IndexSummary
  ) throws(TraceError) {
    func section(_ kind: CheckpointSection.Kind, _ count: Int) -> CheckpointSection {
      CheckpointSection(
        kind, stream: stream, event: state.eventNumber, time: state.time, passes: state.collector.passCount,
        chunk: chunk, count: count)
    }
    packed.removeAll()
    CheckpointState.write(state, to: &packed)
    try unsafe writer.append(section(.state, 1), packed.bytes)
    var begin = 0
    while begin < state.locks.locks.count {
      let rows = state.locks.locks[begin..<min(begin + CheckpointState.locksPerSection, state.locks.locks.count)]
      packed.removeAll()
      CheckpointState.write(rows, to: &packed)
      try unsafe writer.append(section(.locks, rows.count), packed.bytes)
      begin = rows.endIndex
    }
    var objects: UInt64 = 0
    try unsafe CheckpointCells.write(state) { (bytes, count) throws(TraceError) in
      try unsafe writer.append(section(.cells, count), bytes)
      objects += UInt64(count)
    }
    summary.checkpoints += 1
    summary.objects += objects
  }

  /// Takes the rows of a chunk over, and writes what is enough for a section.
  mutating func take(_ visitor: inout IndexVisitor) throws(TraceError) {
    visitor.take(&chunks, &passes, &types)
    if chunks.count >= Self.rowsPerSection { try flushChunks() }
    if passes.count >= Self.rowsPerSection { try flushPasses() }
    if types.count >= Self.rowsPerSection { try flushTypes() }
  }

  mutating func finish(_ visitor: inout IndexVisitor) throws(TraceError) {
    try take(&visitor)
    try flushChunks()
    try flushPasses()
    try flushTypes()
    packed.removeAll()
    MarkerRow.write(visitor.markers[...], to: &packed)
    try unsafe writer.append(section(.markers, visitor.markers.count), packed.bytes)
  }

  private mutating func flushChunks() throws(TraceError) {
    guard !chunks.isEmpty else { return }
    packed.removeAll()
    ChunkBounds.write(chunks[...], to: &packed)
    try unsafe writer.append(section(.chunks, chunks.count), packed.bytes)
    chunks.removeAll(keepingCapacity: true)
  }

  private mutating func flushPasses() throws(TraceError) {
    var begin = 0
    while begin < passes.count {
      let rows = passes[begin..<min(begin + Self.rowsPerSection, passes.count)]
      packed.removeAll()
      PassRow.write(rows, to: &packed)
      try unsafe writer.append(section(.passes, rows.count), packed.bytes)
      begin = rows.endIndex
    }
    passes.removeAll(keepingCapacity: true)
  }

  private mutating func flushTypes() throws(TraceError) {
    var begin = 0
    while begin < types.count {
      let end = min(begin + Self.rowsPerSection, types.count)
      packed.removeAll()
      for row in types[begin..<end] { row.write(to: &packed) }
      try unsafe writer.append(section(.types, end - begin), packed.bytes)
      begin = end
    }
    types.removeAll(keepingCapacity: true)
  }
}
