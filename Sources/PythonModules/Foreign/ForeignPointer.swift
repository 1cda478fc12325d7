// `_Pointer`: an address and the class of what is there.
import PythonRuntime
import PythonTypes

enum ForeignPointer {
  static func initializeClass(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Bool {
    guard let element = ForeignTypes.attribute(t, cls, "_type_") else {
      if t.hasRaised { return false }
      // An incomplete class: `set_type` says later what it points to.
      return set(t, cls, nil)
    }
    defer { element.release() }
    return set(t, cls, element)
  }

  private static func set(_ t: ThreadState, _ cls: Object, _ element: Object?) -> Bool {
    if let element {
      guard element.isKind(.type), TypeObject(unchecked: element).foreign != nil else {
        return t.fail(.TypeError, "_type_ must have storage info")
      }
    }
    TypeObject(unchecked: cls).nativeState = ForeignType(
      .pointer, size: 8, alignment: 8, element: element.map { TypeObject(unchecked: $0) })
    return true
  }

  static func addClassMethods(_ t: ThreadState, _ metaclass: TypeObject) {
    addMethods(
      t, metaclass,
      [
        NativeMethod("set_type", .oneArgument) { t, cls, a in
          guard set(t, cls, a[0]), PythonRuntime.setAttribute(t, cls, internString("_type_"), a[0]) else { return nil }
          return core.pointee.none
        }
      ])
  }

  static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.initialize = InitFunction { t, o, a in
      guard a.count <= 1 else { return t.fail(.TypeError, "expected at most 1 argument, got \(a.count)") }
      return a.count == 0 || setContents(t, o, a[0])
    }
    p.pointee.number.bool = MeasureFunction { _, o in target(o) == nil ? 0 : 1 }
    p.pointee.item = IndexFunction { t, o, i in
      guard let place = place(t, o, i) else { return nil }
      return ForeignObject.load(t, place.type, place.data, base: o, index: i)
    }
    p.pointee.getItem = BinaryFunction(getItem)
    p.pointee.setItem = StoreFunction { t, o, key, value in
      guard let value else { return t.fail(.TypeError, "Pointer does not support item deletion") }
      guard let i = indexValue(t, key), let place = place(t, o, i) else { return false }
      var keeps: Object?
      guard ForeignObject.store(t, place.type, place.data, value, keeps: &keeps) else { return false }
      ForeignObject.keep(t, o, i, keeps)
      return true
    }
  }

  /// Where the pointer points to.
  static func target(_ o: Object) -> UnsafeMutableRawPointer? {
    o.foreign.pointee.data.flatMap { UnsafeMutableRawPointer(bitPattern: $0.load(as: UInt.self)) }
  }

  private static func place(
    _ t: ThreadState, _ o: Object, _ i: Int
  ) -> (type: TypeObject, data: UnsafeMutableRawPointer)? {
    guard let target = target(o) else {
      t.raise(.ValueError, "NULL pointer access")
      return nil
    }
    guard let element = o.type.foreign?.element, let size = element.foreign?.size else {
      t.raise(.TypeError, "cannot access what an incomplete pointer points to")
      return nil
    }
    return (element, target + i * size)
  }

  private static func getItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    if isIndex(key) {
      guard let i = indexValue(t, key), let place = place(t, o, i) else { return nil }
      return ForeignObject.load(t, place.type, place.data, base: o, index: i)
    }
    guard key.isKind(.slice) else { return t.raise(.TypeError, "Pointer indices must be integer") }
    let p = key.layout(SliceLayout.self)
    guard p.pointee.stop != core.pointee.none else { return t.raise(.ValueError, "slice stop is required") }
    guard let bounds = sliceBounds(t, key) else { return nil }
    let places = Array(stride(from: bounds.start, to: bounds.stop, by: bounds.step))
    guard let first = place(t, o, 0) else { return nil }
    if first.type.isPlainSimple, first.type.foreign?.code == 0x63 {
      return makeBytes(places.map { first.data.load(fromByteOffset: $0, as: UInt8.self) })
    }
    let size = first.type.foreign?.size ?? 0
    let list = makeList()
    for i in places {
      guard let item = ForeignObject.load(t, first.type, first.data + i * size, base: o, index: i) else {
        list.release()
        return nil
      }
      listAppend(t, list, item)
      item.release()
    }
    return list
  }

  private static func setContents(_ t: ThreadState, _ o: Object, _ value: Object?) -> Bool {
    guard let value else { return t.fail(.TypeError, "Pointer does not support item deletion") }
    guard let element = o.type.foreign?.element, let data = o.foreign.pointee.data else {
      return t.fail(.TypeError, "Cannot create instance: has no _type_")
    }
    guard isSubtype(value.type, element) || isArray(value, of: element) else {
      return t.fail(.TypeError, "expected \(element.nameText) instead of \(typeName(value))")
    }
    data.storeBytes(of: UInt(bitPattern: value.foreign.pointee.data), as: UInt.self)
    ForeignObject.keep(t, o, 1, value.retained())
    ForeignObject.keep(t, o, 0, ForeignObject.kept(value))
    return true
  }

  /// Whether `o` is an array of items of the class.
  static func isArray(_ o: Object, of element: TypeObject) -> Bool {
    guard let type = o.type.foreign, type.kind == .array, let own = type.element else { return false }
    return isSubtype(own, element)
  }

  static func addAttributes(_ t: ThreadState, _ type: TypeObject) {
    addGetSet(
      t, type, "contents",
      getter: UnaryFunction { t, o in
        guard let place = place(t, o, 0) else { return nil }
        // What was assigned comes back itself, as long as the pointer still points there.
        if let kept = o.foreign.pointee.kept, kept.isKind(.dict), let known = dictGet(t, kept, "1"),
          known.type == place.type, known.foreign.pointee.data == place.data
        {
          return known.retained()
        }
        return ForeignObject.make(place.type, at: place.data, base: o)
      },
      setter: StoreFunction { t, o, _, value in setContents(t, o, value) })
  }
}
