// Packs synthetic records and hands them to the trace writer chunk by chunk; counts what it was told, as the known
// answer.

import TraceFormat
import TraceModel

/// Safe: owns `words`; a record is written only where `reserve` has made room.
final class EventSink {
  private let writer: TraceWriter
  private let words: UnsafeMutablePointer<UInt64>
  private var used = 0
  private var ringPosition: UInt64 = 0
  private(set) var events: UInt64 = 0
  private(set) var counts = [UInt64](repeating: 0, count: 256)
  /// Nanoseconds since the start; advances with every event.
  private(set) var time: UInt64 = 1_000
  private static let capacity = Limits.chunkRawBytesGoal / 8

  init(_ writer: TraceWriter) {
    self.writer = writer
    words = .allocate(capacity: Self.capacity + 8_192)
  }

  deinit { words.deallocate() }

  func put(_ kind: EventKind, _ word0: UInt64, _ word1: UInt64 = 0) throws {
    if used >= Self.capacity { try flush() }
    words[used] = word0 | UInt64(kind.rawValue)
    words[used + 1] = word1
    used += 2
    note(kind)
  }

  func put(_ kind: EventKind, words more: [UInt64]) throws {
    if used >= Self.capacity { try flush() }
    words[used] = more[0] | UInt64(kind.rawValue)
    for index in 1..<more.count { words[used + index] = more[index] }
    used += more.count
    note(kind)
  }

  func string(_ id: UInt32, _ text: String) throws {
    let bytes = Array(text.utf8)
    var record = [UInt64](repeating: 0, count: 2 + (bytes.count + 15) / 16 * 2)
    record[0] = UInt64(id) << 32
    record[1] = UInt64(bytes.count)
    for (index, byte) in bytes.enumerated() { record[2 + index / 8] |= UInt64(byte) << UInt64(index % 8 * 8) }
    try put(.defineString, words: record)
  }

  private func note(_ kind: EventKind) {
    counts[Int(kind.rawValue)] &+= 1
    if kind.rawValue >= 16 { events &+= 1 }
    time &+= 20
  }

  func flush() throws {
    if used == 0 { return }
    let end = ringPosition + UInt64(used / 2)
    try writer.appendChunk(
      stream: 0, ringBegin: ringPosition, ringEnd: end, words: UnsafeBufferPointer(start: words, count: used))
    ringPosition = end
    used = 0
  }
}
