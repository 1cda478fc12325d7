// The module `array`: the methods of its one type, and what pickling needs.
import PythonRuntime
import PythonTypes

enum ArrayModule {
  static func make(_ t: ThreadState) -> Object? {
    readyType(t, ArrayObject.type)
    readyType(t, ArrayObject.iteratorType)
    addGetSet(t, ArrayObject.type, "typecode", getter: UnaryFunction { _, o in makeString(o.arrayItem.letter) })
    addGetSet(t, ArrayObject.type, "itemsize", getter: UnaryFunction { _, o in makeInt(o.arrayItem.size) })
    addMethods(t, ArrayObject.type, changing + converting + [GenericAlias.classGetItem])
    let module = makeModule(t, "array")
    moduleSet(t, module, "array", ArrayObject.type.object)
    moduleSet(t, module, "ArrayType", ArrayObject.type.object)
    moduleSet(t, module, "typecodes", stealing: makeString("bBuwhHiIlLqQfd"))
    // Abstract classes know it as a mutable sequence.
    guard let abstract = importModule(t, "collections.abc") else { return nil }
    abstract.release()
    guard let loaded = importModule(t, "_collections_abc") else { return nil }
    defer { loaded.release() }
    guard let sequence = getAttribute(t, loaded, "MutableSequence") else { return nil }
    defer { sequence.release() }
    guard let registered = callMethod(t, sequence, "register", ArrayObject.type.object) else { return nil }
    registered.release()
    return module
  }

  private static func end(_ o: Object) -> Int { o.array.pointee.count }

  private static func done(_ succeeded: Bool) -> Object? { succeeded ? core.pointee.none : nil }

  // MARK: Changing

  private static let changing = [
    NativeMethod("append", .oneArgument) { t, o, a in
      guard let bytes = o.arrayItem.bytes(t, a[0]), ArrayObject.canResize(t, o) else { return nil }
      ArrayObject.replace(o, end(o), end(o), bytes)
      return core.pointee.none
    },
    NativeMethod("extend", .oneArgument) { t, o, a in done(ArrayObject.extend(t, o, a[0])) },
    NativeMethod("fromlist", .oneArgument) { t, o, a in
      guard a[0].isKind(.list) else { return t.raise(.TypeError, "arg must be list") }
      let (before, allocated) = (end(o), o.array.pointee.allocated)
      guard ArrayObject.extend(t, o, a[0]) else {
        ArrayObject.replace(o, before, end(o), [])
        return nil
      }
      // Room is made for all of the list at once.
      o.array.pointee.allocated = allocated
      if end(o) != before { ArrayObject.resized(o, from: before) }
      return core.pointee.none
    },
    NativeMethod("frombytes", .oneArgument) { t, o, a in
      guard let bytes = ByteSource.required(t, a[0]) else { return nil }
      return done(ArraySlots.addBytes(t, o, bytes))
    },
    NativeMethod("fromunicode", .oneArgument) { t, o, a in
      guard a[0].isKind(.str) else {
        return t.raise(.TypeError, "fromunicode() argument must be str, not \(argumentTypeName(a[0]))")
      }
      guard o.arrayItem.isText else {
        return t.raise(.ValueError, "fromunicode() may only be called on unicode type arrays ('u' or 'w')")
      }
      return done(ArrayObject.extend(t, o, a[0]))
    },
    NativeMethod("insert", .positional(2, 2)) { t, o, a in
      guard var i = indexValue(t, a[0]), let bytes = o.arrayItem.bytes(t, a[1]), ArrayObject.canResize(t, o)
      else { return nil }
      if i < 0 { i = max(0, i + end(o)) }
      i = min(i, end(o))
      ArrayObject.replace(o, i, i, bytes)
      return core.pointee.none
    },
    NativeMethod("pop", .positional(0, 1)) { t, o, a in
      var i = -1
      if let given = a.optional(0) {
        guard let value = indexValue(t, given) else { return nil }
        i = value
      }
      guard end(o) > 0 else { return t.raise(.IndexError, "pop from empty array") }
      if i < 0 { i += end(o) }
      guard i >= 0, i < end(o) else { return t.raise(.IndexError, "pop index out of range") }
      guard ArrayObject.canResize(t, o) else { return nil }
      let item = ArrayObject.item(o, i)
      ArrayObject.replace(o, i, i + 1, [])
      return item
    },
    NativeMethod("remove", .oneArgument) { t, o, a in
      guard let i = ArrayObject.find(t, o, a[0]) else { return nil }
      guard i >= 0 else { return t.raise(.ValueError, "array.remove(x): x not in array") }
      // The comparison may have run code that shortened the array.
      guard ArrayObject.canResize(t, o), i < end(o) else { return t.hasRaised ? nil : core.pointee.none }
      ArrayObject.replace(o, i, i + 1, [])
      return core.pointee.none
    },
    NativeMethod("reverse", .noArguments) { _, o, _ in
      let bytes = (0..<end(o)).reversed().flatMap { ArrayObject.bytes(o, $0, $0 + 1) }
      ArrayObject.replace(o, 0, end(o), bytes)
      return core.pointee.none
    },
    NativeMethod("byteswap", .noArguments) { _, o, _ in
      let bytes = (0..<end(o)).flatMap { ArrayObject.bytes(o, $0, $0 + 1).reversed() }
      ArrayObject.replace(o, 0, end(o), bytes)
      return core.pointee.none
    },
    NativeMethod("clear", .noArguments) { t, o, _ in
      guard end(o) == 0 || ArrayObject.canResize(t, o) else { return nil }
      ArrayObject.replace(o, 0, end(o), [])
      return core.pointee.none
    },
    NativeMethod("fromfile", .positional(2, 2)) { t, o, a in
      guard let count = indexValue(t, a[1]) else { return nil }
      guard count >= 0 else { return t.raise(.ValueError, "negative count") }
      let (bytes, overflow) = count.multipliedReportingOverflow(by: o.arrayItem.size)
      guard !overflow else { return t.raise(.MemoryError) }
      let size = makeInt(bytes)
      defer { size.release() }
      guard let read = callMethod(t, a[0], "read", size) else { return nil }
      defer { read.release() }
      guard read.isKind(.bytes) else { return t.raise(.TypeError, "read() didn't return bytes") }
      guard ArraySlots.addBytes(t, o, Array(read.byteView)) else { return nil }
      guard read.byteView.count == clampedIntValue(size) else {
        return t.raise(.EOFError, "read() didn't return enough bytes")
      }
      return core.pointee.none
    },
  ]

