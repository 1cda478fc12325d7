// The slots of `array.array`: making, comparing, items and slices, concatenation.
import PythonRuntime
import PythonTypes

enum ArraySlots {
  static func configure(_ p: UnsafeMutablePointer<TypeLayout>) {
    p.pointee.weakrefOffset = MemoryLayout<ArrayLayout>.offset(of: \.weakrefs) ?? 0
    p.pointee.dealloc = ObjectAction { o in
      clearWeakrefs(o)
      o.array.pointee.data?.deallocate()
      freeInstance(o)
    }
    p.pointee.new = NativeFunction(new)
    p.pointee.buffer = BufferFunction { _, o, change in
      o.array.pointee.exports += change
      return BufferView(
        o.array.pointee.data, count: o.array.pointee.count, itemSize: o.arrayItem.size, format: o.array.pointee.code,
        readOnly: false)
    }
    p.pointee.repr = UnaryFunction(repr)
    p.pointee.compare = CompareFunction(compare)
    p.pointee.iter = UnaryFunction { _, o in ArrayObject.iterator(o) }
    p.pointee.length = MeasureFunction { _, o in o.array.pointee.count }
    p.pointee.item = IndexFunction { t, o, i in
      guard i >= 0, i < o.array.pointee.count else { return t.raise(.IndexError, "array index out of range") }
      return ArrayObject.item(o, i)
    }
    p.pointee.getItem = BinaryFunction(getItem)
    p.pointee.setItem = StoreFunction(setItem)
    p.pointee.contains = ContainsFunction { t, o, item in
      ArrayObject.find(t, o, item).map { $0 >= 0 ? 1 : 0 } ?? -1
    }
    p.pointee.concatenate = BinaryFunction { t, a, b in
      guard ArrayObject.isArray(b) else {
        return t.raise(.TypeError, "can only append array (not \"\(typeName(b))\") to array")
      }
      guard a.array.pointee.code == b.array.pointee.code else {
        return t.raise(.TypeError, "bad argument type for built-in operation")
      }
      return ArrayObject.make(a.array.pointee.code, ArrayObject.bytes(a) + ArrayObject.bytes(b))
    }
    p.pointee.inPlaceConcatenate = BinaryFunction { t, a, b in
      guard ArrayObject.isArray(b) else {
        return t.raise(.TypeError, "can only extend array with array (not \"\(typeName(b))\")")
      }
      return ArrayObject.extend(t, a, b) ? a.retained() : nil
    }
    p.pointee.repeated = IndexFunction { t, o, n in
      guard let bytes = repeated(t, o, n) else { return nil }
      return ArrayObject.make(o.array.pointee.code, bytes)
    }
    p.pointee.inPlaceRepeated = IndexFunction { t, o, n in
      guard let bytes = repeated(t, o, n), o.array.pointee.count == 0 || n == 1 || ArrayObject.canResize(t, o) else {
        return nil
      }
      ArrayObject.replace(o, 0, o.array.pointee.count, bytes)
      return o.retained()
    }
  }

  private static func repeated(_ t: ThreadState, _ o: Object, _ n: Int) -> [UInt8]? {
    let bytes = ArrayObject.bytes(o)
    let (total, overflow) = bytes.count.multipliedReportingOverflow(by: max(n, 0))
    guard !overflow, total < 1 << 40 else {
      t.raise(.MemoryError)
      return nil
    }
    var out: [UInt8] = []
    out.reserveCapacity(total)
    for _ in 0..<max(n, 0) { out += bytes }
    return out
  }

  /// `array(typecode[, initializer])`.
  private static func new(_ t: ThreadState, _ cls: Object, _ a: Arguments) -> Object? {
    if let names = a.keywordNames, names.tupleCount > 0, cls == ArrayObject.type.object {
      return t.raise(.TypeError, "array.array() takes no keyword arguments")
    }
    guard a.count >= 1, a.count <= 2 else {
      return t.raise(
        .TypeError,
        "array() takes at \(a.count < 1 ? "least 1" : "most 2") argument\(a.count < 1 ? "" : "s") (\(a.count) given)")
    }
    guard a[0].isKind(.str), a[0].strLength == 1 else {
      return t.raise(.TypeError, "array() argument 1 must be a unicode character, not \(argumentTypeName(a[0]))")
    }
    guard let item = ArrayItem.find(a[0].codePoint(0)) else {
      return t.raise(.ValueError, "bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)")
    }
    let source = a.optional(1)
    if let source, source.isKind(.str), !item.isText {
      return t.raise(.TypeError, "cannot use a str to initialize an array with typecode '\(item.letter)'")
    }
    if let source, ArrayObject.isArray(source), source.arrayItem.isText != item.isText {
      return t.raise(
        .TypeError, "cannot use a unicode array to initialize an array with typecode '\(item.letter)'")
    }
    let o = ArrayObject.make(item.code, type: TypeObject(unchecked: cls))
    guard let source else { return o }
    let done: Bool
    if source.isKind(.bytes) || source.isKind(.bytearray) {
      done = addBytes(t, o, Array(source.byteView))
    } else if ArrayObject.isArray(source), source.array.pointee.code != item.code {
      done = forEach(t, source) { value in
        guard let bytes = item.bytes(t, value) else { return false }
        ArrayObject.replace(o, o.array.pointee.count, o.array.pointee.count, bytes)
        return true
      }
    } else {
      done = ArrayObject.extend(t, o, source)
    }
    guard done else {
      o.release()
      return nil
    }
    // What has a length is made room for exactly.
    if source.isKind(.list) || source.isKind(.tuple) || source.isKind(.str)
      || ArrayObject.isArray(source)
    {
      o.array.pointee.allocated = o.array.pointee.count
    }
    return o
  }

