// Takes a line of the text form apart.

struct LineScanner {
  private let bytes: ArraySlice<UInt8>
  private var place: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  /// The next byte; nil at the end.
  var peek: UInt8? { place < bytes.endIndex ? bytes[place] : nil }

  mutating func skipSpaces() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0D { place += 1 }
  }

  /// Skips `#123 `; false, and stays, when that is not what comes.
  mutating func skipEventNumber() -> Bool {
    var end = place + 1
    while end < bytes.endIndex, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[end]) { end += 1 }
    guard end > place + 1, end < bytes.endIndex, bytes[end] == 0x20 else { return false }
    place = end + 1
    return true
  }

  /// Up to the next space.
  mutating func word() -> String {
    take { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
  }

  /// `name=`, the equals sign taken; nil when there is none.
  mutating func name() -> String? {
    let start = place
    let name = take { $0 != 0x20 && $0 != UInt8(ascii: "=") }
    guard peek == UInt8(ascii: "="), !name.isEmpty else {
      place = start
      return nil
    }
    place += 1
    return name
  }

  /// Up to the next space or quote.
  mutating func value() -> String {
    take { $0 != 0x20 && $0 != 0x0D && $0 != UInt8(ascii: "\"") }
  }

  /// The content of a quoted text; nil when none comes or it does not end.
  mutating func quoted() -> [UInt8]? {
    guard peek == UInt8(ascii: "\"") else { return nil }
    var result: [UInt8] = []
    var index = place + 1
    while index < bytes.endIndex {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") {
        place = index
        return result
      }
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard index < bytes.endIndex else { return nil }
      let escape = bytes[index]
      index += 1
      switch escape {
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): result.append(escape)
      case UInt8(ascii: "x"):
        guard index + 2 <= bytes.endIndex,
          let value = UInt8(String(decoding: bytes[index..<index + 2], as: UTF8.self), radix: 16)
        else { return nil }
        result.append(value)
        index += 2
      default: return nil
      }
    }
    return nil
  }

  private mutating func take(while isPart: (UInt8) -> Bool) -> String {
    let start = place
    while let byte = peek, isPart(byte) { place += 1 }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }
}
