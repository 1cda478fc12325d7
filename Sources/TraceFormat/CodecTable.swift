// What the codec of records needs to know of each kind, taken from EventSpec once. A record's fields fall into three
// classes:
//
//     objects    32-bit fields that name objects: predicted, see Predictors.swift
//     variables  exact time, payload length, and what changes with every record: deltas in a column per (kind, field)
//     statics    the rest of words 0 and 1, kind byte included: together they are the record's template
//
// The rules that class a field are normative (docs/FORMAT.md section 5) and `fieldClass` is their only place in the
// code.

import TraceModel

/// Numbers of the columns that kinds share. A variable field's column is kind * 16 + the field's index in its row.
enum Column {
  static let control = 0
  static let templates = 1
  static let objects = 2
  static let time = 3
  static let payload = 4
  static let payloadLength = 5
  /// Most columns; compact numbers, not those on disk.
  static let max = 256
}

/// A field that a column holds: where it stands, and which column (compact number).
struct VariableField {
  var word: UInt8
  var shift: UInt8
  var column: UInt16
  var mask: UInt64
}

/// A part of a template, for its definition.
struct StaticField {
  var word: UInt8
  var shift: UInt8
  var mask: UInt64
}

/// How records of a kind are coded; all but `other` are fast paths of the same coding.
enum RecordClass {
  static let unknown: UInt8 = 0
  /// Two words, one object in bits 32-63 of word 0, no variables.
  static let oneObject: UInt8 = 1
  /// Two words, objects in bits 32-63 of word 0 and in both halves of word 1, a variable in bits 8-31 of word 0: the fields of a holder.
  static let field: UInt8 = 2
  /// Two words, no object, no variables.
  static let fixed: UInt8 = 3
  static let other: UInt8 = 4
  /// As oneObject, and predicted by HeapPredictor; the type of a birth is in bits 8-31 of word 0.
  static let birth: UInt8 = 5
  static let death: UInt8 = 6
}

struct KindShape {
  var recordClass: UInt8 = RecordClass.unknown
  var words: UInt8 = 0
  var objectCount: UInt8 = 0
  var variableCount: UInt8 = 0
  var staticCount: UInt8 = 0
  var hasPayload = false
  /// Whether the variable of class `field` is the name of a field, which steps the path as well.
  var namesField = false
  var hasVariables: Bool { variableCount > 0 || hasPayload }
  /// Word and shift of each object.
  var objectWords: (UInt8, UInt8, UInt8) = (0, 0, 0)
  var objectShifts: (UInt8, UInt8, UInt8) = (0, 0, 0)
  var variableBegin: UInt16 = 0
  var staticBegin: UInt16 = 0
  /// Bits of words 0 and 1 that belong to neither objects nor variables.
  var mask0: UInt64 = 0
  var mask1: UInt64 = 0
  /// Bits that no field covers, words 0 to 5.
  var forbidden: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (.max, .max, .max, .max, .max, .max)

  /// Word and shift of the object at `position`.
  @inline(__always) func objectPlace(_ position: Int) -> (word: Int, shift: UInt64) {
    switch position {
    case 0: (Int(objectWords.0), UInt64(objectShifts.0))
    case 1: (Int(objectWords.1), UInt64(objectShifts.1))
    default: (Int(objectWords.2), UInt64(objectShifts.2))
    }
  }

  /// The object at `position` of a record of this shape.
  @inline(__always) func object(_ position: Int, of record: UnsafePointer<UInt64>) -> UInt32 {
    let (word, shift) = objectPlace(position)
    return UInt32(truncatingIfNeeded: unsafe record[word] &>> shift)
  }
}

/// Safe: tables in raw memory, written once before they are shared, never freed.
@safe struct CodecTable: @unchecked Sendable {
  static let shared = CodecTable()

  let shapes: UnsafePointer<KindShape>
  let variables: UnsafePointer<VariableField>
  let statics: UnsafePointer<StaticField>
  /// Number on disk of each compact column, ascending from index 6 on; and back.
  let columnNumbers: [UInt16]
  let compactColumns: [UInt16: Int]

  enum FieldClass { case object, variable, fixed }

  /// The class of a field of `spec`.
  static func fieldClass(_ field: EventField, of spec: EventSpec) -> FieldClass {
    if field.kind == .object, field.width == 32 { return .object }
    if field.word > 1 || field.width == 64 { return .variable }
    switch field.kind {
    case .choice: return .fixed
    case .object, .nanoseconds, .signed: return .variable
    case .count: return !spec.isDefinition && field.width <= 8 ? .fixed : .variable
    case .fieldName: return .variable
    case .string, .type, .code, .node, .site, .thread, .stream, .lock, .bytes, .line:
      return spec.isDefinition ? .variable : .fixed
    }
  }

  static func mask(_ width: UInt8) -> UInt64 { width >= 64 ? .max : 1 << UInt64(width) - 1 }

