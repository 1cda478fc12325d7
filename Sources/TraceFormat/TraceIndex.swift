// The bodies of index and end chunks, both directions.
//
// Index: u64 offset of the index chunk before (0: none), u32 number of entries, u32 number of synopses; then the
// entries, each u64 offset and the 80 bytes of that chunk's header; then the synopses, one a stream, sums from the
// stream's start (StreamSynopsis.swift). End (stored, 40 bytes): u64 offset of the last index chunk, u64 events, u64
// chunks before it, i32 status, u32 flags (bit 0: status is a signal), u64 zero. As it is the last thing in a closed
// file, it is found by its size from the file's end.

import TraceModel

struct TraceIndex {
  var previousOffset: UInt64 = 0
  var entries: [(info: ChunkInfo, header: [UInt8])] = []
  var synopses: [StreamSynopsis] = []

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(previousOffset)
    writer.append(UInt32(entries.count))
    writer.append(UInt32(synopses.count))
    for entry in entries {
      writer.append(entry.info.offset)
      writer.append(bytes: entry.header)
    }
    for synopsis in synopses { synopsis.append(to: &writer) }
    return writer.bytes
  }

  /// Parses a body; nil when it is not one.
  init?(_ bytes: UnsafeRawBufferPointer) {
    var reader = unsafe ByteReader(bytes)
    guard let previous = reader.read(UInt64.self), let entryCount = reader.read(UInt32.self),
      let synopsisCount = reader.read(UInt32.self), entryCount <= Limits.chunksPerIndex * 4,
      synopsisCount <= Limits.streamsMax
    else { return nil }
    previousOffset = previous
    for _ in 0..<entryCount {
      guard let offset = reader.read(UInt64.self), let header = unsafe reader.read(count: ChunkHeader.bytes),
        case .header(let info, _) = unsafe ChunkHeader.decode(header, offset: offset)
      else { return nil }
      entries.append((info, []))
    }
    for _ in 0..<synopsisCount {
      guard let synopsis = StreamSynopsis(&reader) else { return nil }
      synopses.append(synopsis)
    }
    guard reader.remaining == 0 else { return nil }
  }

  init() {}
}

struct TraceEnd {
  static let bytes = 40
  var indexOffset: UInt64
  var events: UInt64
  var chunks: UInt64
  var end: ProgramEnd

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.append(indexOffset)
    writer.append(events)
    writer.append(chunks)
    writer.append(end.status)
    writer.append(UInt32(end.wasSignalled ? 1 : 0))
    writer.append(UInt64(0))
    return writer.bytes
  }

  init(indexOffset: UInt64, events: UInt64, chunks: UInt64, end: ProgramEnd) {
    self.indexOffset = indexOffset
    self.events = events
    self.chunks = chunks
    self.end = end
  }

  init?(_ bytes: UnsafeRawBufferPointer) {
    var reader = unsafe ByteReader(bytes)
    guard bytes.count == Self.bytes, let index = reader.read(UInt64.self), let events = reader.read(UInt64.self),
      let chunks = reader.read(UInt64.self), let status = reader.read(Int32.self), let flags = reader.read(UInt32.self)
    else { return nil }
    self.init(
      indexOffset: index, events: events, chunks: chunks, end: ProgramEnd(status: status, wasSignalled: flags & 1 != 0))
  }
}
