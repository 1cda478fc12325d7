// Rich comparison, truth, hash: the questions that every object answers.

/// `a op b` as an object. The right operand is asked first when its type is a subclass of the left's.
public func richCompare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
  guard enterNative(t, " in comparison") else { return nil }
  // Both are asked one after the other, and named in a message.
  t.pin(a)
  t.pin(b)
  defer {
    leaveNative(t)
    t.unpin()
    t.unpin()
  }
  let notImplemented = core.pointee.notImplemented
  let left = a.type.pointer.pointee.compare
  let right = b.type.pointer.pointee.compare
  var triedRight = false
  if a.type != b.type, let right, isSubtype(b.type, a.type) {
    triedRight = true
    let result = right.call(t, b, a, op.swapped)
    if result != notImplemented { return result }
  }
  if let left {
    let result = left.call(t, a, b, op)
    if result != notImplemented { return result }
  }
  if !triedRight, let right {
    let result = right.call(t, b, a, op.swapped)
    if result != notImplemented { return result }
  }
  switch op {
  case .equal: return makeBool(a == b)
  case .notEqual: return makeBool(a != b)
  default:
    return t.raise(
      .TypeError, "'\(op.text)' not supported between instances of '\(a.typeName)' and '\(b.typeName)'")
  }
}

/// 1 true, 0 false, -1 an exception is set. Identical objects are equal without being asked.
public func compareBool(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Int {
  if a == b {
    if op == .equal { return 1 }
    if op == .notEqual { return 0 }
  }
  if a.isExactly(.str) && b.isExactly(.str) {
    if op == .equal { return strEqual(a, b) ? 1 : 0 }
    if op == .notEqual { return strEqual(a, b) ? 0 : 1 }
  }
  if a.isExactly(.int) && b.isExactly(.int) && a.isSmallInt && b.isSmallInt {
    return compareWords(a.smallInt, b.smallInt, op) ? 1 : 0
  }
  guard let result = richCompare(t, a, b, op) else { return -1 }
  if result == core.pointee.true { return 1 }
  if result == core.pointee.false { return 0 }
  defer { result.release() }
  return isTrue(t, result)
}

@inline(__always) public func compareWords<Value: Comparable>(_ x: Value, _ y: Value, _ op: Comparison) -> Bool {
  switch op {
  case .less: x < y
  case .lessEqual: x <= y
  case .equal: x == y
  case .notEqual: x != y
  case .greater: x > y
  case .greaterEqual: x >= y
  }
}

/// 1 true, 0 false, -1 an exception is set.
@inline(__always) public func isTrue(_ t: ThreadState, _ o: Object) -> Int {
  if o == core.pointee.true { return 1 }
  if o == core.pointee.false || o == core.pointee.none { return 0 }
  return isTrueSlowly(t, o)
}

@inline(never) func isTrueSlowly(_ t: ThreadState, _ o: Object) -> Int {
  let p = o.type.pointer
  if let slot = p.pointee.number.bool { return slot.call(t, o) }
  if let slot = p.pointee.length {
    let n = slot.call(t, o)
    return n > 0 ? 1 : n
  }
  return 1
}

/// The hash; -1 with an exception set.
public func hash(_ t: ThreadState, _ o: Object) -> Int {
  if o.isExactly(.str) { return strHash(o) }
  if o.type == core.pointee.types.int, o.isSmallInt {
    let value = o.smallInt
    if value.magnitude < (1 << 61) - 1 { return value == -1 ? -2 : value }
  }
  guard let slot = o.type.pointer.pointee.hash else {
    t.raise(.TypeError, "unhashable type: '\(o.typeName)'")
    return -1
  }
  return slot.call(t, o)
}

/// The hash of an identity.
public func identityHash(_ o: Object) -> Int {
  let bits = UInt(bitPattern: o.address)
  let value = Int(bitPattern: bits >> 4 | bits << 60)
  return value == -1 ? -2 : value
}
