// What a traceback asks of those who can read Python: which part of a failed expression to mark. The runtime itself does not parse;
// PythonModules answers from start on.

/// The operator, or the brackets of a subscript or a call, that carets mark while tildes surround them. Lines and columns count from 0, columns in
/// code points; the end is behind the last one.
public struct CaretAnchors {
  public var leftLine: Int
  public var leftColumn: Int
  public var rightLine: Int
  public var rightColumn: Int

  public init(leftLine: Int, leftColumn: Int, rightLine: Int, rightColumn: Int) {
    self.leftLine = leftLine
    self.leftColumn = leftColumn
    self.rightLine = rightLine
    self.rightColumn = rightColumn
  }
}

/// The answers. Lines are without their ends.
public struct SourceReading {
  /// The anchors of a text that may be an expression; nil where there are none.
  public let anchors: (_ segment: [[Unicode.Scalar]]) -> CaretAnchors?
  /// Whether carets from column `from` of the first line to `to` of the last would say nothing, as these lines are a call whose value is
  /// returned or assigned, or no statement at all.
  public let hidesCarets: (_ lines: [[Unicode.Scalar]], _ from: Int, _ to: Int) -> Bool
  /// Whether a character takes two columns of a terminal.
  public let isWide: (Unicode.Scalar) -> Bool

  public init(
    anchors: @escaping ([[Unicode.Scalar]]) -> CaretAnchors?,
    hidesCarets: @escaping ([[Unicode.Scalar]], Int, Int) -> Bool, isWide: @escaping (Unicode.Scalar) -> Bool
  ) {
    self.anchors = anchors
    self.hidesCarets = hidesCarets
    self.isWide = isWide
  }
}
