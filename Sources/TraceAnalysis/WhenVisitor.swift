// Watches a replay for the moments at which a predicate becomes true, or for the ends (of passes, of waits) at which it is.

import TraceModel
import TraceReplay

/// A moment at which a predicate became true.
public struct WhenMoment: Sendable, Equatable {
  /// The event that made it true; nil where it was true from the begin on.
  public let event: UInt64?
  /// The last exact time up to then.
  public let time: UInt64
  public let value: UInt64
  /// Who had the GIL; 0 is nobody.
  public let thread: UInt32
  public let cause: Cause

  public enum Cause: Sendable, Equatable {
    case none
    case birth(type: UInt32, site: UInt32)
    case death(type: UInt32)
    case resize(type: UInt32)
    /// The pass's number is not told.
    case pass(generation: Int, reason: CollectReason, examined: UInt32, collected: UInt32)
    /// A thread that waits, or has waited, for the lock with this number (nil: the GIL, or unknown), created there, and who holds it.
    case lock(thread: UInt32, number: Int?, site: UInt32, owner: UInt32?)
  }
}

/// Safe: `isCounted` has `typeCount` flags and is freed only here; ids beyond are not counted.
@safe struct WhenVisitor: EventVisitor, ~Copyable {
  private let predicate: Predicate
  private let isCounted: UnsafeMutablePointer<Bool>
  private let typeCount: Int
  private let ofAllTypes: Bool
  /// Of the types that count.
  private var live: UInt64 = 0
  private var bytes: UInt64 = 0
  private var waiting = WaitCounter()
  private var lock: UInt32?
  private var pass: (time: UInt64, reason: CollectReason) = (0, .automatic)
  private var isTrue = false
  /// The last event that may have changed the value, until it is applied.
  private var pending: (event: UInt64, thread: UInt32, cause: WhenMoment.Cause)?
  private(set) var moments: [WhenMoment] = []
  private(set) var count = 0
  /// Moments that are kept: the first ones, or with `keepsLast` the last one.
  private let kept: Int
  private let keepsLast: Bool
  /// Whether a moment at which it is true from the begin on is told.
  var tellsBegin = false

  init(_ predicate: Predicate, types: Set<UInt32>?, typeCount: Int, kept: Int, keepsLast: Bool) {
    self.predicate = predicate
    self.typeCount = max(1, typeCount)
    (self.kept, self.keepsLast) = (kept, keepsLast)
    unsafe isCounted = .allocate(capacity: self.typeCount)
    unsafe isCounted.initialize(repeating: false, count: self.typeCount)
    ofAllTypes = types == nil
    for type in types ?? [] where Int(type) < typeCount { unsafe isCounted[Int(type)] = true }
  }

  deinit { unsafe isCounted.deallocate() }

  /// Takes the values of a state over, from which on events are shown.
  mutating func begin(_ state: borrowing ReplayState) {
    pending = nil
    switch predicate.measure {
    case .live, .bytes:
      (live, bytes) = (0, 0)
      if !ofAllTypes {
        for row in HeapCensus.count(state, by: .type) where counts(row.id) {
          live += row.objects
          bytes &+= row.bytes
        }
      }
    case .waiting(let number):
      waiting = WaitCounter(state)
      lock = number.flatMap { $0 <= state.locks.locks.count ? state.locks.locks[$0 - 1].lock : nil }
    case .pause: pass = (state.collector.startTime, state.collector.reason)
    case .waitForGIL, .waitForLock: break
    }
    guard predicate.measure.isLevel else { return }
    isTrue = predicate.holds(value(state))
    if isTrue && tellsBegin {
      add(WhenMoment(event: nil, time: state.time, value: value(state), thread: state.gilOwner, cause: .none))
    }
    tellsBegin = false
  }

  /// N.B. an event is settled with the next that is watched, or at the end: nothing that the value depends on comes in between, but the time may.
  var watched: WatchedKinds {
    switch predicate.measure {
    case .live, .bytes: .allBut([.incref, .decref, .store, .fill, .track, .untrack])
    case .waiting: .allBut([.incref, .decref, .store, .fill, .track, .untrack, .alloc, .allocLarge, .dealloc])
    case .pause: WatchedKinds([.collectBegin, .collectEnd])
    case .waitForGIL, .waitForLock: WatchedKinds([.lockAcquire])
    }
  }

