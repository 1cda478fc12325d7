// Node objects of `ast` to the compiler's tree: what `compile` does with a tree that a program made or changed.
//
// 1. A node's class, or the nearest one of `_ast` above it, says what it is; its fields are read as attributes.
// 2. What the grammar or the validator of CPython refuses is refused with the same message.
// 3. The compiler finds a scope again by where its node stands. Nodes that a program made may all stand at one place, so a node that opens a
//    scope gets an end of its own.
import PythonCompiler
import PythonRuntime
import PythonSyntax

/// An exception is set.
struct TreeFailure: Error {}

struct TreeReader {
  let t: ThreadState
  /// Spans of nodes that open a scope.
  var scopes: Set<ScopePlace> = []

  struct ScopePlace: Hashable {
    let line, column, endLine, endColumn: UInt32
    let kind: String
  }

  init(_ t: ThreadState) { self.t = t }

  // MARK: - Roots

  /// The code object of a tree. nil: an exception is set.
  static func compile(_ t: ThreadState, _ tree: Object, fileName: String, mode: CompileMode) -> Object? {
    let wanted =
      switch mode {
      case .module: "Module"
      case .expression: "Expression"
      case .interactive: "Interactive"
      }
    guard SyntaxModule.kind(of: tree) == wanted else {
      return t.raise(.TypeError, "expected \(wanted) node, got \(typeName(tree))")
    }
    var reader = TreeReader(t)
    do throws(TreeFailure) {
      switch mode {
      case .module:
        let module = Module(body: try reader.statements(tree, "body"))
        return SourceCompiler.finish(t, fileName) { warnings throws(CompileError) in
          try Compiler.compile(module: module, fileName: fileName, warnings: &warnings)
        }
      case .expression:
        let root = ExpressionRoot(body: try reader.expression(tree, "body"))
        return SourceCompiler.finish(t, fileName) { warnings throws(CompileError) in
          try Compiler.compile(expression: root, fileName: fileName, warnings: &warnings)
        }
      case .interactive:
        let root = Interactive(body: try reader.statements(tree, "body"))
        return SourceCompiler.finish(t, fileName) { warnings throws(CompileError) in
          try Compiler.compile(interactive: root, fileName: fileName, warnings: &warnings)
        }
      }
    } catch {
      return nil
    }
  }

  // MARK: - Fields

  func fail(_ kind: ExceptionKind, _ message: String) -> TreeFailure {
    t.raise(kind, message)
    return TreeFailure()
  }

  /// The node's class; `sum` is what belongs here, for the message.
  func kind(_ o: Object, _ sum: String) throws(TreeFailure) -> String {
    if let kind = SyntaxModule.kind(of: o) { return kind }
    throw fail(.TypeError, "expected some sort of \(sum), but got \(reprText(t, o))")
  }

  /// nil: absent, or None. Owned by the caller through `hold`.
  func optional(_ o: Object, _ name: String) throws(TreeFailure) -> Object? {
    var failed = false
    guard let value = findAttribute(t, o, internString(name), failed: &failed) else {
      if failed { throw TreeFailure() }
      return nil
    }
    // The node keeps its fields while it is read: nothing of the program runs here but descriptors of strange subclasses.
    value.release()
    return value == core.pointee.none ? nil : value
  }

  func required(_ o: Object, _ name: String) throws(TreeFailure) -> Object {
    var failed = false
    guard let value = findAttribute(t, o, internString(name), failed: &failed) else {
      if failed { throw TreeFailure() }
      throw fail(.TypeError, "required field \"\(name)\" missing from \(typeName(o))")
    }
    value.release()
    if value == core.pointee.none { throw fail(.ValueError, "field '\(name)' is required for \(typeName(o))") }
    return value
  }

  func items(_ o: Object, _ name: String) throws(TreeFailure) -> [Object] {
    var failed = false
    guard let list = findAttribute(t, o, internString(name), failed: &failed) else {
      if failed { throw TreeFailure() }
      return []
    }
    defer { list.release() }
    guard list.isKind(.list) else {
      throw fail(.TypeError, "\(typeName(o)) field \"\(name)\" must be a list, not a \(typeName(list))")
    }
    return (0..<list.listCount).map { list.listItems[$0] }
  }

  func string(_ o: Object, _ what: String = "identifier") throws(TreeFailure) -> String {
    guard o.isKind(.str) else { throw fail(.TypeError, "AST \(what) must be of type str") }
    return stringValue(o)
  }

  func identifier(_ o: Object, _ name: String) throws(TreeFailure) -> Identifier {
    try checked(try string(try required(o, name)))
  }

  func optionalIdentifier(_ o: Object, _ name: String) throws(TreeFailure) -> Identifier? {
    guard let value = try optional(o, name) else { return nil }
    return try checked(try string(value))
  }

  func identifiers(_ o: Object, _ name: String) throws(TreeFailure) -> [Identifier] {
    var names: [Identifier] = []
    for item in try items(o, name) { names.append(try string(item)) }
    return names
  }

  private func checked(_ name: Identifier) throws(TreeFailure) -> Identifier {
    guard !["None", "True", "False"].contains(name) else {
      throw fail(.ValueError, "identifier field can't represent '\(name)' constant")
    }
    return name
  }

  func integer(_ o: Object, _ what: String) throws(TreeFailure) -> Int {
    guard o.isKind(.int) || o.isKind(.bool), let value = intValue(t, o) else {
      t.clearRaised()
      throw fail(.ValueError, "invalid integer value: \(reprText(t, o))")
    }
    return value
  }

  // MARK: - Places

  private func place(_ o: Object, _ name: String, _ sum: String, default value: Int? = nil) throws(TreeFailure) -> Int {
    var failed = false
    guard let given = findAttribute(t, o, internString(name), failed: &failed) else {
      if failed { throw TreeFailure() }
      if let value { return value }
      throw fail(.TypeError, "required field \"\(name)\" missing from \(sum)")
    }
    defer { given.release() }
    if given == core.pointee.none, let value { return value }
    return try integer(given, name)
  }

  func span(_ o: Object, _ sum: String) throws(TreeFailure) -> SourceSpan {
    let line = try place(o, "lineno", sum)
    let column = try place(o, "col_offset", sum)
    let endLine = try place(o, "end_lineno", sum, default: line)
    let endColumn = try place(o, "end_col_offset", sum, default: column)
    if line > endLine { throw fail(.ValueError, "AST node line range (\(line), \(endLine)) is not valid") }
    if (line < 0 && endLine != line) || (column < 0 && column != endColumn) {
      throw fail(
        .ValueError, "AST node column range (\(column), \(endColumn)) for line range (\(line), \(endLine)) is not valid"
      )
    }
    if line == endLine, column > endColumn {
      throw fail(.ValueError, "line \(line), column \(column)-\(endColumn) is not a valid range")
    }
    return SourceSpan(
      line: UInt32(clamping: line), column: UInt32(clamping: column), endLine: UInt32(clamping: endLine),
      endColumn: UInt32(clamping: endColumn))
  }

  /// The span of a node that opens a scope: its own.
  mutating func scopeSpan(_ span: SourceSpan, _ kind: String) -> SourceSpan {
    var span = span
    while !scopes.insert(
      ScopePlace(
        line: span.line, column: span.column, endLine: span.endLine, endColumn: span.endColumn, kind: kind)
    ).inserted { span.endColumn += 1 }
    return span
  }
}
