// Assembles: the text form into a trace file. The other direction is TextWriter.swift.

import Glibc
import TraceModel

/// Reads lines and appends what they say to a trace. `@` lines before the first record give the header; without
/// `@chunk` lines chunks are cut by size; without `@end` the trace stays unclosed.
public struct TextReader {
  private let textPath: String
  private let outputPath: String
  private let force: Bool
  private let layout: ChunkLayout
  private var header = TraceHeader()
  private var writer: TraceWriter?
  private var lineNumber: UInt64 = 0
  private var words: [UInt64] = []
  private var stream: UInt32 = 0
  private var ringBegin: UInt64 = 0
  private var ringEnd: UInt64?
  private var hasChunk = false
  private var hasEnded = false

  private init(_ textPath: String, _ outputPath: String, force: Bool, layout: ChunkLayout) {
    self.textPath = textPath
    self.outputPath = outputPath
    self.force = force
    self.layout = layout
  }

  /// Assembles `text`, named `textPath` in messages, into the new file `outputPath`.
  public static func assemble(
    _ text: [UInt8], textPath: String, outputPath: String, force: Bool = false, layout: ChunkLayout = TraceWriter.layout
  ) throws(TraceError) {
    var reader = TextReader(textPath, outputPath, force: force, layout: layout)
    do throws(TraceError) {
      try reader.lines(text)
    } catch {
      // A mistake leaves no half of a trace behind.
      if reader.writer != nil { unsafe unlink(outputPath) }
      throw error
    }
  }

  private mutating func lines(_ text: [UInt8]) throws(TraceError) {
    var begin = text.startIndex
    while begin < text.endIndex {
      let end = text[begin...].firstIndex(of: 0x0A) ?? text.endIndex
      lineNumber += 1
      try line(text[begin..<end])
      begin = end == text.endIndex ? end : end + 1
    }
    if hasEnded { return }
    try flush()
    _ = try openedWriter()
  }

  private mutating func line(_ bytes: ArraySlice<UInt8>) throws(TraceError) {
    var scanner = LineScanner(bytes)
    scanner.skipSpaces()
    guard let first = scanner.peek else { return }
    if first == UInt8(ascii: "#") {
      // `#12 kind ...` is a record with its number; any other `#` begins a comment.
      guard scanner.skipEventNumber() else { return }
    }
    if hasEnded { throw mistake("found a line after @end") }
    if first == UInt8(ascii: "@") { return try directive(&scanner) }
    try record(&scanner)
  }

  private func mistake(_ found: String) -> TraceError { TraceError(.syntax, path: textPath, offset: lineNumber, found) }

  private mutating func directive(_ scanner: inout LineScanner) throws(TraceError) {
    let name = scanner.word()
    switch name {
    case "@exuvia":
      scanner.skipSpaces()
      guard scanner.word() == "0.1" else { throw mistake("this text form has an unknown version") }
    case "@header": try headerFields(&scanner)
    case "@program": header.program = try string(&scanner)
    case "@argument": header.arguments.append(try string(&scanner))
    case "@ring": header.ringPath = try string(&scanner)
    case "@runtime": header.runtime = try string(&scanner)
    case "@library": header.library = try string(&scanner)
    case "@chunk": try chunk(&scanner)
    case "@end": try end(&scanner)
    default: throw mistake("found the unknown directive \(name)")
    }
  }

