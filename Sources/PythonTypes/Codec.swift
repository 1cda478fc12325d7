// Text to bytes and back: UTF-8, UTF-16, UTF-32, Latin-1, ASCII, with the standard error handlers.
//
// Other encodings and handlers of programs come through `codecHook`, which the codecs module sets.
import PythonRuntime

/// For an encoding that is not built in: `(thread, object, encoding, errors, isDecoding) -> str or bytes`. Without `errors` the codec is not given any.
nonisolated(unsafe) public var codecHook: ((ThreadState, Object, String, String?, Bool) -> Object?)?
/// A registered error handler, called with the exception: `(thread, name, exception) -> (replacement, position)`.
nonisolated(unsafe) public var codecErrorHook: ((ThreadState, String, Object) -> Object?)?

/// What a character can be cut within.
public enum IncompleteUnit {
  case utf8, utf32
  /// Whether it is big-endian; nil: as its mark says.
  case utf16(Bool?)
}

public enum Codec {
  enum Kind {
    case utf8, utf8Signature, latin1, ascii
    /// Bytes of a unit, whether big-endian, whether a byte order mark is written and read.
    case wide(Int, Bool, Bool)

    var unitBytes: Int {
      if case .wide(let size, _, _) = self { return size }
      return 1
    }

    /// Whether a surrogate has bytes of its own in it.
    var holdsSurrogates: Bool {
      switch self {
      case .latin1, .ascii: false
      default: true
      }
    }
  }

  static func kind(_ name: String) -> Kind? {
    switch name.lowercased().filter({ $0 != "-" && $0 != "_" && $0 != " " }) {
    case "utf8", "u8", "utf", "cp65001": .utf8
    case "utf8sig": .utf8Signature
    case "latin1", "iso88591", "latin", "l1", "8859", "cp819": .latin1
    case "ascii", "usascii", "646": .ascii
    case "utf16", "u16": .wide(2, false, true)
    case "utf16le": .wide(2, false, false)
    case "utf16be": .wide(2, true, false)
    case "utf32", "u32": .wide(4, false, true)
    case "utf32le": .wide(4, false, false)
    case "utf32be": .wide(4, true, false)
    default: nil
    }
  }

  private static func text(_ t: ThreadState, _ o: Object?, _ name: String, default value: String) -> String? {
    guard let o else { return value }
    guard o.isKind(.str) else {
      t.raise(.TypeError, "\(name) must be str, not \(argumentTypeName(o))")
      return nil
    }
    return cText(t, o)
  }

  /// A name as CPython passes it on: in UTF-8, which has no surrogates, and ended by a zero. nil: an exception is set.
  public static func cText(_ t: ThreadState, _ o: Object) -> String? {
    if !o.isASCIIStr {
      guard let bytes = encode(t, o, "utf-8", "strict") else { return nil }
      bytes.release()
    }
    let text = stringValue(o)
    guard text.utf8.contains(0) else { return text }
    t.raise(.ValueError, "embedded null character")
    return nil
  }

  /// The registry is not there before a program needs more than the built-in encodings. False: an exception is set.
  private static func loadRegistry(_ t: ThreadState) -> Bool {
    guard codecHook == nil else { return true }
    guard let module = importModule(t, "_codecs") else { return false }
    module.release()
    return true
  }

  // MARK: - Encoding

  /// `function`: who is blamed for arguments that are no str.
  public static func encode(
    _ t: ThreadState, _ o: Object, encoding: Object?, errors: Object?, function: String = "encode"
  ) -> Object? {
    guard let name = text(t, encoding, "\(function)() argument 'encoding'", default: "utf-8"),
      let errorsName = text(t, errors, "\(function)() argument 'errors'", default: "strict")
    else { return nil }
    return encode(t, o, name, errorsName, isDefault: errors == nil)
  }

