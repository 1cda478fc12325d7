// What is missing from a trace, with causes. Losses are no errors: every answer that depends on missing events says so.

import TraceFormat
import TraceModel

/// One loss. `events` is nil when nobody knows how many.
public struct LossEntry: Sendable, Equatable {
  public let cause: String
  public let events: UInt64?
  /// Unit of `events`: events, or ring units of 16 bytes where the reader found a gap.
  public let unit: String
  /// Number of the event at which the loss stands; nil for a loss of the file as a whole.
  public let at: UInt64?
  public let explanation: String
}

public struct LossLedger: Sendable {
  public private(set) var entries: [LossEntry] = []
  /// Sum of losses by cause, for those beyond the ones kept one by one.
  public internal(set) var foldedCount = 0
  private static let entriesMax = 1000

  public init() {}

  public var isEmpty: Bool { entries.isEmpty }

  public mutating func add(_ entry: LossEntry) {
    if entries.count < Self.entriesMax { entries.append(entry) } else { foldedCount += 1 }
  }

  mutating func add(_ event: Event, number: UInt64) {
    add(
      LossEntry(
        cause: "\(event.lossCause)", events: event.lossCount, unit: "events", at: number,
        explanation: "the recorder lost \(event.lossCount) events (\(event.lossCause))"))
  }

  /// Takes over what the reader found in the file.
  public mutating func add(_ loss: TraceLoss) {
    let explanation =
      switch loss.cause {
      case .unclosed: "the recording did not end cleanly; what came after its last chunk is unknown"
      case .tornTail: "the last chunk is cut short"
      case .ringSequenceGap: "ring positions between two chunks are missing"
      }
    add(LossEntry(cause: "\(loss.cause)", events: loss.count, unit: "ring units", at: nil, explanation: explanation))
  }
}
