// memoryview: the slots and methods. One dimension mostly; `cast` makes more of them.
import PythonRuntime

enum MemoryViewMethods {
  static let maximumDimensions = 64

  static func alive(_ t: ThreadState, _ o: Object) -> Bool {
    o.viewLayout.pointee.source != nil
      || t.fail(.ValueError, "operation forbidden on released memoryview object")
  }

  static func shape(_ o: Object) -> [Int] {
    let p = o.viewLayout
    guard let dimensions = p.pointee.dimensions else { return p.pointee.dimensionCount == 0 ? [] : [p.pointee.count] }
    return (0..<Int(p.pointee.dimensionCount)).map { dimensions[$0] }
  }

  static func strides(_ o: Object) -> [Int] {
    let p = o.viewLayout
    guard let dimensions = p.pointee.dimensions else { return p.pointee.dimensionCount == 0 ? [] : [p.pointee.stride] }
    let n = Int(p.pointee.dimensionCount)
    return (0..<n).map { dimensions[n + $0] }
  }

  static func itemCount(_ o: Object) -> Int { shape(o).reduce(1, *) }

  /// The place of each item, in C order (or Fortran's).
  private static func places(_ o: Object, fortran: Bool = false) -> [Int] {
    var result = [0]
    let pairs = Array(zip(shape(o), strides(o)))
    for (count, stride) in fortran ? pairs.reversed() : pairs {
      result = result.flatMap { start in (0..<count).map { start + $0 * stride } }
    }
    return result
  }

  /// The bytes that the view shows, in order.
  static func bytes(_ o: Object, fortran: Bool = false) -> [UInt8] {
    let p = o.viewLayout
    guard p.pointee.source != nil, let base = p.pointee.base else { return [] }
    let size = p.pointee.itemSize
    if isContiguous(o), !fortran || p.pointee.dimensionCount < 2 {
      return Array(UnsafeBufferPointer(start: base, count: itemCount(o) * size))
    }
    var out: [UInt8] = []
    for place in places(o, fortran: fortran) { out += UnsafeBufferPointer(start: base + place, count: size) }
    return out
  }

  static func isContiguous(_ o: Object, fortran: Bool = false) -> Bool {
    var expected = o.viewLayout.pointee.itemSize
    let pairs = Array(zip(shape(o), strides(o)))
    for (count, stride) in fortran ? pairs : pairs.reversed() {
      if count == 0 { return true }
      if count > 1, stride != expected { return false }
      expected *= count
    }
    return true
  }

  // MARK: - Items

  /// The place of the item that `i` names in the first dimension; nil: IndexError is set.
  private static func place(_ t: ThreadState, _ i: Int, _ count: Int, dimension: Int) -> Int? {
    let place = i < 0 ? i &+ count : i
    if place >= 0, place < count { return place }
    t.raise(.IndexError, "index out of bounds on dimension \(dimension)")
    return nil
  }

  /// The address of one item. nil: an exception is set.
  private static func address(_ t: ThreadState, _ o: Object, _ key: Object) -> UnsafeMutablePointer<UInt8>? {
    let p = o.viewLayout
    var indices: [Object] = [key]
    if key.isKind(.tuple) {
      indices = (0..<key.tupleCount).map { key.tupleItems[$0] }
      let n = Int(p.pointee.dimensionCount)
      if indices.count < n {
        t.raise(.NotImplementedError, "sub-views are not implemented")
        return nil
      }
      if indices.count > n {
        t.raise(.TypeError, "cannot index \(n)-dimension view with \(indices.count)-element tuple")
        return nil
      }
    }
    var offset = 0
    let (counts, steps) = (shape(o), strides(o))
    for (k, object) in indices.enumerated() {
      guard let i = indexValue(t, object), let place = place(t, i, counts[k], dimension: k + 1) else { return nil }
      offset += place * steps[k]
    }
    // The index may have run code that released the view.
    guard alive(t, o) else { return nil }
    return p.pointee.base.map { $0 + offset }
  }

  private static func load(_ o: Object, _ at: UnsafeMutablePointer<UInt8>) -> Object {
    ItemFormat.load(UnsafeRawPointer(at), o.viewLayout.pointee.format)
  }

  private static func isIndexTuple(_ key: Object) -> Bool {
    key.isKind(.tuple) && (0..<key.tupleCount).allSatisfy { isIndex(key.tupleItems[$0]) }
  }

  private static func isSliceTuple(_ key: Object) -> Bool {
    key.isKind(.tuple) && key.tupleCount > 0
      && (0..<key.tupleCount).allSatisfy { key.tupleItems[$0].isKind(.slice) }
  }

