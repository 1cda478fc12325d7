// The program that is recorded, as a child process: start, changes of state, and ending as it ended.

import CRuntimeSupport
import Glibc
import TraceFormat

/// The child. It stays in our process group, so the terminal's signals reach it by themselves.
struct TracedProgram {
  let pid: pid_t
  private let watch: ProcessWatch

  enum Change {
    case none, stopped
    case ended(ProgramEnd)
  }

  /// Starts the executable with our environment and `variables`. Signals are as they were before `signals` was installed.
  static func start(
    path: String, arguments: [String], variables: [(name: String, value: String)], signals: RecorderSignals
  ) throws(RecorderError) -> TracedProgram {
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var mask = signals.maskBefore
    var defaults = signals.resetInProgram
    unsafe posix_spawnattr_setsigmask(&attributes, &mask)
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    // This process has one thread that reads the environment: this one.
    for variable in variables { unsafe setenv(variable.name, variable.value, 1) }
    defer { for variable in variables { unsafe unsetenv(variable.name) } }
    var strings = unsafe arguments.map { unsafe strdup($0) }
    defer { for index in unsafe strings.indices { unsafe free(strings[index]) } }
    unsafe strings.append(nil)
    var pid: pid_t = 0
    let failure = unsafe posix_spawn(&pid, path, nil, &attributes, strings, exuvia_environment())
    guard failure == 0 else { throw .cannotStart(path, reason: unsafe String(cString: strerror(failure))) }
    return TracedProgram(pid: pid, watch: ProcessWatch(pid: pid))
  }

  /// What happened to it since the last question. Does not wait.
  func poll() -> Change {
    var status: Int32 = 0
    guard unsafe waitpid(pid, &status, WNOHANG | WUNTRACED) == pid else { return .none }
    return Self.change(status)
  }

  /// Sleeps until it ends, at most `milliseconds`.
  func sleep(milliseconds: Int32) { _ = watch.hasEnded(milliseconds: milliseconds) }

  /// Reads a wait status: the low byte is 0x7f for a stop, 0 for an exit with the status above it, else the signal that killed.
  static func change(_ status: Int32) -> Change {
    if status & 0xFF == 0x7F { return .stopped }
    let signal = status & 0x7F
    return .ended(
      signal == 0 ? ProgramEnd(status: status >> 8 & 0xFF) : ProgramEnd(status: signal, wasSignalled: true))
  }
}

extension ProgramEnd {
  /// Ends this process as the program ended: with its exit status, or by the same signal.
  public func endLikewise() -> Never {
    guard wasSignalled else { exit(status) }
    // No core file of ours beside the program's.
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    unsafe setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &none)
    fflush(nil)
    signal(status, SIG_DFL)
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, status)
    unsafe sigprocmask(SIG_UNBLOCK, &set, nil)
    kill(getpid(), status)
    exit(128 + status)
  }
}
