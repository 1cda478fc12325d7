// `types.SimpleNamespace`: an object that is its attributes.
import PythonRuntime

struct NamespaceLayout {
  var header: ObjectHeader
  var dict: Object?
}

public enum SimpleNamespace {
  nonisolated(unsafe) private static var madeType: TypeObject?

  public static func type(_ t: ThreadState) -> TypeObject {
    if let madeType { return madeType }
    let type = makeBuiltinType(
      name: "SimpleNamespace", module: "types", layoutSize: MemoryLayout<NamespaceLayout>.size,
      flags: [.container, .baseType]
    ) { p in
      p.pointee.dictOffset = 16
      p.pointee.new = NativeFunction { _, type, _ in
        let o = allocateZeroed(TypeObject(unchecked: type))
        o.layout(NamespaceLayout.self).pointee.dict = makeDict()
        track(o)
        return o
      }
      p.pointee.initialize = InitFunction(initialize)
      p.pointee.repr = UnaryFunction(repr)
      p.pointee.compare = CompareFunction { t, a, b, op in
        guard a.type.pointer.pointee.dictOffset == 16, isSubtype(b.type, SimpleNamespace.type(t)),
          isSubtype(a.type, SimpleNamespace.type(t))
        else { return core.pointee.notImplemented }
        guard let x = dict(a), let y = dict(b) else { return core.pointee.notImplemented }
        return richCompare(t, x, y, op)
      }
      p.pointee.dealloc = ObjectAction { o in
        untrack(o)
        take(&o.layout(NamespaceLayout.self).pointee.dict)
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in visit(dict(o)) }
      p.pointee.clear = ObjectAction { o in take(&o.layout(NamespaceLayout.self).pointee.dict) }
    }
    readyType(t, type)
    addMember(t, type, "__dict__", offset: 16, readOnly: true)
    addMethods(t, type, [NativeMethod("__replace__", .keywords) { t, o, a in replaced(t, o, a) }])
    madeType = type
    return type
  }

  /// A copy with other values: `copy.replace`.
  private static func replaced(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard a.count == 0 else { return t.raise(.TypeError, "__replace__() takes no positional arguments") }
    guard let copy = call0(t, o.type.object) else { return nil }
    guard let from = dict(o), let to = dict(copy), dictMerge(t, to, from) else {
      copy.release()
      return nil
    }
    if let names = a.keywordNames {
      for i in 0..<names.tupleCount where !dictSet(t, to, names.tupleItems[i], a.base[i]) {
        copy.release()
        return nil
      }
    }
    return copy
  }

  private static func dict(_ o: Object) -> Object? { o.layout(NamespaceLayout.self).pointee.dict }

  public static func make(_ t: ThreadState) -> Object {
    let o = allocateZeroed(type(t))
    o.layout(NamespaceLayout.self).pointee.dict = makeDict()
    track(o)
    return o
  }

  /// Steals the value.
  public static func set(_ t: ThreadState, _ o: Object, _ name: String, _ value: Object) {
    guard let dict = dict(o) else { return }
    dictSet(t, dict, name, stealing: value)
  }

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard let own = dict(o) else { return false }
    guard a.count <= 1 else {
      t.raise(.TypeError, "\(typeName(o)) expected at most 1 positional argument, got \(a.count)")
      return false
    }
    if a.count == 1 {
      if a[0].isKind(.dict) {
        guard dictMerge(t, own, a[0]) else { return false }
      } else {
        guard let copy = call1(t, core.pointee.types.dict.object, a[0]) else { return false }
        defer { copy.release() }
        guard dictMerge(t, own, copy) else { return false }
      }
    }
    guard let names = a.keywordNames else { return true }
    for i in 0..<names.tupleCount where !dictSet(t, own, names.tupleItems[i], a.base[a.count + i]) { return false }
    return true
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    guard let own = dict(o) else { return makeString("namespace()") }
    let name = o.type == type(t) ? "namespace" : typeName(o)
    guard enterRepr(o) else { return makeString("\(name)(...)") }
    defer { leaveRepr(o) }
    var parts: [String] = []
    var position = 0
    while let (key, value, _) = dictNext(own, &position) {
      guard key.isKind(.str), key.strLength > 0 else { continue }
      // Before the value is printed, which may empty the dict.
      let name = stringValue(key)
      guard let text = reprString(t, value) else { return nil }
      parts.append("\(name)=\(text)")
    }
    return makeString("\(name)(\(parts.joined(separator: ", ")))")
  }

  nonisolated(unsafe) private static var shown: [Object] = []
  private static func enterRepr(_ o: Object) -> Bool {
    if shown.contains(o) { return false }
    shown.append(o)
    return true
  }
  private static func leaveRepr(_ o: Object) { shown.removeAll { $0 == o } }
}
