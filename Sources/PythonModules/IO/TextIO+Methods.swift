// The methods of TextIOWrapper.
import PythonRuntime

extension TextIO {
  static var methods: [NativeMethod] {
    [
      NativeMethod("write", .oneArgument) { t, o, a in
        guard a[0].isKind(.str) else {
          return t.raise(.TypeError, "write() argument must be str, not \(argumentTypeName(a[0]))")
        }
        guard let state = state(t, o), write(t, o, state, a[0]) else { return nil }
        return makeInt(a[0].strLength)
      },
      NativeMethod("flush", .noArguments) { t, o, _ in
        guard let state = state(t, o) else { return nil }
        state.canTell = state.isSeekable
        return flushPending(t, o, state) && flushBuffer(t, o) ? core.pointee.none : nil
      },
      NativeMethod("read", .positional(0, 1)) { t, o, a in
        guard let state = state(t, o), let count = limit(t, a) else { return nil }
        return read(t, o, state, count)
      },
      NativeMethod("readline", .positional(0, 1)) { t, o, a in
        guard let state = state(t, o), let count = limit(t, a) else { return nil }
        return readLine(t, o, state, limit: count)
      },
      NativeMethod("__next__", .noArguments) { t, o, _ in
        guard let line = nextLine(t, o) else { return t.hasRaised ? nil : t.raise(.StopIteration) }
        return line
      },
      NativeMethod("close", .noArguments) { t, o, _ in close(t, o) },
      NativeMethod("seek", .positional(1, 2)) { t, o, a in
        var how = 0
        if let given = a.optional(1) {
          guard let value = intValue(t, given) else { return nil }
          how = value
        }
        return seek(t, o, a[0], how)
      },
      NativeMethod("tell", .noArguments) { t, o, _ in tell(t, o) },
      NativeMethod("truncate", .positional(0, 1)) { t, o, a in
        guard inner(t, o) != nil, let flushed = callMethod(t, o, "flush") else { return nil }
        flushed.release()
        guard let buffer = inner(t, o) else { return nil }
        if let size = a.optional(0) { return callMethod(t, buffer, "truncate", size) }
        return callMethod(t, buffer, "truncate")
      },
      NativeMethod("detach", .noArguments) { t, o, _ in
        guard let state = state(t, o, open: false), let flushed = callMethod(t, o, "flush") else {
          return nil
        }
        flushed.release()
        guard let buffer = inner(t, o) else { return nil }
        o.stream.pointee.inner = nil
        state.isDetached = true
        return buffer
      },
      NativeMethod("reconfigure", .keywords) { t, o, a in
        reconfigure(t, o, a) ? core.pointee.none : nil
      },
      NativeMethod("fileno", .noArguments) { t, o, _ in
        inner(t, o).flatMap { callMethod(t, $0, "fileno") }
      },
      NativeMethod("isatty", .noArguments) { t, o, _ in
        inner(t, o).flatMap { callMethod(t, $0, "isatty") }
      },
      NativeMethod("readable", .noArguments) { t, o, _ in
        inner(t, o).flatMap { callMethod(t, $0, "readable") }
      },
      NativeMethod("writable", .noArguments) { t, o, _ in
        inner(t, o).flatMap { callMethod(t, $0, "writable") }
      },
      NativeMethod("seekable", .noArguments) { t, o, _ in
        inner(t, o).flatMap { callMethod(t, $0, "seekable") }
      },
    ]
  }

  /// The buffer is closed even when what waits cannot be written; the error of closing has that of writing as its context.
  private static func close(_ t: ThreadState, _ o: Object) -> Object? {
    guard let buffer = inner(t, o)?.retained() else { return nil }
    defer { buffer.release() }
    guard let closed = getAttribute(t, buffer, "closed") else { return nil }
    let truth = isTrue(t, closed)
    closed.release()
    if truth != 0 { return truth < 0 ? nil : core.pointee.none }
    let flushed = callMethod(t, o, "flush")
    flushed.release()
    let failure = flushed == nil ? t.takeRaised() : nil
    guard let result = callMethod(t, buffer, "close") else {
      if let failure, let second = t.takeRaised() {
        if second != failure { setExceptionContext(second, steal: failure) }
        t.setRaised(steal: second)
      }
      return nil
    }
    o.stream.pointee.state?.takeUnretainedValue().isClosed = true
    guard let failure else { return result }
    result.release()
    t.setRaised(steal: failure)
    return nil
  }

  private static func limit(_ t: ThreadState, _ a: Arguments) -> Int? {
    guard let object = a.optional(0), object != core.pointee.none else { return -1 }
    return intValue(t, object)
  }
}
