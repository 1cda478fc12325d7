// Looking up, storing and deleting in dicts. Lookups of a str in a table of str keys run no Python code and cannot fail.
import CRuntimeSupport
import Glibc

enum DictLookup {
  static let absent = -1
  static let failed = -3

  /// The entry of a str key in a table of str keys, or `absent`.
  @inline(__always)
  static func string(_ keys: UnsafeMutablePointer<DictKeys>, _ key: Object, _ hash: Int) -> Int {
    let mask = keys.mask
    var perturb = UInt(bitPattern: hash)
    var slot = hash & mask
    let entries = keys.pointee.entries
    while true {
      let i = keys.index(slot)
      if i >= 0 {
        let entry = entries[i]
        if let known = entry.key {
          if known == key { return i }
          if entry.hash == hash && strEqual(known, key) { return i }
        }
      } else if i == DictObject.indexEmpty {
        return absent
      }
      perturb >>= 5
      slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & mask
    }
  }

  /// The entry of any key: `absent`, or `failed` with an exception set. Comparison may run Python code, which may change the dict: then the
  /// search begins again.
  static func general(_ t: ThreadState, _ o: Object, _ key: Object, _ hash: Int) -> Int {
    restart: while true {
      let keys = o.dictKeys
      if keys.pointee.allStrings && key.isExactly(.str) { return string(keys, key, hash) }
      let mask = keys.mask
      var perturb = UInt(bitPattern: hash)
      var slot = hash & mask
      while true {
        let i = keys.index(slot)
        if i >= 0 {
          let entry = keys.pointee.entries[i]
          if let known = entry.key {
            if known == key { return i }
            if entry.hash == hash {
              if areSmallInts(known, key) {
                if known.smallInt == key.smallInt { return i }
                perturb >>= 5
                slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & mask
                continue
              }
              known.retain()
              let order = compareBool(t, known, key, .equal)
              // A new table may lie where the old one lay: `known` is kept until it has been looked for there.
              let now = o.dictKeys
              let isSame =
                now == keys && now.mask == mask && now.pointee.entryCount > i && now.pointee.entries[i].key == known
              known.release()
              if order < 0 { return failed }
              if !isSame { continue restart }
              if order > 0 { return i }
            }
          }
        } else if i == DictObject.indexEmpty {
          return absent
        }
        perturb >>= 5
        slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & mask
      }
    }
  }

  /// The slot whose index is `entry`.
  static func slot(_ keys: UnsafeMutablePointer<DictKeys>, _ hash: Int, of entry: Int) -> Int {
    let mask = keys.mask
    var perturb = UInt(bitPattern: hash)
    var slot = hash & mask
    while keys.index(slot) != entry {
      perturb >>= 5
      slot = (slot &* 5 &+ Int(bitPattern: perturb) &+ 1) & mask
    }
    return slot
  }
}

/// The borrowed value of a str key with a known hash; nil when absent. Only for tables without a str subclass's `__eq__`: names in
/// namespaces. No exception.
@inline(__always) public func dictGet(_ t: ThreadState, _ dict: Object, name: Object) -> Object? {
  let keys = dict.dictKeys
  if keys.pointee.allStrings {
    let i = DictLookup.string(keys, name, strHash(name))
    return i >= 0 ? keys.pointee.entries[i].value : nil
  }
  return dictGet(t, dict, name)
}

/// The borrowed value of `key`; nil when absent, or with an exception set when hashing or comparing failed.
public func dictGet(_ t: ThreadState, _ dict: Object, _ key: Object) -> Object? {
  let h = key.isExactly(.str) ? strHash(key) : hash(t, key)
  if h == -1 { return nil }
  return dictGet(t, dict, key, hash: h)
}

public func dictGet(_ t: ThreadState, _ dict: Object, _ key: Object, hash: Int) -> Object? {
  let i = DictLookup.general(t, dict, key, hash)
  return i >= 0 ? dict.dictKeys.pointee.entries[i].value : nil
}

