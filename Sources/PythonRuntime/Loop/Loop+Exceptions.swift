// Instructions of `raise`, `except`, `with` and `match`.

extension Slow {
  // MARK: - raise

  /// `raise`, `raise exception`, `raise exception from cause`; takes over both. Always leaves an exception raised. False: the traceback of a bare
  /// `raise` needs no new link.
  static func raise(_ t: ThreadState, _ exception: Object?, cause: Object?) -> Bool {
    guard let exception else {
      guard let handled = t.handledException else {
        t.raise(.RuntimeError, "No active exception to reraise")
        return true
      }
      t.setRaised(steal: handled.retained())
      return false
    }
    performRaise(t, exception, cause)
    exception.release()
    cause.release()
    return true
  }

  /// An instruction failed: what it took from the stack goes, the lowest first as in CPython, before the exception shows.
  @inline(never) static func dropInputs(_ t: ThreadState, _ frame: UnsafeMutablePointer<FrameLayout>, _ count: Int) {
    let raised = t.takeRaised()
    frame.pointee.stackTop -= count
    let bottom = frame.pointee.stackTop
    for i in 0..<count { bottom[i].release() }
    t.setRaised(steal: raised)
  }

  // MARK: - except

  /// Whether the right side of `except` is made of exception classes; else TypeError.
  static func checkExceptTypes(_ t: ThreadState, _ types: Object) -> Bool {
    let valid =
      types.isKind(.tuple)
      ? (0..<types.tupleCount).allSatisfy { types.tupleItems[$0].isExceptionType } : types.isExceptionType
    return valid || t.fail(.TypeError, "catching classes that do not inherit from BaseException is not allowed")
  }

  /// CHECK_EG_MATCH: exception, types become rest, match.
  static func checkGroupMatch(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>) -> Bool {
    let (exception, types) = (item(sp, 2), item(sp, 1))
    guard checkExceptTypes(t, types) else { return false }
    let list = types.isKind(.tuple) ? (0..<types.tupleCount).map { types.tupleItems[$0] } : [types]
    for o in list where isSubtype(TypeObject(unchecked: o), exceptionType(.BaseExceptionGroup)) {
      return t.fail(.TypeError, "catching ExceptionGroup with except* is not allowed. Use except instead.")
    }
    guard let split = matchExceptionGroup(t, exception, types) else { return false }
    let none = core.pointee.none
    poke(sp, 2, split.rest ?? none)
    poke(sp, 1, split.match ?? none)
    if let match = split.match {
      // The clause handles the part that matched.
      let entry = t.pointer.pointee.handling
      let old = entry.pointee.exception
      entry.pointee.exception = match.retained()
      old.release()
    }
    exception.release()
    types.release()
    return true
  }

  // MARK: - with

  /// manager becomes exit, result of `__enter__`.
  static func beforeWith(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>) -> Bool {
    let manager = item(sp, 1)
    guard let enter = lookupSpecial(t, manager, LoopName.enter) else {
      return t.hasRaised
        ? false : t.fail(.TypeError, "'\(manager.typeName)' object does not support the context manager protocol")
    }
    guard let exit = lookupSpecial(t, manager, LoopName.exit) else {
      enter.release()
      return t.hasRaised
        ? false
        : t.fail(
          .TypeError,
          "'\(manager.typeName)' object does not support the context manager protocol (missed __exit__ method)")
    }
    let result = call0(t, enter)
    enter.release()
    guard let result else {
      exit.release()
      return false
    }
    poke(sp, 1, exit)
    sp.pointee = result
    manager.release()
    return true
  }

  static func beforeAsyncWith(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>) -> Bool {
    let manager = item(sp, 1)
    guard let enter = lookupSpecial(t, manager, LoopName.asyncEnter) else {
      return t.hasRaised
        ? false
        : t.fail(.TypeError, "'\(manager.typeName)' object does not support the asynchronous context manager protocol")
    }
    guard let exit = lookupSpecial(t, manager, LoopName.asyncExit) else {
      enter.release()
      return t.hasRaised
        ? false
        : t.fail(
          .TypeError,
          "'\(manager.typeName)' object does not support the asynchronous context manager protocol (missed __aexit__ method)"
        )
    }
    let result = call0(t, enter)
    enter.release()
    guard let result else {
      exit.release()
      return false
    }
    poke(sp, 1, exit)
    sp.pointee = result
    manager.release()
    return true
  }

  /// exit, index, previously handled, exception: calls exit(type, exception, traceback).
  static func withExceptStart(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>) -> Object? {
    let exception = item(sp, 1)
    let exit = item(sp, 4)
    return call3(
      t, exit, exception.type.object, exception, exception.exception.pointee.traceback ?? core.pointee.none)
  }

  // MARK: - match

