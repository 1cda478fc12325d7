// From a failed parse to the one error that is shown: which token it is about, and whether the tokenizer's complaint
// about a later part of the text is the better message, as CPython decides it. Also the ways for rules to raise an
// error.

extension TreeParser {
  // MARK: Raising

  /// At the last token that any rule has seen.
  mutating func raise(_ message: String, kind: SyntaxError.Kind = .syntax) -> Failure {
    if raised == nil { raised = error(message, kind: kind, at: tokens[max(furthest, position)]) }
    return Failure()
  }

  mutating func raise(_ message: String, at token: Token) -> Failure { raise(message, kind: .syntax, span: token.span) }

  mutating func raise(_ message: String, at span: SourceSpan) -> Failure { raise(message, kind: .syntax, span: span) }

  mutating func raise(_ message: String, from first: SourceSpan, to last: SourceSpan) -> Failure {
    var span = first
    span.endLine = last.endLine
    span.endColumn = last.endColumn
    return raise(message, kind: .syntax, span: span)
  }

  /// From a token to the end of the last one that any rule has seen.
  mutating func raise(_ message: String, startingFrom token: Token) -> Failure {
    raise(message, startingFrom: token.span)
  }

  mutating func raise(_ message: String, startingFrom span: SourceSpan) -> Failure {
    var last = tokens[max(furthest, position)].span
    // N.B. CPython's column is the tokenizer's here, one less than elsewhere.
    last.endColumn = last.endColumn == 0 ? 0 : last.endColumn - 1
    return raise(message, from: span, to: last)
  }

  /// The first error stays.
  private mutating func raise(_ message: String, kind: SyntaxError.Kind, span: SourceSpan) -> Failure {
    if raised == nil {
      raised = SyntaxError(
        kind: kind, message: message, line: Int(span.line), column: Int(span.column) + 1, endLine: Int(span.endLine),
        endColumn: Int(span.endColumn) + 1, lineText: text(ofLine: Int(span.line)))
    }
    return Failure()
  }

  /// At a token; those of blocks and of the text's end have no columns of their own.
  private func error(_ message: String, kind: SyntaxError.Kind, at token: Token) -> SyntaxError {
    var result = SyntaxError(
      kind: kind, message: message, line: Int(token.line), column: Int(token.column) + 1, endLine: Int(token.endLine),
      endColumn: Int(token.endColumn) + 1)
    if token.kind == .indent || token.kind == .dedent || token.kind == .endMarker {
      result.column = Int(token.column)
      result.endColumn = -1
      if token.kind != .indent, token.column == 0, token.line > 1, Int(token.start) + 4 >= source.count {
        // The text's end counts as the end of its last line.
        result.line -= 1
        result.endLine = result.line
        result.column = Int(token.start) - Int(lineStarts[result.line - 1])
      }
    }
    result.lineText = text(ofLine: result.line)
    return result
  }

  // MARK: Choosing

  /// After a failed first pass: the error to show.
  mutating func diagnose<Root>(_ rule: (inout TreeParser) throws(Failure) -> Root) -> SyntaxError {
    let last = furthest
    let isIncomplete = isAtSourceEnd(last)
    if raised == nil {
      position = 0
      depth = 0
      isDiagnosing = true
      isSecondPass = true
      _ = try? rule(&self)
      memos = [:]
    }
    var error = raised ?? genericError(at: tokens[last])
    if let other = tokenizerErrorInstead(of: error) { error = other }
    error.isIncompleteInput = error.isIncompleteInput || isIncomplete
    return shown(error)
  }

  private func genericError(at token: Token) -> SyntaxError {
    switch token.kind {
    case .indent: error("unexpected indent", kind: .indentation, at: token)
    case .dedent: error("unexpected unindent", kind: .indentation, at: token)
    default: invalidSyntax(at: token)
    }
  }

  private func invalidSyntax(at token: Token) -> SyntaxError {
    var result = error("invalid syntax", kind: .syntax, at: token)
    if token.kind == .endMarker { (result.column, result.endColumn) = (0, 0) }
    return result
  }

  /// What the tokenizer found wrong further on. It counts only for what CPython's tokenizer raises by itself, and not
  /// inside of f-strings; an unclosed bracket only if it was opened on an earlier line than the last token seen.
  private func tokenizerErrorInstead(of error: SyntaxError) -> SyntaxError? {
    guard let tokenizerError, error != tokenizerError, error.line > 0 else { return nil }
    if raised == nil && error.kind == .indentation { return nil }
    if isTokenizerErrorUnclosed {
      return Int(tokens[max(furthest, position)].line) > tokenizerError.line ? tokenizerError : nil
    }
    return isTokenizerErrorDecisive && (!isTokenizerErrorInFString || !isSecondPass) ? tokenizerError : nil
  }

  /// Whether only the ends of blocks and of the text follow.
  private func isAtSourceEnd(_ index: Int) -> Bool {
    if tokens[index].kind == .error { return tokenizerError?.isIncompleteInput ?? false }
    return tokens[index...].allSatisfy { $0.kind == .dedent || $0.kind == .endMarker }
  }

  // MARK: Showing

  /// The error with columns in characters and the text of its line.
  private func shown(_ error: SyntaxError) -> SyntaxError {
    guard error.line > 0 else { return error }
    var result = error
    result.column = characterColumn(error.column, line: error.line)
    if error.lineText == nil { result.lineText = text(ofLine: error.line) }
    if error.endColumn > 0 {
      // N.B. CPython measures the end column in the text of the first line, however many lines the error spans.
      result.endColumn = characterColumn(error.endColumn, line: error.line)
      if error.endLine != error.line, let text = result.lineText {
        result.endColumn = min(result.endColumn, text.unicodeScalars.count + 1)
      }
    }
    return result
  }

  /// With its line end only if the tokenizer, which in CPython is no further than the parser, has not gone beyond it.
  private func text(ofLine line: Int) -> String {
    guard line >= 1, line <= lineStarts.count else { return "" }
    let start = Int(lineStarts[line - 1])
    let end = source[start...].firstIndex { $0 == 0x0A || $0 == 0 } ?? start
    let last = tokens[max(furthest, position)]
    let isAtTextEnd = last.kind != .newline && last.column == 0 && Int(last.start) + 4 >= source.count
    let isCurrent = line >= Int(last.endLine) - (isAtTextEnd ? 1 : 0)
    return String(decoding: source[start..<(isCurrent && source[end] == 0x0A ? end + 1 : end)], as: UTF8.self)
  }

  /// Columns from 1.
  private func characterColumn(_ byteColumn: Int, line: Int) -> Int {
    guard byteColumn > 0, line >= 1, line <= lineStarts.count else { return byteColumn }
    let start = Int(lineStarts[line - 1])
    let end = min(start + byteColumn, source.count)
    let continuations = source[start..<max(start, end)].count { $0 & 0xC0 == 0x80 }
    return byteColumn - continuations
  }
}
