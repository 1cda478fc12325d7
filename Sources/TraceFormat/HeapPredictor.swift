// What births and deaths tell of the next ones, for the codec of records. An allocator gives out again what died last, and a collector's pass or
// a container's end frees objects in the order of their births, forwards or backwards. So
//
//     a birth of type t takes the object of type t that died last and is still dead,
//     a death meets the object born next after the one that died before it, or the one born before that one.
//
// A table by the low 16 bits of an object's number remembers what is needed; an entry belongs to the object that wrote it last. Reset per chunk;
// encoder and decoder keep it in step, so every rule here is normative (docs/FORMAT.md section 5).

/// What is remembered of an object.
struct HeapEntry {
  var object: UInt32
  /// Type of its last birth; bit 31 while it is dead.
  var type: UInt32
  /// The object of its type that was the last to have died when it died.
  var below: UInt32
  /// Born next after it, and last before it.
  var after: UInt32
  var before: UInt32

  static let deadBit: UInt32 = 1 << 31
}

/// Safe: owns its tables; every index is masked.
@safe final class HeapPredictor {
  static let entryCount = 1 << 16
  static let typeCount = 1 << 10
  /// Objects that are alive again are taken off the dead of a type, this many at a birth.
  static let skipsMax = 4

  let entries: UnsafeMutablePointer<HeapEntry>
  /// The object that died last, by the low bits of its type.
  let lastDead: UnsafeMutablePointer<UInt32>

  init() {
    unsafe entries = .allocate(capacity: Self.entryCount)
    unsafe lastDead = .allocate(capacity: Self.typeCount)
  }

  deinit {
    unsafe entries.deallocate()
    unsafe lastDead.deallocate()
  }

  /// To the state at a chunk's begin: all zero.
  func reset() {
    let zero = HeapEntry(object: 0, type: 0, below: 0, after: 0, before: 0)
    unsafe entries.initialize(repeating: zero, count: Self.entryCount)
    unsafe lastDead.initialize(repeating: 0, count: Self.typeCount)
  }

  @inline(__always) private func entry(_ object: UInt32) -> UnsafeMutablePointer<HeapEntry> {
    unsafe entries + Int(object & UInt32(Self.entryCount - 1))
  }
  @inline(__always) private func dead(_ type: UInt32) -> UnsafeMutablePointer<UInt32> {
    unsafe lastDead + Int(type & UInt32(Self.typeCount - 1))
  }

  /// Which object is born as `type`; 0: not known.
  @inline(__always) func birth(_ type: UInt32) -> UInt32 {
    let top = unsafe dead(type)
    var object = unsafe top.pointee
    if object == 0 { return 0 }
    for _ in 0..<Self.skipsMax {
      let entry = unsafe entry(object)
      if unsafe entry.pointee.object == object, unsafe entry.pointee.type == type | HeapEntry.deadBit { break }
      object = unsafe entry.pointee.object == object ? entry.pointee.below : 0
    }
    unsafe top.pointee = object
    return object
  }

  /// `object` was born; `birth` was called for it before.
  @inline(__always) func noteBirth(_ object: UInt32, _ type: UInt32, _ lastBirth: inout UInt32) {
    let entry = unsafe entry(object)
    let top = unsafe dead(type)
    if unsafe top.pointee == object {
      unsafe top.pointee = unsafe entry.pointee.object == object ? entry.pointee.below : 0
    }
    unsafe entry.pointee = HeapEntry(object: object, type: type, below: 0, after: 0, before: lastBirth)
    let previous = unsafe self.entry(lastBirth)
    if unsafe previous.pointee.object == lastBirth { unsafe previous.pointee.after = object }
    lastBirth = object
  }

  /// The objects born after and before the one that died last; 0: not known.
  @inline(__always) func death(_ lastDeath: UInt32) -> (after: UInt32, before: UInt32) {
    let entry = unsafe entry(lastDeath)
    return unsafe entry.pointee.object == lastDeath ? (entry.pointee.after, entry.pointee.before) : (0, 0)
  }

  @inline(__always) func noteDeath(_ object: UInt32, _ lastDeath: inout UInt32) {
    let entry = unsafe entry(object)
    if unsafe entry.pointee.object == object, unsafe entry.pointee.type & HeapEntry.deadBit == 0 {
      let top = unsafe dead(entry.pointee.type)
      unsafe entry.pointee.below = unsafe top.pointee
      unsafe top.pointee = object
      unsafe entry.pointee.type |= HeapEntry.deadBit
    }
    lastDeath = object
  }
}
