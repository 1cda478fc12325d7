// The global interpreter lock: who holds it may run Python code, touch objects and write events.
//
// 1. Whoever waits longer than the switch interval while nobody else got the lock asks the holder to drop it (a bit in the holder's breaker).
// 2. The holder drops it at its next check and waits until another thread took it: forced switching.
// 3. A thread that must block drops it first and takes it again afterwards.
// As CPython's ceval_gil.c, after Antoine Pitrou's design of 3.2.
import CRuntimeSupport
import EventRing
import Glibc
import TraceModel

/// Static: one lock per process.
public enum GIL {
  struct State {
    var mutex = pthread_mutex_t()
    var released = pthread_cond_t()
    var switchMutex = pthread_mutex_t()
    var switched = pthread_cond_t()
    var isLocked = false
    /// The address of the thread's state that holds the lock or held it last. Atomic, and a word of its own: who waits for another holder reads it with
    /// another mutex than who drops the lock.
    let lastHolder: UnsafeMutablePointer<UInt> = {
      let word = UnsafeMutablePointer<UInt>.allocate(capacity: 1)
      word.initialize(to: 0)
      return word
    }()
    /// Counts changes of holder: tells a waiter that the lock moved although it is locked again.
    var switchCount: UInt = 0
    /// The thread that asked last for a drop; its trace id.
    var requester: UInt32 = 0
    var intervalNanoseconds: UInt64 = 5_000_000
  }

  nonisolated(unsafe) private static var state: UnsafeMutablePointer<State>?

  public static var intervalNanoseconds: UInt64 {
    get { state?.pointee.intervalNanoseconds ?? 5_000_000 }
    set {
      guard let s = state else { return }
      // Waiting threads read it.
      pthread_mutex_lock(&s.pointee.mutex)
      s.pointee.intervalNanoseconds = newValue
      pthread_mutex_unlock(&s.pointee.mutex)
    }
  }

