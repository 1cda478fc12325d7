// Descriptors of native types: getset (computed attributes), member (`__slots__` and fields) and slot wrappers (`int.__add__`).
//
// The function-like descriptors (methods of native types) are in Function/.

/// `getset_descriptor`: native getter and setter. A container, as CPython counts it.
public struct GetSetLayout {
  var header: ObjectHeader
  /// The type that defines it, owned.
  var owner: Object
  var name: Object
  var getter: UnaryFunction
  /// Called with (object, object, value): the key is not used.
  var setter: StoreFunction?
  var doc: Object?
}

/// `member_descriptor`: an owned reference at an offset of the instance.
public struct MemberLayout {
  var header: ObjectHeader
  var owner: Object
  var name: Object
  var offset: Int
  var readOnly: Bool
  /// Absent values read as None instead of raising AttributeError.
  var absentIsNone: Bool

  /// The offset of a value that is kept in the instance's dict (TypeFlags.slotDict).
  static let inDict = Int.min
}

enum DescriptorObjects {
  static func makeGetSet(
    _ owner: TypeObject, _ name: String, getter: UnaryFunction, setter: StoreFunction?
  ) -> Object {
    let o = allocateContainer(core.pointee.types.getSetDescriptor, size: MemoryLayout<GetSetLayout>.size)
    let p: UnsafeMutablePointer<GetSetLayout> = o.layout()
    p.pointee.owner = owner.object.retained()
    p.pointee.name = internString(name)
    p.pointee.getter = getter
    p.pointee.setter = setter
    p.pointee.doc = nil
    track(o)
    return o
  }

  static func makeMember(
    _ owner: TypeObject, _ name: Object, offset: Int, readOnly: Bool, absentIsNone: Bool = false
  ) -> Object {
    let o = allocateContainer(core.pointee.types.memberDescriptor, size: MemoryLayout<MemberLayout>.size)
    let p: UnsafeMutablePointer<MemberLayout> = o.layout()
    p.pointee.owner = owner.object.retained()
    p.pointee.name = name.retained()
    p.pointee.offset = offset
    p.pointee.readOnly = readOnly
    p.pointee.absentIsNone = absentIsNone
    track(o)
    return o
  }

