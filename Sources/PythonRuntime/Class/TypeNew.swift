// `type.__new__`: making a class (PEP 3115, PEP 487, PEP 560's part is `__build_class__`'s).
//
// 1. The metaclass is the most derived of all bases' metaclasses.
// 2. The solid base decides the memory layout; at most one of the bases may have one of its own.
// 3. `__slots__`, `__dict__` and weak references are laid out.
// 4. The type object is made and its dict filled; MRO, slots; `__set_name__`, `__init_subclass__`.

enum TypeNew {
  /// What `__slots__` and the bases say about an instance's memory.
  private struct Plan {
    var slotNames: [Object] = []
    var addDict = false
    var addWeakref = false
    var hasSlots = false
    /// The slots live in a dict of the instance.
    var usesSlotDict = false
  }

  static func new(_ t: ThreadState, _ metatype: Object, _ a: Arguments) -> Object? {
    let keywords = a.keywordNames?.tupleCount ?? 0
    if metatype == core.pointee.types.type.object, a.count == 1, keywords == 0 { return a[0].type.object.retained() }
    guard a.count == 3 else {
      t.raise(
        .TypeError,
        metatype == core.pointee.types.type.object
          ? "type() takes 1 or 3 arguments" : "type.__new__() takes exactly 3 arguments (\(a.count) given)")
      return nil
    }
    let (name, bases, namespace) = (a[0], a[1], a[2])
    guard checkArgument(t, name, .str, 1, "str"), checkArgument(t, bases, .tuple, 2, "tuple"),
      checkArgument(t, namespace, .dict, 3, "dict")
    else { return nil }
    for i in 0..<bases.tupleCount where !bases.tupleItems[i].isKind(.type) {
      var failed = false
      let entries = findAttribute(t, bases.tupleItems[i], Name.dunderMroEntries, failed: &failed)
      defer { entries.release() }
      if failed { return nil }
      guard entries == nil else {
        return t.raise(.TypeError, "type() doesn't support MRO entry resolution; use types.new_class()")
      }
    }
    // 1. Metaclass.
    guard let winner = calculateMetaclass(t, TypeObject(unchecked: metatype), bases) else { return nil }
    if winner.object != metatype, winner.pointer.pointee.new != TypeObject(unchecked: metatype).pointer.pointee.new,
      let new = winner.pointer.pointee.new
    {
      return new.call(t, winner.object, a)
    }
    return make(t, winner, name, bases, namespace, a)
  }

  private static func checkArgument(_ t: ThreadState, _ o: Object, _ kind: TypeKind, _ i: Int, _ what: String) -> Bool {
    if o.isKind(kind) { return true }
    t.raise(.TypeError, "type.__new__() argument \(i) must be \(what), not \(typeName(o))")
    return false
  }

  /// The most derived metaclass of `metatype` and the bases' metaclasses.
  static func calculateMetaclass(_ t: ThreadState, _ metatype: TypeObject, _ bases: Object) -> TypeObject? {
    var winner = metatype
    for i in 0..<bases.tupleCount {
      let candidate = bases.tupleItems[i].type
      if isSubtype(winner, candidate) { continue }
      if isSubtype(candidate, winner) {
        winner = candidate
        continue
      }
      t.raise(
        .TypeError,
        "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases"
      )
      return nil
    }
    return winner
  }

