// How exceptions are made and shown: `new`, `init`, `repr`, `str` of all built-in classes, and the fields that arguments fill.

/// The slots that exception types share.
enum ExceptionSlots {
  static func new(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    let type = TypeObject(unchecked: type)
    let kind = exceptionKind(of: type)
    if kind.family == .BaseExceptionGroup { return newExceptionGroup(t, type, arguments) }
    // The argument tuple is allocated before the instance, as a call of a class does it.
    let tuple = tupleOfArguments(arguments)
    if kind == .OSError, type == exceptionType(.OSError), arguments.count >= 2, arguments.count <= 5,
      arguments[0].isKind(.int), let number = intValue(t, arguments[0]),
      let better = osErrorKind(Int32(truncatingIfNeeded: number))
    {
      let o = makeExceptionInstance(t, exceptionType(better), steal: tuple)
      fillFields(o, .OSError)
      return o
    }
    if t.matches(.OverflowError) { t.clearRaised() }
    let o = makeExceptionInstance(t, type, steal: tuple)
    if kind.family == .OSError { fillFields(o, .OSError) }
    return o
  }

  static func initialize(_ t: ThreadState, _ o: Object, _ arguments: Arguments) -> Bool {
    let family = o.exceptionFamily
    let takesKeywords = family == .ImportError || family == .NameError || family == .AttributeError
    if let names = arguments.keywordNames, names.tupleCount > 0, !takesKeywords {
      t.raise(.TypeError, "\(o.typeName)() takes no keyword arguments")
      return false
    }
    setArguments(o, arguments)
    if family == .BaseExceptionGroup { return true }
    if takesKeywords { return fillFromKeywords(t, o, family, arguments) }
    switch family {
    case .SyntaxError: return fillSyntaxError(t, o)
    case .UnicodeDecodeError, .UnicodeEncodeError, .UnicodeTranslateError: return fillUnicodeError(t, o, family)
    default:
      fillFields(o, family)
      return true
    }
  }

  /// Sets `args`, without a new tuple when the items are the same.
  static func setArguments(_ o: Object, _ arguments: Arguments) {
    if let old = o.exception.pointee.arguments, old.tupleCount == arguments.count {
      var same = true
      for i in 0..<arguments.count where old.tupleItems[i] != arguments[i] { same = false }
      if same { return }
    }
    if o.exceptionFamily == .OSError { return }
    let old = o.exception.pointee.arguments
    o.exception.pointee.arguments = tupleOfArguments(arguments)
    storedField(o, old, o.exception.pointee.arguments)
    old.release()
  }

  /// Fills the extra words that positional arguments alone decide.
  static func fillFields(_ o: Object, _ family: ExceptionKind) {
    guard let arguments = o.exception.pointee.arguments else { return }
    let count = arguments.tupleCount
    switch family {
    case .StopIteration:
      o.setExceptionField(0, steal: count > 0 ? arguments.tupleItems[0].retained() : core.pointee.none.retained())
    case .SystemExit:
      let value = count == 0 ? core.pointee.none : count == 1 ? arguments.tupleItems[0] : arguments
      o.setExceptionField(0, steal: value.retained())
    case .ImportError:
      if count == 1 { o.setExceptionField(ExceptionField.importMessage, steal: arguments.tupleItems[0].retained()) }
    case .OSError:
      guard count >= 2, count <= 5 else { return }
      o.setExceptionField(ExceptionField.errorNumber, steal: arguments.tupleItems[0].retained())
      o.setExceptionField(ExceptionField.errorText, steal: arguments.tupleItems[1].retained())
      if count > 2, arguments.tupleItems[2] != core.pointee.none {
        o.setExceptionField(ExceptionField.fileName, steal: arguments.tupleItems[2].retained())
        if count > 4 { o.setExceptionField(ExceptionField.fileName2, steal: arguments.tupleItems[4].retained()) }
        // `args` keeps only number and text.
        let short = makeTuple([arguments.tupleItems[0].retained(), arguments.tupleItems[1].retained()])
        o.exception.pointee.arguments = short
        storedField(o, arguments, short)
        arguments.release()
      }
    default: return
    }
  }

