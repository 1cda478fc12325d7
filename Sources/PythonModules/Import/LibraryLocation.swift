// Where the pure-Python library of an installed CPython 3.13 lies. It is read, never written; without one, only native modules are there.
import Glibc

enum LibraryLocation {
  /// The folder with `os.py`, `threading.py` ...; nil: none found. `EXUVIA_LIBRARY` wins; empty, it means "none".
  static func find() -> String? {
    if let given = getenv("EXUVIA_LIBRARY") {
      let path = String(cString: given)
      return path.isEmpty ? nil : isLibrary(path) ? path : nil
    }
    for candidate in candidates() where isLibrary(candidate) { return candidate }
    return nil
  }

  private static func isLibrary(_ path: String) -> Bool {
    access(path + "/os.py", R_OK) == 0 && access(path + "/_collections_abc.py", R_OK) == 0
  }

  private static func candidates() -> [String] {
    var result: [String] = []
    // Beside each `python3.13` on the path.
    if let path = getenv("PATH") {
      for folder in String(cString: path).split(separator: ":") where access("\(folder)/python3.13", X_OK) == 0 {
        result.append(folder + "/../lib/python3.13")
      }
    }
    result += ["/usr/local/lib/python3.13", "/usr/lib/python3.13", "/opt/python3.13/lib/python3.13"]
    // Version managers keep one folder a version.
    if let home = getenv("HOME") {
      let versions = String(cString: home) + "/.pyenv/versions"
      for name in FileSystem.names(in: versions).sorted() where name.hasPrefix("3.13") {
        result.append("\(versions)/\(name)/lib/python3.13")
      }
    }
    return result
  }
}

/// The few questions that import asks of the file system.
enum FileSystem {
  static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  static func isFile(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
  }

  static func isFolder(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
  }

  /// The bytes of a file; nil and `errno` where it cannot be read.
  static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: buffer[..<count])
    }
  }
}
