import PythonSyntax

enum Unparser {
  static func text(_ expression: Expression) -> String { "" }
}
