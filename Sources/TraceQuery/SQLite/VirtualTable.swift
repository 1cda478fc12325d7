// SQLite's side of a table: the module's callbacks in C's calling convention, each a few lines that lead to a `QueryTable` and its `RowSource`.
// Tables are eponymous (xCreate is absent): they exist without CREATE, and cannot be created.

import CSQLite

/// What SQLite's module data points to: kept alive by the database.
final class TableBinding {
  let table: QueryTable
  let context: QueryContext
  init(_ table: QueryTable, _ context: QueryContext) {
    self.table = table
    self.context = context
  }
}

/// SQLite's table structure comes first, as it wants it.
@safe private struct TableInstance {
  var base = unsafe sqlite3_vtab()
  var binding: Unmanaged<TableBinding>
}

@safe private struct CursorInstance {
  var base = unsafe sqlite3_vtab_cursor()
  var cursor: Unmanaged<TableCursor>
}

private final class TableCursor {
  let binding: TableBinding
  var source: RowSource?
  var row: Int64 = 0
  var isAtEnd = true
  init(_ binding: TableBinding) { self.binding = binding }
}

/// Safe: SQLite passes back the pointers that these callbacks gave it, of instances that live until xDisconnect and xClose.
@safe enum VirtualTable {
  /// The module is the same for all tables; the binding tells them apart.
  nonisolated(unsafe) private static let module = unsafe makeModule()

  private static func makeModule() -> UnsafeMutablePointer<sqlite3_module> {
    let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
    unsafe module.initialize(to: sqlite3_module())
    unsafe module.pointee.iVersion = 1
    unsafe module.pointee.xConnect = { database, data, _, _, result, _ in
      unsafe VirtualTable.connect(database, data, result)
    }
    unsafe module.pointee.xDisconnect = { unsafe VirtualTable.disconnect($0) }
    unsafe module.pointee.xBestIndex = { unsafe VirtualTable.chooseIndex($0, $1) }
    unsafe module.pointee.xOpen = { unsafe VirtualTable.open($0, $1) }
    unsafe module.pointee.xClose = { unsafe VirtualTable.close($0) }
    unsafe module.pointee.xFilter = { cursor, _, index, count, values in
      unsafe VirtualTable.filter(cursor, index, count, values)
    }
    unsafe module.pointee.xNext = { unsafe VirtualTable.advance($0) }
    unsafe module.pointee.xEof = { unsafe VirtualTable.cursor($0).isAtEnd ? 1 : 0 }
    unsafe module.pointee.xColumn = { unsafe VirtualTable.column($0, $1, $2) }
    unsafe module.pointee.xRowid = { unsafe VirtualTable.row($0, $1) }
    return unsafe module
  }

  static func register(_ binding: TableBinding, in database: OpaquePointer?) -> Bool {
    let data = unsafe Unmanaged.passUnretained(binding).toOpaque()
    return unsafe sqlite3_create_module_v2(database, binding.table.name, module, data, nil) == SQLITE_OK
  }

  private static func connect(
    _ database: OpaquePointer?, _ data: UnsafeMutableRawPointer?,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab>?>?
  ) -> Int32 {
    guard let data = unsafe data else { return SQLITE_INTERNAL }
    let binding = unsafe Unmanaged<TableBinding>.fromOpaque(data)
    let context = unsafe binding.takeUnretainedValue().context
    context.isConnecting = true
    defer { context.isConnecting = false }
    let code = unsafe sqlite3_declare_vtab(database, binding.takeUnretainedValue().table.declaration)
    guard code == SQLITE_OK else { return code }
    // Reads the trace and nothing else: views and triggers may use it, too.
    unsafe exuvia_sqlite3_vtab_innocuous(database)
    let instance = UnsafeMutablePointer<TableInstance>.allocate(capacity: 1)
    unsafe instance.initialize(to: TableInstance(binding: binding))
    unsafe result?.pointee = UnsafeMutableRawPointer(instance).assumingMemoryBound(to: sqlite3_vtab.self)
    return SQLITE_OK
  }

