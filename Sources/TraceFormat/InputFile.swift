// A file that is read by position. `pread`, not a mapping: a file that is cut while it is read is then an error and no
// SIGBUS.

import Glibc

/// Owns the descriptor. Several threads may read at once.
final class InputFile: Sendable {
  let path: String
  private let descriptor: Int32
  /// Size at the time of opening.
  let size: UInt64

  init(path: String) throws(TraceError) {
    self.path = path
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw OutputFile.error(errno, path, "cannot open the file") }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw OutputFile.error(errno, path, "cannot read the file") }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw TraceError(.notATrace, path: path, "found a directory")
    }
    size = UInt64(max(0, status.st_size))
  }

  deinit { close(descriptor) }

  /// Fills `buffer` from `offset` as far as the file goes; returns the bytes read.
  func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TraceError) -> Int {
    guard let base = buffer.baseAddress, let start = off_t(exactly: offset) else { return 0 }
    var done = 0
    while done < buffer.count {
      let count = unsafe pread(descriptor, base + done, buffer.count - done, start + off_t(done))
      if count < 0 {
        let code = errno
        if code == EINTR { continue }
        throw OutputFile.error(code, path, "cannot read the file")
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Exactly `count` bytes at `offset`, or as many as there are.
  func bytes(at offset: UInt64, count: Int) throws(TraceError) -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { unsafe buffer.deallocate() }
    let got = try unsafe read(at: offset, into: buffer)
    return unsafe Array(buffer[..<got])
  }
}
