// The cyclic collector of CPython 3.13: three generations and the permanent one, counters, thresholds, and when a pass is due.
//
// Its algorithm is Collector+Pass.swift and Collector+Reachability.swift, what happens to the trash Collector+Garbage.swift. Source: CPython's Python/gc.c of 3.13.0.
// A pass is asked for by an allocation, and runs at the next check of the eval breaker: never inside native code.
import CRuntimeSupport
import TraceModel

/// What a pass did.
public struct PassResult {
  public var generation = 0
  public var collected = 0
  public var uncollectable = 0
  public var examined = 0
  public var promoted = 0
  public var counts = (0, 0, 0)
  public var pending = 0
  public var total = 0
}

/// `gc.get_stats()` of one generation.
public struct GenerationStats {
  public var collections = 0
  public var collected = 0
  public var uncollectable = 0
}

/// Static: one collector per process. Guarded by the GIL.
public enum Collector {
  typealias Links = UnsafeMutablePointer<CollectorLinks>

  public static let generationCount = 3
  static let permanent = 3

  public nonisolated(unsafe) static var isEnabled = true
  public nonisolated(unsafe) static var isCollecting = false { didSet { Probes.renewDeath() } }
  /// Step 7 of a pass runs: objects with the collecting bit die as members of the final unreachable set.
  nonisolated(unsafe) static var isClearing = false
  /// Counters and thresholds of generations 1 and 2; generation 0's lie in CRuntimeSupport.
  public nonisolated(unsafe) static var count1 = 0
  public nonisolated(unsafe) static var count2 = 0
  public nonisolated(unsafe) static var threshold1 = 10
  public nonisolated(unsafe) static var threshold2 = 10
  /// Survivors of generation 1's passes since the last full pass, and objects that survived the last full pass.
  public nonisolated(unsafe) static var longLivedPending = 0
  public nonisolated(unsafe) static var longLivedTotal = 0
  public nonisolated(unsafe) static var debugFlags = 0
  public nonisolated(unsafe) static var stats0 = GenerationStats()
  public nonisolated(unsafe) static var stats1 = GenerationStats()
  public nonisolated(unsafe) static var stats2 = GenerationStats()
  /// The lists `gc.garbage` and `gc.callbacks`, owned.
  public nonisolated(unsafe) static var garbage: Object?
  public nonisolated(unsafe) static var callbacks: Object?
  /// Passes so far, of all generations.
  public nonisolated(unsafe) static var passCount = 0

  /// Bits of `gc.set_debug`.
  public enum Debug {
    public static let stats = 1, collectable = 2, uncollectable = 4, saveAll = 32, leak = 38
  }

  // MARK: - Setting up

  /// Empties the lists. Before the first container.
  public static func start() {
    for i in 0...permanent where head(i).pointee.next == 0 { initialize(head(i)) }
    exuvia_set_threshold0(2000)
    arm()
  }

