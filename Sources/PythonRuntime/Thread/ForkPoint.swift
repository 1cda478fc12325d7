// The fork itself, with the GIL held: events and threads on both sides.
import CRuntimeSupport
import EventRing
import Glibc
import TraceModel

public enum ForkPoint {
  /// 0 in the child, the child's pid in the parent, -1 on failure.
  public static func fork(_ t: ThreadState) -> Int32 {
    let level = exuvia_level()
    let child = level != 0 ? Probes.writer.prepareChild() : nil
    let pid = exuvia_fork()
    if pid == 0 {
      // The parent's ring is not mapped here: nothing may be written until the child's own is.
      exuvia_set_level(0)
      Threads.afterForkInChild(t)
      ThreadShutdown.afterForkInChild()
      if let child {
        Probes.writer.adopt(child)
        exuvia_set_level(level)
        Probes.startChild(t)
      }
      return 0
    }
    let failure = exuvia_errno()
    if let child {
      Probes.writer.release(child, forked: pid > 0)
      if pid > 0 { Probes.fork(childPid: pid, childStream: child.stream) }
    }
    exuvia_set_errno(failure)
    return pid
  }
}
