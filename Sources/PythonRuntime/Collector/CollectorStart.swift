// A process that differs from CPython's own on entering `__main__`: more containers, and a recorder's callable in `gc.callbacks`, as when a tool
// that lives in the process watches the collector. Traces of two runtimes can be compared only when both began alike.
import CRuntimeSupport
import Glibc

enum CollectorStart {
  /// What the observer's type is called in a trace: `exuvia export --to semantic` shows the passes that it saw.
  static let observerName = "CollectorObserver"

  /// Fills the heap up to EXUVIA_GC_OBJECTS containers and puts an observer into `gc.callbacks` when EXUVIA_GC_OBSERVER asks for it.
  static func fromEnvironment(_ t: ThreadState) {
    if let text = getenv("EXUVIA_GC_OBJECTS").map({ String(cString: $0) }) {
      if let count = Int(text) {
        fill(upTo: count)
      } else {
        writeError("exuvia: EXUVIA_GC_OBJECTS=\(text): a number of containers is needed, as 6000\n")
      }
    }
    if getenv("EXUVIA_GC_OBSERVER") != nil { observe(t) }
  }

  /// Holds the containers that fill the heap; they live until the process ends.
  nonisolated(unsafe) private static var holder: Object?

  /// Empty lists, which one list holds that no program reaches. What a full pass untracks does not count.
  private static func fill(upTo count: Int) {
    let holder = makeList()
    self.holder = holder
    var missing = count
    for generation in 0...2 {
      let list = Collector.head(generation)
      missing -= Collector.untrackTuples(list) - Collector.untrackDicts(list)
    }
    for _ in 0..<max(missing, 0) { listAppend(holder, stealing: makeList()) }
  }

  private static func observe(_ t: ThreadState) {
    readyType(t, observer)
    let object = allocateZeroed(observer)
    let callbacks = Collector.callbacks ?? makeList()
    Collector.callbacks = callbacks
    listAppend(callbacks, stealing: object)
  }

  private static let observer: TypeObject = makeBuiltinType(
    name: observerName, module: "exuvia", layoutSize: MemoryLayout<ObjectHeader>.size
  ) { p in
    p.pointee.call = NativeFunction { _, _, _ in core.pointee.none }
  }
}
