// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Raising exceptions from native code: the text forms that native functions use. A nil result of a function means: `thread.raised` is set.
// The cases bear CPython's names.

/// The built-in exception classes that native code raises, by the name that Python sees; `ExceptionTypes` holds their type objects.
public enum ExceptionKind: String, CaseIterable, Sendable {
  case BaseException, SystemExit, KeyboardInterrupt, GeneratorExit, Exception
  case StopIteration, StopAsyncIteration
  case ArithmeticError, FloatingPointError, OverflowError, ZeroDivisionError
  case AssertionError, AttributeError, BufferError, EOFError
  case ImportError, ModuleNotFoundError, LookupError, IndexError, KeyError, MemoryError
  case NameError, UnboundLocalError
  case OSError, BlockingIOError, ChildProcessError, ConnectionError, BrokenPipeError, ConnectionAbortedError
  case ConnectionRefusedError, ConnectionResetError, FileExistsError, FileNotFoundError, InterruptedError
  case IsADirectoryError, NotADirectoryError, PermissionError, ProcessLookupError, TimeoutError
  case ReferenceError, RuntimeError, NotImplementedError, RecursionError, PythonFinalizationError
  case SyntaxError, IndentationError, TabError
  case IncompleteInputError = "_IncompleteInputError"
  case SystemError, TypeError, ValueError, UnicodeError, UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError
  case Warning, BytesWarning, DeprecationWarning, EncodingWarning, FutureWarning, ImportWarning,
    PendingDeprecationWarning
  case ResourceWarning, RuntimeWarning, SyntaxWarning, UnicodeWarning, UserWarning
  case BaseExceptionGroup, ExceptionGroup

  /// Its place in `allCases`: a case without payload is its number in memory.
  public var number: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

  /// The case of this number, which was once one's `number`.
  init(number: Int) { self = unsafeBitCast(UInt8(number), to: ExceptionKind.self) }
}
