// Opens a trace for reading. Bounds-checks everything; no byte sequence makes it crash, hang or allocate beyond `Limits`.

import TraceModel

public final class TraceFile {
  public enum State: Sendable, Equatable {
    /// Ended cleanly.
    case closed(ProgramEnd)
    /// The recording was killed, or is still going on; the text says how the file ends.
    case unclosed(reason: String)
  }

  public let path: String
  public let header: TraceHeader
  public let state: State
  /// All chunks in file order, index and unknown chunks included, then what the ring file still holds (layout `raw`, `ringTail` set).
  public let chunks: [ChunkInfo]
  public let losses: [TraceLoss]

  public init(path: String) throws(TraceError) {
    throw TraceError(.misuse, path: path, "the reader does not read yet")
  }

  /// Decodes the chunk `chunks[index]` (kind definitions or events) into `batch`. Checks checksum, limits and every record.
  /// May be called from several threads, each with its own batch.
  public func decode(chunk index: Int, into batch: inout EventBatch) throws(TraceError) {
    throw TraceError(.misuse, path: path, "the reader does not read yet")
  }

  /// All definitions of the file, decoded at the first call.
  public func definitions() throws(TraceError) -> Definitions {
    throw TraceError(.misuse, path: path, "the reader does not read yet")
  }
}
