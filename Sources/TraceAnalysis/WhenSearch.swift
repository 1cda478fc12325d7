// Finds the moments at which a predicate becomes true. With an index only the chunks are decoded in which it can, each part from the checkpoint
// before it; passes are in the index itself.

import TraceModel
import TraceReplay

/// Which moments are wanted.
public enum WhenChoice: String, Sendable, CaseIterable { case first, each, last }

public struct WhenAnswer: Sendable {
  public let moments: [WhenMoment]
  /// Moments in all; with `first` and `last` only those that had to be looked at.
  public let count: Int
  /// Events decoded for the answer, and events of the part that was searched.
  public let decoded: UInt64
  public let searched: UInt64
  public let isComplete: Bool
  public let losses: LossLedger
  public let threads: [ThreadState]
}

extension TraceSession {
  /// Types that a name in a predicate means: qualified names, or those without their module.
  private func types(named name: String) -> Set<UInt32> {
    Set(
      definitions.types.indices.map { UInt32($0) }.filter {
        definitions.typeName($0) == name || definitions.plainTypeName($0) == name
      })
  }

  /// Whether the trace has the type that the predicate names, if it names one.
  public func hasType(of predicate: Predicate) -> Bool {
    predicate.typeName.map { !types(named: $0).isEmpty } ?? true
  }

  /// Searches from one moment to another. At most `kept` moments are returned. A type that the trace does not have has no objects.
  public func when(
    _ predicate: Predicate, _ choice: WhenChoice, from: TimePoint = .start, until point: TimePoint = .end, kept: Int
  ) throws(ReplayError) -> WhenAnswer {
    let (begin, end) = (try event(at: from), try event(at: point))
    guard begin <= end else { throw partEndsFirst(from, point) }
    var search = WhenSearch(
      session: self, predicate: predicate, types: predicate.typeName.map { types(named: $0) }, begin: begin, end: end)
    return try search.run(choice, kept: kept, isWhole: from == .start && point == .end)
  }
}

private struct WhenSearch {
  let session: TraceSession
  let predicate: Predicate
  let types: Set<UInt32>?
  /// First event, and the one behind the last, that are searched.
  let begin: UInt64
  let end: UInt64
  private var decoded: UInt64 = 0
  private var isComplete = true
  private var losses = LossLedger()
  private var threads: [ThreadState] = []

  init(session: TraceSession, predicate: Predicate, types: Set<UInt32>?, begin: UInt64, end: UInt64) {
    (self.session, self.predicate, self.types, self.begin, self.end) = (session, predicate, types, begin, end)
    losses = session.fileLosses
    isComplete = losses.isEmpty
  }

  /// A stretch that one replay goes through: from its checkpoint to the end of the last chunk that has to be looked at.
  private struct Stretch {
    let begin: UInt64
    /// Ends of its chunks that have to be looked at, ascending.
    var ends: [UInt64]
  }

  mutating func run(_ choice: WhenChoice, kept: Int, isWhole: Bool) throws(ReplayError) -> WhenAnswer {
    if isWhole, case .pause(let generation) = predicate.measure, let passes = indexedPasses {
      return answer(passes, generation, choice, kept)
    }
    var moments: [WhenMoment] = []
    var count = 0
    let stretches = self.stretches
    for stretch in choice == .last ? stretches.reversed() : stretches {
      let found = try search(stretch, choice, kept: max(1, kept - moments.count))
      count += found.count
      if choice == .each {
        moments += found.moments.prefix(max(0, kept - moments.count))
      } else if let moment = found.moments.first {
        moments = [moment]
        break
      }
    }
    return answer(moments, count)
  }

  private func answer(_ moments: [WhenMoment], _ count: Int) -> WhenAnswer {
    WhenAnswer(
      moments: moments, count: count, decoded: decoded, searched: end > begin ? end - begin : 0, isComplete: isComplete,
      losses: losses, threads: threads)
  }

  /// Replays one stretch.
  private mutating func search(
    _ stretch: Stretch, _ choice: WhenChoice, kept: Int
  ) throws(ReplayError) -> (moments: [WhenMoment], count: Int) {
    var run = try session.run(before: max(stretch.begin, min(begin, end)))
    let decodedFrom = run.state.eventNumber
    var visitor = WhenVisitor(
      predicate, types: types, typeCount: session.definitions.types.count, kept: kept, keepsLast: choice == .last)
    var nobody = NoVisitor()
    // Where the checkpoint cannot be used the run began further back, with what other stretches have.
    try run.advance(before: max(begin, stretch.begin), &nobody)
    visitor.tellsBegin = stretch.begin <= begin
    visitor.begin(run.state)
    for end in stretch.ends {
      try run.advance(before: min(end, self.end), &visitor)
      visitor.settle(run.state)
      if choice == .first, visitor.count > 0 { break }
    }
    decoded &+= run.state.eventNumber &- decodedFrom
    threads = run.state.threads.count > threads.count ? run.state.threads : threads
    if !run.state.isComplete {
      isComplete = false
      losses = run.state.losses
    }
    _ = run.finish()
    return (visitor.moments, visitor.count)
  }

