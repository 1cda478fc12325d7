// `array.array` in memory: numbers of one size, one after the other in a buffer that grows.
import PythonRuntime
import PythonTypes

struct ArrayLayout {
  var header: ObjectHeader
  var data: UnsafeMutableRawPointer?
  /// Items, and the bytes of the buffer.
  var count: Int
  var capacity: Int
  var code: UInt8
  var weakrefs: Object?
  /// Live views: the items may not move while there are any.
  var exports: Int
  /// How many items CPython would have room for: for `__sizeof__`.
  var allocated: Int
}

struct ArrayIteratorLayout {
  var header: ObjectHeader
  var array: Object?
  var index: Int
}

extension Object {
  @inline(__always) var array: UnsafeMutablePointer<ArrayLayout> { layout() }
  var arrayItem: ArrayItem { ArrayItem.find(UInt32(array.pointee.code)) ?? ArrayItem(code: 98, size: 1) }
}

enum ArrayObject {
  static let type: TypeObject = makeBuiltinType(
    name: "array", module: "array", layoutSize: MemoryLayout<ArrayLayout>.size, flags: [.baseType, .sequence],
    configure: ArraySlots.configure)

  static let iteratorType: TypeObject = makeBuiltinType(
    name: "arrayiterator", module: "array", layoutSize: MemoryLayout<ArrayIteratorLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(ArrayIteratorLayout.self).pointee.array)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(ArrayIteratorLayout.self).pointee.array) }
    p.pointee.iter = UnaryFunction { _, o in o.retained() }
    p.pointee.next = UnaryFunction { _, o in
      let p = o.layout(ArrayIteratorLayout.self)
      guard let array = p.pointee.array else { return nil }
      if p.pointee.index < array.array.pointee.count {
        p.pointee.index += 1
        return item(array, p.pointee.index - 1)
      }
      storedField(o, array, nil)
      p.pointee.array = nil
      array.release()
      return nil
    }
  }

  static func isArray(_ o: Object) -> Bool { isSubtype(o.type, type) }

  static func make(_ code: UInt8, _ bytes: [UInt8] = [], type: TypeObject = type) -> Object {
    let o = allocateZeroed(type)
    o.array.pointee.code = code
    replace(o, 0, 0, bytes)
    o.array.pointee.allocated = o.array.pointee.count
    return o
  }

  static func iterator(_ o: Object) -> Object {
    let i = allocateZeroed(iteratorType)
    i.layout(ArrayIteratorLayout.self).pointee.array = o.retained()
    trackFresh(i)
    return i
  }

  static func item(_ o: Object, _ i: Int) -> Object? {
    let item = o.arrayItem
    return o.array.pointee.data.map { item.load(UnsafeRawPointer($0 + i * item.size)) }
  }

  /// The bytes of the items from `start` to `end`.
  static func bytes(_ o: Object, _ start: Int = 0, _ end: Int? = nil) -> [UInt8] {
    let size = o.arrayItem.size
    let end = end ?? o.array.pointee.count
    guard let data = o.array.pointee.data, end > start else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: data + start * size, count: (end - start) * size))
  }

  /// False: the array has views, BufferError is set.
  static func canResize(_ t: ThreadState, _ o: Object) -> Bool {
    o.array.pointee.exports == 0 || t.fail(.BufferError, "cannot resize an array that is exporting buffers")
  }

  /// Puts whole items, given as bytes, in the place of the items from `start` to `end`.
  static func replace(_ o: Object, _ start: Int, _ end: Int, _ new: [UInt8]) {
    let p = o.array
    let size = o.arrayItem.size
    let count = p.pointee.count - (end - start) + new.count / size
    if count * size > p.pointee.capacity {
      let capacity = max(count * size, p.pointee.capacity * 9 / 8 + 16)
      let fresh = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
      if let data = p.pointee.data {
        fresh.copyMemory(from: data, byteCount: p.pointee.count * size)
        data.deallocate()
      }
      p.pointee.data = fresh
      p.pointee.capacity = capacity
    }
    if let data = p.pointee.data {
      let tail = (p.pointee.count - end) * size
      // The areas may overlap; `copyMemory` of Swift allows it.
      if tail > 0 { (data + start * size + new.count).copyMemory(from: data + end * size, byteCount: tail) }
      new.withUnsafeBytes {
        if let from = $0.baseAddress { (data + start * size).copyMemory(from: from, byteCount: new.count) }
      }
    }
    let before = p.pointee.count
    p.pointee.count = count
    if count != before { resized(o, from: before) }
  }

  /// The number of items has changed by one step of CPython's.
  static func resized(_ o: Object, from before: Int) {
    let p = o.array
    let count = p.pointee.count
    if p.pointee.allocated >= count, before < count + 16, p.pointee.allocated > 0 { return }
    p.pointee.allocated = count == 0 ? 0 : (count >> 4) + (before < 8 ? 3 : 7) + count
  }

  /// Appends all items of an array of the same type, or of any iterable.
  static func extend(_ t: ThreadState, _ o: Object, _ source: Object) -> Bool {
    if isArray(source) {
      guard source.array.pointee.code == o.array.pointee.code else {
        return t.fail(.TypeError, "can only extend with array of same kind")
      }
      guard source.array.pointee.count == 0 || canResize(t, o) else { return false }
      replace(o, o.array.pointee.count, o.array.pointee.count, bytes(source))
      return true
    }
    return forEach(t, source) { item in
      guard let bytes = o.arrayItem.bytes(t, item), canResize(t, o) else { return false }
      replace(o, o.array.pointee.count, o.array.pointee.count, bytes)
      return true
    }
  }

  /// The index of an equal item, -1: absent; nil: an exception is set.
  static func find(_ t: ThreadState, _ o: Object, _ wanted: Object, from start: Int = 0, to end: Int = Int.max) -> Int?
  {
    var i = start
    while i < min(o.array.pointee.count, end) {
      guard let candidate = item(o, i) else { return nil }
      let equal = compareBool(t, candidate, wanted, .equal)
      candidate.release()
      if equal < 0 { return nil }
      if equal > 0 { return i }
      i += 1
    }
    return -1
  }
}
