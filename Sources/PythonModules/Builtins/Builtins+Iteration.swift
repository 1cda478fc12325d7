// builtins: iteration.
import PythonRuntime

extension BuiltinsModule {
  static let iterationFunctions: [NativeMethod] = [
    NativeMethod("iter", .positional(1, 2)) { t, _, a in
      guard let sentinel = a.optional(1) else { return iterate(t, a[0]) }
      guard isCallable(a[0]) else { return t.raise(.TypeError, "iter(v, w): v must be callable") }
      return makeIterator(core.pointee.types.callIterator, a[0], second: sentinel)
    },
    NativeMethod("next", .positional(1, 2)) { t, _, a in
      guard let slot = a[0].type.pointer.pointee.next else {
        return t.raise(.TypeError, "'\(typeName(a[0]))' object is not an iterator")
      }
      if let item = slot.call(t, a[0]) { return item }
      guard let fallback = a.optional(1) else {
        if !t.hasRaised { t.raise(.StopIteration) }
        return nil
      }
      if t.hasRaised {
        guard t.matches(.StopIteration) else { return nil }
        t.clearRaised()
      }
      return fallback.retained()
    },
    NativeMethod("aiter", .oneArgument) { t, _, a in
      guard let slot = a[0].type.pointer.pointee.asyncIter else {
        return t.raise(.TypeError, "'\(typeName(a[0]))' object is not an async iterable")
      }
      return slot.call(t, a[0])
    },
    NativeMethod("anext", .positional(1, 2)) { t, _, a in
      guard let slot = a[0].type.pointer.pointee.asyncNext else {
        return t.raise(.TypeError, "'\(typeName(a[0]))' object is not an async iterator")
      }
      guard let awaitable = slot.call(t, a[0]) else { return nil }
      guard let value = a.optional(1) else { return awaitable }
      return AnextAwaitable.make(stealing: awaitable, default: value)
    },
    NativeMethod("all", .oneArgument) { t, _, a in quantify(t, a[0], stopAt: 0) },
    NativeMethod("any", .oneArgument) { t, _, a in quantify(t, a[0], stopAt: 1) },
    NativeMethod("sorted", .keywords) { t, _, a in
      guard a.count == 1 else { return t.raise(.TypeError, "sorted expected 1 argument, got \(a.count)") }
      guard let list = makeList(t, from: a[0]) else { return nil }
      guard let sort = getAttribute(t, list, "sort") else { return nil }
      defer { sort.release() }
      guard let done = call(t, sort, Arguments(base: a.base + 1, count: 0, keywordNames: a.keywordNames)) else {
        list.release()
        return nil
      }
      done.release()
      return list
    },
  ]

  /// The first item whose truth is `stopAt` decides.
  private static func quantify(_ t: ThreadState, _ iterable: Object, stopAt: Int) -> Object? {
    guard let iterator = iterate(t, iterable) else { return nil }
    defer { iterator.release() }
    while let item = iterNext(t, iterator) {
      let truth = isTrue(t, item)
      item.release()
      if truth < 0 { return nil }
      if truth == stopAt { return makeBool(stopAt == 1) }
    }
    return t.hasRaised ? nil : makeBool(stopAt == 0)
  }
}
