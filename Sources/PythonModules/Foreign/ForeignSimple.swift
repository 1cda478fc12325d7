// `_SimpleCData`: one C value with the attribute `value`.
import PythonRuntime
import PythonTypes

enum ForeignSimple {
  static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.initialize = InitFunction { t, o, a in
      if let names = a.keywordNames, names.tupleCount > 0 {
        return t.fail(.TypeError, "\(typeName(o))() takes no keyword arguments")
      }
      guard a.count <= 1 else { return t.fail(.TypeError, "__init__ expected at most 1 argument, got \(a.count)") }
      return a.count == 0 || set(t, o, a[0])
    }
    p.pointee.repr = UnaryFunction { t, o in
      guard o.type.isPlainSimple else { return defaultRepr(o) }
      guard let value = get(t, o) else { return nil }
      defer { value.release() }
      return reprString(t, value).map { makeString("\(typeName(o))(\($0))") }
    }
    p.pointee.number.bool = MeasureFunction { _, o in
      UnsafeRawBufferPointer(start: o.foreign.pointee.data, count: o.foreign.pointee.size).contains { $0 != 0 } ? 1 : 0
    }
  }

  private static func get(_ t: ThreadState, _ o: Object) -> Object? {
    guard let type = o.type.foreign, let data = o.foreign.pointee.data else {
      return t.raise(.ValueError, "NULL pointer access")
    }
    return ForeignValue.load(t, type.code, data)
  }

  private static func set(_ t: ThreadState, _ o: Object, _ value: Object?) -> Bool {
    guard let value else { return t.fail(.TypeError, "can't delete attribute") }
    guard let type = o.type.foreign, let data = o.foreign.pointee.data else {
      return t.fail(.ValueError, "NULL pointer access")
    }
    var keeps: Object?
    guard ForeignValue.store(t, type.code, data, value, keeps: &keeps) else { return false }
    ForeignObject.keep(t, o, 0, keeps)
    return true
  }

  static func addAttributes(_ t: ThreadState, _ type: TypeObject) {
    addGetSet(
      t, type, "value", getter: UnaryFunction { t, o in get(t, o) },
      setter: StoreFunction { t, o, _, value in set(t, o, value) })
  }
}
