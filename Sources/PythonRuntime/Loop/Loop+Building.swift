// Instructions that make and take apart containers, slices and operators without a fast path.
import PythonBytecode

extension Slow {
  @inline(never) static func binaryOperation(_ t: ThreadState, _ operand: Int, _ a: Object, _ b: Object) -> Object? {
    guard let operation = BinaryOperation(rawValue: operand) else { return nil }
    if operation == .add, a.isExactly(.str), b.isExactly(.str) { return concatenateStr(a, b) }
    return PythonRuntime.binaryOperation(t, operation, a, b)
  }

  @inline(never) static func compare(_ t: ThreadState, _ operand: Int, _ a: Object, _ b: Object) -> Object? {
    guard let op = Comparison(rawValue: UInt8(truncatingIfNeeded: operand >> 5)), let result = richCompare(t, a, b, op)
    else { return nil }
    if operand & ComparisonOperation.toBoolBit == 0 { return result }
    if result == core.pointee.true || result == core.pointee.false { return result }
    let truth = isTrue(t, result)
    result.release()
    return truth < 0 ? nil : makeBool(truth == 1)
  }

  // MARK: - Slices

  static func buildSlice(_ sp: UnsafeMutablePointer<Object?>, _ count: Int) -> Object {
    let base = items(sp - count)
    let slice = makeSlice(base[0], base[1], count == 3 ? base[2] : nil)
    for i in 0..<count { base[i].release() }
    return slice
  }

  /// container, start, stop: the result takes the container's place, the others are gone.
  static func binarySlice(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>) -> Bool {
    let (container, start, stop) = (item(sp, 3), item(sp, 2), item(sp, 1))
    let slice = makeSlice(start, stop)
    let result = getItem(t, container, slice)
    slice.release()
    guard let result else { return false }
    poke(sp, 3, result)
    container.release()
    start.release()
    stop.release()
    return true
  }

  /// value, container, start, stop.
  static func storeSlice(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>) -> Bool {
    let (value, container, start, stop) = (item(sp, 4), item(sp, 3), item(sp, 2), item(sp, 1))
    let slice = makeSlice(start, stop)
    let done = setItem(t, container, slice, value)
    slice.release()
    guard done else { return false }
    value.release()
    container.release()
    start.release()
    stop.release()
    return true
  }

  // MARK: - Building

  /// The items are consumed when it works; else they stay on the stack.
  static func buildSet(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>, _ count: Int) -> Object? {
    let set = makeSet()
    let base = items(sp - count)
    for i in 0..<count where !setAdd(t, set, base[i]) {
      set.release()
      return nil
    }
    for i in 0..<count { base[i].release() }
    return set
  }

  static func buildMap(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>, _ count: Int) -> Object? {
    let dict = makeDict()
    let base = items(sp - 2 * count)
    for i in 0..<count where !dictSet(t, dict, base[2 * i], base[2 * i + 1]) {
      dict.release()
      return nil
    }
    for i in 0..<2 * count { base[i].release() }
    return dict
  }

  static func buildConstKeyMap(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>, _ count: Int) -> Object? {
    let keys = item(sp, 1)
    let base = items(sp - count - 1)
    let dict = makeDict()
    for i in 0..<count where !dictSet(t, dict, keys.tupleItems[i], base[i]) {
      dict.release()
      return nil
    }
    for i in 0..<count { base[i].release() }
    keys.release()
    return dict
  }

  /// The pieces of an f-string.
  static func buildString(_ t: ThreadState, _ sp: UnsafeMutablePointer<Object?>, _ count: Int) -> Object {
    let base = items(sp - count)
    var length = 0
    var maximum: UInt32 = 0
    for i in 0..<count {
      length += base[i].strLength
      maximum = max(maximum, strMaximum(base[i]))
    }
    let result = length == 0 ? core.pointee.emptyString : allocateStr(length: length, maximum: maximum)
    var position = 0
    for i in 0..<count {
      if base[i].strLength > 0 { copyText(base[i], into: result, at: position) }
      position += base[i].strLength
      base[i].release()
    }
    return result
  }

  // MARK: - Extending

  static func listExtend(_ t: ThreadState, _ list: Object, _ iterable: Object) -> Bool {
    if PythonRuntime.listExtend(t, list, iterable) { return true }
    if t.matches(.TypeError), iterable.type.pointer.pointee.iter == nil, iterable.type.pointer.pointee.item == nil,
      iterable.type.pointer.pointee.getItem == nil
    {
      t.clearRaised()
      t.raise(.TypeError, "Value after * must be an iterable, not \(iterable.typeName)")
    }
    return false
  }

  static func setUpdate(_ t: ThreadState, _ set: Object, _ iterable: Object) -> Bool {
    forEach(t, iterable) { setAdd(t, set, $0) }
  }

  static func dictUpdate(_ t: ThreadState, _ dict: Object, _ source: Object) -> Bool {
    if PythonRuntime.dictMerge(t, dict, source) { return true }
    if t.matches(.AttributeError) {
      t.clearRaised()
      t.raise(.TypeError, "'\(source.typeName)' object is not a mapping")
    }
    return false
  }

