// Sets of signals: which a thread blocks, which wait, and signals to one thread.
import CRuntimeSupport
import Glibc
import PythonRuntime

enum SignalSets {
  /// The set that an iterable of numbers says; nil: an exception is set.
  private static func read(_ t: ThreadState, _ o: Object) -> sigset_t? {
    var set = sigset_t()
    sigemptyset(&set)
    let done = forEach(t, o) { item in
      guard let number = intValue(t, item) else { return false }
      guard (1..<65).contains(number) else {
        return t.fail(.ValueError, "signal number \(number) out of range [1; 64]")
      }
      sigaddset(&set, Int32(number))
      return true
    }
    return done ? set : nil
  }

  private static func object(_ t: ThreadState, _ set: sigset_t) -> Object {
    var set = set
    let result = makeSet()
    for number in 1..<65 where sigismember(&set, Int32(number)) == 1 {
      let object = makeInt(number)
      _ = setAdd(t, result, object)
      object.release()
    }
    return result
  }

  static let functions = [
    NativeMethod("pthread_sigmask", .positional(2, 2)) { t, _, a in
      guard let how = intValue(t, a[0]), var set = read(t, a[1]) else { return nil }
      var old = sigset_t()
      let failure = Glibc.pthread_sigmask(Int32(truncatingIfNeeded: how), &set, &old)
      guard failure == 0 else { return t.raiseOSError(errno: failure) }
      // What was held back may have come now.
      return checkSignals(t) ? object(t, old) : nil
    },
    NativeMethod("sigpending", .noArguments) { t, _, _ in
      var set = sigset_t()
      return Glibc.sigpending(&set) == 0 ? object(t, set) : t.raiseOSError(errno: exuvia_errno())
    },
    NativeMethod("sigwait", .oneArgument) { t, _, a in
      guard var set = read(t, a[0]) else { return nil }
      var number: Int32 = 0
      let failure = withoutGIL(t, .wait) { Glibc.sigwait(&set, &number) }
      return failure == 0 ? makeInt(Int(number)) : t.raiseOSError(errno: failure)
    },
    NativeMethod("pthread_kill", .positional(2, 2)) { t, _, a in
      guard let thread = intValue(t, a[0]), let number = intValue(t, a[1]) else { return nil }
      let failure = Glibc.pthread_kill(pthread_t(bitPattern: thread), Int32(truncatingIfNeeded: number))
      guard failure == 0 else { return t.raiseOSError(errno: failure) }
      return checkSignals(t) ? core.pointee.none : nil
    },
  ]
}
