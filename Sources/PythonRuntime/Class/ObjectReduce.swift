// How `object` lets itself be pickled and copied: `__reduce_ex__`, `__reduce__` and `__getstate__`.
//
// Protocols 0 and 1 are `copyreg._reduce_ex`; from 2 on an object is its class, the arguments of `__new__`, its state and its items.

enum ObjectReduce {
  private static let getNewArgumentsEx = internString("__getnewargs_ex__")
  private static let getNewArguments = internString("__getnewargs__")
  private static let slotNames = internString("__slotnames__")

  /// A class's own `__reduce__` goes first.
  static func reduceEx(_ t: ThreadState, _ o: Object, _ number: Object) -> Object? {
    guard let version = indexValue(t, number) else { return nil }
    let own = typeLookup(t, o.type, Special.reduce)
    if own != typeLookup(t, core.pointee.types.object, Special.reduce) {
      guard let method = getAttribute(t, o, Special.reduce) else { return nil }
      defer { method.release() }
      return call0(t, method)
    }
    return reduce(t, o, protocol: version)
  }

  static func reduce(_ t: ThreadState, _ o: Object, protocol version: Int) -> Object? {
    guard let copyreg = importModule(t, "copyreg") else { return nil }
    defer { copyreg.release() }
    guard version < 2 else { return reduceByNew(t, o, copyreg) }
    let number = makeInt(version)
    defer { number.release() }
    return callMethod(t, copyreg, "_reduce_ex", o, number)
  }

  // MARK: Protocol 2

  private static func reduceByNew(_ t: ThreadState, _ o: Object, _ copyreg: Object) -> Object? {
    guard o.type.pointer.pointee.new != nil, !o.type.flags.contains(.disallowInstantiation) else {
      return t.raise(.TypeError, "cannot pickle '\(typeName(o))' object")
    }
    guard let given = newArguments(t, o) else { return nil }
    let (positional, keywords) = given
    defer {
      positional.release()
      keywords.release()
    }
    let type = o.type.object
    let isPlain = (keywords?.dictCount ?? 0) == 0
    guard let maker = getAttribute(t, copyreg, isPlain ? "__newobj__" : "__newobj_ex__") else { return nil }
    let arguments: Object
    if isPlain {
      let items = positional.map { p in (0..<p.tupleCount).map { p.tupleItems[$0].retained() } } ?? []
      arguments = makeTuple([type.retained()] + items)
    } else {
      let none = core.pointee.none
      arguments = makeTuple([type.retained(), (positional ?? none).retained(), (keywords ?? none).retained()])
    }
    var parts = [maker, arguments]
    func failed() -> Object? {
      for one in parts { one.release() }
      return nil
    }
    let isRequired = positional == nil && !o.isKind(.list) && !o.isKind(.dict)
    guard let state = state(t, o, isRequired: isRequired) else { return failed() }
    parts.append(state)
    guard let items = o.isKind(.list) ? iterate(t, o) : core.pointee.none else { return failed() }
    parts.append(items)
    guard let pairs = o.isKind(.dict) ? iteratePairs(t, o) : core.pointee.none else { return failed() }
    parts.append(pairs)
    return makeTuple(parts)
  }

  private static func iteratePairs(_ t: ThreadState, _ o: Object) -> Object? {
    guard let view = callMethod(t, o, "items") else { return nil }
    defer { view.release() }
    return iterate(t, view)
  }

