// Thread states: making, listing, freeing; native threads that run Python code; what happens to them at a fork and at the end.
import CRuntimeSupport
import EventRing
import Glibc
import TraceModel

public enum Threads {
  nonisolated(unsafe) private static var first: UnsafeMutablePointer<ThreadStateLayout>?
  nonisolated(unsafe) private static var lastTraceID: UInt32 = 0
  /// Set while the interpreter ends: other threads that come for the GIL sleep for ever.
  nonisolated(unsafe) static var finalizing: UnsafeMutablePointer<ThreadStateLayout>?
  /// `_thread.stack_size`: 0 is our default. Smaller wishes than `stackBytesMin` are granted that.
  public nonisolated(unsafe) static var stackBytesRequested = 0
  static let stackBytesDefault = 64 << 20
  static let stackBytesMin = 1 << 20
  /// Exceptions thrown into other threads: (thread, exception or class, owned).
  nonisolated(unsafe) private static var asynchronous: [(thread: ThreadState, exception: Object)] = []

  /// All thread states, newest first.
  public static var all: [ThreadState] {
    var found: [ThreadState] = []
    var current = first
    while let pointer = current {
      found.append(ThreadState(pointer))
      current = pointer.pointee.next
    }
    return found
  }
  public static var count: Int { all.count }

  /// Without allocating: also from a signal handler.
  static func visitAll(_ body: (ThreadState) -> Bool) {
    var current = first
    while let pointer = current {
      if !body(ThreadState(pointer)) { return }
      current = pointer.pointee.next
    }
  }

  static func isGone(_ t: ThreadState) -> Bool { finalizing != nil && finalizing != t.pointer }
  public static var isFinalizing: Bool { finalizing != nil }

  // MARK: - Making and freeing

  /// A state for the calling native thread or one about to start.
  static func makeState(_ interpreter: Interpreter) -> ThreadState {
    let p = UnsafeMutablePointer<ThreadStateLayout>.allocate(capacity: 1)
    memset(p, 0, MemoryLayout<ThreadStateLayout>.size)
    precondition(MemoryLayout<ThreadStateLayout>.offset(of: \.breaker) == ThreadState.breakerOffset)
    lastTraceID += 1
    p.pointee.handling = withUnsafeMutablePointer(to: &p.pointee.bottomHandled) { $0 }
    p.pointee.interpreter = Unmanaged.passUnretained(interpreter)
    p.pointee.traceID = lastTraceID
    p.pointee.next = first
    if SelfDump.isOn { p.pointee.breaker = Breaker.selfDump }
    first = p
    return ThreadState(p)
  }

  /// Notes the native thread that runs the state, and how far its stack goes.
  static func bind(_ t: ThreadState) {
    t.pointer.pointee.ident = UInt(pthread_self())
    t.pointer.pointee.kernelThread = exuvia_gettid()
    // Native recursion stops before the end: room for one deep native call and for the error's report.
    t.pointer.pointee.nativeStackLimit = exuvia_stack_base() + 256 * 1024
  }

  /// Drops what a thread state owns, under the GIL.
  static func clear(_ t: ThreadState) {
    let p = t.pointer
    TraceFunctions.setTrace(t, nil)
    TraceFunctions.setProfile(t, nil)
    t.clearRaised()
    let handled = p.pointee.bottomHandled.exception
    p.pointee.bottomHandled.exception = nil
    handled.release()
    let dict = p.pointee.dict
    p.pointee.dict = nil
    dict.release()
  }

  static func free(_ t: ThreadState) {
    if first == t.pointer {
      first = t.pointer.pointee.next
    } else {
      var current = first
      while let pointer = current {
        if pointer.pointee.next == t.pointer { pointer.pointee.next = t.pointer.pointee.next }
        current = pointer.pointee.next
      }
    }
    freeFrameStack(t)
    t.pointer.pointee.pins?.deallocate()
    t.pointer.deallocate()
  }

  // MARK: - Starting native threads

  /// What a new native thread gets.
  private struct Start {
    var thread: ThreadState
    var function: Object
    var arguments: Object
    var keywords: Object?
    var handle: UnsafeMutablePointer<ThreadHandleState>?
  }

