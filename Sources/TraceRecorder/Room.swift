// Room of TraceRecorder.
