// Setting, taking and testing the thread's raised exception.
import Glibc

extension ThreadState {
  /// Raises a new exception of `kind` with a text. Returns nil, so that a native function can `return t.raise(...)`.
  @inline(never) @discardableResult
  public func raise(_ kind: ExceptionKind, _ message: String) -> Object? {
    let text = makeString(message)
    raise(kind, text)
    text.release()
    return nil
  }

  /// Raises a new exception of `kind` with one argument, borrowed.
  @inline(never) @discardableResult
  public func raise(_ kind: ExceptionKind, _ value: Object) -> Object? {
    value.retain()
    let exception = makeException(self, kind, steal: makeTuple([value]))
    raiseObject(exception)
    exception.release()
    return nil
  }

  /// Raises a new exception of `kind` without arguments.
  @inline(never) @discardableResult
  public func raise(_ kind: ExceptionKind) -> Object? {
    let exception = makeException(self, kind, steal: core.pointee.emptyTuple.retained())
    raiseObject(exception)
    exception.release()
    return nil
  }

  /// Raises an instance (borrowed); the exception that is being handled becomes its context.
  @discardableResult
  public func raiseObject(_ exception: Object) -> Object? {
    exception.retain()
    if let handled = handledException, handled != exception {
      // The new exception may already stand in the handled one's chain: that link is cut, so that no cycle arises.
      var o = handled
      var slow = handled
      var slowMoves = false
      while let next = o.exception.pointee.context {
        if next == exception {
          take(&o.exception.pointee.context)
          break
        }
        o = next
        if slowMoves { slow = slow.exception.pointee.context ?? slow }
        slowMoves.toggle()
        if o == slow { break }
      }
      setExceptionContext(exception, steal: handled.retained())
    }
    setRaised(steal: exception)
    return nil
  }

  /// Raises an instance or a class, which is called without arguments, as the `raise` statement; both borrowed.
  @discardableResult
  public func raiseAny(_ exception: Object, cause: Object? = nil) -> Bool {
    performRaise(self, exception, cause)
    return false
  }

  /// Replaces the raised exception; takes over the reference.
  public func setRaised(steal exception: Object?) {
    let old = raised
    raised = exception
    old.release()
  }

  /// The raised exception, which is no longer raised; nil when there is none.
  public func takeRaised() -> Object? {
    let exception = raised
    raised = nil
    return exception
  }

  public func clearRaised() { setRaised(steal: nil) }

  /// Whether an exception of the kind, or a subclass, is raised.
  public func matches(_ kind: ExceptionKind) -> Bool {
    guard let exception = raised else { return false }
    return isSubtype(exception.type, exceptionType(kind))
  }

  /// The innermost exception that is being handled, borrowed.
  public var handledException: Object? {
    var entry: UnsafeMutablePointer<HandledException>? = pointer.pointee.handling
    while let here = entry {
      if let exception = here.pointee.exception, exception != core.pointee.none { return exception }
      entry = here.pointee.previous
    }
    return nil
  }

  @discardableResult public func raiseKeyError(_ key: Object) -> Object? { raise(.KeyError, key) }

  /// Raises the class of OSError that belongs to `errno`.
  @discardableResult
  public func raiseOSError(errno number: Int32, path: Object? = nil, path2: Object? = nil) -> Object? {
    var arguments = [makeInt(Int(number)), makeString(String(cString: strerror(number)))]
    if let path {
      arguments.append(path.retained())
      if let path2 {
        arguments.append(core.pointee.none.retained())
        arguments.append(path2.retained())
      }
    }
    let tuple = makeTuple(arguments)
    let type = exceptionType(osErrorKind(number) ?? .OSError)
    guard let exception = callWithTuple(self, type.object, tuple) else {
      tuple.release()
      return nil
    }
    tuple.release()
    raiseObject(exception)
    exception.release()
    return nil
  }

  @discardableResult
  public func raiseOSError(errno number: Int32, path: String) -> Object? {
    let text = makeString(path)
    raiseOSError(errno: number, path: text)
    text.release()
    return nil
  }

