// What happened when: a run cut into columns of equal time, with the living, the threads' hold of the GIL and their waits, and the passes
// in each. Live figures stand at the exact times around them; holds, waits and pauses are cut at the columns' borders exactly.

import TraceModel
import TraceReplay

public struct TimelineColumn: Sendable {
  public var events: UInt64 = 0
  /// Largest figures within the column.
  public var live: UInt64 = 0
  public var liveBytes: UInt64 = 0
  public var passes: [UInt64] = [0, 0, 0]
  public var pauseNanoseconds: [UInt64] = [0, 0, 0]
}

/// A thread's nanoseconds by column.
public struct ThreadTrack: Sendable {
  public var holds: [UInt64]
  public var waits: [UInt64]
  public var blocks: [UInt64]
  public var holdSum: UInt64 = 0
  public var waitSum: UInt64 = 0
  public var blockSum: UInt64 = 0

  init(_ count: Int) {
    holds = .init(repeating: 0, count: count)
    waits = holds
    blocks = holds
  }
}

public struct Timeline: Sendable {
  /// Threads with a track of their own; a trace that names more is not honest.
  static let threadsMax = 1 << 16
  public let begin: UInt64
  public let columnNanoseconds: UInt64
  public internal(set) var columns: [TimelineColumn]
  /// By thread id; nil where there is no such thread.
  public internal(set) var threads: [ThreadTrack?] = []
  public internal(set) var peakLive: UInt64 = 0
  public internal(set) var peakBytes: UInt64 = 0
}

public struct TimelineVisitor: EventVisitor {
  public private(set) var result: Timeline
  private var column = 0
  private var holdStart: UInt64 = 0
  private var passStart: UInt64 = 0
  private var blockStart: [UInt32: UInt64] = [:]
  /// Events before the first of the column.
  private var columnEvents: UInt64 = 0
  /// What had happened before the part that is looked at.
  public private(set) var base: Totals?

  /// `end` is the last time that the trace knows.
  public init(columns: Int, begin: UInt64, end: UInt64) {
    let count = max(1, columns)
    let span = end > begin ? end - begin : 1
    let width = max(1, (span + UInt64(count) - 1) / UInt64(count))
    result = Timeline(
      begin: begin, columnNanoseconds: width, columns: .init(repeating: TimelineColumn(), count: count))
  }

  /// What is under way where the part begins counts from there.
  public mutating func begin(_ state: borrowing ReplayState) {
    columnEvents = state.records.events
    guard state.eventNumber > 0 else { return }
    base = Totals(state)
    (holdStart, passStart) = (result.begin, result.begin)
    for (thread, row) in state.threads.enumerated() where row.blockingCall != nil {
      blockStart[UInt32(thread)] = result.begin
    }
    result.columns[0].live = state.liveCount
    result.columns[0].liveBytes = state.liveBytes
  }

  /// What takes and drops references is counted by the numbers of events.
  public var watched: WatchedKinds { .allBut([.incref, .decref, .store, .fill, .track, .untrack, .dealloc]) }

  public mutating func visit(_ event: Event, _ state: borrowing ReplayState) {
    switch event.kind {
    case .alloc, .allocLarge, .resize:
      if state.liveCount > result.columns[column].live { result.columns[column].live = state.liveCount }
      if state.liveBytes > result.columns[column].liveBytes { result.columns[column].liveBytes = state.liveBytes }
    case .lockAcquire: acquire(event)
    case .lockRelease:
      if event.lock == 0, state.gilOwner == event.lockThread {
        add(event.lockThread, \.holds, \.holdSum, holdStart, event.time)
      }
    case .blockingBegin: blockStart[state.gilOwner] = event.time
    case .blockingEnd:
      if let start = blockStart.removeValue(forKey: state.gilOwner) {
        add(state.gilOwner, \.blocks, \.blockSum, start, event.time)
      }
    case .collectBegin: passStart = event.time
    case .collectEnd: pass(event)
    default: break
    }
    if TimedKinds.shared.contains(event.kind) { advance(to: event.time, state) }
  }

