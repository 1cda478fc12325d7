// The standard error handlers of codecs as callables, and the way in which the codecs of this folder use them: an error becomes an
// exception object, the handler gets it and gives a replacement and a place to go on.
import PythonRuntime
import PythonTypes

enum CodecHandlers {
  static let all: [(String, NativeMethod)] = [
    ("strict", NativeMethod("strict_errors", .oneArgument) { t, _, a in strict(t, a[0]) }),
    (
      "ignore",
      NativeMethod("ignore_errors", .oneArgument) { t, _, a in
        Failure(t, a[0]).map { makeTuple(stealing: core.pointee.emptyString, makeInt($0.end)) }
      }
    ),
    ("replace", NativeMethod("replace_errors", .oneArgument) { t, _, a in replace(t, a[0]) }),
    ("xmlcharrefreplace", NativeMethod("xmlcharrefreplace_errors", .oneArgument) { t, _, a in references(t, a[0]) }),
    ("backslashreplace", NativeMethod("backslashreplace_errors", .oneArgument) { t, _, a in backslashes(t, a[0]) }),
    ("namereplace", NativeMethod("namereplace_errors", .oneArgument) { t, _, a in names(t, a[0]) }),
    ("surrogatepass", NativeMethod("surrogatepass", .oneArgument) { t, _, a in passSurrogates(t, a[0]) }),
    ("surrogateescape", NativeMethod("surrogateescape", .oneArgument) { t, _, a in escapeSurrogates(t, a[0]) }),
  ]

  // MARK: - For codecs

  /// What stands for the bytes from `start` to `end`, and where to go on. nil: an exception is set.
  static func repairDecoding(
    _ t: ThreadState, _ errors: String, codec: String, _ bytes: [UInt8], _ start: Int, _ end: Int, _ reason: String,
    _ out: inout [UInt32]
  ) -> Int? {
    guard let exception = Codec.makeError(t, .UnicodeDecodeError, codec, makeBytes(bytes), start, end, reason),
      let (replacement, next) = Codec.handled(t, errors, exception, bytes.count)
    else { return nil }
    defer { replacement.release() }
    guard replacement.isKind(.str) else {
      t.raise(.TypeError, "decoding error handler must return (str, int) tuple")
      return nil
    }
    for i in 0..<replacement.strLength { out.append(replacement.codePoint(i)) }
    return next
  }

  // MARK: - The exception's parts

  private enum Direction { case encoding, decoding, translating }

  private struct Failure {
    let direction: Direction
    /// The text or the bytes; borrowed from the exception.
    let object: Object
    let start: Int
    let end: Int

    /// nil: an exception is set.
    init?(_ t: ThreadState, _ exception: Object) {
      if isSubtype(exception.type, exceptionType(.UnicodeDecodeError)) {
        direction = .decoding
      } else if isSubtype(exception.type, exceptionType(.UnicodeEncodeError)) {
        direction = .encoding
      } else if isSubtype(exception.type, exceptionType(.UnicodeTranslateError)) {
        direction = .translating
      } else {
        t.raise(.TypeError, "don't know how to handle \(typeName(exception)) in error callback")
        return nil
      }
      guard let object = getAttribute(t, exception, "object"), let first = getAttribute(t, exception, "start"),
        let last = getAttribute(t, exception, "end")
      else { return nil }
      defer {
        object.release()
        first.release()
        last.release()
      }
      let length = object.isKind(.str) ? object.strLength : object.byteView.count
      self.object = object
      start = min(max(clampedIntValue(first), 0), max(length - 1, 0))
      end = min(max(clampedIntValue(last), 1), length)
    }

    var points: [UInt32] { start < end ? (start..<end).map { object.codePoint($0) } : [] }
    var bytes: [UInt8] { start < end ? Array(object.byteView[start..<end]) : [] }
  }

  private static func refuse(_ t: ThreadState, _ exception: Object) -> Object? {
    t.raise(.TypeError, "don't know how to handle \(typeName(exception)) in error callback")
  }

  private static func answer(_ text: String, _ end: Int) -> Object {
    makeTuple(stealing: makeString(text), makeInt(end))
  }

  // MARK: - The handlers

  private static func strict(_ t: ThreadState, _ exception: Object) -> Object? {
    guard exception.isException else { return t.raise(.TypeError, "codec must pass exception instance") }
    return t.raiseObject(exception)
  }

  private static func replace(_ t: ThreadState, _ exception: Object) -> Object? {
    guard let failure = Failure(t, exception) else { return nil }
    let count = max(0, failure.end - failure.start)
    switch failure.direction {
    case .encoding: return answer(String(repeating: "?", count: count), failure.end)
    case .decoding: return answer("\u{FFFD}", failure.end)
    case .translating: return answer(String(repeating: "\u{FFFD}", count: count), failure.end)
    }
  }

