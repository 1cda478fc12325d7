// `stats gc --what-if`: one replay learns what the recording's collector did and when its trash became trash, the next drives models of the collector with
// the same births and deaths: one with the thresholds asked for, one with the recording's own, whose distance from what was recorded is the model's error.

import TraceModel
import TraceReplay

public struct WhatIfReport: Sendable {
  public let asked: CollectorThresholds
  /// The recording's thresholds, as its passes show them.
  public let recorded: CollectorThresholds
  /// By generation: what the model says for the thresholds asked for and for the recording's, and what was recorded.
  public let predicted: [ModelPasses]
  public let modelled: [ModelPasses]
  public let actual: [ModelPasses]
  /// Calls by which the program itself turned the collector on or off or set thresholds; the models follow them.
  public let settings: UInt64
  /// Whether references tell when trash became trash; else each object is taken to be trash from its birth on.
  public let knowsTrash: Bool

  public static func sum(_ rows: [ModelPasses]) -> ModelPasses {
    rows.reduce(into: ModelPasses()) {
      $0.passes += $1.passes
      $0.examined += $1.examined
    }
  }

  /// Least error that is stated: a birth or two may fall on the other side of a pass.
  private static let leastError = 0.005

  private static func distance(_ modelled: UInt64, _ actual: UInt64) -> Double {
    actual > 0 ? abs(Double(modelled) - Double(actual)) / Double(actual) : modelled > 0 ? 1 : 0
  }

  /// How far the number of passes may be off, of one: the model's distance from the recording, and at least one pass.
  public var passesError: Double {
    let (modelled, actual, sum) = (Self.sum(modelled).passes, Self.sum(actual).passes, Self.sum(predicted).passes)
    return max(Self.distance(modelled, actual), sum > 0 ? 1 / Double(sum) : 0, Self.leastError)
  }

  /// The same for the examined objects. What a pass of an older generation meets depends on the moment at which it falls: the fewer there are, the less
  /// is sure. The generations' errors are weighted by what they examine.
  public var examinedError: Double {
    let sum = Double(Self.sum(predicted).examined)
    guard sum > 0 else { return Self.leastError }
    let weighted = (0..<3).reduce(0.0) { total, generation in
      let chance = 1 / Double(predicted[generation].passes + 1)
      let error = max(Self.distance(modelled[generation].examined, actual[generation].examined), chance)
      return total + error * Double(predicted[generation].examined)
    }
    return max(weighted / sum, Self.leastError)
  }
}

extension TraceSession {
  /// What the collector would have done with other thresholds. Nil when the system gives no memory.
  public func whatIf(_ asked: CollectorThresholds) throws(ReplayError) -> WhatIfReport? {
    let hasLinks = level.includes(.links)
    guard var learning = LearningVisitor(definitions, hasLinks: hasLinks) else { return nil }
    _ = try replay(withLinks: hasLinks, visitor: &learning)
    let garbage = learning.garbage.sorted { $0.serial < $1.serial }
    let untracked = learning.untracked.sorted()
    let (start, recorded, delay) = (learning.start, learning.thresholds, learning.delay)
    func model(_ thresholds: CollectorThresholds) -> CollectorModel {
      CollectorModel(thresholds, delay: delay, start: start, lists: FreeListModel(definitions))
    }
    guard
      var visitor = ModelVisitor(
        model(asked), model(recorded), garbage, untracked: untracked, start, hasTracking: level.includes(.refs),
        definitions)
    else { return nil }
    _ = try replay(visitor: &visitor)
    return WhatIfReport(
      asked: asked, recorded: recorded, predicted: visitor.first.passes, modelled: visitor.second.passes,
      actual: learning.actual, settings: learning.settings, knowsTrash: level.includes(.refs))
  }
}
