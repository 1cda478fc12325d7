// Records that nobody watches take a loop of their own; the state that they leave is the same.

import TestSupport
import Testing
import TraceFormat
import TraceModel

@testable import TraceReplay

/// Sees everything, and does nothing with it.
private struct Onlooker: EventVisitor {
  private(set) var seen: UInt64 = 0
  mutating func visit(_ event: Event, _ state: borrowing ReplayState) { seen += 1 }
}

/// What two replays must agree on, in words.
private func facts(_ state: borrowing ReplayState) -> [String] {
  var lines = [
    "\(state.eventNumber) \(state.time) \(state.births) \(state.deaths) \(state.liveBytes) \(state.peakBytes)",
    "\(state.increfs) \(state.decrefs) \(state.stores) \(state.collector.passCount) \(state.records.list)",
  ]
  state.objects.forEachLive { slot, cell in
    lines.append(
      "\(slot) \(cell.serial) \(cell.birth) \(cell.refcount) \(cell.flags) \(cell.trackedPass) \(cell.holders)")
  }
  return lines
}

@Suite struct WatchedKindsTests {
  @Test func aSetHoldsWhatWasPutIn() {
    let some = WatchedKinds([.defineString, .incref, .collectEnd, .raise])
    for kind in EventKind.allCases {
      let isIn = [.defineString, .incref, .collectEnd, .raise].contains(kind)
      #expect(some.contains(kind) == isIn && WatchedKinds.all.contains(kind) && !WatchedKinds.none.contains(kind))
      #expect(WatchedKinds.allBut([.incref]).contains(kind) == (kind != .incref))
    }
  }

  @Test func whatNobodyWatchesLeavesTheSameStateAtEveryEvent() throws {
    for path in TextTraces.files("traces/lawful") {
      let session = try TextTraces.session(file: path)
      let count = try session.replay(until: .end).eventNumber
      for number in 0..<count {
        for withLinks in [false, true] {
          var onlooker = Onlooker()
          let watched = try session.replay(until: .event(number), withLinks: withLinks, visitor: &onlooker)
          var nobody = NoVisitor()
          let unwatched = try session.replay(until: .event(number), withLinks: withLinks, visitor: &nobody)
          #expect(facts(watched) == facts(unwatched), "\(path) #\(number)")
          #expect(onlooker.seen >= watched.eventNumber)
        }
      }
      for point in [TimePoint.programEnd, .end, .time(1205), .start] {
        var onlooker = Onlooker()
        let watched = try session.replay(until: point, visitor: &onlooker)
        var nobody = NoVisitor()
        let unwatched = try session.replay(until: point, visitor: &nobody)
        #expect(facts(watched) == facts(unwatched), "\(path) \(point)")
      }
    }
  }
}
