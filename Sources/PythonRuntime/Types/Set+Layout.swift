// set and frozenset in memory: CPython's open table with short linear runs, so that iteration comes in its order.
import CRuntimeSupport
import Glibc

public struct SetEntry {
  public var key: Object?
  /// -1 with key nil: a deleted entry.
  public var hash: Int
}

public struct SetLayout {
  public var header: ObjectHeader
  /// Entries in use and deleted ones.
  public var fill: Int
  public var used: Int
  public var mask: Int
  public var table: UnsafeMutablePointer<SetEntry>
  /// Of a frozenset; -1: not computed.
  public var hash: Int
  /// Where `pop` looks next.
  public var finger: Int
  public var weakrefs: Object?
}

extension Object {
  @inlinable @inline(__always) public var setLayout: UnsafeMutablePointer<SetLayout> { layout(SetLayout.self) }
  @inlinable @inline(__always) public var setCount: Int { layout(SetLayout.self).pointee.used }
}

/// An empty set or frozenset of the type (or a subclass).
public func makeSet(_ type: TypeObject? = nil) -> Object {
  let o = allocateZeroed(type ?? core.pointee.types.set)
  let p = o.setLayout
  p.pointee.mask = 7
  p.pointee.table = SetObject.allocateTable(8)
  p.pointee.hash = -1
  Probes.resized(o)
  trackFresh(o)
  return o
}

enum SetObject {
  static let linearProbes = 9

  static func allocateTable(_ size: Int) -> UnsafeMutablePointer<SetEntry> {
    let table = Heap.allocate(size * 16)
    memset(table, 0, size * 16)
    return table.assumingMemoryBound(to: SetEntry.self)
  }

  /// The entry of a key or the free one where the search ended; nil with an exception set. `adding`: nil without an exception when an equal key is there,
  /// which may then be so no more: adding does not care, as in CPython.
  static func find(
    _ t: ThreadState, _ o: Object, _ key: Object, _ hash: Int, adding: Bool = false
  ) -> UnsafeMutablePointer<SetEntry>? {
    restart: while true {
      let p = o.setLayout
      let table = p.pointee.table
      let mask = p.pointee.mask
      var perturb = UInt(bitPattern: hash)
      var i = hash & mask
      while true {
        let probes = i &+ linearProbes <= mask ? linearProbes : 0
        for k in 0...probes {
          let entry = table + (i &+ k)
          guard let known = entry.pointee.key else {
            if entry.pointee.hash == 0 { return entry }
            continue
          }
          if entry.pointee.hash == hash {
            if known == key { return entry }
            if known.isExactly(.str) && key.isExactly(.str) {
              if strEqual(known, key) { return entry }
              continue
            }
            known.retain()
            let order = compareBool(t, known, key, .equal)
            // A new table may lie where the old one lay: `known` is kept until it has been looked for there.
            let isSame = p.pointee.table == table && p.pointee.mask == mask && entry.pointee.key == known
            known.release()
            if order < 0 || (order > 0 && adding) { return nil }
            if !isSame { continue restart }
            if order > 0 { return entry }
          }
        }
        perturb >>= 5
        i = (i &* 5 &+ 1 &+ Int(bitPattern: perturb)) & mask
      }
    }
  }

  /// Puts a key that is known to be absent into a table without deleted entries.
  static func insertClean(_ table: UnsafeMutablePointer<SetEntry>, _ mask: Int, _ key: Object, _ hash: Int) {
    var perturb = UInt(bitPattern: hash)
    var i = hash & mask
    while true {
      let probes = i &+ linearProbes <= mask ? linearProbes : 0
      for k in 0...probes where table[i &+ k].key == nil {
        table[i &+ k] = SetEntry(key: key, hash: hash)
        return
      }
      perturb >>= 5
      i = (i &* 5 &+ 1 &+ Int(bitPattern: perturb)) & mask
    }
  }

  static func resize(_ o: Object, atLeast minimum: Int) {
    var size = 8
    while size <= minimum { size <<= 1 }
    let p = o.setLayout
    let old = p.pointee.table
    let oldMask = p.pointee.mask
    let table = allocateTable(size)
    for i in 0...oldMask {
      if let key = old[i].key { insertClean(table, size - 1, key, old[i].hash) }
    }
    p.pointee.table = table
    p.pointee.mask = size - 1
    p.pointee.fill = p.pointee.used
    Probes.resized(o)
    Heap.free(UnsafeMutableRawPointer(old), size: (oldMask + 1) * 16)
  }

  /// Tells that the keys of a table were taken out of, or put into, a set.
  static func recordContents(_ o: Object, _ contents: UnsafeMutablePointer<SetLayout>, taken: Bool) {
    for i in 0...contents.pointee.mask {
      if let key = contents.pointee.table[i].key { storedKey(o, key, taken ? key : nil, taken ? nil : key) }
    }
  }

  static func dealloc(_ o: Object) {
    untrack(o)
    clearWeakrefs(o)
    let p = o.setLayout
    let table = p.pointee.table
    let mask = p.pointee.mask
    if p.pointee.used > 0 {
      for i in 0...mask { table[i].key.release() }
    }
    Heap.free(UnsafeMutableRawPointer(table), size: (mask + 1) * 16)
    freeInstance(o)
  }
  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let p = o.setLayout
    for i in 0...p.pointee.mask where visit(p.pointee.table[i].key) { return true }
    return false
  }
  static func clear(_ o: Object) { setClear(o) }
}

/// Adds a borrowed item.
public func setAdd(_ t: ThreadState, _ set: Object, _ item: Object) -> Bool {
  // Hashing may run Python code that drops what is only borrowed here.
  t.pin(item)
  defer { t.unpin() }
  let h = hash(t, item)
  return h == -1 ? false : setAdd(t, set, item, hash: h)
}

