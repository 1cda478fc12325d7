// The thread that decodes ahead ends with whoever reads.

import TestSupport
import Testing
import TraceFormat

@testable import TraceReplay

@Suite struct ChunkReaderTests {
  /// More chunks than are decoded ahead, so that the thread waits for room when the reader goes.
  private static let text =
    "@exuvia 0.1\n@header flags=0 level=heap wall=0 monotonic=0 pid=0\n"
    + (0..<12).map { "@chunk stream=0 ringBegin=\($0 * 10) ringEnd=\($0 * 10 + 10)\nclock time=\($0)\n" }.joined()
    + "@end status=0 signalled=0\n"

  /// Mapped regions of this process: a thread's stack is one, and stays when nobody joins the thread.
  private func regions() -> Int { TestFiles.read("/proc/self/maps").count { $0 == UInt8(ascii: "\n") } }

  @Test func aReaderThatIsDroppedEarlyLeavesNoThreadBehind() throws {
    let session = try TextTraces.session(Array(Self.text.utf8), name: "chunks")
    let before = regions()
    for round in 0..<600 {
      let reader = ChunkReader(session.file, stream: 0)
      for _ in 0..<round % 3 { _ = try reader.next() }
    }
    // N.B. other tests run beside this one; two regions for each thread would be a thousand.
    #expect(regions() - before < 300)
  }

  @Test func blocksComeInOrderAndThenNone() throws {
    let session = try TextTraces.session(Array(Self.text.utf8), name: "chunks")
    let reader = ChunkReader(session.file, stream: 0)
    var counts: [Int] = []
    while let block = try reader.next() { counts.append(block.eventCount) }
    #expect(counts == Array(repeating: 1, count: 12))
    reader.stop()
  }
}
