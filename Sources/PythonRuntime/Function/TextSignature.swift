// `__text_signature__` of native functions, methods and types: what `inspect.signature` and `help` read. The table behind it is made from CPython.

enum TextSignature {
  /// Names to signatures; read when the first is asked for.
  private static let signatures: [Substring: Substring] = {
    var signatures: [Substring: Substring] = [:]
    for line in table.split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard parts.count == 2 else { continue }
      for name in parts[1].split(separator: ",") { signatures[name] = parts[0] }
    }
    return signatures
  }()

  private static func found(_ name: String) -> Object? { signatures[name[...]].map { makeString(String($0)) } }

  /// The method `name` of a native type or of one of its bases.
  private static func method(_ type: TypeObject, _ name: String) -> Object? {
    var next: Object? = type.object
    while let object = next {
      let type = TypeObject(unchecked: object)
      if let text = found("\(type.nameText).\(name)") { return text }
      next = type.pointer.pointee.base
    }
    return nil
  }

  /// Of a builtin function or bound method. The result is a str or None, new reference.
  static func function(_ t: ThreadState, _ o: Object) -> Object {
    let p = o.layout(NativeFunctionLayout.self)
    let name = stringValue(p.pointee.entry.pointee.name)
    let none = core.pointee.none
    guard let receiver = p.pointee.receiver, !receiver.isKind(.module) else {
      guard let module = p.pointee.module, module.isKind(.str) else { return none }
      return found("\(stringValue(module)).\(name)") ?? none
    }
    // A class method or static method has the class itself.
    let type = receiver.isKind(.type) ? TypeObject(unchecked: receiver) : receiver.type
    return method(type, name) ?? method(receiver.type, name) ?? none
  }

  static func descriptor(_ o: Object) -> Object {
    let p = o.layout(MethodDescriptorLayout.self)
    let name = stringValue(p.pointee.entry.pointee.name)
    return method(TypeObject(unchecked: p.pointee.owner), name) ?? found("*.\(name)") ?? core.pointee.none
  }

  /// Of the wrapper of a slot: each name has one for all types, but where CPython has a method instead.
  static func wrapper(_ o: Object) -> Object {
    let p = o.layout(SlotWrapperLayout.self)
    let name = SlotTable.rows[p.pointee.row].name
    return found("\(TypeObject(unchecked: p.pointee.owner).nameText).\(name)") ?? found("*.\(name)")
      ?? core.pointee.none
  }

  static func type(_ type: TypeObject) -> Object {
    type.flags.contains(.heapType) ? core.pointee.none : found("class \(type.nameText)") ?? core.pointee.none
  }
}