  static func addBytes(_ t: ThreadState, _ o: Object, _ bytes: [UInt8]) -> Bool {
    guard bytes.count % o.arrayItem.size == 0 else {
      return t.fail(.ValueError, "bytes length not a multiple of item size")
    }
    guard bytes.isEmpty || ArrayObject.canResize(t, o) else { return false }
    ArrayObject.replace(o, o.array.pointee.count, o.array.pointee.count, bytes)
    return true
  }

  private static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    let item = o.arrayItem
    guard o.array.pointee.count > 0 else { return makeString("\(o.type.nameText)('\(item.letter)')") }
    guard let content = callMethod(t, o, item.isText ? "tounicode" : "tolist") else { return nil }
    defer { content.release() }
    return reprString(t, content).map { makeString("\(o.type.nameText)('\(item.letter)', \($0))") }
  }

  private static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard ArrayObject.isArray(a), ArrayObject.isArray(b) else { return core.pointee.notImplemented }
    guard let x = makeList(t, from: a) else { return nil }
    defer { x.release() }
    guard let y = makeList(t, from: b) else { return nil }
    defer { y.release() }
    return richCompare(t, x, y, op)
  }

  private static func place(_ t: ThreadState, _ o: Object, _ key: Object, _ message: String) -> Int? {
    guard var i = indexValue(t, key) else { return nil }
    if i < 0 { i += o.array.pointee.count }
    if i >= 0, i < o.array.pointee.count { return i }
    t.raise(.IndexError, message)
    return nil
  }

  private static func getItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    if isIndex(key) { return place(t, o, key, "array index out of range").flatMap { ArrayObject.item(o, $0) } }
    guard key.isKind(.slice) else { return t.raise(.TypeError, "array indices must be integers") }
    guard let bounds = sliceBounds(t, key) else { return nil }
    let s = adjustSlice(o.array.pointee.count, bounds)
    var bytes: [UInt8] = []
    for k in 0..<s.count { bytes += ArrayObject.bytes(o, s.start + k * s.step, s.start + k * s.step + 1) }
    return ArrayObject.make(o.array.pointee.code, bytes)
  }

  private static func setItem(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object?) -> Bool {
    if isIndex(key) {
      guard let i = place(t, o, key, "array assignment index out of range") else { return false }
      guard let value else {
        guard ArrayObject.canResize(t, o) else { return false }
        ArrayObject.replace(o, i, i + 1, [])
        return true
      }
      guard let bytes = o.arrayItem.bytes(t, value) else { return false }
      // The conversion may have run code that shortened the array.
      guard i < o.array.pointee.count else { return t.fail(.IndexError, "array assignment index out of range") }
      ArrayObject.replace(o, i, i + 1, bytes)
      return true
    }
    guard key.isKind(.slice) else { return t.fail(.TypeError, "array indices must be integers") }
    guard let bounds = sliceBounds(t, key) else { return false }
    let s = adjustSlice(o.array.pointee.count, bounds)
    var new: [UInt8] = []
    if let value {
      guard ArrayObject.isArray(value) else {
        return t.fail(.TypeError, "can only assign array (not \"\(typeName(value))\") to array slice")
      }
      guard value.array.pointee.code == o.array.pointee.code else {
        return t.fail(.TypeError, "bad argument type for built-in operation")
      }
      new = ArrayObject.bytes(value)
    }
    return store(t, o, s, new, isDeletion: value == nil)
  }

  private static func store(
    _ t: ThreadState, _ o: Object, _ s: (start: Int, stop: Int, step: Int, count: Int), _ new: [UInt8], isDeletion: Bool
  ) -> Bool {
    let size = o.arrayItem.size
    guard new.count == s.count * size && !isDeletion || s.count == 0 && new.isEmpty || ArrayObject.canResize(t, o)
    else {
      return false
    }
    if s.step == 1 {
      ArrayObject.replace(o, s.start, s.start + s.count, new)
      return true
    }
    if isDeletion {
      let places = (0..<s.count).map { s.start + $0 * s.step }.sorted(by: >)
      let (before, allocated) = (o.array.pointee.count, o.array.pointee.allocated)
      for i in places { ArrayObject.replace(o, i, i + 1, []) }
      o.array.pointee.allocated = allocated
      if s.count > 0 { ArrayObject.resized(o, from: before) }
      return true
    }
    guard new.count == s.count * size else {
      return t.fail(
        .ValueError, "attempt to assign array of size \(new.count / size) to extended slice of size \(s.count)")
    }
    for k in 0..<s.count {
      let i = s.start + k * s.step
      ArrayObject.replace(o, i, i + 1, Array(new[(k * size)..<((k + 1) * size)]))
    }
    return true
  }
}
