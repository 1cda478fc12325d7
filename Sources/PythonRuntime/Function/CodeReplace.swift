// `code.replace(...)`: a copy of a code object with other names, constants or numbers. The instructions stay: ours are not CPython's.
import PythonBytecode

enum CodeReplace {
  /// What a copy has; the constants are objects, which the compiler's form has no place for.
  private struct Fields {
    var name, qualname, file: String
    var line: Int32
    var flags: CodeFlags
    var arguments, positionalOnly, keywordOnly, stackSize: Int
    var locals: [String]
    var names: [String]
    /// Borrowed.
    var constants: Object
  }

  static func replace(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Object? {
    let old = o.compiledCode
    guard a.count == 0 else {
      return t.raise(.TypeError, "replace() takes 0 positional arguments but \(a.count) were given")
    }
    var fields = Fields(
      name: old.name, qualname: old.qualname, file: old.fileName, line: old.firstLine, flags: old.flags,
      arguments: old.argCount, positionalOnly: old.posOnlyArgCount, keywordOnly: old.kwOnlyArgCount,
      stackSize: old.stackSize, locals: old.localNames, names: old.names,
      constants: o.codeLayout.pointee.constantTuple)
    if let names = a.keywordNames {
      for i in 0..<names.tupleCount
      where !set(t, o, stringValue(names.tupleItems[i]), a.base[a.count + i], &fields) { return nil }
    }
    let copy = makeCodeObject(
      t,
      Code(
        name: fields.name, qualname: fields.qualname, fileName: fields.file, firstLine: fields.line,
        flags: fields.flags, argCount: fields.arguments, posOnlyArgCount: fields.positionalOnly,
        kwOnlyArgCount: fields.keywordOnly, localNames: fields.locals, localKinds: old.localKinds,
        stackSize: max(fields.stackSize, old.stackSize), instructions: old.instructions, constants: old.constants,
        names: fields.names, exceptionTable: old.exceptionTable, positions: old.positions))
    setConstants(copy, fields.constants)
    return copy
  }

  /// Gives a fresh code object other constants: a tuple, borrowed.
  static func setConstants(_ code: Object, _ constants: Object) {
    let p = code.codeLayout
    storedField(code, p.pointee.constantTuple, constants)
    p.pointee.constantTuple.release()
    p.pointee.constantTuple = constants.retained()
    p.pointee.constants = constants.tupleItems
    p.pointee.constantCount = constants.tupleCount
  }

  /// False: an exception is set.
  private static func set(_ t: ThreadState, _ o: Object, _ field: String, _ value: Object, _ fields: inout Fields)
    -> Bool
  {
    switch field {
    case "co_name": return text(t, field, value, &fields.name)
    case "co_qualname": return text(t, field, value, &fields.qualname)
    case "co_filename": return text(t, field, value, &fields.file)
    case "co_firstlineno":
      var line = 0
      guard number(t, value, &line) else { return false }
      fields.line = Int32(truncatingIfNeeded: line)
    case "co_flags":
      var flags = 0
      guard number(t, value, &flags) else { return false }
      fields.flags = CodeFlags(rawValue: UInt32(truncatingIfNeeded: flags))
    case "co_argcount": return number(t, value, &fields.arguments)
    case "co_posonlyargcount": return number(t, value, &fields.positionalOnly)
    case "co_kwonlyargcount": return number(t, value, &fields.keywordOnly)
    case "co_stacksize": return number(t, value, &fields.stackSize)
    case "co_nlocals":
      var count = 0
      guard number(t, value, &count) else { return false }
      guard count == o.compiledCode.varNames.count else {
        return t.fail(.ValueError, "code: co_nlocals != len(co_varnames)")
      }
    case "co_consts":
      guard value.isKind(.tuple) else { return refuse(t, field, "tuple", value) }
      guard value.tupleCount >= o.codeLayout.pointee.constantCount else {
        return t.fail(.ValueError, "code.replace(): co_consts is shorter than the instructions need")
      }
      fields.constants = value
    case "co_names": return self.names(t, field, value, &fields.names)
    case "co_varnames": return rename(t, o, field, value, .local, &fields)
    case "co_cellvars": return rename(t, o, field, value, .cell, &fields)
    case "co_freevars": return rename(t, o, field, value, .free, &fields)
    case "co_code":
      guard let own = getAttribute(t, o, field) else { return false }
      defer { own.release() }
      let same = compareBool(t, own, value, .equal)
      guard same >= 0 else { return false }
      guard same == 1 else {
        return t.fail(
          .NotImplementedError, "code.replace(co_code=...) with other instructions is not supported by this runtime")
      }
    case "co_linetable", "co_exceptiontable":
      return t.fail(.NotImplementedError, "code.replace(\(field)=...) is not supported by this runtime")
    default: return t.fail(.TypeError, "replace() got an unexpected keyword argument '\(field)'")
    }
    return true
  }

  private static func refuse(_ t: ThreadState, _ field: String, _ wanted: String, _ value: Object) -> Bool {
    t.fail(.TypeError, "replace() argument '\(field)' must be \(wanted), not \(argumentTypeName(value))")
  }

  private static func text(_ t: ThreadState, _ field: String, _ value: Object, _ place: inout String) -> Bool {
    guard value.isKind(.str) else { return refuse(t, field, "str", value) }
    place = stringValue(value)
    return true
  }

  private static func number(_ t: ThreadState, _ value: Object, _ place: inout Int) -> Bool {
    guard let given = intValue(t, value) else { return false }
    place = given
    return given >= 0 ? true : t.fail(.ValueError, "code: a count must not be negative")
  }

  private static func names(_ t: ThreadState, _ field: String, _ value: Object, _ place: inout [String]) -> Bool {
    guard value.isKind(.tuple) else { return refuse(t, field, "tuple", value) }
    var found: [String] = []
    for i in 0..<value.tupleCount {
      guard value.tupleItems[i].isKind(.str) else {
        return t.fail(.TypeError, "name tuples must contain only strings, not '\(typeName(value.tupleItems[i]))'")
      }
      found.append(stringValue(value.tupleItems[i]))
    }
    guard found.count >= place.count else {
      return t.fail(.ValueError, "code.replace(): \(field) is shorter than the instructions need")
    }
    place = found
    return true
  }

  /// Other names for the variables of one kind, as many as there are.
  private static func rename(
    _ t: ThreadState, _ o: Object, _ field: String, _ value: Object, _ kind: LocalKind, _ fields: inout Fields
  ) -> Bool {
    let code = o.compiledCode
    let slots = code.localKinds.indices.filter { code.localKinds[$0].contains(kind) }
    var found = slots.map { code.localNames[$0] }
    guard names(t, field, value, &found) else { return false }
    guard found.count == slots.count else {
      return t.fail(.NotImplementedError, "code.replace() with more variables is not supported by this runtime")
    }
    for (slot, name) in zip(slots, found) { fields.locals[slot] = name }
    return true
  }
}
