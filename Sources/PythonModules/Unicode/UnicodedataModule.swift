// `unicodedata`. Names, categories and numbers are those of the Unicode version that Swift's standard library knows, which is newer than
// CPython 3.13's 15.1: characters that were assigned since are known here. `ucd_3_2_0` is not there.
import PythonRuntime

enum UnicodedataModule {
  static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "unicodedata")
    moduleSet(t, module, "unidata_version", stealing: makeString(UnicodeTables.version))
    moduleAddFunctions(t, module, asking + numbers + forms)
    return module
  }

  /// The one character of an argument. nil: TypeError is set.
  private static func character(_ t: ThreadState, _ o: Object, _ function: String, argument: String = "argument")
    -> UInt32?
  {
    guard o.isKind(.str), o.strLength == 1 else {
      t.raise(.TypeError, "\(function)() \(argument) must be a unicode character, not \(typeName(o))")
      return nil
    }
    return o.codePoint(0)
  }

  private static var asking: [NativeMethod] {
    [
      NativeMethod("category", .oneArgument) { t, _, a in
        character(t, a[0], "category").map { makeString(CharacterData.category($0)) }
      },
      NativeMethod("bidirectional", .oneArgument) { t, _, a in
        character(t, a[0], "bidirectional").map { makeString(CharacterData.bidirectional($0)) }
      },
      NativeMethod("east_asian_width", .oneArgument) { t, _, a in
        character(t, a[0], "east_asian_width").map { makeString(CharacterData.eastAsianWidth($0)) }
      },
      NativeMethod("combining", .oneArgument) { t, _, a in
        character(t, a[0], "combining").map { makeInt(Int(CharacterData.combiningClass($0))) }
      },
      NativeMethod("mirrored", .oneArgument) { t, _, a in
        character(t, a[0], "mirrored").map { makeInt(Unicode.Scalar($0)?.properties.isBidiMirrored == true ? 1 : 0) }
      },
      NativeMethod("decomposition", .oneArgument) { t, _, a in
        character(t, a[0], "decomposition").map { makeString(CharacterData.decomposition($0)?.text ?? "") }
      },
      NativeMethod("name", .positional(1, 2)) { t, _, a in
        guard let c = character(t, a[0], "name", argument: "argument 1") else { return nil }
        if let name = CharacterData.name(c) { return makeString(name) }
        return a.optional(1)?.retained() ?? t.raise(.ValueError, "no such name")
      },
      NativeMethod("lookup", .oneArgument) { t, _, a in
        guard a[0].isKind(.str) else {
          return t.raise(.TypeError, "lookup() argument must be str, not \(argumentTypeName(a[0]))")
        }
        let name = stringValue(a[0])
        if let c = CharacterData.code(name) { return makeString(codePoint: c) }
        return t.raise(.KeyError, "undefined character name '\(name)'")
      },
    ]
  }

  private static func numericType(_ c: UInt32) -> (type: Unicode.NumericType, value: Double)? {
    guard let p = Unicode.Scalar(c)?.properties, let type = p.numericType, let value = p.numericValue else {
      return nil
    }
    return (type, value)
  }

  private static var numbers: [NativeMethod] {
    [
      NativeMethod("decimal", .positional(1, 2)) { t, _, a in
        guard let c = character(t, a[0], "decimal", argument: "argument 1") else { return nil }
        if let (type, value) = numericType(c), type == .decimal { return makeInt(Int(value)) }
        return a.optional(1)?.retained() ?? t.raise(.ValueError, "not a decimal")
      },
      NativeMethod("digit", .positional(1, 2)) { t, _, a in
        guard let c = character(t, a[0], "digit", argument: "argument 1") else { return nil }
        if let (type, value) = numericType(c), type == .decimal || type == .digit { return makeInt(Int(value)) }
        return a.optional(1)?.retained() ?? t.raise(.ValueError, "not a digit")
      },
      NativeMethod("numeric", .positional(1, 2)) { t, _, a in
        guard let c = character(t, a[0], "numeric", argument: "argument 1") else { return nil }
        if let (_, value) = numericType(c) { return makeFloat(value) }
        return a.optional(1)?.retained() ?? t.raise(.ValueError, "not a numeric character")
      },
    ]
  }

  /// The form and the text of a call. nil: an exception is set.
  private static func form(_ t: ThreadState, _ a: Arguments, _ function: String) -> NormalizationForm? {
    for i in 0..<2 where !a[i].isKind(.str) {
      t.raise(.TypeError, "\(function)() argument \(i + 1) must be str, not \(argumentTypeName(a[i]))")
      return nil
    }
    if let form = NormalizationForm(rawValue: stringValue(a[0])) { return form }
    t.raise(.ValueError, "invalid normalization form")
    return nil
  }

  private static var forms: [NativeMethod] {
    [
      NativeMethod("normalize", .positional(2, 2)) { t, _, a in
        guard let form = form(t, a, "normalize") else { return nil }
        if strMaximum(a[1]) < 128 { return a[1].retained() }
        return makeString(codePoints: Normalization.normalize(points(a[1]), form))
      },
      NativeMethod("is_normalized", .positional(2, 2)) { t, _, a in
        guard let form = form(t, a, "is_normalized") else { return nil }
        if strMaximum(a[1]) < 128 { return core.pointee.true }
        let text = points(a[1])
        return makeBool(Normalization.normalize(text, form) == text)
      },
    ]
  }

  private static func points(_ o: Object) -> [UInt32] { (0..<o.strLength).map { o.codePoint($0) } }
}
