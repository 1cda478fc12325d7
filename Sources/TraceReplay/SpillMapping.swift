// Large tables of a replay in mapped memory: anonymous, or, where memory is limited, of a file without a name, whose pages can leave memory and
// come back from the file.

import Glibc

/// A limit of resident memory, and where what is above it goes.
///
/// Safe: one thread uses it at a time; the buffer is its own.
@safe public final class MemoryLimit {
  public let bytes: Int
  public let directory: String
  /// What is above it is given back: the limit, or more where that cannot be kept.
  private var threshold: Int
  private let statistics: Int32
  private let pageBytes = sysconf(Int32(_SC_PAGESIZE))
  /// What may leave memory: the mappings that were made under this limit.
  private var mappings: [UInt: Int] = [:]
  /// Room above what cannot be given back, below which giving back would be all that is done.
  private static let leastRoom = 16 << 20
  /// Smallest limit that is taken.
  public static let least = 16 << 20

  /// `directory` nil: TMPDIR, or /var/tmp, which is on a disk where /tmp may be memory.
  public init(bytes: Int, directory: String? = nil) {
    self.bytes = bytes
    threshold = bytes
    let named = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    self.directory = directory ?? (named.isEmpty ? "/var/tmp" : named)
    statistics = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
  }

  deinit { if statistics >= 0 { close(statistics) } }

  /// Bytes of the process in memory; nil where the system does not say.
  private var resident: Int? {
    var text: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
    return unsafe withUnsafeMutableBytes(of: &text) { buffer in
      let count = unsafe pread(statistics, buffer.baseAddress, buffer.count, 0)
      guard count > 0 else { return nil }
      // Pages in all, a blank, pages in memory, a blank, ...
      let words = unsafe buffer[..<count].split(separator: UInt8(ascii: " "))
      guard unsafe words.count > 1 else { return nil }
      let pages = unsafe words[1].reduce(0) { $0 &* 10 &+ Int($1 &- 48) }
      return pages &* pageBytes
    }
  }

  /// Lets all mappings leave memory when more is in use than there may be; they come back as they are touched. To be called now and then: costs a
  /// read of a few bytes.
  public func relieve() {
    guard let before = resident, before > threshold else { return }
    for (base, bytes) in mappings {
      _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: base), bytes, MADV_DONTNEED)
    }
    if let after = resident { threshold = max(bytes, after + Self.leastRoom) }
  }

  fileprivate func add(_ base: UnsafeMutableRawPointer, _ bytes: Int) { mappings[UInt(bitPattern: base)] = bytes }
  fileprivate func remove(_ base: UnsafeMutableRawPointer) { mappings[UInt(bitPattern: base)] = nil }
}

/// A mapping that is all zero at first.
///
/// Safe: `base` has `bytes` bytes until `unmap`, which its owner calls once.
@safe public struct SpillMapping {
  public let base: UnsafeMutableRawPointer
  public let bytes: Int
  private let limit: MemoryLimit?

  /// Nil when the system refuses.
  public init?(bytes: Int, limit: MemoryLimit?) {
    self.bytes = bytes
    self.limit = limit
    guard let found = unsafe limit.map({ unsafe Self.ofFile(bytes, $0.directory) }) ?? Self.anonymous(bytes) else {
      return nil
    }
    unsafe base = found
    unsafe limit?.add(found, bytes)
  }

  /// Address space for `most` elements of `stride` bytes or, where the system refuses, for fewer, but at least `least`.
  public static func largest(
    _ most: Int, least: Int, stride: Int, limit: MemoryLimit?
  ) -> (mapping: SpillMapping, count: Int)? {
    var count = most
    while count >= least {
      if let mapping = SpillMapping(bytes: count * stride, limit: limit) { return (mapping, count) }
      count /= 4
    }
    return nil
  }

  private static func anonymous(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let flags = Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
    guard let mapping = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe mapping != MAP_FAILED
    else { return nil }
    return unsafe mapping
  }

  /// Of a file that has no name and goes with the process.
  private static func ofFile(_ bytes: Int, _ directory: String) -> UnsafeMutableRawPointer? {
    var path = Array("\(directory)/exuvia-spill-XXXXXX".utf8CString)
    let descriptor = unsafe mkstemp(&path)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    unsafe unlink(path)
    guard ftruncate(descriptor, off_t(bytes)) == 0,
      let mapping = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      unsafe mapping != MAP_FAILED
    else { return nil }
    // Neighbours of a page are as likely to be asked for as any others.
    _ = unsafe madvise(mapping, bytes, MADV_RANDOM)
    return unsafe mapping
  }

  /// Asks for large pages for the first `used` bytes, which save most of the faults where what is used stands close together; a refusal does no
  /// harm.
  func useLargePages(_ used: Int) {
    if limit == nil { _ = unsafe madvise(base, min(used, bytes), MADV_HUGEPAGE) }
  }

  /// Refuses large pages, for what is touched here and there.
  func useSmallPages() { _ = unsafe madvise(base, bytes, MADV_NOHUGEPAGE) }

  public func unmap() {
    unsafe limit?.remove(base)
    _ = unsafe munmap(base, bytes)
  }
}
