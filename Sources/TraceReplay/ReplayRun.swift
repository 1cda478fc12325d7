// A replay under way: the reader, the block that it is in, and how far. So that one part of a trace can be gone through unseen and the next be
// shown.

import TraceFormat
import TraceModel

public struct ReplayRun: ~Copyable {
  public private(set) var state: ReplayState
  private let reader: ChunkReader
  /// What is left of the block at hand; valid until the next is asked for.
  private var block: RecordBlock?
  private var offset = 0

  init(_ state: consuming ReplayState, _ reader: ChunkReader) {
    self.state = state
    self.reader = reader
  }

  /// From now on peaks are those since now.
  mutating func restartPeaks() { (state.peakLive, state.peakBytes) = (state.liveCount, state.liveBytes) }

  /// Ends the decoding ahead.
  public consuming func finish() -> ReplayState {
    reader.stop()
    return state
  }

  /// Replays until the moment comes, or to the end where it is nil. Whether it came.
  mutating func advance<V: EventVisitor & ~Copyable>(
    to stop: StopCondition?, _ visitor: inout V
  ) throws(ReplayError) -> Bool {
    if case .start? = stop?.point { return true }
    while let block = try current() {
      let count = block.piece(from: offset, isLimited: state.objects.isLimited)
      let progress = unsafe state.replay(
        words: block.words + offset, count: count, isDefinitions: block.isDefinitions, stop: stop, visitor: &visitor)
      offset += progress.words
      if progress.hasCome { return true }
      state.objects.relieve()
    }
    return false
  }

  /// Replays the events before number `event`, showing them to `visitor`.
  public mutating func advance<V: EventVisitor & ~Copyable>(
    before event: UInt64, _ visitor: inout V
  ) throws(ReplayError) {
    guard state.eventNumber < event else { return }
    _ = try advance(to: StopCondition(point: .event(event - 1), marker: nil), &visitor)
    if state.isOutOfMemory { throw .outOfMemory }
  }

  /// The block at hand while something of it is left, or the next.
  private mutating func current() throws(ReplayError) -> RecordBlock? {
    if let block, offset < block.wordCount { return block }
    offset = 0
    do { block = try reader.next() } catch { throw .trace(error) }
    if let block, !block.isDefinitions, block.firstSequence > state.eventNumber {
      state.noteGap(to: block.firstSequence)
    }
    return block
  }
}

extension RecordBlock {
  /// Words that are replayed before memory is looked after, where it is limited.
  private static let limitedWords = 1 << 13

  /// Words of the records from `offset` on that are replayed at once: all, or some whole records where memory is limited.
  func piece(from offset: Int, isLimited: Bool) -> Int {
    let left = wordCount - offset
    guard isLimited, left > Self.limitedWords else { return left }
    var cursor = unsafe RecordCursor(words: words + offset, count: left)
    let start = unsafe cursor.record
    while !cursor.isAtEnd, unsafe cursor.record - start < Self.limitedWords { cursor.advance() }
    return unsafe min(left, cursor.record - start)
  }
}
