// The state that a replay leaves, the moments at which it stops, and the places of fields in records.

import TestSupport
import Testing
import TraceFormat
import TraceModel

@testable import TraceReplay

@Suite struct ReplayTests {
  private func sound() throws -> TraceSession {
    try TextTraces.session(file: "\(TestFiles.root)/traces/lawful/sound.txt")
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

  @Test func itemsThatShiftKeepTheirHolder() throws {
    let session = try TextTraces.session(file: "\(TestFiles.root)/traces/lawful/shifts.txt")
    func items(after number: UInt64) throws -> [UInt32] {
      let state = try session.replay(until: .event(number), withLinks: true)
      return (0..<4).map { state.links.target(holder: 64, field: FieldName(.item, $0).rawValue) }
    }
    // Event 7 is the fill; 8 and 9 insert, 10 and 11 pop the first, 12 appends, 13 and 14 pop in the middle.
    #expect(try items(after: 7) == [80, 96, 0, 0])
    #expect(try items(after: 9) == [80, 112, 96, 0])
    #expect(try items(after: 11) == [112, 96, 0, 0])
    #expect(try items(after: 14) == [112, 80, 0, 0])
    let state = try session.replay(until: .event(15), withLinks: true)
    let holders = [80, 96, 112].map { state.objects[$0].holders }
    #expect(holders == [0, 1, 1])
  }

  /// Against an array that does the same, with shifts of all items and of some, up and down.
  @Test func aShiftedListIsTheArrayThatItStandsFor() {
    guard var table = LinkTable() else {
      Issue.record("no address space for a table of links")
      return
    }
    var head: UInt32 = 0
    var items: [UInt32] = []
    var lost = 0
    var random: UInt64 = 7
    func next(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % bound
    }
    for step in 1...4000 {
      let place = next(3) == 0 ? 0 : next(items.count + 1)
      if items.count < 40 && next(2) == 0 || items.isEmpty {
        table.shift(holder: 9, first: UInt32(place), by: 1, head: &head) { _ in lost += 1 }
        _ = table.store(holder: 9, field: UInt32(place), target: UInt32(step), head: &head)
        items.insert(UInt32(step), at: place)
      } else {
        let count = min(items.count - min(place, items.count - 1), 1 + next(3))
        let begin = min(place, items.count - 1)
        for index in begin..<begin + count { _ = table.store(holder: 9, field: UInt32(index), target: 0, head: &head) }
        table.shift(holder: 9, first: UInt32(begin + count), by: Int64(-count), head: &head) { _ in lost += 1 }
        items.removeSubrange(begin..<begin + count)
      }
      let found = (0..<items.count + 2).map { table.target(holder: 9, field: UInt32($0)) }
      #expect(found == items + [0, 0])
    }
    var named: [UInt32: UInt32] = [:]
    table.forEachLink(from: head) { named[$0.field] = $0.target }
    #expect(named.count == items.count && items.indices.allSatisfy { named[UInt32($0)] == items[$0] })
    #expect(lost == 0)
  }

  @Test func aDeathDropsWhatTheDeadHeld() {
    guard var table = LinkTable() else {
      Issue.record("no address space for a table of links")
      return
    }
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
