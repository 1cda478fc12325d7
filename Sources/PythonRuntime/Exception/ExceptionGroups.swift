// BaseExceptionGroup: making, splitting, deriving, and what `except*` needs.

/// `BaseExceptionGroup(message, exceptions)`.
func newExceptionGroup(_ t: ThreadState, _ type: TypeObject, _ arguments: Arguments) -> Object? {
  guard arguments.count == 2 else {
    return t.raise(
      .TypeError, "BaseExceptionGroup.__new__() takes exactly 2 arguments (\(arguments.count) given)")
  }
  guard arguments[0].isKind(.str) else {
    return t.raise(.TypeError, "argument 1 must be str, not \(arguments[0].typeName)")
  }
  guard arguments[1].type.pointer.pointee.item != nil || arguments[1].type.pointer.pointee.getItem != nil,
    !arguments[1].isKind(.dict)
  else { return t.raise(.TypeError, "second argument (exceptions) must be a sequence") }
  guard let members = makeTuple(t, from: arguments[1]) else { return nil }
  let count = members.tupleCount
  guard count > 0 else {
    members.release()
    return t.raise(.ValueError, "second argument (exceptions) must be a non-empty sequence")
  }
  var onlyExceptions = true
  for i in 0..<count {
    let member = members.tupleItems[i]
    guard member.isException else {
      members.release()
      return t.raise(.ValueError, "Item \(i) of second argument (exceptions) is not an exception")
    }
    if !isSubtype(member.type, exceptionType(.Exception)) { onlyExceptions = false }
  }
  var type = type
  if type == exceptionType(.BaseExceptionGroup), onlyExceptions { type = exceptionType(.ExceptionGroup) }
  if !onlyExceptions, isSubtype(type, exceptionType(.Exception)) {
    members.release()
    return t.raise(
      .TypeError,
      type == exceptionType(.ExceptionGroup)
        ? "Cannot nest BaseExceptions in an ExceptionGroup"
        : "Cannot nest BaseExceptions in '\(type.nameText)'")
  }
  let o = makeExceptionInstance(t, type, steal: tupleOfArguments(arguments))
  o.setExceptionField(ExceptionField.groupMessage, steal: arguments[0].retained())
  o.setExceptionField(ExceptionField.groupMembers, steal: members)
  return o
}

func groupText(_ t: ThreadState, _ o: Object) -> Object? {
  let message = o.exceptionFields[ExceptionField.groupMessage].map { textOf(t, $0) } ?? ""
  let count = o.exceptionFields[ExceptionField.groupMembers].map(\.tupleCount) ?? 0
  return makeString("\(message) (\(count) sub-exception\(count == 1 ? "" : "s"))")
}

extension Object {
  /// Whether it is an exception group.
  public var isExceptionGroup: Bool { isException && exceptionFamily == .BaseExceptionGroup }
}

/// Which exceptions a split looks for: classes, or a predicate.
private enum GroupCondition {
  case types(Object)
  case predicate(Object)
  case instances(Set<Object>)

  /// nil: an exception was raised.
  func matches(_ t: ThreadState, _ exception: Object) -> Bool? {
    switch self {
    case .types(let types): return exceptionMatches(t, exception, types)
    case .predicate(let function):
      guard let result = call1(t, function, exception) else { return nil }
      defer { result.release() }
      let truth = isTrue(t, result)
      return truth < 0 ? nil : truth == 1
    case .instances(let set): return set.contains(exception)
    }
  }
}

/// What a split gives: new references; nil parts are empty.
struct GroupSplit {
  var match: Object?
  var rest: Object?
}

