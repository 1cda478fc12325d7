// Decoded records: the same 64-bit words that stood in the ring, one after the other in one reusable buffer. Decoding
// has validated them: every kind byte is known and every record is whole, so that a cursor needs no checks.

import TraceModel

/// Records of one chunk, in a buffer that the next decode reuses. Owned by one reader; not Sendable while it is being
/// filled.
@safe public struct EventBatch: ~Copyable {
  /// Number of records (definitions count in a batch of a definitions chunk).
  public internal(set) var eventCount = 0
  /// Number of the first event in its stream, counted from 0 without definitions.
  public internal(set) var firstSequence: UInt64 = 0
  public internal(set) var stream: UInt32 = 0
  /// Exact times within the chunk; where it has none, the last exact time before it.
  public internal(set) var firstTime: UInt64 = 0
  public internal(set) var lastTime: UInt64 = 0
  /// Words in use.
  public internal(set) var wordCount = 0
  /// The records. Valid until the next decode into this batch, at most while the batch lives.
  public private(set) var words: UnsafeMutablePointer<UInt64>
  private var capacity: Int
  /// Working memory of the decoder, kept from chunk to chunk.
  let scratch = DecodeScratch()

  /// Room beyond the last record that a decoder may overwrite, in words.
  static let slackWords = 16

  public init() {
    capacity = 0
    unsafe words = UnsafeMutablePointer<UInt64>.allocate(capacity: Self.slackWords)
  }

  deinit { unsafe words.deallocate() }

  /// Makes room for `count` words; the content is lost.
  mutating func reserve(wordCount count: Int) {
    guard count > capacity else { return }
    unsafe words.deallocate()
    unsafe words = UnsafeMutablePointer<UInt64>.allocate(capacity: count + Self.slackWords)
    capacity = count
  }

  /// A cursor before the first record.
  @inlinable public var cursor: RecordCursor { unsafe RecordCursor(words: words, count: wordCount) }
}

/// Safe: owns its buffers; belongs to one batch.
@safe final class DecodeScratch {
  // Made when they are first asked for: most batches of a pool meet no chunk of a short trace.
  private(set) lazy var decompressor = FrameDecompressor()
  private(set) lazy var decoder = RecordDecoder()
  private(set) var stored = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var encoded = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit {
    unsafe stored.deallocate()
    unsafe encoded.deallocate()
  }

  /// A buffer for stored bytes; its content is lost at the next call.
  func stored(_ count: Int) -> UnsafeMutableRawBufferPointer { unsafe Self.room(&stored, count) }
  /// A buffer for encoded bytes, with the decoder's slack behind it.
  func encoded(_ count: Int) -> UnsafeMutableRawBufferPointer {
    let room = unsafe Self.room(&encoded, count)
    for index in count..<count + RecordDecoder.slack { unsafe encoded[index] = 0 }
    return unsafe room
  }

  private static func room(_ buffer: inout UnsafeMutableRawBufferPointer, _ count: Int) -> UnsafeMutableRawBufferPointer
  {
    if buffer.count < count + RecordDecoder.slack {
      unsafe buffer.deallocate()
      unsafe buffer = .allocate(byteCount: count + RecordDecoder.slack, alignment: 16)
    }
    return unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
  }
}

/// Steps over raw records. `while !cursor.isAtEnd { switch cursor.kindByte { ... }; cursor.advance() }`. The words must
/// be validated (`RecordShapes.validate`) and outlive the cursor.
@safe @frozen public struct RecordCursor {
  /// The current record's word 0.
  public var record: UnsafePointer<UInt64>
  public let end: UnsafePointer<UInt64>
  @usableFromInline let shapes: UnsafePointer<UInt8>

  @inlinable public init(words: UnsafePointer<UInt64>, count: Int) {
    unsafe record = unsafe words
    unsafe end = unsafe words + count
    unsafe shapes = unsafe RecordShapes.shared.table
  }

  @inlinable public var isAtEnd: Bool { unsafe record >= end }
  /// Raw value of the record's EventKind.
  @inlinable public var kindByte: UInt8 { unsafe UInt8(truncatingIfNeeded: record[0]) }
  /// Words of the record, payload included.
  @inlinable public var wordCount: Int { unsafe RecordShapes.wordCount(shape: shapes[Int(kindByte)], word1: record[1]) }
  /// To the next record.
  @inlinable public mutating func advance() { unsafe record += wordCount }
}

/// Sizes of records by kind byte, taken from EventSpec: bits 0-6 the fixed words (0: no such kind), bit 7 a payload
/// follows.
@safe @frozen public struct RecordShapes: @unchecked Sendable {
  // Safe: 256 bytes, written once before they are shared, never freed.
  public let table: UnsafePointer<UInt8>

  public static let payloadBit: UInt8 = 0x80
  public static let shared = RecordShapes()

  init() {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    unsafe bytes.initialize(repeating: 0, count: 256)
    for kind in EventKind.allCases {
      let spec = EventSpec.spec(kind)
      unsafe bytes[Int(kind.rawValue)] = UInt8(spec.words) | (spec.hasPayload ? Self.payloadBit : 0)
    }
    unsafe table = unsafe UnsafePointer(bytes)
  }

  /// Words of a record whose kind has `shape` and whose word 1 is `word1`.
  @inlinable public static func wordCount(shape: UInt8, word1: UInt64) -> Int {
    if shape & 0x80 == 0 { return Int(shape) }
    return Int(shape & 0x7F) &+ Int((word1 & 0xFFFF_FFFF) &+ 15) / 16 &* 2
  }

  /// Counts the records in `words`; nil when one is of no known kind, has too long a payload, or is cut.
  public func validate(_ words: UnsafeBufferPointer<UInt64>) -> Int? {
    guard let base = words.baseAddress else { return 0 }
    var offset = 0
    var events = 0
    while offset < words.count {
      let shape = unsafe table[Int(UInt8(truncatingIfNeeded: base[offset]))]
      guard shape != 0, offset + 1 < words.count else { return nil }
      if shape & Self.payloadBit != 0, unsafe base[offset + 1] & 0xFFFF_FFFF > UInt64(payloadBytesMax) { return nil }
      unsafe offset += Self.wordCount(shape: shape, word1: base[offset + 1])
      events += 1
    }
    return offset == words.count ? events : nil
  }
}
