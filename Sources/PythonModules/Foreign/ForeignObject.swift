// Instances of C data: memory of their own or a part of other memory, and what it points to.
import Glibc
import PythonRuntime
import PythonTypes

struct ForeignLayout {
  var header: ObjectHeader
  var data: UnsafeMutableRawPointer?
  var size: Int
  /// Whose memory this is a part of: another instance or a memoryview; nil with memory of its own or nobody's.
  var base: Object?
  /// Which item or field of `base` this is.
  var index: Int
  /// `_objects`: what the memory points to, by place; for a simple value the object itself.
  var kept: Object?
  var ownsData: Bool
  // Of functions alone.
  var result: Object?
  var arguments: Object?
  var errorCheck: Object?
}

extension Object {
  var foreign: UnsafeMutablePointer<ForeignLayout> { layout() }
}

enum ForeignObject {
  /// Whether `o` is an instance of C data.
  static func isForeign(_ o: Object) -> Bool { isSubtype(o.type, ForeignTypes.data) }

  static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clear(o)
      if o.foreign.pointee.ownsData { free(o.foreign.pointee.data) }
      o.foreign.pointee.data = nil
      take(&o.foreign.pointee.base)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p = o.foreign
      return visit(p.pointee.base) || visit(p.pointee.kept) || visit(p.pointee.result) || visit(p.pointee.arguments)
        || visit(p.pointee.errorCheck)
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.new = NativeFunction { t, cls, _ in make(t, TypeObject(unchecked: cls)) }
    p.pointee.buffer = BufferFunction { _, o, _ in view(o) }
  }

  private static func clear(_ o: Object) {
    take(&o.foreign.pointee.kept)
    take(&o.foreign.pointee.result)
    take(&o.foreign.pointee.arguments)
    take(&o.foreign.pointee.errorCheck)
  }

  /// One row of items; those that are no simple values show as bytes.
  private static func view(_ o: Object) -> BufferView? {
    guard let type = o.type.foreign else { return nil }
    let item = type.kind == .array ? type.element?.foreign : type
    guard let item, item.kind == .simple, let letter = bufferLetter(item.code) else {
      return BufferView(o.foreign.pointee.data, count: o.foreign.pointee.size, readOnly: false)
    }
    return BufferView(
      o.foreign.pointee.data, count: o.foreign.pointee.size / max(item.size, 1), itemSize: item.size, format: letter,
      readOnly: false)
  }

  /// nil: the buffer protocol here has no letter for it.
  private static func bufferLetter(_ code: UInt8) -> UInt8? {
    switch code {
    case 0x67, 0x7A, 0x5A, 0x4F, 0x75: nil  // g z Z O u
    case 0x76: 0x68  // v: h
    default: code
    }
  }

  // MARK: - Making

  /// A zeroed instance with memory of its own; nil: TypeError, the class is abstract.
  static func make(_ t: ThreadState, _ cls: TypeObject) -> Object? {
    guard let type = cls.foreign else { return t.raise(.TypeError, "abstract class") }
    type.isFinal = true
    let o = allocateZeroed(cls)
    o.foreign.pointee.data = calloc(max(type.size, 8), 1)
    o.foreign.pointee.size = type.size
    o.foreign.pointee.ownsData = true
    trackFresh(o)
    return o
  }

  /// An instance over other memory, which `base` keeps alive.
  static func make(_ cls: TypeObject, at data: UnsafeMutableRawPointer?, base: Object?, index: Int = 0) -> Object {
    let o = allocateZeroed(cls)
    let p = o.foreign
    cls.foreign?.isFinal = true
    p.pointee.data = data
    p.pointee.size = cls.foreign?.size ?? 0
    p.pointee.base = base?.retained()
    p.pointee.index = index
    trackFresh(o)
    return o
  }

  // MARK: - Values of a class in memory

  /// The value at `data` as Python sees it: its own for plain simple classes, otherwise an instance over the memory.
  static func load(
    _ t: ThreadState, _ cls: TypeObject, _ data: UnsafeMutableRawPointer, base: Object?, index: Int
  ) -> Object? {
    if cls.isPlainSimple, let type = cls.foreign { return ForeignValue.load(t, type.code, data) }
    return make(cls, at: data, base: base, index: index)
  }

  /// Stores a value into memory of class `cls`; what must live as long as the memory says so comes back in `keeps`, new reference. False: an exception is
  /// set.
  static func store(
    _ t: ThreadState, _ cls: TypeObject, _ data: UnsafeMutableRawPointer, _ value: Object, keeps: inout Object?
  ) -> Bool {
    guard let type = cls.foreign else { return t.fail(.TypeError, "abstract class") }
    guard isForeign(value) else {
      if type.kind == .simple { return ForeignValue.store(t, type.code, data, value, keeps: &keeps) }
      if value.isKind(.tuple) {
        guard let made = callWithTuple(t, cls.object, value) else { return false }
        defer { made.release() }
        return store(t, cls, data, made, keeps: &keeps)
      }
      if type.kind == .pointer, value == core.pointee.none {
        data.storeBytes(of: 0, as: UInt.self)
        return true
      }
      return t.fail(.TypeError, "expected \(cls.nameText) instance, got \(typeName(value))")
    }
    let p = value.foreign
    if isSubtype(value.type, cls) {
      if let from = p.pointee.data { memmove(data, from, type.size) }
      keeps = kept(value)
      return true
    }
    // An array where its items' address is wanted.
    if type.kind == .pointer, let given = value.type.foreign, given.kind == .array, given.element == type.element {
      data.storeBytes(of: UInt(bitPattern: p.pointee.data), as: UInt.self)
      keeps = makeTuple(stealing: value.retained(), kept(value) ?? core.pointee.none)
      return true
    }
    return t.fail(.TypeError, "incompatible types, \(typeName(value)) instance instead of \(cls.nameText) instance")
  }

  // MARK: - What the memory points to

  /// What a copy of the value has to keep, new reference.
  static func kept(_ o: Object) -> Object? {
    if o.foreign.pointee.kept == nil, o.type.foreign?.kind != .simple, o.type.foreign?.hasPointers == true {
      let dict = makeDict()
      replaceKept(o, dict)
      dict.release()
    }
    return o.foreign.pointee.kept?.retained()
  }

  /// Keeps `object` (taken over) as long as item or field `index` of `o` may point to it: in the instance that has the memory, under the way to the place.
  static func keep(_ t: ThreadState, _ o: Object, _ index: Int, _ object: Object?) {
    guard let object else { return }
    defer { object.release() }
    var key = String(index, radix: 16)
    var holder = o
    while let base = holder.foreign.pointee.base, isForeign(base) {
      key += ":" + String(holder.foreign.pointee.index, radix: 16)
      holder = base
    }
    guard holder.type.foreign?.kind != .simple else { return replaceKept(holder, object) }
    if holder.foreign.pointee.kept?.isKind(.dict) != true {
      let dict = makeDict()
      replaceKept(holder, dict)
      dict.release()
    }
    if let dict = holder.foreign.pointee.kept { dictSet(t, dict, key, stealing: object.retained()) }
  }

  static func replaceKept(_ o: Object, _ object: Object?) {
    let old = o.foreign.pointee.kept
    o.foreign.pointee.kept = object?.retained()
    storedField(o, old, object)
    old.release()
  }
}
