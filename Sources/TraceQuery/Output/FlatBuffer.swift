// A small writer of FlatBuffers, as far as Arrow's messages need them: tables, vectors of offsets and of 16-byte structures, strings, integers.
// Source: the FlatBuffers binary format ("FlatBuffers internals").
//
// A buffer is made from its end to its beginning, so that what is pointed to stands after what points to it: `reversed` holds the bytes last to first,
// and a place is a distance from the end.
//
//     table    i32 distance back to its vtable, then the fields
//     vtable   u16 bytes of the vtable, u16 bytes of the table, then for each slot the u16 place of its field in the table, 0 for none
//     vector   u32 count, then the elements;  string: the same with bytes and a zero behind them
//     example  a table with one i64 of 5 in slot 0:  06 00 0C 00 04 00 | 06 00 00 00 | 05 00 00 00 00 00 00 00

struct FlatBuffer {
  private var reversed: [UInt8] = []
  private var slots: [Int] = []
  private var tableEnd = 0

  /// A distance from the end.
  struct Place { let fromEnd: Int }

  private mutating func put<Number: FixedWidthInteger>(_ value: Number) {
    for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
      reversed.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
    }
  }

  /// Fills up so that after `bytes` more, the end is a multiple of `size` away.
  private mutating func align(_ size: Int, after bytes: Int = 0) {
    while (reversed.count + bytes) % size != 0 { reversed.append(0) }
  }

  mutating func string(_ text: String) -> Place {
    let bytes = Array(text.utf8)
    align(4, after: bytes.count + 1)
    reversed.append(0)
    reversed.append(contentsOf: bytes.reversed())
    put(UInt32(bytes.count))
    return Place(fromEnd: reversed.count)
  }

  mutating func vector(_ places: [Place]) -> Place {
    align(4, after: places.count * 4)
    for place in places.reversed() { put(UInt32(reversed.count + 4 - place.fromEnd)) }
    put(UInt32(places.count))
    return Place(fromEnd: reversed.count)
  }

  /// Structures of two 64-bit integers.
  mutating func vector(_ pairs: [(Int64, Int64)]) -> Place {
    align(8, after: pairs.count * 16)
    for pair in pairs.reversed() {
      put(pair.1)
      put(pair.0)
    }
    // The elements' alignment holds for the first of them; the count stands before it.
    put(UInt32(pairs.count))
    return Place(fromEnd: reversed.count)
  }

  mutating func beginTable(slotCount: Int) {
    slots = .init(repeating: 0, count: slotCount)
    tableEnd = reversed.count
  }

  mutating func add<Number: FixedWidthInteger>(_ slot: Int, _ value: Number) {
    align(Number.bitWidth / 8, after: Number.bitWidth / 8)
    put(value)
    slots[slot] = reversed.count
  }

  mutating func add(_ slot: Int, _ place: Place) {
    align(4, after: 4)
    put(UInt32(reversed.count + 4 - place.fromEnd))
    slots[slot] = reversed.count
  }

  mutating func endTable() -> Place {
    align(4, after: 4)
    let table = reversed.count + 4
    let vtableBytes = 4 + slots.count * 2
    // The vtable stands right before the table.
    put(Int32(vtableBytes))
    for slot in slots.reversed() { put(UInt16(slot == 0 ? 0 : table - slot)) }
    put(UInt16(table - tableEnd))
    put(UInt16(vtableBytes))
    return Place(fromEnd: table)
  }

  /// The whole buffer, a multiple of 8 bytes, with `root` as what it is about.
  mutating func finish(_ root: Place) -> [UInt8] {
    align(8, after: 4)
    put(UInt32(reversed.count + 4 - root.fromEnd))
    return reversed.reversed()
  }
}
