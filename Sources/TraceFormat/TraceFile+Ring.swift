// What a ring file beside an unclosed trace still holds, as chunks of layout `raw` behind those of the file.

import TraceModel

extension TraceFile {

  /// The ring files of the recording that are still there.
  static func rings(_ header: TraceHeader, path: String) -> [RingFile] {
    guard !header.ringPath.isEmpty else { return [] }
    // N.B. a trace and its ring may have been moved together: then the ring stands beside the trace under its usual
    // name.
    var paths = RingFile.paths(root: header.ringPath)
    if paths.isEmpty { paths = RingFile.paths(root: path + ".ring") }
    // A ring of another recording may have taken the place of this one's.
    return paths.compactMap { try? RingFile(path: $0) }.filter {
      $0.startMonotonic == header.startMonotonicNanoseconds
    }
  }

  /// The records that each stream's ring holds beyond its last chunk, and what was dropped behind them.
  static func ringTails(_ rings: [RingFile], chunks: [ChunkInfo]) -> [RingTail] {
    var ends: [UInt32: UInt64] = [:]
    for chunk in chunks where chunk.kind == .events { ends[chunk.stream] = max(ends[chunk.stream] ?? 0, chunk.ringEnd) }
    return rings.compactMap { ring in
      guard let tail = try? ring.records(from: ends[ring.stream] ?? 0), tail.words.count <= Limits.tailWordsMax else {
        return nil
      }
      let parts = split(tail)
      return RingTail(
        stream: tail.stream, begin: tail.begin, words: parts + ring.pendingLoss, isTorn: tail.isTorn)
    }
  }

  /// The same records, definitions first.
  private static func split(_ tail: RingTail) -> [UInt64] {
    unsafe tail.words.withUnsafeBufferPointer { words -> [UInt64] in
      guard unsafe RecordShapes.shared.validate(words) != nil else { return [] }
      let parts = unsafe RecordSplit.split(words, definitionWords: 0)
      return parts.definitions + parts.events
    }
  }

  /// Chunks of at most the limit's size that stand for `tails`. Their offset is a place in the tail's words.
  static func tailChunks(_ tails: [RingTail], after chunks: [ChunkInfo]) -> [ChunkInfo] {
    var result: [ChunkInfo] = []
    for (number, tail) in tails.enumerated() {
      let last = chunks.last { $0.kind == .events && $0.stream == tail.stream }
      var sequence = last.map { $0.firstSequence + UInt64($0.eventCount) } ?? 0
      var time = last?.lastTime ?? 0
      unsafe tail.words.withUnsafeBufferPointer { words in
        guard let base = words.baseAddress else { return }
        var cursor = unsafe RecordCursor(words: base, count: words.count)
        while !cursor.isAtEnd {
          let begin = unsafe cursor.record
          let isDefinitions = cursor.kindByte < 16
          var info = ChunkInfo(kindByte: isDefinitions ? ChunkKind.definitions.rawValue : ChunkKind.events.rawValue)
          info.stream = tail.stream
          info.ringTail = number
          info.offset = unsafe UInt64(begin - base)
          info.firstSequence = sequence
          info.ringBegin = tail.begin
          info.ringEnd = isDefinitions ? tail.begin : tail.begin + UInt64(words.count / 2)
          info.firstTime = time
          while !cursor.isAtEnd, (cursor.kindByte < 16) == isDefinitions,
            unsafe cursor.record - begin < Limits.chunkRawBytesGoal / 8
          {
            if let kind = EventKind(rawValue: cursor.kindByte), timedKinds.contains(kind) {
              time = unsafe max(time, min(cursor.record[1], Limits.timeMax))
            }
            info.eventCount += 1
            cursor.advance()
          }
          info.lastTime = time
          info.rawSize = unsafe UInt32((cursor.record - begin) * 8)
          info.encodedSize = info.rawSize
          info.storedSize = info.rawSize
          if !isDefinitions { sequence += UInt64(info.eventCount) }
          result.append(info)
        }
      }
    }
    return result
  }

  private static let timedKinds = Set(EventKind.allCases.filter { EventSpec.spec($0).hasTime })

  /// Ring positions that no chunk holds, per stream.
  static func gaps(_ chunks: [ChunkInfo]) -> [TraceLoss] {
    var ends: [UInt32: UInt64] = [:]
    var losses: [TraceLoss] = []
    for chunk in chunks where chunk.kind == .events {
      if let end = ends[chunk.stream], chunk.ringBegin > end {
        losses.append(
          TraceLoss(cause: .ringSequenceGap, stream: chunk.stream, count: chunk.ringBegin - end, offset: chunk.offset))
      }
      ends[chunk.stream] = max(ends[chunk.stream] ?? 0, chunk.ringEnd)
    }
    return losses
  }
}
