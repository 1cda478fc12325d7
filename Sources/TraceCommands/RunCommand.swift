// `exuvia run`: a program under the runtime without a trace; without a program, the prompt. `exuvia record` starts this command in the traced process.

import ArgumentParser
import Glibc
import PythonModules
import PythonRuntime

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a Python program without recording it, or read statements from a prompt.",
    usage:
      "exuvia run [-i] [-u] [-W FILTER] [-X OPTION] [--gc-threshold A,B,C] [--gc-counts A,B,C] [--gc-objects N] [--gc-observer] [SCRIPT | -m MODULE | -c CODE] [ARGS]",
    discussion: """
      Options of run stand before SCRIPT, -m or -c; everything behind belongs to the program. The exit status is the program's. The collector
      begins with the thresholds 2000,10,10 and the counts 7,3,0, as CPython 3.13 enters a script. --gc-objects fills the heap up to N
      containers, and --gc-observer puts a callable into gc.callbacks, as a process has them that another tool watches from within.

      -u: standard output and error are not buffered.

      -W adds a filter of warnings, as PYTHONWARNINGS does; -X sets an option of sys._xoptions, of which faulthandler has an effect. CPython's -B, -E,
      -I, -P, -q, -s and -S are accepted: nothing here depends on them. `exuvia` without a command's name, followed by such an option or a file, is
      `exuvia run`: programs start sys.executable so.

      Examples:
        exuvia run script.py one two
        exuvia run -c 'print(1 + 1)'
        exuvia run -i < session.txt
      """)

  @Argument(parsing: .captureForPassthrough, help: "The program and its arguments.")
  var words: [String] = []

  /// What shall run.
  private enum Program {
    case script(String)
    case module(String)
    case code(String)
    case prompt
  }

  func run() throws {
    var rest = words[...]
    var forcePrompt = false
    var program: Program?
    while program == nil, let word = rest.first {
      rest = rest.dropFirst()
      switch word {
      case "-i": forcePrompt = true
      case "-q", "-B", "-E", "-I", "-P", "-s", "-S": continue
      case "-u": SystemStreams.isUnbuffered = true
      case "-W", "-X":
        guard let value = rest.first else { throw ValidationError("\(word) needs an option's text") }
        rest = rest.dropFirst()
        note(word, value)
      case "-h", "--help":
        print(RunCommand.helpMessage())
        return
      case "--gc-threshold", "--gc-counts", "--gc-objects":
        let (count, wanted) = word == "--gc-objects" ? (1, "a number, as 6000") : (3, "three numbers, as 700,10,10")
        let numbers = rest.first?.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) } ?? []
        guard let value = rest.first, numbers.count == count, !numbers.contains(nil) else {
          throw ValidationError("\(word) takes \(wanted)" + (rest.first.map { "; found '\($0)'" } ?? ""))
        }
        rest = rest.dropFirst()
        if word != "--gc-objects" { try OptionRules.check(three: value, of: word) }
        setenv("EXUVIA_" + word.dropFirst(2).uppercased().replacing("-", with: "_"), value, 1)
      case "--gc-observer": setenv("EXUVIA_GC_OBSERVER", "1", 1)
      case "-m", "-c":
        guard let value = rest.first else {
          throw ValidationError("\(word) needs \(word == "-m" ? "a module's name" : "the code")")
        }
        rest = rest.dropFirst()
        program = word == "-m" ? .module(value) : .code(value)
      case "-": program = .prompt
      default:
        if word.hasPrefix("-c"), word.utf8.count > 2 {
          program = .code(String(word.dropFirst(2)))
        } else if word.hasPrefix("-m"), word.utf8.count > 2 {
          program = .module(String(word.dropFirst(2)))
        } else if word.hasPrefix("-W") || word.hasPrefix("-X") {
          note(String(word.prefix(2)), String(word.dropFirst(2)))
        } else if word.hasPrefix("-") {
          throw ValidationError("run has no option '\(word)'")
        } else {
          program = .script(word)
        }
      }
    }
    _ = forcePrompt
    execute(program ?? .prompt, Array(rest))
  }

  private func note(_ option: String, _ value: String) {
    if option == "-W" { StartOptions.warnings.append(value) } else { StartOptions.extended.append(value) }
  }

  private func execute(_ program: Program, _ arguments: [String]) -> Never {
    let first: String
    switch program {
    case .script(let path): first = path
    case .module(let name): first = name
    case .code: first = "-c"
    case .prompt: first = ""
    }
    let t = Startup.start(arguments: [first] + arguments)
    var status: Int32
    switch program {
    case .script(let path): status = MainModule.runScript(t, path: path)
    case .module(let name): status = MainModule.runModule(t, name)
    case .code(let code): status = MainModule.runCode(t, code)
    case .prompt: status = Prompt.run(t)
    }
    if !t.interpreter.shutdown(t) { status = 120 }
    Interpreter.leave(t, status: status)
    if MainModule.wasInterrupted {
      signal(SIGINT, SIG_DFL)
      kill(getpid(), SIGINT)
    }
    Glibc.exit(status)
  }
}
