// The numbers of one run under names that survive an edit of the program: types by qualified name, sites by the innermost function of the program,
// generators and tasks by their function, locks by the function that creates them, the collector, the GIL, threads by name without their number.
// They are those of the program's own code: the interpreter's teardown does not count.

import TraceModel
import TraceReplay

/// Objects of one type that one function of the program allocates, living at the end.
struct LivePopulation: Hashable {
  let type: String
  let function: String
}

public struct RunMeasures {
  public private(set) var rows: [MeasureKey: MeasureRow] = [:]
  /// Sums over the whole run, for rules that name no subject.
  public private(set) var totals = MeasureRow()
  /// Threads that the run had, the main one included.
  public let threads: Int
  public let losses: LossLedger
  public let isComplete: Bool
  public let level: RecordingLevel
  let session: TraceSession
  /// Where the part ends that was measured.
  let end: TimePoint
  let places: ProgramPlaces
  private(set) var populations: [LivePopulation: UInt64] = [:]
  private(set) var chains: CallChains

  /// Replays the session's stream up to the end of the program's own code, or a part of it.
  public init(
    _ session: TraceSession, from: TimePoint = .start, until point: TimePoint = .programEnd
  ) throws(ReplayError) {
    let names = session.definitions
    let places = ProgramPlaces(names: names, importsApart: true)
    var visitor = RunVisitor(names: names, places: places)
    let state = try session.replay(from: from, until: point, visitor: &visitor)
    visitor.finish(state)
    let statistics = visitor.statistics.result
    self.session = session
    end = point
    self.places = places
    threads = max(1, statistics.threadCount)
    losses = state.losses
    isComplete = state.isComplete
    level = session.level
    chains = CallChains(names)
    addTypes(statistics, names)
    addFunctions(statistics, names)
    addGenerators(statistics, names, state)
    addCreations(statistics, names)
    addCalls(visitor.calls, names)
    addCollector(statistics)
    addLocks(statistics, visitor.held, names, state)
    addThreads(names, state)
    addPopulations(names, state)
  }

  public subscript(key: MeasureKey) -> MeasureRow { rows[key] ?? MeasureRow() }

  /// A function of the program by its name alone, one of the library with its file.
  static func functionName(_ code: UInt32, _ names: TraceNames) -> String {
    if code == 0 { return "(no Python frame)" }
    if ProgramPlaces.isImport(code, names) { return "(import)" }
    let name = names.codeName(code)
    return names.isProgramCode(code) ? name : "\(names.fileName(ofCode: code)):\(name)"
  }

  private mutating func add(_ key: MeasureKey, _ counts: AllocationCounts) {
    for (measure, value) in Self.values(counts) { rows[key, default: MeasureRow()].add(measure, value) }
  }

  private static func values(_ counts: AllocationCounts) -> [(Measure, UInt64)] {
    [
      (.live, counts.endLive), (.allocations, counts.births), (.bytes, counts.bytes),
      (.deathsByCollector, counts.deathsByCollector),
    ]
  }

  private mutating func addTypes(_ statistics: Statistics, _ names: TraceNames) {
    for (id, counts) in statistics.types.enumerated() where counts.births > 0 {
      let key = MeasureKey(.type, names.typeName(UInt32(id)))
      add(key, counts)
      rows[key]?.add(.peakLive, counts.peakLive)
      if names.isProgramType(UInt32(id)) { rows[key]?.isProgram = true }
      totals.add(.live, counts.endLive)
      totals.add(.allocations, counts.births)
      totals.add(.bytes, counts.bytes)
      totals.add(.deathsByCollector, counts.deathsByCollector)
    }
    for (site, counts) in statistics.sites.enumerated() where counts.births > 0 {
      offer(site: UInt32(site), for: statistics.siteTypes[site], counts.births, names)
    }
    for (id, site) in statistics.typeSites.enumerated() where site != 0 { offer(site: site, for: UInt32(id), 1, names) }
  }

