// Who waited for whom, in which order threads take locks, and convoys. Fed with the events of locks, which are few beside those of objects.

import TraceModel
import TraceReplay

/// Waits of one thread for what another held.
public struct WaitRelation: Sendable {
  public let waiter: UInt32
  /// The thread that held it when the wait began (for the GIL: that had it before); nil where nobody is known.
  public let holder: UInt32?
  /// Number of the lock; 0 is the GIL.
  public let lock: Int
  public var waits: UInt64 = 0
  public var nanoseconds: UInt64 = 0
  public var longestNanoseconds: UInt64 = 0
  /// Event at which the longest wait ended.
  public var longestEvent: UInt64 = 0
}

/// A thread asked for `second` while it held `first`.
public struct LockOrder: Sendable {
  public let first: Int
  public let second: Int
  public var count: UInt64 = 0
  /// The first time: who, and with which event.
  public let thread: UInt32
  public let event: UInt64
  /// Threads that did it.
  public var threads: Set<UInt32> = []
}

/// Acquisitions of one lock in a row of which each had to wait: who has it hands it to one that waits, and queues again.
public struct Convoy: Sendable {
  public var count: UInt64 = 0
  public var longest: UInt64 = 0
  public var longestEvent: UInt64 = 0
}

public struct LockRelations: Sendable {
  public private(set) var waits: [WaitRelation] = []
  public private(set) var orders: [LockOrder] = []
  /// By number of the lock, less one.
  public private(set) var convoys: [Convoy] = []
  private var waitRows: [WaitKey: Int] = [:]
  private var orderRows: [OrderKey: Int] = [:]
  private var held: [UInt32: [Int]] = [:]
  /// The lock that a thread waits for, and who holds it.
  private var blocked: [UInt32: (lock: UInt32, holder: UInt32?)] = [:]
  private var gilBefore: UInt32?
  /// Numbers of locks that signal something rather than protect it: joins, and those that another thread releases, or that who holds them asks
  /// for again (what `Condition.wait` waits at). Nobody waits there for who holds them.
  private var signals: Set<Int> = []
  private var runs: [UInt64] = []
  /// Pairs beyond these are not told apart.
  private static let rowsMax = 1 << 16
  /// Acquisitions in a row that make a convoy.
  public static let convoyLeast: UInt64 = 8

  private struct WaitKey: Hashable {
    let waiter: UInt32
    let holder: UInt32?
    let lock: Int
  }
  private struct OrderKey: Hashable {
    let first: Int
    let second: Int
  }

  public init() {}

  /// To be called before the event is applied. `waited`: nanoseconds of a wait that an acquisition ends.
  mutating func note(_ event: Event, waited: UInt64, _ state: borrowing ReplayState) {
    let thread = event.lockThread
    let number = event.lock == 0 ? 0 : state.locks[event.lock]?.number ?? 0
    switch event.kind {
    case .lockBlock:
      blocked[thread] = (event.lock, state.locks[event.lock]?.owner)
      if event.lock != 0 {
        if state.locks[event.lock]?.kindName == "join" || held[thread]?.contains(number) == true {
          noteSignal(number)
        }
        ask(number, thread, state.eventNumber)
      }
    case .lockAcquire:
      let wait = blocked[thread].flatMap { $0.lock == event.lock ? $0 : nil }
      // Who waited for a lock has it before it has the GIL and can say so: others that came in between have waited for that thread.
      if event.lock != 0 {
        for (other, row) in blocked where row.lock == event.lock && row.holder == nil && other != thread {
          blocked[other]?.holder = thread
        }
      }
      if wait != nil { blocked[thread] = nil }
      if waited > 0 || event.hasWaited {
        let holder = event.lock == 0 ? gilBefore : wait?.holder
        addWait(
          WaitKey(waiter: thread, holder: holder == thread ? nil : holder, lock: number), waited, state.eventNumber)
      }
      guard event.lock != 0, number > 0 else { return }
      convoy(number, hasWaited: event.hasWaited || event.blockedNanoseconds > 0, state.eventNumber)
      if wait == nil { ask(number, thread, state.eventNumber) }
      if !signals.contains(number) { held[thread, default: []].append(number) }
    case .lockRelease:
      if event.lock == 0 {
        gilBefore = thread
      } else if let owner = state.locks[event.lock]?.owner {
        // Any thread may release a lock; it is its owner's that goes.
        if owner != thread { noteSignal(number) }
        if let place = held[owner]?.lastIndex(of: number) { held[owner]?.remove(at: place) }
      }
    default: return
    }
  }

