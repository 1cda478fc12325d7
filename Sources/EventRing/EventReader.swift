// The read side of the ring: batches of whole records as they stand in the mapping. The tail moves only when told, after the batch is
// safe elsewhere. Never waits for the writer other than by bounded sleeps; checks every record's size, so that a scribbled ring is an error
// and not a crash.

import Glibc
import Synchronization
import TraceModel

/// Whole records in one piece of the mapping. Valid until the tail is moved past them.
@unsafe public struct RingBatch {
  public let words: UnsafeBufferPointer<UInt64>
  /// Byte positions in the ring. Between the last record and `end` there may be a pad, which is not in `words`.
  public let begin: UInt64
  public let end: UInt64
}

/// Handle of the consumer.
///
/// Safe: owns the mapping until `close`; positions are checked against the capacity before the data is touched.
@safe public final class EventReader {
  private let mapping: RingMapping
  public let path: String
  /// Up to here batches were handed out.
  private var cursor: UInt64
  /// Bytes of the data that were prepared.
  private var prepared: UInt64 = 0

  private init(_ mapping: RingMapping, path: String) {
    self.mapping = mapping
    self.path = path
    cursor = mapping.load64(RingLayout.tail)
  }

  /// Creates a ring file.
  public static func create(path: String, options: RingOptions) throws(RingError) -> EventReader {
    EventReader(try RingMapping.create(path: path, options: options), path: path)
  }

  /// Takes over an existing one.
  public static func open(path: String) throws(RingError) -> EventReader {
    EventReader(try RingMapping.open(path: path), path: path)
  }

  /// Prepares the next sixteenth of the ring's memory, which the writer would else pay for on its first lap: a quarter of the ring at once, and all of
  /// it when an eighth has been written. Takes a few hundred microseconds. False: so much is prepared.
  public func prepareAhead() -> Bool {
    let head = mapping.load64(RingLayout.head)
    let wanted = min(capacity, head > capacity / 8 ? capacity : capacity / 4)
    guard prepared < wanted else { return false }
    mapping.populate(prepared, capacity / 16)
    prepared += capacity / 16
    return true
  }

  /// Unmaps. The reader is not used after it.
  public func close() { mapping.unmap() }

  // MARK: Records

  /// Bytes written and not yet handed out.
  public var available: UInt64 {
    let head = mapping.load64(RingLayout.head)
    return head &- cursor <= mapping.capacity ? head &- cursor : mapping.capacity
  }

  public var capacity: UInt64 { mapping.capacity }

  /// Byte position of the next `span`.
  public var position: UInt64 { cursor }

  /// Whether the next record cannot be made out: the ring was scribbled on. `skipDamage` goes on behind it.
  public private(set) var isDamaged = false

  /// What was written and not yet handed out, in one piece up to the end of the lap; the caller finds out what whole records it holds, and
  /// `take`s them. Nil when there is nothing, or when the ring is damaged.
  public func span() -> UnsafeBufferPointer<UInt64>? {
    let head = mapping.load64(RingLayout.head)
    guard head != cursor, !isDamaged else { return nil }
    guard head &- cursor <= mapping.capacity, cursor & 15 == 0 else {
      isDamaged = true
      return nil
    }
    let place = Int(cursor & (mapping.capacity &- 1))
    let base = unsafe (mapping.base + RingLayout.dataOffset + place).assumingMemoryBound(to: UInt64.self)
    return unsafe UnsafeBufferPointer(start: base, count: Int(min(head &- cursor, lapRest)) / 8)
  }

  private var lapRest: UInt64 { mapping.capacity &- (cursor & (mapping.capacity &- 1)) }

  /// Hands out the first `words` of a `span`, and with `padded` the pad behind them that fills the lap.
  public func take(_ span: UnsafeBufferPointer<UInt64>, words: Int, padded: Bool) -> RingBatch {
    let begin = cursor
    cursor &+= padded ? lapRest : UInt64(words) * 8
    return unsafe RingBatch(words: UnsafeBufferPointer(rebasing: span[..<words]), begin: begin, end: cursor)
  }

  /// Says that the next record cannot be made out.
  public func noteDamage() { isDamaged = true }

  /// The next whole records, about `bytesMax` bytes at most; nil when there are none, or when the ring is damaged.
  public func nextBatch(bytesMax: Int) -> RingBatch? {
    guard let span = unsafe span() else { return nil }
    var scan = RecordScan()
    unsafe scan.run(span, bytesMax: bytesMax)
    isDamaged = scan.isDamaged
    let isPadded = scan.endsAtPad && UInt64(span.count) * 8 == lapRest
    guard scan.bytes > 0 else {
      // A pad with nothing before it: the lap ends here, go on at the next one.
      if isPadded {
        cursor &+= lapRest
        return unsafe nextBatch(bytesMax: bytesMax)
      }
      isDamaged = true
      return nil
    }
    return unsafe take(span, words: scan.bytes / 8, padded: isPadded)
  }

