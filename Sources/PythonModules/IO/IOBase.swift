// `_IOBase` and its three direct subclasses: what streams do by default, through their own methods.
import PythonRuntime
import PythonTypes

enum IOBase {
  static func start(_ t: ThreadState) {
    Streams.base = Streams.makeType(t, "_IOBase", base: nil, methods)
    addGetSet(
      t, Streams.base, "closed",
      getter: UnaryFunction { t, o in
        if let state = o.stream.pointee.state?.takeUnretainedValue() { return makeBool(state.isClosed) }
        return makeBool(isMarkedClosed(t, o))
      })
    addGetSet(
      t, Streams.base, "__dict__",
      getter: UnaryFunction { t, o in
        if o.stream.pointee.dict == nil {
          o.stream.pointee.dict = makeDict()
          storedField(o, nil, o.stream.pointee.dict)
        }
        return o.stream.pointee.dict?.retained()
      })
    Streams.base.pointer.pointee.iter = UnaryFunction { t, o in
      guard checkOpen(t, o) else { return nil }
      return o.retained()
    }
    Streams.base.pointer.pointee.next = UnaryFunction { t, o in
      guard let line = callMethod(t, o, "readline") else { return nil }
      let size = length(t, line)
      if size > 0 { return line }
      line.release()
      return nil
    }
    addMethods(
      t, Streams.base,
      [
        NativeMethod("__iter__", .noArguments) { t, o, _ in checkOpen(t, o) ? o.retained() : nil },
        NativeMethod("__next__", .noArguments) { t, o, _ in
          guard let line = callMethod(t, o, "readline") else { return nil }
          if length(t, line) > 0 { return line }
          line.release()
          return t.raise(.StopIteration)
        },
      ])
    Streams.raw = Streams.makeType(t, "_RawIOBase", base: Streams.base, rawMethods)
    Streams.buffered = Streams.makeType(t, "_BufferedIOBase", base: Streams.base, bufferedMethods)
    Streams.text = Streams.makeType(t, "_TextIOBase", base: Streams.base, textMethods)
    for type in [Streams.raw, Streams.buffered, Streams.text] {
      type.pointer.pointee.iter = Streams.base.pointer.pointee.iter
      type.pointer.pointee.next = Streams.base.pointer.pointee.next
    }
  }

  private static let closedMark = internString("__IOBase_closed")
  private static func isMarkedClosed(_ t: ThreadState, _ o: Object) -> Bool {
    guard let dict = o.stream.pointee.dict else { return false }
    return dictGet(t, dict, closedMark) != nil
  }

  /// False: ValueError is set.
  static func checkOpen(_ t: ThreadState, _ o: Object) -> Bool {
    guard let closed = getAttribute(t, o, "closed") else { return false }
    let truth = isTrue(t, closed)
    closed.release()
    if truth == 1 { t.raise(.ValueError, "I/O operation on closed file.") }
    return truth == 0
  }

  private static var methods: [NativeMethod] {
    return [
      NativeMethod("seek", .positional(1, 2)) { t, _, _ in Streams.unsupported(t, "seek") },
      NativeMethod("truncate", .positional(0, 1)) { t, _, _ in Streams.unsupported(t, "truncate") },
      NativeMethod("fileno", .noArguments) { t, _, _ in Streams.unsupported(t, "fileno") },
      NativeMethod("tell", .noArguments) { t, o, _ in
        let zero = makeInt(0)
        let one = makeInt(1)
        defer {
          zero.release()
          one.release()
        }
        return callMethod(t, o, "seek", zero, one)
      },
      NativeMethod("flush", .noArguments) { t, o, _ in checkOpen(t, o) ? core.pointee.none : nil },
      NativeMethod("close", .noArguments) { t, o, _ in
        if isMarkedClosed(t, o) { return core.pointee.none }
        let flushed = callMethod(t, o, "flush")
        if o.stream.pointee.dict == nil { o.stream.pointee.dict = makeDict() }
        if let dict = o.stream.pointee.dict {
          let raised = t.takeRaised()
          _ = dictSet(t, dict, closedMark, core.pointee.true)
          t.setRaised(steal: raised)
        }
        return flushed
      },
      NativeMethod("isatty", .noArguments) { t, o, _ in checkOpen(t, o) ? core.pointee.false : nil },
      NativeMethod("readable", .noArguments) { _, _, _ in core.pointee.false },
      NativeMethod("writable", .noArguments) { _, _, _ in core.pointee.false },
      NativeMethod("seekable", .noArguments) { _, _, _ in core.pointee.false },
      NativeMethod("_checkClosed", .positional(0, 1)) { t, o, _ in checkOpen(t, o) ? core.pointee.none : nil },
      NativeMethod("_checkReadable", .positional(0, 1)) { t, o, _ in
        require(t, o, "readable", "File or stream is not readable.")
      },
      NativeMethod("_checkWritable", .positional(0, 1)) { t, o, _ in
        require(t, o, "writable", "File or stream is not writable.")
      },
      NativeMethod("_checkSeekable", .positional(0, 1)) { t, o, _ in
        require(t, o, "seekable", "File or stream is not seekable.")
      },
      NativeMethod("__enter__", .noArguments) { t, o, _ in checkOpen(t, o) ? o.retained() : nil },
      NativeMethod("__exit__", .positional(0, -1)) { t, o, _ in callMethod(t, o, "close") },
      NativeMethod("readline", .positional(0, 1), readLine),
      NativeMethod("readlines", .positional(0, 1)) { t, o, a in
        var limit = -1
        if let object = a.optional(0), object != core.pointee.none {
          guard let value = intValue(t, object) else { return nil }
          limit = value
        }
        // Through the iterator, which for text has an effect of its own on positions.
        guard let iterator = iterate(t, o) else { return nil }
        defer { iterator.release() }
        let list = makeList()
        var total = 0
        while true {
          guard let line = iterNext(t, iterator) else {
            if !t.hasRaised { return list }
            list.release()
            return nil
          }
          total += max(length(t, line), 0)
          listAppend(list, stealing: line)
          if limit > 0, total >= limit { return list }
        }
      },
      NativeMethod("writelines", .oneArgument) { t, o, a in
        guard checkOpen(t, o) else { return nil }
        let done = forEach(t, a[0]) { line in
          guard let result = callMethod(t, o, "write", line) else { return false }
          result.release()
          return true
        }
        return done ? core.pointee.none : nil
      },
    ]
  }

