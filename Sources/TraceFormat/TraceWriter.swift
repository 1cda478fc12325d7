// Writes a trace file: header, chunks, index, end marker. Used by the recorder's consumer and by `assemble`; knows nothing of rings but
// the positions it is told.

import TraceModel

/// How a recorded program ended.
public struct ProgramEnd: Sendable, Equatable {
  /// Exit status, or the signal's number.
  public var status: Int32 = 0
  public var wasSignalled = false
  public init(status: Int32, wasSignalled: Bool = false) {
    self.status = status
    self.wasSignalled = wasSignalled
  }
}

public final class TraceWriter {
  public let path: String
  public let header: TraceHeader

  /// Creates the file and writes its header. Refuses an existing file unless `force`.
  public init(path: String, header: TraceHeader, force: Bool = false) throws(TraceError) {
    throw TraceError(.misuse, path: path, "the writer does not write yet")
  }

  /// Encodes whole records and appends them: first a chunk of the definitions among them, when there are any, then a chunk of the
  /// events. `ringBegin`..<`ringEnd` are the ring positions (16-byte units) that the words fill. On error nothing of the call stays
  /// in the file. After it returns, the bytes are with the kernel, so the ring's tail may advance. At most
  /// `Limits.chunkRawBytesMax` bytes; `Limits.chunkRawBytesGoal` is best.
  public func appendChunk(
    stream: UInt32, ringBegin: UInt64, ringEnd: UInt64, words: UnsafeBufferPointer<UInt64>
  ) throws(TraceError) {
    throw TraceError(.misuse, path: path, "the writer does not write yet")
  }

  /// Writes an index chunk now; done by itself every `Limits.chunksPerIndex` chunks.
  public func writeIndex() throws(TraceError) {
    throw TraceError(.misuse, path: path, "the writer does not write yet")
  }

  /// Index, end marker, close.
  public func finish(_ end: ProgramEnd) throws(TraceError) {
    throw TraceError(.misuse, path: path, "the writer does not write yet")
  }

  /// Bytes in the file so far.
  public private(set) var bytesWritten: UInt64 = 0
}
