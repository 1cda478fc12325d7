// What ran while locks were held: the events of the holder between acquire and release, by function where something was allocated, and its blocking
// calls. Counts, where a hold's time would vary from run to run.

import TraceModel
import TraceReplay

struct HeldWork: Sendable {
  struct Work: Sendable {
    var events: UInt64 = 0
    var blockingCalls: UInt64 = 0
    /// Births by code of the function.
    var births: [UInt32: UInt64] = [:]
  }
  /// By row of the lock in the lock table.
  private(set) var byLock: [Work] = []
  /// Rows of the locks that are held now, with their owners.
  private var held: [(row: Int, owner: UInt32)] = []
  private static let heldMax = 256

  /// Whether anything is held: the hot path asks first.
  var isAnythingHeld: Bool { !held.isEmpty }

  mutating func acquire(_ event: Event, _ state: borrowing ReplayState) {
    guard event.lock != 0, held.count < Self.heldMax else { return }
    let row = state.locks.index(event.lock) ?? state.locks.locks.count
    while byLock.count <= row { byLock.append(Work()) }
    held.removeAll { $0.row == row }
    held.append((row, event.lockThread))
  }

  mutating func release(_ event: Event, _ state: borrowing ReplayState) {
    guard event.lock != 0, let row = state.locks.index(event.lock) else { return }
    held.removeAll { $0.row == row }
  }

  /// An event of the thread that has the GIL. `code`: of the function that allocates, for births.
  mutating func count(_ event: Event, by thread: UInt32, code: UInt32?) {
    for (row, owner) in held where owner == thread {
      byLock[row].events &+= 1
      if event.kind == .blockingBegin { byLock[row].blockingCalls &+= 1 }
      if let code { byLock[row].births[code, default: 0] &+= 1 }
    }
  }

  /// Kinds that say when something happened or who waits, not what was done.
  static func isWork(_ kind: EventKind) -> Bool {
    switch kind {
    case .clock, .lockBlock, .lockAcquire, .lockRelease, .dropRequest, .blockingEnd, .stall, .loss: false
    case .collectBegin, .collectVerdict, .collectUnreachable, .collectEnd: false
    default: true
    }
  }
}
