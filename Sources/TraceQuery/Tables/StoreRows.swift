// The table `stores`: every store of a reference into a heap object. Types and serial numbers need to know what lives, and only then is it followed.

import TraceModel
import TraceReplay

final class StoreRows: StreamedRows {
  private struct Row {
    var field: UInt32 = 0
    var holder: UInt32 = 0
    var old: UInt32 = 0
    var new: UInt32 = 0
    var kind = EventKind.store
  }
  private var row = Row()
  /// The second item of a fill.
  private var second: Row?
  private var lives: ObjectLives
  private var births: UInt64 = 0
  private let range: EventRange
  private let followsLives: Bool
  private let usesThread: Bool

  private static let place = Dictionary(
    uniqueKeysWithValues: columns.enumerated().map { ($0.element.column.name, $0.offset) })

  override init(_ context: QueryContext, _ scan: Scan) throws(QueryError) {
    lives = try ObjectLives(context.memory)
    followsLives = ["holder_type", "holder_serial", "old_type", "old_serial", "new_type", "new_serial"].contains {
      scan.uses(Self.place[$0] ?? 0)
    }
    usesThread = scan.uses(Self.place["thread"] ?? 0)
    var range = EventRange()
    range.numbers = scan.range(Self.place["number"])
    range.times = scan.range(Self.place["time"])
    self.range = range
    try super.init(context, scan)
  }

  override func makeEvents() throws(QueryError) -> EventStream {
    births = 0
    if lives.isUsed { lives = try ObjectLives(context.memory) }
    let kinds: [EventKind] = [.store, .fill, .snapshotEdge]
    // What lives is known only from the start on.
    if followsLives {
      return try context.events(stream, KindSet(kinds + [.alloc, .allocLarge, .dealloc, .move]), countsOn: true)
    }
    return try context.events(stream, KindSet(kinds), range, knowsThread: usesThread)
  }

  override func take(_ event: Event, _ events: EventStream) throws(QueryError) -> Bool {
    switch event.kind {
    case .store:
      row = Row(field: event.field, holder: event.object, old: event.storeOld, new: event.storeNew, kind: .store)
    case .snapshotEdge: row = Row(field: event.field, holder: event.object, new: event.edgeTarget, kind: .snapshotEdge)
    case .fill:
      row = fill(event, event.fillIndex, event.fillFirst)
      second = event.fillSecond == 0 ? nil : fill(event, event.fillIndex + 1, event.fillSecond)
    default:
      try follow(event, events.number)
      return false
    }
    return stream.looksAt(events.number) && range.numbers.contains(events.number) && range.times.contains(events.time)
  }

  private func fill(_ event: Event, _ index: UInt32, _ target: UInt32) -> Row {
    Row(field: FieldName(.item, index).rawValue, holder: event.object, new: target, kind: .fill)
  }

  override func pendingRow() -> Bool {
    guard let second else { return false }
    row = second
    self.second = nil
    return true
  }

  private func follow(_ event: Event, _ number: UInt64) throws(QueryError) {
    switch event.kind {
    case .alloc, .allocLarge:
      births += 1
      guard lives.hasRoom else {
        throw .limit(
          "the system gives no memory for the objects that live at event #\(number); the types and serial numbers of stores need all of them: leave those "
            + "columns out")
      }
      lives.insert(ObjectLife(serial: births, slot: event.object, type: event.type))
      if births & QueryContext.betweenLooks == 0 { context.memory.relieve() }
    case .dealloc: if let place = lives.find(event.object) { lives.remove(place) }
    case .move:
      guard event.moveTo != event.object, let place = lives.find(event.object) else { return }
      var life = lives[place]
      lives.remove(place)
      life.slot = event.moveTo
      lives.insert(life)
    default: break
    }
  }

  private func life(_ slot: UInt32) -> ObjectLife? { lives.find(slot).map { lives[$0] } }

  override func put(_ column: Int, _ out: RowOutput) { Self.columns[column].put(self, out) }
}

extension StoreRows {
  static let columns: [SourceColumn<StoreRows>] =
    [
      .init("number", .integer, "number of the event", .range) { $1.integer($0.events?.number ?? 0) },
      .init("stream", .integer, "the interpreter's stream") { $1.integer($0.stream.session.stream) },
      .init("time", .integer, "latest exact time, ns since the start", .range) { $1.integer($0.events?.time ?? 0) },
      .init("thread", .integer, "the thread that has the GIL") { $1.integer($0.events?.thread ?? 0) },
      .init("field", .text, "the field as Python would write it: `.name`, `['key']`, `[3]`") {
        $1.string($0.stream.names.fieldText($0.row.field))
      },
      .init("holder", .integer, "heap slot of the object that is stored into") { $1.integer($0.row.holder) },
      .init("holder_type", .text, "its type") { $1.text($0.type($0.row.holder)) },
      .init("holder_serial", .integer, "its `objects.serial`") { $1.integer($0.life($0.row.holder)?.serial) },
      .init("old", .integer, "heap slot of what the field held; NULL for nothing") {
        $1.integer(StoreRows.slot($0.row.old))
      },
      .init("old_type", .text, "its type") { $1.text($0.type($0.row.old)) },
      .init("old_serial", .integer, "its `objects.serial`") { $1.integer($0.life($0.row.old)?.serial) },
      .init("new", .integer, "heap slot of what it holds from now on; NULL for nothing") {
        $1.integer(StoreRows.slot($0.row.new))
      },
      .init("new_type", .text, "its type") { $1.text($0.type($0.row.new)) },
      .init("new_serial", .integer, "its `objects.serial`") { $1.integer($0.life($0.row.new)?.serial) },
      .init("kind", .text, "store, fill (an item at the holder's birth) or snapshotEdge") {
        $1.text($0.context.kinds[Int($0.row.kind.rawValue)])
      },
      .trace,
    ]

  private static func slot(_ slot: UInt32) -> UInt64? { slot == 0 ? nil : UInt64(slot) }
  private func type(_ slot: UInt32) -> KeptText? { life(slot).flatMap { stream.types.text($0.type) } }

  static let table = QueryTable.streamed(
    "stores", "every store of a reference into a field of a heap object (levels links, refs, all)", columns,
    expected: { max(1, $0.promisedEvents() / 4) },
    make: { (context, scan) throws(QueryError) -> StoreRows in try StoreRows(context, scan) })
}
