// What the collector takes over from start-up: the counters on entering `__main__`, settings from the environment, and modules that belong to
// start-up though they load later.
import CRuntimeSupport
import Glibc

extension Collector {
  /// The counts on entering `__main__`: CPython 3.13's own with `site`, unless EXUVIA_GC_COUNTS says others, as for a program that another one runs.
  /// A script that asks finds 29 and the tuples of its code object: its `import gc` makes 22 containers.
  nonisolated(unsafe) private static var mainCounts = (7, 3, 0)
  /// Nested loads of start-up modules, and the youngest generation as it was before the outermost.
  nonisolated(unsafe) private static var uncountedDepth = 0
  nonisolated(unsafe) private static var countBefore = 0
  nonisolated(unsafe) private static let aside: Links = {
    let list = Links.allocate(capacity: 1)
    list.initialize(to: CollectorLinks(next: 0, prev: 0))
    return list
  }()

  /// The heads of all lists that tracked containers are in between passes.
  static var allHeads: [Links] { (0...permanent).map { head($0) } + (uncountedDepth > 0 ? [aside] : []) }

  /// Thresholds and counts that the command line hands over.
  static func readEnvironment() {
    func numbers(_ name: String) -> (Int, Int, Int)? {
      guard let text = getenv(name).map({ String(cString: $0) }) else { return nil }
      let result = three(text)
      if result == nil { writeError("exuvia: \(name)=\(text): three numbers are needed, as 700,10,10\n") }
      return result
    }
    if let (a, b, c) = numbers("EXUVIA_GC_THRESHOLD") { setThresholds(a, b, c) }
    if let counts = numbers("EXUVIA_GC_COUNTS") { mainCounts = counts }
  }

  /// Sets the counters to where CPython's stand on entering `__main__`, so that automatic passes fall where its passes do.
  public static func enterMain() {
    // As CPython's counts say: what start-up made has seen passes of generation 0 and none of the others.
    merge(head(0), into: head(1))
    exuvia_set_count0(mainCounts.0)
    count1 = mainCounts.1
    count2 = mainCounts.2
    longLivedPending = 0
    longLivedTotal = 0
    currentThread().clearBreaker(Breaker.collect)
  }

  /// From here to `endUncounted` allocations belong to start-up: no pass is asked for.
  public static func beginUncounted() {
    uncountedDepth += 1
    guard uncountedDepth == 1 else { return }
    initialize(aside)
    merge(head(0), into: aside)
    countBefore = exuvia_count0()
    exuvia_arm_collector(0)
  }

  /// What was made joins start-up's objects, and the counter stands where it stood.
  public static func endUncounted() {
    uncountedDepth -= 1
    guard uncountedDepth == 0 else { return }
    // Where start-up's own objects are: in generation 1 until a pass of the program moves them on.
    merge(head(0), into: head(stats1.collections + stats2.collections == 0 ? 1 : 2))
    merge(aside, into: head(0))
    exuvia_set_count0(countBefore)
    arm()
  }
}
