// The tables of `exuvia stats`.

import TraceAnalysis
import TraceModel
import TraceReplay

struct StatsTables {
  let report: TraceReport
  /// Where the subject is gc.
  let details: CollectorDetails?
  let top: Int

  private var statistics: Statistics { report.statistics }
  private var totals: Totals { report.totals }
  private var names: TraceNames { report.names }

  func text(_ subject: StatsCommand.Subject?) -> String {
    switch subject {
    case nil: overview + "\n" + types(10) + "\n" + collector
    case .types: types(top)
    case .sites: sites
    case .gc: collector + (details.map { StatsCollector(report: report, details: $0, top: top).text } ?? "")
    case .gil: gil + waits(ofGIL: true)
    case .locks: locks + waits(ofGIL: false) + convoys + inversions
    case .generators: generators
    }
  }

  private var overview: String {
    var table = Table("<overview", "<")
    let n = Numbers.grouped(totals.events)
    table.add("events", "\(n) (\(AnalysisOutput.certainty(totals.isComplete))), level \(report.level)")
    table.add("duration", "\(Numbers.duration(totals.time)) to the last exact time")
    table.add(
      "births",
      "\(Numbers.grouped(totals.births)) objects, \(Numbers.bytes(statistics.types.reduce(0) { $0 &+ $1.bytes }))")
    let deaths = totals.deathsByCause
    table.add(
      "deaths",
      "\(Numbers.grouped(totals.deaths)): \(Numbers.grouped(deaths.refcount)) by reference count, "
        + "\(Numbers.grouped(deaths.collector)) by the collector, \(Numbers.grouped(deaths.shutdown)) at shutdown")
    let end = statistics.hasTeardown ? "at the program's end" : "after the last event looked at"
    table.add(
      "live", "\(Numbers.grouped(statistics.endLive)) objects, \(Numbers.bytes(statistics.endLiveBytes)) \(end)")
    table.add("peak", "\(Numbers.grouped(totals.peakLive)) objects; \(Numbers.bytes(totals.peakBytes))")
    if report.level.includes(.refs) {
      table.add("references", "\(Numbers.grouped(totals.increfs)) taken, \(Numbers.grouped(totals.decrefs)) dropped")
    }
    if report.level.includes(.links) { table.add("stores", Numbers.grouped(totals.stores)) }
    let passes = statistics.generations.map { Numbers.grouped($0.passes) }.joined(separator: " / ")
    table.add(
      "passes",
      "\(passes) (generation 0 / 1 / 2), \(Numbers.duration(statistics.generations.reduce(0) { $0 &+ $1.pauseNanoseconds })) paused"
    )
    table.add("threads", Numbers.grouped(max(1, statistics.threadCount)))
    let generators = statistics.generators.reduce(into: GeneratorCounts()) { $0.add($1) }
    table.add(
      "generators", "\(Numbers.grouped(generators.created)) created, \(Numbers.grouped(generators.yields)) yields")
    table.add("finalizers", Numbers.grouped(statistics.finalizers))
    table.add("raises", Numbers.grouped(statistics.raises.reduce(0, +)))
    if let status = statistics.exitStatus {
      table.add(
        "exit",
        "status \(status), \(Numbers.duration(statistics.exitCPUNanoseconds)) of CPU, \(Numbers.bytes(statistics.exitResidentBytes)) resident"
      )
    }
    return table.text()
  }

  private func types(_ top: Int) -> String {
    var table = Table(
      "<type", "births", "bytes", "by count", "by collector", "at shutdown", "live", "live bytes", "peak live")
    let rows = statistics.types.enumerated().filter { $0.element.births > 0 }
    for (id, row) in rows.top(top, by: { $0.element.births }, name: { names.typeName(UInt32($0.offset)) }) {
      add(row, names.typeName(UInt32(id)), to: &table)
    }
    return table.text() + more(rows.count, top)
  }

  private var sites: String {
    var table = Table(
      "<site (file:function:line)", "births", "bytes", "by count", "by collector", "at shutdown", "live", "live bytes",
      "peak live")
    let rows = statistics.sites.enumerated().filter { $0.element.births > 0 }
    for (id, row) in rows.top(top, by: { $0.element.births }, name: { "\($0.offset)" }) {
      add(row, names.place(ofSite: UInt32(id)) ?? "(no Python frame)", to: &table)
    }
    return table.text() + more(rows.count, top)
  }

  private func add(_ row: AllocationCounts, _ name: String, to table: inout Table) {
    table.add(
      name, Numbers.grouped(row.births), Numbers.bytes(row.bytes), Numbers.grouped(row.deathsByRefcount),
      Numbers.grouped(row.deathsByCollector), Numbers.grouped(row.deathsByShutdown), Numbers.grouped(row.endLive),
      Numbers.bytes(row.endLiveBytes), Numbers.grouped(row.peakLive))
  }

