// The one error of this module: what the tokenizer and the parser throw, with everything that Python's SyntaxError
// shows.

/// A source text that is no Python. Positions are those of the exception's attributes: lines from 1, columns in
/// characters from 1.
public struct SyntaxError: Error, Equatable, Sendable {
  public enum Kind: Sendable {
    /// `SyntaxError`
    case syntax
    /// `IndentationError`
    case indentation
    /// `TabError`
    case tab
    /// `MemoryError`, which CPython raises when its parser runs out of stack.
    case memory
    /// `RecursionError`, which CPython's compiler raises for a tree that is too deep.
    case recursion
  }

  public var kind: Kind
  public var message: String
  /// 0 where the whole file is meant, negative where the exception has no place at all.
  public var line: Int
  public var column: Int
  /// 0 where CPython gives no end.
  public var endLine: Int
  public var endColumn: Int
  /// The text of the line `line`, with its line end if it has one; nil where there is none to show.
  public var lineText: String?
  /// Whether more lines could make this a correct text: a prompt then asks for them instead of showing the error.
  public var isIncompleteInput: Bool
  /// As it was given to the parser.
  public var fileName = ""

  public init(
    kind: Kind = .syntax, message: String, line: Int, column: Int, endLine: Int = 0, endColumn: Int = 0,
    lineText: String? = nil, isIncompleteInput: Bool = false
  ) {
    self.kind = kind
    self.message = message
    self.line = line
    self.column = column
    self.endLine = endLine
    self.endColumn = endColumn
    self.lineText = lineText
    self.isIncompleteInput = isIncompleteInput
  }
}
