// Finds a trace's chunks: from the index of a closed trace, or header by header.

import TraceModel

struct TraceScan {
  private(set) var chunks: [ChunkInfo] = []
  private(set) var synopses: [StreamSynopsis] = []
  private(set) var end: ProgramEnd?
  /// How an unclosed file ends.
  private(set) var reason = ""
  /// Where a torn last chunk begins.
  private(set) var tornOffset: UInt64?

  /// Reads a closed trace from its end; nil when it does not end with a whole end chunk.
  static func closed(_ file: InputFile, headerSize: UInt64) throws(TraceError) -> TraceScan? {
    let size = UInt64(ChunkHeader.bytes + TraceEnd.bytes)
    guard file.size >= headerSize + size, let last = try bodyAt(file.size - size, file), last.info.kind == .end,
      let end = unsafe last.body.withUnsafeBytes({ unsafe TraceEnd($0) })
    else { return nil }
    var scan = TraceScan()
    scan.end = end.end
    var parts: [[ChunkInfo]] = [[last.info]]
    var place = end.indexOffset
    var before = file.size - size
    while place != 0 {
      guard place >= headerSize, place < before, let found = try bodyAt(place, file), found.info.kind == .index,
        let index = unsafe found.body.withUnsafeBytes({ unsafe TraceIndex($0) })
      else { throw TraceError(.corrupt, path: file.path, offset: place, "an index chunk is damaged") }
      parts.append(index.entries.map { $0.info } + [found.info])
      if parts.count == 2 { scan.synopses = index.synopses }
      before = place
      place = index.previousOffset
    }
    scan.chunks = Array(parts.reversed().joined())
    guard UInt64(scan.chunks.count) == end.chunks + 1 else {
      throw TraceError(.corrupt, path: file.path, offset: file.size - size, "the index does not name all chunks")
    }
    return scan
  }

  private init() {}

  /// Goes from header to header. A chunk that the file's end cuts is torn; everything else that is wrong is corrupt.
  init(_ file: InputFile, headerSize: UInt64) throws(TraceError) {
    var place = headerSize
    while place < file.size {
      guard end == nil else {
        throw TraceError(.corrupt, path: file.path, offset: place, "found bytes after the end chunk")
      }
      let left = file.size - place
      guard left >= UInt64(ChunkHeader.bytes) else {
        tear(at: place, "it ends inside a chunk's header")
        return
      }
      let bytes = try file.bytes(at: place, count: ChunkHeader.bytes)
      switch unsafe bytes.withUnsafeBytes({ unsafe ChunkHeader.decode($0, offset: place) }) {
      case .zeros:
        tear(at: place, "it ends in zeros")
        return
      case .bad(let what): throw TraceError(.corrupt, path: file.path, offset: place, what)
      case .header(let info, _):
        let whole = UInt64(ChunkHeader.bytes) + UInt64(info.storedSize)
        guard left >= whole else {
          tear(at: place, "it ends inside a chunk")
          return
        }
        try note(info, file)
        place += whole
      }
    }
    if end == nil { reason = "it ends after chunk \(chunks.count) without an end chunk" }
  }

  private mutating func tear(at place: UInt64, _ what: String) {
    tornOffset = place
    reason = what
  }

  private mutating func note(_ info: ChunkInfo, _ file: InputFile) throws(TraceError) {
    if info.kind == .end || info.kind == .index {
      guard let found = try Self.bodyAt(info.offset, file) else {
        throw TraceError(.corrupt, path: file.path, offset: info.offset, "a chunk's check does not match")
      }
      if info.kind == .end { end = unsafe found.body.withUnsafeBytes({ unsafe TraceEnd($0) })?.end }
      if info.kind == .index, let index = unsafe found.body.withUnsafeBytes({ unsafe TraceIndex($0) }) {
        synopses = index.synopses
      }
    }
    chunks.append(info)
  }

  /// The whole chunk at `offset` with its body opened; nil when there is none that is sound.
  private static func bodyAt(_ offset: UInt64, _ file: InputFile) throws(TraceError) -> (
    info: ChunkInfo, body: [UInt8]
  )? {
    let bytes = try file.bytes(at: offset, count: ChunkHeader.bytes)
    guard bytes.count == ChunkHeader.bytes,
      case .header(let info, let check) = unsafe bytes.withUnsafeBytes({ unsafe ChunkHeader.decode($0, offset: offset) }
      ), info.kind != nil
    else { return nil }
    let stored = try file.bytes(at: offset + UInt64(ChunkHeader.bytes), count: Int(info.storedSize))
    guard stored.count == Int(info.storedSize),
      unsafe stored.withUnsafeBytes({ unsafe TraceFile.refusal(info, $0, check) }) == nil
    else {
      return nil
    }
    if info.codecByte == 0 { return (info, stored) }
    var body = [UInt8](repeating: 0, count: Int(info.encodedSize))
    let isGood = unsafe stored.withUnsafeBytes { input in
      unsafe body.withUnsafeMutableBytes { unsafe FrameDecompressor().decompress(input, into: $0) }
    }
    return isGood ? (info, body) : nil
  }
}
