// Reading a text stream: pieces of bytes are decoded as they come, and handed out by characters and lines.
import PythonRuntime
import PythonTypes

extension TextIO {
  enum Fill { case some, end, failed }

  /// Reads and decodes one more piece; everything decoded before it must have been handed out. `wanted`: characters, when it is known.
  static func fill(_ t: ThreadState, _ o: Object, _ state: TextState, wanted: Int = 0) -> Fill {
    guard let decoder = state.decoder else {
      Streams.unsupported(t, "not readable")
      return .failed
    }
    var before: TextDecoder.State?
    if state.canTell {
      before = decoder.state(t)
      guard before != nil else { return .failed }
    }
    defer { before?.bytes.release() }
    let size = max(state.chunkSize, Int(Double(wanted) * max(state.bytesPerCharacter, 1)))
    guard let bytes = readBytes(t, o, state.hasRead1 ? "read1" : "read", size) else {
      return .failed
    }
    defer { bytes.release() }
    var isEnd = bytes.bytesCount == 0
    guard let text = decoder.decode(t, bytes, isFinal: isEnd) else { return .failed }
    state.setDecoded(steal: text)
    state.bytesPerCharacter =
      text.strLength > 0 ? Double(bytes.bytesCount) / Double(text.strLength) : 0
    if text.strLength > 0 { isEnd = false }
    if let before {
      let piece =
        before.bytes.bytesCount == 0
        ? bytes.retained() : makeBytes(Array(before.bytes.byteView) + bytes.byteView)
      state.setSnapshot(steal: makeTuple(stealing: makeInt(before.flags), piece))
    }
    return isEnd ? .end : .some
  }

  /// What a method of the buffer gives, as bytes; `size` nil: without argument. nil: an exception is set.
  private static func readBytes(_ t: ThreadState, _ o: Object, _ method: String, _ size: Int?)
    -> Object?
  {
    guard let buffer = inner(t, o) else { return nil }
    var piece: Object?
    if let size {
      let count = makeInt(size)
      piece = callMethod(t, buffer, method, count)
      count.release()
    } else {
      piece = callMethod(t, buffer, method)
    }
    guard let piece else { return nil }
    if piece.isKind(.bytes) { return piece }
    defer { piece.release() }
    guard let bytes = ByteSource.required(t, piece) else {
      guard t.matches(.TypeError) else { return nil }
      t.clearRaised()
      return t.raise(
        .TypeError,
        "underlying \(method)() should have returned a bytes-like object, not '\(typeName(piece))'")
    }
    return makeBytes(bytes)
  }

  /// A line with its end; empty at the end of the text. nil: an exception is set.
  static func readLine(_ t: ThreadState, _ o: Object, _ state: TextState, limit: Int) -> Object? {
    guard flushPending(t, o, state) else { return nil }
    var line: Object?
    while true {
      if state.decoded.map({ state.used >= $0.strLength }) ?? true {
        switch fill(t, o, state) {
        case .failed:
          line.release()
          return nil
        case .end:
          state.forgetRead()
          return line ?? core.pointee.emptyString
        case .some: break
        }
      }
      guard let text = state.decoded, state.used < text.strLength else { continue }
      let start = state.used
      var end = -1
      // An end of two characters may have come in two pieces.
      if state.newline == "\r\n", let line, line.codePoint(line.strLength - 1) == 0x0D,
        text.codePoint(start) == 0x0A
      {
        end = start + 1
      } else {
        end = TextSearch.lineEnd(in: text, from: start, newline: state.newline)
      }
      let isWhole = end >= 0
      if !isWhole { end = text.strLength }
      let room = limit < 0 ? Int.max : limit - (line?.strLength ?? 0)
      let isFull = end - start >= room
      if isFull { end = start + room }
      state.used = end
      let part = substring(text, start, end)
      if let before = line {
        line = concatenateStr(before, part)
        before.release()
        part.release()
      } else {
        line = part
      }
      if isWhole || isFull { return line }
    }
  }

  /// `count` characters, negative: all.
  static func read(_ t: ThreadState, _ o: Object, _ state: TextState, _ count: Int) -> Object? {
    guard let decoder = state.decoder else { return Streams.unsupported(t, "not readable") }
    guard flushPending(t, o, state) else { return nil }
    var text: Object
    if count < 0 {
      guard let bytes = readBytes(t, o, "read", nil) else { return nil }
      defer { bytes.release() }
      guard let rest = decoder.decode(t, bytes, isFinal: true) else { return nil }
      defer { rest.release() }
      text = state.take(-1)
      defer { text.release() }
      state.forgetRead()
      return concatenateStr(text, rest)
    }
    text = state.take(count)
    while text.strLength < count {
      switch fill(t, o, state, wanted: count - text.strLength) {
      case .failed:
        text.release()
        return nil
      case .end: return text
      case .some: break
      }
      let more = state.take(count - text.strLength)
      let joined = concatenateStr(text, more)
      text.release()
      more.release()
      text = joined
    }
    return text
  }

  /// The next line of an iteration, during which `tell` does not answer. nil: none, or an exception is set.
  static func nextLine(_ t: ThreadState, _ o: Object) -> Object? {
    guard let state = state(t, o) else { return nil }
    state.canTell = false
    var line: Object?
    if o.type == type {
      line = readLine(t, o, state, limit: -1)
    } else {
      line = callMethod(t, o, "readline")
      if let given = line, !given.isKind(.str) {
        t.raise(.OSError, "readline() should have returned a str object, not '\(typeName(given))'")
        given.release()
        line = nil
      }
    }
    guard let line else { return nil }
    if line.strLength > 0 { return line }
    line.release()
    state.setSnapshot(steal: nil)
    state.canTell = state.isSeekable
    return nil
  }
}
