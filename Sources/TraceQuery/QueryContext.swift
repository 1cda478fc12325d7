// What all tables of one query share: the streams, their names as texts for SQLite, what was counted once, the limits, and the first failure.

import Glibc
import TraceAnalysis
import TraceModel
import TraceReplay

/// One stream with its names.
final class QueryStream {
  let session: TraceSession
  var types: TextsByID
  var functions: TextsByID
  var files: TextsByID
  var strings: TextsByID
  private var counted: TraceReport?

  init(_ session: TraceSession, _ store: TextStore) {
    self.session = session
    let names = session.definitions
    types = TextsByID(count: names.types.count, store: store) { names.typeName($0) }
    functions = TextsByID(count: names.codes.count, store: store) { $0 == 0 ? nil : names.codeName($0) }
    files = TextsByID(count: names.codes.count, store: store) { names.code($0).flatMap { names.string($0.file) } }
    strings = TextsByID(count: names.strings.count, store: store) { names.string($0) }
  }

  var names: TraceNames { session.definitions }

  /// Statistics of the whole stream, gathered at the first call.
  func report() throws(QueryError) -> TraceReport {
    if let counted { return counted }
    do throws(ReplayError) {
      let report = try session.report()
      counted = report
      return report
    } catch {
      throw .replay(error)
    }
  }

  func function(ofSite site: UInt32) -> KeptText? { functions.text(names.codeOfSite(site)) }
  func file(ofSite site: UInt32) -> KeptText? { files.text(names.codeOfSite(site)) }

  /// Ids of the types that are called one of `texts`, as a set of flags by id.
  func typeFlags(named texts: Set<String>) -> [Bool] {
    names.types.indices.map { texts.contains(names.typeName(UInt32($0))) }
  }
}

final class QueryContext {
  let streams: [QueryStream]
  let limits: QueryLimits
  let store = TextStore()
  /// The first failure of a table; SQLite only hears that it is to stop.
  var failure: QueryError?
  /// A table is telling SQLite its columns.
  var isConnecting = false
  private(set) lazy var kinds = (0..<256).map { EventSpec.table[$0].map { store.keep($0.name) } }
  private(set) lazy var deathCauses = EventEnumerations.deathCauses.map { store.keep($0) }
  private(set) lazy var releaseReasons = EventEnumerations.releaseReasons.map { store.keep($0) }
  private(set) lazy var collectReasons = EventEnumerations.collectReasons.map { store.keep($0) }
  private(set) lazy var generatorKinds = EventEnumerations.generatorKinds.map { store.keep($0) }
  private(set) lazy var rootKinds = EventEnumerations.rootKinds.map { store.keep($0) }
  private var deadline: UInt64?
  private var stored: [String: StoredRows] = [:]

  init(_ sessions: [TraceSession], _ limits: QueryLimits) {
    self.limits = limits
    let store = self.store
    streams = sessions.map { QueryStream($0, store) }
  }

  static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  func startClock() {
    failure = nil
    deadline = limits.timeoutNanoseconds.map { Self.now &+ $0 }
  }

  var isTimeUp: Bool { deadline.map { Self.now >= $0 } ?? false }

  static func timeIsUp(_ limits: QueryLimits) -> QueryError {
    .limit(
      "the query took longer than --timeout allows (\(Double(limits.timeoutNanoseconds ?? 0) / 1e9) s); narrow it by time, kind or type, or "
        + "allow more")
  }

  /// Bytes that the tables of one scan may keep.
  var tableBytes: Int { Int(clamping: max(limits.memoryBytes, QueryLimits.memoryBytesMin) / 2) }

  /// Events of one stream; a query whose time is up ends them.
  func events(
    _ stream: QueryStream, _ kinds: KindSet, _ range: EventRange = EventRange(), knowsThread: Bool = false
  ) throws(QueryError) -> EventStream {
    do throws(ReplayError) {
      let events = try EventStream(stream.session, kinds: kinds, range: range, knowsThread: knowsThread)
      events.mustStop = { [unowned self] in isTimeUp }
      return events
    } catch {
      throw .replay(error)
    }
  }

  /// Rows of the table `name`, made at the first call.
  func stored(_ name: String, _ make: () throws(QueryError) -> StoredRows) throws(QueryError) -> StoredRows {
    if let rows = stored[name] { return rows }
    let rows = try make()
    stored[name] = rows
    return rows
  }

  func promisedEvents() -> UInt64 { streams.reduce(0) { $0 &+ $1.session.promisedEvents } }
}

extension EventStream {
  /// The next event; a stream that was stopped is a query whose time is up.
  func nextEvent(_ context: QueryContext) throws(QueryError) -> Event? {
    do throws(ReplayError) {
      if let event = try next() { return event }
    } catch {
      throw .replay(error)
    }
    if wasStopped { throw QueryContext.timeIsUp(context.limits) }
    return nil
  }
}

/// Sources that go through the events of every stream, one after the other.
class StreamedRows: RowSource {
  let context: QueryContext
  let scan: Scan
  private(set) var stream: QueryStream
  private(set) var events: EventStream?
  private var nextStream = 0

  init(_ context: QueryContext, _ scan: Scan) throws(QueryError) {
    guard let first = context.streams.first else { throw .statement("the trace has no events") }
    self.context = context
    self.scan = scan
    stream = first
  }

  /// Opens the events of the current stream.
  func makeEvents() throws(QueryError) -> EventStream { try context.events(stream, .events) }
  /// What is left when a stream's events are through; true for a row, and then called again.
  func finishRow() throws(QueryError) -> Bool { false }
  /// Whether the event makes a row; may set further rows aside for `pendingRow`.
  func take(_ event: Event, _ events: EventStream) throws(QueryError) -> Bool { false }
  /// A row that the last event has made beyond its first.
  func pendingRow() -> Bool { false }

  override final func advance() throws(QueryError) -> Bool {
    if pendingRow() { return true }
    while true {
      if let events {
        while let event = try events.nextEvent(context) { if try take(event, events) { return true } }
        if try finishRow() { return true }
        if let again = try restart() {
          self.events = again
          continue
        }
        self.events = nil
      }
      guard nextStream < context.streams.count else { return false }
      stream = context.streams[nextStream]
      nextStream += 1
      events = try makeEvents()
    }
  }

  /// Events to go through once more, for what did not fit into memory; nil when all is told.
  func restart() throws(QueryError) -> EventStream? { nil }
}
