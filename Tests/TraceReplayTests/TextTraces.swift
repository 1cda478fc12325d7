// Text traces as tests use them: found beside the sources, assembled into a temporary file, opened as a session.

import Glibc
import TraceFormat
import TraceReplay

enum TextTraces {
  /// The repository's folder, from this file's place in it.
  static let root: String = {
    let parts = #filePath.split(separator: "/")
    return "/" + parts.dropLast(3).joined(separator: "/")
  }()

  /// Paths of the `.txt` files of `folder`, sorted.
  static func files(_ folder: String) -> [String] {
    let path = "\(root)/\(folder)"
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".txt") { names.append("\(path)/\(name)") }
    }
    return names.sorted()
  }

  static func read(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Assembles the text and opens it; the file is gone as soon as it is open.
  static func session(_ text: [UInt8], name: String, stream: UInt32? = nil) throws -> TraceSession {
    var template = Array("/tmp/exuvia-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    if descriptor >= 0 { close(descriptor) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try TextReader.assemble(text, textPath: name, outputPath: path, force: true)
    defer { unlink(path) }
    return try TraceSession(path: path, stream: stream)
  }

  static func session(file path: String, stream: UInt32? = nil) throws -> TraceSession {
    let name = path.split(separator: "/").last.map { String($0.dropLast(4)) } ?? "text"
    return try session(read(path), name: name, stream: stream)
  }
}
