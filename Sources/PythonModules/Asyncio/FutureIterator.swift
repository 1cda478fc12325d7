// `_asyncio.FutureIter`: what `await future` runs through. It gives the future once, then its result.
import PythonRuntime

struct FutureIteratorLayout {
  var header: ObjectHeader
  /// nil: exhausted.
  var future: Object?
}

enum FutureIterator {
  static let type: TypeObject = makeBuiltinType(
    name: "FutureIter", module: "_asyncio", layoutSize: MemoryLayout<FutureIteratorLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      take(&o.layout(FutureIteratorLayout.self).pointee.future)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in visit(o.layout(FutureIteratorLayout.self).pointee.future) }
    p.pointee.clear = ObjectAction { o in take(&o.layout(FutureIteratorLayout.self).pointee.future) }
    p.pointee.iter = UnaryFunction { _, o in o.retained() }
    p.pointee.next = UnaryFunction(next)
  }

  static func make(_ t: ThreadState, _ future: Object) -> Object? {
    guard FutureObject.checkInitialized(t, future) else { return nil }
    let o = allocateZeroed(type)
    let p: UnsafeMutablePointer<FutureIteratorLayout> = o.layout()
    p.pointee.future = future.retained()
    storedField(o, nil, future)
    track(o)
    return o
  }

  private static func next(_ t: ThreadState, _ o: Object) -> Object? {
    guard let future = o.layout(FutureIteratorLayout.self).pointee.future else { return nil }
    if future.future.pointee.state == .pending {
      guard !future.future.pointee.isBlocking else {
        return t.raise(.RuntimeError, "await wasn't used with future")
      }
      future.future.pointee.isBlocking = true
      return future.retained()
    }
    drop(o, keeping: true)
    defer { future.release() }
    guard let result = FutureObject.result(t, future) else { return nil }
    defer { result.release() }
    if result != core.pointee.none { t.raise(.StopIteration, result) }
    return nil
  }

  /// `keeping`: the caller takes over the reference.
  private static func drop(_ o: Object, keeping: Bool) {
    let p: UnsafeMutablePointer<FutureIteratorLayout> = o.layout()
    guard let future = p.pointee.future else { return }
    p.pointee.future = nil
    storedField(o, future, nil)
    if !keeping { future.release() }
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addMethods(
      t, type,
      [
        NativeMethod("send", .oneArgument) { t, o, _ in
          if let value = next(t, o) { return value }
          return t.hasRaised ? nil : t.raise(.StopIteration)
        },
        NativeMethod("throw", .positional(1, 3)) { t, o, a in
          drop(o, keeping: false)
          let none = core.pointee.none
          guard a.count > 1 else {
            guard a[0].isException || a[0].isExceptionType else {
              return t.raise(
                .TypeError,
                "exceptions must be classes deriving BaseException or instances of such a class, not \(a[0].typeName)")
            }
            t.raiseAny(a[0])
            return nil
          }
          guard
            warn(
              t, .DeprecationWarning,
              "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.",
              level: 1)
          else { return nil }
          if let traceback = a.optional(2), traceback != none, !traceback.isKind(.traceback) {
            return t.raise(.TypeError, "throw() third argument must be a traceback")
          }
          let value = a[1]
          if a[0].isException, value != none {
            return t.raise(.TypeError, "instance exception may not have a separate value")
          }
          let made =
            a[0].isException || value.isException
            ? (a[0].isException ? a[0] : value).retained() : value == none ? call0(t, a[0]) : call1(t, a[0], value)
          guard let exception = made else { return nil }
          defer { exception.release() }
          if let traceback = a.optional(2), traceback != none,
            !setAttribute(t, exception, internString("__traceback__"), traceback)
          {
            return nil
          }
          t.raiseAny(exception)
          return nil
        },
        NativeMethod("close", .noArguments) { _, o, _ in
          drop(o, keeping: false)
          return core.pointee.none
        },
      ])
  }
}
