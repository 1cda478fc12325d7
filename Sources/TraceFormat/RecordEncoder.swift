// Raw records of one chunk into the layouts `rows` and `columns`. The other direction is RecordDecoder.swift; the
// scheme stands in Predictors.swift. Hot: raw pointers only, no allocation per record.

import TraceModel

/// Safe: the caller passes whole, validated records; every pointer below stays inside them or inside a table that this
/// object owns.
@safe final class RecordEncoder {
  private let table = CodecTable.shared
  private let predictors = Predictors()
  let streams = OutputStreams()
  /// Template numbers + 1 by hash of their words; grows with the chunk's templates.
  private var hash: UnsafeMutablePointer<UInt32>
  private var hashBits: UInt64 = 13
  private(set) var output: [UInt8] = []

  init() {
    unsafe hash = .allocate(capacity: 1 << Int(hashBits))
  }

  deinit { unsafe hash.deallocate() }

  /// Encodes into `output`; false when a record has bits that no field covers (then only layout `raw` keeps it).
  func encode(_ words: UnsafePointer<UInt64>, count: Int, layout: ChunkLayout) -> Bool {
    predictors.reset()
    streams.reset()
    unsafe hash.initialize(repeating: 0, count: 1 << Int(hashBits))
    switch layout {
    case .raw: return false
    case .rows:
      guard unsafe encodeRecords(words, words + count, isRows: true) else { return false }
      output.removeAll(keepingCapacity: true)
      unsafe output.append(contentsOf: streams.bytes(0))
    case .columns:
      guard unsafe encodeRecords(words, words + count, isRows: false) else { return false }
      gatherColumns()
    }
    return true
  }

  /// The columns' directory, then the columns: u16 count, for each u16 number and u32 bytes.
  private func gatherColumns() {
    output.removeAll(keepingCapacity: true)
    var directory = ByteWriter()
    let used = table.columnNumbers.indices.filter { streams.count($0) > 0 }
    directory.append(UInt16(used.count))
    for column in used {
      directory.append(table.columnNumbers[column])
      directory.append(UInt32(streams.count(column)))
    }
    output.append(contentsOf: directory.bytes)
    for column in used { unsafe output.append(contentsOf: streams.bytes(column)) }
  }

