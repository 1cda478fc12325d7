// `_ctypes`: the module under `ctypes`, and the three functions of it that work on Python objects.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

/// `cast`, `string_at` and `wstring_at`: `ctypes` calls them as it calls C functions, by addresses that nothing else has.
enum PythonFunction {
  /// One byte a function: its address stands for it.
  static let places = UnsafeMutableRawPointer.allocate(byteCount: 3, alignment: 1)
  static func address(_ index: Int) -> Object { makeInt(Int(bitPattern: places + index)) }

  /// nil: `target` is none of them. `result` is nil when an exception is set.
  static func call(
    _ t: ThreadState, _ target: UnsafeMutableRawPointer, _ arguments: [Object]
  ) -> (result: Object?, Void)? {
    guard target >= places, target < places + 3, arguments.count >= 2 else { return nil }
    switch target - places {
    case 0: return arguments.count == 3 ? (cast(t, arguments[0], arguments[1], arguments[2]), ()) : nil
    case 1: return (text(t, arguments[0], arguments[1], isWide: false), ())
    default: return (text(t, arguments[0], arguments[1], isWide: true), ())
    }
  }

  /// Where an argument of class `c_void_p` points to; nil: an exception is set.
  private static func target(_ t: ThreadState, _ value: Object) -> UInt? {
    var kept: [Object] = []
    defer { for one in kept { one.release() } }
    guard let word = ForeignArgument.word(t, value, number: 1, kept: &kept) else { return nil }
    if case .integer(let bits) = word { return UInt(bits) }
    t.raise(.TypeError, "wrong type")
    return nil
  }

  private static func text(_ t: ThreadState, _ place: Object, _ size: Object, isWide: Bool) -> Object? {
    guard let address = target(t, place), let count = integer(t, size) else { return nil }
    guard let start = UnsafeRawPointer(bitPattern: address) else {
      return t.raise(.ValueError, "NULL pointer access")
    }
    if isWide { return ForeignValue.wideString(start, count: count < 0 ? nil : count) }
    let length = count < 0 ? strlen(start.assumingMemoryBound(to: CChar.self)) : count
    return makeBytes(start.assumingMemoryBound(to: UInt8.self), length)
  }

  /// A number, or the one in an instance of `c_int`.
  private static func integer(_ t: ThreadState, _ o: Object) -> Int? {
    guard ForeignObject.isForeign(o), let type = o.type.foreign, let data = o.foreign.pointee.data else {
      return intValue(t, o)
    }
    guard let value = ForeignValue.load(t, type.code, data) else { return nil }
    defer { value.release() }
    return intValue(t, value)
  }

  /// `(address, source, class)`: an instance of a class of addresses that points to where the source does and keeps it.
  private static func cast(_ t: ThreadState, _ place: Object, _ source: Object, _ cls: Object) -> Object? {
    let source = unpacked(source)
    let cls = unpacked(cls)
    guard cls.isKind(.type), let type = TypeObject(unchecked: cls).foreign,
      type.kind == .pointer || type.kind == .function
        || (type.kind == .simple && type.hasPointers)
    else {
      return t.raise(
        .TypeError,
        "cast() argument 2 must be a pointer, not \(cls.isKind(.type) ? TypeObject(unchecked: cls).nameText : typeName(cls))"
      )
    }
    guard let address = target(t, place), let o = call0(t, cls) else { return nil }
    if ForeignObject.isForeign(source) {
      // Both share what they point to from now on.
      let dict = ForeignObject.kept(source).flatMap { $0.isKind(.dict) ? $0 : nil } ?? makeDict()
      let key = makeInt(Int(bitPattern: source.address))
      _ = dictSet(t, dict, key, source)
      key.release()
      ForeignObject.replaceKept(o, dict)
      dict.release()
    } else if source.isKind(.bytes) {
      ForeignObject.replaceKept(o, source)
    }
    o.foreign.pointee.data?.storeBytes(of: address, as: UInt.self)
    return o
  }

  /// The object in an instance of `py_object`, which is what the parameters' classes make of arguments.
  private static func unpacked(_ o: Object) -> Object {
    guard ForeignObject.isForeign(o), o.type.foreign?.code == 0x4F, let kept = o.foreign.pointee.kept else { return o }
    return kept
  }
}

