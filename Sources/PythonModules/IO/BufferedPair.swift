// BufferedRWPair: a reader and a writer over two raw streams, or over both ends of one, as one stream.
import PythonRuntime

/// The writer; the reader is the stream's `inner`.
private final class PairState: StreamState {
  let writer: Object
  init(writer: Object) { self.writer = writer }
  deinit { writer.release() }
}

enum BufferedPair {
  nonisolated(unsafe) static var type = core.pointee.types.object

  static func start(_ t: ThreadState) {
    type = Streams.makeType(t, "BufferedRWPair", base: Streams.buffered, methods) { p in
      p.pointee.initialize = InitFunction(initialize)
    }
    addGetSet(
      t, type, "closed",
      getter: UnaryFunction { t, o in writer(t, o).flatMap { getAttribute(t, $0, "closed") } })
  }

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard a.count >= 2, a.count <= 3, a.keywordNames == nil else {
      return t.fail(.TypeError, "BufferedRWPair expected 2 or 3 arguments, got \(a.count)")
    }
    guard require(t, a[0], "readable", "File or stream is not readable."),
      require(t, a[1], "writable", "File or stream is not writable.")
    else { return false }
    let size = a.optional(2).map { [$0] } ?? []
    guard let reader = call(t, BufferedIO.reader.object, [a[0]] + size) else { return false }
    defer { reader.release() }
    guard let writer = call(t, BufferedIO.writer.object, [a[1]] + size) else { return false }
    Streams.set(o, PairState(writer: writer), inner: reader)
    return true
  }

  private static func require(_ t: ThreadState, _ raw: Object, _ method: String, _ message: String) -> Bool {
    guard let answer = callMethod(t, raw, method) else { return false }
    defer { answer.release() }
    if isTrue(t, answer) == 1 { return true }
    if !t.hasRaised { Streams.unsupported(t, message) }
    return false
  }

  private static func reader(_ t: ThreadState, _ o: Object) -> Object? {
    if let reader = o.stream.pointee.inner { return reader }
    return t.raise(.ValueError, "I/O operation on uninitialized object")
  }

  private static func writer(_ t: ThreadState, _ o: Object) -> Object? {
    Streams.state(t, o, as: PairState.self, open: false)?.writer
  }

  private static func read(_ t: ThreadState, _ o: Object, _ name: String, _ a: Arguments) -> Object? {
    reader(t, o).flatMap { callMethodWithObjects(t, $0, internString(name), (0..<a.count).map { a[$0] }) }
  }

  private static var methods: [NativeMethod] {
    [
      NativeMethod("read", .positional(0, 1)) { t, o, a in read(t, o, "read", a) },
      NativeMethod("read1", .positional(0, 1)) { t, o, a in read(t, o, "read1", a) },
      NativeMethod("readinto", .oneArgument) { t, o, a in read(t, o, "readinto", a) },
      NativeMethod("readline", .positional(0, 1)) { t, o, a in read(t, o, "readline", a) },
      NativeMethod("peek", .positional(0, 1)) { t, o, a in read(t, o, "peek", a) },
      NativeMethod("readable", .noArguments) { t, o, a in read(t, o, "readable", a) },
      NativeMethod("write", .oneArgument) { t, o, a in writer(t, o).flatMap { callMethod(t, $0, "write", a[0]) } },
      NativeMethod("flush", .noArguments) { t, o, _ in writer(t, o).flatMap { callMethod(t, $0, "flush") } },
      NativeMethod("writable", .noArguments) { t, o, _ in writer(t, o).flatMap { callMethod(t, $0, "writable") } },
      NativeMethod("isatty", .noArguments) { t, o, _ in
        guard let writer = writer(t, o), let first = callMethod(t, writer, "isatty") else { return nil }
        if first != core.pointee.false { return first }
        first.release()
        return reader(t, o).flatMap { callMethod(t, $0, "isatty") }
      },
      NativeMethod("close", .noArguments) { t, o, _ in
        guard let writer = writer(t, o), let reader = reader(t, o) else { return nil }
        let first = callMethod(t, writer, "close")
        let raised = t.takeRaised()
        // Both are closed; the writer's failure is told.
        let second = callMethod(t, reader, "close")
        first.release()
        if raised == nil { return second }
        second.release()
        t.clearRaised()
        t.setRaised(steal: raised)
        return nil
      },
    ]
  }
}
