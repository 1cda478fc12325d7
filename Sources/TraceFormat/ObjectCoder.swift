// The objects of records, for the encoder: the code of each, and the value to write. What is predicted how stands in Predictors.swift. Hot: a hit
// is inlined into the loop over records; a miss is a call that takes what it needs by value.

extension PredictorState {
  /// Code and value of an object.
  typealias Coded = (code: UInt8, value: UInt32)

  /// Whether the only object of a record is near; if so, brings the predictors up to date, else leaves them alone.
  @inline(__always)
  func isHit(_ object: UInt32, _ symbol: UInt32, _ last: UnsafeMutablePointer<UInt32>) -> Bool {
    guard unsafe self.object(at: tables.place(scalars.pointee.path, symbol, 0).pointee.near) == object else {
      return false
    }
    unsafe last[0] = object
    note(object)
    return true
  }

  /// The same for a birth of `type`: whether `object` is the one that is expected.
  @inline(__always)
  func isBirthHit(_ object: UInt32, _ type: UInt32, _ last: UnsafeMutablePointer<UInt32>) -> Bool {
    let top = unsafe tables.lastDead(type)
    let entry = unsafe tables.entry(object)
    guard unsafe top.pointee == object, object != 0, unsafe entry.pointee.object == object,
      unsafe entry.pointee.type == type | HeapEntry.deadBit, unsafe entry.pointee.birth > scalars.pointee.firstBirth
    else { return false }
    unsafe top.pointee = unsafe entry.pointee.below
    let number = unsafe scalars.pointee.birth &+ 1
    unsafe scalars.pointee.birth = number
    unsafe entry.pointee = HeapEntry(object: object, type: type, below: 0, birth: number)
    unsafe tables.birth(number).pointee = object
    unsafe last[0] = object
    note(object)
    return true
  }

  /// The same for a death.
  @inline(__always)
  func isDeathHit(_ object: UInt32, _ symbol: inout UInt32, _ last: UnsafeMutablePointer<UInt32>) -> Bool {
    let place = unsafe tables.place(scalars.pointee.path, symbol, 0)
    guard unsafe born(back: place.pointee.near) == object else { return false }
    unsafe last[0] = object
    unsafe symbol ^= noteDeath(object, place)
    note(object)
    return true
  }

  /// Codes the object at `position`; brings the predictors up to date.
  @inline(__always)
  func code(
    _ object: UInt32, _ position: UInt32, _ symbol: UInt32, _ last: UnsafeMutablePointer<UInt32>
  ) -> Coded {
    let place = unsafe tables.place(scalars.pointee.path, symbol, position)
    var coded: Coded = (0, 0)
    if unsafe self.object(at: place.pointee.near) != object {
      unsafe coded = Self.miss(
        object, last[Int(position)], place, tables.nextObject(symbol, position, scalars.pointee.previousObject),
        tables.history,
        scalars.pointee.historyPosition)
    }
    unsafe last[Int(position)] = object
    note(object)
    return coded
  }

  /// The same for a birth of `type`.
  @inline(__always)
  func codeBirth(
    _ object: UInt32, _ type: UInt32, _ symbol: UInt32, _ last: UnsafeMutablePointer<UInt32>
  ) -> Coded {
    var coded: Coded = (0, 0)
    if expected(type) != object {
      unsafe coded = Self.miss(
        object, last[0], nil, tables.nextObject(symbol, 0, scalars.pointee.previousObject), tables.history,
        scalars.pointee.historyPosition)
    }
    unsafe last[0] = object
    noteBirth(object, type)
    note(object)
    return coded
  }

  /// The same for a death, whose record's `symbol` becomes what the death adds to the path.
  @inline(__always)
  func codeDeath(
    _ object: UInt32, _ symbol: inout UInt32, _ last: UnsafeMutablePointer<UInt32>
  ) -> Coded {
    let place = unsafe tables.place(scalars.pointee.path, symbol, 0)
    var coded: Coded = (0, 0)
    if unsafe born(back: place.pointee.near) != object {
      coded =
        unsafe born(after: place.pointee.far) == object
        ? (1, 0) : Self.missDeath(object, last[0], tables.history, scalars.pointee.historyPosition)
    }
    unsafe last[0] = object
    unsafe symbol ^= noteDeath(object, place)
    note(object)
    return coded
  }

  /// An object that is not near.
  @inline(never)
  private static func miss(
    _ object: UInt32, _ last: UInt32, _ place: UnsafeMutablePointer<ObjectPlace>?, _ next: UnsafeMutablePointer<UInt32>,
    _ history: UnsafeMutablePointer<UInt32>, _ position: UInt32
  ) -> Coded {
    let found = unsafe self.place(object, history, position)
    if found <= PredictorTables.noObject { unsafe place?.pointee.near = found }
    if unsafe next.pointee == object { return (1, 0) }
    unsafe next.pointee = object
    return explicit(object, found, last)
  }

  /// A death that is neither near nor far.
  @inline(never)
  private static func missDeath(
    _ object: UInt32, _ last: UInt32, _ history: UnsafeMutablePointer<UInt32>, _ position: UInt32
  ) -> Coded { unsafe explicit(object, place(object, history, position), last) }

  /// Code 2 when `place` is one, else code 3 with the delta to `last`.
  @inline(__always)
  private static func explicit(_ object: UInt32, _ place: UInt32, _ last: UInt32) -> Coded {
    place <= PredictorTables.noObject
      ? (2, place) : (3, UInt32(truncatingIfNeeded: zigzag(Int64(Int32(bitPattern: object &- last)))))
  }
}
