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
  private var hashBits: UInt32 = 13
  private(set) var output: [UInt8] = []

  init() {
    unsafe hash = .allocate(capacity: 1 << Int(hashBits))
  }

  deinit { unsafe hash.deallocate() }

  /// Encodes into `output`; false when a record has bits that no field covers (then only layout `raw` keeps it).
  func encode(_ words: UnsafePointer<UInt64>, count: Int, layout: ChunkLayout) -> Bool {
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

  /// 1. Template: predicted, or looked up. 2. Objects: the codes of their predictions. 3. Variables that do not stand still. 4. A full hit
  /// lengthens the run; else control byte, template number, objects and variables are written.
  @inline(__always)
  private func encodeRecords(_ begin: UnsafePointer<UInt64>, _ end: UnsafePointer<UInt64>, isRows: Bool) -> Bool {
    let control = Column.control
    let templateColumn = isRows ? 0 : Column.templates
    let objectColumn = isRows ? 0 : Column.objects
    let shapes = unsafe table.shapes
    let streams = self.streams
    let state = predictors.begin()
    var templates = unsafe predictors.templates
    var run: UInt64 = 0
    var stray: UInt64 = 0
    var record = unsafe begin

    while unsafe record < end {
      let word0 = unsafe record[0]
      let word1 = unsafe record[1]

      // 1.
      let nextTemplate = unsafe state.tables.nextTemplate(state.scalars.pointee.path)
      var number = unsafe nextTemplate.pointee
      var template = unsafe templates + Int(number)
      let object = UInt32(truncatingIfNeeded: word0 >> 32)
      var code: UInt8 = 0
      var isNew = false
      if unsafe word0 & template.pointee.mask0 == template.pointee.word0
        && word1 & template.pointee.mask1 == template.pointee.word1
      {
        // The commonest records, when all is as predicted: without what the others need.
        if unsafe isHit(object, UInt32(truncatingIfNeeded: word0) >> 8, template, state) {
          run &+= 1
          unsafe record += 2
          continue
        }
      } else {
        code = 1
        let count = unsafe state.scalars.pointee.templateCount
        number = find(word0, word1, count)
        if number == count {
          isNew = true
          unsafe stray |= append(word0, word1, last: state.scalars.pointee.previousObject, at: count)
          unsafe state.scalars.pointee.templateCount = count &+ 1
          unsafe templates = unsafe predictors.templates
        }
        unsafe template = unsafe templates + Int(number)
        unsafe nextTemplate.pointee = number
      }
      let lasts = unsafe RecordTemplate.lasts(template)
      let symbol = unsafe template.pointee.symbol
      let recordClass = unsafe template.pointee.recordClass
      var step = symbol

      // 2.
      var first: PredictorState.Coded = (0, 0)
      var second: PredictorState.Coded = (0, 0)
      var third: PredictorState.Coded = (0, 0)
      if recordClass == RecordClass.birth {
        unsafe first = state.codeBirth(object, UInt32(truncatingIfNeeded: word0) >> 8, symbol, lasts)
      } else if recordClass == RecordClass.death {
        unsafe first = state.codeDeath(object, &step, lasts)
      } else if recordClass == RecordClass.oneObject {
        unsafe first = state.code(object, 0, symbol, lasts)
      } else if recordClass == RecordClass.field {
        let name = word0 >> 8 & 0xFF_FFFF
        let place = unsafe state.tables.variable(state.scalars.pointee.path, symbol, 0)
        if unsafe place.pointee.expected & 0xFF_FFFF != name { code |= 0x80 }
        unsafe place.pointee.note(name)
        if unsafe template.pointee.namesField {
          step = symbol ^ PredictorState.symbol(ofField: UInt32(truncatingIfNeeded: name))
        }
        unsafe first = state.code(object, 0, step, lasts)
        unsafe second = state.code(UInt32(truncatingIfNeeded: word1), 1, step, lasts)
        unsafe third = state.code(UInt32(truncatingIfNeeded: word1 >> 32), 2, step, lasts)
      } else if recordClass == RecordClass.other {
        let shape = unsafe shapes + Int(word0 & 0xFF)
        let count = unsafe shape.pointee.objectCount
        if count > 0 { unsafe first = state.code(shape.pointee.object(0, of: record), 0, symbol, lasts) }
        if count > 1 { unsafe second = state.code(shape.pointee.object(1, of: record), 1, symbol, lasts) }
        if count > 2 { unsafe third = state.code(shape.pointee.object(2, of: record), 2, symbol, lasts) }
        // 3.
        let isExpected = unsafe areExpected(record, shape, state, symbol)
        if unsafe shape.pointee.hasPayload || !isExpected { code |= 0x80 }
      }
      code |= first.code << 1 | second.code << 3 | third.code << 5
      state.step(step)

      // 4.
      if code == 0 {
        run &+= 1
        unsafe record += 2
        if recordClass == RecordClass.other { unsafe record += fixedWords(record - 2, shapes, &stray) &- 2 }
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
        if isNew { writeDefinition(number, templateColumn) }
      }
      if code & 0x80 != 0 { unsafe writeVariables(record, isRows: isRows) }
      if code & 0x7E != 0 {
        if !isRows { streams.ensure(objectColumn, 32) }
        if code & 0x04 != 0 { streams.varint(objectColumn, UInt64(first.value)) }
        if code & 0x10 != 0 { streams.varint(objectColumn, UInt64(second.value)) }
        if code & 0x40 != 0 { streams.varint(objectColumn, UInt64(third.value)) }
      }
      if recordClass == RecordClass.other {
        let fixed = unsafe fixedWords(record, shapes, &stray)
        unsafe record += fixed
        if unsafe shapes[Int(word0 & 0xFF)].hasPayload {
          unsafe record += writePayload(record, count: Int(word1 & 0xFFFF_FFFF), isRows: isRows, &stray)
        }
      } else {
        unsafe record += 2
      }
    }
    if run > 0 {
      streams.ensure(control, 16)
      streams.byte(control, 0)
      streams.varint(control, run)
    }
    predictors.end(state)
    return stray == 0
  }

  /// Whether the object of a record of this template is what was predicted; if so, brings the predictors up to date, else leaves them alone.
  /// `type`: of a birth. Only for classes with one object in word 0 and no variables; false for the others.
  @inline(__always)
  private func isHit(
    _ object: UInt32, _ type: UInt32, _ template: UnsafeMutablePointer<RecordTemplate>, _ state: PredictorState
  ) -> Bool {
    let lasts = unsafe RecordTemplate.lasts(template)
    var step = unsafe template.pointee.symbol
    switch unsafe template.pointee.recordClass {
    case RecordClass.oneObject: guard unsafe state.isHit(object, step, lasts) else { return false }
    case RecordClass.birth: guard unsafe state.isBirthHit(object, type, lasts) else { return false }
    case RecordClass.death: guard unsafe state.isDeathHit(object, &step, lasts) else { return false }
    default: return false
    }
    state.step(step)
    return true
  }

  /// The number of the template of a record with these words; `count`, that of the templates, when there is none yet.
  @inline(never)
  private func find(_ word0: UInt64, _ word1: UInt64, _ count: UInt32) -> UInt32 {
    let templates = unsafe predictors.templates
    let shape = unsafe table.shapes + Int(word0 & 0xFF)
    let (own0, own1) = unsafe (word0 & shape.pointee.mask0, word1 & shape.pointee.mask1)
    var slot = Int(RecordTemplate.symbol(own0, own1) >> (32 &- hashBits))
    while unsafe hash[slot] != 0 {
      let found = unsafe templates + Int(hash[slot] &- 1)
      if unsafe found.pointee.word0 == own0, unsafe found.pointee.word1 == own1 { return unsafe hash[slot] &- 1 }
      slot = (slot + 1) & (1 << Int(hashBits) - 1)
    }
    return count
  }

  /// Puts the template of a record with these words at the end. Returns the words' bits that no field covers.
  @inline(never)
  private func append(_ word0: UInt64, _ word1: UInt64, last: UInt32, at count: UInt32) -> UInt64 {
    let shape = unsafe table.shapes + Int(word0 & 0xFF)
    let template = unsafe RecordTemplate(
      word0: word0 & shape.pointee.mask0, word1: word1 & shape.pointee.mask1, shape: shape.pointee, last: last)
    predictors.append(template, at: count)
    if Int(count + 1) * 2 > 1 << Int(hashBits) { growHash(count) }
    unsafe note(count, template.symbol, in: hash)
    return unsafe word0 & shape.pointee.forbidden.0 | word1 & shape.pointee.forbidden.1
  }

  private func note(_ number: UInt32, _ symbol: UInt32, in hash: UnsafeMutablePointer<UInt32>) {
    var slot = Int(symbol >> (32 &- hashBits))
    while unsafe hash[slot] != 0 { slot = (slot + 1) & (1 << Int(hashBits) - 1) }
    unsafe hash[slot] = number + 1
  }

  private func growHash(_ count: UInt32) {
    unsafe hash.deallocate()
    hashBits += 2
    unsafe hash = .allocate(capacity: 1 << Int(hashBits))
    unsafe hash.initialize(repeating: 0, count: 1 << Int(hashBits))
    for number in 0..<count { unsafe note(number, predictors.templates[Int(number)].symbol, in: hash) }
  }

  /// A new template's content: its kind byte, then each static field as a delta to the kind's template defined before.
  private func writeDefinition(_ number: UInt32, _ column: Int) {
    let (word0, word1) = unsafe (predictors.templates[Int(number)].word0, predictors.templates[Int(number)].word1)
    let kind = Int(word0 & 0xFF)
    let shape = unsafe table.shapes + kind
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

  /// Whether all variables of a record are what they were predicted to be; brings the predictions up to date.
  @inline(__always)
  private func areExpected(
    _ record: UnsafePointer<UInt64>, _ shape: UnsafePointer<KindShape>, _ state: PredictorState, _ symbol: UInt32
  ) -> Bool {
    let path = unsafe state.scalars.pointee.path
    var field = unsafe table.variables + Int(shape.pointee.variableBegin)
    var differences: UInt64 = 0
    for index in unsafe 0..<UInt32(shape.pointee.variableCount) {
      let value = unsafe record[Int(field.pointee.word)] &>> UInt64(field.pointee.shift) & field.pointee.mask
      let place = unsafe state.tables.variable(path, symbol, index)
      unsafe differences |= (place.pointee.expected ^ value) & field.pointee.mask
      unsafe place.pointee.note(value)
      unsafe field += 1
    }
    return differences == 0
  }

  /// The fixed words of a record of class `other`.
  @inline(__always)
  private func fixedWords(
    _ record: UnsafePointer<UInt64>, _ shapes: UnsafePointer<KindShape>, _ stray: inout UInt64
  ) -> Int {
    let shape = unsafe shapes + Int(record[0] & 0xFF)
    let fixed = unsafe Int(shape.pointee.words)
    if fixed > 2 { unsafe stray |= record[2] & shape.pointee.forbidden.2 | record[3] & shape.pointee.forbidden.3 }
    if fixed > 4 { unsafe stray |= record[4] & shape.pointee.forbidden.4 | record[5] & shape.pointee.forbidden.5 }
    return fixed
  }

  private func writeVariables(_ record: UnsafePointer<UInt64>, isRows: Bool) {
    let shape = unsafe table.shapes + Int(record[0] & 0xFF)
    let registers = unsafe predictors.registers
    let streams = self.streams
    var field = unsafe table.variables + Int(shape.pointee.variableBegin)
    for _ in unsafe 0..<Int(shape.pointee.variableCount) {
      let value = unsafe record[Int(field.pointee.word)] &>> UInt64(field.pointee.shift) & field.pointee.mask
      let column = unsafe Int(field.pointee.column)
      let delta = unsafe value &- registers[column]
      unsafe registers[column] = value
      let stream = isRows ? 0 : column
      streams.ensure(stream, 16)
      streams.varint(stream, zigzag(Int64(bitPattern: delta)))
      unsafe field += 1
    }
  }

  /// `count` bytes of payload; returns the words that they fill.
  private func writePayload(
    _ payload: UnsafePointer<UInt64>, count: Int, isRows: Bool, _ stray: inout UInt64
  ) -> Int {
    let stream = isRows ? 0 : Column.payload
    streams.ensure(stream, count)
    let bytes = unsafe UnsafeRawPointer(payload)
    unsafe streams.next[stream].update(from: bytes.assumingMemoryBound(to: UInt8.self), count: count)
    unsafe streams.next[stream] += count
    let words = (count + 15) / 16 * 2
    for index in count..<words * 8 { unsafe stray |= UInt64(bytes.load(fromByteOffset: index, as: UInt8.self)) }
    return words
  }
}
