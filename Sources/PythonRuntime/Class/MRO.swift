// A class's method resolution order: computed by C3, or by the metaclass's `mro()`, checked, and stored.

enum MRO {
  /// Computes and stores it. 1: done; 0: `mro()` has set another one meanwhile, which stays; -1: an exception is set.
  static func set(_ t: ThreadState, _ type: TypeObject) -> Int {
    let old = type.pointer.pointee.mro
    old.retain()
    defer { old.release() }
    guard let mro = invoke(t, type) else { return -1 }
    guard type.pointer.pointee.mro == old else {
      mro.release()
      return 0
    }
    replace(type, steal: mro)
    return 1
  }

  static func replace(_ type: TypeObject, steal mro: Object?) {
    let old = type.pointer.pointee.mro
    type.pointer.pointee.mro = mro
    storeProbe(type.object, .internalField("__mro__"), old, mro)
    typeModified(type)
    old.release()
  }

  static func compute(_ t: ThreadState, _ type: TypeObject) -> Object? {
    guard let bases = type.pointer.pointee.bases else { return makeTuple([type.object.retained()]) }
    let list = (0..<bases.tupleCount).map { TypeObject(unchecked: bases.tupleItems[$0]) }
    guard let rest = C3.merge(t, bases: list) else { return nil }
    return makeTuple(([type] + rest).map { $0.object.retained() })
  }

  /// A metaclass may define `mro`.
  private static func invoke(_ t: ThreadState, _ type: TypeObject) -> Object? {
    guard type.object.type != core.pointee.types.type, let method = typeLookup(t, type.object.type, Name.mro),
      method.type != core.pointee.types.methodDescriptor
    else { return t.hasRaised ? nil : compute(t, type) }
    guard let bound = lookupSpecial(t, type.object, Name.mro) else { return nil }
    defer { bound.release() }
    guard let list = call0(t, bound) else { return nil }
    defer { list.release() }
    guard let mro = makeTuple(t, from: list) else { return nil }
    guard check(t, type, mro) else {
      mro.release()
      return nil
    }
    return mro
  }

  /// What `mro()` returned must be classes whose layout the class's instances have.
  private static func check(_ t: ThreadState, _ type: TypeObject, _ mro: Object) -> Bool {
    guard mro.tupleCount > 0 else { return t.fail(.TypeError, "type MRO must not be empty") }
    let layout = TypeNew.layoutOwner(type)
    for i in 0..<mro.tupleCount {
      let entry = mro.tupleItems[i]
      guard entry.isKind(.type) else {
        return t.fail(.TypeError, "mro() returned a non-class ('\(typeName(entry))')")
      }
      let base = TypeObject(unchecked: entry)
      guard isSubtype(layout, TypeNew.layoutOwner(base)) else {
        return t.fail(.TypeError, "mro() returned base with unsuitable layout ('\(base.nameText)')")
      }
    }
    return true
  }
}