public func setAdd(_ t: ThreadState, _ set: Object, _ item: Object, hash: Int) -> Bool {
  item.retain()
  guard let entry = SetObject.find(t, set, item, hash, adding: true), entry.pointee.key == nil else {
    item.release()
    return !t.hasRaised
  }
  let p = set.setLayout
  entry.pointee = SetEntry(key: item, hash: hash)
  p.pointee.fill += 1
  p.pointee.used += 1
  storedKey(set, item, nil, item)
  if p.pointee.fill * 5 >= p.pointee.mask * 3 {
    SetObject.resize(set, atLeast: p.pointee.used > 50000 ? p.pointee.used * 2 : p.pointee.used * 4)
  }
  return true
}

/// 1 present, 0 absent, -1 an exception is set.
public func setContains(_ t: ThreadState, _ set: Object, _ item: Object) -> Int {
  let h = hash(t, item)
  if h == -1 { return -1 }
  guard let entry = SetObject.find(t, set, item, h) else { return -1 }
  return entry.pointee.key != nil ? 1 : 0
}
public func setContains(_ t: ThreadState, _ set: Object, _ item: Object, hash: Int) -> Int {
  guard let entry = SetObject.find(t, set, item, hash) else { return -1 }
  return entry.pointee.key != nil ? 1 : 0
}

/// Removes an item: 1 removed, 0 absent, -1 an exception is set.
public func setDiscard(_ t: ThreadState, _ set: Object, _ item: Object) -> Int {
  let h = hash(t, item)
  return h == -1 ? -1 : setDiscard(t, set, item, hash: h)
}
public func setDiscard(_ t: ThreadState, _ set: Object, _ item: Object, hash h: Int) -> Int {
  guard let entry = SetObject.find(t, set, item, h) else { return -1 }
  guard let old = entry.pointee.key else { return 0 }
  entry.pointee = SetEntry(key: nil, hash: -1)
  set.setLayout.pointee.used -= 1
  storedKey(set, old, old, nil)
  old.release()
  return 1
}

public func setClear(_ o: Object) {
  let p = o.setLayout
  let table = p.pointee.table
  let mask = p.pointee.mask
  p.pointee.table = SetObject.allocateTable(8)
  p.pointee.mask = 7
  p.pointee.fill = 0
  p.pointee.used = 0
  p.pointee.finger = 0
  Probes.resized(o)
  // All is told before the first key goes: its finalizer may fill the set again.
  if exuvia_level() >= probeLevelLinks {
    for i in 0...mask {
      if let key = table[i].key { storedKey(o, key, key, nil) }
    }
  }
  for i in 0...mask { table[i].key.release() }
  Heap.free(UnsafeMutableRawPointer(table), size: (mask + 1) * 16)
}

/// The next item from `position` on, borrowed; nil at the end.
public func setNext(_ set: Object, _ position: inout Int) -> (key: Object, hash: Int)? {
  let p = set.setLayout
  while position <= p.pointee.mask {
    let entry = p.pointee.table[position]
    position += 1
    if let key = entry.key { return (key, entry.hash) }
  }
  return nil
}

// MARK: - For the methods of set

/// Makes room before `wanted` items are added, as CPython does.
public func setReserve(_ set: Object, _ wanted: Int) {
  let p = set.setLayout
  if (p.pointee.fill + wanted) * 5 >= p.pointee.mask * 3 {
    SetObject.resize(set, atLeast: (p.pointee.used + wanted) * 2)
  }
}

/// Takes over another set's table as it is, when the set is empty, of the same size, and the other has no deleted entries: true if so.
public func setCopyTable(_ set: Object, from other: Object) -> Bool {
  let p = set.setLayout
  let q = other.setLayout
  guard p.pointee.fill == 0, p.pointee.mask == q.pointee.mask, q.pointee.fill == q.pointee.used else { return false }
  for i in 0...q.pointee.mask {
    let entry = q.pointee.table[i]
    guard let key = entry.key else { continue }
    p.pointee.table[i] = SetEntry(key: key.retained(), hash: entry.hash)
    storedKey(set, key, nil, key)
  }
  p.pointee.fill = q.pointee.used
  p.pointee.used = q.pointee.used
  return true
}

/// Exchanges the contents of two sets.
public func setSwap(_ a: Object, _ b: Object) {
  let p = a.setLayout
  let q = b.setLayout
  swap(&p.pointee.fill, &q.pointee.fill)
  swap(&p.pointee.used, &q.pointee.used)
  swap(&p.pointee.mask, &q.pointee.mask)
  swap(&p.pointee.table, &q.pointee.table)
  p.pointee.hash = -1
  q.pointee.hash = -1
  Probes.resized(a)
  Probes.resized(b)
  if exuvia_level() >= probeLevelLinks {
    SetObject.recordContents(a, q, taken: true)
    SetObject.recordContents(b, p, taken: true)
    SetObject.recordContents(a, p, taken: false)
    SetObject.recordContents(b, q, taken: false)
  }
}

/// Takes some item out, walking round the table; nil when empty.
public func setPop(_ o: Object) -> Object? {
  let p = o.setLayout
  if p.pointee.used == 0 { return nil }
  var i = p.pointee.finger & p.pointee.mask
  while true {
    if let key = p.pointee.table[i].key {
      p.pointee.table[i] = SetEntry(key: nil, hash: -1)
      p.pointee.used -= 1
      p.pointee.finger = i + 1
      storedKey(o, key, key, nil)
      return key
    }
    i = (i + 1) & p.pointee.mask
  }
}
