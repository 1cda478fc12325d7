// Paths: status, folders, links, removal.
import CRuntimeSupport
import Glibc
import PythonRuntime

enum PosixPaths {
  static var functions: [NativeMethod] {
    [
      NativeMethod("stat", .keywords) { t, _, a in
        guard
          let given = parseArguments(
            t, a, function: "stat", names: ["path", "dir_fd", "follow_symlinks"], required: 1, maxPositional: 1),
          let path = given[0]
        else { return nil }
        return status(t, path, follows: given[2].map { isTrue(t, $0) != 0 } ?? true, "stat")
      },
      NativeMethod("lstat", .keywords) { t, _, a in
        guard
          let given = parseArguments(
            t, a, function: "lstat", names: ["path", "dir_fd"], required: 1, maxPositional: 1),
          let path = given[0]
        else { return nil }
        return status(t, path, follows: false, "lstat")
      },
      NativeMethod("fstat", .oneArgument) { t, _, a in status(t, a[0], follows: true, "fstat") },
      NativeMethod("access", .keywords) { t, _, a in
        guard
          let given = parseArguments(
            t, a, function: "access", names: ["path", "mode", "dir_fd", "effective_ids", "follow_symlinks"], required: 2
          ),
          let object = given[0], let path = PosixModule.path(t, object, "access"), let modeObject = given[1],
          let mode = intValue(t, modeObject)
        else { return nil }
        return makeBool(Glibc.access(path, Int32(truncatingIfNeeded: mode)) == 0)
      },
      NativeMethod("getcwd", .noArguments) { t, _, _ in
        guard let bytes = currentFolder(t) else { return nil }
        return makeString(fileSystem: bytes)
      },
      NativeMethod("getcwdb", .noArguments) { t, _, _ in
        guard let bytes = currentFolder(t) else { return nil }
        return makeBytes(bytes)
      },
      NativeMethod("chdir", .oneArgument) { t, _, a in
        guard let path = PosixModule.path(t, a[0], "chdir") else { return nil }
        return PosixModule.check(t, Glibc.chdir(path), path: a[0])
      },
      NativeMethod("rmdir", .oneArgument) { t, _, a in
        guard let path = PosixModule.path(t, a[0], "rmdir") else { return nil }
        return PosixModule.check(t, Glibc.rmdir(path), path: a[0])
      },
      NativeMethod("unlink", .keywords) { t, _, a in remove(t, a) },
      NativeMethod("remove", .keywords) { t, _, a in remove(t, a) },
      NativeMethod("mkdir", .keywords) { t, _, a in
        guard let given = parseArguments(t, a, function: "mkdir", names: ["path", "mode", "dir_fd"], required: 1),
          let object = given[0], let path = PosixModule.path(t, object, "mkdir")
        else { return nil }
        let mode = given[1].map { clampedIntValue($0) } ?? 0o777
        return PosixModule.check(t, Glibc.mkdir(path, mode_t(truncatingIfNeeded: mode)), path: object)
      },
      NativeMethod("rename", .keywords) { t, _, a in rename(t, a) },
      NativeMethod("replace", .keywords) { t, _, a in rename(t, a) },
      NativeMethod("listdir", .positional(0, 1), list),
      Scandir.function,
      NativeMethod("readlink", .oneArgument) { t, _, a in
        guard let path = PosixModule.path(t, a[0], "readlink") else { return nil }
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = Glibc.readlink(path, &buffer, 4096)
        guard count >= 0 else { return t.raiseOSError(errno: exuvia_errno(), path: a[0]) }
        return makeString(fileSystem: buffer[0..<count].map { UInt8(bitPattern: $0) })
      },
      NativeMethod("symlink", .keywords) { t, _, a in
        guard
          let v = parseArguments(
            t, a, function: "symlink", names: ["src", "dst", "target_is_directory", "dir_fd"], required: 2,
            maxPositional: 3), let source = v[0], let target = v[1], let from = PosixModule.path(t, source, "symlink"),
          let to = PosixModule.path(t, target, "symlink")
        else { return nil }
        return Glibc.symlink(from, to) == 0
          ? core.pointee.none : t.raiseOSError(errno: exuvia_errno(), path: source, path2: target)
      },
      NativeMethod("chmod", .keywords) { t, _, a in
        guard
          let v = parseArguments(
            t, a, function: "chmod", names: ["path", "mode", "dir_fd", "follow_symlinks"], required: 2,
            maxPositional: 2), let object = v[0], let given = v[1], let mode = intValue(t, given)
        else { return nil }
        let bits = mode_t(truncatingIfNeeded: mode)
        if object.isKind(.int) {
          return PosixModule.descriptor(t, object).flatMap { PosixModule.check(t, Glibc.fchmod($0, bits)) }
        }
        guard let path = PosixModule.path(t, object, "chmod") else { return nil }
        if let follows = v[3], isTrue(t, follows) == 0 {
          return PosixModule.check(t, Glibc.fchmodat(AT_FDCWD, path, bits, AT_SYMLINK_NOFOLLOW), path: object)
        }
        return PosixModule.check(t, Glibc.chmod(path, bits), path: object)
      },
      NativeMethod("fspath", .oneArgument) { t, _, a in
        if a[0].isKind(.str) || a[0].isKind(.bytes) { return a[0].retained() }
        guard let method = getAttribute(t, a[0].type.object, internString("__fspath__")) else {
          t.clearRaised()
          return t.raise(.TypeError, "expected str, bytes or os.PathLike object, not \(typeName(a[0]))")
        }
        defer { method.release() }
        return call1(t, method, a[0])
      },
    ]
  }

