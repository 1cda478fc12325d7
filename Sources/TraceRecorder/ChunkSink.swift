// Takes batches from the rings and puts them into the trace, or accounts for them: a full disk, a reached limit, and in mode `ring` what was evicted.
// Every record that does not get into the file is counted by stream and cause, and the file is told as soon as it can be written to.
//
// 1. Normally a batch is a chunk. It is encoded in the background while the next ones are drained; chunks are written in the order of their batches,
//    and only then does the ring's tail move past them.
// 2. After a write error batches are counted and let go, but their definitions are kept: they go before the next chunk that can be written.
//    A new attempt is made once a second.
// 3. In mode `ring` batches are kept in memory up to a limit; those that fall out leave their definitions. `finish` writes.

import EventRing
import Glibc
import TraceFormat
import TraceModel

/// Safe: a batch in flight is in a ring that stays mapped until it is written, see `flush`.
@safe final class ChunkSink {
  private let writer: TraceWriter
  private let limit: UInt64?
  /// Mode `ring`: most bytes of kept batches.
  private let keptBytesMax: UInt64?
  private var kept: [Kept] = []
  private var keptFirst = 0
  private var keptBytes: UInt64 = 0
  private var states: [UInt32: StreamState] = [:]
  private var retryTime: UInt64 = 0
  private(set) var failure: TraceError?

  /// Lost records by cause, all streams.
  private(set) var lost: [LossCause: UInt64] = [:]
  var bytesWritten: UInt64 { writer.bytesWritten }
  var recordCount: UInt64 { writer.recordCount }

  private struct Kept {
    let stream: UInt32
    let begin: UInt64
    let end: UInt64
    let words: [UInt64]
  }

  private struct StreamState {
    /// Definitions that a later chunk must bring.
    var definitions: [UInt64] = []
    /// Records lost since the last loss record, by cause.
    var pending: [LossCause: UInt64] = [:]
    /// Latest exact time among them. A loss record bears it: what follows may be older than the moment at which the record is written.
    var lossTime: UInt64 = 0
    var ringEnd: UInt64 = 0
  }

  private static let retryNanoseconds: UInt64 = 1_000_000_000

  /// A batch, still in its ring, whose chunk is being encoded.
  @unsafe private struct InFlight {
    let job: ChunkJob
    let reader: EventReader
    let stream: UInt32
    let batch: RingBatch
  }
  /// Oldest first.
  private var inFlight: [InFlight] = unsafe []
  private let pool = EncodingPool(threads: EncodingPool.usefulThreads)
  /// For jobs that no thread of the pool has begun.
  private let encoder = ChunkEncoder()
  /// Enough that no thread waits for work while a chunk is written; each holds an eighth of its ring at most.
  private static let inFlightMax = min(EncodingPool.usefulThreads + 3, 4)

  init(writer: TraceWriter, mode: RingMode, limit: UInt64?) {
    self.writer = writer
    keptBytesMax = mode == .ring ? limit ?? RecorderOptions.keptBytesDefault : nil
    self.limit = mode == .ring ? nil : limit
  }

  /// Takes the next records of a ring over, about `bytesMax` bytes, and moves the ring's tail past them once they are safe. False when there
  /// are none, or when the ring is damaged.
  func drain(_ reader: EventReader, stream: UInt32, bytesMax: Int) -> Bool {
    if keptBytesMax == nil {
      while unsafe inFlight.count >= Self.inFlightMax { commitOldest() }
      if isUndisturbed(stream) { return start(reader, stream, wordsMax: bytesMax / 8) }
      flush()
    }
    guard let batch = unsafe reader.nextBatch(bytesMax: bytesMax) else { return false }
    let (begin, end) = unsafe (batch.begin / 16, batch.end / 16)
    if keptBytesMax != nil {
      unsafe keep(Kept(stream: stream, begin: begin, end: end, words: Array(batch.words)))
    } else if unsafe !write(stream, begin, end, batch.words) {
      unsafe lose(stream, batch.words)
    }
    unsafe reader.release(upTo: batch.end)
    states[stream, default: StreamState()].ringEnd = end
    return true
  }

