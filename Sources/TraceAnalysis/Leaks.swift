// Leaks: populations that grow without end, grouped by what keeps them. Two replays: one for how populations grew, one with links up to the
// moment at which they were largest.
//
// 1. Candidates are populations with endless growth (LeakCandidates, GrowthCurve).
// 2. For a sample of each population's members the path from a root is walked; its first member of any candidate is the one that accumulates,
//    what comes after it are parts. `Order` in a list takes its numbers and texts with it: they grow along, and are named as such.
// 3. What accumulates in the same place (keys and values of one dict) is one leak. It is named by the type that says most: one of the
//    program, or a suspended generator; else the nearest such type that each member of a wrapper (a bound method, a tuple) holds; else the
//    most bytes.

import TraceModel
import TraceReplay

/// One growing population, with what grows along.
public struct Leak: Sendable {
  public let type: String
  /// Function that allocates the members; for generators the function whose body they are.
  public let allocatedIn: String
  /// `file:function:line` of the site with most members.
  public let place: String?
  /// Members at the end of the growth, which is the end of the part looked at unless `isGoneAtEnd`.
  public let live: UInt64
  public let liveBytes: UInt64
  /// What was added between the begin and the end of the growth.
  public let growth: UInt64
  /// Nil when the collector made no pass meanwhile.
  public let growthPerPass: Double?
  /// Named steps from the root; empty when the trace has no stores.
  public let retainedBy: [String]
  /// Types that grow along as parts, with their live members, most bytes first.
  public let growsWith: [(type: String, live: UInt64)]
  /// All bytes of the leak with its parts.
  public let bytesWithParts: UInt64
  /// Whether the members were gone when the program ended: they hung on a frame.
  public let isGoneAtEnd: Bool
  public let certainty: Certainty
}

/// What `leaks` answers.
public struct LeakReport: Sendable {
  public let leaks: [Leak]
  public let losses: LossLedger
  public let passes: UInt64
}

extension TraceSession {
  /// Finds what grows without end, in the run or in a part of it.
  public func leaks(
    from: TimePoint = .start, until point: TimePoint = .programEnd
  ) throws(ReplayError) -> LeakReport {
    let places = ProgramPlaces(names: definitions)
    var visitor = PopulationVisitor(names: definitions, places: places)
    let (losses, passes) = try measureGrowth(from, point, &visitor)
    let history = visitor.history
    let candidates = LeakCandidates(history, names: definitions, places: places).find()
    guard !candidates.isEmpty else { return LeakReport(leaks: [], losses: losses, passes: passes) }
    let withLinks = level.includes(.links)
    // Most candidates share their moment; one that is not there then is left to a trace of its own.
    let moment =
      candidates[0].curve.last == history.samples.count - 1
      ? point : .event(history.samples[candidates[0].curve.last].event)
    let state = try replay(until: moment, withLinks: withLinks)
    let finder = LeakGroups(
      candidates: candidates, history: history, names: definitions, places: places, isComplete: state.isComplete)
    return LeakReport(
      leaks: try finder.find(state, withLinks: withLinks), losses: state.losses, passes: passes)
  }

  /// The first replay. Its state, which is as large as the heap, is gone before the next begins.
  private func measureGrowth(
    _ from: TimePoint, _ point: TimePoint, _ visitor: inout PopulationVisitor
  ) throws(ReplayError) -> (losses: LossLedger, passes: UInt64) {
    let end = try replay(from: from, until: point, visitor: &visitor)
    visitor.finish(end)
    return (end.losses, end.collector.passCount)
  }
}
