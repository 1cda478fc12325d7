// The bytes of a source file to the text that the tokenizer reads: byte order mark, encoding cookie (PEP 263), line
// ends.

struct SourceText {
  /// UTF-8 with line ends `\n`.
  var bytes: [UInt8]

  init(_ source: [UInt8]) throws(SyntaxError) {
    if source.contains(0) {
      throw SyntaxError(message: "source code string cannot contain null bytes", line: -1, column: 0)
    }
    let hasMark = source.starts(with: [0xEF, 0xBB, 0xBF])
    var bytes = hasMark ? Array(source.dropFirst(3)) : source
    let cookie = Self.cookie(in: bytes)
    switch cookie.map(Self.normalized) {
    case _ where hasMark && cookie != nil && !Self.isUTF8(cookie ?? ""):
      throw SyntaxError(message: "encoding problem: \(cookie ?? "") with BOM", line: 0, column: 0)
    case nil, "utf-8":
      try Self.checkUTF8(bytes)
    case "iso-8859-1":
      bytes = Self.utf8(fromLatin1: bytes)
    case "ascii":
      if let offset = bytes.firstIndex(where: { $0 >= 0x80 }) {
        let hex = String(bytes[offset], radix: 16)
        throw SyntaxError(
          message: "(unicode error) 'ascii' codec can't decode byte 0x\(hex) in position \(offset): "
            + "ordinal not in range(128)", line: 0, column: 0)
      }
    case let name?:
      guard let upperHalf = Charset.upperHalves[name] else {
        throw SyntaxError(message: "unknown encoding: \(cookie ?? "")", line: 0, column: 0)
      }
      do throws(Charset.Undefined) {
        bytes = try Charset.utf8(bytes, upperHalf)
      } catch {
        let hex = String(bytes[error.offset], radix: 16)
        throw SyntaxError(
          message: "(unicode error) '\(name)' codec can't decode byte 0x\(hex) in position \(error.offset): "
            + "character maps to <undefined>", line: 0, column: 0)
      }
    }
    self.bytes = Self.withPlainLineEnds(bytes)
  }

  /// What the cookie in one of the first two lines names; the second counts only if the first is blank or a comment.
  private static func cookie(in bytes: [UInt8]) -> String? {
    var lineStart = 0
    for _ in 0..<2 {
      let lineEnd = bytes[lineStart...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
      let line = bytes[lineStart..<lineEnd]
      guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0C }) else {
        lineStart = lineEnd + 1
        if lineStart > bytes.count { return nil }
        continue
      }
      guard first == 0x23 else { return nil }
      if let name = cookie(inComment: line) { return name }
      lineStart = lineEnd + 1
      if bytes.indices.contains(lineEnd), bytes[lineEnd] == 0x0D, bytes.indices.contains(lineStart),
        bytes[lineStart] == 0x0A
      {
        lineStart += 1
      }
      if lineStart > bytes.count { return nil }
    }
    return nil
  }

  /// `coding`, then `:` or `=`, then blanks, then the name.
  private static func cookie(inComment line: ArraySlice<UInt8>) -> String? {
    let word = Array("coding".utf8)
    var index = line.startIndex
    while index + word.count < line.endIndex {
      let end = index + word.count
      guard line[index..<end].elementsEqual(word), line[end] == 0x3A || line[end] == 0x3D else {
        index += 1
        continue
      }
      let name = line[(end + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
        .prefix { isDigit($0) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }
      return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }
    return nil
  }

  /// The only spellings that CPython accepts together with a byte order mark.
  private static func isUTF8(_ name: String) -> Bool {
    let folded = String(name.lowercased().map { $0 == "_" ? "-" : $0 })
    return folded == "utf-8" || folded.hasPrefix("utf-8-")
  }

  private static func normalized(_ name: String) -> String {
    let folded = String(name.lowercased().map { $0 == "_" ? "-" : $0 })
    if folded == "utf-8" || folded == "utf8" || folded == "u8" || folded.hasPrefix("utf-8-") { return "utf-8" }
    for latin in ["latin-1", "iso-8859-1", "iso-latin-1"] where folded == latin || folded.hasPrefix(latin + "-") {
      return "iso-8859-1"
    }
    switch folded {
    case "latin1", "iso8859-1", "l1", "8859", "cp819", "latin": return "iso-8859-1"
    case "ascii", "us-ascii", "646": return "ascii"
    case "windows-1252", "1252": return "cp1252"
    case "windows-1251", "1251": return "cp1251"
    case "latin2", "latin-2", "iso8859-2", "l2": return "iso-8859-2"
    case "latin9", "latin-9", "iso8859-15", "l9": return "iso-8859-15"
    default: return folded
    }
  }

  private static func checkUTF8(_ bytes: [UInt8]) throws(SyntaxError) {
    // Nearly all sources are plain ASCII: look for a high byte first, a validation only if there is one.
    guard let firstHigh = bytes.firstIndex(where: { $0 >= 0x80 }) else { return }
    var index = firstHigh
    while index < bytes.count {
      let length = sequenceLength(bytes, at: index)
      guard length > 0 else {
        let hex = String(bytes[index], radix: 16)
        throw SyntaxError(
          message: "(unicode error) 'utf-8' codec can't decode byte 0x\(hex) in position \(index): "
            + (bytes[index] < 0xC2 || bytes[index] > 0xF4 ? "invalid start byte" : "invalid continuation byte"),
          line: 0,
          column: 0)
      }
      index += length
    }
  }

  /// The length of the well-formed UTF-8 sequence at `index`; 0 if there is none.
  private static func sequenceLength(_ bytes: [UInt8], at index: Int) -> Int {
    let lead = bytes[index]
    if lead < 0x80 { return 1 }
    guard lead >= 0xC2, lead <= 0xF4 else { return 0 }
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    guard index + length <= bytes.count else { return 0 }
    let second = bytes[index + 1]
    let lowest: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
    let highest: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
    guard second >= lowest, second <= highest else { return 0 }
    for offset in 2..<max(2, length) where bytes[index + offset] & 0xC0 != 0x80 { return 0 }
    return length
  }

  private static func utf8(fromLatin1 bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      if byte < 0x80 {
        result.append(byte)
      } else {
        result.append(0xC0 | byte >> 6)
        result.append(0x80 | byte & 0x3F)
      }
    }
    return result
  }

  private static func withPlainLineEnds(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0x0D) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var previous: UInt8 = 0
    for byte in bytes {
      if byte == 0x0D {
        result.append(0x0A)
      } else if byte != 0x0A || previous != 0x0D {
        result.append(byte)
      }
      previous = byte
    }
    return result
  }
}
