// Who holds whom: for every field of a living holder the object stored in it, rebuilt from store, fill and snapshotEdge events. Built
// only on request. A hash table from (holder, field) to an entry; the entries of one holder are chained, so that a death drops them.

import TraceModel

/// One field that holds an object.
@frozen public struct Link {
  /// Holder's slot in the upper half, field name below.
  var key: UInt64
  public var target: UInt32
  /// Next entry of the same bucket, or next free entry; 0 ends.
  var nextInBucket: UInt32
  var nextOfHolder: UInt32
  var previousOfHolder: UInt32

  public var holder: UInt32 { UInt32(truncatingIfNeeded: key >> 32) }
  public var field: UInt32 { UInt32(truncatingIfNeeded: key) }
  /// Whether the field has no name: `FieldName.nameless`, or one too long for an event.
  public var isAnonymous: Bool { field & Self.anonymousBit != 0 }
  /// Field names have 24 bits; links without a name stand above, by their target.
  static let anonymousBit: UInt32 = 1 << 31
}

/// Safe: `entries` and `buckets` are mappings of `entryCapacity` and `bucketCapacity` elements that only this table unmaps; every index stored in
/// them was given out by `take` and is below `entryCount`, every bucket is below `bucketCount`. Entry 0 is unused.
@safe public struct LinkTable: ~Copyable {
  private let entries: UnsafeMutablePointer<Link>
  private let entryMapping: SpillMapping
  private let entryCapacity: Int
  private var entryCount = 1
  private var firstFree: UInt32 = 0
  private let buckets: UnsafeMutablePointer<UInt32>
  private let bucketMapping: SpillMapping
  private let bucketCapacity: Int
  private let limit: MemoryLimit?
  private var bucketCount = 1024
  /// Of the hash: odd, at random, so that no trace can be made whose fields all fall into one bucket.
  private let multiplier = UInt64.random(in: .min ... .max) | 1
  public private(set) var count = 0
  /// The system gave too little address space: fields beyond it are not in the table.
  public private(set) var isFull = false
  /// By holder whose items have all moved together (a queue): what is added to an item's index, modulo `indexCount`, to get the one that its
  /// entry's key has. So that taking the first item off costs the same in a long queue as in a short one.
  private var itemBases: [UInt32: UInt32] = [:]
  private static let indexCount = FieldName.payloadMax + 1

  /// Entries that 32 bits can number, and what there is at least.
  static let linksMax = 1 << 32
  static let linksLeast = 1024

  /// Reserves address space for `most` fields, or fewer where the system refuses. Nil when there is none.
  init?(most: Int = LinkTable.linksMax, limit: MemoryLimit? = nil) {
    guard
      let entries = SpillMapping.largest(most, least: Self.linksLeast, stride: MemoryLayout<Link>.stride, limit: limit)
    else { return nil }
    guard
      let buckets = SpillMapping.largest(
        most, least: Self.linksLeast, stride: MemoryLayout<UInt32>.stride, limit: limit)
    else {
      entries.mapping.unmap()
      return nil
    }
    self.limit = limit
    (entryMapping, entryCapacity) = entries
    (bucketMapping, bucketCapacity) = buckets
    unsafe self.entries = entries.mapping.base.bindMemory(to: Link.self, capacity: entries.count)
    unsafe self.buckets = buckets.mapping.base.bindMemory(to: UInt32.self, capacity: buckets.count)
  }

  deinit {
    entryMapping.unmap()
    bucketMapping.unmap()
  }

  private static func key(_ holder: UInt32, _ field: UInt32) -> UInt64 { UInt64(holder) << 32 | UInt64(field) }

  /// The key of the entry for a field as events name it.
  private func key(_ holder: UInt32, _ field: UInt32) -> UInt64 {
    guard Self.isItem(field), !itemBases.isEmpty, let base = itemBases[holder] else { return Self.key(holder, field) }
    return Self.key(holder, (field + base) % Self.indexCount)
  }

  /// The entry with its field as events name it now.
  private func named(_ entry: Link) -> Link {
    guard Self.isItem(entry.field), !itemBases.isEmpty, let base = itemBases[entry.holder] else { return entry }
    var entry = entry
    entry.key = Self.key(entry.holder, (entry.field + Self.indexCount - base) % Self.indexCount)
    return entry
  }

  /// Items are the first kind of fields: their packed name is the index.
  private static func isItem(_ field: UInt32) -> Bool { field < indexCount }

  private func bucket(_ key: UInt64) -> Int {
    // Multiply-shift: the upper bits depend on all of the key's.
    Int(truncatingIfNeeded: (key &* multiplier) >> UInt64(bucketCount.leadingZeroBitCount + 1))
  }

