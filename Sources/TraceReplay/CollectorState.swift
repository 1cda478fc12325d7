// The collector's pass as the events leave it, and the sums over passes.

import TraceModel

public struct CollectorState: Sendable {
  public var isInPass = false
  public var generation = 0
  public var reason = CollectReason.automatic
  public var startTime: UInt64 = 0
  public var startEvent: UInt64 = 0
  /// Slots of the pass's unreachable set, resurrected ones included (their cell's flag is cleared).
  public internal(set) var unreachable: [UInt32] = []
  public var resurrectedCount = 0
  /// Deaths inside the pass, whatever their cause.
  public var deaths: UInt64 = 0
  /// Members of the unreachable set that died by reference count: their finalizers took the cycle apart, or they died as parts of others.
  public internal(set) var unreachableByRefcount = 0
  /// Passes that have begun, and the number of the last one (from 1) that took in generation 1 as well.
  public internal(set) var begunCount: UInt32 = 0
  public internal(set) var lastOldPass: UInt32 = 0
  /// Passes that have ended; by generation.
  public var passCount: UInt64 = 0
  public var passesByGeneration: [UInt64] = [0, 0, 0]
  /// Number of the event that ended the last pass; nil where that was before the checkpoint that a replay began at.
  var lastEndEvent: UInt64?

  mutating func begin(_ event: Event, number: UInt64) {
    isInPass = true
    begunCount &+= 1
    generation = event.generation
    if generation > 0 { lastOldPass = begunCount }
    reason = event.collectReason
    startTime = event.time
    startEvent = number
    unreachable.removeAll(keepingCapacity: true)
    resurrectedCount = 0
    unreachableByRefcount = 0
    deaths = 0
  }

  mutating func end(_ event: Event, number: UInt64) {
    isInPass = false
    lastEndEvent = number
    passCount += 1
    if event.generation < passesByGeneration.count { passesByGeneration[event.generation] += 1 }
  }
}

// Generations. A pass of generation g moves what it does not find to be trash from g and below to g + 1, or leaves it in 2. So an object's
// generation follows from the passes that began since it was tracked, and no list has to be kept.
extension CollectorState {
  /// The generation, now, of a container that is tracked since `trackedPass` passes had begun.
  public func generation(ofTrackedPass trackedPass: UInt32) -> Int {
    lastOldPass > trackedPass ? 2 : begunCount > trackedPass ? 1 : 0
  }
}
