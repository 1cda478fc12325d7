// Disassembles: a trace file into its text form. The other direction is TextReader.swift.

import TraceModel

public struct TextWriter {
  private struct Row {
    let name: [UInt8]
    let spec: EventSpec
    let fieldNames: [[UInt8]]
    /// Bits that some field covers, per fixed word.
    let covered: [UInt64]
  }

  private let rows: [Row?]
  private var names: NameCache

  /// `definitions` of a stream give the names in quotes after ids; pass empty ones to leave them out.
  public init(definitions: Definitions) {
    names = NameCache(definitions)
    rows = EventSpec.table.map { spec in
      guard let spec else { return nil }
      var covered = [UInt64](repeating: 0, count: spec.words)
      covered[0] = 0xFF
      if spec.hasTime { covered[1] = .max }
      if spec.hasPayload { covered[1] = 0xFFFF_FFFF }
      for field in spec.fields { covered[Int(field.word)] |= CodecTable.mask(field.width) << UInt64(field.shift) }
      return Row(
        name: Array(spec.name.utf8), spec: spec, fieldNames: spec.fields.map { Array(" \($0.name)=".utf8) },
        covered: covered)
    }
  }

  /// Appends the line of one validated record, without a newline.
  public mutating func append(_ record: UnsafePointer<UInt64>, into line: inout [UInt8]) {
    guard let row = unsafe rows[Int(UInt8(truncatingIfNeeded: record[0]))] else { return }
    let spec = row.spec
    line.append(contentsOf: row.name)
    if spec.hasTime {
      line.append(contentsOf: " time=".utf8)
      unsafe TextForm.append(record[1], into: &line)
    }
    for (index, field) in spec.fields.enumerated() {
      line.append(contentsOf: row.fieldNames[index])
      unsafe append(field.extract(word: record[Int(field.word)]), field, named: !spec.isDefinition, into: &line)
    }
    if spec.hasPayload {
      line.append(contentsOf: " text=".utf8)
      let bytes = unsafe UnsafeRawBufferPointer(start: record + spec.words, count: Int(record[1] & 0xFFFF_FFFF))
      unsafe TextForm.quote(bytes, into: &line)
    }
    if (0..<spec.words).contains(where: { unsafe record[$0] & ~row.covered[$0] != 0 }) {
      line.append(contentsOf: " words=".utf8)
      for word in 0..<spec.words {
        if word > 0 { line.append(UInt8(ascii: ",")) }
        unsafe TextForm.appendHex(record[word], into: &line)
      }
    }
  }

  private mutating func append(_ value: UInt64, _ field: EventField, named: Bool, into line: inout [UInt8]) {
    switch field.kind {
    case .object, .lock: TextForm.appendHex(value, into: &line)
    case .count, .bytes, .nanoseconds, .line, .thread, .stream: TextForm.append(value, into: &line)
    case .signed: line.append(contentsOf: "\(Int64(bitPattern: value))".utf8)
    case .string, .type, .code, .node, .site:
      TextForm.append(value, into: &line)
      if named, let name = names.name(UInt32(truncatingIfNeeded: value), field.kind) { line.append(contentsOf: name) }
    case .choice:
      if value < field.choices.count {
        line.append(contentsOf: field.choices[Int(value)].utf8)
      } else {
        TextForm.append(value, into: &line)
      }
    case .fieldName: append(FieldName(rawValue: UInt32(truncatingIfNeeded: value)), into: &line)
    }
  }

  private mutating func append(_ field: FieldName, into line: inout [UInt8]) {
    guard let kind = field.kind else {
      TextForm.appendHex(UInt64(field.rawValue), into: &line)
      return
    }
    line.append(contentsOf: TextForm.fieldNameKinds[Int(kind.rawValue)].utf8)
    line.append(UInt8(ascii: ":"))
    TextForm.append(UInt64(field.payload), into: &line)
    switch kind {
    case .item, .otherKey, .cell: break
    case .attribute, .key, .slot, .internalField, .local:
      if let name = names.name(field.payload, .string) { line.append(contentsOf: name) }
    }
  }

