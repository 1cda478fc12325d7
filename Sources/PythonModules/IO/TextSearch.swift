// Finding a character, and the ends of lines, in str objects of every width.
import Glibc
import PythonRuntime

enum TextSearch {
  /// The place of the first `character` (below 0x80) from `start` on, -1: there is none.
  static func first(_ character: UInt8, in text: Object, from start: Int) -> Int {
    let count = text.strLength
    guard start < count else { return -1 }
    guard text.strKind == 1 else {
      for i in start..<count where text.codePoint(i) == UInt32(character) { return i }
      return -1
    }
    let base = text.strData + start
    guard let found = memchr(base, Int32(character), count - start) else { return -1 }
    return start + (UnsafeMutableRawPointer(found) - base)
  }

  /// Behind the first end of a line from `start` on; -1: there is none. `newline`: as the stream was made with it; nil: ends were translated.
  static func lineEnd(in text: Object, from start: Int, newline: String?) -> Int {
    switch newline {
    case nil, "\n":
      let feed = first(0x0A, in: text, from: start)
      return feed < 0 ? -1 : feed + 1
    case "\r":
      let end = first(0x0D, in: text, from: start)
      return end < 0 ? -1 : end + 1
    case "\r\n":
      var place = start
      while true {
        let end = first(0x0D, in: text, from: place)
        if end < 0 { return -1 }
        if end + 1 < text.strLength, text.codePoint(end + 1) == 0x0A { return end + 2 }
        place = end + 1
      }
    default:
      let (feed, end) = (first(0x0A, in: text, from: start), first(0x0D, in: text, from: start))
      if end < 0 || (feed >= 0 && feed < end) { return feed < 0 ? -1 : feed + 1 }
      return feed == end + 1 ? end + 2 : end + 1
    }
  }
}