  private func find(_ key: UInt64) -> UInt32 {
    var index = unsafe buckets[bucket(key)]
    while index != 0, unsafe entries[Int(index)].key != key { index = unsafe entries[Int(index)].nextInBucket }
    return index
  }

  /// What the field holds; 0 is nothing.
  public func target(holder: UInt32, field: UInt32) -> UInt32 {
    let index = find(key(holder, field))
    return index == 0 ? 0 : unsafe entries[Int(index)].target
  }

  /// Stores `target` (0: empties the field). `head` is the holder's chain. Returns what the field held before.
  mutating func store(holder: UInt32, field: UInt32, target: UInt32, head: inout UInt32) -> UInt32 {
    let key = key(holder, field)
    let found = find(key)
    if found != 0 {
      let old = unsafe entries[Int(found)].target
      if target == 0 { remove(found, head: &head) } else { unsafe entries[Int(found)].target = target }
      return old
    }
    if target != 0 { insert(key, target, head: &head) }
    return 0
  }

  /// Stores a link whose field has no name: one more, even when the holder has one to `target` already.
  mutating func storeAnonymous(holder: UInt32, target: UInt32, head: inout UInt32) {
    insert(Self.key(holder, Self.anonymousField(target)), target, head: &head)
  }

  /// Forgets one nameless link of the holder to `target`: its field has shown its name by being stored to, or holds it no more. False when
  /// there is none.
  mutating func removeAnonymous(holder: UInt32, target: UInt32, head: inout UInt32) -> Bool {
    let key = Self.key(holder, Self.anonymousField(target))
    var index = unsafe buckets[bucket(key)]
    while index != 0 {
      let entry = unsafe entries[Int(index)]
      if entry.key == key && entry.target == target {
        remove(index, head: &head)
        return true
      }
      index = entry.nextInBucket
    }
    return false
  }

  /// Nameless links are found by what they hold.
  private static func anonymousField(_ target: UInt32) -> UInt32 { Link.anonymousBit | target }

  private mutating func insert(_ key: UInt64, _ target: UInt32, head: inout UInt32) {
    if count >= bucketCount { rehash() }
    guard let index = take() else {
      isFull = true
      return
    }
    let place = bucket(key)
    unsafe entries[Int(index)] = Link(
      key: key, target: target, nextInBucket: buckets[place], nextOfHolder: head, previousOfHolder: 0)
    unsafe buckets[place] = index
    if head != 0 { unsafe entries[Int(head)].previousOfHolder = index }
    head = index
    count += 1
  }

  private mutating func remove(_ index: UInt32, head: inout UInt32) {
    let entry = unsafe entries[Int(index)]
    if entry.previousOfHolder == 0 {
      head = entry.nextOfHolder
    } else {
      unsafe entries[Int(entry.previousOfHolder)].nextOfHolder = entry.nextOfHolder
    }
    if entry.nextOfHolder != 0 { unsafe entries[Int(entry.nextOfHolder)].previousOfHolder = entry.previousOfHolder }
    if head == 0, !itemBases.isEmpty { itemBases[entry.holder] = nil }
    unlink(index, key: entry.key)
  }

  /// Takes the entry out of its bucket and frees it.
  private mutating func unlink(_ index: UInt32, key: UInt64) {
    detach(index, key: key)
    unsafe entries[Int(index)].nextInBucket = firstFree
    unsafe entries[Int(index)].target = 0
    firstFree = index
    count -= 1
  }

  private mutating func detach(_ index: UInt32, key: UInt64) {
    let place = bucket(key)
    let next = unsafe entries[Int(index)].nextInBucket
    if unsafe buckets[place] == index {
      unsafe buckets[place] = next
    } else {
      var before = unsafe buckets[place]
      while unsafe entries[Int(before)].nextInBucket != index { before = unsafe entries[Int(before)].nextInBucket }
      unsafe entries[Int(before)].nextInBucket = next
    }
  }

  /// Drops every field of a holder whose chain starts at `head`; `each` hears what each field held.
  mutating func removeAll(head: inout UInt32, each: (UInt32) -> Void) {
    var index = head
    if index != 0, !itemBases.isEmpty { unsafe itemBases[entries[Int(index)].holder] = nil }
    while index != 0 {
      let entry = unsafe entries[Int(index)]
      each(entry.target)
      unlink(index, key: entry.key)
      index = entry.nextOfHolder
    }
    head = 0
  }