  /// `a,b,c`, as the command line and the environment have it. nil: not three numbers.
  static func three(_ text: String) -> (Int, Int, Int)? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, let a = parts[0], let b = parts[1], let c = parts[2] else { return nil }
    return (a, b, c)
  }

  public static func setThresholds(_ a: Int, _ b: Int, _ c: Int) {
    exuvia_set_threshold0(a)
    threshold1 = b
    threshold2 = c
    arm()
  }

  /// The program's own settings, which the trace tells.
  public static func setThresholds(_ a: Int, _ b: Int, _ c: Int, given: Int) {
    setThresholds(a, b, c)
    Probes.collectSettings(.setThreshold, given: given)
  }

  public static func setEnabled(_ enabled: Bool) {
    isEnabled = enabled
    arm()
    Probes.collectSettings(enabled ? .enable : .disable)
  }

  /// Whether allocations may ask for a pass.
  static func arm() { exuvia_arm_collector(isEnabled && !isCollecting && exuvia_threshold0() != 0 ? 1 : 0) }

  // MARK: - When

  /// Generation 0 is over its threshold: a pass is due at the next check.
  @inline(never) public static func schedule() {
    let t = currentThread()
    guard t.pointer.pointee.raised == nil else { return }
    t.setBreaker(Breaker.collect)
  }

  /// The pass that an allocation asked for.
  static func runScheduled(_ t: ThreadState) {
    guard isEnabled, !isCollecting else { return }
    _ = collect(t, generation: nil, reason: .automatic)
  }

  /// The oldest generation that is over its threshold.
  static func selectGeneration() -> Int? {
    if count2 > threshold2, longLivedPending >= longLivedTotal / 4 { return 2 }
    if count1 > threshold1 { return 1 }
    if exuvia_count0() > exuvia_threshold0() { return 0 }
    return nil
  }

  public static var counts: (Int, Int, Int) { (exuvia_count0(), count1, count2) }

  // MARK: - Lists

  @inline(__always) static func head(_ generation: Int) -> Links {
    exuvia_generation(Int32(generation)).unsafelyUnwrapped.assumingMemoryBound(to: CollectorLinks.self)
  }
  @inline(__always) static func object(_ links: Links) -> Object { Object(UnsafeMutableRawPointer(links) + 16) }

  static func initialize(_ list: Links) {
    list.pointee.next = UInt(bitPattern: list)
    list.pointee.prev = UInt(bitPattern: list)
  }
  @inline(__always) static func isEmpty(_ list: Links) -> Bool { list.pointee.next == UInt(bitPattern: list) }

  static func size(_ list: Links) -> Int {
    var count = 0
    var links = list.next
    while links != list {
      count += 1
      links = links.next
    }
    return count
  }

  /// Moves an object's links from their list to the end of `list`. The object keeps its flags.
  static func move(_ links: Links, to list: Links) {
    let from = links.previous
    let next = links.next
    from.pointee.next = UInt(bitPattern: next)
    next.previous = from
    append(links, to: list)
  }

  @inline(__always) static func append(_ links: Links, to list: Links) {
    let last = list.previous
    links.previous = last
    last.pointee.next = UInt(bitPattern: links)
    links.pointee.next = UInt(bitPattern: list)
    list.pointee.prev = UInt(bitPattern: links)
  }

  /// Puts the whole list `from` at the end of `to`.
  static func merge(_ from: Links, into to: Links) {
    if !isEmpty(from) {
      let last = to.previous
      let first = from.next
      let end = from.previous
      last.pointee.next = UInt(bitPattern: first)
      first.previous = last
      end.pointee.next = UInt(bitPattern: to)
      to.pointee.prev = UInt(bitPattern: end)
    }
    initialize(from)
  }

  /// Calls `body` with each tracked object, the oldest generation last, the permanent one first.
  static func forEachTracked(_ body: (Object) -> Void) {
    for generation in [3, 0, 1, 2] { forEach(generation: generation, body) }
  }

  /// Calls `body` with each object of a generation's list, in order. `body` may not change the list.
  public static func forEach(generation: Int, _ body: (Object) -> Void) {
    let list = head(generation)
    var links = list.next
    while links != list {
      body(object(links))
      links = links.next
    }
  }

  // MARK: - Freezing

  /// Moves everything into the permanent generation.
  public static func freeze() {
    for generation in 0..<generationCount {
      merge(head(generation), into: head(permanent))
      switch generation {
      case 0: exuvia_set_count0(0)
      case 1: count1 = 0
      default: count2 = 0
      }
    }
  }

  public static func unfreeze() { merge(head(permanent), into: head(2)) }

  public static var frozenCount: Int { size(head(permanent)) }
}

extension UnsafeMutablePointer<CollectorLinks> {
  /// The next links; not while a pass has flagged the word.
  @inline(__always) var next: UnsafeMutablePointer<CollectorLinks> {
    UnsafeMutablePointer(bitPattern: pointee.next).unsafelyUnwrapped
  }
  /// The previous links; not while a pass keeps `gc_refs` there. Setting keeps the flags.
  @inline(__always) var previous: UnsafeMutablePointer<CollectorLinks> {
    get { UnsafeMutablePointer(bitPattern: pointee.prev & ~CollectorLinks.flagsMask).unsafelyUnwrapped }
    nonmutating set { pointee.prev = UInt(bitPattern: newValue) | (pointee.prev & CollectorLinks.flagsMask) }
  }
}
