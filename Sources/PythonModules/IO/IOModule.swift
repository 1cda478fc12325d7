// `_io`: `open` and the stream types; `io.py` builds on it. SystemStreams makes sys.stdin, stdout and stderr.
import Glibc
import PythonRuntime

public enum IOModule {
  nonisolated(unsafe) private static var isStarted = false

  /// The types, once; before the first stream.
  static func start(_ t: ThreadState) {
    guard !isStarted else { return }
    isStarted = true
    IOBase.start(t)
    FileIO.start(t)
    BufferedIO.start(t)
    TextIO.start(t)
    BytesIO.start(t)
    BufferedPair.start(t)
    MemoryStreams.start(t)
    let bases = makeTuple([exceptionType(.OSError).object.retained(), exceptionType(.ValueError).object.retained()])
    let dict = makeDict()
    dictSet(t, dict, "__module__", internString("io"))
    let name = internString("UnsupportedOperation")
    Streams.unsupported = call3(t, core.pointee.types.type.object, name, bases, dict)
    bases.release()
    dict.release()
  }

  public static func make(_ t: ThreadState) -> Object? {
    start(t)
    guard !t.hasRaised else { return nil }
    let module = makeModule(t, "_io")
    for (name, type) in [
      ("_IOBase", Streams.base), ("_RawIOBase", Streams.raw), ("_BufferedIOBase", Streams.buffered),
      ("_TextIOBase", Streams.text), ("FileIO", FileIO.type), ("BufferedReader", BufferedIO.reader),
      ("BufferedWriter", BufferedIO.writer), ("BufferedRandom", BufferedIO.random),
      ("BufferedRWPair", BufferedPair.type),
      ("TextIOWrapper", TextIO.type), ("BytesIO", BytesIO.type), ("StringIO", MemoryStreams.stringType),
    ] { moduleSet(t, module, name, type.object) }
    if let unsupported = Streams.unsupported { moduleSet(t, module, "UnsupportedOperation", unsupported) }
    let shared = openFunction(t).layout(NativeFunctionLayout.self)
    if shared.pointee.receiver == nil {
      shared.pointee.receiver = module.retained()
      storedField(openFunction(t), nil, module)
    }
    moduleSet(t, module, "open", openFunction(t))
    moduleSet(t, module, "BlockingIOError", exceptionType(.BlockingIOError).object)
    moduleSet(t, module, "DEFAULT_BUFFER_SIZE", stealing: makeInt(BufferedIO.defaultSize))
    moduleSet(t, module, "IncrementalNewlineDecoder", NewlineDecoderType.make(t).object)
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("open_code", .keywords) { t, o, a in
          guard let given = parseArguments(t, a, function: "open_code", names: ["path"], required: 1),
            let path = given[0]
          else { return nil }
          return open(
            t, path, mode: "rb", buffering: -1, encoding: nil, errors: nil, newline: nil, closes: true, opener: nil)
        },
        NativeMethod("text_encoding", .positional(1, 2)) { _, _, a in
          a[0] == core.pointee.none ? internString("locale") : a[0].retained()
        },
      ])
    return module
  }

  nonisolated(unsafe) private static var madeOpen: Object?

  /// `open`, which `builtins` and `_io` share. Borrowed.
  static func openFunction(_ t: ThreadState) -> Object {
    if let madeOpen { return madeOpen }
    let made = makeNativeFunction(
      t, NativeMethod("open", .keywords, NativeFunction(open)), self: nil, module: internString("_io"))
    madeOpen = made
    return made
  }

  private static func open(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    start(t)
    guard
      let given = parseArguments(
        t, a, function: "open",
        names: ["file", "mode", "buffering", "encoding", "errors", "newline", "closefd", "opener"], required: 1),
      let file = given[0]
    else { return nil }
    var mode = "r"
    if let object = given[1] {
      guard object.isKind(.str) else {
        return t.raise(.TypeError, "open() argument 'mode' must be str, not \(argumentTypeName(object))")
      }
      mode = stringValue(object)
    }
    var buffering = -1
    if let object = given[2] {
      guard let value = intValue(t, object) else { return nil }
      buffering = value
    }
    func present(_ o: Object?) -> Object? { o == core.pointee.none ? nil : o }
    for (i, name) in [(3, "encoding"), (4, "errors"), (5, "newline")] {
      guard let o = present(given[i]), !o.isKind(.str) else { continue }
      return t.raise(
        .TypeError, "open() argument '\(name)' must be str or None, not \(argumentTypeName(o))")
    }
    return open(
      t, file, mode: mode, buffering: buffering, encoding: present(given[3]), errors: present(given[4]),
      newline: present(given[5]), closes: given[6].map { isTrue(t, $0) != 0 } ?? true, opener: present(given[7]))
  }

  static func open(
    _ t: ThreadState, _ file: Object, mode: String, buffering: Int, encoding: Object?, errors: Object?,
    newline: Object?,
    closes: Bool, opener: Object?
  ) -> Object? {
    guard let problem = check(mode, encoding, errors, newline) else {
      return build(t, file, mode, buffering, encoding, errors, newline, closes, opener)
    }
    return t.raise(.ValueError, problem)
  }

  /// What is wrong with a mode, nil: nothing.
  private static func check(_ mode: String, _ encoding: Object?, _ errors: Object?, _ newline: Object?) -> String? {
    if !mode.allSatisfy({ "axrwb+t".contains($0) }) || Set(mode).count != mode.count {
      return "invalid mode: '\(mode)'"
    }
    let binary = mode.contains("b")
    if binary && mode.contains("t") { return "can't have text and binary mode at once" }
    let kinds = mode.filter { "axrw".contains($0) }.count
    if kinds > 1 { return "must have exactly one of create/read/write/append mode" }
    if kinds == 0 { return "Must have exactly one of create/read/write/append mode and at most one plus" }
    if binary && encoding != nil { return "binary mode doesn't take an encoding argument" }
    if binary && errors != nil { return "binary mode doesn't take an errors argument" }
    if binary && newline != nil { return "binary mode doesn't take a newline argument" }
    return nil
  }

  private static func build(
    _ t: ThreadState, _ file: Object, _ mode: String, _ buffering: Int, _ encoding: Object?, _ errors: Object?,
    _ newline: Object?, _ closes: Bool, _ opener: Object?
  ) -> Object? {
    let isBinary = mode.contains("b")
    if buffering == 0, !isBinary { return t.raise(.ValueError, "can't have unbuffered text I/O") }
    let raw = allocateZeroed(FileIO.type)
    track(raw)
    defer { raw.release() }
    guard FileIO.open(t, raw, file, mode.filter { $0 != "b" && $0 != "t" }, closes: closes, opener: opener) else {
      return nil
    }
    if isBinary, buffering == 0 { return raw.retained() }
    let isUpdate = mode.contains("+")
    let type = isUpdate ? BufferedIO.random : mode.contains("r") ? BufferedIO.reader : BufferedIO.writer
    let buffer = BufferedIO.make(t, type, raw: raw, size: buffering > 1 ? buffering : BufferedIO.defaultSize)
    if isBinary { return buffer }
    defer { buffer.release() }
    guard
      let state = TextIO.makeState(
        t, encoding: encoding, errors: errors, newline: newline, function: "open")
    else { return nil }
    let descriptor =
      (raw.stream.pointee.state?.takeUnretainedValue() as? FileState)?.descriptor ?? -1
    state.lineBuffering = buffering == 1 || (buffering < 0 && isatty(descriptor) == 1)
    guard let stream = TextIO.make(t, buffer: buffer, state) else { return nil }
    let modeObject = makeString(mode)
    if !setAttribute(t, stream, internString("mode"), modeObject) { t.clearRaised() }
    modeObject.release()
    return stream
  }
}

