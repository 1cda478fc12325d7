// The index file `T.index` beside a trace `T`: sections of bytes that lead a question about a moment near it, each decoded alone. Here are the
// container and its reader; what the sections say is TraceReplay's. Normative text: docs/FORMAT.md, section 9.

import Glibc
import TraceModel

/// One section as the directory has it.
public struct CheckpointSection: Sendable, Equatable {
  /// What a section holds.
  public enum Kind: UInt32, Sendable, CaseIterable {
    /// The state of a stream at a chunk's begin, but its objects.
    case state = 1
    /// Some of the objects that live then, in order of slots; follow their state.
    case cells = 2
    /// Bounds of what happens in each chunk of events.
    case chunks = 3
    case passes = 4
    case markers = 5
    /// For each chunk of events the bounds of living objects by type.
    case types = 6
    /// Locks of a state, in order of creation; follow it.
    case locks = 7
  }

  public var kindValue: UInt32
  public var kind: Kind? { Kind(rawValue: kindValue) }
  public var stream: UInt32
  /// Number of the event that comes next, the last exact time, and the passes begun, where the section's state stands.
  public var event: UInt64
  public var time: UInt64
  public var passes: UInt64
  /// The number in the file of the chunk that comes next.
  public var chunk: UInt32
  /// Rows in the body.
  public var count: UInt32
  var offset: UInt64 = 0
  var storedSize: UInt32 = 0
  var rawSize: UInt32 = 0
  var check: UInt32 = 0
  /// 0 stored, 1 one zstd frame.
  var codec: UInt32 = 0

  public init(
    _ kind: Kind, stream: UInt32, event: UInt64, time: UInt64, passes: UInt64, chunk: UInt32, count: Int
  ) {
    kindValue = kind.rawValue
    self.stream = stream
    self.event = event
    self.time = time
    self.passes = passes
    self.chunk = chunk
    self.count = UInt32(clamping: count)
  }

  static let bytes = 64

  func append(to writer: inout ByteWriter) {
    writer.append(kindValue)
    writer.append(stream)
    writer.append(offset)
    for value in [storedSize, rawSize, check, codec] { writer.append(value) }
    for value in [event, time, passes] { writer.append(value) }
    writer.append(chunk)
    writer.append(count)
  }

  init?(_ reader: inout ByteReader) {
    guard let kind = reader.read(UInt32.self), let stream = reader.read(UInt32.self),
      let offset = reader.read(UInt64.self), let stored = reader.read(UInt32.self), let raw = reader.read(UInt32.self),
      let check = reader.read(UInt32.self), let codec = reader.read(UInt32.self), let event = reader.read(UInt64.self),
      let time = reader.read(UInt64.self), let passes = reader.read(UInt64.self), let chunk = reader.read(UInt32.self),
      let count = reader.read(UInt32.self)
    else { return nil }
    guard raw <= Limits.sectionBytesMax, stored <= Limits.sectionStoredBytesMax, codec <= 1 else { return nil }
    (kindValue, self.stream, self.offset, storedSize, rawSize) = (kind, stream, offset, stored, raw)
    (self.check, self.codec, self.event, self.time, self.passes) = (check, codec, event, time, passes)
    (self.chunk, self.count) = (chunk, count)
  }
}

/// Which trace, in which state, an index file was made from.
struct TracePrint: Equatable {
  let bytes: UInt64
  /// XXH64 of the trace's first and last `edgeBytes` bytes, one after the other.
  let hash: UInt64
  static let edgeBytes = 4096

  init(bytes: UInt64, hash: UInt64) { (self.bytes, self.hash) = (bytes, hash) }

  init(_ file: InputFile) throws(TraceError) {
    let edge = UInt64(Self.edgeBytes)
    var ends = try file.bytes(at: 0, count: Self.edgeBytes)
    ends += try file.bytes(at: file.size - min(edge, file.size), count: Self.edgeBytes)
    bytes = file.size
    hash = unsafe ends.withUnsafeBytes { unsafe Checksum.xxh64($0) }
  }
}

/// The sections of an index file. Safe to read from several threads.
public final class CheckpointFile: Sendable {
  public static let suffix = ".index"
  static let magic: [UInt8] = [0x89, 0x45, 0x58, 0x49, 0x0D, 0x0A, 0x1A, 0x0A]
  static let headerBytes = 64
  static let version: UInt16 = 1

  public let sections: [CheckpointSection]
  private let file: InputFile

  /// What lies beside a trace.
  public enum Finding: Sendable {
    case none
    /// The text says why it is of no use.
    case useless(String)
    case index(CheckpointFile)
  }

