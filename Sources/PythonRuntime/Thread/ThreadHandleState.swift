// What a thread and those who join it share: outlives both the thread and the Python handle. Counted by hand.
import CRuntimeSupport
import Glibc

public struct ThreadHandleState {
  public enum Phase: UInt8, Sendable { case notStarted, starting, running, done }
  public var phase = Phase.notStarted
  public var ident: UInt = 0
  /// What the thread's end is called in events: the slot of the Python handle while that lives, else 0. The thread owns it while it runs.
  public var lock: UInt32
  var references: Int32 = 1
  /// Posted once when the thread is done; a joiner that got it posts it again.
  var done = sem_t()

  /// A state with one reference, of the handle in slot `lock`.
  public static func create(lock: UInt32) -> UnsafeMutablePointer<ThreadHandleState> {
    let state = UnsafeMutablePointer<ThreadHandleState>.allocate(capacity: 1)
    state.initialize(to: ThreadHandleState(lock: lock))
    Probes.lockCreate(.join, lock)
    sem_init(&state.pointee.done, 0, 0)
    all.append(state)
    return state
  }
  /// All under the GIL.
  nonisolated(unsafe) private static var all: [UnsafeMutablePointer<ThreadHandleState>] = []

  public static func retain(_ state: UnsafeMutablePointer<ThreadHandleState>) { state.pointee.references += 1 }
  public static func release(_ state: UnsafeMutablePointer<ThreadHandleState>) {
    state.pointee.references -= 1
    guard state.pointee.references == 0 else { return }
    all.removeAll { $0 == state }
    sem_destroy(&state.pointee.done)
    state.deallocate()
  }

  /// The thread is done: wakes those who join it.
  public mutating func finish() {
    guard phase != .done else { return }
    phase = .done
    sem_post(&done)
  }

  /// In a forked child every other thread is gone.
  static func afterForkInChild() {
    let own = UInt(pthread_self())
    for state in all where state.pointee.phase == .running && state.pointee.ident != own { state.pointee.finish() }
  }

  public enum Wait { case done, timedOut, interrupted }

  /// Waits until the thread is done; `nanoseconds` nil: for ever. With the GIL held; it is given away meanwhile. `interrupted`: an exception is set.
  public static func wait(
    _ t: ThreadState, _ state: UnsafeMutablePointer<ThreadHandleState>, nanoseconds: UInt64?
  ) -> Wait {
    if state.pointee.phase == .done { return .done }
    retain(state)
    defer { release(state) }
    switch waitSemaphore(t, &state.pointee.done, lock: state.pointee.lock, nanoseconds: nanoseconds) {
    case .acquired:
      sem_post(&state.pointee.done)
      return .done
    case .timedOut: return .timedOut
    case .interrupted: return .interrupted
    }
  }
}

public enum SemaphoreWait { case acquired, timedOut, interrupted }

/// Waits for a semaphore without the GIL, running signal handlers when interrupted. Writes the block event, unless `lock` is 0, which has no name;
/// the caller writes what follows.
public func waitSemaphore(
  _ t: ThreadState, _ semaphore: UnsafeMutablePointer<sem_t>, lock: UInt32, nanoseconds: UInt64?
) -> SemaphoreWait {
  let end = nanoseconds.map { GIL.deadline(after: $0) } ?? timespec(tv_sec: 0, tv_nsec: 0)
  while true {
    // Again after a signal: who gets the GIL back waits no more.
    if lock != 0 { Probes.lockBlock(t, lock) }
    GIL.drop(t, .blocking)
    let failure = -exuvia_semaphore_wait(semaphore, Int64(end.tv_sec), Int64(end.tv_nsec))
    GIL.take(t)
    if failure == 0 { return .acquired }
    if failure == EINTR {
      guard checkSignals(t) else {
        Probes.lockGiveUp(t)
        return .interrupted
      }
      continue
    }
    Probes.lockGiveUp(t)
    return .timedOut
  }
}
