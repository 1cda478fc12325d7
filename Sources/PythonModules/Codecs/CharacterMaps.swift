// `_codecs`: encodings of one byte a character, given as a table. Only the handlers strict, ignore and replace.
import PythonRuntime

enum CharacterMaps {
  static let methods = [
    NativeMethod("charmap_build", .oneArgument) { t, _, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "charmap_build() argument must be str, not \(typeName(a[0]))")
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

  /// The name of the error handler; nil: an exception is set.
  private static func handler(_ t: ThreadState, _ a: Arguments) -> String? {
    guard let given = a.optional(1), given != core.pointee.none else { return "strict" }
    let name = given.isKind(.str) ? stringValue(given) : "?"
    guard ["strict", "ignore", "replace"].contains(name) else {
      t.raise(.LookupError, "error handler '\(name)' is not supported for character maps")
      return nil
    }
    return name
  }

  private static func raise(
    _ t: ThreadState, _ kind: ExceptionKind, _ object: Object, _ start: Int, _ reason: String
  ) -> Object? {
    let arguments = makeTuple([
      makeString("charmap"), object.retained(), makeInt(start), makeInt(start + 1), makeString(reason),
    ])
    defer { arguments.release() }
    guard let exception = callWithTuple(t, exceptionType(kind).object, arguments) else { return nil }
    t.raiseObject(exception)
    exception.release()
    return nil
  }

  private static func encode(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard a[0].isKind(.str) else { return t.raise(.TypeError, "argument 1 must be str, not \(typeName(a[0]))") }
    guard let handler = handler(t, a) else { return nil }
    guard let map = a.optional(2), map.isKind(.dict) else { return t.raise(.TypeError, "character map must be a dict") }
    var bytes: [UInt8] = []
    for i in 0..<a[0].strLength {
      let key = makeInt(Int(a[0].codePoint(i)))
      defer { key.release() }
      if let found = dictGet(t, map, key), found.isKind(.int), (0...255).contains(clampedIntValue(found)) {
        bytes.append(UInt8(clampedIntValue(found)))
      } else if handler == "replace" {
        bytes.append(63)
      } else if handler == "strict" {
        return raise(t, .UnicodeEncodeError, a[0], i, "character maps to <undefined>")
      }
    }
    return makeTuple(stealing: makeBytes(bytes), makeInt(a[0].strLength))
  }

  private static func decode(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard a[0].isKind(.bytes) || a[0].isKind(.bytearray) else {
      return t.raise(.TypeError, "a bytes-like object is required, not '\(typeName(a[0]))'")
    }
    guard let handler = handler(t, a) else { return nil }
    guard let map = a.optional(2), map.isKind(.str) else { return t.raise(.TypeError, "character map must be a str") }
    var points: [UInt32] = []
    let bytes = a[0].byteView
    for (i, b) in bytes.enumerated() {
      let c = Int(b) < map.strLength ? map.codePoint(Int(b)) : 0xFFFE
      if c != 0xFFFE {
        points.append(c)
      } else if handler == "replace" {
        points.append(0xFFFD)
      } else if handler == "strict" {
        return raise(t, .UnicodeDecodeError, a[0], i, "character maps to <undefined>")
      }
    }
    return makeTuple(stealing: makeString(codePoints: points), makeInt(bytes.count))
  }
}