  /// Closes what is open at the end.
  public mutating func finish(_ state: borrowing ReplayState) {
    countEvents(state.records.events)
    if state.gilOwner != 0 { add(state.gilOwner, \.holds, \.holdSum, holdStart, state.time) }
    result.peakLive = state.peakLive
    result.peakBytes = state.peakBytes
  }

  private func index(_ time: UInt64) -> Int {
    guard time > result.begin else { return 0 }
    return min(Int(min((time - result.begin) / result.columnNanoseconds, 1 << 40)), result.columns.count - 1)
  }

  private mutating func advance(to time: UInt64, _ state: borrowing ReplayState) {
    let next = index(time)
    guard next > column else { return }
    // The event itself, which is not applied yet, belongs to the column that ends.
    countEvents(state.records.events + 1)
    // What lives stays alive through columns without events.
    for passed in column + 1...next {
      result.columns[passed].live = max(result.columns[passed].live, state.liveCount)
      result.columns[passed].liveBytes = max(result.columns[passed].liveBytes, state.liveBytes)
    }
    column = next
  }

  private mutating func countEvents(_ now: UInt64) {
    result.columns[column].events += now - columnEvents
    columnEvents = now
  }

  private mutating func acquire(_ event: Event) {
    let waited = min(event.blockedNanoseconds, event.time &- min(result.begin, event.time))
    if waited > 0 { add(event.lockThread, \.waits, \.waitSum, event.time - waited, event.time) }
    if event.lock == 0 { holdStart = event.time }
  }

  private mutating func pass(_ event: Event) {
    guard event.generation < 3 else { return }
    result.columns[index(passStart)].passes[event.generation] += 1
    spread(passStart, event.time) { $0.columns[$1].pauseNanoseconds[event.generation] &+= $2 }
  }

  private mutating func add(
    _ thread: UInt32, _ track: WritableKeyPath<ThreadTrack, [UInt64]>, _ sum: WritableKeyPath<ThreadTrack, UInt64>,
    _ start: UInt64, _ end: UInt64
  ) {
    guard end > start, thread < Timeline.threadsMax else { return }
    while result.threads.count <= Int(thread) { result.threads.append(nil) }
    if result.threads[Int(thread)] == nil { result.threads[Int(thread)] = ThreadTrack(result.columns.count) }
    result.threads[Int(thread)]?[keyPath: sum] &+= end - start
    spread(start, end) { $0.threads[Int(thread)]?[keyPath: track][$1] &+= $2 }
  }

  /// Cuts an interval at the columns' borders.
  private mutating func spread(_ start: UInt64, _ end: UInt64, _ put: (inout Timeline, Int, UInt64) -> Void) {
    guard end > start else { return }
    for place in index(start)...index(end) {
      let columnBegin = result.begin + UInt64(place) * result.columnNanoseconds
      let low = max(start, columnBegin)
      let high = min(end, columnBegin + result.columnNanoseconds)
      if high > low { put(&result, place, high - low) }
    }
  }
}

extension TraceSession {
  /// The last time of the stream that chunk headers know.
  public var lastTime: UInt64 {
    file.chunks.filter { $0.kind == .events && $0.stream == stream }.map(\.lastTime).max() ?? 0
  }

  /// The exact time as of a moment.
  public func time(of point: TimePoint) throws(ReplayError) -> UInt64 {
    switch point {
    case .start: 0
    case .end: lastTime
    case .time(let nanoseconds): min(nanoseconds, lastTime)
    case .programEnd, .event, .pass, .marker: try replay(until: point).time
    }
  }

  /// The run, or a part of it, in `columns` columns of equal time.
  public func timeline(
    columns: Int, from: TimePoint = .start, until point: TimePoint = .end
  ) throws(ReplayError) -> (timeline: Timeline, totals: Totals) {
    var visitor = TimelineVisitor(columns: columns, begin: try time(of: from), end: try time(of: point))
    let state = try replay(from: from, until: point, visitor: &visitor)
    visitor.finish(state)
    let totals = Totals(state)
    return (visitor.result, visitor.base.map { totals.since($0) } ?? totals)
  }
}
