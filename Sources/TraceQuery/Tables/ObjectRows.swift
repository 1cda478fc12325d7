// The table `objects`: one row for each life, given out at its death, what still lives at the end last. What lives meanwhile is kept in memory that can
// leave for a file (ObjectLives). So memory stays bounded, however many objects live, and every row is exact.

import TraceModel
import TraceReplay

final class ObjectRows: StreamedRows {
  private var lives: ObjectLives
  private var row = ObjectLife()
  private var death: (number: UInt64, time: UInt64, cause: DeathCause, inPass: Bool)?
  /// Whether the row's object lived when the program's own code ended.
  private var survived = false
  /// Births so far: the serial number of the latest.
  private var births: UInt64 = 0
  /// Number of the event with which the teardown begins.
  private var teardown: UInt64?
  /// What lives at the end: parts that are still to come, the last first, and places of the one that is given out. Nil before the end.
  private var parts: [ClosedRange<UInt64>]?
  private var survivors: [Int] = []
  private var nextSurvivor = 0

  private let wantedTypes: Set<String>?
  private let birthRange: ClosedRange<UInt64>
  private let serialRange: ClosedRange<UInt64>
  private let onlyLiving: Bool
  private let usesThread: Bool
  /// Whether births before the part that is looked at count: for serial numbers, and for what is born in the teardown.
  private let countsOn: Bool
  private var typeFlags: [Bool]?

  private static let place = Dictionary(
    uniqueKeysWithValues: columns.enumerated().map { ($0.element.column.name, $0.offset) })
  private static let kinds = KindSet([
    .alloc, .allocLarge, .dealloc, .resize, .move, .collectBegin, .programEnd, .processExit,
  ])

  override init(_ context: QueryContext, _ scan: Scan) throws(QueryError) {
    lives = try ObjectLives(context.memory)
    wantedTypes = scan.texts(Self.place["type"])
    birthRange = scan.range(Self.place["birth"])
    serialRange = scan.range(Self.place["serial"])
    onlyLiving =
      scan.isNull(Self.place["death"]) || scan.isNull(Self.place["death_time"]) || scan.isNull(Self.place["cause"])
    usesThread = scan.uses(Self.place["thread"] ?? 0)
    countsOn = ["serial", "survived"].contains { scan.uses(Self.place[$0] ?? 0) } || serialRange != 0...UInt64.max
    try super.init(context, scan)
  }

  override func makeEvents() throws(QueryError) -> EventStream {
    births = 0
    teardown = nil
    (parts, survivors, nextSurvivor) = (nil, [], 0)
    if lives.isUsed { lives = try ObjectLives(context.memory) }
    typeFlags = wantedTypes.map { stream.typeFlags(named: $0) }
    return try context.events(stream, Self.kinds, knowsThread: usesThread, countsOn: countsOn)
  }

  override func take(_ event: Event, _ events: EventStream) throws(QueryError) -> Bool {
    if teardown == nil, ReplayState.beginsTeardown(event) { teardown = events.number }
    switch event.kind {
    case .alloc, .allocLarge: return try birth(event, events)
    case .dealloc:
      guard let place = lives.find(event.object) else { return false }
      row = lives[place]
      lives.remove(place)
      death = (events.number, events.time, event.deathCause, event.isDeathInPass)
      survived = isSurvivor(at: events.number)
      return !onlyLiving
    case .resize:
      if let place = lives.find(event.object) { lives.setSize(place, event.resizeSize) }
    case .move:
      guard event.moveTo != event.object, let place = lives.find(event.object) else { return false }
      var life = lives[place]
      lives.remove(place)
      life.slot = event.moveTo
      lives.insert(life)
    default: break
    }
    return false
  }

  /// True when the birth ends a life whose death the trace does not tell.
  private func birth(_ event: Event, _ events: EventStream) throws(QueryError) -> Bool {
    births += 1
    if births & QueryContext.betweenLooks == 0 { context.memory.relieve() }
    let slot = event.object
    var hasEnded = false
    if let place = lives.find(slot) {
      row = lives[place]
      lives.remove(place)
      (death, survived) = (nil, isSurvivor(at: events.number))
      hasEnded = true
    }
    guard isWanted(event, events.number) else { return hasEnded }
    guard lives.hasRoom else {
      throw .limit("the system gives no memory for the objects that live at event #\(events.number); ask for fewer")
    }
    lives.insert(
      ObjectLife(
        serial: births, birth: events.number, birthTime: events.time, size: event.allocSize, slot: slot,
        type: event.type,
        site: event.allocSite, thread: events.thread, isContainer: event.allocFlags & AllocationFlags.container != 0))
    return hasEnded
  }

