// TextIOWrapper: text over a binary buffer.
//
// Written text waits encoded in `pending`; read text is decoded line by line, or all at once. Newlines are translated in the bytes, which is right
// for the encodings that contain ASCII: others are refused by name.
import Glibc
import PythonRuntime

final class TextState: StreamState {
  var encoding: String
  var errors: String
  /// nil: universal on reading, `\n` on writing.
  var newline: String?
  var lineBuffering: Bool
  var writeThrough: Bool
  var pending: [UInt8] = []
  /// CPython keeps several pending pieces in a list, which its collector counts; so do we, for the count alone.
  var pendingList: Object?
  /// Bytes read and translated, not yet handed out.
  var ahead: [UInt8] = []
  var aheadStart = 0
  var endsWithReturn = false
  /// The ends of lines that were met while any counts as one.
  var seen: LineEnds = []
  /// Descriptor below when it is 1 or 2: writes become output events.
  var outputDescriptor: Int32 = 0

  init(encoding: String, errors: String, newline: String?, lineBuffering: Bool, writeThrough: Bool) {
    self.encoding = encoding
    self.errors = errors
    self.newline = newline
    self.lineBuffering = lineBuffering
    self.writeThrough = writeThrough
  }
  deinit { pendingList.release() }
  var isUTF8: Bool { encoding == "utf-8" }
}

enum TextIO {
  nonisolated(unsafe) static var type = core.pointee.types.object
  static let chunkBytes = 8192

  static func start(_ t: ThreadState) {
    type = Streams.makeType(t, "TextIOWrapper", base: Streams.text, methods) { p in
      p.pointee.initialize = InitFunction(initialize)
      p.pointee.iter = UnaryFunction { _, o in o.retained() }
      p.pointee.next = UnaryFunction { t, o in
        guard let state = Streams.state(t, o, as: TextState.self), let line = readLine(t, o, state, limit: -1) else {
          return nil
        }
        if line.strLength > 0 { return line }
        line.release()
        return nil
      }
      p.pointee.repr = UnaryFunction { t, o in
        guard let state = Streams.state(t, o, as: TextState.self, open: false) else { return nil }
        var text = "<_io.TextIOWrapper"
        for name in ["name", "mode"] {
          if let value = getAttribute(t, o, name) {
            if let shown = reprString(t, value) { text += " \(name)=\(shown)" }
            value.release()
          }
          if t.hasRaised { t.clearRaised() }
        }
        return makeString(text + " encoding='\(state.encoding)'>")
      }
    }
    addMember(t, type, "buffer", offset: MemoryLayout<StreamLayout>.offset(of: \.inner) ?? 0, readOnly: true)
    addGetSet(
      t, type, "encoding",
      getter: UnaryFunction { t, o in
        Streams.state(t, o, as: TextState.self, open: false).map { makeString($0.encoding) }
      })
    addGetSet(
      t, type, "errors",
      getter: UnaryFunction { t, o in
        Streams.state(t, o, as: TextState.self, open: false).map { makeString($0.errors) }
      })
    addGetSet(
      t, type, "line_buffering",
      getter: UnaryFunction { t, o in
        Streams.state(t, o, as: TextState.self, open: false).map { makeBool($0.lineBuffering) }
      })
    addGetSet(
      t, type, "write_through",
      getter: UnaryFunction { t, o in
        Streams.state(t, o, as: TextState.self, open: false).map { makeBool($0.writeThrough) }
      })
    addGetSet(
      t, type, "newlines",
      getter: UnaryFunction { t, o in Streams.state(t, o, as: TextState.self, open: false)?.seen.object })
    addGetSet(
      t, type, "name",
      getter: UnaryFunction { t, o in
        BufferedIO.inner(t, o).flatMap { getAttribute(t, $0, "name") }
      })
    addGetSet(
      t, type, "closed",
      getter: UnaryFunction { t, o in
        BufferedIO.inner(t, o).flatMap { getAttribute(t, $0, "closed") }
      })
  }

