// `sys.settrace` and `sys.setprofile`: the functions of a thread, and how they are called.
//
// While a thread has one, a bit of its eval breaker is set: at their next check the forms of the loop that know nothing of events leave the frame to the
// one that does (TracingLoop). A thread without such a function runs exactly as if there were none of this.
import CRuntimeSupport

public enum TraceFunctions {
  /// The kinds of events, as Python code names them.
  enum Event: String {
    case call, line, `return`, exception, opcode
    case nativeCall = "c_call"
    case nativeReturn = "c_return"
    case nativeException = "c_exception"

    var name: Object { internString(rawValue) }
  }

  /// The function that `sys.settrace` set, borrowed.
  public static func trace(_ t: ThreadState) -> Object? { t.pointer.pointee.traceFunction }
  public static func profile(_ t: ThreadState) -> Object? { t.pointer.pointee.profileFunction }

  /// Sets or, with nil, removes a thread's function.
  public static func setTrace(_ t: ThreadState, _ function: Object?) {
    let old = t.pointer.pointee.traceFunction
    t.pointer.pointee.traceFunction = function?.retained()
    update(t)
    old.release()
  }
  public static func setProfile(_ t: ThreadState, _ function: Object?) {
    let old = t.pointer.pointee.profileFunction
    t.pointer.pointee.profileFunction = function?.retained()
    update(t)
    old.release()
  }

  /// For all threads.
  public static func setTraceEverywhere(_ function: Object?) { for t in Threads.all { setTrace(t, function) } }
  public static func setProfileEverywhere(_ function: Object?) { for t in Threads.all { setProfile(t, function) } }

  private static func update(_ t: ThreadState) {
    if t.isTracing { t.setBreaker(Breaker.tracing) } else { t.clearBreaker(Breaker.tracing) }
  }

  // MARK: - Calling

  /// Runs `body` without events. An exception that is raised stays, unless `body` fails.
  private static func quietly(_ t: ThreadState, _ body: () -> Bool) -> Bool {
    let raised = t.takeRaised()
    t.pointer.pointee.hookDepth += 1
    update(t)
    let done = body()
    t.pointer.pointee.hookDepth -= 1
    update(t)
    if done { t.setRaised(steal: raised) } else { raised.release() }
    return done
  }

  /// Tells the trace function of an event in `frame`. False: it raised, and is there no more.
  static func tell(_ t: ThreadState, _ frame: Frame, _ event: Event, _ argument: Object) -> Bool {
    guard let function = t.pointer.pointee.traceFunction, t.pointer.pointee.hookDepth == 0 else { return true }
    let o = frameObject(t, frame)
    // Only a call asks the thread's function; what it gives is asked about everything else in the frame.
    guard let callee = event == .call ? function : o.frameObjectLayout.pointee.trace else { return true }
    o.retain()
    callee.retain()
    defer {
      callee.release()
      o.release()
    }
    return quietly(t) {
      o.frameObjectLayout.pointee.event = event
      defer { o.frameObjectLayout.pointee.event = nil }
      guard let result = call3(t, callee, o, event.name, argument) else {
        setTrace(t, nil)
        FrameTrace.set(o, nil)
        return false
      }
      if result != core.pointee.none { FrameTrace.set(o, result) }
      result.release()
      return true
    }
  }

  /// Tells the profile function. False: it raised, and is there no more.
  static func tellProfile(_ t: ThreadState, _ frame: Frame, _ event: Event, _ argument: Object) -> Bool {
    guard let function = t.pointer.pointee.profileFunction, t.pointer.pointee.hookDepth == 0 else { return true }
    let o = frameObject(t, frame).retained()
    function.retain()
    defer {
      function.release()
      o.release()
    }
    return quietly(t) {
      o.frameObjectLayout.pointee.event = event
      defer { o.frameObjectLayout.pointee.event = nil }
      guard let result = call3(t, function, o, event.name, argument) else {
        setProfile(t, nil)
        return false
      }
      result.release()
      return true
    }
  }
}

extension ThreadState {
  /// Whether events are wanted: there is a function, and it does not run just now.
  @inline(__always) var isTracing: Bool {
    (pointer.pointee.traceFunction != nil || pointer.pointee.profileFunction != nil) && pointer.pointee.hookDepth == 0
  }
}

enum FrameTrace {
  /// Sets `f_trace` of a frame object.
  static func set(_ o: Object, _ function: Object?) {
    let p = o.frameObjectLayout
    let old = p.pointee.trace
    p.pointee.trace = function?.retained()
    storedField(o, old, function)
    old.release()
  }
}
