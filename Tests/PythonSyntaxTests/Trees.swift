// What the tests of this target share: parsing short texts, and trees as text.

import PythonSyntax

/// The dump of a text's tree without positions, or the error.
func tree(_ text: String) -> String {
  do throws(SyntaxError) {
    return ASTDump.dump(
      try Parser.parseModule(Array(text.utf8), fileName: "test", readsTypeComments: true), attributes: false)
  } catch {
    return "error: \(error.message)"
  }
}

/// The dump of the only expression of a text with positions, from its second line on.
func expressionSpans(_ text: String) throws -> [String] {
  let root = try Parser.parseExpression(Array(text.utf8), fileName: "test")
  return ASTDump.dump(root, attributes: true).split(separator: "\n").dropFirst().map { line in
    String(line.drop { $0 == " " })
  }
}

/// Kind, message, line, column, end line, end column of a text's error; nil if it has none.
func failure(_ text: String) -> SyntaxError? {
  do throws(SyntaxError) {
    _ = try Parser.parseModule(Array(text.utf8), fileName: "test")
    return nil
  } catch {
    return error
  }
}
