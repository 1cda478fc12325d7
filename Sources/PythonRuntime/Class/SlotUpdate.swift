// Filling and inheriting slots.

enum SlotUpdate {
  /// A native type's own slots appear in its dict; then what it lacks comes from its base. Once per native type.
  static func readyNative(_ t: ThreadState, _ type: TypeObject) {
    let p = type.pointer
    guard let dict = p.pointee.dict else { return }
    for (i, row) in SlotTable.rows.enumerated() where row.has(p) {
      switch row.name {
      case "__new__", "__getattr__", "__del__": continue
      default: break
      }
      if dictGet(t, dict, row.nameObject) != nil { continue }
      let wrapper = SlotWrapper.make(type, row: i)
      _ = dictSet(t, dict, row.nameObject, wrapper)
      wrapper.release()
    }
    if p.pointee.compare != nil, p.pointee.hash == nil {
      _ = dictSet(t, dict, Name.dunderHash, core.pointee.none)
    }
    guard let baseObject = p.pointee.base else { return }
    let base = TypeObject(unchecked: baseObject).pointer
    let ownCompare = p.pointee.compare != nil || p.pointee.hash != nil
    let hasInitialize = p.pointee.initialize != nil
    for group in SlotTable.groups {
      let row = SlotTable.rows[group[0]]
      if row.has(p) { continue }
      if ownCompare, row.name == "__hash__" || row.name == "__lt__" { continue }
      // `object.__new__` knows nothing of a native layout: who makes such objects only natively cannot be called.
      if row.name == "__new__", baseObject == core.pointee.types.object.object, !hasInitialize,
        !p.pointee.flags.contains(.baseType)
      {
        p.pointee.flags.insert(.disallowInstantiation)
        continue
      }
      row.copy(p, base)
    }
    if p.pointee.hash == nil { p.pointee.hash = MeasureFunction { t, o in Dispatch.unhashable(t, o) } }
    if p.pointee.traverse == nil { p.pointee.traverse = base.pointee.traverse }
    if p.pointee.clear == nil { p.pointee.clear = base.pointee.clear }
    if p.pointee.finalize == nil { p.pointee.finalize = base.pointee.finalize }
    if p.pointee.weakrefOffset == 0 { p.pointee.weakrefOffset = base.pointee.weakrefOffset }
    if p.pointee.dictOffset == 0 { p.pointee.dictOffset = base.pointee.dictOffset }
    if base.pointee.flags.contains(.container) { p.pointee.flags.insert(.container) }
  }

  /// Fills all slots of a class by what its MRO says.
  static func updateAll(_ t: ThreadState, _ type: TypeObject) {
    for group in SlotTable.groups { update(t, type, group) }
    updateFinalizerFlag(t, type)
    let p = type.pointer
    if type.flags.contains(.heapType), p.pointee.finalize == nil, !type.flags.contains(.hasFinalizer) {
      p.pointee.finalize = TypeNew.solidBase(type).pointer.pointee.finalize
    }
  }

  /// The attribute `name` of the class changed: its slot, and those of its subclasses, follow.
  static func update(_ t: ThreadState, _ type: TypeObject, named name: Object) {
    var touched = false
    for group in SlotTable.groups where group.contains(where: { SlotTable.rows[$0].nameObject == name }) {
      touched = true
      update(t, type, group)
    }
    guard touched else { return }
    updateFinalizerFlag(t, type)
    forEachSubclass(type) { update(t, $0, named: name) }
  }

  private static func updateFinalizerFlag(_ t: ThreadState, _ type: TypeObject) {
    if typeLookup(t, type, Name.dunderDel) != nil {
      type.pointer.pointee.flags.insert(.hasFinalizer)
    } else {
      type.pointer.pointee.flags.remove(.hasFinalizer)
    }
  }

  /// 1. Each name of the group is looked up along the MRO.
  /// 2. A native type's wrapper (or its `__new__`) stands for that type's own slot.
  /// 3. Anything else, or wrappers of different types, need the dispatcher.
  private static func update(_ t: ThreadState, _ type: TypeObject, _ group: [Int]) {
    let p = type.pointer
    var native: TypeObject?
    var needsDispatcher = false
    for i in group {
      let row = SlotTable.rows[i]
      guard let found = typeLookup(t, type, row.nameObject) else { continue }
      if let owner = nativeOwner(found, row) {
        if let native, native != owner, !sameSlot(row, native, owner) { needsDispatcher = true }
        native = owner
      } else {
        needsDispatcher = true
      }
    }
    let first = SlotTable.rows[group[0]]
    if needsDispatcher {
      switch first.kind {
      // A class's `__add__` is the number protocol's alone.
      case .concatenate, .repeated, .inPlaceConcatenate, .inPlaceRepeated: first.empty(p)
      default: first.fill(p)
      }
    } else if let native {
      first.copy(p, native.pointer)
    } else {
      first.empty(p)
    }
  }

  private static func sameSlot(_ row: SlotRow, _ a: TypeObject, _ b: TypeObject) -> Bool {
    isSubtype(a, b) || isSubtype(b, a)
  }

  /// The type whose `__new__` a native function is.
  private static func newFunctionOwner(_ function: Object) -> TypeObject? {
    guard let receiver = function.layout(NativeFunctionLayout.self).pointee.receiver, receiver.isKind(.type) else {
      return nil
    }
    return TypeObject(unchecked: receiver)
  }

  private static func nativeOwner(_ found: Object, _ row: SlotRow) -> TypeObject? {
    if found.type == core.pointee.types.slotWrapper {
      // `__str__ = int.__repr__` is another slot's wrapper: it needs the dispatcher.
      guard SlotTable.rows[found.layout(SlotWrapperLayout.self).pointee.row].nameObject == row.nameObject else {
        return nil
      }
      return TypeObject(unchecked: found.layout(SlotWrapperLayout.self).pointee.owner)
    }
    if row.name == "__new__", found.isKind(.nativeFunction) { return newFunctionOwner(found) }
    if row.name == "__hash__", found == core.pointee.none { return nil }
    return nil
  }
}

extension Dispatch {
  static func unhashable(_ t: ThreadState, _ o: Object) -> Int {
    t.raise(.TypeError, "unhashable type: '\(typeName(o))'")
    return -1
  }
}