  /// Looks for the index file of `trace` at `path`, or beside it.
  public static func find(for trace: TraceFile, path: String? = nil) -> Finding {
    let path = path ?? trace.path + suffix
    guard unsafe access(path, F_OK) == 0 else { return .none }
    do {
      let file = try InputFile(path: path)
      let print = try TracePrint(trace.file)
      switch try read(file, of: print) {
      case .success(let sections): return .index(CheckpointFile(file, sections))
      case .failure(let refusal): return .useless("\(path): \(refusal.text)")
      }
    } catch {
      return .useless(error.message)
    }
  }

  private init(_ file: InputFile, _ sections: [CheckpointSection]) {
    self.file = file
    self.sections = sections
  }

  private struct Refusal: Error { let text: String }

  /// What a sound header of this version says.
  private struct Header {
    let count: Int
    let print: TracePrint
    let directoryOffset: UInt64
    let directoryCheck: UInt32

    /// Nil when the bytes are no header, or a damaged one.
    init?(_ bytes: UnsafeRawBufferPointer) {
      guard bytes.count == headerBytes, unsafe bytes.prefix(magic.count).elementsEqual(magic) else { return nil }
      let known = unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: headerBytes - 4, as: UInt32.self))
      guard unsafe Checksum.check(UnsafeRawBufferPointer(rebasing: bytes[..<(headerBytes - 4)])) == known else {
        return nil
      }
      var reader = unsafe ByteReader(bytes)
      guard reader.read(UInt64.self) != nil, reader.read(UInt16.self) == version, reader.read(UInt16.self) != nil,
        let count = reader.read(UInt32.self), let bytes = reader.read(UInt64.self), let hash = reader.read(UInt64.self),
        let place = reader.read(UInt64.self), let check = reader.read(UInt32.self)
      else { return nil }
      (self.count, print) = (Int(count), TracePrint(bytes: bytes, hash: hash))
      (directoryOffset, directoryCheck) = (place, check)
    }
  }

  private static func read(
    _ file: InputFile, of print: TracePrint
  ) throws(TraceError) -> Result<[CheckpointSection], Refusal> {
    let bytes = try file.bytes(at: 0, count: headerBytes)
    guard let header = unsafe bytes.withUnsafeBytes({ unsafe Header($0) }) else {
      return .failure(Refusal(text: "found no index file of version \(version)"))
    }
    guard header.print == print else { return .failure(Refusal(text: "it was made from another state of the trace")) }
    let size = header.count * CheckpointSection.bytes
    let place = header.directoryOffset
    guard header.count <= Limits.sectionsMax, place <= file.size, file.size - place >= UInt64(size) else {
      return .failure(Refusal(text: "it is cut short"))
    }
    let directory = try file.bytes(at: place, count: size)
    guard unsafe directory.withUnsafeBytes({ unsafe Checksum.check($0) }) == header.directoryCheck,
      let sections = unsafe directory.withUnsafeBytes({ unsafe parse($0, header.count, below: place) })
    else { return .failure(Refusal(text: "its directory is damaged")) }
    return .success(sections)
  }

  private static func parse(
    _ bytes: UnsafeRawBufferPointer, _ count: Int, below limit: UInt64
  ) -> [CheckpointSection]? {
    var reader = unsafe ByteReader(bytes)
    var sections: [CheckpointSection] = []
    for _ in 0..<count {
      guard let section = CheckpointSection(&reader), section.offset <= limit,
        limit - section.offset >= UInt64(section.storedSize)
      else { return nil }
      sections.append(section)
    }
    return sections
  }

  /// Calls `body` with a section's bytes; nil when they are damaged, or `body` refuses them.
  public func read<Result>(_ section: CheckpointSection, _ body: (UnsafeRawBufferPointer) -> Result?) -> Result? {
    let stored = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(section.storedSize), alignment: 16)
    defer { unsafe stored.deallocate() }
    guard let got = try? unsafe file.read(at: section.offset, into: stored), got == stored.count,
      unsafe Checksum.check(UnsafeRawBufferPointer(stored)) == section.check
    else { return nil }
    if section.codec == 0 {
      return section.storedSize == section.rawSize ? unsafe body(UnsafeRawBufferPointer(stored)) : nil
    }
    let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(section.rawSize), alignment: 16)
    defer { unsafe raw.deallocate() }
    guard unsafe FrameDecompressor().decompress(UnsafeRawBufferPointer(stored), into: raw) else { return nil }
    return unsafe body(UnsafeRawBufferPointer(raw))
  }
}
