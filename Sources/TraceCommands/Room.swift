// Room of TraceCommands.
