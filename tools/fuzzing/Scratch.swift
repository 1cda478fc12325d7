// Where the targets of `tools/fuzz` put the files that the reader opens: a folder in memory, one for each process.

import Glibc

enum Scratch {
  static let folder: String = {
    var template = Array("/dev/shm/exuvia-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("no folder in /dev/shm: errno \(errno)") }
    atexit { Scratch.remove() }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()

  static func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// Writes `bytes` to a file of this name, which is made once and overwritten.
  static func write(_ bytes: [UInt8], as name: String) -> String {
    let path = path(name)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { fatalError("cannot write \(path): errno \(errno)") }
    defer { close(descriptor) }
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { fatalError("cannot write \(path)") }
    return path
  }

  static func read(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { fatalError("cannot read \(path): errno \(errno)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// The file that `tools/fuzz` names in the environment.
  static func given(_ variable: String) -> String {
    guard let text = getenv(variable) else { fatalError("\(variable) is not set; run tools/fuzz") }
    return String(cString: text)
  }

  private static func remove() {
    for name in ["trace.exv", "trace.exv.index", "again.exv"] { unlink(path(name)) }
    rmdir(folder)
  }
}
