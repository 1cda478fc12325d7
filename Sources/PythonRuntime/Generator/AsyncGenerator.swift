// Asynchronous generators: the awaitables of `__anext__`, `asend`, `athrow` and `aclose`, and the wrapper that tells a yielded value from an
// awaited one.
import PythonBytecode

/// An awaitable of an asynchronous generator.
struct AsyncRequestLayout {
  enum State: UInt8 { case fresh, iterating, closed }
  enum Kind: UInt8 { case send, throwing, close }
  var header: ObjectHeader
  var generator: Object
  /// asend: the value; athrow: a tuple of the arguments.
  var value: Object?
  var kind: Kind
  var state: State
}

/// A value that an asynchronous generator yielded (INTRINSIC_ASYNC_GEN_WRAP).
struct AsyncValueLayout {
  var header: ObjectHeader
  var value: Object
}

/// INTRINSIC_ASYNC_GEN_WRAP.
func wrapAsyncValue(_ value: Object) -> Object {
  let o = allocateContainer(AsyncGenerator.valueType, size: MemoryLayout<AsyncValueLayout>.size)
  o.layout(AsyncValueLayout.self).pointee.value = value.retained()
  track(o)
  return o
}

enum AsyncGenerator {
  nonisolated(unsafe) static var requestType = core.pointee.types.object
  nonisolated(unsafe) static var throwType = core.pointee.types.object
  nonisolated(unsafe) static var valueType = core.pointee.types.object

  private static func request(_ t: ThreadState, _ o: Object, _ kind: AsyncRequestLayout.Kind, _ value: Object?)
    -> Object?
  {
    guard installHooks(t, o) else { return nil }
    let type = kind == .send ? requestType : throwType
    let r = allocateContainer(type, size: MemoryLayout<AsyncRequestLayout>.size)
    let p = r.layout(AsyncRequestLayout.self)
    p.pointee.generator = o.retained()
    p.pointee.value = value?.retained()
    p.pointee.kind = kind
    p.pointee.state = .fresh
    track(r)
    return r
  }

  static func next(_ t: ThreadState, _ o: Object) -> Object? { request(t, o, .send, nil) }

  /// The first request takes the hooks of `sys.set_asyncgen_hooks`: the finalizer is kept, `firstiter` called.
  private static func installHooks(_ t: ThreadState, _ o: Object) -> Bool {
    let g = o.generatorLayout
    guard !g.pointee.hooksDone else { return true }
    g.pointee.hooksDone = true
    guard let dict = t.pointer.pointee.dict else { return true }
    if let finalizer = dictGet(t, dict, "__asyncgen_finalizer__"), finalizer != core.pointee.none {
      g.pointee.origin = finalizer.retained()
    }
    if let first = dictGet(t, dict, "__asyncgen_firstiter__"), first != core.pointee.none {
      guard let result = call1(t, first, o) else { return false }
      result.release()
    }
    return true
  }

  // MARK: - Running a request

