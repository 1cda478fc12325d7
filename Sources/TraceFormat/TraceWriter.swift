// Writes a trace file: header, chunks, index, end marker. Used by the recorder's consumer and by `assemble`; knows
// nothing of rings but the positions it is told. One thread at a time; the costly part of a chunk is a ChunkJob, which any
// thread may encode between `prepare` and `commit`.

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

/// What `TraceWriter.prepare` found in a ring.
public struct RingPart: Sendable {
  /// Words of whole, known records.
  public let words: Int
  /// Behind them a pad fills the rest.
  public let endsAtPad: Bool
  /// Behind them stands what is no whole, known record.
  public let isDamaged: Bool
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
  private let encoder: ChunkEncoder
  private var scanners: [UInt32: StreamScanner] = [:]
  private var pending = TraceIndex()
  private var chunkCount: UInt32 = 0
  private var lastIndexOffset: UInt64 = 0

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
    encoder = ChunkEncoder(layout: layout)
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
    let job = unsafe try prepare(stream: stream, ringBegin: ringBegin, ringEnd: ringEnd, words: words)
    job.encode(with: encoder)
    try commit(job, keepsReserve: keepsReserve)
  }

  /// The first third of `appendChunk`: checks the words and adds them to the sums. The words must stay valid until the job is committed.
  func prepare(
    stream: UInt32, ringBegin: UInt64, ringEnd: UInt64, words: UnsafeBufferPointer<UInt64>
  ) throws(TraceError) -> ChunkJob {
    guard words.count * 8 <= Limits.chunkRawBytesMax else {
      throw TraceError(.misuse, path: path, "a chunk of \(words.count * 8) bytes is beyond the limit")
    }
    let scanner = try scanner(of: stream)
    let before = scanner.total
    let found = unsafe scanner.scan(words)
    guard found.words == words.count else {
      scanner.takeBack(to: before)
      throw TraceError(.misuse, path: path, "the words are not whole records of known kinds")
    }
    return unsafe job(words, ringBegin, ringEnd, found, before)
  }

  /// The first third of `appendChunk` for what stands in a ring from position `ringBegin` on: takes whole records, up to the first that
  /// begins at `wordsMax` or behind it. What was taken must stay valid until the job is committed. There is no job where nothing is.
  public func prepare(
    stream: UInt32, ringBegin: UInt64, ring: UnsafeBufferPointer<UInt64>, wordsMax: Int
  ) throws(TraceError) -> (job: ChunkJob?, taken: RingPart) {
    let scanner = try scanner(of: stream)
    let before = scanner.total
    let found = unsafe scanner.scan(ring, wordsMax: wordsMax)
    let taken = RingPart(words: found.words, endsAtPad: found.endsAtPad, isDamaged: found.isDamaged)
    guard found.words > 0 else { return (nil, taken) }
    let ringEnd = ringBegin + UInt64(found.endsAtPad ? ring.count : found.words) / 2
    let words = unsafe UnsafeBufferPointer(rebasing: ring[..<found.words])
    return unsafe (job(words, ringBegin, ringEnd, found, before), taken)
  }

  private func job(
    _ words: UnsafeBufferPointer<UInt64>, _ ringBegin: UInt64, _ ringEnd: UInt64, _ found: StreamScanner.Result,
    _ before: StreamSynopsis
  ) -> ChunkJob {
    var definitions = ChunkInfo(kindByte: ChunkKind.definitions.rawValue)
    definitions.stream = before.stream
    definitions.firstSequence = before.events
    definitions.ringBegin = ringBegin
    definitions.ringEnd = ringBegin
    definitions.firstTime = before.lastTime
    definitions.lastTime = before.lastTime
    definitions.eventCount = UInt32(found.definitions)
    var events = definitions
    events.kindByte = ChunkKind.events.rawValue
    events.ringEnd = ringEnd
    events.firstTime = found.firstTime
    events.lastTime = found.lastTime
    events.eventCount = UInt32(found.events)
    return unsafe ChunkJob(words, definitions: definitions, events: events, found: found, sumsBefore: before)
  }

  /// The last third: puts an encoded job's chunks into the file, all or none. Jobs of a stream are committed in the order in which they
  /// were prepared; after an error, and for a job that is given up, call `discard`.
  public func commit(_ job: ChunkJob, keepsReserve: Bool = true) throws(TraceError) {
    precondition(job.isEncoded, "a chunk is encoded before it is committed")
    do throws(TraceError) {
      // N.B. before anything of this call: an index that cannot be written must not look like a chunk that was not.
      if pending.entries.count >= Limits.chunksPerIndex { try writeIndex(keepsReserve: true) }
      var output: [UInt8] = []
      var entries: [(info: ChunkInfo, header: [UInt8])] = []
      for part in job.parts {
        let placed = place(part, after: output.count, sequence: chunkCount + UInt32(entries.count))
        output += placed.header
        output += part.body
        entries.append(placed)
      }
      try file.append(output, reserve: keepsReserve ? Self.closingBytes : 0)
      chunkCount += UInt32(entries.count)
      pending.entries += entries
    } catch {
      discard(job)
      throw error
    }
  }

  /// Takes a job that does not get into the file out of the stream's sums, and those prepared after it, which may not be committed either.
  public func discard(_ job: ChunkJob) { scanners[job.stream]?.takeBack(to: job.sumsBefore) }

  /// A part's header, for its place in the file.
  private func place(_ part: ChunkJob.Part, after bytes: Int, sequence: UInt32) -> (info: ChunkInfo, header: [UInt8]) {
    var info = part.info
    info.sequence = sequence
    info.offset = file.size + UInt64(bytes)
    return (info, ChunkHeader.encode(info, bodyCheck: part.bodyCheck))
  }

  /// Writes an index chunk now; done by itself every `Limits.chunksPerIndex` chunks.
  public func writeIndex() throws(TraceError) { try writeIndex(keepsReserve: false) }

  private func writeIndex(keepsReserve: Bool) throws(TraceError) {
    guard !pending.entries.isEmpty || lastIndexOffset == 0 else { return }
    pending.previousOffset = lastIndexOffset
    pending.synopses = scanners.keys.sorted().compactMap { scanners[$0]?.total }
    var part = ChunkJob.Part(info: ChunkInfo(kindByte: ChunkKind.index.rawValue), words: .callers)
    unsafe pending.encoded().withUnsafeBytes { unsafe encoder.store(&part, $0) }
    let placed = place(part, after: 0, sequence: chunkCount)
    try file.append(placed.header + part.body, reserve: keepsReserve ? Self.closingBytes : 0)
    chunkCount += 1
    lastIndexOffset = placed.info.offset
    // N.B. an index names the chunks before it, never itself.
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

  /// Records in the file so far, definitions included, and those of jobs in flight.
  public var recordCount: UInt64 {
    scanners.values.reduce(0) { $0 + $1.synopsis.events + $1.synopsis.definitions }
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
}
