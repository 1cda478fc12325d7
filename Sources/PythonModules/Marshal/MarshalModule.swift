// `marshal`: values as bytes in CPython's format. Code objects are refused: ours have instructions of their own, and there are no `.pyc` files.
import PythonRuntime
import PythonTypes

enum MarshalModule {
  private static let version = 4

  static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "marshal")
    moduleSet(t, module, "version", stealing: makeInt(version))
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("dumps", .keywords) { t, _, a in
          guard
            let v = parseArguments(
              t, a, function: "dumps", names: ["value", "version", "allow_code"], required: 1, maxPositional: 2),
            let value = v[0]
          else { return nil }
          return bytes(t, value, v[1])
        },
        NativeMethod("dump", .keywords) { t, _, a in
          guard
            let v = parseArguments(
              t, a, function: "dump", names: ["value", "file", "version", "allow_code"], required: 2, maxPositional: 3),
            let value = v[0], let file = v[1], let text = bytes(t, value, v[2])
          else { return nil }
          defer { text.release() }
          return callMethod(t, file, "write", text)
        },
        NativeMethod("loads", .keywords) { t, _, a in
          guard
            let v = parseArguments(
              t, a, function: "loads", names: ["bytes", "allow_code"], required: 1, maxPositional: 1),
            let source = v[0], let bytes = ByteSource.required(t, source)
          else { return nil }
          var reader = MarshalReader(t, bytes)
          return reader.read()
        },
        NativeMethod("load", .keywords) { t, _, a in load(t, a) },
      ])
    return module
  }

  private static func bytes(_ t: ThreadState, _ value: Object, _ given: Object?) -> Object? {
    var wanted = version
    if let given {
      guard let number = intValue(t, given) else { return nil }
      wanted = number
    }
    var writer = MarshalWriter(t, version: wanted)
    writer.write(value)
    switch writer.problem {
    case nil: return makeBytes(writer.bytes)
    case .tooDeep: return t.raise(.ValueError, "object too deeply nested to marshal")
    case .unmarshallable: return t.raise(.ValueError, "unmarshallable object")
    }
  }

  /// Reads all that the file has, and goes back to what is behind the value.
  private static func load(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(t, a, function: "load", names: ["file", "allow_code"], required: 1, maxPositional: 1),
      let file = v[0], let place = callMethod(t, file, "tell")
    else { return nil }
    defer { place.release() }
    guard let start = intValue(t, place), let data = callMethod(t, file, "read") else { return nil }
    defer { data.release() }
    guard data.isKind(.bytes) else {
      return t.raise(.TypeError, "file.read() returned not bytes but \(typeName(data))")
    }
    var reader = MarshalReader(t, Array(data.byteView))
    guard let value = reader.read() else { return nil }
    let next = makeInt(start + reader.position)
    defer { next.release() }
    guard let moved = callMethod(t, file, "seek", next) else {
      value.release()
      return nil
    }
    moved.release()
    return value
  }
}