  static func configure() {
    let types = core.pointee.types
    let getSet = types.getSetDescriptor.pointer
    getSet.pointee.basicSize = MemoryLayout<GetSetLayout>.size
    getSet.pointee.flags.insert(.container)
    getSet.pointee.dealloc = ObjectAction { o in
      let p: UnsafeMutablePointer<GetSetLayout> = o.layout()
      if o.isTracked { untrack(o) }
      p.pointee.owner.release()
      p.pointee.name.release()
      p.pointee.doc.release()
      freeContainer(o, size: MemoryLayout<GetSetLayout>.size)
    }
    getSet.pointee.traverse = TraverseFunction { o, visit in
      visit(o.layout(GetSetLayout.self).pointee.owner)
    }
    getSet.pointee.repr = UnaryFunction { t, o in
      let p: UnsafeMutablePointer<GetSetLayout> = o.layout()
      return makeString(
        "<attribute '\(stringValue(p.pointee.name))' of '\(TypeObject(unchecked: p.pointee.owner).nameText)' objects>")
    }
    getSet.pointee.descriptorGet = TernaryFunction { t, d, o, _ in
      guard let o,
        !(o.isKind(.none) && !isSubtype(o.type, TypeObject(unchecked: d.layout(GetSetLayout.self).pointee.owner)))
      else { return d.retained() }
      let p: UnsafeMutablePointer<GetSetLayout> = d.layout()
      guard checkOwner(t, d, p.pointee.owner, p.pointee.name, o) else { return nil }
      return p.pointee.getter.call(t, o)
    }
    getSet.pointee.descriptorSet = StoreFunction { t, d, o, value in
      let p: UnsafeMutablePointer<GetSetLayout> = d.layout()
      guard checkOwner(t, d, p.pointee.owner, p.pointee.name, o) else { return false }
      guard let setter = p.pointee.setter else {
        t.raise(
          .AttributeError,
          "attribute '\(stringValue(p.pointee.name))' of '\(TypeObject(unchecked: p.pointee.owner).nameText)' objects is not writable"
        )
        return false
      }
      return setter.call(t, o, o, value)
    }

    let member = types.memberDescriptor.pointer
    member.pointee.basicSize = MemoryLayout<MemberLayout>.size
    member.pointee.flags.insert(.container)
    member.pointee.dealloc = ObjectAction { o in
      let p: UnsafeMutablePointer<MemberLayout> = o.layout()
      if o.isTracked { untrack(o) }
      p.pointee.owner.release()
      p.pointee.name.release()
      freeContainer(o, size: MemoryLayout<MemberLayout>.size)
    }
    member.pointee.traverse = TraverseFunction { o, visit in
      visit(o.layout(MemberLayout.self).pointee.owner)
    }
    member.pointee.repr = UnaryFunction { t, o in
      let p: UnsafeMutablePointer<MemberLayout> = o.layout()
      return makeString(
        "<member '\(stringValue(p.pointee.name))' of '\(TypeObject(unchecked: p.pointee.owner).nameText)' objects>")
    }
    member.pointee.descriptorGet = TernaryFunction { t, d, o, _ in
      guard let o else { return d.retained() }
      let p: UnsafeMutablePointer<MemberLayout> = d.layout()
      guard checkOwner(t, d, p.pointee.owner, p.pointee.name, o) else { return nil }
      if p.pointee.offset == MemberLayout.inDict {
        if let value = Generic.instanceValue(t, o, p.pointee.name) { return value.retained() }
        if t.hasRaised { return nil }
      } else if let value = (o.address + p.pointee.offset).assumingMemoryBound(to: Object?.self).pointee {
        return value.retained()
      }
      if p.pointee.absentIsNone { return core.pointee.none }
      t.raiseAttributeError(
        "'\(fullTypeName(t, o.type))' object has no attribute '\(stringValue(p.pointee.name))'", object: o,
        name: p.pointee.name)
      return nil
    }
    member.pointee.descriptorSet = StoreFunction { t, d, o, value in
      let p: UnsafeMutablePointer<MemberLayout> = d.layout()
      guard checkOwner(t, d, p.pointee.owner, p.pointee.name, o) else { return false }
      guard !p.pointee.readOnly else {
        t.raise(.AttributeError, "readonly attribute")
        return false
      }
      if p.pointee.offset == MemberLayout.inDict { return setInDict(t, o, p.pointee.name, value) }
      let place = (o.address + p.pointee.offset).assumingMemoryBound(to: Object?.self)
      let old = place.pointee
      guard value != nil || old != nil else {
        t.raise(.AttributeError, stringValue(p.pointee.name))
        return false
      }
      value.retain()
      place.pointee = value
      storeProbe(o, .slot(p.pointee.name), old, value)
      old.release()
      return true
    }
  }

  private static func setInDict(_ t: ThreadState, _ o: Object, _ name: Object, _ value: Object?) -> Bool {
    guard let dict = instanceDict(t, o) else { return false }
    if let value { return dictSet(t, dict, name, value) }
    guard dictContains(t, dict, name) == 1 else { return t.fail(.AttributeError, stringValue(name)) }
    return dictDelete(t, dict, name)
  }

  static func checkOwner(_ t: ThreadState, _ d: Object, _ owner: Object, _ name: Object, _ o: Object) -> Bool {
    let type = TypeObject(unchecked: owner)
    if isSubtype(o.type, type) { return true }
    t.raise(
      .TypeError,
      "descriptor '\(stringValue(name))' for '\(type.messageName)' objects doesn't apply to a '\(typeName(o))' object")
    return false
  }
}
