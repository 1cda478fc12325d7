// Universal newlines: what stands between a decoder and a text stream's reader, and what `io.IncrementalNewlineDecoder` is.
//
// A return at the end of a piece is held back until what follows it is known; that is one more bit of the decoder's state.
import Glibc
import PythonRuntime
import PythonTypes

final class NewlineDecoder: TextDecoder {
  /// nil: what comes in is text already.
  let inner: TextDecoder?
  /// Whether all ends become `\n`; they are only looked for otherwise.
  private let translates: Bool
  private var holdsReturn = false
  private var seen: LineEnds = []

  init(_ inner: TextDecoder?, translates: Bool) {
    self.inner = inner
    self.translates = translates
  }
  override var lineEnds: LineEnds { seen }

  override func decode(_ t: ThreadState, _ bytes: Object, isFinal: Bool) -> Object? {
    if let inner {
      return inner.decode(t, bytes, isFinal: isFinal).map { translate(steal: $0, isFinal: isFinal) }
    }
    guard bytes.isKind(.str) else {
      return t.raise(.TypeError, "decoder should return a string result, not '\(typeName(bytes))'")
    }
    return translate(steal: bytes.retained(), isFinal: isFinal)
  }

  private func translate(steal text: Object, isFinal: Bool) -> Object {
    var text = text
    if holdsReturn, isFinal || text.strLength > 0 {
      holdsReturn = false
      let joined = concatenateStr(core.pointee.characters[0x0D], text)
      text.release()
      text = joined
    }
    let count = text.strLength
    guard count > 0 else { return text }
    if !isFinal, text.codePoint(count - 1) == 0x0D {
      holdsReturn = true
      let shortened = substring(text, 0, count - 1)
      text.release()
      text = shortened
    }
    guard TextSearch.first(0x0D, in: text, from: 0) >= 0 else {
      if !seen.contains(.feed), TextSearch.first(0x0A, in: text, from: 0) >= 0 {
        seen.insert(.feed)
      }
      return text
    }
    return unify(steal: text)
  }

  private func unify(steal text: Object) -> Object {
    var out: [UInt32] = []
    let count = text.strLength
    out.reserveCapacity(count)
    var i = 0
    while i < count {
      let c = text.codePoint(i)
      i += 1
      if c == 0x0A { seen.insert(.feed) }
      guard c == 0x0D else {
        out.append(c)
        continue
      }
      let isBoth = i < count && text.codePoint(i) == 0x0A
      seen.insert(isBoth ? .both : .return)
      out.append(0x0A)
      if isBoth { i += 1 }
    }
    guard translates else { return text }
    text.release()
    return makeString(codePoints: out)
  }

  override func state(_ t: ThreadState) -> State? {
    guard let inner else { return (makeBytes([]), holdsReturn ? 1 : 0) }
    return inner.state(t).map { ($0.bytes, $0.flags << 1 | (holdsReturn ? 1 : 0)) }
  }
  override func setState(_ t: ThreadState, _ bytes: Object, _ flags: Int) -> Bool {
    holdsReturn = flags & 1 != 0
    return inner?.setState(t, bytes, flags >> 1) ?? true
  }
  override func reset(_ t: ThreadState) -> Bool {
    seen = []
    holdsReturn = false
    return inner?.reset(t) ?? true
  }
}

// MARK: - The type

private struct NewlineDecoderLayout {
  var header: ObjectHeader
  var decoder: Unmanaged<NewlineDecoder>?
}

enum NewlineDecoderType {
  static func make(_ t: ThreadState) -> TypeObject {
    let type = makeBuiltinType(
      name: "IncrementalNewlineDecoder", module: "_io",
      layoutSize: MemoryLayout<NewlineDecoderLayout>.size,
      flags: .baseType
    ) { p in
      p.pointee.initialize = InitFunction(initialize)
      p.pointee.new = NativeFunction { _, type, _ in allocateZeroed(TypeObject(unchecked: type)) }
      p.pointee.dealloc = ObjectAction { o in
        o.layout(NewlineDecoderLayout.self).pointee.decoder?.release()
        o.layout(NewlineDecoderLayout.self).pointee.decoder = nil
        freeInstance(o)
      }
    }
    readyType(t, type)
    addMethods(t, type, methods)
    addGetSet(t, type, "newlines", getter: UnaryFunction { t, o in decoder(t, o)?.lineEnds.object })
    return type
  }

  private static func initialize(_ t: ThreadState, _ o: Object, _ a: Arguments) -> Bool {
    guard
      let given = parseArguments(
        t, a, function: "IncrementalNewlineDecoder", names: ["decoder", "translate", "errors"],
        required: 2),
      let source = given[0], let translate = given[1]
    else { return false }
    let translates = isTrue(t, translate)
    guard translates >= 0 else { return false }
    let inner = source == core.pointee.none ? nil : ObjectTextDecoder(steal: source.retained())
    let p = o.layout(NewlineDecoderLayout.self)
    p.pointee.decoder?.release()
    p.pointee.decoder = Unmanaged.passRetained(NewlineDecoder(inner, translates: translates == 1))
    return true
  }

  private static func decoder(_ t: ThreadState, _ o: Object) -> NewlineDecoder? {
    if let found = o.layout(NewlineDecoderLayout.self).pointee.decoder {
      return found.takeUnretainedValue()
    }
    t.raise(.ValueError, "IncrementalNewlineDecoder.__init__() not called")
    return nil
  }

  private static var methods: [NativeMethod] {
    [
      NativeMethod("decode", .keywords) { t, o, a in
        guard
          let given = parseArguments(
            t, a, function: "decode", names: ["input", "final"], required: 1),
          let input = given[0], let decoder = decoder(t, o)
        else { return nil }
        let isFinal = given[1].map { isTrue(t, $0) } ?? 0
        return isFinal < 0 ? nil : decoder.decode(t, input, isFinal: isFinal == 1)
      },
      NativeMethod("getstate", .noArguments) { t, o, _ in
        decoder(t, o)?.state(t).map { makeTuple(stealing: $0.bytes, makeInt($0.flags)) }
      },
      NativeMethod("setstate", .oneArgument) { t, o, a in
        guard let decoder = decoder(t, o) else { return nil }
        guard a[0].isKind(.tuple) else {
          return t.raise(.TypeError, "state argument must be a tuple")
        }
        guard a[0].tupleCount == 2 else {
          return t.raise(.TypeError, "setstate(): illegal state argument")
        }
        guard let flags = intValue(t, a[0].tupleItems[1]) else { return nil }
        return decoder.setState(t, a[0].tupleItems[0], flags) ? core.pointee.none : nil
      },
      NativeMethod("reset", .noArguments) { t, o, _ in
        guard let decoder = decoder(t, o), decoder.reset(t) else { return nil }
        return core.pointee.none
      },
    ]
  }
}
