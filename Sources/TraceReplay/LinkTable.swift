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
  /// Whether the field's name is unknown: what a holder held when the recording began (`snapshotEdge`).
  public var isAnonymous: Bool { field & Self.anonymousBit != 0 }
  /// Field names have 24 bits; links without a name are numbered above.
  static let anonymousBit: UInt32 = 1 << 31
}

/// Safe: `entries` and `buckets` are allocations of `entryCapacity` and `bucketCount` that only this table frees; every index stored in
/// them was given out by `take` and is below `entryCount`. Entry 0 is unused.
@safe public struct LinkTable: ~Copyable {
  private var entries: UnsafeMutablePointer<Link>
  private var entryCapacity: Int
  private var entryCount = 1
  private var firstFree: UInt32 = 0
  private var buckets: UnsafeMutablePointer<UInt32>
  private var bucketCount: Int
  public private(set) var count = 0
  private var anonymousCount: UInt32 = 0

  init() {
    entryCapacity = 1024
    bucketCount = 1024
    unsafe entries = .allocate(capacity: entryCapacity)
    unsafe buckets = .allocate(capacity: bucketCount)
    unsafe buckets.initialize(repeating: 0, count: bucketCount)
  }

  deinit {
    unsafe entries.deallocate()
    unsafe buckets.deallocate()
  }

  private static func key(_ holder: UInt32, _ field: UInt32) -> UInt64 { UInt64(holder) << 32 | UInt64(field) }

  private func bucket(_ key: UInt64) -> Int {
    let mixed = key &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (mixed ^ mixed >> 32) & UInt64(bucketCount - 1))
  }

  private func find(_ key: UInt64) -> UInt32 {
    var index = unsafe buckets[bucket(key)]
    while index != 0, unsafe entries[Int(index)].key != key { index = unsafe entries[Int(index)].nextInBucket }
    return index
  }

  /// What the field holds; 0 is nothing.
  public func target(holder: UInt32, field: UInt32) -> UInt32 {
    let index = find(Self.key(holder, field))
    return index == 0 ? 0 : unsafe entries[Int(index)].target
  }

  /// Stores `target` (0: empties the field). `head` is the holder's chain. Returns what the field held before.
  mutating func store(holder: UInt32, field: UInt32, target: UInt32, head: inout UInt32) -> UInt32 {
    let key = Self.key(holder, field)
    let found = find(key)
    if found != 0 {
      let old = unsafe entries[Int(found)].target
      if target == 0 { remove(found, head: &head) } else { unsafe entries[Int(found)].target = target }
      return old
    }
    if target != 0 { insert(key, target, head: &head) }
    return 0
  }

  /// Stores a link whose field has no name.
  mutating func storeAnonymous(holder: UInt32, target: UInt32, head: inout UInt32) {
    anonymousCount = (anonymousCount &+ 1) & (Link.anonymousBit - 1)
    _ = store(holder: holder, field: Link.anonymousBit | anonymousCount, target: target, head: &head)
  }

  /// Forgets one nameless link of the holder to `target`: its field has shown its name by being stored to. False when there is none.
  mutating func removeAnonymous(target: UInt32, head: inout UInt32) -> Bool {
    var index = head
    while index != 0 {
      let entry = unsafe entries[Int(index)]
      if entry.target == target && entry.isAnonymous {
        remove(index, head: &head)
        return true
      }
      index = entry.nextOfHolder
    }
    return false
  }

  private mutating func insert(_ key: UInt64, _ target: UInt32, head: inout UInt32) {
    if count >= bucketCount { rehash() }
    let index = take()
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
    unlink(index, key: entry.key)
  }

  /// Takes the entry out of its bucket and frees it.
  private mutating func unlink(_ index: UInt32, key: UInt64) {
    let place = bucket(key)
    let next = unsafe entries[Int(index)].nextInBucket
    if unsafe buckets[place] == index {
      unsafe buckets[place] = next
    } else {
      var before = unsafe buckets[place]
      while unsafe entries[Int(before)].nextInBucket != index { before = unsafe entries[Int(before)].nextInBucket }
      unsafe entries[Int(before)].nextInBucket = next
    }
    unsafe entries[Int(index)].nextInBucket = firstFree
    unsafe entries[Int(index)].target = 0
    firstFree = index
    count -= 1
  }

  /// Drops every field of a holder whose chain starts at `head`; `each` hears what each field held.
  mutating func removeAll(head: inout UInt32, each: (UInt32) -> Void) {
    var index = head
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
      unsafe body(entries[Int(index)])
      index = unsafe entries[Int(index)].nextOfHolder
    }
  }

  /// Calls `body` with every field that holds something.
  public func forEachLink(_ body: (Link) -> Void) {
    for index in 1..<max(1, entryCount) where unsafe entries[index].target != 0 { unsafe body(entries[index]) }
  }

  private mutating func take() -> UInt32 {
    if firstFree != 0 {
      let index = firstFree
      firstFree = unsafe entries[Int(index)].nextInBucket
      return index
    }
    if entryCount == entryCapacity {
      let larger = UnsafeMutablePointer<Link>.allocate(capacity: entryCapacity * 2)
      unsafe larger.moveInitialize(from: entries, count: entryCount)
      unsafe entries.deallocate()
      unsafe entries = larger
      entryCapacity *= 2
    }
    entryCount += 1
    return UInt32(entryCount - 1)
  }

  private mutating func rehash() {
    unsafe buckets.deallocate()
    bucketCount *= 2
    unsafe buckets = .allocate(capacity: bucketCount)
    unsafe buckets.initialize(repeating: 0, count: bucketCount)
    for index in 1..<entryCount where unsafe entries[index].target != 0 {
      let place = unsafe bucket(entries[index].key)
      unsafe entries[index].nextInBucket = buckets[place]
      unsafe buckets[place] = UInt32(index)
    }
  }
}
