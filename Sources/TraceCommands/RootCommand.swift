// The root of the command line: one subcommand a file.

import ArgumentParser
import Glibc

public struct RootCommand: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "exuvia",
    abstract: "Record what a Python program does to memory, locks and control flow, and study the run afterwards.",
    discussion: """
      Examples:
        exuvia record script.py
        exuvia stats script.exv
        exuvia timeline script.exv
      """,
    version: "0.1.0",
    subcommands: [
      RecordCommand.self, RunCommand.self, AstCommand.self, DisCommand.self, InfoCommand.self, VerifyCommand.self,
      EventsCommand.self, AssembleCommand.self, IndexCommand.self, WhenCommand.self, StatsCommand.self,
      TimelineCommand.self,
      HeapCommand.self,
      WhyCommand.self, LeaksCommand.self, QueryCommand.self, DiffCommand.self, CheckCommand.self, ExportCommand.self,
    ])

  public init() {}
}

extension RootCommand {
  /// Parses `arguments`, or the command line, and runs the command. `run` reads its own words: without the
  /// parser of the others' it starts in fewer pages and less time.
  public static func runOnce(_ arguments: [String]? = nil) throws {
    let words = arguments ?? Array(CommandLine.arguments.dropFirst())
    if let first = words.first, first == RunCommand.configuration.commandName || isProgram(first) {
      var run = RunCommand()
      run.words = first == RunCommand.configuration.commandName ? Array(words.dropFirst()) : words
      return try start(run)
    }
    try start(parseAsRoot(arguments))
  }

  private static func start(_ parsed: any ParsableCommand) throws {
    var command = parsed
    do { try command.run() } catch let error as ValidationError {
      throw LateUsageError(message: error.message, command: type(of: command))
    }
  }

  /// Whether a first word is what a Python interpreter is called with: programs start `sys.executable` with its options, or with a script.
  private static func isProgram(_ word: String) -> Bool {
    if word.hasPrefix("-") { return word != "-" && word != "-h" && !word.hasPrefix("--") }
    return word.hasSuffix(".py") && access(word, R_OK) == 0
  }

  /// The same, and ends the process: 2 for a usage error, else as the command says.
  public static func mainWithExitCodes(_ arguments: [String]? = nil) -> Never {
    do {
      try runOnce(arguments)
      exit()
    } catch let error as LateUsageError {
      AnalysisOutput.complain(error.text)
      exit(withError: AnalysisOutput.usage)
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      AnalysisOutput.complain(fullMessage(for: error))
      exit(withError: AnalysisOutput.usage)
    }
  }
}

/// A usage error that a command finds when it runs. The argument parser would show the root's usage with it.
private struct LateUsageError: Error {
  let message: String
  let command: any ParsableCommand.Type

  /// As the argument parser words those that it finds itself.
  var text: String {
    let name = "exuvia \(command.configuration.commandName ?? "")"
    return
      "Error: \(message)\nUsage: \(RootCommand.usageString(for: command))\n  See '\(name) --help' for more information."
  }
}
