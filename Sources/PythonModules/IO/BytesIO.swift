// BytesIO: bytes in memory as a stream, and the views of them that `getbuffer` gives.
import Glibc
import PythonRuntime
import PythonTypes

/// The bytes, in memory that stays where it is while views look at it.
final class BytesState: StreamState {
  private(set) var data: UnsafeMutablePointer<UInt8>?
  private(set) var count = 0
  private var capacity = 0
  var place = 0
  /// Live views of `getbuffer`: nothing may be written, cut or closed meanwhile.
  var exports = 0

  deinit { data?.deallocate() }

  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: data, count: count) }

  /// Puts bytes at `place`; a gap before it is filled with zeros.
  func write(_ new: UnsafeBufferPointer<UInt8>, at place: Int) {
    reserve(place + new.count)
    guard let data else { return }
    if place > count { (data + count).initialize(repeating: 0, count: place - count) }
    if let from = new.baseAddress { memmove(data + place, from, new.count) }
    count = max(count, place + new.count)
  }

  func cut(to size: Int) { count = min(count, size) }

  private func reserve(_ wanted: Int) {
    guard wanted > capacity || data == nil else { return }
    capacity = max(wanted, capacity + capacity / 8 + 16)
    let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    if let data {
      memcpy(fresh, data, count)
      data.deallocate()
    }
    data = fresh
  }
}

enum BytesIO {
  nonisolated(unsafe) static var type = core.pointee.types.object

  static func start(_ t: ThreadState) {
    type = Streams.makeType(t, "BytesIO", base: Streams.buffered, MemoryStreams.common + methods) { p in
      // Empty until `__init__` says otherwise, which unpickling does not call.
      p.pointee.new = NativeFunction { _, cls, _ in
        let o = allocateZeroed(TypeObject(unchecked: cls))
        Streams.set(o, BytesState())
        track(o)
        return o
      }
      p.pointee.initialize = InitFunction { t, o, a in
        guard let given = parseArguments(t, a, function: "BytesIO", names: ["initial_bytes"], required: 0) else {
          return false
        }
        if let old = o.stream.pointee.state?.takeUnretainedValue() as? BytesState, !canChange(t, old) { return false }
        let state = BytesState()
        if let source = given[0], source != core.pointee.none {
          guard let bytes = ByteSource.required(t, source) else { return false }
          bytes.withUnsafeBufferPointer { state.write($0, at: 0) }
        }
        Streams.set(o, state)
        return true
      }
      p.pointee.iter = UnaryFunction { t, o in state(t, o).map { _ in o.retained() } }
      p.pointee.next = UnaryFunction { t, o in
        guard let state = state(t, o) else { return nil }
        return state.place < state.count ? line(state, -1) : nil
      }
    }
    readyType(t, bufferType)
  }

  private static func state(_ t: ThreadState, _ o: Object) -> BytesState? { Streams.state(t, o, as: BytesState.self) }

  /// False: there are views, BufferError is set.
  private static func canChange(_ t: ThreadState, _ state: BytesState) -> Bool {
    state.exports == 0 || t.fail(.BufferError, "Existing exports of data: object cannot be re-sized")
  }

  // MARK: - Views

  private struct BufferLayout {
    var header: ObjectHeader
    var stream: Object?
  }