  private static func getItem(_ t: ThreadState, _ o: Object, _ key: Object) -> Object? {
    guard alive(t, o) else { return nil }
    let p = o.viewLayout
    if p.pointee.dimensionCount == 0 {
      if key.isKind(.tuple), key.tupleCount == 0 { return p.pointee.base.map { load(o, $0) } }
      if key == core.pointee.ellipsis { return o.retained() }
      return t.raise(.TypeError, "invalid indexing of 0-dim memory")
    }
    if isIndex(key) {
      guard p.pointee.dimensionCount == 1 else {
        return t.raise(.NotImplementedError, "multi-dimensional sub-views are not implemented")
      }
      return address(t, o, key).map { load(o, $0) }
    }
    if key.isKind(.slice) {
      // The part is a view of its own before the bounds run any code, which may release this one.
      guard let view = copy(t, o) else { return nil }
      guard let bounds = sliceBounds(t, key) else {
        view.release()
        return nil
      }
      slice(view, adjustSlice(view.viewLayout.pointee.count, bounds))
      return view
    }
    if isIndexTuple(key) { return address(t, o, key).map { load(o, $0) } }
    if isSliceTuple(key) {
      return t.raise(.NotImplementedError, "multi-dimensional slicing is not implemented")
    }
    return t.raise(.TypeError, "memoryview: invalid slice key")
  }

  private static func slice(_ view: Object, _ s: (start: Int, stop: Int, step: Int, count: Int)) {
    let p = view.viewLayout
    p.pointee.base = p.pointee.base.map { $0 + s.start * p.pointee.stride }
    p.pointee.stride *= s.step
    p.pointee.count = s.count
    if let dimensions = p.pointee.dimensions {
      dimensions[0] = s.count
      dimensions[Int(p.pointee.dimensionCount)] = p.pointee.stride
    }
  }

  /// Another view of the same memory.
  static func copy(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.viewLayout
    guard let source = p.pointee.source else { return nil }
    let view = makeMemoryView(
      t, source, base: p.pointee.base, count: p.pointee.count, stride: p.pointee.stride, itemSize: p.pointee.itemSize,
      format: p.pointee.format, readOnly: p.pointee.readOnly)
    view.viewLayout.pointee.isMarked = p.pointee.isMarked
    if p.pointee.dimensionCount != 1 { setDimensions(view, shape(o), strides(o)) }
    return view
  }

  static func setDimensions(_ o: Object, _ shape: [Int], _ strides: [Int]) {
    let p = o.viewLayout
    p.pointee.dimensions?.deallocate()
    p.pointee.dimensions = nil
    p.pointee.dimensionCount = UInt8(shape.count)
    p.pointee.count = shape.first ?? 1
    p.pointee.stride = strides.first ?? p.pointee.itemSize
    guard shape.count > 1 else { return }
    let dimensions = UnsafeMutablePointer<Int>.allocate(capacity: shape.count * 2)
    for (i, value) in (shape + strides).enumerated() { dimensions[i] = value }
    p.pointee.dimensions = dimensions
  }

  private static func setItem(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object?) -> Bool {
    guard alive(t, o) else { return false }
    let p = o.viewLayout
    if p.pointee.readOnly { return t.fail(.TypeError, "cannot modify read-only memory") }
    guard let value else { return t.fail(.TypeError, "cannot delete memory") }
    func store(_ at: UnsafeMutablePointer<UInt8>?) -> Bool {
      // The conversion may run code that releases the view.
      guard let at, let bytes = ItemFormat.bytes(t, value, p.pointee.format), alive(t, o) else { return false }
      for (i, byte) in bytes.enumerated() { at[i] = byte }
      return true
    }
    if p.pointee.dimensionCount == 0 {
      guard key == core.pointee.ellipsis || key.isKind(.tuple) && key.tupleCount == 0 else {
        return t.fail(.TypeError, "invalid indexing of 0-dim memory")
      }
      return store(p.pointee.base)
    }
    if isIndex(key) {
      guard p.pointee.dimensionCount == 1 else {
        return t.fail(.NotImplementedError, "sub-views are not implemented")
      }
      return store(address(t, o, key))
    }
    if key.isKind(.slice), p.pointee.dimensionCount == 1 {
      guard let bounds = sliceBounds(t, key), alive(t, o) else { return false }
      return assign(t, o, adjustSlice(p.pointee.count, bounds), value)
    }
    if isIndexTuple(key) { return store(address(t, o, key)) }
    if key.isKind(.slice) || isSliceTuple(key) {
      return t.fail(
        .NotImplementedError, "memoryview slice assignments are currently restricted to ndim = 1")
    }
    return t.fail(.TypeError, "memoryview: invalid slice key")
  }

  private static func assign(
    _ t: ThreadState, _ o: Object, _ s: (start: Int, stop: Int, step: Int, count: Int), _ value: Object
  ) -> Bool {
    let p = o.viewLayout
    guard let source = value.isKind(.memoryview) ? value.retained() : makeMemoryView(t, of: value) else {
      return t.hasRaised ? false : t.fail(.TypeError, "a bytes-like object is required, not '\(value.typeName)'")
    }
    defer { source.release() }
    guard alive(t, source) else { return false }
    guard shape(source) == [s.count], source.viewLayout.pointee.format == p.pointee.format else {
      return t.fail(.ValueError, "memoryview assignment: lvalue and rvalue have different structures")
    }
    let new = bytes(source)
    guard let base = p.pointee.base else { return true }
    let size = p.pointee.itemSize
    for i in 0..<s.count {
      let at = base + (s.start + i * s.step) * p.pointee.stride
      for k in 0..<size { at[k] = new[i * size + k] }
    }
    return true
  }

