// From a failed parse to the one error that is shown: which token it is about, and whether the tokenizer's complaint about a later part of
// the text is the better message, as CPython decides it. Also the ways for rules to raise an error.

extension TreeParser {
  // MARK: Raising

  /// At the last token that any rule has seen.
  mutating func raise(_ message: String, kind: SyntaxError.Kind = .syntax) -> Failure {
    raise(message, kind: kind, span: tokens[max(furthest, position)].span)
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
    raise(message, from: token.span, to: tokens[max(furthest, position)].span)
  }

  /// The first error stays.
  private mutating func raise(_ message: String, kind: SyntaxError.Kind, span: SourceSpan) -> Failure {
    if raised == nil {
      raised = SyntaxError(
        kind: kind, message: message, line: Int(span.line), column: Int(span.column) + 1, endLine: Int(span.endLine),
        endColumn: Int(span.endColumn) + 1)
    }
    return Failure()
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
    if error.kind != .memory && error != tokenizerError, let other = tokenizerErrorInstead() { error = other }
    error.isIncompleteInput = error.isIncompleteInput || isIncomplete
    return shown(error)
  }

  private func genericError(at token: Token) -> SyntaxError {
    var error = SyntaxError(
      message: "invalid syntax", line: Int(token.line), column: Int(token.column) + 1, endLine: Int(token.endLine),
      endColumn: Int(token.endColumn) + 1)
    if token.kind == .indent || token.kind == .dedent {
      error.kind = .indentation
      error.message = token.kind == .indent ? "unexpected indent" : "unexpected unindent"
      error.endColumn = 0
    }
    return error
  }

  /// What the tokenizer found wrong further on; an unclosed bracket counts only if it was opened on an earlier line.
  private func tokenizerErrorInstead() -> SyntaxError? {
    guard let tokenizerError else { return nil }
    let isUnclosed = tokenizerError.message.hasSuffix("was never closed")
    let lastLine = Int(tokens[max(furthest, position)].line)
    return isUnclosed && lastLine <= tokenizerError.line ? nil : tokenizerError
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
    if error.endColumn > 0 { result.endColumn = characterColumn(error.endColumn, line: error.endLine) }
    result.lineText = text(ofLine: error.line)
    return result
  }


  private func text(ofLine line: Int) -> String {
    // The tokenizer may have stopped before it came to the end of the line.
    guard line >= 1, line <= lineStarts.count else { return "" }
    let start = Int(lineStarts[line - 1])
    let end = source[start...].firstIndex { $0 == 0x0A || $0 == 0 } ?? start
    let hasLineEnd = source[end] == 0x0A
    return String(decoding: source[start..<(hasLineEnd ? end + 1 : end)], as: UTF8.self)
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
