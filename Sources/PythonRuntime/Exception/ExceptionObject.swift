// The memory of exception instances: the fields that all have, then the fields of the built-in class as a row of object words.
//
//     header | dict args traceback context cause | suppress, count of extra words | extra words ...
//
// A class of the program inherits the row of its built-in base. What each word means is said in `ExceptionField`.

/// What stands first in every exception instance.
public struct ExceptionLayout {
  public var header: ObjectHeader
  public var dict: Object?
  /// A tuple; nil only while the instance is being made or after it was cleared.
  public var arguments: Object?
  public var traceback: Object?
  public var context: Object?
  public var cause: Object?
  public var suppressesContext: Bool
  public var fieldCount: UInt8
  /// OSError's `characters_written`, UnicodeError's start and end.
  public var numbers: (Int, Int)
}

/// Indices into the extra words, by built-in class.
public enum ExceptionField {
  /// StopIteration.value, SystemExit.code.
  public static let value = 0
  /// ImportError.
  public static let importMessage = 0, importName = 1, importPath = 2, importNameFrom = 3
  /// OSError.
  public static let errorNumber = 0, errorText = 1, fileName = 2, fileName2 = 3
  /// NameError.name, AttributeError.name and .obj.
  public static let name = 0, object = 1
  /// SyntaxError.
  public static let syntaxMessage = 0, syntaxFile = 1, line = 2, offset = 3, endLine = 4, endOffset = 5, text = 6
  public static let printFileAndLine = 7
  /// UnicodeError.
  public static let encoding = 0, unicodeObject = 1, reason = 2
  /// BaseExceptionGroup.
  public static let groupMessage = 0, groupMembers = 1
}

extension ExceptionKind {
  /// The built-in base class; nil for BaseException.
  public var base: ExceptionKind? {
    switch self {
    case .BaseException: nil
    case .SystemExit, .KeyboardInterrupt, .GeneratorExit, .Exception, .BaseExceptionGroup: .BaseException
    case .FloatingPointError, .OverflowError, .ZeroDivisionError: .ArithmeticError
    case .ModuleNotFoundError: .ImportError
    case .IndexError, .KeyError: .LookupError
    case .UnboundLocalError: .NameError
    case .BlockingIOError, .ChildProcessError, .ConnectionError, .FileExistsError, .FileNotFoundError,
      .InterruptedError,
      .IsADirectoryError, .NotADirectoryError, .PermissionError, .ProcessLookupError, .TimeoutError:
      .OSError
    case .BrokenPipeError, .ConnectionAbortedError, .ConnectionRefusedError, .ConnectionResetError: .ConnectionError
    case .NotImplementedError, .RecursionError, .PythonFinalizationError: .RuntimeError
    case .IndentationError, .IncompleteInputError: .SyntaxError
    case .TabError: .IndentationError
    case .UnicodeError: .ValueError
    case .UnicodeDecodeError, .UnicodeEncodeError, .UnicodeTranslateError: .UnicodeError
    case .BytesWarning, .DeprecationWarning, .EncodingWarning, .FutureWarning, .ImportWarning,
      .PendingDeprecationWarning,
      .ResourceWarning, .RuntimeWarning, .SyntaxWarning, .UnicodeWarning, .UserWarning:
      .Warning
    case .ExceptionGroup: .BaseExceptionGroup
    default: .Exception
    }
  }

  /// The name that Python sees.
  public var name: String { rawValue }

  /// The ancestor that decides which extra words and which behaviour instances have.
  var family: ExceptionKind {
    switch self {
    case .StopIteration, .SystemExit, .ImportError, .OSError, .NameError, .AttributeError, .SyntaxError, .KeyError,
      .UnicodeDecodeError, .UnicodeEncodeError, .UnicodeTranslateError, .BaseExceptionGroup, .BaseException:
      self
    default: base?.family ?? .BaseException
    }
  }

  /// Number of extra words.
  var fieldCount: Int {
    switch family {
    case .StopIteration, .SystemExit, .NameError: 1
    case .AttributeError, .BaseExceptionGroup: 2
    case .UnicodeDecodeError, .UnicodeEncodeError, .UnicodeTranslateError: 3
    case .ImportError, .OSError: 4
    case .SyntaxError: 8
    default: 0
    }
  }

  /// Size of an instance in bytes.
  var instanceSize: Int { MemoryLayout<ExceptionLayout>.size.roundedToWord + fieldCount * 8 }
}

extension Int {
  /// Rounded up to a multiple of 8.
  @inlinable var roundedToWord: Int { (self + 7) & ~7 }
}

extension Object {
  /// The exception's fields; the caller knows that it is one.
  @inlinable @inline(__always) public var exception: UnsafeMutablePointer<ExceptionLayout> { layout() }

  /// The extra words behind the common fields.
  public var exceptionFields: UnsafeMutablePointer<Object?> {
    (address + MemoryLayout<ExceptionLayout>.size.roundedToWord).assumingMemoryBound(to: Object?.self)
  }

  /// Puts a new value into an extra word; takes over the reference.
  func setExceptionField(_ index: Int, steal value: Object?) {
    let old = exceptionFields[index]
    exceptionFields[index] = value
    storedField(self, old, value)
    old.release()
  }
}

/// The built-in class that `type` is or descends from; the caller knows that it is an exception class.
public func exceptionKind(of type: TypeObject) -> ExceptionKind {
  var type = type
  while type.flags.contains(.heapType), let base = type.pointer.pointee.base { type = TypeObject(unchecked: base) }
  guard let number = type.pointer.pointee.extra else { return .BaseException }
  return ExceptionKind(number: Int(bitPattern: number) - 1)
}

extension Object {
  /// The built-in class of this exception instance.
  public var exceptionFamily: ExceptionKind { exceptionKind(of: type).family }
  /// Whether it is an exception instance.
  @inlinable public var isException: Bool { type.kind == .exception }
  /// Whether it is an exception class.
  public var isExceptionType: Bool {
    self.type.kind == .type && TypeObject(unchecked: self).kind == .exception
  }
}

/// An instance of `type` with these arguments (a tuple, taken over). `__init__` is not called.
func makeExceptionInstance(_ t: ThreadState, _ type: TypeObject, steal arguments: Object) -> Object {
  let o = allocateZeroed(type)
  o.exception.pointee.arguments = arguments
  o.exception.pointee.fieldCount = UInt8(exceptionKind(of: type).fieldCount)
  track(o)
  return o
}

/// Slots of all exception types that concern memory.
enum ExceptionMemory {
  static func traverse(_ o: Object, _ visit: Visitor) -> Bool {
    let e = o.exception
    if visit(e.pointee.dict) || visit(e.pointee.arguments) || visit(e.pointee.traceback)
      || visit(e.pointee.context) || visit(e.pointee.cause)
    {
      return true
    }
    let fields = o.exceptionFields
    for i in 0..<Int(e.pointee.fieldCount) where visit(fields[i]) { return true }
    return false
  }

  static func clear(_ o: Object) {
    let e = o.exception
    take(&e.pointee.dict)
    take(&e.pointee.arguments)
    take(&e.pointee.traceback)
    take(&e.pointee.cause)
    take(&e.pointee.context)
    let fields = o.exceptionFields
    for i in 0..<Int(e.pointee.fieldCount) { take(&fields[i]) }
  }

  static func dealloc(_ o: Object) {
    if o.isTracked { untrack(o) }
    clear(o)
    freeInstance(o)
  }
}

/// Clears a field before its old value is released, so that code run by the release never sees it.
@inlinable @inline(__always) public func take(_ field: inout Object?) {
  guard let old = field else { return }
  field = nil
  old.release()
}
