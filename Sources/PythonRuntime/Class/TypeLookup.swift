// Finding an attribute along a type's MRO, with a cache that version numbers keep valid.
//
// A type's version changes whenever an attribute of it or of one of its bases changes; an entry of the cache names the version for which it
// holds, so nothing is ever evicted on change. CPython's type cache (Objects/typeobject.c) works the same way.

/// One entry of the method cache. `value` is borrowed: the type's dict keeps it while the version holds.
struct MethodCacheEntry {
  var version: UInt32
  var name: UnsafeMutableRawPointer?
  var value: Object?
}

enum MethodCache {
  static let entries = 4096
  /// Set by `start`. The first value is a constant, so that no access asks whether it is initialised.
  nonisolated(unsafe) static var table = UnsafeMutablePointer<MethodCacheEntry>(bitPattern: 16).unsafelyUnwrapped
  nonisolated(unsafe) static var nextVersion: UInt32 = 1

  static func start() {
    table = .allocate(capacity: entries)
    table.initialize(repeating: MethodCacheEntry(version: 0, name: nil, value: nil), count: entries)
  }

  @inline(__always) static func slot(_ version: UInt32, _ name: Object) -> UnsafeMutablePointer<MethodCacheEntry> {
    let mixed = UInt(version) &* 0x9E37 ^ (UInt(bitPattern: name.address) >> 4)
    return table + Int(mixed & UInt(entries - 1))
  }
}

/// Gives the type a version if it has none. False when the versions are used up: then nothing is cached.
@inline(__always) func assignVersion(_ type: TypeObject) -> Bool {
  if type.pointer.pointee.version != 0 { return true }
  return assignVersionSlowly(type)
}

@inline(never) func assignVersionSlowly(_ type: TypeObject) -> Bool {
  guard type.flags.contains(.ready), MethodCache.nextVersion < UInt32.max else { return false }
  // A base without a version could change unnoticed: bases first.
  if let bases = type.pointer.pointee.bases {
    for i in 0..<bases.tupleCount where !assignVersion(TypeObject(unchecked: bases.tupleItems[i])) { return false }
  }
  type.pointer.pointee.version = MethodCache.nextVersion
  MethodCache.nextVersion += 1
  return true
}

/// The type's instances may have one more attribute: what inline caches know about names that no instance has does not hold any more. Subclasses
/// have shared keys of their own.
@inline(never) func renewVersion(_ type: TypeObject) {
  if type.pointer.pointee.version == 0 { return }
  guard MethodCache.nextVersion < UInt32.max else { return typeModified(type) }
  type.pointer.pointee.version = MethodCache.nextVersion
  MethodCache.nextVersion += 1
}

/// An attribute of the type changed: its version and its subclasses' go.
public func typeModified(_ type: TypeObject) {
  if type.pointer.pointee.version == 0 { return }
  type.pointer.pointee.version = 0
  forEachSubclass(type) { typeModified($0) }
}

/// The attribute `name` (a str) found along the MRO, borrowed; nil without an exception: absent.
public func typeLookup(_ t: ThreadState, _ type: TypeObject, _ name: Object) -> Object? {
  guard isInterned(name), assignVersion(type) else { return mroLookup(t, type, name) }
  let entry = MethodCache.slot(type.pointer.pointee.version, name)
  if entry.pointee.version == type.pointer.pointee.version, entry.pointee.name == name.address {
    return entry.pointee.value
  }
  // An exception that is raised already stays: destructors look attributes up while one passes.
  let hadRaised = t.hasRaised
  let found = mroLookup(t, type, name)
  if found == nil, !hadRaised, t.hasRaised { t.clearRaised() }
  // A lookup may run `__eq__` of a strange key, which may change the type: cache only under the version that still holds.
  let version = type.pointer.pointee.version
  if version != 0 {
    let entry = MethodCache.slot(version, name)
    entry.pointee = MethodCacheEntry(version: version, name: name.address, value: found)
  }
  return found
}

func mroLookup(_ t: ThreadState, _ type: TypeObject, _ name: Object) -> Object? {
  guard let mro = type.pointer.pointee.mro else {
    // Not ready yet: its own dict, then the base's.
    if let dict = type.pointer.pointee.dict, let value = dictGet(t, dict, name) { return value }
    guard let base = type.pointer.pointee.base else { return nil }
    return mroLookup(t, TypeObject(unchecked: base), name)
  }
  for i in 0..<mro.tupleCount {
    let entry = mro.tupleItems[i]
    guard entry.isKind(.type), let dict = TypeObject(unchecked: entry).pointer.pointee.dict else { continue }
    if let value = dictGet(t, dict, name) { return value }
  }
  return nil
}

/// The type on the MRO whose dict holds `name`; nil: absent. For events and `super`.
func typeHolding(_ t: ThreadState, _ type: TypeObject, _ name: Object) -> TypeObject? {
  guard let mro = type.pointer.pointee.mro else { return nil }
  for i in 0..<mro.tupleCount {
    let entry = TypeObject(unchecked: mro.tupleItems[i])
    if let dict = entry.pointer.pointee.dict, dictGet(t, dict, name) != nil { return entry }
  }
  return nil
}

/// The special method `name` of `o`'s type, bound to `o`: a new reference; nil without an exception: absent.
public func lookupSpecial(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
  guard let found = typeLookup(t, o.type, name) else { return nil }
  guard let get = found.type.pointer.pointee.descriptorGet else { return found.retained() }
  return get.call(t, found, o, o.type.object)
}

/// Whether `type` has `base` on its MRO.
public func isSubtype(_ type: TypeObject, _ base: TypeObject) -> Bool {
  if type == base { return true }
  guard let mro = type.pointer.pointee.mro else {
    var current = type.pointer.pointee.base
    while let object = current {
      if object == base.object { return true }
      current = TypeObject(unchecked: object).pointer.pointee.base
    }
    return base == core.pointee.types.object
  }
  for i in 0..<mro.tupleCount where mro.tupleItems[i] == base.object { return true }
  return false
}

// MARK: - Subclasses

/// Calls `body` with each living direct subclass.
func forEachSubclass(_ type: TypeObject, _ body: (TypeObject) -> Void) {
  guard let table = type.pointer.pointee.subclasses else { return }
  var position = 0
  while let entry = dictNext(table, &position) {
    if let target = weakrefTarget(entry.value) { body(TypeObject(unchecked: target)) }
  }
}

func addSubclass(_ t: ThreadState, base: TypeObject, _ type: TypeObject) -> Bool {
  if base.pointer.pointee.subclasses == nil {
    let dict = makeDict()
    base.pointer.pointee.subclasses = dict
    storeProbe(base.object, .internalField("__subclasses__"), nil, dict)
  }
  guard let table = base.pointer.pointee.subclasses, let reference = makeWeakref(t, type.object, callback: nil) else {
    return false
  }
  let key = makeInt(Int(bitPattern: type.pointer))
  defer {
    key.release()
    reference.release()
  }
  return dictSet(t, table, key, reference)
}

func removeSubclass(_ t: ThreadState, base: TypeObject, _ type: TypeObject) {
  guard let table = base.pointer.pointee.subclasses else { return }
  let key = makeInt(Int(bitPattern: type.pointer))
  // A type that was never completed is not in the table, and an exception may be on its way.
  let raised = t.takeRaised()
  if !dictDelete(t, table, key) { t.clearRaised() }
  t.setRaised(steal: raised)
  key.release()
}
