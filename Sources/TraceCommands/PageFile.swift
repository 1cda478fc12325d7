// A file that an answer is written to, when it is not standard output: never over another one unasked, and never half of it in silence.

import ArgumentParser
import Glibc

/// Owns the descriptor. What cannot be written is told by `close`.
final class PageFile {
  private let path: String
  private let descriptor: Int32
  private var failure: Int32 = 0

  /// Ends with code 2 when the file exists and `force` is not given, 3 when it cannot be made.
  init(_ path: String, force: Bool) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), 0o644)
    guard descriptor < 0 else { return }
    let code = errno
    if code == EEXIST {
      AnalysisOutput.note("\(path): the file exists; choose another name or give --force")
      throw AnalysisOutput.usage
    }
    AnalysisOutput.note("\(path): cannot be made: \(String(cString: strerror(code)))")
    throw AnalysisOutput.unreadable
  }

  func append(_ bytes: borrowing [UInt8]) {
    guard failure == 0 else { return }
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty, failure == 0 {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { failure = errno }
      }
    }
  }

  /// Ends with code 3 when something could not be written.
  func close() throws {
    if Glibc.close(descriptor) != 0, failure == 0 { failure = errno }
    guard failure != 0 else { return }
    AnalysisOutput.note(
      "\(path): cannot be written: \(String(cString: strerror(failure))); free some space or choose another place")
    throw AnalysisOutput.unreadable
  }
}
