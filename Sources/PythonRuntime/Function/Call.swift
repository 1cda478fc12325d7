// Calling from native code: every way to call an object, without tuples where possible. Python functions run in a new run of the loop.

/// `callable(*arguments)`: a new reference.
@inlinable public func call(_ t: ThreadState, _ callable: Object, _ arguments: Arguments) -> Object? {
  guard let slot = callable.type.pointer.pointee.call else { return raiseNotCallable(t, callable) }
  return slot.call(t, callable, arguments)
}

@inline(never) @usableFromInline func raiseNotCallable(_ t: ThreadState, _ o: Object) -> Object? {
  t.raise(.TypeError, "'\(o.typeName)' object is not callable")
}

/// `callable(*arguments)` where Python code may drop the callable meanwhile.
@inline(__always) private func callHeld(_ t: ThreadState, _ callable: Object, _ arguments: Arguments) -> Object? {
  t.pin(callable)
  defer { t.unpin() }
  return call(t, callable, arguments)
}

public func call0(_ t: ThreadState, _ callable: Object) -> Object? {
  withUnsafeTemporaryAllocation(of: Object.self, capacity: 1) { buffer in
    guard let base = buffer.baseAddress else { return nil }
    return callHeld(t, callable, Arguments(base: base, count: 0))
  }
}

public func call1(_ t: ThreadState, _ callable: Object, _ a: Object) -> Object? {
  var a = a
  return withUnsafeMutablePointer(to: &a) { callHeld(t, callable, Arguments(base: $0, count: 1)) }
}

public func call2(_ t: ThreadState, _ callable: Object, _ a: Object, _ b: Object) -> Object? {
  withUnsafeTemporaryAllocation(of: Object.self, capacity: 2) { buffer in
    guard let base = buffer.baseAddress else { return nil }
    base[0] = a
    base[1] = b
    return callHeld(t, callable, Arguments(base: base, count: 2))
  }
}

public func call3(_ t: ThreadState, _ callable: Object, _ a: Object, _ b: Object, _ c: Object) -> Object? {
  withUnsafeTemporaryAllocation(of: Object.self, capacity: 3) { buffer in
    guard let base = buffer.baseAddress else { return nil }
    base[0] = a
    base[1] = b
    base[2] = c
    return callHeld(t, callable, Arguments(base: base, count: 3))
  }
}

/// For cold code: the arguments as a Swift array, borrowed.
public func callWithObjects(_ t: ThreadState, _ callable: Object, _ arguments: [Object]) -> Object? {
  withUnsafeTemporaryAllocation(of: Object.self, capacity: max(arguments.count, 1)) { buffer in
    guard let base = buffer.baseAddress else { return nil }
    for (i, o) in arguments.enumerated() { base[i] = o }
    return callHeld(t, callable, Arguments(base: base, count: arguments.count))
  }
}

public func call(_ t: ThreadState, _ callable: Object, _ arguments: [Object]) -> Object? {
  callWithObjects(t, callable, arguments)
}

/// For cold code: keyword arguments by name, borrowed.
public func call(_ t: ThreadState, _ callable: Object, _ arguments: [Object], keywords: [(String, Object)]) -> Object? {
  if keywords.isEmpty { return callWithObjects(t, callable, arguments) }
  let names = makeTuple(keywords.map { internString($0.0).retained() })
  defer { names.release() }
  let all = arguments + keywords.map(\.1)
  return withUnsafeTemporaryAllocation(of: Object.self, capacity: all.count) { buffer in
    guard let base = buffer.baseAddress else { return nil }
    for (i, o) in all.enumerated() { base[i] = o }
    return call(t, callable, Arguments(base: base, count: arguments.count, keywordNames: names))
  }
}

/// `callable(*tuple)`.
public func callWithTuple(_ t: ThreadState, _ callable: Object, _ tuple: Object) -> Object? {
  t.pin(tuple)
  defer { t.unpin() }
  return callHeld(t, callable, Arguments(base: tuple.tupleItems, count: tuple.tupleCount))
}

