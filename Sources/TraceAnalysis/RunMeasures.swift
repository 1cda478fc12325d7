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

  /// Replays the session's stream up to the end of the program's own code, or a part of it.
  public init(
    _ session: TraceSession, from: TimePoint = .start, until point: TimePoint = .programEnd
  ) throws(ReplayError) {
    let names = session.definitions
    let places = ProgramPlaces(names: names)
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
    addTypes(statistics, names)
    addFunctions(statistics, names)
    addGenerators(statistics, names, state)
    addCollector(statistics)
    addLocks(statistics, visitor.held, names, state)
    addThreads(names, state)
    addPopulations(names, state)
  }

  public subscript(key: MeasureKey) -> MeasureRow { rows[key] ?? MeasureRow() }

  /// A function of the program by its name alone, one of the library with its file.
  static func functionName(_ code: UInt32, _ names: TraceNames) -> String {
    if code == 0 { return "(no Python frame)" }
    let name = names.codeName(code)
    return names.isProgramCode(code) ? name : "\(names.fileName(ofCode: code)):\(name)"
  }

  private mutating func add(_ key: MeasureKey, _ counts: AllocationCounts) {
    rows[key, default: MeasureRow()].add(.live, counts.endLive)
    rows[key]?.add(.allocations, counts.births)
    rows[key]?.add(.bytes, counts.bytes)
    rows[key]?.add(.deathsByCollector, counts.deathsByCollector)
  }

  private mutating func addTypes(_ statistics: Statistics, _ names: TraceNames) {
    for (id, counts) in statistics.types.enumerated() where counts.births > 0 {
      let key = MeasureKey(.type, names.typeName(UInt32(id)))
      add(key, counts)
      if names.isProgramType(UInt32(id)) { rows[key]?.isProgram = true }
      totals.add(.live, counts.endLive)
      totals.add(.allocations, counts.births)
      totals.add(.bytes, counts.bytes)
      totals.add(.deathsByCollector, counts.deathsByCollector)
    }
    for (site, counts) in statistics.sites.enumerated() where counts.births > 0 {
      let key = MeasureKey(.type, names.typeName(statistics.siteTypes[site]))
      rows[key]?.offer(places.place(ofSite: UInt32(site)), counts.births)
    }
  }

  private mutating func addFunctions(_ statistics: Statistics, _ names: TraceNames) {
    for (site, counts) in statistics.sites.enumerated() where counts.births > 0 {
      let code = places.code(ofSite: UInt32(site))
      guard code != 0 else { continue }
      let key = MeasureKey(.site, Self.functionName(code, names))
      add(key, counts)
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
      let counts = statistics.locks[index]
      let code = places.code(ofSite: lock.site)
      let key = MeasureKey(.lock, code == 0 ? lock.kindName : Self.functionName(code, names))
      var row = rows[key] ?? MeasureRow()
      add(counts, to: &row)
      row.isProgram = row.isProgram || names.isProgramCode(code)
      row.offer(places.place(ofSite: lock.site), counts.acquisitions)
      if index < held.byLock.count {
        row.add(.ranWhileHeld, held.byLock[index].events)
        row.add(.blockedWhileHeld, held.byLock[index].blockingCalls)
        for (code, count) in held.byLock[index].births {
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
    for row in statistics.gil { add(row, to: &gil) }
    gil.values[.held] = nil
    rows[MeasureKey(.gil, "GIL")] = gil
  }

  private func add(_ counts: LockCounts, to row: inout MeasureRow) {
    row.add(.acquisitions, counts.acquisitions)
    row.add(.waits, counts.waits)
    row.add(.waitTime, counts.waitNanoseconds)
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
    state.objects.forEachLive { _, cell in
      counts[PopulationKey(type: cell.type, code: places.code(ofSite: cell.site)), default: 0] += 1
    }
    for (key, count) in counts {
      populations[
        LivePopulation(type: names.typeName(key.type), function: Self.functionName(key.code, names)), default: 0] +=
        count
    }
  }
}
