// Small tables: rows made once, kept, and found by equality through an index that is made when it is first asked for.

import TraceReplay

enum StoredValue: Hashable {
  case null
  case integer(Int64)
  case text(String)

  static func number(_ value: UInt64) -> StoredValue { .integer(Int64(clamping: value)) }
  static func number(_ value: UInt32) -> StoredValue { .integer(Int64(value)) }
  static func number(_ value: Int) -> StoredValue { .integer(Int64(value)) }
  static func number(_ value: UInt64?) -> StoredValue { value.map { .integer(Int64(clamping: $0)) } ?? .null }
  static func text(_ value: String?) -> StoredValue { value.map { .text($0) } ?? .null }
}

final class StoredRows {
  private(set) var rows: [[StoredValue]] = []
  private var indexes: [Int: [StoredValue: [Int]]] = [:]
  private let table: String
  private let bytesMax: Int
  private var bytes = 0
  /// The last column's value: the trace that the rows come from.
  var trace = StoredValue.null
  /// What a value takes with its share of the row and of an index.
  private static let valueBytes = 40

  init(_ table: String, bytesMax: Int) {
    self.table = table
    self.bytesMax = bytesMax
  }

  func add(_ values: [StoredValue]) throws(QueryError) {
    bytes += (values.count + 1) * Self.valueBytes
    guard bytes <= bytesMax else {
      throw .limit(
        "the table \(table) has more rows than --memory allows for; allow more, or choose one stream with --stream")
    }
    rows.append(values + [trace])
  }

  /// Places of the rows whose `column` equals `value`.
  func find(_ column: Int, _ value: StoredValue) -> [Int] {
    if let index = indexes[column] { return index[value] ?? [] }
    var index: [StoredValue: [Int]] = [:]
    for (place, row) in rows.enumerated() { index[row[column], default: []].append(place) }
    indexes[column] = index
    return index[value] ?? []
  }
}

/// A scan of stored rows: all of them, or those that an index gives.
final class StoredRowSource: RowSource {
  private let rows: StoredRows
  private let chosen: [Int]?
  private var place = -1

  init(_ rows: StoredRows, _ columns: [TableColumn], _ scan: Scan) {
    self.rows = rows
    var chosen: [Int]?
    for constraint in scan.constraints where constraint.pushed == .equal && constraint.isUsable && chosen == nil {
      // A value of another type than the column's may equal one after SQLite's conversions: it does not look.
      switch (constraint.values.first, columns[constraint.column].type) {
      case (.integer(let value), .integer): chosen = rows.find(constraint.column, .integer(value))
      case (.text(let text), .text): chosen = rows.find(constraint.column, .text(text))
      default: continue
      }
    }
    self.chosen = chosen
  }

  override func advance() -> Bool {
    place += 1
    return place < chosen?.count ?? rows.rows.count
  }

  override func put(_ column: Int, _ out: RowOutput) {
    switch rows.rows[chosen?[place] ?? place][column] {
    case .null: out.null()
    case .integer(let value): out.integer(value)
    case .text(let text): out.string(text)
    }
  }
}

/// Columns of stored tables, without their values: rows are arrays in the same order.
enum StoredColumn {
  static func integer(_ name: String, _ note: String) -> TableColumn {
    TableColumn(name: name, type: .integer, note: note, pushes: [.equal])
  }
  static func text(_ name: String, _ note: String) -> TableColumn {
    TableColumn(name: name, type: .text, note: note, pushes: [.equal])
  }
}

extension QueryTable {
  /// A stored table: `fill` makes the rows of one stream, each with as many values as there are columns, the first of them the stream.
  /// The trace's column is added.
  static func stored(
    _ name: String, _ note: String, _ columns: [TableColumn], expected: UInt64,
    fill: @escaping @Sendable (QueryContext, QueryStream, StoredRows) throws(QueryError) -> Void
  ) -> QueryTable {
    let columns = columns + [.trace]
    return QueryTable(
      name: name, note: note, columns: columns, isStored: true, expectedRows: { _ in expected },
      makeRows: { (context, scan) throws(QueryError) -> RowSource in
        let rows = try context.stored(name) { () throws(QueryError) -> StoredRows in
          let rows = StoredRows(name, bytesMax: context.tableBytes)
          for stream in context.streams {
            rows.trace = .text(stream.session.file.path)
            try fill(context, stream, rows)
          }
          return rows
        }
        return StoredRowSource(rows, columns, scan)
      })
  }

  /// A table whose rows are made from events as they are asked for.
  static func streamed<Source: RowSource>(
    _ name: String, _ note: String, _ columns: [SourceColumn<Source>],
    expected: @escaping @Sendable (QueryContext) -> UInt64,
    make: @escaping @Sendable (QueryContext, Scan) throws(QueryError) -> Source
  ) -> QueryTable {
    QueryTable(
      name: name, note: note, columns: columns.map(\.column), expectedRows: expected,
      makeRows: { (context, scan) throws(QueryError) -> RowSource in try make(context, scan) })
  }
}
