// A report regrouped by names that survive an edit of the program: types by name, sites by the function they stand in, locks by the
// function that creates them.

import TraceModel
import TraceReplay

struct MeaningRow {
  var counts = AllocationCounts()
  var isProgram = false
  /// `file:function:line` of the site with most births.
  var place: String?
  fileprivate var placeBirths: UInt64 = 0

  fileprivate mutating func offer(_ place: String?, births: UInt64) {
    guard let place, births > placeBirths else { return }
    self.place = place
    placeBirths = births
  }
}

struct MeaningTable {
  private(set) var types: [String: MeaningRow] = [:]
  private(set) var functions: [String: MeaningRow] = [:]
  private(set) var generators: [String: GeneratorCounts] = [:]
  private(set) var locks: [String: LockCounts] = [:]
  private(set) var gil = LockCounts()
  let generations: [PassCounts]
  let threadCount: Int

  var passes: UInt64 { generations.reduce(0) { $0 + $1.passes } }
  var collected: UInt64 { generations.reduce(0) { $0 + $1.collected } }

  init(_ report: TraceReport) {
    generations = report.statistics.generations
    threadCount = report.statistics.threadCount
    addTypes(report)
    addFunctions(report)
    for (code, row) in report.statistics.generators.enumerated() where row.created > 0 || row.resumes > 0 {
      let name = Self.functionName(UInt32(code), report.names)
      if generators[name] == nil { generators[name] = GeneratorCounts() }
      generators[name]?.kind = row.kind
      generators[name]?.add(row)
    }
    for row in report.statistics.gil { gil.add(row) }
    for (index, row) in report.statistics.locks.enumerated() where index < report.totals.locks.count {
      let lock = report.totals.locks[index]
      guard lock.lock != 0 else { continue }
      let code = report.names.codeOfSite(lock.site)
      locks[code == 0 ? "\(lock.kindName)" : Self.functionName(code, report.names), default: LockCounts()].add(row)
    }
  }

  /// A function of the program by its name alone, one of the library with its file.
  static func functionName(_ code: UInt32, _ names: TraceNames) -> String {
    if code == 0 { return "(no Python frame)" }
    let name = names.codeName(code)
    return names.isProgramCode(code) ? name : "\(names.fileName(ofCode: code)):\(name)"
  }

  private mutating func addTypes(_ report: TraceReport) {
    for (id, row) in report.statistics.types.enumerated() where row.births > 0 {
      let name = report.names.typeName(UInt32(id))
      types[name, default: MeaningRow()].counts.add(row)
      if report.names.isProgramType(UInt32(id)) { types[name]?.isProgram = true }
    }
    for (site, row) in report.statistics.sites.enumerated() where row.births > 0 {
      let name = report.names.typeName(report.statistics.siteTypes[site])
      types[name]?.offer(report.names.place(ofSite: UInt32(site)), births: row.births)
    }
  }

  private mutating func addFunctions(_ report: TraceReport) {
    for (site, row) in report.statistics.sites.enumerated() where row.births > 0 {
      let code = report.names.codeOfSite(UInt32(site))
      guard code != 0 else { continue }
      let name = Self.functionName(code, report.names)
      functions[name, default: MeaningRow()].counts.add(row)
      functions[name]?.offer(report.names.place(ofSite: UInt32(site)), births: row.births)
      if report.names.isProgramCode(code) { functions[name]?.isProgram = true }
    }
  }
}

extension Dictionary.Keys where Element == String {
  /// All keys of both, sorted, so that answers have one order.
  func union(_ other: Dictionary<Key, Value>.Keys) -> [String] { Set(self).union(other).sorted() }
}
