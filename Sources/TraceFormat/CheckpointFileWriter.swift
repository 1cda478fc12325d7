// Writes an index file: sections one after the other, then the directory, then the header, which makes the file one. It gets its name only
// when it is whole, so that nobody meets half of one.

import Glibc
import TraceModel

/// Safe: owns `buffer`.
@safe public final class CheckpointFileWriter {
  private let path: String
  private let partPath: String
  private let output: OutputFile
  private let print: TracePrint
  private let compressor = FrameCompressor(level: 1)
  private var sections: [CheckpointSection] = []
  private var buffer = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Bytes written so far.
  public var bytes: UInt64 { output.size }

  /// Begins the index file of `trace` at `path`, or beside it; what was there stays until `finish`.
  public init(for trace: TraceFile, path: String? = nil) throws(TraceError) {
    self.path = path ?? trace.path + CheckpointFile.suffix
    partPath = self.path + ".part"
    print = try TracePrint(trace.file)
    output = try OutputFile(path: partPath, force: true)
    try output.append([UInt8](repeating: 0, count: CheckpointFile.headerBytes))
  }

  deinit { unsafe buffer.deallocate() }

  /// Appends a section with its body, of at most `Limits.sectionBytesMax` bytes.
  public func append(_ section: CheckpointSection, _ body: UnsafeRawBufferPointer) throws(TraceError) {
    guard body.count <= Limits.sectionBytesMax, sections.count < Limits.sectionsMax else {
      throw TraceError(.misuse, path: path, "a section of \(body.count) bytes, or one more than \(sections.count)")
    }
    var section = section
    section.offset = output.size
    section.rawSize = UInt32(body.count)
    let bound = FrameCompressor.bound(body.count)
    if unsafe buffer.count < bound {
      unsafe buffer.deallocate()
      unsafe buffer = .allocate(byteCount: bound, alignment: 16)
    }
    var stored = unsafe body
    if let count = unsafe compressor.compress(body, into: buffer), count < body.count {
      unsafe stored = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      section.codec = 1
    }
    section.storedSize = UInt32(stored.count)
    section.check = unsafe Checksum.check(stored)
    try unsafe output.append(stored)
    sections.append(section)
  }

  /// Writes directory and header and gives the file its name.
  public func finish() throws(TraceError) {
    var directory = ByteWriter()
    for section in sections { section.append(to: &directory) }
    var header = ByteWriter()
    header.append(bytes: CheckpointFile.magic)
    header.append(CheckpointFile.version)
    header.append(UInt16(0))
    header.append(UInt32(sections.count))
    header.append(print.bytes)
    header.append(print.hash)
    header.append(output.size)
    unsafe header.append(directory.bytes.withUnsafeBytes { unsafe Checksum.check($0) })
    header.append(bytes: [UInt8](repeating: 0, count: CheckpointFile.headerBytes - header.bytes.count - 4))
    unsafe header.append(header.bytes.withUnsafeBytes { unsafe Checksum.check($0) })
    try output.append(directory.bytes)
    try output.overwrite(header.bytes)
    try output.close()
    guard unsafe rename(partPath, path) == 0 else { throw OutputFile.error(errno, path, "cannot name the index file") }
  }

  /// Gives the work up: nothing stays of it.
  public func abandon() { _ = unsafe unlink(partPath) }
}
