# Operators, comparisons in chains, short circuits, constants that are folded.


def arithmetic(a, b):
    a + b - a * b / a // b % a**b @ a << b >> a & b ^ a | b
    a += b
    a **= 2
    a @= b
    -a, +a, ~a, not a
    return a < b <= 3 != a is not b not in a


def short(a, b, c):
    x = a and b or c
    y = a if b and not c else x or (b, c)
    z = not (a or b)
    if a and (b or c) and not (a and b):
        return (y := x) and z
    return a.b.c[0][b:c][..., 1]


def constants():
    return 2 * 3 + 4, -5, 10**20, "a" * 3, (1, (2, "x")), 1.5e300, -0.0, 2j, b"\xff\n'", "it's", 'a"b', "é\x00\ud800"


x = 1_000 * 60
y = (1, 2)[0], "abc"[1], not True, 1 << 10, 0x7FFFFFFFFFFFFFFFFF
if __debug__:
    x: int = ...
assert x, y
