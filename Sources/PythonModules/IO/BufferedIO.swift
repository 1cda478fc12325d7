// BufferedReader, BufferedWriter, BufferedRandom and BufferedRWPair: one state with a read-ahead and a pending part.
import Glibc
import PythonRuntime

final class BufferedState: StreamState {
  /// Read from the raw stream, from `readStart` on not yet handed out.
  var ahead: [UInt8] = []
  var readStart = 0
  /// Written and not yet given to the raw stream.
  var pending: [UInt8] = []
  var size: Int
  let canRead: Bool
  let canWrite: Bool

  init(size: Int, canRead: Bool, canWrite: Bool) {
    self.size = size
    self.canRead = canRead
    self.canWrite = canWrite
  }

  var available: Int { ahead.count - readStart }
  func take(_ count: Int) -> ArraySlice<UInt8> {
    let end = readStart + min(count, available)
    defer { readStart = end }
    return ahead[readStart..<end]
  }
}

enum BufferedIO {
  nonisolated(unsafe) static var reader = core.pointee.types.object
  nonisolated(unsafe) static var writer = core.pointee.types.object
  nonisolated(unsafe) static var random = core.pointee.types.object
  static let defaultSize = 8192

  static func start(_ t: ThreadState) {
    reader = makeType(t, "BufferedReader", canRead: true, canWrite: false)
    writer = makeType(t, "BufferedWriter", canRead: false, canWrite: true)
    random = makeType(t, "BufferedRandom", canRead: true, canWrite: true)
  }

  private static func makeType(_ t: ThreadState, _ name: String, canRead: Bool, canWrite: Bool) -> TypeObject {
    let initialize: InitFunction =
      canRead && canWrite
      ? InitFunction { t, o, a in begin(t, o, a, "BufferedRandom", true, true) }
      : canRead
        ? InitFunction { t, o, a in begin(t, o, a, "BufferedReader", true, false) }
        : InitFunction { t, o, a in begin(t, o, a, "BufferedWriter", false, true) }
    let type = Streams.makeType(t, name, base: Streams.buffered, methods) { p in
      p.pointee.initialize = initialize
      p.pointee.repr = UnaryFunction { t, o in
        let name = getAttribute(t, o, "name").flatMap { object -> String? in
          defer { object.release() }
          return reprString(t, object)
        }
        if t.hasRaised { t.clearRaised() }
        return makeString("<\(typeName(o))\(name.map { " name=\($0)" } ?? "")>")
      }
    }
    addMember(t, type, "raw", offset: MemoryLayout<StreamLayout>.offset(of: \.inner) ?? 0, readOnly: true)
    addGetSet(t, type, "name", getter: UnaryFunction { t, o in inner(t, o).flatMap { getAttribute(t, $0, "name") } })
    addGetSet(t, type, "mode", getter: UnaryFunction { t, o in inner(t, o).flatMap { getAttribute(t, $0, "mode") } })
    addGetSet(
      t, type, "closed", getter: UnaryFunction { t, o in inner(t, o).flatMap { getAttribute(t, $0, "closed") } })
    return type
  }

  private static func begin(
    _ t: ThreadState, _ o: Object, _ a: Arguments, _ name: String, _ canRead: Bool, _ canWrite: Bool
  ) -> Bool {
    guard let given = parseArguments(t, a, function: name, names: ["raw", "buffer_size"], required: 1),
      let raw = given[0]
    else { return false }
    var size = defaultSize
    if let object = given[1] {
      guard let value = intValue(t, object) else { return false }
      size = value
    }
    guard size > 0 else {
      t.raise(.ValueError, "buffer size must be strictly positive")
      return false
    }
    Streams.set(o, BufferedState(size: size, canRead: canRead, canWrite: canWrite), inner: raw)
    return true
  }

  static func make(_ t: ThreadState, _ type: TypeObject, raw: Object, size: Int = defaultSize) -> Object {
    let o = allocateZeroed(type)
    track(o)
    Streams.set(o, BufferedState(size: size, canRead: type != writer, canWrite: type != reader), inner: raw)
    return o
  }

  /// The raw stream, borrowed: code of the program that runs meanwhile may detach it, so this comes last before its use. nil: an exception is set.
  static func inner(_ t: ThreadState, _ o: Object) -> Object? {
    guard let raw = o.stream.pointee.inner else {
      t.raise(.ValueError, "raw stream has been detached")
      return nil
    }
    return raw
  }

  /// Whether it is one of these types itself, no subclass.
  static func isNative(_ o: Object) -> Bool {
    o.type == reader || o.type == writer || o.type == random
  }

  /// The native descriptor below, when the raw stream is a plain FileIO.
  static func file(_ o: Object) -> FileState? {
    guard let raw = o.stream.pointee.inner, raw.type == FileIO.type else { return nil }
    return raw.stream.pointee.state?.takeUnretainedValue() as? FileState
  }

