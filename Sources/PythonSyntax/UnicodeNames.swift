// Unicode character names to characters, for `\N{...}`. The names are those of the Swift library's tables; the index
// over them is made when the first name is asked for, and costs about a tenth of a second then.

public enum UnicodeNames {
  /// For each named character, the hash of its name above and the character below, in order of hash.
  private static let index: [UInt64] = {
    var entries: [UInt64] = []
    entries.reserveCapacity(150_000)
    for value in UInt32(0x20)...0x10FFFF {
      // Planes without named characters: unassigned and private ones.
      if value >= 0x33480 && value < 0xE0000 || value >= 0xE01F0 { continue }
      guard let scalar = Unicode.Scalar(value) else { continue }
      let properties = scalar.properties
      if let name = properties.name { entries.append(UInt64(hash(name)) << 32 | UInt64(value)) }
      if let alias = properties.nameAlias { entries.append(UInt64(hash(alias)) << 32 | UInt64(value)) }
    }
    entries.sort()
    return entries
  }()

  /// The code point with this name or alias, in any case; nil if there is none.
  public static func scalar(named name: String) -> UInt32? {
    let wanted = name.uppercased()
    let hash = hash(wanted)
    var (low, high) = (0, index.count)
    while low < high {
      let middle = (low + high) / 2
      if index[middle] >> 32 < UInt64(hash) { low = middle + 1 } else { high = middle }
    }
    while low < index.count, index[low] >> 32 == UInt64(hash) {
      let value = UInt32(truncatingIfNeeded: index[low])
      if let properties = Unicode.Scalar(value)?.properties,
        properties.name == wanted || properties.nameAlias == wanted
      {
        return value
      }
      low += 1
    }
    return nil
  }

  /// FNV-1a
  private static func hash(_ name: String) -> UInt32 {
    var hash: UInt32 = 2_166_136_261
    for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return hash
  }
}
