// `_heapq`: binary heaps in lists. The order of comparisons is CPython's.
import PythonRuntime

public enum HeapqModule {
  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_heapq")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("heappush", .positional(2, 2)) { t, _, a in
          guard let heap = list(t, a[0]) else { return nil }
          listAppend(t, heap, a[1])
          return siftDown(t, heap, 0, heap.listCount - 1, max: false) ? core.pointee.none : nil
        },
        NativeMethod("heappop", .oneArgument) { t, _, a in list(t, a[0]).flatMap { pop(t, $0, max: false) } },
        NativeMethod("heapreplace", .positional(2, 2)) { t, _, a in
          list(t, a[0]).flatMap { replace(t, $0, a[1], max: false) }
        },
        NativeMethod("heappushpop", .positional(2, 2)) { t, _, a in list(t, a[0]).flatMap { pushPop(t, $0, a[1]) } },
        NativeMethod("heapify", .oneArgument) { t, _, a in
          list(t, a[0]).flatMap { heapify(t, $0, max: false) ? core.pointee.none : nil }
        },
        NativeMethod("_heappop_max", .oneArgument) { t, _, a in list(t, a[0]).flatMap { pop(t, $0, max: true) } },
        NativeMethod("_heapreplace_max", .positional(2, 2)) { t, _, a in
          list(t, a[0]).flatMap { replace(t, $0, a[1], max: true) }
        },
        NativeMethod("_heapify_max", .oneArgument) { t, _, a in
          list(t, a[0]).flatMap { heapify(t, $0, max: true) ? core.pointee.none : nil }
        },
      ])
    return module
  }

  private static func list(_ t: ThreadState, _ o: Object) -> Object? {
    o.isKind(.list) ? o : t.raise(.TypeError, "heap argument must be a list, not \(typeName(o))")
  }

  /// 1 when `a` belongs above `b`; -1: an exception is set. Both are kept alive over the comparison.
  private static func isAbove(_ t: ThreadState, _ a: Object, _ b: Object, max: Bool) -> Int {
    a.retain()
    b.retain()
    defer {
      a.release()
      b.release()
    }
    return max ? compareBool(t, b, a, .less) : compareBool(t, a, b, .less)
  }

  private static func exchange(_ heap: Object, _ i: Int, _ j: Int) {
    let items = heap.listItems
    let (x, y) = (items[i], items[j])
    items[i] = y
    items[j] = x
    storedItem(heap, i, x, y)
    storedItem(heap, j, y, x)
  }

  /// Moves the item at `position` towards `start` until its parent is above it.
  private static func siftDown(_ t: ThreadState, _ heap: Object, _ start: Int, _ position: Int, max: Bool) -> Bool {
    let size = heap.listCount
    guard position < size else {
      t.raise(.IndexError, "index out of range")
      return false
    }
    var place = position
    while place > start {
      let parent = (place - 1) >> 1
      let order = isAbove(t, heap.listItems[place], heap.listItems[parent], max: max)
      if order < 0 { return false }
      guard heap.listCount == size else { return changed(t) }
      if order == 0 { break }
      exchange(heap, place, parent)
      place = parent
    }
    return true
  }

  /// Moves the item at `position` down to a leaf, along the smaller children, then up to its place.
  private static func siftUp(_ t: ThreadState, _ heap: Object, _ position: Int, max: Bool) -> Bool {
    let size = heap.listCount
    guard position < size else {
      t.raise(.IndexError, "index out of range")
      return false
    }
    var place = position
    let limit = size >> 1
    while place < limit {
      var child = 2 * place + 1
      if child + 1 < size {
        let order = isAbove(t, heap.listItems[child], heap.listItems[child + 1], max: max)
        if order < 0 { return false }
        guard heap.listCount == size else { return changed(t) }
        if order == 0 { child += 1 }
      }
      exchange(heap, child, place)
      place = child
    }
    return siftDown(t, heap, position, place, max: max)
  }

  private static func changed(_ t: ThreadState) -> Bool {
    t.raise(.RuntimeError, "list changed size during iteration")
    return false
  }

  private static func pop(_ t: ThreadState, _ heap: Object, max: Bool) -> Object? {
    let n = heap.listCount
    guard n > 0 else { return t.raise(.IndexError, "index out of range") }
    let last = heap.listItems[n - 1].retained()
    listReplace(heap, n - 1, n, nil, 0)
    if n == 1 { return last }
    return swapTop(t, heap, last, max: max)
  }

  /// Puts an item at the top, whose reference it takes, and gives back the one that was there.
  private static func swapTop(_ t: ThreadState, _ heap: Object, _ item: Object, max: Bool) -> Object? {
    let top = heap.listItems[0]
    heap.listItems[0] = item
    storedItem(heap, 0, top, item)
    guard siftUp(t, heap, 0, max: max) else {
      top.release()
      return nil
    }
    return top
  }

  private static func replace(_ t: ThreadState, _ heap: Object, _ item: Object, max: Bool) -> Object? {
    guard heap.listCount > 0 else { return t.raise(.IndexError, "index out of range") }
    return swapTop(t, heap, item.retained(), max: max)
  }

  private static func pushPop(_ t: ThreadState, _ heap: Object, _ item: Object) -> Object? {
    guard heap.listCount > 0 else { return item.retained() }
    let order = isAbove(t, heap.listItems[0], item, max: false)
    if order < 0 { return nil }
    if order == 0 { return item.retained() }
    guard heap.listCount > 0 else { return t.raise(.IndexError, "index out of range") }
    return swapTop(t, heap, item.retained(), max: false)
  }

  private static func heapify(_ t: ThreadState, _ heap: Object, max: Bool) -> Bool {
    for i in stride(from: heap.listCount / 2 - 1, through: 0, by: -1) {
      guard siftUp(t, heap, i, max: max) else { return false }
    }
    return true
  }
}