  private static func send(_ t: ThreadState, _ r: Object, _ sent: Object?) -> Object? {
    let p = r.layout(AsyncRequestLayout.self)
    let o = p.pointee.generator
    let g = o.generatorLayout
    let none = core.pointee.none
    let what = p.pointee.kind == .send ? "__anext__()/asend()" : p.pointee.kind == .close ? "aclose()" : "athrow()"
    if p.pointee.state == .closed { return t.raise(.RuntimeError, "cannot reuse already awaited \(what)") }
    if p.pointee.kind == .send {
      var value = sent ?? none
      if p.pointee.state == .fresh {
        if g.pointee.isRunningAsync {
          p.pointee.state = .closed
          return t.raise(.RuntimeError, "anext(): asynchronous generator is already running")
        }
        if value == none, let own = p.pointee.value { value = own }
        p.pointee.state = .iterating
      }
      g.pointee.isRunningAsync = true
      let result = unwrap(t, o, generatorSend(t, o, value))
      if result == nil { p.pointee.state = .closed }
      return result
    }
    // athrow and aclose
    if g.pointee.state == .finished {
      p.pointee.state = .closed
      t.raise(p.pointee.kind == .close ? .StopIteration : .StopAsyncIteration)
      return nil
    }
    if p.pointee.state == .fresh {
      if g.pointee.isRunningAsync {
        p.pointee.state = .closed
        return t.raise(.RuntimeError, "\(what): asynchronous generator is already running")
      }
      if g.pointee.isClosed {
        p.pointee.state = .closed
        t.raise(.StopAsyncIteration)
        return nil
      }
      if let sent, sent != none {
        return t.raise(.RuntimeError, "can't send non-None value to a just-started coroutine")
      }
      p.pointee.state = .iterating
      g.pointee.isRunningAsync = true
      let raw: Object?
      if p.pointee.kind == .close {
        g.pointee.isClosed = true
        raw = throwIntoGenerator(
          t, o, exceptionType(.GeneratorExit).object, nil, nil, closesOnGeneratorExit: false)
        if let raw, raw.type == valueType {
          raw.release()
          g.pointee.isRunningAsync = false
          p.pointee.state = .closed
          return t.raise(.RuntimeError, "async generator ignored GeneratorExit")
        }
        return finishThrow(t, r, raw)
      }
      guard let arguments = p.pointee.value else { return nil }
      let count = arguments.tupleCount
      raw = throwIntoGenerator(
        t, o, arguments.tupleItems[0], count > 1 ? arguments.tupleItems[1] : nil,
        count > 2 ? arguments.tupleItems[2] : nil,
        closesOnGeneratorExit: false)
      let result = unwrap(t, o, raw)
      return result ?? finishThrow(t, r, nil)
    }
    let raw = generatorSend(t, o, sent ?? none)
    if p.pointee.kind == .throwing {
      let result = unwrap(t, o, raw)
      if result == nil { p.pointee.state = .closed }
      return result
    }
    if let raw, raw.type == valueType {
      raw.release()
      g.pointee.isRunningAsync = false
      p.pointee.state = .closed
      return t.raise(.RuntimeError, "async generator ignored GeneratorExit")
    }
    return finishThrow(t, r, raw)
  }

  /// A close or throw that gave nothing: StopAsyncIteration and GeneratorExit end an `aclose` well.
  private static func finishThrow(_ t: ThreadState, _ r: Object, _ raw: Object?) -> Object? {
    if let raw { return raw }
    let p = r.layout(AsyncRequestLayout.self)
    p.pointee.generator.generatorLayout.pointee.isRunningAsync = false
    p.pointee.state = .closed
    if p.pointee.kind == .close, t.matches(.StopAsyncIteration) || t.matches(.GeneratorExit) {
      t.clearRaised()
      t.raise(.StopIteration)
    }
    return nil
  }

  /// A yielded value ends the request as StopIteration(value); an awaited one passes through.
  private static func unwrap(_ t: ThreadState, _ o: Object, _ result: Object?) -> Object? {
    let g = o.generatorLayout
    guard let result else {
      if !t.hasRaised { t.raise(.StopAsyncIteration) }
      if t.matches(.StopAsyncIteration) || t.matches(.GeneratorExit) { g.pointee.isClosed = true }
      g.pointee.isRunningAsync = false
      return nil
    }
    guard result.type == valueType else { return result }
    let value = result.layout(AsyncValueLayout.self).pointee.value.retained()
    result.release()
    raiseStopIteration(t, steal: value)
    g.pointee.isRunningAsync = false
    return nil
  }

  private static func throwIntoRequest(_ t: ThreadState, _ r: Object, _ arguments: Arguments) -> Object? {
    let p = r.layout(AsyncRequestLayout.self)
    let o = p.pointee.generator
    let what = p.pointee.kind == .send ? "__anext__()/asend()" : p.pointee.kind == .close ? "aclose()" : "athrow()"
    if p.pointee.state == .closed { return t.raise(.RuntimeError, "cannot reuse already awaited \(what)") }
    if p.pointee.state == .fresh {
      if o.generatorLayout.pointee.isRunningAsync {
        p.pointee.state = .closed
        return t.raise(
          .RuntimeError, "\(p.pointee.kind == .send ? "anext()" : what): asynchronous generator is already running")
      }
      p.pointee.state = .iterating
      o.generatorLayout.pointee.isRunningAsync = true
    }
    let raw = throwIntoGenerator(
      t, o, arguments[0], arguments.optional(1), arguments.optional(2), closesOnGeneratorExit: false)
    if p.pointee.kind == .close {
      if let raw, raw.type == valueType {
        raw.release()
        o.generatorLayout.pointee.isRunningAsync = false
        p.pointee.state = .closed
        return t.raise(.RuntimeError, "async generator ignored GeneratorExit")
      }
      return finishThrow(t, r, raw)
    }
    let result = unwrap(t, o, raw)
    if result == nil { p.pointee.state = .closed }
    return result
  }

