// The one error of the compiler: a SyntaxError that the grammar cannot see. Positions are the tree's: lines from 1, columns in
// UTF-8 bytes from 0; who raises it as a Python exception has the text and converts them.

import PythonBytecode
import PythonSyntax

public struct CompileError: Error, Equatable, Sendable {
  public let message: String
  public let position: SourcePosition

  init(_ message: String, _ position: SourcePosition) {
    self.message = message
    self.position = position
  }
}

extension SourceSpan {
  /// Of nodes that the compiler makes and that belong to what is around them; real lines count from 1.
  static let nowhere = SourceSpan(line: 0, column: 0, endLine: 0, endColumn: 0)
}

extension SourcePosition {
  init(_ span: SourceSpan) {
    guard span != .nowhere else {
      self = .none
      return
    }
    self.init(
      line: Int32(truncatingIfNeeded: span.line), endLine: Int32(truncatingIfNeeded: span.endLine),
      column: Int32(truncatingIfNeeded: span.column), endColumn: Int32(truncatingIfNeeded: span.endColumn))
  }

  /// A line without columns.
  init(line: Int32) { self.init(line: line, endLine: line, column: 0, endColumn: 0) }

  var hasLine: Bool { line >= 0 }
}
