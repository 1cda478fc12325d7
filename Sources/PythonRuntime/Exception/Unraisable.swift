// Where errors go that nobody can catch: `sys.unraisablehook`, and plain text on standard error. Warnings from native code.
import Glibc

/// Writes to `sys.stderr`, or to descriptor 2 when that is not there.
public func writeError(_ t: ThreadState, _ text: String) {
  if let sys = t.interpreter.systemDict, let stream = dictGet(t, sys, "stderr"), stream != core.pointee.none {
    stream.retain()
    defer { stream.release() }
    let object = makeString(text)
    defer { object.release() }
    if let result = callMethod(t, stream, "write", object) {
      result.release()
      if let flushed = callMethod(t, stream, "flush") { flushed.release() } else { t.clearRaised() }
      return
    }
    t.clearRaised()
  }
  var text = text
  text.withUTF8 { bytes in _ = write(2, bytes.baseAddress, bytes.count) }
}

/// Reports the raised exception, which is cleared, through `sys.unraisablehook`. `context`: what it happened in, named in the text.
public func writeUnraisable(_ t: ThreadState, _ context: Object?) { writeUnraisable(t, context, message: nil) }

public func writeUnraisable(_ t: ThreadState, _ context: Object?, message: String?) {
  guard let exception = t.takeRaised() else { return }
  defer { exception.release() }
  if exception.exception.pointee.traceback == nil, let frame = t.frame?.firstComplete {
    _ = frame
    addCurrentTraceback(t, to: exception)
  }
  if let sys = t.interpreter.systemDict, let hook = dictGet(t, sys, "unraisablehook"), hook != core.pointee.none,
    !(hook.isKind(.nativeFunction)), let arguments = unraisableArguments(t, exception, context, message)
  {
    hook.retain()
    defer {
      hook.release()
      arguments.release()
    }
    if let result = call1(t, hook, arguments) {
      result.release()
      return
    }
    if let second = t.takeRaised() {
      writeError(t, "Exception ignored in sys.unraisablehook: \(reprText(t, hook))\n")
      printException(t, second)
      second.release()
    }
    return
  }
  writeUnraisableText(t, exception, context, message: message)
}

/// The text of the default hook.
public func writeUnraisableText(_ t: ThreadState, _ exception: Object, _ context: Object?, message: String?) {
  var text = ""
  if let context, context != core.pointee.none {
    let shown = repr(t, context)
    if shown == nil { t.clearRaised() }
    text = "\(message ?? "Exception ignored in"): \(shown.map(stringValue) ?? "<object repr() failed>")\n"
    shown.release()
  } else if let message {
    text = "\(message):\n"
  }
  writeError(t, text + exceptionText(t, exception, showsCarets: false).joined(separator: "\n") + "\n")
}

/// `sys.UnraisableHookArgs`: made by the class of that name in `sys`, when it is there.
private func unraisableArguments(_ t: ThreadState, _ exception: Object, _ context: Object?, _ message: String?)
  -> Object?
{
  guard let sys = t.interpreter.systemDict, let type = dictGet(t, sys, "UnraisableHookArgs") else { return nil }
  let none = core.pointee.none
  let text = message.map { makeString($0) } ?? none.retained()
  let tuple = makeTuple([
    exception.type.object.retained(), exception.retained(), (exception.exception.pointee.traceback ?? none).retained(),
    text,
    (context ?? none).retained(),
  ])
  defer { tuple.release() }
  guard let result = call1(t, type, tuple) else {
    t.clearRaised()
    return nil
  }
  return result
}

/// Issues a warning through `_warnings`. False: the warning became an exception.
public func warn(_ t: ThreadState, _ kind: ExceptionKind, _ message: String, level: Int) -> Bool {
  let saved = t.takeRaised()
  defer { if let saved { t.setRaised(steal: saved) } }
  guard let hook = t.interpreter.importHook,
    let module = hook(t, internString("_warnings"), nil, nil, core.pointee.none, 0)
  else {
    t.clearRaised()
    return true
  }
  defer { module.release() }
  let text = makeString(message)
  let depth = makeInt(level)
  defer {
    text.release()
    depth.release()
  }
  guard let function = getAttribute(t, module, internString("warn")) else {
    t.clearRaised()
    return true
  }
  defer { function.release() }
  guard let result = call3(t, function, text, exceptionType(kind).object, depth) else { return false }
  result.release()
  return true
}
