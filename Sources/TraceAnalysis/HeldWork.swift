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
    /// Whether a thread released what another had acquired: the lock is a signal that somebody waits for (each waiter of a condition makes one), and
    /// nothing is protected while it is held.
    var isSignal = false
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
    if let owner = state.locks.locks[row].owner, owner != state.gilOwner, row < byLock.count {
      byLock[row].isSignal = true
    }
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

  /// Whether the collector runs of itself: whether that falls into a hold is chance.
  static func isChance(_ state: borrowing ReplayState) -> Bool {
    state.collector.isInPass && state.collector.reason == .automatic
  }

  /// The rest says what something is called, when it happened or who waits, not what was done. Names are told again in each part of a trace that can be
  /// read alone.
  static func isWork(_ kind: EventKind) -> Bool {
    switch kind {
    case .defineString, .defineType, .typeBase, .typeMRO, .typeAbstractName: false
    case .defineCode, .defineNode, .defineSite, .codeVariable: false
    case .clock, .lockBlock, .lockAcquire, .lockRelease, .dropRequest, .blockingEnd, .stall, .loss: false
    case .collectBegin, .collectVerdict, .collectUnreachable, .collectEnd: false
    default: true
    }
  }
}
