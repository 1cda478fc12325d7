// bytes' and bytearray's slots; the methods that both share lie in BytesShared.
import Glibc
import PythonRuntime

enum BytesMethods {
  static func configure() {
    let p = slots(core.pointee.types.bytes)
    p.pointee.new = NativeFunction { t, type, a in
      if type == core.pointee.types.bytes.object, a.count == 1, a.keywordNames == nil, a[0].isExactly(.bytes) {
        return a[0].retained()
      }
      guard let bytes = ByteSource.construct(t, a, "bytes") else { return nil }
      if type == core.pointee.types.bytes.object { return makeBytes(bytes) }
      let o = allocateBytes(count: bytes.count, type: TypeObject(unchecked: type))
      for (i, byte) in bytes.enumerated() { o.bytesData[i] = byte }
      return o
    }
    p.pointee.hash = MeasureFunction { _, o in bytesHash(o) }
    p.pointee.repr = UnaryFunction { _, o in makeString(bytesRepr(o.byteView)) }
    BytesShared.configure(p)
    p.pointee.buffer = BufferFunction { _, o, _ in
      BufferView(UnsafeMutableRawPointer(o.bytesData), count: o.bytesCount, readOnly: true)
    }
  }

  static func install(_ t: ThreadState) {
    addMethods(
      t, core.pointee.types.bytes,
      BytesShared.methods + [
        NativeMethod("__getnewargs__", .noArguments) { _, o, _ in makeTuple([makeBytes(Array(o.byteView))]) },
        NativeMethod("__bytes__", .noArguments) { _, o, _ in
          o.isExactly(.bytes) ? o.retained() : makeBytes(Array(o.byteView))
        },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in makeInt(33 + o.bytesCount) },
        BytesShared.fromHex, BytesShared.makeTrans,
      ])
    ByteArrayMethods.install(t)
  }
}

enum ByteArrayMethods {
  static func configure() {
    let p = slots(core.pointee.types.bytearray)
    p.pointee.new = NativeFunction { _, type, _ in
      let o = allocateZeroed(TypeObject(unchecked: type))
      if o.type.isContainer { trackFresh(o) }
      return o
    }
    p.pointee.initialize = InitFunction { t, o, a in
      guard let bytes = ByteSource.construct(t, a, "bytearray"), canResize(t, o) else { return false }
      bytes.withUnsafeBufferPointer { byteArrayReplace(o, 0, o.byteArrayLayout.pointee.count, $0) }
      return true
    }
    p.pointee.repr = UnaryFunction { _, o in makeString("\(o.typeName)(\(bytesRepr(o.byteView)))") }
    BytesShared.configure(p)
    p.pointee.buffer = BufferFunction { _, o, change in
      o.byteArrayLayout.pointee.exports += change
      return BufferView(
        UnsafeMutableRawPointer(o.byteArrayLayout.pointee.data), count: o.byteArrayLayout.pointee.count, readOnly: false
      )
    }
    p.pointee.setItem = StoreFunction(setItem)
    p.pointee.inPlaceConcatenate = BinaryFunction { t, a, b in
      guard let bytes = ByteSource.view(b) else {
        return t.raise(.TypeError, "can't concat \(b.typeName) to bytearray")
      }
      return append(t, a, bytes) ? a.retained() : nil
    }
    p.pointee.inPlaceRepeated = IndexFunction { t, o, n in
      let bytes = Array(o.byteView)
      let (total, overflow) = bytes.count.multipliedReportingOverflow(by: max(n, 0))
      guard !overflow, total < BytesShared.maximumCount else { return t.raise(.MemoryError) }
      guard canResize(t, o) else { return nil }
      var all: [UInt8] = []
      all.reserveCapacity(total)
      for _ in 0..<max(n, 0) { all += bytes }
      all.withUnsafeBufferPointer { byteArrayReplace(o, 0, bytes.count, $0) }
      return o.retained()
    }
  }

  /// `(type, (text, 'latin-1'), state)`, or with bytes from version 3 on.
  private static func reduce(_ t: ThreadState, _ o: Object, version: Int) -> Object? {
    guard let state = callMethod(t, o, "__getstate__") else { return nil }
    let arguments: Object
    if o.byteView.isEmpty {
      arguments = core.pointee.emptyTuple.retained()
    } else if version < 3 {
      arguments = makeTuple([
        makeString(codePoints: o.byteView.map { UInt32($0) }), makeString("latin-1"),
      ])
    } else {
      arguments = makeTuple([makeBytes(Array(o.byteView))])
    }
    return makeTuple([o.type.object.retained(), arguments, state])
  }

  static func canResize(_ t: ThreadState, _ o: Object) -> Bool {
    o.byteArrayLayout.pointee.exports == 0
      || t.fail(.BufferError, "Existing exports of data: object cannot be re-sized")
  }

  static func append(_ t: ThreadState, _ o: Object, _ bytes: [UInt8]) -> Bool {
    guard canResize(t, o) else { return false }
    let n = o.byteArrayLayout.pointee.count
    bytes.withUnsafeBufferPointer { byteArrayReplace(o, n, n, $0) }
    return true
  }