/// 1 present, 0 absent, -1 an exception is set.
public func dictContains(_ t: ThreadState, _ dict: Object, _ key: Object) -> Int {
  let h = hash(t, key)
  if h == -1 { return -1 }
  let i = DictLookup.general(t, dict, key, h)
  return i >= 0 ? 1 : i == DictLookup.absent ? 0 : -1
}

/// Stores a borrowed value under a borrowed key.
public func dictSet(_ t: ThreadState, _ dict: Object, _ key: Object, _ value: Object) -> Bool {
  if key.isExactly(.str) { return dictSet(t, dict, key, value, hash: strHash(key)) }
  // Hashing may run Python code that drops what is only borrowed here.
  t.pin(key)
  t.pin(value)
  defer {
    t.unpin()
    t.unpin()
  }
  let h = hash(t, key)
  return h == -1 ? false : dictSet(t, dict, key, value, hash: h)
}

public func dictSet(_ t: ThreadState, _ dict: Object, _ key: Object, _ value: Object, hash: Int) -> Bool {
  key.retain()
  value.retain()
  return dictInsert(t, dict, stealing: key, hash, value)
}

/// Stores under the text of an ASCII or other Swift string, interned.
@discardableResult public func dictSet(_ t: ThreadState, _ dict: Object, _ name: String, _ value: Object) -> Bool {
  dictSet(t, dict, internString(name), value)
}
/// Stores a new reference under a name. Steals the value.
@discardableResult public func dictSet(_ t: ThreadState, _ dict: Object, _ name: String, stealing value: Object) -> Bool
{
  let done = dictSet(t, dict, internString(name), value)
  value.release()
  return done
}
public func dictGet(_ t: ThreadState, _ dict: Object, _ name: String) -> Object? {
  dictGet(t, dict, name: internString(name))
}

/// Stores, taking over both references.
func dictInsert(_ t: ThreadState, _ dict: Object, stealing key: Object, _ hash: Int, _ value: Object) -> Bool {
  let p = dict.dictLayout
  let i = DictLookup.general(t, dict, key, hash)
  if i == DictLookup.failed {
    key.release()
    value.release()
    return false
  }
  if dict.links.pointee.next == 0 && (mayBeTracked(key) || mayBeTracked(value)) { track(dict) }
  if i >= 0 {
    let old = p.pointee.keys.pointee.entries[i].value
    p.pointee.keys.pointee.entries[i].value = value
    // The dict keeps its own key, which names the field; the caller's is only equal.
    storedKey(dict, p.pointee.keys.pointee.entries[i].key ?? key, old, value)
    old.release()
    key.release()
    return true
  }
  dictAppend(dict, key, hash, value)
  return true
}

/// Adds an entry for a key that is known to be absent. Steals both.
func dictAppend(_ dict: Object, _ key: Object, _ hash: Int, _ value: Object) {
  let p = dict.dictLayout
  var keys = p.pointee.keys
  let isString = key.isExactly(.str)
  if keys.pointee.usable <= 0 {
    let size = keys == DictObject.emptyKeys ? 3 : DictObject.log2Size(atLeast: p.pointee.used * 3)
    DictObject.resize(dict, log2Size: size, allStrings: keys.pointee.allStrings && isString)
    keys = p.pointee.keys
  }
  if !isString { keys.pointee.allStrings = false }
  keys.pointee.version = 0
  let slot = DictObject.findEmptySlot(keys, hash)
  let place = keys.pointee.entryCount
  keys.setIndex(slot, place)
  keys.pointee.entries[place] = DictEntry(hash: hash, key: key, value: value)
  keys.pointee.entryCount = place &+ 1
  keys.pointee.usable &-= 1
  p.pointee.used &+= 1
  storedKey(dict, key, nil, value)
  changedKey(dict, nil, key)
}

