# Trees with type comments, which a program must ask for.
import ast

SOURCE = """\
x = 1 # type: ignore
y = [] # type: list[int]
def f(a, # type: int
      b):
    # type: (...) -> str
    for i in a: # type: int
        pass
    with b as c: # type: str
        pass
z = 2 # type: ignore[code]
"""
for asked in (True, False):
    print(ast.dump(ast.parse(SOURCE, type_comments=asked), indent=1))
try:
    ast.parse("print(1)\nif x: # type: int\n    pass\n", type_comments=True)
except SyntaxError as e:
    print(e.msg, e.lineno, e.offset)
ast.parse("if x: # type: int\n    pass\n")
