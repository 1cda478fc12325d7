// `posix`: the system calls that `os.py` and programs need. Files of this folder: descriptors, processes, paths.
import CRuntimeSupport
import Glibc
import PythonRuntime

public enum PosixModule {
  nonisolated(unsafe) static var statType: TypeObject?

  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "posix")
    statType = StructSequence.makeType(
      t, module: "os", name: "stat_result",
      fields: [
        "st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "_st_atime", "_st_mtime", "_st_ctime",
        "st_atime", "st_mtime", "st_ctime", "st_atime_ns", "st_mtime_ns", "st_ctime_ns", "st_blksize", "st_blocks",
        "st_rdev",
      ], visible: 10)
    if let statType { moduleSet(t, module, "stat_result", statType.object) }
    moduleSet(t, module, "error", exceptionType(.OSError).object)
    moduleSet(t, module, "environ", stealing: environment(t))
    for (name, value) in constants { moduleSet(t, module, name, stealing: makeInt(value)) }
    moduleSet(t, module, "_have_functions", stealing: makeList())
    moduleAddFunctions(t, module, PosixDescriptors.functions + PosixProcesses.functions + PosixPaths.functions)
    Scandir.install(t, module)
    PosixSystem.install(t, module)
    return module
  }

  private static let constants: [(String, Int)] = [
    ("O_RDONLY", Int(O_RDONLY)), ("O_WRONLY", Int(O_WRONLY)), ("O_RDWR", Int(O_RDWR)), ("O_APPEND", Int(O_APPEND)),
    ("O_CREAT", Int(O_CREAT)), ("O_EXCL", Int(O_EXCL)), ("O_TRUNC", Int(O_TRUNC)), ("O_NONBLOCK", Int(O_NONBLOCK)),
    ("O_CLOEXEC", Int(O_CLOEXEC)), ("O_DIRECTORY", Int(O_DIRECTORY)), ("O_NOFOLLOW", Int(O_NOFOLLOW)),
    ("O_SYNC", Int(O_SYNC)), ("F_OK", 0), ("R_OK", 4), ("W_OK", 2), ("X_OK", 1), ("SEEK_SET", 0), ("SEEK_CUR", 1),
    ("SEEK_END", 2), ("WNOHANG", Int(WNOHANG)), ("WUNTRACED", Int(WUNTRACED)), ("WCONTINUED", 8), ("EX_OK", 0),
    ("EX_USAGE", 64), ("EX_OSERR", 71), ("EX_IOERR", 74), ("NGROUPS_MAX", 65536), ("TMP_MAX", 238328), ("P_PID", 1),
    ("P_ALL", 0), ("PRIO_PROCESS", 0),
  ]

  private static func environment(_ t: ThreadState) -> Object {
    let dict = makeDict()
    guard let list = exuvia_environment() else { return dict }
    var i = 0
    while let entry = list[i] {
      i += 1
      let bytes = [UInt8](UnsafeRawBufferPointer(start: entry, count: strlen(entry)))
      guard let equals = bytes.dropFirst().firstIndex(of: 0x3D) else { continue }
      let key = makeBytes(Array(bytes[..<equals]))
      let value = makeBytes(Array(bytes[(equals + 1)...]))
      _ = dictSet(t, dict, key, value)
      key.release()
      value.release()
    }
    return dict
  }

  // MARK: - Arguments

  /// A path given as str, bytes or `__fspath__`, as a C string's bytes with the final zero. nil: an exception is set. `function`: for its message; nil where
  /// that names none.
  static func path(_ t: ThreadState, _ o: Object, _ function: String?) -> [CChar]? {
    var bytes: [UInt8]
    if o.isKind(.str) {
      bytes = fileSystemBytes(o)
    } else if o.isKind(.bytes) {
      bytes = Array(o.byteView)
    } else if let converted = callMethodIfPresent(t, o, "__fspath__") {
      defer { converted.release() }
      guard converted.isKind(.str) || converted.isKind(.bytes) else {
        t.raise(.TypeError, "expected \(typeName(o)).__fspath__() to return str or bytes, not \(typeName(converted))")
        return nil
      }
      return path(t, converted, function)
    } else {
      if !t.hasRaised {
        let wanted =
          function.map { "\($0): path should be string, bytes or os.PathLike" }
          ?? "expected str, bytes or os.PathLike object"
        t.raise(.TypeError, "\(wanted), not \(typeName(o))")
      }
      return nil
    }
    guard !bytes.contains(0) else {
      t.raise(.ValueError, "embedded null byte")
      return nil
    }
    bytes.append(0)
    return bytes.map { CChar(bitPattern: $0) }
  }

  /// The result of a method of the type, or nil: absent, or an exception is set.
  private static func callMethodIfPresent(_ t: ThreadState, _ o: Object, _ name: String) -> Object? {
    guard let method = getAttribute(t, o, internString(name)) else {
      if t.matches(.AttributeError) { t.clearRaised() }
      return nil
    }
    defer { method.release() }
    return call0(t, method)
  }

  static func descriptor(_ t: ThreadState, _ o: Object) -> Int32? {
    guard let value = intValue(t, o) else { return nil }
    return Int32(clamping: value)
  }

  /// None for success, OSError for -1.
  static func check(_ t: ThreadState, _ result: Int32, path: Object? = nil) -> Object? {
    if result >= 0 { return core.pointee.none }
    return t.raiseOSError(errno: exuvia_errno(), path: path)
  }
}
