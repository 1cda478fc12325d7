// What the process is to the system: programs in its place, sessions and groups, users, priorities, limits, terminals, owners and times of files.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

enum PosixSystem {
  static func install(_ t: ThreadState, _ module: Object) {
    for (name, value) in constants { moduleSet(t, module, name, stealing: makeInt(value)) }
    let names = makeDict()
    for (name, value) in configuration { dictSet(t, names, name, stealing: makeInt(Int(value))) }
    moduleSet(t, module, "sysconf_names", stealing: names)
    fileSystemType = StructSequence.makeType(
      t, module: "os", name: "statvfs_result",
      fields: [
        "f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail", "f_flag",
        "f_namemax", "f_fsid",
      ], visible: 10)
    if let fileSystemType { moduleSet(t, module, "statvfs_result", fileSystemType.object) }
    terminalType = StructSequence.makeType(t, module: "os", name: "terminal_size", fields: ["columns", "lines"])
    if let terminalType { moduleSet(t, module, "terminal_size", terminalType.object) }
    timesType = StructSequence.makeType(
      t, module: "posix", name: "times_result",
      fields: ["user", "system", "children_user", "children_system", "elapsed"])
    nameType = StructSequence.makeType(
      t, module: "posix", name: "uname_result", fields: ["sysname", "nodename", "release", "version", "machine"])
    for type in [timesType, nameType] { if let type { moduleSet(t, module, type.nameText, type.object) } }
    moduleAddFunctions(t, module, programs + groups + users + files + rest)
  }

  nonisolated(unsafe) private static var fileSystemType: TypeObject?
  nonisolated(unsafe) private static var terminalType: TypeObject?
  nonisolated(unsafe) static var timesType: TypeObject?
  nonisolated(unsafe) static var nameType: TypeObject?

  private static let constants: [(String, Int)] = [
    ("PRIO_PGRP", 1), ("PRIO_USER", 2), ("P_PGID", 2), ("P_PIDFD", 3), ("WEXITED", 4), ("WSTOPPED", 2),
    ("WNOWAIT", 0x100_0000), ("EX_DATAERR", 65), ("EX_NOINPUT", 66), ("EX_NOUSER", 67), ("EX_NOHOST", 68),
    ("EX_UNAVAILABLE", 69), ("EX_SOFTWARE", 70), ("EX_OSFILE", 72), ("EX_CANTCREAT", 73), ("EX_TEMPFAIL", 75),
    ("EX_PROTOCOL", 76), ("EX_NOPERM", 77), ("EX_CONFIG", 78), ("F_ULOCK", 0), ("F_LOCK", 1), ("F_TLOCK", 2),
    ("F_TEST", 3), ("O_ACCMODE", 3), ("O_NOCTTY", Int(O_NOCTTY)), ("O_NDELAY", Int(O_NONBLOCK)),
    ("O_DSYNC", Int(O_DSYNC)), ("O_ASYNC", Int(O_ASYNC)), ("ST_RDONLY", 1), ("ST_NOSUID", 2), ("SCHED_OTHER", 0),
    ("RTLD_LAZY", 1), ("RTLD_NOW", 2), ("RTLD_GLOBAL", 256), ("RTLD_LOCAL", 0),
  ]

  private static let configuration: [(String, Int32)] = [
    ("SC_ARG_MAX", Int32(_SC_ARG_MAX)), ("SC_CHILD_MAX", Int32(_SC_CHILD_MAX)), ("SC_CLK_TCK", Int32(_SC_CLK_TCK)),
    ("SC_NGROUPS_MAX", Int32(_SC_NGROUPS_MAX)), ("SC_OPEN_MAX", Int32(_SC_OPEN_MAX)),
    ("SC_PAGESIZE", Int32(_SC_PAGESIZE)), ("SC_PAGE_SIZE", Int32(_SC_PAGESIZE)),
    ("SC_PHYS_PAGES", Int32(_SC_PHYS_PAGES)), ("SC_AVPHYS_PAGES", Int32(_SC_AVPHYS_PAGES)),
    ("SC_NPROCESSORS_CONF", Int32(_SC_NPROCESSORS_CONF)), ("SC_NPROCESSORS_ONLN", Int32(_SC_NPROCESSORS_ONLN)),
    ("SC_IOV_MAX", Int32(_SC_IOV_MAX)), ("SC_SEM_NSEMS_MAX", Int32(_SC_SEM_NSEMS_MAX)),
  ]

