// Tokens to tree: the state of the recursive descent and what all its rules share. The rules are in the extensions, one
// file per part of the grammar; each is a method that either consumes what it is named after or throws.
//
// A text is parsed once. Only if that fails it is parsed again, "diagnosing": then rules look for known kinds of
// mistakes as CPython's `invalid_` rules do, and the first one found is the error. If none is found, the error is
// "invalid syntax" at the furthest token that the first pass looked at. In the second pass rules backtrack, so results
// are remembered by rule and token.

/// What rules throw: nothing here, or, if `TreeParser.raised` is set, an error that ends the parse. One word, so that
/// throwing costs little.
struct Failure: Error {}

struct TreeParser {
  /// Beyond this many nested rules CPython's parser gives up; ours counts coarser steps, so that both refuse about the
  /// same texts.
  static let maximumDepth = 6000
  /// How many operators or trailers may follow each other without brackets: each makes the tree deeper by one, and
  /// everything that walks the tree, its end of life included, is recursive.
  static let maximumChainLength = 10_000

  /// Above this the next statement starts with an empty memory.
  static let maximumMemos = 20_000

  /// What the second pass remembers: that a rule matches at a token, with which node and up to where, or that it does
  /// not.
  struct Memo {
    var expression: Expression?
    var endPosition: Int
  }
  enum Rule: UInt8 {
    case expression, disjunction, namedExpression, bitwiseOr, primary
  }

  let source: [UInt8]
  let tokens: [Token]
  let lineStarts: [Int32]
  let tokenizerError: SyntaxError?
  let isTokenizerErrorDecisive: Bool
  let isTokenizerErrorInFString: Bool
  let isTokenizerErrorUnclosed: Bool
  /// The index of the next token.
  var position = 0
  /// The furthest token that a rule has looked for something at.
  var furthest = 0
  var raised: SyntaxError?
  /// Whether rules look for known mistakes.
  var isDiagnosing = false
  /// Whether this is the second pass, also where it does not look for mistakes.
  var isSecondPass = false
  var depth = 0
  var memos: [Int: Memo] = [:]
  let typeIgnores: [TypeIgnore]
  /// Type comments of statements and parameters by where those begin. They are no part of the nodes, since only tools ask for them.
  var typeComments: [SourcePlace: String] = [:]
  var warnings: [SyntaxWarning]

  init(text: SourceText, readsTypeComments: Bool) {
    var tokenizer = Tokenizer(text: text.bytes, readsTypeComments: readsTypeComments)
    tokenizer.run()
    source = tokenizer.source
    tokens = tokenizer.tokens
    lineStarts = tokenizer.lineStarts
    typeIgnores = tokenizer.typeIgnores
    warnings = tokenizer.warnings
    tokenizerError = tokenizer.error
    isTokenizerErrorDecisive = tokenizer.isErrorDecisive
    isTokenizerErrorInFString = !tokenizer.fstrings.isEmpty
    isTokenizerErrorUnclosed = tokenizer.isErrorUnclosedBracket
  }

  // MARK: Tokens

  @inline(__always)
  var kind: TokenKind { tokens[position].kind }

  /// The kind of the token after the next one. The last token is never consumed, but it may be the next one.
  var followingKind: TokenKind { tokens[min(position + 1, tokens.count - 1)].kind }

  @inline(__always)
  mutating func advance() {
    if position < tokens.count - 1 { position += 1 }
  }

  /// For `throw`: the rule does not match at the next token.
  mutating func noMatch() -> Failure {
    if position > furthest { furthest = position }
    if kind == .error && raised == nil { raised = tokenizerError }
    return Failure()
  }

  @inline(__always)
  mutating func expect(_ expected: TokenKind) throws(Failure) {
    guard kind == expected else { throw noMatch() }
    advance()
  }

  @inline(__always)
  mutating func skip(_ optional: TokenKind) -> Bool {
    guard kind == optional else { return false }
    advance()
    return true
  }

