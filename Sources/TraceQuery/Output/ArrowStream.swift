// An answer as an Arrow IPC stream, which pyarrow, Polars and DuckDB open. Source: the Arrow columnar format, version 1.4, "IPC streaming format".
//
//     message  FF FF FF FF, i32 bytes of the metadata, the metadata (a FlatBuffer, a multiple of 8 bytes), the body
//     stream   a Schema message, RecordBatch messages, then FF FF FF FF 00 00 00 00
//
// Columns are Int64, Float64, Utf8 or Binary, all of them nullable. A column of a table has the type that the schema gives it; of a computed one the
// first batch decides.

enum ArrowType: Equatable { case integer, real, text, blob }

enum ArrowStream {
  private static let batchRows = 65_536
  /// Bytes of text after which a batch is closed, well below what its 32-bit offsets can tell.
  private static let batchBytes = 32 << 20

  static func write(_ statement: QueryStatement, _ sink: (borrowing [UInt8]) -> Void) throws(QueryError) -> UInt64 {
    let count = statement.columnNames.count
    var columns = [[QueryValue]](repeating: [], count: count)
    var types: [ArrowType]?
    var rows: UInt64 = 0
    var textBytes = 0
    func flush() throws(QueryError) {
      if types == nil {
        let found = columns.indices.map { type(statement, $0, columns[$0]) }
        types = found
        sink(schema(statement.columnNames, found))
      }
      guard let types, let length = columns.first?.count, length > 0 else { return }
      var body = ArrowBody()
      for (place, type) in types.enumerated() { try body.add(columns[place], type, statement.columnNames[place]) }
      sink(body.message(length))
      for place in columns.indices { columns[place].removeAll(keepingCapacity: true) }
      textBytes = 0
    }
    while try statement.step() {
      for place in 0..<count {
        let value = statement.value(place)
        switch value {
        case .text(let text): textBytes += text.utf8.count
        case .blob(let bytes): textBytes += bytes.count
        case .null, .integer, .real: break
        }
        columns[place].append(value)
      }
      rows += 1
      if columns[0].count == batchRows || textBytes >= batchBytes { try flush() }
    }
    try flush()
    sink([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
    return rows
  }

  private static func type(_ statement: QueryStatement, _ column: Int, _ values: [QueryValue]) -> ArrowType {
    var type: ArrowType?
    for value in values {
      switch (value, type) {
      case (.null, _): continue
      case (.integer, nil): type = .integer
      case (.real, nil), (.real, .integer), (.integer, .real): type = .real
      case (.blob, nil): type = .blob
      case (.integer, .integer), (.real, .real), (.blob, .blob): continue
      case (.text, _), (.blob, _), (.integer, _), (.real, _): return .text
      }
    }
    return type ?? (statement.declaredType(column) == "INTEGER" ? .integer : .text)
  }

  private static func schema(_ names: [String], _ types: [ArrowType]) -> [UInt8] {
    var buffer = FlatBuffer()
    var fields: [FlatBuffer.Place] = []
    for (name, type) in zip(names, types) {
      let nameText = buffer.string(name)
      let children = buffer.vector([FlatBuffer.Place]())
      let typeTable = table(type, &buffer)
      buffer.beginTable(slotCount: 7)
      buffer.add(0, nameText)
      buffer.add(3, typeTable)
      buffer.add(5, children)
      buffer.add(1, UInt8(1))
      buffer.add(2, typeCode(type))
      fields.append(buffer.endTable())
    }
    let list = buffer.vector(fields)
    buffer.beginTable(slotCount: 4)
    buffer.add(1, list)
    let schema = buffer.endTable()
    return message(&buffer, header: schema, code: 1, body: [])
  }

  /// Code of a type in Arrow's union of types.
  private static func typeCode(_ type: ArrowType) -> UInt8 {
    switch type {
    case .integer: 2
    case .real: 3
    case .blob: 4
    case .text: 5
    }
  }

  private static func table(_ type: ArrowType, _ buffer: inout FlatBuffer) -> FlatBuffer.Place {
    buffer.beginTable(slotCount: 2)
    switch type {
    case .integer:
      buffer.add(0, Int32(64))
      buffer.add(1, UInt8(1))
    case .real: buffer.add(0, Int16(2))
    case .text, .blob: break
    }
    return buffer.endTable()
  }

  /// Version 4 is V5 of the metadata.
  static func message(_ buffer: inout FlatBuffer, header: FlatBuffer.Place, code: UInt8, body: [UInt8]) -> [UInt8] {
    buffer.beginTable(slotCount: 5)
    buffer.add(3, Int64(body.count))
    buffer.add(2, header)
    buffer.add(0, Int16(4))
    buffer.add(1, code)
    let metadata = buffer.finish(buffer.endTable())
    var bytes: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: metadata.count >> shift)) }
    return bytes + metadata + body
  }
}

/// The body of a record batch: for each column its buffers, each a multiple of 8 bytes.
struct ArrowBody {
  private var bytes: [UInt8] = []
  private var nodes: [(Int64, Int64)] = []
  private var buffers: [(Int64, Int64)] = []

  mutating func add(_ values: [QueryValue], _ type: ArrowType, _ name: String) throws(QueryError) {
    let nulls = values.count { $0 == .null }
    nodes.append((Int64(values.count), Int64(nulls)))
    var validity = [UInt8](repeating: 0, count: (values.count + 7) / 8)
    for (place, value) in values.enumerated() where value != .null { validity[place / 8] |= 1 << UInt8(place % 8) }
    add(validity)
    var data: [UInt8] = []
    switch type {
    case .integer, .real:
      data.reserveCapacity(values.count * 8)
      for value in values { Self.append(try Self.bits(value, type, name), to: &data) }
    case .text, .blob:
      var offsets: [UInt8] = []
      offsets.reserveCapacity(values.count * 4 + 4)
      for value in values {
        Self.append(UInt32(data.count), to: &offsets)
        if case .blob(let blob) = value, type == .blob { data += blob } else { data += value.text.utf8 }
      }
      Self.append(UInt32(data.count), to: &offsets)
      add(offsets)
    }
    add(data)
  }

  private static func bits(_ value: QueryValue, _ type: ArrowType, _ name: String) throws(QueryError) -> UInt64 {
    switch (value, type) {
    case (.null, _): return 0
    case (.integer(let number), .integer): return UInt64(bitPattern: number)
    case (.integer(let number), _): return Double(number).bitPattern
    case (.real(let number), .real): return number.bitPattern
    case (.real, _), (.text, _), (.blob, _):
      throw .statement(
        "the column \(name) changes its type in the course of the answer; write CAST(... AS REAL) or CAST(... AS TEXT)")
    }
  }

  private static func append<Number: FixedWidthInteger>(_ value: Number, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
    }
  }

  private mutating func add(_ buffer: [UInt8]) {
    buffers.append((Int64(bytes.count), Int64(buffer.count)))
    bytes += buffer
    while bytes.count % 8 != 0 { bytes.append(0) }
  }

  /// The whole message of `length` rows.
  func message(_ length: Int) -> [UInt8] {
    var buffer = FlatBuffer()
    let bufferList = buffer.vector(buffers)
    let nodeList = buffer.vector(nodes)
    buffer.beginTable(slotCount: 4)
    buffer.add(0, Int64(length))
    buffer.add(1, nodeList)
    buffer.add(2, bufferList)
    let batch = buffer.endTable()
    return ArrowStream.message(&buffer, header: batch, code: 3, body: bytes)
  }
}
