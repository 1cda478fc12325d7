// list in memory, its growth as CPython's, and the operations that the loop and natives use.
import CRuntimeSupport
import Glibc

public struct ListLayout {
  public var header: ObjectHeader
  public var count: Int
  public var items: UnsafeMutablePointer<Object>?
  /// -1 while `sort` has taken the items away.
  public var capacity: Int
}

extension Object {
  @inlinable @inline(__always) public var listLayout: UnsafeMutablePointer<ListLayout> { layout(ListLayout.self) }
  @inlinable @inline(__always) public var listCount: Int { layout(ListLayout.self).pointee.count }
  /// Valid while the count is not zero.
  @inlinable @inline(__always) public var listItems: UnsafeMutablePointer<Object> {
    layout(ListLayout.self).pointee.items.unsafelyUnwrapped
  }
}

/// A tracked list of `count` items, which the caller must set before anything else runs; the room is exact.
public func makeList(count: Int = 0) -> Object {
  let object: Object
  if let reused = ListObject.freeList.take() {
    object = reused
    reuseContainer(object, size: 40, owned: count &* 8)
  } else {
    object = allocateContainer(core.pointee.types.list, size: 40, owned: count &* 8)
  }
  let p = object.listLayout
  p.pointee.count = count
  p.pointee.capacity = count
  p.pointee.items = count == 0 ? nil : ListObject.allocateItems(count)
  track(object)
  return object
}

/// A list of the items. Steals them.
public func makeList(_ items: [Object]) -> Object {
  let list = makeList(count: items.count)
  for i in 0..<items.count {
    list.listItems[i] = items[i]
    storedItem(list, i, nil, items[i])
  }
  return list
}

/// A list of `count` items at `base`. Steals them.
public func makeList(stealing base: UnsafePointer<Object>, count: Int) -> Object {
  let list = makeList(count: count)
  if count > 0 {
    list.listItems.update(from: base, count: count)
    ListObject.filled(list)
  }
  return list
}

/// A list of `count` borrowed items at `base`.
public func makeList(borrowing base: UnsafePointer<Object>, count: Int) -> Object {
  let list = makeList(count: count)
  if count > 0 {
    let items = list.listItems
    for i in 0..<count { items[i] = base[i].retained() }
    ListObject.filled(list)
  }
  return list
}

/// Appends a borrowed item.
@inlinable public func listAppend(_ t: ThreadState, _ list: Object, _ item: Object) {
  listAppend(list, stealing: item.retained())
}

@inlinable @inline(__always) public func listAppend(_ list: Object, stealing item: Object) {
  let p = list.listLayout
  let count = p.pointee.count
  if count >= p.pointee.capacity { listResize(list, count &+ 1) } else { p.pointee.count = count &+ 1 }
  p.pointee.items.unsafelyUnwrapped[count] = item
  storedItem(list, count, nil, item)
}

/// Sets the count, growing or shrinking the room as CPython does. New places hold garbage until set.
public func listResize(_ list: Object, _ newCount: Int) {
  let p = list.listLayout
  let capacity = p.pointee.capacity
  if capacity >= newCount && newCount >= capacity >> 1 {
    p.pointee.count = newCount
    return
  }
  // The growth pattern is 0, 4, 8, 16, 24, 32, 40, 52, 64, 76 ...
  var wanted = (newCount &+ newCount >> 3 &+ 6) & ~3
  if newCount &- p.pointee.count > wanted &- newCount { wanted = (newCount &+ 3) & ~3 }
  if newCount == 0 { wanted = 0 }
  p.pointee.items = ListObject.resizeItems(
    p.pointee.items, from: capacity, to: wanted, keeping: min(newCount, p.pointee.count))
  p.pointee.count = newCount
  p.pointee.capacity = wanted
  Probes.resized(list)
}

/// Inserts a borrowed item before `position`, which is clamped as `list.insert` does.
public func listInsert(_ list: Object, at position: Int, _ item: Object) {
  let count = list.listCount
  var position = position < 0 ? max(position + count, 0) : position
  if position > count { position = count }
  listResize(list, count + 1)
  let items = list.listItems
  memmove(items + position + 1, items + position, (count - position) * 8)
  items[position] = item.retained()
  if position < count { shiftedItems(list, position, 1) }
  storedItem(list, position, nil, item)
}

