// Room of PythonRuntime.