  /// `[TYPE_COMMENT]` of what begins where the span does.
  @inline(__always)
  mutating func skipTypeComment(of span: SourceSpan) {
    guard kind == .typeComment else { return }
    typeComments[SourcePlace(span)] = text(of: tokens[position])
    advance()
  }

  mutating func identifier() throws(Failure) -> Identifier {
    guard kind == .name else { throw noMatch() }
    let name = name(of: tokens[position])
    advance()
    return name
  }

  /// The name that a token spells.
  @inline(__always)
  func name(of token: Token) -> Identifier {
    token.isWide ? NameNormalizer.normalized(text(of: token)) : text(of: token)
  }

  func text(of token: Token) -> String {
    String(decoding: source[Int(token.start)..<Int(token.end)], as: UTF8.self)
  }

  /// Whether the next token is the soft keyword `word`.
  func isSoftKeyword(_ word: StaticString) -> Bool {
    let token = tokens[position]
    guard token.kind == .name, Int(token.end - token.start) == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { source[Int(token.start)..<Int(token.end)].elementsEqual($0) }
  }

  /// From the token `start` to the last consumed one.
  @inline(__always)
  func span(from start: Int) -> SourceSpan {
    let first = tokens[start]
    let last = tokens[position - 1]
    return SourceSpan(line: first.line, column: first.column, endLine: last.endLine, endColumn: last.endColumn)
  }

  // MARK: Depth

  /// Call on entering a rule that contains itself; with `leave` at its end. On failure nobody leaves, for then the
  /// parse is over or `attempt` restores the depth.
  @inline(__always)
  mutating func enter(_ weight: Int = 1) throws(Failure) {
    depth += weight
    if depth > Self.maximumDepth { throw overflow() }
  }

  @inline(__always)
  mutating func leave(_ weight: Int = 1) { depth -= weight }

  private mutating func overflow() -> Failure {
    raised = SyntaxError(
      kind: .memory, message: "Parser stack overflowed - Python source too complex to parse", line: 0, column: 0)
    return Failure()
  }

  /// For `throw` when a chain has become too long.
  mutating func chainOverflow() -> Failure {
    raised = SyntaxError(
      kind: .recursion, message: "maximum recursion depth exceeded during compilation", line: 0, column: 0)
    return Failure()
  }

  // MARK: Backtracking

  /// The rule's result, or nil and the old position if it does not match; an error that was raised goes on.
  mutating func attempt<Value>(
    _ rule: (inout TreeParser) throws(Failure) -> Value
  ) throws(Failure) -> Value? {
    let (oldPosition, oldDepth, oldDiagnosing) = (position, depth, isDiagnosing)
    do throws(Failure) {
      return try rule(&self)
    } catch {
      if raised != nil { throw error }
      position = oldPosition
      depth = oldDepth
      isDiagnosing = oldDiagnosing
      return nil
    }
  }

  /// In the first pass just the rule: if it does not match, nothing else would either. In the second pass an attempt.
  @inline(__always)
  mutating func optional<Value>(
    _ rule: (inout TreeParser) throws(Failure) -> Value
  ) throws(Failure) -> Value? {
    isSecondPass ? try attempt(rule) : try rule(&self)
  }

  /// In the second pass a rule is run at most once for a token, whether it looks for mistakes then or not; CPython's
  /// memos are like that.
  mutating func remembering(
    _ rule: Rule, _ body: (inout TreeParser) throws(Failure) -> Expression
  ) throws(Failure) -> Expression {
    let key = position << 3 | Int(rule.rawValue)
    if let memo = memos[key] {
      guard let expression = memo.expression else { throw noMatch() }
      position = memo.endPosition
      return expression
    }
    let start = position
    guard let expression = try attempt(body) else {
      memos[key] = Memo(expression: nil, endPosition: start)
      throw Failure()
    }
    memos[key] = Memo(expression: expression, endPosition: position)
    return expression
  }
}
