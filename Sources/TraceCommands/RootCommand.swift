// The root of the command line: one subcommand a file.

import ArgumentParser

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
    if words.first == RunCommand.configuration.commandName {
      var run = RunCommand()
      run.words = Array(words.dropFirst())
      return try run.run()
    }
    var command = try parseAsRoot(arguments)
    try command.run()
  }

  /// The same, and ends the process: 2 for a usage error, else as the command says.
  public static func mainWithExitCodes(_ arguments: [String]? = nil) -> Never {
    do {
      try runOnce(arguments)
      exit()
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      AnalysisOutput.complain(fullMessage(for: error))
      exit(withError: AnalysisOutput.usage)
    }
  }
}
