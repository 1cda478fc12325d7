// `stats gc --what-if`: one replay learns what the recording's collector did and when its trash became trash, the next drives models of the collector with
// the same births and deaths: one with the thresholds asked for, one with the recording's own, whose distance from what was recorded is the model's error.

import Glibc
import TraceModel
import TraceReplay

public struct WhatIfReport: Sendable {
  public let asked: CollectorThresholds
  /// The recording's thresholds, as its passes show them.
  public let recorded: CollectorThresholds
  /// By generation: what the model says for the thresholds asked for and for the recording's, and what was recorded.
  public let predicted: [ModelPasses]
  public let modelled: [ModelPasses]
  public let actual: [ModelPasses]
  /// Whether references tell when trash became trash; else each object is taken to be trash from its birth on.
  public let knowsTrash: Bool

  public static func sum(_ rows: [ModelPasses]) -> ModelPasses {
    rows.reduce(into: ModelPasses()) {
      $0.passes += $1.passes
      $0.examined += $1.examined
    }
  }

  /// Least error that is stated: a birth or two may fall on the other side of a pass.
  private static let leastError = 0.005

  private static func distance(_ modelled: UInt64, _ actual: UInt64) -> Double {
    actual > 0 ? abs(Double(modelled) - Double(actual)) / Double(actual) : modelled > 0 ? 1 : 0
  }

  /// How far the number of passes may be off, of one: the model's distance from the recording, and at least one pass.
  public var passesError: Double {
    let (modelled, actual, sum) = (Self.sum(modelled).passes, Self.sum(actual).passes, Self.sum(predicted).passes)
    return max(Self.distance(modelled, actual), sum > 0 ? 1 / Double(sum) : 0, Self.leastError)
  }

  /// The same for the examined objects. What a pass of an older generation meets depends on the moment at which it falls: the fewer there are, the less
  /// is sure. The generations' errors are weighted by what they examine.
  public var examinedError: Double {
    let sum = Double(Self.sum(predicted).examined)
    guard sum > 0 else { return Self.leastError }
    let weighted = (0..<3).reduce(0.0) { total, generation in
      let chance = 1 / Double(predicted[generation].passes + 1)
      let error = max(Self.distance(modelled[generation].examined, actual[generation].examined), chance)
      return total + error * Double(predicted[generation].examined)
    }
    return max(weighted / sum, Self.leastError)
  }
}

/// A value for each slot of a heap, 0 at first.
///
/// Safe: a private mapping with an element for each 32-bit number, which only this table unmaps.
@safe private struct SlotValues<Value: BitwiseCopyable>: ~Copyable {
  private let base: UnsafeMutablePointer<Value>
  private static var bytes: Int { (1 << 32) * MemoryLayout<Value>.stride }

  init?() {
    let flags = Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
    guard let found = unsafe mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe found != MAP_FAILED
    else { return nil }
    unsafe base = found.bindMemory(to: Value.self, capacity: 1 << 32)
  }

  deinit { unsafe munmap(base, Self.bytes) }

  subscript(slot: UInt32) -> Value {
    get { unsafe base[Int(slot)] }
    nonmutating set { unsafe base[Int(slot)] = newValue }
  }
}

/// The first replay.
private struct LearningVisitor: EventVisitor, ~Copyable {
  private let touched: SlotValues<UInt64>
  private var lists: FreeListModel
  private let hasLinks: Bool
  private(set) var garbage: [GarbageTime] = []
  private(set) var actual = [ModelPasses](repeating: ModelPasses(), count: 3)
  private(set) var start = CollectorStart()
  private var leastCounts = (Int.max, Int.max, Int.max)
  private var overshoots: [Int] = []
  private var isAutomatic = false
  private var hasPass = false
  private var hasTeardown = false
  /// Before the first pass: event of the last rise to each level of the counter, from 1.
  private var rises: [UInt64] = []
  /// When each member of the unreachable set became trash.
  private var trashTimes: [UInt32: UInt64] = [:]
  private static let risesMax = 1 << 20
  /// Where CPython's generation 0 stands on entering `__main__`.
  private static let mainCount = 7

  init?(_ names: TraceNames, hasLinks: Bool) {
    guard let touched = SlotValues<UInt64>() else { return nil }
    self.touched = touched
    self.hasLinks = hasLinks
    lists = FreeListModel(names)
  }