private func splitGroup(_ t: ThreadState, _ exception: Object, _ condition: GroupCondition, wantsRest: Bool)
  -> GroupSplit?
{
  guard enterNative(t, " in exceptiongroup_split_recursive"), let whole = condition.matches(t, exception) else {
    return nil
  }
  if whole { return GroupSplit(match: exception.retained(), rest: nil) }
  guard exception.isExceptionGroup, let members = exception.exceptionFields[ExceptionField.groupMembers] else {
    return GroupSplit(match: nil, rest: wantsRest ? exception.retained() : nil)
  }
  var matched: [Object] = []
  var rest: [Object] = []
  var failed = false
  for i in 0..<members.tupleCount {
    guard let part = splitGroup(t, members.tupleItems[i], condition, wantsRest: wantsRest) else {
      failed = true
      break
    }
    if let match = part.match { matched.append(match) }
    if let other = part.rest { rest.append(other) }
  }
  if failed {
    for o in matched { o.release() }
    for o in rest { o.release() }
    return nil
  }
  var result = GroupSplit()
  // Both parts are derived anew, also where all members went to one of them.
  if !matched.isEmpty {
    guard let match = deriveGroup(t, exception, matched) else {
      for o in rest { o.release() }
      return nil
    }
    result.match = match
  }
  if wantsRest, !rest.isEmpty {
    guard let other = deriveGroup(t, exception, rest) else {
      result.match.release()
      return nil
    }
    result.rest = other
  }
  return result
}

/// `group.derive(members)` with the metadata of `group`; takes over the members.
private func deriveGroup(_ t: ThreadState, _ group: Object, _ members: [Object]) -> Object? {
  let list = makeList(members)
  defer { list.release() }
  guard let derived = callMethod(t, group, "derive", list) else { return nil }
  guard derived.isExceptionGroup else {
    derived.release()
    return t.raise(.TypeError, "derive must return an instance of BaseExceptionGroup")
  }
  let from = group.exception
  setExceptionTraceback(derived, steal: from.pointee.traceback?.retained())
  setExceptionContext(derived, steal: from.pointee.context?.retained())
  let suppresses = derived.exception.pointee.suppressesContext
  setExceptionCause(derived, steal: from.pointee.cause?.retained())
  derived.exception.pointee.suppressesContext = suppresses || from.pointee.suppressesContext
  let notesName = internString("__notes__")
  if let notes = getAttribute(t, group, notesName) {
    defer { notes.release() }
    if notes.isKind(.list) || notes.isKind(.tuple) {
      guard let copy = callWithObjects(t, core.pointee.types.list.object, [notes]) else {
        derived.release()
        return nil
      }
      let stored = setAttribute(t, derived, notesName, copy)
      copy.release()
      if !stored {
        derived.release()
        return nil
      }
    }
  } else if t.matches(.AttributeError) {
    t.clearRaised()
  } else {
    derived.release()
    return nil
  }
  return derived
}

/// A condition object: a class, a tuple of classes, or a function.
private func groupCondition(_ t: ThreadState, _ value: Object) -> GroupCondition? {
  if value.isExceptionType { return .types(value) }
  if value.isKind(.tuple), (0..<value.tupleCount).allSatisfy({ value.tupleItems[$0].isExceptionType }) {
    return .types(value)
  }
  if value.type.pointer.pointee.call != nil, !value.isKind(.type) { return .predicate(value) }
  t.raise(.TypeError, "expected an exception type, a tuple of exception types, or a callable (other than a class)")
  return nil
}

func addGroupMethods(_ t: ThreadState, _ type: TypeObject) {
  addGetSet(
    t, type, "message",
    getter: UnaryFunction { _, o in (o.exceptionFields[ExceptionField.groupMessage] ?? core.pointee.none).retained() },
    setter: nil)
  addGetSet(
    t, type, "exceptions",
    getter: UnaryFunction { _, o in
      (o.exceptionFields[ExceptionField.groupMembers] ?? core.pointee.emptyTuple).retained()
    },
    setter: nil)
  addMethods(
    t, type,
    [
      NativeMethod(
        "derive", .oneArgument,
        NativeFunction { t, o, arguments in
          guard let message = o.exceptionFields[ExceptionField.groupMessage] else { return nil }
          return callWithObjects(t, exceptionType(.BaseExceptionGroup).object, [message, arguments[0]])
        }, doc: ""),
      NativeMethod(
        "split", .oneArgument,
        NativeFunction { t, o, arguments in
          guard let condition = groupCondition(t, arguments[0]),
            let result = splitGroup(t, o, condition, wantsRest: true)
          else { return nil }
          let none = core.pointee.none
          return makeTuple([result.match ?? none.retained(), result.rest ?? none.retained()])
        }, doc: ""),
      NativeMethod(
        "subgroup", .oneArgument,
        NativeFunction { t, o, arguments in
          guard let condition = groupCondition(t, arguments[0]),
            let result = splitGroup(t, o, condition, wantsRest: false)
          else { return nil }
          return result.match ?? core.pointee.none.retained()
        }, doc: ""),
      GenericAlias.classGetItem,
    ])
}

