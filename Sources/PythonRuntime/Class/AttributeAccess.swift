// Getting and setting attributes: the generic protocol of descriptors, instance values and dicts (CPython's Objects/object.c, typeobject.c).

/// `getattr(o, name)`: a new reference.
public func getAttribute(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
  guard let get = o.type.pointer.pointee.getAttribute else {
    t.raise(.AttributeError, "'\(typeName(o))' object has no attribute '\(stringValue(name))'")
    return nil
  }
  if let value = get.call(t, o, name) { return value }
  completeAttributeError(t, o, name)
  return nil
}

/// An AttributeError that code of the program raised without saying of what: a traceback suggests names by it.
@inline(never) private func completeAttributeError(_ t: ThreadState, _ o: Object, _ name: Object) {
  guard let exception = t.raised, exception.exceptionFamily == .AttributeError,
    exception.exceptionFields[ExceptionField.name] == nil, exception.exceptionFields[ExceptionField.object] == nil
  else { return }
  exception.setExceptionField(ExceptionField.name, steal: name.retained())
  exception.setExceptionField(ExceptionField.object, steal: o.retained())
}

/// `setattr(o, name, value)`; nil deletes.
public func setAttribute(_ t: ThreadState, _ o: Object, _ name: Object, _ value: Object?) -> Bool {
  guard let set = o.type.pointer.pointee.setAttribute else {
    let what = value == nil ? "delete" : "assign to"
    t.raise(.TypeError, "'\(typeName(o))' object has no attributes (\(what) .\(stringValue(name)))")
    return false
  }
  return set.call(t, o, name, value)
}

/// The attribute, or nil without an exception where it is absent (an AttributeError is cleared). `failed` tells an error from absence.
public func findAttribute(_ t: ThreadState, _ o: Object, _ name: Object, failed: inout Bool) -> Object? {
  failed = false
  // Where no class has a say in it, absence needs no exception.
  if o.type.pointer.pointee.getAttribute == core.pointee.types.object.pointer.pointee.getAttribute, name.isKind(.str) {
    if let value = Generic.find(t, o, name) { return value }
    if !t.hasRaised { return nil }
  } else if let value = getAttribute(t, o, name) {
    return value
  }
  if t.matches(.AttributeError) { t.clearRaised() } else { failed = true }
  return nil
}

/// Convenience for cold code: the attribute by a Swift name.
public func getAttribute(_ t: ThreadState, _ o: Object, _ name: String) -> Object? {
  let key = internString(name)
  return getAttribute(t, o, key)
}

/// The name of the object's type, for messages.
public func typeName(_ o: Object) -> String { o.type.messageName }

/// The same where a function does not take its argument: None goes by its own name.
public func argumentTypeName(_ o: Object) -> String { o == core.pointee.none ? "None" : typeName(o) }

extension TypeObject {
  /// `__name__`.
  public var nameText: String { pointer.pointee.name.map(stringValue) ?? "?" }

  /// The name in messages: a native type of a module is named with it (`tp_name`), a class by its `__name__`.
  public var messageName: String {
    guard !flags.contains(.heapType), let dict = pointer.pointee.dict,
      let module = dictGet(currentThread(), dict, Name.dunderModule), module.isKind(.str)
    else { return nameText }
    let text = stringValue(module)
    return text == "builtins" ? nameText : "\(text).\(nameText)"
  }
}

enum Generic {
  /// `object.__getattribute__`.
  static func getAttribute(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
    guard name.isKind(.str) else {
      return t.raise(.TypeError, "attribute name must be string, not '\(typeName(name))'")
    }
    if let value = find(t, o, name) { return value }
    if !t.hasRaised { raiseNoAttribute(t, o, name) }
    return nil
  }

  /// The attribute; nil without an exception: absent.
  static func find(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
    let type = o.type
    let descriptor = typeLookup(t, type, name)
    if descriptor == nil, t.hasRaised { return nil }
    var get: TernaryFunction?
    if let descriptor {
      let descriptorType = descriptor.type.pointer
      get = descriptorType.pointee.descriptorGet
      // 1. A data descriptor wins over the instance.
      if let get, descriptorType.pointee.descriptorSet != nil {
        descriptor.retain()
        defer { descriptor.release() }
        return get.call(t, descriptor, o, type.object)
      }
      descriptor.retain()
    }
    defer { descriptor.release() }
    // 2. The instance's own values.
    if type.pointer.pointee.dictOffset != 0 {
      if let value = instanceValue(t, o, name) { return value.retained() }
      if t.hasRaised { return nil }
    }
    // 3. What the type says.
    guard let descriptor else { return nil }
    if let get { return get.call(t, descriptor, o, type.object) }
    return descriptor.retained()
  }

