// builtins: text, `print`, `input`, `open`.
import PythonRuntime

extension BuiltinsModule {
  static let textFunctions: [NativeMethod] = [
    NativeMethod("repr", .oneArgument) { t, _, a in repr(t, a[0]) },
    NativeMethod("ascii", .oneArgument) { t, _, a in ascii(t, a[0]) },
    NativeMethod("format", .positional(1, 2)) { t, _, a in
      if let spec = a.optional(1), !spec.isKind(.str) {
        return t.raise(.TypeError, "format() argument 2 must be str, not \(argumentTypeName(spec))")
      }
      return format(t, a[0], a.optional(1))
    },
    NativeMethod("bin", .oneArgument) { t, _, a in radix(t, a[0], "#b") },
    NativeMethod("oct", .oneArgument) { t, _, a in radix(t, a[0], "#o") },
    NativeMethod("hex", .oneArgument) { t, _, a in radix(t, a[0], "#x") },
    NativeMethod("chr", .oneArgument) { t, _, a in
      guard let number = index(t, a[0]) else { return nil }
      defer { number.release() }
      let value = clampedIntValue(number)
      guard value >= 0, value < 0x110000 else { return t.raise(.ValueError, "chr() arg not in range(0x110000)") }
      return makeString(codePoint: UInt32(value))
    },
    NativeMethod("ord", .oneArgument) { t, _, a in
      let o = a[0]
      var count = 0
      if o.isKind(.str) {
        count = o.strLength
        if count == 1 { return makeInt(Int(o.codePoint(0))) }
      } else if o.isKind(.bytes) || o.isKind(.bytearray) {
        count = length(t, o)
        if count == 1 {
          let zero = makeInt(0)
          return getItem(t, o, zero)
        }
      } else {
        return t.raise(.TypeError, "ord() expected string of length 1, but \(typeName(o)) found")
      }
      return t.raise(.TypeError, "ord() expected a character, but string of length \(count) found")
    },
    NativeMethod("print", .keywords) { t, _, a in print(t, a) },
    NativeMethod("input", .positional(0, 1)) { t, _, a in input(t, a.optional(0)) },
  ]

  private static func radix(_ t: ThreadState, _ o: Object, _ spec: String) -> Object? {
    guard let number = index(t, o) else { return nil }
    defer { number.release() }
    // A bool formats as a word; its number is meant.
    let plain = number.isKind(.bool) ? makeInt(number == core.pointee.true ? 1 : 0) : number.retained()
    defer { plain.release() }
    let specObject = makeString(spec)
    defer { specObject.release() }
    return format(t, plain, specObject)
  }

  private static let stdoutName = internString("stdout")
  private static let writeName = internString("write")

  private static func print(_ t: ThreadState, _ a: Arguments) -> Object? {
    var separator: Object?
    var end: Object?
    var file: Object?
    var flush = 0
    if let names = a.keywordNames {
      for i in 0..<names.tupleCount {
        let value = a.base[a.count + i]
        switch stringValue(names.tupleItems[i]) {
        case "sep": separator = value == none ? nil : value
        case "end": end = value == none ? nil : value
        case "file": file = value == none ? nil : value
        case "flush":
          flush = isTrue(t, value)
          if flush < 0 { return nil }
        case let other: return t.raise(.TypeError, "print() got an unexpected keyword argument '\(other)'")
        }
      }
    }
    if let separator, !separator.isKind(.str) {
      return t.raise(.TypeError, "sep must be None or a string, not \(typeName(separator))")
    }
    if let end, !end.isKind(.str) {
      return t.raise(.TypeError, "end must be None or a string, not \(typeName(end))")
    }
    if file == nil {
      guard let system = t.interpreter.systemDict, let out = dictGet(t, system, name: stdoutName) else {
        return t.hasRaised ? nil : t.raise(.RuntimeError, "lost sys.stdout")
      }
      if out == none { return none }
      file = out
    }
    guard let file else { return nil }
    file.retain()
    defer { file.release() }
    // CPython's print gets its arguments as a tuple, which its collector counts.
    let values = makeTuple(borrowing: a.base, count: a.count)
    defer { values.release() }
    guard let write = getAttribute(t, file, writeName) else { return nil }
    defer { write.release() }
    func put(_ text: Object) -> Bool {
      guard let done = call1(t, write, text) else { return false }
      done.release()
      return true
    }
    let space = core.pointee.characters[32]
    for i in 0..<a.count {
      if i > 0, !put(separator ?? space) { return nil }
      guard let text = str(t, a[i]) else { return nil }
      let ok = put(text)
      text.release()
      if !ok { return nil }
    }
    guard put(end ?? core.pointee.characters[10]) else { return nil }
    if flush == 1 {
      guard let done = callMethod(t, file, "flush") else { return nil }
      done.release()
    }
    return none
  }

  private static func input(_ t: ThreadState, _ prompt: Object?) -> Object? {
    guard let system = t.interpreter.systemDict, let source = dictGet(t, system, "stdin") else {
      return t.raise(.RuntimeError, "input(): lost sys.stdin")
    }
    source.retain()
    defer { source.release() }
    if let out = dictGet(t, system, "stdout"), out != none {
      out.retain()
      defer { out.release() }
      if let prompt {
        guard let text = str(t, prompt) else { return nil }
        let done = callMethod(t, out, "write", text)
        text.release()
        guard let done else { return nil }
        done.release()
      }
      guard let done = callMethod(t, out, "flush") else { return nil }
      done.release()
    }
    guard let line = callMethod(t, source, "readline") else { return nil }
    defer { line.release() }
    guard line.isKind(.str) else { return t.raise(.TypeError, "object.readline() returned non-string") }
    let text = stringValue(line)
    if text.isEmpty { return t.raise(.EOFError, "EOF when reading a line") }
    return makeString(text.hasSuffix("\n") ? String(text.dropLast()) : text)
  }
}
