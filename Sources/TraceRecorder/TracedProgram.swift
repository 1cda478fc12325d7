// The program that is recorded, as a child process: start, changes of state, and ending as it ended.
//
// The child is forked first and waits at a gate, so that the trace's header, which names its process, is on the disk before the program
// runs; a trace that cannot be written runs nothing.

import CRuntimeSupport
import Glibc
import TraceFormat

/// The child. It stays in our process group, so the terminal's signals reach it by themselves.
struct TracedProgram {
  let pid: pid_t
  private let watch: ProcessWatch
  private let path: String
  /// The write end of the pipe that the child waits at.
  private let gate: Int32
  /// The read end of the pipe on which the child says why it could not execute; closed by a successful exec.
  private let refusal: Int32

  enum Change {
    case none, stopped
    case ended(ProgramEnd)
  }

  /// Forks the child, which will execute `path` with our environment and `variables` once `go` is called. Its signals are as they were before
  /// `signals` was installed.
  static func prepare(
    path: String, arguments: [String], variables: [(name: String, value: String)], signals: RecorderSignals
  ) throws(RecorderError) -> TracedProgram {
    var gate: [Int32] = [-1, -1]
    var refusal: [Int32] = [-1, -1]
    guard unsafe exuvia_pipe(&gate) == 0, unsafe exuvia_pipe(&refusal) == 0 else {
      throw .cannotStart(path, reason: unsafe String(cString: strerror(errno)))
    }
    // Everything that allocates comes before the fork. This process has one thread, and it is this one.
    for variable in variables { unsafe setenv(variable.name, variable.value, 1) }
    defer { for variable in variables { unsafe unsetenv(variable.name) } }
    var strings = unsafe arguments.map { unsafe strdup($0) }
    defer { for index in unsafe strings.indices { unsafe free(strings[index]) } }
    unsafe strings.append(nil)
    let pid = exuvia_fork()
    if pid == 0 {
      close(gate[1])
      close(refusal[0])
      signals.restore()
      var word: Int32 = 0
      // The recorder died or gave up: nothing is executed.
      guard unsafe read(gate[0], &word, 1) == 1 else { _exit(127) }
      unsafe execve(path, strings, exuvia_environment())
      word = errno
      unsafe _ = write(refusal[1], &word, 4)
      _exit(127)
    }
    let code = errno
    close(gate[0])
    close(refusal[1])
    guard pid > 0 else { throw .cannotStart(path, reason: unsafe String(cString: strerror(code))) }
    return TracedProgram(pid: pid, watch: ProcessWatch(pid: pid), path: path, gate: gate[1], refusal: refusal[0])
  }

  /// Lets the child execute the program.
  func go() throws(RecorderError) {
    var word: Int32 = 1
    unsafe _ = write(gate, &word, 1)
    close(gate)
    let count = unsafe read(refusal, &word, 4)
    close(refusal)
    guard count == 4 else { return }
    _ = waitpid(pid, nil, 0)
    throw .cannotStart(path, reason: unsafe String(cString: strerror(word)))
  }

  /// Lets the child end without executing anything.
  func cancel() {
    close(gate)
    close(refusal)
    _ = waitpid(pid, nil, 0)
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
