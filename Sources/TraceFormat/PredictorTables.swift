// The tables of the codec's predictors, in one piece of memory: the hot loops hold one pointer, and every table is at a constant distance from it.

import Glibc

/// Where an object was found the last time.
struct ObjectPlace {
  /// Distance in the history, `PredictorTables.noObject`, or for a death in births.
  var near: UInt32
  /// For a death: births after that of the object that died before it, modulo 2^32.
  var far: UInt32
}

/// What a variable was the last time, and how much more than the time before.
struct VariablePlace {
  var value: UInt64
  var step: UInt64

  @inline(__always) var expected: UInt64 { value &+ step }
  @inline(__always) mutating func note(_ new: UInt64) { self = VariablePlace(value: new, step: new &- value) }
}

/// What is remembered of an object.
struct HeapEntry {
  var object: UInt32
  /// Type of its last birth; bit 31 while it is dead.
  var type: UInt32
  /// The object of its type that was the last to have died when it died.
  var below: UInt32
  /// Number of its last birth, which counts on from chunk to chunk: what is not beyond a chunk's first is of an earlier chunk, so
  /// that the table need not be cleared.
  var birth: UInt32

  static let deadBit: UInt32 = 1 << 31
}

/// What is no table. In memory as well: the loops have more of it than the processor has registers, and where it is joined after each sort of
/// record a compiler copies all of it.
struct PredictorScalars {
  /// A hash of the last templates.
  var path: UInt32 = 0
  var previousObject: UInt32 = 0
  var historyPosition: UInt32 = 0
  var templateCount: UInt32 = 0
  /// Births so far, and that of the object that died last; both count on from the chunk before.
  var birth: UInt32
  var lastDeath: UInt32
  /// Births before this chunk.
  var firstBirth: UInt32

  init(after birth: UInt32) {
    self.birth = birth
    lastDeath = birth
    firstBirth = birth
  }
}

/// Safe: every index is masked to its table's size.
@safe struct PredictorTables {
  static let pathBits: UInt32 = 12
  static let objectContextBits: UInt32 = 14
  static let historyCount = 16
  /// The place of object 0.
  static let noObject: UInt32 = 16
  static let entryCount = 1 << 16
  static let typeCount = 1 << 10
  /// So many births back an object can be named.
  static let birthCount = 1 << 16

  // Byte offsets.
  private static let scalarsOffset = 128
  private static let nextTemplateOffset = 192
  private static let placesOffset = nextTemplateOffset + 4 << Int(pathBits)
  private static let variablesOffset = placesOffset + 8 << Int(pathBits)
  private static let nextObjectOffset = variablesOffset + 16 << Int(pathBits)
  private static let lastDeadOffset = nextObjectOffset + 4 << Int(objectContextBits)
  private static let clearedBytes = lastDeadOffset + 4 * typeCount
  private static let birthsOffset = clearedBytes
  private static let entriesOffset = birthsOffset + 4 * birthCount
  private static let bytes = entriesOffset + 16 * entryCount

  private let base: UnsafeMutableRawPointer

  init() {
    // Fresh pages are zero, and cost nothing until they are used: most of a short recording's tables never are.
    let pages = unsafe mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let pages = unsafe pages, unsafe pages != MAP_FAILED else {
      fatalError("no memory for the predictors of the trace")
    }
    unsafe base = pages
  }

  func deallocate() { unsafe _ = munmap(base, Self.bytes) }

  /// All but what is known of births to zero.
  func clear() { unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.clearedBytes) }
  func clearBirths() {
    unsafe (base + Self.birthsOffset).initializeMemory(
      as: UInt8.self, repeating: 0, count: Self.bytes - Self.birthsOffset)
  }

  @inline(__always) private func numbers(_ offset: Int) -> UnsafeMutablePointer<UInt32> {
    unsafe (base + offset).assumingMemoryBound(to: UInt32.self)
  }

  @inline(__always) var scalars: UnsafeMutablePointer<PredictorScalars> {
    unsafe (base + Self.scalarsOffset).assumingMemoryBound(to: PredictorScalars.self)
  }

  /// The last 16 objects, and one that stays 0.
  @inline(__always) var history: UnsafeMutablePointer<UInt32> { unsafe numbers(0) }

  /// Number of the next template after `path`.
  @inline(__always) func nextTemplate(_ path: UInt32) -> UnsafeMutablePointer<UInt32> {
    unsafe numbers(Self.nextTemplateOffset) + Int(path >> (32 &- Self.pathBits))
  }

  /// Place of the object at `position`, after `path`, in a record of a template with `symbol`.
  @inline(__always)
  func place(_ path: UInt32, _ symbol: UInt32, _ position: UInt32) -> UnsafeMutablePointer<ObjectPlace> {
    let mixed = ((path ^ symbol) &+ position &* 0x85EB_CA77) &* 0x9E37_79B1
    return unsafe (base + Self.placesOffset).assumingMemoryBound(to: ObjectPlace.self)
      + Int(mixed >> (32 &- Self.pathBits))
  }

  /// Place of the variable at `index`, after `path`, in a record of a template with `symbol`.
  @inline(__always)
  func variable(_ path: UInt32, _ symbol: UInt32, _ index: UInt32) -> UnsafeMutablePointer<VariablePlace> {
    let mixed = ((path ^ symbol) &+ index &* 0x85EB_CA77) &* 0x9E37_79B1
    return unsafe (base + Self.variablesOffset).assumingMemoryBound(to: VariablePlace.self)
      + Int(mixed >> (32 &- Self.pathBits))
  }

  /// The object at `position` of a record of a template with `symbol`, after the object `previous`.
  @inline(__always)
  func nextObject(_ symbol: UInt32, _ position: UInt32, _ previous: UInt32) -> UnsafeMutablePointer<UInt32> {
    let mixed = (symbol &+ position) &* 0x9E37_79B1 ^ previous &* 0x85EB_CA77
    return unsafe numbers(Self.nextObjectOffset) + Int(mixed >> (32 &- Self.objectContextBits))
  }

  /// The object of `type` that died last.
  @inline(__always) func lastDead(_ type: UInt32) -> UnsafeMutablePointer<UInt32> {
    unsafe numbers(Self.lastDeadOffset) + Int(type & UInt32(Self.typeCount - 1))
  }

  /// The object of the birth with this number.
  @inline(__always) func birth(_ number: UInt32) -> UnsafeMutablePointer<UInt32> {
    unsafe numbers(Self.birthsOffset) + Int(number & UInt32(Self.birthCount - 1))
  }

  @inline(__always) func entry(_ object: UInt32) -> UnsafeMutablePointer<HeapEntry> {
    unsafe (base + Self.entriesOffset).assumingMemoryBound(to: HeapEntry.self)
      + Int(object & UInt32(Self.entryCount - 1))
  }
}
