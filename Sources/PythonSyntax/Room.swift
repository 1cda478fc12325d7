// Room of PythonSyntax.
