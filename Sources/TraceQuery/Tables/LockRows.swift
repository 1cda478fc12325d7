// The tables `lock_waits` and `gil_slices`: who waited for which lock, and who had the GIL, from when to when.

import TraceModel
import TraceReplay

/// What a scan knows of a lock.
private struct LockPlace {
  var number: Int
  var kind: UInt32
  var site: UInt32
  var owner: UInt32 = 0
}

final class LockWaitRows: StreamedRows {
  private struct Wait {
    var lock: UInt32
    var since: UInt64
    var holder: UInt32
    var isOver = false
  }
  private struct Row {
    var lock = LockPlace(number: 0, kind: 1, site: 0)
    var thread: UInt32 = 0
    var since: UInt64 = 0
    var until: UInt64?
    var number: UInt64?
    var holder: UInt32 = 0
  }
  private var row = Row()
  private var locks: [UInt32: LockPlace] = [:]
  private var lockCount = 0
  private var waits: [UInt32: Wait] = [:]
  private var lastHolder: UInt32 = 0
  private var unfinished: [UInt32]?

  override func makeEvents() throws(QueryError) -> EventStream {
    (locks, waits, lockCount, lastHolder, unfinished) = ([:], [:], 0, 0, nil)
    return try context.events(
      stream, KindSet([.lockCreate, .lockBlock, .lockAcquire, .lockRelease]), countsOn: true)
  }

  override func take(_ event: Event, _ events: EventStream) -> Bool {
    switch event.kind {
    case .lockCreate:
      lockCount += 1
      locks[event.lock] = LockPlace(number: lockCount, kind: event.lockKind, site: event.lockSite)
    case .lockBlock:
      waits[event.lockThread] = Wait(lock: event.lock, since: event.time, holder: locks[event.lock]?.owner ?? 0)
    case .lockRelease:
      if event.lock == 0 { lastHolder = event.lockThread }
      locks[event.lock]?.owner = 0
    case .lockAcquire: return acquire(event, events.number)
    default: break
    }
    return false
  }

  private func acquire(_ event: Event, _ number: UInt64) -> Bool {
    if locks[event.lock] == nil {
      lockCount += 1
      locks[event.lock] = LockPlace(number: lockCount, kind: event.lock == 0 ? 0 : 1, site: 0)
    }
    locks[event.lock]?.owner = event.lockThread
    // Who had the lock already, but could not say so for want of the GIL, as the others began to wait.
    for (thread, other) in waits where other.lock == event.lock && other.holder == 0 && thread != event.lockThread {
      waits[thread]?.holder = event.lockThread
    }
    let wait = waits[event.lockThread].flatMap { $0.lock == event.lock ? $0 : nil }
    if wait != nil {
      waits[event.lockThread] = nil
    } else if event.lock == 0 {
      // Who has the GIL again waits no more: it has the lock, and says so next, or its wait ended without.
      waits[event.lockThread]?.isOver = true
    }
    guard event.hasWaited || event.blockedNanoseconds > 0, stream.looksAt(number) else { return false }
    row = Row(
      lock: locks[event.lock] ?? row.lock, thread: event.lockThread,
      since: event.time - min(event.blockedNanoseconds, event.time), until: event.time, number: number,
      holder: wait?.holder ?? (event.lock == 0 ? lastHolder : 0))
    return true
  }

  override func finishRow() -> Bool {
    if unfinished == nil { unfinished = waits.filter { !$0.value.isOver }.keys.sorted(by: >) }
    guard let thread = unfinished?.popLast(), let wait = waits[thread] else { return false }
    row = Row(
      lock: locks[wait.lock] ?? LockPlace(number: 0, kind: 1, site: 0), thread: thread, since: wait.since, until: nil,
      number: nil, holder: wait.holder)
    return true
  }

  override func put(_ column: Int, _ out: RowOutput) { Self.columns[column].put(self, out) }

