// Queries: what is pushed down changes no answer, limits hold, nothing but reading is allowed, and all formats say the same.

import Foundation
import TestSupport
import Testing
import TraceReplay

@testable import TraceQuery

/// N.B. serialized: SQLite's limit of memory is the process's.
@Suite(.serialized) struct QueryTests {

  private static let rounds = 40

  private func database(_ limits: QueryLimits = QueryLimits()) throws -> QueryDatabase {
    try QueryDatabase([QueryTraces.session(rounds: Self.rounds)], limits: limits)
  }

  // MARK: Pushing down

  /// Values of a column that occur, and some that do not.
  private func values(_ database: QueryDatabase, _ table: QueryTable, _ column: TableColumn) throws -> [QueryValue] {
    let found = try QueryTraces.rows(
      database,
      "SELECT \"\(column.name)\" FROM \(table.name) WHERE \"\(column.name)\" IS NOT NULL GROUP BY 1 ORDER BY random() LIMIT 5"
    )
    return found.map { $0[0] } + (column.type == .text ? [.text("nothing")] : [.integer(-1), .integer(.max)])
  }

  @Test func whatIsPushedDownGivesTheRowsOfAFullScan() throws {
    let database = try database()
    var compared = 0
    for table in QuerySchema.tables {
      for column in table.columns where !column.pushes.isEmpty {
        let name = "\"\(column.name)\""
        let values = try values(database, table, column)
        var conditions = values.flatMap { value in ["=", "<", "<=", ">", ">="].map { "\($0) \(value.literal)" } }
        conditions += ["IN (\(values.map(\.literal).joined(separator: ", ")))", "IS NULL", "BETWEEN 3 AND 900"]
        for condition in conditions {
          // The sign keeps SQLite from telling the table of the condition.
          let pushed = try QueryTraces.rows(database, "SELECT * FROM \(table.name) WHERE \(name) \(condition)")
          let whole = try QueryTraces.rows(database, "SELECT * FROM \(table.name) WHERE +\(name) \(condition)")
          #expect(pushed == whole, "\(table.name).\(column.name) \(condition)")
          compared += 1
        }
      }
    }
    #expect(compared > 500)
  }

