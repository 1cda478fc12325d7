// Makes the checks of damaged bytes right again, so that the reader behind them is met: whoever can write a file can write its checks too.

import TraceModel

@testable import TraceFormat

enum Seal {
  /// A trace with right checks of its header, of each chunk's body and header, and of the headers that indexes copy.
  static func trace(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    guard bytes.count >= TraceHeader.fixedBytes else { return bytes }
    let size = Int(number(bytes, 12))
    guard size >= TraceHeader.fixedBytes + 4, size <= bytes.count else { return bytes }
    put(check(bytes[..<(size - 4)]), &bytes, size - 4)
    var place = size
    while place + ChunkHeader.bytes <= bytes.count, number(bytes, place) == ChunkHeader.marker {
      let begin = place + ChunkHeader.bytes
      let left = bytes.count - begin
      // The last chunk ends where the file does, so that a mutation that makes it shorter does not tear it.
      if Int(number(bytes, place + 68)) > left { put(UInt32(left), &bytes, place + 68) }
      let stored = Int(number(bytes, place + 68))
      if bytes[place + 6] == 0 { put(UInt32(stored), &bytes, place + 64) }
      if bytes[place + 4] == ChunkKind.index.rawValue { sealEntries(begin..<begin + stored, &bytes) }
      put(check(bytes[begin..<begin + stored]), &bytes, place + 72)
      put(check(bytes[place..<place + 76]), &bytes, place + 76)
      place = begin + stored
    }
    return bytes
  }

  /// Copies of headers in an index chunk's body (docs/FORMAT.md section 6).
  private static func sealEntries(_ body: Range<Int>, _ bytes: inout [UInt8]) {
    guard body.count >= 16 else { return }
    var place = body.lowerBound + 16
    for _ in 0..<min(number(bytes, body.lowerBound + 8), UInt32(Limits.chunksPerIndex * 4))
    where place + 8 + ChunkHeader.bytes <= body.upperBound {
      put(check(bytes[(place + 8)..<(place + 84)]), &bytes, place + 84)
      place += 8 + ChunkHeader.bytes
    }
  }

  /// An index file with right checks of header, directory and sections, made from `trace` (docs/FORMAT.md section 9).
  static func index(_ bytes: [UInt8], of trace: [UInt8]) -> [UInt8] {
    var bytes = bytes
    guard bytes.count >= CheckpointFile.headerBytes else { return bytes }
    put(UInt64(trace.count), &bytes, 16)
    let edges = trace.prefix(TracePrint.edgeBytes) + trace.suffix(TracePrint.edgeBytes)
    put(unsafe Array(edges).withUnsafeBytes { unsafe Checksum.xxh64($0) }, &bytes, 24)
    let directory = Int(truncatingIfNeeded: number(bytes, 32)) & Int(UInt32.max)
    let sections = min(Int(number(bytes, 12)), max(0, bytes.count - directory) / CheckpointSection.bytes)
    put(UInt32(sections), &bytes, 12)
    for section in 0..<sections {
      let entry = directory + section * CheckpointSection.bytes
      let offset = Int(number(bytes, entry + 8))
      let stored = Int(number(bytes, entry + 16))
      guard offset + stored <= directory, number(bytes, entry + 12) == 0 else { continue }
      put(check(bytes[offset..<offset + stored]), &bytes, entry + 24)
    }
    if directory + sections * CheckpointSection.bytes <= bytes.count {
      put(check(bytes[directory..<directory + sections * CheckpointSection.bytes]), &bytes, 40)
    }
    put(check(bytes[..<60]), &bytes, 60)
    return bytes
  }

  static func check(_ bytes: ArraySlice<UInt8>) -> UInt32 { unsafe bytes.withUnsafeBytes { unsafe Checksum.check($0) } }

  static func number(_ bytes: [UInt8], _ place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32($1 * 8) }
  }

  static func put<T: FixedWidthInteger>(_ value: T, _ bytes: inout [UInt8], _ place: Int) {
    for index in 0..<MemoryLayout<T>.size { bytes[place + index] = UInt8(truncatingIfNeeded: value >> T(index * 8)) }
  }
}
