// The tables `roots` and `markers`: one row for each event of their kinds.

import TraceModel
import TraceReplay

final class RootRows: StreamedRows {
  private var event: Event?

  override func makeEvents() throws(QueryError) -> EventStream { try context.events(stream, KindSet([.root])) }

  override func take(_ event: Event, _ events: EventStream) -> Bool {
    self.event = event
    return true
  }

  override func put(_ column: Int, _ out: RowOutput) { Self.columns[column].put(self, out) }

  static let columns: [SourceColumn<RootRows>] = [
    .init("number", .integer, "number of the event") { $1.integer($0.events?.number ?? 0) },
    .init("stream", .integer, "the interpreter's stream") { $1.integer($0.stream.session.stream) },
    .init("time", .integer, "latest exact time, ns since the start") { $1.integer($0.events?.time ?? 0) },
    .init("kind", .text, "moduleGlobal, frameLocal, thread, generatorFrame, traceback or interpreter") { rows, out in
      out.text(rows.event.map { rows.context.rootKinds[Int($0.rootKind.rawValue)] })
    },
    .init("name", .text, "the name by which it holds") { rows, out in
      out.text(rows.event.flatMap { rows.stream.strings.text($0.rootName) })
    },
    .init("object", .integer, "heap slot of what it holds") { $1.integer(UInt64($0.event?.object ?? 0)) },
    .init("owner", .integer, "the thread, frame or generator that it belongs to") {
      $1.integer(UInt64($0.event?.rootOwner ?? 0))
    },
    .trace,
  ]

  static let table = QueryTable.streamed(
    "roots", "what holds objects from outside the heap, where the trace names it", columns,
    expected: { max(1, $0.promisedEvents() / 10_000) },
    make: { (context, scan) throws(QueryError) -> RootRows in try RootRows(context, scan) })
}

final class MarkerRows: StreamedRows {
  private var event: Event?

  override func makeEvents() throws(QueryError) -> EventStream {
    try context.events(stream, KindSet([.marker, .counter]), knowsThread: true)
  }

  override func take(_ event: Event, _ events: EventStream) -> Bool {
    self.event = event
    return true
  }

  override func put(_ column: Int, _ out: RowOutput) { Self.columns[column].put(self, out) }

  static let columns: [SourceColumn<MarkerRows>] = [
    .init("number", .integer, "number of the event") { $1.integer($0.events?.number ?? 0) },
    .init("stream", .integer, "the interpreter's stream") { $1.integer($0.stream.session.stream) },
    .init("time", .integer, "exact time, ns since the start") { $1.integer($0.events?.time ?? 0) },
    .init("thread", .integer, "the thread that had the GIL") { $1.integer($0.events?.thread ?? 0) },
    .init("name", .text, "the marker's or counter's name") { rows, out in
      out.text(rows.event.flatMap { rows.stream.strings.text($0.markerName) })
    },
    .init("value", .integer, "a counter's value; NULL of a marker") { rows, out in
      if let event = rows.event, event.kind == .counter { out.integer(event.counterValue) } else { out.null() }
    },
    .trace,
  ]

  static let table = QueryTable.streamed(
    "markers", "markers and counters that the program set", columns,
    expected: { max(1, $0.promisedEvents() / 100_000) },
    make: { (context, scan) throws(QueryError) -> MarkerRows in try MarkerRows(context, scan) })
}
