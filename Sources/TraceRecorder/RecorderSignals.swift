// The recorder's signals. INT and QUIT and the stops of a terminal are the program's business: it shares our process group and gets them
// itself. What is sent to us alone is forwarded. Nothing runs in a handler: forwarded signals are blocked and fetched by the main loop.

import Glibc

struct RecorderSignals {
  /// The mask that the program gets.
  let maskBefore: sigset_t
  /// Signals that the program gets with their default action: those that we ignore and that were not ignored before.
  let resetInProgram: sigset_t
  private let forwarded: sigset_t

  private static let ignoredNumbers = [SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU]
  private static let forwardedNumbers = [SIGTERM, SIGHUP, SIGUSR1, SIGUSR2]

  /// Takes the signals over.
  static func install() -> RecorderSignals {
    var (before, reset, forwarded) = (sigset_t(), sigset_t(), sigset_t())
    unsafe sigemptyset(&reset)
    unsafe sigemptyset(&forwarded)
    for number in ignoredNumbers {
      var old = sigaction()
      unsafe sigaction(number, nil, &old)
      let wasIgnored = unsafe unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 1
      if !wasIgnored { unsafe sigaddset(&reset, number) }
      signal(number, SIG_IGN)
    }
    for number in forwardedNumbers { unsafe sigaddset(&forwarded, number) }
    unsafe sigprocmask(SIG_BLOCK, &forwarded, &before)
    return RecorderSignals(maskBefore: before, resetInProgram: reset, forwarded: forwarded)
  }

  /// The signals that came since the last question and that the program did not get as well: what the kernel sends to a terminal's process
  /// group reaches it directly. N.B. when a terminal goes away, only the leader of its session is told.
  func fetch() -> [Int32] {
    var numbers: [Int32] = []
    var set = forwarded
    var information = unsafe siginfo_t()
    var now = timespec(tv_sec: 0, tv_nsec: 0)
    while case let number = unsafe sigtimedwait(&set, &information, &now), number > 0 {
      let isFromKernel = unsafe information.si_code > 0
      let isLeadersOwn = number == SIGHUP && getsid(0) == getpid()
      if !isFromKernel || isLeadersOwn { numbers.append(number) }
    }
    return numbers
  }

  /// Gives the signals back.
  func restore() {
    var reset = resetInProgram
    for number in Self.ignoredNumbers where unsafe sigismember(&reset, number) == 1 { signal(number, SIG_DFL) }
    var before = maskBefore
    unsafe sigprocmask(SIG_SETMASK, &before, nil)
  }
}