  private static func setItem(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object?) -> Bool {
    let p = o.byteArrayLayout
    if isIndex(key) {
      guard var i = indexValue(t, key) else { return false }
      if i < 0 { i += p.pointee.count }
      guard i >= 0, i < p.pointee.count else { return t.fail(.IndexError, "bytearray index out of range") }
      guard let value else {
        guard canResize(t, o) else { return false }
        byteArrayReplace(o, i, i + 1, UnsafeBufferPointer(start: nil, count: 0))
        return true
      }
      guard let byte = ByteSource.byte(t, value, "bytearray") else { return false }
      // The conversion may have run code that shortened it.
      guard i < p.pointee.count else { return t.fail(.IndexError, "bytearray index out of range") }
      p.pointee.data?[i] = byte
      return true
    }
    guard key.isKind(.slice) else {
      return t.fail(.TypeError, "bytearray indices must be integers or slices, not \(key.typeName)")
    }
    guard let bounds = sliceBounds(t, key) else { return false }
    var bytes: [UInt8] = []
    if let value {
      if isIndex(value) || value.isKind(.str) {
        return t.fail(.TypeError, "can assign only bytes, buffers, or iterables of ints in range(0, 256)")
      }
      guard let given = ByteSource.bytes(t, from: value, name: "bytearray") else { return false }
      bytes = given
    }
    let s = adjustSlice(p.pointee.count, bounds)
    if s.step == 1 {
      let end = max(s.start, s.stop)
      if end - s.start != bytes.count { guard canResize(t, o) else { return false } }
      bytes.withUnsafeBufferPointer { byteArrayReplace(o, s.start, end, $0) }
      return true
    }
    if value == nil {
      guard canResize(t, o) else { return false }
      let places = Set((0..<s.count).map { s.start + $0 * s.step })
      let kept = Array(o.byteView).enumerated().filter { !places.contains($0.offset) }.map(\.element)
      kept.withUnsafeBufferPointer { byteArrayReplace(o, 0, p.pointee.count, $0) }
      return true
    }
    guard bytes.count == s.count else {
      return t.fail(
        .ValueError, "attempt to assign bytes of size \(bytes.count) to extended slice of size \(s.count)")
    }
    for i in 0..<s.count { p.pointee.data?[s.start + i * s.step] = bytes[i] }
    return true
  }

  static func install(_ t: ThreadState) {
    addMethods(
      t, core.pointee.types.bytearray,
      BytesShared.methods + [
        BytesShared.fromHex, BytesShared.makeTrans,
        NativeMethod("append", .oneArgument) { t, o, a in
          guard let byte = ByteSource.byte(t, a[0], "bytearray"), append(t, o, [byte]) else { return nil }
          return none
        },
        NativeMethod("extend", .oneArgument) { t, o, a in
          guard let bytes = ByteSource.bytes(t, from: a[0], name: "bytearray"), append(t, o, bytes) else { return nil }
          return none
        },
        NativeMethod("insert", .positional(2, 2)) { t, o, a in
          guard let i = intValue(t, a[0]), let byte = ByteSource.byte(t, a[1], "bytearray"), canResize(t, o) else {
            return nil
          }
          let n = o.byteArrayLayout.pointee.count
          let place = min(max(i < 0 ? i + n : i, 0), n)
          withUnsafePointer(to: byte) { byteArrayReplace(o, place, place, UnsafeBufferPointer(start: $0, count: 1)) }
          return none
        },
        NativeMethod("pop", .positional(0, 1)) { t, o, a in
          var i = -1
          if let given = a.optional(0) {
            guard let value = intValue(t, given) else { return nil }
            i = value
          }
          let n = o.byteArrayLayout.pointee.count
          if n == 0 { return t.raise(.IndexError, "pop from empty bytearray") }
          if i < 0 { i += n }
          guard i >= 0, i < n else { return t.raise(.IndexError, "pop index out of range") }
          guard canResize(t, o) else { return nil }
          let byte = o.byteView[i]
          byteArrayReplace(o, i, i + 1, UnsafeBufferPointer(start: nil, count: 0))
          return makeInt(Int(byte))
        },
        NativeMethod("remove", .oneArgument) { t, o, a in
          guard let byte = ByteSource.byte(t, a[0], "bytearray") else { return nil }
          guard let i = o.byteView.firstIndex(of: byte) else {
            return t.raise(.ValueError, "value not found in bytearray")
          }
          guard canResize(t, o) else { return nil }
          byteArrayReplace(o, i, i + 1, UnsafeBufferPointer(start: nil, count: 0))
          return none
        },
        NativeMethod("reverse", .noArguments) { _, o, _ in
          let n = o.byteArrayLayout.pointee.count
          if let data = o.byteArrayLayout.pointee.data {
            for i in 0..<(n / 2) { swap(&data[i], &data[n - 1 - i]) }
          }
          return none
        },
        NativeMethod("clear", .noArguments) { t, o, _ in
          guard canResize(t, o) else { return nil }
          byteArrayReplace(o, 0, o.byteArrayLayout.pointee.count, UnsafeBufferPointer(start: nil, count: 0))
          return none
        },
        NativeMethod("copy", .noArguments) { _, o, _ in makeByteArray(o.byteView) },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in makeInt(56 + o.byteArrayLayout.pointee.capacity) },
        PythonBuffer.releaseMethod,
        NativeMethod("__alloc__", .noArguments) { _, o, _ in makeInt(o.byteArrayLayout.pointee.capacity) },
        NativeMethod("__reduce__", .noArguments) { t, o, _ in reduce(t, o, version: 2) },
        NativeMethod("__reduce_ex__", .oneArgument) { t, o, a in
          intValue(t, a[0]).flatMap { reduce(t, o, version: $0) }
        },
      ])
  }
}