  @inline(__always) private func counts(_ type: UInt32) -> Bool {
    unsafe ofAllTypes || Int(type) < typeCount && isCounted[Int(type)]
  }

  private func value(_ state: borrowing ReplayState) -> UInt64 {
    switch predicate.measure {
    case .live: ofAllTypes ? state.liveCount : live
    case .bytes: ofAllTypes ? state.liveBytes : bytes
    case .waiting(nil): waiting.most
    case .waiting: lock.map { waiting.waiters($0) } ?? 0
    case .pause, .waitForGIL, .waitForLock: 0
    }
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    if pending != nil { settle(state) }
    switch predicate.measure {
    case .live, .bytes: memory(event, state)
    case .waiting(let number):
      // A lock's number is that of its creation; its slot may have had others.
      if event.kind == .lockCreate, let number, state.locks.locks.count == number - 1 { lock = event.lock }
      guard event.kind == .lockBlock || event.kind == .lockAcquire else { return }
      waiting.apply(event, state)
      pending = (state.eventNumber, event.lockThread, lockCause(event, state))
    case .pause(let generation):
      if event.kind == .collectBegin { pass = (event.time, event.collectReason) }
      guard event.kind == .collectEnd, generation == nil || generation == event.generation else { return }
      let cause = WhenMoment.Cause.pass(
        generation: event.generation, reason: pass.reason, examined: event.examined, collected: event.collected)
      end(event.time >= pass.time ? event.time - pass.time : 0, event, state, cause)
    case .waitForGIL:
      guard event.kind == .lockAcquire, event.lock == 0, event.blockedNanoseconds > 0 else { return }
      end(event.blockedNanoseconds, event, state, lockCause(event, state))
    case .waitForLock:
      guard event.kind == .lockAcquire, event.lock != 0, event.blockedNanoseconds > 0 else { return }
      end(event.blockedNanoseconds, event, state, lockCause(event, state))
    }
  }

  private func lockCause(_ event: Event, _ state: borrowing ReplayState) -> WhenMoment.Cause {
    let lock = event.lock == 0 ? nil : state.locks[event.lock]
    return .lock(thread: event.lockThread, number: lock?.number, site: lock?.site ?? 0, owner: lock?.owner)
  }

  @inline(__always) private mutating func memory(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .alloc, .allocLarge:
      guard counts(event.type) else { return }
      live &+= 1
      bytes &+= event.allocSize
      pending = (state.eventNumber, state.gilOwner, .birth(type: event.type, site: event.allocSite))
    case .dealloc:
      let cell = state.objects[event.object]
      guard cell.isAlive, counts(cell.type) else { return }
      live &-= min(1, live)
      bytes &-= min(cell.size, bytes)
      pending = (state.eventNumber, state.gilOwner, .death(type: cell.type))
    case .resize:
      let cell = state.objects[event.object]
      guard cell.isAlive, counts(cell.type) else { return }
      bytes = bytes &- min(cell.size, bytes) &+ event.resizeSize
      pending = (state.eventNumber, state.gilOwner, .resize(type: cell.type))
    default: return
    }
  }

  /// Looks at the value after the pending event, which has been applied.
  mutating func settle(_ state: borrowing ReplayState) {
    guard let last = pending else { return }
    pending = nil
    let value = value(state)
    let holds = predicate.holds(value)
    if holds && !isTrue {
      add(WhenMoment(event: last.event, time: state.time, value: value, thread: last.thread, cause: last.cause))
    }
    isTrue = holds
  }

  private mutating func end(
    _ value: UInt64, _ event: Event, _ state: borrowing ReplayState, _ cause: WhenMoment.Cause
  ) {
    guard predicate.holds(value) else { return }
    // A pass's row in an index does not say who had the GIL, and the answer may come from there; a wait tells its thread by itself.
    add(WhenMoment(event: state.eventNumber, time: event.time, value: value, thread: 0, cause: cause))
  }

  private mutating func add(_ moment: WhenMoment) {
    count += 1
    if keepsLast {
      moments = [moment]
    } else if moments.count < kept {
      moments.append(moment)
    }
  }
}
