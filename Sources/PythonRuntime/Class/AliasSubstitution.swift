// `list[T][int]`: the parameters of a generic alias replaced by what stands between the brackets (Objects/genericaliasobject.c).
//
// 1. Each parameter may change the arguments first (`__typing_prepare_subst__`: those that take several).
// 2. There is one argument for each parameter.
// 3. A parameter among the alias's arguments says what takes its place (`__typing_subst__`); an alias with parameters of its own is substituted in turn.

enum AliasSubstitution {
  private static let prepare = internString("__typing_prepare_subst__")
  private static let substitute = internString("__typing_subst__")
  private static let parametersName = internString("__parameters__")
  private static let unpackedName = internString("__typing_is_unpacked_typevartuple__")

  static func getItem(_ t: ThreadState, _ o: Object, _ item: Object) -> Object? {
    let p: UnsafeMutablePointer<GenericAliasLayout> = o.layout()
    guard let origin = p.pointee.origin, let arguments = p.pointee.arguments,
      let tuple = self.arguments(t, o, arguments, item)
    else { return nil }
    defer { tuple.release() }
    return GenericAlias.make(t, origin, tuple, type: o.type)
  }

  /// `arguments`, those of `o`, with `item` for its parameters: a tuple, new reference.
  static func arguments(_ t: ThreadState, _ o: Object, _ arguments: Object, _ item: Object) -> Object? {
    guard let parameters = getAttribute(t, o, parametersName) else { return nil }
    defer { parameters.release() }
    guard parameters.isKind(.tuple), parameters.tupleCount > 0 else {
      return PythonRuntime.repr(t, o).flatMap { text in
        defer { text.release() }
        return t.raise(.TypeError, "\(stringValue(text)) is not a generic class")
      }
    }
    guard let given = prepared(t, o, parameters, item) else { return nil }
    defer { given.release() }
    let count = given.isKind(.tuple) ? given.tupleCount : 1
    guard count == parameters.tupleCount else {
      return PythonRuntime.repr(t, o).flatMap { text in
        defer { text.release() }
        let side = count > parameters.tupleCount ? "many" : "few"
        return t.raise(
          .TypeError,
          "Too \(side) arguments for \(stringValue(text)); actual \(count), expected \(parameters.tupleCount)")
      }
    }
    var result: [Object] = []
    for i in 0..<arguments.tupleCount {
      guard replace(t, arguments.tupleItems[i], parameters, given, &result) else {
        for one in result { one.release() }
        return nil
      }
    }
    return makeTuple(result)
  }

  /// 1. New reference; nil: an exception is set.
  private static func prepared(_ t: ThreadState, _ o: Object, _ parameters: Object, _ item: Object) -> Object? {
    var given = item.retained()
    for i in 0..<parameters.tupleCount {
      var failed = false
      guard let method = findAttribute(t, parameters.tupleItems[i], prepare, failed: &failed) else {
        if !failed { continue }
        given.release()
        return nil
      }
      defer { method.release() }
      if !given.isKind(.tuple) {
        let tuple = makeTuple([given])
        given = tuple
      }
      let next = call2(t, method, o, given)
      given.release()
      guard let next else { return nil }
      given = next
    }
    return given
  }

  /// 3. What one argument becomes is appended. False: an exception is set.
  private static func replace(
    _ t: ThreadState, _ argument: Object, _ parameters: Object, _ given: Object, _ result: inout [Object]
  ) -> Bool {
    if argument.isKind(.type) {
      result.append(argument.retained())
      return true
    }
    func value(_ parameter: Object) -> Object? {
      for i in 0..<parameters.tupleCount where parameters.tupleItems[i] == parameter {
        return given.isKind(.tuple) ? given.tupleItems[i] : given
      }
      return nil
    }
    var failed = false
    let isUnpacked = findAttribute(t, argument, unpackedName, failed: &failed)
    defer { isUnpacked.release() }
    if failed { return false }
    if let method = findAttribute(t, argument, substitute, failed: &failed) {
      defer { method.release() }
      guard let value = value(argument), let made = call1(t, method, value) else { return false }
      return append(t, made, isUnpacked == core.pointee.true, &result)
    }
    if failed { return false }
    guard let inner = findAttribute(t, argument, parametersName, failed: &failed) else {
      if failed { return false }
      result.append(argument.retained())
      return true
    }
    defer { inner.release() }
    guard inner.isKind(.tuple), inner.tupleCount > 0 else {
      result.append(argument.retained())
      return true
    }
    var values: [Object] = []
    for i in 0..<inner.tupleCount {
      guard let found = value(inner.tupleItems[i]) else { continue }
      // One parameter may stand for several arguments.
      if found.isKind(.tuple) {
        for k in 0..<found.tupleCount { values.append(found.tupleItems[k].retained()) }
      } else {
        values.append(found.retained())
      }
    }
    let key = makeTuple(values)
    defer { key.release() }
    guard let made = PythonRuntime.getItem(t, argument, key) else { return false }
    return append(t, made, isUnpacked == core.pointee.true, &result)
  }

  /// Takes over `made`; the items of a tuple where the argument was unpacked.
  private static func append(_ t: ThreadState, _ made: Object, _ isUnpacked: Bool, _ result: inout [Object]) -> Bool {
    guard isUnpacked, made.isKind(.tuple) else {
      result.append(made)
      return true
    }
    for i in 0..<made.tupleCount { result.append(made.tupleItems[i].retained()) }
    made.release()
    return true
  }
}
