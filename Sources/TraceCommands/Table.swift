// Aligned tables for the terminal: names to the left, numbers to the right. Plain text, no box drawing, so that it can be cut and sorted.

struct Table {
  enum Alignment { case left, right }

  struct Column {
    let title: String
    let alignment: Alignment
  }

  let columns: [Column]
  private(set) var rows: [[String]] = []

  /// Titles that begin with `<` are of left-aligned columns.
  init(_ titles: String...) {
    columns = titles.map {
      $0.hasPrefix("<") ? Column(title: String($0.dropFirst()), alignment: .left) : Column(title: $0, alignment: .right)
    }
  }

  var isEmpty: Bool { rows.isEmpty }

  mutating func add(_ cells: String...) { rows.append(cells) }

  /// The table as text; nothing when it has no rows. Trailing blanks are left out.
  func text(indentation: Int = 0) -> String {
    guard !rows.isEmpty else { return "" }
    let all = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    let margin = String(repeating: " ", count: indentation)
    return all.map { margin + line($0, widths) + "\n" }.joined()
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var parts: [String] = []
    for (index, cell) in cells.enumerated() where index < columns.count {
      let fill = String(repeating: " ", count: max(0, widths[index] - cell.count))
      parts.append(columns[index].alignment == .left ? cell + fill : fill + cell)
    }
    var text = parts.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return text
  }
}
