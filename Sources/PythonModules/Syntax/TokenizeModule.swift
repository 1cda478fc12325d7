// `_tokenize`: the tokens of a text that a function gives line by line, for the module `tokenize`.
//
// Lines are asked for when a token needs them, as in CPython: programs look at how far the text has been read.
import PythonRuntime
import PythonSyntax
import PythonTypes

struct TokenizerLayout {
  var header: ObjectHeader
  var readline: Object?
  /// A str, or nil: the lines are str.
  var encoding: Object?
  var state: Unmanaged<TokenizerState>?
}

final class TokenizerState {
  var stream = TokenStream()
  var isOver = false
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
      take(&layout.pointee.readline)
      take(&layout.pointee.encoding)
      layout.pointee.state?.release()
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(TokenizerLayout.self).pointee.readline) }
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
    let o = allocateZeroed(TypeObject(unchecked: type))
    let p = o.layout(TokenizerLayout.self)
    p.pointee.readline = readline.retained()
    p.pointee.encoding = v[1].flatMap { $0.isKind(.str) ? $0.retained() : nil }
    p.pointee.state = Unmanaged.passRetained(TokenizerState())
    track(o)
    return o
  }

  /// The next line in UTF-8, empty at the end; nil: an exception is set.
  private static func readLine(_ t: ThreadState, _ readline: Object, encoding: Object?) -> [UInt8]? {
    guard let line = call0(t, readline) else {
      guard t.matches(.StopIteration) else { return nil }
      t.clearRaised()
      return []
    }
    defer { line.release() }
    return utf8(t, line, encoding: encoding)
  }

  private static func utf8(_ t: ThreadState, _ line: Object, encoding: Object?) -> [UInt8]? {
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
    let errors = makeString("replace")
    defer { errors.release() }
    guard let text = callMethod(t, line, "decode", encoding, errors) else { return nil }
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
    guard let state = p.pointee.state?.takeUnretainedValue(), let readline = p.pointee.readline, !state.isOver else {
      return nil
    }
    // The program's function may use or drop this very iterator.
    o.retain()
    defer { o.release() }
    while state.stream.needsLine {
      guard let line = readLine(t, readline, encoding: p.pointee.encoding) else { return nil }
      state.stream.append(line: line)
    }
    if let token = state.stream.next() { return tuple(token) }
    state.isOver = true
    if let error = state.stream.error { SourceCompiler.raise(t, error, "<string>") }
    return nil
  }
}