  private static func make(
    _ t: ThreadState, _ metatype: TypeObject, _ name: Object, _ givenBases: Object, _ namespace: Object, _ a: Arguments
  ) -> Object? {
    // 2. Bases.
    let bases =
      givenBases.tupleCount == 0 ? makeTuple([core.pointee.types.object.object.retained()]) : givenBases.retained()
    defer { bases.release() }
    guard let base = bestBase(t, bases) else { return nil }
    let solid = solidBase(base)
    let dict = dictCopy(t, namespace)
    defer { dict.release() }
    // 3. Slots.
    var plan = Plan()
    guard planSlots(t, base, bases, name, dict, &plan) else { return nil }
    defer { for one in plan.slotNames { one.release() } }
    var slotNames: Object?
    if plan.hasSlots {
      // By way of a list, as in CPython: the list's memory goes to the free list.
      let list = makeList(plan.slotNames.map { $0.retained() })
      if !plan.slotNames.isEmpty { slotNames = listToTuple(list) }
      list.release()
    }
    // 4. The type object.
    let type = allocateType(t, metatype)
    let p = type.pointer
    defer { type.object.release() }
    p.pointee.name = name.retained()
    p.pointee.qualifiedName = name.retained()
    p.pointee.base = base.object.retained()
    p.pointee.bases = bases.retained()
    p.pointee.dict = dict.retained()
    p.pointee.slotNames = slotNames
    p.pointee.kind = solid.kind
    p.pointee.flags = [.heapType, .baseType]
    p.pointee.flags.formUnion(base.flags.intersection(.matchSelf))
    layOut(t, type, base: base, solid: solid, plan: plan)
    track(type.object)
    // CPython's order, which the youngest generation's list shows: attributes of the class, MRO, descriptors of its instances' fields.
    guard fillDict(t, type, name, dict), giveClassCell(t, type, dict), MRO.set(t, type) >= 0,
      addDescriptors(t, type, dict, plan)
    else { return nil }
    p.pointee.flags.insert(.ready)
    inheritPatternFlags(type)
    p.pointee.dealloc = ObjectAction(Instance.dealloc)
    p.pointee.traverse = TraverseFunction(Instance.traverse)
    p.pointee.clear = ObjectAction(Instance.clear)
    p.pointee.finalize = nil
    SlotUpdate.updateAll(t, type)
    for i in 0..<bases.tupleCount where bases.tupleItems[i].isKind(.type) {
      guard addSubclass(t, base: TypeObject(unchecked: bases.tupleItems[i]), type) else { return nil }
    }
    typeModified(type)
    guard checkKeys(t, type, dict), setNames(t, type), initSubclass(t, type, a) else { return nil }
    return type.object.retained()
  }

  // MARK: Bases

  static func solidBase(_ type: TypeObject) -> TypeObject {
    var type = type
    while type.flags.contains(.heapType) { type = type.heapExtra.pointee.solidBase }
    return type
  }

  /// The base whose layout the class extends.
  static func bestBase(_ t: ThreadState, _ bases: Object) -> TypeObject? {
    var winner: TypeObject?
    var result: TypeObject?
    for i in 0..<bases.tupleCount {
      let object = bases.tupleItems[i]
      guard object.isKind(.type) else {
        t.raise(.TypeError, "bases must be types")
        return nil
      }
      let base = TypeObject(unchecked: object)
      guard base.flags.contains(.baseType) else {
        t.raise(.TypeError, "type '\(base.nameText)' is not an acceptable base type")
        return nil
      }
      let candidate = layoutOwner(base)
      guard let current = winner else {
        winner = candidate
        result = base
        continue
      }
      if isSubtype(current, candidate) { continue }
      if isSubtype(candidate, current) {
        winner = candidate
        result = base
        continue
      }
      t.raise(.TypeError, "multiple bases have instance lay-out conflict")
      return nil
    }
    return result
  }

  /// The nearest type on the chain of bases that adds fields of its own.
  static func layoutOwner(_ type: TypeObject) -> TypeObject {
    var type = type
    while type.flags.contains(.heapType), let base = type.pointer.pointee.base {
      let parent = TypeObject(unchecked: base)
      if type.pointer.pointee.basicSize != parent.pointer.pointee.basicSize { return type }
      type = parent
    }
    // A native type with the size of its base adds nothing either.
    while let base = type.pointer.pointee.base, type != core.pointee.types.object {
      let parent = TypeObject(unchecked: base)
      guard type.pointer.pointee.basicSize == parent.pointer.pointee.basicSize,
        type.pointer.pointee.itemSize == parent.pointer.pointee.itemSize
      else { return type }
      type = parent
    }
    return type
  }

  // MARK: Slots

