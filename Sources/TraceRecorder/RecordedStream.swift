// One ring and the process that writes it: draining, and finding out that the writer has ended. The root's writer is our child and is
// waited for elsewhere.

import EventRing
import Glibc
import TraceFormat
import TraceModel

final class RecordedStream {
  let reader: EventReader
  let stream: UInt32
  private var drainTime: UInt64
  private let foundTime: UInt64
  private var watch: ProcessWatch?

  /// A ring with little in it is drained after this time, so that a reader of the growing trace sees it.
  private static let ageNanoseconds: UInt64 = 1_000_000_000
  /// So long a forked child may take until it owns its ring and writes to it.
  private static let takeoverNanoseconds: UInt64 = 1_000_000_000

  init(_ reader: EventReader) {
    self.reader = reader
    stream = reader.stream
    foundTime = clockNanoseconds(CLOCK_MONOTONIC)
    drainTime = foundTime
  }

  /// Moves what is worth a chunk, or everything, to the sink. Returns whether anything was moved.
  func drain(into sink: ChunkSink, everything: Bool) -> Bool {
    let now = clockNanoseconds(CLOCK_MONOTONIC)
    let worthwhile = min(UInt64(Limits.chunkRawBytesGoal), reader.capacity / 8)
    let isOld = now &- drainTime >= Self.ageNanoseconds
    var moved = false
    while reader.available >= (everything || isOld ? 1 : worthwhile) {
      if !sink.drain(reader, stream: stream, bytesMax: Int(worthwhile)) {
        guard reader.isDamaged else { break }
        sink.flush()
        // Someone else wrote into the mapping. How many records it was cannot be known: at least one for each three units.
        sink.noteLoss(stream: stream, cause: .corruptChunk, records: max(1, reader.skipDamage() / 48))
        reader.release()
      }
      moved = true
      // A steady writer must not keep us from the other rings and from signals.
      if !everything { break }
    }
    if moved || reader.available == 0 { drainTime = now }
    return moved
  }

  /// Whether a forked child's stream has come to its end. What it wrote before may still be in the ring.
  func hasEnded() -> Bool {
    if reader.endStatus != nil { return true }
    let pid = pid_t(bitPattern: reader.writerPid)
    if watch?.pid != pid { watch = ProcessWatch(pid: pid) }
    guard watch?.hasEnded() ?? true, pid_t(bitPattern: reader.writerPid) == pid else { return false }
    // The forking parent stands in for a child that has not taken over yet: it may have ended while the child still waits for a processor.
    let isUntouched = reader.position == 0 && reader.available == 0
    return !isUntouched || clockNanoseconds(CLOCK_MONOTONIC) &- foundTime >= Self.takeoverNanoseconds
  }

  /// Unmaps and deletes the ring.
  func remove() {
    let path = reader.path
    reader.close()
    unsafe unlink(path)
  }
}