/// `callable(*tuple, **dict)`, as CALL_FUNCTION_EX and `type.__call__` need it.
public func callWithTuple(_ t: ThreadState, _ callable: Object, _ tuple: Object, _ dict: Object?) -> Object? {
  guard let dict, length(t, dict) > 0 else { return callWithTuple(t, callable, tuple) }
  var values: [Object] = []
  var names: [Object] = []
  var position = 0
  var key = core.pointee.none
  var value = core.pointee.none
  while dictNext(dict, &position, &key, &value) {
    guard key.isKind(.str) else {
      for o in names { o.release() }
      for o in values { o.release() }
      return t.raise(.TypeError, "keywords must be strings")
    }
    names.append(key.retained())
    values.append(value.retained())
  }
  let nameTuple = makeTuple(names)
  t.pin(tuple)
  defer { t.unpin() }
  let count = tuple.tupleCount
  let result = withUnsafeTemporaryAllocation(of: Object.self, capacity: count + values.count) { buffer -> Object? in
    guard let base = buffer.baseAddress else { return nil }
    for i in 0..<count { base[i] = tuple.tupleItems[i] }
    for (i, o) in values.enumerated() { base[count + i] = o }
    return callHeld(t, callable, Arguments(base: base, count: count, keywordNames: nameTuple))
  }
  for o in values { o.release() }
  nameTuple.release()
  return result
}

/// `callable(first, *arguments)`; used by bound methods.
func callPrepending(_ t: ThreadState, _ callable: Object, _ first: Object, _ arguments: Arguments) -> Object? {
  let total = arguments.count + (arguments.keywordNames?.tupleCount ?? 0)
  return withUnsafeTemporaryAllocation(of: Object.self, capacity: total + 1) { buffer in
    guard let base = buffer.baseAddress else { return nil }
    base[0] = first
    for i in 0..<total { base[i + 1] = arguments.base[i] }
    return call(t, callable, Arguments(base: base, count: arguments.count + 1, keywordNames: arguments.keywordNames))
  }
}

/// `object.name(*arguments)` by an interned name.
public func callMethod(_ t: ThreadState, _ object: Object, _ name: Object, _ arguments: Object...) -> Object? {
  callMethodWithObjects(t, object, name, arguments)
}

/// `object.name(*arguments)` for cold code.
public func callMethod(_ t: ThreadState, _ object: Object, _ name: String, _ arguments: Object...) -> Object? {
  callMethodWithObjects(t, object, internString(name), arguments)
}

public func callMethodWithObjects(_ t: ThreadState, _ object: Object, _ name: Object, _ arguments: [Object]) -> Object?
{
  var unbound = false
  guard let method = loadMethod(t, object, name, unbound: &unbound) else { return nil }
  t.pin(object)
  defer {
    method.release()
    t.unpin()
  }
  return callWithObjects(t, method, unbound ? [object] + arguments : arguments)
}

// MARK: - Arguments of native functions that take keywords

/// Distributes arguments over named parameters. nil: an exception is set. The results are borrowed; nil entries were not given.
public func parseArguments(
  _ t: ThreadState, _ arguments: Arguments, function: String, names: [String], required: Int, positionalOnly: Int = 0,
  maxPositional: Int? = nil
) -> [Object?]? {
  var result = [Object?](repeating: nil, count: names.count)
  let keywordCount = arguments.keywordNames?.tupleCount ?? 0
  let positionalMax = maxPositional ?? names.count
  let total = arguments.count + keywordCount
  if total > names.count || arguments.count > positionalMax {
    let limit = arguments.count > positionalMax && keywordCount == 0 ? positionalMax : names.count
    let bound = required == limit ? "exactly" : "at most"
    let kind =
      limit == positionalMax && positionalMax < names.count
      ? "positional " : keywordCount > 0 && arguments.count == 0 ? "keyword " : ""
    t.raise(
      .TypeError,
      "\(function)() takes \(bound) \(limit) \(kind)argument\(limit == 1 ? "" : "s") (\(kind.isEmpty ? total : arguments.count == 0 ? keywordCount : arguments.count) given)"
    )
    return nil
  }
  for i in 0..<arguments.count { result[i] = arguments[i] }
  if let given = arguments.keywordNames {
    for k in 0..<keywordCount {
      let name = stringValue(given.tupleItems[k])
      guard let index = names.firstIndex(of: name), index >= positionalOnly else {
        t.raise(.TypeError, "\(function)() got an unexpected keyword argument '\(name)'")
        return nil
      }
      guard result[index] == nil else {
        t.raise(.TypeError, "argument for \(function)() given by name ('\(name)') and position (\(index + 1))")
        return nil
      }
      result[index] = arguments.base[arguments.count + k]
    }
  }
  for i in 0..<min(required, names.count) where result[i] == nil {
    if i < positionalOnly {
      let least = min(required, positionalOnly)
      t.raise(
        .TypeError,
        "\(function)() takes \(least == names.count ? "exactly" : "at least") \(least) positional argument"
          + "\(least == 1 ? "" : "s") (\(arguments.count) given)")
    } else {
      t.raise(.TypeError, "\(function)() missing required argument '\(names[i])' (pos \(i + 1))")
    }
    return nil
  }
  return result
}

/// Whether an object can be called.
@inlinable public func isCallable(_ o: Object) -> Bool { o.type.pointer.pointee.call != nil }
