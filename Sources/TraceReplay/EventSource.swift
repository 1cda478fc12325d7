// Where events come from: chunks of a trace file, decoded ahead of the replay by a thread of their own, or words in memory (tests).
// Hands out one batch after the other, in file order; knows nothing of what events mean.

import Glibc
import TraceFormat
import TraceModel

/// What was decoded: records of one chunk.
///
/// Safe: the words were validated by the decoder and stay until the next block is asked for.
@safe public struct RecordBlock {
  /// Safe to read until the next block is asked for.
  public let words: UnsafePointer<UInt64>
  public let wordCount: Int
  /// Number of the first event, for blocks of events.
  public let firstSequence: UInt64
  public let isDefinitions: Bool
  /// What the chunk's header says, where there is one.
  public let chunk: ChunkInfo?
  /// Records that the decoder found.
  public let eventCount: Int
}

/// Chunks of one stream, its definitions included, decoded some chunks ahead in a thread. One thread uses it.
///
/// N.B. the decoding thread knows only `ahead`: it may hold what it works with for a moment longer than everybody else, and would end the life of
/// the reader, join itself and leave its stack behind for ever.
public final class ChunkReader {
  private let ahead: DecodingAhead

  /// Chunks of `stream` of `file`, from the chunk with this number in the file on.
  public convenience init(_ file: TraceFile, stream: UInt32, from first: UInt32 = 0) {
    self.init(
      file,
      chunks: file.chunks.indices.filter {
        let chunk = file.chunks[$0]
        return chunk.stream == stream && chunk.sequence >= first
          && (chunk.kind == .definitions || chunk.kind == .events)
      })
  }

  /// These chunks of `file`, which must be of definitions or events, in this order.
  public init(_ file: TraceFile, chunks: [Int]) { ahead = DecodingAhead(file, chunks) }

  deinit { ahead.stop() }

  /// The next block, or nil at the end. The block before it becomes invalid.
  public func next() throws(TraceError) -> RecordBlock? { try ahead.next() }

  /// Ends the decoding thread. Done by itself at the end of life.
  public func stop() { ahead.stop() }
}

/// What a `ChunkReader` and its decoding thread share.
///
/// Safe: batch `takenCount - 1`, modulo the pool, is the reader's until it asks for the next; the decoder has those from `decodedCount` on that are
/// free, as `releasedCount` says. Both counts change only under `mutex`. `file` may be decoded from several threads, each with its own batch.
@safe private final class DecodingAhead: @unchecked Sendable {
  private static let poolCount = 4
  private let file: TraceFile
  private let indices: [Int]
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let batches = UnsafeMutablePointer<EventBatch>.allocate(capacity: DecodingAhead.poolCount)
  private var thread = pthread_t()
  private var isStarted = false
  // Under `mutex`.
  private var decodedCount = 0
  private var releasedCount = 0
  private var isCancelled = false
  private var error: TraceError?
  // The reader's own.
  private var takenCount = 0

  init(_ file: TraceFile, _ chunks: [Int]) {
    self.file = file
    indices = chunks
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
    for index in 0..<Self.poolCount { unsafe (batches + index).initialize(to: EventBatch()) }
  }

  deinit {
    for index in 0..<Self.poolCount { unsafe (batches + index).deinitialize(count: 1) }
    unsafe batches.deallocate()
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
    unsafe condition.deallocate()
  }

  func next() throws(TraceError) -> RecordBlock? {
    if !isStarted { start() }
    unsafe pthread_mutex_lock(mutex)
    if takenCount > releasedCount {
      releasedCount = takenCount
      unsafe pthread_cond_broadcast(condition)
    }
    while decodedCount == takenCount && error == nil && takenCount < indices.count {
      unsafe pthread_cond_wait(condition, mutex)
    }
    let isReady = decodedCount > takenCount
    let failure = error
    unsafe pthread_mutex_unlock(mutex)
    guard isReady else {
      if let failure { throw failure }
      return nil
    }
    let chunk = file.chunks[indices[takenCount]]
    let batch = unsafe batches + takenCount % Self.poolCount
    takenCount += 1
    return unsafe RecordBlock(
      words: batch.pointee.words, wordCount: batch.pointee.wordCount, firstSequence: chunk.firstSequence,
      isDefinitions: chunk.kind == .definitions, chunk: chunk, eventCount: batch.pointee.eventCount)
  }

  /// Ends the decoding thread, if there is one.
  func stop() {
    guard isStarted else { return }
    unsafe pthread_mutex_lock(mutex)
    isCancelled = true
    unsafe pthread_cond_broadcast(condition)
    unsafe pthread_mutex_unlock(mutex)
    pthread_join(thread, nil)
    isStarted = false
  }

  private func start() {
    isStarted = true
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    let result = unsafe pthread_create(
      &thread, nil,
      { argument in
        if let argument = unsafe argument {
          unsafe Unmanaged<DecodingAhead>.fromOpaque(argument).takeUnretainedValue().decodeAll()
        }
        return nil
      }, unsafe context)
    if result != 0 {
      isStarted = false
      error = TraceError(.system(result), path: file.path, "no thread for decoding (errno \(result))")
    }
  }

  private func decodeAll() {
    for position in indices.indices {
      unsafe pthread_mutex_lock(mutex)
      while position - releasedCount >= Self.poolCount && !isCancelled { unsafe pthread_cond_wait(condition, mutex) }
      let stops = isCancelled
      unsafe pthread_mutex_unlock(mutex)
      if stops { return }
      do {
        unsafe try file.decode(chunk: indices[position], into: &batches[position % Self.poolCount])
        publish(nil)
      } catch {
        publish(error)
        return
      }
    }
  }

  private func publish(_ failure: TraceError?) {
    unsafe pthread_mutex_lock(mutex)
    if let failure { error = failure } else { decodedCount += 1 }
    unsafe pthread_cond_broadcast(condition)
    unsafe pthread_mutex_unlock(mutex)
  }
}
