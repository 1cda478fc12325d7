// Where a line begins: blank lines skipped, its indentation measured and compared with the open blocks.

extension Tokenizer {
  /// Skips blank lines and comment lines, then compares the next line's indentation with the open blocks.
  mutating func scanIndentation() -> Bool {
    var column = 0
    var alternate = 0
    // The column before the first of several lines joined by backslashes counts.
    var continued: (Int, Int)?
    measuring: while true {
      switch source[position] {
      case 0x20:
        column += 1
        alternate += 1
      case 0x09:
        column = (column / Self.tabSize + 1) * Self.tabSize
        alternate += 1
      case 0x0C:
        column = 0
        alternate = 0
      case 0x5C:
        if continued == nil { continued = (column, alternate) }
        guard scanContinuation() else { return false }
        continue measuring
      case 0x23:
        // N.B. A type comment before an indentation is a token of the block outside, and its line end is one too.
        let start = position
        if skipComment() { return true }
        if keepsEverything { addToken(.comment, from: start) }
        continue measuring
      case 0x0A:
        position += 1
        if keepsEverything { addToken(.blankLine, from: position - 1) }
        beginLine()
        column = 0
        alternate = 0
        continued = nil
        continue measuring
      default:
        break measuring
      }
      position += 1
    }
    if position >= end { return true }
    if let (first, firstAlternate) = continued { (column, alternate) = (first, firstAlternate) }
    return placeIndent(column, alternate)
  }

  private mutating func placeIndent(_ column: Int, _ alternate: Int) -> Bool {
    var top = indents[indents.count - 1]
    if column == top { return checkAlternate(alternate) }
    if column > top {
      guard indents.count < Self.maximumIndentLevels else {
        failLate("too many levels of indentation", kind: .indentation, column: 1)
        return false
      }
      guard alternate > alternateIndents[alternateIndents.count - 1] else { return failMixedIndent() }
      indents.append(column)
      alternateIndents.append(alternate)
      addToken(.indent, from: position)
      return true
    }
    if keepsEverything, !indents.contains(column) {
      top = column - 1
    }
    while column < top {
      indents.removeLast()
      alternateIndents.removeLast()
      top = indents[indents.count - 1]
      addToken(.dedent, from: position)
    }
    guard column == top else {
      while source[position] != 0x0A { position += 1 }
      failLate(
        "unindent does not match any outer indentation level", kind: .indentation, column: position - lineStart + 1,
        endColumn: -1)
      return false
    }
    return checkAlternate(alternate)
  }

  private mutating func checkAlternate(_ alternate: Int) -> Bool {
    alternate == alternateIndents[alternateIndents.count - 1] ? true : failMixedIndent()
  }

  private mutating func failMixedIndent() -> Bool {
    failLate("inconsistent use of tabs and spaces in indentation", kind: .tab, column: 1)
    return false
  }
}
