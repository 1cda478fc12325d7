// The layouts `rows` and `columns` back into raw records. The other direction is RecordEncoder.swift. Every byte
// sequence either gives exactly the records that the chunk's header promises or is refused; nothing outside the buffers
// is read or written.

import TraceModel

/// Safe: reads stay below `inputEnd` + `slack`, which the caller guarantees to be readable; a number is at most 10
/// bytes, and each is begun only below `inputEnd`. Writes stay below the end of the room for words, checked per record.
@safe final class RecordDecoder {
  /// Readable bytes beyond the end of the input.
  static let slack = 32

  private let table = CodecTable.shared
  private let predictors = Predictors()
  /// Next byte to read, per stream (compact column number; layout `rows` has stream 0 only), and where it must end.
  private let next: UnsafeMutablePointer<UnsafePointer<UInt8>>
  private let ends: UnsafeMutablePointer<UnsafePointer<UInt8>>

  init() {
    unsafe next = .allocate(capacity: Column.max)
    unsafe ends = .allocate(capacity: Column.max)
  }

  deinit {
    unsafe next.deallocate()
    unsafe ends.deallocate()
  }

  /// Decodes `count` bytes at `input` into exactly `eventCount` records in `wordCount` words; nil, or what was found
  /// wrong.
  func decode(
    _ input: UnsafePointer<UInt8>, count: Int, layout: ChunkLayout, areDefinitions: Bool, eventCount: Int,
    into words: UnsafeMutablePointer<UInt64>, wordCount: Int
  ) -> String? {
    let end = unsafe input + count
    if layout == .rows {
      unsafe next[0] = unsafe input
      unsafe ends[0] = unsafe end
    } else if unsafe !readDirectory(input, end) {
      return "a chunk's directory of columns does not fit its size"
    }
    let failure =
      unsafe layout == .rows
      ? decodeRecords(end, areDefinitions, eventCount, words, words + wordCount, isRows: true)
      : decodeRecords(end, areDefinitions, eventCount, words, words + wordCount, isRows: false)
    if let failure {
      predictors.forgetBirths()
      return failure
    }
    for column in 0..<(layout == .rows ? 1 : table.columnNumbers.count) where unsafe next[column] != ends[column] {
      return "a chunk's records do not end where its bytes end"
    }
    return nil
  }

  private func readDirectory(_ input: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
    var reader = unsafe ByteReader(UnsafeRawBufferPointer(start: input, count: end - input))
    for column in 0..<Column.max {
      unsafe next[column] = unsafe end
      unsafe ends[column] = unsafe end
    }
    guard let count = reader.read(UInt16.self) else { return false }
    var place = 2 + Int(count) * 6
    for _ in 0..<count {
      guard let number = reader.read(UInt16.self), let size = reader.read(UInt32.self),
        unsafe place + Int(size) <= end - input,
        let column = table.compactColumns[number], unsafe ends[column] == end, unsafe next[column] == end
      else { return false }
      unsafe next[column] = unsafe input + place
      place += Int(size)
      unsafe ends[column] = unsafe input + place
    }
    return unsafe place == end - input
  }

  @inline(__always) private func varint(_ stream: Int, _ end: UnsafePointer<UInt8>, _ isGood: inout Bool) -> UInt64 {
    unsafe Varint.read(next + stream, end, &isGood)
  }

  private static let cut = "a chunk's records end too early"
  private static let badTemplate = "a chunk's record has no valid template"

