// Assigning `__bases__` and `__class__`: which layouts may stand for each other, and the new MROs of a whole tree of subclasses.

enum TypeBases {
  /// 1. The new bases are checked: classes, no cycle, a layout like the old one's.
  /// 2. Bases are stored first, because `mro()` of a metaclass may look at them, and may assign `__bases__` again.
  /// 3. The MROs of the class and all its subclasses follow; one failure undoes all.
  /// 4. If nobody assigned other bases meanwhile, the subclass tables and slots follow.
  static func set(_ t: ThreadState, _ o: Object, _ value: Object?) -> Bool {
    let type = TypeObject(unchecked: o)
    guard let value, checkItems(t, type, value), let base = TypeNew.bestBase(t, value),
      let oldBase = type.pointer.pointee.base,
      checkCompatible(t, from: TypeObject(unchecked: oldBase), to: base, "__bases__"),
      let old = type.pointer.pointee.bases
    else {
      if value == nil, !t.hasRaised {
        t.raise(.TypeError, "cannot delete '__bases__' attribute of type '\(type.nameText)'")
      }
      return false
    }
    // Held until the end, in place of the fields that held them.
    store(type, bases: value.retained(), base: base.object.retained())
    var changes: [Change] = []
    defer {
      for one in changes { one.release() }
      old.release()
      oldBase.release()
    }
    guard updateTree(t, type, &changes) else {
      for change in changes.reversed() where change.type.pointer.pointee.mro == change.new {
        MRO.replace(change.type, steal: change.old.map { $0.retained() })
      }
      if type.pointer.pointee.bases == value {
        old.retain()
        oldBase.retain()
        store(type, bases: old, base: oldBase)
        value.release()
        base.object.release()
      }
      return false
    }
    guard type.pointer.pointee.bases == value else { return true }
    for i in 0..<old.tupleCount { removeSubclass(t, base: TypeObject(unchecked: old.tupleItems[i]), type) }
    for i in 0..<value.tupleCount {
      guard addSubclass(t, base: TypeObject(unchecked: value.tupleItems[i]), type) else { return false }
    }
    refreshSlots(t, type)
    return true
  }

  private static func store(_ type: TypeObject, bases: Object, base: Object) {
    let p = type.pointer
    storeProbe(type.object, .internalField("__bases__"), p.pointee.bases, bases)
    p.pointee.bases = bases
    storeProbe(type.object, .internalField("__base__"), p.pointee.base, base)
    p.pointee.base = base
  }

  private static func checkItems(_ t: ThreadState, _ type: TypeObject, _ value: Object) -> Bool {
    guard !type.flags.contains(.immutable) else {
      return t.fail(.TypeError, "cannot set '__bases__' attribute of immutable type '\(qualifiedTypeName(t, type))'")
    }
    guard value.isKind(.tuple) else {
      return t.fail(.TypeError, "can only assign tuple to \(type.nameText).__bases__, not \(typeName(value))")
    }
    guard value.tupleCount > 0 else {
      return t.fail(.TypeError, "can only assign non-empty tuple to \(type.nameText).__bases__, not ()")
    }
    for i in 0..<value.tupleCount {
      let item = value.tupleItems[i]
      guard item.isKind(.type) else {
        return t.fail(.TypeError, "\(type.nameText).__bases__ must be tuple of classes, not '\(typeName(item))'")
      }
      let base = TypeObject(unchecked: item)
      // While a metaclass's `mro()` runs, the chain of bases may already be newer than the MRO.
      if isSubtype(base, type) || hasOnChain(base, type) {
        return t.fail(.TypeError, "a __bases__ item causes an inheritance cycle")
      }
    }
    return true
  }

  private static func hasOnChain(_ type: TypeObject, _ wanted: TypeObject) -> Bool {
    var current = type.pointer.pointee.base
    while let object = current {
      if object == wanted.object { return true }
      current = TypeObject(unchecked: object).pointer.pointee.base
    }
    return false
  }

  // MARK: The tree of subclasses

  /// A class's MRO before and after; all owned.
  private struct Change {
    let type: TypeObject
    let old: Object?
    let new: Object?
    func release() {
      old.release()
      new.release()
      type.object.release()
    }
  }

  /// The living direct subclasses, each a new reference: the table may change while they are asked.
  private static func subclasses(_ type: TypeObject) -> [TypeObject] {
    var result: [TypeObject] = []
    forEachSubclass(type) { child in
      child.object.retain()
      result.append(child)
    }
    return result
  }

  private static func updateTree(_ t: ThreadState, _ type: TypeObject, _ changes: inout [Change]) -> Bool {
    guard enterNative(t, " while updating the bases of a class") else { return false }
    let old = type.pointer.pointee.mro
    old.retain()
    let done = MRO.set(t, type)
    guard done > 0 else {
      old.release()
      return done == 0
    }
    type.object.retain()
    let new = type.pointer.pointee.mro
    new.retain()
    changes.append(Change(type: type, old: old, new: new))
    let children = subclasses(type)
    defer { for one in children { one.object.release() } }
    for child in children where !updateTree(t, child, &changes) { return false }
    return true
  }

  private static func refreshSlots(_ t: ThreadState, _ type: TypeObject) {
    SlotUpdate.updateAll(t, type)
    let children = subclasses(type)
    defer { for one in children { one.object.release() } }
    for child in children { refreshSlots(t, child) }
  }

  // MARK: Layouts

  /// Whether instances of `old` may become instances of `new`: from each the highest class with the same layout is sought; those must be the
  /// same, or add the same to the same base.
  static func checkCompatible(_ t: ThreadState, from old: TypeObject, to new: TypeObject, _ attribute: String) -> Bool {
    let (a, b) = (highest(new), highest(old))
    if a == b || a.pointer.pointee.base == b.pointer.pointee.base && addTheSame(a, b) { return true }
    return t.fail(
      .TypeError, "\(attribute) assignment: '\(new.nameText)' object layout differs from '\(old.nameText)'")
  }

  private static let layoutFlags: TypeFlags = [.container, .preHeader, .inlineValues]

  private static func highest(_ type: TypeObject) -> TypeObject {
    var type = type
    while type.flags.contains(.heapType) || type.kind == .module, let object = type.pointer.pointee.base {
      let base = TypeObject(unchecked: object)
      guard sameShape(type, base), type.pointer.pointee.basicSize == base.pointer.pointee.basicSize else { break }
      type = base
    }
    return type
  }

  private static func sameShape(_ a: TypeObject, _ b: TypeObject) -> Bool {
    let (p, q) = (a.pointer, b.pointer)
    return p.pointee.itemSize == q.pointee.itemSize && p.pointee.dictOffset == q.pointee.dictOffset
      && p.pointee.weakrefOffset == q.pointee.weakrefOffset
      && a.flags.intersection(layoutFlags) == b.flags.intersection(layoutFlags)
  }

  /// Whether two classes with the same base add the same `__slots__` and nothing else.
  private static func addTheSame(_ a: TypeObject, _ b: TypeObject) -> Bool {
    guard a.flags.contains(.heapType), b.flags.contains(.heapType), sameShape(a, b),
      a.pointer.pointee.basicSize == b.pointer.pointee.basicSize
    else { return false }
    func names(_ type: TypeObject) -> [String] {
      type.pointer.pointee.slotNames.map { slots in (0..<slots.tupleCount).map { stringValue(slots.tupleItems[$0]) } }
        ?? []
    }
    return names(a) == names(b)
  }
}
