// Dispatchers: what a Python class's slots hold. Each looks the special method up on the type and calls it.

enum Dispatch {
  /// Calls `name` of `o`'s type with arguments; nil without an exception: absent.
  @inline(__always) private static func invoke(
    _ t: ThreadState, _ o: Object, _ name: Object, _ arguments: (UnsafeMutablePointer<Object>, Int)
  ) -> Object? {
    guard let found = typeLookup(t, o.type, name) else { return nil }
    let (base, count) = arguments
    if found.type.flags.contains(.methodDescriptor) {
      // The stack before the arguments holds the object itself.
      found.retain()
      let arguments = Arguments(base: base, count: count)
      let result =
        found.type == core.pointee.types.function
        ? callFunction(t, found, arguments) : PythonRuntime.call(t, found, arguments)
      found.release()
      return result
    }
    let bound: Object
    if let get = found.type.pointer.pointee.descriptorGet {
      guard let result = get.call(t, found, o, o.type.object) else { return nil }
      bound = result
    } else {
      bound = found.retained()
    }
    defer { bound.release() }
    return PythonRuntime.call(t, bound, Arguments(base: base + 1, count: count - 1))
  }

  /// `o.name(*arguments)` by the type, without a bound method where the function takes the object itself. Absent: nil, and `isAbsent` is set.
  static func callMethod(
    _ t: ThreadState, _ o: Object, _ name: Object, _ arguments: Arguments, isAbsent: inout Bool
  ) -> Object? {
    guard let found = typeLookup(t, o.type, name) else {
      isAbsent = true
      return nil
    }
    guard found.type.flags.contains(.methodDescriptor) else {
      let get = found.type.pointer.pointee.descriptorGet
      guard let bound = get.map({ $0.call(t, found, o, o.type.object) }) ?? found.retained() else { return nil }
      defer { bound.release() }
      return PythonRuntime.call(t, bound, arguments)
    }
    found.retain()
    defer { found.release() }
    return callPrepending(t, found, o, arguments)
  }

  private static func raiseMissing(_ t: ThreadState, _ o: Object, _ name: Object) {
    if !t.hasRaised {
      t.raiseAttributeError("'\(typeName(o))' object has no attribute '\(stringValue(name))'", object: o, name: name)
    }
  }

  static func method0(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
    var frame = o
    let result = withUnsafeMutablePointer(to: &frame) { invoke(t, o, name, ($0, 1)) }
    if result == nil { raiseMissing(t, o, name) }
    return result
  }

  static func method1(_ t: ThreadState, _ o: Object, _ name: Object, _ a: Object) -> Object? {
    let result = find1(t, o, name, a)
    if result == nil { raiseMissing(t, o, name) }
    return result
  }

  /// Like `method1`, but absence is nil without an exception.
  static func find1(_ t: ThreadState, _ o: Object, _ name: Object, _ a: Object) -> Object? {
    var frame = (o, a)
    return withUnsafeMutablePointer(to: &frame) {
      invoke(t, o, name, (UnsafeMutableRawPointer($0).assumingMemoryBound(to: Object.self), 2))
    }
  }

  static func method2(_ t: ThreadState, _ o: Object, _ name: Object, _ a: Object, _ b: Object) -> Object? {
    var frame = (o, a, b)
    let result = withUnsafeMutablePointer(to: &frame) {
      invoke(t, o, name, (UnsafeMutableRawPointer($0).assumingMemoryBound(to: Object.self), 3))
    }
    if result == nil { raiseMissing(t, o, name) }
    return result
  }

  private static func succeeded(_ result: Object?) -> Bool {
    guard let result else { return false }
    result.release()
    return true
  }

  // MARK: Numbers

  /// The slot of both operands' types may be this dispatcher: `__add__` of the left, then `__radd__` of the right, in Python's order.
  static func binary(
    _ t: ThreadState, _ a: Object, _ b: Object, _ name: Object, _ reflected: Object,
    _ place: FieldPlace<TypeLayout, BinaryFunction?>?
  ) -> Object? {
    // nil: the caller has found the right operand's slot.
    let hasRightSlot = place.map { b.type.pointer.field($0).pointee != nil } ?? true
    // A native left operand has been asked by its own slot, or has none: its `__add__` may be that of the sequence protocol, whose turn is later.
    let leftIsOurs = place.map { hasDispatcher(a.type, $0) } ?? (typeLookup(t, a.type, name) != nil)
    let rightDiffers = a.type != b.type && hasRightSlot && (isPythonSpecial(t, b, reflected))
    if leftIsOurs {
      if rightDiffers, isSubtype(b.type, a.type), overrides(t, b, a, reflected) {
        if let result = find1(t, b, reflected, a) {
          if result != core.pointee.notImplemented { return result }
          result.release()
        } else if t.hasRaised {
          return nil
        }
        return find1(t, a, name, b) ?? (t.hasRaised ? nil : core.pointee.notImplemented)
      }
      if let result = find1(t, a, name, b) {
        if result != core.pointee.notImplemented || a.type == b.type { return result }
        result.release()
      } else if t.hasRaised {
        return nil
      }
    }
    if rightDiffers {
      return find1(t, b, reflected, a) ?? (t.hasRaised ? nil : core.pointee.notImplemented)
    }
    return core.pointee.notImplemented
  }