  /// The chunks that have to be looked at, by the checkpoint before them.
  private var stretches: [Stretch] {
    let chunks = session.file.chunks.filter { $0.kind == .events && $0.stream == session.stream }
    let starts = [0] + (session.index?.checkpointEvents ?? [])
    let bounds = self.bounds
    var found: [Stretch] = []
    var start = 0
    var isFirst = true
    for chunk in chunks {
      let chunkEnd = chunk.firstSequence + UInt64(chunk.eventCount)
      guard chunkEnd > begin, chunk.firstSequence < end else { continue }
      // What holds from the begin on is found in the first chunk, whatever its bounds are.
      let mustLook = isFirst || bounds?[chunk.sequence].map { canBecomeTrue($0) } ?? true
      isFirst = false
      guard mustLook else { continue }
      while start + 1 < starts.count, starts[start + 1] <= max(begin, chunk.firstSequence) { start += 1 }
      if let last = found.indices.last, found[last].begin == starts[start] {
        found[last].ends.append(chunkEnd)
      } else {
        found.append(Stretch(begin: starts[start], ends: [chunkEnd]))
      }
    }
    return found
  }

  private func canBecomeTrue(_ bounds: Bounds) -> Bool {
    guard predicate.mayHold(bounds.least, bounds.most) else { return false }
    // A level becomes true where it was not. An end may be one of several, of which the longest is known.
    return predicate.measure.isLevel
      ? predicate.mayFail(bounds.least, bounds.most) : true
  }

  /// Bounds of the measure by chunk; nil without an index. A chunk that has none has to be looked at.
  private var bounds: [UInt32: Bounds]? {
    guard let index = session.index, let rows = index.chunks else { return nil }
    func each(_ value: (ChunkBounds) -> Bounds) -> [UInt32: Bounds] {
      Dictionary(rows.map { ($0.chunk, value($0)) }, uniquingKeysWith: { first, _ in first })
    }
    switch predicate.measure {
    case .live(nil): return each(\.live)
    case .bytes(nil): return each(\.bytes)
    case .live: return typeBounds(index, rows, \.live)
    case .bytes: return typeBounds(index, rows, \.bytes)
    // The bounds are of the lock for which most wait; one of several may have fewer at any time.
    case .waiting(let lock): return each { lock == nil ? $0.waiting : Bounds(0, $0.waiting.most) }
    case .waitForGIL: return each { Bounds(0, $0.longestGILWait) }
    case .waitForLock: return each { Bounds(0, $0.longestLockWait) }
    case .pause: return nil
    }
  }

  /// Sums over the types that count. A type that a chunk does not name has the value that it had after the last chunk that did, which lies
  /// between that chunk's bounds.
  private func typeBounds(
    _ index: CheckpointIndex, _ chunks: [ChunkBounds], _ part: KeyPath<TypeBounds, Bounds>
  ) -> [UInt32: Bounds]? {
    guard let rows = index.types, let types else { return nil }
    var now: [UInt32: Bounds] = [:]
    var found: [UInt32: Bounds] = [:]
    var place = 0
    for chunk in chunks {
      while place < rows.count, rows[place].chunk <= chunk.chunk {
        if types.contains(rows[place].type) { now[rows[place].type] = rows[place][keyPath: part] }
        place += 1
      }
      let sum = now.values.reduce((UInt64(0), UInt64(0))) { ($0.0 &+ $1.least, $0.1 &+ $1.most) }
      found[chunk.chunk] = Bounds(sum.0, sum.1)
    }
    return found
  }

  /// All passes of the stream, where the index covers all of its chunks.
  private var indexedPasses: [PassRow]? {
    guard let index = session.index, let rows = index.chunks, let passes = index.passes else { return nil }
    let known = Set(rows.map(\.chunk))
    let isWhole = session.file.chunks.allSatisfy {
      $0.kind != .events || $0.stream != session.stream || known.contains($0.sequence)
    }
    return isWhole ? passes : nil
  }

  private func answer(_ passes: [PassRow], _ generation: Int?, _ choice: WhenChoice, _ kept: Int) -> WhenAnswer {
    let found = passes.filter {
      (generation == nil || generation == $0.generation) && predicate.holds($0.pauseNanoseconds)
    }
    let chosen: [PassRow] =
      switch choice {
      case .first: Array(found.prefix(1))
      case .last: Array(found.suffix(1))
      case .each: Array(found.prefix(kept))
      }
    return answer(
      chosen.map {
        WhenMoment(
          event: $0.endEvent, time: $0.endTime, value: $0.pauseNanoseconds, thread: 0,
          cause: .pass(
            generation: $0.generation, reason: $0.reason, examined: $0.examined, collected: $0.collected))
      }, found.count)
  }
}