  private static func state(_ t: ThreadState, _ o: Object) -> BufferedState? {
    guard let state = Streams.state(t, o, as: BufferedState.self) else { return nil }
    if let file = file(o), file.isClosed {
      t.raise(.ValueError, "\(state.canRead ? "read of" : "write to") closed file")
      return nil
    }
    return state
  }

  // MARK: - Writing

  /// Gives the pending bytes to the raw stream. `recorded`: their output event was written already.
  static func flush(_ t: ThreadState, _ o: Object) -> Bool {
    guard let state = o.stream.pointee.state?.takeUnretainedValue() as? BufferedState, !state.pending.isEmpty else {
      return true
    }
    let bytes = state.pending
    state.pending = []
    return writeThrough(t, o, bytes)
  }

  static func writeThrough(_ t: ThreadState, _ o: Object, _ bytes: [UInt8]) -> Bool {
    if let file = file(o) {
      var done = 0
      while done < bytes.count {
        let written = bytes.withUnsafeBytes {
          PosixDescriptors.writeBytes(
            t, file.descriptor, UnsafeRawBufferPointer(rebasing: $0[done...]), recordsOutput: false)
        }
        if written < 0 { return false }
        done += written
      }
      return true
    }
    guard let raw = inner(t, o) else { return false }
    let object = makeBytes(bytes)
    defer { object.release() }
    guard let result = callMethod(t, raw, "write", object) else { return false }
    result.release()
    return true
  }

  /// Adds bytes to the pending ones, and says so in the trace when they go to descriptor 1 or 2.
  static func write(_ t: ThreadState, _ o: Object, _ bytes: UnsafeBufferPointer<UInt8>, recordsOutput: Bool = true)
    -> Bool
  {
    guard let state = state(t, o) else { return false }
    guard state.canWrite else {
      Streams.unsupported(t, "write")
      return false
    }
    if recordsOutput, Probes.isOn, let file = file(o), file.descriptor == 1 || file.descriptor == 2 {
      Probes.output(descriptor: file.descriptor, UnsafeRawBufferPointer(bytes))
    }
    if state.available > 0 { guard rewind(t, o, state) else { return false } }
    state.pending.append(contentsOf: bytes)
    return state.pending.count < state.size || flush(t, o)
  }

  /// A write after a read: the raw position goes back to where the reader stands.
  private static func rewind(_ t: ThreadState, _ o: Object, _ state: BufferedState) -> Bool {
    guard state.canWrite, let raw = inner(t, o) else { return true }
    let back = makeInt(-state.available)
    let from = makeInt(1)
    state.ahead = []
    state.readStart = 0
    defer {
      back.release()
      from.release()
    }
    guard let place = callMethod(t, raw, "seek", back, from) else { return false }
    place.release()
    return true
  }

  // MARK: - Reading

  /// Reads once more from the raw stream; false: an exception is set. At the end nothing is added.
  static func fill(_ t: ThreadState, _ o: Object, _ state: BufferedState, _ wanted: Int) -> Bool {
    if state.readStart > 0 {
      state.ahead.removeFirst(state.readStart)
      state.readStart = 0
    }
    if let file = file(o) {
      guard file.isReadable else {
        Streams.unsupported(t, "read")
        return false
      }
      guard let bytes = PosixDescriptors.readBytes(t, file.descriptor, max(wanted, state.size)) else { return false }
      state.ahead += bytes
      return true
    }
    guard let raw = inner(t, o) else { return false }
    let count = makeInt(max(wanted, state.size))
    defer { count.release() }
    guard let piece = callMethod(t, raw, "read", count) else { return false }
    if piece.isKind(.bytes) { state.ahead += Array(piece.byteView) }
    piece.release()
    return true
  }

  private static func prepareRead(_ t: ThreadState, _ o: Object) -> BufferedState? {
    guard let state = state(t, o) else { return nil }
    guard state.canRead else {
      Streams.unsupported(t, "read")
      return nil
    }
    return flush(t, o) ? state : nil
  }

  /// Up to `count` bytes, negative: all. nil: an exception is set.
  static func read(_ t: ThreadState, _ o: Object, _ count: Int) -> [UInt8]? {
    guard let state = prepareRead(t, o) else { return nil }
    while count < 0 || state.available < count {
      let before = state.available
      guard fill(t, o, state, count < 0 ? 64 * 1024 : count - before) else { return nil }
      if state.available == before { break }
    }
    return Array(state.take(count < 0 ? state.available : count))
  }

  /// A line with its end, at most `limit` bytes when not negative.
  static func readLine(_ t: ThreadState, _ o: Object, limit: Int = -1) -> [UInt8]? {
    guard let state = prepareRead(t, o) else { return nil }
    var searched = 0
    while true {
      if let end = state.ahead[(state.readStart + searched)...].firstIndex(of: 0x0A) {
        let length = end + 1 - state.readStart
        return Array(state.take(limit >= 0 ? min(limit, length) : length))
      }
      searched = state.available
      if limit >= 0, searched >= limit { return Array(state.take(limit)) }
      guard fill(t, o, state, state.size) else { return nil }
      if state.available == searched { return Array(state.take(searched)) }
    }
  }