  /// `**source` in a call: every key must be new and a str.
  static func dictMerge(_ t: ThreadState, _ dict: Object, _ source: Object, function: Object) -> Bool {
    let name = functionText(t, function)
    guard source.isKind(.dict) || source.type.flags.contains(.mapping) || hasKeys(t, source) else {
      return t.fail(.TypeError, "\(name) argument after ** must be a mapping, not \(source.typeName)")
    }
    var merged = source
    var isCopy = false
    if !source.isExactly(.dict) {
      merged = makeDict()
      isCopy = true
      guard PythonRuntime.dictMerge(t, merged, source) else {
        merged.release()
        return false
      }
    }
    defer { if isCopy { merged.release() } }
    var position = 0
    while let entry = dictNext(merged, &position) {
      guard entry.key.isKind(.str) else { return t.fail(.TypeError, "keywords must be strings") }
      let known = dictContains(t, dict, entry.key)
      if known < 0 { return false }
      if known == 1 {
        return t.fail(.TypeError, "\(name) got multiple values for keyword argument '\(stringValue(entry.key))'")
      }
      guard dictSet(t, dict, entry.key, entry.value, hash: entry.hash) else { return false }
    }
    return true
  }

  private static func hasKeys(_ t: ThreadState, _ o: Object) -> Bool {
    var failed = false
    guard let keys = findAttribute(t, o, LoopName.keys, failed: &failed) else {
      if failed { t.clearRaised() }
      return false
    }
    keys.release()
    return true
  }

  /// `module.f()` for messages about the arguments of a call.
  static func functionText(_ t: ThreadState, _ function: Object) -> String {
    var failed = false
    guard let name = findAttribute(t, function, LoopName.qualname, failed: &failed) else {
      if failed { t.clearRaised() }
      return textOf(t, function)
    }
    defer { name.release() }
    let module = findAttribute(t, function, LoopName.module, failed: &failed)
    if failed { t.clearRaised() }
    defer { module.release() }
    if let module, module.isKind(.str), stringValue(module) != "builtins" {
      return "\(stringValue(module)).\(textOf(t, name))()"
    }
    return "\(textOf(t, name))()"
  }

  // MARK: - Unpacking

  /// Writes `count` items (new references) to the stack from `place` up, the first item on top.
  static func unpackSequence(_ t: ThreadState, _ sequence: Object, _ count: Int, _ place: UnsafeMutablePointer<Object?>)
    -> Bool
  {
    if sequence.isExactly(.tuple), sequence.tupleCount == count {
      for i in 0..<count { place[count - 1 - i] = sequence.tupleItems[i].retained() }
      return true
    }
    if sequence.isExactly(.list), sequence.listCount == count {
      for i in 0..<count { place[count - 1 - i] = sequence.listItems[i].retained() }
      return true
    }
    return unpackIterable(t, sequence, before: count, after: -1, place)
  }

  static func unpackEx(
    _ t: ThreadState, _ sequence: Object, before: Int, after: Int, _ place: UnsafeMutablePointer<Object?>
  ) -> Bool {
    unpackIterable(t, sequence, before: before, after: after, place)
  }

  /// `after` -1: exactly `before` items; else a list of the middle comes between.
  private static func unpackIterable(
    _ t: ThreadState, _ sequence: Object, before: Int, after: Int, _ place: UnsafeMutablePointer<Object?>
  ) -> Bool {
    guard let iterator = iterate(t, sequence) else {
      if t.matches(.TypeError), sequence.type.pointer.pointee.iter == nil, !isSequence(t, sequence) {
        t.clearRaised()
        t.raise(.TypeError, "cannot unpack non-iterable \(sequence.typeName) object")
      }
      return false
    }
    defer { iterator.release() }
    var items: [Object] = []
    func fail() -> Bool {
      for o in items { o.release() }
      return false
    }
    for i in 0..<before {
      guard let next = iterNext(t, iterator) else {
        if t.hasRaised, !isExhausted(t) { return fail() }
        let expected = after < 0 ? "expected \(before)" : "expected at least \(before + after)"
        t.raise(.ValueError, "not enough values to unpack (\(expected), got \(i))")
        return fail()
      }
      items.append(next)
    }
    if after < 0 {
      if let next = iterNext(t, iterator) {
        next.release()
        t.raise(.ValueError, "too many values to unpack (expected \(before))")
        return fail()
      }
      if t.hasRaised, !isExhausted(t) { return fail() }
      for i in 0..<before { place[before - 1 - i] = items[i] }
      return true
    }
    guard let list = makeList(t, from: iterator) else { return fail() }
    let extra = list.listCount
    guard extra >= after else {
      list.release()
      t.raise(.ValueError, "not enough values to unpack (expected at least \(before + after), got \(before + extra))")
      return fail()
    }
    for i in 0..<after { items.append(list.listItems[extra - after + i].retained()) }
    listReplace(list, extra - after, extra, nil, 0)
    let total = before + 1 + after
    for i in 0..<before { place[total - 1 - i] = items[i] }
    place[after] = list
    for i in 0..<after { place[after - 1 - i] = items[before + i] }
    return true
  }

  // MARK: - Exhaustion

  /// After a `next` slot gave nothing: whether that is the end. A StopIteration is cleared, and told to the event stream.
  @inline(never) static func isExhausted(_ t: ThreadState) -> Bool {
    guard let exception = t.raised else { return true }
    guard t.matches(.StopIteration) else { return false }
    Probes.raised(t, exception)
    t.clearRaised()
    return true
  }

  /// Whether a delegate ended: nothing is raised, or StopIteration is.
  static func isStopIteration(_ t: ThreadState) -> Bool {
    guard let exception = t.raised else { return true }
    guard t.matches(.StopIteration) else { return false }
    Probes.raised(t, exception)
    return true
  }
}
