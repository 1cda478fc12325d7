// Room of TraceAnalysis.
