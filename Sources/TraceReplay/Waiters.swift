// Who waits for whom at a moment: threads that are blocked on a lock, with the lock's owner. For waits on locks the events say it; who waits for the
// GIL may not write events, so the rows that a killed recording left in its ring file say that.

import TraceFormat

/// A thread that waits for a lock.
public struct Waiter: Sendable, Equatable {
  public let thread: UInt32
  /// The kernel's id of the thread; 0 when not told.
  public let kernelThread: UInt32
  /// 0 is the GIL.
  public let lock: UInt32
  /// What the trace knows of the lock; nil for one that it never named.
  public let state: LockState?
  /// When the wait began, in nanoseconds since the stream's start.
  public let since: UInt64
  /// The thread that holds the lock.
  public let owner: UInt32?
}

extension Waiter {
  /// Waiters by thread. `rows` are what the ring file says, which is as late as the last event or later.
  public static func list(_ state: borrowing ReplayState, rows: [RingThread] = []) -> [Waiter] {
    var waiters: [UInt32: Waiter] = [:]
    for (id, thread) in state.threads.enumerated() where !thread.hasExited {
      guard let lock = thread.waitsFor else { continue }
      waiters[UInt32(id)] = Waiter(
        thread: UInt32(id), kernelThread: thread.kernelThread, lock: lock, state: state.locks[lock],
        since: thread.waitsSince, owner: state.locks[lock]?.owner)
    }
    let holder = rows.first { $0.holdsGIL }?.thread
    for row in rows {
      guard let lock = row.waitingFor else { continue }
      waiters[row.thread] = Waiter(
        thread: row.thread, kernelThread: row.kernelThread, lock: lock, state: state.locks[lock],
        since: row.waitingSince, owner: lock == 0 ? holder : state.locks[lock]?.owner)
    }
    return waiters.values.sorted { $0.thread < $1.thread }
  }
}
