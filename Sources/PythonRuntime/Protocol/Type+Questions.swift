// isinstance and issubclass, with tuples, unions, `__instancecheck__` and abstract classes that only look like classes.

/// `isinstance(o, c)`: 1, 0, or -1 with an exception set.
public func isInstance(_ t: ThreadState, _ o: Object, _ c: Object) -> Int {
  if o.type.object == c { return 1 }
  if c.type == core.pointee.types.type { return plainIsInstance(t, o, c) }
  if c.isKind(.tuple) {
    guard enterNative(t, " in __instancecheck__") else { return -1 }
    for i in 0..<c.tupleCount {
      let answer = isInstance(t, o, c.tupleItems[i])
      if answer != 0 { return answer }
    }
    return 0
  }
  if let check = lookupSpecial(t, c, Special.instancecheck) {
    defer { check.release() }
    guard enterNative(t, " in __instancecheck__"), let result = call1(t, check, o) else { return -1 }
    defer { result.release() }
    return isTrue(t, result)
  }
  return t.hasRaised ? -1 : plainIsInstance(t, o, c)
}

/// `type.__instancecheck__`: by MRO, then by `__class__`.
public func plainIsInstance(_ t: ThreadState, _ o: Object, _ c: Object) -> Int {
  if c.isKind(.type) {
    let wanted = TypeObject(unchecked: c)
    if isSubtype(o.type, wanted) { return 1 }
    // An object may claim another class: proxies and mocks.
    guard o.type.flags.contains(.heapType) || o.isKind(.other) else { return 0 }
    var failed = false
    guard let claimed = findAttribute(t, o, Name.dunderClass, failed: &failed) else { return failed ? -1 : 0 }
    defer { claimed.release() }
    guard claimed.isKind(.type), claimed != o.type.object else { return 0 }
    return isSubtype(TypeObject(unchecked: claimed), wanted) ? 1 : 0
  }
  guard let bases = basesOf(t, c) else {
    if !t.hasRaised {
      t.raise(.TypeError, "isinstance() arg 2 must be a type, a tuple of types, or a union")
    }
    return -1
  }
  bases.release()
  var failed = false
  guard let claimed = findAttribute(t, o, Name.dunderClass, failed: &failed) else { return failed ? -1 : 0 }
  defer { claimed.release() }
  return abstractIsSubclass(t, claimed, c)
}

/// `issubclass(d, c)`: 1, 0, or -1 with an exception set.
public func isSubclass(_ t: ThreadState, _ d: Object, _ c: Object) -> Int {
  if c.type == core.pointee.types.type {
    if d == c { return 1 }
    return plainIsSubclass(t, d, c)
  }
  if c.isKind(.tuple) {
    guard enterNative(t, " in __subclasscheck__") else { return -1 }
    for i in 0..<c.tupleCount {
      let answer = isSubclass(t, d, c.tupleItems[i])
      if answer != 0 { return answer }
    }
    return 0
  }
  if let check = lookupSpecial(t, c, Special.subclasscheck) {
    defer { check.release() }
    guard enterNative(t, " in __subclasscheck__"), let result = call1(t, check, d) else { return -1 }
    defer { result.release() }
    return isTrue(t, result)
  }
  return t.hasRaised ? -1 : plainIsSubclass(t, d, c)
}

/// `type.__subclasscheck__`.
public func plainIsSubclass(_ t: ThreadState, _ d: Object, _ c: Object) -> Int {
  if d.isKind(.type) && c.isKind(.type) {
    return isSubtype(TypeObject(unchecked: d), TypeObject(unchecked: c)) ? 1 : 0
  }
  for (o, message) in [
    (d, "issubclass() arg 1 must be a class"),
    (c, "issubclass() arg 2 must be a class, a tuple of classes, or a union"),
  ] {
    guard let bases = basesOf(t, o) else {
      if !t.hasRaised { t.raise(.TypeError, message) }
      return -1
    }
    bases.release()
  }
  return abstractIsSubclass(t, d, c)
}

/// `__bases__` if it is a tuple; nil without an exception: not a class.
private func basesOf(_ t: ThreadState, _ o: Object) -> Object? {
  var failed = false
  guard let bases = findAttribute(t, o, internString("__bases__"), failed: &failed) else { return nil }
  if bases.isKind(.tuple) { return bases }
  bases.release()
  return nil
}

private func abstractIsSubclass(_ t: ThreadState, _ d: Object, _ c: Object) -> Int {
  if d == c { return 1 }
  guard enterNative(t, " in __issubclass__") else { return -1 }
  guard let bases = basesOf(t, d) else { return t.hasRaised ? -1 : 0 }
  defer { bases.release() }
  for i in 0..<bases.tupleCount {
    let answer = abstractIsSubclass(t, bases.tupleItems[i], c)
    if answer != 0 { return answer }
  }
  return 0
}