  private static func fillFromKeywords(_ t: ThreadState, _ o: Object, _ family: ExceptionKind, _ arguments: Arguments)
    -> Bool
  {
    if family == .ImportError { for field in 0...3 { o.setExceptionField(field, steal: nil) } }
    if family == .NameError || family == .AttributeError {
      o.setExceptionField(0, steal: nil)
      if family == .AttributeError { o.setExceptionField(1, steal: nil) }
    }
    fillFields(o, family)
    guard let names = arguments.keywordNames else { return true }
    let allowed: [String: Int] =
      switch family {
      case .ImportError: ["name": 1, "path": 2, "name_from": 3]
      case .NameError: ["name": 0]
      default: ["name": 0, "obj": 1]
      }
    for i in 0..<names.tupleCount {
      let name = stringValue(names.tupleItems[i])
      guard let index = allowed[name] else {
        t.raise(.TypeError, "\(o.typeName)() got an unexpected keyword argument '\(name)'")
        return false
      }
      o.setExceptionField(index, steal: arguments.base[arguments.count + i].retained())
    }
    return true
  }

  /// `SyntaxError(message, (file, line, offset, text[, end line, end offset]))`.
  private static func fillSyntaxError(_ t: ThreadState, _ o: Object) -> Bool {
    guard let arguments = o.exception.pointee.arguments else { return true }
    let count = arguments.tupleCount
    if count >= 1 { o.setExceptionField(ExceptionField.syntaxMessage, steal: arguments.tupleItems[0].retained()) }
    guard count == 2 else { return true }
    guard let place = makeTuple(t, from: arguments.tupleItems[1]) else { return false }
    defer { place.release() }
    let parts = place.tupleCount
    guard parts >= 4, parts != 5, parts <= 6 else {
      if parts == 5 {
        t.raise(.TypeError, "end_offset must be provided when end_lineno is provided")
      } else {
        t.raise(.TypeError, "function takes \(parts < 4 ? "at least 4" : "at most 6") arguments (\(parts) given)")
      }
      return false
    }
    let order = [
      ExceptionField.syntaxFile, ExceptionField.line, ExceptionField.offset, ExceptionField.text,
      ExceptionField.endLine,
      ExceptionField.endOffset,
    ]
    for i in 0..<parts { o.setExceptionField(order[i], steal: place.tupleItems[i].retained()) }
    return true
  }

  /// `(encoding, object, start, end, reason)`, without the encoding for translation.
  private static func fillUnicodeError(_ t: ThreadState, _ o: Object, _ family: ExceptionKind) -> Bool {
    guard let arguments = o.exception.pointee.arguments else { return true }
    let first = family == .UnicodeTranslateError ? 0 : 1
    let count = arguments.tupleCount
    guard count == 4 + first else {
      t.raise(.TypeError, "function takes exactly \(4 + first) arguments (\(count) given)")
      return false
    }
    if first == 1 { o.setExceptionField(ExceptionField.encoding, steal: arguments.tupleItems[0].retained()) }
    o.setExceptionField(ExceptionField.unicodeObject, steal: arguments.tupleItems[first].retained())
    guard let start = intValue(t, arguments.tupleItems[first + 1]),
      let end = intValue(t, arguments.tupleItems[first + 2])
    else { return false }
    o.exception.pointee.numbers = (start, end)
    o.setExceptionField(ExceptionField.reason, steal: arguments.tupleItems[first + 3].retained())
    return true
  }

  // MARK: - Text

  static func repr(_ t: ThreadState, _ o: Object) -> Object? {
    guard let arguments = o.exception.pointee.arguments else { return makeString("\(shortTypeName(o.type))()") }
    let shown =
      arguments.tupleCount == 1 ? PythonRuntime.repr(t, arguments.tupleItems[0]) : PythonRuntime.repr(t, arguments)
    guard let shown else { return nil }
    defer { shown.release() }
    let text = stringValue(shown)
    return makeString(
      arguments.tupleCount == 1 ? "\(shortTypeName(o.type))(\(text))" : "\(shortTypeName(o.type))\(text)")
  }

  static func str(_ t: ThreadState, _ o: Object) -> Object? {
    switch o.exceptionFamily {
    case .KeyError:
      if let arguments = o.exception.pointee.arguments, arguments.tupleCount == 1 {
        return PythonRuntime.repr(t, arguments.tupleItems[0])
      }
    case .ImportError:
      if let message = o.exceptionFields[ExceptionField.importMessage], message.isExactly(.str) {
        return message.retained()
      }
    case .OSError: if let text = osErrorText(t, o) { return text }
    case .SyntaxError: return syntaxErrorText(t, o)
    case .UnicodeDecodeError, .UnicodeEncodeError, .UnicodeTranslateError: return unicodeErrorText(t, o)
    case .BaseExceptionGroup: return groupText(t, o)
    default: break
    }
    guard let arguments = o.exception.pointee.arguments else { return makeString("") }
    switch arguments.tupleCount {
    case 0: return core.pointee.emptyString.retained()
    case 1: return PythonRuntime.str(t, arguments.tupleItems[0])
    default: return PythonRuntime.str(t, arguments)
    }
  }

