// What a chunk's header says. Layout of its 80 bytes: ChunkHeader.swift and docs/FORMAT.md.

public enum ChunkKind: UInt8, Sendable {
  case definitions = 1
  case events = 2
  case index = 3
  case end = 4
}

/// How a chunk's records are laid out before zstd. 1 and 2 were earlier codings.
public enum ChunkLayout: UInt8, Sendable, CaseIterable {
  /// The words as they stood in the ring.
  case raw = 0
  /// Record after record, predicted and in varints.
  case rows = 5
  /// One column per field of each kind.
  case columns = 6
}

public struct ChunkInfo: Sendable, Equatable {
  /// Raw kind byte; `kind` is nil where this version does not know it.
  public var kindByte: UInt8
  public var kind: ChunkKind? { ChunkKind(rawValue: kindByte) }
  public var layoutByte: UInt8 = 0
  public var layout: ChunkLayout? { ChunkLayout(rawValue: layoutByte) }
  /// Whether the body is a zstd frame (1) or stored (0).
  public var codecByte: UInt8 = 0
  public var stream: UInt32 = 0
  /// Number of the chunk in the file, from 0.
  public var sequence: UInt32 = 0
  /// Ring positions held, in units of 16 bytes since the stream's start; equal in chunks that hold no ring content.
  public var ringBegin: UInt64 = 0
  public var ringEnd: UInt64 = 0
  /// Nanoseconds since the stream's start, see `EventBatch.firstTime`.
  public var firstTime: UInt64 = 0
  public var lastTime: UInt64 = 0
  /// Number of the chunk's first event in its stream, definitions not counted.
  public var firstSequence: UInt64 = 0
  /// Records in the chunk.
  public var eventCount: UInt32 = 0
  /// Bytes of the decoded records, of the layout's encoding, and as stored.
  public var rawSize: UInt32 = 0
  public var encodedSize: UInt32 = 0
  public var storedSize: UInt32 = 0
  /// Byte offset of the chunk's header in the file; for a chunk from a ring file, its place there.
  public var offset: UInt64 = 0
  /// Index into the tails taken from a ring file; nil for chunks of the trace file itself.
  public var ringTail: Int?

  public init(kindByte: UInt8) { self.kindByte = kindByte }
}

/// A loss that the reader found; losses recorded as events stand in the events.
public struct TraceLoss: Sendable, Equatable {
  public enum Cause: Sendable, Equatable { case unclosed, tornTail, ringSequenceGap }
  public let cause: Cause
  public let stream: UInt32?
  /// Number of lost ring units; nil when unknown.
  public let count: UInt64?
  public let offset: UInt64
}

/// What a ring file still holds of a stream: whole committed records from ring position `begin` (16-byte units) on.
public struct RingTail: Sendable {
  public let stream: UInt32
  public let begin: UInt64
  public let words: [UInt64]
  /// Whether the producer died in the middle of a record (the rest is lost, a torn record).
  public let isTorn: Bool
  public init(stream: UInt32, begin: UInt64, words: [UInt64], isTorn: Bool) {
    self.stream = stream
    self.begin = begin
    self.words = words
    self.isTorn = isTorn
  }
}
