// The one error of the trace format, with all its wordings. Lost or torn data is no error: it goes to
// `TraceFile.losses`.

/// What went wrong with a trace file, where, and what to do next.
public struct TraceError: Error, Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// The operating system refused (errno).
    case system(Int32)
    /// The output exists already.
    case exists
    /// The device or the quota is full.
    case noSpace
    /// No trace at all.
    case notATrace
    /// A trace of a future major version.
    case futureVersion
    /// The file header is cut short.
    case tornHeader
    /// Bytes that a check or a limit refuses.
    case corrupt
    /// The text form has a mistake (offset is the line number).
    case syntax
    /// A caller's mistake, for example a chunk larger than a limit.
    case misuse
  }

  public let kind: Kind
  /// Byte offset in the file; for `.syntax` the line number.
  public let offset: UInt64
  /// The file's path, as given.
  public let path: String
  /// What was found and what was expected, without position or remedy.
  public let found: String

  public init(_ kind: Kind, path: String = "", offset: UInt64 = 0, _ found: String) {
    self.kind = kind
    self.path = path
    self.offset = offset
    self.found = found
  }

  /// The same error, said of a file and a place in it.
  func located(path: String, offset: UInt64) -> TraceError {
    TraceError(kind, path: path, offset: offset, found)
  }

  /// What to do next.
  public var remedy: String {
    switch kind {
    case .system: "check the path and its permissions"
    case .exists: "pass --force to overwrite it, or choose another name"
    case .noSpace: "free some space; what was written before stays readable"
    case .notATrace: "give a file that `exuvia record` wrote"
    case .futureVersion: "use a newer exuvia to read this file"
    case .tornHeader: "the recording died before its header was written; record again"
    case .corrupt: "`exuvia repair` salvages the chunks before and after the damage"
    case .syntax: "correct the line; `exuvia events` prints the form that is expected"
    case .misuse: "this is a mistake in the program that calls the trace format"
    }
  }

  /// One line: file, place, finding, remedy.
  public var message: String {
    switch kind {
    case .system, .exists, .noSpace, .misuse: "\(path): \(found); \(remedy)"
    case .syntax: "\(path):\(offset): \(found); \(remedy)"
    default: "\(path): \(found) at offset \(offset); \(remedy)"
    }
  }
}

extension TraceError: CustomStringConvertible {
  public var description: String { message }
}
