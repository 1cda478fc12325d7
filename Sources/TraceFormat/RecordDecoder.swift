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
    predictors.reset()
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
    if let failure { return failure }
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

  /// Reads a varint of `stream`; nil beyond the end of the input or beyond 64 bits.
  @inline(__always) private func varint(_ stream: Int, _ end: UnsafePointer<UInt8>, _ isGood: inout Bool) -> UInt64 {
    let place = unsafe next[stream]
    if unsafe place >= end {
      isGood = false
      return 0
    }
    let first = unsafe place.pointee
    if first < 0x80 {
      unsafe next[stream] = unsafe place + 1
      return UInt64(first)
    }
    return longVarint(stream, &isGood)
  }

  @inline(never) private func longVarint(_ stream: Int, _ isGood: inout Bool) -> UInt64 {
    var place = unsafe next[stream]
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 70 {
      let byte = unsafe place.pointee
      unsafe place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        unsafe next[stream] = unsafe place
        return value
      }
      shift += 7
    }
    isGood = false
    return 0
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
    let objectColumn = isRows ? 0 : Column.objects
    let nextTemplate = unsafe predictors.nextTemplate
    let nextObject = unsafe predictors.nextObject
    let history = unsafe predictors.history
    var templates = unsafe predictors.templates
    var state = PredictorScalars()
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
      let context = Predictors.templateContext(state.previousTemplate, state.beforePreviousTemplate)
      var number = unsafe nextTemplate[context]
      if code & 1 != 0 {
        let told = unsafe varint(templateColumn, end, &isGood)
        guard told <= UInt64(state.templateCount), isGood else { return Self.badTemplate }
        number = UInt32(truncatingIfNeeded: told)
        if number == state.templateCount {
          guard unsafe readDefinition(templateColumn, end, areDefinitions, &state) else { return Self.badTemplate }
          unsafe templates = unsafe predictors.templates
        }
        unsafe nextTemplate[context] = number
      } else if state.templateCount == 0 {
        return Self.badTemplate
      }
      state.beforePreviousTemplate = state.previousTemplate
      state.previousTemplate = number
      let template = unsafe templates + Int(number)

      // 2., 3.
      let recordClass = unsafe template.pointee.recordClass
      if recordClass == RecordClass.oneObject || recordClass == RecordClass.threeObjects {
        let slot = Predictors.objectContext(number, 0, state.previousObject)
        let object = unsafe predict(
          code >> 1 & 3, nextObject + slot, &template.pointee.last.0, &template.pointee.step.0, history, &state,
          objectColumn, end, &isGood)
        unsafe output[0] = unsafe template.pointee.word0 | UInt64(object) << 32
        if recordClass == RecordClass.threeObjects {
          let slot1 = Predictors.objectContext(number, 1, state.previousObject)
          let object1 = unsafe predict(
            code >> 3 & 3, nextObject + slot1, &template.pointee.last.1, &template.pointee.step.1, history, &state,
            objectColumn, end, &isGood)
          let slot2 = Predictors.objectContext(number, 2, state.previousObject)
          let object2 = unsafe predict(
            code >> 5 & 3, nextObject + slot2, &template.pointee.last.2, &template.pointee.step.2, history, &state,
            objectColumn, end, &isGood)
          unsafe output[1] = UInt64(object1) | UInt64(object2) << 32
        } else {
          unsafe output[1] = unsafe template.pointee.word1
        }
        unsafe output += 2
      } else if recordClass >= RecordClass.birth {
        // N.B. a copy, so that the scalars stay in registers on all other paths.
        var scalars = state
        let object = unsafe heapObject(
          template, number, code >> 1 & 3, nextObject, history, &scalars, objectColumn, end, &isGood)
        state = scalars
        unsafe output[0] = unsafe template.pointee.word0 | UInt64(object) << 32
        unsafe output[1] = unsafe template.pointee.word1
        unsafe output += 2
      } else if recordClass == RecordClass.fixed {
        unsafe output[0] = unsafe template.pointee.word0
        unsafe output[1] = unsafe template.pointee.word1
        unsafe output += 2
      } else {
        let count = unsafe decodeOther(
          template, number, code, output, wordsEnd, &state, end, isRows: isRows, objectColumn, &isGood)
        if count == 0 { return "a chunk's record is cut or too long" }
        unsafe output += count
      }
      if !isGood { return Self.cut }
    }
    if run != 0 { return "a chunk's run is longer than its records" }
    return unsafe output == wordsEnd ? nil : "a chunk's records are smaller than its header says"
  }

  /// The object of a birth or death, as `predict`.
  @inline(never)
  private func heapObject(
    _ template: UnsafeMutablePointer<RecordTemplate>, _ number: UInt32, _ code: UInt8,
    _ nextObject: UnsafeMutablePointer<UInt32>, _ history: UnsafeMutablePointer<UInt32>,
    _ state: inout PredictorScalars, _ stream: Int, _ end: UnsafePointer<UInt8>, _ isGood: inout Bool
  ) -> UInt32 {
    let heap = predictors.heap
    let slot = Predictors.objectContext(number, 0, state.previousObject)
    let isBirth = unsafe template.pointee.recordClass == RecordClass.birth
    let type = unsafe UInt32(truncatingIfNeeded: template.pointee.word0) >> 8
    let (expected, other) = isBirth ? (heap.birth(type), 0) : heap.death(state.lastDeath)
    let object = unsafe predict(
      code, nextObject + slot, &template.pointee.last.0, &template.pointee.step.0, history, &state, stream, end,
      &isGood, expected: expected, other: other)
    if isBirth { heap.noteBirth(object, type, &state.lastBirth) } else { heap.noteDeath(object, &state.lastDeath) }
    return object
  }

  /// The object that `code` stands for; brings the predictors up to date. `expected` and `other` as in the encoder.
  @inline(__always)
  private func predict(
    _ code: UInt8, _ next: UnsafeMutablePointer<UInt32>, _ last: inout UInt32, _ step: inout UInt32,
    _ history: UnsafeMutablePointer<UInt32>, _ state: inout PredictorScalars, _ stream: Int,
    _ end: UnsafePointer<UInt8>,
    _ isGood: inout Bool, expected: UInt32 = 0, other: UInt32 = 0
  ) -> UInt32 {
    var object: UInt32
    if code == 0 {
      object = unsafe next.pointee
    } else {
      if code == 1 {
        object = expected != 0 ? expected : last &+ step
      } else {
        let value = unsafe varint(stream, end, &isGood)
        if code == 2, value == UInt64(Predictors.historyCount), other != 0 {
          object = other
        } else if code == 2 {
          object = unsafe history[Int((state.historyPosition &- UInt32(truncatingIfNeeded: value)) & 15)]
        } else {
          object = last &+ UInt32(truncatingIfNeeded: unzigzag(value))
        }
      }
      unsafe next.pointee = object
    }
    step = object &- last
    last = object
    unsafe state.note(object, in: history)
    return object
  }

  /// A new template at the end; false when its kind is unknown or of the wrong sort of chunk.
  @inline(never)
  private func readDefinition(
    _ stream: Int, _ end: UnsafePointer<UInt8>, _ areDefinitions: Bool, _ state: inout PredictorScalars
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
    let number = state.templateCount
    if Int(number) == predictors.templateCapacity { predictors.growTemplates() }
    let start = state.previousObject
    unsafe (predictors.templates + Int(number)).initialize(
      to: RecordTemplate(
        word0: word0, word1: word1, last: (start, start, start), step: (0, 0, 0), recordClass: shape.pointee.recordClass
      ))
    unsafe predictors.lastDefined[kind] = number + 1
    state.templateCount = number + 1
    return isGood
  }

  /// A record of class `other`; returns its words, 0 when it does not fit or should not stand in a run.
  private func decodeOther(
    _ template: UnsafeMutablePointer<RecordTemplate>, _ number: UInt32, _ code: UInt8,
    _ output: UnsafeMutablePointer<UInt64>,
    _ wordsEnd: UnsafeMutablePointer<UInt64>, _ state: inout PredictorScalars, _ end: UnsafePointer<UInt8>,
    isRows: Bool,
    _ objectColumn: Int, _ isGood: inout Bool
  ) -> Int {
    let shape = unsafe table.shapes + Int(template.pointee.word0 & 0xFF)
    let fixed = unsafe Int(shape.pointee.words)
    guard unsafe wordsEnd - output >= fixed, unsafe shape.pointee.hasVariables == (code & 0x80 != 0) else { return 0 }
    unsafe output[0] = unsafe template.pointee.word0
    unsafe output[1] = unsafe template.pointee.word1
    for index in 2..<max(fixed, 2) { unsafe output[index] = 0 }
    let places = unsafe shape.pointee.objectWords
    let shifts = unsafe shape.pointee.objectShifts
    if unsafe shape.pointee.objectCount > 0 {
      let slot = Predictors.objectContext(number, 0, state.previousObject)
      let object = unsafe predict(
        code >> 1 & 3, predictors.nextObject + slot, &template.pointee.last.0, &template.pointee.step.0,
        predictors.history, &state, objectColumn, end, &isGood)
      unsafe output[Int(places.0)] |= UInt64(object) << UInt64(shifts.0)
    }
    if unsafe shape.pointee.objectCount > 1 {
      let slot = Predictors.objectContext(number, 1, state.previousObject)
      let object = unsafe predict(
        code >> 3 & 3, predictors.nextObject + slot, &template.pointee.last.1, &template.pointee.step.1,
        predictors.history, &state, objectColumn, end, &isGood)
      unsafe output[Int(places.1)] |= UInt64(object) << UInt64(shifts.1)
    }
    if unsafe shape.pointee.objectCount > 2 {
      let slot = Predictors.objectContext(number, 2, state.previousObject)
      let object = unsafe predict(
        code >> 5 & 3, predictors.nextObject + slot, &template.pointee.last.2, &template.pointee.step.2,
        predictors.history, &state, objectColumn, end, &isGood)
      unsafe output[Int(places.2)] |= UInt64(object) << UInt64(shifts.2)
    }
    for index in unsafe 0..<Int(shape.pointee.variableCount) {
      let field = unsafe table.variables[Int(shape.pointee.variableBegin) + index]
      let delta = unsafe unzigzag(varint(isRows ? 0 : Int(field.column), end, &isGood))
      let value = unsafe (predictors.registers[Int(field.column)] &+ UInt64(bitPattern: delta)) & field.mask
      unsafe predictors.registers[Int(field.column)] = value
      unsafe output[Int(field.word)] |= value << UInt64(field.shift)
    }
    return unsafe shape.pointee.hasPayload ? decodePayload(output, fixed, wordsEnd, end, isRows: isRows) : fixed
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
