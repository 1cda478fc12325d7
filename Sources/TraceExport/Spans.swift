// A run as what viewers of timelines show: slices on tracks, counters over time, marks. One replay tells them to a `SpanSink`, which writes one format.

import TraceAnalysis
import TraceModel
import TraceReplay

/// A track of a thread.
enum SpanLane: UInt32, CaseIterable {
  case gil, gilWaits, lockWaits, blocking

  var name: String {
    switch self {
    case .gil: "has the GIL"
    case .gilWaits: "waits for the GIL"
    case .lockWaits: "waits for locks"
    case .blocking: "blocking calls"
    }
  }
}

enum SpanValue {
  case integer(UInt64)
  case text(String)
}

/// Writes one format. Times are nanoseconds since the recording's start. Slices of one lane do not overlap and come in order; calls nest.
protocol SpanSink {
  mutating func beginProcess(_ pid: UInt32, _ name: String)
  mutating func thread(_ id: UInt32, _ name: String)
  mutating func slice(
    _ lane: SpanLane, _ thread: UInt32, _ name: String, _ begin: UInt64, _ end: UInt64, _ details: [(String, SpanValue)]
  )
  mutating func pass(_ name: String, _ begin: UInt64, _ end: UInt64, _ details: [(String, SpanValue)])
  mutating func beginCall(_ thread: UInt32, _ name: String, _ time: UInt64)
  mutating func endCall(_ thread: UInt32, _ time: UInt64)
  mutating func mark(_ thread: UInt32, _ name: String, _ time: UInt64)
  mutating func counter(_ name: String, isBytes: Bool, _ time: UInt64, _ value: Int64)
}

/// The visitor.
struct SpanVisitor<Sink: SpanSink>: EventVisitor {
  var sink: Sink
  private let names: TraceNames
  /// At least this long between two points of a counter.
  private let counterStep: UInt64
  private var nextCounter: UInt64 = 0
  private var holdBegin: UInt64 = 0
  private var passBegin: (time: UInt64, live: UInt64, reason: CollectReason) = (0, 0, .automatic)
  private var passNumber = 0
  private var blockBegin: [UInt32: UInt64] = [:]
  private var known: Set<UInt32>
  /// Calls that are open, by thread: calls end in the order in which they began.
  private var depth: [UInt32: Int] = [:]

  /// Points of a counter over a whole run.
  private static var counterPoints: UInt64 { 5000 }

  init(_ sink: Sink, _ session: TraceSession, _ threads: Set<UInt32>) {
    self.sink = sink
    known = threads
    names = session.definitions
    counterStep = max(1, session.lastTime / Self.counterPoints)
  }

  /// What is under way where a part begins is shown from there on.
  mutating func begin(_ state: borrowing ReplayState) {
    guard state.eventNumber > 0 else { return }
    (holdBegin, nextCounter, passNumber) = (state.time, state.time, Int(state.collector.passCount))
    passBegin = (state.time, state.liveCount, state.collector.reason)
    for (thread, row) in state.threads.enumerated() where row.blockingCall != nil {
      blockBegin[UInt32(thread)] = state.time
    }
  }

  mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .lockAcquire: acquire(event, state)
    case .lockRelease:
      guard event.lock == 0, state.gilOwner == event.lockThread, event.time >= holdBegin else { return }
      meet(event.lockThread)
      sink.slice(
        .gil, event.lockThread, "GIL", holdBegin, event.time, [("given up", .text("\(event.releaseReason)"))])
    case .blockingBegin: blockBegin[state.gilOwner] = event.time
    case .blockingEnd:
      guard let begin = blockBegin.removeValue(forKey: state.gilOwner), event.time >= begin else { return }
      meet(state.gilOwner)
      sink.slice(
        .blocking, state.gilOwner, "\(event.blockingCall)", begin, event.time,
        [("bytes", .integer(event.blockingBytes))])
    case .collectBegin: passBegin = (event.time, state.liveCount, event.collectReason)
    case .collectEnd: endPass(event)
    case .callBegin:
      meet(state.gilOwner)
      depth[state.gilOwner, default: 0] += 1
      sink.beginCall(state.gilOwner, names.codeName(names.codeOfNode(event.node)), state.time)
    case .callEnd:
      guard let open = depth[state.gilOwner], open > 0 else { return }
      depth[state.gilOwner] = open - 1
      sink.endCall(state.gilOwner, state.time)
    case .marker: mark(event, state)
    case .counter:
      sink.counter(names.string(event.markerName) ?? "counter", isBytes: false, event.time, event.counterValue)
    default: break
    }
    if state.time >= nextCounter, event.kind != .callBegin { count(state) }
  }

  mutating func finish(_ state: borrowing ReplayState) {
    if state.gilOwner != 0, state.time > holdBegin {
      meet(state.gilOwner)
      sink.slice(.gil, state.gilOwner, "GIL", holdBegin, state.time, [])
    }
    for (thread, open) in depth.sorted(by: { $0.key < $1.key }) {
      for _ in 0..<open { sink.endCall(thread, state.time) }
    }
    count(state)
  }

  /// A thread whose start is not in the trace.
  private mutating func meet(_ thread: UInt32) { if known.insert(thread).inserted { sink.thread(thread, "") } }

  private mutating func count(_ state: borrowing ReplayState) {
    nextCounter = state.time &+ counterStep
    sink.counter("live objects", isBytes: false, state.time, Int64(clamping: state.liveCount))
    sink.counter("live bytes", isBytes: true, state.time, Int64(clamping: state.liveBytes))
  }

  private mutating func acquire(_ event: Event, _ state: borrowing ReplayState) {
    meet(event.lockThread)
    let waited = min(event.blockedNanoseconds, event.time)
    if waited > 0 {
      let lock = state.locks[event.lock]
      let place = lock.flatMap { names.place(ofSite: $0.site) }
      sink.slice(
        event.lock == 0 ? .gilWaits : .lockWaits, event.lockThread,
        event.lock == 0 ? "GIL" : "\(lock?.kindName ?? "lock") \(lock?.number ?? 0)", event.time - waited, event.time,
        place.map { [("created at", .text($0))] } ?? [])
    }
    if event.lock == 0 { holdBegin = event.time }
  }

  private mutating func endPass(_ event: Event) {
    guard event.time >= passBegin.time else { return }
    passNumber += 1
    sink.pass(
      "generation \(event.generation)", passBegin.time, event.time,
      [
        ("pass", .integer(UInt64(passNumber))), ("reason", .text("\(passBegin.reason)")),
        ("examined", .integer(UInt64(event.examined))), ("collected", .integer(UInt64(event.collected))),
        ("live before", .integer(passBegin.live)),
      ])
  }

  private mutating func mark(_ event: Event, _ state: borrowing ReplayState) {
    meet(state.gilOwner)
    sink.mark(state.gilOwner, names.string(event.markerName) ?? "marker", event.time)
  }
}

enum Spans {
  /// Tells `sink` about the streams of `sessions`, or a part of them, one process each. Returns what is missing.
  static func run<Sink: SpanSink>(
    _ sessions: [TraceSession], _ part: TracePart, _ sink: inout Sink
  ) throws(ReplayError) -> LossLedger {
    var losses = LossLedger()
    var mistake: ReplayError?
    var told = 0
    for session in sessions {
      sink.beginProcess(session.stream + 1, processName(session))
      // All threads first: a thread waits for the GIL before it can say that it has started.
      var threads: Set<UInt32> = []
      let starts = try EventStream(session, kinds: KindSet([.threadStart]))
      while let event = try starts.next() {
        guard threads.insert(event.startedThread).inserted else { continue }
        sink.thread(event.startedThread, session.definitions.string(event.threadName) ?? "")
      }
      var visitor = SpanVisitor(sink, session, threads)
      do throws(ReplayError) {
        let state = try session.replay(from: part.from, until: part.to, visitor: &visitor)
        visitor.finish(state)
        sink = visitor.sink
        told += 1
        for entry in state.losses.entries { losses.add(entry) }
      } catch {
        // A child process need not have a 7th pass; that none has it is a mistake.
        guard case .noSuchMoment = error else { throw error }
        mistake = mistake ?? error
      }
    }
    if told == 0, let mistake { throw mistake }
    return losses
  }

  private static func processName(_ session: TraceSession) -> String {
    let name = session.file.header.program.split(separator: "/").last.map { String($0) } ?? "program"
    return session.stream == 0 ? name : "\(name), fork \(session.stream)"
  }
}