  /// Whether a class's slot is a dispatcher and not that of its native base.
  private static func hasDispatcher(_ type: TypeObject, _ place: FieldPlace<TypeLayout, BinaryFunction?>) -> Bool {
    guard type.flags.contains(.heapType), let slot = type.pointer.field(place).pointee else { return false }
    return slot != TypeNew.solidBase(type).pointer.field(place).pointee
  }
  private static func isPythonSpecial(_ t: ThreadState, _ o: Object, _ name: Object) -> Bool {
    typeLookup(t, o.type, name) != nil
  }
  /// Whether the right operand's class has a `name` of its own, other than the left's.
  private static func overrides(_ t: ThreadState, _ right: Object, _ left: Object, _ name: Object) -> Bool {
    guard let mine = typeLookup(t, right.type, name) else { return false }
    return mine != typeLookup(t, left.type, name)
  }

  static func power(_ t: ThreadState, _ a: Object, _ b: Object?, _ modulus: Object?) -> Object? {
    guard let b else { return core.pointee.notImplemented }
    if let modulus, modulus != core.pointee.none {
      return method2(t, a, Special.pow, b, modulus)
    }
    return binary(t, a, b, Special.pow, Special.rpow, nil)
  }

  static func bool(_ t: ThreadState, _ o: Object) -> Int {
    guard let result = method0(t, o, Special.bool) else { return -1 }
    defer { result.release() }
    if result == core.pointee.true { return 1 }
    if result == core.pointee.false { return 0 }
    t.raise(.TypeError, "__bool__ should return bool, returned \(typeName(result))")
    return -1
  }

  // MARK: Containers

  static func length(_ t: ThreadState, _ o: Object) -> Int {
    guard let result = method0(t, o, Special.len) else { return -1 }
    defer { result.release() }
    guard let number = index(t, result) else { return -1 }
    defer { number.release() }
    guard let value = intValue(t, number) else { return -1 }
    guard value >= 0 else {
      t.raise(.ValueError, "__len__() should return >= 0")
      return -1
    }
    return value
  }

  static func setItem(_ t: ThreadState, _ o: Object, _ key: Object, _ value: Object?) -> Bool {
    if let value { return succeeded(method2(t, o, Special.setitem, key, value)) }
    return succeeded(method1(t, o, Special.delitem, key))
  }

  static func contains(_ t: ThreadState, _ o: Object, _ item: Object) -> Int {
    if let found = typeLookup(t, o.type, Special.contains) {
      if found == core.pointee.none {
        t.raise(.TypeError, "'\(typeName(o))' object is not a container")
        return -1
      }
      guard let result = method1(t, o, Special.contains, item) else { return -1 }
      defer { result.release() }
      return isTrue(t, result)
    }
    guard let iterator = iterate(t, o) else { return -1 }
    defer { iterator.release() }
    while let candidate = iterNext(t, iterator) {
      let order = compareBool(t, candidate, item, .equal)
      candidate.release()
      if order != 0 { return order }
    }
    return t.hasRaised ? -1 : 0
  }

  static func item(_ t: ThreadState, _ o: Object, _ index: Int) -> Object? {
    let key = makeInt(index)
    defer { key.release() }
    return method1(t, o, Special.getitem, key)
  }

  static func repeated(_ t: ThreadState, _ o: Object, _ count: Int) -> Object? {
    let key = makeInt(count)
    defer { key.release() }
    return method1(t, o, Special.mul, key)
  }

  // MARK: Objects

  static func repr(_ t: ThreadState, _ o: Object) -> Object? { method0(t, o, Special.repr) }

  static func hash(_ t: ThreadState, _ o: Object) -> Int {
    guard let found = typeLookup(t, o.type, Special.hash), found != core.pointee.none else {
      if !t.hasRaised { t.raise(.TypeError, "unhashable type: '\(typeName(o))'") }
      return -1
    }
    guard let result = method0(t, o, Special.hash) else { return -1 }
    defer { result.release() }
    guard result.isKind(.int) || result.isKind(.bool) else {
      t.raise(.TypeError, "__hash__ method should return an integer")
      return -1
    }
    // What fits a word is the hash itself; only larger numbers are reduced.
    if let word = result.wordValue { return word == -1 ? -2 : word }
    return IntObject.hash(t, result)
  }

