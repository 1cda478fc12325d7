// A trace as a database: an empty one in memory with the tables of `QuerySchema`. Reading is all that it allows, and only as long and with as much
// memory as the limits say.

import CSQLite
import TraceReplay

/// Safe: owns the connection; statements hold the database, so it is closed after the last of them.
@safe public final class QueryDatabase {
  fileprivate let connection: OpaquePointer?
  let context: QueryContext
  private let bindings: [TableBinding]

  /// Virtual machine steps between two looks at the clock.
  private static let stepsBetweenLooks: Int32 = 4096
  /// Most bytes of a statement, of nesting, of a pattern: a statement is untrusted input as well.
  private static let limits: [(Int32, Int32)] = [
    (SQLITE_LIMIT_SQL_LENGTH, 1 << 20), (SQLITE_LIMIT_EXPR_DEPTH, 200), (SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (SQLITE_LIMIT_VDBE_OP, 250_000), (SQLITE_LIMIT_FUNCTION_ARG, 64), (SQLITE_LIMIT_ATTACHED, 0),
    (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000), (SQLITE_LIMIT_TRIGGER_DEPTH, 1), (SQLITE_LIMIT_WORKER_THREADS, 0),
    (SQLITE_LIMIT_LENGTH, 16 << 20),
  ]

  /// SQLite's cache of pages: their size, the part of the memory that it may have, and what it has at least.
  private static let pageBytes: Int64 = 4096
  private static let cachePart: Int64 = 4
  private static let cachePagesLeast: Int64 = 64

  /// The tables over these streams, of one trace or several.
  public init(
    _ sessions: [TraceSession], window: TracePart = TracePart(), limits: QueryLimits = QueryLimits()
  ) throws(QueryError) {
    context = try QueryContext(sessions, window, limits)
    let memory = Int64(clamping: max(limits.memoryBytes, QueryLimits.memoryBytesMin) / 2)
    // For the process as a whole: there is one query in it.
    _ = sqlite3_hard_heap_limit64(memory)
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX
    guard unsafe sqlite3_open_v2(":memory:", &opened, flags, nil) == SQLITE_OK else {
      unsafe sqlite3_close_v2(opened)
      throw .statement("SQLite cannot open a database in memory")
    }
    unsafe connection = opened
    let context = self.context
    bindings = QuerySchema.tables.map { TableBinding($0, context) }
    for binding in bindings where unsafe !VirtualTable.register(binding, in: connection) {
      throw .statement("SQLite refuses the table \(binding.table.name)")
    }
    // What is sorted goes to a file beyond a part of the memory.
    let pages = max(Self.cachePagesLeast, memory / Self.cachePart / Self.pageBytes)
    _ = unsafe sqlite3_exec(
      connection, "PRAGMA temp_store = FILE; PRAGMA cache_size = \(pages); PRAGMA cache_spill = 1", nil, nil, nil)
    for (limit, value) in Self.limits { _ = unsafe sqlite3_limit(connection, limit, value) }
    _ = unsafe exuvia_sqlite3_be_defensive(connection)
    let data = unsafe Unmanaged.passUnretained(context).toOpaque()
    unsafe sqlite3_set_authorizer(
      connection,
      { data, action, first, second, _, _ in
        // A table that is being connected tells its columns in the form of a CREATE.
        if let data = unsafe data,
          unsafe Unmanaged<QueryContext>.fromOpaque(data).takeUnretainedValue().isConnecting
        {
          return SQLITE_OK
        }
        return unsafe QueryDatabase.allows(action, first, second)
      }, unsafe data)
    unsafe sqlite3_progress_handler(
      connection, Self.stepsBetweenLooks,
      { data in
        guard let data = unsafe data else { return 0 }
        return unsafe Unmanaged<QueryContext>.fromOpaque(data).takeUnretainedValue().isTimeUp ? 1 : 0
      }, unsafe data)
  }

  deinit { unsafe sqlite3_close_v2(connection) }

  /// The one statement in `text`, ready to run.
  public func prepare(_ text: String) throws(QueryError) -> QueryStatement {
    context.startClock()
    var statement: OpaquePointer?
    let count = text.utf8.count
    // Where the statement ends; what follows may only be blanks and comments.
    var rest = ""
    var code = SQLITE_OK
    var copy = text
    copy.append("\0")
    copy.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        var tail: UnsafePointer<CChar>?
        code = unsafe sqlite3_prepare_v2(connection, characters.baseAddress, Int32(clamping: count), &statement, &tail)
        if let base = characters.baseAddress, let end = unsafe tail {
          let place = unsafe min(count, max(0, end - base))
          rest = unsafe String(decoding: bytes[place..<count], as: UTF8.self)
        }
      }
    }
    guard code == SQLITE_OK else { throw failure(code) }
    guard let prepared = unsafe statement else { throw .statement("there is no statement; write SELECT ... FROM ...") }
    let result = unsafe QueryStatement(prepared, self)
    guard isBlank(rest) else {
      throw .statement("one statement at a time; found another one after the first: \(rest.prefix(60))")
    }
    return result
  }

  /// Whether SQLite finds no further statement in `text`.
  private func isBlank(_ text: String) -> Bool {
    var statement: OpaquePointer?
    let code = unsafe sqlite3_prepare_v2(connection, text, -1, &statement, nil)
    let isNothing = unsafe statement == nil
    unsafe sqlite3_finalize(statement)
    return code == SQLITE_OK && isNothing
  }

  /// What to say when SQLite gives `code`.
  fileprivate func failure(_ code: Int32) -> QueryError {
    if let failure = context.failure { return failure }
    switch code & 0xFF {
    case SQLITE_INTERRUPT: return QueryContext.timeIsUp(context.limits)
    case SQLITE_NOMEM:
      return .limit(
        "the query needs more memory than --memory allows (\(context.limits.memoryBytes >> 20) MB); allow more, or read fewer columns and rows"
      )
    case SQLITE_FULL, SQLITE_IOERR:
      return .limit("no room for SQLite's temporary file; free some, or name another folder in SQLITE_TMPDIR")
    case SQLITE_AUTH: return .statement("only reading is allowed here: \(message)")
    default: return .statement("\(message); `exuvia query --schema` shows the tables")
    }
  }

  private var message: String {
    guard let text = unsafe sqlite3_errmsg(connection) else { return "SQLite gives no reason" }
    return unsafe String(cString: text)
  }

  /// SELECT, the reading of tables and SQLite's own functions. No writing, no attaching, no settings but those that list the schema.
  private static func allows(
    _ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?
  ) -> Int32 {
    func text(_ pointer: UnsafePointer<CChar>?) -> String {
      unsafe pointer.map { unsafe String(cString: $0).lowercased() } ?? ""
    }
    switch action {
    case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return SQLITE_OK
    case SQLITE_FUNCTION: return unsafe refusedFunctions.contains(text(second)) ? SQLITE_DENY : SQLITE_OK
    case SQLITE_PRAGMA: return unsafe readingPragmas.contains(text(first)) ? SQLITE_OK : SQLITE_DENY
    default: return SQLITE_DENY
    }
  }

  private static let refusedFunctions: Set<String> = [
    "load_extension", "fts3_tokenizer", "writefile", "readfile", "edit",
  ]
  private static let readingPragmas: Set<String> = [
    "table_info", "table_xinfo", "table_list", "function_list", "module_list",
  ]
}

