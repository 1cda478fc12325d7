// The order of a dict's entries, for types that let a program change it. Places are indices into the entries; deleted ones are holes.

/// The place of a key; -1 absent, -2 an exception is set.
public func dictPlace(_ t: ThreadState, _ dict: Object, _ key: Object) -> Int {
  let h = hash(t, key)
  return h == -1 ? -2 : dictPlace(t, dict, key, hash: h)
}
public func dictPlace(_ t: ThreadState, _ dict: Object, _ key: Object, hash h: Int) -> Int {
  let i = DictLookup.general(t, dict, key, h)
  return i >= 0 ? i : i == DictLookup.absent ? -1 : -2
}

/// The first live entry at or behind `start`.
public func dictFirstPlace(_ dict: Object, from start: Int = 0) -> Int? {
  let keys = dict.dictKeys
  var i = start
  while i < keys.pointee.entryCount {
    if keys.pointee.entries[i].value != nil { return i }
    i += 1
  }
  return nil
}

/// The entry at a place that lives, borrowed.
public func dictEntry(_ dict: Object, at place: Int) -> (key: Object, value: Object)? {
  let entry = dict.dictKeys.pointee.entries[place]
  guard let key = entry.key, let value = entry.value else { return nil }
  return (key, value)
}

/// Removes the entry at a place; its value, owned by the caller.
public func dictRemoveEntry(_ dict: Object, at place: Int) -> Object? { dictRemove(dict, entry: place) }

/// Makes a live entry the last. No key is hashed or compared.
public func dictMoveToBack(_ dict: Object, from place: Int) {
  guard let last = dictLastEntry(dict), last.index != place else { return }
  let entry = dict.dictKeys.pointee.entries[place]
  guard let key = entry.key?.retained(), let value = dictRemove(dict, entry: place) else { return }
  dictAppend(dict, key, entry.hash, value)
}

/// Makes a live entry the first: all entries before it move by one place, and the table is made anew.
public func dictMoveToFront(_ dict: Object, from place: Int) {
  guard let first = dictFirstPlace(dict), first != place else { return }
  let keys = dict.dictKeys
  let entry = keys.pointee.entries[place]
  var i = place
  while i > first {
    keys.pointee.entries[i] = keys.pointee.entries[i - 1]
    i -= 1
  }
  keys.pointee.entries[first] = entry
  DictObject.resize(dict, log2Size: Int(keys.pointee.log2Size))
}
