// The costly half of writing a chunk: layout, zstd, checksum. It needs nothing of the file and no other chunk, so several threads do it for
// several chunks at once; TraceWriter prepares jobs in order and commits them in the same order.

import TraceModel

/// What `TraceWriter.prepare` hands out: the records of one chunk, and of one of definitions before it when there are any.
///
/// Safe: the words passed to `prepare` stay valid until `commit`; one thread at a time has the job (its owner gives it away and waits for it).
@safe public final class ChunkJob: @unchecked Sendable {
  /// One chunk of the job: its header's content as far as known, its records and, once encoded, its body.
  struct Part {
    var info: ChunkInfo
    let words: Words
    var body: [UInt8] = []
    var bodyCheck: UInt32 = 0
  }

  /// Records of a part: a copy of their own, or those that the caller keeps.
  enum Words {
    case own([UInt64])
    case callers
  }

  private(set) var parts: [Part] = []
  private let callers: UnsafeBufferPointer<UInt64>
  let stream: UInt32
  /// The stream's sums without this job.
  let sumsBefore: StreamSynopsis
  private(set) var isEncoded = false

  /// `found` is what the scan of `words` told.
  init(
    _ words: UnsafeBufferPointer<UInt64>, definitions: ChunkInfo, events: ChunkInfo, found: StreamScanner.Result,
    sumsBefore: StreamSynopsis
  ) {
    unsafe callers = unsafe words
    stream = events.stream
    self.sumsBefore = sumsBefore
    if found.definitions > 0 {
      let split = unsafe RecordSplit.split(words, definitionWords: found.definitionWords)
      parts = [Part(info: definitions, words: .own(split.definitions)), Part(info: events, words: .own(split.events))]
    } else {
      parts = [Part(info: events, words: .callers)]
    }
  }

  /// Encodes all parts. Any thread, with an encoder that no other thread uses.
  public func encode(with encoder: ChunkEncoder) {
    for index in parts.indices {
      switch parts[index].words {
      case .own(let words): unsafe words.withUnsafeBufferPointer { unsafe encoder.encode(&parts[index], $0) }
      case .callers: unsafe encoder.encode(&parts[index], callers)
      }
    }
    isEncoded = true
  }
}

/// Turns records into a chunk's body. One per thread.
///
/// Safe: owned by one thread at a time.
public final class ChunkEncoder: @unchecked Sendable {
  private let encoder = RecordEncoder()
  private let compressor = FrameCompressor(level: TraceWriter.compressionLevel)
  private let layout: ChunkLayout

  public convenience init() { self.init(layout: TraceWriter.layout) }
  init(layout: ChunkLayout) { self.layout = layout }

  func encode(_ part: inout ChunkJob.Part, _ words: UnsafeBufferPointer<UInt64>) {
    part.info.rawSize = UInt32(words.count * 8)
    if let base = words.baseAddress, words.count > 0, unsafe encoder.encode(base, count: words.count, layout: layout) {
      part.info.layoutByte = layout.rawValue
      unsafe encoder.output.withUnsafeBytes { unsafe store(&part, $0) }
    } else {
      part.info.layoutByte = ChunkLayout.raw.rawValue
      unsafe store(&part, UnsafeRawBufferPointer(words))
    }
  }

  /// Compresses a body; one that does not shrink is stored as it is.
  func store(_ part: inout ChunkJob.Part, _ encoded: UnsafeRawBufferPointer) {
    part.info.encodedSize = UInt32(encoded.count)
    part.info.codecByte = 1
    part.body = unsafe [UInt8](unsafeUninitializedCapacity: FrameCompressor.bound(encoded.count)) { buffer, count in
      unsafe count = compressor.compress(encoded, into: UnsafeMutableRawBufferPointer(buffer)) ?? encoded.count
    }
    if part.body.count >= encoded.count {
      part.info.codecByte = 0
      part.body = unsafe [UInt8](encoded)
    }
    part.info.storedSize = UInt32(part.body.count)
    part.bodyCheck = unsafe part.body.withUnsafeBytes { unsafe Checksum.check($0) }
  }
}

/// Definitions apart from events.
enum RecordSplit {
  static func split(
    _ words: UnsafeBufferPointer<UInt64>, definitionWords: Int
  ) -> (definitions: [UInt64], events: [UInt64]) {
    var definitions: [UInt64] = []
    var events: [UInt64] = []
    definitions.reserveCapacity(definitionWords)
    events.reserveCapacity(words.count - definitionWords)
    guard let base = words.baseAddress else { return ([], []) }
    // Runs of one sort are copied at once.
    var cursor = unsafe RecordCursor(words: base, count: words.count)
    var runBegin = unsafe cursor.record
    var runIsDefinitions = cursor.isAtEnd ? false : cursor.kindByte < 16
    while true {
      let isDefinition = cursor.isAtEnd ? !runIsDefinitions : cursor.kindByte < 16
      if isDefinition != runIsDefinitions {
        let run = unsafe UnsafeBufferPointer(start: runBegin, count: cursor.record - runBegin)
        if runIsDefinitions {
          unsafe definitions.append(contentsOf: run)
        } else {
          unsafe events.append(contentsOf: run)
        }
        unsafe runBegin = unsafe cursor.record
        runIsDefinitions = isDefinition
      }
      if cursor.isAtEnd { return (definitions, events) }
      cursor.advance()
    }
  }
}
