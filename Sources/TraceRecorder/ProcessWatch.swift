// Watches a process that need not be our child for its end, through a process descriptor: a reused process id cannot be mistaken for it,
// and a zombie counts as ended.

import CRuntimeSupport
import Glibc

final class ProcessWatch {
  let pid: pid_t
  /// Negative: minus the error number.
  private let descriptor: Int32

  init(pid: pid_t) {
    self.pid = pid
    descriptor = exuvia_pidfd_open(pid)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Whether it has ended, after waiting for that at most `milliseconds`.
  func hasEnded(milliseconds: Int32 = 0) -> Bool {
    guard descriptor >= 0 else {
      // A kernel without process descriptors, or the process is gone already.
      if descriptor == -ESRCH || (kill(pid, 0) != 0 && errno == ESRCH) { return true }
      usleep(UInt32(milliseconds) * 1000)
      return false
    }
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, milliseconds) == 1
  }
}
