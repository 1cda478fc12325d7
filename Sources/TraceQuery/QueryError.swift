// Why a query gives no (further) answer. The texts are complete: what was found, and what to do next.

import TraceReplay

public enum QueryError: Error, Equatable {
  /// The statement is wrong, not allowed, or of no use: SQLite's or our own words.
  case statement(String)
  /// `--timeout` or `--memory` is used up.
  case limit(String)
  case replay(ReplayError)

  public var message: String {
    switch self {
    case .statement(let text), .limit(let text): text
    case .replay(let error): error.message
    }
  }
}

/// What a query may use.
public struct QueryLimits: Sendable {
  /// Nanoseconds from the start of the statement; nil for no limit.
  public var timeoutNanoseconds: UInt64?
  /// Bytes for SQLite's own memory and for the tables that a scan keeps, half each. What SQLite sorts beyond that goes to a temporary file.
  public var memoryBytes: UInt64 = 256 << 20
  public static let memoryBytesMin: UInt64 = 16 << 20

  public init() {}
}
