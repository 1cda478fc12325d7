import TraceCommands

RootCommand.main()
