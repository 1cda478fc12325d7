// What happened in a run, counted by type, site, thread, lock, generator and pass. One visitor gathers all of it in one replay; the
// tables and `diff` read the result.

import TraceModel
import TraceReplay

/// Births and deaths of one type or one site.
public struct AllocationCounts: Sendable {
  public var births: UInt64 = 0
  public var bytes: UInt64 = 0
  public var deathsByRefcount: UInt64 = 0
  public var deathsByCollector: UInt64 = 0
  public var deathsByShutdown: UInt64 = 0
  public var live: UInt64 = 0
  public var liveBytes: UInt64 = 0
  public var peakLive: UInt64 = 0
  /// What lived when the program ended, before the interpreter's teardown.
  public var endLive: UInt64 = 0
  public var endLiveBytes: UInt64 = 0

  public init() {}

  /// Adds another row's counts. The peak becomes an upper bound.
  public mutating func add(_ other: AllocationCounts) {
    births += other.births
    bytes &+= other.bytes
    deathsByRefcount += other.deathsByRefcount
    deathsByCollector += other.deathsByCollector
    deathsByShutdown += other.deathsByShutdown
    live += other.live
    liveBytes &+= other.liveBytes
    peakLive += other.peakLive
    endLive += other.endLive
    endLiveBytes &+= other.endLiveBytes
  }
}

/// Passes of one generation.
public struct PassCounts: Sendable {
  public var passes: UInt64 = 0
  public var manual: UInt64 = 0
  public var examined: UInt64 = 0
  public var collected: UInt64 = 0
  public var uncollectable: UInt64 = 0
  public var resurrected: UInt64 = 0
  public var pauseNanoseconds: UInt64 = 0
  public var longestNanoseconds: UInt64 = 0
}

/// One pass.
public struct PassRecord: Sendable {
  public let generation: Int
  public let reason: CollectReason
  public let startTime: UInt64
  public let endTime: UInt64
  public let event: UInt64
  public let examined: UInt32
  public let collected: UInt32
  /// Survivors that moved to an older generation.
  public let promoted: UInt32
  public let liveBefore: UInt64
  public let liveAfter: UInt64
}

/// Waits for, and holds of, one lock (or the GIL by one thread).
public struct LockCounts: Sendable {
  public var acquisitions: UInt64 = 0
  public var waits: UInt64 = 0
  public var waitNanoseconds: UInt64 = 0
  public var longestWaitNanoseconds: UInt64 = 0
  public var holdNanoseconds: UInt64 = 0
  public var longestHoldNanoseconds: UInt64 = 0
  /// By raw ReleaseReason.
  public var releases: [UInt64] = [0, 0, 0, 0, 0]

  public init() {}

  /// A wait counts from `begin` on.
  mutating func acquire(_ event: Event, from begin: UInt64) {
    acquisitions += 1
    guard event.hasWaited || event.blockedNanoseconds > 0 else { return }
    let waited = min(event.blockedNanoseconds, event.time &- min(begin, event.time))
    waits += 1
    waitNanoseconds &+= waited
    longestWaitNanoseconds = max(longestWaitNanoseconds, waited)
  }

  mutating func release(_ event: Event, since: UInt64) {
    let reason = Int(event.releaseReason.rawValue)
    if reason < releases.count { releases[reason] += 1 }
    guard event.time >= since else { return }
    holdNanoseconds &+= event.time - since
    longestHoldNanoseconds = max(longestHoldNanoseconds, event.time - since)
  }

  public mutating func add(_ other: LockCounts) {
    acquisitions += other.acquisitions
    waits += other.waits
    waitNanoseconds &+= other.waitNanoseconds
    longestWaitNanoseconds = max(longestWaitNanoseconds, other.longestWaitNanoseconds)
    holdNanoseconds &+= other.holdNanoseconds
    longestHoldNanoseconds = max(longestHoldNanoseconds, other.longestHoldNanoseconds)
    for index in releases.indices { releases[index] += other.releases[index] }
  }
}

/// Hand-offs of the GIL that another thread asked for, and how long the holder had it until then.
public struct ForcedHandOffs: Sendable {
  public private(set) var count: UInt64 = 0
  public private(set) var sumNanoseconds: UInt64 = 0
  public private(set) var shortestNanoseconds = UInt64.max
  public private(set) var longestNanoseconds: UInt64 = 0

  mutating func add(_ nanoseconds: UInt64) {
    count += 1
    sumNanoseconds &+= nanoseconds
    shortestNanoseconds = min(shortestNanoseconds, nanoseconds)
    longestNanoseconds = max(longestNanoseconds, nanoseconds)
  }
}

