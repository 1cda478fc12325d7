// Drives two models of the collector with the births and deaths of a trace: they see the same events.

import TraceModel
import TraceReplay

/// The second replay of `stats gc --what-if`.
struct ModelVisitor: EventVisitor, ~Copyable {
  /// What the models know of an object, by its cell: for each the passes begun when it was tracked, plus one; 0 is not tracked.
  private struct Place: BitwiseCopyable {
    var first: UInt32 = 0
    var second: UInt32 = 0
    /// Whether the object will be trash.
    var isTrash: UInt32 = 0
    /// 1: the first pass untracks it.
    var isUntilPass: UInt32 = 0
  }
  private let places: CellValues<Place>
  private(set) var first: CollectorModel
  private(set) var second: CollectorModel
  private let garbage: [GarbageTime]
  private var nextGarbage = 0
  private let untracked: [UInt64]
  private var nextUntracked = 0
  private var trashEvents: [UInt32: UInt64] = [:]
  private let start: CollectorStart
  private let hasTracking: Bool
  private var hasBegun: Bool
  private var isOver = false
  private let classes: FreeListModel

  init?(
    _ first: CollectorModel, _ second: CollectorModel, _ garbage: [GarbageTime], untracked: [UInt64],
    _ start: CollectorStart, hasTracking: Bool, _ names: TraceNames
  ) {
    guard let places = CellValues<Place>() else { return nil }
    self.places = places
    (self.first, self.second, self.garbage, self.start) = (first, second, garbage, start)
    self.untracked = untracked
    self.hasTracking = hasTracking
    hasBegun = start.event == 0
    classes = FreeListModel(names)
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    guard !isOver else { return }
    if ReplayState.beginsTeardown(event) {
      isOver = true
      return
    }
    if !hasBegun, state.eventNumber >= start.event {
      hasBegun = true
      first.enterProgram(start)
      second.enterProgram(start)
    }
    switch event.kind {
    case .alloc, .allocLarge: birth(event, state)
    case .track: track(event.object, state.objects.cellNumber(event.object), at: state.eventNumber)
    case .untrack:
      // A pass of the recording is none of the models'.
      let cell = state.objects.cellNumber(event.object)
      if !state.collector.isInPass || places[cell].isUntilPass == 0 { untrack(cell) }
    case .dealloc: death(event, state)
    case .collectBegin:
      if event.collectReason == .manual {
        first.run(min(event.generation, 2), at: state.eventNumber)
        second.run(min(event.generation, 2), at: state.eventNumber)
      }
    case .collectSettings:
      first.apply(event)
      second.apply(event)
    default: return
    }
  }

  private mutating func birth(_ event: Event, _ state: borrowing ReplayState) {
    let serial = state.births + 1
    while nextGarbage < garbage.count, garbage[nextGarbage].serial < serial { nextGarbage += 1 }
    var place = Place()
    if nextGarbage < garbage.count, garbage[nextGarbage].serial == serial {
      place.isTrash = 1
      trashEvents[event.object] = max(garbage[nextGarbage].event, state.eventNumber)
    }
    let cell = state.objects.cellNumber(afterBirthIn: event.object)
    places[cell] = place
    guard event.allocFlags & AllocationFlags.container != 0 else { return }
    let list = classes.listClass(event.type, size: event.allocSize)
    if place.isTrash != 0, let time = trashEvents[event.object] {
      first.bearTrash(at: time, list)
      second.bearTrash(at: time, list)
    }
    if hasBegun, event.allocFlags & (AllocationFlags.counted | AllocationFlags.reused) != 0 {
      if first.birth(list) { first.runDue(at: state.eventNumber) }
      if second.birth(list) { second.runDue(at: state.eventNumber) }
    }
    if !hasTracking { track(event.object, cell, at: state.eventNumber) }
  }

  private mutating func track(_ slot: UInt32, _ cell: Int, at event: UInt64) {
    while nextUntracked < untracked.count, untracked[nextUntracked] < event { nextUntracked += 1 }
    let isUntilPass = hasBegun && nextUntracked < untracked.count && untracked[nextUntracked] == event
    var place = places[cell]
    // What a pass untracks in the recording is tracked anew; a model's pass may not have come to it.
    if place.isUntilPass != 0 { untrack(cell) }
    place = places[cell]
    guard place.first == 0 else { return }
    (place.first, place.second) = (first.begun + 1, second.begun + 1)
    if place.isTrash != 0, let event = trashEvents[slot] {
      places[cell] = place
      first.trackTrash(at: event)
      second.trackTrash(at: event)
      return
    }
    place.isUntilPass = isUntilPass ? 1 : 0
    places[cell] = place
    first.track(untilPass: isUntilPass)
    second.track(untilPass: isUntilPass)
  }

  private mutating func untrack(_ cell: Int) {
    var place = places[cell]
    guard place.first != 0, place.isTrash == 0 else { return }
    first.untrack(place.first - 1, untilPass: place.isUntilPass != 0)
    second.untrack(place.second - 1, untilPass: place.isUntilPass != 0)
    (place.first, place.second, place.isUntilPass) = (0, 0, 0)
    places[cell] = place
  }

  private mutating func death(_ event: Event, _ state: borrowing ReplayState) {
    let cell = state.objects[event.object]
    guard cell.isAlive, cell.has(ObjectCell.container) else { return }
    let number = state.objects.cellNumber(event.object)
    let place = places[number]
    // The models' own passes take the trash.
    if place.isTrash != 0 {
      trashEvents[event.object] = nil
      return
    }
    untrack(number)
    guard hasBegun, !state.collector.isInPass else { return }
    let list = classes.listClass(cell.type, size: cell.size)
    first.death(list)
    second.death(list)
  }
}
