// dict in memory: CPython's compact ordered table, with its probing and growth, so that iteration and `__eq__` calls come in its order.
//
//     DictLayout   used | keys ->  DictKeys header | indices (1, 2, 4 or 8 bytes each) | entries {hash, key, value} in insertion order
//
// A deleted entry keeps its place with key nil. The keys' `version` names a set of keys and their places, for inline caches: it becomes 0
// ("none") when a key is added, removed or moved, and stays when a value is replaced.
import CRuntimeSupport
import Glibc

public struct DictLayout {
  public var header: ObjectHeader
  public var used: Int
  public var keys: UnsafeMutablePointer<DictKeys>
}

public struct DictKeys {
  public var log2Size: UInt8
  /// log2 of the bytes of an index.
  public var indexShift: UInt8
  /// Whether every key is an exact str: lookups of a str then run no Python code.
  public var allStrings: Bool
  /// 0: not assigned.
  public var version: UInt32
  /// Entries that may still be added.
  public var usable: Int
  public var entryCount: Int
  public var entries: UnsafeMutablePointer<DictEntry>
}

public struct DictEntry {
  public var hash: Int
  public var key: Object?
  public var value: Object?
}

extension UnsafeMutablePointer where Pointee == DictKeys {
  @inlinable @inline(__always) var mask: Int { (1 &<< Int(pointee.log2Size)) &- 1 }
  @inlinable @inline(__always) var indices: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(self) + MemoryLayout<DictKeys>.size
  }

  @inlinable @inline(__always) func index(_ slot: Int) -> Int {
    switch pointee.indexShift {
    case 0: Int(indices.assumingMemoryBound(to: Int8.self)[slot])
    case 1: Int(indices.assumingMemoryBound(to: Int16.self)[slot])
    case 2: Int(indices.assumingMemoryBound(to: Int32.self)[slot])
    default: indices.assumingMemoryBound(to: Int.self)[slot]
    }
  }
  @inlinable @inline(__always) func setIndex(_ slot: Int, _ value: Int) {
    switch pointee.indexShift {
    case 0: indices.assumingMemoryBound(to: Int8.self)[slot] = Int8(truncatingIfNeeded: value)
    case 1: indices.assumingMemoryBound(to: Int16.self)[slot] = Int16(truncatingIfNeeded: value)
    case 2: indices.assumingMemoryBound(to: Int32.self)[slot] = Int32(truncatingIfNeeded: value)
    default: indices.assumingMemoryBound(to: Int.self)[slot] = value
    }
  }
}

extension Object {
  @inlinable @inline(__always) public var dictLayout: UnsafeMutablePointer<DictLayout> { layout(DictLayout.self) }
  @inlinable @inline(__always) public var dictCount: Int { layout(DictLayout.self).pointee.used }
  @inlinable @inline(__always) public var dictKeys: UnsafeMutablePointer<DictKeys> {
    layout(DictLayout.self).pointee.keys
  }
}

/// An empty dict; not tracked until something that may take part in a cycle is stored.
public func makeDict() -> Object {
  let object: Object
  if let reused = DictObject.freeList.take() {
    object = reused
    reuseContainer(object, size: 32)
  } else {
    object = allocateContainer(core.pointee.types.dict, size: 32)
    object.links.pointee.next = 0
  }
  let p = object.dictLayout
  p.pointee.used = 0
  p.pointee.keys = DictObject.emptyKeys
  return object
}

enum DictObject {
  static let indexEmpty = -1
  static let indexDeleted = -2
  static let cachedCountMax = 80
  nonisolated(unsafe) static var freeList = ObjectFreeList()
  /// The keys of every empty dict: one free slot, no room.
  nonisolated(unsafe) static var emptyKeys = UnsafeMutablePointer<DictKeys>(bitPattern: 16).unsafelyUnwrapped
  nonisolated(unsafe) static var nextVersion: UInt32 = 1

  static func start() {
    let block = Heap.allocate(MemoryLayout<DictKeys>.size + 16)
    let keys = block.assumingMemoryBound(to: DictKeys.self)
    keys.initialize(
      to: DictKeys(
        log2Size: 0, indexShift: 0, allStrings: true, version: 0, usable: 0, entryCount: 0,
        entries: (block + MemoryLayout<DictKeys>.size + 8).assumingMemoryBound(to: DictEntry.self)))
    keys.setIndex(0, indexEmpty)
    emptyKeys = keys
  }

  @inline(__always) static func usable(_ size: Int) -> Int { (size &<< 1) / 3 }

  static func keysBytes(_ log2Size: Int, _ shift: Int) -> Int {
    let size = 1 << log2Size
    return MemoryLayout<DictKeys>.size + ((size << shift) + 7) & ~7 + usable(size) * MemoryLayout<DictEntry>.size
  }