  /// Moves the fields of a holder to its new slot.
  mutating func rename(from head: UInt32, to holder: UInt32) -> UInt32 {
    var moved: [(UInt32, UInt32)] = []
    var index = head
    if index != 0, !itemBases.isEmpty {
      unsafe itemBases[holder] = itemBases.removeValue(forKey: entries[Int(index)].holder)
    }
    while index != 0 {
      let entry = unsafe entries[Int(index)]
      moved.append((entry.field, entry.target))
      unlink(index, key: entry.key)
      index = entry.nextOfHolder
    }
    var newHead: UInt32 = 0
    for (field, target) in moved.reversed() { insert(Self.key(holder, field), target, head: &newHead) }
    return newHead
  }

  /// Calls `body` with each field of the holder whose chain starts at `head`, newest first.
  public func forEachLink(from head: UInt32, _ body: (Link) -> Void) {
    var index = head
    while index != 0 {
      unsafe body(named(entries[Int(index)]))
      index = unsafe entries[Int(index)].nextOfHolder
    }
  }

  /// Calls `body` with every field that holds something.
  public func forEachLink(_ body: (Link) -> Void) {
    for index in 1..<max(1, entryCount) {
      if unsafe entries[index].target != 0 { unsafe body(named(entries[index])) }
      if index & ObjectTable.sweep == 0 { limit?.relieve() }
    }
  }

  private mutating func take() -> UInt32? {
    if firstFree != 0 {
      let index = firstFree
      firstFree = unsafe entries[Int(index)].nextInBucket
      return index
    }
    // N.B. an entry is named by 32 bits.
    guard entryCount < min(entryCapacity, Int(UInt32.max)) else { return nil }
    entryCount += 1
    return UInt32(entryCount - 1)
  }

  private mutating func rehash() {
    guard bucketCount * 2 <= bucketCapacity else { return }
    bucketCount *= 2
    unsafe buckets.update(repeating: 0, count: bucketCount)
    for index in 1..<entryCount where unsafe entries[index].target != 0 {
      let place = unsafe bucket(entries[index].key)
      unsafe entries[index].nextInBucket = buckets[place]
      unsafe buckets[place] = UInt32(index)
    }
  }
}

// Items that get other indices.
extension LinkTable {
  /// Gives the holder's items from `first` on indices that are `change` higher or, when it is negative, lower. `each` hears what is dropped:
  /// what others land on, and what has or gets an index beyond those that names can tell apart.
  mutating func shift(holder: UInt32, first: UInt32, by change: Int64, head: inout UInt32, each: (UInt32) -> Void) {
    let end = Int(Self.indexCount)
    let first = Int(first)
    guard head != 0, change != 0, first < end, change > -Int64(end), change < Int64(end) else { return }
    let change = Int(change)
    // 1. What is dropped.
    if change < 0 {
      drop(holder, max(0, first + change)..<first, &head, each)
      drop(holder, end - 1..<end, &head, each)
    } else {
      drop(holder, max(first, end - 1 - change)..<end, &head, each)
    }
    guard head != 0 else { return }
    // 2. Where all items move, only the base changes.
    if first + min(change, 0) <= 0 {
      let base = Int(itemBases[holder] ?? 0) - change
      itemBases[holder] = UInt32((base + end) % end)
      return
    }
    // 3. Else those that move leave their buckets, in a chain of their own, and enter the buckets of their new keys.
    var moving: UInt32 = 0
    var index = head
    while index != 0 {
      let entry = unsafe entries[Int(index)]
      if Self.isItem(entry.field), named(entry).field >= first {
        detach(index, key: entry.key)
        unsafe entries[Int(index)].key = key(holder, UInt32(Int(named(entry).field) + change))
        unsafe entries[Int(index)].nextInBucket = moving
        moving = index
      }
      index = entry.nextOfHolder
    }
    while moving != 0 {
      let next = unsafe entries[Int(moving)].nextInBucket
      let place = unsafe bucket(entries[Int(moving)].key)
      unsafe entries[Int(moving)].nextInBucket = buckets[place]
      unsafe buckets[place] = moving
      moving = next
    }
  }

  /// Drops the items of some indices: looked up where they are few, else searched for among all fields of the holder.
  private mutating func drop(_ holder: UInt32, _ places: Range<Int>, _ head: inout UInt32, _ each: (UInt32) -> Void) {
    if places.count <= 16 {
      for place in places {
        let found = find(key(holder, UInt32(place)))
        if found != 0 { drop(found, &head, each) }
      }
      return
    }
    var index = head
    while index != 0 {
      let entry = unsafe entries[Int(index)]
      if Self.isItem(entry.field), places.contains(Int(named(entry).field)) { drop(index, &head, each) }
      index = entry.nextOfHolder
    }
  }

  private mutating func drop(_ index: UInt32, _ head: inout UInt32, _ each: (UInt32) -> Void) {
    unsafe each(entries[Int(index)].target)
    remove(index, head: &head)
  }
}
