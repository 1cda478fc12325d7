// Index files, predicates, pauses and the collector's model, on small text traces.

import Glibc
import Testing
import TraceFormat
import TraceModel
import TraceReplay

@testable import TraceAnalysis

@Suite struct IndexTests {
  /// A trace of three chunks in a file of its own, indexed before each.
  private final class Indexed {
    let path: String
    init() throws {
      var template = Array("/tmp/exuvia-index-XXXXXX".utf8CString)
      let descriptor = mkstemp(&template)
      if descriptor >= 0 { close(descriptor) }
      path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      try TextReader.assemble(Array(Self.text.utf8), textPath: "index", outputPath: path, force: true)
      _ = try TraceFile(path: path).writeIndex(spacing: CheckpointSpacing(events: 1))
    }
    deinit {
      unlink(path)
      unlink(path + CheckpointFile.suffix)
    }

    static let text = """
      @exuvia 0.1
      @header flags=0 level=refs wall=0 monotonic=0 pid=0
      @chunk stream=0 ringBegin=0 ringEnd=10
      defineString id=1 text="Foo"
      defineType id=1 name=1
      defineString id=2 text="warm"
      threadStart time=5 thread=1 kernelThread=9 name=0
      lockAcquire time=10 lock=0 thread=1
      alloc type=1 object=0x10 size=32 flags=5
      track object=0x10
      alloc type=1 object=0x20 size=48 flags=5
      @chunk stream=0 ringBegin=10 ringEnd=20
      marker time=20 name=2
      collectBegin time=30 generation=0 reason=automatic count0=701 count1=3
      collectEnd time=70 generation=0 examined=1 count1=4
      alloc type=1 object=0x30 size=16 flags=5
      dealloc object=0x20 cause=refcount
      @chunk stream=0 ringBegin=20 ringEnd=30
      alloc type=1 object=0x40 size=16 flags=5
      alloc type=1 object=0x50 size=16 flags=5
      generatorCreate object=0x50 code=0 site=0
      generatorYield object=0x50 line=3
      processExit time=100 status=0
      @end status=0 signalled=0

      """
  }

  private func rows(_ state: borrowing ReplayState) -> [String] {
    var rows: [String] = ["\(state.eventNumber) \(state.time) \(state.births) \(state.liveBytes) \(state.gilOwner)"]
    state.objects.forEachLive { slot, cell in
      rows.append(
        "\(slot) \(cell.serial) \(cell.birth) \(cell.type) \(cell.size) \(cell.refcount) \(cell.flags) \(cell.thread) \(cell.trackedPass)"
      )
    }
    if let generator = state.generators[0x50] { rows.append("\(generator)") }
    return rows
  }

  @Test func theStateAtEveryEventIsThatOfAReplayFromTheStart() throws {
    let trace = try Indexed()
    let session = try TraceSession(path: trace.path)
    #expect(session.index?.checkpointEvents.count == 2)
    let plain = try TraceSession(file: session.file, usesIndex: false)
    for event in 0..<UInt64(14) {
      #expect(try rows(session.replay(until: .event(event))) == rows(plain.replay(until: .event(event))))
    }
    for point in [TimePoint.pass(1), .marker("warm"), .programEnd, .end, .time(69), .time(70)] {
      #expect(try rows(session.replay(until: point)) == rows(plain.replay(until: point)))
    }
  }

  @Test func anIndexOfAnotherStateOfTheTraceIsRefused() throws {
    let trace = try Indexed()
    let longer = Indexed.text.replacing("size=48", with: "size=96")
    try TextReader.assemble(Array(longer.utf8), textPath: "index", outputPath: trace.path, force: true)
    let session = try TraceSession(path: trace.path)
    #expect(session.index == nil && session.indexRefusal?.contains("another state") == true)
  }

  @Test func momentsAreThoseAtWhichAPredicateBecomesTrue() throws {
    let trace = try Indexed()
    let session = try TraceSession(path: trace.path)
    func events(_ text: String, _ choice: WhenChoice = .each) throws -> [UInt64?] {
      try session.when(Predicate(text), choice, kept: 10).moments.map(\.event)
    }
    #expect(try events("live(Foo) >= 3") == [8, 10])
    #expect(try events("live(Foo) >= 3", .last) == [10])
    #expect(try events("live() < 1") == [nil])
    #expect(try events("bytes() > 90") == [8])
    #expect(try events("pause() >= 40ns") == [7])
    #expect(try events("pause(1) > 0ns").isEmpty)
  }

  @Test func whatIsNoPredicateIsSaidToBeNone() {
    for text in [
      "live", "live(X)", "live(X) > 5ms", "pause(3) > 1ms", "waiting(gil) > 1", "speed() > 1", "bytes() > -1",
    ] {
      #expect(throws: Predicate.Mistake.self) { try Predicate(text) }
    }
  }

  @Test func countsOfAPartAreThoseOfItsEvents() throws {
    let trace = try Indexed()
    let report = try TraceSession(path: trace.path).report(from: .event(4), until: .event(9))
    #expect(report.totals.births == 1 && report.totals.deaths == 1 && report.totals.events == 5)
    #expect(report.statistics.types[1].births == 1 && report.statistics.types[1].peakLive == 3)
  }

  @Test func utilisationIsThatOfTheWorstStretch() {
    func pass(_ begin: UInt64, _ end: UInt64) -> PassRecord {
      PassRecord(
        generation: 0, reason: .automatic, startTime: begin, endTime: end, event: 0, examined: 0, collected: 0,
        promoted: 0, liveBefore: 0, liveAfter: 0)
    }
    let pauses = Pauses([pass(100, 110), pass(115, 125), pass(500, 505)])
    #expect(pauses.quantile(0.5) == 10 && pauses.quantile(0.1) == 5 && pauses.quantile(1) == 10)
    #expect(pauses.minimumUtilisation(window: 10, end: 1000) == 0)
    #expect(pauses.minimumUtilisation(window: 25, end: 1000) == 0.2)
    #expect(pauses.minimumUtilisation(window: 2000, end: 1000) == nil)
  }
}
