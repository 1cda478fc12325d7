// Gathers Statistics. The hot kinds do one or two array updates each; everything rare may take its time.

import TraceModel
import TraceReplay

public struct StatisticsVisitor: EventVisitor, ~Copyable {
  public private(set) var result: Statistics
  /// Into `result` at the end.
  private var types: AllocationTable
  private var sites: AllocationTable
  /// Records that came before the part that is looked at.
  private var recordsBefore: [UInt64] = []
  private var passStart: (event: UInt64, time: UInt64, live: UInt64, reason: CollectReason) = (0, 0, 0, .automatic)
  /// By a generator's cell: births so far when it gave its last value, plus one; `.max` once a birth came before the next request. Made for the first one.
  private var valueBirths: CellValues<UInt64>?
  private var blockingStart: [UInt32: UInt64] = [:]
  /// Where the part of the trace begins that is looked at.
  private var beginTime: UInt64 = 0
  /// What had happened before it.
  public private(set) var base: Totals?

  public init(names: TraceNames) {
    types = AllocationTable(count: names.types.count)
    sites = AllocationTable(count: names.sites.count)
    result = Statistics(
      siteTypes: .init(repeating: 0, count: max(1, names.sites.count)),
      typeSites: .init(repeating: 0, count: max(1, names.types.count)),
      generators: .init(repeating: GeneratorCounts(), count: max(1, names.codes.count)),
      raises: .init(repeating: 0, count: max(1, names.types.count)),
      blocking: .init(repeating: (0, 0), count: BlockingCall.allCases.count))
  }

  /// What is only counted, or means nothing here, is not watched.
  public static let watched = WatchedKinds([
    .alloc, .allocLarge, .dealloc, .resize, .collectBegin, .collectEnd, .resurrect, .lockBlock, .lockAcquire,
    .lockRelease, .dropRequest, .blockingBegin, .blockingEnd, .generatorCreate, .generatorResume, .generatorYield,
    .generatorReturn, .generatorRaise, .generatorDestroy, .raise, .finalizerBegin, .weakrefCreate, .output,
    .threadStart, .programEnd,
    .processExit,
  ])
  public var watched: WatchedKinds { Self.watched }

  /// An id that the trace does not define counts as unknown.
  private static func row<Row>(_ id: UInt32, _ rows: [Row]) -> Int { Int(id) < rows.count ? Int(id) : 0 }

  /// What lives already is counted in; what is under way counts from now on.
  public mutating func begin(_ state: borrowing ReplayState) {
    recordsBefore = state.records.list
    guard state.eventNumber > 0 else { return }
    base = Totals(state)
    beginTime = state.time
    passStart = (state.collector.startEvent, state.time, state.liveCount, state.collector.reason)
    for (thread, row) in state.threads.enumerated() where row.blockingCall != nil {
      blockingStart[UInt32(thread)] = state.time
    }
    for row in HeapCensus.count(state, by: .type) {
      types.begin(row.id, row.objects, row.bytes)
    }
    for row in HeapCensus.count(state, by: .site) {
      sites.begin(row.id, row.objects, row.bytes)
    }
  }

