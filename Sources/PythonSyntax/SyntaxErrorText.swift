// A SyntaxError as Python's traceback prints it: the place, the line, carets under the columns, the message. The runtime prints its
// exceptions by its own code, since a program may change them; this is for who has only the parser.

extension SyntaxError {
  /// The class of the exception.
  public var className: String {
    switch kind {
    case .syntax: "SyntaxError"
    case .indentation: "IndentationError"
    case .tab: "TabError"
    case .memory: "MemoryError"
    case .recursion: "RecursionError"
    }
  }

  /// Whether the exception names a line. Line 0 is a place: the whole file, whose encoding is unknown.
  public var hasPlace: Bool { line >= 0 && kind != .memory && kind != .recursion }

  /// Several lines, each with its end.
  public var text: String {
    let last = message.isEmpty ? className + "\n" : "\(className): \(message)\n"
    guard hasPlace else { return last }
    return "  File \"\(fileName)\", line \(line)\n" + excerpt + last
  }

  /// The line without its indentation, and carets below it. Columns count characters, of which a tab is one.
  private var excerpt: String {
    guard let lineText else { return "" }
    var shown = Array(lineText.unicodeScalars)
    let lengthWithEnd = shown.count
    while shown.last == "\n" { shown.removeLast() }
    let stripped = shown.drop { $0 == " " || $0 == "\n" || $0 == "\u{c}" }
    let removed = shown.count - stripped.count
    let first = "    \(Self.string(stripped))\n"

    // 1. A range that goes on to other lines ends with this one; ends beyond the line are at its end.
    let atEnd = shown.count + 1
    var begin = column
    var end = endLine == line || endLine == 0 ? (endColumn == 0 ? column : endColumn) : atEnd
    if begin > lengthWithEnd { begin = atEnd }
    if end > lengthWithEnd { end = atEnd }
    if begin >= end || end < 0 { end = begin + 1 }
    // 2. What was taken away in front is not counted; nothing is marked there.
    begin -= removed + 1
    end -= removed + 1
    guard begin >= 0 else { return first }
    // 3. Tabs stay, so that the carets stand below their columns.
    let blanks = stripped.prefix(begin).map { $0.properties.isWhitespace ? $0 : " " }
    return first + "    " + Self.string(blanks) + String(repeating: "^", count: end - begin) + "\n"
  }

  private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var result = ""
    result.unicodeScalars.append(contentsOf: scalars)
    return result
  }
}
