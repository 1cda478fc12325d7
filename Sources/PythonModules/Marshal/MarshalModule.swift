// `marshal`: values as bytes in CPython's format. Code objects have a layout of ours: their instructions are.
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
          return bytes(t, value, v[1], allowsCode: v[2])
        },
        NativeMethod("dump", .keywords) { t, _, a in
          guard
            let v = parseArguments(
              t, a, function: "dump", names: ["value", "file", "version", "allow_code"], required: 2, maxPositional: 3),
            let value = v[0], let file = v[1], let text = bytes(t, value, v[2], allowsCode: v[3])
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
          guard let allows = truth(t, v[1]) else { return nil }
          var reader = MarshalReader(t, bytes, allowsCode: allows)
          return reader.read()
        },
        NativeMethod("load", .keywords) { t, _, a in load(t, a) },
      ])
    return module
  }

  /// An argument that is true unless it is given and false; nil: an exception is set.
  private static func truth(_ t: ThreadState, _ given: Object?) -> Bool? {
    let truth = given.map { isTrue(t, $0) } ?? 1
    return truth < 0 ? nil : truth == 1
  }

  private static func bytes(_ t: ThreadState, _ value: Object, _ given: Object?, allowsCode: Object?) -> Object? {
    guard let allows = truth(t, allowsCode) else { return nil }
    var wanted = version
    if let given {
      guard let number = intValue(t, given) else { return nil }
      wanted = number
    }
    var writer = MarshalWriter(t, version: wanted, allowsCode: allows)
    writer.write(value)
    switch writer.problem {
    case nil: return makeBytes(writer.bytes)
    case .tooDeep: return t.raise(.ValueError, "object too deeply nested to marshal")
    case .code: return t.raise(.ValueError, "marshalling code objects is disallowed")
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
    guard let allows = truth(t, v[1]) else { return nil }
    var reader = MarshalReader(t, Array(data.byteView), allowsCode: allows)
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