  static func allocateKeys(_ log2Size: Int, allStrings: Bool) -> UnsafeMutablePointer<DictKeys> {
    let shift = log2Size < 8 ? 0 : log2Size < 16 ? 1 : log2Size < 32 ? 2 : 3
    let block = Heap.allocate(keysBytes(log2Size, shift))
    let keys = block.assumingMemoryBound(to: DictKeys.self)
    let size = 1 << log2Size
    let header = MemoryLayout<DictKeys>.size
    keys.pointee = DictKeys(
      log2Size: UInt8(log2Size), indexShift: UInt8(shift), allStrings: allStrings, version: 0, usable: usable(size),
      entryCount: 0, entries: (block + header + ((size << shift) + 7) & ~7).assumingMemoryBound(to: DictEntry.self))
    memset(block + header, 0xFF, size << shift)
    return keys
  }
  /// Bytes of a table; the shared empty one counts for no dict.
  static func bytes(_ keys: UnsafeMutablePointer<DictKeys>) -> Int {
    keys == emptyKeys ? 0 : keysBytes(Int(keys.pointee.log2Size), Int(keys.pointee.indexShift))
  }
  static func freeKeys(_ keys: UnsafeMutablePointer<DictKeys>) {
    if keys == emptyKeys { return }
    Heap.free(UnsafeMutableRawPointer(keys), size: keysBytes(Int(keys.pointee.log2Size), Int(keys.pointee.indexShift)))
  }

  /// The log2 of the table size for at least `minimum` slots, from 8 up; CPython's arithmetic, which doubles powers of two from 16 on.
  static func log2Size(atLeast minimum: Int) -> Int {
    Int.bitWidth - (((minimum | 8) - 1) | 7).leadingZeroBitCount
  }

  /// Where a slot for a new entry of `hash` is.
  @inline(__always) static func findEmptySlot(_ keys: UnsafeMutablePointer<DictKeys>, _ hash: Int) -> Int {
    let mask = keys.mask
    var perturb = UInt(bitPattern: hash)
    var i = hash & mask
    while keys.index(i) >= 0 {
      perturb >>= 5
      i = (i &* 5 &+ Int(bitPattern: perturb) &+ 1) & mask
    }
    return i
  }

  /// Moves the live entries into a new table.
  static func resize(_ o: Object, log2Size: Int, allStrings: Bool? = nil) {
    let p = o.dictLayout
    let old = p.pointee.keys
    let keys = allocateKeys(log2Size, allStrings: allStrings ?? old.pointee.allStrings)
    var n = 0
    let mask = keys.mask
    for i in 0..<old.pointee.entryCount where old.pointee.entries[i].value != nil {
      let entry = old.pointee.entries[i]
      keys.pointee.entries[n] = entry
      var perturb = UInt(bitPattern: entry.hash)
      var slot = entry.hash & mask
      while keys.index(slot) != indexEmpty {
        perturb >>= 5
        slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & mask
      }
      keys.setIndex(slot, n)
      n &+= 1
    }
    keys.pointee.entryCount = n
    keys.pointee.usable -= n
    p.pointee.keys = keys
    freeKeys(old)
    Probes.resized(o)
  }

  static func dealloc(_ o: Object) {
    untrack(o)
    releaseKeys(o.dictKeys)
    if freeList.count < cachedCountMax && o.type == core.pointee.types.dict {
      parkContainer(o)
      freeList.put(o)
    } else {
      freeInstance(o)
    }
  }

  /// Releases all entries in insertion order and frees the table.
  static func releaseKeys(_ keys: UnsafeMutablePointer<DictKeys>) {
    if keys == emptyKeys { return }
    for i in 0..<keys.pointee.entryCount {
      keys.pointee.entries[i].key.release()
      keys.pointee.entries[i].value.release()
    }
    freeKeys(keys)
  }

  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let keys = o.dictKeys
    for i in 0..<keys.pointee.entryCount {
      guard let value = keys.pointee.entries[i].value else { continue }
      if visit(value) || visit(keys.pointee.entries[i].key) { return true }
    }
    return false
  }
  static func clear(_ o: Object) { dictClear(o) }
}

/// The version of the dict's set of keys, assigned when there is none; 0 when the versions are used up.
public func dictKeysVersion(_ o: Object) -> UInt32 {
  let keys = o.dictKeys
  if keys.pointee.version != 0 || keys == DictObject.emptyKeys { return keys.pointee.version }
  guard DictObject.nextVersion != 0 else { return 0 }
  keys.pointee.version = DictObject.nextVersion
  DictObject.nextVersion &+= 1
  return keys.pointee.version
}

/// The place of a str key among the entries, for inline caches; nil when absent.
public func dictEntryIndex(_ o: Object, name: Object) -> Int? {
  let keys = o.dictKeys
  guard keys.pointee.allStrings else { return nil }
  let i = DictLookup.string(keys, name, strHash(name))
  return i >= 0 ? i : nil
}

/// Drops all entries, in insertion order.
public func dictClear(_ o: Object) {
  let p = o.dictLayout
  let keys = p.pointee.keys
  if keys == DictObject.emptyKeys { return }
  p.pointee.keys = DictObject.emptyKeys
  p.pointee.used = 0
  Probes.resized(o)
  if exuvia_level() >= probeLevelLinks {
    for i in 0..<keys.pointee.entryCount {
      if let key = keys.pointee.entries[i].key, let value = keys.pointee.entries[i].value {
        storeProbe(o, key, value, nil)
        changedKey(o, key, nil)
      }
    }
  }
  DictObject.releaseKeys(keys)
}

/// Untracks a dict that can be in no cycle: the collector calls it in a full pass.
public func dictMaybeUntrack(_ o: Object) {
  guard o.isExactly(.dict), o.isTracked else { return }
  let keys = o.dictKeys
  for i in 0..<keys.pointee.entryCount {
    guard let value = keys.pointee.entries[i].value else { continue }
    if mayBeTracked(value) { return }
    if let key = keys.pointee.entries[i].key, mayBeTracked(key) { return }
  }
  untrack(o)
}