  /// Raises NameError or AttributeError with the name that was looked for, which suggestions need.
  @discardableResult
  public func raiseNameError(_ kind: ExceptionKind, _ message: String, name: Object) -> Object? {
    raise(kind, message)
    if let exception = raised, exception.exceptionFamily == .NameError {
      exception.setExceptionField(ExceptionField.name, steal: name.retained())
    }
    return nil
  }

  @discardableResult
  public func raiseAttributeError(_ message: String, object: Object, name: Object) -> Object? {
    raise(.AttributeError, message)
    if let exception = raised, exception.exceptionFamily == .AttributeError {
      exception.setExceptionField(ExceptionField.name, steal: name.retained())
      exception.setExceptionField(ExceptionField.object, steal: object.retained())
    }
    return nil
  }

  /// Raises ImportError with its `name` and `path`.
  @discardableResult
  public func raiseImportError(_ kind: ExceptionKind, _ message: String, name: Object?, path: Object? = nil) -> Object?
  {
    raise(kind, message)
    if let exception = raised, exception.exceptionFamily == .ImportError {
      exception.setExceptionField(ExceptionField.importName, steal: name?.retained())
      exception.setExceptionField(ExceptionField.importPath, steal: path?.retained())
    }
    return nil
  }

  /// Raises SyntaxError at a place; line and offsets count from 1.
  @discardableResult
  public func raiseSyntaxError(
    _ kind: ExceptionKind, _ message: String, file: String, line: Int, offset: Int, endLine: Int, endOffset: Int,
    text: String?
  ) -> Object? {
    let place = makeTuple([
      makeString(file), makeInt(line), makeInt(offset), text.map { makeString($0) } ?? core.pointee.none.retained(),
      makeInt(endLine), makeInt(endOffset),
    ])
    let arguments = makeTuple([makeString(message), place])
    let exception = callWithTuple(self, exceptionType(kind).object, arguments)
    arguments.release()
    guard let exception else { return nil }
    raiseObject(exception)
    exception.release()
    return nil
  }
}

/// A new exception of a built-in class; takes over the tuple of arguments. `__init__` of the class is done for the classes that have fields.
public func makeException(_ t: ThreadState, _ kind: ExceptionKind, steal arguments: Object) -> Object {
  let exception = makeExceptionInstance(t, exceptionType(kind), steal: arguments)
  ExceptionSlots.fillFields(exception, kind.family)
  return exception
}

/// Sets `__context__`; takes over the reference.
public func setExceptionContext(_ exception: Object, steal context: Object?) {
  let old = exception.exception.pointee.context
  exception.exception.pointee.context = context
  storedField(exception, old, context)
  old.release()
}

/// Sets `__cause__` and with it `__suppress_context__`; takes over the reference.
public func setExceptionCause(_ exception: Object, steal cause: Object?) {
  let old = exception.exception.pointee.cause
  exception.exception.pointee.cause = cause
  storedField(exception, old, cause)
  exception.exception.pointee.suppressesContext = true
  old.release()
}

/// Sets `__traceback__`; takes over the reference.
public func setExceptionTraceback(_ exception: Object, steal traceback: Object?) {
  let old = exception.exception.pointee.traceback
  exception.exception.pointee.traceback = traceback
  storedField(exception, old, traceback)
  old.release()
}

/// The class of OSError for an error number, where there is one.
func osErrorKind(_ number: Int32) -> ExceptionKind? {
  switch number {
  case EAGAIN, EALREADY, EINPROGRESS: .BlockingIOError
  case EPIPE, ESHUTDOWN: .BrokenPipeError
  case ECHILD: .ChildProcessError
  case ECONNABORTED: .ConnectionAbortedError
  case ECONNREFUSED: .ConnectionRefusedError
  case ECONNRESET: .ConnectionResetError
  case EEXIST: .FileExistsError
  case ENOENT: .FileNotFoundError
  case EISDIR: .IsADirectoryError
  case ENOTDIR: .NotADirectoryError
  case EINTR: .InterruptedError
  case EACCES, EPERM: .PermissionError
  case ESRCH: .ProcessLookupError
  case ETIMEDOUT: .TimeoutError
  default: nil
  }
}