  public mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .alloc, .allocLarge:
      if types.birth(event.type, event.allocSize) {
        result.typeSites[Self.row(event.type, result.typeSites)] = event.allocSite
      }
      if sites.birth(event.allocSite, event.allocSize) {
        result.siteTypes[Self.row(event.allocSite, result.siteTypes)] = event.type
      }
    case .dealloc:
      let cell = state.objects[event.object]
      guard cell.isAlive else { return }
      let cause = event.deathCause
      if cause == .shutdown { noteTeardown(state) }
      types.death(cell.type, cell.size, cause)
      sites.death(cell.site, cell.size, cause)
    case .resize: resize(event, state)
    case .collectBegin, .collectEnd, .resurrect: pass(event, state)
    case .lockBlock, .lockAcquire, .lockRelease, .dropRequest: lock(event, state)
    case .blockingBegin, .blockingEnd: blocking(event, state)
    case .generatorCreate, .generatorResume, .generatorYield, .generatorReturn, .generatorRaise, .generatorDestroy:
      generator(event, state)
    case .raise: result.raises[Self.row(event.type, result.raises)] += 1
    case .finalizerBegin: result.finalizers += 1
    case .weakrefCreate: result.weakrefs += 1
    case .output: unsafe result.outputBytes += UInt64(event.payload.count) + UInt64(event.outputCutBytes)
    case .threadStart: result.threadCount += 1
    case .programEnd: noteTeardown(state)
    case .processExit:
      noteTeardown(state)
      result.exitCPUNanoseconds = event.cpuNanoseconds
      result.exitResidentBytes = event.residentBytes
      result.exitStatus = event.exitStatus
    default: return
    }
  }

  private mutating func noteTeardown(_ state: borrowing ReplayState) {
    guard !result.hasTeardown else { return }
    result.hasTeardown = true
    noteProgramEnd(state)
  }

  private mutating func noteProgramEnd(_ state: borrowing ReplayState) {
    (result.endLive, result.endLiveBytes) = (state.liveCount, state.liveBytes)
    types.noteProgramEnd()
    sites.noteProgramEnd()
    for generator in state.generators.rows {
      let cell = state.objects[generator.object]
      guard cell.isAlive, cell.serial == generator.serial else { continue }
      let row = Self.row(generator.code, result.generators)
      if generator.phase == .suspended {
        result.generators[row].suspended += 1
        result.generatorPlaces[generator.site]?.suspended += 1
      }
      if generator.phase != .finished { result.generatorPlaces[generator.site]?.yields += generator.yields }
      if generator.phase == .created { result.generators[row].unstarted += 1 }
    }
  }

  /// To be called after the last event.
  public mutating func finish(_ state: borrowing ReplayState) {
    if !result.hasTeardown { noteProgramEnd(state) }
    result.types = types.counts
    result.sites = sites.counts
    result.kinds = zip(state.records.list, recordsBefore).map { $0 - $1 }
  }

  private func resize(_ event: Event, _ state: borrowing ReplayState) {
    let cell = state.objects[event.object]
    guard cell.isAlive else { return }
    types.resize(cell.type, from: cell.size, to: event.resizeSize)
    sites.resize(cell.site, from: cell.size, to: event.resizeSize)
  }

  private mutating func pass(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .collectBegin:
      if event.collectReason == .shutdown { noteTeardown(state) }
      passStart = (state.eventNumber, event.time, state.liveCount, event.collectReason)
    case .resurrect:
      let generation = min(state.collector.generation, 2)
      result.generations[generation].resurrected += 1
    default:
      let generation = min(event.generation, 2)
      let pause = event.time >= passStart.time ? event.time - passStart.time : 0
      result.generations[generation].passes += 1
      if passStart.reason == .manual { result.generations[generation].manual += 1 }
      result.generations[generation].examined += UInt64(event.examined)
      result.generations[generation].collected += UInt64(event.collected)
      result.generations[generation].uncollectable += UInt64(event.uncollectable)
      result.generations[generation].pauseNanoseconds &+= pause
      result.generations[generation].longestNanoseconds = max(result.generations[generation].longestNanoseconds, pause)
      result.passes.append(
        PassRecord(
          generation: event.generation, reason: passStart.reason, startTime: passStart.time, endTime: event.time,
          event: passStart.event, examined: event.examined, collected: event.collected, promoted: event.promoted,
          liveBefore: passStart.live,
          liveAfter: state.liveCount))
    }
  }

  private mutating func lock(_ event: Event, _ state: borrowing ReplayState) {
    if event.kind == .dropRequest {
      result.dropRequests += 1
      return
    }
    let waited =
      event.kind == .lockAcquire ? min(event.blockedNanoseconds, event.time &- min(beginTime, event.time)) : 0
    result.relations.note(event, waited: waited, state)
    if event.kind == .lockBlock { return }
    let since = max(beginTime, state.locks[event.lock]?.ownedSince ?? event.time)
    let isHeld = state.locks[event.lock]?.owner != nil
    if event.lock == 0 {
      let thread = Int(min(event.lockThread, Statistics.gilThreadsMax))
      while result.gil.count <= thread { result.gil.append(LockCounts()) }
      if event.kind == .lockAcquire {
        result.gil[thread].acquire(event, from: beginTime)
      } else {
        result.gil[thread].release(event, since: isHeld ? since : event.time)
        if event.releaseReason == .forced, isHeld { result.forced.add(event.time &- since) }
      }
      return
    }
    // A lock that was never created gets its row when the event is applied: the next one.
    let row = state.locks.index(event.lock) ?? state.locks.locks.count
    while result.locks.count <= row { result.locks.append(LockCounts()) }
    if event.kind == .lockAcquire {
      result.locks[row].acquire(event, from: beginTime)
    } else {
      result.locks[row].release(event, since: isHeld ? since : event.time)
    }
  }

  private mutating func blocking(_ event: Event, _ state: borrowing ReplayState) {
    if event.kind == .blockingBegin {
      blockingStart[state.gilOwner] = event.time
    } else if let start = blockingStart.removeValue(forKey: state.gilOwner) {
      let row = Int(event.blockingCall.rawValue)
      result.blocking[row].count += 1
      result.blocking[row].nanoseconds &+= event.time >= start ? event.time - start : 0
    }
  }

  private mutating func generator(_ event: Event, _ state: borrowing ReplayState) {
    if event.kind == .generatorCreate {
      let row = Self.row(event.generatorCode, result.generators)
      result.generators[row].kind = event.generatorKind
      result.generators[row].created += 1
      result.generatorPlaces[event.generatorSite, default: GeneratorPlace(code: event.generatorCode)].created += 1
      if valueBirths == nil { valueBirths = CellValues<UInt64>() }
      valueBirths?[state.objects.cellNumber(event.object)] = 0
      return
    }
    guard let generator = state.generators[event.object] else { return }
    let cell = state.objects.cellNumber(event.object)
    let row = Self.row(generator.code, result.generators)
    switch event.kind {
    case .generatorResume:
      result.generators[row].resumes += 1
      if generator.phase == .created { result.generators[row].started += 1 }
      if event.resumeKind == .throwing { result.generators[row].throwsIn += 1 }
      if event.resumeKind == .close { result.generators[row].closes += 1 }
      if let births = valueBirths?[cell], births != 0, births != state.births + 1 { valueBirths?[cell] = .max }
    case .generatorYield:
      result.generators[row].yields += 1
      if valueBirths?[cell] != .max { valueBirths?[cell] = state.births + 1 }
    case .generatorReturn:
      result.generators[row].returns += 1
      end(generator, row, cell)
    case .generatorRaise:
      result.generators[row].raises += 1
      addYields(of: generator)
    default:
      if generator.phase != .finished { addYields(of: generator) }
    }
  }

  /// What lived at the program's end has been counted then.
  private mutating func addYields(of generator: GeneratorState) {
    if !result.hasTeardown { result.generatorPlaces[generator.site]?.yields += generator.yields }
  }

  /// It ran to its end: at once, where nothing was born between a value and the request for the next.
  private mutating func end(_ generator: GeneratorState, _ row: Int, _ cell: Int) {
    addYields(of: generator)
    guard cell != 0, let births = valueBirths?[cell], births != 0, births != .max else { return }
    result.generators[row].drained += 1
    result.generatorPlaces[generator.site]?.drained += 1
  }
}