  /// The mirror of `RecordEncoder.encodeRecords`, same numbers.
  @inline(__always)
  private func decodeRecords(
    _ end: UnsafePointer<UInt8>, _ areDefinitions: Bool, _ eventCount: Int, _ words: UnsafeMutablePointer<UInt64>,
    _ wordsEnd: UnsafeMutablePointer<UInt64>, isRows: Bool
  ) -> String? {
    let control = Column.control
    let templateColumn = isRows ? 0 : Column.templates
    let objects = unsafe ObjectColumn(next: next + (isRows ? 0 : Column.objects), end: end)
    let state = predictors.begin()
    var templates = unsafe predictors.templates
    var run: UInt64 = 0
    var isGood = true
    var output = unsafe words
    var left = eventCount

    while left > 0 {
      left &-= 1
      guard unsafe wordsEnd - output >= 2 else { return "a chunk's records are larger than its header says" }
      var code: UInt8 = 0
      if run > 0 {
        run &-= 1
      } else {
        let place = unsafe next[control]
        if unsafe place >= end { return Self.cut }
        code = unsafe place.pointee
        unsafe next[control] = unsafe place + 1
        if code == 0 {
          run = unsafe varint(control, end, &isGood) &- 1
          if run >= UInt64(eventCount) { return "a chunk's run is longer than its records" }
        }
      }

      // 1.
      let nextTemplate = unsafe state.tables.nextTemplate(state.scalars.pointee.path)
      var number = unsafe nextTemplate.pointee
      if code & 1 != 0 {
        let told = unsafe varint(templateColumn, end, &isGood)
        guard unsafe told <= UInt64(state.scalars.pointee.templateCount), isGood else { return Self.badTemplate }
        number = UInt32(truncatingIfNeeded: told)
        if unsafe number == state.scalars.pointee.templateCount {
          guard unsafe readDefinition(templateColumn, end, areDefinitions, number, state.scalars.pointee.previousObject)
          else { return Self.badTemplate }
          unsafe state.scalars.pointee.templateCount &+= 1
          unsafe templates = unsafe predictors.templates
        }
        unsafe nextTemplate.pointee = number
      } else if unsafe state.scalars.pointee.templateCount == 0 {
        return Self.badTemplate
      }
      let template = unsafe templates + Int(number)
      let last = unsafe RecordTemplate.lasts(template)
      let symbol = unsafe template.pointee.symbol
      var step = symbol

      // 2., 3.
      let recordClass = unsafe template.pointee.recordClass
      let (word0, word1) = unsafe (template.pointee.word0, template.pointee.word1)
      if recordClass == RecordClass.birth {
        let type = UInt32(truncatingIfNeeded: word0) >> 8
        let object = unsafe state.decodeBirth(code >> 1 & 3, type, symbol, last, objects, &isGood)
        unsafe output[0] = word0 | UInt64(object) << 32
        unsafe output[1] = word1
        unsafe output += 2
      } else if recordClass == RecordClass.death {
        let object = unsafe state.decodeDeath(code >> 1 & 3, &step, last, objects, &isGood)
        unsafe output[0] = word0 | UInt64(object) << 32
        unsafe output[1] = word1
        unsafe output += 2
      } else if recordClass == RecordClass.oneObject {
        let object = unsafe state.decode(code >> 1 & 3, 0, symbol, last, objects, &isGood)
        unsafe output[0] = word0 | UInt64(object) << 32
        unsafe output[1] = word1
        unsafe output += 2
      } else if recordClass == RecordClass.field {
        unsafe output[0] = word0
        unsafe readVariables(output, state, symbol, follow: code & 0x80 != 0, end, isRows: isRows, &isGood)
        if unsafe template.pointee.namesField {
          step = symbol ^ PredictorState.symbol(ofField: unsafe UInt32(truncatingIfNeeded: output[0] >> 8 & 0xFF_FFFF))
        }
        let object = unsafe state.decode(code >> 1 & 3, 0, step, last, objects, &isGood)
        let object1 = unsafe state.decode(code >> 3 & 3, 1, step, last, objects, &isGood)
        let object2 = unsafe state.decode(code >> 5 & 3, 2, step, last, objects, &isGood)
        unsafe output[0] |= UInt64(object) << 32
        unsafe output[1] = UInt64(object1) | UInt64(object2) << 32
        unsafe output += 2
      } else if recordClass == RecordClass.fixed {
        unsafe output[0] = word0
        unsafe output[1] = word1
        unsafe output += 2
      } else {
        let count = unsafe decodeOther(
          template.pointee, last, code, output, wordsEnd, objects, state, end, isRows: isRows, &isGood)
        if count == 0 { return "a chunk's record is cut or too long" }
        unsafe output += count
      }
      state.step(step)
      if !isGood { return Self.cut }
    }
    if run != 0 { return "a chunk's run is longer than its records" }
    predictors.end(state)
    return unsafe output == wordsEnd ? nil : "a chunk's records are smaller than its header says"
  }

  /// A new template at the end; false when its kind is unknown or of the wrong sort of chunk.
  @inline(never)
  private func readDefinition(
    _ stream: Int, _ end: UnsafePointer<UInt8>, _ areDefinitions: Bool, _ number: UInt32, _ last: UInt32
  ) -> Bool {
    let place = unsafe next[stream]
    guard unsafe place < end else { return false }
    let kind = unsafe Int(place.pointee)
    unsafe next[stream] = unsafe place + 1
    let shape = unsafe table.shapes + kind
    guard unsafe shape.pointee.recordClass != RecordClass.unknown, (kind < 16) == areDefinitions else { return false }
    let before = unsafe predictors.lastDefined[kind]
    var word0 = UInt64(kind)
    var word1: UInt64 = 0
    var isGood = true
    for index in unsafe 0..<Int(shape.pointee.staticCount) {
      let field = unsafe table.statics[Int(shape.pointee.staticBegin) + index]
      var old: UInt64 = 0
      if before != 0 {
        let template = unsafe predictors.templates + Int(before - 1)
        old =
          unsafe (field.word == 0 ? template.pointee.word0 : template.pointee.word1) >> UInt64(field.shift) & field.mask
      }
      let value = unsafe old &+ UInt64(bitPattern: unzigzag(varint(stream, end, &isGood))) & field.mask
      if field.word == 0 {
        word0 |= (value & field.mask) << UInt64(field.shift)
      } else {
        word1 |= (value & field.mask) << UInt64(field.shift)
      }
    }
    unsafe predictors.append(RecordTemplate(word0: word0, word1: word1, shape: shape.pointee, last: last), at: number)
    unsafe predictors.lastDefined[kind] = number + 1
    return isGood
  }