  /// -1 with an exception set when it is no int.
  private static func number(_ t: ThreadState, _ o: Object) -> Int32? { intValue(t, o).map { Int32(clamping: $0) } }

  // MARK: - Programs

  private static let programs = [
    NativeMethod("system", .keywords) { t, _, a in
      guard let v = parseArguments(t, a, function: "system", names: ["command"], required: 1), let command = v[0],
        let text = PosixModule.path(t, command, "system")
      else { return nil }
      return makeInt(Int(withoutGIL(t, .wait) { Glibc.system(text) }))
    },
    NativeMethod("execv", .positional(2, 2)) { t, _, a in execute(t, a[0], a[1], nil) },
    NativeMethod("execve", .positional(3, 3)) { t, _, a in execute(t, a[0], a[1], a[2]) },
    NativeMethod("nice", .oneArgument) { t, _, a in
      guard let step = number(t, a[0]) else { return nil }
      exuvia_set_errno(0)
      let result = Glibc.nice(step)
      return result == -1 && exuvia_errno() != 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(result))
    },
  ]

  private static func execute(_ t: ThreadState, _ program: Object, _ arguments: Object, _ variables: Object?) -> Object?
  {
    guard let path = PosixModule.path(t, program, "execv") else { return nil }
    guard arguments.isKind(.list) || arguments.isKind(.tuple) else {
      return t.raise(.TypeError, "execv() arg 2 must be a tuple or list")
    }
    guard let list = SubprocessModule.Texts(t, arguments) else { return nil }
    defer { list.free() }
    guard list.count > 1 else { return t.raise(.ValueError, "execv() arg 2 must not be empty") }
    var environment: SubprocessModule.Texts?
    if let variables {
      guard let pairs = joined(t, variables) else { return nil }
      defer { pairs.release() }
      environment = SubprocessModule.Texts(t, pairs)
      if environment == nil { return nil }
    }
    defer { environment?.free() }
    _ = Glibc.execve(path, list.base, environment?.base ?? exuvia_environment())
    return t.raiseOSError(errno: exuvia_errno(), path: program)
  }

  /// A list of `b"key=value"`.
  private static func joined(_ t: ThreadState, _ mapping: Object) -> Object? {
    guard let items = callMethod(t, mapping, "items") else { return nil }
    defer { items.release() }
    let list = makeList()
    let complete = forEach(t, items) { item in
      guard item.isKind(.tuple), item.tupleCount == 2, let key = PosixModule.path(t, item.tupleItems[0], "execve"),
        let value = PosixModule.path(t, item.tupleItems[1], "execve")
      else { return false }
      let text = (key.dropLast() + [61] + value.dropLast()).map { UInt8(bitPattern: $0) }
      listAppend(list, stealing: makeBytes(text))
      return true
    }
    if complete { return list }
    list.release()
    return nil
  }

  // MARK: - Sessions, process groups, priorities

  private static let groups = [
    NativeMethod("setsid", .noArguments) { t, _, _ in PosixModule.check(t, Glibc.setsid()) },
    NativeMethod("getsid", .oneArgument) { t, _, a in number(t, a[0]).flatMap { result(t, Glibc.getsid($0)) } },
    NativeMethod("getpgrp", .noArguments) { _, _, _ in makeInt(Int(Glibc.getpgrp())) },
    NativeMethod("setpgrp", .noArguments) { t, _, _ in PosixModule.check(t, Glibc.setpgid(0, 0)) },
    NativeMethod("setpgid", .positional(2, 2)) { t, _, a in
      guard let pid = number(t, a[0]), let group = number(t, a[1]) else { return nil }
      return PosixModule.check(t, Glibc.setpgid(pid, group))
    },
    NativeMethod("killpg", .positional(2, 2)) { t, _, a in
      guard let group = number(t, a[0]), let signal = number(t, a[1]) else { return nil }
      guard Glibc.killpg(group, signal) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
      return checkSignals(t) ? core.pointee.none : nil
    },
    NativeMethod("tcgetpgrp", .oneArgument) { t, _, a in number(t, a[0]).flatMap { result(t, Glibc.tcgetpgrp($0)) } },
    NativeMethod("tcsetpgrp", .positional(2, 2)) { t, _, a in
      guard let descriptor = number(t, a[0]), let group = number(t, a[1]) else { return nil }
      return PosixModule.check(t, Glibc.tcsetpgrp(descriptor, group))
    },
    NativeMethod("getpriority", .positional(2, 2)) { t, _, a in
      guard let which = number(t, a[0]), let who = number(t, a[1]) else { return nil }
      exuvia_set_errno(0)
      let value = exuvia_getpriority(which, UInt32(bitPattern: who))
      return exuvia_errno() != 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(value))
    },
    NativeMethod("setpriority", .positional(3, 3)) { t, _, a in
      guard let which = number(t, a[0]), let who = number(t, a[1]), let priority = number(t, a[2]) else { return nil }
      return PosixModule.check(t, exuvia_setpriority(which, UInt32(bitPattern: who), priority))
    },
  ]

  private static func result(_ t: ThreadState, _ value: Int32) -> Object? {
    value < 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(Int(value))
  }

  // MARK: - Users

  private static let users = [
    NativeMethod("setuid", .oneArgument) { t, _, a in id(t, a[0]).flatMap { PosixModule.check(t, Glibc.setuid($0)) } },
    NativeMethod("seteuid", .oneArgument) { t, _, a in id(t, a[0]).flatMap { PosixModule.check(t, Glibc.seteuid($0)) }
    },
    NativeMethod("setgid", .oneArgument) { t, _, a in id(t, a[0]).flatMap { PosixModule.check(t, Glibc.setgid($0)) } },
    NativeMethod("setegid", .oneArgument) { t, _, a in id(t, a[0]).flatMap { PosixModule.check(t, Glibc.setegid($0)) }
    },
    NativeMethod("setreuid", .positional(2, 2)) { t, _, a in
      guard let real = id(t, a[0]), let effective = id(t, a[1]) else { return nil }
      return PosixModule.check(t, Glibc.setreuid(real, effective))
    },
    NativeMethod("setregid", .positional(2, 2)) { t, _, a in
      guard let real = id(t, a[0]), let effective = id(t, a[1]) else { return nil }
      return PosixModule.check(t, Glibc.setregid(real, effective))
    },
    NativeMethod("getgroups", .noArguments) { t, _, _ in
      var ids = [gid_t](repeating: 0, count: 65536)
      let count = Glibc.getgroups(Int32(ids.count), &ids)
      guard count >= 0 else { return t.raiseOSError(errno: exuvia_errno()) }
      return makeList(ids[..<Int(count)].map { makeInt(Int($0)) })
    },
    NativeMethod("getlogin", .noArguments) { t, _, _ in
      guard let name = Glibc.getlogin() else { return t.raiseOSError(errno: exuvia_errno()) }
      return makeString(String(cString: name))
    },
  ]

  /// -1 is every bit set: "leave it".
  private static func id(_ t: ThreadState, _ o: Object) -> UInt32? {
    intValue(t, o).map { UInt32(truncatingIfNeeded: $0) }
  }

  // MARK: - Files

  private static let files = [
    NativeMethod("chown", .keywords) { t, _, a in changeOwner(t, a, "chown") },
    NativeMethod("lchown", .keywords) { t, _, a in changeOwner(t, a, "lchown") },
    NativeMethod("fchown", .positional(3, 3)) { t, _, a in changeOwner(t, a, "fchown") },
    NativeMethod("fchmod", .positional(2, 2)) { t, _, a in
      guard let descriptor = PosixModule.descriptor(t, a[0]), let mode = intValue(t, a[1]) else { return nil }
      return PosixModule.check(t, Glibc.fchmod(descriptor, mode_t(truncatingIfNeeded: mode)))
    },
    NativeMethod("fchdir", .oneArgument) { t, _, a in
      PosixModule.descriptor(t, a[0]).flatMap { PosixModule.check(t, Glibc.fchdir($0)) }
    },
    NativeMethod("fdatasync", .oneArgument) { t, _, a in
      PosixModule.descriptor(t, a[0]).flatMap { fd in
        PosixModule.check(t, withoutGIL(t, .other) { Glibc.fdatasync(fd) })
      }
    },
    NativeMethod("sync", .noArguments) { t, _, _ in
      withoutGIL(t, .other) { Glibc.sync() }
      return core.pointee.none
    },
    NativeMethod("truncate", .positional(2, 2)) { t, _, a in
      guard let length = intValue(t, a[1]) else { return nil }
      if a[0].isKind(.int) {
        return number(t, a[0]).flatMap { PosixModule.check(t, Glibc.ftruncate($0, off_t(length))) }
      }
      guard let path = PosixModule.path(t, a[0], "truncate") else { return nil }
      return PosixModule.check(t, Glibc.truncate(path, off_t(length)), path: a[0])
    },
    NativeMethod("link", .keywords) { t, _, a in
      guard
        let v = parseArguments(
          t, a, function: "link", names: ["src", "dst", "src_dir_fd", "dst_dir_fd", "follow_symlinks"], required: 2,
          maxPositional: 2), let from = v[0], let to = v[1], let old = PosixModule.path(t, from, "link"),
        let new = PosixModule.path(t, to, "link")
      else { return nil }
      return Glibc.link(old, new) == 0
        ? core.pointee.none : t.raiseOSError(errno: exuvia_errno(), path: from, path2: to)
    },
    NativeMethod("mkfifo", .keywords) { t, _, a in
      guard let v = parseArguments(t, a, function: "mkfifo", names: ["path", "mode", "dir_fd"], required: 1),
        let object = v[0], let path = PosixModule.path(t, object, "mkfifo")
      else { return nil }
      let mode = v[1].map { clampedIntValue($0) } ?? 0o666
      return PosixModule.check(t, Glibc.mkfifo(path, mode_t(truncatingIfNeeded: mode)), path: object)
    },
    NativeMethod("utime", .keywords) { t, _, a in setTimes(t, a) },
    NativeMethod("statvfs", .oneArgument) { t, _, a in fileSystem(t, a[0]) },
    NativeMethod("fstatvfs", .oneArgument) { t, _, a in fileSystem(t, a[0]) },
  ]

  private static func changeOwner(_ t: ThreadState, _ a: Arguments, _ name: String) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: name, names: ["path", "uid", "gid", "dir_fd", "follow_symlinks"], required: 3,
        maxPositional: 3),
      let object = v[0], let userObject = v[1], let groupObject = v[2], let user = id(t, userObject),
      let group = id(t, groupObject)
    else { return nil }
    if object.isKind(.int) {
      return PosixModule.descriptor(t, object).flatMap { PosixModule.check(t, Glibc.fchown($0, user, group)) }
    }
    guard let path = PosixModule.path(t, object, name) else { return nil }
    let follows = name != "lchown" && (v[4].map { isTrue(t, $0) == 1 } ?? true)
    return PosixModule.check(
      t, follows ? Glibc.chown(path, user, group) : Glibc.lchown(path, user, group), path: object)
  }

  /// `(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)`.
  private static func setTimes(_ t: ThreadState, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "utime", names: ["path", "times", "ns", "dir_fd", "follow_symlinks"], required: 1,
        maxPositional: 2), let object = v[0]
    else { return nil }
    let none = core.pointee.none
    let times = v[1] == none ? nil : v[1]
    guard times == nil || v[2] == nil else {
      return t.raise(.ValueError, "utime: you may specify either 'times' or 'ns' but not both")
    }
    var both = [timespec](repeating: timespec(tv_sec: 0, tv_nsec: Int((1 << 30) - 1)), count: 2)  // UTIME_NOW
    if let given = times ?? v[2] {
      guard given.isKind(.tuple), given.tupleCount == 2 else {
        return t.raise(
          .TypeError,
          times == nil
            ? "utime: 'ns' must be a tuple of two ints" : "utime: 'times' must be either a tuple of two ints or None")
      }
      for i in 0..<2 {
        guard let time = time(t, given.tupleItems[i], isNanoseconds: times == nil) else { return nil }
        both[i] = time
      }
    }
    if object.isKind(.int) {
      return PosixModule.descriptor(t, object).flatMap { PosixModule.check(t, Glibc.futimens($0, both)) }
    }
    guard let path = PosixModule.path(t, object, "utime") else { return nil }
    let follows = v[4].map { isTrue(t, $0) == 1 } ?? true
    return PosixModule.check(
      t, Glibc.utimensat(AT_FDCWD, path, both, follows ? 0 : AT_SYMLINK_NOFOLLOW), path: object)
  }

  private static func time(_ t: ThreadState, _ o: Object, isNanoseconds: Bool) -> timespec? {
    if isNanoseconds {
      guard let value = intValue(t, o) else { return nil }
      let (seconds, rest) = value.quotientAndRemainder(dividingBy: 1_000_000_000)
      return rest < 0
        ? timespec(tv_sec: seconds - 1, tv_nsec: rest + 1_000_000_000) : timespec(tv_sec: seconds, tv_nsec: rest)
    }
    if o.isKind(.float) {
      let whole = o.double.rounded(.down)
      return timespec(tv_sec: Int(whole), tv_nsec: Int((o.double - whole) * 1e9))
    }
    return intValue(t, o).map { timespec(tv_sec: $0, tv_nsec: 0) }
  }

  /// O_PATH, a GNU extension.
  private static let pathOnly: Int32 = 0o10_000_000

  private static func fileSystem(_ t: ThreadState, _ o: Object) -> Object? {
    var found = Glibc.statvfs()
    if o.isKind(.int) {
      guard let descriptor = PosixModule.descriptor(t, o) else { return nil }
      guard Glibc.fstatvfs(descriptor, &found) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
    } else {
      guard let path = PosixModule.path(t, o, "statvfs") else { return nil }
      // By a descriptor: in Swift the function's name means the structure.
      let descriptor = exuvia_open(path, pathOnly, 0)
      guard descriptor >= 0 else { return t.raiseOSError(errno: exuvia_errno(), path: o) }
      defer { Glibc.close(descriptor) }
      guard Glibc.fstatvfs(descriptor, &found) == 0 else { return t.raiseOSError(errno: exuvia_errno(), path: o) }
    }
    let values = [
      UInt(found.f_bsize), UInt(found.f_frsize), UInt(found.f_blocks), UInt(found.f_bfree), UInt(found.f_bavail),
      UInt(found.f_files), UInt(found.f_ffree), UInt(found.f_favail), UInt(found.f_flag), UInt(found.f_namemax),
      UInt(found.f_fsid),
    ]
    return fileSystemType.map { StructSequence.make(t, $0, values.map { makeInt(unsigned: UInt64($0)) }) }
  }

  // MARK: - The rest

  private static let rest = [
    NativeMethod("sysconf", .oneArgument) { t, _, a in
      guard let name = configurationNumber(t, a[0]) else { return nil }
      exuvia_set_errno(0)
      let value = Glibc.sysconf(name)
      return value == -1 && exuvia_errno() != 0 ? t.raiseOSError(errno: exuvia_errno()) : makeInt(value)
    },
    NativeMethod("getloadavg", .noArguments) { t, _, _ in
      var loads = [Double](repeating: 0, count: 3)
      guard Glibc.getloadavg(&loads, 3) == 3 else { return t.raise(.OSError, "Load averages are unobtainable") }
      return makeTuple(loads.map { makeFloat($0) })
    },
    NativeMethod("get_terminal_size", .positional(0, 1)) { t, _, a in
      var descriptor: Int32 = 1
      if let given = a.optional(0) {
        guard let value = number(t, given) else { return nil }
        descriptor = value
      }
      var (columns, lines): (Int32, Int32) = (0, 0)
      guard exuvia_terminal_size(descriptor, &columns, &lines) == 0 else {
        return t.raiseOSError(errno: exuvia_errno())
      }
      return terminalType.map { StructSequence.make(t, $0, [makeInt(Int(columns)), makeInt(Int(lines))]) }
    },
    NativeMethod("ttyname", .oneArgument) { t, _, a in
      guard let descriptor = number(t, a[0]) else { return nil }
      guard let name = Glibc.ttyname(descriptor) else { return t.raiseOSError(errno: exuvia_errno()) }
      return makeString(String(cString: name))
    },
    NativeMethod("ctermid", .noArguments) { _, _, _ in makeString("/dev/tty") },
    NativeMethod("pipe2", .oneArgument) { t, _, a in
      guard let flags = number(t, a[0]) else { return nil }
      var ends: [Int32] = [0, 0]
      guard exuvia_pipe_with(&ends, flags) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
      return makeTuple([makeInt(Int(ends[0])), makeInt(Int(ends[1]))])
    },
    NativeMethod("getrandom", .positional(1, 2)) { t, _, a in
      guard let count = intValue(t, a[0]) else { return nil }
      guard count >= 0 else { return t.raiseOSError(errno: EINVAL) }
      var generator = SystemRandomNumberGenerator()
      return makeBytes((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    },
  ]

  private static func configurationNumber(_ t: ThreadState, _ o: Object) -> Int32? {
    guard o.isKind(.str) else { return number(t, o) }
    let name = stringValue(o)
    if let found = configuration.first(where: { $0.0 == name }) { return found.1 }
    t.raise(.ValueError, "unrecognized configuration name")
    return nil
  }
}
