// The format strings of `struct`: byte order, sizes and alignments.

/// One item of a format.
struct StructItem {
  let code: UInt8
  /// Repetitions; for `s` and `p` the length in bytes.
  let count: Int
  let size: Int
  let offset: Int

  var isText: Bool { code == 0x73 || code == 0x70 }
}

struct StructFormat {
  var items: [StructItem] = []
  var size = 0
  var isBigEndian = false
  /// How many values it packs.
  var valueCount: Int { items.reduce(0) { $0 + ($1.code == 0x78 ? 0 : $1.isText ? 1 : $1.count) } }

  /// A message on failure.
  static func parse(_ text: [UInt8]) -> Result<StructFormat, StructMistake> {
    var format = StructFormat()
    var i = 0
    var isNative = true
    if let first = text.first {
      switch first {
      case UInt8(ascii: "@"): i = 1
      case UInt8(ascii: "="), UInt8(ascii: "<"):
        isNative = false
        i = 1
      case UInt8(ascii: ">"), UInt8(ascii: "!"):
        isNative = false
        format.isBigEndian = true
        i = 1
      default: break
      }
    }
    while i < text.count {
      let c = text[i]
      if c == 0x20 || c >= 9 && c <= 13 {
        i += 1
        continue
      }
      var count = 1
      if c >= 48, c <= 57 {
        count = 0
        while i < text.count, text[i] >= 48, text[i] <= 57 {
          let (product, overflow) = count.multipliedReportingOverflow(by: 10)
          if overflow || product > Int.max - 10 { return .failure(StructMistake(message: "overflow in item count")) }
          count = product + Int(text[i] - 48)
          i += 1
        }
        if i == text.count { return .failure(StructMistake(message: "repeat count given without format specifier")) }
      }
      guard let (size, alignment) = size(of: text[i], isNative: isNative) else {
        return .failure(StructMistake(message: "bad char in struct format"))
      }
      if isNative { format.size = (format.size + alignment - 1) / alignment * alignment }
      let item = StructItem(code: text[i], count: count, size: size, offset: format.size)
      let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
      let (total, overflow2) = format.size.addingReportingOverflow(bytes)
      if overflow || overflow2 { return .failure(StructMistake(message: "total struct size too long")) }
      if count > 0 || item.isText { format.items.append(item) }
      format.size = total
      i += 1
    }
    return .success(format)
  }

  private static func size(of code: UInt8, isNative: Bool) -> (size: Int, alignment: Int)? {
    switch Character(Unicode.Scalar(code)) {
    case "x", "c", "b", "B", "?", "s", "p": (1, 1)
    case "h", "H", "e": (2, 2)
    case "i", "I", "f": (4, 4)
    case "l", "L": isNative ? (8, 8) : (4, 4)
    case "q", "Q", "d": (8, 8)
    case "n", "N", "P": isNative ? (8, 8) : nil
    default: nil
    }
  }
}

struct StructMistake: Error {
  let message: String
}
