// The start and the end of an interpreter, as far as threads and memory are concerned; the end in CPython's order.
//
//     1. threading._shutdown: non-daemon threads are joined     2. atexit functions, last registered first
//     3. other threads are shut out; a full pass                4. modules: their names set to None, then their dicts cleared, __main__ first
//     5. a last full pass (no callbacks)                        6. the end of the event stream
import CRuntimeSupport
import Glibc
import TraceModel

extension Interpreter {
  /// Sets up the heap, the collector, the GIL and the main thread's state, which then holds the GIL. Before the first object is made.
  public func startMainThread() -> ThreadState {
    Heap.start()
    Collector.start()
    GIL.create()
    let t = Threads.makeState(self)
    Threads.bind(t)
    mainThread = t
    GIL.take(t)
    return t
  }

  /// Ends the program: what `Py_FinalizeEx` does. The process may only leave afterwards. Returns false when flushing the streams failed.
  @discardableResult
  public func shutdown(_ t: ThreadState) -> Bool {
    // 1-2. Errors of these are reported and forgotten.
    callThreadingShutdown(t)
    AtExit.run(t)
    let flushed = flushStandardStreams(t)
    // 3.
    Threads.finalizing = t.pointer
    Signals.stop()
    Probes.programEnd()
    if Collector.isEnabled { Collector.collect(t, generation: 2, reason: .manual) }
    // 4.
    Probes.isTearingDown = true
    // They would keep their module's globals, and be called while those are emptied.
    TraceFunctions.setTrace(t, nil)
    TraceFunctions.setProfile(t, nil)
    ModuleTeardown.run(t, self)
    flushStandardStreams(t)
    return flushed
  }

  /// Lets non-daemon threads end, and then the pure Python half do its part.
  private func callThreadingShutdown(_ t: ThreadState) {
    guard let modules, let threading = dictGet(t, modules, internString("threading")) else {
      _ = ThreadShutdown.joinAll(t)
      return
    }
    if let result = callMethod(t, threading, internString("_shutdown")) {
      result.release()
    } else {
      writeUnraisable(t, threading)
    }
  }

  /// `flush` of sys.stdout and sys.stderr.
  @discardableResult
  private func flushStandardStreams(_ t: ThreadState) -> Bool {
    guard let systemDict else { return true }
    var ok = true
    for name in ["stdout", "stderr"] {
      guard let stream = dictGet(t, systemDict, internString(name)), stream != core.pointee.none else { continue }
      stream.retain()
      defer { stream.release() }
      if isClosed(t, stream) { continue }
      if let result = callMethod(t, stream, internString("flush")) {
        result.release()
      } else {
        if name == "stdout" { writeUnraisable(t, stream) } else { t.clearRaised() }
        ok = false
      }
    }
    return ok
  }

  /// Whether a program has closed the stream, which then needs no flush.
  private func isClosed(_ t: ThreadState, _ stream: Object) -> Bool {
    guard let answer = getAttribute(t, stream, "closed") else {
      t.clearRaised()
      return false
    }
    defer { answer.release() }
    let truth = isTrue(t, answer)
    if truth < 0 { t.clearRaised() }
    return truth == 1
  }
}

/// Functions to call at the end of the program, registered by `atexit`.
public enum AtExit {
  /// Owned.
  private struct Entry {
    var function: Object
    var arguments: Object
    var keywords: Object?
  }
  nonisolated(unsafe) private static var entries: [Entry?] = []

  /// All borrowed.
  public static func register(_ function: Object, _ arguments: Object, _ keywords: Object?) {
    entries.append(
      Entry(function: function.retained(), arguments: arguments.retained(), keywords: keywords?.retained()))
  }

  /// Forgets each entry whose function equals `function`. False: an exception is set.
  public static func unregister(_ t: ThreadState, _ function: Object) -> Bool {
    var i = entries.count - 1
    while i >= 0 {
      if i < entries.count, let entry = entries[i] {
        let equal = compareBool(t, entry.function, function, .equal)
        if equal < 0 { return false }
        if equal > 0, i < entries.count {
          entries[i] = nil
          drop(entry)
        }
      }
      i -= 1
    }
    return true
  }

  public static func clear() {
    let old = entries
    entries = []
    for entry in old { if let entry { drop(entry) } }
  }

  public static var count: Int { entries.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }

  /// Calls and forgets all, the newest first; also those that are registered meanwhile.
  public static func run(_ t: ThreadState) {
    while let last = entries.popLast() {
      guard let entry = last else { continue }
      if let result = callWithTuple(t, entry.function, entry.arguments, entry.keywords) {
        result.release()
      } else {
        writeUnraisable(t, entry.function)
      }
      drop(entry)
    }
  }

  private static func drop(_ entry: Entry) {
    entry.function.release()
    entry.arguments.release()
    entry.keywords.release()
  }
}

/// The threads that the end of the program waits for: started by `start_joinable_thread(daemon=False)`.
public enum ThreadShutdown {
  nonisolated(unsafe) private static var handles: [UnsafeMutablePointer<ThreadHandleState>] = []

  public static func add(_ handle: UnsafeMutablePointer<ThreadHandleState>) {
    ThreadHandleState.retain(handle)
    handles.append(handle)
  }

  /// Waits for all; also for those started meanwhile. False: an exception is set.
  public static func joinAll(_ t: ThreadState) -> Bool {
    while let handle = handles.popLast() {
      let isOwn = handle.pointee.ident == t.pointer.pointee.ident
      let wait: ThreadHandleState.Wait =
        isOwn || handle.pointee.phase == .notStarted
        ? .done : ThreadHandleState.wait(t, handle, nanoseconds: nil)
      ThreadHandleState.release(handle)
      if wait == .interrupted { return false }
    }
    return true
  }

  static func afterForkInChild() { handles = [] }
}

extension Interpreter {
  /// The last step before the program's first instruction: signals, thresholds of the environment, the event stream, CPython's counters.
  public static func prepareForMain(_ t: ThreadState) {
    Signals.start(t)
    Collector.readEnvironment()
    // In CPython `object` has subclasses from the start: the first class of the program makes no dict for them.
    let object = core.pointee.types.object.pointer
    if object.pointee.subclasses == nil {
      let dict = makeDict()
      track(dict)
      object.pointee.subclasses = dict
    }
    CollectorStart.fromEnvironment(t)
    Probes.startFromEnvironment()
    SelfDump.startFromEnvironment(t)
    #if VERIFYING_PASSES
      VerifyingPass.start()
    #endif
    Collector.enterMain()
  }

  /// The end of the event stream; the process exits with `status` next.
  public static func leave(_ t: ThreadState, status: Int32) { Probes.finish(status: status) }
}
