// Threads, the GIL and the other locks as the events leave them: who owns what, who waits, since when. Cold beside objects.

import TraceModel

public struct ThreadState: Sendable, Equatable {
  public var name: UInt32 = 0
  /// The kernel's id of the thread; 0 when not told.
  public var kernelThread: UInt32 = 0
  public var isStarted = false
  public var hasExited = false
  public var startTime: UInt64 = 0
  public var exitTime: UInt64 = 0
  public var cpuNanoseconds: UInt64 = 0
  /// The lock that the thread waits for, and since when.
  public var waitsFor: UInt32?
  public var waitsSince: UInt64 = 0
  /// The blocking call that the thread is in.
  public var blockingCall: BlockingCall?
  public var blockingSince: UInt64 = 0
}

public struct LockState: Sendable, Equatable {
  public var lock: UInt32
  /// Raw kind of lockCreate: gil, lock, rlock, join.
  public var kind: UInt32 = 1
  public var site: UInt32 = 0
  /// Birth number of the lock among all locks of the trace, from 1.
  public var number: Int
  public var owner: UInt32?
  public var ownedSince: UInt64 = 0
  /// Threads that wait.
  public var waiters = 0

  static let kindNames = ["gil", "lock", "rlock", "join"]
  public var kindName: String { Int(kind) < Self.kindNames.count ? Self.kindNames[Int(kind)] : "lock" }
}

/// The locks of a stream, by slot.
public struct LockTable: ~Copyable {
  private var indices = SlotMap()
  /// In order of creation; a lock whose slot was reused keeps its row.
  public private(set) var locks: [LockState] = []

  init() {}

  /// Row of the lock that now has this id, or nil.
  public func index(_ lock: UInt32) -> Int? { indices.find(lock) }
  public subscript(lock: UInt32) -> LockState? { indices.find(lock).map { locks[$0] } }

  mutating func create(_ lock: UInt32, kind: UInt32, site: UInt32) {
    indices.set(lock, locks.count)
    locks.append(LockState(lock: lock, kind: kind, site: site, number: locks.count + 1))
  }

  /// Changes the lock's row; a lock that was never created (recording began later) gets one.
  mutating func update(_ lock: UInt32, _ change: (inout LockState) -> Void) {
    if indices.find(lock) == nil { create(lock, kind: lock == 0 ? 0 : 1, site: 0) }
    if let index = indices.find(lock) { change(&locks[index]) }
  }
}

extension ReplayState {
  /// State of a thread; an unknown thread has the default state.
  public func thread(_ id: UInt32) -> ThreadState { Int(id) < threads.count ? threads[Int(id)] : ThreadState() }

  /// Ids count up from 1; a larger one is no thread of a real run.
  public static let threadsMax: UInt32 = 1 << 20

  mutating func updateThread(_ id: UInt32, _ change: (inout ThreadState) -> Void) {
    guard id < Self.threadsMax else { return }
    while threads.count <= Int(id) { threads.append(ThreadState()) }
    change(&threads[Int(id)])
  }

  mutating func applyLock(_ event: Event) {
    switch event.kind {
    case .lockCreate: locks.create(event.lock, kind: event.lockKind, site: event.lockSite)
    case .lockBlock:
      locks.update(event.lock) { $0.waiters += 1 }
      updateThread(event.lockThread) {
        $0.waitsFor = event.lock
        $0.waitsSince = event.time
      }
    case .lockAcquire:
      let thread = event.lockThread
      let wasWaiting = self.thread(thread).waitsFor == event.lock
      if wasWaiting { updateThread(thread) { $0.waitsFor = nil } }
      locks.update(event.lock) {
        if wasWaiting && $0.waiters > 0 { $0.waiters -= 1 }
        $0.owner = thread
        $0.ownedSince = event.time
      }
      if event.lock == 0 {
        // Who has the GIL again waits no more, also when its wait for another lock ended without it.
        let waited = self.thread(thread).waitsFor
        if let waited {
          updateThread(thread) { $0.waitsFor = nil }
          locks.update(waited) { if $0.waiters > 0 { $0.waiters -= 1 } }
        }
        gilOwner = thread
        hasSeenGIL = true
      }
    case .lockRelease:
      locks.update(event.lock) { $0.owner = nil }
      if event.lock == 0 {
        gilOwner = 0
        hasSeenGIL = true
      }
    case .blockingBegin:
      updateThread(gilOwner) {
        $0.blockingCall = event.blockingCall
        $0.blockingSince = event.time
      }
    case .blockingEnd: updateThread(gilOwner) { $0.blockingCall = nil }
    default: break
    }
  }
}
