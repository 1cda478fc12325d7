// What encoder and decoder do alike with the codec's predictors.
//
// Births and deaths: an allocator gives out again what died last, and in a loop the object that dies was born as many births ago as that of
// the turn before. So
//
//     a birth of type t takes the object of type t that died last and is still dead,
//     a death is found in the list of births: at a distance from its end, or from the one that died before it.
//
// A table by the low 16 bits of an object's number remembers what is needed; an entry belongs to the object that wrote it last. Every rule here
// is normative (docs/FORMAT.md section 5).

import CCodec

/// Safe: lives no longer than the tables.
@safe struct PredictorState {
  let tables: PredictorTables
  @inline(__always) var scalars: UnsafeMutablePointer<PredictorScalars> { unsafe tables.scalars }
  /// Objects that are alive again are taken off the dead of a type, this many at a birth.
  static let skipsMax = 4

  /// Goes on along the path by `symbol`.
  @inline(__always) func step(_ symbol: UInt32) {
    unsafe scalars.pointee.path = scalars.pointee.path &* (0x9E37_79B1 << 7) &+ symbol &* 0x85EB_CA77
  }

  /// What the name of a field adds to the symbol of its record: nothing for items and for keys that are no strings, of which each is another.
  @inline(__always) static func symbol(ofField name: UInt32) -> UInt32 {
    let kind = name >> 21
    return kind == 0 || kind == 3 ? 0 : name &* 0x9E37_79B1
  }

  // MARK: History

  /// Notes `object` as the latest. 0 is "none" and leaves the memory alone; a repetition takes no new place.
  @inline(__always) func note(_ object: UInt32) {
    if object == 0 { return }
    unsafe scalars.pointee.historyPosition &+= object != scalars.pointee.previousObject ? 1 : 0
    unsafe tables.history[Int(scalars.pointee.historyPosition & 15)] = object
    unsafe scalars.pointee.previousObject = object
  }

  /// What stands at a place of the history.
  @inline(__always) func object(at place: UInt32) -> UInt32 {
    unsafe tables.history[
      Int(place < PredictorTables.noObject ? (scalars.pointee.historyPosition &- place) & 15 : PredictorTables.noObject)
    ]
  }

  /// The nearest place of `object` in a history; more than `noObject` when it has none.
  static func place(_ object: UInt32, _ history: UnsafeMutablePointer<UInt32>, _ position: UInt32) -> UInt32 {
    if object == 0 { return PredictorTables.noObject }
    let hits = unsafe exuvia_find_among_16(history, object)
    // Turned so that the latest is bit 15; the nearest hit is then the highest.
    let turn = position & 15
    let turned = (hits &<< (15 &- turn) | hits &>> (turn &+ 1)) & 0xFFFF
    return turned == 0 ? PredictorTables.noObject + 1 : UInt32(UInt16(truncatingIfNeeded: turned).leadingZeroBitCount)
  }

  // MARK: Births and deaths

  /// Which object is born as `type`; 0: not known.
  @inline(__always) func expected(_ type: UInt32) -> UInt32 {
    let object = unsafe tables.lastDead(type).pointee
    let entry = unsafe tables.entry(object)
    if unsafe entry.pointee.type == type | HeapEntry.deadBit && entry.pointee.object == object
      && entry.pointee.birth > scalars.pointee.firstBirth || object == 0
    {
      return object
    }
    return unsafe Self.skip(type, tables, scalars.pointee.firstBirth)
  }

  /// Takes what is alive again off the dead of `type`.
  @inline(never)
  private static func skip(_ type: UInt32, _ tables: PredictorTables, _ firstBirth: UInt32) -> UInt32 {
    let top = unsafe tables.lastDead(type)
    for _ in 0..<skipsMax {
      let object = unsafe top.pointee
      if object == 0 { return 0 }
      let entry = unsafe tables.entry(object)
      let isKnown = unsafe entry.pointee.object == object && entry.pointee.birth > firstBirth
      if unsafe isKnown && entry.pointee.type == type | HeapEntry.deadBit { return object }
      unsafe top.pointee = unsafe isKnown ? entry.pointee.below : 0
    }
    return unsafe top.pointee
  }

  /// `object` was born; `expected` was called for it before.
  @inline(__always) func noteBirth(_ object: UInt32, _ type: UInt32) {
    let entry = unsafe tables.entry(object)
    let top = unsafe tables.lastDead(type)
    if unsafe top.pointee == object {
      let isKnown = unsafe entry.pointee.object == object && entry.pointee.birth > scalars.pointee.firstBirth
      unsafe top.pointee = unsafe isKnown ? entry.pointee.below : 0
    }
    unsafe scalars.pointee.birth &+= 1
    unsafe entry.pointee = HeapEntry(object: object, type: type, below: 0, birth: scalars.pointee.birth)
    unsafe tables.birth(scalars.pointee.birth).pointee = object
  }

  /// The object born `distance` births before the last one; 0: none.
  @inline(__always) func born(back distance: UInt32) -> UInt32 {
    let known = unsafe min(scalars.pointee.birth &- scalars.pointee.firstBirth, UInt32(PredictorTables.birthCount))
    let object = unsafe tables.birth(scalars.pointee.birth &- distance).pointee
    return distance < known ? object : 0
  }

  /// The object born `step` births after the one that died last; 0: none.
  @inline(__always) func born(after step: UInt32) -> UInt32 {
    unsafe born(back: scalars.pointee.birth &- (scalars.pointee.lastDeath &+ step))
  }

  /// `object` died, on a path whose place for it is `place`. Returns what its type adds to the path; 0 when it is not known.
  @inline(__always)
  func noteDeath(_ object: UInt32, _ place: UnsafeMutablePointer<ObjectPlace>) -> UInt32 {
    let entry = unsafe tables.entry(object)
    let (type, number) = unsafe (entry.pointee.type, entry.pointee.birth)
    guard unsafe entry.pointee.object == object && number > scalars.pointee.firstBirth else { return 0 }
    unsafe place.pointee = ObjectPlace(near: scalars.pointee.birth &- number, far: number &- scalars.pointee.lastDeath)
    unsafe scalars.pointee.lastDeath = number
    if type & HeapEntry.deadBit == 0 {
      let top = unsafe tables.lastDead(type)
      unsafe entry.pointee.below = unsafe top.pointee
      unsafe top.pointee = object
      unsafe entry.pointee.type = type | HeapEntry.deadBit
    }
    return (type & ~HeapEntry.deadBit) &* 0x9E37_79B1
  }
}