  /// `isDefault`: nobody asked for these errors.
  public static func encode(
    _ t: ThreadState, _ o: Object, _ name: String, _ errors: String, isDefault: Bool = false
  ) -> Object? {
    guard let kind = kind(name) else {
      guard loadRegistry(t) else { return nil }
      return codecHook.map { $0(t, o, name, isDefault ? nil : errors, false) }
        ?? t.raise(.LookupError, "unknown encoding: \(name)")
    }
    var out: [UInt8] = []
    let n = o.strLength
    out.reserveCapacity(n)
    if case .utf8 = kind, o.isASCIIStr {
      return makeBytes(o.strData.assumingMemoryBound(to: UInt8.self), n)
    }
    if case .utf8Signature = kind { out += [0xEF, 0xBB, 0xBF] }
    if case .wide(let size, _, true) = kind { out += size == 2 ? [0xFF, 0xFE] : [0xFF, 0xFE, 0, 0] }
    func put(_ c: UInt32) {
      switch kind {
      case .utf8, .utf8Signature: appendUTF8(c, to: &out)
      case .latin1, .ascii: out.append(UInt8(truncatingIfNeeded: c))
      case .wide(let size, let big, _):
        func unit(_ v: UInt32) {
          for i in 0..<size { out.append(UInt8(truncatingIfNeeded: v >> UInt32(8 * (big ? size - 1 - i : i)))) }
        }
        if size == 2 && c >= 0x10000 {
          unit(0xD800 + (c - 0x10000) >> 10)
          unit(0xDC00 + (c - 0x10000) & 0x3FF)
        } else {
          unit(c)
        }
      }
    }
    func fits(_ c: UInt32) -> Bool {
      switch kind {
      case .ascii: c < 128
      case .latin1: c < 256
      default: !(0xD800...0xDFFF).contains(c)
      }
    }
    let reason =
      switch kind {
      case .ascii: "ordinal not in range(128)"
      case .latin1: "ordinal not in range(256)"
      default: "surrogates not allowed"
      }
    let shown =
      switch kind {
      case .ascii: "ascii"
      case .latin1: "latin-1"
      case .utf8: "utf-8"
      default: name.lowercased()
      }
    var i = 0
    while i < n {
      let c = o.codePoint(i)
      if fits(c) {
        put(c)
        i += 1
        continue
      }
      var end = i + 1
      while end < n, !fits(o.codePoint(end)) { end += 1 }
      switch errors {
      case "ignore": i = end
      case "replace":
        for _ in i..<end { put(63) }
        i = end
      case "backslashreplace":
        for k in i..<end { for u in escaped(o.codePoint(k)).unicodeScalars { put(u.value) } }
        i = end
      case "xmlcharrefreplace":
        for k in i..<end { for u in "&#\(o.codePoint(k));".unicodeScalars { put(u.value) } }
        i = end
      case "surrogatepass" where (0xD800...0xDFFF).contains(c) && kind.holdsSurrogates:
        put(c)
        i += 1
      case "surrogateescape" where (0xDC80...0xDCFF).contains(c) && kind.unitBytes == 1:
        out.append(UInt8(c - 0xDC00))
        i += 1
      default:
        guard
          let exception = makeError(
            t, .UnicodeEncodeError, shown, o.retained(), i, end, reason)
        else { return nil }
        exception.retain()
        defer { exception.release() }
        guard let (replacement, next) = handled(t, errors, exception, n) else { return nil }
        defer { replacement.release() }
        // What stands for the characters has to be of the encoding itself.
        let isGood =
          replacement.isKind(.bytes)
          ? replacement.bytesCount % kind.unitBytes == 0
          : (0..<replacement.strLength).allSatisfy { fits(replacement.codePoint($0)) }
        guard isGood else { return t.raiseObject(exception) }
        if replacement.isKind(.bytes) {
          out += replacement.byteView
        } else {
          for k in 0..<replacement.strLength { put(replacement.codePoint(k)) }
        }
        i = next
      }
    }
    return makeBytes(out)
  }

  // MARK: - Decoding

  static func decodeObject(
    _ t: ThreadState, _ o: Object, encoding: Object?, errors: Object?, function: String = "decode"
  ) -> Object? {
    guard let name = text(t, encoding, "\(function)() argument 'encoding'", default: "utf-8"),
      let errorsName = text(t, errors, "\(function)() argument 'errors'", default: "strict")
    else { return nil }
    if o.isKind(.str) { return t.raise(.TypeError, "decoding str is not supported") }
    guard let bytes = ByteSource.view(o) else {
      return t.raise(.TypeError, "decoding to str: need a bytes-like object, \(o.typeName) found")
    }
    if bytes.isEmpty { return core.pointee.emptyString }
    guard kind(name) != nil else {
      guard loadRegistry(t) else { return nil }
      return codecHook.map { $0(t, o, name, errors == nil ? nil : errorsName, true) }
        ?? t.raise(.LookupError, "unknown encoding: \(name)")
    }
    return decode(t, bytes, name, errorsName)
  }

