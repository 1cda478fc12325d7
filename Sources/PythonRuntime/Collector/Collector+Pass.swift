// One pass, in CPython 3.13.0's order.
//
//     1. callbacks "start"; counters: the next older generation's counts up, the collected ones are reset; younger lists are merged in
//     2. deduce what is unreachable (Collector+Reachability)
//     3. untrack tuples; merge the survivors into the next older generation, or (full pass) untrack dicts and count the long-lived
//     4. clear weak references to the trash and call their callbacks
//     5. call the finalizers of all the trash in list order
//     6. deduce again: what was resurrected joins the old generation
//     7. clear what is still unreachable, one by one
//     8. a full pass empties the free lists; statistics; callbacks "stop"
import CRuntimeSupport
import EventRing
import Glibc
import TraceModel

extension Collector {
  /// Runs a pass. `generation` nil: the one that is over its threshold, if any. Returns how many objects were found unreachable.
  @discardableResult
  public static func collect(_ t: ThreadState, generation chosen: Int?, reason: CollectReason) -> Int {
    guard !isCollecting else { return 0 }
    isCollecting = true
    arm()
    defer {
      isCollecting = false
      arm()
    }
    guard let generation = chosen ?? selectGeneration() else { return 0 }
    let savedRaised = t.takeRaised()
    if generation == generationCount - 1 { Probes.describeGenerators() }
    Probes.collectBegin(
      generation: generation, reason: reason, counts: counts, pending: longLivedPending, total: longLivedTotal)
    if reason != .shutdown { callCallbacks(t, "start", generation, 0, 0) }
    var result = PassResult()
    result.generation = generation
    let shownSince = debugFlags & Debug.stats != 0 ? showStatistics(generation) : nil

    run(t, &result)

    if generation == generationCount - 1 { FreeLists.clear() }
    count(result)
    passCount += 1
    result.counts = counts
    result.pending = longLivedPending
    result.total = longLivedTotal
    if let shownSince { showEnd(result, since: shownSince) }
    Probes.collectEnd(result)
    if t.hasRaised {
      if reason == .shutdown { t.clearRaised() } else { writeUnraisable(t, core.pointee.none) }
    }
    if reason != .shutdown { callCallbacks(t, "stop", generation, result.collected, result.uncollectable) }
    t.setRaised(steal: savedRaised)
    return result.collected + result.uncollectable
  }

  /// Steps 1 (second half) to 7.
  private static func run(_ t: ThreadState, _ result: inout PassResult) {
    let generation = result.generation
    switch generation {
    case 0: count1 += 1
    case 1: count2 += 1
    default: break
    }
    exuvia_set_count0(0)
    if generation >= 1 { count1 = 0 }
    if generation >= 2 { count2 = 0 }
    for younger in 0..<generation { merge(head(younger), into: head(generation)) }

    let young = head(generation)
    let old = generation < generationCount - 1 ? head(generation + 1) : young
    let isFull = young == old

    // The lists' heads must keep their addresses, as links point to them.
    let heads = Links.allocate(capacity: 2)
    defer { heads.deallocate() }
    let unreachable = heads
    let stillUnreachable = heads + 1
    result.examined = deduceUnreachable(young, unreachable, writesVerdicts: true)

    let survivors = untrackTuples(young)
    if isFull {
      longLivedPending = 0
      longLivedTotal = survivors - untrackDicts(young)
      result.promoted = longLivedTotal
    } else {
      if generation == generationCount - 2 { longLivedPending += survivors }
      result.promoted = survivors
      merge(young, into: old)
    }

    clearUnreachableBits(unreachable)
    if exuvia_level() != 0 { report(unreachable) }
    if debugFlags & Debug.collectable != 0 { forEach(unreachable) { showCollectable($0) } }
    result.collected += handleWeakrefs(t, unreachable, old)
    finalize(unreachable)

    // What the finalizers made reachable again goes to the old generation.
    clearCollecting(unreachable)
    _ = deduceUnreachable(unreachable, stillUnreachable, writesVerdicts: false)
    clearUnreachableBits(stillUnreachable)
    if exuvia_level() != 0 { forEach(unreachable) { Probes.resurrect($0) } }
    merge(unreachable, into: old)

    result.collected += size(stillUnreachable)
    clear(t, stillUnreachable, old)
  }