  /// What an import allocated of a type says nothing about where the program does.
  private mutating func offer(site: UInt32, for type: UInt32, _ weight: UInt64, _ names: TraceNames) {
    guard !ProgramPlaces.isImport(places.code(ofSite: site), names) else { return }
    rows[MeasureKey(.type, names.typeName(type))]?.offer(places.place(ofSite: site), weight)
  }

  private mutating func addFunctions(_ statistics: Statistics, _ names: TraceNames) {
    for (site, counts) in statistics.sites.enumerated() where counts.births > 0 {
      let code = places.code(ofSite: UInt32(site))
      guard code != 0 else { continue }
      let key = MeasureKey(.site, Self.functionName(code, names))
      add(key, counts)
      chains.add(.site, innermost: key.name, places.functions(ofSite: UInt32(site)), names, Self.values(counts))
      rows[key]?.offer(places.place(ofSite: UInt32(site)), counts.births)
      if names.isProgramCode(code) { rows[key]?.isProgram = true }
    }
  }

  private mutating func addGenerators(_ statistics: Statistics, _ names: TraceNames, _ state: borrowing ReplayState) {
    var suspended: [UInt32: UInt64] = [:]
    for row in state.generators.rows where row.phase == .suspended && state.objects.serial(row.object) == row.serial {
      if state.objects.isAlive(row.object) { suspended[row.code, default: 0] += 1 }
    }
    for (code, counts) in statistics.generators.enumerated() where counts.created > 0 || counts.resumes > 0 {
      let id = UInt32(code)
      let key = MeasureKey(counts.kind == .coroutine ? .task : .generator, Self.functionName(id, names))
      var row = rows[key] ?? MeasureRow()
      row.add(.created, counts.created)
      row.add(.yields, counts.yields)
      row.add(.resumes, counts.resumes)
      row.add(.raises, counts.raises)
      row.add(.suspended, suspended[id] ?? 0)
      row.ended &+= counts.returns
      row.isProgram = names.isProgramCode(id)
      if let entry = names.code(id) {
        row.offer("\(names.fileName(ofCode: id)):\(names.codeName(id)):\(entry.firstLine)", counts.created)
      }
      rows[key] = row
      totals.add(.yields, counts.yields)
      totals.add(.resumes, counts.resumes)
      totals.add(.created, counts.created)
      totals.add(.suspended, suspended[id] ?? 0)
    }
  }

  private mutating func addCalls(_ calls: [UInt64], _ names: TraceNames) {
    for (code, count) in calls.enumerated() where count > 0 {
      let id = UInt32(code)
      guard names.isProgramCode(id), let entry = names.code(id) else { continue }
      let key = MeasureKey(.function, Self.functionName(id, names))
      rows[key, default: MeasureRow()].add(.calls, count)
      rows[key]?.isProgram = true
      rows[key]?.offer("\(names.fileName(ofCode: id)):\(names.codeName(id)):\(entry.firstLine)", count)
      totals.add(.calls, count)
    }
  }

  private mutating func addCreations(_ statistics: Statistics, _ names: TraceNames) {
    for (site, place) in statistics.generatorPlaces where Int(place.code) < statistics.generators.count {
      let isTask = statistics.generators[Int(place.code)].kind == .coroutine
      chains.add(
        isTask ? .task : .generator, innermost: Self.functionName(place.code, names), places.functions(ofSite: site),
        names, [(.created, place.created), (.yields, place.yields), (.suspended, place.suspended)])
    }
  }

  private mutating func addCollector(_ statistics: Statistics) {
    let key = MeasureKey(.collector, "collector")
    rows[key] = MeasureRow()
    for (generation, pass) in statistics.generations.enumerated() {
      rows[key]?.add(.passes, pass.passes)
      rows[key]?.add(.examined, pass.examined)
      rows[key]?.add(.collected, pass.collected)
      rows[key]?.add(.pause, pass.pauseNanoseconds)
      if generation == 2 { rows[key]?.add(.fullPasses, pass.passes) }
      rows[MeasureKey(.collector, "generation \(generation)"), default: MeasureRow()].add(.passes, pass.passes)
    }
    for (measure, value) in rows[key]?.values ?? [:] { totals.add(measure, value) }
  }