  private static func remove(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(t, a, function: "remove", names: ["path", "dir_fd"], required: 1, maxPositional: 1),
      let object = given[0], let path = PosixModule.path(t, object, "remove")
    else { return nil }
    return PosixModule.check(t, Glibc.unlink(path), path: object)
  }

  private static func rename(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let given = parseArguments(
        t, a, function: "rename", names: ["src", "dst", "src_dir_fd", "dst_dir_fd"], required: 2),
      let from = given[0], let to = given[1], let old = PosixModule.path(t, from, "rename"),
      let new = PosixModule.path(t, to, "rename")
    else { return nil }
    return Glibc.rename(old, new) == 0
      ? core.pointee.none : t.raiseOSError(errno: exuvia_errno(), path: from, path2: to)
  }

  private static func currentFolder(_ t: ThreadState) -> [UInt8]? {
    guard let text = Glibc.getcwd(nil, 0) else {
      t.raiseOSError(errno: exuvia_errno())
      return nil
    }
    defer { free(text) }
    return [UInt8](UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }

  private static func list(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    let object = a.optional(0).flatMap { $0 == core.pointee.none ? nil : $0 }
    let path: [CChar]
    if let object {
      guard let given = PosixModule.path(t, object, "listdir") else { return nil }
      path = given
    } else {
      path = [0x2E, 0]
    }
    guard let folder = opendir(path) else { return t.raiseOSError(errno: exuvia_errno(), path: object) }
    defer { closedir(folder) }
    let wantsBytes = object?.isKind(.bytes) ?? false
    var names: [Object] = []
    while let entry = readdir(folder) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if bytes == [0x2E] || bytes == [0x2E, 0x2E] { continue }
      names.append(wantsBytes ? makeBytes(bytes) : makeString(fileSystem: bytes))
    }
    return makeList(names)
  }

  // MARK: - stat

  static func status(
    _ t: ThreadState, _ target: Object, follows: Bool, _ function: String, in folder: Int32 = AT_FDCWD
  ) -> Object? {
    var status = Glibc.stat()
    let result: Int32
    var shown: Object? = target
    if target.isKind(.int) {
      guard let descriptor = PosixModule.descriptor(t, target) else { return nil }
      result = fstat(descriptor, &status)
      shown = nil
    } else {
      guard let path = PosixModule.path(t, target, function) else { return nil }
      result = fstatat(folder, path, &status, follows ? 0 : AT_SYMLINK_NOFOLLOW)
    }
    guard result == 0 else { return t.raiseOSError(errno: exuvia_errno(), path: shown) }
    guard let type = PosixModule.statType else { return nil }
    let times = [status.st_atim, status.st_mtim, status.st_ctim]
    let plain = [
      Int(status.st_mode), Int(status.st_ino), Int(status.st_dev), Int(status.st_nlink), Int(status.st_uid),
      Int(status.st_gid), Int(status.st_size),
    ]
    return StructSequence.make(
      t, type,
      plain.map { makeInt($0) } + times.map { makeInt($0.tv_sec) }
        + times.map { makeFloat(Double($0.tv_sec) + Double($0.tv_nsec) / 1e9) }
        + times.map { makeInt($0.tv_sec * 1_000_000_000 + $0.tv_nsec) }
        + [Int(status.st_blksize), Int(status.st_blocks), Int(status.st_rdev)].map { makeInt($0) })
  }
}
