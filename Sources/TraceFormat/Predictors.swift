// The state that the encoder and the decoder of records keep in step: templates, what follows what, recent objects.
// Reset per chunk.
//
// 1. A record's statics are its template. The next template is predicted from the two before it.
// 2. Each object of a record is predicted, in this order, as
//      code 0  the object that followed in the same context (template, position, object before) the last time,
//      code 1  what HeapPredictor expects of a birth or a death; else, and where it expects nothing, the template's last object at this
//              position plus its last step,
//      code 2  one of the last 16 objects, by distance; 16: the other object that HeapPredictor names for a death,
//      code 3  a delta to the template's last object at this position.
// 3. Records without variables whose predictions all hit are only counted, in runs: a loop of the program in its steady
// state costs nothing.
//
// A control byte for every other record: bit 0 the template was not predicted, bits 1-2, 3-4, 5-6 the codes of objects
// 0, 1, 2; bit 7 the record has variables. Control byte 0 begins a run; its length follows as a varint.

/// What both sides keep of a template. 48 bytes.
struct RecordTemplate {
  var word0: UInt64
  var word1: UInt64
  /// Last object and last step, per position.
  var last: (UInt32, UInt32, UInt32)
  var step: (UInt32, UInt32, UInt32)
  var recordClass: UInt8
}

/// Safe: owns its tables; one user at a time. The hot loops copy the scalars into locals.
@safe final class Predictors {
  static let templateContextBits: UInt32 = 12
  static let objectContextBits: UInt32 = 14
  static let historyCount = 16

  /// Next template by context.
  let nextTemplate: UnsafeMutablePointer<UInt32>
  /// Next object by context.
  let nextObject: UnsafeMutablePointer<UInt32>
  let history: UnsafeMutablePointer<UInt32>
  /// Last value by compact column.
  let registers: UnsafeMutablePointer<UInt64>
  /// Number + 1 of the template last defined, by kind.
  let lastDefined: UnsafeMutablePointer<UInt32>
  let heap = HeapPredictor()
  private(set) var templates: UnsafeMutablePointer<RecordTemplate>
  private(set) var templateCapacity = 4096

  init() {
    unsafe nextTemplate = .allocate(capacity: 1 << Int(Self.templateContextBits))
    unsafe nextObject = .allocate(capacity: 1 << Int(Self.objectContextBits))
    unsafe history = .allocate(capacity: Self.historyCount)
    unsafe registers = .allocate(capacity: Column.max)
    unsafe lastDefined = .allocate(capacity: 256)
    unsafe templates = .allocate(capacity: templateCapacity)
    reset()
  }

  deinit {
    unsafe nextTemplate.deallocate()
    unsafe nextObject.deallocate()
    unsafe history.deallocate()
    unsafe registers.deallocate()
    unsafe lastDefined.deallocate()
    unsafe templates.deallocate()
  }

  /// To the state at a chunk's begin: all zero.
  func reset() {
    unsafe nextTemplate.initialize(repeating: 0, count: 1 << Int(Self.templateContextBits))
    unsafe nextObject.initialize(repeating: 0, count: 1 << Int(Self.objectContextBits))
    unsafe history.initialize(repeating: 0, count: Self.historyCount)
    unsafe registers.initialize(repeating: 0, count: Column.max)
    unsafe lastDefined.initialize(repeating: 0, count: 256)
    heap.reset()
  }

  /// Doubles the room for templates.
  @inline(never) func growTemplates() {
    let larger = UnsafeMutablePointer<RecordTemplate>.allocate(capacity: templateCapacity * 2)
    unsafe larger.update(from: templates, count: templateCapacity)
    unsafe templates.deallocate()
    unsafe templates = unsafe larger
    templateCapacity *= 2
  }

  /// Context of the next template, from the two templates before it.
  @inline(__always) static func templateContext(_ previous: UInt32, _ beforePrevious: UInt32) -> Int {
    Int(truncatingIfNeeded: (previous &* 0x9E37_79B1 ^ beforePrevious &* 0x85EB_CA77) >> (32 &- templateContextBits))
  }

  /// Context of the object at `position` of a record of `template`, from the object before it.
  @inline(__always) static func objectContext(_ template: UInt32, _ position: UInt32, _ previous: UInt32) -> Int {
    Int(
      truncatingIfNeeded: ((template &* 4 &+ position) &* 0x9E37_79B1 ^ previous &* 0x85EB_CA77)
        >> (32 &- objectContextBits))
  }
}

/// The scalars of the state, in locals of the hot loops.
struct PredictorScalars {
  var previousTemplate: UInt32 = 0
  var beforePreviousTemplate: UInt32 = 0
  var previousObject: UInt32 = 0
  var historyPosition: UInt32 = 0
  var templateCount: UInt32 = 0
  /// The objects of the last birth and death.
  var lastBirth: UInt32 = 0
  var lastDeath: UInt32 = 0

  /// Notes `object` as the latest. 0 is "none" and leaves the memory alone; a repetition takes no new place.
  @inline(__always) mutating func note(_ object: UInt32, in history: UnsafeMutablePointer<UInt32>) {
    if object == 0 { return }
    historyPosition &+= object != previousObject ? 1 : 0
    unsafe history[Int(historyPosition & 15)] = object
    previousObject = object
  }
}

@inline(__always) func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
@inline(__always) func unzigzag(_ value: UInt64) -> Int64 {
  Int64(bitPattern: value >> 1) ^ (0 &- Int64(bitPattern: value & 1))
}
