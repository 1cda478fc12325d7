// fork: the child's ring is made and announced first, the child keeps only the calling thread.
import CRuntimeSupport
import Glibc
import PythonRuntime

enum Forking {
  /// Functions of `os.register_at_fork`, owned.
  nonisolated(unsafe) private static var before: [Object] = []
  nonisolated(unsafe) private static var afterInChild: [Object] = []
  nonisolated(unsafe) private static var afterInParent: [Object] = []

  static func register(before function: Object?, child: Object?, parent: Object?) {
    if let function { before.append(function.retained()) }
    if let child { afterInChild.append(child.retained()) }
    if let parent { afterInParent.append(parent.retained()) }
  }

  /// 0 in the child, its pid in the parent; nil: OSError is set.
  static func fork(_ t: ThreadState) -> Int32? {
    run(t, before.reversed())
    let pid = ForkPoint.fork(t)
    if pid < 0 {
      t.raiseOSError(errno: exuvia_errno())
      return nil
    }
    run(t, pid == 0 ? afterInChild : afterInParent)
    return pid
  }

  private static func run(_ t: ThreadState, _ functions: [Object]) {
    for function in functions {
      if let result = call0(t, function) { result.release() } else { writeUnraisable(t, function) }
    }
  }
}
