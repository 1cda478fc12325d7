// memoryview: attributes, conversions and `cast`.
import PythonRuntime

extension MemoryViewMethods {
  private static func field(
    _ t: ThreadState, _ name: String, _ body: @escaping UnaryFunction.Function
  ) { addGetSet(t, core.pointee.types.memoryview, name, getter: UnaryFunction(body)) }

  private static func tuple(_ values: [Int]) -> Object { makeTuple(values.map { makeInt($0) }) }

  static func install(_ t: ThreadState) {
    field(t, "format") { t, o in
      guard alive(t, o) else { return nil }
      let p = o.viewLayout
      return makeString((p.pointee.isMarked ? "@" : "") + String(Unicode.Scalar(p.pointee.format)))
    }
    field(t, "itemsize") { t, o in alive(t, o) ? makeInt(o.viewLayout.pointee.itemSize) : nil }
    field(t, "nbytes") { t, o in alive(t, o) ? makeInt(o.viewLayout.pointee.itemSize * itemCount(o)) : nil }
    field(t, "ndim") { t, o in alive(t, o) ? makeInt(Int(o.viewLayout.pointee.dimensionCount)) : nil }
    field(t, "readonly") { t, o in alive(t, o) ? makeBool(o.viewLayout.pointee.readOnly) : nil }
    field(t, "obj") { t, o in alive(t, o) ? (o.viewLayout.pointee.source ?? none).retained() : nil }
    field(t, "shape") { t, o in alive(t, o) ? tuple(shape(o)) : nil }
    field(t, "strides") { t, o in alive(t, o) ? tuple(strides(o)) : nil }
    field(t, "suboffsets") { t, o in alive(t, o) ? core.pointee.emptyTuple : nil }
    field(t, "contiguous") { t, o in
      alive(t, o) ? makeBool(isContiguous(o) || isContiguous(o, fortran: true)) : nil
    }
    field(t, "c_contiguous") { t, o in alive(t, o) ? makeBool(isContiguous(o)) : nil }
    field(t, "f_contiguous") { t, o in alive(t, o) ? makeBool(isContiguous(o, fortran: true)) : nil }
    addMethods(t, core.pointee.types.memoryview, methods)
  }

