// The state that the encoder and the decoder of records keep in step: templates, the path that led here, recent objects.
// Reset per chunk. Every rule here is normative (docs/FORMAT.md section 5).
//
// 1. A record's statics are its template. The next template is predicted from the path, a hash of the last templates (four and a
//    half of them, as old ones are shifted out).
// 2. Each object of a record is predicted, in this order, as
//      code 0  what is *near*: the place at which it was found on this path the last time. A place is a distance in the history of
//              objects; for a death it is a distance in births; a birth takes what PredictorState+Heap expects,
//      code 1  what is *far*: the object that followed the same object in the same template; for a death, the object born as many
//              births after the one that died before it as the last time on this path,
//      code 2  one of the last 16 objects, by distance; 16: no object,
//      code 3  a delta to the template's last object at this position.
// 3. A variable is predicted to be as much more than the last time on this path as it was the last time. If one of a record's is not, all
//    are written, as deltas to what was last written of the same field.
// 4. Records whose predictions all hit are only counted, in runs: a loop of the program in its steady state costs nothing.
//
// A control byte for every other record: bit 0 the template was not predicted, bits 1-2, 3-4, 5-6 the codes of objects
// 0, 1, 2; bit 7 variables follow. Control byte 0 begins a run; its length follows as a varint.

/// What both sides keep of a template. A cache line.
struct RecordTemplate {
  var word0: UInt64
  var word1: UInt64
  /// Bits that belong to the template; those of its objects and variables do not.
  var mask0: UInt64
  var mask1: UInt64
  /// A hash of both words, its step on the path.
  var symbol: UInt32
  var recordClass: UInt8
  var words: UInt8
  /// Whether the record's variable names a field and steps the path as well.
  var namesField: Bool
  private var unused: UInt8 = 0
  /// Last object per position.
  var lasts: (UInt32, UInt32, UInt32, UInt32)

  init(word0: UInt64, word1: UInt64, shape: KindShape, last: UInt32) {
    self.word0 = word0
    self.word1 = word1
    mask0 = shape.mask0
    mask1 = shape.mask1
    symbol = Self.symbol(word0, word1)
    recordClass = shape.recordClass
    words = shape.words
    namesField = shape.namesField
    lasts = (last, last, last, last)
  }

  /// A template's hash.
  @inline(__always) static func symbol(_ word0: UInt64, _ word1: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: ((word0 ^ word1 &* 0x9E37_79B1_85EB_CA87) &* 0xC2B2_AE3D_27D4_EB4F) >> 32)
  }

  private static let lastsOffset = 40

  /// Where the last objects of `template` stand.
  @inline(__always) static func lasts(_ template: UnsafeMutablePointer<Self>) -> UnsafeMutablePointer<UInt32> {
    unsafe (UnsafeMutableRawPointer(template) + lastsOffset).assumingMemoryBound(to: UInt32.self)
  }
}

/// Safe: owns its tables; one user at a time. The hot loops copy the scalars into locals.
@safe final class Predictors {
  let tables = PredictorTables()
  /// Value last written, by compact column.
  let registers: UnsafeMutablePointer<UInt64>
  /// Number + 1 of the template last defined, by kind.
  let lastDefined: UnsafeMutablePointer<UInt32>
  private(set) var templates: UnsafeMutablePointer<RecordTemplate>
  private var templateCapacity = 4096
  /// Births of all chunks before this one.
  private var birth: UInt32 = 0
  /// Births after which the numbers begin anew, at a chunk's begin.
  private static let birthMax = UInt32.max / 2

  init() {
    unsafe registers = .allocate(capacity: Column.max)
    unsafe lastDefined = .allocate(capacity: 256)
    unsafe templates = .allocate(capacity: templateCapacity)
  }

  deinit {
    tables.deallocate()
    unsafe registers.deallocate()
    unsafe lastDefined.deallocate()
    unsafe templates.deallocate()
  }

  /// To the state at a chunk's begin: all zero.
  func begin() -> PredictorState {
    tables.clear()
    unsafe registers.initialize(repeating: 0, count: Column.max)
    unsafe lastDefined.initialize(repeating: 0, count: 256)
    // Template 0 before there is one: equal to no record's.
    unsafe templates.initialize(to: RecordTemplate(word0: .max, word1: .max, shape: KindShape(), last: 0))
    if birth > Self.birthMax { forgetBirths() }
    unsafe tables.scalars.initialize(to: PredictorScalars(after: birth))
    return PredictorState(tables: tables)
  }

  /// Says that the chunk has come to its end.
  func end(_ state: PredictorState) { birth = unsafe state.scalars.pointee.birth }

  /// The chunk did not come to its end.
  func forgetBirths() {
    tables.clearBirths()
    birth = 0
  }

  /// Puts a template at the end.
  func append(_ template: RecordTemplate, at number: UInt32) {
    if Int(number) == templateCapacity {
      let larger = UnsafeMutablePointer<RecordTemplate>.allocate(capacity: templateCapacity * 2)
      unsafe larger.update(from: templates, count: templateCapacity)
      unsafe templates.deallocate()
      unsafe templates = unsafe larger
      templateCapacity *= 2
    }
    unsafe (templates + Int(number)).initialize(to: template)
  }
}

@inline(__always) func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
@inline(__always) func unzigzag(_ value: UInt64) -> Int64 {
  Int64(bitPattern: value >> 1) ^ (0 &- Int64(bitPattern: value & 1))
}