  /// Writes the oldest chunk in flight, waiting for it if need be. False when there is none.
  @discardableResult func commitOldest() -> Bool {
    guard unsafe !inFlight.isEmpty else { return false }
    let oldest = unsafe inFlight.removeFirst()
    let job = unsafe oldest.job
    let reader = unsafe oldest.reader
    pool.wait(for: job, encoder: encoder) { reader.isBehind }
    if unsafe !isUndisturbed(oldest.stream) || !tryWriting({ () throws(TraceError) in try writer.commit(job) }) {
      writer.discard(job)
      unsafe lose(oldest.stream, oldest.batch.words)
    }
    unsafe oldest.reader.release(upTo: oldest.batch.end)
    return true
  }

  /// Writes every chunk in flight: before a ring goes away, and before anything that must stand behind them.
  func flush() { while commitOldest() {} }

  /// Has the next chunk encoded in the background.
  private func start(_ reader: EventReader, _ stream: UInt32, wordsMax: Int) -> Bool {
    guard let span = unsafe reader.span() else { return false }
    do throws(TraceError) {
      let (job, taken) = unsafe try writer.prepare(
        stream: stream, ringBegin: reader.position / 16, ring: span, wordsMax: wordsMax)
      guard taken.words > 0 || taken.endsAtPad else {
        reader.noteDamage()
        return false
      }
      let batch = unsafe reader.take(span, words: taken.words, padded: taken.endsAtPad)
      states[stream, default: StreamState()].ringEnd = unsafe batch.end / 16
      // A pad with nothing before it: the lap ends here, go on at the next one.
      guard let job else { return start(reader, stream, wordsMax: wordsMax) }
      pool.submit(job)
      unsafe inFlight.append(InFlight(job: job, reader: reader, stream: stream, batch: batch))
      return true
    } catch {
      flush()
      noteFailure(error)
      return drain(reader, stream: stream, bytesMax: wordsMax * 8)
    }
  }

  /// Nothing is missing so far, and the file takes more.
  private func isUndisturbed(_ stream: UInt32) -> Bool {
    let state = states[stream]
    return retryTime == 0 && !isPastLimit && state?.definitions.isEmpty ?? true && state?.pending.isEmpty ?? true
  }

  /// Counts records that the sink never saw.
  func noteLoss(stream: UInt32, cause: LossCause, records: UInt64) {
    states[stream, default: StreamState()].pending[cause, default: 0] += records
    lost[cause, default: 0] += records
  }

  /// Writes what is still to be written, and the end.
  func finish(_ end: ProgramEnd) {
    flush()
    pool.end()
    for index in keptFirst..<kept.count {
      let batch = kept[index]
      unsafe batch.words.withUnsafeBufferPointer { words in
        if unsafe !write(batch.stream, batch.begin, batch.end, words) { unsafe lose(batch.stream, words) }
      }
    }
    kept = []
    retryTime = 0
    // A reached limit, and the room that is left for the end on a full disk, let the words in that say what is missing: with the kept
    // definitions, or without them where they are too many.
    for stream in states.keys.sorted() where !writePending(stream, isLast: true) {
      states[stream]?.definitions = []
      _ = writePending(stream, isLast: true)
    }
    do throws(TraceError) { try writer.finish(end) } catch { failure = failure ?? error }
  }

  // MARK: Writing

  private var isPastLimit: Bool { limit.map { writer.bytesWritten >= $0 } ?? false }

  private func write(
    _ stream: UInt32, _ begin: UInt64, _ end: UInt64, _ words: UnsafeBufferPointer<UInt64>
  ) -> Bool {
    if isPastLimit { return false }
    if retryTime != 0 {
      guard clockNanoseconds(CLOCK_MONOTONIC) >= retryTime else { return false }
    }
    guard writePending(stream), unsafe appendChunk(stream, begin, end, words) else { return false }
    retryTime = 0
    return true
  }

  /// Kept definitions and loss records go into chunks that hold no ring content.
  private func writePending(_ stream: UInt32, isLast: Bool = false) -> Bool {
    guard let state = states[stream], !state.definitions.isEmpty || !state.pending.isEmpty else { return true }
    let time = max(state.lossTime, writer.synopsis(stream: stream)?.lastTime ?? 0)
    var words = state.definitions
    for cause in LossCause.allCases {
      guard let count = state.pending[cause], count > 0 else { continue }
      words += [UInt64(EventKind.loss.rawValue) | cause.rawValue << 8, time, count, 0]
    }
    let written = unsafe words.withUnsafeBufferPointer { all in
      var rest = unsafe all
      while !rest.isEmpty {
        let part = unsafe prefix(rest)
        guard unsafe appendChunk(stream, state.ringEnd, state.ringEnd, part, keepsReserve: !isLast) else {
          return false
        }
        unsafe rest = UnsafeBufferPointer(rebasing: rest[part.count...])
      }
      return true
    }
    guard written else { return false }
    states[stream]?.definitions = []
    states[stream]?.pending = [:]
    return true
  }

