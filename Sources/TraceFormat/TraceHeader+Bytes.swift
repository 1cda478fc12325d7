// The file header's bytes, both directions.
//
//     0   8  magic 89 45 58 56 0D 0A 1A 0A ("\x89EXV\r\n\x1a\n": text-mode damage shows at once)
//     8   2  major version         10  2  minor version
//     12  4  bytes of the whole header, this field, strings and check included
//     16  4  flags                 20  1  recording level     21  3  zero
//     24  8  wall clock            32  8  monotonic clock     40  4  pid
//     44  4  number of strings, then for each: 2 key, 4 length, bytes in UTF-8
//     last 4 check: low 32 bits of XXH64 of everything before it
//
// Keys: 1 program, 2 argument (repeats, in order), 3 ring path, 4 runtime, 5 library. A reader skips keys that it does
// not know.

import TraceModel

extension TraceHeader {
  static let magic: [UInt8] = [0x89, 0x45, 0x58, 0x56, 0x0D, 0x0A, 0x1A, 0x0A]
  static let fixedBytes = 48

  private enum Key {
    static let program: UInt16 = 1
    static let argument: UInt16 = 2
    static let ringPath: UInt16 = 3
    static let runtime: UInt16 = 4
    static let library: UInt16 = 5
  }

  func encoded() -> [UInt8] {
    var strings: [(UInt16, String)] = []
    if !program.isEmpty { strings.append((Key.program, program)) }
    for argument in arguments { strings.append((Key.argument, argument)) }
    if !ringPath.isEmpty { strings.append((Key.ringPath, ringPath)) }
    if !runtime.isEmpty { strings.append((Key.runtime, runtime)) }
    if !library.isEmpty { strings.append((Key.library, library)) }
    let size = strings.reduce(Self.fixedBytes + 4) { $0 + 6 + $1.1.utf8.count }
    var writer = ByteWriter()
    writer.append(bytes: Self.magic)
    writer.append(versionMajor)
    writer.append(versionMinor)
    writer.append(UInt32(size))
    writer.append(flags)
    writer.append(UInt32(level.rawValue))
    writer.append(startWallNanoseconds)
    writer.append(startMonotonicNanoseconds)
    writer.append(pid)
    writer.append(UInt32(strings.count))
    for (key, text) in strings {
      writer.append(key)
      writer.append(UInt32(text.utf8.count))
      writer.append(bytes: text.utf8)
    }
    unsafe writer.append(writer.bytes.withUnsafeBytes { unsafe Checksum.check($0) })
    return writer.bytes
  }

  /// Size of the whole header, from its fixed part; refuses what is no trace, of a future version, or beyond the limit.
  static func size(fixed bytes: UnsafeRawBufferPointer, fileSize: UInt64) throws(TraceError) -> Int {
    let common = min(bytes.count, magic.count)
    guard common > 0 else { throw TraceError(.tornHeader, "found an empty file") }
    for index in 0..<common where unsafe bytes[index] != magic[index] {
      throw TraceError(.notATrace, "found no trace signature")
    }
    var reader = unsafe ByteReader(bytes)
    guard unsafe reader.read(count: 8) != nil, let major = reader.read(UInt16.self) else {
      throw TraceError(.tornHeader, "the file header is cut short")
    }
    guard major <= Limits.versionMajor else {
      throw TraceError(.futureVersion, "found format version \(major), this program reads up to \(Limits.versionMajor)")
    }
    guard reader.read(UInt16.self) != nil, let size = reader.read(UInt32.self), bytes.count >= fixedBytes else {
      throw TraceError(.tornHeader, "the file header is cut short")
    }
    guard size >= fixedBytes + 4, size <= Limits.headerBytesMax else {
      throw TraceError(.corrupt, "the file header says that it has \(size) bytes")
    }
    guard UInt64(size) <= fileSize else { throw TraceError(.tornHeader, "the file header is cut short") }
    return Int(size)
  }

  /// Parses a whole header, of the size that `size(fixed:fileSize:)` told.
  init(bytes: UnsafeRawBufferPointer) throws(TraceError) {
    let body = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 4)])
    let check = unsafe bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)
    guard unsafe Checksum.check(body) == UInt32(littleEndian: check) else {
      throw TraceError(.corrupt, "the file header's check does not match")
    }
    var reader = unsafe ByteReader(body)
    _ = unsafe reader.read(count: 8)
    guard let major = reader.read(UInt16.self), let minor = reader.read(UInt16.self), reader.read(UInt32.self) != nil,
      let flags = reader.read(UInt32.self), let level = reader.read(UInt32.self), let wall = reader.read(UInt64.self),
      let monotonic = reader.read(UInt64.self), let pid = reader.read(UInt32.self), let count = reader.read(UInt32.self)
    else { throw TraceError(.corrupt, "the file header is too short") }
    versionMajor = major
    versionMinor = minor
    self.flags = flags
    self.level = RecordingLevel(rawValue: UInt8(truncatingIfNeeded: level)) ?? .all
    startWallNanoseconds = wall
    startMonotonicNanoseconds = monotonic
    self.pid = pid
    for _ in 0..<count {
      guard let key = reader.read(UInt16.self), let length = reader.read(UInt32.self),
        let text = unsafe reader.read(count: Int(length))
      else { throw TraceError(.corrupt, "a string of the file header is cut short") }
      unsafe set(key, String(decoding: text, as: UTF8.self))
    }
  }

  private mutating func set(_ key: UInt16, _ text: String) {
    switch key {
    case Key.program: program = text
    case Key.argument: arguments.append(text)
    case Key.ringPath: ringPath = text
    case Key.runtime: runtime = text
    case Key.library: library = text
    default: break
    }
  }
}
