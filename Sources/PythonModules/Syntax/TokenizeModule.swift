// `_tokenize`: the tokens of a text that a function gives line by line, for the module `tokenize`.
//
// All lines are read before the first token is given; an error comes behind the tokens in front of it all the same.
import PythonRuntime
import PythonSyntax
import PythonTypes

struct TokenizerLayout {
  var header: ObjectHeader
  /// A list of the tokens as tuples.
  var tokens: Object?
  var next: Int
  var error: Unmanaged<TokenizerFailure>?
}

final class TokenizerFailure {
  let error: SyntaxError
  init(_ error: SyntaxError) { self.error = error }
}

enum TokenizeModule {
  static func make(_ t: ThreadState) -> Object? {
    readyType(t, iteratorType)
    let module = makeModule(t, "_tokenize")
    moduleSet(t, module, "TokenizerIter", iteratorType.object)
    return module
  }

  private static let iteratorType: TypeObject = makeBuiltinType(
    name: "TokenizerIter", module: "_tokenize", layoutSize: MemoryLayout<TokenizerLayout>.size, flags: [.container]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      let layout = o.layout(TokenizerLayout.self)
      take(&layout.pointee.tokens)
      layout.pointee.error?.release()
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(TokenizerLayout.self).pointee.tokens) }
    p.pointee.new = NativeFunction(new)
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.iter = UnaryFunction { _, o in o.retained() }
    p.pointee.next = UnaryFunction(next)
  }

  private static func new(_ t: ThreadState, _ type: Object, _ a: PythonRuntime.Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "tokenizeriter", names: ["readline", "encoding", "extra_tokens"], required: 1,
        maxPositional: 1), let readline = v[0]
    else { return nil }
    guard let everything = v[2], isTrue(t, everything) == 1 else {
      return t.raise(.NotImplementedError, "TokenizerIter without extra_tokens is not supported by this runtime")
    }
    guard let lines = readLines(t, readline, encoding: v[1]) else { return nil }
    let stream = TokenStream(lines: lines)
    let tokens = makeList()
    for token in stream.tokens { listAppend(tokens, stealing: tuple(token)) }
    let o = allocateZeroed(TypeObject(unchecked: type))
    o.layout(TokenizerLayout.self).pointee.tokens = tokens
    o.layout(TokenizerLayout.self).pointee.error = stream.error.map { Unmanaged.passRetained(TokenizerFailure($0)) }
    track(o)
    return o
  }

  /// Lines in UTF-8 until the function gives an empty one or stops; nil: an exception is set.
  private static func readLines(_ t: ThreadState, _ readline: Object, encoding: Object?) -> [[UInt8]]? {
    let name = encoding.flatMap { $0.isKind(.str) ? stringValue($0) : nil }
    var lines: [[UInt8]] = []
    while true {
      guard let line = call0(t, readline) else {
        guard t.matches(.StopIteration) else { return nil }
        t.clearRaised()
        return lines
      }
      defer { line.release() }
      guard let bytes = utf8(t, line, encoding: name) else { return nil }
      if bytes.isEmpty { return lines }
      lines.append(bytes)
    }
  }

  private static func utf8(_ t: ThreadState, _ line: Object, encoding: String?) -> [UInt8]? {
    guard let encoding else {
      guard line.isKind(.str) else {
        t.raise(.TypeError, "readline() returned a non-string object")
        return nil
      }
      return fileSystemBytes(line)
    }
    guard line.isKind(.bytes) else {
      t.raise(.TypeError, "readline() returned a non-bytes object")
      return nil
    }
    let name = makeString(encoding)
    let errors = makeString("replace")
    defer {
      name.release()
      errors.release()
    }
    guard let text = callMethod(t, line, "decode", name, errors) else { return nil }
    defer { text.release() }
    return fileSystemBytes(text)
  }

  private static func tuple(_ token: SourceToken) -> Object {
    makeTuple([
      makeInt(token.type), makeString(fileSystem: token.string),
      makeTuple(stealing: makeInt(token.line), makeInt(token.column)),
      makeTuple(stealing: makeInt(token.endLine), makeInt(token.endColumn)), makeString(fileSystem: token.text),
    ])
  }

  private static func next(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.layout(TokenizerLayout.self)
    guard let tokens = p.pointee.tokens else { return nil }
    if p.pointee.next < tokens.listCount {
      p.pointee.next += 1
      return tokens.listItems[p.pointee.next - 1].retained()
    }
    if let failure = p.pointee.error {
      p.pointee.error = nil
      SourceCompiler.raise(t, failure.takeRetainedValue().error, "<string>")
    }
    return nil
  }
}