  /// The values of the keys as a tuple; None when one is missing.
  static func matchKeys(_ t: ThreadState, subject: Object, keys: Object) -> Object? {
    let count = keys.tupleCount
    if count == 0 { return core.pointee.emptyTuple.retained() }
    guard let get = getAttribute(t, subject, LoopName.get) else { return nil }
    defer { get.release() }
    let seen = makeSet()
    defer { seen.release() }
    // An object of our own marks absence.
    guard let absent = call0(t, core.pointee.types.object.object) else { return nil }
    defer { absent.release() }
    var values: [Object] = []
    func drop() { for o in values { o.release() } }
    for i in 0..<count {
      let key = keys.tupleItems[i]
      let known = setContains(t, seen, key)
      guard known == 0, setAdd(t, seen, key) else {
        if known == 1 { t.raise(.ValueError, "mapping pattern checks duplicate key (\(reprText(t, key)))") }
        drop()
        return nil
      }
      guard let value = call2(t, get, key, absent) else {
        drop()
        return nil
      }
      if value == absent {
        value.release()
        drop()
        return core.pointee.none.retained()
      }
      values.append(value)
    }
    return makeTuple(values)
  }

  /// The attributes that a class pattern wants, as a tuple; nil without an exception: no match.
  static func matchClass(_ t: ThreadState, _ subject: Object, _ type: Object, _ positional: Int, _ keywords: Object)
    -> Object?
  {
    guard type.isKind(.type) else { return t.raise(.TypeError, "called match pattern must be a class") }
    let matches = isInstance(t, subject, type)
    guard matches == 1 else { return nil }
    var values: [Object] = []
    var names: Set<Object> = []
    func drop() -> Object? {
      for o in values { o.release() }
      return nil
    }
    if positional > 0 {
      let typeText = TypeObject(unchecked: type).nameText
      var failed = false
      let matchArguments = findAttribute(t, type, LoopName.matchArguments, failed: &failed)
      if failed { return nil }
      defer { matchArguments.release() }
      if let matchArguments, !matchArguments.isExactly(.tuple) {
        return t.raise(.TypeError, "\(typeText).__match_args__ must be a tuple (got \(matchArguments.typeName))")
      }
      let matchesSelf = matchArguments == nil && matchesSelf(TypeObject(unchecked: type))
      let allowed = matchesSelf ? 1 : matchArguments?.tupleCount ?? 0
      guard positional <= allowed else {
        return t.raise(
          .TypeError,
          "\(typeText)() accepts \(allowed) positional sub-pattern\(allowed == 1 ? "" : "s") (\(positional) given)")
      }
      if matchesSelf {
        values.append(subject.retained())
      } else if let matchArguments {
        for i in 0..<positional {
          let name = matchArguments.tupleItems[i]
          guard name.isKind(.str) else {
            t.raise(.TypeError, "__match_args__ elements must be strings (got \(name.typeName))")
            return drop()
          }
          guard let value = matchAttribute(t, subject, typeText, name, &names) else { return drop() }
          values.append(value)
        }
      }
    }
    for i in 0..<keywords.tupleCount {
      guard let value = matchAttribute(t, subject, TypeObject(unchecked: type).nameText, keywords.tupleItems[i], &names)
      else { return drop() }
      values.append(value)
    }
    return makeTuple(values)
  }

  private static func matchAttribute(
    _ t: ThreadState, _ subject: Object, _ type: String, _ name: Object, _ names: inout Set<Object>
  ) -> Object? {
    guard names.insert(internString(stringValue(name))).inserted else {
      return t.raise(.TypeError, "\(type)() got multiple sub-patterns for attribute '\(stringValue(name))'")
    }
    var failed = false
    return findAttribute(t, subject, name, failed: &failed)
  }

  /// Whether the one positional pattern is the subject itself: int, str, list and so on, and their subclasses.
  private static func matchesSelf(_ type: TypeObject) -> Bool {
    var type = type
    while true {
      if type.flags.contains(.matchSelf) { return true }
      guard let base = type.pointer.pointee.base else { return false }
      type = TypeObject(unchecked: base)
    }
  }
}

/// `raise exception from cause`: both borrowed; a class is instantiated. Always leaves an exception raised.
func performRaise(_ t: ThreadState, _ exception: Object, _ cause: Object?) {
  let instance: Object
  if exception.isExceptionType {
    guard let made = call0(t, exception) else { return }
    guard made.isException else {
      t.raise(
        .TypeError,
        "calling \(reprText(t, exception)) should have returned an instance of BaseException, not \(reprText(t, made.type.object))"
      )
      made.release()
      return
    }
    instance = made
  } else if exception.isException {
    instance = exception.retained()
  } else {
    t.raise(.TypeError, "exceptions must derive from BaseException")
    return
  }
  defer { instance.release() }
  if let cause {
    if cause == core.pointee.none {
      setExceptionCause(instance, steal: nil)
    } else if cause.isExceptionType {
      guard let made = call0(t, cause) else { return }
      guard made.isException else {
        t.raise(
          .TypeError,
          "calling \(reprText(t, cause)) should have returned an instance of BaseException, not \(reprText(t, made.type.object))"
        )
        made.release()
        return
      }
      setExceptionCause(instance, steal: made)
    } else if cause.isException {
      setExceptionCause(instance, steal: cause.retained())
    } else {
      t.raise(.TypeError, "exception causes must derive from BaseException")
      return
    }
  }
  t.raiseObject(instance)
}