  /// 1. Template: predicted, or looked up. 2. Objects: the codes of their predictions. 3. A full hit lengthens the run;
  /// else control byte, template number and objects are written. 4. Variables, in columns.
  @inline(__always)
  private func encodeRecords(_ begin: UnsafePointer<UInt64>, _ end: UnsafePointer<UInt64>, isRows: Bool) -> Bool {
    let control = Column.control
    let templateColumn = isRows ? 0 : Column.templates
    let objectColumn = isRows ? 0 : Column.objects
    let shapes = unsafe table.shapes
    let nextTemplate = unsafe predictors.nextTemplate
    let nextObject = unsafe predictors.nextObject
    let history = unsafe predictors.history
    let streams = self.streams
    var templates = unsafe predictors.templates
    var state = PredictorScalars()
    var run: UInt64 = 0
    var stray: UInt64 = 0
    var record = unsafe begin

    while unsafe record < end {
      let word0 = unsafe record[0]
      let word1 = unsafe record[1]
      let shape = unsafe shapes + Int(word0 & 0xFF)
      unsafe stray |= word0 & ~shape.pointee.allowed.0 | word1 & ~shape.pointee.allowed.1

      // 1.
      let static0 = unsafe word0 & shape.pointee.static0
      let static1 = unsafe word1 & shape.pointee.static1
      let context = Predictors.templateContext(state.previousTemplate, state.beforePreviousTemplate)
      var number = unsafe nextTemplate[context]
      var code: UInt8 = 0
      if unsafe state.templateCount == 0 || templates[Int(number)].word0 != static0
        || templates[Int(number)].word1 != static1
      {
        code = 1
        number = unsafe find(static0, static1, shape, &state)
        unsafe templates = unsafe predictors.templates
        unsafe nextTemplate[context] = number
      }
      state.beforePreviousTemplate = state.previousTemplate
      state.previousTemplate = number
      let template = unsafe templates + Int(number)
      let recordClass = unsafe shape.pointee.recordClass

      // 2.
      var value0: UInt32 = 0
      var value1: UInt32 = 0
      var value2: UInt32 = 0
      if recordClass == RecordClass.oneObject || recordClass == RecordClass.threeObjects {
        let object = UInt32(truncatingIfNeeded: word0 >> 32)
        let slot = Predictors.objectContext(number, 0, state.previousObject)
        let c = unsafe predict(
          object, nextObject + slot, &template.pointee.last.0, &template.pointee.step.0, history, &state, &value0)
        code |= c << 1
        if recordClass == RecordClass.threeObjects {
          unsafe code |=
            second(template, number, UInt32(truncatingIfNeeded: word1), nextObject, history, &state, &value1) << 3
          unsafe code |=
            third(template, number, UInt32(truncatingIfNeeded: word1 >> 32), nextObject, history, &state, &value2) << 5
        }
      } else if recordClass >= RecordClass.birth {
        // N.B. a copy, so that the scalars stay in registers on all other paths.
        var (scalars, value) = (state, UInt32(0))
        unsafe code |=
          heapObject(word0, recordClass, template, number, nextObject, history, &scalars, &value) << 1
        (state, value0) = (scalars, value)
      } else if recordClass == RecordClass.other {
        let places = unsafe shape.pointee.objectWords
        let shifts = unsafe shape.pointee.objectShifts
        if unsafe shape.pointee.objectCount > 0 {
          let object = unsafe UInt32(truncatingIfNeeded: record[Int(places.0)] >> UInt64(shifts.0))
          let slot = Predictors.objectContext(number, 0, state.previousObject)
          unsafe code |=
            predict(
              object, nextObject + slot, &template.pointee.last.0, &template.pointee.step.0, history, &state, &value0)
            << 1
        }
        if unsafe shape.pointee.objectCount > 1 {
          let object = unsafe UInt32(truncatingIfNeeded: record[Int(places.1)] >> UInt64(shifts.1))
          unsafe code |= second(template, number, object, nextObject, history, &state, &value1) << 3
        }
        if unsafe shape.pointee.objectCount > 2 {
          let object = unsafe UInt32(truncatingIfNeeded: record[Int(places.2)] >> UInt64(shifts.2))
          unsafe code |= third(template, number, object, nextObject, history, &state, &value2) << 5
        }
        if unsafe shape.pointee.hasVariables { code |= 0x80 }
      }

      // 3.
      if code == 0 {
        run &+= 1
        unsafe record += 2
        if recordClass == RecordClass.other { unsafe record += Int(shape.pointee.words) &- 2 }
        continue
      }
      streams.ensure(control, 128)
      if run > 0 {
        streams.byte(control, 0)
        streams.varint(control, run)
        run = 0
      }
      streams.byte(control, code)
      if code & 1 != 0 {
        if !isRows { streams.ensure(templateColumn, 80) }
        streams.varint(templateColumn, UInt64(number))
        if number == state.templateCount &- 1, newTemplate {
          unsafe writeDefinition(number, static0, static1, shape, templateColumn)
          newTemplate = false
        }
      }
      if code & 0x7E != 0 {
        if !isRows { streams.ensure(objectColumn, 32) }
        if code & 0x04 != 0 { streams.varint(objectColumn, UInt64(value0)) }
        if code & 0x10 != 0 { streams.varint(objectColumn, UInt64(value1)) }
        if code & 0x40 != 0 { streams.varint(objectColumn, UInt64(value2)) }
      }

      // 4.
      if recordClass == RecordClass.other {
        unsafe record += encodeVariables(record, shape, isRows: isRows, &stray)
      } else {
        unsafe record += 2
      }
    }
    if run > 0 {
      streams.ensure(control, 16)
      streams.byte(control, 0)
      streams.varint(control, run)
    }
    return stray == 0
  }

  /// Whether the last `find` made a template whose definition is still to be written.
  private var newTemplate = false

  /// The code of a birth's or death's object, as `predict`.
  @inline(never)
  private func heapObject(
    _ word0: UInt64, _ recordClass: UInt8, _ template: UnsafeMutablePointer<RecordTemplate>, _ number: UInt32,
    _ nextObject: UnsafeMutablePointer<UInt32>, _ history: UnsafeMutablePointer<UInt32>,
    _ state: inout PredictorScalars, _ value: inout UInt32
  ) -> UInt8 {
    let heap = predictors.heap
    let object = UInt32(truncatingIfNeeded: word0 >> 32)
    let slot = Predictors.objectContext(number, 0, state.previousObject)
    let isBirth = recordClass == RecordClass.birth
    let type = UInt32(truncatingIfNeeded: word0) >> 8
    let (expected, other) = isBirth ? (heap.birth(type), 0) : heap.death(state.lastDeath)
    let code = unsafe predict(
      object, nextObject + slot, &template.pointee.last.0, &template.pointee.step.0, history, &state, &value,
      expected: expected, other: other)
    if isBirth { heap.noteBirth(object, type, &state.lastBirth) } else { heap.noteDeath(object, &state.lastDeath) }
    return code
  }