  /// Starts a native thread that calls `function(*arguments, **keywords)`; all borrowed. Returns its ident, or nil when the system refuses.
  public static func start(
    _ t: ThreadState, _ function: Object, _ arguments: Object, _ keywords: Object?,
    handle: UnsafeMutablePointer<ThreadHandleState>?
  ) -> UInt? {
    let start = UnsafeMutablePointer<Start>.allocate(capacity: 1)
    let fresh = makeState(t.interpreter)
    start.initialize(
      to: Start(
        thread: fresh, function: function.retained(), arguments: arguments.retained(), keywords: keywords?.retained(),
        handle: handle))
    if let handle { ThreadHandleState.retain(handle) }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(
      &attributes, stackBytesRequested == 0 ? stackBytesDefault : max(stackBytesRequested, stackBytesMin))
    var native = pthread_t()
    let failure = pthread_create(
      &native, &attributes,
      { raw in
        if let raw { Threads.run(raw.assumingMemoryBound(to: Start.self)) }
        return nil
      }, start)
    pthread_attr_destroy(&attributes)
    guard failure == 0 else {
      function.release()
      arguments.release()
      keywords.release()
      if let handle { ThreadHandleState.release(handle) }
      start.deallocate()
      free(fresh)
      return nil
    }
    fresh.pointer.pointee.ident = UInt(native)
    return UInt(native)
  }

  /// The body of a native thread.
  private static func run(_ start: UnsafeMutablePointer<Start>) {
    let begin = start.move()
    start.deallocate()
    let t = begin.thread
    GIL.take(t)
    // Only now: who started the thread notes its ident, too.
    bind(t)
    Probes.threadStart(t, name: Probes.isOn ? threadName(t, begin.function) : "")
    if let lock = begin.handle?.pointee.lock, lock != 0 { Probes.lockAcquire(t, lock, waited: false, blockedFor: 0) }
    let result = callWithTuple(t, begin.function, begin.arguments, begin.keywords)
    if let result {
      result.release()
    } else if t.matches(.SystemExit) {
      t.clearRaised()
    } else {
      writeUnraisable(t, begin.function)
    }
    begin.function.release()
    begin.arguments.release()
    begin.keywords.release()
    clear(t)
    if let lock = begin.handle?.pointee.lock, lock != 0 { Probes.lockRelease(t, lock, .explicit) }
    Probes.threadExit(t)
    if let handle = begin.handle {
      handle.pointee.finish()
      ThreadHandleState.release(handle)
    }
    GIL.leave(t)
  }

  /// `threading.Thread`'s name, when the thread runs its `_bootstrap`.
  private static func threadName(_ t: ThreadState, _ function: Object) -> String {
    guard function.isKind(.method) else { return "" }
    guard let name = getAttribute(t, function.methodLayout.pointee.receiver, internString("_name")) else {
      t.clearRaised()
      return ""
    }
    defer { name.release() }
    return name.isKind(.str) ? stringValue(name) : ""
  }

  // MARK: - Exceptions for other threads

  /// Lets another thread raise `exception` at its next check.
  public static func throwInto(_ ident: UInt, _ exception: Object) -> Bool {
    guard let target = all.first(where: { $0.pointer.pointee.ident == ident }) else { return false }
    asynchronous.append((target, exception.retained()))
    target.setBreaker(Breaker.asyncException)
    return true
  }

  static func takeAsynchronousException(_ t: ThreadState) -> Object? {
    guard let i = asynchronous.firstIndex(where: { $0.thread == t }) else { return nil }
    return asynchronous.remove(at: i).exception
  }

  // MARK: - Fork

  /// In a forked child: only the calling thread lives on.
  static func afterForkInChild(_ t: ThreadState) {
    GIL.create()
    for other in all where other != t {
      clear(other)
      free(other)
    }
    t.pointer.pointee.kernelThread = exuvia_gettid()
    t.interpreter.mainThread = t
    GIL.take(t)
    ThreadHandleState.afterForkInChild()
  }
}
