// Room of PythonBytecode.
