// Drives a replay: takes blocks from a source, shows every event to a visitor, then applies it to the state, up to a moment.

import TraceFormat
import TraceModel

/// Somebody who wants to see every event of a replay. `state` is as before the event: an object that dies can still be asked for.
public protocol EventVisitor: ~Copyable {
  /// The kinds that it wants to see; others may be passed over. Stays the same for a replay.
  var watched: WatchedKinds { get }
  /// Hears the state from which on it sees events: an empty one, unless a part of the trace is looked at. Does nothing where it is not asked for.
  mutating func begin(_ state: borrowing ReplayState)
  mutating func visit(_ event: Event, _ state: borrowing ReplayState)
}

extension EventVisitor where Self: ~Copyable {
  public var watched: WatchedKinds { .all }
  @inlinable public mutating func begin(_ state: borrowing ReplayState) {}
}

/// A visitor that looks at nothing.
public struct NoVisitor: EventVisitor {
  public init() {}
  public var watched: WatchedKinds { .none }
  @inlinable public mutating func visit(_ event: Event, _ state: borrowing ReplayState) {}
}

/// Whether a moment has come.
struct StopCondition {
  let point: TimePoint
  let marker: UInt32?

  /// Whether the replay ends before `event`.
  func stops(before event: Event, hasTime: Bool, _ state: borrowing ReplayState) -> Bool {
    switch point {
    case .time(let nanoseconds): hasTime && event.time > nanoseconds
    case .event(let number): state.eventNumber > number
    case .start: true
    case .programEnd: ReplayState.beginsTeardown(event)
    case .end, .pass, .marker: false
    }
  }

  /// So many events may be passed over without asking: no moment comes within the kinds of `RecordRoutes`.
  func mostUnwatched(_ state: borrowing ReplayState) -> UInt64 {
    switch point {
    case .event(let number): number >= state.eventNumber ? number - state.eventNumber + 1 : 0
    case .start: 0
    case .time, .programEnd, .end, .pass, .marker: .max
    }
  }

  /// Whether the replay ends after `event`, which has been applied.
  func stops(after event: Event, _ state: borrowing ReplayState) -> Bool {
    switch point {
    case .pass(let number): event.kind == .collectEnd && state.collector.passCount >= number
    case .marker: event.kind == .marker && event.markerName == marker
    case .start, .end, .programEnd, .time, .event: false
    }
  }
}

/// Why a replay could not be made.
public enum ReplayError: Error, Equatable {
  case trace(TraceError)
  /// The question names a moment, or a part, that the trace does not have.
  case noSuchMoment(String)
  case noEvents(path: String)
  case outOfMemory

  public var message: String {
    switch self {
    case .trace(let error): error.message
    case .noSuchMoment(let text): text
    case .noEvents(let path): "\(path): the trace has no events; record again, or see `exuvia info`"
    case .outOfMemory: "the system gives no memory for the table of objects; raise the limit (ulimit -v) or free some"
    }
  }
}

extension ReplayState {
  /// Whether the event is one with which the interpreter's teardown begins: the program's end where the trace tells it, else the first sign.
  public static func beginsTeardown(_ event: Event) -> Bool {
    switch event.kind {
    case .collectBegin: event.collectReason == .shutdown
    case .dealloc: event.deathCause == .shutdown
    case .processExit, .programEnd: true
    default: false
    }
  }

  /// Whether the teardown has begun, by what it leaves in the state.
  var hasBegunTeardown: Bool {
    hasExited || records[.programEnd] > 0 || deathsByCause.shutdown > 0
      || collector.begunCount > 0 && collector.reason == .shutdown
  }

  /// How far a replay of words came.
  struct Progress {
    /// Words of the records gone through.
    let words: Int
    /// Whether the moment came at which it had to stop.
    let hasCome: Bool
  }

  /// Shows the records to `visitor` and applies them, until the moment comes.
  mutating func replay<V: EventVisitor & ~Copyable>(
    words: UnsafePointer<UInt64>, count: Int, isDefinitions: Bool, stop: StopCondition?, visitor: inout V
  ) -> Progress {
    let routes = RecordRoutes(visitor.watched, options, stopsInMemory: stop?.point == .programEnd)
    let kinds = EventKinds.shared
    var cursor = unsafe RecordCursor(words: words, count: count)
    if let stop, !isDefinitions {
      let hasCome = replay(&cursor, routes, stop, &visitor)
      return unsafe Progress(words: cursor.record - words, hasCome: hasCome)
    }
    while !cursor.isAtEnd {
      applyUnwatched(&cursor, routes, most: .max)
      if cursor.isAtEnd { break }
      let event = unsafe Event(words: cursor.record, kind: kinds[cursor.kindByte])
      if routes.watched.contains(event.kind) { visitor.visit(event, self) }
      apply(event)
      cursor.advance()
    }
    return Progress(words: count, hasCome: false)
  }

  private mutating func replay<V: EventVisitor & ~Copyable>(
    _ cursor: inout RecordCursor, _ routes: RecordRoutes, _ stop: StopCondition, _ visitor: inout V
  ) -> Bool {
    let (timed, kinds) = (TimedKinds.shared, EventKinds.shared)
    while !cursor.isAtEnd {
      applyUnwatched(&cursor, routes, most: stop.mostUnwatched(self))
      if cursor.isAtEnd { break }
      let event = unsafe Event(words: cursor.record, kind: kinds[cursor.kindByte])
      if stop.stops(before: event, hasTime: timed.contains(event.kind), self) { return true }
      if routes.watched.contains(event.kind) { visitor.visit(event, self) }
      apply(event)
      cursor.advance()
      if stop.stops(after: event, self) { return true }
    }
    return false
  }
}

/// Which kinds carry exact time.
public struct TimedKinds: Sendable {
  private let flags: [Bool]
  public static let shared = TimedKinds()
  init() { flags = (0..<256).map { EventSpec.table[$0]?.hasTime ?? false } }
  public func contains(_ kind: EventKind) -> Bool { flags[Int(kind.rawValue)] }
}
