// What a recording is asked to do, and what can go wrong before the program runs.

import EventRing
import TraceFormat
import TraceModel

public struct RecorderOptions: Sendable {
  /// The trace to write.
  public var output: String
  /// Whether an existing trace or ring file is overwritten.
  public var force = false
  /// Directory of the ring files; nil: beside the trace.
  public var ringDirectory: String?
  public var ringCapacity = RingLayout.capacityDefault
  public var detail = RecordingLevel.refs
  public var mode = RingMode.block
  /// Most bytes of the trace; in mode `ring` the bytes of records that are kept. Nil: no limit, `keptBytesDefault` in mode `ring`.
  public var limit: UInt64?
  /// The executable and its arguments, the executable's name first.
  public var executable: String
  public var arguments: [String]
  /// For the trace's header.
  public var programName = ""
  public var programArguments: [String] = []
  public var runtimeName = ""

  /// What mode `ring` keeps unless told.
  public static let keptBytesDefault: UInt64 = 64 << 20

  public init(output: String, executable: String, arguments: [String]) {
    self.output = output
    self.executable = executable
    self.arguments = arguments
  }

  /// The root ring's path.
  public var ringPath: String {
    guard let ringDirectory else { return output + ".ring" }
    let name = output.split(separator: "/").last.map(String.init) ?? output
    return ringDirectory + "/" + name + ".ring"
  }
}

/// Why nothing was recorded. The program did not run.
public enum RecorderError: Error, CustomStringConvertible {
  case outputExists(String)
  case busy(ring: String, pid: UInt32)
  case ring(RingError)
  case trace(TraceError)
  case cannotCreate(String, reason: String)
  case cannotStart(String, reason: String)

  public var description: String {
    switch self {
    case .outputExists(let path): "\(path) exists; pass --force to overwrite it, or choose another name with -o"
    case .busy(let ring, let pid):
      "\(ring) is in use by a recording that is running (process \(pid)); choose another name"
    case .ring(let error): error.description
    case .trace(let error): error.message
    case .cannotCreate(let path, let reason): "\(path) cannot be created: \(reason); choose another place with -o"
    case .cannotStart(let path, let reason): "cannot start \(path): \(reason)"
    }
  }
}
