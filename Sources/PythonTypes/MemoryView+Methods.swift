// memoryview: one dimension over bytes or bytearray, with the formats of the struct module's single letters.
import PythonRuntime

enum MemoryViewMethods {
  /// The bytes that the view shows, in order.
  static func bytes(_ o: Object) -> [UInt8] {
    let p = o.viewLayout
    guard let source = p.pointee.source else { return [] }
    let all = source.byteView
    var out: [UInt8] = []
    for i in 0..<p.pointee.count {
      let at = p.pointee.start + i * p.pointee.stride
      out += all[at..<(at + p.pointee.itemSize)]
    }
    return out
  }

  private static func alive(_ t: ThreadState, _ o: Object) -> Bool {
    o.viewLayout.pointee.source != nil
      || t.fail(.ValueError, "operation forbidden on released memoryview object")
  }

  static func itemSize(_ format: UInt8) -> Int? {
    switch format {
    case 66, 98, 99, 63: 1
    case 72, 104: 2
    case 73, 105, 102: 4
    case 76, 108, 81, 113, 78, 110, 100: 8
    default: nil
    }
  }

  /// The item at a place as an object.
  private static func item(_ o: Object, _ i: Int) -> Object? {
    let p = o.viewLayout
    guard let source = p.pointee.source, let base = source.byteView.baseAddress else { return nil }
    let at = UnsafeRawPointer(base + p.pointee.start + i * p.pointee.stride)
    switch p.pointee.format {
    case 98: return makeInt(Int(at.loadUnaligned(as: Int8.self)))
    case 99: return makeBytes([at.loadUnaligned(as: UInt8.self)])
    case 63: return makeBool(at.loadUnaligned(as: UInt8.self) != 0)
    case 72: return makeInt(Int(at.loadUnaligned(as: UInt16.self)))
    case 104: return makeInt(Int(at.loadUnaligned(as: Int16.self)))
    case 73: return makeInt(Int(at.loadUnaligned(as: UInt32.self)))
    case 105: return makeInt(Int(at.loadUnaligned(as: Int32.self)))
    case 76, 81, 78: return makeInt(unsigned: at.loadUnaligned(as: UInt64.self))
    case 108, 113, 110: return makeInt(at.loadUnaligned(as: Int.self))
    case 102: return makeFloat(Double(at.loadUnaligned(as: Float.self)))
    case 100: return makeFloat(at.loadUnaligned(as: Double.self))
    default: return makeInt(Int(at.loadUnaligned(as: UInt8.self)))
    }
  }