/// One value of an answer.
public enum QueryValue: Equatable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
}

/// A statement and where its answer stands. Rows are made as they are asked for.
///
/// Safe: owns the statement; columns are read only after a step that gave a row.
@safe public final class QueryStatement {
  private let statement: OpaquePointer
  private let database: QueryDatabase
  public let columnNames: [String]

  fileprivate init(_ statement: OpaquePointer, _ database: QueryDatabase) {
    unsafe self.statement = statement
    self.database = database
    columnNames = unsafe (0..<sqlite3_column_count(statement)).map {
      unsafe sqlite3_column_name(statement, $0).map { unsafe String(cString: $0) } ?? "column \($0 + 1)"
    }
  }

  deinit { unsafe sqlite3_finalize(statement) }

  /// To the next row; false at the end.
  public func step() throws(QueryError) -> Bool {
    switch unsafe sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw database.failure(code)
    }
  }

  /// What the schema says of a column that is a table's: INTEGER or TEXT; nil for a computed one.
  public func declaredType(_ column: Int) -> String? {
    guard let text = unsafe sqlite3_column_decltype(statement, Int32(column)) else { return nil }
    return unsafe String(cString: text)
  }

  public func value(_ column: Int) -> QueryValue {
    let column = Int32(column)
    switch unsafe sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return unsafe .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: return unsafe .real(sqlite3_column_double(statement, column))
    case SQLITE_TEXT:
      return unsafe withBytes(column) { unsafe .text(String(decoding: $0, as: UTF8.self)) }
    case SQLITE_BLOB: return unsafe withBytes(column) { unsafe .blob(Array($0)) }
    default: return .null
    }
  }

  private func withBytes(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> QueryValue) -> QueryValue {
    let isText = unsafe sqlite3_column_type(statement, column) == SQLITE_TEXT
    let start =
      unsafe isText ? UnsafeRawPointer(sqlite3_column_text(statement, column)) : sqlite3_column_blob(statement, column)
    return unsafe body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
  }
}
