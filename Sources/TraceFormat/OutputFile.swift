// A file that is only appended to. Turns errno into `TraceError`; a write that fails half-way is taken back.

import Glibc

/// Sets disk space aside at the end of an open file without making the file longer: descriptor, offset and count in; 0 or an error number out.
public typealias SpaceReserver = (_ descriptor: Int32, _ offset: UInt64, _ count: Int) -> Int32

/// Owns the descriptor.
final class OutputFile {
  let path: String
  private var descriptor: Int32
  private(set) var size: UInt64 = 0
  /// Nil when nobody can, or the file system cannot.
  private var reserver: SpaceReserver?

  init(path: String, force: Bool, reserver: SpaceReserver? = nil) throws(TraceError) {
    self.path = path
    self.reserver = reserver
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL)
    descriptor = unsafe open(path, flags, 0o644)
    if descriptor < 0 {
      let code = errno
      if code == EEXIST { throw TraceError(.exists, path: path, "the file exists") }
      throw Self.error(code, path, "cannot create the file")
    }
  }

  deinit {
    if descriptor >= 0 { Glibc.close(descriptor) }
  }

  /// Appends all bytes or, on an error, none. `reserve` bytes behind them are set aside for a later append that asks for no reserve: on a full
  /// disk the file can still be closed.
  func append(_ bytes: UnsafeRawBufferPointer, reserve: Int = 0) throws(TraceError) {
    guard let base = bytes.baseAddress else { return }
    if reserve > 0 { try setAside(bytes.count + reserve) }
    var done = 0
    while done < bytes.count {
      let count = unsafe pwrite(descriptor, base + done, bytes.count - done, off_t(size) + off_t(done))
      if count < 0 {
        let code = errno
        if code == EINTR { continue }
        truncate(to: size)
        throw Self.error(code, path, "cannot write")
      }
      done += count
    }
    size += UInt64(bytes.count)
  }

  func append(_ bytes: [UInt8], reserve: Int = 0) throws(TraceError) {
    // N.B. typed throws do not pass through `withUnsafeBytes` of an array; hence the result.
    let outcome: Result<Void, TraceError> = unsafe bytes.withUnsafeBytes { buffer in
      do throws(TraceError) { return unsafe .success(try append(buffer, reserve: reserve)) } catch {
        return .failure(error)
      }
    }
    try outcome.get()
  }

  /// Writes over the file's first bytes.
  func overwrite(_ bytes: [UInt8]) throws(TraceError) {
    let count = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    guard count == bytes.count else { throw Self.error(count < 0 ? errno : ENOSPC, path, "cannot write") }
  }

  /// Makes sure that the disk has room for `count` bytes at the end.
  private func setAside(_ count: Int) throws(TraceError) {
    while let reserver {
      switch reserver(descriptor, size, count) {
      case 0: return
      case EINTR: continue
      case let code where code == ENOSPC || code == EDQUOT || code == EFBIG:
        throw Self.error(code, path, "cannot write")
      default:
        // A pipe, or a file system that cannot: then no reserve is kept.
        self.reserver = nil
      }
    }
  }

  /// Cuts the file to `size` bytes, of which all were written before. A failure to cut leaves a torn tail, which
  /// readers allow for.
  func truncate(to size: UInt64) {
    while ftruncate(descriptor, off_t(size)) != 0, errno == EINTR {}
    self.size = size
  }

  func close() throws(TraceError) {
    guard descriptor >= 0 else { return }
    // Gives back what was set aside.
    if reserver != nil { truncate(to: size) }
    let result = Glibc.close(descriptor)
    let code = errno
    descriptor = -1
    if result != 0, code != EINTR { throw Self.error(code, path, "cannot finish the file") }
  }

  static func error(_ code: Int32, _ path: String, _ what: String) -> TraceError {
    let text = unsafe String(cString: strerror(code))
    let isFull = code == ENOSPC || code == EDQUOT || code == EFBIG
    return TraceError(isFull ? .noSpace : .system(code), path: path, "\(what): \(text)")
  }
}
