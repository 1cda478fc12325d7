// The text form of a trace: what both directions share. A line is a comment (`# ...`), a directive (`@...`) or a
// record:
//
//     @exuvia 0.1
//     @header flags=0 level=refs wall=0 monotonic=0 pid=0
//     @program "a.py"
//     @chunk stream=0 ringBegin=0 ringEnd=3
//     defineString id=1 text="list"
//     alloc type=1"list" object=0x40 site=0 size=56 flags=5
//     #12 dealloc cause=refcount inPass=no object=0x40        (the number before it, and names in quotes after ids, are
// for people)
//     @end status=0 signalled=0
//
// `TextWriter` makes it of a file, `TextReader` makes a file of it; text to file to text gives the same text.

import TraceModel

enum TextForm {
  static let title = "@exuvia 0.1"

  /// Appends `bytes` in double quotes: `"`, `\`, newline, tab and return escaped; other control bytes and bytes that
  /// are no UTF-8 as `\xNN`.
  static func quote(_ bytes: UnsafeRawBufferPointer, into line: inout [UInt8]) {
    line.append(UInt8(ascii: "\""))
    var index = 0
    while index < bytes.count {
      let byte = unsafe bytes[index]
      if byte >= 0x80 {
        let length = unsafe sequenceLength(bytes, index)
        if length == 0 {
          appendEscape(byte, &line)
          index += 1
        } else {
          unsafe line.append(contentsOf: bytes[index..<index + length])
          index += length
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): line.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0x0A: line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
      case 0x09: line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
      case 0x0D: line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
      case 0..<0x20, 0x7F: appendEscape(byte, &line)
      default: line.append(byte)
      }
      index += 1
    }
    line.append(UInt8(ascii: "\""))
  }

  static func quote(_ text: String, into line: inout [UInt8]) {
    let bytes = Array(text.utf8)
    unsafe bytes.withUnsafeBytes { unsafe quote($0, into: &line) }
  }

  private static func appendEscape(_ byte: UInt8, _ line: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    line.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
  }

  /// Bytes of the well-formed UTF-8 sequence at `index` (Unicode table 3-7); 0 when there is none.
  private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int {
    let first = unsafe bytes[index]
    let (length, low, high): (Int, UInt8, UInt8) =
      switch first {
      case 0xC2...0xDF: (2, 0x80, 0xBF)
      case 0xE0: (3, 0xA0, 0xBF)
      case 0xE1...0xEC, 0xEE...0xEF: (3, 0x80, 0xBF)
      case 0xED: (3, 0x80, 0x9F)
      case 0xF0: (4, 0x90, 0xBF)
      case 0xF1...0xF3: (4, 0x80, 0xBF)
      case 0xF4: (4, 0x80, 0x8F)
      default: (0, 0, 0)
      }
    guard length > 0, index + length <= bytes.count, unsafe (low...high).contains(bytes[index + 1]) else { return 0 }
    for place in 2..<max(length, 2) where unsafe bytes[index + place] & 0xC0 != 0x80 { return 0 }
    return length
  }

  static func append(_ value: UInt64, into line: inout [UInt8]) {
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    unsafe withUnsafeMutableBytes(of: &digits) { buffer in
      var place = buffer.count
      var rest = value
      repeat {
        place -= 1
        unsafe buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      unsafe line.append(contentsOf: buffer[place...])
    }
  }

  static func appendHex(_ value: UInt64, into line: inout [UInt8]) {
    line.append(contentsOf: [UInt8(ascii: "0"), UInt8(ascii: "x")])
    var shift = value == 0 ? 0 : (63 - value.leadingZeroBitCount) / 4 * 4
    while shift >= 0 {
      let digit = UInt8(value >> UInt64(shift) & 15)
      line.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      shift -= 4
    }
  }

  /// Decimal or `0x` number.
  static func number(_ text: Substring) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }

  static let levelNames = RecordingLevel.allCases.map { "\($0)" }
  static let fieldNameKinds = FieldName.Kind.allCases.map { "\($0)" }
}