  static func call(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Object? {
    // `__call__` may be an object with a `__call__` of its own, without end.
    guard enterNative(t, " while calling a Python object") else { return nil }
    defer { leaveNative(t) }
    let held = ArgumentTuple(t, arguments)
    defer { held.release() }
    var isAbsent = false
    let result = callMethod(t, o, Special.call, arguments, isAbsent: &isAbsent)
    if isAbsent, !t.hasRaised { t.raise(.TypeError, "'\(typeName(o))' object is not callable") }
    return result
  }

  static func compareName(_ op: Comparison) -> Object {
    switch op {
    case .less: Special.lt
    case .lessEqual: Special.le
    case .equal: Special.eq
    case .notEqual: Special.ne
    case .greater: Special.gt
    case .greaterEqual: Special.ge
    }
  }

  static func compare(_ t: ThreadState, _ a: Object, _ b: Object, _ op: Comparison) -> Object? {
    let name = compareName(op)
    guard let found = typeLookup(t, a.type, name) else { return t.hasRaised ? nil : core.pointee.notImplemented }
    guard !found.type.flags.contains(.methodDescriptor), let get = found.type.pointer.pointee.descriptorGet else {
      return method1(t, a, name, b)
    }
    // A descriptor that fails counts as no method.
    guard let bound = get.call(t, found, a, a.type.object) else {
      t.clearRaised()
      return core.pointee.notImplemented
    }
    defer { bound.release() }
    return call1(t, bound, b)
  }

  static func iter(_ t: ThreadState, _ o: Object) -> Object? {
    guard let found = typeLookup(t, o.type, Special.iter) else {
      if t.hasRaised { return nil }
      guard typeLookup(t, o.type, Special.getitem) != nil else {
        t.raise(.TypeError, "'\(typeName(o))' object is not iterable")
        return nil
      }
      return makeIterator(core.pointee.types.sequenceIterator, o)
    }
    if found == core.pointee.none {
      t.raise(.TypeError, "'\(typeName(o))' object is not iterable")
      return nil
    }
    return method0(t, o, Special.iter)
  }

  /// A slot's `next` ends by nil without an exception or with StopIteration: the protocol clears the latter.
  static func next(_ t: ThreadState, _ o: Object) -> Object? { method0(t, o, Special.next) }

  /// `__getattribute__` and `__getattr__`: one dispatcher for both.
  static func getAttribute(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
    let result: Object?
    let getattribute = typeLookup(t, o.type, Special.getattribute)
    if let getattribute, !isNativeGetattribute(getattribute) {
      result = method1(t, o, Special.getattribute, name)
    } else if name.isKind(.str), typeLookup(t, o.type, Special.getattr) != nil {
      // Absence needs no exception where `__getattr__` is asked next.
      result = Generic.find(t, o, name)
      if result == nil, !t.hasRaised { return method1(t, o, Special.getattr, name) }
    } else {
      result = Generic.getAttribute(t, o, name)
    }
    if let result { return result }
    guard t.matches(.AttributeError), typeLookup(t, o.type, Special.getattr) != nil else { return nil }
    t.clearRaised()
    return method1(t, o, Special.getattr, name)
  }

  /// Whether it is `object.__getattribute__` itself.
  private static func isNativeGetattribute(_ o: Object) -> Bool {
    guard o.type == core.pointee.types.slotWrapper else { return false }
    return o.layout(SlotWrapperLayout.self).pointee.owner == core.pointee.types.object.object
  }

  static func setAttribute(_ t: ThreadState, _ o: Object, _ name: Object, _ value: Object?) -> Bool {
    if let value { return succeeded(method2(t, o, Special.setattr, name, value)) }
    return succeeded(method1(t, o, Special.delattr, name))
  }

  static func descriptorGet(_ t: ThreadState, _ d: Object, _ o: Object?, _ owner: Object?) -> Object? {
    let none = core.pointee.none
    return method2(t, d, Special.get, o ?? none, owner ?? none)
  }

  static func descriptorSet(_ t: ThreadState, _ d: Object, _ o: Object, _ value: Object?) -> Bool {
    if let value { return succeeded(method2(t, d, Special.set, o, value)) }
    return succeeded(method1(t, d, Special.delete, o))
  }

  static func initialize(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Bool {
    // CPython takes the dict of keyword arguments apart again: a tuple of its keys.
    let names = arguments.keywordNames.map { makeTuple(borrowing: $0.tupleItems, count: $0.tupleCount) }
    defer { names.release() }
    var isAbsent = false
    guard let result = callMethod(t, o, Special.`init`, arguments, isAbsent: &isAbsent) else {
      return isAbsent && !t.hasRaised
    }
    defer { result.release() }
    guard result == core.pointee.none else {
      t.raise(.TypeError, "__init__() should return None, not '\(typeName(result))'")
      return false
    }
    return true
  }

  /// `__new__` is a static method: it gets the class as first argument.
  static func new(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    guard let function = getAttribute(t, metatypeOf: type, Special.new) else { return nil }
    defer { function.release() }
    let total = arguments.count + (arguments.keywordNames?.tupleCount ?? 0)
    return withUnsafeTemporaryAllocation(of: Object.self, capacity: total + 1) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      base.initialize(to: type)
      (base + 1).initialize(from: arguments.base, count: total)
      return PythonRuntime.call(
        t, function, Arguments(base: base, count: arguments.count + 1, keywordNames: arguments.keywordNames))
    }
  }

  private static func getAttribute(_ t: ThreadState, metatypeOf type: Object, _ name: Object) -> Object? {
    PythonRuntime.getAttribute(t, type, name)
  }
}