/// Generators of one code object.
public struct GeneratorCounts: Sendable {
  public var kind = GeneratorKind.generator
  public var created: UInt64 = 0
  public var started: UInt64 = 0
  public var resumes: UInt64 = 0
  public var yields: UInt64 = 0
  public var returns: UInt64 = 0
  public var raises: UInt64 = 0
  public var throwsIn: UInt64 = 0
  public var closes: UInt64 = 0
  /// Left suspended, and never started, when the program ended.
  public var suspended: UInt64 = 0
  public var unstarted: UInt64 = 0
  /// Ran to the end without a birth between a value and the request for the next: `list`, `tuple`, `set`, `any`, an empty loop.
  public var drained: UInt64 = 0

  public init() {}

  public mutating func add(_ other: GeneratorCounts) {
    drained += other.drained
    created += other.created
    started += other.started
    resumes += other.resumes
    yields += other.yields
    returns += other.returns
    raises += other.raises
    throwsIn += other.throwsIn
    closes += other.closes
    suspended += other.suspended
    unstarted += other.unstarted
  }
}

/// Generators created at one site: who asks for their values is nearly always who creates them.
public struct GeneratorPlace: Sendable {
  public let code: UInt32
  public var created: UInt64 = 0
  /// Of those that ended or are left: values that they gave.
  public var yields: UInt64 = 0
  public var drained: UInt64 = 0
  /// Left suspended when the program ended.
  public var suspended: UInt64 = 0
}

/// All counts of a replay.
public struct Statistics: Sendable {
  /// By id of the type, site, code and thread; row 0 is "unknown".
  public internal(set) var types: [AllocationCounts] = []
  public internal(set) var sites: [AllocationCounts] = []
  /// For each site the type of its first allocation.
  public internal(set) var siteTypes: [UInt32]
  /// For each type the site of its first allocation.
  public internal(set) var typeSites: [UInt32]
  public internal(set) var generators: [GeneratorCounts]
  /// By site of their creation.
  public internal(set) var generatorPlaces: [UInt32: GeneratorPlace] = [:]
  public internal(set) var raises: [UInt64]
  /// The GIL by thread.
  public internal(set) var gil: [LockCounts] = []
  /// Threads with a row in `gil`; what a trace says of later ones goes into the last.
  static let gilThreadsMax: UInt32 = 1 << 16
  public internal(set) var dropRequests: UInt64 = 0
  public internal(set) var forced = ForcedHandOffs()
  /// Time in blocking calls, by raw BlockingCall: how many, how long.
  public internal(set) var blocking: [(count: UInt64, nanoseconds: UInt64)]
  /// Who waited for whom, orders of locks, convoys.
  public internal(set) var relations = LockRelations()
  /// Other locks, by their number less one.
  public internal(set) var locks: [LockCounts] = []
  public internal(set) var generations: [PassCounts] = [PassCounts(), PassCounts(), PassCounts()]
  public internal(set) var passes: [PassRecord] = []
  /// Records by raw kind, definitions included.
  public internal(set) var kinds: [UInt64] = []
  public internal(set) var finalizers: UInt64 = 0
  public internal(set) var weakrefs: UInt64 = 0
  public internal(set) var outputBytes: UInt64 = 0
  public internal(set) var exitCPUNanoseconds: UInt64 = 0
  public internal(set) var exitResidentBytes: UInt64 = 0
  public internal(set) var exitStatus: UInt32?
  public internal(set) var threadCount = 0
  /// Objects and bytes that lived at the program's end.
  public internal(set) var endLive: UInt64 = 0
  public internal(set) var endLiveBytes: UInt64 = 0
  /// Whether the interpreter's teardown was seen.
  public internal(set) var hasTeardown = false
}

/// The totals that the state knows at the end, copied out of it.
public struct Totals: Sendable {
  public let events, births, deaths, liveCount, liveBytes, peakLive, peakBytes, increfs, decrefs, stores: UInt64
  public let time: UInt64
  public let isComplete: Bool
  public let losses: LossLedger
  /// For each lock, what it is and where it was created.
  public let locks: [LockState]
  public let threads: [ThreadState]
  public let deathsByCause: (refcount: UInt64, collector: UInt64, shutdown: UInt64)
}

/// Statistics, totals and names of one trace.
public struct TraceReport: Sendable {
  public let statistics: Statistics
  public let totals: Totals
  /// Who waits for which lock at the end.
  public let waiters: [Waiter]
  public let names: TraceNames
  public let level: RecordingLevel
}
