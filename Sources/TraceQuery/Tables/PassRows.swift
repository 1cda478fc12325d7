// The table `passes`: the collector's passes, with what they cost and did. Figures that need every birth and death are made only when asked for.

import TraceModel
import TraceReplay

final class PassRows: StreamedRows {
  private struct Pass {
    var first: UInt64 = 0
    var since: UInt64 = 0
    var generation = 0
    var reason = CollectReason.automatic
    var counts: (UInt32, UInt32, UInt32) = (0, 0, 0)
    var liveBefore: UInt64 = 0
    var thread: UInt32 = 0
    var last: UInt64?
    var until: UInt64?
    var examined: UInt64?
    var collected: UInt64?
    var uncollectable: UInt64?
    var promoted: UInt64?
    var liveAfter: UInt64?
    var resurrected: UInt64 = 0
    var finalizers: UInt64 = 0
    var number: UInt64 = 0
  }
  private var row = Pass()
  private var open: Pass?
  private var passCount: UInt64 = 0
  private var live: UInt64 = 0
  private let followsLives: Bool
  private let usesThread: Bool
  /// Whether passes before the part that is looked at count.
  private let countsOn: Bool

  private static let place = Dictionary(
    uniqueKeysWithValues: columns.enumerated().map { ($0.element.column.name, $0.offset) })

  override init(_ context: QueryContext, _ scan: Scan) throws(QueryError) {
    followsLives = ["live_before", "live_after"].contains { scan.uses(Self.place[$0] ?? 0) }
    usesThread = scan.uses(Self.place["thread"] ?? 0)
    countsOn = followsLives || scan.uses(Self.place["pass"] ?? 0)
    try super.init(context, scan)
  }

  override func makeEvents() throws(QueryError) -> EventStream {
    (open, passCount, live) = (nil, 0, 0)
    let kinds: [EventKind] = [.collectBegin, .collectEnd, .resurrect, .finalizerCall]
    return try context.events(
      stream, KindSet(kinds + (followsLives ? [.alloc, .allocLarge, .dealloc] : [])), knowsThread: usesThread,
      countsOn: countsOn)
  }

  override func take(_ event: Event, _ events: EventStream) -> Bool {
    switch event.kind {
    case .alloc, .allocLarge: live &+= 1
    case .dealloc: if live > 0 { live -= 1 }
    case .resurrect: open?.resurrected += 1
    case .finalizerCall: open?.finalizers += 1
    case .collectBegin:
      let unfinished = open
      passCount += 1
      open = nil
      if stream.looksAt(events.number) {
        open = Pass(
          first: events.number, since: event.time, generation: event.generation, reason: event.collectReason,
          counts: event.beginCounts, liveBefore: live, thread: events.thread, number: passCount)
      }
      if let unfinished { row = unfinished }
      return unfinished != nil
    case .collectEnd:
      guard var pass = open else { return false }
      open = nil
      (pass.last, pass.until) = (events.number, event.time)
      (pass.examined, pass.collected) = (UInt64(event.examined), UInt64(event.collected))
      (pass.uncollectable, pass.promoted) = (UInt64(event.uncollectable), UInt64(event.promoted))
      pass.liveAfter = live
      row = pass
      return true
    default: break
    }
    return false
  }

  override func finishRow() -> Bool {
    guard let pass = open else { return false }
    row = pass
    open = nil
    return true
  }

  override func put(_ column: Int, _ out: RowOutput) { Self.columns[column].put(self, out) }

  static let columns: [SourceColumn<PassRows>] = [
    .init("pass", .integer, "number of the pass in its stream, from 1: the 7 of `--at gc:7`") {
      $1.integer($0.row.number)
    },
    .init("stream", .integer, "the interpreter's stream") { $1.integer($0.stream.session.stream) },
    .init("generation", .integer, "the oldest generation looked at") { $1.integer($0.row.generation) },
    .init("reason", .text, "automatic, manual or shutdown") {
      $1.text($0.context.collectReasons[Int($0.row.reason.rawValue)])
    },
    .init("since", .integer, "when it began, ns since the start") { $1.integer($0.row.since) },
    .init("pause", .integer, "how long it took, ns; NULL when its end is not in the trace") { rows, out in
      out.integer(rows.row.until.map { $0 &- min($0, rows.row.since) })
    },
    .init("examined", .integer, "objects looked at") { $1.integer($0.row.examined) },
    .init("collected", .integer, "objects found unreachable and freed") { $1.integer($0.row.collected) },
    .init("uncollectable", .integer, "unreachable objects that could not be freed") {
      $1.integer($0.row.uncollectable)
    },
    .init("promoted", .integer, "survivors that moved to the next generation") { $1.integer($0.row.promoted) },
    .init("resurrected", .integer, "unreachable objects that a finalizer gave a holder again") {
      $1.integer($0.row.resurrected)
    },
    .init("finalizers", .integer, "finalizers that it called") { $1.integer($0.row.finalizers) },
    .init("count0", .integer, "generation 0's count as it began") { $1.integer($0.row.counts.0) },
    .init("count1", .integer, "generation 1's") { $1.integer($0.row.counts.1) },
    .init("count2", .integer, "generation 2's") { $1.integer($0.row.counts.2) },
    .init("live_before", .integer, "objects that lived as it began") { $1.integer($0.row.liveBefore) },
    .init("live_after", .integer, "objects that lived as it ended") { $1.integer($0.row.liveAfter) },
    .init("thread", .integer, "the thread that ran it") { $1.integer($0.row.thread) },
    .init("first", .integer, "number of the event with which it began") { $1.integer($0.row.first) },
    .init("last", .integer, "number of the event with which it ended") { $1.integer($0.row.last) },
    .trace,
  ]

  static let table = QueryTable.streamed(
    "passes", "every pass of the collector", columns, expected: { max(1, $0.promisedEvents() / 10_000) },
    make: { (context, scan) throws(QueryError) -> PassRows in try PassRows(context, scan) })
}
