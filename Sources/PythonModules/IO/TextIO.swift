// TextIOWrapper: text over a binary buffer. Its type and how one is made; reading, writing, positions and methods stand in files beside this one.
import Glibc
import PythonRuntime
import PythonTypes

enum TextIO {
  nonisolated(unsafe) static var type = core.pointee.types.object

  static func start(_ t: ThreadState) {
    type = Streams.makeType(t, "TextIOWrapper", base: Streams.text, methods) { p in
      p.pointee.initialize = InitFunction(initialize)
      p.pointee.iter = UnaryFunction { t, o in state(t, o).map { _ in o.retained() } }
      p.pointee.next = UnaryFunction(nextLine)
      p.pointee.repr = UnaryFunction(show)
    }
    addMember(
      t, type, "buffer", offset: MemoryLayout<StreamLayout>.offset(of: \.inner) ?? 0, readOnly: true
    )
    func add(_ name: String, _ value: @escaping (TextState) -> Object?) {
      addGetSet(
        t, type, name,
        getter: UnaryFunction { t, o in
          Streams.state(t, o, as: TextState.self, open: false).flatMap(value)
        })
    }
    add("encoding") { makeString($0.encoding) }
    add("errors") { makeString($0.errors) }
    add("line_buffering") { makeBool($0.lineBuffering) }
    add("write_through") { makeBool($0.writeThrough) }
    addGetSet(
      t, type, "newlines",
      getter: UnaryFunction { t, o in
        state(t, o, open: false).map { ($0.decoder?.lineEnds ?? []).object }
      })
    addGetSet(
      t, type, "name",
      getter: UnaryFunction { t, o in inner(t, o).flatMap { getAttribute(t, $0, "name") } })
    addGetSet(
      t, type, "closed",
      getter: UnaryFunction { t, o in inner(t, o).flatMap { getAttribute(t, $0, "closed") } })
    addGetSet(
      t, type, "_CHUNK_SIZE",
      getter: UnaryFunction { t, o in state(t, o, open: false).map { makeInt($0.chunkSize) } },
      setter: StoreFunction { t, o, _, value in
        guard let state = state(t, o, open: false) else { return false }
        guard let value else { return t.fail(.AttributeError, "cannot delete attribute") }
        guard let size = intValue(t, value) else { return false }
        guard size > 0 else {
          return t.fail(.ValueError, "a strictly positive integer is required")
        }
        state.chunkSize = size
        return true
      })
  }

  private static func show(_ t: ThreadState, _ o: Object) -> Object? {
    guard let state = Streams.state(t, o, as: TextState.self, open: false) else { return nil }
    let name = typeName(o)
    guard ReprGuard.enter(t, o) else {
      return t.raise(.RuntimeError, "reentrant call inside \(name).__repr__")
    }
    defer { ReprGuard.leave(t, o) }
    var text = "<" + name
    for name in ["name", "mode"] {
      guard let value = getAttribute(t, o, name) else {
        guard t.matches(.AttributeError) || t.matches(.ValueError) else { return nil }
        t.clearRaised()
        continue
      }
      defer { value.release() }
      guard let shown = reprString(t, value) else { return nil }
      text += " \(name)=\(shown)"
    }
    return makeString(text + " encoding='\(state.encoding)'>")
  }

  // MARK: - Access

  /// The buffer, borrowed: code of the program that runs meanwhile may detach it, so this comes last before its use. nil: an exception is set.
  static func inner(_ t: ThreadState, _ o: Object) -> Object? {
    if let buffer = o.stream.pointee.inner { return buffer }
    if o.stream.pointee.state == nil {
      t.raise(.ValueError, "I/O operation on uninitialized object")
    } else {
      t.raise(.ValueError, "underlying buffer has been detached")
    }
    return nil
  }

