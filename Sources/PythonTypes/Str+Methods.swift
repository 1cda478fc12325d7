// str's slots and the table of its methods; the methods themselves lie in the other Str+ files.
import PythonRuntime

enum StrMethods {
  static func configure() {
    let p = slots(core.pointee.types.str)
    p.pointee.new = NativeFunction(new)
    p.pointee.repr = UnaryFunction { _, o in makeString(codePoints: StrText.repr(o)) }
    p.pointee.str = UnaryFunction { _, o in exact(o) }
    p.pointee.hash = MeasureFunction { _, o in strHash(o) }
    p.pointee.compare = CompareFunction { _, a, b, op in
      guard a.isKind(.str), b.isKind(.str) else { return notImplemented }
      if op == .equal { return makeBool(strEqual(a, b)) }
      if op == .notEqual { return makeBool(!strEqual(a, b)) }
      return makeBool(compareWords(compareStr(a, b), 0, op))
    }
    p.pointee.iter = UnaryFunction { _, o in
      let types = core.pointee.types
      return makeIterator(o.isASCIIStr ? types.strASCIIIterator : types.strIterator, o)
    }
    p.pointee.length = MeasureFunction { _, o in o.strLength }
    p.pointee.concatenate = BinaryFunction { t, a, b in
      guard b.isKind(.str) else {
        return t.raise(.TypeError, "can only concatenate str (not \"\(b.typeName)\") to str")
      }
      return concatenateStr(a, b)
    }
    p.pointee.repeated = IndexFunction { t, o, n in StrText.repeated(t, o, n) }
    p.pointee.item = IndexFunction { t, o, i in
      guard i >= 0, i < o.strLength else { return t.raise(.IndexError, "string index out of range") }
      return makeString(codePoint: o.codePoint(i))
    }
    p.pointee.getItem = BinaryFunction(StrText.getItem)
    p.pointee.contains = ContainsFunction { t, o, item in
      guard item.isKind(.str) else {
        t.raise(.TypeError, "'in <string>' requires string as left operand, not \(item.typeName)")
        return -1
      }
      return StrSearch.find(o, item, 0, o.strLength) >= 0 ? 1 : 0
    }
    p.pointee.number.remainder = BinaryFunction { t, a, b in
      guard a.isKind(.str) else { return notImplemented }
      return PercentFormat.format(t, a, b)
    }
  }

  /// The exact str itself; an exact copy of a subclass's instance.
  static func exact(_ o: Object) -> Object {
    if o.isExactly(.str) { return o.retained() }
    let copy = allocateStr(length: o.strLength, maximum: o.codePoints.max() ?? 0)
    copyText(o, into: copy, at: 0)
    return copy
  }

  private static func new(_ t: ThreadState, _ type: Object, _ arguments: Arguments) -> Object? {
    if arguments.count == 1, arguments.keywordNames == nil, type == core.pointee.types.str.object {
      return str(t, arguments[0])
    }
    if arguments.count > 3, arguments.keywordNames == nil {
      return t.raise(.TypeError, "str expected at most 3 arguments, got \(arguments.count)")
    }
    guard
      let a = parseArguments(t, arguments, function: "str", names: ["object", "encoding", "errors"], required: 0)
    else { return nil }
    if let wrong = [a[1], a[2]].firstIndex(where: { $0.map { !$0.isKind(.str) } ?? false }) {
      let name = wrong == 0 ? "encoding" : "errors"
      return t.raise(.TypeError, "str() argument '\(name)' must be str, not \(a[wrong + 1]?.typeName ?? "")")
    }
    let text: Object?
    if let o = a[0] {
      if a[1] != nil || a[2] != nil {
        text = Codec.decodeObject(t, o, encoding: a[1], errors: a[2], function: "str")
      } else {
        text = str(t, o)
      }
    } else {
      text = core.pointee.emptyString
    }
    guard let text else { return nil }
    if type == core.pointee.types.str.object { return text }
    defer { text.release() }
    let o = allocateStr(length: text.strLength, maximum: strMaximum(text), type: TypeObject(unchecked: type))
    copyText(text, into: o, at: 0)
    return o
  }

  static func install(_ t: ThreadState) {
    let type = core.pointee.types.str
    addMethods(t, type, StrCase.methods + StrSearch.methods + StrParts.methods + StrLayoutMethods.methods)
    addMethods(
      t, type,
      [
        NativeMethod("encode", .keywords) { t, o, arguments in
          guard
            let a = parseArguments(t, arguments, function: "encode", names: ["encoding", "errors"], required: 0)
          else { return nil }
          return Codec.encode(t, o, encoding: a[0], errors: a[1])
        },
        NativeMethod("format", .keywords) { t, o, a in
          let held = ArgumentTuple(t, a)
          defer { held.release() }
          return StrFormat.format(t, o, a)
        },
        NativeMethod("format_map", .oneArgument) { t, o, a in StrFormat.formatMap(t, o, a[0]) },
        NativeMethod("__format__", .oneArgument) { t, o, a in
          guard a[0].isKind(.str) else { return raiseFormatArgument(t, a[0]) }
          return FormatSpec.format(t, o, a[0])
        },
        NativeMethod("__getnewargs__", .noArguments) { _, o, _ in makeTuple([exact(o)]) },
        NativeMethod("__sizeof__", .noArguments) { _, o, _ in
          // Instances of subclasses have their text in a block of its own.
          makeInt(
            (!o.isExactly(.str) ? 64 : o.isASCIIStr ? 40 : 56) + (o.strLength + 1) * o.strKind)
        },
        NativeMethod("translate", .oneArgument) { t, o, a in StrText.translate(t, o, a[0]) },
        NativeMethod(
          name: "maketrans", kind: .positional(1, 3), function: NativeFunction(StrText.makeTrans),
          binding: .staticMethod),
      ])
  }
}