  private func string(_ scanner: inout LineScanner) throws(TraceError) -> String {
    if writer != nil { throw mistake("a header line must stand before the first chunk is full") }
    scanner.skipSpaces()
    guard let bytes = scanner.quoted() else { throw mistake("expected text in double quotes") }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func headerFields(_ scanner: inout LineScanner) throws(TraceError) {
    while let (name, value) = try pair(&scanner) {
      if name == "level" {
        guard let level = TextForm.levelNames.firstIndex(of: value), let known = RecordingLevel(rawValue: UInt8(level))
        else {
          throw mistake("found the unknown level \(value)")
        }
        header.level = known
        continue
      }
      guard let number = TextForm.number(value[...]) else { throw mistake("found no number in \(name)=\(value)") }
      switch name {
      case "flags": header.flags = UInt32(truncatingIfNeeded: number)
      case "wall": header.startWallNanoseconds = number
      case "monotonic": header.startMonotonicNanoseconds = number
      case "pid": header.pid = UInt32(truncatingIfNeeded: number)
      default: throw mistake("found the unknown header field \(name)")
      }
    }
  }

  private mutating func chunk(_ scanner: inout LineScanner) throws(TraceError) {
    try flush()
    hasChunk = true
    ringEnd = nil
    while let (name, value) = try pair(&scanner) {
      guard let number = TextForm.number(value[...]) else { throw mistake("found no number in \(name)=\(value)") }
      switch name {
      case "stream": stream = UInt32(truncatingIfNeeded: number)
      case "ringBegin": ringBegin = number
      case "ringEnd": ringEnd = number
      default: throw mistake("found the unknown chunk field \(name)")
      }
    }
    guard ringBegin <= ringEnd ?? ringBegin, max(ringBegin, ringEnd ?? 0) <= Limits.ringUnitsMax else {
      throw mistake("found impossible ring positions, from \(ringBegin) to \(ringEnd ?? ringBegin)")
    }
  }

  private mutating func end(_ scanner: inout LineScanner) throws(TraceError) {
    var end = ProgramEnd(status: 0)
    while let (name, value) = try pair(&scanner) {
      guard let number = Int32(value) else { throw mistake("found no number in \(name)=\(value)") }
      switch name {
      case "status": end.status = number
      case "signalled": end.wasSignalled = number != 0
      default: throw mistake("found the unknown field \(name)")
      }
    }
    try flush()
    try openedWriter().finish(end)
    hasEnded = true
  }

  /// ` name=value` without quotes; nil at the line's end.
  private func pair(_ scanner: inout LineScanner) throws(TraceError) -> (String, String)? {
    scanner.skipSpaces()
    if scanner.peek == nil { return nil }
    guard let name = scanner.name() else { throw mistake("expected name=value") }
    let value = scanner.value()
    _ = scanner.quoted()
    return (name, value)
  }

  private mutating func record(_ scanner: inout LineScanner) throws(TraceError) {
    let kind = scanner.word()
    guard let spec = Self.specs[kind] else { throw mistake("found the unknown kind \(kind)") }
    var fixed = [UInt64](repeating: 0, count: spec.words)
    var payload: [UInt8] = []
    fixed[0] = UInt64(spec.kind.rawValue)
    while true {
      scanner.skipSpaces()
      if scanner.peek == nil { break }
      guard let name = scanner.name() else { throw mistake("expected name=value") }
      if name == "text", spec.hasPayload {
        guard let bytes = scanner.quoted() else { throw mistake("expected text in double quotes") }
        guard bytes.count <= payloadBytesMax else { throw mistake("the text is longer than \(payloadBytesMax) bytes") }
        payload = bytes
        continue
      }
      let value = scanner.value()
      _ = scanner.quoted()
      if name == "words" {
        let parts = value.split(separator: ",").compactMap { TextForm.number($0) }
        guard parts.count == spec.words, parts[0] & 0xFF == fixed[0] & 0xFF else {
          throw mistake("found words= that do not fit \(kind)")
        }
        fixed = parts
      } else if name == "time", spec.hasTime {
        guard let time = TextForm.number(value[...]) else { throw mistake("found no number in time=\(value)") }
        fixed[1] = time
      } else {
        try set(name, value, spec, &fixed)
      }
    }
    if spec.hasPayload { fixed[1] = fixed[1] & ~0xFFFF_FFFF | UInt64(payload.count) }
    try append(fixed, payload)
  }

  private func set(_ name: String, _ value: String, _ spec: EventSpec, _ fixed: inout [UInt64]) throws(TraceError) {
    guard let field = spec.fields.first(where: { $0.name == name }) else {
      throw mistake("\(spec.name) has no field \(name)")
    }
    guard let number = Self.number(value, field) else { throw mistake("found the invalid value \(name)=\(value)") }
    let mask = CodecTable.mask(field.width)
    guard number <= mask else { throw mistake("\(name)=\(value) is larger than \(field.width) bits") }
    fixed[Int(field.word)] = fixed[Int(field.word)] & ~(mask << UInt64(field.shift)) | number << UInt64(field.shift)
  }

  private static func number(_ value: String, _ field: EventField) -> UInt64? {
    switch field.kind {
    case .choice: return field.choices.firstIndex(of: value).map { UInt64($0) } ?? UInt64(value)
    case .signed: return Int64(value).map { UInt64(bitPattern: $0) }
    case .fieldName:
      let parts = value.split(separator: ":")
      guard parts.count == 2 else { return TextForm.number(value[...]) }
      guard let kind = TextForm.fieldNameKinds.firstIndex(of: String(parts[0])), let payload = UInt32(parts[1]),
        payload <= FieldName.payloadMax
      else { return nil }
      return UInt64(kind) << 21 | UInt64(payload)
    default: return TextForm.number(value[...])
    }
  }

  private static let specs = Dictionary(uniqueKeysWithValues: EventKind.allCases.map { ("\($0)", EventSpec.spec($0)) })

  private mutating func append(_ fixed: [UInt64], _ payload: [UInt8]) throws(TraceError) {
    let payloadWords = (payload.count + 15) / 16 * 2
    if (words.count + fixed.count + payloadWords) * 8 > (hasChunk ? Limits.chunkRawBytesMax : Limits.chunkRawBytesGoal)
    {
      // A chunk that is too large for one is cut; its ring positions then end with the last part.
      try flush()
    }
    words.append(contentsOf: fixed)
    let place = words.count
    words.append(contentsOf: repeatElement(0, count: payloadWords))
    unsafe words.withUnsafeMutableBytes {
      unsafe $0[(place * 8)..<(place * 8 + payload.count)].copyBytes(from: payload)
    }
  }

  /// Appends what was read since the last chunk.
  private mutating func flush() throws(TraceError) {
    if words.isEmpty && !hasChunk { return }
    let writer = try openedWriter()
    let end = ringEnd ?? ringBegin + UInt64(words.count / 2)
    guard end <= Limits.ringUnitsMax else { throw mistake("found impossible ring positions, up to \(end)") }
    let outcome: Result<Void, TraceError> = unsafe words.withUnsafeBufferPointer { buffer in
      do throws(TraceError) {
        return unsafe .success(
          try writer.appendChunk(stream: stream, ringBegin: ringBegin, ringEnd: end, words: buffer))
      } catch { return .failure(error) }
    }
    try outcome.get()
    ringBegin = end
    hasChunk = false
    words.removeAll(keepingCapacity: true)
  }

  private mutating func openedWriter() throws(TraceError) -> TraceWriter {
    if let writer { return writer }
    let opened = try TraceWriter(path: outputPath, header: header, force: force, layout: layout)
    writer = opened
    return opened
  }
}
