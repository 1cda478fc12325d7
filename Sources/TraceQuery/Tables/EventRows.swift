// The table `events`: every event with what it says. The fields of a kind are columns of their own, hidden from `SELECT *`, and one text together.

import TraceModel
import TraceReplay

final class EventRows: StreamedRows {
  private var event: Event?
  private var wantedKinds = KindSet.events
  private var range = EventRange()
  private let wantedThreads: Set<Int64>?
  private let wantedObjects: Set<Int64>?
  private let usesThread: Bool

  private static let place = Dictionary(
    uniqueKeysWithValues: columns.enumerated().map { ($0.element.column.name, $0.offset) })

  override init(_ context: QueryContext, _ scan: Scan) throws(QueryError) {
    wantedThreads = scan.integers(Self.place["thread"])
    wantedObjects = scan.integers(Self.place["object"])
    usesThread = scan.uses(Self.place["thread"] ?? 0)
    range.numbers = scan.range(Self.place["number"])
    range.times = scan.range(Self.place["time"])
    if let names = scan.texts(Self.place["kind"]) {
      wantedKinds.formIntersection(KindSet(EventKind.allCases.filter { names.contains("\($0)") }))
    }
    try super.init(context, scan)
  }

  override func makeEvents() throws(QueryError) -> EventStream {
    try context.events(stream, wantedKinds, range, knowsThread: usesThread)
  }

  override func take(_ event: Event, _ events: EventStream) -> Bool {
    if let wantedThreads, !wantedThreads.contains(Int64(events.thread)) { return false }
    if let wantedObjects {
      guard let field = FieldPlaces.shared.object[Int(event.kind.rawValue)],
        wantedObjects.contains(Int64(clamping: event.value(field)))
      else { return false }
    }
    self.event = event
    return true
  }

  override func put(_ column: Int, _ out: RowOutput) { Self.columns[column].put(self, out) }
}

/// Which field of a kind each column holds.
struct FieldPlaces: Sendable {
  static let shared = FieldPlaces()
  /// Names of all fields of events, snake case, in the table's order.
  let names: [String]
  /// By place in `names`: by kind byte the field.
  let fields: [[EventField?]]
  /// By place in `names`.
  let types: [ColumnType]
  /// By kind byte: the first field that is an object, and those of the columns `type`, `site`, `size`.
  let object: [EventField?]
  let type: [EventField?]
  let site: [EventField?]
  let size: [EventField?]

  init() {
    let specs = EventKind.allCases.map { EventSpec.spec($0) }.filter { !$0.isDefinition }
    func column(_ isIt: (EventField) -> Bool) -> [EventField?] {
      var fields = [EventField?](repeating: nil, count: 256)
      for spec in specs { fields[Int(spec.kind.rawValue)] = spec.fields.first(where: isIt) }
      return fields
    }
    object = column { $0.kind == .object }
    type = column { $0.kind == .type && $0.name == "type" }
    site = column { $0.kind == .site }
    size = column { $0.name == "size" }
    var names: [String] = []
    for field in specs.flatMap(\.fields) {
      let name = Self.snakeCase(field.name)
      if !["object", "type", "site", "size", "thread"].contains(name), !names.contains(name) { names.append(name) }
    }
    self.names = names
    let fields = names.map { name in column { Self.snakeCase($0.name) == name } }
    self.fields = fields
    types = fields.map { $0.allSatisfy { $0.map(Self.isNumber) ?? true } ? .integer : .text }
  }

  /// Whether the field's value is put as a number. Choices that are numerals are (`generation`).
  static func isNumber(_ field: EventField) -> Bool {
    switch field.kind {
    case .object, .lock, .thread, .stream, .count, .bytes, .nanoseconds, .line, .node, .site, .signed: true
    case .string, .type, .code, .fieldName: false
    case .choice: field.choices.allSatisfy { Int($0) != nil }
    }
  }

  static func snakeCase(_ name: String) -> String {
    name.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
  }
}