  /// The code of `object` and, for codes 2 and 3, the value to write; brings the predictors up to date. `expected` and `other` are what
  /// HeapPredictor names, 0: nothing.
  @inline(__always)
  private func predict(
    _ object: UInt32, _ next: UnsafeMutablePointer<UInt32>, _ last: inout UInt32, _ step: inout UInt32,
    _ history: UnsafeMutablePointer<UInt32>, _ state: inout PredictorScalars, _ value: inout UInt32,
    expected: UInt32 = 0, other: UInt32 = 0
  ) -> UInt8 {
    var code: UInt8 = 0
    if unsafe next.pointee != object {
      unsafe next.pointee = object
      if (expected != 0 ? expected : last &+ step) == object {
        code = 1
      } else {
        code = unsafe remember(object, last, history, state.historyPosition, &value)
        if code == 3, other != 0, other == object {
          code = 2
          value = UInt32(Predictors.historyCount)
        }
      }
    }
    step = object &- last
    last = object
    unsafe state.note(object, in: history)
    return code
  }

  @inline(__always)
  private func second(
    _ template: UnsafeMutablePointer<RecordTemplate>, _ number: UInt32, _ object: UInt32,
    _ nextObject: UnsafeMutablePointer<UInt32>, _ history: UnsafeMutablePointer<UInt32>,
    _ state: inout PredictorScalars,
    _ value: inout UInt32
  ) -> UInt8 {
    let slot = Predictors.objectContext(number, 1, state.previousObject)
    return unsafe predict(
      object, nextObject + slot, &template.pointee.last.1, &template.pointee.step.1, history, &state, &value)
  }

  @inline(__always)
  private func third(
    _ template: UnsafeMutablePointer<RecordTemplate>, _ number: UInt32, _ object: UInt32,
    _ nextObject: UnsafeMutablePointer<UInt32>, _ history: UnsafeMutablePointer<UInt32>,
    _ state: inout PredictorScalars,
    _ value: inout UInt32
  ) -> UInt8 {
    let slot = Predictors.objectContext(number, 2, state.previousObject)
    return unsafe predict(
      object, nextObject + slot, &template.pointee.last.2, &template.pointee.step.2, history, &state, &value)
  }

  /// Code 2 with the distance when `object` is among the recent ones, else code 3 with the delta.
  @inline(__always)
  private func remember(
    _ object: UInt32, _ last: UInt32, _ history: UnsafeMutablePointer<UInt32>, _ position: UInt32, _ value: inout UInt32
  ) -> UInt8 {
    // N.B. a comparison of SIMD16 compiles to a loop over lanes; this one becomes four vector comparisons.
    var hits: UInt32 = 0
    for index in 0..<UInt32(Predictors.historyCount) { unsafe hits |= (history[Int(index)] == object ? 1 : 0) << index }
    if hits != 0 {
      // Turned so that the latest is bit 15; the nearest hit is then the highest.
      let place = position & 15
      let turned = (hits << (15 &- place) | hits >> (place &+ 1)) & 0xFFFF
      value = UInt32(UInt16(truncatingIfNeeded: turned).leadingZeroBitCount)
      return 2
    }
    value = UInt32(truncatingIfNeeded: zigzag(Int64(Int32(bitPattern: object &- last))))
    return 3
  }

  /// The template with these words: an old one, or a new one at the end.
  @inline(never)
  private func find(
    _ word0: UInt64, _ word1: UInt64, _ shape: UnsafePointer<KindShape>, _ state: inout PredictorScalars
  ) -> UInt32 {
    var slot = hashSlot(word0, word1)
    while unsafe hash[slot] != 0 {
      let found = unsafe predictors.templates + Int(hash[slot] &- 1)
      if unsafe found.pointee.word0 == word0, unsafe found.pointee.word1 == word1 { return unsafe hash[slot] &- 1 }
      slot = (slot + 1) & (1 << Int(hashBits) - 1)
    }
    let number = state.templateCount
    if Int(number) == predictors.templateCapacity { predictors.growTemplates() }
    let start = state.previousObject
    unsafe (predictors.templates + Int(number)).initialize(
      to: RecordTemplate(
        word0: word0, word1: word1, last: (start, start, start), step: (0, 0, 0), recordClass: shape.pointee.recordClass
      ))
    unsafe hash[slot] = number + 1
    state.templateCount = number + 1
    newTemplate = true
    if Int(state.templateCount) * 2 > 1 << Int(hashBits) { growHash(state.templateCount) }
    return number
  }

