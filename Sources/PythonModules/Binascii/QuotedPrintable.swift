// `binascii.b2a_qp` and `a2b_qp`: the quoted-printable form of RFC 1521.
import PythonRuntime
import PythonTypes

enum QuotedPrintable {
  private static let lineLimit = 76
  private static let digits = Array("0123456789ABCDEF".utf8)

  static var methods: [NativeMethod] {
    [
      NativeMethod("a2b_qp", .keywords) { t, _, a in
        guard let given = parseArguments(t, a, function: "a2b_qp", names: ["data", "header"], required: 1),
          let data = given[0], let text = BinasciiModule.asciiBytes(t, data), let header = flag(t, given[1], false)
        else { return nil }
        return makeBytes(decode(text, header: header))
      },
      NativeMethod("b2a_qp", .keywords) { t, _, a in
        guard
          let given = parseArguments(
            t, a, function: "b2a_qp", names: ["data", "quotetabs", "istext", "header"], required: 1),
          let data = given[0], let bytes = ByteSource.required(t, data), let tabs = flag(t, given[1], false),
          let isText = flag(t, given[2], true), let header = flag(t, given[3], false)
        else { return nil }
        return makeBytes(encode(bytes, quoteTabs: tabs, isText: isText, header: header))
      },
    ]
  }

  private static func flag(_ t: ThreadState, _ o: Object?, _ fallback: Bool) -> Bool? {
    guard let o else { return fallback }
    let truth = isTrue(t, o)
    return truth < 0 ? nil : truth == 1
  }

  private static func value(_ c: UInt8) -> UInt8? {
    switch c {
    case 48...57: c - 48
    case 65...70: c - 55
    case 97...102: c - 87
    default: nil
    }
  }

  private static func decode(_ text: [UInt8], header: Bool) -> [UInt8] {
    var out: [UInt8] = []
    var i = 0
    while i < text.count {
      if text[i] == 61 {
        i += 1
        guard i < text.count else { break }
        // A soft line break goes, up to the line's end.
        if text[i] == 10 || text[i] == 13 {
          while i < text.count, text[i] != 10 { i += 1 }
          i += 1
        } else if text[i] == 61 {
          out.append(61)
          i += 1
        } else if i + 1 < text.count, let high = value(text[i]), let low = value(text[i + 1]) {
          out.append(high << 4 | low)
          i += 2
        } else {
          out.append(61)
        }
      } else {
        out.append(header && text[i] == 95 ? 32 : text[i])
        i += 1
      }
    }
    return out
  }

  private static func encode(_ bytes: [UInt8], quoteTabs: Bool, isText: Bool, header: Bool) -> [UInt8] {
    var out: [UInt8] = []
    var column = 0
    // The line ends of the first line are those of all.
    let firstEnd = bytes.firstIndex(of: 10)
    let crlf = firstEnd.map { $0 > 0 && bytes[$0 - 1] == 13 } ?? false
    let end: [UInt8] = crlf ? [13, 10] : [10]
    func hex(_ byte: UInt8) -> [UInt8] { [61, digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    func softBreak(_ wanted: Int) {
      if column + wanted >= lineLimit {
        out.append(61)
        out += end
        column = 0
      }
    }
    var i = 0
    while i < bytes.count {
      let c = bytes[i]
      let next: UInt8? = i + 1 < bytes.count ? bytes[i + 1] : nil
      let isLineEnd = c == 10 || c == 13 && next == 10
      let quotes =
        c > 126 || c == 61 || header && c == 95 || c == 46 && column == 0 && (next == nil || next == 10 || next == 13)
        || !isText && (c == 13 || c == 10) || (c == 9 || c == 32) && next == nil
        || c < 33 && c != 13 && c != 10 && c != 9 && c != 32
        || c < 33 && c != 13 && c != 10 && (quoteTabs || !quoteTabs && c != 9 && c != 32)
      if quotes {
        softBreak(3)
        out += hex(c)
        i += 1
        column += 3
      } else if isText, isLineEnd {
        // White space before a line's end would be lost on the way.
        if let last = out.last, last == 32 || last == 9 {
          out.removeLast()
          out += hex(last)
        }
        out += end
        column = 0
        i += c == 13 ? 2 : 1
      } else {
        if next != 10 { softBreak(1) }
        column += 1
        out.append(header && c == 32 ? 95 : c)
        i += 1
      }
    }
    return out
  }
}
