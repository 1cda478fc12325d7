// Traces of one chunk, made of an input's bytes, and the sound chunk before or behind it.

import TraceModel

@testable import TraceFormat

enum Chunks {
  /// A sound chunk of definitions, and one of events, whole, of the trace that `tools/fuzz` names.
  static let definitions = sound(.definitions)
  static let events = sound(.events)
  private static let layouts: [ChunkLayout] = [.rows, .columns, .raw]

  private static func sound(_ kind: ChunkKind) -> [UInt8] {
    let bytes = Scratch.read(Scratch.given("EXUVIA_FUZZ_TRACE"))
    var place = Int(Seal.number(bytes, 12))
    while place + ChunkHeader.bytes <= bytes.count {
      let end = place + ChunkHeader.bytes + Int(Seal.number(bytes, place + 68))
      if bytes[place + 4] == kind.rawValue { return Array(bytes[place..<end]) }
      place = end
    }
    fatalError("the seed trace has no chunk of \(kind)")
  }

  private static let header: [UInt8] = {
    var header = TraceHeader()
    header.level = .all
    return header.encoded()
  }()

  /// An unclosed trace with the coded bytes of `input` (behind its first six) as a chunk of `kind`.
  static func trace(_ kind: ChunkKind, _ input: [UInt8], behind: [UInt8] = [], before: [UInt8] = []) -> [UInt8] {
    let body = Array(input[6...])
    var info = ChunkInfo(kindByte: kind.rawValue)
    info.layoutByte = layouts[Int(input[1] & 3) % layouts.count].rawValue
    let units = min(Int(input[4]) | Int(input[5]) << 8, Limits.chunkRawBytesMax / 16)
    info.eventCount = UInt32(min(Int(input[2]) | Int(input[3]) << 8, units))
    info.rawSize = UInt32(units * 16)
    info.encodedSize = UInt32(body.count)
    info.storedSize = UInt32(body.count)
    let check = unsafe body.withUnsafeBytes { unsafe Checksum.check($0) }
    return header + behind + ChunkHeader.encode(info, bodyCheck: check) + body + before
  }

  /// The whole records at the begin of `bytes`, with lengths that are too large made small.
  static func wholeRecords(_ bytes: [UInt8]) -> [UInt64] {
    var words: [UInt64] = []
    var place = 0
    func word(_ offset: Int) -> UInt64 {
      (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
    }
    while place + 16 <= bytes.count {
      let (first, second) = (word(place), word(place + 8))
      guard let size = RecordSizes.bytes(word0: first, word1: second), place + size <= bytes.count else { break }
      for index in 0..<size / 8 { words.append(word(place + index * 8)) }
      place += size
    }
    // Bytes behind a payload are zero (docs/FORMAT.md section 4).
    return zeroPadded(words)
  }

  private static func zeroPadded(_ words: [UInt64]) -> [UInt64] {
    var words = words
    var place = 0
    while place < words.count {
      guard let size = RecordSizes.bytes(word0: words[place], word1: words[place + 1]) else { break }
      if let spec = EventSpec.table[Int(words[place] & 0xFF)], spec.hasPayload {
        let length = Int(words[place + 1] & 0xFFFF_FFFF)
        for index in spec.words..<size / 8 {
          let kept = min(8, max(0, length - (index - spec.words) * 8))
          if kept < 8 { words[place + index] &= (1 << UInt64(kept * 8)) - 1 }
        }
      }
      place += size / 8
    }
    return words
  }

  static func definitionsFirst(_ words: [UInt64]) -> [UInt64] {
    unsafe words.withUnsafeBufferPointer { buffer in
      let parts = unsafe RecordSplit.split(buffer, definitionWords: 0)
      return parts.definitions + parts.events
    }
  }

  static func words(of file: TraceFile) throws(TraceError) -> [UInt64] {
    var words: [UInt64] = []
    var batch = EventBatch()
    for index in file.chunks.indices where file.chunks[index].kind == .definitions || file.chunks[index].kind == .events
    {
      try file.decode(chunk: index, into: &batch)
      unsafe words += UnsafeBufferPointer(start: batch.words, count: batch.wordCount)
    }
    return words
  }
}
