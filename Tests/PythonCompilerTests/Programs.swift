// The programs beside the tests: their texts, and what our compiler makes of them.

import Glibc
import PythonBytecode
import PythonCompiler
import PythonSyntax

enum Programs {
  static let folder: String = {
    let parts = #filePath.split(separator: "/")
    return "/" + parts.dropLast().joined(separator: "/") + "/Programs"
  }()

  /// Without their endings, sorted.
  static let names: [String] = {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".py") { names.append(String(name.dropLast(3))) }
    }
    return names.sorted()
  }()

  static func read(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

  /// The code object of `NAME.py`, under that name.
  static func compile(_ name: String) throws -> Code {
    let fileName = "\(name).py"
    var warnings: [SyntaxWarning] = []
    return try Compiler.compile(
      module: try Parser.parseModule(bytes(fileName), fileName: fileName), fileName: fileName, warnings: &warnings)
  }

  private static func bytes(_ name: String) -> [UInt8] {
    guard let file = fopen("\(folder)/\(name)", "rb") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }
}
