// The page's data: names and figures as JSON, columns and slices as variable-length integers in base64. The page's script reads both (PageScript.swift).
//
//     section   values one after the other, each in groups of 7 bits, lowest first, bit 7 set on all but the last
//     delta     a section whose values are differences to the value before, zigzag: 0, -1, 1, -2 are 0, 1, 2, 3
//     example   100, 101, 99 as delta:  C8 01 | 02 | 03

import TraceAnalysis
import TraceModel
import TraceReplay

struct PageData {
  private var bytes: [UInt8] = []
  private var sections: [JSON] = []

  mutating func add(_ name: String, _ values: some Collection<UInt64>, isDelta: Bool = false) {
    let start = bytes.count
    var before: UInt64 = 0
    for value in values {
      if isDelta {
        let difference = Int64(bitPattern: value &- before)
        append(UInt64(bitPattern: (difference << 1) ^ (difference >> 63)))
        before = value
      } else {
        append(value)
      }
    }
    sections.append([.string(name), JSON(start), JSON(values.count), JSON(isDelta ? 1 : 0)])
  }

  mutating func add(_ name: String, _ values: [UInt32], isDelta: Bool = false) {
    add(name, values.lazy.map { UInt64($0) }, isDelta: isDelta)
  }

  private mutating func append(_ value: UInt64) {
    var rest = value
    while rest >= 128 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  var index: JSON { .array(sections) }
  var text: [UInt8] { Base64.encode(bytes) }
}

/// RFC 4648, with padding.
enum Base64 {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var place = 0
    while place < bytes.count {
      let count = min(3, bytes.count - place)
      var word: UInt32 = 0
      for offset in 0..<3 { word = word << 8 | (offset < count ? UInt32(bytes[place + offset]) : 0) }
      for letter in 0..<4 {
        text.append(letter <= count ? letters[Int(word >> UInt32(18 - letter * 6) & 63)] : UInt8(ascii: "="))
      }
      place += 3
    }
    return text
  }
}