extension EventRows {
  static let columns: [SourceColumn<EventRows>] =
    [
      .init("number", .integer, "number of the event in its stream, from 0", .range, .kept) {
        $1.integer($0.events?.number ?? 0)
      },
      .init("stream", .integer, "the interpreter's stream", [], .key) { $1.integer($0.stream.session.stream) },
      .init("time", .integer, "latest exact time, its own included, ns since the start", .range, .kept) {
        $1.integer($0.events?.time ?? 0)
      },
      .init("thread", .integer, "the thread that has the GIL", .equality, .key) { $1.integer($0.events?.thread ?? 0) },
      .init("kind", .text, "the event's kind, as `exuvia events` names it", .equality, .key) { rows, out in
        out.text(rows.event.flatMap { rows.context.kinds[Int($0.kind.rawValue)] })
      },
      .init("object", .integer, "heap slot of the object that it is about; slots are reused", .equality, .kept) {
        $0.put(FieldPlaces.shared.object, $1)
      },
      .init("type", .text, "the type's name, of kinds that name one (alloc, raise, ...)", [], .key) {
        $0.put(FieldPlaces.shared.type, $1)
      },
      .init("size", .integer, "bytes, of alloc and resize", [], .kept) { $0.put(FieldPlaces.shared.size, $1) },
      .init("site", .integer, "`sites.id`, of kinds that have one", [], .key) { $0.put(FieldPlaces.shared.site, $1) },
      .init("detail", .text, "all fields as `name=value`") { $0.putDetail($1) },
      .init("text", .text, "what was written, of kind output", hidden: true) { rows, out in
        out.string(rows.event?.kind == .output ? rows.event?.payloadText : nil)
      },
      .trace,
    ]
    + FieldPlaces.shared.names.enumerated().map { place, name in
      SourceColumn(
        name, FieldPlaces.shared.types[place], "the field of this name, of the kinds that have it", hidden: true
      ) {
        $0.put(FieldPlaces.shared.fields[place], $1)
      }
    }

  static let table = QueryTable.streamed(
    "events", "every event, in order", columns, expected: { $0.promisedEvents() },
    make: { (context, scan) throws(QueryError) -> EventRows in try EventRows(context, scan) })

  private func put(_ fields: [EventField?], _ out: RowOutput) {
    guard let event, let field = fields[Int(event.kind.rawValue)] else { return out.null() }
    let value = event.value(field)
    let id = UInt32(truncatingIfNeeded: value)
    switch field.kind {
    case .object: out.integer(value == 0 ? nil : value)
    case .lock, .thread, .stream, .count, .bytes, .nanoseconds, .line, .node, .site: out.integer(value)
    case .signed: out.integer(Int64(bitPattern: value))
    case .string: out.text(stream.strings.text(id))
    case .type: out.text(stream.types.text(id))
    case .code: out.text(stream.functions.text(id))
    case .choice where FieldPlaces.isNumber(field): out.integer(value)
    case .choice: out.string(value < field.choices.count ? field.choices[Int(value)] : "\(value)")
    case .fieldName: out.string(stream.names.fieldText(id))
    }
  }

  private func putDetail(_ out: RowOutput) {
    guard let event else { return out.null() }
    out.string(EventText.detail(event, stream.names))
  }
}

/// An event's fields in words.
public enum EventText {
  private static let specs = EventSpec.table

  /// All fields as `name=value`, names in place of ids.
  public static func detail(_ event: Event, _ names: TraceNames) -> String {
    guard let spec = specs[Int(event.kind.rawValue)] else { return "" }
    var text = ""
    for field in spec.fields {
      if !text.isEmpty { text += " " }
      text += "\(field.name)=\(value(event.value(field), field, names))"
    }
    if spec.hasPayload { text += (text.isEmpty ? "" : " ") + "text=\(event.payloadText.debugDescription)" }
    return text
  }

  private static func value(_ value: UInt64, _ field: EventField, _ names: TraceNames) -> String {
    let id = UInt32(truncatingIfNeeded: value)
    return switch field.kind {
    case .object, .lock: "0x" + String(value, radix: 16)
    case .thread, .stream, .count, .bytes, .nanoseconds, .line, .node: "\(value)"
    case .signed: "\(Int64(bitPattern: value))"
    case .string: names.string(id)?.debugDescription ?? "\(value)"
    case .type: names.typeName(id)
    case .code: names.codeName(id)
    case .site: names.place(ofSite: id) ?? "\(value)"
    case .choice: value < field.choices.count ? field.choices[Int(value)] : "\(value)"
    case .fieldName: names.fieldText(id)
    }
  }
}