  /// The state of a stream that has its buffer and, with `open`, is open. nil: ValueError is set.
  static func state(_ t: ThreadState, _ o: Object, open: Bool = true) -> TextState? {
    guard let state = Streams.state(t, o, as: TextState.self, open: open), let buffer = inner(t, o)
    else { return nil }
    guard open else { return state }
    guard let isClosed = isClosed(t, buffer) else { return nil }
    if isClosed { t.raise(.ValueError, "I/O operation on closed file.") }
    return isClosed ? nil : state
  }

  /// nil: an exception is set.
  private static func isClosed(_ t: ThreadState, _ buffer: Object) -> Bool? {
    if BufferedIO.isNative(buffer), let raw = buffer.stream.pointee.inner, raw.type == FileIO.type {
      return raw.stream.pointee.state?.takeUnretainedValue().isClosed ?? false
    }
    if buffer.type == BytesIO.type {
      return buffer.stream.pointee.state?.takeUnretainedValue().isClosed ?? false
    }
    guard let answer = getAttribute(t, buffer, "closed") else { return nil }
    defer { answer.release() }
    let truth = isTrue(t, answer)
    return truth < 0 ? nil : truth == 1
  }

  // MARK: - Making

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    // What an earlier call left is not to be used if this one fails.
    o.stream.pointee.state?.release()
    o.stream.pointee.state = nil
    guard
      let given = parseArguments(
        t, a, function: "TextIOWrapper",
        names: ["buffer", "encoding", "errors", "newline", "line_buffering", "write_through"],
        required: 1),
      let buffer = given[0],
      let state = makeState(
        t, encoding: given[1], errors: given[2], newline: given[3], function: "TextIOWrapper")
    else { return false }
    let lineBuffering = given[4].map { isTrue(t, $0) } ?? 0
    let writeThrough = given[5].map { isTrue(t, $0) } ?? 0
    guard lineBuffering >= 0, writeThrough >= 0 else { return false }
    state.lineBuffering = lineBuffering == 1
    state.writeThrough = writeThrough == 1
    return attach(t, o, state, buffer)
  }

  /// An optional str. nil: TypeError is set.
  private static func text(_ t: ThreadState, _ o: Object?, _ name: String, _ function: String)
    -> String??
  {
    guard let o, o != core.pointee.none else { return .some(nil) }
    if o.isKind(.str) {
      guard let known = Codec.cText(t, o) else { return nil }
      return .some(known)
    }
    t.raise(.TypeError, "\(function)() argument '\(name)' must be str or None, not \(argumentTypeName(o))")
    return nil
  }

  private static func isNewline(_ t: ThreadState, _ newline: String?) -> Bool {
    guard let newline, !["", "\n", "\r", "\r\n"].contains(newline) else { return true }
    return t.fail(.ValueError, "illegal newline value: \(newline)")
  }

  /// nil: an exception is set.
  static func makeState(
    _ t: ThreadState, encoding: Object?, errors: Object?, newline: Object?, function: String
  ) -> TextState? {
    guard let newlineText = text(t, newline, "newline", function),
      let encodingText = text(t, encoding, "encoding", function),
      let errorsText = text(t, errors, "errors", function),
      isNewline(t, newlineText)
    else { return nil }
    let name = encodingText.flatMap { $0 == "locale" ? nil : $0 } ?? "UTF-8"
    guard TextCoding.check(t, name) else { return nil }
    return TextState(encoding: name, errors: errorsText ?? "strict", newline: newlineText)
  }

  /// Puts the stream over its buffer. False: an exception is set.
  static func attach(_ t: ThreadState, _ o: Object, _ state: TextState, _ buffer: Object) -> Bool {
    guard let canRead = ask(t, buffer, "readable"), let canWrite = ask(t, buffer, "writable"),
      setCoders(t, state, canRead: canRead, canWrite: canWrite),
      let canSeek = ask(t, buffer, "seekable")
    else { return false }
    state.isSeekable = canSeek
    state.canTell = canSeek
    if BufferedIO.isNative(buffer) {
      state.hasRead1 = true
    } else if let method = getAttribute(t, buffer, "read1") {
      method.release()
      state.hasRead1 = true
    } else if t.matches(.AttributeError) {
      t.clearRaised()
    } else {
      return false
    }
    if BufferedIO.isNative(buffer), buffer.type != BufferedIO.reader,
      let file = BufferedIO.file(buffer),
      file.descriptor == 1 || file.descriptor == 2
    {
      state.outputDescriptor = file.descriptor
    }
    guard skipMark(t, state, buffer) else { return false }
    Streams.set(o, state, inner: buffer)
    return true
  }

  private static func ask(_ t: ThreadState, _ buffer: Object, _ question: String) -> Bool? {
    guard let answer = callMethod(t, buffer, question) else { return nil }
    defer { answer.release() }
    let truth = isTrue(t, answer)
    return truth < 0 ? nil : truth == 1
  }

  /// Makes the encoder and the decoder. False: an exception is set.
  private static func setCoders(_ t: ThreadState, _ state: TextState, canRead: Bool, canWrite: Bool)
    -> Bool
  {
    if canRead {
      guard let plain = TextCoding.decoder(t, state.encoding, state.errors) else { return false }
      let isUniversal = state.newline == nil || state.newline == ""
      state.decoder = isUniversal ? NewlineDecoder(plain, translates: state.newline == nil) : plain
    }
    if canWrite {
      guard let encoder = TextCoding.encoder(t, state.encoding, state.errors) else { return false }
      state.encoder = encoder
    }
    return true
  }

  /// Behind the start of the buffer no byte order mark is written.
  private static func skipMark(_ t: ThreadState, _ state: TextState, _ buffer: Object) -> Bool {
    guard state.isSeekable, let encoder = state.encoder, !encoder.isPlain else {
      return true
    }
    guard let place = callMethod(t, buffer, "tell") else { return false }
    defer { place.release() }
    return (place.isKind(.int) && place.intSign == 0) || encoder.restart(t, atStart: false)
  }

  /// A stream over the buffer. nil: an exception is set.
  static func make(_ t: ThreadState, buffer: Object, _ state: TextState) -> Object? {
    let o = allocateZeroed(type)
    track(o)
    if attach(t, o, state, buffer) { return o }
    o.release()
    return nil
  }

  // MARK: - Changing

  /// `reconfigure`. False: an exception is set.
  static func reconfigure(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard
      let given = parseArguments(
        t, a, function: "reconfigure",
        names: ["encoding", "errors", "newline", "line_buffering", "write_through"], required: 0,
        maxPositional: 0),
      let state = state(t, o), let encoding = text(t, given[0], "encoding", "reconfigure"),
      let errors = text(t, given[1], "errors", "reconfigure"),
      let newline = text(t, given[2], "newline", "reconfigure"), isNewline(t, newline)
    else { return false }
    let changes = encoding != nil || errors != nil || given[2] != nil
    if state.decoder != nil, state.decoded != nil, changes {
      Streams.unsupported(
        t, "It is not possible to set the encoding or newline of stream after the first read")
      return false
    }
    var (lineBuffering, writeThrough) = (state.lineBuffering, state.writeThrough)
    if let value = given[3], value != core.pointee.none { lineBuffering = isTrue(t, value) == 1 }
    if let value = given[4], value != core.pointee.none { writeThrough = isTrue(t, value) == 1 }
    guard !t.hasRaised, let flushed = callMethod(t, o, "flush") else { return false }
    flushed.release()
    if changes {
      if let encoding {
        let name = encoding == "locale" ? "UTF-8" : encoding
        guard TextCoding.check(t, name) else { return false }
        state.encoding = name
        state.errors = errors ?? "strict"
      } else if let errors {
        state.errors = errors
      }
      if given[2] != nil { state.newline = newline }
      guard setCoders(t, state, canRead: state.decoder != nil, canWrite: state.encoder != nil),
        let buffer = inner(t, o), skipMark(t, state, buffer)
      else { return false }
    }
    state.lineBuffering = lineBuffering
    state.writeThrough = writeThrough
    return true
  }
}