  private func isWanted(_ event: Event, _ number: UInt64) -> Bool {
    if let typeFlags, Int(event.type) >= typeFlags.count || !typeFlags[Int(event.type)] { return false }
    return stream.looksAt(number) && birthRange.contains(number) && serialRange.contains(births)
  }

  override func finishRow() -> Bool {
    var rest = parts ?? lives.parts(births: births).reversed()
    while nextSurvivor >= survivors.count, let part = rest.popLast() {
      (survivors, nextSurvivor) = (lives.places(part), 0)
    }
    parts = rest
    guard nextSurvivor < survivors.count else { return false }
    if UInt64(nextSurvivor) & QueryContext.betweenLooks == 0 { context.memory.relieve() }
    row = lives[survivors[nextSurvivor]]
    nextSurvivor += 1
    (death, survived) = (nil, teardown.map { row.birth < $0 } ?? true)
    return true
  }

  /// Whether the row's object, which dies with this event, lived when the teardown began.
  private func isSurvivor(at number: UInt64) -> Bool { teardown.map { row.birth < $0 && $0 <= number } ?? false }

  override func put(_ column: Int, _ out: RowOutput) { Self.columns[column].put(self, out) }
}

extension ObjectRows {
  static let columns: [SourceColumn<ObjectRows>] = [
    .init("serial", .integer, "birth number in its stream, from 1", .range, .kept) { $1.integer($0.row.serial) },
    .init("stream", .integer, "the interpreter's stream", [], .key) { $1.integer($0.stream.session.stream) },
    .init("type", .text, "the type's name, with its module unless that is `builtins`", .equality, .key) {
      $1.text($0.stream.types.text($0.row.type))
    },
    .init("size", .integer, "bytes, the latest known", [], .kept) { $1.integer($0.row.size) },
    .init("birth", .integer, "number of the event of its birth", .range, .kept) { $1.integer($0.row.birth) },
    .init("birth_time", .integer, "latest exact time at its birth, ns since the start", [], .kept) {
      $1.integer($0.row.birthTime)
    },
    .init("death", .integer, "number of the event of its death; NULL while it lives", .ends, .kept) {
      $1.integer($0.death?.number)
    },
    .init("death_time", .integer, "latest exact time at its death, ns; NULL while it lives", .ends, .kept) {
      $1.integer($0.death?.time)
    },
    .init("cause", .text, "cause of its death: refcount, collector, shutdown; NULL while it lives", .ends, .key) {
      rows, out in
      out.text(rows.death.map { rows.context.deathCauses[Int($0.cause.rawValue)] })
    },
    .init("survived", .integer, "1 when it lived as the program's own code ended, else 0", [], .key) {
      $1.integer($0.survived ? 1 : 0 as Int)
    },
    .init("age", .integer, "ns from birth to death by the latest exact times; NULL while it lives", .ends, .kept) {
      rows, out in
      out.integer(rows.death.map { $0.time &- min($0.time, rows.row.birthTime) })
    },
    .init("site", .integer, "where it was allocated: `sites.id`; 0 is unknown", [], .key) { $1.integer($0.row.site) },
    .init("function", .text, "qualified name of the function that allocated it", [], .key) {
      $1.text($0.stream.function(ofSite: $0.row.site))
    },
    .init("line", .integer, "line of the allocation", [], .key) { rows, out in
      out.integer(rows.stream.names.site(rows.row.site).map { UInt64($0.line) })
    },
    .init("thread", .integer, "the thread that had the GIL at its birth", [], .key) { $1.integer($0.row.thread) },
    .init("address", .integer, "its heap slot, as events name it; reused after its death", [], .kept) {
      $1.integer($0.row.slot)
    },
    .init("in_pass", .integer, "1 when it died within a pass of the collector, else 0", hidden: true, [], .key) {
      $1.integer($0.death?.inPass == true ? 1 : 0 as Int)
    },
    .init("container", .integer, "1 when it has collector links, else 0", hidden: true, [], .key) {
      $1.integer($0.row.isContainer ? 1 : 0 as Int)
    },
    .init("type_id", .integer, "`types.id`", hidden: true, [], .key) { $1.integer($0.row.type) },
    .init("file", .text, "path of the function's file", hidden: true, [], .key) {
      $1.text($0.stream.file(ofSite: $0.row.site))
    },
    .trace,
  ]

  static let table = QueryTable.streamed(
    "objects", "one row for each object's life, given out at its death; what lives at the end comes last", columns,
    expected: { max(1, $0.promisedEvents() / 4) },
    make: { (context, scan) throws(QueryError) -> ObjectRows in try ObjectRows(context, scan) })
}
