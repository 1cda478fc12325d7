// Room of TraceExport.