  /// The recording's thresholds: a pass runs when a counter is beyond its own.
  var thresholds: CollectorThresholds {
    func threshold(_ least: Int, _ usual: Int) -> Int { least == Int.max ? usual : max(0, least - 1) }
    return CollectorThresholds(
      threshold(leastCounts.0, 2000), threshold(leastCounts.1, 10), threshold(leastCounts.2, 10))
  }

  /// Births between the one that asks for a pass and the pass: the median.
  var delay: Int {
    let sorted = overshoots.sorted()
    return sorted.isEmpty ? 0 : max(0, sorted[sorted.count / 2] - thresholds.first - 1)
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    if !trashTimes.isEmpty || event.kind == .collectUnreachable { noteTrash(event, state) }
    switch event.kind {
    case .incref, .decref, .store, .track:
      if !state.collector.isInPass { touched[event.object] = state.eventNumber }
    case .alloc, .allocLarge:
      touched[event.object] = state.eventNumber
      if !hasPass, event.allocFlags & AllocationFlags.reused != 0 {
        _ = lists.take(lists.listClass(event.type, size: event.allocSize))
      }
      guard !hasPass, event.allocFlags & AllocationFlags.counted != 0, rises.count < Self.risesMax else { return }
      rises.append(state.eventNumber)
    case .dealloc:
      let cell = state.objects[event.object]
      guard !hasPass, cell.isAlive, cell.has(ObjectCell.container), !rises.isEmpty else { return }
      if !lists.put(lists.listClass(cell.type, size: cell.size)) { rises.removeLast() }
    case .collectBegin: begin(event)
    case .collectEnd:
      guard !hasTeardown, event.generation < 3 else { return }
      actual[event.generation].passes += 1
      actual[event.generation].examined += UInt64(event.examined)
    default: return
    }
  }

  private mutating func begin(_ event: Event) {
    if event.collectReason == .shutdown { hasTeardown = true }
    let counts = event.beginCounts
    if !hasPass {
      hasPass = true
      // The counter stood at `mainCount` after the rise to the level that is so much lower than now.
      let level = rises.count - (Int(counts.0) - Self.mainCount)
      start.event = level > 0 && level <= rises.count ? rises[level - 1] : 0
      start.count0 = level > 0 ? Self.mainCount : max(0, Int(counts.0) - rises.count)
      (start.count1, start.count2) = (Int(counts.1), Int(counts.2))
      (start.pending, start.total) = (
        Int(clamping: event.beginLongLived.pending), Int(clamping: event.beginLongLived.total)
      )
      rises = []
    }
    guard event.collectReason == .automatic else { return }
    leastCounts.0 = min(leastCounts.0, Int(counts.0))
    overshoots.append(Int(counts.0))
    if event.generation == 1 { leastCounts.1 = min(leastCounts.1, Int(counts.1)) }
    if event.generation == 2 { leastCounts.2 = min(leastCounts.2, Int(counts.2)) }
  }

  /// The unreachable set is told object by object, then the pass goes on: at that moment its links still stand.
  private mutating func noteTrash(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .collectUnreachable:
      trashTimes[event.object] = touched[event.object]
      isSetWhole = false
    case .dealloc:
      if !isSetWhole { joinSet(state) }
      // What is not in the set dies with what held it: containers that nobody tracks.
      let cell = state.objects[event.object]
      guard state.collector.isInPass, cell.isAlive, cell.has(ObjectCell.container) else { return }
      let time = trashTimes[event.object] ?? touched[event.object]
      garbage.append(GarbageTime(serial: cell.serial, event: time))
    case .collectEnd:
      trashTimes.removeAll(keepingCapacity: true)
      isSetWhole = false
    default: if !isSetWhole { joinSet(state) }
    }
  }

  private var isSetWhole = false

  /// What hangs together became trash together: with the last touch of any of it.
  private mutating func joinSet(_ state: borrowing ReplayState) {
    isSetWhole = true
    guard hasLinks else { return }
    var parents: [UInt32: UInt32] = [:]
    func root(_ slot: UInt32) -> UInt32 {
      var slot = slot
      while let parent = parents[slot], parent != slot {
        if let above = parents[parent] { parents[slot] = above }
        slot = parent
      }
      return slot
    }
    for slot in trashTimes.keys {
      state.links.forEachLink(from: state.objects[slot].firstLink) { link in
        guard trashTimes[link.target] != nil else { return }
        let (one, other) = (root(slot), root(link.target))
        if one != other { parents[one] = other }
      }
    }
    var latest: [UInt32: UInt64] = [:]
    for (slot, time) in trashTimes { latest[root(slot), default: 0] = max(latest[root(slot)] ?? 0, time) }
    for slot in trashTimes.keys { trashTimes[slot] = latest[root(slot)] }
  }
}