  /// Makes the lock, free. Also after a fork, in the child, where the old one may be in any state.
  static func create() {
    let interval = intervalNanoseconds
    let fresh = UnsafeMutablePointer<State>.allocate(capacity: 1)
    fresh.initialize(to: State())
    fresh.pointee.intervalNanoseconds = interval
    pthread_mutex_init(&fresh.pointee.mutex, nil)
    pthread_mutex_init(&fresh.pointee.switchMutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(&fresh.pointee.released, &attributes)
    pthread_cond_init(&fresh.pointee.switched, &attributes)
    state = fresh
  }

  private static func lastHolder(_ s: UnsafeMutablePointer<State>) -> UnsafeMutablePointer<ThreadStateLayout>? {
    UnsafeMutablePointer(bitPattern: exuvia_atomic_load(s.pointee.lastHolder))
  }
  private static func setLastHolder(_ s: UnsafeMutablePointer<State>, _ t: UnsafeMutablePointer<ThreadStateLayout>?) {
    exuvia_atomic_store(s.pointee.lastHolder, UInt(bitPattern: t))
  }

  /// Takes the lock. A thread that comes when the interpreter is gone sleeps for ever.
  static func take(_ t: ThreadState) {
    guard let s = state else { return }
    var begin: UInt64 = 0
    pthread_mutex_lock(&s.pointee.mutex)
    while s.pointee.isLocked {
      if begin == 0 {
        begin = clockNanoseconds(CLOCK_MONOTONIC)
        if Probes.isOn { Probes.gilWaiting(t) }
      }
      let seen = s.pointee.switchCount
      var limit = deadline(after: s.pointee.intervalNanoseconds)
      let timedOut = pthread_cond_timedwait(&s.pointee.released, &s.pointee.mutex, &limit) == ETIMEDOUT
      if timedOut, s.pointee.isLocked, s.pointee.switchCount == seen, let holder = lastHolder(s) {
        s.pointee.requester = t.pointer.pointee.traceID
        ThreadState(holder).setBreaker(Breaker.dropRequest)
      }
    }
    pthread_mutex_lock(&s.pointee.switchMutex)
    s.pointee.isLocked = true
    if lastHolder(s) != t.pointer {
      setLastHolder(s, t.pointer)
      s.pointee.switchCount &+= 1
    }
    pthread_cond_signal(&s.pointee.switched)
    pthread_mutex_unlock(&s.pointee.switchMutex)
    t.clearBreaker(Breaker.dropRequest)
    pthread_mutex_unlock(&s.pointee.mutex)
    if Threads.isGone(t) {
      release(s)
      while true { pause() }
    }
    exuvia_set_thread(UnsafeMutableRawPointer(t.pointer))
    if Probes.isOn {
      let waited = begin == 0 ? 0 : clockNanoseconds(CLOCK_MONOTONIC) - begin
      Probes.gilAcquired(t, waited: begin != 0, blockedFor: waited)
    }
  }

  /// Gives the lock away. `forced`: on request, then another thread takes it before this returns.
  static func drop(_ t: ThreadState, _ reason: ReleaseReason) {
    guard let s = state else { return }
    if Probes.isOn {
      if reason == .forced {
        pthread_mutex_lock(&s.pointee.mutex)
        let requester = s.pointee.requester
        pthread_mutex_unlock(&s.pointee.mutex)
        Probes.dropRequest(by: requester)
      }
      Probes.gilReleasing(t, reason)
    }
    exuvia_set_thread(nil)
    pthread_mutex_lock(&s.pointee.mutex)
    setLastHolder(s, t.pointer)
    s.pointee.isLocked = false
    pthread_cond_signal(&s.pointee.released)
    pthread_mutex_unlock(&s.pointee.mutex)
    guard reason == .forced else { return }
    pthread_mutex_lock(&s.pointee.switchMutex)
    while lastHolder(s) == t.pointer && t.hasBreaker(Breaker.dropRequest) {
      t.clearBreaker(Breaker.dropRequest)
      var limit = deadline(after: 1_000_000_000)
      _ = pthread_cond_timedwait(&s.pointee.switched, &s.pointee.switchMutex, &limit)
    }
    pthread_mutex_unlock(&s.pointee.switchMutex)
  }

  /// Frees the state of a thread that ends, and gives the lock away. A waiter may not find the freed state as the holder.
  static func leave(_ t: ThreadState) {
    guard let s = state else { return }
    if Probes.isOn { Probes.gilReleasing(t, .threadExit) }
    pthread_mutex_lock(&s.pointee.mutex)
    setLastHolder(s, nil)
    pthread_mutex_unlock(&s.pointee.mutex)
    Threads.free(t)
    exuvia_set_thread(nil)
    release(s)
  }

  private static func release(_ s: UnsafeMutablePointer<State>) {
    pthread_mutex_lock(&s.pointee.mutex)
    s.pointee.isLocked = false
    pthread_cond_signal(&s.pointee.released)
    pthread_mutex_unlock(&s.pointee.mutex)
  }

  /// A point in time of CLOCK_MONOTONIC.
  static func deadline(after nanoseconds: UInt64) -> timespec {
    let end = clockNanoseconds(CLOCK_MONOTONIC) &+ nanoseconds
    return timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
  }
}

// MARK: - For blocking calls

/// Gives the GIL away before a call that may block. Nothing of Python may be touched until `acquireGIL`.
public func releaseGIL(_ t: ThreadState) { GIL.drop(t, .blocking) }

/// Takes the GIL again.
public func acquireGIL(_ t: ThreadState) { GIL.take(t) }

/// Runs `body` without the GIL, with the events of a blocking call around it. `errno` survives.
public func withoutGIL<Result>(
  _ t: ThreadState, _ call: BlockingCall, bytes: Int = 0, _ body: () -> Result
) -> Result {
  Probes.blockingBegin(call, bytes: bytes)
  GIL.drop(t, .blocking)
  let result = body()
  let saved = exuvia_errno()
  GIL.take(t)
  Probes.blockingEnd(call, bytes: bytes)
  exuvia_set_errno(saved)
  return result
}
