// The table `generators`: every generator, coroutine and asynchronous generator with how often it ran and how it ended. One that has ended is given
// out at once, so that memory is needed for those only that may still run.

import TraceModel
import TraceReplay

final class GeneratorRows: StreamedRows {
  private enum Phase: String { case created, suspended, running, returned, raised, closed }

  private struct Life {
    var number: UInt64 = 0
    var object: UInt32 = 0
    var code: UInt32 = 0
    var site: UInt32 = 0
    var kind = GeneratorKind.generator
    var birth: UInt64 = 0
    var birthTime: UInt64 = 0
    var resumes: UInt64 = 0
    var yields: UInt64 = 0
    var throwsIn: UInt64 = 0
    var line: UInt32 = 0
    var phase = Phase.created
    var end: UInt64?
    var endTime: UInt64?
  }
  private var row = Life()
  private var lives: [UInt32: Life] = [:]
  private var count: UInt64 = 0
  private var unfinished: [Life]?
  /// Whether generators before the part that is looked at count.
  private let countsOn: Bool
  private static let place = Dictionary(
    uniqueKeysWithValues: columns.enumerated().map { ($0.element.column.name, $0.offset) })
  /// What a life takes with its place in the dictionary.
  private static let lifeBytes = 256

  override init(_ context: QueryContext, _ scan: Scan) throws(QueryError) {
    countsOn = scan.uses(Self.place["generator"] ?? 0)
    try super.init(context, scan)
  }

  override func makeEvents() throws(QueryError) -> EventStream {
    (lives, count, unfinished) = ([:], 0, nil)
    return try context.events(
      stream,
      KindSet([
        .generatorCreate, .generatorResume, .generatorYield, .generatorReturn, .generatorRaise, .generatorDestroy,
        .dealloc,
        .move,
      ]), countsOn: countsOn)
  }

  override func take(_ event: Event, _ events: EventStream) throws(QueryError) -> Bool {
    let slot = event.object
    switch event.kind {
    case .generatorCreate:
      let before = lives.removeValue(forKey: slot)
      count += 1
      guard stream.looksAt(events.number) else { return false }
      guard lives.count * Self.lifeBytes < context.tableBytes else {
        throw .limit("more generators live at event #\(events.number) than --memory allows for; allow more")
      }
      lives[slot] = Life(
        number: count, object: slot, code: event.generatorCode, site: event.generatorSite, kind: event.generatorKind,
        birth: events.number, birthTime: events.time)
      if let before { row = before }
      return before != nil
    case .generatorResume:
      lives[slot]?.resumes += 1
      lives[slot]?.phase = .running
      if event.resumeKind == .throwing || event.resumeKind == .close { lives[slot]?.throwsIn += 1 }
    case .generatorYield:
      lives[slot]?.yields += 1
      lives[slot]?.phase = .suspended
      lives[slot]?.line = event.line
    case .generatorReturn: end(slot, .returned, events)
    case .generatorRaise: end(slot, .raised, events)
    case .generatorDestroy, .dealloc:
      guard var life = lives.removeValue(forKey: slot) else { return false }
      if life.end == nil {
        (life.end, life.endTime) = (events.number, events.time)
        life.phase = life.phase == .created ? .created : .closed
      }
      row = life
      return true
    case .move:
      if let life = lives.removeValue(forKey: slot) {
        lives[event.moveTo] = life
        lives[event.moveTo]?.object = event.moveTo
      }
    default: break
    }
    return false
  }

  private func end(_ slot: UInt32, _ phase: Phase, _ events: EventStream) {
    guard lives[slot] != nil else { return }
    lives[slot]?.phase = phase
    lives[slot]?.end = events.number
    lives[slot]?.endTime = events.time
  }

  override func finishRow() -> Bool {
    if unfinished == nil { unfinished = lives.values.sorted { $0.number > $1.number } }
    guard let life = unfinished?.popLast() else { return false }
    row = life
    return true
  }

  override func put(_ column: Int, _ out: RowOutput) { Self.columns[column].put(self, out) }

  static let columns: [SourceColumn<GeneratorRows>] = [
    .init("generator", .integer, "its number in its stream, from 1") { $1.integer($0.row.number) },
    .init("stream", .integer, "the interpreter's stream") { $1.integer($0.stream.session.stream) },
    .init("function", .text, "qualified name of its function") { $1.text($0.stream.functions.text($0.row.code)) },
    .init("kind", .text, "generator, coroutine or asyncGenerator") {
      $1.text($0.context.generatorKinds[Int($0.row.kind.rawValue)])
    },
    .init("resumes", .integer, "how often it was resumed, in whatever way") { $1.integer($0.row.resumes) },
    .init("yields", .integer, "how often it yielded") { $1.integer($0.row.yields) },
    .init("thrown", .integer, "how many of the resumes threw into it or closed it") { $1.integer($0.row.throwsIn) },
    .init(
      "phase", .text, "created (never ran), suspended, running, returned, raised; closed: destroyed while suspended"
    ) {
      $1.string($0.row.phase.rawValue)
    },
    .init("line", .integer, "line of its latest yield; 0 when it never yielded") { $1.integer($0.row.line) },
    .init("birth", .integer, "number of the event that created it") { $1.integer($0.row.birth) },
    .init("birth_time", .integer, "latest exact time then, ns since the start") { $1.integer($0.row.birthTime) },
    .init("finish", .integer, "number of the event with which it ended; NULL when it did not") {
      $1.integer($0.row.end)
    },
    .init("finish_time", .integer, "latest exact time then, ns; NULL when it did not end") {
      $1.integer($0.row.endTime)
    },
    .init("site", .integer, "where it was created: `sites.id`") { $1.integer($0.row.site) },
    .init("address", .integer, "its heap slot", hidden: true) { $1.integer($0.row.object) },
    .trace,
  ]

  static let table = QueryTable.streamed(
    "generators", "every generator, coroutine and asynchronous generator", columns,
    expected: { max(1, $0.promisedEvents() / 500) },
    make: { (context, scan) throws(QueryError) -> GeneratorRows in try GeneratorRows(context, scan) })
}