// MARK: - except*

/// CHECK_EG_MATCH: splits `exception` by `types`. A bare exception that matches is wrapped into a group.
func matchExceptionGroup(_ t: ThreadState, _ exception: Object, _ types: Object) -> GroupSplit? {
  if exception == core.pointee.none { return GroupSplit(match: nil, rest: core.pointee.none.retained()) }
  let matches = exceptionMatches(t, exception, types)
  if matches {
    if exception.isExceptionGroup { return GroupSplit(match: exception.retained(), rest: nil) }
    let message = core.pointee.emptyString
    let members = makeTuple([exception.retained()])
    let wrapped = callWithObjects(t, exceptionType(.BaseExceptionGroup).object, [message, members])
    members.release()
    guard let wrapped else { return nil }
    addCurrentTraceback(t, to: wrapped)
    return GroupSplit(match: wrapped, rest: nil)
  }
  if exception.isExceptionGroup { return splitGroup(t, exception, .types(types), wantsRest: true) }
  return GroupSplit(match: nil, rest: exception.retained())
}

/// INTRINSIC_PREP_RERAISE_STAR: what leaves a `try` with `except*` clauses, from the original exception and the list of what the clauses raised
/// or left. None when nothing is left.
func prepareReraiseStar(_ t: ThreadState, _ original: Object, _ exceptions: Object) -> Object? {
  let count = exceptions.listCount
  if count == 0 { return core.pointee.none.retained() }
  if !original.isExceptionGroup {
    // A naked exception: at most one clause matched it.
    return exceptions.listItems[0].retained()
  }
  var raised: [Object] = []
  var reraised: Set<Object> = []
  for i in 0..<count {
    let o = exceptions.listItems[i]
    if o == core.pointee.none { continue }
    if sharesMetadata(o, original) { collectLeaves(o, &reraised) } else { raised.append(o) }
  }
  var reraisedGroup: Object?
  if !reraised.isEmpty {
    guard let split = splitGroup(t, original, .instances(reraised), wantsRest: false) else { return nil }
    reraisedGroup = split.match
  }
  if raised.isEmpty { return reraisedGroup ?? core.pointee.none.retained() }
  var members = raised.map { $0.retained() }
  if let reraisedGroup { members.append(reraisedGroup) }
  if members.count == 1 { return members[0] }
  let tuple = makeTuple(members)
  defer { tuple.release() }
  return callWithObjects(t, exceptionType(.BaseExceptionGroup).object, [core.pointee.emptyString, tuple])
}

private func collectLeaves(_ o: Object, _ leaves: inout Set<Object>) {
  guard o.isExceptionGroup, let members = o.exceptionFields[ExceptionField.groupMembers] else {
    leaves.insert(o)
    return
  }
  for i in 0..<members.tupleCount { collectLeaves(members.tupleItems[i], &leaves) }
}

/// Whether `a` is a part of the group `b` that a split made: it has the same traceback, context and cause.
private func sharesMetadata(_ a: Object, _ b: Object) -> Bool {
  guard a.isExceptionGroup else { return false }
  let (x, y) = (a.exception, b.exception)
  return x.pointee.traceback == y.pointee.traceback && x.pointee.context == y.pointee.context
    && x.pointee.cause == y.pointee.cause
}

/// Whether an exception is an instance of a class or of one in a (nested) tuple of classes.
public func exceptionMatches(_ t: ThreadState, _ exception: Object, _ types: Object) -> Bool {
  if types.isKind(.tuple) {
    for i in 0..<types.tupleCount where exceptionMatches(t, exception, types.tupleItems[i]) { return true }
    return false
  }
  guard types.isExceptionType else { return exception == types }
  let type = exception.isException ? exception.type : TypeObject(unchecked: exception)
  return isSubtype(type, TypeObject(unchecked: types))
}