  private mutating func addLocks(
    _ statistics: Statistics, _ held: HeldWork, _ names: TraceNames, _ state: borrowing ReplayState
  ) {
    var births: [MeasureKey: [String: UInt64]] = [:]
    for (index, lock) in state.locks.locks.enumerated() where lock.lock != 0 && index < statistics.locks.count {
      let work = index < held.byLock.count ? held.byLock[index] : HeldWork.Work()
      let counts = statistics.locks[index]
      let code = places.code(ofSite: lock.site)
      let key = MeasureKey(.lock, code == 0 ? lock.kindName : Self.functionName(code, names))
      var row = rows[key] ?? MeasureRow()
      add(counts, isSignal: work.isSignal, to: &row)
      row.isProgram = row.isProgram || names.isProgramCode(code)
      row.offer(places.place(ofSite: lock.site), counts.acquisitions)
      chains.add(
        .lock, innermost: key.name, places.functions(ofSite: lock.site), names,
        work.isSignal
          ? []
          : [
            (.acquisitions, counts.acquisitions), (.ranWhileHeld, work.events), (.blockedWhileHeld, work.blockingCalls),
          ])
      if !work.isSignal {
        row.add(.ranWhileHeld, work.events)
        row.add(.blockedWhileHeld, work.blockingCalls)
        for (code, count) in work.births {
          births[key, default: [:]][Self.functionName(code, names), default: 0] += count
        }
      }
      rows[key] = row
    }
    for (key, counts) in births {
      rows[key]?.parts = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { ($0.key, $0.value) }
    }
    for key in rows.keys where key.subject == .lock {
      for (measure, value) in rows[key]?.values ?? [:] { totals.add(measure, value) }
    }
    var gil = MeasureRow()
    for row in statistics.gil { add(row, isSignal: false, to: &gil) }
    gil.values[.held] = nil
    rows[MeasureKey(.gil, "GIL")] = gil
  }

  /// How often somebody waits for a signal is a matter of who comes first, and that it is held means nothing.
  private func add(_ counts: LockCounts, isSignal: Bool, to row: inout MeasureRow) {
    row.add(.waits, counts.waits)
    row.add(.waitTime, counts.waitNanoseconds)
    guard !isSignal else { return }
    row.add(.acquisitions, counts.acquisitions)
    row.add(.held, counts.holdNanoseconds)
  }

  /// `Thread-1 (work)` and `Thread-2 (work)` are threads of one kind.
  private mutating func addThreads(_ names: TraceNames, _ state: borrowing ReplayState) {
    for thread in state.threads where thread.isStarted {
      let name = names.string(thread.name) ?? ""
      let kind = String(name.filter { !($0.isASCII && $0.isNumber) })
      rows[MeasureKey(.thread, kind.isEmpty ? "threads without a name" : kind), default: MeasureRow()].add(.started, 1)
      totals.add(.started, 1)
    }
  }

  private mutating func addPopulations(_ names: TraceNames, _ state: borrowing ReplayState) {
    var counts: [PopulationKey: UInt64] = [:]
    var bySite: [UInt64: UInt64] = [:]
    state.objects.forEachLiveCell { cell in bySite[UInt64(cell.type) << 32 | UInt64(cell.site), default: 0] += 1 }
    var most: [UInt32: (count: UInt64, site: UInt32)] = [:]
    for (pair, count) in bySite {
      let (type, site) = (UInt32(pair >> 32), UInt32(truncatingIfNeeded: pair))
      counts[PopulationKey(type: type, code: places.code(ofSite: site)), default: 0] += count
      let known = most[type] ?? (0, 0)
      if (count, site) > (known.count, known.site), !ProgramPlaces.isImport(places.code(ofSite: site), names) {
        most[type] = (count, site)
      }
    }
    for (type, found) in most {
      rows[MeasureKey(.type, names.typeName(type))]?.livePlace = places.place(ofSite: found.site)
    }
    for (key, count) in counts {
      populations[
        LivePopulation(type: names.typeName(key.type), function: Self.functionName(key.code, names)), default: 0] +=
        count
    }
  }
}
