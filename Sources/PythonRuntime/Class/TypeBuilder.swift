// Making native types: memory, slots, methods, computed attributes.
import CRuntimeSupport

/// A new native type. `configure` sets slots and offsets; call `readyType` afterwards. Immortal.
public func makeBuiltinType(
  name: String, module: String = "builtins", kind: TypeKind = .other, base: TypeObject? = nil, layoutSize: Int,
  itemSize: Int = 0, flags: TypeFlags = [], configure: (UnsafeMutablePointer<TypeLayout>) -> Void = { _ in }
) -> TypeObject {
  let memory = Heap.allocate(MemoryLayout<TypeLayout>.size + CollectorLinks.size)
  memory.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<TypeLayout>.size + CollectorLinks.size)
  let type = TypeObject((memory + CollectorLinks.size).assumingMemoryBound(to: TypeLayout.self))
  let p = type.pointer
  p.pointee.header = ObjectHeader(refcount: ObjectHeader.immortalRefcount, type: core.pointee.types.type)
  p.pointee.kind = kind
  p.pointee.flags = flags.union([.immutable])
  p.pointee.basicSize = layoutSize
  p.pointee.itemSize = itemSize
  p.pointee.name = internString(name)
  p.pointee.qualifiedName = internString(name)
  p.pointee.base = (base ?? core.pointee.types.object).object
  p.pointee.dealloc = ObjectAction { freeInstance($0) }
  // One that a module makes while the program runs is born like any object; those from the start are described with all that lives.
  if exuvia_level() != 0 { Probes.alloc(type.object, type.object.type, type.object.heapBytes, 0) }
  configure(p)
  let dict = ensureDict(type)
  let t = currentThread()
  if module != "builtins" { _ = dictSet(t, dict, Name.dunderModule, internString(module)) }
  return type
}

func ensureDict(_ type: TypeObject) -> Object {
  if let dict = type.pointer.pointee.dict { return dict }
  let dict = makeDict()
  type.pointer.pointee.dict = dict
  return dict
}

/// Completes a native type: MRO, wrappers for its slots, inherited slots. Its base must be ready.
public func readyType(_ t: ThreadState, _ type: TypeObject) {
  let p = type.pointer
  guard !p.pointee.flags.contains(.ready) else { return }
  let dict = ensureDict(type)
  var bases: [TypeObject] = []
  if let base = p.pointee.base {
    let baseType = TypeObject(unchecked: base)
    readyType(t, baseType)
    bases = [baseType]
  }
  if p.pointee.bases == nil { p.pointee.bases = makeTuple(bases.map(\.object.retainedObject)) }
  let rest: [TypeObject] =
    bases.first.flatMap { base in
      base.pointer.pointee.mro.map { m in (0..<m.tupleCount).map { TypeObject(unchecked: m.tupleItems[$0]) } }
    }
    ?? []
  p.pointee.mro = makeTuple(([type] + rest).map(\.object.retainedObject))
  if p.pointee.new != nil, dictGet(t, dict, Name.dunderNew) == nil {
    let function = makeNewFunction(t, type)
    _ = dictSet(t, dict, Name.dunderNew, function)
    function.release()
  }
  SlotUpdate.readyNative(t, type)
  if dictGet(t, dict, Name.dunderDoc) == nil { _ = dictSet(t, dict, Name.dunderDoc, core.pointee.none) }
  p.pointee.flags.insert(.ready)
  // A type that comes with a module, while the program runs.
  if exuvia_level() >= probeLevelLinks { Probes.holding(type.object) }
}

extension Object {
  var retainedObject: Object { retained() }
}

/// `__new__` of a native type as a callable: checks its first argument, then calls the slot.
private func makeNewFunction(_ t: ThreadState, _ type: TypeObject) -> Object {
  makeNativeFunction(
    t,
    NativeMethod("__new__", .keywords, NativeFunction { t, owner, a in callNew(t, TypeObject(unchecked: owner), a) }),
    self: type.object, module: nil)
}

private func callNew(_ t: ThreadState, _ owner: TypeObject, _ a: Arguments) -> Object? {
  guard a.count >= 1 else {
    t.raise(.TypeError, "\(owner.nameText).__new__(): not enough arguments")
    return nil
  }
  guard a[0].isKind(.type) else {
    t.raise(.TypeError, "\(owner.nameText).__new__(X): X is not a type object (\(typeName(a[0])))")
    return nil
  }
  let wanted = TypeObject(unchecked: a[0])
  guard isSubtype(wanted, owner) else {
    t.raise(
      .TypeError,
      "\(owner.nameText).__new__(\(wanted.nameText)): \(wanted.nameText) is not a subtype of \(owner.nameText)")
    return nil
  }
  // `object.__new__(int)` would make an int without its memory: the solid base must be the owner's.
  var solid = wanted
  while solid.flags.contains(.heapType) { solid = solid.heapExtra.pointee.solidBase }
  guard solid.pointer.pointee.new == owner.pointer.pointee.new else {
    t.raise(
      .TypeError, "\(owner.nameText).__new__(\(wanted.nameText)) is not safe, use \(solid.nameText).__new__()")
    return nil
  }
  let held = ArgumentTuple(t, a)
  defer { held.release() }
  return owner.pointer.pointee.new?.call(
    t, a[0], Arguments(base: a.base + 1, count: a.count - 1, keywordNames: a.keywordNames))
}

/// Adds native methods to a type's dict.
public func addMethods(_ t: ThreadState, _ type: TypeObject, _ methods: [NativeMethod]) {
  let dict = ensureDict(type)
  for method in methods {
    let descriptor = makeMethodDescriptor(t, method, owner: type)
    _ = dictSet(t, dict, internString(method.name), descriptor)
    descriptor.release()
  }
  typeModified(type)
}

/// Adds a computed attribute.
public func addGetSet(
  _ t: ThreadState, _ type: TypeObject, _ name: String, getter: UnaryFunction, setter: StoreFunction? = nil
) {
  let descriptor = DescriptorObjects.makeGetSet(type, name, getter: getter, setter: setter)
  _ = dictSet(t, ensureDict(type), internString(name), descriptor)
  descriptor.release()
  typeModified(type)
}

/// Adds an attribute that is an owned reference at `offset` of the instance.
public func addMember(
  _ t: ThreadState, _ type: TypeObject, _ name: String, offset: Int, readOnly: Bool, absentIsNone: Bool = false
) {
  let key = internString(name)
  let descriptor = DescriptorObjects.makeMember(
    type, key, offset: offset, readOnly: readOnly, absentIsNone: absentIsNone)
  _ = dictSet(t, ensureDict(type), key, descriptor)
  descriptor.release()
  typeModified(type)
}

/// Adds any object as an attribute of the type.
public func addAttribute(_ t: ThreadState, _ type: TypeObject, _ name: String, _ value: Object) {
  _ = dictSet(t, ensureDict(type), internString(name), value)
  typeModified(type)
}