/// Removes the entry at a place; returns its value, owned by the caller.
func dictRemove(_ dict: Object, entry i: Int) -> Object? {
  let p = dict.dictLayout
  let keys = p.pointee.keys
  let entry = keys.pointee.entries[i]
  let slot = DictLookup.slot(keys, entry.hash, of: i)
  keys.setIndex(slot, DictObject.indexDeleted)
  keys.pointee.version = 0
  keys.pointee.entries[i].key = nil
  keys.pointee.entries[i].value = nil
  p.pointee.used &-= 1
  if let key = entry.key, let value = entry.value {
    storedKey(dict, key, value, nil)
    changedKey(dict, key, nil)
  }
  entry.key.release()
  return entry.value
}

/// Deletes a key; KeyError when absent.
public func dictDelete(_ t: ThreadState, _ dict: Object, _ key: Object) -> Bool {
  let h = hash(t, key)
  if h == -1 { return false }
  let i = DictLookup.general(t, dict, key, h)
  if i < 0 {
    if i == DictLookup.absent { t.raiseKeyError(key) }
    return false
  }
  let old = dictRemove(dict, entry: i)
  old.release()
  return true
}

/// Removes a key and gives its value, new reference; nil when absent (no exception) or failed.
public func dictPop(_ t: ThreadState, _ dict: Object, _ key: Object) -> Object? {
  if dict.dictCount == 0 { return nil }
  let h = hash(t, key)
  if h == -1 { return nil }
  let i = DictLookup.general(t, dict, key, h)
  return i < 0 ? nil : dictRemove(dict, entry: i)
}

/// The borrowed value of a key, after storing `value` under it when there was none; nil with an exception set.
public func dictSetDefault(_ t: ThreadState, _ dict: Object, _ key: Object, _ value: Object) -> Object? {
  let h = hash(t, key)
  if h == -1 { return nil }
  let i = DictLookup.general(t, dict, key, h)
  if i == DictLookup.failed { return nil }
  if i >= 0 { return dict.dictKeys.pointee.entries[i].value }
  if dict.links.pointee.next == 0 && (mayBeTracked(key) || mayBeTracked(value)) { track(dict) }
  dictAppend(dict, key.retained(), h, value.retained())
  return value
}

/// Steps through the entries: `position` starts at 0; key and value are borrowed. False at the end.
public func dictNext(_ dict: Object, _ position: inout Int, _ key: inout Object, _ value: inout Object) -> Bool {
  guard let entry = dictNext(dict, &position) else { return false }
  key = entry.key
  value = entry.value
  return true
}

/// The next entry, borrowed.
public func dictNext(_ dict: Object, _ position: inout Int) -> (key: Object, value: Object, hash: Int)? {
  let keys = dict.dictKeys
  while position < keys.pointee.entryCount {
    let entry = keys.pointee.entries[position]
    position &+= 1
    if let key = entry.key, let value = entry.value { return (key, value, entry.hash) }
  }
  return nil
}

/// A new dict with the same entries. An exact copy of a table without holes keeps its size, as CPython's.
public func dictCopy(_ t: ThreadState, _ source: Object) -> Object {
  let copy = makeDict()
  let keys = source.dictKeys
  if source.dictCount == 0 { return copy }
  let isDense = source.dictCount >= keys.pointee.entryCount * 2 / 3 && source.isExactly(.dict)
  let size = isDense ? Int(keys.pointee.log2Size) : DictObject.log2Size(atLeast: (source.dictCount * 3 + 1) / 2)
  DictObject.resize(copy, log2Size: size, allStrings: true)
  var position = 0
  while let entry = dictNext(source, &position) {
    if copy.links.pointee.next == 0 && (mayBeTracked(entry.key) || mayBeTracked(entry.value)) { track(copy) }
    dictAppend(copy, entry.key.retained(), entry.hash, entry.value.retained())
  }
  return copy
}

