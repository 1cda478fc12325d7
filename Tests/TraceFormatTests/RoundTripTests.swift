// Text to trace to text, in both layouts; files longer than an index; words that only layout raw keeps.

import Glibc
import TestSupport
import Testing
import TraceFormat
import TraceModel

@Suite struct RoundTripTests {

  @Test(arguments: [ChunkLayout.rows, .columns])
  func textOfEveryKindComesBackAsItWas(layout: ChunkLayout) throws {
    let text = Traces.everyKind
    let path = Traces.path("every-\(layout)")
    defer { unlink(path) }
    try TextReader.assemble(Array(text.utf8), textPath: "every", outputPath: path, force: true, layout: layout)
    #expect(try Traces.text(of: path) == text)
  }

  @Test(arguments: [ChunkLayout.rows, .columns])
  func aLoopComesBackAsItWas(layout: ChunkLayout) throws {
    let text = Traces.loop(chunks: 300, rounds: 50)
    let path = Traces.path("loop-\(layout)")
    defer { unlink(path) }
    try TextReader.assemble(Array(text.utf8), textPath: "loop", outputPath: path, force: true, layout: layout)
    #expect(try Traces.text(of: path) == text)
  }

  @Test func theIndexChainNamesAllChunksAndSumsUp() throws {
    let path = Traces.path("index")
    defer { unlink(path) }
    let text = Traces.loop(chunks: 600, rounds: 4)
    try TextReader.assemble(Array(text.utf8), textPath: "index", outputPath: path, force: true)
    let file = try TraceFile(path: path)
    #expect(file.state == .closed(ProgramEnd(status: 0)))
    #expect(file.chunks.count { $0.kind == .events } == 600)
    #expect(file.chunks.map { $0.sequence } == Array(0..<UInt32(file.chunks.count)))
    #expect(file.chunks.count { $0.kind == .index } == 3)
    let sums = try #require(try file.sums().first)
    #expect(sums.events == 600 * 24)
    #expect(sums.births == 2400 && sums.deaths == 2400 && sums.liveBytes == 0 && sums.peakLiveObjects == 1)
    #expect(sums.counts[Int(EventKind.incref.rawValue)] == 4800)
  }

  @Test func anUnclosedFileGivesTheSameSums() throws {
    let path = Traces.path("unclosed")
    defer { unlink(path) }
    let text = Traces.loop(chunks: 10, rounds: 4).replacing("@end status=0 signalled=0\n", with: "")
    try TextReader.assemble(Array(text.utf8), textPath: "unclosed", outputPath: path, force: true)
    let file = try TraceFile(path: path)
    guard case .unclosed = file.state else {
      Issue.record("the file is said to be closed")
      return
    }
    #expect(file.losses.map { $0.cause } == [.unclosed])
    #expect(try file.sums().first?.events == 240)
    #expect(try Traces.text(of: path) == text)
  }

  @Test func bitsThatNoFieldCoversAreKept() throws {
    let text =
      "@exuvia 0.1\n@header flags=0 level=heap wall=0 monotonic=0 pid=0\n@chunk stream=0 ringBegin=0 ringEnd=1\n"
      + "incref object=0x5 words=0x500000127,0x7\n"
    let path = Traces.path("stray")
    defer { unlink(path) }
    try TextReader.assemble(Array(text.utf8), textPath: "stray", outputPath: path, force: true)
    #expect(try TraceFile(path: path).chunks.first?.layout == .raw)
    #expect(try Traces.text(of: path) == text)
  }

  @Test func randomRecordsComeBackAsTheyWere() throws {
    for seed in UInt64(1)...30 {
      var random = Random(state: seed)
      var words: [UInt64] = []
      for _ in 0..<2_000 { words += random.record() }
      for layout in [ChunkLayout.rows, .columns] {
        let path = Traces.path("random")
        defer { unlink(path) }
        let writer = try TraceWriter(path: path, header: TraceHeader(), force: true, layout: layout)
        try words.withUnsafeBufferPointer { try writer.appendChunk(stream: 7, ringBegin: 0, ringEnd: 0, words: $0) }
        try writer.finish(ProgramEnd(status: 0))
        let file = try TraceFile(path: path)
        var batch = EventBatch()
        let index = try #require(file.chunks.firstIndex { $0.kind == .events })
        #expect(file.chunks[index].layout == layout)
        try file.decode(chunk: index, into: &batch)
        let same = (0..<batch.wordCount).allSatisfy { batch.words[$0] == words[$0] }
        #expect(batch.wordCount == words.count && same, "seed \(seed), \(layout)")
      }
    }
  }

  @Test func mistakesInTheTextAreNamedByLine() {
    for (line, finding) in [
      ("incref object=zz", "invalid value"), ("incref objekt=1", "no field"), ("inkref object=1", "unknown kind"),
      ("dealloc cause=9", "larger than 3 bits"), ("defineString id=1 text=\"a", "double quotes"),
      ("@foo", "unknown directive"),
    ] {
      let path = Traces.path("mistake")
      let text = "@exuvia 0.1\n\(line)\n"
      do throws(TraceError) {
        try TextReader.assemble(Array(text.utf8), textPath: "t", outputPath: path, force: true)
        Issue.record("\(line) was taken")
      } catch {
        #expect(
          error.kind == .syntax && error.offset == 2 && (error.found.contains(finding) || line.contains("=9")),
          "\(error)")
      }
    }
  }

  @Test func anExistingFileIsNotOverwritten() throws {
    let path = Traces.path("exists")
    defer { unlink(path) }
    TestFiles.write([1, 2, 3], to: path)
    do throws(TraceError) {
      _ = try TraceWriter(path: path, header: TraceHeader())
      Issue.record("the file was overwritten")
    } catch { #expect(error.kind == .exists) }
    #expect(TestFiles.read(path) == [1, 2, 3])
  }
}

/// splitmix64, and records with arbitrary bits in their fields.
struct Random {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  private static let kinds = EventKind.allCases.filter { $0.rawValue >= 16 }

  mutating func record() -> [UInt64] {
    let spec = EventSpec.spec(Self.kinds[Int(next() % UInt64(Self.kinds.count))])
    var words = [UInt64](repeating: 0, count: spec.words)
    words[0] = UInt64(spec.kind.rawValue)
    // Values of all magnitudes, often the same ones.
    let spread = next() % 64
    if spec.hasTime { words[1] = next() >> spread }
    for field in spec.fields {
      let value = next() >> (next() % 3 == 0 ? 60 : spread)
      let mask: UInt64 = field.width == 64 ? .max : 1 << UInt64(field.width) - 1
      words[Int(field.word)] |= (value & mask) << UInt64(field.shift)
    }
    if spec.hasPayload {
      let length = Int(next() % 40)
      words[1] = UInt64(length)
      var bytes = [UInt64](repeating: 0, count: (length + 15) / 16 * 2)
      for index in 0..<length { bytes[index / 8] |= (next() & 0xFF) << UInt64(index % 8 * 8) }
      words += bytes
    }
    return words
  }
}