  /// How many bytes at the end begin a character that is not complete.
  public static func incompleteTail(_ bytes: [UInt8], _ unit: IncompleteUnit) -> Int {
    switch unit {
    case .utf8: return incompleteUTF8(bytes)
    case .utf32: return bytes.count % 4
    case .utf16(let isBig):
      let odd = bytes.count % 2
      let end = bytes.count - odd
      guard end >= 2 else { return odd }
      let isBig = isBig ?? (bytes[0] == 0xFE && bytes[1] == 0xFF)
      // The first half of a pair waits for the second.
      return bytes[isBig ? end - 2 : end - 1] & 0xFC == 0xD8 ? odd + 2 : odd
    }
  }

  private static func incompleteUTF8(_ bytes: [UInt8]) -> Int {
    let n = bytes.count
    for back in 1...3 where back <= n {
      let b = bytes[n - back]
      if b & 0xC0 == 0x80 { continue }
      let wanted = b >= 0xF5 ? 1 : b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC2 ? 2 : 1
      guard wanted > back else { return 0 }
      // A second byte that cannot follow the first is wrong now; a surrogate's waits, a handler may want it whole.
      let bounds: ClosedRange<UInt8> =
        switch b {
        case 0xE0: 0xA0...0xBF
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
      return back > 1 && !bounds.contains(bytes[n - back + 1]) ? 0 : back
    }
    return 0
  }

  /// Decodes with one of the built-in encodings; LookupError for others.
  public static func decode(_ t: ThreadState, _ bytes: [UInt8], _ name: String, _ errors: String) -> Object? {
    guard let kind = kind(name) else { return t.raise(.LookupError, "unknown encoding: \(name)") }
    var decoder = Decoder(t: t, bytes: bytes, name: name.lowercased(), errors: errors)
    switch kind {
    case .latin1:
      return bytes.withUnsafeBufferPointer { b in
        b.baseAddress.map { makeString(latin1: $0, count: b.count) } ?? core.pointee.emptyString
      }
    case .ascii: decoder.ascii()
    case .utf8:
      if let result = asciiFast(bytes) { return result }
      decoder.name = "utf-8"
      decoder.utf8()
    case .utf8Signature:
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { decoder.i = 3 }
      decoder.utf8()
    case .wide(let size, let big, let mark): decoder.wide(size, big, mark)
    }
    return decoder.failed ? nil : makeString(codePoints: decoder.out)
  }

  private static func asciiFast(_ bytes: [UInt8]) -> Object? {
    guard bytes.allSatisfy({ $0 < 128 }) else { return nil }
    return bytes.withUnsafeBufferPointer { b in
      b.baseAddress.map { makeString(ascii: $0, count: b.count) } ?? core.pointee.emptyString
    }
  }

  /// A Unicode error object; steals `object`.
  public static func makeError(
    _ t: ThreadState, _ kind: ExceptionKind, _ encoding: String, _ object: Object, _ start: Int, _ end: Int,
    _ reason: String
  ) -> Object? {
    let arguments = makeTuple([makeString(encoding), object, makeInt(start), makeInt(end), makeString(reason)])
    defer { arguments.release() }
    return callWithTuple(t, exceptionType(kind).object, arguments)
  }

  /// Lets a registered handler repair an error, or raises it. Steals the exception. The position is checked against the length.
  public static func handled(_ t: ThreadState, _ errors: String, _ exception: Object, _ length: Int) -> (Object, Int)? {
    defer { exception.release() }
    guard errors != "strict" else {
      t.raiseObject(exception)
      return nil
    }
    guard loadRegistry(t) else { return nil }
    guard let hook = codecErrorHook else {
      t.raise(.LookupError, "unknown error handler name '\(errors)'")
      return nil
    }
    guard let answer = hook(t, errors, exception) else { return nil }
    defer { answer.release() }
    guard answer.isKind(.tuple), answer.tupleCount == 2, let place = intValue(t, answer.tupleItems[1]) else {
      if !t.hasRaised { t.raise(.TypeError, "error handler must return a (str, int) tuple") }
      return nil
    }
    let position = place < 0 ? place + length : place
    guard position >= 0, position <= length else {
      t.raise(.IndexError, "position \(place) from error handler out of bounds")
      return nil
    }
    return (answer.tupleItems[0].retained(), position)
  }
}

/// One decoding run.
private struct Decoder {
  let t: ThreadState
  let bytes: [UInt8]
  var name: String
  let errors: String
  var out: [UInt32] = []
  var i = 0
  var failed = false

