// `_codecs`: the registry of codecs and of error handlers, and the encodings that the runtime knows itself.
//
// Lookup asks the registered search functions; the library's `encodings` package registers the first one and is
// imported by the first lookup.
import PythonRuntime
import PythonTypes

public enum CodecsModule {
  /// list of search functions, dict of normalised name to codec, dict of error handlers.
  nonisolated(unsafe) private static var searches: Object = makeList()
  nonisolated(unsafe) private static var cache: Object = makeDict()
  nonisolated(unsafe) private static var handlers: Object = makeDict()
  nonisolated(unsafe) private static var hasEncodings = false

  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_codecs")
    moduleAddFunctions(t, module, registry + encoders + decoders + others)
    moduleAddFunctions(
      t, module, RawUnicodeEscape.methods + CharacterMaps.methods + UnicodeEscape.methods + UTF7.methods)
    for (name, method) in CodecHandlers.all {
      _ = dictSet(t, handlers, name, stealing: makeNativeFunction(t, method, self: nil, module: nil))
    }
    codecHook = convertText
    codecErrorHook = { t, name, exception in
      guard let handler = lookUpHandler(t, name) else { return nil }
      return call1(t, handler, exception)
    }
    return module
  }

  // MARK: Registry

  private static let registry = [
    NativeMethod("register", .oneArgument) { t, _, a in
      guard isCallable(a[0]) else { return t.raise(.TypeError, "argument must be callable") }
      guard loadEncodings(t) else { return nil }
      listAppend(t, searches, a[0])
      return core.pointee.none
    },
    NativeMethod("unregister", .oneArgument) { t, _, a in
      for i in 0..<searches.listCount where searches.listItems[i] == a[0] {
        listReplace(searches, i, i + 1, nil, 0)
        dictClear(cache)
        break
      }
      return core.pointee.none
    },
    NativeMethod("lookup", .oneArgument) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "lookup() argument must be str, not \(argumentTypeName(a[0]))")
      }
      return lookUp(t, stringValue(a[0]))
    },
    NativeMethod("register_error", .positional(2, 2)) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "register_error() argument 1 must be str, not \(argumentTypeName(a[0]))")
      }
      guard isCallable(a[1]) else { return t.raise(.TypeError, "handler must be callable") }
      return dictSet(t, handlers, a[0], a[1]) ? core.pointee.none : nil
    },
    NativeMethod("lookup_error", .oneArgument) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "lookup_error() argument must be str, not \(argumentTypeName(a[0]))")
      }
      return lookUpHandler(t, stringValue(a[0]))?.retained()
    },
    NativeMethod("encode", .keywords) { t, _, a in convert(t, a, "encode", isDecoding: false) },
    NativeMethod("decode", .keywords) { t, _, a in convert(t, a, "decode", isDecoding: true) },
  ]

  /// What search functions are asked for: lower case, `_` for each run of what is neither letter nor digit of ASCII nor a dot.
  private static func normalized(_ name: String) -> String {
    var out: [UInt8] = []
    var isApart = false
    for byte in name.utf8 {
      let lower = byte >= 0x41 && byte <= 0x5A ? byte + 32 : byte
      guard (0x61...0x7A).contains(lower) || (0x30...0x39).contains(lower) || lower == 0x2E else {
        isApart = true
        continue
      }
      if isApart, !out.isEmpty { out.append(0x5F) }
      isApart = false
      out.append(lower)
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Lets the library register its search function, which is asked before those of programs: CPython imports it when it starts. False: an exception is
  /// set.
  private static func loadEncodings(_ t: ThreadState) -> Bool {
    guard !hasEncodings else { return true }
    // Registering comes here too.
    hasEncodings = true
    guard let package = importModule(t, "encodings") else {
      hasEncodings = false
      return false
    }
    package.release()
    return true
  }

  /// The codec of that name, a new reference.
  private static func lookUp(_ t: ThreadState, _ name: String) -> Object? {
    guard !name.utf8.contains(0) else { return t.raise(.ValueError, "embedded null character") }
    guard loadEncodings(t) else { return nil }
    let key = internString(normalized(name))
    if let known = dictGet(t, cache, key) { return known.retained() }
    for i in 0..<searches.listCount {
      // A search function may have unregistered others.
      guard i < searches.listCount else { return t.raise(.IndexError, "list index out of range") }
      guard let found = call1(t, searches.listItems[i], key) else { return nil }
      if found == core.pointee.none { continue }
      guard found.isKind(.tuple), found.tupleCount == 4 else {
        found.release()
        return t.raise(.TypeError, "codec search functions must return 4-tuples")
      }
      guard dictSet(t, cache, key, found) else { return nil }
      return found
    }
    return t.raise(.LookupError, "unknown encoding: \(name)")
  }

  /// The codec of an encoding of text; `instead` is what a program should use for others. New reference; nil: an exception is set.
  static func lookUpText(_ t: ThreadState, _ name: String, instead: String) -> Object? {
    guard let codec = lookUp(t, name) else { return nil }
    // A plain tuple says nothing of itself.
    guard codec.type != core.pointee.types.tuple else { return codec }
    guard let flag = getAttribute(t, codec, "_is_text_encoding") else {
      guard t.matches(.AttributeError) else {
        codec.release()
        return nil
      }
      t.clearRaised()
      return codec
    }
    defer { flag.release() }
    let isText = isTrue(t, flag)
    if isText == 1 { return codec }
    codec.release()
    return isText < 0
      ? nil
      : t.raise(
        .LookupError, "'\(name)' is not a text encoding; use \(instead) to handle arbitrary codecs")
  }

  private static func lookUpHandler(_ t: ThreadState, _ name: String) -> Object? {
    dictGet(t, handlers, name) ?? t.raise(.LookupError, "unknown error handler name '\(name)'")
  }

  private static func convert(_ t: ThreadState, _ a: Arguments, _ function: String, isDecoding: Bool) -> Object? {
    guard let v = parseArguments(t, a, function: function, names: ["obj", "encoding", "errors"], required: 1),
      let o = v[0]
    else { return nil }
    for i in 1...2 {
      if let given = v[i], !given.isKind(.str) {
        return t.raise(
          .TypeError,
          "\(function)() argument '\(i == 1 ? "encoding" : "errors")' must be str, not \(argumentTypeName(given))")
      }
    }
    return convertSlowly(t, o, v[1].map(stringValue) ?? "utf-8", v[2].map(stringValue), isDecoding)
  }

  /// `str.encode` and the decoding of bytes, for encodings that are not built in.
  private static func convertText(
    _ t: ThreadState, _ o: Object, _ name: String, _ errors: String?, _ isDecoding: Bool
  ) -> Object? {
    let function = isDecoding ? "decode" : "encode"
    guard let codec = lookUpText(t, name, instead: "codecs.\(function)()"),
      let result = convert(t, o, steal: codec, name, errors, isDecoding)
    else { return nil }
    if result.isKind(isDecoding ? .str : .bytes) { return result }
    defer { result.release() }
    return t.raise(
      .TypeError,
      "'\(name)' \(function)r returned '\(typeName(result))' instead of '\(isDecoding ? "str" : "bytes")'; use "
        + "codecs.\(function)() to \(function) to arbitrary types")
  }

  /// To the exception that is raised.
  private static func addNote(_ t: ThreadState, _ note: String) {
    guard let exception = t.takeRaised() else { return }
    let text = makeString(note)
    defer { text.release() }
    let added = callMethod(t, exception, "add_note", text)
    added.release()
    // An error of the note takes the exception's place, as every later one does.
    if added != nil { t.setRaised(steal: exception) } else { exception.release() }
  }

  /// Converts by whatever codec the registry has.
  private static func convertSlowly(
    _ t: ThreadState, _ o: Object, _ name: String, _ errors: String?, _ isDecoding: Bool
  ) -> Object? {
    lookUp(t, name).flatMap { convert(t, o, steal: $0, name, errors, isDecoding) }
  }

  private static func convert(
    _ t: ThreadState, _ o: Object, steal codec: Object, _ name: String, _ errors: String?,
    _ isDecoding: Bool
  ) -> Object? {
    defer { codec.release() }
    let errorsObject = errors.map { makeString($0) }
    defer { errorsObject.release() }
    let function = codec.tupleItems[isDecoding ? 1 : 0]
    guard let pair = errorsObject.map({ call2(t, function, o, $0) }) ?? call1(t, function, o) else {
      addNote(t, "\(isDecoding ? "decoding" : "encoding") with '\(name)' codec failed")
      return nil
    }
    defer { pair.release() }
    guard pair.isKind(.tuple), pair.tupleCount == 2 else {
      return t.raise(.TypeError, "\(isDecoding ? "decoder" : "encoder") must return a tuple (object, integer)")
    }
    return pair.tupleItems[0].retained()
  }

  // MARK: Built-in encodings

  private static let encoders = [
    NativeMethod("utf_8_encode", .positional(1, 2)) { t, _, a in encode(t, a, "utf-8") },
    NativeMethod("latin_1_encode", .positional(1, 2)) { t, _, a in encode(t, a, "latin-1") },
    NativeMethod("ascii_encode", .positional(1, 2)) { t, _, a in encode(t, a, "ascii") },
    NativeMethod("utf_16_encode", .positional(1, 3)) { t, _, a in encode(t, a, "utf-16") },
    NativeMethod("utf_16_le_encode", .positional(1, 2)) { t, _, a in encode(t, a, "utf-16-le") },
    NativeMethod("utf_16_be_encode", .positional(1, 2)) { t, _, a in encode(t, a, "utf-16-be") },
    NativeMethod("utf_32_encode", .positional(1, 3)) { t, _, a in encode(t, a, "utf-32") },
    NativeMethod("utf_32_le_encode", .positional(1, 2)) { t, _, a in encode(t, a, "utf-32-le") },
    NativeMethod("utf_32_be_encode", .positional(1, 2)) { t, _, a in encode(t, a, "utf-32-be") },
  ]

  private static let decoders = [
    NativeMethod("utf_8_decode", .positional(1, 3)) { t, _, a in decode(t, a, "utf-8", unit: .utf8)
    },
    NativeMethod("latin_1_decode", .positional(1, 2)) { t, _, a in
      decode(t, a, "latin-1", unit: nil)
    },
    NativeMethod("ascii_decode", .positional(1, 2)) { t, _, a in decode(t, a, "ascii", unit: nil) },
    NativeMethod("utf_16_decode", .positional(1, 3)) { t, _, a in
      decode(t, a, "utf-16", unit: .utf16(nil))
    },
    NativeMethod("utf_16_le_decode", .positional(1, 3)) { t, _, a in
      decode(t, a, "utf-16-le", unit: .utf16(false))
    },
    NativeMethod("utf_16_be_decode", .positional(1, 3)) { t, _, a in
      decode(t, a, "utf-16-be", unit: .utf16(true))
    },
    NativeMethod("utf_32_decode", .positional(1, 3)) { t, _, a in
      decode(t, a, "utf-32", unit: .utf32)
    },
    NativeMethod("utf_32_le_decode", .positional(1, 3)) { t, _, a in
      decode(t, a, "utf-32-le", unit: .utf32)
    },
    NativeMethod("utf_32_be_decode", .positional(1, 3)) { t, _, a in
      decode(t, a, "utf-32-be", unit: .utf32)
    },
  ]

  static func errors(_ t: ThreadState, _ a: Arguments) -> String? {
    guard let given = a.optional(1), given != core.pointee.none else { return "strict" }
    guard given.isKind(.str) else {
      t.raise(.TypeError, "argument 2 must be str or None, not \(typeName(given))")
      return nil
    }
    return stringValue(given)
  }

  private static let others = [
    NativeMethod("readbuffer_encode", .positional(1, 2)) { t, _, a in
      guard let bytes = textBytes(t, a[0]) else { return nil }
      return makeTuple(stealing: makeBytes(bytes), makeInt(bytes.count))
    },
    NativeMethod("utf_16_ex_decode", .positional(1, 4)) { t, _, a in decodeWithOrder(t, a, "utf-16", unit: 2) },
    NativeMethod("utf_32_ex_decode", .positional(1, 4)) { t, _, a in decodeWithOrder(t, a, "utf-32", unit: 4) },
  ]

  /// `(data, errors, byteorder, final)` to `(text, bytes used, byteorder)`: -1 little-endian, 1 big-endian, 0 as a mark says.
  private static func decodeWithOrder(_ t: ThreadState, _ a: Arguments, _ name: String, unit: Int) -> Object? {
    guard let errors = errors(t, a), var bytes = bytes(t, a[0]) else { return nil }
    var order = 0
    if let given = a.optional(2) {
      guard let value = intValue(t, given) else { return nil }
      order = value.signum()
    }
    if let final = a.optional(3) {
      let isFinal = isTrue(t, final)
      if isFinal < 0 { return nil }
      if isFinal == 0 {
        let isBig: Bool? = order == 0 ? nil : order > 0
        bytes.removeLast(Codec.incompleteTail(bytes, unit == 2 ? .utf16(isBig) : .utf32))
      }
    }
    var mark = 0
    if order == 0, bytes.count >= unit {
      let little: [UInt8] = unit == 2 ? [0xFF, 0xFE] : [0xFF, 0xFE, 0, 0]
      order = bytes.starts(with: little) ? -1 : bytes.starts(with: little.reversed()) ? 1 : 0
      if order != 0 { mark = unit }
    }
    let ending = order > 0 ? "-be" : "-le"
    guard let text = Codec.decode(t, Array(bytes[mark...]), name + ending, errors) else { return nil }
    return makeTuple([text, makeInt(bytes.count), makeInt(order)])
  }

  /// The bytes of a bytes-like object, or of a str in UTF-8.
  static func textBytes(_ t: ThreadState, _ o: Object) -> [UInt8]? {
    o.isKind(.str) ? fileSystemBytes(o) : ByteSource.required(t, o)
  }

  private static func encode(_ t: ThreadState, _ a: Arguments, _ name: String) -> Object? {
    guard a[0].isKind(.str) else { return t.raise(.TypeError, "argument 1 must be str, not \(typeName(a[0]))") }
    guard let errors = errors(t, a), let bytes = Codec.encode(t, a[0], name, errors) else { return nil }
    return makeTuple(stealing: bytes, makeInt(a[0].strLength))
  }

  /// `(text, bytes used)`. Without `final`, an incomplete character at the end is left for the next call.
  private static func decode(
    _ t: ThreadState, _ a: Arguments, _ name: String, unit: IncompleteUnit?
  ) -> Object? {
    guard let errors = errors(t, a), var bytes = bytes(t, a[0]) else { return nil }
    if let final = a.optional(2) {
      let isFinal = isTrue(t, final)
      if isFinal < 0 { return nil }
      if isFinal == 0, let unit { bytes.removeLast(Codec.incompleteTail(bytes, unit)) }
    } else if let unit {
      bytes.removeLast(Codec.incompleteTail(bytes, unit))
    }
    guard let text = Codec.decode(t, bytes, name, errors) else { return nil }
    return makeTuple(stealing: text, makeInt(bytes.count))
  }

  private static func bytes(_ t: ThreadState, _ o: Object) -> [UInt8]? { ByteSource.required(t, o) }
}
