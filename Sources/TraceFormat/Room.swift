// Room of TraceFormat.
