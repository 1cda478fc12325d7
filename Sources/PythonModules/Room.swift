// Room of PythonModules.
