// `Structure` and `Union`: fields of other classes, laid out as C does, with descriptors in the class.
//
// N.B. bit fields and the other byte order are refused by name.
import Glibc
import PythonRuntime
import PythonTypes

/// `_ctypes.CField`, the descriptor of one field.
struct ForeignFieldLayout {
  var header: ObjectHeader
  /// The field's class, owned.
  var type: Object?
  var offset: Int
  var size: Int
  /// Which field it is, those of bases first.
  var index: Int
}

enum ForeignStructure {
  private static func field(_ o: Object) -> UnsafeMutablePointer<ForeignFieldLayout> { o.layout() }

  static let fieldType: TypeObject = makeBuiltinType(
    name: "CField", module: "_ctypes", layoutSize: MemoryLayout<ForeignFieldLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&field(o).pointee.type)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(field(o).pointee.type) }
    p.pointee.repr = UnaryFunction { _, o in
      let p = field(o)
      let name = p.pointee.type.map { TypeObject(unchecked: $0).nameText } ?? ""
      return makeString("<Field type=\(name), ofs=\(p.pointee.offset), size=\(p.pointee.size)>")
    }
    p.pointee.descriptorGet = TernaryFunction { t, d, o, _ in
      guard let o, o != core.pointee.none else { return d.retained() }
      guard let place = place(t, d, o) else { return nil }
      if ForeignText.letter(place.type) != 0 { return ForeignText.load(place.type, place.data) }
      return ForeignObject.load(t, place.type, place.data, base: o, index: field(d).pointee.index)
    }
    p.pointee.descriptorSet = StoreFunction { t, d, o, value in
      guard let place = place(t, d, o) else { return false }
      guard let value else { return t.fail(.TypeError, "can't delete attribute") }
      if ForeignText.letter(place.type) != 0, !ForeignObject.isForeign(value) {
        return ForeignText.storeField(t, place.type, place.data, value)
      }
      var keeps: Object?
      guard ForeignObject.store(t, place.type, place.data, value, keeps: &keeps) else { return false }
      ForeignObject.keep(t, o, field(d).pointee.index, keeps)
      return true
    }
  }

  private static func place(
    _ t: ThreadState, _ d: Object, _ o: Object
  ) -> (type: TypeObject, data: UnsafeMutableRawPointer)? {
    guard ForeignObject.isForeign(o) else {
      t.raise(.TypeError, "not a ctype instance")
      return nil
    }
    guard let type = field(d).pointee.type, let data = o.foreign.pointee.data else {
      t.raise(.ValueError, "NULL pointer access")
      return nil
    }
    return (TypeObject(unchecked: type), data + field(d).pointee.offset)
  }

  private static func makeField(_ one: ForeignField, _ index: Int) -> Object {
    let o = allocateZeroed(fieldType)
    let p = field(o)
    p.pointee.type = one.type.object.retained()
    p.pointee.offset = one.offset
    p.pointee.size = one.type.foreign?.size ?? 0
    p.pointee.index = index
    trackFresh(o)
    return o
  }

  static func addAttributes(_ t: ThreadState) {
    addGetSet(t, fieldType, "offset", getter: UnaryFunction { _, o in makeInt(field(o).pointee.offset) })
    addGetSet(t, fieldType, "size", getter: UnaryFunction { _, o in makeInt(field(o).pointee.size) })
  }

  // MARK: - Classes

  static func initializeClass(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Bool {
    let type = TypeObject(unchecked: cls)
    let inherited = parent(type)
    let kind: ForeignType.Kind = isSubtype(type, ForeignTypes.union) ? .union : .structure
    type.nativeState = ForeignType(
      kind, size: inherited?.size ?? 0, alignment: inherited?.alignment ?? 1, fields: inherited?.fields ?? [])
    guard let dict = type.pointer.pointee.dict, let fields = dictGet(t, dict, "_fields_") else { return !t.hasRaised }
    return layOut(t, type, fields)
  }

  /// The base class's layout, which comes before the class's own fields.
  private static func parent(_ type: TypeObject) -> ForeignType? {
    type.pointer.pointee.base.flatMap { TypeObject(unchecked: $0).foreign }
  }

  /// `cls._fields_ = ...` lays out a class that was made without.
  static func setClassAttribute(_ t: ThreadState, _ cls: Object, _ name: Object, _ value: Object?) -> Bool {
    if name.isKind(.str), stringValue(name) == "_fields_", let value {
      guard layOut(t, TypeObject(unchecked: cls), value) else { return false }
    }
    return core.pointee.types.type.pointer.pointee.setAttribute?.call(t, cls, name, value) ?? false
  }

  private static func layOut(_ t: ThreadState, _ type: TypeObject, _ given: Object) -> Bool {
    guard let state = type.foreign else { return t.fail(.TypeError, "abstract class") }
    guard !state.isFinal else { return t.fail(.AttributeError, "_fields_ is final") }
    guard given.isKind(.list) || given.isKind(.tuple) || isSequence(t, given), let items = makeList(t, from: given)
    else {
      t.clearRaised()
      return t.fail(.TypeError, "'_fields_' must be a sequence of pairs")
    }
    defer { items.release() }
    guard let pack = packing(t, type) else { return false }
    let inherited = parent(type)
    var fields = inherited?.fields ?? []
    let first = fields.count
    let isUnion = state.kind == .union
    var size = inherited?.size ?? 0
    var alignment = inherited?.alignment ?? 1
    for i in 0..<items.listCount {
      guard let (name, fieldClass) = pair(t, items.listItems[i], i), let part = fieldClass.foreign else { return false }
      let own = pack > 0 ? min(pack, part.alignment) : part.alignment
      let offset = isUnion ? 0 : (size + own - 1) / own * own
      fields.append(ForeignField(name: name, type: fieldClass, offset: offset))
      size = isUnion ? max(size, part.size) : offset + part.size
      alignment = max(alignment, own)
      part.isFinal = true
    }
    size = (size + alignment - 1) / alignment * alignment
    let done = ForeignType(state.kind, size: size, alignment: alignment, fields: fields)
    done.isFinal = true
    type.nativeState = done
    for (i, one) in fields.enumerated().dropFirst(first) { add(t, type, one, i) }
    return addAnonymous(t, type, Array(fields.enumerated().dropFirst(first)).map { ($0.offset, $0.element) })
  }

  private static func add(_ t: ThreadState, _ type: TypeObject, _ one: ForeignField, _ index: Int) {
    let descriptor = makeField(one, index)
    addAttribute(t, type, one.name, descriptor)
    descriptor.release()
  }

  /// `_pack_`, 0 without; nil: an exception is set.
  private static func packing(_ t: ThreadState, _ type: TypeObject) -> Int? {
    if let swapped = ForeignTypes.attribute(t, type.object, "_swappedbytes_") {
      swapped.release()
      t.raise(.NotImplementedError, "structures of another byte order are not supported by this runtime")
      return nil
    }
    guard let given = ForeignTypes.attribute(t, type.object, "_pack_") else { return t.hasRaised ? nil : 0 }
    defer { given.release() }
    guard given.isKind(.int), let pack = given.wordValue, pack >= 0 else {
      t.raise(.ValueError, "_pack_ must be a non-negative integer")
      return nil
    }
    return pack
  }

  private static func pair(_ t: ThreadState, _ item: Object, _ i: Int) -> (String, TypeObject)? {
    guard item.isKind(.tuple), item.tupleCount >= 2, item.tupleItems[0].isKind(.str) else {
      t.raise(.TypeError, "_fields_ must be a sequence of (name, C type) pairs")
      return nil
    }
    guard item.tupleCount == 2 else {
      t.raise(.NotImplementedError, "bit fields are not supported by this runtime")
      return nil
    }
    let type = item.tupleItems[1]
    guard type.isKind(.type), TypeObject(unchecked: type).foreign != nil else {
      t.raise(.TypeError, "second item in _fields_ tuple (index \(i)) must be a C type")
      return nil
    }
    return (stringValue(item.tupleItems[0]), TypeObject(unchecked: type))
  }

  /// The fields of the parts that `_anonymous_` names are fields of the whole.
  private static func addAnonymous(_ t: ThreadState, _ type: TypeObject, _ own: [(Int, ForeignField)]) -> Bool {
    guard let dict = type.pointer.pointee.dict, let names = dictGet(t, dict, "_anonymous_") else { return !t.hasRaised }
    return forEach(t, names) { name in
      guard name.isKind(.str), let (index, part) = own.first(where: { $0.1.name == stringValue(name) }) else {
        return t.fail(.AttributeError, "'\(strString(t, name) ?? "?")' is specified in _anonymous_ but not in _fields_")
      }
      for one in part.type.foreign?.fields ?? [] {
        add(t, type, ForeignField(name: one.name, type: one.type, offset: part.offset + one.offset), index)
      }
      return true
    }
  }

  // MARK: - Instances

  static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.initialize = InitFunction(initialize)
  }

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard let type = o.type.foreign else { return t.fail(.TypeError, "abstract class") }
    for i in 0..<a.count {
      guard i < type.fields.count else { return t.fail(.TypeError, "too many initializers") }
      guard setAttribute(t, o, internString(type.fields[i].name), a[i]) else { return false }
    }
    guard let names = a.keywordNames else { return true }
    for k in 0..<names.tupleCount {
      let name = names.tupleItems[k]
      if type.fields.prefix(a.count).contains(where: { $0.name == stringValue(name) }) {
        return t.fail(.TypeError, "duplicate values for field '\(stringValue(name))'")
      }
      guard setAttribute(t, o, name, a.base[a.count + k]) else { return false }
    }
    return true
  }
}