extension TraceSession {
  /// Counts everything from one moment to another.
  public func report(from: TimePoint = .start, until point: TimePoint = .end) throws(ReplayError) -> TraceReport {
    var visitor = StatisticsVisitor(names: definitions)
    let state = try replay(from: from, until: point, visitor: &visitor)
    visitor.finish(state)
    return report(visitor, state, point)
  }

  /// What a visitor that is finished has gathered up to `point`.
  func report(
    _ visitor: borrowing StatisticsVisitor, _ state: borrowing ReplayState, _ point: TimePoint
  ) -> TraceReport {
    let rows = point == .end || point == .programEnd ? file.ringThreads[stream] ?? [] : []
    let totals = Totals(state)
    return TraceReport(
      statistics: visitor.result, totals: visitor.base.map { totals.since($0) } ?? totals,
      waiters: Waiter.list(state, rows: rows), names: definitions, level: level)
  }
}

extension Totals {
  /// What happened after `base`: sums less its sums, the time since it; what lives, and its peaks, as they are.
  func since(_ base: Totals) -> Totals {
    Totals(
      events: events - base.events, births: births - base.births, deaths: deaths - base.deaths, liveCount: liveCount,
      liveBytes: liveBytes, peakLive: peakLive, peakBytes: peakBytes, increfs: increfs - base.increfs,
      decrefs: decrefs - base.decrefs, stores: stores - base.stores, time: time - min(time, base.time),
      isComplete: isComplete, losses: losses, locks: locks, threads: threads,
      deathsByCause: (
        deathsByCause.refcount - base.deathsByCause.refcount, deathsByCause.collector - base.deathsByCause.collector,
        deathsByCause.shutdown - base.deathsByCause.shutdown
      ))
  }

  public init(_ state: borrowing ReplayState) {
    self.init(
      events: state.eventNumber, births: state.births, deaths: state.deaths, liveCount: state.liveCount,
      liveBytes: state.liveBytes, peakLive: state.peakLive, peakBytes: state.peakBytes, increfs: state.increfs,
      decrefs: state.decrefs, stores: state.stores, time: state.time, isComplete: state.isComplete,
      losses: state.losses,
      locks: state.locks.locks, threads: state.threads, deathsByCause: state.deathsByCause)
  }
}
