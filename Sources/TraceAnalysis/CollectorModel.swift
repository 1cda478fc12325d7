// When the collector would run with other thresholds: its counters, generations and free lists, driven by the births and deaths of a trace.
// Source of the rules: CPython 3.13's Python/gc.c (gc_select_generation, gc_collect_main) and the free lists of its Objects/.

import TraceModel
import TraceReplay

public struct CollectorThresholds: Sendable, Equatable {
  public var first: Int
  public var second: Int
  public var third: Int

  public init(_ first: Int, _ second: Int, _ third: Int) {
    (self.first, self.second, self.third) = (first, second, third)
  }

  init(_ three: (UInt32, UInt32, UInt32)) { self.init(Int(three.0), Int(three.1), Int(three.2)) }
}

/// What passes of one generation there were, or would be.
public struct ModelPasses: Sendable, Equatable {
  public var passes: UInt64 = 0
  public var examined: UInt64 = 0
}

/// Free lists of containers: what dies into one is not seen by generation 0's counter, nor is its next birth.
struct FreeListModel {
  /// 0 has no free list; 1-20 tuples by length; then lists, dicts, slices.
  static let classCount = 24
  private static let (listClass, dictClass, sliceClass) = (21, 22, 23)
  private static let longestTuple = 20
  /// Bytes of an empty tuple with the collector's links before it, and of an item.
  private static let (emptyTupleBytes, itemBytes): (UInt64, UInt64) = (40, 8)
  private static let most = [0] + Array(repeating: 2000, count: longestTuple) + [80, 80, 1]
  private var parked = [Int](repeating: 0, count: classCount)
  /// Class by type id; tuples are 1.
  private let classes: [Int]

  init(_ names: TraceNames) {
    classes = names.types.indices.map { id in
      guard names.type(UInt32(id))?.origin == 0 else { return 0 }
      switch names.typeName(UInt32(id)) {
      case "tuple": return 1
      case "list": return Self.listClass
      case "dict": return Self.dictClass
      case "slice": return Self.sliceClass
      default: return 0
      }
    }
  }

  func listClass(_ type: UInt32, size: UInt64) -> Int {
    guard Int(type) < classes.count, classes[Int(type)] == 1 else {
      return Int(type) < classes.count ? classes[Int(type)] : 0
    }
    guard size > Self.emptyTupleBytes else { return 0 }
    let length = (size - Self.emptyTupleBytes) / Self.itemBytes
    return length <= UInt64(Self.longestTuple) ? Int(length) : 0
  }

  /// Whether a birth takes memory out of the list.
  mutating func take(_ list: Int) -> Bool {
    guard parked[list] > 0 else { return false }
    parked[list] -= 1
    return true
  }

  /// Whether a death leaves its memory to the list.
  mutating func put(_ list: Int) -> Bool {
    guard parked[list] < Self.most[list] else { return false }
    parked[list] += 1
    return true
  }

  mutating func clear() { for list in parked.indices { parked[list] = 0 } }
}

/// An object that a pass found to be trash: when it became so.
struct GarbageTime: Sendable {
  let serial: UInt64
  let event: UInt64
}

/// The counters and generations. Objects are numbers of lists here; who is which is the visitor's to know.
struct CollectorModel {
  private(set) var thresholds: CollectorThresholds
  private var isEnabled = true
  /// Births that happen between the one that asks for a pass and the pass.
  let delay: Int
  var count0: Int
  var count1: Int
  var count2: Int
  var longLivedPending: Int
  var longLivedTotal: Int
  private(set) var passes = [ModelPasses](repeating: ModelPasses(), count: 3)
  private(set) var lists: FreeListModel
  /// Tracked objects by generation, trash included.
  private(set) var sizes = [0, 0, 0]
  /// As in `CollectorState`: passes begun, and the last one that took in generation 1.
  private(set) var begun: UInt32 = 0
  private var lastOld: UInt32 = 0

  private struct Trash {
    let event: UInt64
    /// The free list that its memory goes to, and whether it is among the tracked.
    let list: Int
    let isTracked: Bool
  }
  /// Those of generation 0 that the next pass untracks: tuples and dicts that hold nothing that is tracked.
  private var briefs = 0
  /// Objects that are or will be trash, by generation.
  private var trash: [[Trash]] = [[], [], []]