public enum SystemStreams {
  /// Output goes out with every write, as CPython's option -u and PYTHONUNBUFFERED ask for. Set before `install`.
  nonisolated(unsafe) public static var isUnbuffered = getenv("PYTHONUNBUFFERED").map { $0.pointee != 0 } ?? false

  /// sys.stdin, stdout and stderr with their `__x__` copies.
  public static func install(_ t: ThreadState, _ system: Object) {
    IOModule.start(t)
    for (descriptor, name) in [(Int32(0), "stdin"), (1, "stdout"), (2, "stderr")] {
      let stream = make(t, descriptor, name)
      moduleSet(t, system, name, stream)
      moduleSet(t, system, "__\(name)__", stream)
      stream.release()
    }
  }

  private static func make(_ t: ThreadState, _ descriptor: Int32, _ name: String) -> Object {
    guard fcntl(descriptor, F_GETFD) >= 0 else { return core.pointee.none }
    let isInput = descriptor == 0
    let label = makeString("<\(name)>")
    defer { label.release() }
    let raw = FileIO.make(
      t, descriptor: descriptor, readable: isInput, writable: !isInput, closes: false, name: label)
    let writesRaw = isUnbuffered && !isInput
    let buffer =
      writesRaw ? raw.retained() : BufferedIO.make(t, isInput ? BufferedIO.reader : BufferedIO.writer, raw: raw)
    raw.release()
    defer { buffer.release() }
    let state = TextState(
      encoding: "utf-8",
      errors: descriptor == 2 ? "backslashreplace" : isInput ? "surrogateescape" : "strict",
      newline: isInput ? nil : "\n")
    state.lineBuffering = !writesRaw && (descriptor == 2 || isatty(descriptor) == 1)
    state.writeThrough = isUnbuffered
    guard let stream = TextIO.make(t, buffer: buffer, state) else {
      t.clearRaised()
      return core.pointee.none
    }
    let mode = internString(isInput ? "r" : "w")
    if !setAttribute(t, stream, internString("mode"), mode) { t.clearRaised() }
    return stream
  }
}