  private static func count(_ t: ThreadState, _ a: Arguments, default value: Int = -1) -> Int? {
    guard let object = a.optional(0), object != core.pointee.none else { return value }
    return intValue(t, object)
  }

  private static var methods: [NativeMethod] {
    [
      NativeMethod("write", .oneArgument) { t, o, a in
        Bytes.read(t, a[0]) { bytes in write(t, o, bytes) ? makeInt(bytes.count) : nil }
      },
      NativeMethod("flush", .noArguments) { t, o, _ in
        guard state(t, o) != nil else { return nil }
        return flush(t, o) ? core.pointee.none : nil
      },
      NativeMethod("read", .positional(0, 1)) { t, o, a in
        guard let count = count(t, a), let bytes = read(t, o, count) else { return nil }
        return makeBytes(bytes)
      },
      NativeMethod("read1", .positional(0, 1)) { t, o, a in
        guard let count = count(t, a), let state = prepareRead(t, o) else { return nil }
        if state.available == 0 { guard fill(t, o, state, 1) else { return nil } }
        return makeBytes(Array(state.take(count < 0 ? state.available : count)))
      },
      NativeMethod("peek", .positional(0, 1)) { t, o, _ in
        guard let state = prepareRead(t, o) else { return nil }
        if state.available == 0 { guard fill(t, o, state, 1) else { return nil } }
        return makeBytes(Array(state.ahead[state.readStart...]))
      },
      NativeMethod("readline", .positional(0, 1)) { t, o, a in
        guard let limit = count(t, a), let line = readLine(t, o, limit: limit) else { return nil }
        return makeBytes(line)
      },
      NativeMethod("readinto", .oneArgument) { t, o, a in IOBase.readInto(t, o, a[0]) },
      NativeMethod("seek", .positional(1, 2)) { t, o, a in
        guard let state = state(t, o), flush(t, o), var offset = intValue(t, a[0]), let raw = inner(t, o) else {
          return nil
        }
        let how = a.optional(1).map { clampedIntValue($0) } ?? 0
        if how == 1 { offset -= state.available }
        state.ahead = []
        state.readStart = 0
        let place = makeInt(offset)
        let from = makeInt(how)
        defer {
          place.release()
          from.release()
        }
        return callMethod(t, raw, "seek", place, from)
      },
      NativeMethod("tell", .noArguments) { t, o, _ in
        guard let state = state(t, o), let raw = inner(t, o), let place = callMethod(t, raw, "tell") else { return nil }
        defer { place.release() }
        guard let value = intValue(t, place) else { return nil }
        return makeInt(value - state.available + state.pending.count)
      },
      NativeMethod("truncate", .positional(0, 1)) { t, o, a in
        guard let state = state(t, o) else { return nil }
        guard state.canWrite else { return Streams.unsupported(t, "truncate") }
        guard flush(t, o), state.available == 0 || rewind(t, o, state) else { return nil }
        let given = a.optional(0).flatMap { $0 == core.pointee.none ? nil : $0.retained() }
        guard let place = given ?? callMethod(t, o, "tell") else { return nil }
        defer { place.release() }
        guard let raw = inner(t, o) else { return nil }
        return callMethod(t, raw, "truncate", place)
      },
      NativeMethod("detach", .noArguments) { t, o, _ in
        guard flush(t, o), let raw = inner(t, o) else { return nil }
        o.stream.pointee.inner = nil
        return raw
      },
      NativeMethod("close", .noArguments) { t, o, _ in
        guard let state = o.stream.pointee.state?.takeUnretainedValue(), !state.isClosed else {
          return core.pointee.none
        }
        guard o.stream.pointee.inner != nil else { return core.pointee.none }
        let flushed = flush(t, o)
        guard let raw = o.stream.pointee.inner else { return flushed ? core.pointee.none : nil }
        let raised = t.takeRaised()
        state.isClosed = true
        let closed = callMethod(t, raw, "close")
        if !flushed {
          if closed == nil { t.clearRaised() }
          closed.release()
          t.setRaised(steal: raised)
          return nil
        }
        raised.release()
        return closed
      },
      NativeMethod("fileno", .noArguments) { t, o, _ in inner(t, o).flatMap { callMethod(t, $0, "fileno") } },
      NativeMethod("isatty", .noArguments) { t, o, _ in inner(t, o).flatMap { callMethod(t, $0, "isatty") } },
      NativeMethod("readable", .noArguments) { t, o, _ in inner(t, o).flatMap { callMethod(t, $0, "readable") } },
      NativeMethod("writable", .noArguments) { t, o, _ in inner(t, o).flatMap { callMethod(t, $0, "writable") } },
      NativeMethod("seekable", .noArguments) { t, o, _ in inner(t, o).flatMap { callMethod(t, $0, "seekable") } },
    ]
  }
}
