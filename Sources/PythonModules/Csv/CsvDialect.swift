// `_csv.Dialect`: how fields are separated and quoted (PEP 305), with the checks and messages of CPython's Modules/_csv.c.
import PythonRuntime

enum CsvQuoting: Int {
  case minimal, all, nonNumeric, none, strings, notNull
}

/// A checked dialect. Characters are code points; nil: not set.
final class CsvDialect {
  var delimiter: UInt32 = 44
  var quote: UInt32? = 34
  var escape: UInt32?
  var doublesQuotes = true
  var skipsInitialSpace = false
  var isStrict = false
  var quoting = CsvQuoting.minimal
  var lineTerminator: [UInt32] = [13, 10]
}

struct CsvDialectLayout {
  var header: ObjectHeader
  var dialect: Unmanaged<CsvDialect>?
}

enum CsvDialects {
  static let type: TypeObject = makeBuiltinType(
    name: "Dialect", module: "_csv", layoutSize: MemoryLayout<CsvDialectLayout>.size, flags: [.baseType]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      o.layout(CsvDialectLayout.self).pointee.dialect?.release()
      o.layout(CsvDialectLayout.self).pointee.dialect = nil
      freeInstance(o)
    }
    p.pointee.new = NativeFunction { t, cls, a in make(t, TypeObject(unchecked: cls), a, first: 0) }
    p.pointee.initialize = InitFunction { _, _, _ in true }
  }

  /// The names of a dialect's parameters, as attributes and as keywords.
  static let names = [
    "dialect", "delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace",
    "strict",
  ]

  static func of(_ o: Object) -> CsvDialect? {
    isSubtype(o.type, type) ? o.layout(CsvDialectLayout.self).pointee.dialect?.takeUnretainedValue() : nil
  }

  /// A dialect of `(dialect=None, **parameters)`, given from argument `first` on. nil: an exception is set.
  static func make(_ t: ThreadState, _ cls: TypeObject, _ a: Arguments, first: Int) -> Object? {
    let none = core.pointee.none
    let rest = Arguments(
      base: a.base + min(first, a.count), count: max(a.count - first, 0), keywordNames: a.keywordNames)
    guard let given = parseArguments(t, rest, function: "Dialect", names: names, required: 0) else { return nil }
    var base = given[0] == none ? nil : given[0]?.retained()
    defer { base.release() }
    if let name = base, name.isKind(.str) {
      guard let known = CsvModule.registered(t, name) else { return nil }
      name.release()
      base = known.retained()
    }
    if let base, base.type == type, given.dropFirst().allSatisfy({ $0 == nil }) { return base.retained() }
    // What is not given comes from the base's attributes; what is in neither, from the defaults.
    var values: [Object?] = []
    defer { for value in values { value.release() } }
    for i in 1..<names.count {
      var value = given[i]?.retained()
      if value == nil, let base {
        var failed = false
        value = findAttribute(t, base, internString(names[i]), failed: &failed)
        if failed { return nil }
      }
      values.append(value)
    }
    let dialect = CsvDialect()
    guard fill(t, dialect, values) else { return nil }
    let o = allocateZeroed(cls)
    o.layout(CsvDialectLayout.self).pointee.dialect = Unmanaged.passRetained(dialect)
    return o
  }

  private static func fail(_ t: ThreadState, _ kind: ExceptionKind, _ message: String) -> Bool {
    t.raise(kind, message)
    return false
  }

  private static func fill(_ t: ThreadState, _ d: CsvDialect, _ values: [Object?]) -> Bool {
    let none = core.pointee.none
    /// One character; nil with an exception: a mistake. Outer nil: not given.
    func character(_ o: Object?, _ name: String, mayBeNone: Bool, into place: (UInt32?) -> Void) -> Bool {
      guard let o else { return true }
      if mayBeNone, o == none {
        place(nil)
        return true
      }
      guard o.isKind(.str) else {
        return fail(t, .TypeError, "\"\(name)\" must be string\(mayBeNone ? " or None" : ""), not \(typeName(o))")
      }
      guard o.strLength == 1 else { return fail(t, .TypeError, "\"\(name)\" must be a 1-character string") }
      place(o.codePoint(0))
      return true
    }
    func truth(_ o: Object?, into place: (Bool) -> Void) -> Bool {
      guard let o else { return true }
      let value = isTrue(t, o)
      if value >= 0 { place(value == 1) }
      return value >= 0
    }
    guard character(values[0], "delimiter", mayBeNone: false, into: { d.delimiter = $0 ?? 44 }),
      truth(values[1], into: { d.doublesQuotes = $0 }),
      character(values[2], "escapechar", mayBeNone: true, into: { d.escape = $0 })
    else { return false }
    if let o = values[3] {
      guard o.isKind(.str) else {
        return fail(t, .TypeError, "\"lineterminator\" must be a string")
      }
      d.lineTerminator = (0..<o.strLength).map { o.codePoint($0) }
    }
    guard character(values[4], "quotechar", mayBeNone: true, into: { d.quote = $0 }) else { return false }
    if let o = values[5] {
      guard o.isExactly(.int), let quoting = CsvQuoting(rawValue: clampedIntValue(o)) else {
        return fail(
          t, .TypeError,
          o.isExactly(.int) ? "bad \"quoting\" value" : "\"quoting\" must be an integer")
      }
      d.quoting = quoting
    } else if values[4] == none {
      d.quoting = .none
    }
    guard truth(values[6], into: { d.skipsInitialSpace = $0 }), truth(values[7], into: { d.isStrict = $0 }) else {
      return false
    }
    return check(t, d)
  }

  private static func check(_ t: ThreadState, _ d: CsvDialect) -> Bool {
    if d.quoting != .none, d.quote == nil { return fail(t, .TypeError, "quotechar must be set if quoting enabled") }
    func bad(_ c: UInt32?, _ name: String, mayBeSpace: Bool = false) -> Bool {
      guard let c else { return false }
      if c == 10 || c == 13 || d.lineTerminator.contains(c) || (c == 32 && !mayBeSpace) {
        t.raise(.ValueError, "bad \(name) value")
        return true
      }
      return false
    }
    if bad(d.delimiter, "delimiter", mayBeSpace: !d.skipsInitialSpace)
      || bad(d.escape, "escapechar", mayBeSpace: !d.skipsInitialSpace)
      || bad(d.quote, "quotechar", mayBeSpace: !d.skipsInitialSpace)
    {
      return false
    }
    for (a, b, x, y) in [
      (Optional(d.delimiter), d.escape, "delimiter", "escapechar"), (d.delimiter, d.quote, "delimiter", "quotechar"),
      (d.escape, d.quote, "escapechar", "quotechar"),
    ] {
      if let a, let b, a == b { return fail(t, .ValueError, "bad \(x) or \(y) value") }
    }
    return true
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    func add(_ name: String, _ getter: @escaping UnaryFunction.Function) {
      addGetSet(t, type, name, getter: UnaryFunction(getter))
    }
    add("delimiter") { _, o in of(o).map { makeString(codePoint: $0.delimiter) } }
    add("quotechar") { _, o in of(o).map { $0.quote.map { makeString(codePoint: $0) } ?? core.pointee.none } }
    add("escapechar") { _, o in of(o).map { $0.escape.map { makeString(codePoint: $0) } ?? core.pointee.none } }
    add("lineterminator") { _, o in of(o).map { makeString(codePoints: $0.lineTerminator) } }
    add("doublequote") { _, o in of(o).map { makeBool($0.doublesQuotes) } }
    add("skipinitialspace") { _, o in of(o).map { makeBool($0.skipsInitialSpace) } }
    add("strict") { _, o in of(o).map { makeBool($0.isStrict) } }
    add("quoting") { _, o in of(o).map { makeInt($0.quoting.rawValue) } }
  }
}
