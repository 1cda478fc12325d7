// `_codecs`: encodings that a table describes: a str of 256 characters, or any mapping.
import PythonRuntime
import PythonTypes

enum CharacterMaps {
  static let methods = [
    NativeMethod("charmap_build", .oneArgument) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "charmap_build() argument must be str, not \(argumentTypeName(a[0]))")
      }
      let map = makeDict()
      for i in 0..<a[0].strLength where a[0].codePoint(i) != 0xFFFE {
        let key = makeInt(Int(a[0].codePoint(i)))
        let value = makeInt(i)
        defer {
          key.release()
          value.release()
        }
        guard dictSet(t, map, key, value) else { return nil }
      }
      return map
    },
    NativeMethod("charmap_encode", .positional(1, 3)) { t, _, a in encode(t, a) },
    NativeMethod("charmap_decode", .positional(1, 3)) { t, _, a in decode(t, a) },
  ]

  /// What a mapping has for a number: absent and None are `.some(nil)`; nil: an exception is set. A new reference.
  private static func look(_ t: ThreadState, _ map: Object, _ number: UInt32) -> Object?? {
    let key = makeInt(Int(number))
    defer { key.release() }
    guard let found = getItem(t, map, key) else {
      guard t.matches(.LookupError) else { return nil }
      t.clearRaised()
      return .some(nil)
    }
    if found == core.pointee.none { return .some(nil) }
    return .some(found)
  }

  // MARK: - Encoding

  private enum Step { case encoded, unknown, failed }

  /// Appends what the map has for a character.
  private static func encode(_ t: ThreadState, _ map: Object, _ c: UInt32, _ out: inout [UInt8]) -> Step {
    guard let answer = look(t, map, c) else { return .failed }
    guard let found = answer else { return .unknown }
    defer { found.release() }
    if found.isKind(.int) {
      let value = clampedIntValue(found)
      guard (0...255).contains(value) else {
        t.raise(.TypeError, "character mapping must be in range(256)")
        return .failed
      }
      out.append(UInt8(value))
    } else if found.isKind(.bytes) {
      out += found.byteView
    } else {
      t.raise(.TypeError, "character mapping must return integer, bytes or None, not \(typeName(found))")
      return .failed
    }
    return .encoded
  }

  private static func encode(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard a[0].isKind(.str) else {
      return t.raise(.TypeError, "charmap_encode() argument 1 must be str, not \(argumentTypeName(a[0]))")
    }
    guard let errors = CodecsModule.errors(t, a) else { return nil }
    guard let map = a.optional(2), map != core.pointee.none else {
      guard let bytes = Codec.encode(t, a[0], "latin-1", errors) else { return nil }
      return makeTuple(stealing: bytes, makeInt(a[0].strLength))
    }
    var out: [UInt8] = []
    var i = 0
    while i < a[0].strLength {
      switch encode(t, map, a[0].codePoint(i), &out) {
      case .encoded: i += 1
      case .failed: return nil
      case .unknown:
        guard let next = repairEncoding(t, a[0], i, errors, map, &out) else { return nil }
        i = next
      }
    }
    return makeTuple(stealing: makeBytes(out), makeInt(a[0].strLength))
  }

  /// All characters from `start` on that the map does not know are one error. Where to go on; nil: an exception is set.
  private static func repairEncoding(
    _ t: ThreadState, _ text: Object, _ start: Int, _ errors: String, _ map: Object, _ out: inout [UInt8]
  ) -> Int? {
    var end = start + 1
    var ignored: [UInt8] = []
    loop: while end < text.strLength {
      switch encode(t, map, text.codePoint(end), &ignored) {
      case .failed: return nil
      case .encoded: break loop
      case .unknown: end += 1
      }
    }
    let reason = "character maps to <undefined>"
    func error() -> Object? {
      Codec.makeError(t, .UnicodeEncodeError, "charmap", text.retained(), start, end, reason)
    }
    guard let exception = error(), let (replacement, next) = Codec.handled(t, errors, exception, text.strLength) else {
      return nil
    }
    defer { replacement.release() }
    if replacement.isKind(.bytes) {
      out += replacement.byteView
      return next
    }
    for i in 0..<replacement.strLength {
      switch encode(t, map, replacement.codePoint(i), &out) {
      case .encoded: break
      case .failed: return nil
      case .unknown:
        guard let exception = error() else { return nil }
        defer { exception.release() }
        _ = t.raiseObject(exception)
        return nil
      }
    }
    return next
  }

  // MARK: - Decoding

  private static func decode(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard let bytes = ByteSource.required(t, a[0]), let errors = CodecsModule.errors(t, a) else { return nil }
    var points: [UInt32] = []
    points.reserveCapacity(bytes.count)
    var i = 0
    while i < bytes.count {
      guard let isKnown = decode(t, a.optional(2), bytes[i], &points) else { return nil }
      if isKnown {
        i += 1
        continue
      }
      guard
        let next = CodecHandlers.repairDecoding(
          t, errors, codec: "charmap", bytes, i, i + 1, "character maps to <undefined>", &points)
      else { return nil }
      i = next
    }
    return makeTuple(stealing: makeString(codePoints: points), makeInt(bytes.count))
  }

  /// Whether the map knows the byte; nil: an exception is set.
  private static func decode(_ t: ThreadState, _ map: Object?, _ byte: UInt8, _ out: inout [UInt32]) -> Bool? {
    guard let map, map != core.pointee.none else {
      out.append(UInt32(byte))
      return true
    }
    if map.isKind(.str) {
      let c = Int(byte) < map.strLength ? map.codePoint(Int(byte)) : 0xFFFE
      if c != 0xFFFE { out.append(c) }
      return c != 0xFFFE
    }
    guard let answer = look(t, map, UInt32(byte)) else { return nil }
    guard let found = answer else { return false }
    defer { found.release() }
    if found.isKind(.int) {
      let value = clampedIntValue(found)
      guard (0...0x10FFFF).contains(value) else {
        t.raise(.TypeError, "character mapping must be in range(0x110000)")
        return nil
      }
      if value != 0xFFFE { out.append(UInt32(value)) }
      return value != 0xFFFE
    }
    guard found.isKind(.str) else {
      t.raise(.TypeError, "character mapping must return integer, None or str")
      return nil
    }
    if found.strLength == 1, found.codePoint(0) == 0xFFFE { return false }
    for i in 0..<found.strLength { out.append(found.codePoint(i)) }
    return true
  }
}
