// `_json`: the scanner, the encoder and the quoting of strings that the package `json` uses where they are there.
import PythonRuntime
import PythonTypes

struct JsonScannerLayout {
  var header: ObjectHeader
  var strict: Object?
  var objectHook: Object?
  var pairsHook: Object?
  var parseFloat: Object?
  var parseInt: Object?
  var parseConstant: Object?
}

struct JsonEncoderLayout {
  /// How strings are quoted: by one of our own two functions, or by a function of the program.
  enum Quoting { case function, ascii, plain }
  var header: ObjectHeader
  var markers: Object?
  var fallback: Object?
  var encoder: Object?
  var indent: Object?
  var keySeparator: Object?
  var itemSeparator: Object?
  var quoting: Quoting
  var sortsKeys: Bool
  var skipsKeys: Bool
  var allowsNaN: Bool
}

enum JsonModule {
  nonisolated(unsafe) private static var quoteASCII: Object?
  nonisolated(unsafe) private static var quotePlain: Object?

  static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_json")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("encode_basestring_ascii", .oneArgument) { t, _, a in quote(t, a[0], isASCII: true) },
        NativeMethod("encode_basestring", .oneArgument) { t, _, a in quote(t, a[0], isASCII: false) },
        NativeMethod("scanstring", .positional(2, 3)) { t, _, a in scanString(t, a) },
      ])
    quoteASCII = getAttribute(t, module, "encode_basestring_ascii")
    quotePlain = getAttribute(t, module, "encode_basestring")
    readyType(t, scannerType)
    for (i, name) in ["strict", "object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant"]
      .enumerated()
    {
      addMember(t, scannerType, name, offset: memberBase + 8 * i, readOnly: true)
    }
    readyType(t, encoderType)
    for (i, name) in ["markers", "default", "encoder", "indent", "key_separator", "item_separator"].enumerated() {
      addMember(t, encoderType, name, offset: memberBase + 8 * i, readOnly: true)
    }
    addGetSet(
      t, encoderType, "sort_keys",
      getter: UnaryFunction { _, o in makeBool(o.layout(JsonEncoderLayout.self).pointee.sortsKeys) })
    addGetSet(
      t, encoderType, "skipkeys",
      getter: UnaryFunction { _, o in makeBool(o.layout(JsonEncoderLayout.self).pointee.skipsKeys) })
    moduleSet(t, module, "make_scanner", scannerType.object)
    moduleSet(t, module, "make_encoder", encoderType.object)
    return module
  }

  private static let memberBase = MemoryLayout<ObjectHeader>.size

  private static func refuse(_ t: ThreadState, _ o: Object) -> Object? {
    t.raise(.TypeError, "first argument must be a string, not \(typeName(o))")
  }

  private static func quote(_ t: ThreadState, _ o: Object, isASCII: Bool) -> Object? {
    guard o.isKind(.str) else { return refuse(t, o) }
    var text = JsonText()
    text.append(quoted: o, isASCII: isASCII)
    return text.make()
  }

  // MARK: - Reading

  private static func scanString(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard var end = intValue(t, a[1]) else { return nil }
    let truth = a.optional(2).map { isTrue(t, $0) } ?? 1
    guard truth >= 0 else { return nil }
    guard a[0].isKind(.str) else { return refuse(t, a[0]) }
    guard end >= 1, end <= a[0].strLength else { return t.raise(.ValueError, "end is out of bounds") }
    let none = core.pointee.none
    let hooks = JsonHooks(isStrict: truth == 1, object: nil, pairs: nil, float: nil, int: nil, constant: none)
    guard let result = read(t, a[0], hooks, none, { $0.string(&end) }, { $0.string(&end) }, { $0.string(&end) }) else {
      return nil
    }
    return makeTuple(stealing: result, makeInt(end))
  }

  /// Calls the body for the text's width.
  private static func read(
    _ t: ThreadState, _ text: Object, _ hooks: JsonHooks, _ keys: Object, _ one: (JsonReader<UInt8>) -> Object?,
    _ two: (JsonReader<UInt16>) -> Object?, _ four: (JsonReader<UInt32>) -> Object?
  ) -> Object? {
    func reader<Unit>(_: Unit.Type) -> JsonReader<Unit> {
      JsonReader(
        t: t, text: text, base: UnsafePointer(text.strData.assumingMemoryBound(to: Unit.self)), end: text.strLength,
        hooks: hooks, keys: keys)
    }
    switch text.strKind {
    case 1: return one(reader(UInt8.self))
    case 2: return two(reader(UInt16.self))
    default: return four(reader(UInt32.self))
    }
  }

  private static let scannerType: TypeObject = makeBuiltinType(
    name: "Scanner", module: "_json", layoutSize: MemoryLayout<JsonScannerLayout>.size, flags: [.container, .baseType]
  ) { p in
    setUp(p)
    p.pointee.new = NativeFunction { t, type, a in
      guard let v = parseArguments(t, a, function: "make_scanner", names: ["context"], required: 1), let context = v[0]
      else { return nil }
      let o = allocateZeroed(TypeObject(unchecked: type))
      track(o)
      let names = ["strict", "object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant"]
      for (i, name) in names.enumerated() {
        guard let value = getAttribute(t, context, name) else {
          o.release()
          return nil
        }
        members(o)[i] = value
      }
      return o
    }
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.call = NativeFunction { t, o, a in
      guard let v = parseArguments(t, a, function: "scan_once", names: ["string", "idx"], required: 2),
        let text = v[0], let place = v[1], var i = intValue(t, place)
      else { return nil }
      guard text.isKind(.str) else { return refuse(t, text) }
      guard i >= 0 else { return t.raise(.ValueError, "idx cannot be negative") }
      guard let hooks = hooks(t, o) else { return nil }
      let keys = makeDict()
      defer { keys.release() }
      guard let result = read(t, text, hooks, keys, { $0.value(&i) }, { $0.value(&i) }, { $0.value(&i) }) else {
        return nil
      }
      return makeTuple(stealing: result, makeInt(i))
    }
  }

  /// nil: an exception is set.
  private static func hooks(_ t: ThreadState, _ o: Object) -> JsonHooks? {
    let p = o.layout(JsonScannerLayout.self)
    let (none, types) = (core.pointee.none, core.pointee.types)
    let truth = isTrue(t, p.pointee.strict ?? none)
    guard truth >= 0 else { return nil }
    func given(_ hook: Object?, _ standard: Object) -> Object? { hook == standard ? nil : hook }
    return JsonHooks(
      isStrict: truth == 1, object: given(p.pointee.objectHook, none), pairs: given(p.pointee.pairsHook, none),
      float: given(p.pointee.parseFloat, types.float.object), int: given(p.pointee.parseInt, types.int.object),
      constant: p.pointee.parseConstant ?? none)
  }

  // MARK: - Writing

  private static let encoderType: TypeObject = makeBuiltinType(
    name: "Encoder", module: "_json", layoutSize: MemoryLayout<JsonEncoderLayout>.size, flags: [.container, .baseType]
  ) { p in
    setUp(p)
    p.pointee.new = NativeFunction(newEncoder)
    p.pointee.initialize = InitFunction { _, _, _ in true }
    p.pointee.call = NativeFunction { t, o, a in
      guard
        let v = parseArguments(t, a, function: "_iterencode", names: ["obj", "_current_indent_level"], required: 2),
        let value = v[0], let given = v[1], let level = intValue(t, given)
      else { return nil }
      // The writer calls into the program, which may drop the encoder.
      o.retain()
      defer { o.release() }
      var writer = JsonWriter(t: t, settings: o.layout(), level: level)
      guard writer.write(value) else { return nil }
      return makeTuple([writer.text.make()])
    }
  }

  private static func newEncoder(_ t: ThreadState, _ type: Object, _ a: Arguments) -> Object? {
    let names = [
      "markers", "default", "encoder", "indent", "key_separator", "item_separator", "sort_keys", "skipkeys",
      "allow_nan",
    ]
    guard let v = parseArguments(t, a, function: "make_encoder", names: names, required: 9) else { return nil }
    let given = v.compactMap { $0 }
    guard given.count == 9 else { return nil }
    for i in 4...5 where !given[i].isKind(.str) {
      return t.raise(.TypeError, "make_encoder() argument \(i + 1) must be str, not \(argumentTypeName(given[i]))")
    }
    guard given[0] == core.pointee.none || given[0].isKind(.dict) else {
      return t.raise(.TypeError, "make_encoder() argument 1 must be dict or None, not \(argumentTypeName(given[0]))")
    }
    guard given[3] == core.pointee.none || given[3].isKind(.str) else {
      return t.raise(.TypeError, "make_encoder() argument 4 must be str or None, not \(argumentTypeName(given[3]))")
    }
    let truths = (6...8).map { isTrue(t, given[$0]) }
    guard !truths.contains(-1) else { return nil }
    let o = allocateZeroed(TypeObject(unchecked: type))
    for i in 0..<6 { members(o)[i] = given[i].retained() }
    let p = o.layout(JsonEncoderLayout.self)
    p.pointee.quoting = given[2] == quoteASCII ? .ascii : given[2] == quotePlain ? .plain : .function
    p.pointee.sortsKeys = truths[0] == 1
    p.pointee.skipsKeys = truths[1] == 1
    p.pointee.allowsNaN = truths[2] == 1
    track(o)
    return o
  }

  // MARK: - Both types

  private static func members(_ o: Object) -> UnsafeMutablePointer<Object?> {
    (o.address + memberBase).assumingMemoryBound(to: Object?.self)
  }

  /// A type whose first six fields are references.
  private static func setUp(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      for i in 0..<6 { take(&members(o)[i]) }
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      for i in 0..<6 where visit(members(o)[i]) { return true }
      return false
    }
    p.pointee.clear = ObjectAction { o in for i in 0..<6 { take(&members(o)[i]) } }
  }
}
