// Named tuples of the native modules (`sys.version_info`, `time.struct_time`, `os.stat_result`): tuples whose items also have names.
//
//     TupleLayout with `count` visible items | hidden items, reachable by name only
import PythonRuntime

public enum StructSequence {
  /// A type with `fields`, of which the first `visible` are items.
  public static func makeType(_ t: ThreadState, module: String, name: String, fields: [String], visible: Int? = nil)
    -> TypeObject
  {
    let count = visible ?? fields.count
    let hidden = fields.count - count
    let type = makeBuiltinType(
      name: name, module: module, kind: .tuple, base: core.pointee.types.tuple, layoutSize: 24 + 8 * hidden,
      itemSize: 8,
      flags: [.container, .sequence]
    ) { p in
      p.pointee.dealloc = ObjectAction(StructSequence.dealloc)
      p.pointee.traverse = TraverseFunction(StructSequence.traverse)
      p.pointee.repr = UnaryFunction(StructSequence.repr)
      p.pointee.new = NativeFunction(StructSequence.new)
    }
    readyType(t, type)
    for (i, field) in fields.enumerated() { addMember(t, type, field, offset: 24 + 8 * i, readOnly: true) }
    addMethods(t, type, [NativeMethod("__replace__", .keywords) { t, o, a in replaced(t, o, a) }])
    set(t, type, "n_fields", fields.count)
    set(t, type, "n_sequence_fields", count)
    set(t, type, "n_unnamed_fields", 0)
    let names = makeTuple(fields.prefix(count).map { internString($0).retained() })
    addAttribute(t, type, "__match_args__", names)
    names.release()
    return type
  }

  private static func set(_ t: ThreadState, _ type: TypeObject, _ name: String, _ value: Int) {
    let number = makeInt(value)
    addAttribute(t, type, name, number)
    number.release()
  }

  private static func hiddenCount(_ type: TypeObject) -> Int { (type.pointer.pointee.basicSize - 24) / 8 }

  private static func fieldCount(_ t: ThreadState, _ type: TypeObject) -> (visible: Int, all: Int) {
    guard let dict = type.pointer.pointee.dict, let number = dictGet(t, dict, "n_fields") else { return (0, 0) }
    let all = clampedIntValue(number)
    return (all - hiddenCount(type), all)
  }

  /// An instance of all items, visible and hidden; steals them.
  public static func make(_ t: ThreadState, _ type: TypeObject, _ items: [Object]) -> Object {
    let visible = items.count - hiddenCount(type)
    let o = allocateContainer(type, size: type.instanceSize(items: visible))
    o.layout(TupleLayout.self).pointee.count = visible
    for (i, item) in items.enumerated() { o.tupleItems[i] = item }
    track(o)
    return o
  }

  private static func dealloc(_ o: Object) {
    untrack(o)
    for i in 0..<hiddenCount(o.type) { o.tupleItems[o.tupleCount + i].release() }
    core.pointee.types.tuple.pointer.pointee.dealloc.call(o)
  }

  private static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    for i in 0..<o.tupleCount + hiddenCount(o.type) where visit(o.tupleItems[i]) { return true }
    return false
  }

  private static func new(_ t: ThreadState, _ type: Object, _ a: Arguments) -> Object? {
    let type = TypeObject(unchecked: type)
    let name = type.pointer.pointee.name.map(stringValue) ?? "?"
    guard a.count >= 1, let sequence = makeTuple(t, from: a[0]) else {
      if !t.hasRaised { t.raise(.TypeError, "structseq() missing required argument 'sequence' (pos 1)") }
      return nil
    }
    defer { sequence.release() }
    let (visible, all) = fieldCount(t, type)
    guard sequence.tupleCount >= visible else {
      t.raise(
        .TypeError,
        "\(name)() takes an \(visible == all ? "" : "at least ")\(visible)-sequence (\(sequence.tupleCount)-sequence given)"
      )
      return nil
    }
    guard sequence.tupleCount <= all else {
      t.raise(
        .TypeError,
        "\(name)() takes an \(visible == all ? "" : "at most ")\(all)-sequence (\(sequence.tupleCount)-sequence given)")
      return nil
    }
    let items = (0..<all).map { i -> Object in
      (i < sequence.tupleCount ? sequence.tupleItems[i] : core.pointee.none).retained()
    }
    return make(t, type, items)
  }

  /// A copy with other fields: `copy.replace`.
  private static func replaced(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard a.count == 0 else { return t.raise(.TypeError, "__replace__() takes no positional arguments") }
    guard let dict = o.type.pointer.pointee.dict, let shown = dictGet(t, dict, "__match_args__") else { return nil }
    var items = (0..<o.tupleCount + hiddenCount(o.type)).map { o.tupleItems[$0].retained() }
    guard let names = a.keywordNames else { return make(t, o.type, items) }
    for i in 0..<names.tupleCount {
      guard let place = (0..<shown.tupleCount).first(where: { shown.tupleItems[$0] == names.tupleItems[i] }) else {
        for item in items { item.release() }
        let text = stringValue(names.tupleItems[i])
        return t.raise(.TypeError, "Got unexpected field name(s): ['\(text)']")
      }
      items[place].release()
      items[place] = a.base[i].retained()
    }
    return make(t, o.type, items)
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    let type = o.type
    guard let dict = type.pointer.pointee.dict, let names = dictGet(t, dict, "__match_args__") else { return nil }
    var text = ""
    if let module = dictGet(t, dict, "__module__"), module.isKind(.str) { text = stringValue(module) + "." }
    text += type.pointer.pointee.name.map(stringValue) ?? "?"
    text += "("
    for i in 0..<o.tupleCount {
      guard let item = reprString(t, o.tupleItems[i]) else { return nil }
      if i > 0 { text += ", " }
      text += "\(stringValue(names.tupleItems[i]))=\(item)"
    }
    return makeString(text + ")")
  }
}
