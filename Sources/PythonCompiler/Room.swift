// Room of PythonCompiler.