  private func more(_ count: Int, _ top: Int) -> String {
    count > top ? "and \(Numbers.grouped(count - top)) more; --top shows them\n" : ""
  }

  private var collector: String {
    var table = Table(
      "<generation", "passes", "by hand", "examined", "collected", "uncollectable", "resurrected", "pauses", "mean",
      "longest")
    for (generation, row) in statistics.generations.enumerated() {
      table.add(
        "\(generation)", Numbers.grouped(row.passes), Numbers.grouped(row.manual), Numbers.grouped(row.examined),
        Numbers.grouped(row.collected), Numbers.grouped(row.uncollectable), Numbers.grouped(row.resurrected),
        Numbers.duration(row.pauseNanoseconds),
        row.passes == 0 ? "-" : Numbers.duration(row.pauseNanoseconds / row.passes),
        Numbers.duration(row.longestNanoseconds))
    }
    let pause = statistics.generations.reduce(0) { $0 &+ $1.pauseNanoseconds }
    return table.text()
      + "paused \(Numbers.percentage(pause, of: totals.time)) of \(Numbers.duration(totals.time)) (exact times)\n"
  }

  private func threadName(_ id: Int) -> String {
    guard id < totals.threads.count, let name = names.string(totals.threads[id].name), !name.isEmpty else {
      return "thread \(id)"
    }
    return "\(id) \(name)"
  }

  private var gil: String {
    var table = Table(
      "<thread", "kernel's id", "acquired", "held", "of run", "waits", "waited", "longest wait", "forced", "blocking",
      "exit")
    for (thread, row) in statistics.gil.enumerated() where row.acquisitions > 0 || row.releases.reduce(0, +) > 0 {
      table.add(
        threadName(thread), kernelThread(thread), Numbers.grouped(row.acquisitions),
        Numbers.duration(row.holdNanoseconds),
        Numbers.percentage(row.holdNanoseconds, of: totals.time), Numbers.grouped(row.waits),
        Numbers.duration(row.waitNanoseconds), Numbers.duration(row.longestWaitNanoseconds),
        Numbers.grouped(row.releases[1]), Numbers.grouped(row.releases[2]), Numbers.grouped(row.releases[3]))
    }
    var calls = Table("<blocking call", "count", "time")
    for (index, row) in statistics.blocking.enumerated() where row.count > 0 {
      calls.add("\(BlockingCall.allCases[index])", Numbers.grouped(row.count), Numbers.duration(row.nanoseconds))
    }
    let text = table.isEmpty ? "the GIL never changed hands\n" : table.text()
    return text + "\(Numbers.grouped(statistics.dropRequests)) drop requests\n" + forced
      + (calls.isEmpty ? "" : "\n" + calls.text())
  }

  private func kernelThread(_ id: Int) -> String {
    let known = id < totals.threads.count ? totals.threads[id].kernelThread : 0
    return known == 0 ? "-" : "\(known)"
  }

  private var forced: String {
    let forced = statistics.forced
    guard forced.count > 0 else { return "" }
    return "\(Numbers.grouped(forced.count)) forced hand-offs, after the holder had the GIL for "
      + "\(Numbers.duration(forced.shortestNanoseconds)) to \(Numbers.duration(forced.longestNanoseconds)), "
      + "\(Numbers.duration(forced.sumNanoseconds / forced.count)) in the mean\n"
  }

  private var locks: String {
    var table = Table(
      "<lock", "<kind", "<created at", "acquired", "waits", "waited", "longest wait", "held", "longest hold")
    let rows = statistics.locks.enumerated().filter { $0.element.acquisitions > 0 || $0.offset < totals.locks.count }
      .filter { $0.offset >= totals.locks.count || totals.locks[$0.offset].lock != 0 }
    for (index, row) in rows.top(top, by: { $0.element.waitNanoseconds }, name: { "\($0.offset)" }) {
      let lock = index < totals.locks.count ? totals.locks[index] : nil
      table.add(
        "lock \(index + 1)", lock?.kindName ?? "lock",
        lock.flatMap { names.place(ofSite: $0.site) } ?? "(no Python frame)",
        Numbers.grouped(row.acquisitions), Numbers.grouped(row.waits), Numbers.duration(row.waitNanoseconds),
        Numbers.duration(row.longestWaitNanoseconds), Numbers.duration(row.holdNanoseconds),
        Numbers.duration(row.longestHoldNanoseconds))
    }
    return (table.isEmpty ? "no lock was used\n" : table.text() + more(rows.count, top)) + waiters
  }

