// The eval breaker: the bits that make the loop leave its fast path, and what is done about them.
import CRuntimeSupport
import TraceModel

extension ThreadState {
  /// The word itself; its place is checked when a state is made.
  @inline(__always) var breakerWord: UnsafeMutablePointer<UInt> {
    (UnsafeMutableRawPointer(pointer) + ThreadState.breakerOffset).assumingMemoryBound(to: UInt.self)
  }
  /// N.B. a literal: a key path's offset would be looked up in the loop.
  @inline(__always) static var breakerOffset: Int { 8 }
  /// Whether the fast path must be left.
  @inline(__always) var isInterrupted: Bool { exuvia_atomic_load(breakerWord) != 0 }
  /// From any thread.
  @usableFromInline func setBreaker(_ bits: UInt) { exuvia_atomic_or(breakerWord, bits) }
  func clearBreaker(_ bits: UInt) { exuvia_atomic_clear(breakerWord, bits) }
  func hasBreaker(_ bits: UInt) -> Bool { exuvia_atomic_load(breakerWord) & bits != 0 }
}

/// Called by the loop when the breaker is not zero: signals, then a due collector pass, then a drop request, then an asynchronous exception.
/// False: an exception is set, or the thread goes on in the form of the loop that traces (`changesLoop`).
@inline(never) public func handleBreaker(_ t: ThreadState) -> Bool {
  guard handleReasons(t) else { return false }
  guard !t.isTracing else {
    t.pointer.pointee.changesLoop = true
    return false
  }
  return true
}

/// The same for each form of the loop.
@inline(__always) func handleBreaker<P: LoopPolicy>(_: P.Type, _ t: ThreadState) -> Bool {
  P.traces ? handleReasons(t) : handleBreaker(t)
}

@inline(never) private func handleReasons(_ t: ThreadState) -> Bool {
  if t.hasBreaker(Breaker.signal), t.pointer == t.interpreter.mainThread?.pointer {
    t.clearBreaker(Breaker.signal)
    guard Signals.run(t) else { return false }
  }
  if t.hasBreaker(Breaker.collect) {
    t.clearBreaker(Breaker.collect)
    Collector.runScheduled(t)
  }
  if t.hasBreaker(Breaker.dropRequest) {
    GIL.drop(t, .forced)
    GIL.take(t)
  }
  if t.hasBreaker(Breaker.asyncException) {
    t.clearBreaker(Breaker.asyncException)
    if let exception = Threads.takeAsynchronousException(t) {
      t.raiseAny(exception)
      exception.release()
      return false
    }
  }
  if t.hasBreaker(Breaker.selfDump) { SelfDump.check(t) }
  return true
}

/// Runs pending signal handlers, in the main thread; for native code that was interrupted. False: an exception is set.
public func checkSignals(_ t: ThreadState) -> Bool {
  guard t.hasBreaker(Breaker.signal), t.pointer == t.interpreter.mainThread?.pointer else { return true }
  t.clearBreaker(Breaker.signal)
  return Signals.run(t)
}
