// Source text to a code object: the bridge from syntax and compiler to the runtime.
import PythonBytecode
import PythonCompiler
import PythonRuntime
import PythonSyntax

public enum SourceCompiler {
  /// Flags of `compile`: a text that more could complete is an error of its own class; in mode 'single', its end closes no block.
  private static let allowsIncomplete = 0x4000
  private static let leavesBlocksOpen = 0x200

  /// The code object of a source text; nil: SyntaxError (or a subclass) is set.
  public static func compile(_ t: ThreadState, _ source: [UInt8], fileName: String, mode: CompileMode, flags: Int = 0)
    -> Object?
  {
    do throws(SyntaxError) {
      switch mode {
      case .module:
        let tree = try Parser.parseModule(source, fileName: fileName)
        return finish(t, fileName, source) { warnings throws(CompileError) in
          try Compiler.compile(module: tree, fileName: fileName, warnings: &warnings)
        }
      case .expression:
        let tree = try Parser.parseExpression(source, fileName: fileName)
        return finish(t, fileName, source) { warnings throws(CompileError) in
          try Compiler.compile(expression: tree, fileName: fileName, warnings: &warnings)
        }
      case .interactive:
        let tree = try Parser.parseInteractive(
          source, fileName: fileName, isPrompt: flags & leavesBlocksOpen != 0)
        return finish(t, fileName, source) { warnings throws(CompileError) in
          try Compiler.compile(interactive: tree, fileName: fileName, warnings: &warnings)
        }
      }
    } catch {
      if flags & allowsIncomplete != 0, error.isIncompleteInput || isBlank(source) {
        return t.raise(.IncompleteInputError, "incomplete input")
      }
      raise(t, error, fileName)
      return nil
    }
  }

  /// Whether there are only blank lines and comments.
  private static func isBlank(_ source: [UInt8]) -> Bool {
    source.split(separator: 0x0A).allSatisfy { line in
      let text = line.drop { $0 <= 0x20 }
      return text.isEmpty || text.first == UInt8(ascii: "#")
    }
  }

  /// The code object that the compiler makes of a tree, with its warnings given; nil: an exception is set.
  static func finish(
    _ t: ThreadState, _ fileName: String, _ source: [UInt8] = [],
    _ compile: (inout [SyntaxWarning]) throws(CompileError) -> Code
  ) -> Object? {
    var warnings: [SyntaxWarning] = []
    do throws(CompileError) {
      let code = try compile(&warnings)
      for warning in warnings where !show(t, warning, fileName, source) { return nil }
      return makeCodeObject(t, code)
    } catch {
      let line = text(of: Int(error.position.line), in: source)
      t.raiseSyntaxError(
        .SyntaxError, error.message, file: fileName, line: Int(error.position.line),
        offset: characterColumn(Int(error.position.column), line) + 1, endLine: Int(error.position.endLine),
        endOffset: characterColumn(Int(error.position.endColumn), line) + 1, text: line)
      return nil
    }
  }

  /// Gives a SyntaxWarning. False: it became an exception; as SyntaxWarning, a SyntaxError at its place.
  private static func show(_ t: ThreadState, _ warning: SyntaxWarning, _ fileName: String, _ source: [UInt8]) -> Bool {
    // The filters live in the module.
    guard let module = importModule(t, "_warnings") else { return false }
    module.release()
    let category = exceptionType(.SyntaxWarning)
    let message = makeString(warning.message)
    defer { message.release() }
    let place = WarningsModule.Place(file: makeString(fileName), line: Int(warning.line), module: nil, registry: nil)
    defer { place.release() }
    if let result = WarningFilters.warn(t, message, category.object, place, source: nil) {
      result.release()
      return true
    }
    if t.hasRaised, t.matches(.SyntaxWarning) {
      t.clearRaised()
      t.raiseSyntaxError(
        .SyntaxError, warning.message, file: fileName, line: Int(warning.line), offset: 1, endLine: Int(warning.line),
        endOffset: 1, text: text(of: Int(warning.line), in: source))
    }
    return false
  }

  static func raise(_ t: ThreadState, _ error: SyntaxError, _ fileName: String) {
    let kind: ExceptionKind
    switch error.kind {
    case .syntax where !error.hasPlace:
      t.raise(.SyntaxError, error.message)
      return
    case .syntax: kind = .SyntaxError
    case .indentation: kind = .IndentationError
    case .tab: kind = .TabError
    case .memory:
      t.raise(.MemoryError, error.message)
      return
    case .recursion:
      t.raise(.RecursionError, error.message)
      return
    }
    t.raiseSyntaxError(
      kind, error.message, file: fileName, line: error.line, offset: error.column, endLine: error.endLine,
      endOffset: error.endColumn, text: error.lineText)
  }

  private static func text(of line: Int, in source: [UInt8]) -> String? {
    let lines = source.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard line >= 1, line <= lines.count else { return nil }
    return String(decoding: lines[line - 1], as: UTF8.self) + "\n"
  }

  /// Columns are bytes in the tree and characters in messages.
  private static func characterColumn(_ byteColumn: Int, _ line: String?) -> Int {
    guard let line, byteColumn > 0 else { return max(byteColumn, 0) }
    return String(decoding: line.utf8.prefix(byteColumn), as: UTF8.self).unicodeScalars.count
  }
}
