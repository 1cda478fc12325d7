// None, NotImplemented and Ellipsis; and mappingproxy, the read-only view of a mapping.
import PythonRuntime

enum SingletonMethods {
  static func configure() {
    let types = core.pointee.types
    let noneSlots = slots(types.none)
    noneSlots.pointee.repr = UnaryFunction { _, _ in makeString("None") }
    noneSlots.pointee.number.bool = MeasureFunction { _, _ in 0 }
    noneSlots.pointee.hash = MeasureFunction { _, _ in 0xFCA8_6420 }
    noneSlots.pointee.new = NativeFunction { t, _, a in
      noArguments(t, a, "NoneType") ? core.pointee.none : nil
    }
    noneSlots.pointee.compare = CompareFunction { _, a, b, op in
      guard op == .equal || op == .notEqual, a == b else { return notImplemented }
      return makeBool(op == .equal)
    }
    let notImplementedSlots = slots(types.notImplemented)
    notImplementedSlots.pointee.repr = UnaryFunction { _, _ in makeString("NotImplemented") }
    notImplementedSlots.pointee.number.bool = MeasureFunction { t, _ in
      t.warnDeprecated("NotImplemented should not be used in a boolean context") ? 1 : -1
    }
    notImplementedSlots.pointee.new = NativeFunction { t, _, a in
      noArguments(t, a, "NotImplementedType") ? core.pointee.notImplemented : nil
    }
    let ellipsisSlots = slots(types.ellipsis)
    ellipsisSlots.pointee.repr = UnaryFunction { _, _ in makeString("Ellipsis") }
    ellipsisSlots.pointee.new = NativeFunction { t, _, a in
      noArguments(t, a, "EllipsisType") ? core.pointee.ellipsis : nil
    }
  }

  private static func noArguments(_ t: ThreadState, _ a: Arguments, _ name: String) -> Bool {
    if a.count == 0 && a.keywordNames == nil { return true }
    return t.fail(.TypeError, "\(name) takes no arguments")
  }

  static func install(_ t: ThreadState) {
    addMethods(
      t, core.pointee.types.notImplemented,
      [NativeMethod("__reduce__", .noArguments) { _, _, _ in makeString("NotImplemented") }])
    addMethods(
      t, core.pointee.types.ellipsis, [NativeMethod("__reduce__", .noArguments) { _, _, _ in makeString("Ellipsis") }])
  }
}

/// Issues warnings: set by the module that owns them. Returns false with an exception set.
nonisolated(unsafe) public var warningHook: ((ThreadState, ExceptionKind, String) -> Bool)?

extension ThreadState {
  func warnDeprecated(_ message: String) -> Bool { warningHook?(self, .DeprecationWarning, message) ?? true }
}

enum MappingProxyMethods {
  private static func mapping(_ o: Object) -> Object { o.layout(DictViewLayout.self).pointee.dict }

  static func configure() {
    let p = slots(core.pointee.types.mappingProxy)
    p.pointee.new = NativeFunction { t, _, arguments in
      guard let a = parseArguments(t, arguments, function: "mappingproxy", names: ["mapping"], required: 1),
        let source = a[0]
      else { return nil }
      guard source.type.pointer.pointee.getItem != nil, !source.isKind(.list), !source.isKind(.tuple) else {
        return t.raise(.TypeError, "mappingproxy() argument must be a mapping, not \(argumentTypeName(source))")
      }
      return makeDictView(core.pointee.types.mappingProxy, source)
    }
    p.pointee.length = MeasureFunction { t, o in length(t, mapping(o)) }
    p.pointee.getItem = BinaryFunction { t, o, key in getItem(t, mapping(o), key) }
    p.pointee.contains = ContainsFunction { t, o, key in sequenceContains(t, mapping(o), key) }
    p.pointee.iter = UnaryFunction { t, o in iterate(t, mapping(o)) }
    p.pointee.repr = UnaryFunction { t, o in
      reprString(t, mapping(o)).map { makeString("mappingproxy(\($0))") }
    }
    p.pointee.str = UnaryFunction { t, o in str(t, mapping(o)) }
    p.pointee.hash = MeasureFunction { t, o in hash(t, mapping(o)) }
    p.pointee.compare = CompareFunction { t, a, b, op in
      richCompare(t, mapping(a), b.isKind(.mappingProxy) ? mapping(b) : b, op)
    }
    p.pointee.number.or = BinaryFunction { t, a, b in
      binaryOperation(
        t, .or, a.isKind(.mappingProxy) ? mapping(a) : a, b.isKind(.mappingProxy) ? mapping(b) : b)
    }
  }

  static func install(_ t: ThreadState) {
    addMethods(
      t, core.pointee.types.mappingProxy,
      [
        NativeMethod("get", .positional(1, 2)) { t, o, a in
          if let method = getAttribute(t, mapping(o), "get") {
            defer { method.release() }
            return call2(t, method, a[0], a.optional(1) ?? none)
          }
          return nil
        },
        NativeMethod("keys", .noArguments) { t, o, _ in callMethod(t, mapping(o), "keys") },
        NativeMethod("values", .noArguments) { t, o, _ in callMethod(t, mapping(o), "values") },
        NativeMethod("items", .noArguments) { t, o, _ in callMethod(t, mapping(o), "items") },
        NativeMethod("copy", .noArguments) { t, o, _ in callMethod(t, mapping(o), "copy") },
        NativeMethod("__reversed__", .noArguments) { t, o, _ in callMethod(t, mapping(o), "__reversed__") },
        GenericAlias.classGetItem,
      ])
  }
}
