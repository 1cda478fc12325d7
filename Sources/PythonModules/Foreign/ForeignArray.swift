// `Array`: a number of C values side by side.
import Glibc
import PythonRuntime
import PythonTypes

enum ForeignArray {
  /// The class of arrays of `n` items of a class, new reference; nil: an exception is set.
  static func makeClass(_ t: ThreadState, _ element: TypeObject, _ n: Int) -> TypeObject? {
    guard n >= 0 else {
      t.raise(.ValueError, "Array length must be >= 0, not \(n)")
      return nil
    }
    guard let state = element.foreign else {
      t.raise(.TypeError, "Expected a type object")
      return nil
    }
    if let known = state.arrays[n] {
      known.object.retain()
      return known
    }
    let name = makeString("\(element.nameText)_Array_\(n)")
    let bases = makeTuple([ForeignTypes.array.object.retained()])
    let dict = makeDict()
    defer {
      name.release()
      bases.release()
      dict.release()
    }
    dictSet(t, dict, "_length_", stealing: makeInt(n))
    dictSet(t, dict, "_type_", stealing: element.object.retained())
    guard let made = call3(t, ForeignTypes.arrayMetaclass.object, name, bases, dict) else { return nil }
    let type = TypeObject(unchecked: made)
    state.arrays[n] = type
    return type
  }

  static func initializeClass(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Bool {
    guard let length = ForeignTypes.attribute(t, cls, "_length_") else {
      return t.hasRaised ? false : t.fail(.AttributeError, "class must define a '_length_' attribute")
    }
    defer { length.release() }
    guard length.isKind(.int) else { return t.fail(.TypeError, "The '_length_' attribute must be an integer") }
    guard length.intSign >= 0 else { return t.fail(.ValueError, "The '_length_' attribute must not be negative") }
    guard let element = ForeignTypes.attribute(t, cls, "_type_") else {
      return t.hasRaised ? false : t.fail(.AttributeError, "class must define a '_type_' attribute")
    }
    defer { element.release() }
    guard element.isKind(.type), let state = TypeObject(unchecked: element).foreign else {
      return t.fail(.TypeError, "_type_ must have storage info")
    }
    let (size, overflow) = state.size.multipliedReportingOverflow(by: length.wordValue ?? Int.max)
    guard !overflow, let count = length.wordValue else { return t.fail(.OverflowError, "array too large") }
    let type = TypeObject(unchecked: cls)
    type.nativeState = ForeignType(
      .array, size: size, alignment: state.alignment, length: count, element: TypeObject(unchecked: element))
    ForeignText.addAttributes(t, type)
    return true
  }

  static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.initialize = InitFunction { t, o, a in
      for i in 0..<a.count where !set(t, o, i, a[i]) { return false }
      return true
    }
    p.pointee.length = MeasureFunction { _, o in o.type.foreign?.length ?? 0 }
    p.pointee.item = IndexFunction { t, o, i in get(t, o, i) }
    p.pointee.getItem = BinaryFunction(getItem)
    p.pointee.setItem = StoreFunction(setItem)
  }

  // MARK: - Items

  /// The class and the memory of an item; nil: IndexError is set.
  private static func place(
    _ t: ThreadState, _ o: Object, _ i: Int
  ) -> (type: TypeObject, data: UnsafeMutableRawPointer)? {
    guard let type = o.type.foreign, i >= 0, i < type.length, let element = type.element,
      let size = element.foreign?.size, let data = o.foreign.pointee.data
    else {
      t.raise(.IndexError, "invalid index")
      return nil
    }
    return (element, data + i * size)
  }

  private static func get(_ t: ThreadState, _ o: Object, _ i: Int) -> Object? {
    place(t, o, i).flatMap { ForeignObject.load(t, $0.type, $0.data, base: o, index: i) }
  }

  private static func set(_ t: ThreadState, _ o: Object, _ i: Int, _ value: Object) -> Bool {
    guard let place = place(t, o, i) else { return false }
    var keeps: Object?
    guard ForeignObject.store(t, place.type, place.data, value, keeps: &keeps) else { return false }
    ForeignObject.keep(t, o, i, keeps)
    return true
  }

  private static func getItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    let length = o.type.foreign?.length ?? 0
    if isIndex(key) {
      guard let i = indexValue(t, key) else { return nil }
      return get(t, o, i < 0 ? i + length : i)
    }
    guard key.isKind(.slice) else { return t.raise(.TypeError, "indices must be integers") }
    guard let bounds = sliceBounds(t, key) else { return nil }
    let s = adjustSlice(length, bounds)
    let places = (0..<s.count).map { s.start + $0 * s.step }
    if let data = o.foreign.pointee.data {
      switch ForeignText.letter(o.type) {
      case 0x63: return makeBytes(places.map { data.load(fromByteOffset: $0, as: UInt8.self) })
      case 0x75: return makeString(codePoints: places.map { min((data + $0 * 4).load(as: UInt32.self), 0x10FFFF) })
      default: break
      }
    }
    let list = makeList()
    for i in places {
      guard let item = get(t, o, i) else {
        list.release()
        return nil
      }
      listAppend(t, list, item)
      item.release()
    }
    return list
  }

  private static func setItem(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object?) -> Bool {
    guard let value else { return t.fail(.TypeError, "Array does not support item deletion") }
    let length = o.type.foreign?.length ?? 0
    if isIndex(key) {
      guard let i = indexValue(t, key) else { return false }
      return set(t, o, i < 0 ? i + length : i, value)
    }
    guard key.isKind(.slice) else { return t.fail(.TypeError, "indices must be integer") }
    guard let bounds = sliceBounds(t, key) else { return false }
    let s = adjustSlice(length, bounds)
    guard let items = makeList(t, from: value) else { return false }
    defer { items.release() }
    guard items.listCount == s.count else { return t.fail(.ValueError, "Can only assign sequence of same size") }
    for k in 0..<s.count where !set(t, o, s.start + k * s.step, items.listItems[k]) { return false }
    return true
  }
}