  @Test func severalConditionsAtOnceGiveTheRowsOfAFullScan() throws {
    let database = try database()
    var random = Random(state: 11)
    for table in QuerySchema.tables {
      let columns = table.columns.filter { !$0.pushes.isEmpty }
      guard columns.count > 1 else { continue }
      for _ in 0..<40 {
        let chosen = columns.shuffled(using: &random).prefix(Int.random(in: 2...3, using: &random))
        let parts = try chosen.map { column in
          let value = try values(database, table, column).randomElement(using: &random) ?? .null
          return (column.name, "\(["=", "<=", ">="].randomElement(using: &random) ?? "=") \(value.literal)")
        }
        func statement(_ sign: String) -> String {
          "SELECT * FROM \(table.name) WHERE " + parts.map { "\(sign)\"\($0.0)\" \($0.1)" }.joined(separator: " AND ")
        }
        #expect(
          try QueryTraces.rows(database, statement("")) == QueryTraces.rows(database, statement("+")),
          "\(statement(""))")
      }
    }
  }

  /// What a table hears of a statement: conditions, and columns to group by.
  private func heard(_ statement: String) throws -> (conditions: String, groups: String) {
    let plan = try QueryTraces.rows(database(), "EXPLAIN QUERY PLAN \(statement)")
    guard case .text(let text)? = plan.first?.last else { return ("no plan", "no plan") }
    let parts = text.split(separator: "|", omittingEmptySubsequences: false).map { String($0) }
    return parts.count == 3 ? (parts[1], parts[2]) : (text, text)
  }

  @Test func theTableHearsOfConditions() throws {
    for (condition, isPushed) in [("kind = 'alloc'", true), ("+kind = 'alloc'", false), ("time > 300", true)] {
      let text = try heard("SELECT * FROM events WHERE \(condition)").conditions
      #expect(text.isEmpty != isPushed, "\(condition): \(text)")
    }
  }

  @Test func theTableHearsOfGroupsThatItCanKeep() throws {
    for (statement, groups) in [
      ("SELECT kind, count(*) FROM events GROUP BY kind", "+4"),
      ("SELECT kind, sum(size) FROM events GROUP BY kind ORDER BY kind DESC", "-4"),
      ("SELECT +kind, count(*) FROM events GROUP BY +kind", ""), ("SELECT kind, detail FROM events GROUP BY kind", ""),
      ("SELECT number, count(*) FROM events GROUP BY number", ""), ("SELECT kind FROM events ORDER BY kind", ""),
    ] {
      let text = try heard(statement).groups
      #expect(text == groups, "\(statement): \(text)")
    }
  }

  // MARK: Limits

  private func failure(_ statement: String, _ limits: QueryLimits = QueryLimits()) throws -> QueryError? {
    let database = try database(limits)
    do throws(QueryError) {
      _ = try QueryTraces.rows(database, statement)
      return nil
    } catch { return error }
  }

  @Test func aQueryWhoseTimeIsUpEnds() throws {
    var limits = QueryLimits()
    limits.timeoutNanoseconds = 20_000_000
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT sum(x) FROM c"
    guard case .limit(let text)? = try failure(endless, limits) else {
      Issue.record("it ended, or failed of something else")
      return
    }
    #expect(text.contains("--timeout"))
  }

  @Test func aQueryThatNeedsMoreMemoryThanAllowedEnds() throws {
    var limits = QueryLimits()
    limits.memoryBytes = QueryLimits.memoryBytesMin
    guard case .limit(let text)? = try failure("SELECT length(hex(zeroblob(7000000)))", limits) else {
      Issue.record("it ended, or failed of something else")
      return
    }
    #expect(text.contains("--memory"))
    #expect(try failure("SELECT length(hex(zeroblob(7000000)))") == nil)
  }

  @Test(arguments: [
    "INSERT INTO events(number) VALUES (1)", "DELETE FROM objects", "UPDATE types SET name = 'x'", "DROP TABLE events",
    "CREATE TABLE t(x)", "CREATE TEMP TABLE t(x)", "CREATE VIEW v AS SELECT 1", "ATTACH 'x.db' AS x",
    "VACUUM INTO 'x.db'",
    "PRAGMA journal_mode = DELETE", "PRAGMA writable_schema = 1", "SELECT load_extension('x')", "BEGIN", "ANALYZE",
    "SELECT 1; SELECT 2", "", "-- nothing",
  ])
  func nothingButOneReadingStatementIsAllowed(statement: String) throws {
    guard case .statement? = try failure(statement) else {
      Issue.record("'\(statement)' was run")
      return
    }
  }

  // MARK: Formats

  private static let mixed = """
    SELECT 1 AS a, 'x, "y"' AS b, NULL AS c UNION ALL SELECT -9223372036854775808, 'é' || char(10) || 'z', 2.5 UNION ALL SELECT 3, '', 'text'
    """

  @Test func jsonSaysWhatTheRowsSay() throws {
    let bytes = try QueryTraces.text(try database(), Self.mixed, .json)
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [[String: Any]])
    #expect(rows.count == 3)
    #expect(rows[0]["b"] as? String == "x, \"y\"" && rows[0]["c"] is NSNull)
    #expect(rows[1]["a"] as? Int == .min && rows[1]["b"] as? String == "é\nz" && rows[1]["c"] as? Double == 2.5)
    #expect(rows[2]["b"] as? String == "" && rows[2]["c"] as? String == "text")
  }

  @Test func csvSaysWhatTheRowsSay() throws {
    let text = String(decoding: try QueryTraces.text(try database(), Self.mixed, .csv), as: UTF8.self)
    #expect(text == "a,b,c\r\n1,\"x, \"\"y\"\"\",\r\n-9223372036854775808,\"é\nz\",2.5\r\n3,,text\r\n")
  }

  @Test func theTableSaysWhatTheRowsSay() throws {
    let text = String(
      decoding: try QueryTraces.text(try database(), "SELECT 1 AS a, 'word' AS b UNION ALL SELECT 22, 'x'", .table),
      as: UTF8.self)
    #expect(
      text.split(separator: "\n").map { $0.split(separator: " ") } == [["a", "b"], ["1", "word"], ["22", "x"]])
  }

  @Test func anArrowStreamIsFramedToItsEnd() throws {
    let bytes = try QueryTraces.text(try database(), "SELECT number, kind FROM events", .arrow)
    func word(_ place: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32($1 * 8) } }
    var (place, messages) = (0, 0)
    while place + 8 <= bytes.count, word(place + 4) != 0 {
      #expect(word(place) == .max && word(place + 4) % 8 == 0)
      // The message's table: the vtable's fourth entry is the length of the body (Message.fbs).
      let root = place + 8 + Int(word(place + 8))
      let vtable = root - Int(Int32(bitPattern: word(root)))
      let entry = Int(word(vtable + 4 + 3 * 2) & 0xFFFF)
      let body = entry == 0 ? 0 : Int(word(root + entry))
      place += 8 + Int(word(place + 4)) + body
      messages += 1
    }
    #expect(place + 8 == bytes.count && word(place) == .max && messages >= 2)
  }

  @Test func theSchemaNamesEveryColumnThatCanBeAsked() throws {
    let database = try database()
    for table in QuerySchema.tables {
      let list = table.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
      _ = try QueryTraces.rows(database, "SELECT \(list) FROM \(table.name)")
      #expect(QuerySchema.text.contains("\(table.name): \(table.note)"))
    }
  }
}
