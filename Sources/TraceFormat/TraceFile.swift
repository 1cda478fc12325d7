// Opens a trace for reading. Bounds-checks everything; no byte sequence makes it crash, hang or allocate beyond
// `Limits`.

import TraceModel

/// Safe to decode from several threads, each with its own batch: all stored properties are constant after `init` but
/// the definitions, which one thread asks for first.
public final class TraceFile: @unchecked Sendable {
  public enum State: Sendable, Equatable {
    /// Ended cleanly.
    case closed(ProgramEnd)
    /// The recording was killed, or is still going on; the text says how the file ends.
    case unclosed(reason: String)
  }

  public let path: String
  public let header: TraceHeader
  public let state: State
  /// All chunks in file order, index and unknown chunks included, then what the ring file still holds (layout `raw`,
  /// `ringTail` set).
  public let chunks: [ChunkInfo]
  public let losses: [TraceLoss]
  /// Sums per stream from the last index chunk; empty when there is none. Whole only when the state is `closed`.
  public let synopses: [StreamSynopsis]
  /// Of an unclosed trace: what each thread was doing when its ring was last written, by stream.
  public let ringThreads: [UInt32: [RingThread]]
  /// Bytes of the file when it was opened.
  public var size: UInt64 { file.size }

  let file: InputFile
  private let tails: [RingTail]
  private var loadedDefinitions: [UInt32: Definitions]?

  /// Opens `path`. A closed trace is read from its index; of an unclosed one the chunk headers are scanned, and what
  /// its ring file holds is added unless `readsRing` is false.
  public init(path: String, readsRing: Bool = true) throws(TraceError) {
    self.path = path
    file = try InputFile(path: path)
    let (header, headerSize) = try Self.readHeader(file)
    self.header = header
    if let closed = try TraceScan.closed(file, headerSize: UInt64(headerSize)), let end = closed.end {
      state = .closed(end)
      chunks = closed.chunks
      synopses = closed.synopses
      losses = Self.gaps(closed.chunks)
      tails = []
      ringThreads = [:]
      return
    }
    let scan = try TraceScan(file, headerSize: UInt64(headerSize))
    if let end = scan.end {
      state = .closed(end)
      chunks = scan.chunks
      synopses = scan.synopses
      losses = Self.gaps(scan.chunks)
      tails = []
      ringThreads = [:]
      return
    }
    state = .unclosed(reason: scan.reason)
    synopses = scan.synopses
    let rings = readsRing ? Self.rings(header, path: path) : []
    let ring = Self.ringTails(rings, chunks: scan.chunks)
    tails = ring
    ringThreads = Dictionary(rings.map { ($0.stream, $0.threads) }, uniquingKeysWith: { first, _ in first })
    let all = scan.chunks + Self.tailChunks(ring, after: scan.chunks)
    chunks = all
    var found = Self.gaps(all)
    if ring.isEmpty { found.append(TraceLoss(cause: .unclosed, stream: nil, count: nil, offset: file.size)) }
    if scan.tornOffset != nil && ring.isEmpty {
      found.append(TraceLoss(cause: .tornTail, stream: nil, count: nil, offset: scan.tornOffset ?? 0))
    }
    losses = found
  }

  private static func readHeader(_ file: InputFile) throws(TraceError) -> (TraceHeader, Int) {
    let fixed = try file.bytes(at: 0, count: TraceHeader.fixedBytes)
    var size = 0
    do throws(TraceError) {
      size = try sized(fixed, file.size)
      let bytes = try file.bytes(at: 0, count: size)
      guard bytes.count == size else { throw TraceError(.tornHeader, "the file header is cut short") }
      return (try parsed(bytes), size)
    } catch {
      throw error.located(path: file.path, offset: error.kind == .tornHeader ? file.size : 0)
    }
  }