  /// What `__new__` wants besides the class: a tuple and a dict, or nothing; nil: an exception is set.
  private static func newArguments(_ t: ThreadState, _ o: Object) -> (Object?, Object?)? {
    if let method = lookupSpecial(t, o, getNewArgumentsEx) {
      defer { method.release() }
      guard let pair = call0(t, method) else { return nil }
      defer { pair.release() }
      guard pair.isKind(.tuple) else {
        t.raise(.TypeError, "__getnewargs_ex__ should return a tuple, not '\(typeName(pair))'")
        return nil
      }
      guard pair.tupleCount == 2 else {
        t.raise(.ValueError, "__getnewargs_ex__ should return a tuple of length 2, not \(pair.tupleCount)")
        return nil
      }
      let (first, second) = (pair.tupleItems[0], pair.tupleItems[1])
      guard first.isKind(.tuple) else {
        t.raise(
          .TypeError, "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '\(typeName(first))'")
        return nil
      }
      guard second.isKind(.dict) else {
        t.raise(
          .TypeError, "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '\(typeName(second))'"
        )
        return nil
      }
      return (first.retained(), second.retained())
    }
    if t.hasRaised { return nil }
    guard let method = lookupSpecial(t, o, getNewArguments) else { return t.hasRaised ? nil : (nil, nil) }
    defer { method.release() }
    guard let positional = call0(t, method) else { return nil }
    guard positional.isKind(.tuple) else {
      t.raise(.TypeError, "__getnewargs__ should return a tuple, not '\(typeName(positional))'")
      positional.release()
      return nil
    }
    return (positional, nil)
  }

  // MARK: State

  private static func state(_ t: ThreadState, _ o: Object, isRequired: Bool) -> Object? {
    let own = typeLookup(t, o.type, Special.getstate)
    if own == typeLookup(t, core.pointee.types.object, Special.getstate) {
      return defaultState(t, o, isRequired: isRequired)
    }
    guard let method = getAttribute(t, o, Special.getstate) else { return nil }
    defer { method.release() }
    return call0(t, method)
  }

  /// `object.__getstate__`: the dict, or the dict and the values of `__slots__`. `isRequired`: nothing else carries the object's content, so
  /// a layout with fields that Python code cannot see is refused.
  static func defaultState(_ t: ThreadState, _ o: Object, isRequired: Bool) -> Object? {
    let type = o.type
    if isRequired, type.pointer.pointee.itemSize != 0 {
      return t.raise(.TypeError, "cannot pickle \(typeName(o)) objects")
    }
    guard let names = namesOfSlots(t, type) else { return nil }
    defer { names.release() }
    let count = names.isKind(.list) ? names.listCount : 0
    if isRequired {
      var size = 16 + count * 8
      if type.pointer.pointee.dictOffset > 0 { size += 8 }
      if type.pointer.pointee.weakrefOffset > 0 { size += 8 }
      if type.pointer.pointee.basicSize > size {
        return t.raise(.TypeError, "cannot pickle '\(typeName(o))' object")
      }
    }
    var state = core.pointee.none
    if hasAttributes(o) {
      guard let dict = getAttribute(t, o, Name.dunderDict) else { return nil }
      state = dict
    }
    guard count > 0 else { return state }
    guard let slots = slotValues(t, o, names) else {
      state.release()
      return nil
    }
    guard slots.dictCount > 0 else {
      slots.release()
      return state
    }
    return makeTuple([state, slots])
  }

  private static func hasAttributes(_ o: Object) -> Bool {
    guard let place = o.dictPlace else { return false }
    if let dict = place.pointee { return dict.dictCount > 0 }
    return o.hasInlineValues && o.inlineHead.pointee.count > 0
  }

  /// `copyreg._slotnames(cls)`, which the class keeps: a list or None.
  private static func namesOfSlots(_ t: ThreadState, _ type: TypeObject) -> Object? {
    if let known = type.pointer.pointee.dict.flatMap({ dictGet(t, $0, slotNames) }) { return known.retained() }
    guard let copyreg = importModule(t, "copyreg") else { return nil }
    defer { copyreg.release() }
    guard let names = callMethod(t, copyreg, "_slotnames", type.object) else { return nil }
    guard names == core.pointee.none || names.isKind(.list) else {
      names.release()
      return t.raise(.TypeError, "copyreg._slotnames didn't return a list or None")
    }
    return names
  }

  private static func slotValues(_ t: ThreadState, _ o: Object, _ names: Object) -> Object? {
    let values = makeDict()
    var i = 0
    while i < names.listCount {
      let name = names.listItems[i].retained()
      defer { name.release() }
      i += 1
      var failed = false
      let value = findAttribute(t, o, name, failed: &failed)
      defer { value.release() }
      guard !failed, value.map({ dictSet(t, values, name, $0) }) ?? true else {
        values.release()
        return nil
      }
    }
    return values
  }
}