/// `update` from a mapping; with `override` false existing keys win. AttributeError when the source has no `keys`.
public func dictMerge(_ t: ThreadState, _ dict: Object, _ source: Object, override: Bool = true) -> Bool {
  if dict == source { return true }
  guard source.isKind(.dict),
    source.isExactly(.dict) || source.type.pointer.pointee.iter == core.pointee.types.dict.pointer.pointee.iter
  else { return dictMergeMapping(t, dict, source, override: override) }
  // Room for all is made at once, as CPython does.
  if dict.dictKeys.pointee.usable * 3 < source.dictCount * 2 {
    DictObject.resize(dict, log2Size: DictObject.log2Size(atLeast: ((dict.dictCount + source.dictCount) * 3 + 1) / 2))
  }
  var position = 0
  let keys = source.dictKeys
  let count = source.dictCount
  while let entry = dictNext(source, &position) {
    entry.key.retain()
    entry.value.retain()
    if !override {
      let i = DictLookup.general(t, dict, entry.key, entry.hash)
      if i != DictLookup.absent {
        entry.key.release()
        entry.value.release()
        if i == DictLookup.failed { return false }
        continue
      }
    }
    guard dictInsert(t, dict, stealing: entry.key, entry.hash, entry.value) else { return false }
    if source.dictKeys != keys || source.dictCount != count {
      t.raise(.RuntimeError, "dict mutated during update")
      return false
    }
  }
  return true
}

/// `update` from what only has `keys()` and items.
private func dictMergeMapping(_ t: ThreadState, _ dict: Object, _ source: Object, override: Bool) -> Bool {
  guard let keys = callMethod(t, source, "keys") else { return false }
  defer { keys.release() }
  return forEach(t, keys) { key in
    if !override {
      let found = dictContains(t, dict, key)
      if found != 0 { return found > 0 }
    }
    guard let value = getItem(t, source, key) else { return false }
    defer { value.release() }
    return dictSet(t, dict, key, value)
  }
}

// MARK: - For the methods of dict

/// Gives a zeroed dict its empty table.
public func emptyDict(_ o: Object) {
  o.dictLayout.pointee.used = 0
  o.dictLayout.pointee.keys = DictObject.emptyKeys
}

/// Number of entry places in use, deleted ones included: where a reversed walk begins.
public func dictEntryCount(_ o: Object) -> Int { o.dictKeys.pointee.entryCount }

/// The last live entry.
public func dictLastEntry(_ o: Object) -> (index: Int, key: Object)? {
  var i = o.dictKeys.pointee.entryCount - 1
  while i >= 0 {
    if let key = o.dictKeys.pointee.entries[i].key { return (i, key) }
    i -= 1
  }
  return nil
}

/// Removes the last live entry, whose place can be used again; gives its value, owned by the caller.
public func dictPopEntry(_ o: Object, _ index: Int) -> Object? {
  let value = dictRemove(o, entry: index)
  o.dictKeys.pointee.entryCount = index
  return value
}

/// The live entry before `position`, walking backwards.
public func dictPrevious(_ dict: Object, _ position: inout Int) -> (key: Object, value: Object)? {
  while position > 0 {
    position -= 1
    guard position < dict.dictKeys.pointee.entryCount else { continue }
    let entry = dict.dictKeys.pointee.entries[position]
    if let key = entry.key, let value = entry.value { return (key, value) }
  }
  return nil
}

/// What CPython says of a dict's size in memory.
public func dictSizeOf(_ o: Object) -> Int {
  let keys = o.dictKeys
  if keys == DictObject.emptyKeys { return 48 }
  let size = 1 << Int(keys.pointee.log2Size)
  let indexBytes = size < 256 ? 1 : size < 65536 ? 2 : 4
  return 48 + 32 + size * indexBytes + DictObject.usable(size) * (keys.pointee.allStrings ? 16 : 24)
}
