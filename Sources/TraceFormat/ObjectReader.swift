// The objects of records, for the decoder: the mirror of ObjectCoder.swift.

/// LEB128 numbers out of a column.
enum Varint {
  /// Reads the number at `next` and moves it on; `isGood` becomes false beyond the end of the input or of 64 bits.
  @inline(__always)
  static func read(
    _ next: UnsafeMutablePointer<UnsafePointer<UInt8>>, _ end: UnsafePointer<UInt8>, _ isGood: inout Bool
  ) -> UInt64 {
    let place = unsafe next.pointee
    if unsafe place >= end {
      isGood = false
      return 0
    }
    let first = unsafe place.pointee
    if first < 0x80 {
      unsafe next.pointee = unsafe place + 1
      return UInt64(first)
    }
    guard let value = unsafe long(next) else {
      isGood = false
      return 0
    }
    return value
  }

  @inline(never) private static func long(_ next: UnsafeMutablePointer<UnsafePointer<UInt8>>) -> UInt64? {
    var place = unsafe next.pointee
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 70 {
      let byte = unsafe place.pointee
      unsafe place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        unsafe next.pointee = unsafe place
        return value
      }
      shift += 7
    }
    return nil
  }
}

/// The column of objects.
///
/// Safe: lives no longer than the input; every number is begun below `end`.
@safe struct ObjectColumn {
  private let next: UnsafeMutablePointer<UnsafePointer<UInt8>>
  private let end: UnsafePointer<UInt8>

  /// `next` is where the next byte of the column stands.
  init(next: UnsafeMutablePointer<UnsafePointer<UInt8>>, end: UnsafePointer<UInt8>) {
    unsafe self.next = unsafe next
    unsafe self.end = unsafe end
  }

  @inline(__always) func read(_ isGood: inout Bool) -> UInt64 { unsafe Varint.read(next, end, &isGood) }
}

extension PredictorState {
  /// The object at `position` that `code` stands for; brings the predictors up to date.
  @inline(__always)
  func decode(
    _ code: UInt8, _ position: UInt32, _ symbol: UInt32, _ last: UnsafeMutablePointer<UInt32>, _ column: ObjectColumn,
    _ isGood: inout Bool
  ) -> UInt32 {
    let place = unsafe tables.place(scalars.pointee.path, symbol, position)
    var object = unsafe self.object(at: place.pointee.near)
    if code != 0 {
      let next = unsafe tables.nextObject(symbol, position, scalars.pointee.previousObject)
      object = unsafe code == 1 ? next.pointee : explicit(code, last[Int(position)], column, &isGood)
      unsafe next.pointee = object
      let found = unsafe Self.place(object, tables.history, scalars.pointee.historyPosition)
      if found <= PredictorTables.noObject { unsafe place.pointee.near = found }
    }
    unsafe last[Int(position)] = object
    note(object)
    return object
  }

  /// The same for a birth of `type`.
  @inline(__always)
  func decodeBirth(
    _ code: UInt8, _ type: UInt32, _ symbol: UInt32, _ last: UnsafeMutablePointer<UInt32>, _ column: ObjectColumn,
    _ isGood: inout Bool
  ) -> UInt32 {
    var object = expected(type)
    if code != 0 {
      let next = unsafe tables.nextObject(symbol, 0, scalars.pointee.previousObject)
      object = unsafe code == 1 ? next.pointee : explicit(code, last[0], column, &isGood)
      unsafe next.pointee = object
    }
    unsafe last[0] = object
    noteBirth(object, type)
    note(object)
    return object
  }

  /// The same for a death, whose record's `symbol` becomes what the death adds to the path.
  @inline(__always)
  func decodeDeath(
    _ code: UInt8, _ symbol: inout UInt32, _ last: UnsafeMutablePointer<UInt32>, _ column: ObjectColumn,
    _ isGood: inout Bool
  ) -> UInt32 {
    let place = unsafe tables.place(scalars.pointee.path, symbol, 0)
    let object =
      switch code {
      case 0: unsafe born(back: place.pointee.near)
      case 1: unsafe born(after: place.pointee.far)
      default: unsafe explicit(code, last[0], column, &isGood)
      }
    unsafe last[0] = object
    unsafe symbol ^= noteDeath(object, place)
    note(object)
    return object
  }

  /// Codes 2 and 3.
  @inline(__always)
  private func explicit(_ code: UInt8, _ last: UInt32, _ column: ObjectColumn, _ isGood: inout Bool) -> UInt32 {
    let value = column.read(&isGood)
    return code == 2
      ? object(at: UInt32(truncatingIfNeeded: value)) : last &+ UInt32(truncatingIfNeeded: unzigzag(value))
  }
}