/// The second replay: two models see the same events.
private struct ModelVisitor: EventVisitor, ~Copyable {
  /// What the models know of the object in a slot: for each the passes begun when it was tracked, plus one; 0 is not tracked.
  private struct Place: BitwiseCopyable {
    var first: UInt32 = 0
    var second: UInt32 = 0
    /// Whether the object will be trash.
    var isTrash: UInt32 = 0
    var unused: UInt32 = 0
  }
  private let places: SlotValues<Place>
  private(set) var first: CollectorModel
  private(set) var second: CollectorModel
  private let garbage: [GarbageTime]
  private var nextGarbage = 0
  private var trashEvents: [UInt32: UInt64] = [:]
  private let start: CollectorStart
  private let hasTracking: Bool
  private var hasBegun: Bool
  private var isOver = false
  private let classes: FreeListModel

  init?(
    _ first: CollectorModel, _ second: CollectorModel, _ garbage: [GarbageTime], _ start: CollectorStart,
    hasTracking: Bool, _ names: TraceNames
  ) {
    guard let places = SlotValues<Place>() else { return nil }
    self.places = places
    (self.first, self.second, self.garbage, self.start) = (first, second, garbage, start)
    self.hasTracking = hasTracking
    hasBegun = start.event == 0
    classes = FreeListModel(names)
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    guard !isOver else { return }
    if !hasBegun, state.eventNumber >= start.event {
      hasBegun = true
      first.enterProgram(start)
      second.enterProgram(start)
    }
    switch event.kind {
    case .alloc, .allocLarge: birth(event, state)
    case .track: track(event.object)
    case .untrack: untrack(event.object)
    case .dealloc: death(event, state)
    case .collectBegin:
      if event.collectReason == .shutdown { isOver = true }
      if event.collectReason == .manual {
        first.run(min(event.generation, 2), at: state.eventNumber)
        second.run(min(event.generation, 2), at: state.eventNumber)
      }
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
    places[event.object] = place
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
    if !hasTracking { track(event.object) }
  }

  private mutating func track(_ slot: UInt32) {
    var place = places[slot]
    guard place.first == 0 else { return }
    (place.first, place.second) = (first.begun + 1, second.begun + 1)
    places[slot] = place
    if place.isTrash != 0, let event = trashEvents[slot] {
      first.trackTrash(at: event)
      second.trackTrash(at: event)
    } else {
      first.track()
      second.track()
    }
  }

  private mutating func untrack(_ slot: UInt32) {
    var place = places[slot]
    guard place.first != 0, place.isTrash == 0 else { return }
    first.untrack(place.first - 1)
    second.untrack(place.second - 1)
    (place.first, place.second) = (0, 0)
    places[slot] = place
  }

  private mutating func death(_ event: Event, _ state: borrowing ReplayState) {
    let cell = state.objects[event.object]
    guard cell.isAlive, cell.has(ObjectCell.container) else { return }
    let place = places[event.object]
    // The models' own passes take the trash.
    if place.isTrash != 0 {
      trashEvents[event.object] = nil
      return
    }
    untrack(event.object)
    guard hasBegun, !state.collector.isInPass else { return }
    let list = classes.listClass(cell.type, size: cell.size)
    first.death(list)
    second.death(list)
  }
}

extension TraceSession {
  /// What the collector would have done with other thresholds. Nil when the system gives no memory.
  public func whatIf(_ asked: CollectorThresholds) throws(ReplayError) -> WhatIfReport? {
    let hasLinks = level.includes(.links)
    guard var learning = LearningVisitor(definitions, hasLinks: hasLinks) else { return nil }
    _ = try replay(withLinks: hasLinks, visitor: &learning)
    let garbage = learning.garbage.sorted { $0.serial < $1.serial }
    let (start, recorded, delay) = (learning.start, learning.thresholds, learning.delay)
    func model(_ thresholds: CollectorThresholds) -> CollectorModel {
      CollectorModel(thresholds, delay: delay, start: start, lists: FreeListModel(definitions))
    }
    guard
      var visitor = ModelVisitor(
        model(asked), model(recorded), garbage, start, hasTracking: level.includes(.refs), definitions)
    else { return nil }
    _ = try replay(visitor: &visitor)
    return WhatIfReport(
      asked: asked, recorded: recorded, predicted: visitor.first.passes, modelled: visitor.second.passes,
      actual: learning.actual, knowsTrash: level.includes(.refs))
  }
}
