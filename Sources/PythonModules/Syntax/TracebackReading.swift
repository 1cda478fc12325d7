// What a traceback marks of a source line, found by parsing it: the rules of `traceback._extract_caret_anchors_from_line_segment` and
// `StackSummary._should_show_carets` of 3.13.
import PythonRuntime
import PythonSyntax

enum TracebackReading {
  static let reading = SourceReading(
    anchors: { Segment(lines: $0).anchors() }, hidesCarets: hidesCarets,
    isWide: { "WF".contains(CharacterData.eastAsianWidth($0.value)) })

  /// Lines 1 and up of a text, or nil where it is no Python.
  private static func parse(_ lines: [[Unicode.Scalar]], before: String = "", after: String = "") -> Module? {
    var text = before
    for (i, line) in lines.enumerated() {
      if i > 0 { text += "\n" }
      text.unicodeScalars.append(contentsOf: line)
    }
    return try? Parser.parseModule(Array((text + after).utf8), fileName: "<unknown>")
  }

  private static func hidesCarets(_ lines: [[Unicode.Scalar]], _ from: Int, _ to: Int) -> Bool {
    guard let module = parse(lines) else { return false }
    guard let statement = module.body.first else { return true }
    let value: PythonSyntax.Expression
    switch statement.kind {
    case .return(let returned?):
      guard case .call(let function, _, _) = returned.kind, case .name = function.kind else { return false }
      value = returned
    case .assign(let targets, let assigned):
      guard targets.count == 1, case .name = targets[0].kind, case .call = assigned.kind else { return false }
      value = assigned
    default: return false
    }
    let span = value.span
    return span.line == 1 && Int(span.endLine) == lines.count && Int(span.column) == from && Int(span.endColumn) == to
  }

  private struct Place {
    var line: Int
    var column: Int
  }

  /// The text of a range, which is parsed in parentheses: its expressions may go over several lines.
  private struct Segment {
    let lines: [[Unicode.Scalar]]

    func anchors() -> CaretAnchors? {
      guard let module = TracebackReading.parse(lines, before: "(\n", after: "\n)"), module.body.count == 1,
        case .expr(let expression) = module.body[0].kind
      else { return nil }
      switch expression.kind {
      case .binOp(let left, _, let right):
        return valid(end(of: left)).flatMap { find(from: $0) { $0 != ")" && !$0.properties.isWhitespace } }
          .map { anchors(ofOperator: $0, before: right) }
      case .subscript(let value, _, _): return anchors(ofBracket: "[", behind: value, in: expression)
      case .call(let function, _, _): return anchors(ofBracket: "(", behind: function, in: expression)
      default: return nil
      }
    }

    /// An operator has one or two characters, on one line.
    private func anchors(ofOperator place: Place, before right: PythonSyntax.Expression) -> CaretAnchors {
      let (line, next) = (lines[place.line], place.column + 1)
      let operand = begin(of: right)
      let isTwo =
        next < line.count && (operand.line > place.line || next < operand.column)
        && !line[next].properties.isWhitespace && line[next] != "\\" && line[next] != "#"
      return CaretAnchors(
        leftLine: place.line, leftColumn: place.column, rightLine: place.line, rightColumn: isTwo ? next + 1 : next)
    }

    private func anchors(
      ofBracket bracket: Unicode.Scalar, behind owner: PythonSyntax.Expression, in expression: PythonSyntax.Expression
    ) -> CaretAnchors? {
      guard let left = valid(end(of: owner)).flatMap({ find(from: $0) { $0 == bracket } }) else { return nil }
      let right = end(of: expression)
      return CaretAnchors(
        leftLine: left.line, leftColumn: left.column, rightLine: right.line, rightColumn: right.column)
    }

    // The parenthesis took line 1 of what was parsed.
    private func begin(of expression: PythonSyntax.Expression) -> Place {
      place(Int(expression.span.line) - 2, Int(expression.span.column))
    }
    private func end(of expression: PythonSyntax.Expression) -> Place {
      place(Int(expression.span.endLine) - 2, Int(expression.span.endColumn))
    }

    /// From a column in bytes.
    private func place(_ line: Int, _ bytes: Int) -> Place {
      guard lines.indices.contains(line) else { return Place(line: line, column: bytes) }
      var rest = bytes
      var column = 0
      while rest > 0, column < lines[line].count {
        rest -= UTF8.width(lines[line][column])
        column += 1
      }
      return Place(line: line, column: column)
    }

    /// The place, or the next one at which a character stands; nil at the end.
    private func valid(_ place: Place) -> Place? {
      var place = place
      while place.line < lines.count, place.column >= lines[place.line].count {
        place = Place(line: place.line + 1, column: 0)
      }
      return lines.indices.contains(place.line) ? place : nil
    }

    /// The first character from `place` on that is wanted; what follows a `#` or `\` is passed over.
    private func find(from place: Place, _ isWanted: (Unicode.Scalar) -> Bool) -> Place? {
      var next: Place? = place
      while let place = next {
        let character = lines[place.line][place.column]
        if character == "\\" || character == "#" {
          next = valid(Place(line: place.line + 1, column: 0))
        } else if isWanted(character) {
          return place
        } else {
          next = valid(Place(line: place.line, column: place.column + 1))
        }
      }
      return nil
    }
  }
}
