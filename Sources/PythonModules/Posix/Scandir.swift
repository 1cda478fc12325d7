// `os.scandir`: an iterator over a folder, and its entries.
import CRuntimeSupport
import Glibc
import PythonRuntime

struct ScandirLayout {
  var header: ObjectHeader
  /// nil: at the end or closed.
  var folder: OpaquePointer?
  /// The path as given, for `DirEntry.path`; nil: none was given.
  var path: Object?
  /// The folder by its number when a descriptor was given, else -1.
  var descriptor: Int32
}

struct EntryLayout {
  var header: ObjectHeader
  var name: Object?
  var path: Object?
  /// The results of `stat` and `lstat`, kept.
  var status: Object?
  var linkStatus: Object?
  var inode: UInt
  var descriptor: Int32
  /// `d_type`.
  var kind: UInt8
}

enum Scandir {
  static let iteratorType: TypeObject = makeBuiltinType(
    name: "ScandirIterator", module: "posix", layoutSize: MemoryLayout<ScandirLayout>.size, flags: []
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      close(o)
      take(&o.layout(ScandirLayout.self).pointee.path)
      freeInstance(o)
    }
    p.pointee.iter = UnaryFunction { _, o in o.retained() }
    p.pointee.next = UnaryFunction(next)
  }

  static let entryType: TypeObject = makeBuiltinType(
    name: "DirEntry", module: "posix", layoutSize: MemoryLayout<EntryLayout>.size, flags: []
  ) { p in
    p.pointee.dealloc = ObjectAction { o in
      let e = o.layout(EntryLayout.self)
      take(&e.pointee.name)
      take(&e.pointee.path)
      take(&e.pointee.status)
      take(&e.pointee.linkStatus)
      freeInstance(o)
    }
    p.pointee.repr = UnaryFunction { t, o in
      guard let name = o.layout(EntryLayout.self).pointee.name, let shown = reprString(t, name) else { return nil }
      return makeString("<DirEntry \(shown)>")
    }
  }

  static func install(_ t: ThreadState, _ module: Object) {
    readyType(t, iteratorType)
    readyType(t, entryType)
    addMethods(
      t, iteratorType,
      [
        NativeMethod("__enter__", .noArguments) { _, o, _ in o.retained() },
        NativeMethod("__exit__", .positional(0, -1)) { _, o, _ in
          close(o)
          return core.pointee.none
        },
        NativeMethod("close", .noArguments) { _, o, _ in
          close(o)
          return core.pointee.none
        },
      ])
    for (name, offset) in [("name", \EntryLayout.name), ("path", \EntryLayout.path)] {
      addMember(t, entryType, name, offset: MemoryLayout<EntryLayout>.offset(of: offset) ?? 0, readOnly: true)
    }
    addMethods(t, entryType, entryMethods + [GenericAlias.classGetItem])
    moduleSet(t, module, "DirEntry", entryType.object)
  }

  // MARK: The iterator

  static let function = NativeMethod("scandir", .keywords) { t, _, a in
    guard let given = parseArguments(t, a, function: "scandir", names: ["path"], required: 0) else { return nil }
    let target = given[0] == core.pointee.none ? nil : given[0]
    var descriptor: Int32 = -1
    let folder: OpaquePointer?
    if let target, target.isKind(.int) {
      guard let number = PosixModule.descriptor(t, target) else { return nil }
      descriptor = number
      // The stream closes its descriptor: it gets one of its own.
      let copy = dup(number)
      folder = copy < 0 ? nil : fdopendir(copy)
      if let folder { rewinddir(folder) } else if copy >= 0 { Glibc.close(copy) }
    } else if let target {
      guard let path = PosixModule.path(t, target, "scandir") else { return nil }
      folder = opendir(path)
    } else {
      folder = opendir(".")
    }
    guard let folder else { return t.raiseOSError(errno: exuvia_errno(), path: target) }
    let o = allocateZeroed(iteratorType)
    let p = o.layout(ScandirLayout.self)
    p.pointee.folder = folder
    p.pointee.descriptor = descriptor
    if descriptor < 0, let target {
      guard let path = asText(t, target) else {
        o.release()
        return nil
      }
      p.pointee.path = path
    }
    return o
  }

  /// A str or bytes as it is, anything else through `__fspath__`.
  private static func asText(_ t: ThreadState, _ target: Object) -> Object? {
    target.isKind(.str) || target.isKind(.bytes) ? target.retained() : callMethod(t, target, "__fspath__")
  }

  private static func close(_ o: Object) {
    let p = o.layout(ScandirLayout.self)
    guard let folder = p.pointee.folder else { return }
    p.pointee.folder = nil
    closedir(folder)
  }

  private static func next(_ t: ThreadState, _ o: Object) -> Object? {
    let p = o.layout(ScandirLayout.self)
    while let folder = p.pointee.folder {
      exuvia_set_errno(0)
      guard let entry = readdir(folder) else {
        let number = exuvia_errno()
        let path = p.pointee.path
        close(o)
        return number == 0 ? nil : t.raiseOSError(errno: number, path: path)
      }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if bytes == [0x2E] || bytes == [0x2E, 0x2E] { continue }
      let made = allocateZeroed(entryType)
      let e = made.layout(EntryLayout.self)
      e.pointee.inode = UInt(entry.pointee.d_ino)
      e.pointee.kind = entry.pointee.d_type
      e.pointee.descriptor = p.pointee.descriptor
      let isBytes = p.pointee.path?.isKind(.bytes) ?? false
      e.pointee.name = isBytes ? makeBytes(bytes) : makeString(fileSystem: bytes)
      e.pointee.path = joined(p.pointee.path, bytes, isBytes: isBytes, isNumber: p.pointee.descriptor >= 0)
      return made
    }
    return nil
  }

  private static func joined(_ folder: Object?, _ name: [UInt8], isBytes: Bool, isNumber: Bool) -> Object {
    if isNumber { return makeString(fileSystem: name) }
    var bytes: [UInt8] = folder.map { $0.isKind(.str) ? fileSystemBytes($0) : Array($0.byteView) } ?? [0x2E]
    if let last = bytes.last, last != 0x2F { bytes.append(0x2F) }
    bytes += name
    return isBytes ? makeBytes(bytes) : makeString(fileSystem: bytes)
  }

  // MARK: Entries

  private static func follows(_ t: ThreadState, _ a: Arguments, _ function: String) -> Bool? {
    guard
      let given = parseArguments(
        t, a, function: function, names: ["follow_symlinks"], required: 0, maxPositional: 0)
    else { return nil }
    guard let value = given[0] else { return true }
    let truth = isTrue(t, value)
    return truth < 0 ? nil : truth > 0
  }

  private static func status(_ t: ThreadState, _ o: Object, follows: Bool) -> Object? {
    let e = o.layout(EntryLayout.self)
    let asLink = !follows || e.pointee.kind != UInt8(DT_LNK) && e.pointee.kind != UInt8(DT_UNKNOWN)
    let place: FieldPlace<EntryLayout, Object?> = asLink ? .init(\.linkStatus) : .init(\.status)
    if let known = e.field(place).pointee { return known.retained() }
    guard let path = e.pointee.path else { return nil }
    let folder = e.pointee.descriptor >= 0 ? e.pointee.descriptor : AT_FDCWD
    guard let made = PosixPaths.status(t, path, follows: !asLink, "stat", in: folder) else { return nil }
    e.field(place).pointee = made.retained()
    return made
  }

  /// Whether the entry is of the kind (`DT_DIR`, `DT_REG`); what is gone is of none.
  private static func isKind(_ t: ThreadState, _ o: Object, _ a: Arguments, _ kind: Int, _ name: String) -> Object? {
    guard let follows = follows(t, a, name) else { return nil }
    let own = Int(o.layout(EntryLayout.self).pointee.kind)
    if own != Int(DT_UNKNOWN), own != Int(DT_LNK) || !follows { return makeBool(own == kind) }
    guard let status = status(t, o, follows: follows) else {
      guard t.matches(.FileNotFoundError) else { return nil }
      t.clearRaised()
      return makeBool(false)
    }
    defer { status.release() }
    guard let mode = getAttribute(t, status, "st_mode") else { return nil }
    defer { mode.release() }
    // The file type in `st_mode` is `d_type` shifted by 12.
    return makeBool(clampedIntValue(mode) >> 12 & 15 == kind)
  }

  private static let entryMethods = [
    NativeMethod("is_dir", .keywords) { t, o, a in isKind(t, o, a, Int(DT_DIR), "is_dir") },
    NativeMethod("is_file", .keywords) { t, o, a in isKind(t, o, a, Int(DT_REG), "is_file") },
    NativeMethod("is_symlink", .noArguments) { t, o, _ in
      let own = o.layout(EntryLayout.self).pointee.kind
      if own != UInt8(DT_UNKNOWN) { return makeBool(own == UInt8(DT_LNK)) }
      guard let status = status(t, o, follows: false) else { return nil }
      defer { status.release() }
      guard let mode = getAttribute(t, status, "st_mode") else { return nil }
      defer { mode.release() }
      return makeBool(clampedIntValue(mode) >> 12 & 15 == Int(DT_LNK))
    },
    NativeMethod("is_junction", .noArguments) { _, _, _ in makeBool(false) },
    NativeMethod("stat", .keywords) { t, o, a in
      guard let follows = follows(t, a, "stat") else { return nil }
      return status(t, o, follows: follows)
    },
    NativeMethod("inode", .noArguments) { _, o, _ in makeInt(unsigned: UInt64(o.layout(EntryLayout.self).pointee.inode))
    },
    NativeMethod("__fspath__", .noArguments) { _, o, _ in
      (o.layout(EntryLayout.self).pointee.path ?? core.pointee.none).retained()
    },
  ]
}
