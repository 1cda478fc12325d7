// `_csv.writer`: rows to lines of text.
import PythonRuntime

struct CsvWriterLayout {
  var header: ObjectHeader
  /// The bound method `write`.
  var write: Object?
  var dialect: Object?
}

enum CsvWriter {
  static let type: TypeObject = makeBuiltinType(
    name: "writer", module: "_csv", layoutSize: MemoryLayout<CsvWriterLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<CsvWriterLayout> = o.layout()
      return visit(p.pointee.write) || visit(p.pointee.dialect)
    }
    p.pointee.clear = ObjectAction(clear)
  }

  private static func clear(_ o: Object) {
    take(&o.layout(CsvWriterLayout.self).pointee.write)
    take(&o.layout(CsvWriterLayout.self).pointee.dialect)
  }

  static func make(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard a.count >= 1 else { return t.raise(.TypeError, "expected at least 1 argument, got 0") }
    var failed = false
    guard let write = findAttribute(t, a[0], internString("write"), failed: &failed), isCallable(write) else {
      return failed ? nil : t.raise(.TypeError, "argument 1 must have a \"write\" method")
    }
    guard let dialect = CsvDialects.make(t, CsvDialects.type, a, first: 1) else {
      write.release()
      return nil
    }
    let o = allocateZeroed(type)
    let p: UnsafeMutablePointer<CsvWriterLayout> = o.layout()
    p.pointee.write = write
    p.pointee.dialect = dialect
    storedField(o, nil, write)
    storedField(o, nil, dialect)
    track(o)
    return o
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addGetSet(
      t, type, "dialect",
      getter: UnaryFunction { _, o in
        (o.layout(CsvWriterLayout.self).pointee.dialect ?? core.pointee.none).retained()
      })
    addMethods(
      t, type,
      [
        NativeMethod("writerow", .oneArgument) { t, o, a in writeRow(t, o, a[0]) },
        NativeMethod("writerows", .oneArgument) { t, o, a in
          guard let rows = iterate(t, a[0]) else { return nil }
          defer { rows.release() }
          while let row = iterNext(t, rows) {
            defer { row.release() }
            guard let written = writeRow(t, o, row) else { return nil }
            written.release()
          }
          return t.hasRaised ? nil : core.pointee.none
        },
      ])
  }

  private static func writeRow(_ t: ThreadState, _ o: Object, _ row: Object) -> Object? {
    let p: UnsafeMutablePointer<CsvWriterLayout> = o.layout()
    guard let write = p.pointee.write, let dialectObject = p.pointee.dialect,
      let dialect = CsvDialects.of(dialectObject)
    else { return nil }
    guard let fields = iterate(t, row) else {
      guard t.matches(.TypeError) else { return nil }
      t.clearRaised()
      return CsvModule.fail(t, "iterable expected, not \(typeName(row))")
    }
    defer { fields.release() }
    var line: [UInt32] = []
    var count = 0
    var isLastNull = false
    while let field = iterNext(t, fields) {
      defer { field.release() }
      if count > 0 { line.append(dialect.delimiter) }
      guard append(t, field, dialect, &line, isNull: &isLastNull) else { return nil }
      count += 1
    }
    if t.hasRaised { return nil }
    if count > 0, line.isEmpty {
      // A row of one empty field would read as no row at all.
      if dialect.quoting == .none || isLastNull && (dialect.quoting == .strings || dialect.quoting == .notNull) {
        return CsvModule.fail(t, "single empty field record must be quoted")
      }
      if let quote = dialect.quote { line += [quote, quote] }
    }
    line += dialect.lineTerminator
    let text = makeString(codePoints: line)
    defer { text.release() }
    return call1(t, write, text)
  }

  /// One field, quoted as the dialect wants it. False: an exception is set.
  private static func append(
    _ t: ThreadState, _ field: Object, _ dialect: CsvDialect, _ line: inout [UInt32], isNull: inout Bool
  ) -> Bool {
    isNull = field == core.pointee.none
    var quotes =
      switch dialect.quoting {
      case .all: true
      case .nonNumeric: field.type.pointer.pointee.number.float == nil && field.type.pointer.pointee.number.index == nil
      case .strings: field.isKind(.str)
      case .notNull: !isNull
      case .minimal, .none: false
      }
    var text: [UInt32] = []
    if !isNull {
      guard let shown = field.isKind(.str) ? field.retained() : str(t, field) else { return false }
      defer { shown.release() }
      text = (0..<shown.strLength).map { shown.codePoint($0) }
    }
    var body: [UInt32] = []
    for c in text {
      let isSpecial =
        c == dialect.delimiter || c == dialect.escape || c == dialect.quote || c == 10 || c == 13
        || dialect.lineTerminator.contains(c)
      if isSpecial {
        if dialect.quoting == .none {
          guard escape(t, dialect, &body) else { return false }
        } else if c == dialect.quote {
          if dialect.doublesQuotes {
            body.append(c)
            quotes = true
          } else if !escape(t, dialect, &body) {
            return false
          }
        } else if c == dialect.escape {
          body.append(c)
        } else {
          quotes = true
        }
      }
      body.append(c)
    }
    // A blank at the field's start would be skipped, or be a separator twice.
    if text.isEmpty, !isNull, dialect.delimiter == 32, dialect.skipsInitialSpace {
      if dialect.quoting == .none {
        _ = CsvModule.fail(
          t, "empty field must be quoted if delimiter is a space and skipinitialspace is true")
        return false
      }
      quotes = true
    }
    if quotes, let quote = dialect.quote {
      line.append(quote)
      line += body
      line.append(quote)
    } else {
      line += body
    }
    return true
  }

  private static func escape(_ t: ThreadState, _ dialect: CsvDialect, _ body: inout [UInt32]) -> Bool {
    guard let escape = dialect.escape else {
      _ = CsvModule.fail(t, "need to escape, but no escapechar set")
      return false
    }
    body.append(escape)
    return true
  }
}
