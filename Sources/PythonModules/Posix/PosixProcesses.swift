// Processes: ids, fork, waiting, the environment.
import CRuntimeSupport
import Glibc
import PythonRuntime

enum PosixProcesses {
  static var functions: [NativeMethod] {
    [
      NativeMethod("getpid", .noArguments) { _, _, _ in makeInt(Int(Glibc.getpid())) },
      NativeMethod("getppid", .noArguments) { _, _, _ in makeInt(Int(Glibc.getppid())) },
      NativeMethod("getuid", .noArguments) { _, _, _ in makeInt(Int(Glibc.getuid())) },
      NativeMethod("geteuid", .noArguments) { _, _, _ in makeInt(Int(Glibc.geteuid())) },
      NativeMethod("getgid", .noArguments) { _, _, _ in makeInt(Int(Glibc.getgid())) },
      NativeMethod("getegid", .noArguments) { _, _, _ in makeInt(Int(Glibc.getegid())) },
      NativeMethod("getpgid", .oneArgument) { t, _, a in
        guard let pid = intValue(t, a[0]) else { return nil }
        return makeInt(Int(Glibc.getpgid(pid_t(pid))))
      },
      NativeMethod("fork", .noArguments) { t, _, _ in
        guard let pid = Forking.fork(t) else { return nil }
        return makeInt(Int(pid))
      },
      NativeMethod("register_at_fork", .keywords) { t, _, a in
        guard
          let given = parseArguments(
            t, a, function: "register_at_fork", names: ["before", "after_in_child", "after_in_parent"], required: 0,
            maxPositional: 0)
        else { return nil }
        Forking.register(before: given[0], child: given[1], parent: given[2])
        return core.pointee.none
      },
      NativeMethod("waitpid", .positional(2, 2), waitpid),
      NativeMethod("wait", .noArguments) { t, o, a in wait(t, -1, 0) },
      NativeMethod("waitstatus_to_exitcode", .oneArgument) { t, _, a in
        guard let status = intValue(t, a[0]) else { return nil }
        let value = Int32(truncatingIfNeeded: status)
        if exuvia_wait_exited(value) != 0 { return makeInt(Int(exuvia_wait_code(value))) }
        let signal = exuvia_wait_signal(value)
        guard signal != 0 else { return t.raise(.ValueError, "invalid wait status: \(status)") }
        return makeInt(-Int(signal))
      },
      NativeMethod("WIFEXITED", .oneArgument) { t, _, a in
        guard let status = intValue(t, a[0]) else { return nil }
        return makeBool(exuvia_wait_exited(Int32(truncatingIfNeeded: status)) != 0)
      },
      NativeMethod("WEXITSTATUS", .oneArgument) { t, _, a in
        guard let status = intValue(t, a[0]) else { return nil }
        return makeInt(Int(exuvia_wait_code(Int32(truncatingIfNeeded: status))))
      },
      NativeMethod("WIFSIGNALED", .oneArgument) { t, _, a in
        guard let status = intValue(t, a[0]) else { return nil }
        return makeBool(exuvia_wait_signal(Int32(truncatingIfNeeded: status)) != 0)
      },
      NativeMethod("WTERMSIG", .oneArgument) { t, _, a in
        guard let status = intValue(t, a[0]) else { return nil }
        return makeInt(Int(exuvia_wait_signal(Int32(truncatingIfNeeded: status))))
      },
      // A stopped child's status: 0x7F below the signal that stopped it.
      NativeMethod("WIFSTOPPED", .oneArgument) { t, _, a in intValue(t, a[0]).map { makeBool($0 & 0xFF == 0x7F) } },
      NativeMethod("WSTOPSIG", .oneArgument) { t, _, a in intValue(t, a[0]).map { makeInt($0 >> 8 & 0xFF) } },
      NativeMethod("WIFCONTINUED", .oneArgument) { t, _, a in intValue(t, a[0]).map { makeBool($0 == 0xFFFF) } },
      NativeMethod("_exit", .oneArgument) { t, _, a in
        guard let status = intValue(t, a[0]) else { return nil }
        Probes.finish(status: Int32(truncatingIfNeeded: status))
        Glibc._exit(Int32(truncatingIfNeeded: status))
      },
      NativeMethod("abort", .noArguments) { _, _, _ in Glibc.abort() },
      NativeMethod("kill", .positional(2, 2)) { t, _, a in
        guard let pid = intValue(t, a[0]), let signal = intValue(t, a[1]) else { return nil }
        guard Glibc.kill(pid_t(truncatingIfNeeded: pid), Int32(truncatingIfNeeded: signal)) == 0 else {
          return t.raiseOSError(errno: exuvia_errno())
        }
        return checkSignals(t) ? core.pointee.none : nil
      },
      NativeMethod("cpu_count", .noArguments) { _, _, _ in makeInt(sysconf(Int32(_SC_NPROCESSORS_ONLN))) },
      NativeMethod("sched_getaffinity", .oneArgument) { t, _, _ in
        let set = makeSet()
        for cpu in 0..<sysconf(Int32(_SC_NPROCESSORS_ONLN)) {
          let number = makeInt(cpu)
          _ = setAdd(t, set, number)
          number.release()
        }
        return set
      },
      NativeMethod("sched_yield", .noArguments) { t, _, _ in
        _ = withoutGIL(t, .other) { Glibc.sched_yield() }
        return core.pointee.none
      },
      NativeMethod("urandom", .oneArgument) { t, _, a in
        guard let count = intValue(t, a[0]) else { return nil }
        guard count >= 0 else { return t.raise(.ValueError, "negative argument not allowed") }
        var generator = SystemRandomNumberGenerator()
        return makeBytes((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
      },
      NativeMethod("putenv", .positional(2, 2)) { t, _, a in
        guard let name = PosixModule.path(t, a[0], "putenv"), let value = PosixModule.path(t, a[1], "putenv") else {
          return nil
        }
        return PosixModule.check(t, setenv(name, value, 1))
      },
      NativeMethod("unsetenv", .oneArgument) { t, _, a in
        guard let name = PosixModule.path(t, a[0], "unsetenv") else { return nil }
        return PosixModule.check(t, Glibc.unsetenv(name))
      },
      NativeMethod("umask", .oneArgument) { t, _, a in
        guard let mask = intValue(t, a[0]) else { return nil }
        return makeInt(Int(Glibc.umask(mode_t(truncatingIfNeeded: mask))))
      },
      NativeMethod("strerror", .oneArgument) { t, _, a in
        guard let code = intValue(t, a[0]) else { return nil }
        return makeString(String(cString: Glibc.strerror(Int32(truncatingIfNeeded: code))))
      },
      NativeMethod("times", .noArguments) { t, _, _ in
        var used = tms()
        let elapsed = Glibc.times(&used)
        let parts = [used.tms_utime, used.tms_stime, used.tms_cutime, used.tms_cstime, elapsed]
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return PosixSystem.timesType.map { StructSequence.make(t, $0, parts.map { makeFloat(Double($0) / ticks) }) }
      },
      NativeMethod("uname", .noArguments) { t, _, _ in
        var name = utsname()
        Glibc.uname(&name)
        func text<Field>(_ field: Field) -> Object {
          withUnsafeBytes(of: field) { makeString(String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)) }
        }
        let parts = [
          text(name.sysname), text(name.nodename), text(name.release), text(name.version), text(name.machine),
        ]
        return PosixSystem.nameType.map { StructSequence.make(t, $0, parts) }
      },
    ]
  }

  private static func waitpid(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let pid = intValue(t, a[0]), let options = intValue(t, a[1]) else { return nil }
    return wait(t, pid_t(truncatingIfNeeded: pid), Int32(truncatingIfNeeded: options))
  }

  private static func wait(_ t: ThreadState, _ pid: pid_t, _ options: Int32) -> Object? {
    while true {
      var status: Int32 = 0
      let found = withoutGIL(t, .wait) { Glibc.waitpid(pid, &status, options) }
      if found >= 0 { return makeTuple([makeInt(Int(found)), makeInt(Int(status))]) }
      guard exuvia_errno() == EINTR else { return t.raiseOSError(errno: exuvia_errno()) }
      guard checkSignals(t) else { return nil }
    }
  }
}
