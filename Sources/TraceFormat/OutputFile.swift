// A file that is only appended to. Turns errno into `TraceError`; a write that fails half-way is taken back.

import Glibc

/// Owns the descriptor.
final class OutputFile {
  let path: String
  private var descriptor: Int32
  private(set) var size: UInt64 = 0

  init(path: String, force: Bool) throws(TraceError) {
    self.path = path
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

  /// Appends all bytes or, on an error, none.
  func append(_ bytes: UnsafeRawBufferPointer) throws(TraceError) {
    guard let base = bytes.baseAddress else { return }
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

  func append(_ bytes: [UInt8]) throws(TraceError) {
    // N.B. typed throws do not pass through `withUnsafeBytes` of an array; hence the result.
    let outcome: Result<Void, TraceError> = unsafe bytes.withUnsafeBytes { buffer in
      do throws(TraceError) { return unsafe .success(try append(buffer)) } catch { return .failure(error) }
    }
    try outcome.get()
  }

  /// Cuts the file to `size` bytes, of which all were written before. A failure to cut leaves a torn tail, which
  /// readers allow for.
  func truncate(to size: UInt64) {
    while ftruncate(descriptor, off_t(size)) != 0, errno == EINTR {}
    self.size = size
  }

  func close() throws(TraceError) {
    guard descriptor >= 0 else { return }
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