  init(t: ThreadState, bytes: [UInt8], name: String, errors: String) {
    self.t = t
    self.bytes = bytes
    self.name = name
    self.errors = errors
    out.reserveCapacity(bytes.count)
  }

  /// The bytes from `i` to `end` are wrong: applies the handler and goes on behind them.
  mutating func wrong(_ end: Int, _ reason: String) {
    switch errors {
    case "ignore": i = end
    case "replace":
      out.append(0xFFFD)
      i = end
    case "backslashreplace":
      for k in i..<end { out += escaped(UInt32(bytes[k])).unicodeScalars.map(\.value) }
      i = end
    case "surrogateescape" where bytes[i..<end].allSatisfy({ $0 >= 128 }):
      for k in i..<end { out.append(0xDC00 + UInt32(bytes[k])) }
      i = end
    default:
      guard let exception = Codec.makeError(t, .UnicodeDecodeError, name, makeBytes(bytes), i, end, reason),
        let (replacement, next) = Codec.handled(t, errors, exception, bytes.count)
      else {
        failed = true
        return
      }
      if replacement.isKind(.str) { out += replacement.codePoints }
      replacement.release()
      i = next
    }
  }

  mutating func ascii() {
    while i < bytes.count, !failed {
      if bytes[i] < 128 {
        out.append(UInt32(bytes[i]))
        i += 1
      } else {
        wrong(i + 1, "ordinal not in range(128)")
      }
    }
  }

  mutating func utf8() {
    let n = bytes.count
    while i < n, !failed {
      let b = bytes[i]
      if b < 0x80 {
        out.append(UInt32(b))
        i += 1
        continue
      }
      let length = b >= 0xC2 && b < 0xE0 ? 2 : b >= 0xE0 && b < 0xF0 ? 3 : b >= 0xF0 && b < 0xF5 ? 4 : 0
      if length == 0 {
        wrong(i + 1, "invalid start byte")
        continue
      }
      var value = UInt32(b) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
      var good = 1
      while good < length, i + good < n {
        let next = bytes[i + good]
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        if good == 1 {
          switch b {
          case 0xE0: low = 0xA0
          case 0xED: high = errors == "surrogatepass" ? 0xBF : 0x9F
          case 0xF0: low = 0x90
          case 0xF4: high = 0x8F
          default: break
          }
        }
        guard next >= low, next <= high else { break }
        value = value << 6 | UInt32(next & 0x3F)
        good += 1
      }
      if good == length {
        out.append(value)
        i += length
      } else {
        wrong(i + good, i + good >= n ? "unexpected end of data" : "invalid continuation byte")
      }
    }
  }

  mutating func wide(_ size: Int, _ bigEndian: Bool, _ mark: Bool) {
    var big = bigEndian
    let n = bytes.count
    func unit(_ at: Int) -> UInt32 {
      var v: UInt32 = 0
      for k in 0..<size { v |= UInt32(bytes[at + k]) << UInt32(8 * (big ? size - 1 - k : k)) }
      return v
    }
    if mark, n >= size {
      if unit(0) == 0xFEFF {
        i = size
      } else {
        big = true
        if unit(0) == 0xFEFF { i = size } else { big = false }
      }
    }
    while i < n, !failed {
      guard i + size <= n else {
        wrong(n, "truncated data")
        return
      }
      let c = unit(i)
      if size == 2, (0xD800...0xDBFF).contains(c) {
        guard i + 4 <= n else {
          wrong(n, "unexpected end of data")
          return
        }
        let low = unit(i + 2)
        if (0xDC00...0xDFFF).contains(low) {
          out.append(0x10000 + (c - 0xD800) << 10 + (low - 0xDC00))
          i += 4
        } else {
          wrong(i + 2, "illegal UTF-16 surrogate")
        }
      } else if size == 2 && (0xDC00...0xDFFF).contains(c) && errors != "surrogatepass" {
        wrong(i + 2, "illegal encoding")
      } else if size == 4 && (c > 0x10FFFF || (0xD800...0xDFFF).contains(c)) {
        wrong(
          i + 4,
          c > 0x10FFFF
            ? "code point not in range(0x110000)" : "code point in surrogate code point range(0xd800, 0xe000)")
      } else {
        out.append(c)
        i += size
      }
    }
  }
}