  /// What `getbuffer`'s memoryview looks at: it keeps the stream and counts in it.
  private static let bufferType: TypeObject = makeBuiltinType(
    name: "_BytesIOBuffer", module: "_io", layoutSize: MemoryLayout<BufferLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      PythonRuntime.take(&o.layout(BufferLayout.self).pointee.stream)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(BufferLayout.self).pointee.stream) }
    p.pointee.buffer = BufferFunction { _, o, change in
      let stream = o.layout(BufferLayout.self).pointee.stream
      guard let state = stream?.stream.pointee.state?.takeUnretainedValue() as? BytesState else { return nil }
      state.exports += change
      return BufferView(state.data, count: state.count, readOnly: false)
    }
  }

  private static func makeBuffer(_ t: ThreadState, _ o: Object) -> Object? {
    guard state(t, o) != nil else { return nil }
    let buffer = allocateZeroed(bufferType)
    buffer.layout(BufferLayout.self).pointee.stream = o.retained()
    trackFresh(buffer)
    defer { buffer.release() }
    return makeMemoryView(t, of: buffer)
  }

  // MARK: - Reading and writing

  private static func take(_ state: BytesState, _ count: Int) -> Object {
    let start = min(state.place, state.count)
    let end = count < 0 ? state.count : min(start + min(count, state.count), state.count)
    state.place = max(end, state.place)
    return makeBytes(state.data.map { UnsafePointer($0 + start) }, end - start)
  }

  private static func line(_ state: BytesState, _ limit: Int) -> Object {
    let start = min(state.place, state.count)
    var length = state.count - start
    if let data = state.data, let found = memchr(data + start, 0x0A, length) {
      length = found - UnsafeMutableRawPointer(data + start) + 1
    }
    return take(state, limit < 0 ? length : min(limit, length))
  }

  private static func write(_ t: ThreadState, _ o: Object, _ data: Object) -> Object? {
    guard let state = state(t, o), canChange(t, state) else { return nil }
    return Bytes.read(t, data) { bytes -> Object? in
      // The argument's own code may have closed the stream.
      guard self.state(t, o) != nil else { return nil }
      guard bytes.count > 0 else { return makeInt(0) }
      guard canChange(t, state) else { return nil }
      state.write(bytes, at: state.place)
      state.place += bytes.count
      return makeInt(bytes.count)
    }
  }

  private static func readInto(_ t: ThreadState, _ o: Object, _ target: Object, _ name: String) -> Object? {
    guard let state = state(t, o) else { return nil }
    return ByteSource.withMemory(t, target, writable: true) { memory -> Object? in
      guard let memory, !memory.readOnly else {
        return t.raise(
          .TypeError, "\(name)() argument must be read-write bytes-like object, not \(argumentTypeName(target))")
      }
      let start = min(state.place, state.count)
      let count = min(memory.bytes.count, state.count - start)
      if let to = memory.bytes.baseAddress, let from = state.data { memmove(to, from + start, count) }
      state.place = max(state.place, start + count)
      return makeInt(count)
    }
  }

  /// `(bytes, place, attributes)`, as `__getstate__` gives it.
  private static func setState(_ t: ThreadState, _ o: Object, _ given: Object) -> Object? {
    guard let state = state(t, o) else { return nil }
    guard given.isKind(.tuple), given.tupleCount == 3 else {
      return t.raise(
        .TypeError, "\(qualifiedTypeName(t, o.type)).__setstate__ argument should be 3-tuple, got \(typeName(given))")
    }
    guard canChange(t, state), let place = intValue(t, given.tupleItems[1]) else { return nil }
    guard place >= 0 else { return t.raise(.ValueError, "position value cannot be negative") }
    state.cut(to: 0)
    state.place = 0
    guard let written = write(t, o, given.tupleItems[0]) else { return nil }
    written.release()
    state.place = place
    return MemoryStreams.setAttributes(t, o, given.tupleItems[2]) ? core.pointee.none : nil
  }

  private static var methods: [NativeMethod] {
    let read = NativeFunction { t, o, a in
      guard let state = state(t, o), let count = MemoryStreams.number(t, a) else { return nil }
      return take(state, count)
    }
    return [
      NativeMethod("getvalue", .noArguments) { t, o, _ in
        state(t, o).map { makeBytes($0.bytes.baseAddress, $0.count) }
      },
      NativeMethod("getbuffer", .noArguments) { t, o, _ in makeBuffer(t, o) },
      NativeMethod("close", .noArguments) { t, o, _ in
        guard let state = o.stream.pointee.state?.takeUnretainedValue() as? BytesState else { return core.pointee.none }
        guard canChange(t, state) else { return nil }
        state.isClosed = true
        return core.pointee.none
      },
      NativeMethod("read", .positional(0, 1), read), NativeMethod("read1", .positional(0, 1), read),
      NativeMethod("readinto", .oneArgument) { t, o, a in readInto(t, o, a[0], "readinto") },
      NativeMethod("readinto1", .oneArgument) { t, o, a in readInto(t, o, a[0], "readinto1") },
      NativeMethod("readline", .positional(0, 1)) { t, o, a in
        guard let state = state(t, o), let limit = MemoryStreams.number(t, a) else { return nil }
        return line(state, limit)
      },
      NativeMethod("write", .oneArgument) { t, o, a in write(t, o, a[0]) },
      NativeMethod("seek", .positional(1, 2)) { t, o, a in
        guard let state = state(t, o),
          let place = MemoryStreams.seek(t, a, place: state.place, end: state.count)
        else { return nil }
        state.place = place
        return makeInt(place)
      },
      NativeMethod("tell", .noArguments) { t, o, _ in state(t, o).map { makeInt($0.place) } },
      NativeMethod("truncate", .positional(0, 1)) { t, o, a in
        guard let state = state(t, o), canChange(t, state),
          let size = MemoryStreams.number(t, a, default: state.place)
        else { return nil }
        guard size >= 0 else { return t.raise(.ValueError, "negative size value \(size)") }
        state.cut(to: size)
        return makeInt(size)
      },
      NativeMethod("__getstate__", .noArguments) { t, o, _ in
        guard let state = state(t, o) else { return nil }
        let bytes = makeBytes(state.bytes.baseAddress, state.count)
        return makeTuple([bytes, makeInt(state.place), MemoryStreams.attributes(o)])
      },
      NativeMethod("__setstate__", .oneArgument) { t, o, a in setState(t, o, a[0]) },
    ]
  }
}
