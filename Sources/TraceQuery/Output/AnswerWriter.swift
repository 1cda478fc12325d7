// An answer as text: aligned for the terminal, comma-separated (RFC 4180), or JSON. Rows are written as they come; only the first of a table are held
// back, for its widths. Arrow.swift has the fourth format.

import TraceAnalysis

public enum AnswerFormat: String, CaseIterable, Sendable { case table, csv, json, arrow }

public enum AnswerWriter {
  /// Bytes after which what was written is passed on.
  private static let bufferBytes = 1 << 16

  /// Runs the statement to its end and hands its answer to `sink`, some bytes at a time. Returns the number of rows.
  @discardableResult
  public static func write(
    _ statement: QueryStatement, as format: AnswerFormat, to sink: (borrowing [UInt8]) -> Void
  ) throws(QueryError) -> UInt64 {
    switch format {
    case .table: try writeTable(statement, sink)
    case .csv: try writeRows(statement, CSVText(), sink)
    case .json: try writeRows(statement, JSONText(), sink)
    case .arrow: try ArrowStream.write(statement, sink)
    }
  }

  private static func writeRows(
    _ statement: QueryStatement, _ text: some RowText, _ sink: (borrowing [UInt8]) -> Void
  ) throws(QueryError) -> UInt64 {
    var bytes: [UInt8] = []
    var rows: UInt64 = 0
    let columns = statement.columnNames.count
    text.begin(statement.columnNames, into: &bytes)
    while try statement.step() {
      text.row(rows == 0, statement.columnNames, (0..<columns).map { statement.value($0) }, into: &bytes)
      rows += 1
      if bytes.count >= bufferBytes {
        sink(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    text.end(hasRows: rows > 0, into: &bytes)
    sink(bytes)
    return rows
  }

  /// Rows of which a table's widths are taken; later ones may stick out.
  private static let widthRows = 1000

  private static func writeTable(
    _ statement: QueryStatement, _ sink: (borrowing [UInt8]) -> Void
  ) throws(QueryError) -> UInt64 {
    var held: [[QueryValue]] = []
    var text: TableText?
    var bytes: [UInt8] = []
    var rows: UInt64 = 0
    let columns = statement.columnNames.count
    while try statement.step() {
      let values = (0..<columns).map { statement.value($0) }
      rows += 1
      if let text {
        text.append(values, into: &bytes)
      } else {
        held.append(values)
        if held.count == widthRows {
          text = TableText(statement.columnNames, held, into: &bytes)
          held = []
        }
      }
      if bytes.count >= bufferBytes {
        sink(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    if text == nil { _ = TableText(statement.columnNames, held, into: &bytes) }
    sink(bytes)
    return rows
  }
}

extension QueryValue {
  /// As `table` and `csv` show it; nothing for NULL, a blob in SQLite's notation.
  var text: String {
    switch self {
    case .null: ""
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let text): text
    case .blob(let bytes): "X'" + bytes.map { Self.hex($0) }.joined() + "'"
    }
  }

  private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

  var isNumber: Bool {
    switch self {
    case .integer, .real: true
    case .null, .text, .blob: false
    }
  }
}

private protocol RowText {
  func begin(_ names: [String], into bytes: inout [UInt8])
  func row(_ isFirst: Bool, _ names: [String], _ values: [QueryValue], into bytes: inout [UInt8])
  func end(hasRows: Bool, into bytes: inout [UInt8])
}

/// RFC 4180: a heading, CRLF between lines, quotes where a cell needs them.
private struct CSVText: RowText {
  func begin(_ names: [String], into bytes: inout [UInt8]) { line(names, into: &bytes) }
  func row(_ isFirst: Bool, _ names: [String], _ values: [QueryValue], into bytes: inout [UInt8]) {
    line(values.map(\.text), into: &bytes)
  }
  func end(hasRows: Bool, into bytes: inout [UInt8]) {}

  private func line(_ cells: [String], into bytes: inout [UInt8]) {
    for (place, cell) in cells.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      append(cell, into: &bytes)
    }
    bytes += "\r\n".utf8
  }

  private func append(_ cell: String, into bytes: inout [UInt8]) {
    let needsQuotes = cell.utf8.contains { $0 == 34 || $0 == 44 || $0 == 10 || $0 == 13 }
    guard needsQuotes else {
      bytes += cell.utf8
      return
    }
    bytes.append(34)
    for byte in cell.utf8 {
      if byte == 34 { bytes.append(34) }
      bytes.append(byte)
    }
    bytes.append(34)
  }
}

/// An array of objects, one a line.
private struct JSONText: RowText {
  func begin(_ names: [String], into bytes: inout [UInt8]) { bytes.append(UInt8(ascii: "[")) }

  func row(_ isFirst: Bool, _ names: [String], _ values: [QueryValue], into bytes: inout [UInt8]) {
    bytes += (isFirst ? "\n" : ",\n").utf8
    bytes.append(UInt8(ascii: "{"))
    for (place, value) in values.enumerated() {
      if place > 0 { bytes += ", ".utf8 }
      JSON.quote(names[place].utf8, into: &bytes)
      bytes += ": ".utf8
      switch value {
      case .null: bytes += "null".utf8
      case .integer(let number): bytes += "\(number)".utf8
      case .real(let number): bytes += (number.isFinite ? "\(number)" : "null").utf8
      case .text(let text): JSON.quote(text.utf8, into: &bytes)
      case .blob: JSON.quote(value.text.utf8, into: &bytes)
      }
    }
    bytes.append(UInt8(ascii: "}"))
  }

  func end(hasRows: Bool, into bytes: inout [UInt8]) { bytes += (hasRows ? "\n]\n" : "]\n").utf8 }
}

/// Columns of equal width; numbers to the right. Control characters are shown as escapes, so that a name in a trace cannot move the cursor.
private struct TableText {
  private let widths: [Int]
  private let areNumbers: [Bool]

  /// Writes the heading and `rows`.
  init(_ names: [String], _ rows: [[QueryValue]], into bytes: inout [UInt8]) {
    widths = names.indices.map { column in
      max(names[column].count, rows.map { Self.cell($0[column]).count }.max() ?? 0)
    }
    areNumbers = names.indices.map { column in
      rows.contains { $0[column].isNumber } && rows.allSatisfy { $0[column].isNumber || $0[column] == .null }
    }
    append(names, into: &bytes)
    for row in rows { append(row, into: &bytes) }
  }

  func append(_ values: [QueryValue], into bytes: inout [UInt8]) { append(values.map(Self.cell), into: &bytes) }

  private func append(_ cells: [String], into bytes: inout [UInt8]) {
    var line = ""
    for (place, cell) in cells.enumerated() {
      let fill = String(repeating: " ", count: max(0, widths[place] - cell.count))
      line += (place > 0 ? "  " : "") + (areNumbers[place] ? fill + cell : cell + fill)
    }
    while line.last == " " { line.removeLast() }
    bytes += line.utf8
    bytes.append(10)
  }

  private static func cell(_ value: QueryValue) -> String {
    let text = value.text
    guard text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else { return text }
    return text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? $0.escaped(asASCII: true) : String($0) }
      .joined()
  }
}
