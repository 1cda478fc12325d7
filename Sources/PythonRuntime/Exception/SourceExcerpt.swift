// The source lines under a frame of a traceback, with carets under the part that failed. The rules are those of 3.13's traceback module.
import Glibc
import PythonBytecode

/// Source texts by file name: read from disk once, or registered for code that has no file.
public enum SourceLines {
  nonisolated(unsafe) private static var cache: [String: [String]] = [:]

  /// Makes the text of code without a file (`-c`, a REPL's input) known to tracebacks.
  public static func register(_ file: String, _ text: String) { cache[file] = split(text) }

  public static func line(_ file: String, _ number: Int) -> String? {
    let lines = all(file)
    return number >= 1 && number <= lines.count ? lines[number - 1] : nil
  }

  private static func split(_ text: String) -> [String] {
    var lines: [String] = []
    var current: [UInt8] = []
    for byte in text.utf8 {
      if byte == 10 {
        if current.last == 13 { current.removeLast() }
        lines.append(String(decoding: current, as: UTF8.self))
        current.removeAll(keepingCapacity: true)
      } else {
        current.append(byte)
      }
    }
    if !current.isEmpty { lines.append(String(decoding: current, as: UTF8.self)) }
    return lines
  }

  private static func all(_ file: String) -> [String] {
    if let known = cache[file] { return known }
    guard !file.hasPrefix("<"), let stream = fopen(file, "rb") else { return [] }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      if count <= 0 || bytes.count > 1 << 26 { break }
      bytes.append(contentsOf: buffer[0..<count])
    }
    let lines = split(String(decoding: bytes, as: UTF8.self))
    cache[file] = lines
    return lines
  }
}

public enum SourceExcerpt {
  /// Set once, at start.
  nonisolated(unsafe) public static var reading: SourceReading?

  private static func isSpace(_ c: Unicode.Scalar) -> Bool { c == " " || c == "\t" || c == "\u{c}" }

  /// The lines to print below `File ..., line ...`, indented.
  static func lines(file: String, line: Int, place: SourcePosition) -> [String] {
    guard let first = SourceLines.line(file, line) else { return [] }
    let stripped = trimmedEnd(Array(first.unicodeScalars.drop(while: isSpace)))
    let plain = "    " + text(stripped)
    guard !stripped.isEmpty else { return [] }
    guard Int(place.line) == line, place.column >= 0, place.endColumn >= 0, place.endLine >= place.line else {
      return [plain]
    }

    // 1. All lines of the range, without the indentation they share.
    var all: [[Unicode.Scalar]] = []
    for number in line...Int(place.endLine) {
      guard let text = SourceLines.line(file, number) else { return [plain] }
      all.append(Array(text.unicodeScalars))
    }
    let start = characters(all[0], place.column)
    let stop = characters(all[all.count - 1], place.endColumn)
    let shared = sharedIndent(all)
    let shown = all.map { line in Array(trimmedEnd(line).dropFirst(shared)) }
    let last = shown.count - 1
    let from = min(max(0, start - shared), shown[0].count)
    let to = min(max(0, stop - shared), shown[last].count)
    guard last > 0 || from <= to else { return [plain] }

    // 2. Which part of the range is the operator, the subscript or the call's arguments.
    var segment = shown
    segment[last].removeLast(shown[last].count - to)
    segment[0].removeFirst(from)
    var anchors = reading?.anchors(segment)
    var significant: Set<Int> = [0, last]
    if let found = anchors {
      anchors?.leftColumn += found.leftLine == 0 ? from : 0
      anchors?.rightColumn += found.rightLine == 0 ? from : 0
      significant.formUnion((found.leftLine - 1)...(found.leftLine + 1))
      significant.formUnion((found.rightLine - 1)...(found.rightLine + 1))
    }
    let numbers = significant.filter { $0 >= 0 && $0 <= last }.sorted()
    let showsCarets = shouldShow(shown, from, to, anchors)

    // 3. Lines and carets.
    var result: [String] = []
    func output(_ i: Int) {
      result.append("    " + text(shown[i]))
      if showsCarets { result.append("    " + carets(shown[i], i, isLast: i == last, from, to, anchors)) }
    }
    for (k, i) in numbers.enumerated() {
      if k > 0 {
        let gap = i - numbers[k - 1]
        if gap == 2 { output(i - 1) } else if gap > 2 { result.append("    ...<\(gap - 1) lines>...") }
      }
      output(i)
    }
    return result
  }

  /// The carets under line `i`: a wide character has two.
  private static func carets(
    _ line: [Unicode.Scalar], _ i: Int, isLast: Bool, _ from: Int, _ to: Int, _ anchors: CaretAnchors?
  ) -> String {
    let blanks = line.prefix(while: isSpace).count
    var carets = ""
    for column in 0..<(isLast ? to : line.count) {
      var mark: Character = "^"
      if column < blanks || (i == 0 && column < from) {
        mark = " "
      } else if let anchors {
        let afterLeft = i > anchors.leftLine || (i == anchors.leftLine && column >= anchors.leftColumn)
        let beforeRight = i < anchors.rightLine || (i == anchors.rightLine && column < anchors.rightColumn)
        mark = afterLeft && beforeRight ? "^" : "~"
      }
      carets.append(mark)
      if !line[column].isASCII, reading?.isWide(line[column]) ?? false { carets.append(mark) }
    }
    return carets
  }

  private static func text(_ scalars: [Unicode.Scalar]) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    return text
  }

  private static func trimmedEnd(_ line: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var end = line.count
    while end > 0, line[end - 1].properties.isWhitespace { end -= 1 }
    return Array(line[0..<end])
  }

  /// Characters before a UTF-8 offset.
  private static func characters(_ line: [Unicode.Scalar], _ offset: Int32) -> Int {
    var bytes = 0
    for (i, c) in line.enumerated() {
      if bytes >= Int(offset) { return i }
      bytes += UTF8.width(c)
    }
    return line.count
  }

  private static func sharedIndent(_ lines: [[Unicode.Scalar]]) -> Int {
    lines.filter { !$0.allSatisfy(\.properties.isWhitespace) }.map { $0.prefix(while: isSpace).count }.min() ?? 0
  }

  /// Carets under a whole line say nothing, unless they show an operator; a call that is the whole value of an assignment or return needs none.
  private static func shouldShow(
    _ lines: [[Unicode.Scalar]], _ from: Int, _ to: Int, _ anchors: CaretAnchors?
  ) -> Bool {
    if reading?.hidesCarets(lines, from, to) ?? false { return false }
    if anchors != nil { return true }
    return !lines[0].prefix(from).allSatisfy(\.properties.isWhitespace)
      || !lines[lines.count - 1].dropFirst(to).allSatisfy(\.properties.isWhitespace)
  }
}
