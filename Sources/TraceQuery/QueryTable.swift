// What a table is: its columns, what it can push down, and how its rows are made. The rows come from a `RowSource`.

import TraceReplay

enum ColumnType: String, Sendable {
  case integer = "INTEGER"
  case real = "REAL"
  case text = "TEXT"
}

/// One column as the schema tells it.
struct TableColumn: Sendable {
  let name: String
  let type: ColumnType
  /// What it says, in words, units included.
  let note: String
  /// Left out of `SELECT *`.
  var isHidden = false
  var pushes: Set<PushOperator> = []
  var grouping = ColumnGrouping.none
}

/// Rows of one scan, in the order in which the trace gives them.
class RowSource {
  /// To the next row, first of all to the first one; false at the end.
  func advance() throws(QueryError) -> Bool { false }
  /// The value of a column of the current row.
  func put(_ column: Int, _ out: RowOutput) { out.null() }
}

struct QueryTable: Sendable {
  let name: String
  let note: String
  let columns: [TableColumn]
  /// Whether the rows are made once and looked up by equality afterwards.
  var isStored = false
  let expectedRows: @Sendable (QueryContext) -> UInt64
  let makeRows: @Sendable (QueryContext, Scan) throws(QueryError) -> RowSource

  /// The statement that tells SQLite the columns.
  var declaration: String {
    let list = columns.map { "\"\($0.name)\" \($0.type.rawValue)\($0.isHidden ? " HIDDEN" : "")" }
    return "CREATE TABLE x(\(list.joined(separator: ", ")))"
  }
}

/// A column together with how a source puts its value: one place for name, type, note and value.
struct SourceColumn<Source: RowSource>: Sendable {
  let column: TableColumn
  let put: @Sendable (Source, RowOutput) -> Void

  init(
    _ name: String, _ type: ColumnType, _ note: String, hidden: Bool = false, _ pushes: Set<PushOperator> = [],
    _ grouping: ColumnGrouping = .none, put: @escaping @Sendable (Source, RowOutput) -> Void
  ) {
    column = TableColumn(name: name, type: type, note: note, isHidden: hidden, pushes: pushes, grouping: grouping)
    self.put = put
  }
}

extension SourceColumn where Source: StreamedRows {
  static var trace: Self {
    .init("trace", .text, TableColumn.trace.note, hidden: true, [], .key) { $1.text($0.stream.trace) }
  }
}

extension TableColumn {
  /// Every table has it: several traces may be asked at once.
  static let trace = TableColumn(
    name: "trace", type: .text, note: "path of the trace, as it was given", isHidden: true, pushes: [.equal])
}

extension Set<PushOperator> {
  static var equality: Self { [.equal, .among] }
  static var range: Self { [.equal, .lowerBound, .upperBound] }
  static var ends: Self { [.isNull] }
}