enum ForeignModule {
  nonisolated(unsafe) static var argumentError = ModuleException("ArgumentError", module: "ctypes")
  /// `_pointer_type_cache`: classes of pointers by the class that they point to.
  nonisolated(unsafe) private static var pointerTypes: Object?

  static func make(_ t: ThreadState) -> Object? {
    ForeignTypes.start(t)
    readyType(t, ForeignArgument.referenceType)
    addGetSet(
      t, ForeignArgument.referenceType, "_obj",
      getter: UnaryFunction { _, o in ForeignArgument.reference(o).pointee.target?.retained() ?? core.pointee.none })
    let module = makeModule(t, "_ctypes")
    for (name, type) in [
      ("_SimpleCData", ForeignTypes.simple), ("Array", ForeignTypes.array), ("Structure", ForeignTypes.structure),
      ("Union", ForeignTypes.union), ("_Pointer", ForeignTypes.pointer), ("CFuncPtr", ForeignTypes.function),
    ] {
      moduleSet(t, module, name, type.object)
    }
    guard argumentError.add(t, to: module) else { return nil }
    moduleSet(t, module, "__version__", stealing: makeString("1.1.0"))
    for (name, value) in [
      ("RTLD_LOCAL", 0), ("RTLD_GLOBAL", 256), ("SIZEOF_TIME_T", 8), ("FUNCFLAG_CDECL", 1),
      ("FUNCFLAG_PYTHONAPI", ForeignFunction.pythonAPI), ("FUNCFLAG_USE_ERRNO", ForeignFunction.keepsErrno),
      ("FUNCFLAG_USE_LASTERROR", 16),
    ] {
      moduleSet(t, module, name, stealing: makeInt(value))
    }
    for (name, symbol) in [("_memmove_addr", "memmove"), ("_memset_addr", "memset")] {
      moduleSet(t, module, name, stealing: makeInt(Int(bitPattern: dlsym(nil, symbol))))
    }
    for (i, name) in ["_cast_addr", "_string_at_addr", "_wstring_at_addr"].enumerated() {
      moduleSet(t, module, name, stealing: PythonFunction.address(i))
    }
    let cache = makeDict()
    pointerTypes = cache.retained()
    moduleSet(t, module, "_pointer_type_cache", stealing: cache)
    moduleAddFunctions(t, module, measures + pointers + libraries)
    return module
  }

  /// The layout of an instance or a class; nil: it is none.
  private static func type(_ o: Object) -> ForeignType? {
    o.isKind(.type) ? TypeObject(unchecked: o).foreign : ForeignObject.isForeign(o) ? o.type.foreign : nil
  }

  private static let measures = [
    NativeMethod("sizeof", .oneArgument) { t, _, a in
      guard let type = type(a[0]) else { return t.raise(.TypeError, "this type has no size") }
      return makeInt(a[0].isKind(.type) ? type.size : a[0].foreign.pointee.size)
    },
    NativeMethod("alignment", .oneArgument) { t, _, a in
      guard let type = type(a[0]) else { return t.raise(.TypeError, "no alignment info") }
      return makeInt(type.alignment)
    },
    NativeMethod("addressof", .oneArgument) { t, _, a in
      guard ForeignObject.isForeign(a[0]) else { return t.raise(.TypeError, "invalid type") }
      return makeInt(unsigned: UInt64(UInt(bitPattern: a[0].foreign.pointee.data)))
    },
    NativeMethod("resize", .positional(2, 2)) { t, _, a in
      guard ForeignObject.isForeign(a[0]), let type = type(a[0]) else {
        return t.raise(.TypeError, "excepted ctypes instance")
      }
      guard let size = intValue(t, a[1]) else { return nil }
      guard size >= type.size else { return t.raise(.ValueError, "minimum size is \(type.size)") }
      let p = a[0].foreign
      guard p.pointee.ownsData else {
        return t.raise(.ValueError, "Memory cannot be resized because this object doesn't own it")
      }
      guard let data = realloc(p.pointee.data, size) else { return t.raise(.MemoryError) }
      if size > p.pointee.size { memset(data + p.pointee.size, 0, size - p.pointee.size) }
      p.pointee.data = data
      p.pointee.size = size
      return core.pointee.none
    },
    NativeMethod("get_errno", .noArguments) { _, _, _ in makeInt(Int(ForeignFunction.savedErrno)) },
    NativeMethod("set_errno", .oneArgument) { t, _, a in
      guard let value = intValue(t, a[0]) else { return nil }
      let old = ForeignFunction.savedErrno
      ForeignFunction.savedErrno = Int32(truncatingIfNeeded: value)
      return makeInt(Int(old))
    },
  ]