  private static func require(_ t: ThreadState, _ o: Object, _ method: String, _ message: String) -> Object? {
    guard let answer = callMethod(t, o, method) else { return nil }
    defer { answer.release() }
    return isTrue(t, answer) == 1 ? core.pointee.true : Streams.unsupported(t, message)
  }

  /// Byte by byte through `read(1)`: for streams written in Python.
  private static func readLine(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    var limit = -1
    if let object = a.optional(0), object != core.pointee.none {
      guard let value = intValue(t, object) else { return nil }
      limit = value
    }
    var line: [UInt8] = []
    let one = makeInt(1)
    defer { one.release() }
    while limit < 0 || line.count < limit {
      guard let piece = callMethod(t, o, "read", one) else { return nil }
      defer { piece.release() }
      guard piece.isKind(.bytes) else {
        return t.raise(.OSError, "read() should have returned a bytes object, not '\(typeName(piece))'")
      }
      if piece.bytesCount == 0 { break }
      line += Array(piece.byteView)
      if line.last == 0x0A { break }
    }
    return makeBytes(line)
  }

  private static var rawMethods: [NativeMethod] {
    [
      NativeMethod("read", .positional(0, 1)) { t, o, a in
        var count = -1
        if let object = a.optional(0), object != core.pointee.none {
          guard let value = intValue(t, object) else { return nil }
          count = value
        }
        if count < 0 { return callMethod(t, o, "readall") }
        let buffer = makeByteArray([UInt8](repeating: 0, count: count))
        defer { buffer.release() }
        guard let got = callMethod(t, o, "readinto", buffer) else { return nil }
        defer { got.release() }
        if got == core.pointee.none { return core.pointee.none }
        guard let size = intValue(t, got) else { return nil }
        return makeBytes(Array(buffer.byteView.prefix(max(size, 0))))
      },
      NativeMethod("readall", .noArguments) { t, o, _ in
        var all: [UInt8] = []
        let size = makeInt(8192)
        defer { size.release() }
        while true {
          guard let piece = callMethod(t, o, "read", size) else { return nil }
          defer { piece.release() }
          guard piece.isKind(.bytes), piece.bytesCount > 0 else { return makeBytes(all) }
          all += Array(piece.byteView)
        }
      },
    ]
  }

  private static var textMethods: [NativeMethod] {
    [
      NativeMethod("detach", .noArguments) { t, _, _ in Streams.unsupported(t, "detach") },
      NativeMethod("read", .positional(0, 1)) { t, _, _ in Streams.unsupported(t, "read") },
      NativeMethod("readline", .positional(0, 1)) { t, _, _ in Streams.unsupported(t, "readline") },
      NativeMethod("write", .oneArgument) { t, _, _ in Streams.unsupported(t, "write") },
    ]
  }

  private static var bufferedMethods: [NativeMethod] {
    [
      NativeMethod("detach", .noArguments) { t, _, _ in Streams.unsupported(t, "detach") },
      NativeMethod("read", .positional(0, 1)) { t, _, _ in Streams.unsupported(t, "read") },
      NativeMethod("read1", .positional(0, 1)) { t, _, _ in Streams.unsupported(t, "read1") },
      NativeMethod("write", .oneArgument) { t, _, _ in Streams.unsupported(t, "write") },
      NativeMethod("readinto", .oneArgument) { t, o, a in readInto(t, o, a[0]) },
    ]
  }

  /// Fills a bytearray through the stream's `read`.
  static func readInto(_ t: ThreadState, _ o: Object, _ target: Object) -> Object? {
    ByteSource.withMemory(t, target, writable: true) { memory in
      guard let memory, !memory.readOnly else {
        return t.raise(
          .TypeError, "readinto() argument must be read-write bytes-like object, not \(argumentTypeName(target))")
      }
      let room = memory.bytes
      let size = makeInt(room.count)
      defer { size.release() }
      guard let piece = callMethod(t, o, "read", size) else { return nil }
      defer { piece.release() }
      guard piece.isKind(.bytes) else { return core.pointee.none }
      let view = piece.byteView
      guard view.count <= room.count else {
        return t.raise(
          .ValueError, "read() returned too much data: \(room.count) bytes requested, \(view.count) returned")
      }
      if view.count > 0 { room[0..<view.count].copyBytes(from: view) }
      return makeInt(view.count)
    }
  }
}