  /// The instance's own value, borrowed; nil without an exception: absent.
  @inline(__always) static func instanceValue(_ t: ThreadState, _ o: Object, _ name: Object) -> Object? {
    if o.hasInlineValues {
      let key = isInterned(name) ? name : internObject(name)
      let index = sharedKeyIndex(o.type, key)
      guard index >= 0, index < Int(o.inlineHead.pointee.capacity) else { return nil }
      return o.inlineValues[index]
    }
    guard let place = o.dictPlace, let dict = place.pointee else { return nil }
    return dictGet(t, dict, name)
  }

  /// `object.__setattr__` and `__delattr__`.
  static func setAttribute(_ t: ThreadState, _ o: Object, _ name: Object, _ value: Object?) -> Bool {
    guard name.isKind(.str) else {
      t.raise(.TypeError, "attribute name must be string, not '\(typeName(name))'")
      return false
    }
    let type = o.type
    let descriptor = typeLookup(t, type, name)
    if let descriptor, let set = descriptor.type.pointer.pointee.descriptorSet {
      descriptor.retain()
      defer { descriptor.release() }
      return set.call(t, descriptor, o, value)
    }
    if t.hasRaised { return false }
    guard type.pointer.pointee.dictOffset != 0, !type.flags.contains(.slotDict) else {
      raiseCannotSet(t, o, name, isTypeAttribute: descriptor != nil)
      return false
    }
    if o.hasInlineValues {
      let key = isInterned(name) ? name : internObject(name)
      if let done = setInlineValue(o, key, value) {
        if !done { raiseNoAttribute(t, o, name) }
        return done
      }
    }
    guard let dict = instanceDict(t, o) else { return false }
    if let value { return storeInInstanceDict(t, o, dict, name, value) }
    guard dictGet(t, dict, name) != nil else {
      if !t.hasRaised { raiseNoAttribute(t, o, name) }
      return false
    }
    return dictDelete(t, dict, name)
  }

  private static func storeInInstanceDict(
    _ t: ThreadState, _ o: Object, _ dict: Object, _ name: Object, _ value: Object
  ) -> Bool {
    // An untracked dict of a class's instance is the instance's alone, which visits its content; storing a container would track it.
    let isOwn = !dict.isTracked && dict.refcount == 1 && o.type.flags.contains(.heapType)
    guard dictSet(t, dict, name, value) else { return false }
    if isOwn, dict.isTracked, dict.refcount == 1 { untrack(dict) }
    return true
  }

  static func raiseNoAttribute(_ t: ThreadState, _ o: Object, _ name: Object) {
    t.raiseAttributeError("'\(typeName(o))' object has no attribute '\(stringValue(name))'", object: o, name: name)
  }

  private static func raiseCannotSet(
    _ t: ThreadState, _ o: Object, _ name: Object, isTypeAttribute: Bool
  ) {
    // A class with a `__setattr__` of its own may have a place for it.
    let isOwn =
      o.type.flags.contains(.heapType)
      && o.type.pointer.pointee.setAttribute != core.pointee.types.object.pointer.pointee.setAttribute
    let text =
      isTypeAttribute
      ? "'\(typeName(o))' object attribute '\(stringValue(name))' is read-only"
      : isOwn || o.isKind(.type)
        ? "'\(typeName(o))' object has no attribute '\(stringValue(name))'"
        : "'\(typeName(o))' object has no attribute '\(stringValue(name))' and no __dict__ for setting new attributes"
    t.raiseAttributeError(text, object: o, name: name)
  }
}

/// For a method call `o.name(...)`: finds the attribute without making a bound method. `unbound` is true when the result is a function that wants
/// `o` as its first argument. A new reference.
public func loadMethod(_ t: ThreadState, _ o: Object, _ name: Object, unbound: inout Bool) -> Object? {
  unbound = false
  let type = o.type
  guard type.pointer.pointee.getAttribute == core.pointee.types.object.pointer.pointee.getAttribute else {
    return getAttribute(t, o, name)
  }
  guard let found = typeLookup(t, type, name), found.type.flags.contains(.methodDescriptor) else {
    if t.hasRaised { return nil }
    return Generic.getAttribute(t, o, name)
  }
  // The instance's own value wins over a method.
  if type.pointer.pointee.dictOffset != 0 {
    if let value = Generic.instanceValue(t, o, name) { return value.retained() }
    if t.hasRaised { return nil }
  }
  unbound = true
  return found.retained()
}
