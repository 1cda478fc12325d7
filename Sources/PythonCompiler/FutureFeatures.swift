// The `from __future__` imports at the head of a module.

import PythonBytecode
import PythonSyntax

struct FutureFeatures {
  var annotations = false
  var barryAsBDFL = false
  var generatorStop = false
  /// No `__future__` import may stand behind this line.
  var lastLine: UInt32 = 0

  /// Features that are on anyway.
  private static let mandatory: Set<String> = [
    "nested_scopes", "generators", "division", "absolute_import", "with_statement", "print_function",
    "unicode_literals",
  ]

  static func find(in body: [Statement]) throws(CompileError) -> FutureFeatures {
    var future = FutureFeatures()
    for (index, statement) in body.enumerated() {
      if case .importFrom("__future__", let names, 0) = statement.kind {
        for alias in names { try future.enable(alias.name, at: statement.span) }
        future.lastLine = statement.span.line
      } else if case .expr(let value) = statement.kind, index == 0, case .constant(.string, _) = value.kind {
        continue
      } else {
        break
      }
    }
    return future
  }

  private mutating func enable(_ name: String, at span: SourceSpan) throws(CompileError) {
    switch name {
    case "annotations": annotations = true
    case "barry_as_FLUFL": barryAsBDFL = true
    case "generator_stop": generatorStop = true
    case "braces": throw CompileError("not a chance", SourcePosition(span))
    default:
      if !Self.mandatory.contains(name) {
        throw CompileError("future feature \(name) is not defined", SourcePosition(span))
      }
    }
  }
}