  @inline(__always) private func hashSlot(_ word0: UInt64, _ word1: UInt64) -> Int {
    let mixed = (word0 ^ word1 &* 0x9E37_79B1_85EB_CA87 ^ word0 >> 32) &* 0xC2B2_AE3D_27D4_EB4F
    return Int(truncatingIfNeeded: mixed >> (64 &- hashBits))
  }

  private func growHash(_ count: UInt32) {
    unsafe hash.deallocate()
    hashBits += 2
    unsafe hash = .allocate(capacity: 1 << Int(hashBits))
    unsafe hash.initialize(repeating: 0, count: 1 << Int(hashBits))
    for number in 0..<count {
      let template = unsafe predictors.templates + Int(number)
      var slot = unsafe hashSlot(template.pointee.word0, template.pointee.word1)
      while unsafe hash[slot] != 0 { slot = (slot + 1) & (1 << Int(hashBits) - 1) }
      unsafe hash[slot] = number + 1
    }
  }

  /// A new template's content: its kind byte, then each static field as a delta to the kind's template defined before.
  private func writeDefinition(
    _ number: UInt32, _ word0: UInt64, _ word1: UInt64, _ shape: UnsafePointer<KindShape>, _ column: Int
  ) {
    let kind = Int(word0 & 0xFF)
    let before = unsafe predictors.lastDefined[kind]
    var old0: UInt64 = 0
    var old1: UInt64 = 0
    if before != 0 {
      old0 = unsafe predictors.templates[Int(before) - 1].word0
      old1 = unsafe predictors.templates[Int(before) - 1].word1
    }
    unsafe predictors.lastDefined[kind] = number + 1
    streams.byte(column, UInt8(kind))
    for index in unsafe 0..<Int(shape.pointee.staticCount) {
      let field = unsafe table.statics[Int(shape.pointee.staticBegin) + index]
      let new = (field.word == 0 ? word0 : word1) >> UInt64(field.shift) & field.mask
      let old = (field.word == 0 ? old0 : old1) >> UInt64(field.shift) & field.mask
      streams.varint(column, zigzag(Int64(bitPattern: new &- old)))
    }
  }

  /// Variables and payload of a record; returns its words.
  private func encodeVariables(
    _ record: UnsafePointer<UInt64>, _ shape: UnsafePointer<KindShape>, isRows: Bool, _ stray: inout UInt64
  ) -> Int {
    let fixed = unsafe Int(shape.pointee.words)
    if fixed > 2 { unsafe stray |= record[2] & ~shape.pointee.allowed.2 | record[3] & ~shape.pointee.allowed.3 }
    if fixed > 4 { unsafe stray |= record[4] & ~shape.pointee.allowed.4 | record[5] & ~shape.pointee.allowed.5 }
    for index in unsafe 0..<Int(shape.pointee.variableCount) {
      let field = unsafe table.variables[Int(shape.pointee.variableBegin) + index]
      let value = unsafe record[Int(field.word)] >> UInt64(field.shift) & field.mask
      let delta = unsafe value &- predictors.registers[Int(field.column)]
      unsafe predictors.registers[Int(field.column)] = value
      let stream = isRows ? 0 : Int(field.column)
      streams.ensure(stream, 16)
      streams.varint(stream, zigzag(Int64(bitPattern: delta)))
    }
    guard unsafe shape.pointee.hasPayload else { return fixed }
    let length = unsafe Int(record[1] & 0xFFFF_FFFF)
    let stream = isRows ? 0 : Column.payload
    streams.ensure(stream, length)
    let bytes = unsafe UnsafeRawPointer(record + fixed)
    unsafe streams.next[stream].update(from: bytes.assumingMemoryBound(to: UInt8.self), count: length)
    unsafe streams.next[stream] += length
    let total = fixed + (length + 15) / 16 * 2
    for index in length..<(total - fixed) * 8 {
      unsafe stray |= UInt64(bytes.load(fromByteOffset: index, as: UInt8.self))
    }
    return total
  }
}
