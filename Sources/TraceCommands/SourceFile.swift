// What `ast` and `dis` share: the bytes of a source file, or a message and exit code 3.

import Glibc

enum SourceFile {
  /// - Parameters:
  ///   - path: `-` is standard input.
  ///   - hint: What to do when it cannot be read.
  static func bytes(of path: String, hint: String = "give a Python source file") throws -> [UInt8] {
    guard let source = path == "-" ? read(STDIN_FILENO) : read(path) else {
      AnalysisOutput.note("cannot read '\(path)': \(String(cString: strerror(errno))); \(hint)")
      throw AnalysisOutput.unreadable
    }
    return source
  }

  /// nil: `errno` says why.
  private static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    let result = read(descriptor)
    let code = errno
    close(descriptor)
    errno = code
    return result
  }

  private static func read(_ descriptor: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? bytes : nil }
      bytes += buffer[..<count]
    }
  }
}
