// `_struct`: values to bytes and back.
import PythonRuntime
import PythonTypes

struct StructLayout {
  var header: ObjectHeader
  var format: Object?
  var weakrefs: Object?
}

public enum StructModule {
  nonisolated(unsafe) private static var error = ModuleException("error", module: "struct")
  /// Parsed formats by their text.
  nonisolated(unsafe) private static var cache: [[UInt8]: StructFormat] = [:]

  private static let type: TypeObject = makeBuiltinType(
    name: "Struct", module: "_struct", layoutSize: MemoryLayout<StructLayout>.size, flags: [.baseType]
  ) { p in
    p.pointee.weakrefOffset = MemoryLayout<StructLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      clearWeakrefs(o)
      take(&o.layout(StructLayout.self).pointee.format)
      freeInstance(o)
    }
    p.pointee.new = NativeFunction { t, cls, a in
      guard let v = parseArguments(t, a, function: "Struct", names: ["format"], required: 1), let text = v[0],
        format(t, text) != nil
      else { return nil }
      let o = allocateZeroed(TypeObject(unchecked: cls))
      o.layout(StructLayout.self).pointee.format =
        text.isKind(.bytes) ? makeString(String(decoding: text.byteView, as: UTF8.self)) : text.retained()
      return o
    }
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.repr = UnaryFunction { t, o in
      reprString(t, text(o)).map { makeString("\(o.type.nameText)(\($0))") }
    }
  }

  static func fail(_ t: ThreadState, _ message: String) -> Object? { error.raise(t, message) }

  private static func format(_ t: ThreadState, _ text: Object) -> StructFormat? {
    let bytes: [UInt8]
    if text.isKind(.str) {
      bytes = Array(stringValue(text).utf8)
    } else if text.isKind(.bytes) {
      bytes = Array(text.byteView)
    } else {
      t.raise(.TypeError, "Struct() argument 1 must be a str or bytes object, not \(typeName(text))")
      return nil
    }
    if let known = cache[bytes] { return known }
    switch StructFormat.parse(bytes) {
    case .success(let parsed):
      if cache.count >= 100 { cache.removeAll() }
      cache[bytes] = parsed
      return parsed
    case .failure(let mistake):
      _ = fail(t, mistake.message)
      return nil
    }
  }

  private static func text(_ o: Object) -> Object {
    o.layout(StructLayout.self).pointee.format ?? core.pointee.emptyString
  }

  // MARK: Operations

  private static func pack(_ t: ThreadState, _ text: Object, _ a: Arguments, from first: Int) -> Object? {
    guard let format = format(t, text), let bytes = packed(t, format, a, from: first, "pack") else { return nil }
    return makeBytes(bytes)
  }

  private static func packed(_ t: ThreadState, _ format: StructFormat, _ a: Arguments, from first: Int, _ name: String)
    -> [UInt8]?
  {
    guard a.count - first == format.valueCount else {
      _ = fail(t, "\(name) expected \(format.valueCount) items for packing (got \(a.count - first))")
      return nil
    }
    var writer = StructWriter(t: t, bytes: [UInt8](repeating: 0, count: format.size), isBigEndian: format.isBigEndian)
    var next = first
    for item in format.items where item.code != 0x78 {
      let values = item.isText ? 1 : item.count
      for k in 0..<values {
        guard writer.write(a[next], item, at: item.offset + (item.isText ? 0 : k * item.size)) else { return nil }
        next += 1
      }
    }
    return writer.bytes
  }

  private static func packInto(_ t: ThreadState, _ text: Object, _ a: Arguments, from first: Int) -> Object? {
    guard let format = format(t, text) else { return nil }
    guard a.count >= first + 2 else { return fail(t, "pack_into expected buffer and offset arguments") }
    return ByteSource.withMemory(t, a[first], writable: true) { memory in
      guard let memory, !memory.readOnly else {
        return t.raise(.TypeError, "read-write bytes-like object expected, not \(typeName(a[first]))")
      }
      guard let offset = indexValue(t, a[first + 1]),
        let place = place(t, offset, format.size, memory.bytes.count, "pack"),
        let bytes = packed(t, format, a, from: first + 2, "pack_into")
      else { return nil }
      memory.bytes[place..<(place + bytes.count)].copyBytes(from: bytes)
      return core.pointee.none
    }
  }

  /// Where `size` bytes at `offset` lie in a buffer of `count`; nil: `struct.error` is set.
  private static func place(_ t: ThreadState, _ offset: Int, _ size: Int, _ count: Int, _ verb: String) -> Int? {
    var place = offset
    if offset < 0 {
      if verb == "pack", offset &+ size > 0 {
        _ = fail(t, "no space to pack \(size) bytes at offset \(offset)")
        return nil
      }
      if verb == "unpack", offset &+ size > 0 {
        _ = fail(t, "not enough data to unpack \(size) bytes")
        return nil
      }
      guard offset &+ count >= 0 else {
        _ = fail(t, "offset \(offset) out of range for \(count)-byte buffer")
        return nil
      }
      place += count
    }
    if place <= count, count - place >= size { return place }
    _ = fail(
      t,
      "\(verb == "pack" ? "pack_into" : "unpack_from") requires a buffer of at least "
        + "\(UInt(place) + UInt(size)) bytes for \(verb)ing \(size) bytes at offset \(place) "
        + "(actual buffer size is \(count))")
    return nil
  }

  private static func buffer(_ t: ThreadState, _ o: Object) -> [UInt8]? { ByteSource.required(t, o) }

  private static func unpack(_ t: ThreadState, _ text: Object, _ source: Object) -> Object? {
    guard let format = format(t, text), let bytes = buffer(t, source) else { return nil }
    guard bytes.count == format.size else { return fail(t, "unpack requires a buffer of \(format.size) bytes") }
    return StructReader(bytes: bytes, isBigEndian: format.isBigEndian).read(format, at: 0)
  }

  private static func unpackFrom(_ t: ThreadState, _ text: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "unpack_from", names: ["buffer", "offset"], required: 1),
      let source = v[0],
      let format = format(t, text), let bytes = buffer(t, source)
    else { return nil }
    var offset = 0
    if let given = v[1] {
      guard let value = indexValue(t, given) else { return nil }
      offset = value
    }
    guard let place = place(t, offset, format.size, bytes.count, "unpack") else { return nil }
    return StructReader(bytes: bytes, isBigEndian: format.isBigEndian).read(format, at: place)
  }

  private static func iterUnpack(_ t: ThreadState, _ text: Object, _ source: Object) -> Object? {
    guard let format = format(t, text), let bytes = buffer(t, source) else { return nil }
    guard format.size > 0 else { return fail(t, "cannot iteratively unpack with a struct of length 0") }
    guard bytes.count % format.size == 0 else {
      return fail(t, "iterative unpacking requires a buffer of a multiple of \(format.size) bytes")
    }
    let reader = StructReader(bytes: bytes, isBigEndian: format.isBigEndian)
    let list = makeList(stride(from: 0, to: bytes.count, by: format.size).map { reader.read(format, at: $0) })
    defer { list.release() }
    return iterate(t, list)
  }

  // MARK: Module

  private static let functions = [
    NativeMethod("calcsize", .oneArgument) { t, _, a in format(t, a[0]).map { makeInt($0.size) } },
    NativeMethod("pack", .positional(1, -1)) { t, _, a in pack(t, a[0], a, from: 1) },
    NativeMethod("pack_into", .positional(1, -1)) { t, _, a in packInto(t, a[0], a, from: 1) },
    NativeMethod("unpack", .positional(2, 2)) { t, _, a in unpack(t, a[0], a[1]) },
    NativeMethod("unpack_from", .keywords) { t, _, a in
      guard a.count >= 1 else { return t.raise(.TypeError, "unpack_from() missing required argument 'format' (pos 1)") }
      return unpackFrom(t, a[0], Arguments(base: a.base + 1, count: a.count - 1, keywordNames: a.keywordNames))
    },
    NativeMethod("iter_unpack", .positional(2, 2)) { t, _, a in iterUnpack(t, a[0], a[1]) },
    NativeMethod("_clearcache", .noArguments) { _, _, _ in
      cache.removeAll()
      return core.pointee.none
    },
  ]

  public static func make(_ t: ThreadState) -> Object? {
    readyType(t, type)
    addMember(t, type, "format", offset: 16, readOnly: true)
    addGetSet(t, type, "size", getter: UnaryFunction { t, o in format(t, text(o)).map { makeInt($0.size) } })
    addMethods(
      t, type,
      [
        NativeMethod("pack", .positional(0, -1)) { t, o, a in pack(t, text(o), a, from: 0) },
        NativeMethod("pack_into", .positional(0, -1)) { t, o, a in packInto(t, text(o), a, from: 0) },
        NativeMethod("unpack", .oneArgument) { t, o, a in unpack(t, text(o), a[0]) },
        NativeMethod("unpack_from", .keywords) { t, o, a in unpackFrom(t, text(o), a) },
        NativeMethod("iter_unpack", .oneArgument) { t, o, a in iterUnpack(t, text(o), a[0]) },
        // CPython keeps 32 bytes for each item of the format that has values, and for the end.
        NativeMethod("__sizeof__", .noArguments) { t, o, _ in
          format(t, text(o)).map {
            ReportedSizes.answer(o, 104 + 32 * $0.items.count { $0.code != 0x78 })
          }
        },
      ])
    let module = makeModule(t, "_struct")
    moduleSet(t, module, "Struct", type.object)
    moduleAddFunctions(t, module, functions)
    guard error.add(t, to: module) else { return nil }
    return module
  }
}