  /// N.B. a lock that signals is often left locked when it dies: a thread would seem to hold thousands of them.
  private mutating func noteSignal(_ number: Int) {
    guard signals.insert(number).inserted else { return }
    for thread in held.keys { held[thread]?.removeAll { $0 == number } }
  }

  private mutating func addWait(_ key: WaitKey, _ nanoseconds: UInt64, _ event: UInt64) {
    let row: Int
    if let known = waitRows[key] {
      row = known
    } else {
      guard waits.count < Self.rowsMax else { return }
      row = waits.count
      waitRows[key] = row
      waits.append(WaitRelation(waiter: key.waiter, holder: key.holder, lock: key.lock))
    }
    waits[row].waits += 1
    waits[row].nanoseconds &+= nanoseconds
    guard nanoseconds >= waits[row].longestNanoseconds else { return }
    waits[row].longestNanoseconds = nanoseconds
    waits[row].longestEvent = event
  }

  /// A thread asks for a lock, whether it gets it or not.
  private mutating func ask(_ number: Int, _ thread: UInt32, _ event: UInt64) {
    for other in held[thread] ?? [] where other != number { addOrder(other, number, thread, event) }
  }

  private mutating func addOrder(_ first: Int, _ second: Int, _ thread: UInt32, _ event: UInt64) {
    let key = OrderKey(first: first, second: second)
    if let row = orderRows[key] {
      orders[row].count += 1
      orders[row].threads.insert(thread)
    } else if orders.count < Self.rowsMax {
      orderRows[key] = orders.count
      orders.append(
        LockOrder(first: first, second: second, count: 1, thread: thread, event: event, threads: [thread]))
    }
  }

  private mutating func convoy(_ number: Int, hasWaited: Bool, _ event: UInt64) {
    while runs.count < number {
      runs.append(0)
      convoys.append(Convoy())
    }
    runs[number - 1] = hasWaited ? runs[number - 1] + 1 : 0
    let run = runs[number - 1]
    if run == Self.convoyLeast { convoys[number - 1].count += 1 }
    guard run >= Self.convoyLeast, run > convoys[number - 1].longest else { return }
    convoys[number - 1].longest = run
    convoys[number - 1].longestEvent = event
  }

  /// Locks that were taken in one order here and in the other there: the threads that do it can wait for each other for ever. Each ring once, as
  /// the orders along it; rings of more than two locks too. One thread alone waits for nobody.
  public var inversions: [[LockOrder]] {
    var next: [Int: [LockOrder]] = [:]
    for order in orders where !signals.contains(order.first) && !signals.contains(order.second) {
      next[order.first, default: []].append(order)
    }
    var rings: [[LockOrder]] = []
    for start in next.keys.sorted() {
      // The shortest way back to the start over locks of larger numbers: each ring is found from its smallest.
      var ways: [Int: [LockOrder]] = [start: []]
      var queue = [start]
      var place = 0
      while place < queue.count, rings.count < Self.ringsMax {
        let lock = queue[place]
        place += 1
        for order in next[lock] ?? [] {
          let way = (ways[lock] ?? []) + [order]
          if order.second == start {
            if way.reduce(into: Set<UInt32>(), { $0.formUnion($1.threads) }).count > 1 { rings.append(way) }
          } else if order.second > start, ways[order.second] == nil {
            ways[order.second] = way
            queue.append(order.second)
          }
        }
      }
    }
    return rings.sorted { $0.count < $1.count }
  }
  private static let ringsMax = 1000
}