  // N.B. closures of the standard library do not pass typed errors on; hence results.
  private static func sized(_ fixed: [UInt8], _ fileSize: UInt64) throws(TraceError) -> Int {
    try unsafe fixed.withUnsafeBytes { bytes -> Result<Int, TraceError> in
      do throws(TraceError) { return unsafe .success(try TraceHeader.size(fixed: bytes, fileSize: fileSize)) } catch {
        return .failure(error)
      }
    }.get()
  }

  private static func parsed(_ bytes: [UInt8]) throws(TraceError) -> TraceHeader {
    try unsafe bytes.withUnsafeBytes { bytes -> Result<TraceHeader, TraceError> in
      do throws(TraceError) { return unsafe .success(try TraceHeader(bytes: bytes)) } catch { return .failure(error) }
    }.get()
  }

  /// Decodes the chunk `chunks[index]` (kind definitions or events) into `batch`. Checks checksum, limits and every
  /// record. May be called from several threads, each with its own batch.
  public func decode(chunk index: Int, into batch: inout EventBatch) throws(TraceError) {
    guard chunks.indices.contains(index), let kind = chunks[index].kind, kind == .definitions || kind == .events else {
      throw TraceError(.misuse, path: path, "chunk \(index) holds no records")
    }
    let info = chunks[index]
    batch.eventCount = 0
    batch.wordCount = 0
    batch.stream = info.stream
    batch.firstSequence = info.firstSequence
    batch.firstTime = info.firstTime
    batch.lastTime = info.lastTime
    let wordCount = Int(info.rawSize) / 8
    batch.reserve(wordCount: wordCount)
    let isDefinitions = kind == .definitions
    if let tail = info.ringTail {
      let words = tails[tail].words[Int(info.offset)..<Int(info.offset) + wordCount]
      for (place, word) in words.enumerated() { unsafe batch.words[place] = word }
    } else {
      let body = try unsafe readBody(info, batch.scratch)
      try unsafe unpack(info, body, isDefinitions: isDefinitions, into: &batch)
    }
    batch.eventCount = Int(info.eventCount)
    batch.wordCount = wordCount
  }

  /// A chunk's encoded body: header compared, check compared, frame opened. `RecordDecoder.slack` bytes behind it are
  /// readable.
  private func readBody(_ info: ChunkInfo, _ scratch: DecodeScratch) throws(TraceError) -> UnsafeRawBufferPointer {
    let stored = unsafe scratch.stored(ChunkHeader.bytes + Int(info.storedSize))
    guard try unsafe file.read(at: info.offset, into: stored) == stored.count else {
      throw TraceError(.corrupt, path: path, offset: info.offset, "a chunk is cut short")
    }
    let headerBytes = unsafe UnsafeRawBufferPointer(rebasing: stored[..<ChunkHeader.bytes])
    guard case .header(let found, let check) = unsafe ChunkHeader.decode(headerBytes, offset: info.offset),
      found == info
    else {
      throw TraceError(
        .corrupt, path: path, offset: info.offset, "a chunk's header is damaged or does not agree with the index")
    }
    let body = unsafe UnsafeRawBufferPointer(rebasing: stored[ChunkHeader.bytes...])
    if let refusal = unsafe Self.refusal(info, body, check) {
      throw TraceError(.corrupt, path: path, offset: info.offset, refusal)
    }
    let encoded = unsafe scratch.encoded(Int(info.encodedSize))
    if info.codecByte == 0 {
      unsafe encoded.copyMemory(from: body)
    } else if unsafe !scratch.decompressor.decompress(body, into: encoded) {
      throw TraceError(
        .corrupt, path: path, offset: info.offset, "a chunk's zstd frame does not give what its header says")
    }
    return UnsafeRawBufferPointer(encoded)
  }

  static func refusal(_ info: ChunkInfo, _ body: UnsafeRawBufferPointer, _ check: UInt32) -> String? {
    if unsafe Checksum.check(body) != check { return "a chunk's check does not match" }
    if info.codecByte > 1 { return "a chunk has the unknown codec \(info.codecByte)" }
    if info.codecByte == 0, info.storedSize != info.encodedSize { return "a stored chunk has two sizes" }
    return nil
  }

