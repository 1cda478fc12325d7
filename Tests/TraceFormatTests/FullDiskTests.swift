// A disk that has no room now and then: what was refused is nowhere, what was taken is there once, and the file can be closed.

import Glibc
import Testing
import TraceFormat
import TraceModel

@Suite struct FullDiskTests {

  /// A disk that refuses as told, and remembers how often it did.
  private final class Disk {
    var random = Random(state: 7)
    var refusals = 0
    var isFull = false
    func setAside() -> Int32 {
      guard isFull || random.next() % 3 == 0 else { return 0 }
      refusals += 1
      return ENOSPC
    }
  }

  @Test func whatTheDiskRefusesIsInNeitherFileNorSums() throws {
    let path = Traces.path("full-disk")
    defer { unlink(path) }
    let disk = Disk()
    let writer = try TraceWriter(path: path, header: TraceHeader(), reserver: { _, _, _ in disk.setAside() })
    var taken: [UInt64] = []
    // Beyond two index chunks, each of which is refused now and then as well.
    for object in 1...UInt64(3 * Limits.chunksPerIndex) {
      do throws(TraceError) {
        try append(object, to: writer)
        taken.append(object)
      } catch { #expect(error.kind == .noSpace) }
    }
    disk.isFull = true
    do throws(TraceError) {
      try append(1, to: writer)
      Issue.record("a full disk took a chunk")
    } catch { #expect(error.kind == .noSpace) }
    #expect(disk.refusals > 100)
    // The end asks for no reserve.
    try append(999_999, to: writer, keepsReserve: false)
    try writer.finish(ProgramEnd(status: 3))

    let file = try TraceFile(path: path, readsRing: false)
    #expect(file.state == .closed(ProgramEnd(status: 3)))
    var found: [UInt64] = []
    var batch = EventBatch()
    for (index, chunk) in file.chunks.enumerated() where chunk.kind == .events {
      #expect(chunk.firstSequence == UInt64(found.count))
      try file.decode(chunk: index, into: &batch)
      found.append(batch.cursor.record[0] >> 32)
    }
    #expect(found == taken + [999_999])
    #expect(file.synopses.first?.events == UInt64(found.count))
    #expect(file.synopses.first?.counts[Int(EventKind.incref.rawValue)] == UInt64(found.count))
    #expect(file.chunks.enumerated().allSatisfy { $0.element.sequence == UInt32($0.offset) })
  }

  private func append(_ object: UInt64, to writer: TraceWriter, keepsReserve: Bool = true) throws(TraceError) {
    let words: [UInt64] = [UInt64(EventKind.incref.rawValue) | object << 32, 0]
    let outcome = words.withUnsafeBufferPointer { words -> Result<Void, TraceError> in
      do throws(TraceError) {
        let end = object + 1
        return .success(
          try writer.appendChunk(
            stream: 0, ringBegin: object, ringEnd: end, words: words, keepsReserve: keepsReserve))
      } catch { return .failure(error) }
    }
    try outcome.get()
  }
}
