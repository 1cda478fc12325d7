// `gc`: the program's view of the collector.
import CRuntimeSupport
import PythonRuntime

public enum GCModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "gc")
    if Collector.garbage == nil { Collector.garbage = makeList() }
    if Collector.callbacks == nil { Collector.callbacks = makeList() }
    if let garbage = Collector.garbage { moduleSet(t, module, "garbage", garbage) }
    if let callbacks = Collector.callbacks { moduleSet(t, module, "callbacks", callbacks) }
    for (name, value) in [
      ("DEBUG_STATS", 1), ("DEBUG_COLLECTABLE", 2), ("DEBUG_UNCOLLECTABLE", 4), ("DEBUG_SAVEALL", 32),
      ("DEBUG_LEAK", 38),
    ] { moduleSet(t, module, name, stealing: makeInt(value)) }
    moduleAddFunctions(t, module, functions)
    return module
  }

  private static var functions: [NativeMethod] {
    [
      NativeMethod("enable", .noArguments) { _, _, _ in
        Collector.setEnabled(true)
        return core.pointee.none
      },
      NativeMethod("disable", .noArguments) { _, _, _ in
        Collector.setEnabled(false)
        return core.pointee.none
      },
      NativeMethod("isenabled", .noArguments) { _, _, _ in makeBool(Collector.isEnabled) },
      NativeMethod("collect", .keywords, collect),
      NativeMethod("get_count", .noArguments) { _, _, _ in
        let counts = Collector.counts
        return makeTuple([makeInt(counts.0), makeInt(counts.1), makeInt(counts.2)])
      },
      NativeMethod("get_threshold", .noArguments) { _, _, _ in
        makeTuple([makeInt(exuvia_threshold0()), makeInt(Collector.threshold1), makeInt(Collector.threshold2)])
      },
      NativeMethod("set_threshold", .positional(1, 3), setThreshold),
      NativeMethod("get_debug", .noArguments) { _, _, _ in makeInt(Collector.debugFlags) },
      NativeMethod("set_debug", .oneArgument) { t, _, a in
        guard let flags = intValue(t, a[0]) else { return nil }
        Collector.debugFlags = flags
        return core.pointee.none
      },
      NativeMethod("get_stats", .noArguments, getStats),
      NativeMethod("get_objects", .keywords, getObjects),
      NativeMethod("get_referrers", .positional(0, -1), getReferrers),
      NativeMethod("get_referents", .positional(0, -1), getReferents),
      NativeMethod("is_tracked", .oneArgument) { _, _, a in makeBool(a[0].hasLinks && a[0].isTracked) },
      NativeMethod("is_finalized", .oneArgument) { _, _, a in
        makeBool(a[0].hasLinks && a[0].links.pointee.prev & CollectorLinks.finalizedBit != 0)
      },
      NativeMethod("freeze", .noArguments) { _, _, _ in
        Collector.freeze()
        return core.pointee.none
      },
      NativeMethod("unfreeze", .noArguments) { _, _, _ in
        Collector.unfreeze()
        return core.pointee.none
      },
      NativeMethod("get_freeze_count", .noArguments) { _, _, _ in makeInt(Collector.frozenCount) },
    ]
  }

  private static func collect(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let given = parseArguments(t, a, function: "collect", names: ["generation"], required: 0) else { return nil }
    var generation = 2
    if let object = given[0] {
      guard let value = intValue(t, object) else { return nil }
      generation = value
    }
    guard (0..<Collector.generationCount).contains(generation) else {
      return t.raise(.ValueError, "invalid generation")
    }
    return makeInt(Collector.collect(t, generation: generation, reason: .manual))
  }

  private static func setThreshold(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let first = intValue(t, a[0]) else { return nil }
    var second = Collector.threshold1
    var third = Collector.threshold2
    if let object = a.optional(1) {
      guard let value = intValue(t, object) else { return nil }
      second = value
    }
    if let object = a.optional(2) {
      guard let value = intValue(t, object) else { return nil }
      third = value
    }
    Collector.setThresholds(first, second, third, given: a.count)
    return core.pointee.none
  }

  private static func getStats(_ t: ThreadState, _: Object, _: Arguments) -> Object? {
    let list = makeList()
    for stats in [Collector.stats0, Collector.stats1, Collector.stats2] {
      let dict = makeDict()
      dictSet(t, dict, "collections", stealing: makeInt(stats.collections))
      dictSet(t, dict, "collected", stealing: makeInt(stats.collected))
      dictSet(t, dict, "uncollectable", stealing: makeInt(stats.uncollectable))
      listAppend(list, stealing: dict)
    }
    return list
  }

  private static func getObjects(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let given = parseArguments(t, a, function: "get_objects", names: ["generation"], required: 0) else {
      return nil
    }
    var generations = [0, 1, 2]
    if let object = given[0], object != core.pointee.none {
      guard let value = intValue(t, object) else { return nil }
      guard value < Collector.generationCount else {
        return t.raise(
          .ValueError, "generation parameter must be less than the number of available generations (3)")
      }
      guard value >= 0 else { return t.raise(.ValueError, "generation parameter cannot be negative") }
      generations = [value]
    }
    // Collected first: the result list itself joins a generation.
    var found: [Object] = []
    for generation in generations { Collector.forEach(generation: generation) { found.append($0.retained()) } }
    return makeList(found)
  }

  // MARK: - Who refers to whom

  private struct Search {
    var wanted: [Object]
    var found: [Object]
  }

  private static func getReferrers(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    var search = Search(wanted: (0..<a.count).map { a[$0] }, found: [])
    var holders: [Object] = []
    withUnsafeMutablePointer(to: &search) { search in
      let visitor = Visitor(context: UnsafeMutableRawPointer(search)) { child, raw in
        raw?.assumingMemoryBound(to: Search.self).pointee.wanted.contains(child) ?? false
      }
      for generation in 0..<Collector.generationCount {
        Collector.forEach(generation: generation) { object in
          if let traverse = object.type.pointer.pointee.traverse, traverse.call(object, visitor) {
            holders.append(object.retained())
          }
        }
      }
    }
    return makeList(holders)
  }

  private static func getReferents(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    var search = Search(wanted: [], found: [])
    withUnsafeMutablePointer(to: &search) { search in
      let visitor = Visitor(context: UnsafeMutableRawPointer(search)) { child, raw in
        raw?.assumingMemoryBound(to: Search.self).pointee.found.append(child.retained())
        return false
      }
      for i in 0..<a.count where a[i].hasLinks {
        if let traverse = a[i].type.pointer.pointee.traverse { _ = traverse.call(a[i], visitor) }
      }
    }
    return makeList(search.found)
  }
}
