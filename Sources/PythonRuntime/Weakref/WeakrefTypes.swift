// Slots and attributes of `weakref.ReferenceType`.

enum WeakrefTypes {
  /// Slots; before the types are made ready.
  static func configure() {
    let p = core.pointee.types.weakref.pointer
    p.pointee.flags.insert([.container, .baseType])
    p.pointee.repr = UnaryFunction(repr)
    p.pointee.hash = MeasureFunction(hash)
    p.pointee.compare = CompareFunction(compare)
    p.pointee.call = NativeFunction(dereference)
    p.pointee.new = NativeFunction(new)
    p.pointee.initialize = InitFunction { t, o, a in
      guard a.keywordNames == nil else {
        t.raise(.TypeError, "\(typeName(o))() takes no keyword arguments")
        return false
      }
      guard a.count >= 1, a.count <= 2 else {
        let bound = a.count < 1 ? "at least 1 argument" : "at most 2 arguments"
        return t.fail(.TypeError, "__init__ expected \(bound), got \(a.count)")
      }
      return true
    }
    p.pointee.getAttribute = BinaryFunction(Generic.getAttribute)
    p.pointee.setAttribute = StoreFunction(Generic.setAttribute)
    configureMemory(p)
    WeakProxy.configure()
  }

  /// What references and proxies share.
  static func configureMemory(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.basicSize = MemoryLayout<WeakrefLayout>.size
    p.pointee.flags.insert(.container)
    p.pointee.dealloc = ObjectAction(dealloc)
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.weakref.pointee.callback) }
    p.pointee.clear = ObjectAction { o in
      Weakref.clearReference(o)
      take(&o.weakref.pointee.callback)
    }
  }

  /// Attributes; when dicts can be made.
  static func addAttributes(_ t: ThreadState) {
    let type = core.pointee.types.weakref
    addMember(
      t, type, "__callback__", offset: MemoryLayout<WeakrefLayout>.offset(of: \.callback) ?? 0, readOnly: true,
      absentIsNone: true)
    addAttribute(t, type, "__module__", internString("weakref"))
    addAttribute(t, core.pointee.types.weakProxy, "__module__", internString("weakref"))
    WeakProxy.addAttributes(t)
  }

  static func dealloc(_ o: Object) {
    untrack(o)
    Weakref.clearReference(o)
    take(&o.weakref.pointee.callback)
    freeInstance(o)
  }

  static func new(_ t: ThreadState, _ type: Object, _ a: Arguments) -> Object? {
    guard a.count >= 1, a.count <= 2 else {
      let bound = a.count < 1 ? "at least 1 argument" : "at most 2 arguments"
      t.raise(.TypeError, "__new__ expected \(bound), got \(a.count)")
      return nil
    }
    let type = TypeObject(unchecked: type)
    if a.keywordNames != nil, type == core.pointee.types.weakref {
      t.raise(.TypeError, "ref() takes no keyword arguments")
      return nil
    }
    return Weakref.make(t, type, a[0], a.optional(1))
  }

  static func dereference(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard a.count == 0, a.keywordNames == nil else {
      t.raise(
        .TypeError,
        a.keywordNames != nil
          ? "ReferenceType() takes no keyword arguments" : "ReferenceType expected 0 arguments, got \(a.count)")
      return nil
    }
    let target = o.weakref.pointee.referent
    Probes.weakrefDereference(o, target)
    return (target ?? core.pointee.none).retained()
  }

  static func hash(_ t: ThreadState, _ o: Object) -> Int {
    let p = o.weakref
    if p.pointee.hash != -1 { return p.pointee.hash }
    guard let target = p.pointee.referent else {
      t.raise(.TypeError, "weak object has gone away")
      return -1
    }
    target.retain()
    let value = PythonRuntime.hash(t, target)
    target.release()
    p.pointee.hash = value
    return value
  }

  /// By referent while both live, by identity otherwise.
  static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard op == .equal || op == .notEqual, a.isKind(.weakref), b.isKind(.weakref) else {
      return core.pointee.notImplemented.retained()
    }
    guard let x = a.weakref.pointee.referent, let y = b.weakref.pointee.referent else {
      return makeBool((a == b) == (op == .equal))
    }
    x.retain()
    y.retain()
    defer {
      x.release()
      y.release()
    }
    return richCompare(t, x, y, op)
  }

  static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    guard let target = o.weakref.pointee.referent else { return makeString("<weakref at \(addressText(o)); dead>") }
    target.retain()
    defer { target.release() }
    var suffix = ""
    if let name = getAttribute(t, target, Name.dunderName) {
      if name.isKind(.str) { suffix = " (\(stringValue(name)))" }
      name.release()
    } else {
      t.clearRaised()
    }
    return makeString(
      "<weakref at \(addressText(o)); to '\(fullTypeName(t, target.type))' at \(addressText(target))\(suffix)>")
  }
}