  private static func store(_ t: ThreadState, _ o: Object, _ i: Int, _ value: Object) -> Bool {
    let p = o.viewLayout
    guard let source = p.pointee.source, let data = source.byteArrayLayout.pointee.data else { return false }
    let at = UnsafeMutableRawPointer(data + p.pointee.start + i * p.pointee.stride)
    let letter = String(Unicode.Scalar(p.pointee.format))
    func invalid() -> Bool { t.fail(.TypeError, "memoryview: invalid type for format '\(letter)'") }
    if p.pointee.format == 102 || p.pointee.format == 100 {
      guard let x = floatValue(t, value) else { return false }
      if p.pointee.format == 100 {
        at.storeBytes(of: x, as: Double.self)
      } else {
        at.storeBytes(of: Float(x), as: Float.self)
      }
      return true
    }
    if p.pointee.format == 99 {
      guard let bytes = ByteSource.view(value), bytes.count == 1 else { return invalid() }
      at.storeBytes(of: bytes[0], as: UInt8.self)
      return true
    }
    guard isIndex(value) else { return invalid() }
    guard let number = index(t, value) else { return false }
    defer { number.release() }
    guard let x = number.wordValue else {
      return t.fail(.ValueError, "memoryview: invalid value for format '\(letter)'")
    }
    let bits = p.pointee.itemSize * 8
    let signed = [98, 104, 105, 108, 113, 110].contains(p.pointee.format)
    let low = signed ? -(1 << (bits - 1)) : 0
    let high = bits == 64 ? Int.max : signed ? 1 << (bits - 1) - 1 : 1 << bits - 1
    guard x >= low, x <= high else { return t.fail(.ValueError, "memoryview: invalid value for format '\(letter)'") }
    withUnsafeBytes(of: x) {
      at.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(at), byteCount: p.pointee.itemSize)
    }
    return true
  }

  static func configure() {
    let p = slots(core.pointee.types.memoryview)
    p.pointee.new = NativeFunction { t, _, arguments in
      guard let a = parseArguments(t, arguments, function: "memoryview", names: ["object"], required: 1), let o = a[0]
      else { return nil }
      if o.isKind(.memoryview) {
        guard alive(t, o), let source = o.viewLayout.pointee.source else { return nil }
        let v = o.viewLayout.pointee
        return makeMemoryView(
          source, start: v.start, count: v.count, stride: v.stride, itemSize: v.itemSize, format: v.format,
          readOnly: v.readOnly)
      }
      guard o.isKind(.bytes) || o.isKind(.bytearray) else {
        return t.raise(.TypeError, "memoryview: a bytes-like object is required, not '\(o.typeName)'")
      }
      return makeMemoryView(o, start: 0, count: o.byteView.count, readOnly: o.isKind(.bytes))
    }
    p.pointee.repr = UnaryFunction { _, o in
      makeString("<\(o.viewLayout.pointee.source == nil ? "released memory" : "memory") at \(addressText(o))>")
    }
    p.pointee.length = MeasureFunction { t, o in alive(t, o) ? o.viewLayout.pointee.count : -1 }
    p.pointee.item = IndexFunction { t, o, i in
      guard alive(t, o) else { return nil }
      guard i >= 0, i < o.viewLayout.pointee.count else {
        return t.raise(.IndexError, "index out of bounds on dimension 1")
      }
      return item(o, i)
    }
    p.pointee.getItem = BinaryFunction { t, o, key in
      guard alive(t, o), let source = o.viewLayout.pointee.source else { return nil }
      let v = o.viewLayout.pointee
      if isIndex(key) {
        guard var i = indexValue(t, key) else { return nil }
        if i < 0 { i += v.count }
        guard i >= 0, i < v.count else { return t.raise(.IndexError, "index out of bounds on dimension 1") }
        return item(o, i)
      }
      guard key.isKind(.slice) else { return t.raise(.TypeError, "memoryview: invalid slice key") }
      guard let bounds = sliceBounds(t, key) else { return nil }
      let s = adjustSlice(v.count, bounds)
      return makeMemoryView(
        source, start: v.start + s.start * v.stride, count: s.count, stride: v.stride * s.step, itemSize: v.itemSize,
        format: v.format, readOnly: v.readOnly)
    }
    p.pointee.setItem = StoreFunction { t, o, key, value in
      guard alive(t, o) else { return false }
      let v = o.viewLayout.pointee
      if v.readOnly { return t.fail(.TypeError, "cannot modify read-only memory") }
      guard let value else { return t.fail(.TypeError, "cannot delete memory") }
      if isIndex(key) {
        guard var i = indexValue(t, key) else { return false }
        if i < 0 { i += v.count }
        guard i >= 0, i < v.count else { return t.fail(.IndexError, "index out of bounds on dimension 1") }
        return store(t, o, i, value)
      }
      guard key.isKind(.slice), let bounds = sliceBounds(t, key) else {
        return t.hasRaised ? false : t.fail(.TypeError, "memoryview: invalid slice key")
      }
      let s = adjustSlice(v.count, bounds)
      guard let new = ByteSource.required(t, value) else { return false }
      guard new.count == s.count * v.itemSize, let data = v.source?.byteArrayLayout.pointee.data else {
        return t.fail(.ValueError, "memoryview assignment: lvalue and rvalue have different structures")
      }
      for i in 0..<s.count {
        let at = v.start + (s.start + i * s.step) * v.stride
        for k in 0..<v.itemSize { data[at + k] = new[i * v.itemSize + k] }
      }
      return true
    }
    p.pointee.compare = CompareFunction { t, a, b, op in
      guard op == .equal || op == .notEqual, let y = ByteSource.view(b) else { return notImplemented }
      return makeBool((bytes(a) == y) == (op == .equal))
    }
    p.pointee.hash = MeasureFunction { t, o in
      guard alive(t, o) else { return -1 }
      if !o.viewLayout.pointee.readOnly {
        t.raise(.ValueError, "cannot hash writable memoryview object")
        return -1
      }
      let copy = makeBytes(bytes(o))
      defer { copy.release() }
      return bytesHash(copy)
    }
    p.pointee.iter = UnaryFunction { _, o in makeIterator(core.pointee.types.sequenceIterator, o) }
  }

  private static func field(
    _ t: ThreadState, _ name: String, _ body: @escaping UnaryFunction.Function
  ) { addGetSet(t, core.pointee.types.memoryview, name, getter: UnaryFunction(body)) }

  static func install(_ t: ThreadState) {
    field(t, "format") { t, o in alive(t, o) ? makeString(String(Unicode.Scalar(o.viewLayout.pointee.format))) : nil }
    field(t, "itemsize") { t, o in alive(t, o) ? makeInt(o.viewLayout.pointee.itemSize) : nil }
    field(t, "nbytes") { t, o in alive(t, o) ? makeInt(o.viewLayout.pointee.itemSize * o.viewLayout.pointee.count) : nil
    }
    field(t, "ndim") { t, o in alive(t, o) ? makeInt(1) : nil }
    field(t, "readonly") { t, o in alive(t, o) ? makeBool(o.viewLayout.pointee.readOnly) : nil }
    field(t, "obj") { t, o in alive(t, o) ? (o.viewLayout.pointee.source ?? none).retained() : nil }
    field(t, "shape") { t, o in alive(t, o) ? makeTuple([makeInt(o.viewLayout.pointee.count)]) : nil }
    field(t, "strides") { t, o in alive(t, o) ? makeTuple([makeInt(o.viewLayout.pointee.stride)]) : nil }
    field(t, "suboffsets") { t, o in alive(t, o) ? core.pointee.emptyTuple : nil }
    field(t, "contiguous") { t, o in contiguous(t, o) }
    field(t, "c_contiguous") { t, o in contiguous(t, o) }
    field(t, "f_contiguous") { t, o in contiguous(t, o) }
    addMethods(
      t, core.pointee.types.memoryview,
      [
        NativeMethod("tobytes", .keywords) { t, o, _ in alive(t, o) ? makeBytes(bytes(o)) : nil },
        NativeMethod("tolist", .noArguments) { t, o, _ in
          guard alive(t, o) else { return nil }
          return makeList((0..<o.viewLayout.pointee.count).compactMap { item(o, $0) })
        },
        NativeMethod("hex", .keywords) { t, o, _ in
          guard alive(t, o) else { return nil }
          return bytes(o).withUnsafeBufferPointer { makeString(BytesShared.hexText($0, nil, 1)) }
        },
        NativeMethod("toreadonly", .noArguments) { t, o, _ in
          guard alive(t, o), let source = o.viewLayout.pointee.source else { return nil }
          let v = o.viewLayout.pointee
          return makeMemoryView(
            source, start: v.start, count: v.count, stride: v.stride, itemSize: v.itemSize, format: v.format,
            readOnly: true)
        },
        NativeMethod("release", .noArguments) { _, o, _ in
          memoryViewRelease(o)
          return none
        },
        NativeMethod("__enter__", .noArguments) { t, o, _ in alive(t, o) ? o.retained() : nil },
        NativeMethod("__exit__", .positional(0, -1)) { _, o, _ in
          memoryViewRelease(o)
          return none
        },
        NativeMethod("cast", .positional(1, 2)) { t, o, a in cast(t, o, a) },
      ])
  }

  private static func contiguous(_ t: ThreadState, _ o: Object) -> Object? {
    alive(t, o) ? makeBool(o.viewLayout.pointee.stride == o.viewLayout.pointee.itemSize) : nil
  }

  private static func cast(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard alive(t, o), let source = o.viewLayout.pointee.source else { return nil }
    guard a.count == 1 else {
      return t.raise(.NotImplementedError, "memoryview.cast: a shape of several dimensions is not supported")
    }
    guard a[0].isKind(.str) else { return t.raise(.TypeError, "memoryview: format argument must be a string") }
    let v = o.viewLayout.pointee
    let text = stringValue(a[0]).utf8.filter { $0 != 64 }
    guard text.count == 1, let size = itemSize(text[0]) else {
      return t.raise(
        .ValueError,
        "memoryview: destination format must be a native single character format prefixed with an optional '@'")
    }
    guard v.stride == v.itemSize else {
      return t.raise(.TypeError, "memoryview: casts are restricted to C-contiguous views")
    }
    let total = v.count * v.itemSize
    guard total % size == 0 else {
      return t.raise(.TypeError, "memoryview: length is not a multiple of itemsize")
    }
    return makeMemoryView(
      source, start: v.start, count: total / size, stride: size, itemSize: size, format: text[0], readOnly: v.readOnly)
  }
}
