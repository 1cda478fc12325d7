// Thread rows in the ring's header: what each thread waits for right now, so that a killed or deadlocked waiter is still seen although its
// last record was written long ago. Rows are claimed and freed under the GIL; a row's words are then its own thread's.

import TraceModel

extension EventWriter {
  /// A thread was started. With all 256 rows taken it stays without one.
  public func setThread(_ thread: UInt32, kernelThread: UInt32) {
    guard let mapping, let row = rowOffset(mapping, holding: 0, near: thread) else { return }
    mapping.store64(row + RingLayout.rowWaiting, 0)
    mapping.store32(row + RingLayout.rowKernelThread, kernelThread)
    mapping.store32(row + RingLayout.rowThread, thread)
  }

  /// A thread ended.
  public func clearThread(_ thread: UInt32) {
    guard let mapping, let row = rowOffset(mapping, holding: thread, near: thread) else { return }
    mapping.store64(row + RingLayout.rowWaiting, 0)
    mapping.store32(row + RingLayout.rowThread, 0)
  }

  /// The thread is about to wait for `lock` (0 is the GIL), since `since` nanoseconds after the start.
  public func setWaiting(thread: UInt32, lock: UInt32, since: UInt64) {
    guard let mapping, let row = rowOffset(mapping, holding: thread, near: thread) else { return }
    mapping.store64(row + RingLayout.rowSince, since)
    mapping.store64(row + RingLayout.rowWaiting, UInt64(lock) + 1)
  }

  /// The thread's wait is over.
  public func clearWaiting(thread: UInt32) {
    guard let mapping, let row = rowOffset(mapping, holding: thread, near: thread) else { return }
    mapping.store64(row + RingLayout.rowWaiting, 0)
  }

  /// Who holds the GIL; 0 for nobody.
  public func setGILHolder(_ thread: UInt32) { mapping?.store32(RingLayout.gilHolder, thread) }

  /// The row that holds thread `wanted` (0: a free one), searched from the place where `thread` belongs.
  private func rowOffset(_ mapping: RingMapping, holding wanted: UInt32, near thread: UInt32) -> Int? {
    let count = RingLayout.threadRowCount
    for step in 0..<count {
      let row = RingLayout.threadRows + (Int(thread) + step) % count * RingLayout.threadRowBytes
      if mapping.load32(row + RingLayout.rowThread) == wanted { return row }
    }
    return nil
  }
}