  /// A record of class `other`; returns its words, 0 when it does not fit or says wrongly that variables follow.
  @inline(__always)
  private func decodeOther(
    _ template: RecordTemplate, _ last: UnsafeMutablePointer<UInt32>, _ code: UInt8,
    _ output: UnsafeMutablePointer<UInt64>, _ wordsEnd: UnsafeMutablePointer<UInt64>, _ objects: ObjectColumn,
    _ state: PredictorState, _ end: UnsafePointer<UInt8>, isRows: Bool, _ isGood: inout Bool
  ) -> Int {
    let shape = unsafe table.shapes + Int(template.word0 & 0xFF)
    let fixed = unsafe Int(shape.pointee.words)
    guard unsafe wordsEnd - output >= fixed else { return 0 }
    unsafe output[0] = template.word0
    unsafe output[1] = template.word1
    for index in 2..<max(fixed, 2) { unsafe output[index] = 0 }
    unsafe readVariables(output, state, template.symbol, follow: code & 0x80 != 0, end, isRows: isRows, &isGood)
    for position in unsafe 0..<UInt32(shape.pointee.objectCount) {
      let own = code >> (1 &+ 2 &* UInt8(position)) & 3
      let object = unsafe state.decode(own, position, template.symbol, last, objects, &isGood)
      let place = unsafe shape.pointee.objectPlace(Int(position))
      unsafe output[place.word] |= UInt64(object) &<< place.shift
    }
    guard unsafe shape.pointee.hasPayload else { return fixed }
    return code & 0x80 != 0 ? unsafe decodePayload(output, fixed, wordsEnd, end, isRows: isRows) : 0
  }

  /// The variables of the record at `output`: written ones where they `follow`, else those expected.
  @inline(__always)
  private func readVariables(
    _ output: UnsafeMutablePointer<UInt64>, _ state: PredictorState, _ symbol: UInt32, follow: Bool,
    _ end: UnsafePointer<UInt8>, isRows: Bool, _ isGood: inout Bool
  ) {
    let shape = unsafe table.shapes + Int(output[0] & 0xFF)
    let path = unsafe state.scalars.pointee.path
    let registers = unsafe predictors.registers
    var field = unsafe table.variables + Int(shape.pointee.variableBegin)
    for index in unsafe 0..<UInt32(shape.pointee.variableCount) {
      let place = unsafe state.tables.variable(path, symbol, index)
      var value = unsafe place.pointee.expected & field.pointee.mask
      if follow {
        let column = unsafe Int(field.pointee.column)
        let delta = unsafe unzigzag(varint(isRows ? 0 : column, end, &isGood))
        value = unsafe (registers[column] &+ UInt64(bitPattern: delta)) & field.pointee.mask
        unsafe registers[column] = value
      }
      unsafe place.pointee.note(value)
      unsafe output[Int(field.pointee.word)] |= value &<< UInt64(field.pointee.shift)
      unsafe field += 1
    }
  }

  private func decodePayload(
    _ output: UnsafeMutablePointer<UInt64>, _ fixed: Int, _ wordsEnd: UnsafeMutablePointer<UInt64>,
    _ end: UnsafePointer<UInt8>, isRows: Bool
  ) -> Int {
    let length = unsafe Int(output[1] & 0xFFFF_FFFF)
    let stream = isRows ? 0 : Column.payload
    let total = fixed + (length + 15) / 16 * 2
    guard length <= payloadBytesMax, unsafe end - next[stream] >= length, unsafe wordsEnd - output >= total else {
      return 0
    }
    for index in fixed..<total { unsafe output[index] = 0 }
    let bytes = unsafe UnsafeMutableRawPointer(output + fixed)
    unsafe bytes.copyMemory(from: next[stream], byteCount: length)
    unsafe next[stream] += length
    return total
  }
}