  private static func planSlots(
    _ t: ThreadState, _ base: TypeObject, _ bases: Object, _ className: Object, _ dict: Object, _ plan: inout Plan
  ) -> Bool {
    let baseHasSlotDict = base.flags.contains(.slotDict)
    let baseHasDict = (base.pointer.pointee.dictOffset != 0 && !baseHasSlotDict) || base.kind == .type
    let baseHasWeakref = base.pointer.pointee.weakrefOffset != 0
    guard let slots = dictGet(t, dict, Name.dunderSlots) else {
      if t.hasRaised { return false }
      plan.addDict = !baseHasDict
      plan.addWeakref =
        !baseHasWeakref && base.pointer.pointee.itemSize == 0 || (!baseHasWeakref && base == core.pointee.types.object)
      return true
    }
    plan.hasSlots = true
    var names: [Object] = []
    if slots.isKind(.str) {
      names = [slots.retained()]
    } else {
      guard let iterator = iterate(t, slots) else { return false }
      defer { iterator.release() }
      while let item = iterNext(t, iterator) { names.append(item) }
      if t.hasRaised { return false }
    }
    defer { for one in names { one.release() } }
    // CPython's str has its text elsewhere, so that its subclasses may have slots; those of other types of varying size may not.
    let isText = isText(base)
    if !names.isEmpty, base.pointer.pointee.itemSize != 0, !isText {
      t.raise(.TypeError, "nonempty __slots__ not supported for subtype of '\(base.nameText)'")
      return false
    }
    for slot in names {
      guard slot.isKind(.str) else {
        t.raise(.TypeError, "__slots__ items must be strings, not '\(typeName(slot))'")
        return false
      }
      let text = stringValue(slot)
      guard isIdentifier(text) else {
        t.raise(.TypeError, "__slots__ must be identifiers")
        return false
      }
      if text == "__dict__" {
        guard !baseHasDict, !plan.addDict else {
          t.raise(.TypeError, "__dict__ slot disallowed: we already got one")
          return false
        }
        plan.addDict = true
        continue
      }
      if text == "__weakref__" {
        guard !baseHasWeakref, !plan.addWeakref else {
          t.raise(.TypeError, "__weakref__ slot disallowed: we already got one")
          return false
        }
        plan.addWeakref = true
        continue
      }
      let mangled = mangle(className: stringValue(className), text)
      let key = internString(mangled)
      if dictGet(t, dict, key) != nil, text != "__qualname__", text != "__classcell__" {
        t.raise(.ValueError, "'\(text)' in __slots__ conflicts with class variable")
        return false
      }
      if !plan.slotNames.contains(key) { plan.slotNames.append(key.retained()) }
    }
    plan.slotNames.sort { stringValue($0) < stringValue($1) }
    plan.usesSlotDict = !plan.addDict && !baseHasDict && (baseHasSlotDict || isText && !plan.slotNames.isEmpty)
    // A base with a dict gives one, whatever `__slots__` says.
    for i in 0..<bases.tupleCount where bases.tupleItems[i].isKind(.type) {
      let other = TypeObject(unchecked: bases.tupleItems[i])
      if other.pointer.pointee.dictOffset != 0, !baseHasDict { plan.addDict = true }
      if other.pointer.pointee.weakrefOffset != 0, !baseHasWeakref { plan.addWeakref = true }
    }
    return true
  }

  private static func mangle(className: String, _ name: String) -> String {
    guard name.hasPrefix("__"), !name.hasSuffix("__") else { return name }
    let stripped = className.drop { $0 == "_" }
    return stripped.isEmpty ? name : "_\(stripped)\(name)"
  }

  static func isIdentifier(_ s: String) -> Bool {
    var first = true
    for scalar in s.unicodeScalars {
      let ok = scalar == "_" || (first ? scalar.properties.isXIDStart : scalar.properties.isXIDContinue)
      if !ok { return false }
      first = false
    }
    return !first
  }

  // MARK: Memory

  private static func allocateType(_ t: ThreadState, _ metatype: TypeObject) -> TypeObject {
    let size = MemoryLayout<TypeLayout>.size
    let o = allocateContainer(metatype, size: size)
    (o.address + 16).initializeMemory(as: UInt8.self, repeating: 0, count: size - 16)
    return TypeObject(unchecked: o)
  }