  private static func osErrorText(_ t: ThreadState, _ o: Object) -> Object? {
    let fields = o.exceptionFields
    guard let number = fields[ExceptionField.errorNumber], let text = fields[ExceptionField.errorText] else {
      return nil
    }
    var result = "[Errno \(textOf(t, number))] \(textOf(t, text))"
    if let name = fields[ExceptionField.fileName] {
      result += ": \(reprText(t, name))"
      if let name2 = fields[ExceptionField.fileName2] { result += " -> \(reprText(t, name2))" }
    }
    return makeString(result)
  }

  private static func syntaxErrorText(_ t: ThreadState, _ o: Object) -> Object? {
    let fields = o.exceptionFields
    let message = fields[ExceptionField.syntaxMessage].map { textOf(t, $0) } ?? "None"
    let file = fields[ExceptionField.syntaxFile].flatMap { $0.isKind(.str) ? stringValue($0) : nil }
    let line = fields[ExceptionField.line].flatMap { $0.isExactly(.int) ? textOf(t, $0) : nil }
    let base = file.map { String($0.split(separator: "/", omittingEmptySubsequences: false).last ?? "") }
    switch (base, line) {
    case (let base?, let line?): return makeString("\(message) (\(base), line \(line))")
    case (let base?, nil): return makeString("\(message) (\(base))")
    case (nil, let line?): return makeString("\(message) (line \(line))")
    default: return makeString(message)
    }
  }

  private static func unicodeErrorText(_ t: ThreadState, _ o: Object) -> Object? {
    let fields = o.exceptionFields
    guard let subject = fields[ExceptionField.unicodeObject] else { return core.pointee.emptyString.retained() }
    let family = o.exceptionFamily
    let (start, end) = o.exception.pointee.numbers
    let reason = fields[ExceptionField.reason].map { textOf(t, $0) } ?? ""
    let verb = family == .UnicodeDecodeError ? "decode" : family == .UnicodeEncodeError ? "encode" : "translate"
    let prefix = fields[ExceptionField.encoding].map { "'\(textOf(t, $0))' codec " } ?? ""
    let things = family == .UnicodeDecodeError ? "byte" : "character"
    let count = length(t, subject)
    if t.hasRaised { t.clearRaised() }
    guard start >= 0, start < count, end == start + 1 else {
      return makeString("\(prefix)can't \(verb) \(things)s in position \(start)-\(end - 1): \(reason)")
    }
    let index = makeInt(start)
    defer { index.release() }
    guard let item = getItem(t, subject, index) else { return nil }
    defer { item.release() }
    if family == .UnicodeDecodeError {
      let byte = intValue(t, item) ?? 0
      return makeString("\(prefix)can't decode byte 0x\(hex(byte, 2)) in position \(start): \(reason)")
    }
    let value = codePoint(item)
    let code = value <= 0xff ? "\\x\(hex(value, 2))" : value <= 0xffff ? "\\u\(hex(value, 4))" : "\\U\(hex(value, 8))"
    return makeString("\(prefix)can't \(verb) character '\(code)' in position \(start): \(reason)")
  }

  private static func hex(_ value: Int, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func codePoint(_ character: Object) -> Int {
    character.strLength > 0 ? Int(character.codePoint(0)) : 0
  }
}

/// `str(o)` as Swift text; an error while making it is swallowed. For messages.
public func textOf(_ t: ThreadState, _ o: Object) -> String {
  guard let text = str(t, o) else {
    t.clearRaised()
    return "<unprintable \(shortTypeName(o.type)) object>"
  }
  defer { text.release() }
  return stringValue(text)
}

/// `repr(o)` as Swift text; an error while making it is swallowed. For messages.
public func reprText(_ t: ThreadState, _ o: Object) -> String {
  guard let text = repr(t, o) else {
    t.clearRaised()
    return "<unprintable \(shortTypeName(o.type)) object>"
  }
  defer { text.release() }
  return stringValue(text)
}

/// The positional arguments as a tuple.
public func tupleOfArguments(_ arguments: Arguments) -> Object {
  guard arguments.count > 0 else { return core.pointee.emptyTuple.retained() }
  let tuple = makeTuple(count: arguments.count)
  let items = tuple.tupleItems
  for i in 0..<arguments.count { items[i] = arguments[i].retained() }
  filledTuple(tuple)
  return tuple
}
