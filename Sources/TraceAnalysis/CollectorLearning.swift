// What a recording tells the collector's model: where the counters stood, which thresholds there were, what became trash when, and what passes untracked.

import TraceModel
import TraceReplay

/// The first replay of `stats gc --what-if`.
struct LearningVisitor: EventVisitor, ~Copyable {
  /// By cell.
  private let touched: CellValues<UInt64>
  private let trackedAt: CellValues<UInt64>
  /// Events that tracked what a pass then untracked.
  private(set) var untracked: [UInt64] = []
  private var lists: FreeListModel
  private let hasLinks: Bool
  private(set) var garbage: [GarbageTime] = []
  private(set) var actual = [ModelPasses](repeating: ModelPasses(), count: 3)
  private(set) var start = CollectorStart()
  /// Of automatic passes under the thresholds that the recording began with.
  private var leastCounts = (Int.max, Int.max, Int.max)
  private var overshoots: [Int] = []
  /// Births between the one that asks for a pass and the pass, under thresholds that the program set.
  private var delays: [Int] = []
  /// What the program's own calls tell of the thresholds that the recording began with, and those that it has set since.
  private var told: (first: Int?, second: Int?, third: Int?)
  private var chosen: CollectorThresholds?
  /// After such a call the counter may stand anywhere.
  private var isAfterSettings = false
  /// Calls by which the program turned the collector on or off or set thresholds.
  private(set) var settings: UInt64 = 0
  private var isAutomatic = false
  private var hasPass = false
  private var hasTeardown = false
  /// Before the first pass: event of the last rise to each level of the counter, from 1.
  private var rises: [UInt64] = []
  /// When each member of the unreachable set became trash.
  private var trashTimes: [UInt32: UInt64] = [:]
  /// The same for what its members hold and nobody tracks.
  private var heldTimes: [UInt32: UInt64] = [:]
  private static let risesMax = 1 << 20
  /// Where CPython's counters stand on entering `__main__`.
  private static let mainCounts = (7, 3, 0)
  private let places: ProgramPlaces
  private let names: TraceNames

  init?(_ names: TraceNames, hasLinks: Bool) {
    guard let touched = CellValues<UInt64>(), let trackedAt = CellValues<UInt64>() else { return nil }
    self.touched = touched
    self.trackedAt = trackedAt
    self.hasLinks = hasLinks
    self.names = names
    places = ProgramPlaces(names: names)
    lists = FreeListModel(names)
  }

  /// The thresholds that the recording began with: the program's calls tell them, or a pass runs when a counter is beyond its own.
  var thresholds: CollectorThresholds {
    func threshold(_ told: Int?, _ least: Int, _ usual: Int) -> Int {
      told ?? (least == Int.max ? usual : max(0, least - 1))
    }
    return CollectorThresholds(
      threshold(told.first, leastCounts.0, 2000), threshold(told.second, leastCounts.1, 10),
      threshold(told.third, leastCounts.2, 10))
  }

  /// Births between the one that asks for a pass and the pass: the median.
  var delay: Int {
    let first = thresholds.first
    let sorted = (overshoots.map { $0 - first - 1 } + delays).sorted()
    return sorted.isEmpty ? 0 : max(0, sorted[sorted.count / 2])
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    // What the teardown frees was in use until the program's end.
    if hasTeardown { return }
    if ReplayState.beginsTeardown(event) {
      hasTeardown = true
      return
    }
    if !trashTimes.isEmpty || event.kind == .collectUnreachable { noteTrash(event, state) }
    switch event.kind {
    case .incref, .decref, .store, .track:
      let cell = state.objects.cellNumber(event.object)
      if !state.collector.isInPass { touched[cell] = state.eventNumber }
      if event.kind == .track { trackedAt[cell] = state.eventNumber }
    case .untrack:
      let tracked = trackedAt[state.objects.cellNumber(event.object)]
      if state.collector.isInPass, tracked != 0 { untracked.append(tracked) }
    case .alloc, .allocLarge:
      touched[state.objects.cellNumber(afterBirthIn: event.object)] = state.eventNumber
      if !hasPass, start.event == 0, names.isProgramCode(places.code(ofSite: event.allocSite)) { enter(state) }
      if !hasPass, event.allocFlags & AllocationFlags.reused != 0 {
        _ = lists.take(lists.listClass(event.type, size: event.allocSize))
      }
      guard !hasPass, event.allocFlags & AllocationFlags.counted != 0, rises.count < Self.risesMax else { return }
      rises.append(state.eventNumber)
    case .dealloc:
      let cell = state.objects[event.object]
      guard !hasPass, cell.isAlive, cell.has(ObjectCell.container), !rises.isEmpty else { return }
      if !lists.put(lists.listClass(cell.type, size: cell.size)) { rises.removeLast() }
    case .collectSettings: note(settings: event)
    case .collectBegin: begin(event)
    case .collectEnd:
      guard event.generation < 3 else { return }
      actual[event.generation].passes += 1
      actual[event.generation].examined += UInt64(event.examined)
    default: return
    }
  }

