// Room of PythonTypes.