  private static func closeRequest(_ t: ThreadState, _ r: Object) -> Object? {
    let p = r.layout(AsyncRequestLayout.self)
    if p.pointee.state == .closed { return core.pointee.none }
    if p.pointee.state == .fresh {
      p.pointee.state = .closed
      return core.pointee.none
    }
    var type = exceptionType(.GeneratorExit).object
    let result = withUnsafeMutablePointer(to: &type) { throwIntoRequest(t, r, Arguments(base: $0, count: 1)) }
    if let result {
      result.release()
      return t.raise(.RuntimeError, "coroutine ignored GeneratorExit")
    }
    if t.matches(.StopIteration) || t.matches(.StopAsyncIteration) || t.matches(.GeneratorExit) {
      t.clearRaised()
      return core.pointee.none
    }
    return nil
  }

  // MARK: - Types

  static func addMethods(_ t: ThreadState) {
    requestType = makeRequestType(t, "async_generator_asend")
    throwType = makeRequestType(t, "async_generator_athrow")
    valueType = makeBuiltinType(
      name: "async_generator_wrapped_value", kind: .other, base: nil, layoutSize: MemoryLayout<AsyncValueLayout>.size,
      flags: [.container, .exact, .disallowInstantiation]
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        if o.isTracked { untrack(o) }
        o.layout(AsyncValueLayout.self).pointee.value.release()
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(AsyncValueLayout.self).pointee.value) }
    }
    readyType(t, valueType)
    PythonRuntime.addMethods(
      t, core.pointee.types.asyncGenerator,
      [
        NativeMethod("asend", .oneArgument) { t, o, arguments in request(t, o, .send, arguments[0]) },
        NativeMethod("athrow", .positional(1, 3)) { t, o, arguments in
          let tuple = tupleOfArguments(arguments)
          defer { tuple.release() }
          return request(t, o, .throwing, tuple)
        },
        NativeMethod("aclose", .noArguments) { t, o, _ in request(t, o, .close, nil) },
      ])
  }

  /// The slots of an awaitable that is its own iterator.
  static func configureAwaitable(_ p: UnsafeMutablePointer<TypeLayout>, next: UnaryFunction) {
    p.pointee.iter = UnaryFunction { _, o in o.retained() }
    p.pointee.await = UnaryFunction { _, o in o.retained() }
    p.pointee.next = next
    FunctionTypes.useGenericAttributes(p)
  }

  private static func makeRequestType(_ t: ThreadState, _ name: String) -> TypeObject {
    let type = makeBuiltinType(
      name: name, kind: .other, base: nil, layoutSize: MemoryLayout<AsyncRequestLayout>.size,
      flags: [.container, .exact, .disallowInstantiation]
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        if o.isTracked { untrack(o) }
        o.layout(AsyncRequestLayout.self).pointee.generator.release()
        o.layout(AsyncRequestLayout.self).pointee.value.release()
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in
        let p = o.layout(AsyncRequestLayout.self)
        return visit(p.pointee.generator) || visit(p.pointee.value)
      }
      configureAwaitable(p, next: UnaryFunction { t, o in send(t, o, nil) })
    }
    readyType(t, type)
    PythonRuntime.addMethods(
      t, type,
      [
        NativeMethod("send", .oneArgument) { t, o, arguments in send(t, o, arguments[0]) },
        NativeMethod("throw", .positional(1, 3)) { t, o, arguments in throwIntoRequest(t, o, arguments) },
        NativeMethod("close", .noArguments) { t, o, _ in closeRequest(t, o) },
      ])
    return type
  }
}
