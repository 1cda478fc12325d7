// Reading bytes from anything that has some: bytes, bytearray, memoryview, or an iterable of small ints.
import PythonRuntime

public enum ByteSource {
  /// The bytes of a bytes-like object; nil without an exception when it is none.
  public static func view(_ o: Object) -> [UInt8]? {
    if o.isKind(.bytes) || o.isKind(.bytearray) { return Array(o.byteView) }
    if o.isKind(.memoryview) { return MemoryViewMethods.bytes(o) }
    if PythonBuffer.isDispatched(o) {
      let t = currentThread()
      let bytes = dispatched(t, o)
      if bytes == nil { t.clearRaised() }
      return bytes
    }
    return bufferView(currentThread(), o).map { Array($0.bytes) }
  }

  /// The bytes that a `__buffer__` in Python shows; nil: an exception is set.
  static func dispatched(_ t: ThreadState, _ o: Object, _ flags: Int = PythonBuffer.simple) -> [UInt8]? {
    guard let shown = PythonBuffer.acquire(t, o, flags) else { return nil }
    let bytes = MemoryViewMethods.bytes(shown)
    PythonBuffer.giveBack(t, o, shown)
    return bytes
  }

  /// The memory of a bytes-like object whose items lie side by side; valid while it is not changed. nil without an exception: it is none.
  public static func memory(_ t: ThreadState, _ o: Object) -> (bytes: UnsafeMutableRawBufferPointer, readOnly: Bool)? {
    if o.isKind(.memoryview) {
      guard MemoryViewMethods.alive(t, o), MemoryViewMethods.isContiguous(o) else {
        if !t.hasRaised { t.raise(.BufferError, "memoryview: underlying buffer is not C-contiguous") }
        return nil
      }
      let p = o.viewLayout
      let count = MemoryViewMethods.itemCount(o) * p.pointee.itemSize
      return (UnsafeMutableRawBufferPointer(start: p.pointee.base, count: count), p.pointee.readOnly)
    }
    return bufferView(t, o).map {
      (UnsafeMutableRawBufferPointer(start: $0.base, count: $0.count * $0.itemSize), $0.readOnly)
    }
  }

  /// Calls `body` with the memory of a bytes-like object, which can neither be resized nor die meanwhile, whatever code runs and whoever has the GIL. `body`
  /// gets nil when it is none; nil from here: it gave nil, or an exception is set.
  public static func withMemory<Result>(
    _ t: ThreadState, _ o: Object, writable: Bool = false,
    _ body: (_ memory: (bytes: UnsafeMutableRawBufferPointer, readOnly: Bool)?) -> Result?
  ) -> Result? {
    let isDispatched = PythonBuffer.isDispatched(o)
    let flags = writable ? PythonBuffer.writable : PythonBuffer.simple
    guard let holder = isDispatched ? BufferWrapper.view(t, of: o, flags) : o.retained() else { return nil }
    defer { holder.release() }
    guard let memory = memory(t, holder) else { return t.hasRaised ? nil : body(nil) }
    guard let source = holder.isKind(.memoryview) ? holder.viewLayout.pointee.source : holder else { return nil }
    source.retain()
    _ = bufferView(t, source, change: 1)
    defer {
      _ = bufferView(t, source, change: -1)
      source.release()
    }
    return body(memory)
  }

  /// The bytes of a bytes-like object, or TypeError.
  public static func required(_ t: ThreadState, _ o: Object) -> [UInt8]? {
    if o.isKind(.memoryview), !MemoryViewMethods.alive(t, o) { return nil }
    if PythonBuffer.isDispatched(o) { return dispatched(t, o) }
    if let bytes = view(o) { return bytes }
    t.raise(.TypeError, "a bytes-like object is required, not '\(o.typeName)'")
    return nil
  }

  /// A byte value.
  static func byte(_ t: ThreadState, _ o: Object, _ name: String = "bytes") -> UInt8? {
    guard let number = index(t, o) else { return nil }
    defer { number.release() }
    guard let value = number.wordValue, (0...255).contains(value) else {
      t.raise(.ValueError, name == "bytes" ? "bytes must be in range(0, 256)" : "byte must be in range(0, 256)")
      return nil
    }
    return UInt8(value)
  }

  /// The bytes of a bytes-like object, of what `__bytes__` gives, or of an iterable of ints.
  static func bytes(_ t: ThreadState, from o: Object, name: String = "bytes") -> [UInt8]? {
    if o.isKind(.memoryview), !MemoryViewMethods.alive(t, o) { return nil }
    if let method = lookupSpecial(t, o, Special.bytes) {
      defer { method.release() }
      guard let result = call0(t, method) else { return nil }
      defer { result.release() }
      if result.isKind(.bytes) { return Array(result.byteView) }
      t.raise(.TypeError, "__bytes__ returned non-bytes (type \(result.typeName))")
      return nil
    }
    if t.hasRaised { return nil }
    if PythonBuffer.isDispatched(o) { return dispatched(t, o, PythonBuffer.full) }
    if let bytes = view(o) { return bytes }
    guard !o.isKind(.str), o.type.pointer.pointee.iter != nil || isSequence(t, o) else {
      t.raise(.TypeError, "cannot convert '\(o.typeName)' object to \(name)")
      return nil
    }
    var out: [UInt8] = []
    let done = forEach(t, o, asksLength: name == "bytes") { item in
      guard let value = byte(t, item, name == "bytes" ? "bytes" : "byte") else { return false }
      out.append(value)
      return true
    }
    return done ? out : nil
  }

  /// The constructor's `(source, encoding, errors)`.
  static func construct(_ t: ThreadState, _ arguments: Arguments, _ name: String) -> [UInt8]? {
    guard
      let a = parseArguments(t, arguments, function: name, names: ["source", "encoding", "errors"], required: 0)
    else { return nil }
    guard let source = a[0] else {
      if a[1] != nil || a[2] != nil {
        t.raise(.TypeError, a[1] != nil ? "encoding without a string argument" : "errors without a string argument")
        return nil
      }
      return []
    }
    if source.isKind(.str) {
      guard a[1] != nil else {
        t.raise(.TypeError, "string argument without an encoding")
        return nil
      }
      guard let encoded = Codec.encode(t, source, encoding: a[1], errors: a[2], function: name) else { return nil }
      defer { encoded.release() }
      return Array(encoded.byteView)
    }
    if a[1] != nil || a[2] != nil {
      t.raise(.TypeError, a[1] != nil ? "encoding without a string argument" : "errors without a string argument")
      return nil
    }
    if isIndex(source), view(source) == nil, typeLookup(t, source.type, Special.bytes) == nil {
      guard let number = index(t, source) else { return nil }
      defer { number.release() }
      guard let n = number.wordValue else {
        t.raise(.OverflowError, "cannot fit '\(source.typeName)' into an index-sized integer")
        return nil
      }
      if n < 0 {
        t.raise(.ValueError, "negative count")
        return nil
      }
      return [UInt8](repeating: 0, count: n)
    }
    return bytes(t, from: source, name: name)
  }
}

/// `repr` of bytes, with the prefix and quotes.
func bytesRepr(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
  let quote: Character = bytes.contains(39) && !bytes.contains(34) ? "\"" : "'"
  var s = "b" + String(quote)
  for byte in bytes {
    switch byte {
    case 9: s += "\\t"
    case 10: s += "\\n"
    case 13: s += "\\r"
    case 92: s += "\\\\"
    case quote.asciiValue: s += "\\" + String(quote)
    case 32..<127: s.unicodeScalars.append(Unicode.Scalar(byte))
    default: s += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
  }
  return s + String(quote)
}
