// `_csv.reader`: lines of text to lists of fields, by a small state machine as in CPython's Modules/_csv.c.
import PythonRuntime

struct CsvReaderLayout {
  var header: ObjectHeader
  var iterator: Object?
  var dialect: Object?
  /// The row that is being read: a list.
  var fields: Object?
  var lineNumber: Int
}

enum CsvReader {
  static let type: TypeObject = makeBuiltinType(
    name: "reader", module: "_csv", layoutSize: MemoryLayout<CsvReaderLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      clear(o)
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      let p: UnsafeMutablePointer<CsvReaderLayout> = o.layout()
      return visit(p.pointee.iterator) || visit(p.pointee.dialect) || visit(p.pointee.fields)
    }
    p.pointee.clear = ObjectAction(clear)
    p.pointee.iter = UnaryFunction { _, o in o.retained() }
    p.pointee.next = UnaryFunction(next)
  }

  private static func clear(_ o: Object) {
    take(&o.layout(CsvReaderLayout.self).pointee.iterator)
    take(&o.layout(CsvReaderLayout.self).pointee.dialect)
    take(&o.layout(CsvReaderLayout.self).pointee.fields)
  }

  static func make(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard a.count >= 1 else { return t.raise(.TypeError, "expected at least 1 argument, got 0") }
    guard let iterator = iterate(t, a[0]) else { return nil }
    guard let dialect = CsvDialects.make(t, CsvDialects.type, a, first: 1) else {
      iterator.release()
      return nil
    }
    let o = allocateZeroed(type)
    let p: UnsafeMutablePointer<CsvReaderLayout> = o.layout()
    p.pointee.iterator = iterator
    p.pointee.dialect = dialect
    storedField(o, nil, iterator)
    storedField(o, nil, dialect)
    track(o)
    return o
  }

  /// One record, which may go over several lines. nil without an exception: the end.
  private static func next(_ t: ThreadState, _ o: Object) -> Object? {
    let p: UnsafeMutablePointer<CsvReaderLayout> = o.layout()
    guard let source = p.pointee.iterator, let dialectObject = p.pointee.dialect,
      let dialect = CsvDialects.of(dialectObject)
    else { return nil }
    var parser = CsvParser(t: t, dialect: dialect, fields: makeList())
    repeat {
      guard let line = iterNext(t, source) else {
        if t.hasRaised {
          parser.fields.release()
          return nil
        }
        return parser.atEnd()
      }
      defer { line.release() }
      guard line.isKind(.str) else {
        parser.fields.release()
        return CsvModule.fail(
          t, "iterator should return strings, not \(typeName(line)) (the file should be opened in text mode)")
      }
      p.pointee.lineNumber += 1
      for i in 0..<line.strLength where !parser.take(line.codePoint(i)) {
        parser.fields.release()
        return nil
      }
      guard parser.endLine() else {
        parser.fields.release()
        return nil
      }
    } while !parser.isComplete
    return parser.fields
  }

  static func install(_ t: ThreadState) {
    readyType(t, type)
    addGetSet(
      t, type, "line_num", getter: UnaryFunction { _, o in makeInt(o.layout(CsvReaderLayout.self).pointee.lineNumber) })
    addGetSet(
      t, type, "dialect",
      getter: UnaryFunction { _, o in
        (o.layout(CsvReaderLayout.self).pointee.dialect ?? core.pointee.none).retained()
      })
  }
}

/// The state machine. `fields` is a list that the caller owns.
struct CsvParser {
  private enum State {
    case startRecord, startField, escaped, inField, inQuoted, escapedInQuoted, quoteInQuoted, eatLineEnd
    case afterEscapedLineEnd
  }

  let t: ThreadState
  let dialect: CsvDialect
  let fields: Object
  private var state = State.startRecord
  private var field: [UInt32] = []
  private var isUnquoted = true

  init(t: ThreadState, dialect: CsvDialect, fields: Object) {
    self.t = t
    self.dialect = dialect
    self.fields = fields
  }

  var isComplete: Bool { state == .startRecord }

  private func fail(_ message: String) -> Bool {
    _ = CsvModule.fail(t, message)
    return false
  }