  // MARK: - Pointers

  private static func pointerClass(_ t: ThreadState, _ element: Object) -> Object? {
    guard let cache = pointerTypes else { return nil }
    if let known = dictGet(t, cache, element) { return known.retained() }
    if t.hasRaised { return nil }
    let isName = element.isKind(.str)
    guard isName || element.isKind(.type) else { return t.raise(.TypeError, "must have a ctypes type") }
    let text = isName ? stringValue(element) : TypeObject(unchecked: element).nameText
    let name = makeString("LP_\(text)")
    let bases = makeTuple([ForeignTypes.pointer.object.retained()])
    let dict = makeDict()
    defer {
      name.release()
      bases.release()
      dict.release()
    }
    if !isName { dictSet(t, dict, "_type_", stealing: element.retained()) }
    guard let made = call3(t, ForeignTypes.pointerMetaclass.object, name, bases, dict) else { return nil }
    let key = isName ? makeInt(Int(bitPattern: made.address)) : element.retained()
    defer { key.release() }
    return dictSet(t, cache, key, made) ? made : nil
  }

  private static let pointers = [
    NativeMethod("POINTER", .oneArgument) { t, _, a in pointerClass(t, a[0]) },
    NativeMethod("pointer", .oneArgument) { t, _, a in
      guard let cls = pointerClass(t, a[0].type.object) else { return nil }
      defer { cls.release() }
      return call1(t, cls, a[0])
    },
    NativeMethod("byref", .positional(1, 2)) { t, _, a in
      guard ForeignObject.isForeign(a[0]) else {
        return t.raise(.TypeError, "byref() argument must be a ctypes instance, not '\(typeName(a[0]))'")
      }
      guard let offset = a.optional(1) else { return ForeignArgument.makeReference(a[0], 0) }
      return intValue(t, offset).map { ForeignArgument.makeReference(a[0], $0) }
    },
    NativeMethod("_unpickle", .positional(2, 2)) { t, _, a in
      guard let o = callMethod(t, a[0], "__new__", a[0]) else { return nil }
      guard let done = callMethod(t, o, "__setstate__", a[1]) else {
        o.release()
        return nil
      }
      done.release()
      return o
    },
  ]

  // MARK: - Libraries

  private static let libraries = [
    NativeMethod("dlopen", .positional(1, 2)) { t, _, a in
      var mode = 0
      if let given = a.optional(1) {
        guard let value = intValue(t, given) else { return nil }
        mode = value
      }
      let flags = Int32(truncatingIfNeeded: mode) | RTLD_NOW
      let handle =
        a[0] == core.pointee.none ? Glibc.dlopen(nil, flags) : strString(t, a[0]).flatMap { Glibc.dlopen($0, flags) }
      if t.hasRaised { return nil }
      guard let handle else { return t.raise(.OSError, dlerror().map { String(cString: $0) } ?? "dlopen() error") }
      return makeInt(Int(bitPattern: handle))
    },
    NativeMethod("dlclose", .oneArgument) { t, _, a in
      guard let handle = intValue(t, a[0]) else { return nil }
      guard let library = UnsafeMutableRawPointer(bitPattern: handle), Glibc.dlclose(library) == 0 else {
        return t.raise(.OSError, dlerror().map { String(cString: $0) } ?? "dlclose() error")
      }
      return core.pointee.none
    },
    NativeMethod("dlsym", .positional(2, 2)) { t, _, a in
      guard let handle = intValue(t, a[0]), a[1].isKind(.str) else {
        return t.hasRaised ? nil : t.raise(.TypeError, "dlsym() argument 2 must be str, not \(argumentTypeName(a[1]))")
      }
      guard let found = Glibc.dlsym(UnsafeMutableRawPointer(bitPattern: handle), stringValue(a[1])) else {
        return t.raise(.OSError, dlerror().map { String(cString: $0) } ?? "dlsym() error")
      }
      return makeInt(unsigned: UInt64(UInt(bitPattern: found)))
    },
  ]
}
