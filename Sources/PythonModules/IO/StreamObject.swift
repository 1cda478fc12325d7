// What all streams of `_io` share: the object's layout, its native state, and the base classes of `io`.
//
//     _IOBase > _RawIOBase > FileIO
//             > _BufferedIOBase > BytesIO, BufferedReader, BufferedWriter, BufferedRandom, BufferedRWPair
//             > _TextIOBase > TextIOWrapper, StringIO
import PythonRuntime

struct StreamLayout {
  var header: ObjectHeader
  var dict: Object?
  var weakrefs: Object?
  /// The stream below: a buffer's raw stream, a text stream's buffer. Owned.
  var inner: Object?
  /// nil: a Python subclass of a base class, or `__init__` was not called.
  var state: Unmanaged<StreamState>?
}

/// The native part of a stream. Swift classes are fine here: nothing of it is hot but the text writer, which is one array.
class StreamState {
  var isClosed = false
  var name: Object?
  deinit { name.release() }
}

extension Object {
  var stream: UnsafeMutablePointer<StreamLayout> { layout(StreamLayout.self) }
}

enum Streams {
  nonisolated(unsafe) static var base = core.pointee.types.object
  nonisolated(unsafe) static var raw = core.pointee.types.object
  nonisolated(unsafe) static var buffered = core.pointee.types.object
  nonisolated(unsafe) static var text = core.pointee.types.object
  /// `io.UnsupportedOperation`.
  nonisolated(unsafe) static var unsupported: Object?

  /// A stream type; `module` is what its repr shows.
  static func makeType(
    _ t: ThreadState, _ name: String, base: TypeObject?, _ methods: [NativeMethod],
    configure: @escaping (UnsafeMutablePointer<TypeLayout>) -> Void = { _ in }
  ) -> TypeObject {
    let type = makeBuiltinType(
      name: name, module: "_io", base: base, layoutSize: MemoryLayout<StreamLayout>.size,
      flags: [.container, .baseType]
    ) { p in
      p.pointee.dictOffset = MemoryLayout<StreamLayout>.offset(of: \.dict) ?? 0
      p.pointee.weakrefOffset = MemoryLayout<StreamLayout>.offset(of: \.weakrefs) ?? 0
      p.pointee.dealloc = ObjectAction(dealloc)
      p.pointee.traverse = TraverseFunction { o, visit in visit(o.stream.pointee.dict) || visit(o.stream.pointee.inner)
      }
      p.pointee.clear = ObjectAction { o in
        take(&o.stream.pointee.dict)
        take(&o.stream.pointee.inner)
      }
      p.pointee.new = NativeFunction { _, type, _ in
        let o = allocateZeroed(TypeObject(unchecked: type))
        track(o)
        return o
      }
      p.pointee.finalize = ObjectAction(finalize)
      configure(p)
    }
    readyType(t, type)
    addMethods(t, type, methods)
    return type
  }

  private static func dealloc(_ o: Object) {
    // Python subclasses were finalized by their own dealloc.
    if callFinalizerFromDealloc(o) { return }
    untrack(o)
    clearWeakrefs(o)
    take(&o.stream.pointee.dict)
    take(&o.stream.pointee.inner)
    o.stream.pointee.state?.release()
    o.stream.pointee.state = nil
    freeInstance(o)
  }

  /// An open stream that dies is closed, without noise.
  private static func finalize(_ o: Object) {
    let t = currentThread()
    let raised = t.takeRaised()
    if let state = o.stream.pointee.state?.takeUnretainedValue(), !state.isClosed {
      if let result = callMethod(t, o, "close") { result.release() } else { t.clearRaised() }
    }
    t.setRaised(steal: raised)
  }

  static func set(_ o: Object, _ state: StreamState, inner: Object? = nil) {
    o.stream.pointee.state?.release()
    o.stream.pointee.state = Unmanaged.passRetained(state)
    if let inner {
      let old = o.stream.pointee.inner
      o.stream.pointee.inner = inner.retained()
      old.release()
    }
  }

  /// The state as the type that the method's class has. nil: ValueError is set.
  static func state<State: StreamState>(_ t: ThreadState, _ o: Object, as: State.Type, open: Bool = true) -> State? {
    guard let state = o.stream.pointee.state?.takeUnretainedValue() as? State else {
      t.raise(.ValueError, "I/O operation on uninitialized object")
      return nil
    }
    if open, state.isClosed {
      t.raise(.ValueError, "I/O operation on closed file.")
      return nil
    }
    return state
  }

  @discardableResult static func unsupported(_ t: ThreadState, _ message: String) -> Object? {
    guard let unsupported else { return t.raise(.OSError, message) }
    let text = makeString(message)
    defer { text.release() }
    if let exception = call1(t, unsupported, text) {
      t.raiseObject(exception)
      exception.release()
    }
    return nil
  }

  static let none = core.pointee.none
}