  static func forEach(_ list: Links, _ body: (Object) -> Void) {
    var links = list.next
    while links != list {
      body(object(links))
      links = links.next
    }
  }

  private static func report(_ unreachable: Links) {
    let verdicts = exuvia_level() >= probeLevelAll
    forEach(unreachable) {
      if verdicts { Probes.verdict($0, .unreachable, gcRefs: 0) }
      Probes.unreachable($0)
    }
  }

  /// Returns how many objects are left in the list.
  static func untrackTuples(_ list: Links) -> Int {
    var count = 0
    var links = list.next
    while links != list {
      let next = links.next
      tupleMaybeUntrack(object(links))
      if links.pointee.next != 0 { count += 1 }
      links = next
    }
    return count
  }

  /// Dicts are untracked only in full passes, so that growing dicts are not examined again and again. Returns how many were.
  static func untrackDicts(_ list: Links) -> Int {
    var count = 0
    // CPython keeps native classes among the subclasses of `object`, so that dict stays where it is.
    let rootSubclasses = core.pointee.types.object.pointer.pointee.subclasses
    var links = list.next
    while links != list {
      let next = links.next
      let object = object(links)
      if object.isExactly(.dict), object != rootSubclasses {
        dictMaybeUntrack(object)
        if links.pointee.next == 0 { count += 1 }
      }
      links = next
    }
    return count
  }

  private static func count(_ result: PassResult) {
    func add(_ stats: inout GenerationStats) {
      stats.collections += 1
      stats.collected += result.collected
      stats.uncollectable += result.uncollectable
    }
    switch result.generation {
    case 0: add(&stats0)
    case 1: add(&stats1)
    default: add(&stats2)
    }
  }

  // MARK: - gc.callbacks and gc.set_debug

  private static func callCallbacks(_ t: ThreadState, _ phase: String, _ generation: Int, _ collected: Int, _ rest: Int)
  {
    guard let callbacks, callbacks.listCount > 0 else { return }
    let info = makeDict()
    for (name, value) in [("generation", generation), ("collected", collected), ("uncollectable", rest)] {
      let key = internString(name)
      let number = makeInt(value)
      _ = dictSet(t, info, key, number)
      number.release()
    }
    let phaseName = internString(phase)
    var i = 0
    while i < callbacks.listCount {
      let callback = callbacks.listItems[i].retained()
      Probes.collectCallback(callback, isStop: phase == "stop")
      if let result = call2(t, callback, phaseName, info) {
        result.release()
      } else {
        writeUnraisable(t, callback)
      }
      callback.release()
      i += 1
    }
    info.release()
  }

  private static func showCollectable(_ object: Object) {
    let name = object.type.pointer.pointee.name.map { stringValue($0) } ?? "?"
    let address = String(UInt(bitPattern: object.address), radix: 16)
    writeError("gc: collectable <\(name) 0x\(address)>\n")
  }

  /// Returns when the pass began, in nanoseconds.
  private static func showStatistics(_ generation: Int) -> UInt64 {
    writeError("gc: collecting generation \(generation)...\n")
    let sizes = (0..<generationCount).map { " \(size(head($0)))" }.joined()
    writeError("gc: objects in each generation:\(sizes)\n")
    writeError("gc: objects in permanent generation: \(size(head(permanent)))\n")
    return clockNanoseconds(CLOCK_MONOTONIC)
  }

  private static func showEnd(_ result: PassResult, since start: UInt64) {
    // In units of 0.1 ms, as CPython prints them.
    let units = (clockNanoseconds(CLOCK_MONOTONIC) - start + 50_000) / 100_000
    let fraction = String(units % 10_000)
    let seconds = "\(units / 10_000)." + String(repeating: "0", count: 4 - fraction.utf8.count) + fraction
    writeError(
      "gc: done, \(result.collected) unreachable, \(result.uncollectable) uncollectable, \(seconds)s elapsed\n")
  }
}