  private init() {
    var shapeList = [KindShape](repeating: KindShape(), count: 256)
    var variableList: [VariableField] = []
    var staticList: [StaticField] = []
    var numbers: [UInt16] = [0, 1, 2, 3, 4, 5]
    for kind in EventKind.allCases {
      let spec = EventSpec.spec(kind)
      var shape = KindShape()
      shape.words = UInt8(spec.words)
      shape.hasPayload = spec.hasPayload
      shape.variableBegin = UInt16(variableList.count)
      shape.staticBegin = UInt16(staticList.count)
      var allowed = [UInt64](repeating: 0, count: 6)
      allowed[0] = 0xFF
      (shape.mask0, shape.mask1) = (.max, .max)
      func addVariable(_ word: UInt8, _ shift: UInt8, _ width: UInt8, _ column: Int) {
        variableList.append(VariableField(word: word, shift: shift, column: UInt16(column), mask: Self.mask(width)))
        shape.variableCount += 1
        let bits = Self.mask(width) << UInt64(shift)
        allowed[Int(word)] |= bits
        if word == 0 { shape.mask0 &= ~bits } else if word == 1 { shape.mask1 &= ~bits }
      }
      if spec.hasTime { addVariable(1, 0, 64, Column.time) }
      if spec.hasPayload { addVariable(1, 0, 32, Column.payloadLength) }
      for (index, field) in spec.fields.enumerated() {
        let bits = Self.mask(field.width) << UInt64(field.shift)
        switch Self.fieldClass(field, of: spec) {
        case .object where shape.objectCount < 3:
          Self.setObject(&shape, Int(shape.objectCount), field)
          allowed[Int(field.word)] |= bits
          if field.word == 0 { shape.mask0 &= ~bits } else if field.word == 1 { shape.mask1 &= ~bits }
        case .fixed:
          staticList.append(StaticField(word: field.word, shift: field.shift, mask: Self.mask(field.width)))
          shape.staticCount += 1
          allowed[Int(field.word)] |= bits
        case .object, .variable:
          if field.kind == .fieldName { shape.namesField = shape.variableCount == 0 }
          addVariable(field.word, field.shift, field.width, numbers.count)
          numbers.append(UInt16(kind.rawValue) * 16 + UInt16(index))
        }
      }
      shape.forbidden = (~allowed[0], ~allowed[1], ~allowed[2], ~allowed[3], ~allowed[4], ~allowed[5])
      shape.recordClass = Self.recordClass(shape, variableList)
      shape.namesField = shape.namesField && shape.recordClass == RecordClass.field
      if kind == .alloc || kind == .dealloc {
        precondition(shape.recordClass == RecordClass.oneObject, "births and deaths have two words and one object")
        shape.recordClass = kind == .alloc ? RecordClass.birth : RecordClass.death
      }
      shapeList[Int(kind.rawValue)] = shape
    }
    precondition(numbers.count <= Column.max, "more columns than Column.max")
    unsafe shapes = unsafe Self.publish(shapeList)
    unsafe variables = unsafe Self.publish(variableList)
    unsafe statics = unsafe Self.publish(staticList)
    columnNumbers = numbers
    compactColumns = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($1, $0) })
  }

  private static func setObject(_ shape: inout KindShape, _ index: Int, _ field: EventField) {
    switch index {
    case 0: (shape.objectWords.0, shape.objectShifts.0) = (field.word, field.shift)
    case 1: (shape.objectWords.1, shape.objectShifts.1) = (field.word, field.shift)
    default: (shape.objectWords.2, shape.objectShifts.2) = (field.word, field.shift)
    }
    shape.objectCount += 1
  }

  private static func recordClass(_ shape: KindShape, _ variables: [VariableField]) -> UInt8 {
    guard shape.words == 2, !shape.hasPayload else { return RecordClass.other }
    if shape.objectCount == 0, !shape.hasVariables { return RecordClass.fixed }
    guard shape.objectWords.0 == 0, shape.objectShifts.0 == 32 else { return RecordClass.other }
    if shape.objectCount == 1, !shape.hasVariables { return RecordClass.oneObject }
    let isTriple =
      shape.objectCount == 3 && shape.objectWords.1 == 1 && shape.objectShifts.1 == 0
      && shape.objectWords.2 == 1 && shape.objectShifts.2 == 32
    guard isTriple, shape.variableCount == 1, let field = variables.last else { return RecordClass.other }
    return field.word == 0 && field.shift == 8 && field.mask == 0xFF_FFFF ? RecordClass.field : RecordClass.other
  }

  private static func publish<T>(_ list: [T]) -> UnsafePointer<T> {
    let memory = UnsafeMutablePointer<T>.allocate(capacity: max(list.count, 1))
    unsafe memory.initialize(from: list, count: list.count)
    return unsafe UnsafePointer(memory)
  }
}
