// Room of TraceReplay.
