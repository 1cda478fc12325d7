// The state that a replay leaves, the moments at which it stops, and the places of fields in records.

import Testing
import TraceFormat
import TraceModel

@testable import TraceReplay

@Suite struct ReplayTests {
  private func sound() throws -> TraceSession {
    try TextTraces.session(file: "\(TextTraces.root)/traces/lawful/sound.txt")
  }

  @Test func momentsAreRead() {
    #expect(TimePoint("1.25s") == .time(1_250_000_000))
    #expect(TimePoint("350ms") == .time(350_000_000))
    #expect(TimePoint("#12345") == .event(12345))
    #expect(TimePoint("gc:7") == .pass(7))
    #expect(TimePoint("@warm") == .marker("warm"))
    #expect(TimePoint("start") == .start)
    #expect(TimePoint("end") == .programEnd)
    #expect(TimePoint("exit") == .end)
    for text in ["", "5", "-1s", "s", "gc:", "@", "#x", "infs", "nans"] { #expect(TimePoint(text) == nil, "\(text)") }
  }

  @Test func theStateAtTheEndIsThatOfTheEvents() throws {
    let state = try sound().replay(until: .end)
    let totals = (state.births, state.deaths, state.liveBytes, state.collector.passCount)
    #expect(totals == (7, 7, 0, 2))
    let hasExited = state.hasExited
    #expect(hasExited)
  }

  @Test func aReplayStopsAtItsMoment() throws {
    let session = try sound()
    func ask<Answer>(_ point: TimePoint, _ question: (borrowing ReplayState) -> Answer) throws -> Answer {
      let state = try session.replay(until: point)
      return question(state)
    }
    let next = try ask(.event(4)) { $0.eventNumber }
    #expect(next == 5)
    let owner = try ask(.time(1205)) { $0.locks[112]?.owner }
    #expect(owner == 1)
    let afterPass = try ask(.pass(1)) { ($0.liveCount, $0.collector.passCount) }
    #expect(afterPass == (1, 1))
    let holder = try ask(.marker("Foo")) { $0.gilOwner }
    #expect(holder == 1)
    let live = try ask(.programEnd) { $0.liveCount }
    #expect(live == 1)
    #expect(throws: ReplayError.self) { _ = try session.replay(until: .pass(3)) }
    #expect(throws: ReplayError.self) { _ = try session.replay(until: .marker("nowhere")) }
  }

  @Test func linksKnowWhoHoldsWhom() throws {
    let session = try sound()
    let state = try session.replay(until: .event(7), withLinks: true)
    let field = FieldName(.attribute, 6).rawValue
    let target = state.links.target(holder: 64, field: field)
    let holders = state.objects[80].holders
    #expect(target == 80 && holders == 1)
    let end = try session.replay(until: .end, withLinks: true)
    let left = end.links.count
    #expect(left == 0)
  }

  @Test func aDeathDropsWhatTheDeadHeld() {
    var table = LinkTable()
    var heads: [UInt32] = [0, 0, 0, 0]
    for holder in 1...3 {
      for field in 0..<500 {
        _ = table.store(holder: UInt32(holder), field: UInt32(field), target: UInt32(field + 1), head: &heads[holder])
      }
    }
    var heard = 0
    table.removeAll(head: &heads[2]) { _ in heard += 1 }
    let counts = (heard, table.count)
    #expect(counts == (500, 1000))
    let targets = (table.target(holder: 2, field: 7), table.target(holder: 3, field: 7))
    #expect(targets == (0, 8))
    let old = table.store(holder: 3, field: 7, target: 0, head: &heads[3])
    let count = table.count
    #expect(old == 8 && count == 999)
  }

  @Test func accessorsReadTheFieldsOfTheTable() {
    for kind in EventKind.allCases {
      #expect(EventKinds.shared[kind.rawValue] == kind)
      let words: [UInt64] = (0..<6).map { 0x0123_4567_89AB_CDEF &* (2 &* UInt64($0) &+ 3) }
      words.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        check(Event(words: base, kind: kind))
      }
    }
  }

  private func check(_ event: Event) {
    let row = EventSpec.spec(event.kind)
    func value(_ name: String) -> UInt64? { row.fields.first { $0.name == name }.map { event.value($0) } }
    func expect(_ name: String, _ found: some BinaryInteger) {
      guard let expected = value(name) else { return }
      #expect(UInt64(truncatingIfNeeded: found) == expected, "\(event.kind).\(name)")
    }
    switch event.kind {
    case .alloc, .allocLarge:
      expect("type", event.type)
      expect("site", event.allocSite)
      expect("size", event.allocSize)
      expect("flags", event.allocFlags)
    case .store:
      expect("field", event.field)
      expect("old", event.storeOld)
      expect("new", event.storeNew)
    case .collectEnd:
      expect("collected", event.collected)
      expect("examined", event.examined)
      expect("uncollectable", event.uncollectable)
      expect("count1", event.endCounts.1)
      expect("count2", event.endCounts.2)
      expect("longLivedTotal", event.endLongLived.total)
    case .collectBegin:
      expect("generation", event.generation)
      expect("count1", event.beginCounts.1)
      expect("longLivedPending", event.beginLongLived.pending)
    case .lockAcquire, .lockRelease, .lockBlock:
      expect("lock", event.lock)
      expect("thread", event.lockThread)
      expect("blockedFor", event.blockedNanoseconds)
    case .generatorCreate:
      expect("code", event.generatorCode)
      expect("site", event.generatorSite)
    case .generatorResume, .generatorYield, .generatorReturn:
      expect("line", event.line)
      expect("value", event.value)
    case .defineType:
      expect("id", event.type)
      expect("name", event.definedTypeName)
      expect("metaclass", event.definedTypeMetaclass)
    case .raise:
      expect("type", event.type)
      expect("code", event.raiseCode)
    default: break
    }
    expect("object", event.object)
  }
}