  /// Waits by who waited and who had it.
  private func waits(ofGIL: Bool) -> String {
    var table = Table("<waited", "<for what was held by", "<lock", "waits", "waited", "longest", "ended at")
    let rows = statistics.relations.waits.filter { ($0.lock == 0) == ofGIL }
    for row in rows.top(top, by: \.nanoseconds, name: { "\($0.waiter) \($0.lock)" }) {
      table.add(
        threadName(Int(row.waiter)), row.holder.map { threadName(Int($0)) } ?? "(nobody known)", lockName(row.lock),
        Numbers.grouped(row.waits), Numbers.duration(row.nanoseconds), Numbers.duration(row.longestNanoseconds),
        "#\(row.longestEvent)")
    }
    return table.isEmpty ? "" : "\n" + table.text() + more(rows.count, top)
  }

  private func lockName(_ number: Int) -> String {
    guard number > 0 else { return "the GIL" }
    let site = number <= totals.locks.count ? names.place(ofSite: totals.locks[number - 1].site) : nil
    return "lock \(number)" + (site.map { " (\($0))" } ?? "")
  }

  private var convoys: String {
    var text = ""
    for (index, convoy) in statistics.relations.convoys.enumerated() where convoy.count > 0 {
      text += "convoys at \(lockName(index + 1)): \(Numbers.grouped(convoy.count)); the longest had "
      text += "\(Numbers.grouped(convoy.longest)) acquisitions in a row that waited, to #\(convoy.longestEvent)\n"
    }
    return text.isEmpty ? "" : "\n" + text
  }

  private var inversions: String {
    let rings = statistics.relations.inversions
    guard !rings.isEmpty else { return "" }
    var text = "\nlocks taken in different orders, which can deadlock:\n"
    for ring in rings.prefix(top) {
      text += ring.map {
        "  \(threadName(Int($0.thread))) asked for \(lockName($0.second)) holding \(lockName($0.first)), first at #\($0.event), \(Numbers.grouped($0.count)) times\n"
      }.joined()
    }
    return text + more(rings.count, top)
  }

  private var waiters: String {
    guard !report.waiters.isEmpty else { return "" }
    var table = Table("<waiting at the end", "kernel's id", "<for", "<kind", "<created at", "since", "<held by")
    for waiter in report.waiters {
      table.add(
        threadName(Int(waiter.thread)), waiter.kernelThread == 0 ? "-" : "\(waiter.kernelThread)",
        waiter.lock == 0 ? "the GIL" : waiter.state.map { "lock \($0.number)" } ?? "an unknown lock",
        waiter.lock == 0 ? "gil" : waiter.state?.kindName ?? "lock",
        waiter.state.flatMap { names.place(ofSite: $0.site) } ?? "(no Python frame)", Numbers.duration(waiter.since),
        waiter.owner.map { threadName(Int($0)) } ?? "nobody")
    }
    return "\n" + table.text()
  }

  private var generators: String {
    var table = Table(
      "<function", "<kind", "created", "started", "resumes", "yields", "returns", "raises", "thrown into", "closed",
      "drained at once", "left suspended", "never started")
    let rows = statistics.generators.enumerated().filter { $0.element.created > 0 || $0.element.resumes > 0 }
    for (code, row) in rows.top(top, by: { $0.element.resumes }, name: { names.codeName(UInt32($0.offset)) }) {
      table.add(
        names.codeName(UInt32(code)), "\(row.kind)", Numbers.grouped(row.created), Numbers.grouped(row.started),
        Numbers.grouped(row.resumes), Numbers.grouped(row.yields), Numbers.grouped(row.returns),
        Numbers.grouped(row.raises),
        Numbers.grouped(row.throwsIn), Numbers.grouped(row.closes), Numbers.grouped(row.drained),
        Numbers.grouped(row.suspended), Numbers.grouped(row.unstarted))
    }
    guard !table.isEmpty else { return "no generator was created\n" }
    return table.text() + more(rows.count, top) + generatorPlaces
  }

  /// Who asked: generators by the place that created them.
  private var generatorPlaces: String {
    var table = Table(
      "<created at", "<function", "created", "yields", "yields each", "drained at once", "left suspended")
    let rows = statistics.generatorPlaces.sorted { $0.key < $1.key }
    for (site, row) in rows.top(top, by: \.value.yields, name: { "\($0.key)" }) {
      table.add(
        names.place(ofSite: site) ?? "(no Python frame)", names.codeName(row.code), Numbers.grouped(row.created),
        Numbers.grouped(row.yields), Numbers.fixed(Double(row.yields) / Double(max(1, row.created)), 1),
        Numbers.grouped(row.drained), Numbers.grouped(row.suspended))
    }
    return table.isEmpty ? "" : "\n" + table.text() + more(rows.count, top)
  }
}
