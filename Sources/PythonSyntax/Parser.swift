// The entry points of the module: source bytes in, a tree or one SyntaxError out. What a text means (scopes, `return`
// outside of a function, duplicate parameters) is not checked here but by the compiler.

/// The parser of Python 3.13.
public enum Parser {
  /// A whole file (`compile` mode 'exec').
  ///
  /// - Parameter readsTypeComments: whether `# type: ` is more than a comment. It may then be wrong, where no type belongs.
  public static func parseModule(
    _ source: [UInt8], fileName: String, readsTypeComments: Bool = false
  ) throws(SyntaxError) -> Module {
    try parse(source, fileName, readsTypeComments: readsTypeComments) { parser throws(Failure) in
      var module = Module(body: try parser.file())
      module.typeIgnores = parser.typeIgnores
      module.typeComments = parser.typeComments
      module.warnings = parser.warnings.sorted { $0.line < $1.line }
      return module
    }
  }

  /// An expression alone, with nothing but line ends after it (mode 'eval').
  public static func parseExpression(_ source: [UInt8], fileName: String) throws(SyntaxError) -> ExpressionRoot {
    // Blanks in front of an expression are not an indentation.
    let trimmed = Array(source.drop { $0 == 0x20 || $0 == 0x09 })
    return try parse(trimmed, fileName) { parser throws(Failure) in
      var root = ExpressionRoot(body: try parser.expressionAlone())
      root.warnings = parser.warnings.sorted { $0.line < $1.line }
      return root
    }
  }

  /// One statement, or several on one line with semicolons (mode 'single').
  ///
  /// - Parameter isPrompt: whether the text comes from a prompt, line by line with their ends, where a compound statement
  ///   is over only with a blank line. A text that more lines could complete then throws an error with
  ///   `isIncompleteInput` set, as does any other cut-off text.
  public static func parseInteractive(
    _ source: [UInt8], fileName: String, isPrompt: Bool = false
  ) throws(SyntaxError) -> Interactive {
    let root = try parse(source, fileName) { parser throws(Failure) in
      var root = Interactive(body: try parser.interactive())
      root.warnings = parser.warnings.sorted { $0.line < $1.line }
      return root
    }
    if isPrompt, let last = root.body.last, last.isCompound, !endsInBlankLine(source) {
      throw SyntaxError(message: "incomplete input", line: 0, column: 0, isIncompleteInput: true)
    }
    return root
  }

  private static func endsInBlankLine(_ source: [UInt8]) -> Bool {
    guard let lineEnd = source.dropLast().lastIndex(of: 0x0A) else { return false }
    return source[lineEnd...].allSatisfy { $0 <= 0x20 }
  }

  private static func parse<Root>(
    _ source: [UInt8], _ fileName: String, readsTypeComments: Bool = false,
    _ rule: (inout TreeParser) throws(Failure) -> Root
  ) throws(SyntaxError) -> Root {
    var parser: TreeParser
    do throws(SyntaxError) {
      parser = TreeParser(text: try SourceText(source), readsTypeComments: readsTypeComments)
    } catch {
      var failure = error
      failure.fileName = fileName
      throw failure
    }
    if let root = parser.firstPass(rule) { return root }
    var failure = parser.diagnose(rule)
    failure.fileName = fileName
    throw failure
  }
}

extension TreeParser {
  fileprivate mutating func firstPass<Root>(_ rule: (inout TreeParser) throws(Failure) -> Root) -> Root? {
    do throws(Failure) {
      return try rule(&self)
    } catch {
      return nil
    }
  }

  // MARK: Roots

  mutating func file() throws(Failure) -> [Statement] {
    var body: [Statement] = []
    while kind != .endMarker { try statement(into: &body) }
    return body
  }

  mutating func expressionAlone() throws(Failure) -> Expression {
    let value = try expressions()
    while skip(.newline) {}
    guard kind == .endMarker else { throw noMatch() }
    return value
  }

  mutating func interactive() throws(Failure) -> [Statement] {
    var body: [Statement] = []
    guard kind != .endMarker else { throw noMatch() }
    try statement(into: &body)
    guard kind == .endMarker else {
      if kind == .error { throw noMatch() }
      throw raise("multiple statements found while compiling a single statement", at: tokens[position])
    }
    return body
  }
}

extension Statement {
  fileprivate var isCompound: Bool {
    switch kind {
    case .functionDef, .asyncFunctionDef, .classDef, .for, .asyncFor, .while, .if, .with, .asyncWith, .match, .try,
      .tryStar:
      true
    default: false
    }
  }
}
