// repr, str, ascii and format of any object, and the guard against runaway native recursion.

extension Object {
  /// The name of the object's type, for messages.
  public var typeName: String { type.messageName }
}

extension ThreadState {
  /// Raises and returns false: for functions whose result is success.
  @discardableResult public func fail(_ kind: ExceptionKind, _ message: String) -> Bool {
    raise(kind, message)
    return false
  }
}

/// Counts one level of native recursion; false with RecursionError set when there are too many.
@inline(__always) public func enterNative(_ t: ThreadState, _ place: StaticString) -> Bool {
  var marker: UInt8 = 0
  let here = withUnsafeMutablePointer(to: &marker) { UInt(bitPattern: $0) }
  if here < t.pointer.pointee.nativeStackLimit { return raiseTooDeep(t, place) }
  return true
}
@inline(__always) public func leaveNative(_ t: ThreadState) {}

@inline(never) private func raiseTooDeep(_ t: ThreadState, _ place: StaticString) -> Bool {
  // Room for the exception itself.
  t.pointer.pointee.nativeStackLimit &-= 1 << 16
  t.raise(.RecursionError, "maximum recursion depth exceeded\(place)")
  t.pointer.pointee.nativeStackLimit &+= 1 << 16
  return false
}

/// `repr(o)`: a str, new reference.
public func repr(_ t: ThreadState, _ o: Object) -> Object? {
  guard enterNative(t, " while getting the repr of an object") else { return nil }
  defer { leaveNative(t) }
  guard let slot = o.type.pointer.pointee.repr else { return defaultRepr(o) }
  t.pin(o)
  let text = slot.call(t, o)
  t.unpin()
  guard let result = text else { return nil }
  if result.isKind(.str) { return result }
  let name = result.typeName
  result.release()
  return t.raise(.TypeError, "__repr__ returned non-string (type \(name))")
}

/// `<name object at 0x...>`.
public func defaultRepr(_ o: Object) -> Object {
  makeString("<\(o.typeName) object at \(addressText(o))>")
}

/// `str(o)`: a str, new reference.
public func str(_ t: ThreadState, _ o: Object) -> Object? {
  if o.isExactly(.str) { return o.retained() }
  guard let slot = o.type.pointer.pointee.str else { return repr(t, o) }
  guard enterNative(t, " while getting the str of an object") else { return nil }
  defer { leaveNative(t) }
  t.pin(o)
  let text = slot.call(t, o)
  t.unpin()
  guard let result = text else { return nil }
  if result.isKind(.str) { return result }
  let name = result.typeName
  result.release()
  return t.raise(.TypeError, "__str__ returned non-string (type \(name))")
}

/// `ascii(o)`.
public func ascii(_ t: ThreadState, _ o: Object) -> Object? {
  guard let text = repr(t, o) else { return nil }
  if text.isASCIIStr { return text }
  defer { text.release() }
  var out = ""
  for i in 0..<text.strLength {
    let c = text.codePoint(i)
    if c < 0x80 { out.unicodeScalars.append(Unicode.Scalar(UInt8(c))) } else { out += escaped(c) }
  }
  return makeString(out)
}

/// A code point as `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
public func escaped(_ c: UInt32) -> String {
  let digits = String(c, radix: 16)
  let (prefix, width) = c < 0x100 ? ("\\x", 2) : c < 0x10000 ? ("\\u", 4) : ("\\U", 8)
  return prefix + String(repeating: "0", count: width - digits.count) + digits
}

/// `repr(o)` as a Swift string; nil with an exception set.
public func reprString(_ t: ThreadState, _ o: Object) -> String? {
  guard let text = repr(t, o) else { return nil }
  defer { text.release() }
  return stringValue(text)
}
public func strString(_ t: ThreadState, _ o: Object) -> String? {
  guard let text = str(t, o) else { return nil }
  defer { text.release() }
  return stringValue(text)
}

/// `format(o, spec)`: calls `__format__`; `spec` nil or empty takes the short way for exact str and int.
public func format(_ t: ThreadState, _ o: Object, _ spec: Object?) -> Object? {
  if spec.map({ $0.strLength == 0 }) ?? true {
    if o.isExactly(.str) { return o.retained() }
    if o.isExactly(.int) { return str(t, o) }
  }
  let spec = spec ?? core.pointee.emptyString
  guard let method = lookupSpecial(t, o, Special.format) else {
    if t.hasRaised { return nil }
    return t.raise(.TypeError, "Type \(o.typeName) doesn't define __format__")
  }
  defer { method.release() }
  guard let result = call1(t, method, spec) else { return nil }
  if result.isKind(.str) { return result }
  let name = result.typeName
  result.release()
  return t.raise(.TypeError, "__format__ must return a str, not \(name)")
}
