// `_sre`: the engine under the library's `re`.
import PythonRuntime

public enum RegexModule {
  public static func make(_ t: ThreadState) -> Object? {
    ReportedSizes.add(RegexMatch.type) { 120 + 16 * $0.match.pointee.groups }
    ReportedSizes.add(RegexPattern.type) { 112 + 4 * $0.regex.pointee.codeCount }
    RegexSearches.install(t)
    let module = makeModule(t, "_sre")
    moduleSet(t, module, "MAGIC", stealing: makeInt(RegexOp.magic))
    moduleSet(t, module, "CODESIZE", stealing: makeInt(4))
    moduleSet(t, module, "MAXREPEAT", stealing: makeInt(Int(RegexOp.maxRepeat)))
    moduleSet(t, module, "MAXGROUPS", stealing: makeInt(RegexOp.maxGroups))
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("compile", .keywords) { t, _, a in RegexPattern.compile(t, a) },
        NativeMethod("template", .positional(2, 2)) { t, _, a in RegexTemplate.make(t, a[0], a[1]) },
        NativeMethod("getcodesize", .noArguments) { _, _, _ in makeInt(4) },
        NativeMethod("ascii_iscased", .oneArgument) { t, _, a in
          character(t, a[0]).map { makeBool($0 < 128 && ($0 | 32) >= 97 && ($0 | 32) <= 122) }
        },
        NativeMethod("unicode_iscased", .oneArgument) { t, _, a in
          character(t, a[0]).map { makeBool(RegexSet.lower($0) != $0 || RegexSet.upper($0) != $0) }
        },
        NativeMethod("ascii_tolower", .oneArgument) { t, _, a in
          character(t, a[0]).map { makeInt(Int(RegexSet.asciiLower($0))) }
        },
        NativeMethod("unicode_tolower", .oneArgument) { t, _, a in
          character(t, a[0]).map { makeInt(Int(RegexSet.lower($0))) }
        },
      ])
    return module
  }

  private static func character(_ t: ThreadState, _ o: Object) -> UInt32? {
    guard let value = intValue(t, o) else { return nil }
    return UInt32(clamping: value)
  }
}
