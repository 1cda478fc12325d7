// `_thread._ThreadHandle`: what `threading.Thread` joins.
import Glibc
import PythonRuntime

struct ThreadHandleLayout {
  var header: ObjectHeader
  var state: UnsafeMutablePointer<ThreadHandleState>
}

enum ThreadHandle {
  nonisolated(unsafe) static var type = core.pointee.types.object

  static func start(_ t: ThreadState) {
    type = makeBuiltinType(
      name: "_ThreadHandle", module: "_thread", layoutSize: MemoryLayout<ThreadHandleLayout>.size
    ) { p in
      p.pointee.new = NativeFunction { _, _, _ in make() }
      p.pointee.dealloc = ObjectAction { o in
        state(o).pointee.lock = 0
        ThreadHandleState.release(state(o))
        freeInstance(o)
      }
      p.pointee.repr = UnaryFunction { _, o in
        makeString("<_ThreadHandle object: ident=\(state(o).pointee.ident)>")
      }
    }
    readyType(t, type)
    addGetSet(t, type, "ident", getter: UnaryFunction { _, o in makeInt(unsigned: UInt64(state(o).pointee.ident)) })
    addMethods(
      t, type,
      [
        NativeMethod("join", .positional(0, 1), join),
        NativeMethod("is_done", .noArguments) { _, o, _ in makeBool(state(o).pointee.phase == .done) },
        NativeMethod("_set_done", .noArguments) { t, o, _ in
          guard state(o).pointee.phase != .notStarted else { return t.raise(.RuntimeError, "thread not started") }
          state(o).pointee.finish()
          return core.pointee.none
        },
      ])
  }

  static func state(_ o: Object) -> UnsafeMutablePointer<ThreadHandleState> {
    o.layout(ThreadHandleLayout.self).pointee.state
  }

  static func make() -> Object {
    let o = allocateObject(type, size: MemoryLayout<ThreadHandleLayout>.size)
    o.layout(ThreadHandleLayout.self).pointee.state = ThreadHandleState.create(lock: o.slot)
    return o
  }

  private static func join(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    var nanoseconds: UInt64?
    if let object = a.optional(0), object != core.pointee.none {
      guard let seconds = floatValue(t, object) else { return nil }
      if seconds >= 0 {
        guard seconds <= LockObjects.timeoutMax else { return t.raise(.OverflowError, "timeout value is too large") }
        nanoseconds = UInt64(seconds * 1e9)
      }
    }
    let state = state(o)
    switch state.pointee.phase {
    case .notStarted, .starting: return t.raise(.RuntimeError, "thread not started")
    case .done: return core.pointee.none
    case .running: break
    }
    guard state.pointee.ident != t.pointer.pointee.ident else {
      return t.raise(.RuntimeError, "Cannot join current thread")
    }
    switch ThreadHandleState.wait(t, state, nanoseconds: nanoseconds) {
    case .interrupted: return nil
    case .done:
      Probes.joined(t)
      return core.pointee.none
    case .timedOut: return core.pointee.none
    }
  }
}