  private static var methods: [NativeMethod] {
    [
      NativeMethod("tobytes", .keywords) { t, o, a in
        guard alive(t, o), let given = parseArguments(t, a, function: "tobytes", names: ["order"], required: 0) else {
          return nil
        }
        guard let order = given[0], order != none else { return makeBytes(bytes(o)) }
        guard order.isKind(.str) else {
          return t.raise(
            .TypeError, "tobytes() argument 'order' must be str or None, not \(argumentTypeName(order))")
        }
        switch stringValue(order) {
        case "C": return makeBytes(bytes(o))
        case "A": return makeBytes(bytes(o, fortran: !isContiguous(o) && isContiguous(o, fortran: true)))
        case "F": return makeBytes(bytes(o, fortran: true))
        default: return t.raise(.ValueError, "order must be 'C', 'F' or 'A'")
        }
      },
      PythonBuffer.releaseMethod,
      NativeMethod("__buffer__", .oneArgument) { t, o, a in
        guard PythonBuffer.flags(t, a[0]) != nil, alive(t, o) else { return nil }
        return copy(t, o)
      },
      NativeMethod("tolist", .noArguments) { t, o, _ in
        guard alive(t, o), let base = o.viewLayout.pointee.base else { return t.hasRaised ? nil : makeList() }
        return list(o, base, shape(o)[...], strides(o)[...])
      },
      NativeMethod("hex", .keywords) { t, o, a in
        guard alive(t, o) else { return nil }
        let copy = makeBytes(bytes(o))
        defer { copy.release() }
        guard let method = getAttribute(t, copy, "hex") else { return nil }
        defer { method.release() }
        return call(t, method, a)
      },
      NativeMethod("toreadonly", .noArguments) { t, o, _ in
        guard alive(t, o), let view = copy(t, o) else { return nil }
        view.viewLayout.pointee.readOnly = true
        return view
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
      NativeMethod("cast", .keywords) { t, o, a in cast(t, o, a) },
      GenericAlias.classGetItem,
    ]
  }

  private static func list(
    _ o: Object, _ base: UnsafeMutablePointer<UInt8>, _ shape: ArraySlice<Int>, _ strides: ArraySlice<Int>
  ) -> Object {
    guard let count = shape.first, let stride = strides.first else {
      return ItemFormat.load(UnsafeRawPointer(base), o.viewLayout.pointee.format)
    }
    return makeList((0..<count).map { list(o, base + $0 * stride, shape.dropFirst(), strides.dropFirst()) })
  }

  // MARK: - cast

  private static func cast(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    guard let given = parseArguments(t, a, function: "cast", names: ["format", "shape"], required: 1),
      let format = given[0], alive(t, o)
    else { return nil }
    guard format.isKind(.str) else {
      return t.raise(.TypeError, "cast() argument 'format' must be str, not \(argumentTypeName(format))")
    }
    guard isContiguous(o) else {
      return t.raise(.TypeError, "memoryview: casts are restricted to C-contiguous views")
    }
    let wanted = given[1] == none ? nil : given[1]
    let now = shape(o)
    if wanted != nil || now.count != 1, now.contains(0) {
      return t.raise(.TypeError, "memoryview: cannot cast view with zeros in shape or strides")
    }
    var target: [Int]?
    if let wanted {
      guard wanted.isKind(.list) || wanted.isKind(.tuple) else {
        return t.raise(.TypeError, "shape must be a list or a tuple")
      }
      guard wanted.fastCount <= maximumDimensions else {
        return t.raise(
          .ValueError, "memoryview: number of dimensions must not exceed \(maximumDimensions)")
      }
      guard now.count == 1 || wanted.fastCount == 1 else {
        return t.raise(.TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D")
      }
      target = []
    }
    guard let view = copy(t, o) else { return nil }
    if castToOneDimension(t, view, stringValue(format)),
      target == nil || wanted.map({ castToShape(t, view, $0) }) ?? true
    {
      return view
    }
    view.release()
    return nil
  }

  private static func castToOneDimension(_ t: ThreadState, _ view: Object, _ text: String) -> Bool {
    let p = view.viewLayout
    let letters = Array(text.utf8)
    let isMarked = letters.first == 64
    let rest = isMarked ? letters.dropFirst() : letters[...]
    func mustBeNative(_ which: String) -> Bool {
      t.fail(
        .ValueError,
        "memoryview: \(which) format must be a native single character format prefixed with an optional '@'")
    }
    guard ItemFormat.size(p.pointee.format) != nil else { return mustBeNative("source") }
    guard rest.count == 1, let letter = rest.first, let size = ItemFormat.size(letter) else {
      return mustBeNative("destination")
    }
    guard ItemFormat.isByte(p.pointee.format) || ItemFormat.isByte(letter) else {
      return t.fail(.TypeError, "memoryview: cannot cast between two non-byte formats")
    }
    let total = itemCount(view) * p.pointee.itemSize
    guard total % size == 0 else { return t.fail(.TypeError, "memoryview: length is not a multiple of itemsize") }
    p.pointee.itemSize = size
    p.pointee.format = letter
    p.pointee.isMarked = isMarked
    setDimensions(view, [total / size], [size])
    return true
  }

  private static func castToShape(_ t: ThreadState, _ view: Object, _ wanted: Object) -> Bool {
    let size = view.viewLayout.pointee.itemSize
    var shape: [Int] = []
    var product = 1
    for i in 0..<wanted.fastCount {
      guard isInt(wanted.fastItem(i)) else {
        return t.fail(.TypeError, "memoryview.cast(): elements of shape must be integers")
      }
      guard let n = indexValue(t, wanted.fastItem(i)) else { return false }
      guard n > 0 else { return t.fail(.ValueError, "memoryview.cast(): elements of shape must be integers > 0") }
      let (next, overflow) = product.multipliedReportingOverflow(by: n)
      guard !overflow else { return t.fail(.ValueError, "memoryview.cast(): product(shape) > SSIZE_MAX") }
      product = next
      shape.append(n)
    }
    let (bytes, overflow) = product.multipliedReportingOverflow(by: size)
    guard !overflow, bytes == itemCount(view) * size else {
      return t.fail(.TypeError, "memoryview: product(shape) * itemsize != buffer size")
    }
    var strides = [Int](repeating: size, count: shape.count)
    for i in strides.indices.dropLast().reversed() { strides[i] = strides[i + 1] * shape[i + 1] }
    setDimensions(view, shape, strides)
    return true
  }
}
