// What all classes of C data can do: instances over other memory, arguments of functions; and what all instances have.
import Glibc
import PythonRuntime
import PythonTypes

enum ForeignClassMethods {
  /// nil: TypeError, the class is abstract.
  private static func state(_ t: ThreadState, _ cls: Object) -> ForeignType? {
    if let type = TypeObject(unchecked: cls).foreign { return type }
    t.raise(.TypeError, "abstract class")
    return nil
  }

  static let all = [
    NativeMethod("from_address", .oneArgument) { t, cls, a in
      guard state(t, cls) != nil else { return nil }
      guard a[0].isKind(.int) else { return t.raise(.TypeError, "integer expected") }
      guard let address = ForeignValue.lowBits(t, a[0]) else { return nil }
      return ForeignObject.make(
        TypeObject(unchecked: cls), at: UnsafeMutableRawPointer(bitPattern: UInt(address)), base: nil)
    },
    NativeMethod("from_buffer", .positional(1, 2)) { t, cls, a in
      guard let type = state(t, cls), let offset = offset(t, a) else { return nil }
      guard let view = makeView(t, a[0]) else { return nil }
      defer { view.release() }
      let p = view.viewLayout
      guard !p.pointee.readOnly else { return t.raise(.TypeError, "underlying buffer is not writable") }
      guard fits(t, type, p.pointee.count * p.pointee.itemSize, offset) else { return nil }
      return ForeignObject.make(
        TypeObject(unchecked: cls), at: p.pointee.base.map { UnsafeMutableRawPointer($0) + offset }, base: view)
    },
    NativeMethod("from_buffer_copy", .positional(1, 2)) { t, cls, a in
      guard let type = state(t, cls), let offset = offset(t, a), let bytes = ByteSource.required(t, a[0]),
        fits(t, type, bytes.count, offset), let o = ForeignObject.make(t, TypeObject(unchecked: cls))
      else { return nil }
      bytes.withUnsafeBytes { from in
        if let start = from.baseAddress, let data = o.foreign.pointee.data { memcpy(data, start + offset, type.size) }
      }
      return o
    },
    NativeMethod("in_dll", .positional(2, 2)) { t, cls, a in
      guard state(t, cls) != nil, let symbol = ForeignFunction.symbol(t, a[1], in: a[0], .ValueError) else {
        return nil
      }
      return ForeignObject.make(TypeObject(unchecked: cls), at: symbol, base: nil)
    },
    NativeMethod("from_param", .oneArgument) { t, cls, a in
      ForeignArgument.convert(t, TypeObject(unchecked: cls), a[0])
    },
  ]

  /// A view of all of a bytes-like object, of the memory behind it when it is a view itself; nil: an exception is set.
  private static func makeView(_ t: ThreadState, _ o: Object) -> Object? {
    if o.isKind(.memoryview) {
      guard let memory = ByteSource.memory(t, o), let source = o.viewLayout.pointee.source else { return nil }
      return makeMemoryView(
        t, source, base: memory.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: memory.bytes.count,
        readOnly: memory.readOnly)
    }
    if let view = makeMemoryView(t, of: o) { return view }
    return t.hasRaised ? nil : t.raise(.TypeError, "a bytes-like object is required, not '\(typeName(o))'")
  }

  private static func offset(_ t: ThreadState, _ a: Arguments) -> Int? {
    guard let object = a.optional(1) else { return 0 }
    guard let offset = intValue(t, object) else { return nil }
    if offset >= 0 { return offset }
    t.raise(.ValueError, "offset cannot be negative")
    return nil
  }

  private static func fits(_ t: ThreadState, _ type: ForeignType, _ count: Int, _ offset: Int) -> Bool {
    count - offset >= type.size
      || t.fail(.ValueError, "Buffer size too small (\(count) instead of at least \(type.size + offset) bytes)")
  }

  // MARK: - Instances

  static func addAttributes(_ t: ThreadState, _ type: TypeObject) {
    addGetSet(
      t, type, "_b_base_",
      getter: UnaryFunction { _, o in o.foreign.pointee.base?.retained() ?? core.pointee.none })
    addGetSet(t, type, "_b_needsfree_", getter: UnaryFunction { _, o in makeInt(o.foreign.pointee.ownsData ? 1 : 0) })
    addGetSet(
      t, type, "_objects",
      getter: UnaryFunction { _, o in o.foreign.pointee.kept?.retained() ?? core.pointee.none })
    addMethods(
      t, type,
      [
        NativeMethod("__reduce__", .noArguments) { t, o, _ in reduce(t, o) },
        NativeMethod("__setstate__", .oneArgument) { t, o, a in setState(t, o, a[0]) },
        NativeMethod("__ctypes_from_outparam__", .noArguments) { t, o, _ in
          guard o.type.isPlainSimple, let type = o.type.foreign, let data = o.foreign.pointee.data else {
            return o.retained()
          }
          return ForeignValue.load(t, type.code, data)
        },
      ])
  }

  /// `(_unpickle, (class, (attributes, bytes)))`.
  private static func reduce(_ t: ThreadState, _ o: Object) -> Object? {
    guard let type = o.type.foreign, !type.hasPointers else {
      return t.raise(.ValueError, "ctypes objects containing pointers cannot be pickled")
    }
    guard let module = importModule(t, "_ctypes") else { return nil }
    defer { module.release() }
    guard let function = getAttribute(t, module, "_unpickle") else { return nil }
    let attributes = instanceDict(t, o)?.retained() ?? makeDict()
    let p = o.foreign
    let bytes = makeBytes(p.pointee.data.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }, p.pointee.size)
    let state = makeTuple(stealing: attributes, bytes)
    return makeTuple(stealing: function, makeTuple(stealing: o.type.object.retained(), state))
  }

  private static func setState(_ t: ThreadState, _ o: Object, _ state: Object) -> Object? {
    guard state.isKind(.tuple), state.tupleCount == 2, state.tupleItems[0].isKind(.dict),
      state.tupleItems[1].isKind(.bytes)
    else { return t.raise(.TypeError, "__setstate__() argument must be a tuple of dict and bytes") }
    let bytes = state.tupleItems[1]
    if let data = o.foreign.pointee.data {
      memmove(data, bytes.bytesData, min(bytes.bytesCount, o.foreign.pointee.size))
    }
    if let dict = instanceDict(t, o), !dictMerge(t, dict, state.tupleItems[0]) { return nil }
    return core.pointee.none
  }
}
