// slice and range in memory, and the arithmetic of slice bounds.
import CRuntimeSupport

public struct SliceLayout {
  public var header: ObjectHeader
  public var start: Object
  public var stop: Object
  public var step: Object
}

/// The four are ints (or what `__index__` gave), owned.
public struct RangeLayout {
  public var header: ObjectHeader
  public var start: Object
  public var stop: Object
  public var step: Object
  public var length: Object
}

/// A slice of borrowed bounds; nil stands for None.
public func makeSlice(_ start: Object?, _ stop: Object?, _ step: Object? = nil) -> Object {
  let object: Object
  if let reused = SliceObject.freeList.take() {
    object = reused
    reuseContainer(object, size: 40)
  } else {
    object = allocateContainer(core.pointee.types.slice, size: 40)
  }
  let p = object.layout(SliceLayout.self)
  p.pointee.start = (start ?? core.pointee.none).retained()
  p.pointee.stop = (stop ?? core.pointee.none).retained()
  p.pointee.step = (step ?? core.pointee.none).retained()
  track(object)
  return object
}

/// The bounds of a slice as machine words, not yet adjusted to a length; nil with an exception set.
public func sliceBounds(_ t: ThreadState, _ slice: Object) -> (start: Int, stop: Int, step: Int)? {
  func word(_ o: Object) -> Int? {
    if o.type == core.pointee.types.int, o.isSmallInt { return o.smallInt }
    if o.isKind(.int) || o.isKind(.bool) { return clampedIntValue(o) }
    guard o.type.pointer.pointee.number.index != nil else {
      t.raise(.TypeError, "slice indices must be integers or None or have an __index__ method")
      return nil
    }
    guard let number = index(t, o) else { return nil }
    defer { number.release() }
    return clampedIntValue(number)
  }
  let p = slice.layout(SliceLayout.self)
  let none = core.pointee.none
  var step = 1
  if p.pointee.step != none {
    guard let value = word(p.pointee.step) else { return nil }
    if value == 0 {
      t.raise(.ValueError, "slice step cannot be zero")
      return nil
    }
    step = max(value, -Int.max)
  }
  var start = step < 0 ? Int.max : 0
  if p.pointee.start != none {
    guard let value = word(p.pointee.start) else { return nil }
    start = value
  }
  var stop = step < 0 ? Int.min : Int.max
  if p.pointee.stop != none {
    guard let value = word(p.pointee.stop) else { return nil }
    stop = value
  }
  return (start, stop, step)
}

/// Adjusts bounds to a sequence of `length` items: returns where the slice begins and how many items it takes.
public func adjustSlice(
  _ length: Int, _ bounds: (start: Int, stop: Int, step: Int)
) -> (start: Int, stop: Int, step: Int, count: Int) {
  var (start, stop, step) = bounds
  if start < 0 {
    start = start < -length ? (step < 0 ? -1 : 0) : start + length
  } else if start >= length {
    start = step < 0 ? length - 1 : length
  }
  if stop < 0 {
    stop = stop < -length ? (step < 0 ? -1 : 0) : stop + length
  } else if stop >= length {
    stop = step < 0 ? length - 1 : length
  }
  var count = 0
  if step < 0 {
    if stop < start { count = (start - stop - 1) / -step + 1 }
  } else if start < stop {
    count = (stop - start - 1) / step + 1
  }
  return (start, stop, step, count)
}

enum SliceObject {
  nonisolated(unsafe) static var freeList = ObjectFreeList()

  static func dealloc(_ o: Object) {
    untrack(o)
    let p = o.layout(SliceLayout.self)
    p.pointee.step.release()
    p.pointee.start.release()
    p.pointee.stop.release()
    if freeList.count == 0 {
      parkContainer(o)
      freeList.put(o)
    } else {
      freeInstance(o)
    }
  }
  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let p = o.layout(SliceLayout.self)
    return visit(p.pointee.start) || visit(p.pointee.stop) || visit(p.pointee.step)
  }
  static func deallocRange(_ o: Object) {
    let p = o.layout(RangeLayout.self)
    p.pointee.start.release()
    p.pointee.stop.release()
    p.pointee.step.release()
    p.pointee.length.release()
    freeInstance(o)
  }
}

/// A range of machine words.
public func makeRange(_ start: Int, _ stop: Int, _ step: Int) -> Object {
  let count: UInt =
    step > 0
    ? (start < stop ? (UInt(bitPattern: stop) &- UInt(bitPattern: start) &- 1) / UInt(step) &+ 1 : 0)
    : (stop < start ? (UInt(bitPattern: start) &- UInt(bitPattern: stop) &- 1) / UInt(bitPattern: 0 &- step) &+ 1 : 0)
  return makeRange(stealing: makeInt(start), makeInt(stop), makeInt(step), length: makeInt(unsigned: UInt64(count)))
}

/// A range of int objects. Steals all four.
public func makeRange(stealing start: Object, _ stop: Object, _ step: Object, length: Object) -> Object {
  let object = allocateObject(core.pointee.types.range, size: 48)
  let p = object.layout(RangeLayout.self)
  p.pointee.start = start
  p.pointee.stop = stop
  p.pointee.step = step
  p.pointee.length = length
  return object
}