/// Replaces the items `low..<high` by `count` new ones at `base`, which are retained. Dropped items are released after the list is consistent.
public func listReplace(_ list: Object, _ low: Int, _ high: Int, _ base: UnsafePointer<Object>?, _ count: Int) {
  let old = list.listCount
  let dropped = high - low
  // Few dropped items wait on the C stack.
  withUnsafeTemporaryAllocation(of: Object.self, capacity: max(dropped, 1)) { buffer in
    guard let saved = buffer.baseAddress else { return }
    if dropped > 0 { memcpy(saved, list.listItems + low, dropped * 8) }
    let change = count - dropped
    if change < 0 {
      let items = list.listItems
      memmove(items + high + change, items + high, (old - high) * 8)
      listResize(list, old + change)
    } else if change > 0 {
      listResize(list, old + change)
      let items = list.listItems
      memmove(items + high + change, items + high, (old - high) * 8)
    }
    if count > 0, let base {
      let items = list.listItems
      for i in 0..<count { items[low + i] = base[i].retained() }
    }
    if exuvia_level() >= probeLevelLinks { recordReplacement(list, low, high, of: old, saved, base, count) }
    var i = dropped
    while i > 0 {
      i -= 1
      saved[i].release()
    }
  }
}

/// Tells what `listReplace` did to a list of `old` items, in an order in which nothing is lost: what stays in place, what goes, the shift, what is new.
@inline(never) private func recordReplacement(
  _ list: Object, _ low: Int, _ high: Int, of old: Int, _ saved: UnsafePointer<Object>, _ base: UnsafePointer<Object>?,
  _ count: Int
) {
  let dropped = high - low
  for i in 0..<min(count, dropped) { storeProbe(list, low + i, saved[i], base?[i]) }
  for i in min(count, dropped)..<dropped { storeProbe(list, low + i, saved[i], nil) }
  if count != dropped && high < old { shiftedItems(list, high, count - dropped) }
  for i in min(count, dropped)..<count { storeProbe(list, low + i, nil, base?[i]) }
}

/// Empties a list; the items are released from the last to the first.
public func listClear(_ list: Object) {
  let p = list.listLayout
  guard let items = p.pointee.items else { return }
  let count = p.pointee.count
  let capacity = p.pointee.capacity
  p.pointee.count = 0
  p.pointee.items = nil
  p.pointee.capacity = 0
  Probes.resized(list)
  // All is told before the first item goes: its finalizer may fill the list again.
  if exuvia_level() >= probeLevelLinks {
    for i in (0..<count).reversed() { storeProbe(list, i, items[i], nil) }
  }
  var i = count
  while i > 0 {
    i &-= 1
    items[i].release()
  }
  ListObject.freeItems(items, capacity)
}

/// The list as a tuple of its items.
public func listToTuple(_ list: Object) -> Object {
  list.listCount == 0 ? core.pointee.emptyTuple : makeTuple(borrowing: list.listItems, count: list.listCount)
}

enum ListObject {
  static let cachedCountMax = 80
  /// More items than this are no list that memory could hold.
  static let maximumRoom = 1 << 40
  nonisolated(unsafe) static var freeList = ObjectFreeList()

  @inline(__always) static func allocateItems(_ count: Int) -> UnsafeMutablePointer<Object> {
    Heap.allocate(count &* 8).assumingMemoryBound(to: Object.self)
  }
  @inline(__always) static func freeItems(_ items: UnsafeMutablePointer<Object>, _ capacity: Int) {
    Heap.free(UnsafeMutableRawPointer(items), size: capacity &* 8)
  }
  static func resizeItems(
    _ items: UnsafeMutablePointer<Object>?, from: Int, to: Int, keeping: Int
  ) -> UnsafeMutablePointer<Object>? {
    guard let items, from > 0 else { return to == 0 ? nil : allocateItems(to) }
    if to == 0 {
      freeItems(items, from)
      return nil
    }
    return Heap.resize(UnsafeMutableRawPointer(items), from: from &* 8, to: to &* 8, keeping: keeping &* 8)
      .assumingMemoryBound(to: Object.self)
  }

  static func filled(_ list: Object) {
    guard exuvia_level() >= probeLevelLinks else { return }
    recordFill(list, list.listItems, list.listCount)
  }

  static func dealloc(_ o: Object) {
    untrack(o)
    let p = o.listLayout
    if let items = p.pointee.items {
      var i = p.pointee.count
      while i > 0 {
        i &-= 1
        items[i].release()
      }
      freeItems(items, p.pointee.capacity)
    }
    if freeList.count < cachedCountMax && o.type == core.pointee.types.list {
      parkContainer(o)
      freeList.put(o)
    } else {
      freeInstance(o)
    }
  }

  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    guard let items = o.listLayout.pointee.items else { return false }
    var i = o.listCount
    while i > 0 {
      i &-= 1
      if visit(items[i]) { return true }
    }
    return false
  }
  static func clear(_ o: Object) { listClear(o) }
}
