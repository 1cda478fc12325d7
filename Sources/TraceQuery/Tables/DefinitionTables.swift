// The tables of what the trace defines: types, sites, functions, each with what was born and died of it.

import TraceAnalysis
import TraceModel
import TraceReplay

enum DefinitionTables {
  private static let countColumns = [
    StoredColumn.integer("births", "objects born"),
    StoredColumn.integer("bytes", "bytes born"),
    StoredColumn.integer("live", "objects that live at the trace's end"),
    StoredColumn.integer("live_bytes", "their bytes"),
    StoredColumn.integer("survived", "objects that lived as the program's own code ended"),
    StoredColumn.integer("survived_bytes", "their bytes"),
    StoredColumn.integer("peak_live", "most that lived at once; of functions an upper bound"),
    StoredColumn.integer("by_refcount", "deaths by reference count"),
    StoredColumn.integer("by_collector", "deaths by the collector"),
    StoredColumn.integer("by_shutdown", "deaths in the interpreter's teardown"),
  ]

  private static func counts(_ row: AllocationCounts) -> [StoredValue] {
    [
      .number(row.births), .number(row.bytes), .number(row.live), .number(row.liveBytes), .number(row.endLive),
      .number(row.endLiveBytes), .number(row.peakLive), .number(row.deathsByRefcount), .number(row.deathsByCollector),
      .number(row.deathsByShutdown),
    ]
  }

  private static let origins = ["builtin", "library", "program"]
  private static func origin(_ value: UInt8) -> StoredValue {
    Int(value) < origins.count ? .text(origins[Int(value)]) : .null
  }

  static let types = QueryTable.stored(
    "types", "every type that the trace defines",
    [
      StoredColumn.integer("stream", "the interpreter's stream"),
      StoredColumn.integer("id", "the trace's id: `objects.type_id`"),
      StoredColumn.text("name", "with its module unless that is `builtins`: `objects.type`"),
      StoredColumn.text("module", "the module's name"),
      StoredColumn.text("metaclass", "its type"),
      StoredColumn.text("origin", "builtin, library or program"),
      StoredColumn.integer("basic_size", "bytes of an instance without what varies"),
      StoredColumn.text("mro", "the method resolution order, separated by commas"),
    ] + countColumns, expected: 500
  ) { (context, stream, rows) throws(QueryError) in
    let report = try stream.report()
    let names = stream.names
    for id in names.types.indices {
      guard let type = names.type(UInt32(id)) else { continue }
      let row = id < report.statistics.types.count ? report.statistics.types[id] : AllocationCounts()
      try rows.add(
        [
          .number(stream.session.stream), .number(id), .text(names.typeName(UInt32(id))),
          .text(names.string(type.module)),
          .text(names.plainTypeName(type.metaclass)), origin(type.origin), .number(type.basicSize),
          .text(type.mro.map { names.typeName($0) }.joined(separator: ", ")),
        ] + counts(row))
    }
  }

  static let sites = QueryTable.stored(
    "sites", "every place in the program that allocated, with the call path that led to it",
    [
      StoredColumn.integer("stream", "the interpreter's stream"),
      StoredColumn.integer("id", "the trace's id: `objects.site`"),
      StoredColumn.text("function", "qualified name of the function"),
      StoredColumn.text("file", "path of its file"),
      StoredColumn.integer("line", "line of the allocation"),
      StoredColumn.text("path", "the calls that led to it, outermost first, at most 64: `main > load > parse`"),
      StoredColumn.text("type", "type of its first allocation"),
    ] + countColumns, expected: 5000
  ) { (context, stream, rows) throws(QueryError) in
    let report = try stream.report()
    let names = stream.names
    for id in names.sites.indices {
      guard let site = names.site(UInt32(id)) else { continue }
      let code = names.codeOfSite(UInt32(id))
      let row = id < report.statistics.sites.count ? report.statistics.sites[id] : AllocationCounts()
      try rows.add(
        [
          .number(stream.session.stream), .number(id), code == 0 ? .null : .text(names.codeName(code)),
          .text(names.code(code).flatMap { names.string($0.file) }), .number(site.line),
          .text(CallPath.text(site.node, names)),
          row.births > 0 ? .text(names.typeName(report.statistics.siteTypes[id])) : .null,
        ] + counts(row))
    }
  }

  static let functions = QueryTable.stored(
    "functions", "every code object that the trace defines",
    [
      StoredColumn.integer("stream", "the interpreter's stream"),
      StoredColumn.integer("id", "the trace's id of the code object"),
      StoredColumn.text("name", "qualified name"),
      StoredColumn.text("file", "path of its file"),
      StoredColumn.integer("first_line", "the line on which it begins"),
      StoredColumn.text("origin", "builtin, library or program"),
      StoredColumn.integer("generators", "generators made of it"),
      StoredColumn.integer("yields", "values that they yielded"),
    ] + countColumns, expected: 500
  ) { (context, stream, rows) throws(QueryError) in
    let report = try stream.report()
    let names = stream.names
    var sums = [AllocationCounts](repeating: AllocationCounts(), count: names.codes.count)
    for (site, row) in report.statistics.sites.enumerated() {
      let code = Int(names.codeOfSite(UInt32(site)))
      if code < sums.count { sums[code].add(row) }
    }
    for id in names.codes.indices {
      guard let code = names.code(UInt32(id)) else { continue }
      let generators = id < report.statistics.generators.count ? report.statistics.generators[id] : GeneratorCounts()
      try rows.add(
        [
          .number(stream.session.stream), .number(id), .text(names.codeName(UInt32(id))),
          .text(names.string(code.file)),
          .number(code.firstLine), origin(code.origin), .number(generators.created), .number(generators.yields),
        ] + counts(sums[id]))
    }
  }
}

/// The calls that lead to a node of the call tree, in words.
public enum CallPath {
  /// Most calls that are followed: a trace may claim a path of any length, or a circle.
  public static let callsMax = 64

  /// Code ids from the outermost call to `node`; `isCut` when there are more than `callsMax`.
  public static func codes(_ node: UInt32, _ names: TraceNames) -> (codes: [UInt32], isCut: Bool) {
    var codes: [UInt32] = []
    var current = node
    while current != 0, let entry = names.node(current) {
      if codes.count == callsMax { return (codes.reversed(), true) }
      codes.append(entry.code)
      current = entry.parent
    }
    return (codes.reversed(), false)
  }

  static func text(_ node: UInt32, _ names: TraceNames) -> String? {
    let (codes, isCut) = codes(node, names)
    if codes.isEmpty { return nil }
    return (isCut ? "... > " : "") + codes.map { names.codeName($0) }.joined(separator: " > ")
  }
}
