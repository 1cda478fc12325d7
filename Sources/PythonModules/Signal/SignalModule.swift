// `_signal`: handlers of signals; `signal.py` makes enumerations of its numbers.
import CRuntimeSupport
import Glibc
import PythonRuntime

public enum SignalModule {
  private static let names: [(String, Int32)] = [
    ("SIGHUP", SIGHUP), ("SIGINT", SIGINT), ("SIGQUIT", SIGQUIT), ("SIGILL", SIGILL), ("SIGTRAP", SIGTRAP),
    ("SIGABRT", SIGABRT), ("SIGBUS", SIGBUS), ("SIGFPE", SIGFPE), ("SIGKILL", SIGKILL), ("SIGUSR1", SIGUSR1),
    ("SIGSEGV", SIGSEGV), ("SIGUSR2", SIGUSR2), ("SIGPIPE", SIGPIPE), ("SIGALRM", SIGALRM), ("SIGTERM", SIGTERM),
    ("SIGCHLD", SIGCHLD), ("SIGCONT", SIGCONT), ("SIGSTOP", SIGSTOP), ("SIGTSTP", SIGTSTP), ("SIGTTIN", SIGTTIN),
    ("SIGTTOU", SIGTTOU), ("SIGURG", SIGURG), ("SIGXCPU", SIGXCPU), ("SIGXFSZ", SIGXFSZ), ("SIGVTALRM", SIGVTALRM),
    ("SIGPROF", SIGPROF), ("SIGWINCH", SIGWINCH), ("SIGIO", SIGIO), ("SIGSYS", SIGSYS),
  ]
  nonisolated(unsafe) private static var defaultIntHandler: Object?

  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "_signal")
    for (name, number) in names { moduleSet(t, module, name, stealing: makeInt(Int(number))) }
    for (name, number) in [
      ("SIG_DFL", 0), ("SIG_IGN", 1), ("NSIG", 65), ("SIG_BLOCK", 0), ("SIG_UNBLOCK", 1), ("SIG_SETMASK", 2),
      ("ITIMER_REAL", 0), ("ITIMER_VIRTUAL", 1), ("ITIMER_PROF", 2),
    ] { moduleSet(t, module, name, stealing: makeInt(number)) }
    moduleAddFunctions(t, module, functions)
    if let dict = moduleDict(module), let handler = dictGet(t, dict, "default_int_handler") {
      defaultIntHandler = handler.retained()
      if exuvia_signal_state(SIGINT) == 2, Signals.handler(Int(SIGINT)) == nil {
        Signals.setHandler(Int(SIGINT), handler)
      }
    }
    moduleSet(t, module, "ItimerError", exceptionType(.OSError).object)
    return module
  }

  private static var functions: [NativeMethod] {
    [
      NativeMethod("default_int_handler", .positional(2, 2)) { t, _, _ in t.raise(.KeyboardInterrupt) },
      NativeMethod("signal", .positional(2, 2), setHandler),
      NativeMethod("getsignal", .oneArgument) { t, _, a in
        guard let number = signalNumber(t, a[0]) else { return nil }
        return current(number)
      },
      NativeMethod("raise_signal", .oneArgument) { t, _, a in
        guard let number = signalNumber(t, a[0]) else { return nil }
        guard raise(Int32(number)) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
        return checkSignals(t) ? core.pointee.none : nil
      },
      NativeMethod("alarm", .oneArgument) { t, _, a in
        guard let seconds = intValue(t, a[0]) else { return nil }
        return makeInt(Int(Glibc.alarm(UInt32(clamping: seconds))))
      },
      NativeMethod("pause", .noArguments) { t, _, _ in
        _ = withoutGIL(t, .wait) { Glibc.pause() }
        return checkSignals(t) ? core.pointee.none : nil
      },
      NativeMethod("setitimer", .positional(2, 3), setTimer),
      NativeMethod("getitimer", .oneArgument) { t, _, a in
        guard let which = intValue(t, a[0]) else { return nil }
        var old = itimerval()
        guard exuvia_getitimer(Int32(which), &old) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
        return pair(old)
      },
      NativeMethod("siginterrupt", .positional(2, 2)) { _, _, _ in core.pointee.none },
      NativeMethod("strsignal", .oneArgument) { t, _, a in
        guard let number = signalNumber(t, a[0]) else { return nil }
        return Glibc.strsignal(Int32(number)).map { makeString(String(cString: $0)) } ?? core.pointee.none
      },
      NativeMethod("valid_signals", .noArguments) { t, _, _ in
        let set = makeSet()
        for number in 1...64 where number != 32 && number != 33 {
          let object = makeInt(number)
          _ = setAdd(t, set, object)
          object.release()
        }
        return set
      },
      NativeMethod("set_wakeup_fd", .keywords) { t, _, a in
        guard
          let given = parseArguments(
            t, a, function: "set_wakeup_fd", names: ["fd", "warn_on_full_buffer"], required: 1, maxPositional: 1),
          let descriptor = given[0].flatMap({ intValue(t, $0) })
        else { return nil }
        guard t.pointer == t.interpreter.mainThread?.pointer else {
          return t.raise(.ValueError, "set_wakeup_fd only works in main thread of the main interpreter")
        }
        if descriptor >= 0 {
          let flags = fcntl(Int32(truncatingIfNeeded: descriptor), F_GETFL)
          guard flags >= 0 else { return t.raiseOSError(errno: exuvia_errno()) }
          guard flags & O_NONBLOCK != 0 else {
            return t.raise(.ValueError, "the fd \(descriptor) must be in non-blocking mode")
          }
        }
        return makeInt(Int(exuvia_signal_wakeup(Int32(truncatingIfNeeded: max(descriptor, -1)))))
      },
    ] + SignalSets.functions
  }

  private static func signalNumber(_ t: ThreadState, _ o: Object) -> Int? {
    guard let number = intValue(t, o) else { return nil }
    guard number >= 1, number < 65 else {
      t.raise(.ValueError, "signal number out of range")
      return nil
    }
    return number
  }

  /// What `getsignal` says, new.
  private static func current(_ number: Int) -> Object {
    if let handler = Signals.handler(number) { return handler.retained() }
    let state = exuvia_signal_state(Int32(number))
    return state == 0 || state == 1 ? makeInt(Int(state)) : core.pointee.none
  }

  private static func setHandler(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard t.pointer == t.interpreter.mainThread?.pointer else {
      return t.raise(.ValueError, "signal only works in main thread of the main interpreter")
    }
    guard let number = signalNumber(t, a[0]) else { return nil }
    let old = current(number)
    var failure: Int32
    if a[1].isKind(.int) || a[1].isKind(.bool), let plain = intValue(t, a[1]), plain == 0 || plain == 1 {
      failure = exuvia_signal_plain(Int32(number), Int32(plain))
      if failure == 0 { Signals.setHandler(number, nil) }
    } else if a[1].type.pointer.pointee.call != nil {
      failure = exuvia_signal_catch(Int32(number))
      if failure == 0 { Signals.setHandler(number, a[1]) }
    } else if a[1].isKind(.int), t.hasRaised == false {
      // signal.py's enumeration members SIG_DFL and SIG_IGN are ints too; anything else is wrong.
      failure = -EINVAL
    } else {
      old.release()
      return t.raise(
        .TypeError, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
    }
    guard failure == 0 else {
      old.release()
      return t.raiseOSError(errno: -failure)
    }
    return checkSignals(t) ? old : nil
  }

  private static func setTimer(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let which = intValue(t, a[0]), let seconds = floatValue(t, a[1]) else { return nil }
    var interval = 0.0
    if let object = a.optional(2) {
      guard let value = floatValue(t, object) else { return nil }
      interval = value
    }
    var fresh = itimerval(it_interval: time(interval), it_value: time(seconds))
    var old = itimerval()
    guard exuvia_setitimer(Int32(which), &fresh, &old) == 0 else { return t.raiseOSError(errno: exuvia_errno()) }
    return pair(old)
  }

  private static func time(_ seconds: Double) -> timeval {
    timeval(tv_sec: Int(seconds), tv_usec: Int((seconds - seconds.rounded(.down)) * 1e6))
  }
  private static func pair(_ timer: itimerval) -> Object {
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return makeTuple([makeFloat(seconds(timer.it_value)), makeFloat(seconds(timer.it_interval))])
  }
}