  static let columns: [SourceColumn<LockWaitRows>] = [
    .init("number", .integer, "number of the event with which the lock was had; NULL when it never was") {
      $1.integer($0.row.number)
    },
    .init("stream", .integer, "the interpreter's stream") { $1.integer($0.stream.session.stream) },
    .init("lock", .integer, "`locks.lock`") { $1.integer($0.row.lock.number) },
    .init("kind", .text, "gil, lock, rlock or join") { $1.string(LockKinds.name($0.row.lock.kind)) },
    .init("thread", .integer, "the thread that waited") { $1.integer($0.row.thread) },
    .init("since", .integer, "when the wait began, ns since the start") { $1.integer($0.row.since) },
    .init("until", .integer, "when it ended; NULL when it never did") { $1.integer($0.row.until) },
    .init("wait", .integer, "how long, ns; NULL when it never ended") { rows, out in
      out.integer(rows.row.until.map { $0 &- rows.row.since })
    },
    .init(
      "holder", .integer,
      "the thread that had the lock as the wait began, or got it first; of the GIL, the one that gave it up"
    ) {
      $1.integer($0.row.holder == 0 ? nil : UInt64($0.row.holder))
    },
    .init("function", .text, "the function that created the lock") {
      $1.text($0.stream.function(ofSite: $0.row.lock.site))
    },
    .trace,
  ]

  static let table = QueryTable.streamed(
    "lock_waits", "every wait for a lock or the GIL", columns, expected: { max(1, $0.promisedEvents() / 1000) },
    make: { (context, scan) throws(QueryError) -> LockWaitRows in try LockWaitRows(context, scan) })
}

enum LockKinds {
  private static let names = ["gil", "lock", "rlock", "join"]
  static func name(_ kind: UInt32) -> String { Int(kind) < names.count ? names[Int(kind)] : "lock" }
}

final class GILSliceRows: StreamedRows {
  private struct Slice {
    var thread: UInt32 = 0
    var since: UInt64 = 0
    var first: UInt64 = 0
    var waited: UInt64 = 0
    var until: UInt64?
    var last: UInt64?
    var reason: ReleaseReason?
  }
  private var row = Slice()
  private var open: Slice?

  override func makeEvents() throws(QueryError) -> EventStream {
    open = nil
    return try context.events(stream, KindSet([.lockAcquire, .lockRelease]))
  }

  override func take(_ event: Event, _ events: EventStream) -> Bool {
    guard event.lock == 0 else { return false }
    let before = open
    if event.kind == .lockAcquire {
      open = Slice(
        thread: event.lockThread, since: event.time, first: events.number, waited: event.blockedNanoseconds)
      // One that was never given up: a fork, or events that are missing.
      if let before { row = before }
      return before != nil
    }
    guard var slice = before else { return false }
    (slice.until, slice.last, slice.reason) = (event.time, events.number, event.releaseReason)
    row = slice
    open = nil
    return true
  }

  override func finishRow() -> Bool {
    guard let slice = open else { return false }
    row = slice
    open = nil
    return true
  }

  override func put(_ column: Int, _ out: RowOutput) { Self.columns[column].put(self, out) }

  static let columns: [SourceColumn<GILSliceRows>] = [
    .init("first", .integer, "number of the event with which the GIL was taken") { $1.integer($0.row.first) },
    .init("last", .integer, "number of the event with which it was given up; NULL at the end") {
      $1.integer($0.row.last)
    },
    .init("stream", .integer, "the interpreter's stream") { $1.integer($0.stream.session.stream) },
    .init("thread", .integer, "the thread that had it") { $1.integer($0.row.thread) },
    .init("since", .integer, "from when, ns since the start") { $1.integer($0.row.since) },
    .init("until", .integer, "to when; NULL at the end") { $1.integer($0.row.until) },
    .init("held", .integer, "how long, ns; NULL at the end") { rows, out in
      out.integer(rows.row.until.map { $0 &- min($0, rows.row.since) })
    },
    .init("waited", .integer, "how long the thread had waited for it before, ns") { $1.integer($0.row.waited) },
    .init("reason", .text, "why it was given up: explicit, forced, blocking, threadExit, fork; NULL at the end") {
      rows, out in
      out.text(rows.row.reason.map { rows.context.releaseReasons[Int($0.rawValue)] })
    },
    .trace,
  ]

  static let table = QueryTable.streamed(
    "gil_slices", "every time that a thread had the GIL", columns, expected: { max(1, $0.promisedEvents() / 1000) },
    make: { (context, scan) throws(QueryError) -> GILSliceRows in try GILSliceRows(context, scan) })
}
