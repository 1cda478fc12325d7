// A chunk header's 80 bytes, both directions. All numbers little-endian.
//
//     0   4  sync marker C5 45 58 43     4  1  kind     5  1  layout     6  1  codec (0 stored, 1 zstd)     7  1  zero
//     8   4  stream                     12  4  chunk number in the file
//     16  8  ring begin                 24  8  ring end (units of 16 bytes)
//     32  8  first time                 40  8  last time (nanoseconds since the stream's start)
//     48  8  number of the first event in its stream
//     56  4  records                    60  4  raw size   64  4  encoded size   68  4  stored size
//     72  4  check of the stored body   76  4  check of bytes 0-75
//
// The body follows at once. A check is the low 32 bits of XXH64 with seed 0.

enum ChunkHeader {
  static let bytes = 80
  /// Bytes C5 45 58 43 in the file.
  static let marker: UInt32 = 0x4358_45C5

  static func encode(_ info: ChunkInfo, bodyCheck: UInt32) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(marker)
    writer.append(bytes: [info.kindByte, info.layoutByte, info.codecByte, 0])
    writer.append(info.stream)
    writer.append(info.sequence)
    for value in [info.ringBegin, info.ringEnd, info.firstTime, info.lastTime, info.firstSequence] {
      writer.append(value)
    }
    for value in [info.eventCount, info.rawSize, info.encodedSize, info.storedSize, bodyCheck] { writer.append(value) }
    unsafe writer.append(writer.bytes.withUnsafeBytes { unsafe Checksum.check($0) })
    return writer.bytes
  }

  /// What a header says, or why it is none.
  enum Outcome {
    case header(ChunkInfo, bodyCheck: UInt32)
    case zeros
    case bad(String)
  }

  /// Parses exactly 80 bytes that stand at `offset` of the file.
  static func decode(_ bytes: UnsafeRawBufferPointer, offset: UInt64) -> Outcome {
    var reader = unsafe ByteReader(bytes)
    guard let found = reader.read(UInt32.self), bytes.count == Self.bytes else {
      return .bad("the chunk header is cut short")
    }
    if found != marker {
      return unsafe bytes.allSatisfy { $0 == 0 } ? .zeros : .bad("found no chunk where one must begin")
    }
    let check = unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 76, as: UInt32.self))
    guard unsafe Checksum.check(UnsafeRawBufferPointer(rebasing: bytes[..<76])) == check else {
      return .bad("a chunk header's check does not match")
    }
    guard let kind = reader.read(UInt8.self), let layout = reader.read(UInt8.self), let codec = reader.read(UInt8.self),
      reader.read(UInt8.self) != nil, let stream = reader.read(UInt32.self), let sequence = reader.read(UInt32.self),
      let ringBegin = reader.read(UInt64.self), let ringEnd = reader.read(UInt64.self),
      let firstTime = reader.read(UInt64.self), let lastTime = reader.read(UInt64.self),
      let firstSequence = reader.read(UInt64.self), let events = reader.read(UInt32.self),
      let raw = reader.read(UInt32.self), let encoded = reader.read(UInt32.self), let stored = reader.read(UInt32.self),
      let bodyCheck = reader.read(UInt32.self)
    else { return .bad("the chunk header is cut short") }
    var info = ChunkInfo(kindByte: kind)
    info.layoutByte = layout
    info.codecByte = codec
    info.stream = stream
    info.sequence = sequence
    info.ringBegin = ringBegin
    info.ringEnd = ringEnd
    info.firstTime = firstTime
    info.lastTime = lastTime
    info.firstSequence = firstSequence
    info.eventCount = events
    info.rawSize = raw
    info.encodedSize = encoded
    info.storedSize = stored
    info.offset = offset
    if let refusal = refusal(info) { return .bad(refusal) }
    return .header(info, bodyCheck: bodyCheck)
  }

  /// Why a chunk of a known kind is beyond the limits; nil when it is not. Unknown kinds are only skipped.
  private static func refusal(_ info: ChunkInfo) -> String? {
    guard info.kind != nil else { return nil }
    if info.storedSize > Limits.chunkStoredBytesMax {
      return "a chunk says that it has \(info.storedSize) stored bytes"
    }
    if info.encodedSize > Limits.chunkEncodedBytesMax {
      return "a chunk says that it has \(info.encodedSize) encoded bytes"
    }
    if info.rawSize > Limits.chunkRawBytesMax || info.rawSize % 16 != 0 {
      return "a chunk says that it has \(info.rawSize) raw bytes"
    }
    if info.firstSequence > Limits.eventNumberMax {
      return "a chunk says that it begins with event \(info.firstSequence)"
    }
    if info.ringBegin > info.ringEnd || info.ringEnd > Limits.ringUnitsMax {
      return "a chunk says that it holds the ring from \(info.ringBegin) to \(info.ringEnd)"
    }
    if info.firstTime > Limits.timeMax || info.lastTime > Limits.timeMax {
      return "a chunk says that it ends at the time \(info.lastTime)"
    }
    if info.eventCount > info.rawSize / 16 {
      return "a chunk says that it has \(info.eventCount) records in \(info.rawSize) bytes"
    }
    return nil
  }
}