  // MARK: - Comparing

  /// A view of all that an object shows. nil without an exception: it is no buffer.
  private static func view(_ t: ThreadState, of o: Object) -> Object? {
    PythonBuffer.isDispatched(o) ? BufferWrapper.view(t, of: o, PythonBuffer.full) : makeMemoryView(t, of: o)
  }

  private static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    guard op == .equal || op == .notEqual else { return notImplemented }
    guard a.viewLayout.pointee.source != nil else { return makeBool((a == b) == (op == .equal)) }
    if b.isKind(.memoryview), b.viewLayout.pointee.source == nil { return makeBool((a == b) == (op == .equal)) }
    guard let other = b.isKind(.memoryview) ? b.retained() : view(t, of: b) else {
      // What fails to show its memory is just not equal, as in CPython.
      t.clearRaised()
      return notImplemented
    }
    defer { other.release() }
    guard let same = isSame(t, a, other) else { return nil }
    return makeBool(same == (op == .equal))
  }

  private static func isSame(_ t: ThreadState, _ a: Object, _ b: Object) -> Bool? {
    guard shape(a) == shape(b) else { return false }
    let (x, y) = (a.viewLayout.pointee.format, b.viewLayout.pointee.format)
    if x == y, x != 100, x != 102, x != 101 { return bytes(a) == bytes(b) }
    guard let first = a.viewLayout.pointee.base, let second = b.viewLayout.pointee.base else { return true }
    for (i, k) in zip(places(a), places(b)) {
      let (left, right) = (load(a, first + i), load(b, second + k))
      let equal = compareBool(t, left, right, .equal)
      // N.B. `compareBool` takes an object as equal to itself, which a NaN is not; these two are always fresh.
      left.release()
      right.release()
      if equal < 0 { return nil }
      if equal == 0 { return false }
    }
    return true
  }

  private static func hash(_ t: ThreadState, _ o: Object) -> Int {
    // What was asked for before the release is remembered.
    if o.viewLayout.pointee.hash != -1 { return o.viewLayout.pointee.hash }
    guard alive(t, o) else { return -1 }
    if !o.viewLayout.pointee.readOnly {
      t.raise(.ValueError, "cannot hash writable memoryview object")
      return -1
    }
    guard ItemFormat.isByte(o.viewLayout.pointee.format) else {
      t.raise(.ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'")
      return -1
    }
    let copy = makeBytes(bytes(o))
    defer { copy.release() }
    o.viewLayout.pointee.hash = bytesHash(copy)
    return o.viewLayout.pointee.hash
  }

  // MARK: - Slots

  static func configure() {
    let p = slots(core.pointee.types.memoryview)
    p.pointee.new = NativeFunction { t, _, arguments in
      guard let a = parseArguments(t, arguments, function: "memoryview", names: ["object"], required: 1), let o = a[0]
      else { return nil }
      if o.isKind(.memoryview) { return alive(t, o) ? copy(t, o) : nil }
      if let view = view(t, of: o) { return view }
      return t.hasRaised
        ? nil : t.raise(.TypeError, "memoryview: a bytes-like object is required, not '\(o.typeName)'")
    }
    p.pointee.repr = UnaryFunction { _, o in
      makeString("<\(o.viewLayout.pointee.source == nil ? "released memory" : "memory") at \(addressText(o))>")
    }
    p.pointee.length = MeasureFunction { t, o in
      guard alive(t, o) else { return -1 }
      if o.viewLayout.pointee.dimensionCount == 0 {
        t.raise(.TypeError, "0-dim memory has no length")
        return -1
      }
      return o.viewLayout.pointee.count
    }
    p.pointee.item = IndexFunction { t, o, i in
      guard alive(t, o) else { return nil }
      let v = o.viewLayout.pointee
      switch v.dimensionCount {
      case 0: return t.raise(.TypeError, "invalid indexing of 0-dim memory")
      case 1: break
      default: return t.raise(.NotImplementedError, "multi-dimensional sub-views are not implemented")
      }
      guard let place = place(t, i, v.count, dimension: 1) else { return nil }
      return v.base.map { load(o, $0 + place * v.stride) }
    }
    p.pointee.getItem = BinaryFunction(getItem)
    p.pointee.setItem = StoreFunction(setItem)
    p.pointee.compare = CompareFunction(compare)
    p.pointee.hash = MeasureFunction(hash)
    p.pointee.iter = UnaryFunction { t, o in
      guard alive(t, o) else { return nil }
      switch o.viewLayout.pointee.dimensionCount {
      case 0: return t.raise(.TypeError, "invalid indexing of 0-dim memory")
      case 1: return makeIterator(core.pointee.types.memoryIterator, o)
      default: return t.raise(.NotImplementedError, "multi-dimensional sub-views are not implemented")
      }
    }
  }
}
