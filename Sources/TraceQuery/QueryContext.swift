// What all tables of one query share: the streams, their names as texts for SQLite, what was counted once, the limits, and the first failure.

import Glibc
import TraceAnalysis
import TraceModel
import TraceReplay

/// One stream with its names.
final class QueryStream {
  let session: TraceSession
  /// Path of its trace, as it was given.
  let trace: KeptText
  /// Numbers of the events that are looked at; nil for none.
  let window: ClosedRange<UInt64>?
  var types: TextsByID
  var functions: TextsByID
  var files: TextsByID
  var strings: TextsByID
  private var counted: TraceReport?

  init(_ session: TraceSession, _ window: ClosedRange<UInt64>?, _ store: TextStore) {
    self.session = session
    self.window = window
    trace = store.keep(session.file.path)
    let names = session.definitions
    types = TextsByID(count: names.types.count, store: store) { names.typeName($0) }
    functions = TextsByID(count: names.codes.count, store: store) { $0 == 0 ? nil : names.codeName($0) }
    files = TextsByID(count: names.codes.count, store: store) { names.code($0).flatMap { names.string($0.file) } }
    strings = TextsByID(count: names.strings.count, store: store) { names.string($0) }
  }

  var names: TraceNames { session.definitions }

  /// Whether the event with this number is looked at; a scan that counts on from the start comes by others.
  func looksAt(_ number: UInt64) -> Bool { window?.contains(number) ?? false }

  /// Statistics of the stream, gathered at the first call.
  func report() throws(QueryError) -> TraceReport {
    if let counted { return counted }
    do throws(ReplayError) {
      let report = try session.report(from: begin, until: end)
      counted = report
      return report
    } catch {
      throw .replay(error)
    }
  }

  private var begin: TimePoint {
    guard let first = window?.lowerBound, first > 0 else { return .start }
    return .event(first - 1)
  }

  private var end: TimePoint {
    guard let last = window?.upperBound else { return .start }
    return last >= session.lastNumber ? .end : .event(last)
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

  init(_ sessions: [TraceSession], _ window: TracePart, _ limits: QueryLimits) throws(QueryError) {
    self.limits = limits
    var streams: [QueryStream] = []
    let parts = try Self.parts(sessions, window)
    for (session, part) in zip(sessions, parts) { streams.append(QueryStream(session, part, store)) }
    self.streams = streams
  }

  /// The window in numbers of events, by stream. A moment that one stream does not have (a child process without a 7th pass) lies beyond its end;
  /// one that no stream has is a mistake.
  private static func parts(
    _ sessions: [TraceSession], _ window: TracePart
  ) throws(QueryError) -> [ClosedRange<UInt64>?] {
    let begins = try numbers(sessions, after: window.from)
    let ends = window.to == .end ? begins.map { _ in UInt64.max } : try numbers(sessions, after: window.to)
    if let first = sessions.first, zip(begins, ends).allSatisfy({ $0 > $1 }) {
      throw .replay(first.partEndsFirst(window.from, window.to))
    }
    return zip(begins, ends).map { $0 < $1 ? $0...$1 - 1 : nil }
  }

  private static func numbers(_ sessions: [TraceSession], after point: TimePoint) throws(QueryError) -> [UInt64] {
    var mistake: ReplayError?
    var numbers: [UInt64] = []
    for session in sessions {
      do throws(ReplayError) {
        numbers.append(try session.number(after: point))
      } catch {
        guard case .noSuchMoment = error else { throw .replay(error) }
        mistake = mistake ?? error
        numbers.append(.max)
      }
    }
    if let mistake, numbers.allSatisfy({ $0 == .max }) { throw .replay(mistake) }
    return numbers
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

  /// Births between two looks at memory, less one: each may take another page in.
  static let betweenLooks: UInt64 = 0x3FF

  /// Bytes that the tables of one scan may keep.
  var tableBytes: Int { Int(clamping: max(limits.memoryBytes, QueryLimits.memoryBytesMin) / 2) }

  /// What grouped rows and living objects keep within: the whole of the memory, since it is the process's that is looked at.
  private(set) lazy var memory = MemoryLimit(
    bytes: Int(clamping: max(limits.memoryBytes, QueryLimits.memoryBytesMin)))

  /// Events of one stream that are looked at; a query whose time is up ends them. `countsOn`: those before them as well, for what is numbered or known
  /// from the start on.
  func events(
    _ stream: QueryStream, _ kinds: KindSet, _ range: EventRange = EventRange(), knowsThread: Bool = false,
    countsOn: Bool = false
  ) throws(QueryError) -> EventStream {
    var range = range
    range.numbers = Self.part(of: range.numbers, countsOn ? stream.window.map { 0...$0.upperBound } : stream.window)
    do throws(ReplayError) {
      let events = try EventStream(stream.session, kinds: kinds, range: range, knowsThread: knowsThread)
      events.mustStop = { [unowned self] in isTimeUp }
      return events
    } catch {
      throw .replay(error)
    }
  }

  /// What two ranges have in common; where that is nothing, a range beyond all events.
  private static func part(of one: ClosedRange<UInt64>, _ other: ClosedRange<UInt64>?) -> ClosedRange<UInt64> {
    guard let other, one.overlaps(other) else { return UInt64.max...UInt64.max }
    return one.clamped(to: other)
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
        self.events = nil
      }
      guard nextStream < context.streams.count else { return false }
      stream = context.streams[nextStream]
      nextStream += 1
      events = try makeEvents()
    }
  }
}