  // MARK: - Making

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard
      let given = parseArguments(
        t, a, function: "TextIOWrapper",
        names: ["buffer", "encoding", "errors", "newline", "line_buffering", "write_through"], required: 1),
      let buffer = given[0]
    else { return false }
    guard let state = makeState(t, encoding: given[1], errors: given[2], newline: given[3]) else { return false }
    state.lineBuffering = given[4].map { isTrue(t, $0) == 1 } ?? false
    state.writeThrough = given[5].map { isTrue(t, $0) == 1 } ?? false
    attach(o, state, buffer)
    return true
  }

  private static func text(_ o: Object?) -> String? {
    guard let o, o.isKind(.str) else { return nil }
    return stringValue(o)
  }

  /// nil: an exception is set.
  static func makeState(_ t: ThreadState, encoding: Object?, errors: Object?, newline: Object?) -> TextState? {
    let newlineText = text(newline)
    if let newlineText, !["", "\n", "\r", "\r\n"].contains(newlineText) {
      t.raise(.ValueError, "illegal newline value: \(newline.flatMap { reprString(t, $0) } ?? "")")
      return nil
    }
    guard let name = normalize(t, text(encoding) ?? "utf-8") else { return nil }
    return TextState(
      encoding: name, errors: text(errors) ?? "strict", newline: newlineText, lineBuffering: false, writeThrough: false)
  }

  /// Our name of an encoding. nil: LookupError is set.
  private static func normalize(_ t: ThreadState, _ name: String) -> String? {
    switch name.lowercased().replacing("_", with: "-") {
    case "utf-8", "utf8", "locale", "u8": return "utf-8"
    case "utf-8-sig": return "utf-8-sig"
    case "ascii", "us-ascii", "646": return "ascii"
    case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1": return "latin-1"
    case "cp1252", "windows-1252", "utf-16", "utf-32", "utf-16-le", "utf-16-be":
      t.raise(.LookupError, "text streams of exuvia do not support the encoding \(name)")
      return nil
    default:
      t.raise(.LookupError, "unknown encoding: \(name)")
      return nil
    }
  }

  static func attach(_ o: Object, _ state: TextState, _ buffer: Object) {
    Streams.set(o, state, inner: buffer)
    if buffer.type == BufferedIO.writer || buffer.type == BufferedIO.random, let file = BufferedIO.file(buffer),
      file.descriptor == 1 || file.descriptor == 2
    {
      state.outputDescriptor = file.descriptor
    }
  }

  static func make(_ t: ThreadState, buffer: Object, _ state: TextState) -> Object {
    let o = allocateZeroed(type)
    track(o)
    attach(o, state, buffer)
    return o
  }

  // MARK: - Writing

  /// Writes a str; false: an exception is set.
  static func write(_ t: ThreadState, _ o: Object, _ state: TextState, _ text: Object) -> Bool {
    if state.pending.count + text.strLength > chunkBytes, !flushPending(t, o, state) { return false }
    if !state.pending.isEmpty, state.pendingList == nil { state.pendingList = makeList() }
    let start = state.pending.count
    if text.isASCIIStr, text.strLength > 0 {
      state.pending.append(
        contentsOf: UnsafeBufferPointer(start: text.strData.assumingMemoryBound(to: UInt8.self), count: text.strLength))
    } else if text.strLength > 0 {
      guard let bytes = encode(t, state, text) else { return false }
      state.pending += bytes
    }
    if let newline = state.newline, newline == "\r" || newline == "\r\n" {
      let added = state.pending[start...]
      let translated = added.flatMap { $0 == 0x0A ? Array(newline.utf8) : [$0] }
      state.pending.removeLast(added.count)
      state.pending += translated
    }
    if state.outputDescriptor != 0, Probes.isOn {
      state.pending.withUnsafeBytes {
        Probes.output(descriptor: state.outputDescriptor, UnsafeRawBufferPointer(rebasing: $0[start...]))
      }
    }
    let flushesLine =
      state.lineBuffering && state.pending[start...].contains { $0 == 0x0A || $0 == 0x0D }
    if flushesLine || state.writeThrough || state.pending.count >= chunkBytes {
      guard flushPending(t, o, state) else { return false }
      if flushesLine { return flushBuffer(t, o) }
    }
    return true
  }

  private static func encode(_ t: ThreadState, _ state: TextState, _ text: Object) -> [UInt8]? {
    let name = internString(state.encoding)
    let errors = internString(state.errors)
    guard let bytes = callMethod(t, text, "encode", name, errors) else { return nil }
    defer { bytes.release() }
    return Array(bytes.byteView)
  }

  static func flushPending(_ t: ThreadState, _ o: Object, _ state: TextState) -> Bool {
    guard !state.pending.isEmpty else { return true }
    guard let buffer = BufferedIO.inner(t, o) else { return false }
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

  private static func flushBuffer(_ t: ThreadState, _ o: Object) -> Bool {
    guard let buffer = BufferedIO.inner(t, o) else { return false }
    if buffer.type == BufferedIO.writer { return BufferedIO.flush(t, buffer) }
    guard let result = callMethod(t, buffer, "flush") else { return false }
    result.release()
    return true
  }

  // MARK: - Reading

  /// Reads and translates more; false: an exception is set. `isEnd` says whether the end came.
  private static func fill(_ t: ThreadState, _ o: Object, _ state: TextState, all: Bool, isEnd: inout Bool) -> Bool {
    guard flushPending(t, o, state), let buffer = BufferedIO.inner(t, o) else { return false }
    let piece: Object?
    if all {
      piece = callMethod(t, buffer, "read")
    } else {
      // One line of the buffer: what a prompt or a pipe has now, without waiting for more.
      piece = callMethod(
        t, buffer, buffer.type == BufferedIO.reader || buffer.type == BufferedIO.random ? "readline" : "read1")
    }
    guard let piece else { return false }
    defer { piece.release() }
    guard piece.isKind(.bytes) || piece.isKind(.bytearray) else {
      t.raise(.TypeError, "underlying read() should have returned a bytes-like object, not '\(typeName(piece))'")
      return false
    }
    let bytes = Array(piece.byteView)
    isEnd = bytes.isEmpty || all
    if state.aheadStart > 0 {
      state.ahead.removeFirst(state.aheadStart)
      state.aheadStart = 0
    }
    state.ahead += translate(state, bytes)
    if isEnd, state.endsWithReturn { state.seen.insert(.return) }
    return true
  }

  private static func translate(_ state: TextState, _ bytes: [UInt8]) -> [UInt8] {
    guard state.newline == nil else { return bytes }
    guard bytes.contains(0x0D) || state.endsWithReturn else {
      if !state.seen.contains(.feed), bytes.contains(0x0A) { state.seen.insert(.feed) }
      return bytes
    }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    for byte in bytes {
      if byte == 0x0A, state.endsWithReturn {
        state.endsWithReturn = false
        state.seen.insert(.both)
        continue
      }
      if byte == 0x0A { state.seen.insert(.feed) }
      if state.endsWithReturn { state.seen.insert(.return) }
      state.endsWithReturn = byte == 0x0D
      out.append(byte == 0x0D ? 0x0A : byte)
    }
    // One at the very end is judged when what follows it is known.
    return out
  }

  private static func decode(_ t: ThreadState, _ state: TextState, _ bytes: ArraySlice<UInt8>) -> Object? {
    if bytes.allSatisfy({ $0 < 0x80 }) {
      return bytes.withUnsafeBufferPointer { buffer in
        buffer.baseAddress.map { makeString(ascii: $0, count: buffer.count) } ?? core.pointee.emptyString
      }
    }
    let object = makeBytes(Array(bytes))
    defer { object.release() }
    return callMethod(t, object, "decode", internString(state.encoding), internString(state.errors))
  }

  /// A line with its end; empty at the end of the text. nil: an exception is set.
  static func readLine(_ t: ThreadState, _ o: Object, _ state: TextState, limit: Int) -> Object? {
    var searched = 0
    let lineEnd: UInt8 = state.newline == "\r" ? 0x0D : 0x0A
    while true {
      if let end = state.ahead[(state.aheadStart + searched)...].firstIndex(of: lineEnd) {
        return takeLine(t, state, end + 1, limit)
      }
      searched = state.ahead.count - state.aheadStart
      var isEnd = false
      guard fill(t, o, state, all: false, isEnd: &isEnd) else { return nil }
      if isEnd { return takeLine(t, state, state.ahead.count, limit) }
    }
  }

  private static func takeLine(_ t: ThreadState, _ state: TextState, _ end: Int, _ limit: Int) -> Object? {
    var end = end
    if limit >= 0 { end = endOfCharacters(state, limit, end) }
    defer { state.aheadStart = end }
    return decode(t, state, state.ahead[state.aheadStart..<end])
  }

  /// Where `count` characters end, at most `end`.
  private static func endOfCharacters(_ state: TextState, _ count: Int, _ end: Int) -> Int {
    guard state.isUTF8 else { return min(state.aheadStart + count, end) }
    var place = state.aheadStart
    var left = count
    while left > 0, place < end {
      place += 1
      while place < end, state.ahead[place] & 0xC0 == 0x80 { place += 1 }
      left -= 1
    }
    return place
  }

  /// `count` characters, negative: all.
  static func read(_ t: ThreadState, _ o: Object, _ state: TextState, _ count: Int) -> Object? {
    var isEnd = false
    if count < 0 {
      guard fill(t, o, state, all: true, isEnd: &isEnd) else { return nil }
      defer {
        state.ahead = []
        state.aheadStart = 0
      }
      return decode(t, state, state.ahead[state.aheadStart...])
    }
    while true {
      let end = endOfCharacters(state, count, state.ahead.count)
      if end < state.ahead.count || isEnd || count == 0 {
        defer { state.aheadStart = end }
        return decode(t, state, state.ahead[state.aheadStart..<end])
      }
      guard fill(t, o, state, all: false, isEnd: &isEnd) else { return nil }
    }
  }

  private static var methods: [NativeMethod] {
    [
      NativeMethod("write", .oneArgument) { t, o, a in
        guard a[0].isKind(.str) else {
          return t.raise(.TypeError, "write() argument must be str, not \(typeName(a[0]))")
        }
        guard let state = Streams.state(t, o, as: TextState.self), write(t, o, state, a[0]) else { return nil }
        return makeInt(a[0].strLength)
      },
      NativeMethod("flush", .noArguments) { t, o, _ in
        guard let state = Streams.state(t, o, as: TextState.self), flushPending(t, o, state), flushBuffer(t, o) else {
          return nil
        }
        return core.pointee.none
      },
      NativeMethod("read", .positional(0, 1)) { t, o, a in
        guard let state = Streams.state(t, o, as: TextState.self), let count = limit(t, a) else { return nil }
        return read(t, o, state, count)
      },
      NativeMethod("readline", .positional(0, 1)) { t, o, a in
        guard let state = Streams.state(t, o, as: TextState.self), let count = limit(t, a) else { return nil }
        return readLine(t, o, state, limit: count)
      },
      NativeMethod("close", .noArguments) { t, o, _ in
        guard let state = o.stream.pointee.state?.takeUnretainedValue() as? TextState, !state.isClosed,
          let buffer = o.stream.pointee.inner
        else { return core.pointee.none }
        let flushed = flushPending(t, o, state)
        let raised = t.takeRaised()
        state.isClosed = true
        let closed = callMethod(t, buffer, "close")
        if flushed {
          raised.release()
          return closed
        }
        if closed == nil { t.clearRaised() }
        closed.release()
        t.setRaised(steal: raised)
        return nil
      },
      NativeMethod("seek", .positional(1, 2)) { t, o, a in
        guard let state = Streams.state(t, o, as: TextState.self), flushPending(t, o, state),
          let buffer = BufferedIO.inner(t, o)
        else { return nil }
        let how = a.optional(1).map { clampedIntValue($0) } ?? 0
        if how == 1, clampedIntValue(a[0]) != 0 { return Streams.unsupported(t, "can't do nonzero cur-relative seeks") }
        if how == 2, clampedIntValue(a[0]) != 0 { return Streams.unsupported(t, "can't do nonzero end-relative seeks") }
        if how == 1 { return callMethod(t, o, "tell") }
        state.ahead = []
        state.aheadStart = 0
        state.endsWithReturn = false
        let from = makeInt(how)
        defer { from.release() }
        return callMethod(t, buffer, "seek", a[0], from)
      },
      NativeMethod("tell", .noArguments) { t, o, _ in
        guard let state = Streams.state(t, o, as: TextState.self), flushPending(t, o, state),
          let buffer = BufferedIO.inner(t, o), let place = callMethod(t, buffer, "tell")
        else { return nil }
        defer { place.release() }
        guard let value = intValue(t, place) else { return nil }
        return makeInt(value - (state.ahead.count - state.aheadStart))
      },
      NativeMethod("truncate", .positional(0, 1)) { t, o, a in
        guard let state = Streams.state(t, o, as: TextState.self), flushPending(t, o, state),
          let buffer = BufferedIO.inner(t, o)
        else { return nil }
        if let size = a.optional(0) { return callMethod(t, buffer, "truncate", size) }
        return callMethod(t, buffer, "truncate")
      },
      NativeMethod("detach", .noArguments) { t, o, _ in
        guard let state = Streams.state(t, o, as: TextState.self), flushPending(t, o, state), flushBuffer(t, o),
          let buffer = BufferedIO.inner(t, o)
        else { return nil }
        o.stream.pointee.inner = nil
        return buffer
      },
      NativeMethod("reconfigure", .keywords) { t, o, a in
        guard
          let given = parseArguments(
            t, a, function: "reconfigure",
            names: ["encoding", "errors", "newline", "line_buffering", "write_through"], required: 0, maxPositional: 0),
          let state = Streams.state(t, o, as: TextState.self), flushPending(t, o, state)
        else { return nil }
        if let name = text(given[0]) {
          guard let known = normalize(t, name) else { return nil }
          state.encoding = known
        }
        if let errors = text(given[1]) { state.errors = errors }
        if let newline = given[2] { state.newline = text(newline) }
        if let value = given[3], value != core.pointee.none { state.lineBuffering = isTrue(t, value) == 1 }
        if let value = given[4], value != core.pointee.none { state.writeThrough = isTrue(t, value) == 1 }
        return core.pointee.none
      },
      NativeMethod("fileno", .noArguments) { t, o, _ in BufferedIO.inner(t, o).flatMap { callMethod(t, $0, "fileno") }
      },
      NativeMethod("isatty", .noArguments) { t, o, _ in BufferedIO.inner(t, o).flatMap { callMethod(t, $0, "isatty") }
      },
      NativeMethod("readable", .noArguments) { t, o, _ in
        BufferedIO.inner(t, o).flatMap { callMethod(t, $0, "readable") }
      },
      NativeMethod("writable", .noArguments) { t, o, _ in
        BufferedIO.inner(t, o).flatMap { callMethod(t, $0, "writable") }
      },
      NativeMethod("seekable", .noArguments) { t, o, _ in
        BufferedIO.inner(t, o).flatMap { callMethod(t, $0, "seekable") }
      },
    ]
  }

  private static func limit(_ t: ThreadState, _ a: Arguments) -> Int? {
    guard let object = a.optional(0), object != core.pointee.none else { return -1 }
    return intValue(t, object)
  }
}

/// `stream.write(text)` for `print` and the like: the fast path for our own text streams. False: an exception is set.
public func writeText(_ t: ThreadState, _ stream: Object, _ text: Object) -> Bool {
  if stream.type == TextIO.type, text.isKind(.str), let state = Streams.state(t, stream, as: TextState.self) {
    return TextIO.write(t, stream, state, text)
  }
  if t.hasRaised { return false }
  guard let result = callMethod(t, stream, "write", text) else { return false }
  result.release()
  return true
}

/// Writes to `sys.stderr`; without one, or when it fails, to descriptor 2.
public func writeStandardError(_ t: ThreadState, _ text: String) {
  if let system = t.interpreter.systemDict, let stream = dictGet(t, system, "stderr"), stream != core.pointee.none {
    let object = makeString(text)
    defer { object.release() }
    stream.retain()
    defer { stream.release() }
    if writeText(t, stream, object) { return }
    t.clearRaised()
  }
  writeError(text)
}