  // MARK: Asking and converting

  private static func copy(_ o: Object) -> Object { ArrayObject.make(o.array.pointee.code, ArrayObject.bytes(o)) }

  private static let converting = [
    PythonBuffer.releaseMethod,
    NativeMethod("tolist", .noArguments) { t, o, _ in makeList(t, from: o) },
    NativeMethod("tobytes", .noArguments) { _, o, _ in makeBytes(ArrayObject.bytes(o)) },
    NativeMethod("tounicode", .noArguments) { t, o, _ in
      guard o.arrayItem.isText else {
        return t.raise(.ValueError, "tounicode() may only be called on unicode type arrays ('u' or 'w')")
      }
      let points = ArrayObject.bytes(o).withUnsafeBytes { b in
        stride(from: 0, to: b.count, by: 4).map { b.loadUnaligned(fromByteOffset: $0, as: UInt32.self) }
      }
      guard let wrong = points.first(where: { $0 > 0x10FFFF }) else { return makeString(codePoints: points) }
      return t.raise(
        .ValueError, "character U+\(String(wrong, radix: 16)) is not in range [U+0000; U+10ffff]")
    },
    NativeMethod("tofile", .oneArgument) { t, o, a in
      let bytes = makeBytes(ArrayObject.bytes(o))
      defer { bytes.release() }
      guard let written = callMethod(t, a[0], "write", bytes) else { return nil }
      written.release()
      return core.pointee.none
    },
    NativeMethod("buffer_info", .noArguments) { _, o, _ in
      makeTuple([makeInt(Int(bitPattern: o.array.pointee.data)), makeInt(end(o))])
    },
    NativeMethod("count", .oneArgument) { t, o, a in
      var count = 0
      var from = 0
      while true {
        guard let i = ArrayObject.find(t, o, a[0], from: from) else { return nil }
        if i < 0 { return makeInt(count) }
        count += 1
        from = i + 1
      }
    },
    NativeMethod("index", .positional(1, 3)) { t, o, a in
      var bounds = [0, Int.max]
      for k in 0..<2 {
        guard let given = a.optional(k + 1) else { continue }
        guard let value = indexValue(t, given) else { return nil }
        bounds[k] = value < 0 ? max(0, value + end(o)) : value
      }
      guard let i = ArrayObject.find(t, o, a[0], from: bounds[0], to: bounds[1]) else { return nil }
      return i < 0 ? t.raise(.ValueError, "array.index(x): x not in array") : makeInt(i)
    },
    NativeMethod("__copy__", .noArguments) { _, o, _ in copy(o) },
    NativeMethod("__deepcopy__", .oneArgument) { _, o, _ in copy(o) },
    NativeMethod("__sizeof__", .noArguments) { _, o, _ in
      ReportedSizes.answer(o, 80 + o.array.pointee.allocated * o.arrayItem.size, isCollected: false)
    },
    NativeMethod("__reduce_ex__", .oneArgument) { t, o, _ in
      guard let content = o.arrayItem.isText ? callMethod(t, o, "tounicode") : makeList(t, from: o) else { return nil }
      var failed = false
      let dict = findAttribute(t, o, internString("__dict__"), failed: &failed)
      guard !failed else {
        content.release()
        return nil
      }
      return makeTuple([
        o.type.object.retained(), makeTuple([makeString(o.arrayItem.letter), content]), dict ?? core.pointee.none,
      ])
    },
  ]
}
