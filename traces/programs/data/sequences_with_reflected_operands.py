# `+` and `*` of sequences: a class's reflected method comes before the sequence protocol. Splitting by white space with a limit.
from collections import UserList
class A:
    def __radd__(self, other): return ("radd", other)
    def __rmul__(self, other): return ("rmul", other)
class L(list): pass
class S(str):
    def __add__(self, other): return "S+" + other
for value in ([1], "a", (1,), b"x", bytearray(b"y"), L([2]), 1, 2.0):
    print(value + A(), value * A())
print([1] + UserList([2]), UserList([1]) + [2], S("p") + "q", "q" + S("p"))
x = [1]; x += UserList([2]); print(x)
for bad in (lambda: [1] + (2,), lambda: "a" + 1, lambda: (1,) + [2], lambda: b"a" + "b", lambda: L([1]) + 5):
    try: bad()
    except TypeError as e: print(e)
for text in ("  a    b   c  ", b"  a    b   c  ", "\n\ta \x1fb\v "):
    print([text.split(None, n) for n in (-1, 0, 1, 2, 9)]); print([text.rsplit(None, n) for n in (-1, 0, 1, 2, 9)])