  private static func layOut(_ t: ThreadState, _ type: TypeObject, base: TypeObject, solid: TypeObject, plan: Plan) {
    let p = type.pointer
    let b = base.pointer
    var offset = b.pointee.basicSize
    var offsets: [Int] = []
    if base.flags.contains(.heapType) {
      let inherited = base.heapExtra.pointee.slots
      offsets = (0..<inherited.count).map { inherited.offsets[$0] }
    }
    offset = (offset + 7) & ~7
    let hasSlotDict = isText(base) && !plan.slotNames.isEmpty
    if !hasSlotDict {
      for _ in plan.slotNames {
        offsets.append(offset)
        offset += 8
      }
    }
    p.pointee.basicSize = offset
    p.pointee.itemSize = b.pointee.itemSize
    p.pointee.weakrefOffset = b.pointee.weakrefOffset
    p.pointee.dictOffset = b.pointee.dictOffset
    if plan.usesSlotDict { p.pointee.flags.insert(.slotDict) }
    if plan.addDict || plan.usesSlotDict || plan.addWeakref || base.flags.contains(.preHeader) {
      p.pointee.flags.insert(.preHeader)
    }
    if plan.addDict || plan.usesSlotDict { p.pointee.dictOffset = -32 }
    if plan.addWeakref { p.pointee.weakrefOffset = -24 }
    // Each instance keeps its class alive, and so can be part of a cycle: CPython's collector counts them all.
    p.pointee.flags.insert(.container)
    // Inline values only where the solid base is `object`: others free themselves by their own size.
    if p.pointee.dictOffset == -32, solid == core.pointee.types.object {
      p.pointee.flags.insert(.inlineValues)
      p.pointee.sharedKeys = SharedKeys.create(known: knownAttributes(t, type))
    }
    let places = UnsafeMutablePointer<Int>.allocate(capacity: max(offsets.count, 1))
    for (i, o) in offsets.enumerated() { places[i] = o }
    let extra = UnsafeMutablePointer<HeapTypeExtra>.allocate(capacity: 1)
    extra.initialize(to: HeapTypeExtra(solidBase: solid, slots: SlotOffsets(offsets: places, count: offsets.count)))
    p.pointee.extra = UnsafeMutableRawPointer(extra)
  }

  private static func isText(_ base: TypeObject) -> Bool { base.kind == .str }

  /// The names that methods of the class assign to `self`, as the compiler found them.
  private static func knownAttributes(_ t: ThreadState, _ type: TypeObject) -> [Object] {
    guard let dict = type.pointer.pointee.dict, let names = dictGet(t, dict, Name.dunderStaticAttributes),
      names.isKind(.tuple)
    else { return [] }
    return (0..<names.tupleCount).compactMap { i in
      let name = names.tupleItems[i]
      return name.isExactly(.str) ? internString(stealing: name.retained()) : nil
    }
  }

  // MARK: The dict

  private static func fillDict(_ t: ThreadState, _ type: TypeObject, _ name: Object, _ dict: Object) -> Bool {
    let p = type.pointer
    if let qualified = dictGet(t, dict, Name.dunderQualname) {
      guard qualified.isKind(.str) else {
        t.raise(.TypeError, "type __qualname__ must be a str, not \(typeName(qualified))")
        return false
      }
      p.pointee.qualifiedName.release()
      p.pointee.qualifiedName = qualified.retained()
      guard dictDelete(t, dict, Name.dunderQualname) else { return false }
    }
    if dictGet(t, dict, Name.dunderModule) == nil, let globals = currentGlobals(t),
      let module = dictGet(t, globals, Name.dunderName)
    {
      guard dictSet(t, dict, Name.dunderModule, module) else { return false }
    }
    // `__new__` is a static method, `__init_subclass__` and `__class_getitem__` are class methods, without being told.
    if let new = dictGet(t, dict, Name.dunderNew), new.isKind(.function) {
      let wrapped = makeStaticMethod(new)
      defer { wrapped.release() }
      guard dictSet(t, dict, Name.dunderNew, wrapped) else { return false }
    }
    for special in [Name.dunderInitSubclass, Name.dunderClassGetItem] {
      if let function = dictGet(t, dict, special), function.isKind(.function) {
        let wrapped = makeClassMethod(function)
        defer { wrapped.release() }
        guard dictSet(t, dict, special, wrapped) else { return false }
      }
    }
    return true
  }

