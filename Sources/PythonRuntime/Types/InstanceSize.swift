// How many bytes an instance takes, and the store probe of containers: what every layout file of this folder builds on.
import CRuntimeSupport

extension TypeObject {
  /// Bytes of an instance of a built-in type with `items` variable items.
  @inlinable @inline(__always) public func instanceSize(items: Int = 0) -> Int {
    pointer.pointee.basicSize &+ items &* pointer.pointee.itemSize
  }
}

/// Memory for an instance of `type` (exact or a subclass) with everything behind the header zeroed. An instance of a subclass that is a
/// container is tracked already; `trackFresh` takes care.
public func allocateZeroed(_ type: TypeObject, items: Int = 0) -> Object {
  if type.flags.contains(.heapType) {
    return Instance.allocate(type, extraBytes: items &* type.pointer.pointee.itemSize)
  }
  let size = type.instanceSize(items: items)
  let object = type.isContainer ? allocateContainer(type, size: size) : allocateObject(type, size: size)
  (object.address + 16).initializeMemory(as: UInt8.self, repeating: 0, count: size - 16)
  return object
}

/// Tracks a new container unless it is.
@inlinable @inline(__always) public func trackFresh(_ object: Object) {
  track(object)
}

/// Frees an instance's memory: the end of every dealloc function.
public func freeInstance(_ object: Object, items: Int = 0) {
  let type = object.type
  var size = type.instanceSize(items: items)
  if type.flags.contains(.inlineValues) { size += inlineValuesSize(Int(object.inlineHead.pointee.room)) }
  if type.isContainer { freeContainer(object, size: size) } else { freeObject(object, size: size) }
}

/// A reference was stored at `index` of a sequence. Free when the level is below links.
@inlinable @inline(__always)
public func storedItem(_ holder: Object, _ index: Int, _ old: Object?, _ new: Object?) {
  if exuvia_level() >= probeLevelLinks { storeProbe(holder, index, old, new) }
}

/// The items from `first` on got indices that are `change` higher or lower. Where they go to, the stores before have emptied.
@inlinable @inline(__always)
public func shiftedItems(_ holder: Object, _ first: Int, _ change: Int) {
  if exuvia_level() >= probeLevelLinks { Probes.shift(holder, first, change) }
}

/// A field without a name of its own in the events got another value: an iterator's source, an exception's traceback. What it held at the birth is said by
/// `track`.
@inlinable @inline(__always)
public func storedField(_ holder: Object, _ old: Object?, _ new: Object?) {
  if exuvia_level() >= probeLevelLinks { outlinedStoredField(holder, old, new) }
}
@usableFromInline @inline(never) func outlinedStoredField(_ holder: Object, _ old: Object?, _ new: Object?) {
  if old != new { Probes.store(holder, .nameless, old, new) }
}

/// A key came into a dict (`new`) or left it (`old`): a reference without a name. Immortal keys, all interned names, need no holder.
@inlinable @inline(__always)
public func changedKey(_ holder: Object, _ old: Object?, _ new: Object?) {
  if exuvia_level() >= probeLevelLinks { outlinedChangedKey(holder, old, new) }
}
@usableFromInline @inline(never) func outlinedChangedKey(_ holder: Object, _ old: Object?, _ new: Object?) {
  if let key = old ?? new, !key.isImmortal { Probes.store(holder, .nameless, old, new) }
}

/// A reference was stored under `key` of a dict, or `key` itself in a set.
@inlinable @inline(__always)
public func storedKey(_ holder: Object, _ key: Object, _ old: Object?, _ new: Object?) {
  if exuvia_level() >= probeLevelLinks { storeProbe(holder, key, old, new) }
}