  private func appendChunk(
    _ stream: UInt32, _ begin: UInt64, _ end: UInt64, _ words: UnsafeBufferPointer<UInt64>, keepsReserve: Bool = true
  ) -> Bool {
    tryWriting { () throws(TraceError) in
      unsafe try writer.appendChunk(
        stream: stream, ringBegin: begin, ringEnd: end, words: words, keepsReserve: keepsReserve)
    }
  }

  private func tryWriting(_ body: () throws(TraceError) -> Void) -> Bool {
    do throws(TraceError) {
      try body()
      return true
    } catch {
      noteFailure(error)
      return false
    }
  }

  private func noteFailure(_ error: TraceError) {
    failure = failure ?? error
    retryTime = clockNanoseconds(CLOCK_MONOTONIC) &+ Self.retryNanoseconds
  }

  // MARK: Accounting

  private func lose(_ stream: UInt32, _ words: UnsafeBufferPointer<UInt64>) {
    unsafe keepWhatMatters(stream, words)
    noteLoss(stream: stream, cause: isPastLimit ? .sizeLimit : .diskFull, records: unsafe countRecords(words))
  }

  private func keep(_ batch: Kept) {
    kept.append(batch)
    keptBytes += UInt64(batch.words.count) * 8
    while let most = keptBytesMax, keptBytes > most, keptFirst < kept.count - 1 {
      let oldest = kept[keptFirst]
      let events = unsafe oldest.words.withUnsafeBufferPointer { words in
        unsafe keepWhatMatters(oldest.stream, words)
        return unsafe countRecords(words)
      }
      noteLoss(stream: oldest.stream, cause: .evicted, records: events)
      keptBytes -= UInt64(oldest.words.count) * 8
      keptFirst += 1
      if keptFirst > 64 {
        kept.removeFirst(keptFirst)
        keptFirst = 0
      }
    }
  }

  // MARK: Walks over validated records

  /// Definitions and the latest time of records that are let go.
  private func keepWhatMatters(_ stream: UInt32, _ words: UnsafeBufferPointer<UInt64>) {
    var found: [UInt64] = []
    var time: UInt64 = 0
    unsafe walk(words) { place, count in
      let kind = unsafe Int(words[place] & 0xFF)
      if kind < 16 { unsafe found += words[place..<place + count] }
      if Self.hasTime[kind] { time = unsafe max(time, words[place + 1]) }
      return true
    }
    states[stream, default: StreamState()].definitions += found
    states[stream, default: StreamState()].lossTime = max(states[stream]?.lossTime ?? 0, time)
  }

  private static let hasTime = EventSpec.table.map { $0?.hasTime ?? false }

  /// Records that are no definitions.
  private func countRecords(_ words: UnsafeBufferPointer<UInt64>) -> UInt64 {
    var records: UInt64 = 0
    unsafe walk(words) { place, _ in
      if unsafe words[place] & 0xFF >= 16 { records += 1 }
      return true
    }
    return records
  }

  /// Whole records of a chunk's size.
  private func prefix(_ words: UnsafeBufferPointer<UInt64>) -> UnsafeBufferPointer<UInt64> {
    var end = 0
    unsafe walk(words) { place, count in
      if end > 0, (place + count) * 8 > Limits.chunkRawBytesGoal { return false }
      end = place + count
      return true
    }
    return unsafe UnsafeBufferPointer(rebasing: words[..<end])
  }

  /// Calls `body` with place and word count of each record until it returns false.
  private func walk(_ words: UnsafeBufferPointer<UInt64>, _ body: (Int, Int) -> Bool) {
    var place = 0
    while place + 1 < words.count {
      guard let bytes = unsafe RecordSizes.bytes(word0: words[place], word1: words[place + 1]),
        place + bytes / 8 <= words.count, body(place, bytes / 8)
      else { return }
      place += bytes / 8
    }
  }
}
