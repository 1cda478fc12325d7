// Files of tests: a folder of one's own, and whole files in and out.

import Glibc

/// A folder that goes with everything in it when nobody has it any more.
public final class TestFolder: Sendable {
  public let path: String

  public init() {
    var template = Array("/tmp/exuvia-test-XXXXXX".utf8CString)
    let isMade = mkdtemp(&template) != nil
    path = isMade ? String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) : "/nonexistent"
  }

  deinit {
    for name in names { unlink(file(name)) }
    rmdir(path)
  }

  /// Names of what is in it, sorted.
  public var names: [String] { TestFiles.names(path) }
  public func file(_ name: String) -> String { path + "/" + name }
  public func has(_ name: String) -> Bool { access(file(name), F_OK) == 0 }
}

public enum TestFiles {
  /// The repository's folder, from this file's place in it.
  public static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  /// Names of what is in a folder, sorted.
  public static func names(_ folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var found: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { found.append(name) }
    }
    return found.sorted()
  }

  /// The bytes of a file; none when there is no such file.
  public static func read(_ path: String) -> [UInt8] {
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

  public static func write(_ bytes: [UInt8], to path: String) {
    let file = fopen(path, "w")
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }
}
