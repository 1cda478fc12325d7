// Binding a call's arguments to a function's parameters: defaults, `*args`, `**kwargs`, keyword-only, and CPython's error texts.
import PythonBytecode

/// Moves the values (owned, positional ones first, then those of the keywords) into the frame's locals. False: an exception is set; the values
/// are gone either way.
@inline(never)
func bindArguments(
  _ t: ThreadState, _ frame: Frame, _ values: UnsafeMutablePointer<Object>, _ count: Int, keywords: Object?
) -> Bool {
  let c = frame.pointer.pointee.code.codeLayout
  let function = frame.pointer.pointee.function
  let f = function.functionLayout
  let locals = frame.fastLocals
  let positional = Int(c.pointee.argumentCount)
  let keywordOnly = Int(c.pointee.keywordOnlyCount)
  let named = positional + keywordOnly
  let takesMore = c.pointee.flags & CodeFlags.varArgs.rawValue != 0
  let takesKeywords = c.pointee.flags & CodeFlags.varKeywords.rawValue != 0
  // 1. Positional arguments, then the rest as `*args`.
  let taken = min(count, positional)
  for i in 0..<taken { locals[i] = values[i] }
  if takesMore {
    locals[named] =
      count > positional
      ? makeTuple(stealing: values + positional, count: count - positional) : core.pointee.emptyTuple.retained()
  }
  let more = named + (takesMore ? 1 : 0)
  if takesKeywords { locals[more] = makeDict() }
  // 2. Keywords by name.
  var failed = false
  if let keywords {
    for k in 0..<keywords.tupleCount {
      let value = values[count + k]
      if failed {
        value.release()
        continue
      }
      failed = !bindKeyword(
        t, frame, name: keywords.tupleItems[k], value: value, keywords: keywords,
        dict: takesKeywords ? locals[more] : nil)
    }
  }
  // 3. Too many positional arguments.
  if count > positional, !takesMore {
    for i in positional..<count { values[i].release() }
    if !failed { raiseTooMany(t, frame, given: count) }
    return false
  }
  if failed { return false }
  // 4. Defaults for what was not given.
  if taken < positional {
    let defaults = f.pointee.defaults
    let defaultCount = defaults?.tupleCount ?? 0
    let firstDefault = positional - defaultCount
    for i in taken..<positional where locals[i] == nil {
      if i < firstDefault {
        raiseMissing(t, frame, upTo: firstDefault)
        return false
      }
      if let defaults { locals[i] = defaults.tupleItems[i - firstDefault].retained() }
    }
  }
  if keywordOnly > 0 {
    var missing: [String] = []
    for i in positional..<named where locals[i] == nil {
      let name = c.pointee.localTuple.tupleItems[i]
      if let dict = f.pointee.keywordDefaults, let value = dictGet(t, dict, name) {
        locals[i] = value.retained()
      } else {
        missing.append(stringValue(name))
      }
    }
    if !missing.isEmpty {
      raiseMissing(t, frame, missing, kind: "keyword-only")
      return false
    }
  }
  return true
}

private func functionText(_ frame: Frame) -> String {
  stringValue(frame.pointer.pointee.function.functionLayout.pointee.qualifiedName)
}

/// One keyword argument; takes over the value.
private func bindKeyword(
  _ t: ThreadState, _ frame: Frame, name: Object, value: Object, keywords: Object, dict: Object?
) -> Bool {
  let c = frame.pointer.pointee.code.codeLayout
  let names = c.pointee.localTuple.tupleItems
  let named = Int(c.pointee.argumentCount + c.pointee.keywordOnlyCount)
  let first = Int(c.pointee.positionalOnlyCount)
  guard name.isKind(.str) else {
    value.release()
    t.raise(.TypeError, "\(functionText(frame))() keywords must be strings")
    return false
  }
  var index = -1
  for i in first..<max(first, named) where names[i] == name { index = i }
  if index < 0 { for i in first..<max(first, named) where strEqual(names[i], name) { index = i } }
  if index >= 0 {
    if frame.fastLocals[index] != nil {
      value.release()
      t.raise(.TypeError, "\(functionText(frame))() got multiple values for argument '\(stringValue(name))'")
      return false
    }
    frame.fastLocals[index] = value
    return true
  }
  if let dict {
    let done = dictSet(t, dict, name, value)
    value.release()
    return done
  }
  value.release()
  let function = functionText(frame)
  // A positional-only parameter given by name has a text of its own, which lists all of them.
  var wrong: [String] = []
  for i in 0..<first {
    for k in 0..<keywords.tupleCount where strEqual(keywords.tupleItems[k], names[i]) {
      wrong.append(stringValue(names[i]))
    }
  }
  if !wrong.isEmpty {
    t.raise(
      .TypeError,
      "\(function)() got some positional-only arguments passed as keyword arguments: '\(wrong.joined(separator: ", "))'"
    )
    return false
  }
  let candidates = (first..<max(first, named)).map { stringValue(names[$0]) }
  let hint = Suggestions.closest(to: stringValue(name), among: candidates).map { ". Did you mean '\($0)'?" } ?? ""
  t.raise(.TypeError, "\(function)() got an unexpected keyword argument '\(stringValue(name))'\(hint)")
  return false
}

private func raiseTooMany(_ t: ThreadState, _ frame: Frame, given: Int) {
  let c = frame.pointer.pointee.code.codeLayout
  let f = frame.pointer.pointee.function.functionLayout
  let positional = Int(c.pointee.argumentCount)
  let defaults = f.pointee.defaults?.tupleCount ?? 0
  var givenKeywords = 0
  for i in positional..<positional + Int(c.pointee.keywordOnlyCount) where frame.fastLocals[i] != nil {
    givenKeywords += 1
  }
  let takes = defaults > 0 ? "from \(positional - defaults) to \(positional)" : "\(positional)"
  let plural = defaults > 0 || positional != 1 ? "s" : ""
  let extra =
    givenKeywords > 0
    ? " positional argument\(given == 1 ? "" : "s") (and \(givenKeywords) keyword-only argument\(givenKeywords == 1 ? "" : "s"))"
    : ""
  t.raise(
    .TypeError,
    "\(stringValue(f.pointee.qualifiedName))() takes \(takes) positional argument\(plural) but \(given)\(extra) "
      + "\(given == 1 && givenKeywords == 0 ? "was" : "were") given")
}

private func raiseMissing(_ t: ThreadState, _ frame: Frame, upTo end: Int) {
  let names = frame.pointer.pointee.code.codeLayout.pointee.localTuple.tupleItems
  let missing = (0..<end).filter { frame.fastLocals[$0] == nil }.map { stringValue(names[$0]) }
  raiseMissing(t, frame, missing, kind: "positional")
}

private func raiseMissing(_ t: ThreadState, _ frame: Frame, _ names: [String], kind: String) {
  let quoted = names.map { "'\($0)'" }
  let list: String
  switch quoted.count {
  case 1: list = quoted[0]
  case 2: list = "\(quoted[0]) and \(quoted[1])"
  default: list = quoted.dropLast().joined(separator: ", ") + ", and " + (quoted.last ?? "")
  }
  let function = stringValue(frame.pointer.pointee.function.functionLayout.pointee.qualifiedName)
  t.raise(
    .TypeError,
    "\(function)() missing \(names.count) required \(kind) argument\(names.count == 1 ? "" : "s"): \(list)")
}
