// `faulthandler`: tracebacks of all threads when the program crashes, on a signal, after a time, or at once.
import CRuntimeSupport
import Glibc
import PythonRuntime
import PythonTypes

public enum FaulthandlerModule {
  /// Where a signal is told: read in its handler.
  private struct Target {
    var descriptor: Int32 = -1
    var showsAll = true
    /// Keeps the descriptor open; owned.
    var file: Object?
  }
  /// By signal number; 0 for the fatal ones.
  nonisolated(unsafe) private static let targets: UnsafeMutablePointer<Target> = {
    let targets = UnsafeMutablePointer<Target>.allocate(capacity: 65)
    targets.initialize(repeating: Target(), count: 65)
    return targets
  }()

  /// What ends the program, and how CPython calls it.
  private static let fatalSignals: [(number: Int32, text: StaticString)] = [
    (SIGBUS, "Fatal Python error: Bus error\n\n"), (SIGILL, "Fatal Python error: Illegal instruction\n\n"),
    (SIGFPE, "Fatal Python error: Floating-point exception\n\n"), (SIGABRT, "Fatal Python error: Aborted\n\n"),
    (SIGSEGV, "Fatal Python error: Segmentation fault\n\n"),
  ]

  public static func make(_ t: ThreadState) -> Object? {
    let module = makeModule(t, "faulthandler")
    moduleAddFunctions(
      t, module,
      [
        NativeMethod("enable", .keywords, enable),
        NativeMethod("disable", .noArguments) { _, _, _ in makeBool(disable()) },
        NativeMethod("is_enabled", .noArguments) { _, _, _ in makeBool(targets[0].descriptor >= 0) },
        NativeMethod("dump_traceback", .keywords, dump),
        NativeMethod("dump_traceback_later", .keywords, FaultWatch.start),
        NativeMethod("cancel_dump_traceback_later", .noArguments) { _, _, _ in
          FaultWatch.cancel()
          return core.pointee.none
        },
        NativeMethod("register", .keywords, register),
        NativeMethod("unregister", .oneArgument) { t, _, a in
          guard let signal = signalNumber(t, a[0]) else { return nil }
          return makeBool(release(Int(signal)))
        },
      ])
    return module
  }

  // MARK: - Handlers

  /// In a signal handler.
  private static let report: exuvia_fault_function = { signal, isFatal in
    let target = targets[isFatal != 0 ? 0 : Int(signal)]
    if isFatal != 0 {
      for fatal in fatalSignals where fatal.number == signal { FaultDump.write(target.descriptor, fatal.text) }
    }
    write(target.descriptor, all: target.showsAll)
  }

  private static func write(_ descriptor: Int32, all: Bool) {
    if all { FaultDump.writeAll(descriptor, marksCurrent: true) } else { FaultDump.writeCurrent(descriptor) }
  }

  private static func set(_ place: Int, _ descriptor: Int32, _ file: Object?, all: Bool) {
    let old = targets[place].file
    targets[place] = Target(descriptor: descriptor, showsAll: all, file: file)
    old.release()
  }

  private static func release(_ place: Int) -> Bool {
    let was = exuvia_fault_release(Int32(place)) != 0
    if was { set(place, -1, nil, all: true) }
    return was
  }

  private static func disable() -> Bool {
    guard targets[0].descriptor >= 0 else { return false }
    for signal in fatalSignals { _ = exuvia_fault_release(signal.number) }
    set(0, -1, nil, all: true)
    return true
  }

  // MARK: - Functions

  private static func enable(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "enable", names: ["file", "all_threads"], required: 0),
      let all = truth(t, v[1], true), let (descriptor, file) = descriptor(t, v[0])
    else { return nil }
    set(0, descriptor, file, all: all)
    for signal in fatalSignals {
      let failure = exuvia_fault_catch(signal.number, 1, 0, report)
      if failure != 0 { return t.raiseOSError(errno: -failure) }
    }
    return core.pointee.none
  }

  private static func dump(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard let v = parseArguments(t, a, function: "dump_traceback", names: ["file", "all_threads"], required: 0),
      let all = truth(t, v[1], true), let (descriptor, file) = descriptor(t, v[0])
    else { return nil }
    write(descriptor, all: all)
    file.release()
    return core.pointee.none
  }

  private static func register(_ t: ThreadState, _: Object, _ a: Arguments) -> Object? {
    guard
      let v = parseArguments(
        t, a, function: "register", names: ["signum", "file", "all_threads", "chain"], required: 1),
      let number = v[0], let signal = signalNumber(t, number), let all = truth(t, v[2], true),
      let chains = truth(t, v[3], false), let (descriptor, file) = descriptor(t, v[1])
    else { return nil }
    let failure = exuvia_fault_catch(signal, 0, chains ? 1 : 0, report)
    guard failure == 0 else {
      file.release()
      return t.raiseOSError(errno: -failure)
    }
    set(Int(signal), descriptor, file, all: all)
    return core.pointee.none
  }

  // MARK: - Arguments

  static func truth(_ t: ThreadState, _ o: Object?, _ absent: Bool) -> Bool? {
    guard let o else { return absent }
    let truth = isTrue(t, o)
    return truth < 0 ? nil : truth > 0
  }

  private static func signalNumber(_ t: ThreadState, _ o: Object) -> Int32? {
    guard let number = intValue(t, o) else { return nil }
    if fatalSignals.contains(where: { Int($0.number) == number }) {
      t.raise(.RuntimeError, "signal \(number) cannot be registered, use enable() instead")
      return nil
    }
    guard number >= 1, number <= 64 else {
      t.raise(.ValueError, "signal number out of range")
      return nil
    }
    return Int32(number)
  }

  /// The descriptor of a file, a number or, when absent, of sys.stderr, and the file itself, new reference.
  static func descriptor(_ t: ThreadState, _ given: Object?) -> (descriptor: Int32, file: Object?)? {
    var file = given ?? core.pointee.none
    if file == core.pointee.none {
      guard let dict = t.interpreter.systemDict, let stream = dictGet(t, dict, "stderr") else {
        t.raise(.RuntimeError, "unable to get sys.stderr")
        return nil
      }
      guard stream != core.pointee.none else {
        t.raise(.RuntimeError, "sys.stderr is None")
        return nil
      }
      file = stream
    }
    if file.isKind(.int) {
      guard let number = intValue(t, file) else { return nil }
      guard number >= 0, let descriptor = Int32(exactly: number) else {
        t.raise(.ValueError, "file is not a valid file descriptor")
        return nil
      }
      return (descriptor, nil)
    }
    guard let answer = callMethod(t, file, "fileno") else { return nil }
    defer { answer.release() }
    guard answer.isKind(.int), let descriptor = answer.wordValue.flatMap({ Int32(exactly: $0) }), descriptor >= 0 else {
      t.raise(.RuntimeError, "file.fileno() is not a valid file descriptor")
      return nil
    }
    // What was written before comes first.
    if let flushed = callMethod(t, file, "flush") { flushed.release() } else { t.clearRaised() }
    return (descriptor, file.retained())
  }
}
