// `type`: calling a class, attributes of classes, and what `type` itself offers.

enum TypeType {
  static func configure() {
    let p = core.pointee.types.type.pointer
    p.pointee.basicSize = MemoryLayout<TypeLayout>.size
    p.pointee.flags.formUnion([.container, .baseType])
    p.pointee.weakrefOffset = MemoryLayout<TypeLayout>.offset(of: \TypeLayout.weakrefList) ?? 0
    p.pointee.new = NativeFunction(TypeNew.new)
    p.pointee.call = NativeFunction(call)
    p.pointee.getAttribute = BinaryFunction(getAttribute)
    p.pointee.setAttribute = StoreFunction(setAttribute)
    p.pointee.repr = UnaryFunction(repr)
    p.pointee.dealloc = ObjectAction(dealloc)
    p.pointee.traverse = TraverseFunction(traverse)
    p.pointee.clear = ObjectAction(clear)
    p.pointee.initialize = InitFunction { t, _, a in
      guard a.count == 1 || a.count == 3 else {
        t.raise(.TypeError, "type.__init__() takes 1 or 3 arguments")
        return false
      }
      if a.count == 1, (a.keywordNames?.tupleCount ?? 0) > 0 {
        t.raise(.TypeError, "type.__init__() takes no keyword arguments")
        return false
      }
      return true
    }
    p.pointee.number.or = BinaryFunction { t, a, b in UnionType.or(t, a, b) }
  }

  // MARK: Life

  static func dealloc(_ o: Object) {
    let type = TypeObject(unchecked: o)
    let p = type.pointer
    let t = currentThread()
    if o.isTracked { untrack(o) }
    if let bases = p.pointee.bases {
      for i in 0..<bases.tupleCount where bases.tupleItems[i].isKind(.type) {
        removeSubclass(t, base: TypeObject(unchecked: bases.tupleItems[i]), type)
      }
    }
    if p.pointee.weakrefList != nil { clearWeakrefs(o) }
    typeModified(type)
    releaseFields(p)
    p.pointee.name.release()
    p.pointee.qualifiedName.release()
    if let raw = p.pointee.sharedKeys { SharedKeys.destroy(raw) }
    if let raw = p.pointee.extra {
      let extra = raw.assumingMemoryBound(to: HeapTypeExtra.self)
      extra.pointee.slots.offsets.deallocate()
      extra.pointee.native?.release()
      extra.deallocate()
    }
    freeContainer(o, size: MemoryLayout<TypeLayout>.size)
  }

