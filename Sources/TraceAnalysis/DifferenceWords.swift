// What a finding says in a sentence.

enum DifferenceWords {
  static func explanation(_ key: MeasureKey, _ measure: Measure, _ row: MeasureRow, _ old: MeasureRow) -> String {
    let name = key.name == "(import)" ? "imports of library modules" : key.name
    switch (key.subject, measure) {
    case (.type, .live): return "objects of \(name) that live when the program's own code ends"
    case (_, .peakLive): return "objects of \(name) that live at the same time, at most"
    case (.type, .allocations): return "objects of \(name) that are born"
    case (.type, .bytes): return "bytes that objects of \(name) take, all births and growth together"
    case (_, .deathsByCollector):
      return
        "objects \(key.subject == .site ? "allocated by" : "of") \(name) that die by the collector: they are part of garbage that reference counts cannot see"
    case (.site, .live): return "objects allocated by \(name) that live when the program's own code ends"
    case (.site, .allocations): return "objects that \(name) allocates, itself or through the library"
    case (.site, .bytes): return "bytes that \(name) allocates"
    case (_, .created): return "generators of \(name) that are created"
    case (.task, .yields): return "times that tasks of \(name) give way" + ended(row, old)
    case (_, .yields): return "values that generators of \(name) yield" + ended(row, old)
    case (_, .resumes): return "times that \(name) is resumed"
    case (_, .suspended): return "generators of \(name) that are left suspended at the end"
    case (_, .raises): return "generators of \(name) that end by an exception"
    case (_, .calls): return "calls of \(name)"
    case (_, .passes): return name == "collector" ? "passes of the collector, all generations" : "passes of \(name)"
    case (_, .fullPasses): return "passes over all generations"
    case (_, .examined): return "objects that the collector examined"
    case (_, .collected): return "objects that the collector found unreachable"
    case (_, .pause): return "nanoseconds that passes took"
    case (.gil, .waitTime): return "nanoseconds that threads waited for the GIL"
    case (.gil, _): return "\(measure.rawValue) of the GIL"
    case (_, .acquisitions): return "acquisitions of locks created in \(name)"
    case (_, .waits): return "times that a thread waited for a lock created in \(name)"
    case (_, .waitTime): return "nanoseconds that threads waited for locks created in \(name)" + ran(row, old)
    case (_, .held): return "nanoseconds for which locks created in \(name) were held"
    case (_, .ranWhileHeld): return "events of the thread that held a lock created in \(name)" + ran(row, old)
    case (_, .blockedWhileHeld):
      return "sleeps, reads and other blocking calls while a lock created in \(name) was held" + ran(row, old)
    case (_, .started): return "threads named \(name) that are started"
    case (_, .live), (_, .allocations), (_, .bytes): return "\(measure.rawValue) of \(name)"
    }
  }

  /// Whether more or fewer of them are asked for all their values.
  private static func ended(_ row: MeasureRow, _ old: MeasureRow) -> String {
    func part(_ row: MeasureRow) -> Double { Double(row.ended) / Double(max(1, row[.created])) }
    guard row[.created] > 0, old[.created] > 0, abs(part(row) - part(old)) >= 0.1 else { return "" }
    return "; \(row.ended) of \(row[.created]) ran to their end, before \(old.ended) of \(old[.created])"
  }

  /// The functions that allocated most while the lock was held.
  private static func ran(_ row: MeasureRow, _ old: MeasureRow) -> String {
    let known = Dictionary(old.parts.map { ($0.name, $0.count) }, uniquingKeysWith: &+)
    let ran = row.parts.sorted { a, b in
      (a.count - min(a.count, known[a.name] ?? 0), b.name) > (b.count - min(b.count, known[b.name] ?? 0), a.name)
    }
    guard !ran.isEmpty else { return "" }
    return "; while it was held ran "
      + ran.prefix(3).map { "\($0.name) (\($0.count) objects, before \(known[$0.name] ?? 0))" }.joined(separator: ", ")
  }
}