  private static func disconnect(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> Int32 {
    guard let table = unsafe table else { return SQLITE_OK }
    unsafe sqlite3_free(table.pointee.zErrMsg)
    unsafe UnsafeMutableRawPointer(table).assumingMemoryBound(to: TableInstance.self).deallocate()
    return SQLITE_OK
  }

  private static func binding(_ table: UnsafeMutablePointer<sqlite3_vtab>?) -> TableBinding? {
    guard let table = unsafe table else { return nil }
    return unsafe UnsafeMutableRawPointer(table).assumingMemoryBound(to: TableInstance.self).pointee.binding
      .takeUnretainedValue()
  }

  private static func cursor(_ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> TableCursor {
    guard let pointer = unsafe pointer else { preconditionFailure("SQLite passes the cursor that xOpen made") }
    return unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: CursorInstance.self).pointee.cursor
      .takeUnretainedValue()
  }

  private static func open(
    _ table: UnsafeMutablePointer<sqlite3_vtab>?,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab_cursor>?>?
  ) -> Int32 {
    guard let binding = unsafe binding(table) else { return SQLITE_INTERNAL }
    let instance = UnsafeMutablePointer<CursorInstance>.allocate(capacity: 1)
    unsafe instance.initialize(to: CursorInstance(cursor: .passRetained(TableCursor(binding))))
    unsafe result?.pointee = UnsafeMutableRawPointer(instance).assumingMemoryBound(to: sqlite3_vtab_cursor.self)
    return SQLITE_OK
  }

  private static func close(_ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Int32 {
    guard let pointer = unsafe pointer else { return SQLITE_OK }
    let instance = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: CursorInstance.self)
    unsafe instance.pointee.cursor.release()
    unsafe instance.deallocate()
    return SQLITE_OK
  }

  private static func advance(_ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> Int32 {
    let cursor = unsafe cursor(pointer)
    do throws(QueryError) {
      cursor.row += 1
      cursor.isAtEnd = try !(cursor.source?.advance() ?? false)
      return SQLITE_OK
    } catch {
      return unsafe fail(error, cursor, pointer)
    }
  }

  /// The error goes to the statement's runner, which words it; SQLite hears that it is to stop.
  private static func fail(
    _ error: QueryError, _ cursor: TableCursor, _ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?
  ) -> Int32 {
    cursor.isAtEnd = true
    cursor.binding.context.failure = error
    return SQLITE_ABORT
  }

  private static func row(
    _ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ row: UnsafeMutablePointer<sqlite3_int64>?
  ) -> Int32 {
    unsafe row?.pointee = cursor(pointer).row
    return SQLITE_OK
  }

  private static func column(
    _ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ context: OpaquePointer?, _ column: Int32
  ) -> Int32 {
    unsafe cursor(pointer).source?.put(Int(column), RowOutput(context))
    return SQLITE_OK
  }
}

// Choosing what to push, and reading it again.
extension VirtualTable {
  private static func chooseIndex(
    _ table: UnsafeMutablePointer<sqlite3_vtab>?, _ info: UnsafeMutablePointer<sqlite3_index_info>?
  ) -> Int32 {
    guard let binding = unsafe binding(table), let info = unsafe info else { return SQLITE_INTERNAL }
    var chosen: [(pushed: PushOperator, column: Int)] = []
    var estimate = PlanEstimate(
      rows: binding.table.expectedRows(binding.context),
      events: binding.table.isStored ? 0 : binding.context.promisedEvents())
    for index in 0..<Int(unsafe info.pointee.nConstraint) {
      let constraint = unsafe info.pointee.aConstraint[index]
      let column = Int(constraint.iColumn)
      guard constraint.usable != 0, column >= 0, column < binding.table.columns.count,
        var pushed = unsafe push(constraint.op, binding.table.columns[column], info, index)
      else { continue }
      if pushed == .equal, unsafe sqlite3_vtab_in(info, Int32(index), -1) != 0 {
        _ = unsafe sqlite3_vtab_in(info, Int32(index), 1)
        pushed = .among
      }
      chosen.append((pushed, column))
      unsafe info.pointee.aConstraintUsage[index].argvIndex = Int32(chosen.count)
      estimate.narrow(pushed, isIndexed: binding.table.isStored)
    }
    let groups = unsafe groups(binding.table.columns, info)
    if !groups.isEmpty {
      unsafe info.pointee.orderByConsumed = 1
      estimate.group()
    }
    unsafe info.pointee.idxStr = copy(Scan.encode(used: info.pointee.colUsed, chosen, groups: groups))
    unsafe info.pointee.needToFreeIdxStr = 1
    unsafe info.pointee.estimatedRows = Int64(max(1, estimate.rows))
    unsafe info.pointee.estimatedCost = estimate.cost
    return SQLITE_OK
  }

  /// The columns by whose values the rows are given out, where the statement groups by such and reads only what can be kept beside them. N.B. the groups
  /// must come in the order that SQLite names: it leaves an ORDER BY out that asks for the same.
  private static func groups(
    _ columns: [TableColumn], _ info: UnsafeMutablePointer<sqlite3_index_info>
  ) -> [GroupColumn] {
    guard unsafe info.pointee.nOrderBy > 0, unsafe sqlite3_vtab_distinct(info) != 0 else { return [] }
    var groups: [GroupColumn] = []
    for index in 0..<Int(unsafe info.pointee.nOrderBy) {
      let term = unsafe info.pointee.aOrderBy[index]
      let column = Int(term.iColumn)
      guard columns.indices.contains(column), columns[column].grouping == .key else { return [] }
      guard !groups.contains(where: { $0.column == column }) else { continue }
      groups.append(GroupColumn(column: column, isDescending: term.desc != 0))
    }
    var scan = Scan()
    unsafe scan.usedColumns = info.pointee.colUsed
    return columns.indices.allSatisfy { !scan.uses($0) || columns[$0].grouping != .none } ? groups : []
  }

  private static func push(
    _ code: UInt8, _ column: TableColumn, _ info: UnsafeMutablePointer<sqlite3_index_info>, _ index: Int
  ) -> PushOperator? {
    let pushed: PushOperator? =
      switch Int32(code) {
      case SQLITE_INDEX_CONSTRAINT_EQ: .equal
      case SQLITE_INDEX_CONSTRAINT_GT, SQLITE_INDEX_CONSTRAINT_GE: .lowerBound
      case SQLITE_INDEX_CONSTRAINT_LT, SQLITE_INDEX_CONSTRAINT_LE: .upperBound
      case SQLITE_INDEX_CONSTRAINT_ISNULL: .isNull
      default: nil
      }
    guard let pushed, column.pushes.contains(pushed) else { return nil }
    // Another collation calls other texts equal.
    if column.type == .text, let name = unsafe sqlite3_vtab_collation(info, Int32(index)),
      unsafe String(cString: name) != "BINARY"
    {
      return nil
    }
    return pushed
  }

  private static func copy(_ text: String) -> UnsafeMutablePointer<CChar>? {
    let bytes = Array(text.utf8)
    guard let memory = unsafe sqlite3_malloc(Int32(bytes.count + 1)) else { return nil }
    let copy = unsafe memory.bindMemory(to: CChar.self, capacity: bytes.count + 1)
    for (place, byte) in bytes.enumerated() { unsafe copy[place] = CChar(bitPattern: byte) }
    unsafe copy[bytes.count] = 0
    return unsafe copy
  }

  private static func filter(
    _ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ index: UnsafePointer<CChar>?, _ count: Int32,
    _ values: UnsafeMutablePointer<OpaquePointer?>?
  ) -> Int32 {
    let cursor = unsafe cursor(pointer)
    guard let index = unsafe index, let plan = unsafe Scan.decode(String(cString: index)),
      plan.chosen.count == Int(count)
    else { return SQLITE_INTERNAL }
    var scan = Scan()
    (scan.usedColumns, scan.groups) = (plan.used, plan.groups)
    for (place, choice) in plan.chosen.enumerated() {
      guard let value = unsafe values?[place] else { continue }
      unsafe scan.constraints.append(read(choice, value))
    }
    do throws(QueryError) {
      cursor.row = 0
      // The one before ends first: its decoding thread and its memory.
      cursor.source = nil
      let (table, context) = (cursor.binding.table, cursor.binding.context)
      let rows = try table.makeRows(context, scan)
      let source = scan.groups.isEmpty ? rows : GroupedRows(rows, table.columns, scan, context)
      cursor.source = source
      cursor.isAtEnd = try !source.advance()
      return SQLITE_OK
    } catch {
      return unsafe fail(error, cursor, pointer)
    }
  }

  private static func read(_ choice: (pushed: PushOperator, column: Int), _ value: OpaquePointer) -> PushedConstraint {
    var values: [PushedValue] = []
    var isUsable = true
    func add(_ value: OpaquePointer?) {
      if let read = unsafe Self.value(value, choice.pushed) { values.append(read) } else { isUsable = false }
    }
    if choice.pushed == .among {
      var element: OpaquePointer?
      var code = unsafe sqlite3_vtab_in_first(value, &element)
      while code == SQLITE_OK {
        unsafe add(element)
        code = unsafe sqlite3_vtab_in_next(value, &element)
      }
      if code != SQLITE_DONE { isUsable = false }
    } else if choice.pushed != .isNull {
      unsafe add(value)
    }
    return PushedConstraint(column: choice.column, pushed: choice.pushed, values: values, isUsable: isUsable)
  }

  /// Nil for a value that a table does not use: NULL, a blob, a number with a fraction in a comparison for equality.
  private static func value(_ value: OpaquePointer?, _ pushed: PushOperator) -> PushedValue? {
    switch unsafe sqlite3_value_type(value) {
    case SQLITE_INTEGER: return unsafe .integer(sqlite3_value_int64(value))
    case SQLITE_FLOAT:
      let number = unsafe sqlite3_value_double(value)
      guard number.isFinite, abs(number) < 9e18 else { return nil }
      switch pushed {
      case .lowerBound: return .integer(Int64(number.rounded(.down)))
      case .upperBound: return .integer(Int64(number.rounded(.up)))
      case .equal, .among, .isNull: return Int64(exactly: number).map { .integer($0) }
      }
    case SQLITE_TEXT:
      guard let text = unsafe sqlite3_value_text(value) else { return nil }
      return unsafe .text(String(cString: text))
    default: return nil
    }
  }
}

/// What a plan costs, in rows passed by. A scan of events costs the same whatever it leaves out and however few rows it makes, so that SQLite puts it
/// outermost in a join, of two the one with fewer rows; a stored table is looked up.
struct PlanEstimate {
  private(set) var rows: Double
  private(set) var cost: Double

  /// An event that makes no row is passed by that many times as fast as a row is made.
  private static let eventsForARow = 16.0

  init(rows: UInt64, events: UInt64) {
    self.rows = Double(max(1, rows))
    cost = self.rows + Double(events) / Self.eventsForARow + 10
  }

  mutating func narrow(_ pushed: PushOperator, isIndexed: Bool) {
    switch pushed {
    case .equal, .among, .isNull: rows = max(1, rows / 20)
    case .lowerBound, .upperBound: rows = max(1, rows / 3)
    }
    if isIndexed, pushed == .equal { cost = min(cost, rows + 1) }
  }

  /// Rows are kept until the last has come.
  mutating func group() { cost += rows }
}
