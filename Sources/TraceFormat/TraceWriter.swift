// Writes a trace file: header, chunks, index, end marker. Used by the recorder's consumer and by `assemble`; knows
// nothing of rings but the positions it is told. One thread at a time.

import TraceModel

/// How a recorded program ended.
public struct ProgramEnd: Sendable, Equatable {
  /// Exit status, or the signal's number.
  public var status: Int32 = 0
  public var wasSignalled = false
  public init(status: Int32, wasSignalled: Bool = false) {
    self.status = status
    self.wasSignalled = wasSignalled
  }
}

public final class TraceWriter {
  /// The layout of new chunks, chosen by measuring: see docs/FORMAT.md section 5.
  public static let layout = ChunkLayout.columns
  static let compressionLevel: Int32 = 1
  /// Room on the disk that chunks leave for what must come at the end: what is missing, index, end marker.
  static let closingBytes = 128 << 10

  public let path: String
  public let header: TraceHeader
  private let file: OutputFile
  private let encoder = RecordEncoder()
  private let compressor = FrameCompressor(level: TraceWriter.compressionLevel)
  private let layout: ChunkLayout
  private var scanners: [UInt32: StreamScanner] = [:]
  private var pending = TraceIndex()
  private var chunkCount: UInt32 = 0
  private var lastIndexOffset: UInt64 = 0
  /// Chunks of one call, assembled before the one write.
  private var output: [UInt8] = []

  /// Creates the file and writes its header. Refuses an existing file unless `force`.
  public convenience init(
    path: String, header: TraceHeader, force: Bool = false, reserver: SpaceReserver? = nil
  ) throws(TraceError) {
    try self.init(path: path, header: header, force: force, layout: Self.layout, reserver: reserver)
  }

  /// The same with a layout of the caller's choice, for measuring and tests.
  public init(
    path: String, header: TraceHeader, force: Bool, layout: ChunkLayout, reserver: SpaceReserver? = nil
  ) throws(TraceError) {
    self.path = path
    self.header = header
    self.layout = layout
    let bytes = header.encoded()
    guard bytes.count <= Limits.headerBytesMax else {
      throw TraceError(.misuse, path: path, "the file header would have \(bytes.count) bytes")
    }
    file = try OutputFile(path: path, force: force, reserver: reserver)
    try file.append(bytes)
  }

  /// Bytes in the file so far.
  public var bytesWritten: UInt64 { file.size }

  /// Encodes whole records and appends them: first a chunk of the definitions among them, when there are any, then a
  /// chunk of the events. `ringBegin`..<`ringEnd` are the ring positions (16-byte units) that the words fill. On error
  /// nothing of the call stays in the file or its sums. After it returns, the bytes are with the kernel, so the ring's
  /// tail may advance. At most `Limits.chunkRawBytesMax` bytes; `Limits.chunkRawBytesGoal` is best.
  public func appendChunk(
    stream: UInt32, ringBegin: UInt64, ringEnd: UInt64, words: UnsafeBufferPointer<UInt64>, keepsReserve: Bool = true
  ) throws(TraceError) {
    guard words.count * 8 <= Limits.chunkRawBytesMax else {
      throw TraceError(.misuse, path: path, "a chunk of \(words.count * 8) bytes is beyond the limit")
    }
    // N.B. before anything of this call: an index that cannot be written must not look like a chunk that was not.
    if pending.entries.count >= Limits.chunksPerIndex { try writeIndex(keepsReserve: true) }
    let scanner = try scanner(of: stream)
    let sumsBefore = scanner.total
    let firstSequence = scanner.synopsis.events
    let timeBefore = scanner.synopsis.lastTime
    guard let found = unsafe scanner.scan(words) else {
      throw TraceError(.misuse, path: path, "the words are not whole records of known kinds")
    }
    output.removeAll(keepingCapacity: true)
    let entriesBefore = pending.entries.count
    let chunksBefore = chunkCount
    var info = ChunkInfo(kindByte: ChunkKind.definitions.rawValue)
    info.stream = stream
    info.firstSequence = firstSequence
    info.ringBegin = ringBegin
    info.ringEnd = ringBegin
    info.firstTime = timeBefore
    info.lastTime = timeBefore
    var split: (definitions: [UInt64], events: [UInt64]) = ([], [])
    if found.definitions > 0 { split = unsafe Self.split(words, definitionWords: found.definitionWords) }
    if found.definitions > 0 {
      info.eventCount = UInt32(found.definitions)
      unsafe split.definitions.withUnsafeBufferPointer { unsafe assemble(&info, $0) }
    }
    info.kindByte = ChunkKind.events.rawValue
    info.ringEnd = ringEnd
    info.firstTime = found.firstTime
    info.lastTime = found.lastTime
    info.eventCount = UInt32(found.events)
    if found.definitions > 0 {
      unsafe split.events.withUnsafeBufferPointer { unsafe assemble(&info, $0) }
    } else {
      unsafe assemble(&info, words)
    }
    do throws(TraceError) {
      try file.append(output, reserve: keepsReserve ? Self.closingBytes : 0)
    } catch {
      pending.entries.removeLast(pending.entries.count - entriesBefore)
      chunkCount = chunksBefore
      scanner.takeBack(to: sumsBefore)
      throw error
    }
  }

