// `_symtable`: what the compiler finds out about names, as objects for the module `symtable`.
import PythonCompiler
import PythonRuntime
import PythonSyntax
import PythonTypes

struct SymbolEntryLayout {
  var header: ObjectHeader
  var name: Object?
  var symbols: Object?
  var varnames: Object?
  var children: Object?
  var type: Object?
  var line: Object?
  var nested: Object?
}

enum SymtableModule {
  // ORDER SymbolReport
  private static let constants = [
    ("USE", 16), ("DEF_GLOBAL", 1), ("DEF_NONLOCAL", 8), ("DEF_LOCAL", 2), ("DEF_PARAM", 4), ("DEF_TYPE_PARAM", 1024),
    ("DEF_FREE", 32), ("DEF_FREE_CLASS", 64), ("DEF_IMPORT", 128), ("DEF_BOUND", 134), ("DEF_ANNOT", 256),
    ("DEF_COMP_ITER", 512), ("DEF_COMP_CELL", 2048), ("TYPE_FUNCTION", 0), ("TYPE_CLASS", 1), ("TYPE_MODULE", 2),
    ("TYPE_ANNOTATION", 3), ("TYPE_TYPE_ALIAS", 4), ("TYPE_TYPE_PARAMETERS", 5), ("TYPE_TYPE_VARIABLE", 6),
    ("LOCAL", 1), ("GLOBAL_EXPLICIT", 2), ("GLOBAL_IMPLICIT", 3), ("FREE", 4), ("CELL", 5), ("SCOPE_OFF", 12),
    ("SCOPE_MASK", 15),
  ]

  private static let members = ["name", "symbols", "varnames", "children", "type", "lineno", "nested"]

  static func make(_ t: ThreadState) -> Object? {
    readyType(t, entryType)
    for (i, name) in members.enumerated() {
      addMember(t, entryType, name, offset: MemoryLayout<ObjectHeader>.size + 8 * i, readOnly: true)
    }
    addGetSet(t, entryType, "id", getter: UnaryFunction { _, o in makeInt(Int(bitPattern: o.address)) })
    let module = makeModule(t, "_symtable")
    for (name, value) in constants { moduleSet(t, module, name, stealing: makeInt(value)) }
    moduleAddFunctions(t, module, [NativeMethod("symtable", .positional(3, 3)) { t, _, a in symbols(t, a) }])
    return module
  }

  private static func fields(_ o: Object) -> UnsafeMutablePointer<Object?> {
    (o.address + MemoryLayout<ObjectHeader>.size).assumingMemoryBound(to: Object?.self)
  }

  private static let entryType: TypeObject = makeBuiltinType(
    name: "symtable entry", layoutSize: MemoryLayout<SymbolEntryLayout>.size,
    flags: [.container, .disallowInstantiation]
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      untrack(o)
      for i in 0..<members.count { take(&fields(o)[i]) }
      freeInstance(o)
    }
    p.pointee.traverse = TraverseFunction { o, visit in
      for i in 0..<members.count where visit(fields(o)[i]) { return true }
      return false
    }
    p.pointee.repr = UnaryFunction { _, o in
      let p = o.layout(SymbolEntryLayout.self)
      let (name, line) = (p.pointee.name.map(stringValue) ?? "", p.pointee.line.map(clampedIntValue) ?? 0)
      return makeString("<symtable entry \(name)(\(Int(bitPattern: o.address))), line \(line)>")
    }
  }

  private static func symbols(_ t: ThreadState, _ a: PythonRuntime.Arguments) -> Object? {
    guard a[0].isKind(.str) || a[0].isKind(.bytes) else {
      return t.raise(.TypeError, "symtable() arg 1 must be a string or bytes")
    }
    guard a[2].isKind(.str) else {
      return t.raise(.TypeError, "symtable() argument 3 must be str, not \(argumentTypeName(a[2]))")
    }
    let source = a[0].isKind(.str) ? fileSystemBytes(a[0]) : Array(a[0].byteView)
    let file = a[1].isKind(.str) ? stringValue(a[1]) : textOf(t, a[1])
    do throws(SyntaxError) {
      switch stringValue(a[2]) {
      case "exec":
        let tree = try Parser.parseModule(source, fileName: file)
        return report(t, file) { () throws(CompileError) in try SymbolReport.make(tree) }
      case "eval":
        let tree = try Parser.parseExpression(source, fileName: file)
        return report(t, file) { () throws(CompileError) in try SymbolReport.make(tree) }
      case "single":
        let tree = try Parser.parseInteractive(source, fileName: file)
        return report(t, file) { () throws(CompileError) in try SymbolReport.make(tree) }
      default: return t.raise(.ValueError, "symtable() arg 3 must be 'exec' or 'eval' or 'single'")
      }
    } catch {
      SourceCompiler.raise(t, error, file)
      return nil
    }
  }

  private static func report(_ t: ThreadState, _ file: String, _ make: () throws(CompileError) -> SymbolReport)
    -> Object?
  {
    do throws(CompileError) {
      return entry(t, try make())
    } catch {
      t.raiseSyntaxError(
        .SyntaxError, error.message, file: file, line: Int(error.position.line),
        offset: Int(error.position.column) + 1, endLine: Int(error.position.endLine),
        endOffset: Int(error.position.endColumn) + 1, text: nil)
      return nil
    }
  }

  private static func entry(_ t: ThreadState, _ report: SymbolReport) -> Object {
    let symbols = makeDict()
    for (name, flags) in report.symbols { dictSet(t, symbols, name, stealing: makeInt(flags)) }
    let o = allocateZeroed(entryType)
    let values: [Object] = [
      makeString(report.name), symbols, makeList(report.parameters.map { makeString($0) }),
      makeList(report.children.map { entry(t, $0) }), makeInt(report.type), makeInt(report.line),
      makeInt(report.isNested ? 1 : 0),
    ]
    for (i, value) in values.enumerated() { fields(o)[i] = value }
    track(o)
    return o
  }
}