  /// Gives up what lies between here and the head. Returns the bytes given up.
  public func skipDamage() -> UInt64 {
    let head = mapping.load64(RingLayout.head)
    let lost = head &- cursor
    cursor = head
    isDamaged = false
    return lost
  }

  /// Everything that was handed out is safe elsewhere.
  public func release() { release(upTo: cursor) }

  /// What was handed out up to `position`, a batch's `end`, is safe elsewhere: its room is the writer's again.
  public func release(upTo position: UInt64) {
    mapping.store64(RingLayout.tail, position)
    mapping.add32(RingLayout.drainCount, 1)
    if mapping.load32(RingLayout.writerWaits) != 0 { mapping.wake32(RingLayout.drainCount) }
  }

  /// Sleeps until the writer of this or, when this is the root ring, of any ring wakes us, at most `nanoseconds`. `endIsNews`: the end of
  /// this stream is a reason not to sleep.
  public func sleep(nanoseconds: UInt64, endIsNews: Bool = true) {
    mapping.add64(RingLayout.heartbeat, 1)
    unsafe mapping.word32(RingLayout.consumerSleeps).pointee.store(1, ordering: .sequentiallyConsistent)
    if available <= mapping.capacity / 4, !endIsNews || mapping.load64(RingLayout.endState) == 0 {
      _ = mapping.wait32(RingLayout.consumerSleeps, 1, nanoseconds: nanoseconds)
    }
    mapping.store32(RingLayout.consumerSleeps, 0)
  }

  // MARK: Status

  public var stream: UInt32 { mapping.load32(RingLayout.stream) }
  public var parentStream: UInt32 { mapping.load32(RingLayout.parentStream) }
  public var writerPid: UInt32 { mapping.load32(RingLayout.writerPid) }
  public var consumerPid: UInt32 { mapping.load32(RingLayout.consumerPid) }
  public var startMonotonic: UInt64 { mapping.load64(RingLayout.startMonotonic) }
  public var startRealtime: UInt64 { mapping.load64(RingLayout.startRealtime) }
  /// Records that the writer dropped.
  public var droppedEvents: UInt64 { mapping.load64(RingLayout.droppedEvents) }
  public var stalledNanoseconds: UInt64 { mapping.load64(RingLayout.stalledNanoseconds) }
  /// Whether the writer has ended, or waits for room or soon will: a processor is better used here than by it.
  public var isBehind: Bool {
    mapping.load64(RingLayout.endState) != 0
      || mapping.load64(RingLayout.head) &- mapping.load64(RingLayout.tail) > mapping.capacity / 4 * 3
  }
  /// Exit status of a stream that ended cleanly.
  public var endStatus: Int32? {
    let state = mapping.load64(RingLayout.endState)
    return state & RingLayout.endedBit == 0 ? nil : Int32(truncatingIfNeeded: state)
  }
  /// In the root ring: streams announced so far, itself included. Stream n has the ring file `path.n`.
  public var announcedStreams: UInt32 { mapping.load32(RingLayout.nextStream) }

  /// Says whether the consumer is stopped with the program.
  public func setStopped(_ isStopped: Bool) { mapping.store32(RingLayout.consumerStopped, isStopped ? 1 : 0) }

  /// Who drains this ring; 0: nobody does any more, so a full ring drops at once.
  public func setConsumer(pid: UInt32) { mapping.store32(RingLayout.consumerPid, pid) }
}

/// Steps over records, up to a pad, a limit, a cut record or damage.
struct RecordScan {
  var bytes = 0
  var endsAtPad = false
  /// The next record is of no known kind or runs over the end.
  var isDamaged = false

  mutating func run(_ words: UnsafeBufferPointer<UInt64>, bytesMax: Int) {
    let total = words.count * 8
    unsafe RecordSizes.table.withUnsafeBufferPointer { sizes in
      while bytes < total {
        let word0 = unsafe words[bytes / 8]
        let entry = unsafe sizes[Int(word0 & 0xFF)]
        // Most records have 16 bytes; the branch lets the processor go on to the next one before it knows this one's size.
        if entry == 16 {
          if bytes + 16 > bytesMax, bytes > 0 { return }
          bytes += 16
          continue
        }
        if entry == 0 {
          endsAtPad = word0 == RingLayout.padKind | UInt64(total - bytes) << 8
          isDamaged = !endsAtPad
          return
        }
        var size = Int(entry & 0x7F)
        if entry & 0x80 != 0 {
          let length = unsafe words[bytes / 8 + 1] & 0xFFFF_FFFF
          if length > UInt64(payloadBytesMax) {
            isDamaged = true
            return
          }
          size += (Int(length) + 15) & ~15
        }
        if bytes + size > total {
          isDamaged = true
          return
        }
        if bytes + size > bytesMax, bytes > 0 { return }
        bytes += size
      }
    }
  }
}
