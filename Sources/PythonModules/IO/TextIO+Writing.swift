// Writing to a text stream: text is encoded at once and waits in `pending`.
import PythonRuntime

extension TextIO {
  /// Writes a str; false: an exception is set.
  static func write(_ t: ThreadState, _ o: Object, _ state: TextState, _ text: Object) -> Bool {
    guard let encoder = state.encoder else {
      Streams.unsupported(t, "not writable")
      return false
    }
    // The buffer's `write` may write to the stream in its turn.
    while !state.pending.isEmpty, state.pending.count + text.strLength > state.chunkSize {
      guard flushPending(t, o, state) else { return false }
    }
    if !state.pending.isEmpty, state.pendingList == nil { state.pendingList = makeList() }
    var start = state.pending.count
    let returns = state.newline == "\r" || state.newline == "\r\n"
    if text.isASCIIStr, encoder.isPlain {
      state.pending.append(
        contentsOf: UnsafeBufferPointer(
          start: text.strData.assumingMemoryBound(to: UInt8.self), count: text.strLength))
      if returns, let newline = state.newline { translate(state, from: start, newline) }
    } else {
      let translated = returns ? withReturns(text, state.newline == "\r\n") : text.retained()
      defer { translated.release() }
      guard let bytes = encoder.encode(t, translated) else { return false }
      // The encoder's own code, or another thread meanwhile, may have written or flushed.
      start = state.pending.count
      state.pending.append(contentsOf: bytes.byteView)
      bytes.release()
    }
    if state.outputDescriptor != 0, Probes.isOn {
      state.pending.withUnsafeBytes {
        Probes.output(
          descriptor: state.outputDescriptor, UnsafeRawBufferPointer(rebasing: $0[start...]))
      }
    }
    let flushesLine =
      state.lineBuffering
      && (TextSearch.first(0x0A, in: text, from: 0) >= 0
        || TextSearch.first(0x0D, in: text, from: 0) >= 0)
    if flushesLine || state.writeThrough || state.pending.count >= state.chunkSize {
      guard flushPending(t, o, state) else { return false }
      if flushesLine, !flushBuffer(t, o) { return false }
    }
    if state.snapshot != nil { state.forgetRead() }
    return state.decoder?.reset(t) ?? true
  }

  private static func translate(_ state: TextState, from start: Int, _ newline: String) {
    let added = state.pending[start...]
    let translated = added.flatMap { $0 == 0x0A ? Array(newline.utf8) : [$0] }
    state.pending.removeLast(added.count)
    state.pending += translated
  }

  /// The text with each `\n` as `\r` or, with `both`, as `\r\n`.
  private static func withReturns(_ text: Object, _ both: Bool) -> Object {
    var out: [UInt32] = []
    out.reserveCapacity(text.strLength)
    for i in 0..<text.strLength {
      let c = text.codePoint(i)
      if c == 0x0A {
        out += both ? [0x0D, 0x0A] : [0x0D]
      } else {
        out.append(c)
      }
    }
    return makeString(codePoints: out)
  }

  static func flushPending(_ t: ThreadState, _ o: Object, _ state: TextState) -> Bool {
    guard !state.pending.isEmpty else { return true }
    guard let buffer = inner(t, o) else { return false }
    let bytes = state.pending
    state.pending = []
    let list = state.pendingList
    state.pendingList = nil
    list.release()
    if buffer.type == BufferedIO.writer || buffer.type == BufferedIO.random {
      return bytes.withUnsafeBufferPointer {
        BufferedIO.write(t, buffer, $0, recordsOutput: state.outputDescriptor == 0)
      }
    }
    let object = makeBytes(bytes)
    defer { object.release() }
    guard let result = callMethod(t, buffer, "write", object) else { return false }
    result.release()
    return true
  }

  static func flushBuffer(_ t: ThreadState, _ o: Object) -> Bool {
    guard let buffer = inner(t, o) else { return false }
    if buffer.type == BufferedIO.writer { return BufferedIO.flush(t, buffer) }
    guard let result = callMethod(t, buffer, "flush") else { return false }
    result.release()
    return true
  }
}

/// `stream.write(text)` for `print` and the like: the fast path for our own text streams. False: an exception is set.
public func writeText(_ t: ThreadState, _ stream: Object, _ text: Object) -> Bool {
  if stream.type == TextIO.type, text.isKind(.str), let state = TextIO.state(t, stream) {
    return TextIO.write(t, stream, state, text)
  }
  if t.hasRaised { return false }
  guard let result = callMethod(t, stream, "write", text) else { return false }
  result.release()
  return true
}

/// Writes to `sys.stderr`; without one, or when it fails, to descriptor 2.
public func writeStandardError(_ t: ThreadState, _ text: String) {
  if let system = t.interpreter.systemDict, let stream = dictGet(t, system, "stderr"),
    stream != core.pointee.none
  {
    let object = makeString(text)
    defer { object.release() }
    stream.retain()
    defer { stream.release() }
    if writeText(t, stream, object) { return }
    t.clearRaised()
  }
  writeError(text)
}