  private static func releaseFields(_ p: UnsafeMutablePointer<TypeLayout>) {
    take(&p.pointee.dict)
    take(&p.pointee.bases)
    take(&p.pointee.mro)
    take(&p.pointee.base)
    take(&p.pointee.subclasses)
    take(&p.pointee.slotNames)
  }

  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let p = TypeObject(unchecked: o).pointer
    return visit(p.pointee.dict) || visit(p.pointee.bases) || visit(p.pointee.mro) || visit(p.pointee.base)
      || visit(p.pointee.subclasses)
  }

  /// The MRO and the dict hold the cycles; the bases stay, because dealloc needs them.
  static func clear(_ o: Object) {
    let p = TypeObject(unchecked: o).pointer
    typeModified(TypeObject(unchecked: o))
    if let dict = p.pointee.dict { dictClear(dict) }
    take(&p.pointee.mro)
  }

  // MARK: Call

  /// `cls(...)`: new, then init when the result is an instance of the class.
  static func call(_ t: ThreadState, _ typeObject: Object, _ a: Arguments) -> Object? {
    let type = TypeObject(unchecked: typeObject)
    if type == core.pointee.types.type, a.count == 1, a.keywordNames == nil { return a[0].type.object.retained() }
    guard let new = type.pointer.pointee.new, !type.flags.contains(.disallowInstantiation) else {
      t.raise(.TypeError, "cannot create '\(qualifiedTypeName(t, type))' instances")
      return nil
    }
    // Exceptions keep the tuple: they make it themselves.
    let makesTuple = !type.flags.contains(.vectorcall) && type.kind != .exception
    let held = makesTuple ? ArgumentTuple(t, a) : nil
    defer { held?.release() }
    guard let o = new.call(t, typeObject, a) else { return nil }
    guard o.type == type || isSubtype(o.type, type) else { return o }
    if let initialize = o.type.pointer.pointee.initialize, !initialize.call(t, o, a) {
      o.release()
      return nil
    }
    return o
  }

  // MARK: Attributes

  static func getAttribute(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
    let type = TypeObject(unchecked: o)
    let metatype = o.type
    guard name.isKind(.str) else {
      return t.raise(.TypeError, "attribute name must be string, not '\(typeName(name))'")
    }
    let meta = typeLookup(t, metatype, name)
    if meta == nil, t.hasRaised { return nil }
    var metaGet: TernaryFunction?
    if let meta {
      metaGet = meta.type.pointer.pointee.descriptorGet
      if let get = metaGet, meta.type.pointer.pointee.descriptorSet != nil {
        meta.retain()
        defer { meta.release() }
        return get.call(t, meta, o, metatype.object)
      }
    }
    if let own = typeLookup(t, type, name) {
      guard let get = own.type.pointer.pointee.descriptorGet else { return own.retained() }
      own.retain()
      defer { own.release() }
      return get.call(t, own, nil, o)
    }
    if t.hasRaised { return nil }
    if let meta {
      guard let get = metaGet else { return meta.retained() }
      meta.retain()
      defer { meta.release() }
      return get.call(t, meta, o, metatype.object)
    }
    t.raiseAttributeError(
      "type object '\(type.nameText)' has no attribute '\(stringValue(name))'", object: o, name: name)
    return nil
  }

  static func setAttribute(_ t: ThreadState, _ o: Object, _ name: Object, _ value: Object?) -> Bool {
    let type = TypeObject(unchecked: o)
    guard !type.flags.contains(.immutable) else {
      t.raise(
        .TypeError,
        "cannot set '\(stringValue(name))' attribute of immutable type '\(qualifiedTypeName(t, type))'")
      return false
    }
    guard name.isKind(.str) else {
      return t.fail(.TypeError, "attribute name must be string, not '\(typeName(name))'")
    }
    if let meta = typeLookup(t, o.type, name), let set = meta.type.pointer.pointee.descriptorSet {
      meta.retain()
      defer { meta.release() }
      return set.call(t, meta, o, value)
    }
    let dict = ensureDict(type)
    let key = isInterned(name) ? name : internObject(name)
    if let value {
      guard dictSet(t, dict, key, value) else { return false }
    } else {
      guard dictGet(t, dict, key) != nil else {
        if !t.hasRaised {
          t.raiseAttributeError(
            "type object '\(type.nameText)' has no attribute '\(stringValue(name))'", object: o, name: name)
        }
        return false
      }
      guard dictDelete(t, dict, key) else { return false }
    }
    typeModified(type)
    let text = stringValue(key)
    if text.hasPrefix("__"), text.hasSuffix("__") { SlotUpdate.update(t, type, named: key) }
    return true
  }

  static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    makeString("<class '\(qualifiedTypeName(t, TypeObject(unchecked: o)))'>")
  }

  /// Adds the attributes of a class and its bases to `all`, bases first, so that `dir` has each name once.
  static func mergeClassDict(_ t: ThreadState, _ all: Object, _ type: TypeObject) -> Bool {
    guard let mro = type.pointer.pointee.mro else { return true }
    for i in stride(from: mro.tupleCount - 1, through: 0, by: -1) {
      let entry = TypeObject(unchecked: mro.tupleItems[i])
      if let dict = entry.pointer.pointee.dict, !dictMerge(t, all, dict) { return false }
    }
    return true
  }
}
