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

  /// Calls `giveBack` when more memory is in use than there may be.
  func keep(_ giveBack: () -> Void) {
    guard let before = resident, before > threshold else { return }
    giveBack()
    if let after = resident { threshold = max(bytes, after + Self.leastRoom) }
  }
}

/// A mapping that is all zero at first.
///
/// Safe: `base` has `bytes` bytes until `unmap`, which its owner calls once.
@safe struct SpillMapping {
  let base: UnsafeMutableRawPointer
  let bytes: Int
  private let isOfFile: Bool

  /// Nil when the system refuses.
  init?(bytes: Int, limit: MemoryLimit?) {
    self.bytes = bytes
    isOfFile = limit != nil
    guard let found = unsafe limit.map({ unsafe Self.ofFile(bytes, $0.directory) }) ?? Self.anonymous(bytes) else {
      return nil
    }
    unsafe base = found
  }

  private static func anonymous(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let flags = Int32(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
    guard let mapping = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe mapping != MAP_FAILED
    else { return nil }
    // What is used stands close together, so large pages save most of the faults; a refusal does no harm.
    _ = unsafe madvise(mapping, bytes, MADV_HUGEPAGE)
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

  /// Lets the first `used` bytes leave memory. They come back when they are asked for.
  func giveBack(_ used: Int) {
    if isOfFile { _ = unsafe madvise(base, min(used, bytes), MADV_DONTNEED) }
  }

  func unmap() { _ = unsafe munmap(base, bytes) }
}
