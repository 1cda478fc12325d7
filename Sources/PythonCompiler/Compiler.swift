// The door of this module: a syntax tree in, a code object out.

import PythonBytecode
import PythonSyntax

public enum Compiler {
  /// A file, as `compile(..., 'exec')`.
  public static func compile(module: Module, fileName: String, warnings: inout [SyntaxWarning]) throws(CompileError)
    -> Code
  {
    let future = try FutureFeatures.find(in: module.body)
    let table = try SymbolTable.build(module.body, hasFutureAnnotations: future.annotations)
    let generator = CodeGenerator(fileName: fileName, table: table, future: future)
    warnings += module.warnings
    defer { warnings += generator.warnings }
    try generator.visitBody(module.body, at: SourcePosition(line: 1))
    return try generator.finish(addsNone: true)
  }

  /// One input of a prompt, as `compile(..., 'single')`: values of expression statements are printed.
  public static func compile(interactive: Interactive, fileName: String, warnings: inout [SyntaxWarning])
    throws(CompileError)
    -> Code
  {
    let future = try FutureFeatures.find(in: interactive.body)
    let table = try SymbolTable.build(interactive.body, hasFutureAnnotations: future.annotations)
    let generator = CodeGenerator(fileName: fileName, table: table, future: future)
    generator.isInteractive = true
    warnings += interactive.warnings
    defer { warnings += generator.warnings }
    try generator.visitBody(interactive.body, at: SourcePosition(line: 1))
    return try generator.finish(addsNone: true)
  }

  /// An expression, as `compile(..., 'eval')`: its value is returned.
  public static func compile(expression: ExpressionRoot, fileName: String, warnings: inout [SyntaxWarning])
    throws(CompileError) -> Code
  {
    let table = try SymbolTable.build(expression.body)
    let generator = CodeGenerator(fileName: fileName, table: table, future: FutureFeatures())
    warnings += expression.warnings
    defer { warnings += generator.warnings }
    try generator.visit(expression.body)
    return try generator.finish(addsNone: false)
  }
}