  private static func references(_ t: ThreadState, _ exception: Object) -> Object? {
    guard let failure = Failure(t, exception) else { return nil }
    guard failure.direction == .encoding else { return refuse(t, exception) }
    return answer(failure.points.map { "&#\($0);" }.joined(), failure.end)
  }

  private static func backslashes(_ t: ThreadState, _ exception: Object) -> Object? {
    guard let failure = Failure(t, exception) else { return nil }
    let values = failure.direction == .decoding ? failure.bytes.map { UInt32($0) } : failure.points
    return answer(values.map(escaped).joined(), failure.end)
  }

  private static func names(_ t: ThreadState, _ exception: Object) -> Object? {
    guard let failure = Failure(t, exception) else { return nil }
    guard failure.direction == .encoding else { return refuse(t, exception) }
    guard let module = importModule(t, "unicodedata") else { return nil }
    defer { module.release() }
    var text = ""
    for c in failure.points {
      let character = makeString(codePoint: c)
      defer { character.release() }
      guard let name = callMethod(t, module, "name", character, core.pointee.none) else { return nil }
      defer { name.release() }
      text += name.isKind(.str) ? "\\N{\(stringValue(name))}" : escaped(c)
    }
    return answer(text, failure.end)
  }

  private static func escapeSurrogates(_ t: ThreadState, _ exception: Object) -> Object? {
    guard let failure = Failure(t, exception) else { return nil }
    switch failure.direction {
    case .encoding:
      let points = failure.points
      guard points.allSatisfy({ (0xDC80...0xDCFF).contains($0) }) else { return t.raiseObject(exception) }
      return makeTuple(stealing: makeBytes(points.map { UInt8($0 - 0xDC00) }), makeInt(failure.end))
    case .decoding:
      // At most four bytes of one character, and only those that are not ASCII.
      let high = failure.bytes.prefix(4).prefix { $0 >= 128 }
      guard !high.isEmpty else { return t.raiseObject(exception) }
      let text = makeString(codePoints: high.map { 0xDC00 + UInt32($0) })
      return makeTuple(stealing: text, makeInt(failure.start + high.count))
    case .translating: return refuse(t, exception)
    }
  }

  /// Bytes of a code unit and whether they are big-endian, for the encodings that can hold surrogates; 1: UTF-8.
  private static func unit(_ t: ThreadState, _ exception: Object) -> (size: Int, isBig: Bool)? {
    guard let name = getAttribute(t, exception, "encoding") else { return nil }
    defer { name.release() }
    let text = stringValue(name).lowercased().filter { $0 != "-" && $0 != "_" }
    switch text {
    case "utf8", "cp65001": return (1, false)
    case "utf16", "utf16le": return (2, false)
    case "utf16be": return (2, true)
    case "utf32", "utf32le": return (4, false)
    case "utf32be": return (4, true)
    default: return nil
    }
  }

  private static func passSurrogates(_ t: ThreadState, _ exception: Object) -> Object? {
    guard let failure = Failure(t, exception) else { return nil }
    guard failure.direction != .translating else { return refuse(t, exception) }
    guard let (size, isBig) = unit(t, exception) else { return t.hasRaised ? nil : t.raiseObject(exception) }
    if failure.direction == .encoding {
      var out: [UInt8] = []
      for c in failure.points {
        guard (0xD800...0xDFFF).contains(c) else { return t.raiseObject(exception) }
        if size == 1 { appendUTF8(c, to: &out) } else { append(c, size, isBig, to: &out) }
      }
      return makeTuple(stealing: makeBytes(out), makeInt(failure.end))
    }
    let bytes = Array(failure.object.byteView)
    let count = size == 1 ? 3 : size
    guard failure.start + count <= bytes.count else { return t.raiseObject(exception) }
    let unit = Array(bytes[failure.start..<failure.start + count])
    var value: UInt32 = 0
    if size == 1 {
      guard unit[0] & 0xF0 == 0xE0, unit[1] & 0xC0 == 0x80, unit[2] & 0xC0 == 0x80 else {
        return t.raiseObject(exception)
      }
      value = UInt32(unit[0] & 15) << 12 | UInt32(unit[1] & 63) << 6 | UInt32(unit[2] & 63)
    } else {
      for byte in isBig ? unit : unit.reversed() { value = value << 8 | UInt32(byte) }
    }
    guard (0xD800...0xDFFF).contains(value) else { return t.raiseObject(exception) }
    return makeTuple(stealing: makeString(codePoint: value), makeInt(failure.start + count))
  }

  private static func append(_ c: UInt32, _ size: Int, _ isBig: Bool, to out: inout [UInt8]) {
    for k in 0..<size { out.append(UInt8(truncatingIfNeeded: c >> UInt32(8 * (isBig ? size - 1 - k : k)))) }
  }
}
