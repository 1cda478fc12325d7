// String literals and the text of f-strings as tokens. What is inside the quotes is decoded later, by `LiteralDecoder`.

extension Tokenizer {
  /// `position` is at the quote; the token begins with the prefix letters at `prefixStart`.
  mutating func scanString(prefixStart: Int) {
    let quote = source[position]
    var quoteSize = 1
    if source[position + 1] == quote && source[position + 2] == quote { quoteSize = 3 }
    for index in prefixStart..<position where source[index] | 0x20 == 0x66 {
      return beginFString(prefixStart: prefixStart, quote: quote, quoteSize: quoteSize)
    }
    let (startLine, startLineStart) = (line, lineStart)
    let quoteStart = position
    position += quoteSize
    var hasEscapedQuote = false
    guard scanToClosingQuote(quote, quoteSize, &hasEscapedQuote) else {
      return failUnterminated(
        hasEscapedQuote: hasEscapedQuote, quoteSize: quoteSize, quote: quote, prefixStart: prefixStart,
        quoteStart: quoteStart, line: startLine,
        lineStart: startLineStart)
    }
    addToken(.string, from: prefixStart, line: startLine, lineStart: startLineStart)
  }

  /// Goes to the byte after the closing quotes.
  ///
  /// - Returns: false at the end of the text or, between single quotes, at the end of the line.
  private mutating func scanToClosingQuote(_ quote: UInt8, _ quoteSize: Int, _ hasEscapedQuote: inout Bool) -> Bool {
    while position < end {
      let byte = source[position]
      if byte == quote {
        if quoteSize == 1 {
          position += 1
          return true
        }
        if source[position + 1] == quote && source[position + 2] == quote {
          position += 3
          return true
        }
      }
      if byte == 0x5C {
        position += 1
        if source[position] == quote { hasEscapedQuote = true }
      }
      if source[position] == 0x0A {
        if quoteSize == 1 && byte != 0x5C { return false }
        position += 1
        beginLine()
      } else {
        position += 1
      }
    }
    position = min(position, end)
    return false
  }

  private mutating func failUnterminated(
    hasEscapedQuote: Bool, quoteSize: Int, quote: UInt8, prefixStart: Int, quoteStart: Int, line startLine: Int,
    lineStart startLineStart: Int
  ) {
    // A text that ends in a line end was read to the start of a line that does not exist.
    let lastLine = position == end && position == lineStart ? line - 1 : line
    let isAtEnd = position >= end
    line = startLine
    lineStart = startLineStart
    position = prefixStart + 1
    if let fstring = fstrings.last, fstring.quote == quote, fstring.quoteSize == quoteSize {
      return fail("f-string: expecting '}'")
    }
    if quoteSize == 3 {
      fail("unterminated triple-quoted string literal (detected at line \(lastLine))", isIncomplete: isAtEnd)
    } else {
      let hint = hasEscapedQuote ? "; perhaps you escaped the end quote?" : ""
      // At the text's end only behind a backslash, which joins the next line.
      fail("unterminated string literal (detected at line \(lastLine))" + hint, isIncomplete: isAtEnd)
    }
  }

  // MARK: f-strings

  private mutating func beginFString(prefixStart: Int, quote: UInt8, quoteSize: Int) {
    guard fstrings.count < Self.maximumFStringLevels else { return fail("too many nested f-strings") }
    let isRaw = (prefixStart..<position).contains { source[$0] | 0x20 == 0x72 }
    position += quoteSize
    fstrings.append(FString(quote: quote, quoteSize: quoteSize, isRaw: isRaw, start: prefixStart, line: line))
    addToken(.fstringStart, from: prefixStart)
  }

  private func isClosingQuote(_ fstring: FString, at index: Int) -> Bool {
    guard source[index] == fstring.quote else { return false }
    return fstring.quoteSize == 1 || (source[index + 1] == fstring.quote && source[index + 2] == fstring.quote)
  }