  /// The thresholds that a call does not change are those that were there before.
  private mutating func note(settings event: Event) {
    settings += 1
    isAfterSettings = true
    let now = CollectorThresholds(event.thresholds)
    if chosen == nil {
      let given = event.collectorCall == .setThreshold ? event.thresholdsGiven : 0
      if given < 1 { told.first = now.first }
      if given < 2 { told.second = told.second ?? now.second }
      if given < 3 { told.third = told.third ?? now.third }
    }
    if event.collectorCall == .setThreshold { chosen = now }
  }

  /// The program's first birth. A pass tells later what its counters show, which is exact for what came before it; without one this stands.
  private mutating func enter(_ state: borrowing ReplayState) {
    start.event = state.eventNumber
    (start.count0, start.count1, start.count2) = Self.mainCounts
  }

  private mutating func begin(_ event: Event) {
    let counts = event.beginCounts
    if !hasPass {
      hasPass = true
      // The counter stood at 7 after the rise to the level that is so much lower than now.
      let level = rises.count - (Int(counts.0) - Self.mainCounts.0)
      start.event = level > 0 && level <= rises.count ? rises[level - 1] : 0
      start.count0 = level > 0 ? Self.mainCounts.0 : max(0, Int(counts.0) - rises.count)
      (start.count1, start.count2) = (Int(counts.1), Int(counts.2))
      (start.pending, start.total) = (
        Int(clamping: event.beginLongLived.pending), Int(clamping: event.beginLongLived.total)
      )
      rises = []
    }
    guard event.collectReason == .automatic else { return }
    defer { isAfterSettings = false }
    if let chosen {
      if !isAfterSettings { delays.append(Int(counts.0) - chosen.first - 1) }
      return
    }
    leastCounts.0 = min(leastCounts.0, Int(counts.0))
    if !isAfterSettings { overshoots.append(Int(counts.0)) }
    if event.generation == 1 { leastCounts.1 = min(leastCounts.1, Int(counts.1)) }
    if event.generation == 2 { leastCounts.2 = min(leastCounts.2, Int(counts.2)) }
  }

  /// The unreachable set is told object by object, then the pass goes on: at that moment its links still stand.
  private mutating func noteTrash(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .collectUnreachable:
      trashTimes[event.object] = touched[state.objects.cellNumber(event.object)]
      isSetWhole = false
    case .dealloc:
      if !isSetWhole { joinSet(state) }
      // What is not in the set dies with what held it: containers that nobody tracks.
      let cell = state.objects[event.object]
      guard state.collector.isInPass, cell.isAlive, cell.has(ObjectCell.container) else { return }
      let time = trashTimes[event.object] ?? heldTimes[event.object] ?? touched[state.objects.cellNumber(event.object)]
      garbage.append(GarbageTime(serial: cell.serial, event: time))
    case .collectEnd:
      trashTimes.removeAll(keepingCapacity: true)
      heldTimes.removeAll(keepingCapacity: true)
      isSetWhole = false
    default: if !isSetWhole { joinSet(state) }
    }
  }

  /// Containers that the set holds and that nobody tracks: what dies of them dies with what held it last.
  private mutating func noteHeld(_ state: borrowing ReplayState) {
    var holders = trashTimes.map { ($0.key, $0.value) }
    while let (holder, time) = holders.popLast() {
      state.links.forEachLink(from: state.objects[holder].firstLink) { link in
        let cell = state.objects[link.target]
        guard trashTimes[link.target] == nil, cell.isAlive, cell.has(ObjectCell.container),
          !cell.has(ObjectCell.tracked), heldTimes[link.target].map({ $0 < time }) ?? true
        else { return }
        heldTimes[link.target] = time
        holders.append((link.target, time))
      }
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
    noteHeld(state)
  }
}
