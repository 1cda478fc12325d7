// Objects to JSON text, as the encoder object says.
import PythonRuntime
import PythonTypes

struct JsonWriter {
  let t: ThreadState
  let settings: UnsafeMutablePointer<JsonEncoderLayout>
  var text = JsonText()
  /// How deep the containers around are, for the indent.
  var level: Int

  private var indent: Object? { settings.pointee.indent == core.pointee.none ? nil : settings.pointee.indent }

  // MARK: - Values

  /// False: an exception is set.
  mutating func write(_ o: Object) -> Bool {
    if o.isKind(.str) { return writeString(o) }
    if o == core.pointee.none {
      text.append("null")
    } else if o == core.pointee.true {
      text.append("true")
    } else if o == core.pointee.false {
      text.append("false")
    } else if o.isExactly(.int), o.isSmallInt {
      text.append(decimal: o.smallInt)
    } else if o.isKind(.int) {
      return writeInt(o)
    } else if o.isKind(.float) {
      return writeFloat(o)
    } else {
      return writeNested(o)
    }
    return true
  }

  private mutating func writeNested(_ o: Object) -> Bool {
    guard enterNative(t, " while encoding a JSON object") else { return false }
    defer { leaveNative(t) }
    if o.isKind(.list) || o.isKind(.tuple) { return guarded(o) { $0.writeList(o) } }
    if o.isKind(.dict) { return guarded(o) { $0.writeDict(o) } }
    return guarded(o, always: true) { writer in
      guard let function = writer.settings.pointee.fallback, let replaced = call1(writer.t, function, o) else {
        return false
      }
      defer { replaced.release() }
      return writer.write(replaced)
    }
  }

  /// Refuses what is inside of itself: `markers` holds the containers around by their addresses.
  private mutating func guarded(_ o: Object, always: Bool = false, _ body: (inout JsonWriter) -> Bool) -> Bool {
    guard let markers = settings.pointee.markers, markers != core.pointee.none else { return body(&self) }
    if !always, isEmpty(o) { return body(&self) }
    let key = makeInt(Int(bitPattern: o.address))
    defer { key.release() }
    let known = dictContains(t, markers, key)
    if known != 0 { return known < 0 ? false : t.fail(.ValueError, "Circular reference detected") }
    guard dictSet(t, markers, key, o), body(&self) else { return false }
    return dictDelete(t, markers, key)
  }

  private func isEmpty(_ o: Object) -> Bool {
    o.isKind(.list) ? o.listCount == 0 : o.isKind(.tuple) ? o.tupleCount == 0 : o.dictCount == 0
  }

  private mutating func writeString(_ o: Object) -> Bool {
    switch settings.pointee.quoting {
    case .ascii: text.append(quoted: o, isASCII: true)
    case .plain: text.append(quoted: o, isASCII: false)
    case .function:
      guard let function = settings.pointee.encoder, let quoted = call1(t, function, o) else { return false }
      defer { quoted.release() }
      guard quoted.isKind(.str) else {
        return t.fail(.TypeError, "encoder() must return a string, not \(typeName(quoted))")
      }
      text.append(quoted)
    }
    return true
  }

  /// By the type's own repr, whatever a subclass says.
  private mutating func writeInt(_ o: Object) -> Bool {
    guard let digits = core.pointee.types.int.pointer.pointee.repr?.call(t, o) else { return false }
    defer { digits.release() }
    text.append(digits)
    return true
  }

  private mutating func writeFloat(_ o: Object) -> Bool {
    guard let number = floatText(o) else { return false }
    defer { number.release() }
    text.append(number)
    return true
  }

  private func floatText(_ o: Object) -> Object? {
    let value = o.double
    if value.isFinite { return core.pointee.types.float.pointer.pointee.repr?.call(t, o) }
    guard settings.pointee.allowsNaN else {
      guard let shown = reprString(t, o) else { return nil }
      return t.raise(.ValueError, "Out of range float values are not JSON compliant: \(shown)")
    }
    return makeString(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
  }

  // MARK: - Containers

  private mutating func newLine() {
    guard let indent else { return }
    text.append(0x0A)
    for _ in 0..<max(level, 0) { text.append(indent) }
  }

  /// Between two items; with an indent, a new line too.
  private mutating func separate() {
    if let separator = settings.pointee.itemSeparator { text.append(separator) }
    newLine()
  }

  private mutating func writeList(_ o: Object) -> Bool {
    if isEmpty(o) {
      text.append("[]")
      return true
    }
    text.append(0x5B)
    level += 1
    newLine()
    // A list may change while its items are written.
    var i = 0
    while i < (o.isKind(.list) ? o.listCount : o.tupleCount) {
      if i > 0 { separate() }
      let item = (o.isKind(.list) ? o.listItems[i] : o.tupleItems[i]).retained()
      defer { item.release() }
      guard write(item) else { return false }
      i += 1
    }
    level -= 1
    newLine()
    text.append(0x5D)
    return true
  }

  private mutating func writeDict(_ o: Object) -> Bool {
    if isEmpty(o) {
      text.append("{}")
      return true
    }
    text.append(0x7B)
    level += 1
    newLine()
    guard settings.pointee.sortsKeys || !o.isExactly(.dict) ? writeItems(of: o) : writeEntries(of: o) else {
      return false
    }
    level -= 1
    newLine()
    text.append(0x7D)
    return true
  }

  private mutating func writeEntries(of o: Object) -> Bool {
    var (place, isFirst) = (0, true)
    while let entry = dictNext(o, &place) {
      let (key, value) = (entry.key.retained(), entry.value.retained())
      defer {
        key.release()
        value.release()
      }
      guard writeMember(key, value, &isFirst) else { return false }
    }
    return true
  }

  private mutating func writeItems(of o: Object) -> Bool {
    guard let items = callMethod(t, o, "items") else { return false }
    defer { items.release() }
    guard let list = makeList(t, from: items) else { return false }
    defer { list.release() }
    if settings.pointee.sortsKeys, !listSort(t, list, key: nil, reverse: false) { return false }
    var isFirst = true
    for i in 0..<list.listCount {
      let item = list.listItems[i]
      guard item.isKind(.tuple), item.tupleCount == 2 else {
        return t.fail(.ValueError, "items must return 2-tuples")
      }
      guard writeMember(item.tupleItems[0], item.tupleItems[1], &isFirst) else { return false }
    }
    return true
  }

  private mutating func writeMember(_ key: Object, _ value: Object, _ isFirst: inout Bool) -> Bool {
    var name = key
    var made: Object?
    defer { made.release() }
    if !key.isKind(.str) {
      if key.isKind(.float) {
        made = floatText(key)
      } else if key == core.pointee.true || key == core.pointee.false || key == core.pointee.none {
        made = makeString(key == core.pointee.none ? "null" : key == core.pointee.true ? "true" : "false")
      } else if key.isKind(.int) {
        made = core.pointee.types.int.pointer.pointee.repr?.call(t, key)
      } else if settings.pointee.skipsKeys {
        return true
      } else {
        return t.fail(.TypeError, "keys must be str, int, float, bool or None, not \(typeName(key))")
      }
      guard let made else { return false }
      name = made
    }
    if !isFirst { separate() }
    isFirst = false
    guard writeString(name) else { return false }
    if let separator = settings.pointee.keySeparator { text.append(separator) }
    return write(value)
  }
}