  private static func addDescriptors(_ t: ThreadState, _ type: TypeObject, _ dict: Object, _ plan: Plan) -> Bool {
    let first = type.pointer.pointee.basicSize - plan.slotNames.count * 8
    let hasPlaces = type.kind != .str
    for (i, slot) in plan.slotNames.enumerated() {
      let offset = hasPlaces ? first + i * 8 : MemberLayout.inDict
      let member = DescriptorObjects.makeMember(type, slot, offset: offset, readOnly: false)
      defer { member.release() }
      guard dictSet(t, dict, slot, member) else { return false }
    }
    if plan.addDict {
      let getSet = DescriptorObjects.makeGetSet(
        type, "__dict__", getter: UnaryFunction(ObjectType.getDict),
        setter: StoreFunction { ObjectType.setDict($0, $1, $3) })
      defer { getSet.release() }
      guard dictSet(t, dict, Name.dunderDict, getSet) else { return false }
    }
    if plan.addWeakref {
      let getSet = DescriptorObjects.makeGetSet(
        type, "__weakref__", getter: UnaryFunction(ObjectType.getWeakref), setter: nil)
      defer { getSet.release() }
      guard dictSet(t, dict, Name.dunderWeakref, getSet) else { return false }
    }
    if dictGet(t, dict, Name.dunderDoc) == nil {
      guard dictSet(t, dict, Name.dunderDoc, core.pointee.none) else { return false }
    }
    if dictGet(t, dict, Name.dunderEq) != nil, dictGet(t, dict, Name.dunderHash) == nil {
      guard dictSet(t, dict, Name.dunderHash, core.pointee.none) else { return false }
    }
    return true
  }

  private static func giveClassCell(_ t: ThreadState, _ type: TypeObject, _ dict: Object) -> Bool {
    if let cell = dictGet(t, dict, Name.dunderClassCell) {
      guard cell.isKind(.cell) else {
        t.raise(.TypeError, "__classcell__ must be a nonlocal cell, not \(typeName(cell))")
        return false
      }
      setCell(cell, steal: type.object.retained())
      guard dictDelete(t, dict, Name.dunderClassCell) else { return false }
    }
    if let cell = dictGet(t, dict, Name.dunderClassDictCell) {
      if cell.isKind(.cell) { setCell(cell, steal: dict.retained()) }
      guard dictDelete(t, dict, Name.dunderClassDictCell) else { return false }
    }
    return true
  }

  // MARK: Hooks

  private static func checkKeys(_ t: ThreadState, _ type: TypeObject, _ dict: Object) -> Bool {
    var position = 0
    while let entry = dictNext(dict, &position) {
      if entry.key.isKind(.str) { continue }
      return warn(t, .RuntimeWarning, "non-string key in the __dict__ of class \(type.nameText)", level: 1)
    }
    return true
  }

  /// The first class along the MRO that is a sequence or a mapping decides which patterns match.
  private static func inheritPatternFlags(_ type: TypeObject) {
    guard let mro = type.pointer.pointee.mro else { return }
    for i in 0..<mro.tupleCount {
      let flags = TypeObject(unchecked: mro.tupleItems[i]).flags.intersection([.sequence, .mapping])
      guard flags.isEmpty else {
        type.pointer.pointee.flags.formUnion(flags)
        return
      }
    }
  }

  private static func setNames(_ t: ThreadState, _ type: TypeObject) -> Bool {
    guard let dict = type.pointer.pointee.dict else { return true }
    let snapshot = dictCopy(t, dict)
    defer { snapshot.release() }
    var position = 0
    while let entry = dictNext(snapshot, &position) {
      guard typeLookup(t, entry.value.type, Name.dunderSetName) != nil else { continue }
      guard let method = lookupSpecial(t, entry.value, Name.dunderSetName) else { return false }
      defer { method.release() }
      guard let result = call2(t, method, type.object, entry.key) else {
        addNoteForSetName(t, entry.value, entry.key, type)
        return false
      }
      result.release()
    }
    return true
  }

  private static func addNoteForSetName(_ t: ThreadState, _ value: Object, _ key: Object, _ type: TypeObject) {
    addNote(
      t, "Error calling __set_name__ on '\(typeName(value))' instance '\(stringValue(key))' in '\(type.nameText)'")
  }

  private static func initSubclass(_ t: ThreadState, _ type: TypeObject, _ a: Arguments) -> Bool {
    guard let parent = Super.find(t, start: type, instance: type.object, Name.dunderInitSubclass) else {
      return !t.hasRaised
    }
    defer { parent.release() }
    let keywords = a.keywordNames?.tupleCount ?? 0
    guard
      let result = call(
        t, parent, Arguments(base: a.base + a.count, count: 0, keywordNames: keywords == 0 ? nil : a.keywordNames))
    else { return false }
    result.release()
    return true
  }
}
