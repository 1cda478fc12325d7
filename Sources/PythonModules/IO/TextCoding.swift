// How a text stream's bytes become characters and its characters bytes: natively for UTF-8, ASCII and Latin-1, through the incremental encoders and
// decoders of the codec registry for all others.
import PythonRuntime
import PythonTypes

enum TextCoding {
  /// The common name of an encoding that is done here; nil: the registry has to be asked.
  static func native(_ name: String) -> String? {
    switch name.lowercased().replacing("_", with: "-") {
    case "utf-8", "utf8", "locale", "u8": "utf-8"
    case "ascii", "us-ascii", "646": "ascii"
    case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "l1": "latin-1"
    default: nil
    }
  }

  /// The encoder or decoder that a codec makes. New reference; nil: an exception is set.
  private static func make(_ t: ThreadState, _ codec: Object, _ attribute: String, _ errors: String)
    -> Object?
  {
    guard let maker = getAttribute(t, codec, attribute) else { return nil }
    defer { maker.release() }
    let text = makeString(errors)
    defer { text.release() }
    return call1(t, maker, text)
  }

  /// nil: an exception is set.
  static func encoder(_ t: ThreadState, _ name: String, _ errors: String) -> TextEncoder? {
    if let known = native(name) { return NativeTextEncoder(known, errors) }
    guard let codec = CodecsModule.lookUpText(t, name, instead: "codecs.open()") else { return nil }
    defer { codec.release() }
    return make(t, codec, "incrementalencoder", errors).map { ObjectTextEncoder(steal: $0) }
  }

  /// nil: an exception is set.
  static func decoder(_ t: ThreadState, _ name: String, _ errors: String) -> TextDecoder? {
    if let known = native(name) { return NativeTextDecoder(known, errors) }
    guard let codec = CodecsModule.lookUpText(t, name, instead: "codecs.open()") else { return nil }
    defer { codec.release() }
    return make(t, codec, "incrementaldecoder", errors).map { ObjectTextDecoder(steal: $0) }
  }

  /// Whether a text stream can have the encoding at all. False: an exception is set.
  static func check(_ t: ThreadState, _ name: String) -> Bool {
    if native(name) != nil { return true }
    guard let codec = CodecsModule.lookUpText(t, name, instead: "codecs.open()") else {
      return false
    }
    codec.release()
    return true
  }
}

// MARK: - Encoders

class TextEncoder {
  /// Whether ASCII text is its own bytes, and nothing depends on what was written before.
  final let isPlain: Bool

  init(isPlain: Bool) { self.isPlain = isPlain }

  /// A bytes object. nil: an exception is set.
  func encode(_ t: ThreadState, _ text: Object) -> Object? { nil }
  /// Begins again, at the start of the bytes or behind it, where no byte order mark belongs. False: an exception is set.
  func restart(_ t: ThreadState, atStart: Bool) -> Bool { true }
}

/// Without a state. ASCII text is its own bytes in all of them.
final class NativeTextEncoder: TextEncoder {
  private let name: String
  private let errors: String

  init(_ name: String, _ errors: String) {
    self.name = name
    self.errors = errors
    super.init(isPlain: true)
  }
  override func encode(_ t: ThreadState, _ text: Object) -> Object? {
    Codec.encode(t, text, name, errors)
  }
}

final class ObjectTextEncoder: TextEncoder {
  private let object: Object

  init(steal object: Object) {
    self.object = object
    super.init(isPlain: false)
  }
  deinit { object.release() }

  override func encode(_ t: ThreadState, _ text: Object) -> Object? {
    guard let bytes = callMethod(t, object, "encode", text) else { return nil }
    guard bytes.isKind(.bytes) else {
      defer { bytes.release() }
      return t.raise(.TypeError, "encoder should return a bytes object, not '\(typeName(bytes))'")
    }
    return bytes
  }

  override func restart(_ t: ThreadState, atStart: Bool) -> Bool {
    let result =
      atStart ? callMethod(t, object, "reset") : callMethod(t, object, "setstate", makeInt(0))
    result.release()
    return result != nil
  }
}

// MARK: - Decoders

class TextDecoder {
  /// The bytes of an incomplete character, and a number of the decoder's own.
  typealias State = (bytes: Object, flags: Int)

  /// A str of the bytes (a bytes object). nil: an exception is set.
  func decode(_ t: ThreadState, _ bytes: Object, isFinal: Bool) -> Object? { nil }
  /// Owned bytes. nil: an exception is set.
  func state(_ t: ThreadState) -> State? { nil }
  func setState(_ t: ThreadState, _ bytes: Object, _ flags: Int) -> Bool { true }
  func reset(_ t: ThreadState) -> Bool { true }
  /// The ends of lines that were met, where they are looked at.
  var lineEnds: LineEnds { [] }
}

final class NativeTextDecoder: TextDecoder {
  private let name: String
  private let errors: String
  private var tail: [UInt8] = []

  init(_ name: String, _ errors: String) {
    self.name = name
    self.errors = errors
  }

  override func decode(_ t: ThreadState, _ bytes: Object, isFinal: Bool) -> Object? {
    let view = bytes.byteView
    if tail.isEmpty, let base = view.baseAddress {
      if name == "latin-1" { return makeString(latin1: base, count: view.count) }
      if view.allSatisfy({ $0 < 0x80 }) { return makeString(ascii: base, count: view.count) }
    }
    var all = tail + view
    let kept = isFinal || name != "utf-8" ? 0 : Codec.incompleteTail(all, .utf8)
    let rest = Array(all.suffix(kept))
    all.removeLast(kept)
    guard let text = Codec.decode(t, all, name, errors) else { return nil }
    tail = rest
    return text
  }

  override func state(_ t: ThreadState) -> State? { (makeBytes(tail), 0) }
  override func setState(_ t: ThreadState, _ bytes: Object, _ flags: Int) -> Bool {
    tail = Array(bytes.byteView)
    return true
  }
  override func reset(_ t: ThreadState) -> Bool {
    tail = []
    return true
  }
}

final class ObjectTextDecoder: TextDecoder {
  private let object: Object

  init(steal object: Object) { self.object = object }
  deinit { object.release() }

  override func decode(_ t: ThreadState, _ bytes: Object, isFinal: Bool) -> Object? {
    guard let text = callMethod(t, object, "decode", bytes, makeBool(isFinal)) else { return nil }
    guard text.isKind(.str) else {
      defer { text.release() }
      return t.raise(.TypeError, "decoder should return a string result, not '\(typeName(text))'")
    }
    return text
  }

  override func state(_ t: ThreadState) -> State? {
    guard let pair = callMethod(t, object, "getstate") else { return nil }
    defer { pair.release() }
    guard pair.isKind(.tuple), pair.tupleCount == 2 else {
      t.raise(.TypeError, "illegal decoder state")
      return nil
    }
    let bytes = pair.tupleItems[0]
    guard bytes.isKind(.bytes) else {
      t.raise(
        .TypeError,
        "illegal decoder state: the first item should be a bytes object, not '\(typeName(bytes))'")
      return nil
    }
    guard let flags = intValue(t, pair.tupleItems[1]) else { return nil }
    return (bytes.retained(), flags)
  }

  override func setState(_ t: ThreadState, _ bytes: Object, _ flags: Int) -> Bool {
    let number = makeInt(flags)
    let pair = makeTuple(stealing: bytes.retained(), number)
    defer { pair.release() }
    let result = callMethod(t, object, "setstate", pair)
    result.release()
    return result != nil
  }

  override func reset(_ t: ThreadState) -> Bool {
    let result = callMethod(t, object, "reset")
    result.release()
    return result != nil
  }
}