  /// The lines before the first chunk, each with a newline.
  public static func headerLines(_ header: TraceHeader) -> [UInt8] {
    var text = Array((TextForm.title + "\n").utf8)
    text.append(
      contentsOf: "@header flags=\(header.flags) level=\(header.level) wall=\(header.startWallNanoseconds)".utf8)
    text.append(contentsOf: " monotonic=\(header.startMonotonicNanoseconds) pid=\(header.pid)\n".utf8)
    func line(_ name: String, _ value: String) {
      text.append(contentsOf: "@\(name) ".utf8)
      TextForm.quote(value, into: &text)
      text.append(UInt8(ascii: "\n"))
    }
    if !header.program.isEmpty { line("program", header.program) }
    for argument in header.arguments { line("argument", argument) }
    if !header.ringPath.isEmpty { line("ring", header.ringPath) }
    if !header.runtime.isEmpty { line("runtime", header.runtime) }
    if !header.library.isEmpty { line("library", header.library) }
    return text
  }

  /// The line before the records of `chunks[index]`, with a newline; nil where a chunk of definitions before it has had
  /// the line already.
  public static func chunkLine(_ chunks: [ChunkInfo], _ index: Int) -> [UInt8]? {
    let chunk = chunks[index]
    func isPair(_ definitions: ChunkInfo, _ events: ChunkInfo) -> Bool {
      definitions.kind == .definitions && events.kind == .events && definitions.stream == events.stream
        && definitions.ringBegin == events.ringBegin
    }
    if index > 0, isPair(chunks[index - 1], chunk) { return nil }
    let end = index + 1 < chunks.count && isPair(chunk, chunks[index + 1]) ? chunks[index + 1].ringEnd : chunk.ringEnd
    return Array("@chunk stream=\(chunk.stream) ringBegin=\(chunk.ringBegin) ringEnd=\(end)\n".utf8)
  }

  /// The last line of a closed trace, with a newline.
  public static func endLine(_ end: ProgramEnd) -> [UInt8] {
    Array("@end status=\(end.status) signalled=\(end.wasSignalled ? 1 : 0)\n".utf8)
  }

  /// The stream's writer, taken out while it is used, so that its cache of names is not copied.
  public static func take(
    _ stream: UInt32, from writers: inout [UInt32: TextWriter], _ file: TraceFile
  ) throws(TraceError) -> TextWriter {
    if let known = writers.removeValue(forKey: stream) { return known }
    return TextWriter(definitions: try file.definitions(of: stream))
  }

  /// Bytes after which a piece is handed on.
  private static let textBytesGoal = 1 << 16

  /// The whole text form of `file`, piece by piece.
  public static func disassemble(_ file: TraceFile, write: ([UInt8]) -> Void) throws(TraceError) {
    var writers: [UInt32: TextWriter] = [:]
    var batch = EventBatch()
    write(headerLines(file.header))
    var text: [UInt8] = []
    for index in file.chunks.indices where file.chunks[index].kind == .definitions || file.chunks[index].kind == .events
    {
      try file.decode(chunk: index, into: &batch)
      text.removeAll(keepingCapacity: true)
      if let line = chunkLine(file.chunks, index) { text.append(contentsOf: line) }
      var writer = try take(batch.stream, from: &writers, file)
      var cursor = batch.cursor
      while !cursor.isAtEnd {
        unsafe writer.append(cursor.record, into: &text)
        text.append(UInt8(ascii: "\n"))
        if text.count > textBytesGoal {
          write(text)
          text.removeAll(keepingCapacity: true)
        }
        cursor.advance()
      }
      write(text)
      writers[batch.stream] = writer
    }
    if case .closed(let end) = file.state { write(endLine(end)) }
  }
}

/// Quoted names of ids, made once each.
private struct NameCache {
  private let definitions: Definitions
  private var made: [FieldKind: [UInt32: [UInt8]]] = [:]

  init(_ definitions: Definitions) { self.definitions = definitions }

  mutating func name(_ id: UInt32, _ kind: FieldKind) -> [UInt8]? {
    if let name = made[kind]?[id] { return name.isEmpty ? nil : name }
    var line: [UInt8] = []
    if let text = text(id, kind) { TextForm.quote(text, into: &line) }
    made[kind, default: [:]][id] = line
    return line.isEmpty ? nil : line
  }

  private func text(_ id: UInt32, _ kind: FieldKind) -> String? {
    switch kind {
    case .string: return definitions.string(id)
    case .type: return definitions.type(id).flatMap { definitions.string($0.name) }
    case .code: return definitions.code(id).flatMap { definitions.string($0.qualifiedName) }
    case .node: return definitions.node(id).flatMap { text($0.code, .code) }
    case .site:
      guard let site = definitions.site(id), let node = definitions.node(site.node),
        let code = definitions.code(node.code),
        let file = definitions.string(code.file)
      else { return nil }
      return "\(file):\(site.line)"
    default: return nil
    }
  }
}
