// Instructions of `yield from`, `await`, `async for`.
import PythonBytecode

extension Slow {
  /// Sends to a receiver that the loop does not resume itself; nil: see `isStopIteration`.
  static func send(_ t: ThreadState, _ receiver: Object, _ value: Object) -> Object? {
    if receiver.isExactly(.generator) || receiver.isExactly(.coroutine) {
      switch resumeGenerator(t, receiver, value, raising: false, how: value == core.pointee.none ? .next : .send) {
      case .yielded(let result): return result
      case .returned(let result):
        raiseStopIteration(t, steal: result)
        return nil
      case .raised: return nil
      }
    }
    if value == core.pointee.none, let next = receiver.type.pointer.pointee.next { return next.call(t, receiver) }
    return callMethod(t, receiver, "send", value)
  }

  static func getYieldFromIter(_ t: ThreadState, _ frame: Frame, _ sp: UnsafeMutablePointer<Object?>) -> Bool {
    let o = item(sp, 1)
    if o.isExactly(.coroutine) {
      let allowed = CodeFlags.coroutine.rawValue | CodeFlags.iterableCoroutine.rawValue
      guard frame.code.codeLayout.pointee.flags & allowed != 0 else {
        return t.fail(.TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator")
      }
      return true
    }
    if o.isExactly(.generator) { return true }
    guard let iterator = iterate(t, o) else { return false }
    poke(sp, 1, iterator)
    o.release()
    return true
  }

  /// The iterator that `await` runs, in place of the awaited object. `place`: 1 after `__aenter__`, 2 after `__aexit__`.
  static func getAwaitable(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>, _ place: Int) -> Bool {
    let o = item(sp, 1)
    guard let iterator = awaitable(t, o, place: place) else { return false }
    if iterator.isExactly(.coroutine), yieldFromTarget(iterator) != nil {
      iterator.release()
      return t.fail(.RuntimeError, "coroutine is being awaited already")
    }
    poke(sp, 1, iterator)
    o.release()
    return true
  }

  static func awaitable(_ t: ThreadState, _ o: Object, place: Int) -> Object? {
    if o.isExactly(.coroutine) { return o.retained() }
    if o.isExactly(.generator), o.generatorLayout.pointee.state != .finished,
      o.generatorFrame.code.codeLayout.pointee.flags & CodeFlags.iterableCoroutine.rawValue != 0
    {
      return o.retained()
    }
    guard let slot = o.type.pointer.pointee.await else {
      let text =
        switch place {
        case 1: "'async with' received an object from __aenter__ that does not implement __await__: \(o.typeName)"
        case 2: "'async with' received an object from __aexit__ that does not implement __await__: \(o.typeName)"
        default: "object \(o.typeName) can't be used in 'await' expression"
        }
      return t.raise(.TypeError, text)
    }
    guard let result = slot.call(t, o) else { return nil }
    if result.isExactly(.coroutine) {
      result.release()
      return t.raise(.TypeError, "__await__() returned a coroutine")
    }
    guard result.type.pointer.pointee.next != nil else {
      defer { result.release() }
      return t.raise(.TypeError, "__await__() returned non-iterator of type '\(result.typeName)'")
    }
    return result
  }

  static func getAsyncIterator(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>) -> Bool {
    let o = item(sp, 1)
    guard let slot = o.type.pointer.pointee.asyncIter else {
      return t.fail(.TypeError, "'async for' requires an object with __aiter__ method, got \(o.typeName)")
    }
    guard let iterator = slot.call(t, o) else { return false }
    guard iterator.type.pointer.pointee.asyncNext != nil else {
      let name = iterator.typeName
      iterator.release()
      return t.fail(
        .TypeError, "'async for' received an object from __aiter__ that does not implement __anext__: \(name)")
    }
    poke(sp, 1, iterator)
    o.release()
    return true
  }

  /// What `async for` awaits next.
  static func getAsyncNext(_ t: ThreadState, _ iterator: Object) -> Object? {
    guard let slot = iterator.type.pointer.pointee.asyncNext else {
      return t.raise(.TypeError, "'async for' requires an iterator with __anext__ method, got \(iterator.typeName)")
    }
    guard let next = slot.call(t, iterator) else { return nil }
    if iterator.isExactly(.asyncGenerator) { return next }
    let result = awaitable(t, next, place: 0)
    if result == nil {
      // The text names what __anext__ gave.
      let cause = t.takeRaised()
      t.raise(.TypeError, "'async for' received an invalid object from __anext__: \(next.typeName)")
      if let raised = t.raised, let cause { setExceptionCause(raised, steal: cause) }
    }
    next.release()
    return result
  }
}
