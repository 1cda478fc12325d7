import TraceCommands

RootCommand.mainWithExitCodes()
