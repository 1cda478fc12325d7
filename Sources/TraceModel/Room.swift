// Room of TraceModel.