  private mutating func add(_ c: UInt32) -> Bool {
    guard field.count < CsvModule.fieldLimit else {
      return fail("field larger than field limit (\(CsvModule.fieldLimit))")
    }
    field.append(c)
    return true
  }

  private mutating func save() -> Bool {
    let isNull =
      dialect.quoting == .notNull && isUnquoted && field.isEmpty
      || dialect.quoting == .strings && isUnquoted && field.isEmpty
    if isNull {
      listAppend(fields, stealing: core.pointee.none.retained())
    } else {
      let text = makeString(codePoints: field)
      if dialect.quoting == .nonNumeric || dialect.quoting == .strings, isUnquoted, !field.isEmpty {
        let number = call1(t, core.pointee.types.float.object, text)
        text.release()
        guard let number else { return false }
        listAppend(fields, stealing: number)
      } else {
        listAppend(fields, stealing: text)
      }
    }
    field.removeAll(keepingCapacity: true)
    return true
  }

  /// The end of a line counts as a character of its own.
  mutating func endLine() -> Bool { take(nil) }

  /// The source is at its end, perhaps inside of a record.
  mutating func atEnd() -> Object? {
    if !field.isEmpty || state == .inQuoted {
      if dialect.isStrict {
        fields.release()
        return CsvModule.fail(t, "unexpected end of data")
      }
      if save() { return fields }
      fields.release()
      return nil
    }
    fields.release()
    return nil
  }

  /// One character; nil: the line's end. False: an exception is set.
  mutating func take(_ c: UInt32?) -> Bool {
    let isEnd = c == nil || c == 10 || c == 13
    switch state {
    case .startRecord:
      guard let c else { return true }
      if isEnd {
        state = .eatLineEnd
        return true
      }
      state = .startField
      return startField(c)
    case .startField: return startField(c)
    case .escaped:
      if let c, isEnd {
        state = .afterEscapedLineEnd
        return add(c)
      }
      state = .inField
      return add(c ?? 10)
    case .afterEscapedLineEnd:
      guard c != nil else { return true }
      state = .inField
      return inField(c)
    case .inField: return inField(c)
    case .inQuoted:
      guard let c else { return true }
      if c == dialect.escape {
        state = .escapedInQuoted
      } else if c == dialect.quote, dialect.quoting != .none {
        state = dialect.doublesQuotes ? .quoteInQuoted : .inField
      } else {
        return add(c)
      }
      return true
    case .escapedInQuoted:
      state = .inQuoted
      return add(c ?? 10)
    case .quoteInQuoted:
      if let c, c == dialect.quote, dialect.quoting != .none {
        state = .inQuoted
        return add(c)
      }
      if c == dialect.delimiter {
        state = .startField
        return save()
      }
      if isEnd {
        state = c == nil ? .startRecord : .eatLineEnd
        return save()
      }
      if !dialect.isStrict, let c {
        state = .inField
        return add(c)
      }
      let (delimiter, quote) = (text(dialect.delimiter), text(dialect.quote ?? 34))
      return fail("'\(delimiter)' expected after '\(quote)'")
    case .eatLineEnd:
      guard let c else {
        state = .startRecord
        return true
      }
      return c == 10 || c == 13
        || fail("new-line character seen in unquoted field - do you need to open the file with newline=''?")
    }
  }

  private func text(_ c: UInt32) -> String { Unicode.Scalar(c).map { String(Character($0)) } ?? "?" }

  private mutating func startField(_ c: UInt32?) -> Bool {
    isUnquoted = true
    guard let c, c != 10, c != 13 else {
      state = c == nil ? .startRecord : .eatLineEnd
      return save()
    }
    if c == dialect.quote, dialect.quoting != .none {
      isUnquoted = false
      state = .inQuoted
    } else if c == dialect.escape {
      state = .escaped
    } else if c == 32, dialect.skipsInitialSpace {
      return true
    } else if c == dialect.delimiter {
      return save()
    } else {
      state = .inField
      return add(c)
    }
    return true
  }

  private mutating func inField(_ c: UInt32?) -> Bool {
    guard let c, c != 10, c != 13 else {
      state = c == nil ? .startRecord : .eatLineEnd
      return save()
    }
    if c == dialect.escape {
      state = .escaped
      return true
    }
    if c == dialect.delimiter {
      state = .startField
      return save()
    }
    return add(c)
  }
}