  init(_ thresholds: CollectorThresholds, delay: Int, start: CollectorStart, lists: FreeListModel) {
    (self.thresholds, self.delay, self.lists) = (thresholds, delay, lists)
    (count0, count1, count2) = (start.count0, start.count1, start.count2)
    (longLivedPending, longLivedTotal) = (start.pending, start.total)
  }

  func generation(_ stamp: UInt32) -> Int { lastOld > stamp ? 2 : begun > stamp ? 1 : 0 }

  /// A container is born. True when a pass is due.
  mutating func birth(_ list: Int) -> Bool {
    if lists.take(list) { return false }
    count0 += 1
    return isEnabled && count0 > thresholds.first + delay && thresholds.first > 0
  }

  /// The program turns the collector on or off, or sets thresholds: those that it does not name stay what they are here.
  mutating func apply(_ settings: Event) {
    switch settings.collectorCall {
    case .enable: isEnabled = true
    case .disable: isEnabled = false
    case .setThreshold:
      let asked = CollectorThresholds(settings.thresholds)
      thresholds.first = asked.first
      if settings.thresholdsGiven > 1 { thresholds.second = asked.second }
      if settings.thresholdsGiven > 2 { thresholds.third = asked.third }
    }
  }

  /// A container dies by its count, outside a pass.
  mutating func death(_ list: Int) {
    if !lists.put(list), count0 > 0 { count0 -= 1 }
  }

  /// A container is tracked. `untilPass`: the first pass that examines it finds nothing to follow in it, and untracks it.
  mutating func track(untilPass: Bool) {
    sizes[0] += 1
    if untilPass { briefs += 1 }
  }

  mutating func untrack(_ stamp: UInt32, untilPass: Bool) {
    let generation = generation(stamp)
    guard untilPass else {
      sizes[generation] -= 1
      return
    }
    // A pass that has come since has untracked it.
    guard generation == 0 else { return }
    sizes[0] -= 1
    briefs -= 1
  }

  /// A container is born that becomes trash with an event.
  mutating func bearTrash(at event: UInt64, _ list: Int) {
    trash[0].append(Trash(event: event, list: list, isTracked: false))
  }

  /// It is tracked.
  mutating func trackTrash(at event: UInt64) {
    sizes[0] += 1
    trash[0].append(Trash(event: event, list: 0, isTracked: true))
  }

  /// What is there when the program begins is in generation 1.
  mutating func enterProgram(_ start: CollectorStart) {
    (count0, count1, count2) = (start.count0, start.count1, start.count2)
    begun += 1
    sizes[1] += sizes[0] - briefs
    (sizes[0], briefs) = (0, 0)
    trash[1] += trash[0]
    trash[0] = []
  }

  /// The pass that an allocation asked for.
  mutating func runDue(at event: UInt64) {
    if count2 > thresholds.third, longLivedPending >= longLivedTotal / 4 {
      run(2, at: event)
    } else {
      run(count1 > thresholds.second ? 1 : 0, at: event)
    }
  }

  mutating func run(_ generation: Int, at event: UInt64) {
    begun += 1
    if generation > 0 { lastOld = begun }
    let examined = sizes[...generation].reduce(0, +)
    passes[generation].passes += 1
    passes[generation].examined += UInt64(max(0, examined))
    switch generation {
    case 0: count1 += 1
    case 1: count2 += 1
    default: break
    }
    count0 = 0
    if generation >= 1 { count1 = 0 }
    if generation >= 2 { count2 = 0 }
    let old = min(generation + 1, 2)
    var kept: [Trash] = []
    var collected = 0
    for young in 0...generation {
      for one in trash[young] {
        if one.event <= event {
          if one.isTracked { collected += 1 }
          _ = lists.put(one.list)
        } else {
          kept.append(one)
        }
      }
      trash[young].removeAll(keepingCapacity: true)
    }
    trash[old] += kept
    let survivors = examined - collected - briefs
    briefs = 0
    for young in 0...generation { sizes[young] = 0 }
    sizes[old] += survivors
    if generation == 1 { longLivedPending += survivors }
    if generation == 2 {
      longLivedPending = 0
      longLivedTotal = survivors
      lists.clear()
    }
  }
}

/// Where the counters stand when the program begins.
public struct CollectorStart: Sendable {
  /// The event with which they begin to count.
  public var event: UInt64 = 0
  public var count0 = 0
  public var count1 = 0
  public var count2 = 0
  public var pending = 0
  public var total = 0
}
