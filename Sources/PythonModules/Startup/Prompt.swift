// The prompt: reads statements, runs them in `__main__`, echoes values through `sys.displayhook`, which keeps `_`.
import Glibc
import PythonRuntime
import PythonSyntax

public enum Prompt {
  /// Runs until the end of input; returns the exit status.
  public static func run(_ t: ThreadState) -> Int32 {
    guard let module = MainModule.make(t, file: nil), let globals = moduleDict(module) else { return 1 }
    Interpreter.prepareForMain(t)
    var reader = LineReader()
    while true {
      switch readStatement(t, &reader) {
      case .end:
        MainModule.writeError("\n")
        return 0
      case .empty: continue
      case .failed: showError(t)
      case .code(let code):
        let result = evaluate(t, code, globals: globals, locals: globals)
        code.release()
        if let result {
          result.release()
        } else if t.matches(.SystemExit) {
          return MainModule.report(t)
        } else {
          showError(t)
        }
        flush(t)
      }
    }
  }

  private enum Statement {
    case end, empty, failed
    case code(Object)
  }

  private static func readStatement(_ t: ThreadState, _ reader: inout LineReader) -> Statement {
    var text: [UInt8] = []
    while true {
      flush(t)
      MainModule.writeError(text.isEmpty ? prompt(t, "ps1", ">>> ") : prompt(t, "ps2", "... "))
      guard let line = reader.next() else {
        guard !text.isEmpty else { return .end }
        return compile(t, text, isComplete: true) ?? .empty
      }
      text += line
      if text.allSatisfy({ $0 <= 0x20 }) { return .empty }
      if let statement = compile(t, text, isComplete: false) { return statement }
    }
  }

  /// nil: more lines are needed.
  private static func compile(_ t: ThreadState, _ text: [UInt8], isComplete: Bool) -> Statement? {
    do throws(SyntaxError) {
      _ = try Parser.parseInteractive(text, fileName: "<stdin>", isPrompt: !isComplete)
    } catch {
      if error.isIncompleteInput, !isComplete { return nil }
      SourceCompiler.raise(t, error, "<stdin>")
      return .failed
    }
    guard let code = SourceCompiler.compile(t, text, fileName: "<stdin>", mode: .interactive) else { return .failed }
    return .code(code)
  }

  private static func prompt(_ t: ThreadState, _ name: String, _ fallback: String) -> String {
    guard let system = t.interpreter.systemDict, let given = dictGet(t, system, name) else { return fallback }
    return strString(t, given) ?? fallback
  }

  private static func showError(_ t: ThreadState) {
    guard let raised = t.takeRaised() else { return }
    printException(t, raised)
    raised.release()
  }

  private static func flush(_ t: ThreadState) {
    guard let system = t.interpreter.systemDict, let stream = dictGet(t, system, "stdout") else { return }
    if let result = callMethod(t, stream, "flush") { result.release() } else { t.clearRaised() }
  }
}

/// Lines of standard input, with their line ends.
struct LineReader {
  private var buffer: [UInt8] = []
  private var ended = false

  mutating func next() -> [UInt8]? {
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        let line = Array(buffer[...end])
        buffer.removeFirst(end + 1)
        return line
      }
      if ended {
        guard !buffer.isEmpty else { return nil }
        defer { buffer = [] }
        return buffer + [0x0A]
      }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = read(0, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { ended = true } else { buffer += chunk[..<count] }
    }
  }
}
