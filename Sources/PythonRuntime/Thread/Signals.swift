// Signals: the C handler notes them, the main thread runs the Python handlers at its next check.
import CRuntimeSupport
import Glibc

public enum Signals {
  /// Handlers set by `signal.signal`: objects to call, owned; nil: none of Python's.
  nonisolated(unsafe) static var handlers = [Object?](repeating: nil, count: 65)

  /// SIGINT interrupts the program, SIGPIPE and SIGXFSZ are errors of the call. Main thread only.
  public static func start(_ t: ThreadState) {
    exuvia_signal_target(t.breakerWord, Breaker.signal)
    _ = exuvia_signal_plain(SIGPIPE, 1)
    _ = exuvia_signal_plain(SIGXFSZ, 1)
    if exuvia_signal_state(SIGINT) == 0 { _ = exuvia_signal_catch(SIGINT) }
  }

  /// The handler object of a signal, borrowed.
  public static func handler(_ signal: Int) -> Object? {
    handlers.indices.contains(signal) ? handlers[signal] : nil
  }

  /// Sets the handler object, borrowed; nil: none.
  public static func setHandler(_ signal: Int, _ handler: Object?) {
    guard handlers.indices.contains(signal) else { return }
    let old = handlers[signal]
    handlers[signal] = handler?.retained()
    old.release()
  }

  /// Runs the handlers of all signals that came. False: an exception is set.
  static func run(_ t: ThreadState) -> Bool {
    while true {
      let signal = Int(exuvia_signal_take())
      if signal == 0 { return true }
      guard let handler = handlers[signal] else {
        if signal == Int(SIGINT) {
          t.raise(.KeyboardInterrupt)
          return false
        }
        continue
      }
      let number = makeInt(signal)
      handler.retain()
      let frame = t.frame?.firstComplete.map { frameObject(t, $0).retained() } ?? core.pointee.none.retained()
      let result = call2(t, handler, number, frame)
      frame.release()
      number.release()
      handler.release()
      guard let result else {
        // The rest waits for the next check.
        t.setBreaker(Breaker.signal)
        return false
      }
      result.release()
    }
  }
}

extension Signals {
  /// The end of the program: handlers are dropped, signals act as the system does.
  static func stop() {
    for signal in handlers.indices where handlers[signal] != nil {
      if exuvia_signal_state(Int32(signal)) == 2 { _ = exuvia_signal_plain(Int32(signal), 0) }
      setHandler(signal, nil)
    }
  }
}
