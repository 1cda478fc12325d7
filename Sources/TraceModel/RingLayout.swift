// Where everything stands in a ring file: the shared mapping between the traced process and the recorder, and what is left on disk
// when either of them is killed. Constants only; EventRing writes and drains it, TraceFormat reads a ring that was left behind.
//
//     offset   size  owner     content
//     0        128   creator   identity: magic, version, capacity, mode, process ids, start clocks, end state
//     128      64    writer    head (the commit word), counted drops and stalls
//     192      64    consumer  tail, heartbeat
//     256      64    both      futex words
//     320      64    writer    who holds the GIL
//     384      64    all       the root ring only: the next free stream number
//     4096     16384 threads   256 rows of 64 bytes, one per living thread
//     20480    capacity        records
//
// Head and tail are byte positions that only grow; a position's place is `dataOffset + (position & (capacity - 1))`. A record never runs
// over the end of the data: a pad record (kind 0) fills the rest of the lap. All numbers are little-endian.

/// Byte offsets and sizes of a ring file.
public enum RingLayout {
  /// "EXVRING1" read as a little-endian number. Stored last, so that a ring without it is not yet (or no) ring.
  public static let magicValue: UInt64 = 0x3147_4e49_5256_5845
  public static let versionValue: UInt32 = 1

  // Identity.
  public static let magic = 0
  public static let version = 8
  public static let capacity = 16
  /// `RingMode`, 32 bits.
  public static let mode = 24
  /// `RecordingLevel` that the recorder asked for, 32 bits.
  public static let detail = 28
  /// The traced process; 0 before it attached. 32 bits each from here on.
  public static let writerPid = 32
  public static let consumerPid = 36
  /// This ring's stream, and the stream of the process that forked it (equal for the root).
  public static let stream = 40
  public static let parentStream = 44
  /// Nanoseconds of CLOCK_MONOTONIC and CLOCK_REALTIME at the start of the recording; the same in all rings of one recording.
  public static let startMonotonic = 48
  public static let startRealtime = 56
  /// 0 while the program runs; `endedBit | exit status` after a clean end of the stream.
  public static let endState = 64
  public static let endedBit: UInt64 = 1 << 32

  // The writer's line.
  @inlinable public static var head: Int { 128 }
  /// Records that were not written, and how many of them were definitions.
  public static let droppedEvents = 136
  public static let droppedDefinitions = 144
  /// How long the writer waited for room in all, in nanoseconds.
  public static let stalledNanoseconds = 152
  /// 1 while the writer drops what does not fit, `droppingForever` when it found the consumer dead or stuck, else 0. 32 bits.
  public static let dropping = 160
  public static let droppingForever: UInt32 = 2
  /// Records dropped since the last loss record, which a program that is killed no longer writes, and when the first of them was. 64 bits each.
  public static let pendingLoss = 168
  public static let pendingLossTime = 176

  // The consumer's line.
  public static let tail = 192
  public static let heartbeat = 200

  // Futex words, 32 bits.
  /// 1 while the consumer sleeps; the writer clears it and wakes.
  public static let consumerSleeps = 256
  /// Counts advances of the tail; a writer that waits for room waits on it.
  public static let drainCount = 260
  /// 1 while the writer waits for room.
  public static let writerWaits = 264

  /// 1 while the consumer has stopped itself because the program was stopped; a program that was continued alone continues it.
  public static let consumerStopped = 268

  /// Thread id of the GIL's holder, 0 for nobody. 32 bits.
  public static let gilHolder = 320

  /// In the root ring: the next stream number. A number that was taken announces the ring file `F.ring.<number>`. 32 bits.
  public static let nextStream = 384

  // Thread rows.
  public static let threadRows = 4096
  public static let threadRowCount = 256
  public static let threadRowBytes = 64
  /// Within a row. Thread id (0: the row is free) and the kernel's thread id, 32 bits each.
  public static let rowThread = 0
  public static let rowKernelThread = 4
  /// 0 when running; else 1 + the lock that the thread waits for. 64 bits.
  public static let rowWaiting = 8
  /// Nanoseconds since the start when the wait began.
  public static let rowSince = 16

  /// First byte of the records.
  @inlinable public static var dataOffset: Int { 20_480 }

  public static let capacityMin: UInt64 = 1 << 17
  public static let capacityMax: UInt64 = 1 << 30
  public static let capacityDefault: UInt64 = 1 << 24
  /// A forked child's ring.
  public static let capacityChild: UInt64 = 1 << 20

  /// Kind byte of the record that fills the rest of a lap. Its word 0 holds the filled bytes in bits 8-63.
  public static let padKind: UInt64 = 0

  /// Most bytes of one record.
  public static let recordBytesMax = 48 + payloadBytesMax
}

/// What happens when the ring is full.
public enum RingMode: UInt32, CaseIterable, Sendable {
  /// The program waits for a consumer that makes progress.
  case block
  /// The record is dropped and counted.
  case drop
  /// As block; the consumer keeps only the last part.
  case ring
}

/// Sizes of raw records, from the table of events.
public enum RecordSizes {
  /// Bytes of the fixed words by kind byte; 0 for a kind that does not exist. Bit 7: a payload follows.
  public static let table: [UInt8] = EventSpec.table.map { spec in
    guard let spec else { return 0 }
    return UInt8(spec.words * 8) | (spec.hasPayload ? 0x80 : 0)
  }

  /// Bytes of the record that starts with these words, or nil for an unknown kind or a payload beyond `payloadBytesMax`.
  public static func bytes(word0: UInt64, word1: UInt64) -> Int? {
    let entry = table[Int(word0 & 0xFF)]
    guard entry != 0 else { return nil }
    let fixed = Int(entry & 0x7F)
    guard entry & 0x80 != 0 else { return fixed }
    let length = Int(word1 & 0xFFFF_FFFF)
    guard length <= payloadBytesMax else { return nil }
    return fixed + (length + 15) & ~15
  }
}
