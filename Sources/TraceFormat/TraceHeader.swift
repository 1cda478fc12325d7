// The file header: how a trace was made. Byte layout: docs/FORMAT.md section 2; both directions are in
// TraceHeader+Bytes.swift.

import TraceModel

public struct TraceHeader: Sendable, Equatable {
  public enum Flags {
    /// Recorded with `--schedule`: no date, pid or path inside.
    public static let scheduled: UInt32 = 1
    /// Objects are 64-bit addresses of a stock CPython, not heap slots.
    public static let addresses: UInt32 = 2
    /// Events may be missing on purpose (modes drop and ring).
    public static let lossy: UInt32 = 4
  }
  public var versionMajor = Limits.versionMajor
  public var versionMinor = Limits.versionMinor
  public var flags: UInt32 = 0
  public var level = RecordingLevel.refs
  /// Wall clock of the start, nanoseconds since 1970; 0 when not told.
  public var startWallNanoseconds: UInt64 = 0
  /// Monotonic clock of the start.
  public var startMonotonicNanoseconds: UInt64 = 0
  public var pid: UInt32 = 0
  public var program = ""
  public var arguments: [String] = []
  /// Where the ring file is or was; empty when there is none.
  public var ringPath = ""
  /// Name and version of the runtime that was recorded.
  public var runtime = ""
  /// Where the pure-Python library came from.
  public var library = ""
  public init() {}
}
