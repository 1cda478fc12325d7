// swift-format-ignore-file: AlwaysUseLowerCamelCase
// Raising exceptions from native code: the text forms that native functions use. A nil result of a function means: `thread.raised` is set.
// The cases bear CPython's names.

/// The built-in exception classes that native code raises, by name; `ExceptionTypes` holds their type objects.
public enum ExceptionKind: Int, CaseIterable, Sendable {
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
  case SyntaxError, IndentationError, TabError, IncompleteInputError
  case SystemError, TypeError, ValueError, UnicodeError, UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError
  case Warning, BytesWarning, DeprecationWarning, EncodingWarning, FutureWarning, ImportWarning,
    PendingDeprecationWarning
  case ResourceWarning, RuntimeWarning, SyntaxWarning, UnicodeWarning, UserWarning
  case BaseExceptionGroup, ExceptionGroup
}
