// `_csv`: what the library's `csv` builds on.
import PythonRuntime

enum CsvModule {
  nonisolated(unsafe) private static var error = ModuleException("Error", module: "_csv")
  /// Names to dialects: a dict.
  nonisolated(unsafe) private static var dialects = core.pointee.none
  nonisolated(unsafe) private(set) static var fieldLimit = 128 * 1024

  static func make(_ t: ThreadState) -> Object? {
    CsvDialects.install(t)
    CsvReader.install(t)
    CsvWriter.install(t)
    let module = makeModule(t, "_csv")
    guard error.add(t, to: module) else { return nil }
    if dialects == core.pointee.none { dialects = makeDict() }
    moduleSet(t, module, "__version__", stealing: makeString("1.0"))
    moduleSet(t, module, "_dialects", dialects)
    for (name, type) in [("Dialect", CsvDialects.type), ("Reader", CsvReader.type), ("Writer", CsvWriter.type)] {
      moduleSet(t, module, name, type.object)
    }
    for (name, quoting) in [
      ("QUOTE_MINIMAL", CsvQuoting.minimal), ("QUOTE_ALL", .all), ("QUOTE_NONNUMERIC", .nonNumeric),
      ("QUOTE_NONE", .none), ("QUOTE_STRINGS", .strings), ("QUOTE_NOTNULL", .notNull),
    ] {
      moduleSet(t, module, name, stealing: makeInt(quoting.rawValue))
    }
    moduleAddFunctions(t, module, functions)
    return module
  }

  static func fail(_ t: ThreadState, _ message: String) -> Object? { error.raise(t, message) }

  /// The dialect of that name, borrowed; nil: an exception is set.
  static func registered(_ t: ThreadState, _ name: Object) -> Object? {
    if let known = dictGet(t, dialects, name) { return known }
    return t.hasRaised ? nil : fail(t, "unknown dialect")
  }

  private static var functions: [NativeMethod] {
    [
      NativeMethod("reader", .keywords) { t, _, a in CsvReader.make(t, a) },
      NativeMethod("writer", .keywords) { t, _, a in CsvWriter.make(t, a) },
      NativeMethod("register_dialect", .keywords) { t, _, a in
        guard a.count >= 1 else { return t.raise(.TypeError, "expected at least 1 argument, got 0") }
        guard a[0].isKind(.str) else { return t.raise(.TypeError, "dialect name must be a string") }
        guard let dialect = CsvDialects.make(t, CsvDialects.type, a, first: 1) else { return nil }
        defer { dialect.release() }
        return dictSet(t, dialects, a[0], dialect) ? core.pointee.none : nil
      },
      NativeMethod("unregister_dialect", .oneArgument) { t, _, a in
        guard dictGet(t, dialects, a[0]) != nil else { return t.hasRaised ? nil : fail(t, "unknown dialect") }
        return dictDelete(t, dialects, a[0]) ? core.pointee.none : nil
      },
      NativeMethod("get_dialect", .oneArgument) { t, _, a in registered(t, a[0])?.retained() },
      NativeMethod("list_dialects", .noArguments) { t, _, _ in makeList(t, from: dialects) },
      NativeMethod("field_size_limit", .positional(0, 1)) { t, _, a in
        let before = fieldLimit
        if let given = a.optional(0) {
          guard given.isExactly(.int) else { return t.raise(.TypeError, "limit must be an integer") }
          guard let limit = intValue(t, given) else { return nil }
          fieldLimit = limit
        }
        return makeInt(before)
      },
    ]
  }
}