  private func unpack(
    _ info: ChunkInfo, _ body: UnsafeRawBufferPointer, isDefinitions: Bool, into batch: inout EventBatch
  ) throws(TraceError) {
    guard let layout = info.layout else {
      throw TraceError(.corrupt, path: path, offset: info.offset, "a chunk has the unknown layout \(info.layoutByte)")
    }
    let wordCount = Int(info.rawSize) / 8
    guard layout != .raw else {
      guard body.count == wordCount * 8 else {
        throw TraceError(.corrupt, path: path, offset: info.offset, "a raw chunk has two sizes")
      }
      unsafe UnsafeMutableRawBufferPointer(start: batch.words, count: body.count).copyMemory(from: body)
      guard
        unsafe RecordShapes.shared.validate(UnsafeBufferPointer(start: batch.words, count: wordCount))
          == Int(info.eventCount),
        unsafe Self.areAll(UnsafeBufferPointer(start: batch.words, count: wordCount), definitions: isDefinitions)
      else { throw TraceError(.corrupt, path: path, offset: info.offset, "a raw chunk holds what are no records") }
      return
    }
    guard let base = unsafe body.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    let failure = unsafe batch.scratch.decoder.decode(
      base, count: body.count, layout: layout, areDefinitions: isDefinitions, eventCount: Int(info.eventCount),
      into: batch.words, wordCount: wordCount)
    if let failure { throw TraceError(.corrupt, path: path, offset: info.offset, failure) }
  }

  /// Whether all of the (validated) records are definitions, or none.
  private static func areAll(_ words: UnsafeBufferPointer<UInt64>, definitions: Bool) -> Bool {
    guard let base = words.baseAddress else { return true }
    var cursor = unsafe RecordCursor(words: base, count: words.count)
    while !cursor.isAtEnd {
      if (cursor.kindByte < 16) != definitions { return false }
      cursor.advance()
    }
    return true
  }

  /// The definitions of one stream; those of all streams are decoded at the first call. Each stream numbers its own: a forked child starts anew.
  public func definitions(of stream: UInt32) throws(TraceError) -> Definitions {
    if let loadedDefinitions { return loadedDefinitions[stream] ?? Definitions() }
    var definitions: [UInt32: Definitions] = [:]
    var batch = EventBatch()
    for index in chunks.indices where chunks[index].kind == .definitions {
      try decode(chunk: index, into: &batch)
      var own = definitions.removeValue(forKey: batch.stream) ?? Definitions()
      var cursor = batch.cursor
      while !cursor.isAtEnd {
        guard unsafe own.add(cursor.record) else {
          throw TraceError(.corrupt, path: path, offset: chunks[index].offset, "a definition's id is out of order")
        }
        cursor.advance()
      }
      definitions[batch.stream] = own
      guard definitions.count <= Limits.streamsMax else {
        throw TraceError(.corrupt, path: path, offset: chunks[index].offset, "more than \(Limits.streamsMax) streams")
      }
    }
    loadedDefinitions = definitions
    return definitions[stream] ?? Definitions()
  }

  /// Sums per stream: those of the index when the trace is closed, else counted by decoding all of it.
  public func sums() throws(TraceError) -> [StreamSynopsis] {
    if case .closed = state { return synopses }
    var scanners: [UInt32: StreamScanner] = [:]
    var batch = EventBatch()
    for index in chunks.indices where chunks[index].kind == .definitions || chunks[index].kind == .events {
      try decode(chunk: index, into: &batch)
      let scanner = scanners[batch.stream] ?? StreamScanner(stream: batch.stream)
      scanners[batch.stream] = scanner
      guard scanners.count <= Limits.streamsMax,
        unsafe scanner.scan(UnsafeBufferPointer(start: batch.words, count: batch.wordCount)).words == batch.wordCount
      else { throw TraceError(.corrupt, path: path, offset: chunks[index].offset, "a chunk cannot be summed up") }
    }
    return scanners.keys.sorted().compactMap { scanners[$0]?.total }
  }
}