  /// Writes an index chunk now; done by itself every `Limits.chunksPerIndex` chunks.
  public func writeIndex() throws(TraceError) { try writeIndex(keepsReserve: false) }

  private func writeIndex(keepsReserve: Bool) throws(TraceError) {
    guard !pending.entries.isEmpty || lastIndexOffset == 0 else { return }
    pending.previousOffset = lastIndexOffset
    pending.synopses = scanners.keys.sorted().compactMap { scanners[$0]?.total }
    var info = ChunkInfo(kindByte: ChunkKind.index.rawValue)
    let offset = file.size
    output.removeAll(keepingCapacity: true)
    unsafe pending.encoded().withUnsafeBytes { unsafe append(&info, encoded: $0) }
    let before = chunkCount
    do throws(TraceError) {
      try file.append(output, reserve: keepsReserve ? Self.closingBytes : 0)
    } catch {
      pending.entries.removeLast()
      chunkCount = before - 1
      throw error
    }
    lastIndexOffset = offset
    pending = TraceIndex()
  }

  /// Index, end marker, close.
  public func finish(_ end: ProgramEnd) throws(TraceError) {
    try writeIndex()
    let events = scanners.values.reduce(0) { $0 + $1.synopsis.events }
    let body = TraceEnd(indexOffset: lastIndexOffset, events: events, chunks: UInt64(chunkCount), end: end).encoded()
    var info = ChunkInfo(kindByte: ChunkKind.end.rawValue)
    info.sequence = chunkCount
    info.encodedSize = UInt32(body.count)
    info.storedSize = UInt32(body.count)
    let header = unsafe ChunkHeader.encode(info, bodyCheck: body.withUnsafeBytes { unsafe Checksum.check($0) })
    try file.append(header + body)
    try file.close()
  }

  /// Sums of a stream so far; nil when nothing of it was appended.
  public func synopsis(stream: UInt32) -> StreamSynopsis? { scanners[stream]?.total }

  private func scanner(of stream: UInt32) throws(TraceError) -> StreamScanner {
    if let scanner = scanners[stream] { return scanner }
    guard scanners.count < Limits.streamsMax else {
      throw TraceError(.misuse, path: path, "more than \(Limits.streamsMax) streams")
    }
    let scanner = StreamScanner(stream: stream)
    scanners[stream] = scanner
    return scanner
  }

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

  /// One chunk of records into `output`: layout, frame, header.
  private func assemble(_ info: inout ChunkInfo, _ words: UnsafeBufferPointer<UInt64>) {
    info.rawSize = UInt32(words.count * 8)
    if let base = words.baseAddress, words.count > 0, unsafe encoder.encode(base, count: words.count, layout: layout) {
      info.layoutByte = layout.rawValue
      unsafe encoder.output.withUnsafeBytes { unsafe append(&info, encoded: $0) }
    } else {
      info.layoutByte = ChunkLayout.raw.rawValue
      unsafe append(&info, encoded: UnsafeRawBufferPointer(words))
    }
  }

  /// Compresses a body and appends its chunk to `output`; a body that does not shrink is stored.
  private func append(_ info: inout ChunkInfo, encoded: UnsafeRawBufferPointer) {
    info.sequence = chunkCount
    info.offset = file.size + UInt64(output.count)
    info.encodedSize = UInt32(encoded.count)
    let headerPlace = output.count
    let bodyPlace = headerPlace + ChunkHeader.bytes
    output.append(contentsOf: repeatElement(0, count: ChunkHeader.bytes + FrameCompressor.bound(encoded.count)))
    let stored: Int? = unsafe output.withUnsafeMutableBytes { buffer in
      unsafe compressor.compress(encoded, into: UnsafeMutableRawBufferPointer(rebasing: buffer[bodyPlace...]))
    }
    info.codecByte = 1
    var storedCount = stored ?? encoded.count
    if stored == nil || storedCount >= encoded.count {
      info.codecByte = 0
      storedCount = encoded.count
      output.removeLast(output.count - bodyPlace)
      unsafe output.append(contentsOf: encoded)
    } else {
      output.removeLast(output.count - bodyPlace - storedCount)
    }
    info.storedSize = UInt32(storedCount)
    let check = unsafe output.withUnsafeBytes {
      unsafe Checksum.check(UnsafeRawBufferPointer(rebasing: $0[bodyPlace...]))
    }
    let header = ChunkHeader.encode(info, bodyCheck: check)
    output.replaceSubrange(headerPlace..<bodyPlace, with: header)
    chunkCount += 1
    // N.B. an index names the chunks before it, never itself.
    pending.entries.append((info, header))
  }
}
