// What `anext(iterator, default)` returns: awaits the iterator's next item, and ends with the default where StopAsyncIteration would end it.

struct AnextAwaitableLayout {
  var header: ObjectHeader
  /// What `__anext__` returned.
  var wrapped: Object
  var defaultValue: Object
}

public enum AnextAwaitable {
  nonisolated(unsafe) private static var type = core.pointee.types.object

  /// Takes over `wrapped`.
  public static func make(stealing wrapped: Object, default value: Object) -> Object {
    let o = allocateContainer(type, size: MemoryLayout<AnextAwaitableLayout>.size)
    let p = o.layout(AnextAwaitableLayout.self)
    p.pointee.wrapped = wrapped
    p.pointee.defaultValue = value.retained()
    track(o)
    return o
  }

  /// The iterator that awaiting the wrapped object runs; asked for at each step, as a coroutine keeps its place and others keep theirs.
  private static func iterator(_ t: ThreadState, _ o: Object) -> Object? {
    guard let awaitable = Slow.awaitable(t, o.layout(AnextAwaitableLayout.self).pointee.wrapped, place: 0)
    else { return nil }
    guard awaitable.isExactly(.coroutine), let slot = awaitable.type.pointer.pointee.await else { return awaitable }
    defer { awaitable.release() }
    return slot.call(t, awaitable)
  }

  /// StopAsyncIteration becomes StopIteration with the default.
  private static func end(_ t: ThreadState, _ o: Object, _ result: Object?) -> Object? {
    if result == nil, t.hasRaised, t.matches(.StopAsyncIteration) {
      t.clearRaised()
      raiseStopIteration(t, steal: o.layout(AnextAwaitableLayout.self).pointee.defaultValue.retained())
    }
    return result
  }

  private static func next(_ t: ThreadState, _ o: Object) -> Object? {
    guard let iterator = iterator(t, o) else { return nil }
    defer { iterator.release() }
    guard let slot = iterator.type.pointer.pointee.next else {
      return t.raise(.TypeError, "'\(iterator.typeName)' object is not an iterator")
    }
    return end(t, o, slot.call(t, iterator))
  }

  private static func delegate(_ t: ThreadState, _ o: Object, _ method: String, _ arguments: [Object]) -> Object? {
    guard let iterator = iterator(t, o) else { return nil }
    defer { iterator.release() }
    return end(t, o, callMethodWithObjects(t, iterator, internString(method), arguments))
  }

  static func addType(_ t: ThreadState) {
    type = makeBuiltinType(
      name: "anext_awaitable", kind: .other, base: nil, layoutSize: MemoryLayout<AnextAwaitableLayout>.size,
      flags: [.container, .exact, .disallowInstantiation]
    ) { p in
      p.pointee.dealloc = ObjectAction { o in
        if o.isTracked { untrack(o) }
        o.layout(AnextAwaitableLayout.self).pointee.wrapped.release()
        o.layout(AnextAwaitableLayout.self).pointee.defaultValue.release()
        freeInstance(o)
      }
      p.pointee.traverse = TraverseFunction { o, visit in
        let p = o.layout(AnextAwaitableLayout.self)
        return visit(p.pointee.wrapped) || visit(p.pointee.defaultValue)
      }
      AsyncGenerator.configureAwaitable(p, next: UnaryFunction { t, o in next(t, o) })
    }
    readyType(t, type)
    addMethods(
      t, type,
      [
        NativeMethod("send", .oneArgument) { t, o, arguments in delegate(t, o, "send", [arguments[0]]) },
        NativeMethod("throw", .positional(1, 3)) { t, o, arguments in
          delegate(t, o, "throw", (0..<arguments.count).map { arguments[$0] })
        },
        NativeMethod("close", .noArguments) { t, o, _ in delegate(t, o, "close", []) },
      ])
  }
}