  /// The next token inside an f-string's text: a piece of it, or its end, or nothing if an expression begins or goes on
  /// here. A piece ends after a doubled brace, of which it keeps one, and after `\N{...}`, as in CPython.
  mutating func scanFStringText() {
    let last = fstrings.count - 1
    let fstring = fstrings[last]
    let start = position
    let (startLine, startLineStart) = (line, lineStart)
    if isClosingQuote(fstring, at: position) {
      position += fstring.quoteSize
      fstrings.removeLast()
      return addToken(.fstringEnd, from: start)
    }
    var isInUnicodeName = false
    while true {
      let byte = source[position]
      let isInFormatSpec = fstring.isInFormatSpec && fstring.fieldDepth >= 0
      if position >= end || (byte == 0x0A && fstring.quoteSize == 1) {
        guard isInFormatSpec && position < end else { return failUnterminatedFString(fstring) }
        fstrings[last].isInText = false
        break
      }
      if byte == 0x7B {  // {
        if isInUnicodeName {
          position += 1
          continue
        }
        if source[position + 1] == 0x7B && !isInFormatSpec { return endPiece(start, startLine, startLineStart) }
        return beginField(start, startLine, startLineStart)
      }
      if byte == 0x7D {  // }
        if isInUnicodeName {
          position += 1
          break
        }
        if source[position + 1] == 0x7D && !isInFormatSpec && fstring.bracketDepth == 0 {
          return endPiece(start, startLine, startLineStart)
        }
        fstrings[last].isInText = false
        break
      }
      if isClosingQuote(fstring, at: position) { break }
      if byte == 0x5C {
        position += 1
        let escaped = source[position]
        if escaped == 0x7B || escaped == 0x7D { continue }
        if escaped == 0x4E && !fstring.isRaw && source[position + 1] == 0x7B {
          position += 2
          isInUnicodeName = true
          continue
        }
        if position >= end { continue }
      }
      let wasLineEnd = source[position] == 0x0A
      position += 1
      if wasLineEnd { beginLine() }
    }
    // A format spec without text has a piece too: a lambda before its colon is told by it.
    let isEmptyPiece = keepsEverything ? !fstrings[last].isInText : tokens[tokens.count - 1].kind == .colon
    if position > start || fstring.isInFormatSpec && isEmptyPiece || keepsEverything && !fstrings[last].isInText {
      addToken(.fstringMiddle, from: start, line: startLine, lineStart: startLineStart)
    }
  }

  /// Ends a piece at a doubled brace: both are in its span, one is in its text.
  private mutating func endPiece(_ start: Int, _ startLine: Int, _ startLineStart: Int) {
    position += 2
    addToken(.fstringMiddle, from: start, line: startLine, lineStart: startLineStart)
    tokens[tokens.count - 1].end -= 1
  }

  private mutating func beginField(_ start: Int, _ startLine: Int, _ startLineStart: Int) {
    let last = fstrings.count - 1
    if position > start { addToken(.fstringMiddle, from: start, line: startLine, lineStart: startLineStart) }
    fstrings[last].fieldDepth += 1
    guard fstrings[last].fieldDepth < Self.maximumFStringExpressionLevels else {
      return fail("f-string: expressions nested too deeply")
    }
    fstrings[last].isInText = false
  }

  private mutating func failUnterminatedFString(_ fstring: FString) {
    let lastLine = position >= end && position == lineStart ? line - 1 : line
    let isAtEnd = position >= end
    line = fstring.line
    lineStart = Int(lineStarts[line - 1])
    position = fstring.start + 1
    if fstring.quoteSize == 3 {
      fail("unterminated triple-quoted f-string literal (detected at line \(lastLine))", isIncomplete: isAtEnd)
    } else {
      fail("unterminated f-string literal (detected at line \(lastLine))", isIncomplete: isAtEnd)
    }
  }
}
