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

enum SourceExcerpt {
  private static func isSpace(_ c: Character) -> Bool { c == " " || c == "\t" || c == "\u{c}" }

  /// The lines to print below `File ..., line ...`, indented.
  static func lines(file: String, line: Int, place: SourcePosition) -> [String] {
    guard let first = SourceLines.line(file, line) else { return [] }
    let indent = first.prefix(while: isSpace).count
    let stripped = String(first.dropFirst(indent))
    var end = stripped.endIndex
    while end > stripped.startIndex, stripped[stripped.index(before: end)].isWhitespace {
      end = stripped.index(before: end)
    }
    let plain = "    " + stripped[..<end]
    guard !stripped[..<end].isEmpty else { return [] }
    guard Int(place.line) == line, place.column >= 0, place.endColumn >= 0, place.endLine >= place.line else {
      return [plain]
    }

    // 1. All lines of the range, without the indentation they share.
    var all: [[Character]] = []
    for number in line...Int(place.endLine) {
      guard let text = SourceLines.line(file, number) else { return [plain] }
      all.append(Array(text))
    }
    let start = characters(all[0], place.column)
    let stop = characters(all[all.count - 1], place.endColumn)
    let shared = sharedIndent(all)
    var shown = all.map { trimmedEnd($0) }
    shown = shown.map { Array($0.dropFirst(min(shared, $0.count))) }
    let from = start - shared
    let to = stop - shared
    guard from >= 0, to >= 0 else { return [plain] }

    // 2. Which part of the range is the operator, the subscript or the call's arguments.
    let anchors = CaretAnchors.find(shown, from, to)
    var significant: Set<Int> = [0, shown.count - 1]
    if let anchors {
      for i in (anchors.leftLine - 1)...(anchors.leftLine + 1) { significant.insert(i) }
      for i in (anchors.rightLine - 1)...(anchors.rightLine + 1) { significant.insert(i) }
    }
    let numbers = significant.filter { $0 >= 0 && $0 < shown.count }.sorted()
    let showsCarets = shouldShow(shown, from, to, anchors)

    // 3. Lines and carets.
    var result: [String] = []
    func output(_ i: Int) {
      result.append("    " + String(shown[i]))
      guard showsCarets else { return }
      let blanks = shown[i].prefix(while: isSpace).count
      let count = i == shown.count - 1 ? min(to, max(to, 0)) : shown[i].count
      var carets = ""
      for column in 0..<max(count, 0) {
        if column < blanks || (i == 0 && column < from) {
          carets += " "
        } else if let anchors {
          let afterLeft = i > anchors.leftLine || (i == anchors.leftLine && column >= anchors.leftColumn)
          let beforeRight = i < anchors.rightLine || (i == anchors.rightLine && column < anchors.rightColumn)
          carets += afterLeft && beforeRight ? "^" : "~"
        } else {
          carets += "^"
        }
      }
      result.append("    " + carets)
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

  private static func trimmedEnd(_ line: [Character]) -> [Character] {
    var end = line.count
    while end > 0, line[end - 1].isWhitespace { end -= 1 }
    return Array(line[0..<end])
  }

  /// Characters before a UTF-8 offset.
  private static func characters(_ line: [Character], _ offset: Int32) -> Int {
    var bytes = 0
    for (i, c) in line.enumerated() {
      if bytes >= Int(offset) { return i }
      bytes += c.utf8.count
    }
    return line.count
  }

  private static func sharedIndent(_ lines: [[Character]]) -> Int {
    lines.filter { !$0.allSatisfy(\.isWhitespace) }.map { $0.prefix(while: isSpace).count }.min() ?? 0
  }

  /// Carets under a whole line say nothing, unless they show an operator; a call that is the whole value of an assignment or return needs none.
  private static func shouldShow(_ lines: [[Character]], _ from: Int, _ to: Int, _ anchors: CaretAnchors?) -> Bool {
    let before = lines[0].prefix(from)
    let after = lines[lines.count - 1].dropFirst(min(to, lines[lines.count - 1].count))
    let isStatementEnd = CaretAnchors.isOnlyComment(after)
    if isStatementEnd, let anchors, anchors.isCall {
      let text = String(before)
      if text == "return " {
        let segment = lines[0].dropFirst(from)
        let callee = segment.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        if segment.dropFirst(callee.count).first == "(" { return false }
      }
      if CaretAnchors.isAssignmentTarget(text) { return false }
    }
    if anchors != nil { return true }
    return before.contains { !$0.isWhitespace } || after.contains { !$0.isWhitespace }
  }
}
